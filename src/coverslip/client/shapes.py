"""Between the geometry of the API and shapely. Pure."""

from typing import Any, Final

import numpy as np
import shapely

from coverslip.core.errors import InvalidRequest

STEPS: Final = 72


def to_shapely(geometry: dict[str, Any]) -> Any:
    """Return a geometry of the API; rectangles and ellipses become their outlines."""
    kind = geometry["kind"]
    if kind in ("point", "text"):
        return shapely.Point(geometry["at"])
    if kind == "multipoint":
        return shapely.MultiPoint(geometry["points"])
    if kind in ("line", "arrow", "polyline"):
        return shapely.LineString(geometry["points"])
    if kind == "polygon":
        outer, *holes = geometry["rings"]
        return shapely.Polygon(outer, holes)
    if kind == "multipolygon":
        return shapely.MultiPolygon([(outer, holes) for outer, *holes in geometry["polygons"]])
    return shapely.Polygon(_outline(geometry))


def _outline(geometry: dict[str, Any]) -> Any:
    turn = geometry.get("rotation", 0.0)
    if geometry["kind"] == "rectangle":
        width, height = geometry["width"], geometry["height"]
        centre = np.array([geometry["x"] + width / 2, geometry["y"] + height / 2])
        local = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    else:
        centre = np.array([geometry["cx"], geometry["cy"]])
        angles = np.arange(STEPS) * (2 * np.pi / STEPS)
        local = np.column_stack([geometry["rx"] * np.cos(angles), geometry["ry"] * np.sin(angles)])
    cos, sin = np.cos(turn), np.sin(turn)
    return local @ np.array([[cos, sin], [-sin, cos]]) + centre


def from_shapely(shape: Any) -> dict[str, Any]:
    """Return a shapely geometry as the API has it.

    Raises
    ------
    InvalidRequest
        It is empty, or a collection of several kinds.
    """
    kind = None if shape is None or shape.is_empty else shape.geom_type
    if kind == "Point":
        return {"kind": "point", "at": [shape.x, shape.y]}
    if kind == "MultiPoint":
        return {"kind": "multipoint", "points": shapely.get_coordinates(shape).tolist()}
    if kind in ("LineString", "LinearRing"):
        points = shapely.get_coordinates(shape).tolist()
        return {"kind": "line" if len(points) == 2 else "polyline", "points": points}
    if kind == "Polygon":
        return {"kind": "polygon", "rings": _rings(shape)}
    if kind == "MultiPolygon":
        return {"kind": "multipolygon", "polygons": [_rings(part) for part in shape.geoms]}
    raise InvalidRequest(f"A geometry of type {kind or 'nothing'} cannot be drawn on a slide.")


def _rings(polygon: Any) -> list[list[list[float]]]:
    return [shapely.get_coordinates(ring)[:-1].tolist() for ring in (polygon.exterior, *polygon.interiors)]
