"""Drawn geometry as areas and points that can be measured beside the objects of a layer. Pure."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely

_SIDES: Final = 128
"""Corners that stand for an ellipse: its area is then right to one part in a thousand."""


def area_of(geometry: Mapping[str, Any]) -> Any:
    """Return a geometry of the wire as a shapely polygon, multipolygon or point; None for lines and labels."""
    kind = geometry.get("kind")
    if kind == "point":
        return shapely.Point(geometry["at"])
    if kind == "polygon":
        return shapely.Polygon(geometry["rings"][0], geometry["rings"][1:])
    if kind == "multipolygon":
        return shapely.MultiPolygon([(rings[0], rings[1:]) for rings in geometry["polygons"]])
    if kind == "rectangle":
        x, y, width, height = (float(geometry[name]) for name in ("x", "y", "width", "height"))
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
        return _turned(corners, (x + width / 2, y + height / 2), float(geometry.get("rotation", 0)))
    if kind == "ellipse":
        angles = np.arange(_SIDES) * (2 * math.pi / _SIDES)
        outline = np.stack([np.cos(angles) * geometry["rx"], np.sin(angles) * geometry["ry"]], axis=1)
        return _turned(outline, (geometry["cx"], geometry["cy"]), float(geometry.get("rotation", 0)))
    return None


def _turned(outline: Any, centre: tuple[float, float], rotation: float) -> Any:
    """Turn about the centre, clockwise as seen: y runs downwards."""
    cos, sin = math.cos(rotation), math.sin(rotation)
    return shapely.Polygon(outline @ np.array([[cos, sin], [-sin, cos]]) + centre)


def fits(shape: Any, geometry: str) -> bool:
    """Whether a shape can stand for an object of a layer of polygons or of points."""
    return shape is not None and (shapely.get_type_id(shape) == 0) == (geometry == "point")
