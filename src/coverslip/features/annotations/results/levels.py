"""Which objects each zoom level shows: all of them where every tile has room, else the largest, evenly spread. Pure.

The grid is the slide's own ``z`` with tiles of 512 pixels of that level, whatever tiles its file has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverslip.features.annotations.results.facts import Facts
from coverslip.features.annotations.results.shapes import STEPS, Ints

TILE_PX: Final = 512
BUFFER_PX: Final = 8
"""What a tile shows beyond its edge, so that lines of two pixels with a halo meet."""
MOST_OBJECTS: Final = 2_000
MOST_BYTES: Final = 150_000
"""Estimated; a tile as sent has at most 200,000."""
_SHARE: Final = 0.75
"""How much of a tile is given to objects whose middle lies in it, where not all have room; others reach in."""
_SUB_PIXEL: Final = 0.5


@dataclass(frozen=True, slots=True)
class LevelOfDetail:
    """One zoom level.

    Attributes
    ----------
    z : int
    downsample : float
        Level-0 pixels for each pixel.
    full : bool
        Whether every tile holds every object that touches it.
    """

    z: int
    downsample: float
    full: bool = False

    @property
    def tile_steps(self) -> float:
        """Side of a tile in 1/256 level-0 pixels."""
        return TILE_PX * self.downsample * STEPS


def priorities(known: Facts) -> npt.NDArray[np.uint32]:
    """Return the rank of each object when there is no room for all: large first, equals spread over the slide."""
    count = len(known.bounds)
    sides = (known.bounds[:, 2:].astype(np.int64) - known.bounds[:, :2]).max(axis=1)
    size = np.floor(np.log2(np.maximum(sides, 1))).astype(np.int64)
    # Objects lie in Hilbert order: taking their numbers with the bits reversed visits the slide evenly.
    spread = np.arange(count, dtype=np.uint32)
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF), (16, 0x0000FFFF)):
        spread = ((spread >> np.uint32(shift)) & np.uint32(mask)) | ((spread & np.uint32(mask)) << np.uint32(shift))
    rank = np.empty(count, np.uint32)
    rank[np.lexsort((spread, -size))] = np.arange(count, dtype=np.uint32)
    return rank


def planned(
    known: Facts,
    vertices: Ints,
    rank: npt.NDArray[np.uint32],
    levels: Sequence[tuple[int, float]],
    width: int,
    height: int,
) -> list[tuple[LevelOfDetail, npt.NDArray[np.int32] | None]]:
    """Say of each level, coarsest first, whether all objects have room, and which are shown where they have not."""
    found: list[tuple[LevelOfDetail, npt.NDArray[np.int32] | None]] = []
    below_full = True
    for z, downsample in sorted(levels, reverse=True):
        level = LevelOfDetail(z, downsample)
        weight = _bytes_of(known, vertices, downsample)
        below_full = below_full and _fits(known, weight, level, width, height)
        if below_full:
            found.append((LevelOfDetail(z, downsample, full=True), None))
        else:
            found.append((level, _chosen(known, weight, rank, level, width)))
    return found[::-1]


def _bytes_of(known: Facts, vertices: Ints, downsample: float) -> npt.NDArray[np.float64]:
    extent_px = (known.bounds[:, 2:].astype(np.float64) - known.bounds[:, :2]).sum(axis=1) / (STEPS * downsample)
    weight: npt.NDArray[np.float64] = 18.0 + 3.0 * np.minimum(vertices, 4 + extent_px)
    return weight


def _fits(known: Facts, weight: npt.NDArray[np.float64], level: LevelOfDetail, width: int, height: int) -> bool:
    """Whether every tile has room for all that touches it: each object's rectangle of tiles is added in one go."""
    side, reach = level.tile_steps, BUFFER_PX * level.downsample * STEPS
    cols, rows = (int(-(-extent * STEPS // side)) for extent in (width, height))
    x0, y0 = (
        np.clip((known.bounds[:, one] - reach) // side, 0, most - 1).astype(np.int64)
        for one, most in ((0, cols), (1, rows))
    )
    x1, y1 = (
        np.clip((known.bounds[:, one] + reach) // side, 0, most - 1).astype(np.int64)
        for one, most in ((2, cols), (3, rows))
    )
    for value, most in ((np.ones(len(weight)), MOST_OBJECTS), (weight, MOST_BYTES)):
        corners = np.zeros((rows + 1) * (cols + 1))
        for rows_at, cols_at, sign in ((y0, x0, 1), (y0, x1 + 1, -1), (y1 + 1, x0, -1), (y1 + 1, x1 + 1, 1)):
            corners += sign * np.bincount(rows_at * (cols + 1) + cols_at, value, len(corners))
        inside = corners.reshape(rows + 1, cols + 1).cumsum(axis=0).cumsum(axis=1)
        if inside.max(initial=0) > most + 0.5:
            return False
    return True


def _chosen(
    known: Facts, weight: npt.NDArray[np.float64], rank: npt.NDArray[np.uint32], level: LevelOfDetail, width: int
) -> npt.NDArray[np.int32]:
    sides = (known.bounds[:, 2:].astype(np.int64) - known.bounds[:, :2]).max(axis=1)
    # A point has no extent and is drawn as a dot of its own size: it is never too small.
    seen = np.flatnonzero((sides >= _SUB_PIXEL * level.downsample * STEPS) | (known.area_px <= 0))
    cols = int(-(-width * STEPS // level.tile_steps))
    place = np.maximum(known.centroid[seen], 0) // level.tile_steps
    tile = (place[:, 1] * cols + np.minimum(place[:, 0], cols - 1)).astype(np.int64)
    order = np.lexsort((rank[seen], tile))
    seen, tile = seen[order], tile[order]
    first = np.flatnonzero(np.diff(tile, prepend=-1))
    counts = np.diff(np.append(first, len(tile)))
    number = np.arange(len(tile)) - np.repeat(first, counts)
    total = np.cumsum(weight[seen])
    before = np.repeat(total[first] - weight[seen[first]], counts) if len(first) else total
    kept = (number < _SHARE * MOST_OBJECTS) & (total - before <= _SHARE * MOST_BYTES)
    return np.sort(seen[kept]).astype(np.int32)
