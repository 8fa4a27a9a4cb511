"""From the values of an overlay to the pixels of a tile: sampling, colour maps, categories. Pure.

Colour maps are given by points between which colours go in straight lines in sRGB; ``viridis``, ``magma`` and
``inferno`` follow the maps by S. van der Walt and N. Smith (CC0, https://bids.github.io/colormap/), which are even in
lightness.
"""

import base64
import binascii
import colorsys
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.annotations.results.raster import OverlayHead, Raster

TILE_PX: Final = 512
MOST_CATEGORIES: Final = 4096
MAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "viridis": ("440154", "482878", "3e4a89", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"),
    "magma": ("000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668", "feca8d", "fcfdbf"),
    "inferno": ("000004", "1b0c41", "4a0c6b", "781c6d", "a52c60", "cf4446", "ed6925", "fb9b06", "f7d13d", "fcffa4"),
    "red": ("ffffff", "ff0000"),
    "green": ("ffffff", "00a000"),
    "blue": ("ffffff", "0000ff"),
    "grey": ("000000", "ffffff"),
}


@dataclass(frozen=True)
class OverlayStyle:
    """How an overlay is shown.

    Attributes
    ----------
    map : str
        Colour map of a heatmap.
    low, high : float or None
        Values that get its first and last colour; those of the overlay when None.
    above : float or None
        Values below are not shown.
    opacity : float
        0 to 1.
    colours : mapping of int to (int, int, int)
        Of labels; those not named get a colour of their own.
    shown : frozenset of int or None
        Labels to show; None for all.
    """

    map: str = "viridis"
    low: float | None = None
    high: float | None = None
    above: float | None = None
    opacity: float = 1.0
    colours: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    shown: frozenset[int] | None = None


def _refused(detail: str) -> InvalidRequest:
    return InvalidRequest(detail, [FieldProblem("/query/style", detail)])


@lru_cache(maxsize=256)
def parse_overlay_style(text: str | None) -> OverlayStyle:
    """Read a style: base64url of JSON with ``map``, ``range``, ``above``, ``opacity``, ``colours`` and ``shown``.

    Raises
    ------
    InvalidRequest
    """
    if not text:
        return OverlayStyle()
    try:
        raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _refused("A style is base64url of JSON.") from error
    if not isinstance(raw, dict) or not raw.keys() <= {"map", "range", "above", "opacity", "colours", "shown"}:
        raise _refused("A style has map, range, above, opacity, colours and shown, and nothing else.")
    try:
        low, high = raw.get("range") or (None, None)
        colours = {int(label): _rgb(colour) for label, colour in (raw.get("colours") or {}).items()}
        shown = None if raw.get("shown") is None else frozenset(int(one) for one in raw["shown"])
        style = OverlayStyle(
            map=raw.get("map", "viridis"),
            low=None if low is None else float(low),
            high=None if high is None else float(high),
            above=None if raw.get("above") is None else float(raw["above"]),
            opacity=float(raw.get("opacity", 1.0)),
            colours=colours,
            shown=shown,
        )
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _refused("A value of the style has the wrong form.") from error
    numbers = [one for one in (style.low, style.high, style.above, style.opacity) if one is not None]
    if not np.isfinite(numbers).all() or not 0 <= style.opacity <= 1 or len(colours) > MOST_CATEGORIES:
        raise _refused("Numbers of a style are finite, and its opacity is from 0 to 1.")
    if style.map not in MAPS:
        raise _refused(f"The colour map is one of {', '.join(MAPS)}.")
    return style


def _rgb(text: str) -> tuple[int, int, int]:
    if len(text) != 7 or text[0] != "#":
        raise ValueError(text)
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@lru_cache(maxsize=16)
def colour_table(name: str) -> npt.NDArray[np.uint8]:
    """Return 256 colours of a map, shape (256, 3)."""
    stops = np.array([_rgb(f"#{one}") for one in MAPS[name]], np.float64)
    at = np.linspace(0, len(stops) - 1, 256)
    table = np.stack([np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], axis=1)
    return np.rint(table).astype(np.uint8)


def label_colour(label: int) -> tuple[int, int, int]:
    """Return the colour of a label that nobody chose one for: golden-angle steps of hue, so neighbours differ."""
    red, green, blue = colorsys.hls_to_rgb((label * 0.618034) % 1.0, 0.5, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)


def sampled(raster: Raster, downsample: float, x: int, y: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return the values under a tile of the slide's grid, nearest to the middle of each pixel, and where any are."""
    head = raster.head
    level = raster.level_for(downsample)
    step = head.downsample * 2**level
    width, height = head.sizes[level]
    middle = (np.arange(TILE_PX) + 0.5) * downsample
    cols = np.floor((x * TILE_PX * downsample + middle - head.x) / step).astype(np.int64)
    rows = np.floor((y * TILE_PX * downsample + middle - head.y) / step).astype(np.int64)
    in_cols, in_rows = (cols >= 0) & (cols < width), (rows >= 0) & (rows < height)
    found = np.zeros((TILE_PX, TILE_PX), f"<{head.dtype}")
    inside = in_rows[:, None] & in_cols[None, :]
    if inside.any():
        left, right = int(cols[in_cols].min()), int(cols[in_cols].max())
        top, bottom = int(rows[in_rows].min()), int(rows[in_rows].max())
        part = raster.read(level, left, top, right - left + 1, bottom - top + 1)
        picked = part[np.clip(rows - top, 0, bottom - top)[:, None], np.clip(cols - left, 0, right - left)[None, :]]
        found = np.where(inside, picked, found)
    return found, inside


def coloured(
    values: npt.NDArray[Any], inside: npt.NDArray[np.bool_], head: OverlayHead, style: OverlayStyle
) -> npt.NDArray[np.uint8]:
    """Return values as RGBA."""
    found = np.zeros((*values.shape, 4), np.uint8)
    alpha = round(style.opacity * 255)
    if head.kind == "labels":
        present, codes = np.unique(values, return_inverse=True)
        table = np.zeros((len(present), 4), np.uint8)
        for place, label in enumerate(present.tolist()):
            if label and (style.shown is None or label in style.shown):
                table[place] = (*style.colours.get(label, label_colour(label)), alpha)
        found = table[codes.reshape(values.shape)]
        found[~inside] = 0
        return found
    low = head.low if style.low is None else style.low
    high = head.high if style.high is None else style.high
    seen = inside & np.isfinite(values)
    if style.above is not None:
        seen &= values >= style.above
    share = (np.where(seen, values, low) - low) / ((high - low) or 1.0)
    found[..., :3] = colour_table(style.map)[np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)]
    found[..., 3] = alpha
    found[~seen] = 0
    return found


def overlay_tile(raster: Raster, downsample: float, x: int, y: int, style: OverlayStyle) -> bytes:
    """Return one tile as PNG, 512 x 512, transparent where there is nothing.

    Raises
    ------
    LayerUnreadable
    """
    from PIL import Image

    pixels = coloured(*sampled(raster, downsample, x, y), raster.head, style)
    target = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(target, "PNG", compress_level=1)
    return target.getvalue()
