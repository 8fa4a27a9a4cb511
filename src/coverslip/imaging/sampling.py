"""Plans which tiles of a slide to look at: a grid at one scale, with overlap and a mask."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.imaging.pyramid import Scale


@dataclass(frozen=True, slots=True)
class TilePlace:
    """Where one tile of a plan lies.

    Attributes
    ----------
    col, row : int
        Its place in the grid.
    x, y : float
        Top left corner in level-0 pixels.
    width, height : int
        Pixels of the tile that lie inside the slide; the rest is background.
    """

    col: int
    row: int
    x: float
    y: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid over a slide.

    Attributes
    ----------
    width, height : int
        Level-0 pixels of the slide.
    scale : Scale
        Level-0 pixels for each pixel of a tile.
    size : int
        Pixels of a tile along each side, overlap included.
    overlap : int
        Pixels that neighbours share.
    """

    width: int
    height: int
    scale: Scale
    size: int
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.size < 1 or not 0 <= self.overlap < self.size:
            raise ValueError("size must be at least 1, and overlap at least 0 and below size")

    @property
    def cols(self) -> int:
        """Tiles from left to right."""
        return self._count(self.width / self.scale.x)

    @property
    def rows(self) -> int:
        """Tiles from top to bottom."""
        return self._count(self.height / self.scale.y)

    def _count(self, extent: float) -> int:
        beyond_first = math.ceil(extent - 1e-6) - self.size
        return 1 + max(0, -(-beyond_first // (self.size - self.overlap)))

    def places(self, mask: npt.NDArray[Any] | None = None) -> Iterator[TilePlace]:
        """Yield the tiles row by row.

        Parameters
        ----------
        mask : ndarray of bool, shape (any, any), or None
            Covers the whole slide at any resolution; tiles that touch no true pixel are left out.
        """
        step = self.size - self.overlap
        chosen = None if mask is None else _Chosen(np.asarray(mask), self)
        for row in range(self.rows):
            for col in range(self.cols):
                x, y = col * step * self.scale.x, row * step * self.scale.y
                width = min(self.size, math.ceil((self.width - x) / self.scale.x - 1e-6))
                height = min(self.size, math.ceil((self.height - y) / self.scale.y - 1e-6))
                place = TilePlace(col, row, x, y, width, height)
                if chosen is None or chosen.touches(place):
                    yield place


class _Chosen:
    """Answers whether a mask is true anywhere under a tile, from a table of sums."""

    def __init__(self, mask: npt.NDArray[Any], grid: Grid) -> None:
        if mask.ndim != 2 or mask.size == 0:
            raise ValueError("a mask has two dimensions")
        self._sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
        self._sums[1:, 1:] = (mask != 0).cumsum(axis=0).cumsum(axis=1)
        self._grid = grid
        self._per_x = mask.shape[1] / grid.width
        self._per_y = mask.shape[0] / grid.height

    def touches(self, place: TilePlace) -> bool:
        scale = self._grid.scale
        left, top = math.floor(place.x * self._per_x), math.floor(place.y * self._per_y)
        right = math.ceil((place.x + place.width * scale.x) * self._per_x - 1e-9)
        bottom = math.ceil((place.y + place.height * scale.y) * self._per_y - 1e-9)
        rows, cols = self._sums.shape
        right, bottom = min(max(right, left + 1), cols - 1), min(max(bottom, top + 1), rows - 1)
        sums = self._sums
        return bool(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
