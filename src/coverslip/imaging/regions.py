"""Any rectangle of a slide at any scale, as an encoded image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coverslip.core.errors import FieldProblem, InvalidRequest, TooLarge
from coverslip.imaging.colour import srgb_profile
from coverslip.imaging.encode import ImageFormat, encode
from coverslip.imaging.picture import styled, wanted_channels
from coverslip.imaging.projection import PlaneChoice, parse_plane, planes_of, project
from coverslip.imaging.pyramid import Scale
from coverslip.imaging.render import View, Window, read_window
from coverslip.imaging.scale import scale_for
from coverslip.imaging.style import Style, parse_style
from coverslip.imaging.writers.ome_tiff import pixels_as_ome_tiff
from coverslip.imaging.writers.plan import About
from coverslip.ports.format import SlideInfo

LARGEST_ANSWER_BYTES = 256 * 2**20
LARGEST_SIDE_PX = 65_500
"""What a JPEG can hold; also keeps a thin region from reading a whole slide."""
LARGEST_SOURCE_PX = 2**30


@dataclass(frozen=True, slots=True)
class RegionRequest:
    """A rectangle as it is asked for.

    Attributes
    ----------
    x, y : float
        Top left corner in level-0 pixels.
    width, height : int
        Pixels of the answer.
    mpp, objective, downsample : float or None
    level : int or None
        At most one of these four; level 0 without.
    format : ImageFormat
    style : Style or None
        None for the slide's own pixels: of a fluorescence slide the values of all channels in TIFF
        and NPY, the default blend in JPEG, PNG and WebP.
    plane : int or Projection
    time : int
    quality : int
    pixel_um : float or None
        Pixel size that a person entered; files with a scale state it instead of the slide's own.
    """

    x: float
    y: float
    width: int
    height: int
    mpp: float | None = None
    objective: float | None = None
    downsample: float | None = None
    level: int | None = None
    format: ImageFormat = ImageFormat.JPEG
    style: Style | None = None
    plane: PlaneChoice = 0
    time: int = 0
    quality: int = 90
    pixel_um: float | None = None

    @classmethod
    def parse(cls, request: Mapping[str, Any]) -> "RegionRequest":
        """Read a request whose values have been checked for their types.

        Raises
        ------
        InvalidRequest
        """
        values = {name: value for name, value in request.items() if name in cls.__slots__ and value is not None}
        for name in ("x", "y", "width", "height"):
            if name not in values:
                raise _refused(name, "This field is required.")
        try:
            values["format"] = ImageFormat(values.get("format", "jpeg"))
        except ValueError as error:
            raise _refused("format", "Write jpeg, png, webp, tiff, ome-tiff or npy.") from error
        plane = parse_plane(str(values.get("plane", 0)))
        if plane is None:
            raise _refused("plane", "Write a focal plane from 0, max or mean.")
        values["plane"] = plane
        style = values.get("style")
        values["style"] = parse_style(style) if style else None
        for name in ("width", "height"):
            if not 1 <= values[name] <= LARGEST_SIDE_PX:
                raise _refused(name, f"Write a number of pixels from 1 to {LARGEST_SIDE_PX}.")
        return cls(**values)


def answer_region(view: View, request: RegionRequest) -> tuple[bytes, str, dict[str, str]]:
    """Read, style and encode a region.

    Returns
    -------
    tuple of (bytes, str, dict)
        Body, media type, and the headers ``X-Coverslip-Downsample`` and ``X-Coverslip-Mpp``.

    Raises
    ------
    NotFound
        There is no such plane or time point.
    InvalidRequest
        The scale cannot be used.
    TooLarge
        The answer, or what would have to be read for it, is too large.
    """
    index, info = view.index, view.info
    planes = planes_of(info, request.plane, request.time)
    scale = scale_for(
        info, mpp=request.mpp, objective=request.objective, downsample=request.downsample, level=request.level
    )
    raw = request.style is None and request.format.keeps_values
    style = request.style or Style()
    channels = None if raw else wanted_channels(info, style)
    window = Window(request.x, request.y, request.width, request.height, scale.x, scale.y)
    _check_size(view, window, len(info.channels) if channels is None else max(3, len(channels)), len(planes))
    pixels = project(lambda at: read_window(view, window, at, channels, exact=raw), planes, request.plane)
    profile = info.icc_profile if info.rgb else None
    if not raw:
        pixels = styled(index, pixels, style)
        if info.rgb and style.icc and index.managed:
            profile = srgb_profile()
    mpp = _pixel_size(info, scale, request.pixel_um)
    if request.format is ImageFormat.OME_TIFF:
        body = pixels_as_ome_tiff(pixels, _about(info, request, mpp, profile, raw=raw))
    else:
        body = encode(pixels, request.format, quality=request.quality, icc_profile=profile, mpp=mpp)
    return body, request.format.media_type, _headers(view, scale)


def _pixel_size(info: SlideInfo, scale: Scale, entered: float | None) -> tuple[float, float] | None:
    across, down = (entered, entered) if entered is not None else (info.mpp_x, info.mpp_y)
    return None if across is None or down is None else (across * scale.x, down * scale.y)


def _about(
    info: SlideInfo, request: RegionRequest, mpp: tuple[float, float] | None, profile: bytes | None, *, raw: bool
) -> About:
    """Return what an OME-TIFF says; it names nobody."""
    values = raw and not info.rgb
    return About(
        name=None,
        dtype=info.dtype if values else "uint8",
        rgb=not values,
        channels=info.channels,
        mpp_x=None if mpp is None else mpp[0],
        mpp_y=None if mpp is None else mpp[1],
        objective=info.objective,
        icc_profile=profile,
    )


def _check_size(view: View, window: Window, channels: int, planes: int) -> None:
    itemsize = np.dtype(view.info.dtype).itemsize
    if window.width * window.height * channels * itemsize > LARGEST_ANSWER_BYTES:
        raise TooLarge
    source = view.source_for(window.downsample_x, window.downsample_y)
    area = window.width * window.downsample_x / source.scale.x * window.height * window.downsample_y / source.scale.y
    if planes * min(area, source.width * source.height) > LARGEST_SOURCE_PX:
        raise TooLarge


def _headers(view: View, scale: Scale) -> dict[str, str]:
    headers = {"X-Coverslip-Downsample": f"{scale.x:.8g}"}
    if view.info.mpp_x is not None:
        headers["X-Coverslip-Mpp"] = f"{view.info.mpp_x * scale.x:.8g}"
    return headers


def _refused(name: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, [FieldProblem(f"/{name}", detail)])
