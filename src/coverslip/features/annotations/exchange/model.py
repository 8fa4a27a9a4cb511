"""What every annotation format is read into and written from: shapes, items, and a report of what got lost. Pure.

Coordinates are level-0 pixels of the full plane. A ring is an array of shape (n, 2) whose first point is
not repeated; angles are radians, clockwise as seen.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from coverslip.core.exchange_errors import AnnotationFileRefused

Points = NDArray[np.float64]
Frame = Literal["full", "cropped"]
ObjectType = Literal["annotation", "detection", "cell", "tile", "tma_core"]

KINDS: Final = (
    "point",
    "multipoint",
    "line",
    "arrow",
    "polyline",
    "rectangle",
    "ellipse",
    "polygon",
    "multipolygon",
    "text",
)
OBJECT_TYPES: Final = ("annotation", "detection", "cell", "tile", "tma_core")
DETECTIONS: Final = frozenset({"detection", "cell", "tile"})
_AREAS: Final = frozenset({"rectangle", "ellipse", "polygon", "multipolygon"})
_BOXES: Final = frozenset({"rectangle", "ellipse"})
FARTHEST_PX: Final = 1e8
"""No slide is this large: a coordinate beyond it is a mistake of the file."""
_NO_BOX: Final = (0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One geometry.

    Attributes
    ----------
    kind : str
        As on the wire.
    polygons : tuple of tuples of rings
        Of a polygon or multipolygon: outer ring first, then its holes. Points, lines and the place of a text
        are one polygon of one "ring".
    box : tuple of float
        Of a rectangle x, y, width, height, rotation; of an ellipse cx, cy, rx, ry, rotation.
    text : str
    """

    kind: str
    polygons: tuple[tuple[Points, ...], ...] = ()
    box: tuple[float, float, float, float, float] = _NO_BOX
    text: str = ""

    @property
    def is_area(self) -> bool:
        """Whether it encloses something."""
        return self.kind in _AREAS

    @property
    def points(self) -> Points:
        """The points of what is no area."""
        return self.polygons[0][0]

    @property
    def rings(self) -> Iterator[Points]:
        """All rings, outer ones and holes."""
        for polygon in self.polygons:
            yield from polygon

    @property
    def vertices(self) -> int:
        """How many points it has as it is written down."""
        if self.kind in _BOXES:
            return 4
        count = 0
        for polygon in self.polygons:
            for ring in polygon:
                count += len(ring)
        return count

    @property
    def holes(self) -> int:
        """How many holes it has."""
        return sum(len(polygon) - 1 for polygon in self.polygons) if self.kind in ("polygon", "multipolygon") else 0

    def bounds(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom."""
        whole = np.concatenate([ring for polygon in self.outlined().polygons for ring in polygon])
        (left, top), (right, bottom) = whole.min(axis=0), whole.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def outlined(self, steps: int = 72) -> "Shape":
        """Return rectangles and ellipses as polygons, everything else as it is."""
        if self.kind not in _BOXES:
            return self
        a, b, c, d, angle = self.box
        if self.kind == "rectangle":
            centre = np.array([a + c / 2, b + d / 2])
            local = np.array([[-c, -d], [c, -d], [c, d], [-c, d]]) / 2
        else:
            centre = np.array([a, b])
            turn = np.arange(steps) * (2 * np.pi / steps)
            local = np.column_stack([c * np.cos(turn), d * np.sin(turn)])
        cos, sin = np.cos(angle), np.sin(angle)
        turned = local @ np.array([[cos, sin], [-sin, cos]]) if angle else local
        return Shape("polygon", ((turned + centre,),))

    def moved(self, dx: float, dy: float) -> "Shape":
        """Return it shifted."""
        if not dx and not dy:
            return self
        if self.kind in _BOXES:
            a, b, c, d, angle = self.box
            return Shape(self.kind, (), (a + dx, b + dy, c, d, angle))
        return self.mapped(lambda ring: ring + np.array((dx, dy)))

    def scaled(self, sx: float, sy: float) -> "Shape":
        """Return it scaled about (0, 0); what is turned becomes a polygon unless both factors are equal."""
        if self.kind in _BOXES:
            a, b, c, d, angle = self.box
            if angle and sx != sy:
                return self.outlined().scaled(sx, sy)
            return Shape(self.kind, (), (a * sx, b * sy, c * sx, d * sy, angle))
        return self.mapped(lambda ring: ring * np.array((sx, sy)))

    def mapped(self, change: Callable[[Points], Points]) -> "Shape":
        """Return it with every ring changed; rectangles and ellipses become polygons."""
        whole = self.outlined()
        changed = tuple(tuple(change(ring) for ring in polygon) for polygon in whole.polygons)
        return Shape(whole.kind, changed, text=whole.text)

    def wire(self) -> dict[str, Any]:
        """Return it as JSON of the API, rounded to 1/256 px."""
        if self.kind in _BOXES:
            names = ("x", "y", "width", "height") if self.kind == "rectangle" else ("cx", "cy", "rx", "ry")
            numbers = (round(number * 256) / 256 for number in self.box[:4])
            return {"kind": self.kind, **dict(zip(names, numbers, strict=True)), "rotation": self.box[4]}
        listed = [[(np.round(ring * 256) / 256).tolist() for ring in polygon] for polygon in self.polygons]
        if self.kind == "multipolygon":
            return {"kind": self.kind, "polygons": listed}
        if self.kind == "polygon":
            return {"kind": self.kind, "rings": listed[0]}
        if self.kind == "point":
            return {"kind": self.kind, "at": listed[0][0][0]}
        if self.kind == "text":
            return {"kind": self.kind, "at": listed[0][0][0], "text": self.text}
        return {"kind": self.kind, "points": listed[0][0]}


def from_wire(geometry: dict[str, Any]) -> Shape:
    """Return a geometry of the API as a shape."""
    kind = geometry["kind"]
    if kind == "rectangle":
        names: tuple[str, ...] = ("x", "y", "width", "height")
    elif kind == "ellipse":
        names = ("cx", "cy", "rx", "ry")
    else:
        names = ()
    if names:
        a, b, c, d = (float(geometry[name]) for name in names)
        return Shape(kind, (), (a, b, c, d, float(geometry.get("rotation", 0.0))))
    if kind == "multipolygon":
        return Shape(kind, tuple(tuple(_array(ring) for ring in polygon) for polygon in geometry["polygons"]))
    if kind == "polygon":
        return Shape(kind, (tuple(_array(ring) for ring in geometry["rings"]),))
    if kind in ("point", "text"):
        return Shape(kind, ((_array([geometry["at"]]),),), text=geometry.get("text", ""))
    return Shape(kind, ((_array(geometry["points"]),),))


def _array(points: Sequence[Sequence[float]]) -> Points:
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


# --- making shapes of what a file says -----------------------------------------------------------


def points_of(values: Any) -> Points:
    """Return points as an array, refusing what is no list of finite pairs; further coordinates are dropped.

    Raises
    ------
    AnnotationFileRefused
    """
    try:
        points = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        try:
            points = np.asarray([point[:2] for point in values], dtype=np.float64)
        except (TypeError, ValueError, IndexError, KeyError) as error:
            raise AnnotationFileRefused("The file holds an outline that is no list of points.") from error
    if points.ndim != 2 or points.shape[1] < 2 or not len(points):
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    points = points[:, :2]
    if not (np.abs(points) < FARTHEST_PX).all():  # NaN and infinities compare false too
        raise AnnotationFileRefused("The file holds a position that is no number or lies beyond any slide.")
    return np.ascontiguousarray(points)


def open_ring(points: Points) -> Points:
    """Return a ring without its first point repeated at the end."""
    return points[:-1] if len(points) > 1 and (points[0] == points[-1]).all() else points


def finite(value: Any) -> float:
    """Return a number, refusing what is none.

    Raises
    ------
    AnnotationFileRefused
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise AnnotationFileRefused("The file holds text where a number belongs.") from error
    if not abs(number) < FARTHEST_PX:
        raise AnnotationFileRefused("The file holds a position that is no number or lies beyond any slide.")
    return number


def path(kind: str, values: Any, text: str = "") -> Shape:
    """Return a shape that is a row of points; one that is too short for its kind becomes the next simpler."""
    points = points_of(values)
    if kind in ("line", "arrow") and len(points) > 2:
        kind = "polyline"
    if len(points) == 1 and kind not in ("text", "point", "multipoint"):
        kind = "point"
    if kind == "multipoint" and len(points) == 1:
        kind = "point"
    if kind == "polyline" and len(points) == 2:
        kind = "line"
    return Shape(kind, ((points,),), text=text)


def area(polygons: Sequence[Sequence[Any]]) -> Shape | None:
    """Return polygons as one shape, None when no outer ring of at least three points is there."""
    kept: list[tuple[Points, ...]] = []
    for rings in polygons:
        opened = [open_ring(ring if isinstance(ring, np.ndarray) else points_of(ring)) for ring in rings]
        if opened and len(opened[0]) >= 3:
            kept.append((opened[0], *(hole for hole in opened[1:] if len(hole) >= 3)))
    if not kept:
        return None
    return Shape("polygon" if len(kept) == 1 else "multipolygon", tuple(kept))


def box(kind: str, a: Any, b: Any, c: Any, d: Any, angle: Any = 0.0) -> Shape:
    """Return a rectangle (left, top, width, height) or an ellipse (centre, radii)."""
    c, d = finite(c), finite(d)
    if c <= 0 or d <= 0:
        raise AnnotationFileRefused("The file holds a rectangle or ellipse without any size.")
    return Shape(kind, (), (finite(a), finite(b), c, d, finite(angle)))


# --- what a file holds ---------------------------------------------------------------------------


@dataclass(slots=True)
class Item:
    """One object of a file.

    Attributes
    ----------
    shape : Shape
    nucleus : Shape or None
        The second outline of a cell.
    object_type : str
    class_name, colour : str or None
        ``colour`` is ``#rrggbb``.
    source_id, parent : str or None
        The object's id in the file and that of its parent.
    name : str
    properties : dict
        JSON values.
    measurements : dict of float
    plane, time : int
    locked : bool
    layer : str or None
        Name of the layer that the file keeps it in.
    """

    shape: Shape
    nucleus: Shape | None = None
    object_type: str = "annotation"
    class_name: str | None = None
    colour: str | None = None
    source_id: str | None = None
    parent: str | None = None
    name: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    measurements: dict[str, float] = field(default_factory=dict)
    plane: int = 0
    time: int = 0
    locked: bool = False
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class Canvas:
    """The slide that a file is about.

    Attributes
    ----------
    width, height : int
        Of level 0; 0 where not known.
    mpp_x, mpp_y : float or None
    offset : tuple of float
        Where the vendor's bounds begin: the corner of the "cropped" plane.
    name : str
    """

    width: int = 0
    height: int = 0
    mpp_x: float | None = None
    mpp_y: float | None = None
    offset: tuple[float, float] = (0.0, 0.0)
    name: str = "slide"


class Report:
    """Counts of a reading or writing, and what could not be carried."""

    def __init__(self) -> None:
        self.objects = 0
        self.vertices = 0
        self.holes = 0
        self.kinds: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()
        self.colours: dict[str, str] = {}
        self.lost: Counter[str] = Counter()

    def count(self, item: Item) -> None:
        """Count an object that is carried."""
        self.objects += 1
        self.vertices += item.shape.vertices
        self.holes += item.shape.holes
        self.kinds[item.shape.kind] += 1
        self.types[item.object_type] += 1
        if item.class_name:
            self.classes[item.class_name] += 1
            if item.colour:
                self.colours.setdefault(item.class_name, item.colour)

    def lose(self, what: str, count: int = 1) -> None:
        """Say that something was not carried."""
        self.lost[what] += count

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "objects": self.objects,
            "vertices": self.vertices,
            "holes": self.holes,
            "kinds": dict(self.kinds),
            "object_types": dict(self.types),
            "classes": [
                {"name": name, "count": count, "colour": self.colours.get(name)}
                for name, count in self.classes.most_common()
            ],
            "lost": [{"what": what, "count": count} for what, count in self.lost.most_common()],
        }
