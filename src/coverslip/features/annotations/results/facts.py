"""What is known of each shape from its vertices: bounds, area, centroid, and what is wrong with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from coverslip.core.result_errors import ObjectsRefused
from coverslip.features.annotations.results.shapes import STEPS, Floats, Ints, Shapes, from_shapely, joined, to_shapely

MOST_VERTICES: Final = 100_000
_POLYGONAL: Final = (3, 6)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Parallel to the objects.

    Attributes
    ----------
    bounds : array of int32, shape (n, 4)
        Left, top, right, bottom in 1/256 px.
    area_px : array of float64
        Square level-0 pixels, holes taken off; 0 for points.
    centroid : array of int32, shape (n, 2)
        Centre of area, of a shape without area the middle of its bounds; 1/256 px.
    """

    bounds: npt.NDArray[np.int32]
    area_px: Floats
    centroid: npt.NDArray[np.int32]

    def take(self, objects: Ints) -> "Facts":
        """Return what is known of some objects."""
        return Facts(self.bounds[objects], self.area_px[objects], self.centroid[objects])


def facts_of(shapes: Shapes) -> Facts:
    """Measure every object."""
    if len(shapes) == 0:
        return Facts(np.zeros((0, 4), np.int32), np.zeros(0), np.zeros((0, 2), np.int32))
    coords, at = shapes.coords, shapes.vertex_starts
    low, high = np.minimum.reduceat(coords, at), np.maximum.reduceat(coords, at)
    bounds = np.concatenate([low, high], axis=1)
    if shapes.kind == "point":
        return Facts(bounds, np.zeros(len(shapes)), coords.copy())
    counts = np.diff(np.append(at, len(coords)))
    origin = np.repeat(low.astype(np.float64), counts, axis=0)
    own = coords - origin
    after = own[_next_vertex(shapes)]
    cross = own[:, 0] * after[:, 1] - after[:, 0] * own[:, 1]
    rings = shapes.ring_starts
    twice = np.add.reduceat(cross, rings)
    sign = np.where(shapes.ring_outer, 1.0, -1.0) * np.sign(twice)
    moments = np.add.reduceat((own + after) * cross[:, None], rings) * sign[:, None]
    twice = np.add.reduceat(twice * sign, shapes.object_starts)
    moments = np.add.reduceat(moments, shapes.object_starts)
    flat = twice <= 0
    middle = moments / np.where(flat, 1.0, 3 * twice)[:, None] + low
    middle = np.where(flat[:, None], (low.astype(np.float64) + high) / 2, middle)
    return Facts(bounds, np.maximum(twice, 0) / (2 * STEPS * STEPS), np.rint(middle).astype(np.int32))


def _next_vertex(shapes: Shapes) -> Ints:
    following = np.arange(1, len(shapes.coords) + 1, dtype=np.int64)
    following[shapes.ring_ends - 1] = shapes.ring_starts
    return following


def faults(shapes: Shapes, width: float, height: float, known: Facts | None = None) -> list[tuple[int, str]]:
    """Return which objects cannot be kept on a slide of this size, and why; the first thousand."""
    found: list[tuple[int, str]] = []
    known = facts_of(shapes) if known is None else known
    left, top, right, bottom = known.bounds.T
    outside = (right < 0) | (bottom < 0) | (left > width * STEPS) | (top > height * STEPS)
    tests: list[tuple[npt.NDArray[np.bool_], str]] = [(outside, "lies wholly outside the slide")]
    if shapes.kind == "polygon" and len(shapes):
        lengths = np.diff(shapes.ring_ends, prepend=0)
        few = np.minimum.reduceat(lengths, shapes.object_starts) < 3
        many = np.add.reduceat(lengths, shapes.object_starts) > MOST_VERTICES
        tests += [
            (few, "has a ring of fewer than 3 vertices"),
            (many, f"has more than {MOST_VERTICES:,} vertices"),
            (_flat(shapes, ~few & (known.area_px <= 0)), "has no area"),
        ]
    for wrong, why in tests:
        found += [(int(one), why) for one in np.flatnonzero(wrong)[: 1000 - len(found)]]
    return sorted(found)


def _flat(shapes: Shapes, suspects: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which objects enclose nothing: the two loops of a crossing outline may cancel each other in a sum."""
    numbers = np.flatnonzero(suspects)
    found = suspects.copy()
    if len(numbers):
        found[numbers] = shapely.area(shapely.make_valid(to_shapely(shapes.take(numbers)))) <= 0
    return found


def check_objects(shapes: Shapes, width: float, height: float, first: int = 0) -> Facts:
    """Measure objects, and refuse those that cannot be kept.

    Raises
    ------
    ObjectsRefused
        Names the first.
    """
    known = facts_of(shapes)
    wrong = faults(shapes, width, height, known)
    if wrong:
        number, why = wrong[0]
        raise ObjectsRefused(f"Object {first + number:,} {why}.")
    return known


def mended(shapes: Shapes) -> tuple[Shapes, int]:
    """Return shapes whose outlines do not cross themselves, and how many were mended (the even-odd reading).

    Raises
    ------
    ObjectsRefused
        Nothing with an area is left of one.
    """
    if shapes.kind == "point" or len(shapes) == 0:
        return shapes, 0
    geometries = to_shapely(shapes)
    crossing = np.flatnonzero(~shapely.is_valid(geometries))
    if len(crossing) == 0:
        return shapes, 0
    repaired = from_shapely(np.array([_polygonal(one, number) for number, one in _made(geometries, crossing)], object))
    place = np.arange(len(shapes), dtype=np.int64)
    place[crossing] = len(shapes) + np.arange(len(crossing))
    return joined([shapes, repaired]).take(place), len(crossing)


def _made(geometries: npt.NDArray[Any], numbers: npt.NDArray[Any]) -> Sequence[tuple[int, Any]]:
    return list(zip((int(one) for one in numbers), shapely.make_valid(geometries[numbers]), strict=True))


def _polygonal(geometry: Any, number: int) -> Any:
    """Return what has an area of a mended geometry: lines and points that a crossing leaves are dropped."""
    parts = [one for one in shapely.get_parts(geometry) if shapely.get_type_id(one) in _POLYGONAL]
    if not parts:
        raise ObjectsRefused(f"The outline of object {number:,} crosses itself and encloses nothing.")
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
