"""Reads pixels of any scale from an open slide: the first of the three steps read, style, encode.

One rule covers tiles, regions and thumbnails: the source is the coarsest level that is not coarser
than asked, and each pixel of the answer is the mean of the area it covers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coverslip.core.geometry import Plane, Region
from coverslip.imaging.area import Axis, area_mean, snapped
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.pyramid import Scale, ServedLevel, level_scales
from coverslip.imaging.stored import StoredSlide
from coverslip.ports.format import Pixels, Slide, SlideInfo

JPEG_BLOCK_PX = 16
"""Side of the largest block that a JPEG is coded in (8 px, 16 where colour is halved)."""

CHUNK_PIXELS = 2 * 1024 * 1024
"""Source pixels decoded at a time, so that a large region needs little memory."""

_SLACK = 1 + 1e-6


@dataclass(frozen=True, slots=True)
class Source:
    """One level to take pixels from: of the slide itself or of its coarse levels in the cache.

    ``extent_x`` and ``extent_y`` say where the slide ends, in pixels of the level: the last pixel of
    a level that we built stands for less than a whole one; those of the file count as whole.
    """

    slide: Slide
    level: int
    width: int
    height: int
    scale: Scale
    extent_x: float
    extent_y: float

    def can_scale(self, factor: int) -> bool:
        """Whether the decoder can shrink while it decodes."""
        return isinstance(self.slide, StoredSlide) and self.slide.tiles.can_scale(self.level, factor)

    def read(self, region: Region, plane: Plane, channels: Sequence[int] | None, factor: int) -> Pixels:
        """Decode a region, shrunk by ``factor`` where that is above 1.

        Returns
        -------
        ndarray, shape (ceil(height / factor), ceil(width / factor), channels)
        """
        if factor == 1:
            return self.slide.read(region, self.level, plane, channels)
        return self._shrunk(region, plane, channels, factor)

    def _shrunk(self, region: Region, plane: Plane, channels: Sequence[int] | None, factor: int) -> Pixels:
        assert isinstance(self.slide, StoredSlide)  # noqa: S101 - the caller asked can_scale
        size = self.slide.info.levels[self.level]
        width = _before_edge(region.x, region.width, size.width, size.tile_width)
        height = _before_edge(region.y, region.height, size.height, size.tile_height)
        whole = Region(region.x, region.y, width, height)
        if (width, height) == (region.width, region.height):
            return self.slide.tiles.read_scaled(whole, self.level, plane, channels, factor)
        count = len(channels) if channels is not None and not self.slide.info.rgb else len(self.slide.info.channels)
        shape = (-(-region.height // factor), -(-region.width // factor), count)
        out = np.empty(shape, self.slide.info.dtype)
        if width and height:
            inner = self.slide.tiles.read_scaled(whole, self.level, plane, channels, factor)
            out[: height // factor, : width // factor] = inner
        if width < region.width:
            edge = Region(region.x + width, region.y, region.width - width, region.height)
            out[:, width // factor :] = self._averaged(edge, plane, channels, factor)
        if height < region.height:
            edge = Region(region.x, region.y + height, region.width, region.height - height)
            out[height // factor :, :] = self._averaged(edge, plane, channels, factor)
        return out

    def _averaged(self, region: Region, plane: Plane, channels: Sequence[int] | None, factor: int) -> Pixels:
        across = Axis(0, factor, -(-region.width // factor), self.extent_x - region.x)
        down = Axis(0, factor, -(-region.height // factor), self.extent_y - region.y)
        return area_mean(self.slide.read(region, self.level, plane, channels), across, down)


def _before_edge(start: int, length: int, size: int, tile: int) -> int:
    """Return how much of a span lies before the JPEG block that the level's edge cuts.

    What a tile holds beyond the edge is padding. Shrinking mixes it into the visible part of its
    block, so that block is decoded in full and only its visible pixels are averaged.
    """
    if start + length < size:
        return length
    return max(0, length - size % tile % JPEG_BLOCK_PX)


class View:
    """An open slide with all its sources of pixels, finest first.

    Parameters
    ----------
    index : SlideIndex
    slide : Slide
    coarse : StoredSlide or None
        Coarse levels that were built once into the cache.
    """

    def __init__(self, index: SlideIndex, slide: Slide, coarse: StoredSlide | None = None) -> None:
        self.index = index
        self.slide = slide
        self.coarse = coarse
        self.info: SlideInfo = index.info
        self.scales = level_scales(index.info)
        self.sources = _sources(index, slide)
        self._with_gaps = {
            number
            for number, level in enumerate(index.stored or ())
            if isinstance(slide, StoredSlide) and not level.length.all()
        }
        if coarse is not None:
            full = self.info.levels[0]
            for number, level in enumerate(coarse.info.levels):
                power = 2.0 ** round(math.log2(full.width / level.width)) if level.width < full.width else 1.0
                extents = (full.width / power, full.height / power)
                self.sources.append(Source(coarse, number, level.width, level.height, Scale(power, power), *extents))
            # Where both have a level, the derived one is cheaper to decode.
            self.sources.sort(key=lambda source: (source.scale.x, source.slide is coarse))
        self._own_tiles = frozenset(level.z for level in index.levels if self._has_own_tiles(level))
        self._halvings = {level.z: found for level in index.levels if (found := self._halving(level)) is not None}

    def source_for(self, downsample_x: float, downsample_y: float) -> Source:
        """Return the coarsest source that is not coarser than asked."""
        fitting = [
            source
            for source in self.sources
            if source.scale.x <= downsample_x * _SLACK and source.scale.y <= downsample_y * _SLACK
        ]
        return fitting[-1] if fitting else self.sources[0]

    def whole_tiles(self, level: ServedLevel, col: int, row: int, plane: Plane) -> Pixels | None:
        """Decode a tile that one or several whole tiles of the file make up; None where reading it takes more.

        Most made tiles are such ones, and finding out anew which pixels of which tiles they need
        costs up to a third of what decoding does.
        """
        if not isinstance(self.slide, StoredSlide):
            return None
        halving = self._halvings.get(level.z)
        if halving is not None:
            number, factor = halving
            source = self.info.levels[number]
            right, bottom = (col + 1) * factor * source.tile_width, (row + 1) * factor * source.tile_height
            if right >= source.width or bottom >= source.height:
                return None
            return self.slide.tiles.mosaic(number, plane, col, row, factor)
        if level.z not in self._own_tiles:
            return None
        if (col + 1) * level.tile_width > level.width or (row + 1) * level.tile_height > level.height:
            return None
        return self.slide.tiles.whole(level.source_level, plane, col, row)

    def _has_own_tiles(self, level: ServedLevel) -> bool:
        source = self.source_for(level.downsample_x, level.downsample_y)
        own = source.slide is self.slide and source.level == level.source_level
        return own and level.stored and self.info.rgb

    def _halving(self, level: ServedLevel) -> tuple[int, int] | None:
        """Return the file level whose tiles, shrunk while they are decoded, make up this one, and how much."""
        source = self.source_for(level.downsample_x, level.downsample_y)
        factor = round(level.downsample_x / source.scale.x)
        if source.slide is not self.slide or not self.info.rgb or not source.can_scale(factor):
            return None
        size = self.info.levels[source.level]
        alike = (size.tile_width, size.tile_height) == (level.tile_width, level.tile_height)
        scaled = (source.scale.x * factor, source.scale.y * factor) == (level.downsample_x, level.downsample_y)
        return (source.level, factor) if alike and scaled else None

    def has_gaps(self, level: int) -> bool:
        """Whether tiles of a file level are absent from the file."""
        return level in self._with_gaps

    def close(self) -> None:
        """Close the slide and its coarse levels."""
        self.slide.close()
        if self.coarse is not None:
            self.coarse.close()


def _sources(index: SlideIndex, slide: Slide) -> list[Source]:
    info = index.info
    found = [
        Source(slide, number, level.width, level.height, scale, level.width, level.height)
        for number, (level, scale) in enumerate(zip(info.levels, level_scales(info), strict=True))
    ]
    return sorted(found, key=lambda source: source.scale.x)


@dataclass(frozen=True, slots=True)
class Window:
    """What to read.

    Attributes
    ----------
    x, y : float
        Top left corner in level-0 pixels; may lie outside the slide.
    width, height : int
        Pixels of the answer.
    downsample_x, downsample_y : float
        Level-0 pixels for each pixel of the answer.
    """

    x: float
    y: float
    width: int
    height: int
    downsample_x: float
    downsample_y: float


def background(info: SlideInfo) -> tuple[int, ...] | int:
    """Return what lies outside the slide: its background for RGB slides, else 0."""
    return info.background if info.rgb else 0


def read_window(
    view: View,
    window: Window,
    plane: Plane,
    channels: Sequence[int] | None = None,
    *,
    exact: bool = True,
    source: Source | None = None,
) -> Pixels:
    """Read a window at any scale.

    Parameters
    ----------
    view : View
    window : Window
    plane : Plane
    channels : sequence of int or None
        Which channels, None for all; ignored for RGB slides.
    exact : bool
        False lets the JPEG decoder shrink, which is several times cheaper and differs from the
        true mean by less than a grey level on average.
    source : Source or None
        Where to take the pixels from; None for the coarsest that is not coarser than asked.

    Returns
    -------
    ndarray, shape (window.height, window.width, channels)
        uint8 with 3 channels for RGB slides, else the slide's dtype. Outside the slide background.
    """
    source = source or view.source_for(window.downsample_x, window.downsample_y)
    across = _axis(window.x, window.downsample_x, source.scale.x, window.width, source.extent_x)
    down = _axis(window.y, window.downsample_y, source.scale.y, window.height, source.extent_y)
    inner_across, left = _inside(across, source.width, view.info.width / source.scale.x)
    inner_down, top = _inside(down, source.height, view.info.height / source.scale.y)
    whole = (inner_across.count, inner_down.count) == (window.width, window.height)
    if whole and (_is_copy(inner_across, inner_down) or _source_area(inner_across, inner_down) <= CHUNK_PIXELS):
        return _read_chunk(source, inner_across, inner_down, plane, channels, exact)
    out = _blank(view.info, window, channels)
    if inner_across.count and inner_down.count:
        for first, part in _chunks(inner_across, inner_down):
            pixels = _read_chunk(source, inner_across, part, plane, channels, exact)
            row = top + first
            out[row : row + part.count, left : left + inner_across.count] = pixels
    return out


def tile_window(level: ServedLevel, col: int, row: int) -> Window:
    """Return the window of a whole tile of a served level."""
    region = level.tile_region(col, row)
    return Window(
        region.x * level.downsample_x,
        region.y * level.downsample_y,
        min(region.width, level.width - region.x),
        min(region.height, level.height - region.y),
        level.downsample_x,
        level.downsample_y,
    )


def read_tile(
    view: View, level: ServedLevel, col: int, row: int, plane: Plane, channels: Sequence[int] | None
) -> Pixels:
    """Read one full-size tile of a served level; beyond the level's edge it is background."""
    whole = view.whole_tiles(level, col, row, plane)
    if whole is not None:
        return whole
    window = tile_window(level, col, row)
    pixels = read_window(view, window, plane, channels, exact=False)
    if pixels.shape[:2] == (level.tile_height, level.tile_width):
        return pixels
    out = np.empty((level.tile_height, level.tile_width, pixels.shape[2]), pixels.dtype)
    out[...] = background(view.info)
    out[: pixels.shape[0], : pixels.shape[1]] = pixels
    return out


def is_empty(view: View, level: ServedLevel, col: int, row: int, plane: Plane) -> bool:
    """Whether a tile shows nothing but gaps of a sparse file."""
    if not view.has_gaps(level.source_level) or not isinstance(view.slide, StoredSlide):
        return False
    size = view.info.levels[level.source_level]
    window = tile_window(level, col, row)
    scale = view.scales[level.source_level]
    x0, y0 = int(window.x / scale.x), int(window.y / scale.y)
    x1 = min(size.width, math.ceil((window.x + window.width * window.downsample_x) / scale.x))
    y1 = min(size.height, math.ceil((window.y + window.height * window.downsample_y) / scale.y))
    if x1 <= x0 or y1 <= y0:
        return False
    return view.slide.tiles.is_gap(Region(x0, y0, x1 - x0, y1 - y0), level.source_level, plane)


def _axis(start: float, downsample: float, scale: float, count: int, extent: float) -> Axis:
    return Axis(snapped(start / scale), snapped(downsample / scale), count, extent)


def _inside(axis: Axis, size: int, extent: float) -> tuple[Axis, int]:
    """Cut an axis to the pixels that lie inside; return it with how many were cut off before it.

    ``size`` is that of the level in its pixels and ``extent`` that of level 0 in the same unit: a
    level may be up to one pixel short of it. A level read as it is ends at its own edge.
    """
    limit = float(size) if axis.step == 1 else max(float(size), extent)
    first = max(0, math.floor(snapped(-axis.start / axis.step)))
    last = min(axis.count, math.ceil(snapped((limit - axis.start) / axis.step)))
    return axis.part(first, max(0, last - first)), first


def _is_copy(across: Axis, down: Axis) -> bool:
    """Whether source pixels are taken as they are, so that reading in pieces would save no memory."""
    return across.step == down.step == 1 and across.start.is_integer() and down.start.is_integer()


def _source_area(across: Axis, down: Axis) -> float:
    return across.step * across.count * down.step * down.count


def _chunks(across: Axis, down: Axis) -> list[tuple[int, Axis]]:
    rows = max(1, int(CHUNK_PIXELS / max(1.0, across.step * across.count) / down.step))
    return [(first, down.part(first, min(rows, down.count - first))) for first in range(0, down.count, rows)]


def _read_chunk(
    source: Source, across: Axis, down: Axis, plane: Plane, channels: Sequence[int] | None, exact: bool
) -> Pixels:
    factor = 1 if exact else _decoder_factor(source, across, down)
    x0, x1 = _span(across, source.width, factor)
    y0, y1 = _span(down, source.height, factor)
    pixels = source.read(Region(x0, y0, x1 - x0, y1 - y0), plane, channels, factor)
    return area_mean(pixels, across.shifted(x0).divided(factor), down.shifted(y0).divided(factor))


def _span(axis: Axis, size: int, factor: int) -> tuple[int, int]:
    first = min(max(0, math.floor(axis.start)), size - 1) // factor * factor
    last = min(size, -(-math.ceil(axis.end) // factor) * factor)
    return first, max(last, min(first + factor, size))


def _decoder_factor(source: Source, across: Axis, down: Axis) -> int:
    step = min(across.step, down.step)
    return next((factor for factor in (8, 4, 2) if step >= factor and source.can_scale(factor)), 1)


def _blank(info: SlideInfo, window: Window, channels: Sequence[int] | None) -> Pixels:
    count = len(channels) if channels is not None and not info.rgb else len(info.channels)
    out = np.empty((window.height, window.width, count), info.dtype)
    out[...] = background(info)
    return out
