"""HistomicsUI (large_image) annotation JSON in and out."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Points, Report, Shape, area, box, path
from coverslip.features.annotations.exchange.texts import parse_json, plain, words

_USED: Final = frozenset(
    [
        "type",
        "points",
        "center",
        "width",
        "height",
        "radius",
        "rotation",
        "closed",
        "holes",
        "label",
        "group",
        "user",
        "id",
    ]
)
_LOOK: Final = frozenset({"lineColor", "fillColor", "lineWidth", "normal", "boundary", "hidden"})


def read_histomics(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read one annotation document or a list of them; the group of an element is its class."""
    whole: Any = parse_json(data, object)
    documents = whole if isinstance(whole, list) else [whole]
    for document in documents:
        inner = document.get("annotation", document) if isinstance(document, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("elements"), list):
            raise AnnotationFileRefused("The file is no HistomicsUI annotation: it has no list of elements.")
        layer = words(inner.get("name")) or None
        for element in inner["elements"]:
            if not isinstance(element, dict):
                raise AnnotationFileRefused("The file holds an element that is none.")
            shape = _shape(element, report)
            if shape is not None:
                yield _item(shape, element, layer)


def _shape(element: dict[str, Any], report: Report) -> Shape | None:
    kind = element.get("type")
    turn = element.get("rotation") or 0.0
    if kind == "polyline":
        points = element.get("points")
        if element.get("closed"):
            holes = element.get("holes")
            shape = area([[points, *(holes if isinstance(holes, list) else ())]])
            if shape is None:
                report.lose("outlines of fewer than three points")
            return shape
        return path("polyline", points)
    if kind == "arrow":
        points = path("multipoint", element.get("points")).points
        return path("arrow", points[::-1])  # large_image has the head first
    if kind in ("point", "rectangle", "rectanglegrid", "ellipse", "circle"):
        x, y = path("point", [element.get("center")]).points[0].tolist()
        if kind == "point":
            return path("point", [[x, y]])
        if kind == "circle":
            return box("ellipse", x, y, element.get("radius"), element.get("radius"))
        width, height = element.get("width"), element.get("height")
        if kind == "ellipse":
            whole = box("ellipse", x, y, width, height, turn)
            return Shape("ellipse", (), (x, y, whole.box[2] / 2, whole.box[3] / 2, whole.box[4]))
        whole = box("rectangle", 0, 0, width, height, turn)
        return Shape("rectangle", (), (x - whole.box[2] / 2, y - whole.box[3] / 2, *whole.box[2:]))
    report.lose(f"elements of type {words(str(kind))[:40]}")
    return None


def _item(shape: Shape, element: dict[str, Any], layer: str | None) -> Item:
    label = element.get("label")
    text = words(label.get("value")) if isinstance(label, dict) else ""
    group = words(element.get("group"))
    user = element.get("user") if isinstance(element.get("user"), dict) else {}
    measured = user.get("measurements") if isinstance(user, dict) else None
    said = plain({key: value for key, value in (user or {}).items() if key not in ("measurements", "object_type")})
    rest = plain({key: value for key, value in element.items() if key not in _USED | _LOOK})
    item = Item(shape, class_name=group or text or None, layer=layer, properties={**rest, **said})
    item.name = text if text != item.class_name else ""
    item.colour = colours.css(element.get("lineColor"))
    if isinstance(measured, dict):
        numbers = {words(key): value for key, value in measured.items() if type(value) in (int, float)}
        item.measurements = {key: float(value) for key, value in numbers.items() if abs(value) < 1e300}
    if shape.kind == "point" and element.get("user", {}) and item.properties.pop("coverslip", None) == "text":
        item.shape, item.class_name, item.name = Shape("text", shape.polygons, text=text), group or None, ""
    return item


def write_histomics(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write one annotation document."""
    yield b'{"name":' + msgspec.json.encode(f"{canvas.name} (Coverslip)") + b',"description":"","elements":['
    number = 0
    for item in items:
        report.count(item)
        say_lost(item, report, measurements=False)
        for element in _elements(item.shape):
            yield (b",\n" if number else b"\n") + msgspec.json.encode(element | _looks(item))
            number += 1
    yield b"\n]}\n"


def _elements(shape: Shape) -> Iterator[dict[str, Any]]:
    if shape.kind in ("rectangle", "ellipse"):
        a, b, c, d, angle = shape.box
        size = (c, d) if shape.kind == "rectangle" else (2 * c, 2 * d)
        centre = (a + c / 2, b + d / 2, 0) if shape.kind == "rectangle" else (a, b, 0)
        yield {"type": shape.kind, "center": centre, "width": size[0], "height": size[1], "rotation": angle}
    elif shape.is_area:
        for outer, *holes in shape.polygons:
            element: dict[str, Any] = {"type": "polyline", "points": _triples(outer), "closed": True}
            if holes:
                element["holes"] = [_triples(hole) for hole in holes]
            yield element
    elif shape.kind in ("point", "multipoint", "text"):
        for place in _triples(shape.points):
            yield {"type": "point", "center": place}
    elif shape.kind == "arrow":
        yield {"type": "arrow", "points": _triples(shape.points[::-1])}
    else:
        yield {"type": "polyline", "points": _triples(shape.points), "closed": False}


def _looks(item: Item) -> dict[str, Any]:
    red, green, blue = colours.triple(item.colour)
    user: dict[str, Any] = dict(item.properties)
    if item.measurements:
        user["measurements"] = item.measurements
    if item.shape.kind == "text":
        user["coverslip"] = "text"
    found: dict[str, Any] = {"lineColor": f"rgb({red},{green},{blue})", "lineWidth": 2}
    if item.class_name:
        found["group"] = item.class_name
    label = item.name or item.shape.text or item.class_name
    if label:
        found["label"] = {"value": label}
    if user:
        found["user"] = user
    return found


def _triples(points: Points) -> list[list[float]]:
    found: list[list[float]] = np.column_stack([points, np.zeros(len(points))]).tolist()
    return found
