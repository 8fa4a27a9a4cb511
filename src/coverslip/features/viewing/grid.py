"""The cells by which coverage is counted: derived from the slide alone, so that client and server agree. Pure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverslip.features.viewing.schemas import MOST_CELLS

CELL_UM: Final = 64.0
CELL_PX_WITHOUT_SCALE: Final = 256

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of square cells over a slide; the first begins at (0, 0), those at the far edges reach beyond.

    Attributes
    ----------
    cols, rows : int
    cell_px : int
        Side in level-0 pixels.
    """

    cols: int
    rows: int
    cell_px: int

    @property
    def count(self) -> int:
        """How many cells there are."""
        return self.cols * self.rows

    @property
    def byte_count(self) -> int:
        """How many bytes hold one bit for each cell."""
        return -(-self.count // 8)


def grid_of(width: int, height: int, mpp: float | None) -> Grid:
    """Return the grid of a slide: cells of 64 micrometres, or larger where there would be too many.

    Examples
    --------
    >>> grid_of(2220, 2967, 0.499)
    Grid(cols=18, rows=24, cell_px=128)
    >>> grid_of(100_000, 80_000, None)
    Grid(cols=391, rows=313, cell_px=256)
    """
    cell_px = CELL_PX_WITHOUT_SCALE if mpp is None else max(1, math.floor(CELL_UM / mpp + 0.5))  # as browsers round
    while math.ceil(width / cell_px) * math.ceil(height / cell_px) > MOST_CELLS:
        cell_px *= 2
    return Grid(math.ceil(width / cell_px), math.ceil(height / cell_px), cell_px)


def pack(bits: Bits) -> bytes:
    """Return one bit for each cell, the lowest bit of a byte first."""
    return np.packbits(bits.reshape(-1), bitorder="little").tobytes()


def unpack(data: bytes, grid: Grid) -> Bits:
    """Return the cells of packed bits, shape (rows, cols)."""
    flat = np.unpackbits(np.frombuffer(data, np.uint8), count=grid.count, bitorder="little")
    return flat.astype(bool).reshape(grid.rows, grid.cols)


def moved(bits: Bits, old: Grid, new: Grid) -> Bits:
    """Carry cells to another grid: a new cell is seen when the old one under its middle was."""
    rows = ((np.arange(new.rows) + 0.5) * new.cell_px / old.cell_px).astype(int)
    cols = ((np.arange(new.cols) + 0.5) * new.cell_px / old.cell_px).astype(int)
    inside = (rows < old.rows)[:, None] & (cols < old.cols)[None, :]
    found: Bits = bits[np.minimum(rows, old.rows - 1)][:, np.minimum(cols, old.cols - 1)] & inside
    return found
