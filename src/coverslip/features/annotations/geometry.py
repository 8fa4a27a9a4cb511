"""Drawn geometry: checked, and rounded to 1/256 of a level-0 pixel. Pure.

An area must be one that every program can read: simple in the sense of OGC Simple Features (06-103r4),
rings not closed by a repeated point, the outer one first.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from coverslip.core.annotation_errors import (
    GeometryCrossesItself,
    GeometryEmpty,
    GeometryNotFinite,
    GeometryOutside,
    GeometryRefused,
    TooManyVertices,
)

Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom in level-0 pixels."""
Geometry = dict[str, Any]

MOST_VERTICES: Final = 100_000
MOST_RINGS: Final = 20_000
FARTHEST_PX: Final = 1e9
LONGEST_TEXT: Final = 2_000
_STEP: Final = 256


def checked(value: Any, extent: tuple[int, int] | None = None) -> Geometry:
    """Return a geometry as it is stored.

    Parameters
    ----------
    extent : tuple of (int, int) or None
        Width and height of the slide, where they are known: something of the geometry must lie within.

    Raises
    ------
    GeometryRefused
        One of its subclasses says what is wrong.
    """
    read = _READ.get(str(value.get("kind"))) if isinstance(value, Mapping) else None
    if read is None:
        raise GeometryRefused(f"A geometry is an object whose kind is one of {', '.join(_READ)}.")
    allowed = _MEMBERS[value["kind"]]
    foreign = [str(one) for one in value if one not in allowed]
    if foreign:
        raise GeometryRefused(f"A geometry of kind {value['kind']} has no member {foreign[0][:40]!r}.")
    found = {"kind": value["kind"], **read(value)}
    if extent is not None:
        left, top, right, bottom = bounds(found)
        if right < 0 or bottom < 0 or left > extent[0] or top > extent[1]:
            raise GeometryOutside
    return found


def bounds(geometry: Mapping[str, Any]) -> Bounds:
    """Return the box around a checked geometry."""
    kind = geometry["kind"]
    if kind == "rectangle":
        half_w, half_h = geometry["width"] / 2, geometry["height"] / 2
        cos, sin = abs(math.cos(geometry["rotation"])), abs(math.sin(geometry["rotation"]))
        return _around(
            geometry["x"] + half_w, geometry["y"] + half_h, half_w * cos + half_h * sin, half_w * sin + half_h * cos
        )
    if kind == "ellipse":
        cos, sin = math.cos(geometry["rotation"]), math.sin(geometry["rotation"])
        rx, ry = geometry["rx"], geometry["ry"]
        return _around(geometry["cx"], geometry["cy"], math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos))
    points = _points_of(geometry)
    xs, ys = [one[0] for one in points], [one[1] for one in points]
    return min(xs), min(ys), max(xs), max(ys)


def vertex_count(geometry: Mapping[str, Any] | None) -> int:
    """Return how many points a checked geometry has; 4 for one that is told by its size."""
    if geometry is None:
        return 0
    return 4 if geometry["kind"] in ("rectangle", "ellipse") else len(_points_of(geometry))


def _points_of(geometry: Mapping[str, Any]) -> Sequence[Sequence[float]]:
    if "at" in geometry:
        return [geometry["at"]]
    if "points" in geometry:
        found: Sequence[Sequence[float]] = geometry["points"]
        return found
    polygons = geometry["polygons"] if "polygons" in geometry else [geometry["rings"]]
    return [point for rings in polygons for ring in rings for point in ring]


def _around(x: float, y: float, half_width: float, half_height: float) -> Bounds:
    return x - half_width, y - half_height, x + half_width, y + half_height


# --- numbers and points -------------------------------------------------------------------------


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GeometryRefused(f"The geometry's {name} must be a number.")
    if not (-FARTHEST_PX <= value <= FARTHEST_PX):  # also false for what is no number
        raise GeometryNotFinite
    return float(value)


def _rounded(value: float) -> float:
    """Round to 1/256 px; a whole number is kept as one, which is shorter to write."""
    found = round(value * _STEP) / _STEP
    return int(found) if found.is_integer() else found


def _pixels(value: Mapping[str, Any], name: str) -> float:
    return _rounded(_number(value.get(name), name))


def _size(value: Mapping[str, Any], name: str) -> float:
    found = _pixels(value, name)
    if found < 0:
        raise GeometryRefused(f"The geometry's {name} must not be negative.")
    if found == 0:
        raise GeometryEmpty
    return found


def _angle(value: Mapping[str, Any]) -> float:
    found = math.remainder(_number(value.get("rotation", 0), "rotation"), math.tau)
    return 0 if found == 0 else found


def _point(value: Any) -> list[float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise GeometryRefused("A point is a list of two numbers.")
    return [_coordinate(value[0], "x"), _coordinate(value[1], "y")]


def _coordinate(value: Any, name: str) -> float:
    """Return a number, checked and rounded; nearly all that a request brings are coordinates, written as floats."""
    if type(value) is float and -FARTHEST_PX <= value <= FARTHEST_PX:
        return _rounded(value)
    return _rounded(_number(value, name))


def _points(value: Any, least: int, most: int = MOST_VERTICES) -> list[list[float]]:
    if not isinstance(value, list | tuple) or len(value) < least:
        raise GeometryRefused(f"This kind of geometry needs a list of at least {least} points.")
    if len(value) > most:
        raise TooManyVertices
    return [_point(one) for one in value]


# --- kinds --------------------------------------------------------------------------------------


def _read_point(value: Mapping[str, Any]) -> Geometry:
    return {"at": _point(value.get("at"))}


def _read_points(value: Mapping[str, Any]) -> Geometry:
    return {"points": _points(value.get("points"), 1)}


def _read_text(value: Mapping[str, Any]) -> Geometry:
    text = value.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_TEXT:
        raise GeometryRefused(f"The text of a label has 1 to {LONGEST_TEXT} characters.")
    return {"at": _point(value.get("at")), "text": text}


def _read_pair(value: Mapping[str, Any]) -> Geometry:
    points = _points(value.get("points"), 2)
    if len(points) != 2:
        raise GeometryRefused("A line or an arrow has two points.")
    if points[0] == points[1]:
        raise GeometryEmpty
    return {"points": points}


def _read_polyline(value: Mapping[str, Any]) -> Geometry:
    points = _without_repeats(_points(value.get("points"), 2))
    if len(points) < 2:
        raise GeometryEmpty
    return {"points": points}


def _read_rectangle(value: Mapping[str, Any]) -> Geometry:
    return {
        "x": _pixels(value, "x"),
        "y": _pixels(value, "y"),
        "width": _size(value, "width"),
        "height": _size(value, "height"),
        "rotation": _angle(value),
    }


def _read_ellipse(value: Mapping[str, Any]) -> Geometry:
    return {
        "cx": _pixels(value, "cx"),
        "cy": _pixels(value, "cy"),
        "rx": _size(value, "rx"),
        "ry": _size(value, "ry"),
        "rotation": _angle(value),
    }


def _read_polygon(value: Mapping[str, Any]) -> Geometry:
    rings = _rings(value.get("rings"))
    _check_area(_polygon(rings))
    return {"rings": rings}


def _read_multipolygon(value: Mapping[str, Any]) -> Geometry:
    import shapely  # only what has an area needs it

    given = value.get("polygons")
    if not isinstance(given, list | tuple) or not given:
        raise GeometryRefused("A multipolygon needs a list of polygons, each a list of rings.")
    if len(given) > MOST_RINGS:
        raise TooManyVertices
    polygons = [_rings(one) for one in given]
    if sum(len(ring) for rings in polygons for ring in rings) > MOST_VERTICES:
        raise TooManyVertices
    parts = [_polygon(rings) for rings in polygons]
    for part in parts:
        _check_area(part)
    _check_area(shapely.MultiPolygon(parts))
    return {"polygons": polygons}


def _rings(given: Any) -> list[list[list[float]]]:
    if not isinstance(given, list | tuple) or not given:
        raise GeometryRefused("A polygon needs a list of rings, the outer one first.")
    if len(given) > MOST_RINGS or sum(len(one) for one in given if isinstance(one, list | tuple)) > MOST_VERTICES + 1:
        raise TooManyVertices
    rings = [_without_repeats(_points(one, 3, MOST_VERTICES + 1), closed=True) for one in given]
    if any(len(ring) < 3 for ring in rings):
        raise GeometryEmpty
    return rings


def _without_repeats(points: list[list[float]], *, closed: bool = False) -> list[list[float]]:
    """Leave out points that repeat the one before; in a ring also a last one that repeats the first."""
    found = [point for place, point in enumerate(points) if place == 0 or point != points[place - 1]]
    while closed and len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return found


def _polygon(rings: list[list[list[float]]]) -> Any:
    import numpy as np
    import shapely

    outer, *holes = (np.asarray(ring, dtype=np.float64) for ring in rings)  # of lists it looks at each point by itself
    return shapely.Polygon(outer, holes)


def _check_area(area: Any) -> None:
    # A figure of eight has no area by sign, but an extent; what has an area needs no second look.
    if area.area == 0 and area.convex_hull.area == 0:
        raise GeometryEmpty
    if not area.is_valid:
        raise GeometryCrossesItself


_READ: Final[Mapping[str, Callable[[Mapping[str, Any]], Geometry]]] = {
    "point": _read_point,
    "multipoint": _read_points,
    "line": _read_pair,
    "arrow": _read_pair,
    "polyline": _read_polyline,
    "rectangle": _read_rectangle,
    "ellipse": _read_ellipse,
    "polygon": _read_polygon,
    "multipolygon": _read_multipolygon,
    "text": _read_text,
}
_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "point": frozenset({"kind", "at"}),
    "multipoint": frozenset({"kind", "points"}),
    "line": frozenset({"kind", "points"}),
    "arrow": frozenset({"kind", "points"}),
    "polyline": frozenset({"kind", "points"}),
    "rectangle": frozenset({"kind", "x", "y", "width", "height", "rotation"}),
    "ellipse": frozenset({"kind", "cx", "cy", "rx", "ry", "rotation"}),
    "polygon": frozenset({"kind", "rings"}),
    "multipolygon": frozenset({"kind", "polygons"}),
    "text": frozenset({"kind", "at", "text"}),
}
