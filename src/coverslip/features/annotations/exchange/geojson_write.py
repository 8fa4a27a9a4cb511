"""GeoJSON out: QuPath's members for QuPath, plain RFC 7946 members for everybody else."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.model import Canvas, Item, Points, Report, Shape

_TYPES = {"tma_core": "tmaCore"}
_POINTS = {"point": "Point", "text": "Point", "multipoint": "MultiPoint"}


def write_qupath(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write a FeatureCollection that QuPath opens with types, classes, cells and measurements."""
    yield from _collection(_qupath(item, report) for item in items)


def write_geojson(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write a FeatureCollection whose properties are flat."""
    yield from _collection(_flat(item, report) for item in items)


def _collection(features: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    for number, feature in enumerate(features):
        yield (b",\n" if number else b"\n") + msgspec.json.encode(feature)
    yield b"\n]}\n"


def _qupath(item: Item, report: Report) -> dict[str, Any]:
    report.count(item)
    feature: dict[str, Any] = {"type": "Feature"}
    if item.source_id:
        feature["id"] = item.source_id
    feature["geometry"] = {**geometry(item.shape), **_plane(item)}
    if item.nucleus is not None:
        feature["nucleusGeometry"] = geometry(item.nucleus)
    properties: dict[str, Any] = {"objectType": _TYPES.get(item.object_type, item.object_type)}
    if item.name:
        properties["name"] = item.name
    if item.class_name:
        properties["classification"] = {"name": item.class_name, "color": colours.triple(item.colour)}
    if item.locked:
        properties["isLocked"] = True
    if item.measurements:
        properties["measurements"] = item.measurements
    if item.properties:
        properties["metadata"] = item.properties
    return _finished(feature, properties, item)


def _flat(item: Item, report: Report) -> dict[str, Any]:
    report.count(item)
    feature: dict[str, Any] = {"type": "Feature"}
    if item.source_id:
        feature["id"] = item.source_id
    feature["geometry"] = geometry(item.shape)
    properties: dict[str, Any] = dict(item.properties)
    properties |= {"objectType": item.object_type, "name": item.name or None, "class": item.class_name}
    if item.colour:
        properties["color"] = item.colour
    if item.measurements:
        properties["measurements"] = item.measurements
    if item.nucleus is not None:
        feature["nucleusGeometry"] = geometry(item.nucleus)
    feature["geometry"] |= _plane(item)
    return _finished(feature, properties, item)


def _finished(feature: dict[str, Any], properties: dict[str, Any], item: Item) -> dict[str, Any]:
    if item.parent:
        properties["parentId"] = item.parent
    if item.shape.kind in ("arrow", "text", "ellipse") or (item.shape.kind == "rectangle" and item.shape.box[4]):
        properties["coverslip"] = {"geometry": item.shape.wire()}
    feature["properties"] = properties
    return feature


def geometry(shape: Shape) -> dict[str, Any]:
    """Return a shape as RFC 7946 has it, an upright ellipse with QuPath's mark."""
    if shape.kind in _POINTS:
        values = _pairs(shape.points)
        return {"type": _POINTS[shape.kind], "coordinates": values if shape.kind == "multipoint" else values[0]}
    if not shape.is_area:
        return {"type": "LineString", "coordinates": _pairs(shape.points)}
    listed = [[_closed(ring) for ring in polygon] for polygon in shape.outlined().polygons]
    if shape.kind == "multipolygon":
        return {"type": "MultiPolygon", "coordinates": listed}
    found: dict[str, Any] = {"type": "Polygon", "coordinates": listed[0]}
    if shape.kind == "ellipse" and not shape.box[4]:
        found["isEllipse"] = True
    return found


def _plane(item: Item) -> dict[str, Any]:
    return {"plane": {"c": -1, "z": item.plane, "t": item.time}} if item.plane or item.time else {}


def _pairs(points: Points) -> list[list[float]]:
    rounded: list[list[float]] = (np.round(points * 256) / 256).tolist()
    return rounded


def _closed(ring: Points) -> list[list[float]]:
    pairs = _pairs(ring)
    return [*pairs, pairs[0]]
