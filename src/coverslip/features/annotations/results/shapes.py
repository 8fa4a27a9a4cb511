"""Many shapes as a few flat arrays: coordinates, rings and objects, each with where it ends. Pure.

Coordinates are level-0 pixels in steps of 1/256, as whole numbers of 32 bits: half the room of floating point, and the
same rounding that drawn geometry has. A ring does not repeat its first vertex. A point is an object of one ring of
one vertex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from coverslip.core.result_errors import ObjectsRefused

STEPS: Final = 256
FARTHEST_PX: Final = 8_000_000
"""Beyond this a coordinate does not fit 32 bits; no slide is a tenth as wide."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Polygons with holes, multipolygons, or points.

    Attributes
    ----------
    kind : str
        ``polygon`` or ``point``; a multipolygon is an object with several outer rings.
    coords : array of int32, shape (vertices, 2)
        1/256 pixels.
    ring_ends : array of int64
        Where each ring ends in ``coords``.
    ring_outer : array of bool
        A hole belongs to the outer ring before it.
    object_ends : array of int64
        Where each object ends in the rings.
    """

    kind: str
    coords: npt.NDArray[np.int32]
    ring_ends: Ints
    ring_outer: npt.NDArray[np.bool_]
    object_ends: Ints

    def __len__(self) -> int:
        return len(self.object_ends)

    @property
    def ring_starts(self) -> Ints:
        """Where each ring begins in ``coords``."""
        return starts_of(self.ring_ends)

    @property
    def object_starts(self) -> Ints:
        """Where each object begins in the rings."""
        return starts_of(self.object_ends)

    @property
    def vertex_starts(self) -> Ints:
        """Where each object begins in ``coords``."""
        return self.ring_starts[self.object_starts]

    def take(self, objects: Ints) -> "Shapes":
        """Return some objects in the order asked."""
        starts = _before(self.object_ends, objects)
        counts = self.object_ends[objects] - starts
        rings = spans(starts, counts)
        ring_starts = _before(self.ring_ends, rings)
        lengths = self.ring_ends[rings] - ring_starts
        vertices = spans(ring_starts, lengths)
        return Shapes(self.kind, self.coords[vertices], np.cumsum(lengths), self.ring_outer[rings], np.cumsum(counts))


def starts_of(ends: Ints) -> Ints:
    """Return where spans begin that follow each other without a gap."""
    starts = np.empty(len(ends), np.int64)
    if len(ends):
        starts[0] = 0
        starts[1:] = ends[:-1]
    return starts


def _before(ends: Ints, numbers: Ints) -> Ints:
    """Return where some spans begin, without looking at the others."""
    return np.where(numbers > 0, ends[numbers - 1], 0) if len(numbers) else np.zeros(0, np.int64)


def spans(starts: Ints, counts: Ints) -> Ints:
    """Return the numbers of several spans behind each other: ``spans([5, 0], [2, 3])`` is ``[5, 6, 0, 1, 2]``."""
    total = int(counts.sum())
    if total == 0:
        return np.zeros(0, np.int64)
    return np.arange(total, dtype=np.int64) + np.repeat(starts - starts_of(np.cumsum(counts)), counts)


def joined(parts: Sequence[Shapes]) -> Shapes:
    """Return several sets behind each other; all of one kind."""
    if len(parts) == 1:
        return parts[0]
    vertices = np.cumsum([0] + [len(one.coords) for one in parts])
    rings = np.cumsum([0] + [len(one.ring_ends) for one in parts])
    return Shapes(
        parts[0].kind,
        np.concatenate([one.coords for one in parts]),
        np.concatenate([one.ring_ends + at for one, at in zip(parts, vertices[:-1], strict=True)]),
        np.concatenate([one.ring_outer for one in parts]),
        np.concatenate([one.object_ends + at for one, at in zip(parts, rings[:-1], strict=True)]),
    )


def quantised(coords: npt.NDArray[Any], first_object: int = 0) -> npt.NDArray[np.int32]:
    """Return coordinates in 1/256 px.

    Raises
    ------
    ObjectsRefused
        One is no number, or lies where no slide reaches.
    """
    with np.errstate(invalid="ignore"):
        fits = np.abs(coords) <= FARTHEST_PX
    if not fits.all():
        raise ObjectsRefused(f"A coordinate is no number or too far away (from object {first_object:,} on).")
    found: npt.NDArray[np.int32] = np.rint(np.multiply(coords, STEPS, dtype=np.float64)).astype(np.int32)
    return found


def from_ragged(coords: npt.NDArray[Any], object_ends: Ints) -> Shapes:
    """Return polygons of one ring each (not closed) from flat vertices; ``object_ends`` says where each ends."""
    count = len(object_ends)
    ends = np.ascontiguousarray(object_ends, np.int64)
    if count and (ends[-1] != len(coords) or np.any(np.diff(ends) < 0) or ends[0] < 0):
        raise ObjectsRefused("The ends of the rings do not fit the vertices.")
    return Shapes("polygon", quantised(coords), ends, np.ones(count, np.bool_), np.arange(1, count + 1, dtype=np.int64))


def from_points(coords: npt.NDArray[Any]) -> Shapes:
    """Return points, shape (n, 2)."""
    ends = np.arange(1, len(coords) + 1, dtype=np.int64)
    return Shapes("point", quantised(coords), ends, np.ones(len(coords), np.bool_), ends)


def from_shapely(geometries: npt.NDArray[Any]) -> Shapes:
    """Return shapely geometries: all points, or polygons and multipolygons.

    Raises
    ------
    ObjectsRefused
        Another kind of geometry, or one that is missing or empty.
    """
    geometries = np.asarray(geometries, object)
    kinds = shapely.get_type_id(geometries)
    if len(kinds) == 0 or np.all(kinds == 0):
        if np.any(shapely.is_empty(geometries)):
            raise ObjectsRefused("A point is empty.")
        return from_points(shapely.get_coordinates(geometries))
    wrong = ~np.isin(kinds, (3, 6)) | shapely.is_empty(geometries)
    if wrong.any():
        raise ObjectsRefused(
            f"A layer holds polygons or points, all of one kind; object {int(np.argmax(wrong)):,} is another, or empty."
        )
    shapely_kind, coords, offsets = shapely.to_ragged_array(geometries, include_z=False)
    if shapely_kind == shapely.GeometryType.POLYGON:
        ring_offsets, object_offsets = (np.asarray(one, np.int64) for one in offsets)
        part_starts = object_offsets[:-1]
    else:
        ring_offsets, part_offsets, object_parts = (np.asarray(one, np.int64) for one in offsets)
        part_starts, object_offsets = part_offsets[:-1], part_offsets[object_parts]
    keep = np.ones(len(coords), np.bool_)
    keep[ring_offsets[1:] - 1] = False  # a ring of shapely repeats its first vertex
    outer = np.zeros(len(ring_offsets) - 1, np.bool_)
    outer[part_starts] = True
    ring_ends = ring_offsets[1:] - np.arange(1, len(ring_offsets), dtype=np.int64)
    return Shapes("polygon", quantised(coords[keep]), ring_ends, outer, object_offsets[1:])


def from_wkb(wkb: Sequence[bytes]) -> Shapes:
    """Return geometries given as well-known binary (OGC 06-103r4).

    Raises
    ------
    ObjectsRefused
    """
    try:
        geometries = shapely.from_wkb(np.asarray(wkb, object))
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise ObjectsRefused("A geometry is no well-known binary.") from error
    return from_shapely(geometries)


def to_shapely(shapes: Shapes) -> npt.NDArray[Any]:
    """Return the objects as shapely geometries in level-0 pixels."""
    if shapes.kind == "point":
        found: npt.NDArray[Any] = shapely.points(shapes.coords / STEPS)
        return found
    lengths = np.diff(shapes.ring_ends, prepend=0)
    closed = spans(shapes.ring_starts, lengths + 1)
    closed[np.cumsum(lengths + 1) - 1] = shapes.ring_starts
    coords = shapes.coords[closed] / STEPS
    ring_offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    objects = np.concatenate([[0], shapes.object_ends])
    if np.all(shapes.ring_outer[shapes.object_starts]) and int(shapes.ring_outer.sum()) == len(shapes):
        polygons: npt.NDArray[Any] = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, coords, (ring_offsets, objects)
        )
        return polygons
    parts = np.concatenate([np.flatnonzero(shapes.ring_outer), [len(shapes.ring_outer)]])
    object_parts = np.searchsorted(parts, objects)
    found = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coords, (ring_offsets, parts, object_parts))
    single = np.diff(object_parts) == 1
    found[single] = shapely.get_geometry(found[single], 0)
    return found
