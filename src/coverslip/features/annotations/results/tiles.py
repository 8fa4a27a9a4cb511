"""One vector tile of a layer: the objects that touch it, simplified to what its pixels can show. Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from coverslip.features.annotations.results.derived import Objects
from coverslip.features.annotations.results.levels import BUFFER_PX, MOST_OBJECTS, TILE_PX
from coverslip.features.annotations.results.mvt import EXTENT, TileShapes, encode_tile
from coverslip.features.annotations.results.shapes import (
    STEPS,
    Floats,
    Ints,
    Shapes,
    from_shapely,
    spans,
    starts_of,
    to_shapely,
)
from coverslip.features.annotations.results.truth import NO_CATEGORY

LARGEST_TILE: Final = 200_000
PIXEL: Final = EXTENT // TILE_PX
"""Units of a tile in one of its pixels."""
_FINEST_TOLERANCE: Final = PIXEL / 4
_PASSES: Final = 4
_FAR: Final = EXTENT
"""An object that reaches farther than this beyond a tile is cut there, out of sight."""


def tile_bounds(objects: Objects, z: int, x: int, y: int) -> tuple[float, float, float, float] | None:
    """Return what a tile shows, with its buffer, in 1/256 px; None when there is no such tile."""
    if not 0 <= z < len(objects.levels):
        return None
    level = objects.levels[z]
    side, reach = level.tile_steps, BUFFER_PX * level.downsample * STEPS
    if x < 0 or y < 0 or x * side >= objects.grid.width * STEPS or y * side >= objects.grid.height * STEPS:
        return None
    return (x * side - reach, y * side - reach, (x + 1) * side + reach, (y + 1) * side + reach)


def make_tile(objects: Objects, z: int, x: int, y: int, without: Ints) -> bytes:
    """Return a tile of the layer.

    Parameters
    ----------
    without : array of int64
        Objects that a correction replaces, sorted.

    Returns
    -------
    bytes
        At most 200,000: outlines get coarser until they fit, and at a level that is not full the least objects go.
    """
    where = tile_bounds(objects, z, x, y)
    if where is None:
        return b""
    level = objects.levels[z]
    numbers = objects.touching(*where, z=z)
    if len(without):
        numbers = numbers[~np.isin(numbers, without)]
    if not level.full and len(numbers) > MOST_OBJECTS:
        numbers = np.sort(numbers[np.argsort(objects.rank[numbers])[:MOST_OBJECTS]])
    tolerance = _FINEST_TOLERANCE
    while True:
        found = _encoded(objects, numbers, level.downsample, (x * level.tile_steps, y * level.tile_steps), tolerance)
        if len(found) <= LARGEST_TILE:
            return found
        if tolerance < 4 * PIXEL:
            tolerance *= 2
        elif not level.full:
            numbers = np.sort(numbers[np.argsort(objects.rank[numbers])[: len(numbers) * 3 // 4]])
        elif tolerance < EXTENT:
            tolerance *= 2
        else:
            return found


def _encoded(
    objects: Objects, numbers: Ints, downsample: float, origin: tuple[float, float], tolerance: float
) -> bytes:
    shapes = objects.shapes.take(numbers)
    unit = downsample * STEPS / PIXEL
    shapes = _cut(shapes, objects.facts.bounds[numbers], origin, unit)
    coords = (shapes.coords - np.asarray(origin)) / unit
    classes = objects.classes[numbers]
    if shapes.kind == "point":
        points = np.rint(coords).astype(np.int64)
        return encode_tile(
            TileShapes(True, points, shapes.ring_ends, shapes.object_ends), numbers, classes, NO_CATEGORY
        )
    ring_ends = shapes.ring_ends
    for number in range(_PASSES):
        coords, ring_ends = thinned(coords, ring_ends, tolerance / 2, number % 2)
    return encode_tile(_whole(coords, ring_ends, shapes), numbers, classes, NO_CATEGORY)


def _cut(shapes: Shapes, bounds: npt.NDArray[np.int32], origin: tuple[float, float], unit: float) -> Shapes:
    """Cut the few objects that are much larger than the tile; the cut lies a whole tile outside."""
    if shapes.kind == "point":
        return shapes
    low = np.asarray(origin) - _FAR * unit
    high = np.asarray(origin) + (EXTENT + _FAR) * unit
    huge = np.flatnonzero((bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1))
    if not len(huge):
        return shapes
    box = (*(low / STEPS), *(high / STEPS))
    geometries = to_shapely(shapes)
    clipped = shapely.intersection(geometries[huge], shapely.box(*box))
    for number, one in zip(huge, clipped, strict=True):
        parts = [part for part in shapely.get_parts(one) if shapely.get_type_id(part) == 3]
        if parts:
            geometries[number] = shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]
        else:  # only its bounds reach this tile
            geometries[number] = shapely.box(high[0] / STEPS - 1, high[1] / STEPS - 1, *(high / STEPS))
    return from_shapely(geometries)


def thinned(coords: Floats, ring_ends: Ints, tolerance: float, parity: int) -> tuple[Floats, Ints]:
    """Drop every second vertex that lies within a tolerance of the line between its neighbours.

    No two neighbours go in one pass, so that each pass moves an outline by at most the tolerance; a ring keeps at
    least three vertices.
    """
    starts = starts_of(ring_ends)
    lengths = ring_ends - starts
    place = np.arange(len(coords)) - np.repeat(starts, lengths)
    length = np.repeat(lengths, lengths)
    before, after = np.arange(-1, len(coords) - 1), np.arange(1, len(coords) + 1)
    before[starts], after[ring_ends - 1] = ring_ends - 1, starts
    a, b = coords[before], coords[after]
    line, own = b - a, coords - a
    size = np.hypot(line[:, 0], line[:, 1])
    across = np.abs(line[:, 0] * own[:, 1] - line[:, 1] * own[:, 0])
    along = line[:, 0] * own[:, 0] + line[:, 1] * own[:, 1]
    beside = (along >= 0) & (along <= size * size)
    near = np.where(beside, across <= tolerance * size, np.hypot(own[:, 0], own[:, 1]) <= tolerance)
    last_of_odd = (place == length - 1) & (place % 2 == 0)
    keep = ~(near & (place % 2 == parity) & (length > 4) & ~last_of_odd)
    counts = np.add.reduceat(keep, starts) if len(starts) else lengths
    return coords[keep], np.cumsum(counts)


def _whole(coords: Floats, ring_ends: Ints, shapes: Shapes) -> TileShapes:
    """Round, take away what became double, and let every ring wind as the tile wants it."""
    rounded = np.rint(coords).astype(np.int64)
    starts = starts_of(ring_ends)
    before = np.arange(-1, len(rounded) - 1)
    before[starts] = ring_ends - 1
    keep = (rounded != rounded[before]).any(axis=1)
    keep[starts] |= np.add.reduceat(keep, starts) == 0
    counts = np.add.reduceat(keep, starts).astype(np.int64)
    middle = rounded[starts]
    rounded, ring_ends = rounded[keep], np.cumsum(counts)
    twice = _twice_area(rounded, ring_ends)
    flat = (counts < 3) | (twice == 0)
    outer = shapes.ring_outer
    if flat.any():
        rounded, ring_ends, kept = _dots(rounded, ring_ends, middle, flat, outer)
        object_ends = np.cumsum(kept, dtype=np.int64)[shapes.object_ends - 1]
        outer = outer[kept]
        twice = _twice_area(rounded, ring_ends)
    else:
        object_ends = shapes.object_ends
    wrong = (twice > 0) != outer
    if wrong.any():
        starts = starts_of(ring_ends)
        lengths = ring_ends - starts
        place = np.arange(len(rounded)) - np.repeat(starts, lengths)
        turned = np.repeat(ring_ends - 1, lengths) - place
        rounded = rounded[np.where(np.repeat(wrong, lengths), turned, np.arange(len(rounded)))]
    return TileShapes(False, rounded, ring_ends, object_ends)


def _dots(
    rounded: Ints, ring_ends: Ints, middle: Ints, flat: npt.NDArray[np.bool_], outer: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Make a dot of each outline that is too small for the tile, so that it is there; holes so small are not."""
    starts = starts_of(ring_ends)
    lengths = np.where(flat, 4, ring_ends - starts)
    kept = outer | ~flat
    first_dot = len(rounded)
    corners = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], np.int64)
    dots = (middle[flat][:, None, :] + corners).reshape(-1, 2)
    begins = starts.copy()
    begins[flat] = first_dot + 4 * np.arange(int(flat.sum()))
    everything = np.concatenate([rounded, dots])
    return everything[spans(begins[kept], lengths[kept])], np.cumsum(lengths[kept]), kept


def _twice_area(coords: Ints, ring_ends: Ints) -> Ints:
    starts = starts_of(ring_ends)
    after = np.arange(1, len(coords) + 1)
    after[ring_ends - 1] = starts
    following = coords[after]
    cross = coords[:, 0] * following[:, 1] - following[:, 0] * coords[:, 1]
    found: Ints = np.add.reduceat(cross, starts)
    return found
