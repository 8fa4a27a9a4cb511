"""caMicroscope mark JSON in and out: old marks are fractions of the slide, newer ones are pixels."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from coverslip.core.exchange_errors import AnnotationFileRefused, SlideSizeNeeded
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.geojson_write import geometry as geojson
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Report, Shape, area, path
from coverslip.features.annotations.exchange.texts import parse_json, plain, words


def read_camicroscope(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read marks; the name of a mark's annotation, or of its analysis, is its class."""
    whole: Any = parse_json(data, object)
    marks = whole if isinstance(whole, list) else [whole]
    if not any(isinstance(mark, dict) and ("geometry" in mark or "geometries" in mark) for mark in marks):
        raise AnnotationFileRefused("The file holds no caMicroscope marks: nothing in it has a geometry.")
    for mark in marks:
        if not isinstance(mark, dict):
            raise AnnotationFileRefused("The file holds a mark that is none.")
        yield from _mark(mark, canvas, report)


def _mark(mark: dict[str, Any], canvas: Canvas, report: Report) -> Iterator[Item]:
    outlines: list[tuple[Any, dict[str, Any]]] = []
    if isinstance(mark.get("geometry"), dict):
        outlines.append((mark["geometry"], {}))
    collection = mark.get("geometries")
    features = [_dict(one) for one in _dict(collection).get("features") or ()]
    outlines += [(one.get("geometry"), _dict(one.get("properties"))) for one in features]
    if not outlines:
        report.lose("marks without a geometry")
        return
    provenance, properties = _dict(mark.get("provenance")), _dict(mark.get("properties"))
    said, analysis = _dict(properties.get("annotations")), _dict(provenance.get("analysis"))
    name = words(said.get("name")) or words(analysis.get("name")) or words(analysis.get("execution_id"))
    numbers = said.pop("measurements", None)
    for outline, looks in outlines:
        shape = _shape(_dict(outline), report)
        if shape is None:
            continue
        item = Item(_placed(shape, canvas), class_name=name or None)
        item.colour = colours.css(_dict(looks.get("style")).get("color"))
        item.object_type = "detection" if analysis.get("source") == "computer" else "annotation"
        rest = {key: value for key, value in said.items() if key not in ("name", "notes")}
        item.properties = plain({**_dict(properties.get("scalar_features")), **rest})
        item.name = words(said.get("notes"))[:200]
        item.measurements = {k: float(v) for k, v in _dict(numbers).items() if type(v) in (int, float)}
        yield item


def _shape(outline: dict[str, Any], report: Report) -> Shape | None:
    kind, values = outline.get("type"), outline.get("coordinates")
    if kind == "Point":
        return path("point", [values])
    if kind == "MultiPoint":
        return path("multipoint", values)
    if kind == "LineString":
        return path("polyline", values)
    if kind in ("Polygon", "MultiPolygon") and isinstance(values, list):
        polygons = [values] if kind == "Polygon" else values
        if not all(isinstance(polygon, list) for polygon in polygons):
            raise AnnotationFileRefused("The file holds an outline that is no list of points.")
        shape = area(polygons)
        if shape is None:
            report.lose("outlines of fewer than three points")
        return shape
    report.lose(f"marks of type {words(str(kind))[:40]}")
    return None


def _placed(shape: Shape, canvas: Canvas) -> Shape:
    """Return a shape in pixels; one that lies within 0..1 both ways is in fractions of the slide."""
    left, top, right, bottom = shape.bounds()
    if left < 0 or top < 0 or right > 1 or bottom > 1:
        return shape
    if not canvas.width:
        raise SlideSizeNeeded
    return shape.scaled(canvas.width, canvas.height)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def write_camicroscope(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write marks in pixels, as caMicroscope's own export has them."""
    yield b"["
    for number, item in enumerate(items):
        report.count(item)
        say_lost(item, report, measurements=False, types=item.object_type in ("tile", "tma_core"), curves=True)
        name = item.class_name or item.name or "annotation"
        said: dict[str, Any] = {**item.properties, "name": name, "notes": item.name}
        if item.measurements:
            said["measurements"] = item.measurements
        left, top, right, bottom = item.shape.bounds()
        corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        outline = geojson(item.shape)
        outline.pop("isEllipse", None)
        feature = {
            "type": "Feature",
            "properties": {"style": {"color": item.colour or "#7cfc00", "lineJoin": "round", "isFill": False}},
            "geometry": outline,
            "bound": {"type": "Polygon", "coordinates": [corners]},
        }
        source = "human" if item.object_type == "annotation" else "computer"
        mark = {
            "provenance": {
                "image": {"slide": canvas.name, "name": canvas.name},
                "analysis": {"source": source, "execution_id": name, "name": name},
            },
            "properties": {"annotations": said},
            "geometries": {"type": "FeatureCollection", "features": [feature]},
        }
        yield (b",\n" if number else b"\n") + msgspec.json.encode(mark)
    yield b"\n]\n"
