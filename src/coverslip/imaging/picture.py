"""From pixels as read to pixels as seen: style and managed colour, and the whole slide in one picture."""

from typing import Any

import numpy as np

from coverslip.core.geometry import Plane
from coverslip.imaging.colour import to_srgb
from coverslip.imaging.colourise import Rgb, blend, shown_channels, style_rgb
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.render import View, Window, read_window
from coverslip.imaging.style import Style
from coverslip.ports.format import Pixels, SlideInfo

MANAGED = Style(icc=True)


def wanted_channels(info: SlideInfo, style: Style) -> list[int] | None:
    """Return the channels that a style needs read, None for RGB slides."""
    return None if info.rgb else [channel.index for channel in shown_channels(info, style)]


def styled(index: SlideIndex, pixels: Pixels, style: Style) -> Rgb:
    """Turn pixels, read with :func:`wanted_channels`, into RGB.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        sRGB where the style asks for managed colour, else in the slide's own colours.
    """
    info = index.info
    if not info.rgb:
        return blend(pixels, shown_channels(info, style), info, index.auto_ranges)
    if style.icc and index.managed and info.icc_profile is not None:
        pixels = to_srgb(pixels, info.icc_profile)
    return style_rgb(pixels, style)


def thumbnail(view: View, size: int) -> Rgb:
    """Return the whole slide in managed colour, its longer side ``size`` pixels or the slide's own."""
    info = view.info
    longer = max(info.width, info.height)
    share = min(1.0, size / longer)
    width, height = max(1, round(info.width * share)), max(1, round(info.height * share))
    window = Window(0, 0, width, height, info.width / width, info.height / height)
    pixels = read_window(view, window, Plane(), wanted_channels(info, MANAGED), exact=False)
    return styled(view.index, pixels, MANAGED)


def shrunk(pixels: Any, size: int | None) -> Rgb:
    """Return a picture whose longer side is at most ``size`` pixels."""
    if size is None or max(pixels.shape[:2]) <= size:
        return np.ascontiguousarray(pixels)
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((size, size), Image.Resampling.BOX)
    return np.asarray(image)
