"""A TIFF whose Orientation tag says that rows and columns do not start at the top left."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coverslip.core.geometry import Plane, Region
from coverslip.ports.format import LevelInfo, Pixels, Slide, SlideInfo, StoredTiles

_FLIP_ROWS = {3, 4, 6, 7}
_FLIP_COLS = {2, 3, 7, 8}
_TRANSPOSE = {5, 6, 7, 8}


class TurnedSlide:
    """A slide shown upright; its stored tiles lie in the file turned, so all pixels are read.

    Parameters
    ----------
    slide : Slide
        As stored.
    orientation : int
        2 to 8, as TIFF 6.0 numbers them.
    """

    def __init__(self, slide: Slide, orientation: int) -> None:
        self._slide = slide
        self._flip_rows = orientation in _FLIP_ROWS
        self._flip_cols = orientation in _FLIP_COLS
        self._transpose = orientation in _TRANSPOSE
        info = slide.info
        if self._transpose:
            levels = tuple(LevelInfo(one.height, one.width, one.tile_height, one.tile_width) for one in info.levels)
            info = replace(info, levels=levels, mpp_x=info.mpp_y, mpp_y=info.mpp_x)
        self._info = info

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels, upright."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: a stored tile shown as it lies would be turned."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode an upright region, see ``ports.format.Slide.read``."""
        x, y, width, height = region.x, region.y, region.width, region.height
        if self._transpose:
            x, y, width, height = y, x, height, width
        size = self._slide.info.levels[level]
        left = size.width - x - width if self._flip_cols else x
        top = size.height - y - height if self._flip_rows else y
        pixels = self._slide.read(Region(left, top, width, height), level, plane, channels)
        if self._flip_rows:
            pixels = pixels[::-1]
        if self._flip_cols:
            pixels = pixels[:, ::-1]
        if self._transpose:
            pixels = pixels.swapaxes(0, 1)
        return np.ascontiguousarray(pixels)

    def associated(self, name: str) -> Pixels:
        """Return an associated image as stored."""
        return self._slide.associated(name)

    def close(self) -> None:
        """Release the file."""
        self._slide.close()
