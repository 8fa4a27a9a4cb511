"""Aperio ImageScope XML in and out, and Indica HALO's dialect of it in.

Colours are packed as Windows does (0x00BBGGRR). A region with NegativeROA cuts a hole into the regions of
its layer; ImageScope's Type: 0 freehand, 1 polygon, 2 rectangle, 3 ellipse, 4 arrow or ruler, 5 pin.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np
import shapely

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Points, Report, Shape, area, box, path
from coverslip.features.annotations.exchange.texts import first, local, parse_xml, within, words

_KINDS: Final = {
    "0": "polygon",
    "1": "polygon",
    "2": "rectangle",
    "3": "ellipse",
    "4": "line",
    "5": "point",
    "Polygon": "polygon",
    "Rectangle": "rectangle",
    "Ellipse": "ellipse",
    "Ruler": "line",
    "Pin": "point",
    "Arrow": "arrow",
}
_NUMBERS: Final = {"polygon": "0", "multipolygon": "0", "rectangle": "2", "ellipse": "3", "line": "4", "arrow": "4"}


def read_aperio(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read ImageScope XML or HALO's ``.annotations``: a layer is a class when it has a name."""
    root = parse_xml(data)
    if local(root) != "Annotations":
        raise AnnotationFileRefused("The file is no ImageScope or HALO file: it does not begin with Annotations.")
    for layer in within(root, "Annotation"):
        yield from _layer(layer, report)


def _layer(layer: Element, report: Report) -> Iterator[Item]:
    name, colour = _layer_name(layer), colours.packed_bgr(layer.get("LineColor"))
    locked = layer.get("ReadOnly") == "1"
    positive: list[Item] = []
    negative: list[Points] = []
    for group in within(layer, "Regions"):
        for region in within(group, "Region"):
            shape = _shape(region)
            if shape is None:
                report.lose("regions without an outline")
            elif region.get("NegativeROA") == "1" and shape.is_area:
                negative.append(shape.outlined().points)
            else:
                text = words(region.get("Text") or "")
                item = Item(shape, class_name=name, colour=colour, name=text, locked=locked, layer=name)
                item.properties = _attributes(region)
                positive.append(item)
    for hole in negative:
        if not cut(positive, hole):
            report.lose("negative regions outside every other region of their layer")
    yield from positive


def _layer_name(layer: Element) -> str | None:
    """Return a layer's name; ImageScope writes it as an attribute element when the layer has none itself."""
    name = words(layer.get("Name") or "")
    attributes = first(layer, "Attributes")
    if not name and attributes is not None:
        found = [words(one.get("Name") or "") for one in within(attributes, "Attribute")]
        name = next((one for one in found if one and one != "Description"), "")
    return name or None


def _shape(region: Element) -> Shape | None:
    vertices = first(region, "Vertices")
    if vertices is None:
        return None
    pairs = [(one.get("X"), one.get("Y")) for one in vertices if local(one) in ("Vertex", "V")]
    if not pairs:
        return None
    kind = _KINDS.get(region.get("Type") or "0", "polygon")
    if kind in ("point", "line", "arrow"):
        return path(kind, pairs)
    if kind in ("rectangle", "ellipse"):
        corners = path("multipoint", pairs).points
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        if right <= left or bottom <= top:
            return None
        if kind == "ellipse":
            return box(kind, (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)
        upright = ((corners == (left, top)) | (corners == (right, bottom))).all()
        return box(kind, left, top, right - left, bottom - top) if upright or len(pairs) == 2 else area([[pairs]])
    return area([[pairs]])


def _attributes(region: Element) -> dict[str, str]:
    found = first(region, "Attributes")
    values = {} if found is None else {one.get("Name"): one.get("Value") for one in within(found, "Attribute")}
    return {words(name): words(value) for name, value in values.items() if name and value}


def cut(items: list[Item], hole: Points) -> bool:
    """Make a ring a hole of the smallest area that it lies in."""
    place = shapely.Polygon(hole).representative_point() if len(hole) > 3 else shapely.Point(hole.mean(axis=0))
    best: tuple[float, Item, int] | None = None
    for item in items:
        if not item.shape.is_area:
            continue
        for number, polygon in enumerate(item.shape.outlined().polygons):
            outer = shapely.Polygon(polygon[0])
            if shapely.intersects_xy(outer, place.x, place.y) and (best is None or outer.area < best[0]):
                best = (outer.area, item, number)
    if best is None:
        return False
    _, item, number = best
    polygons = list(item.shape.outlined().polygons)
    polygons[number] = (*polygons[number], hole)
    item.shape = Shape("polygon" if len(polygons) == 1 else "multipolygon", tuple(polygons))
    return True


# --- out -----------------------------------------------------------------------------------------


def write_aperio(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write ImageScope XML: a layer for every class, holes as negative regions."""
    root = Element("Annotations")
    if canvas.mpp_x:
        root.set("MicronsPerPixel", f"{canvas.mpp_x:.6f}")
    layers: dict[str, Element] = {}
    for item in items:
        report.count(item)
        say_lost(item, report, lines=item.shape.kind == "polyline")
        name = item.class_name or ""
        if name not in layers:
            red, green, blue = colours.triple(item.colour)
            number = str(red | green << 8 | blue << 16)
            layer = SubElement(root, "Annotation", Id=str(len(layers) + 1), Name=name, ReadOnly="0", LineColor=number)
            layer.set("Type", "4")
            layer.set("Visible", "1")
            layers[name] = SubElement(layer, "Regions")
        _write_region(layers[name], item)
    indent(root)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"


def _write_region(regions: Element, item: Item) -> None:
    shape = item.shape
    if shape.kind in ("rectangle", "ellipse") and not shape.box[4]:
        left, top, right, bottom = shape.bounds()
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        listed = [(np.array(corners if shape.kind == "rectangle" else [corners[0], corners[2]]), False)]
    else:
        listed = [(ring, bool(place)) for polygon in shape.outlined().polygons for place, ring in enumerate(polygon)]
    turned = shape.kind in ("rectangle", "ellipse") and shape.box[4]
    kind = "0" if turned else _NUMBERS.get(shape.kind, "5" if shape.kind in ("point", "text", "multipoint") else "1")
    pins = [(ring[None, place], False) for ring, _ in listed for place in range(len(ring))]
    for ring, negative in pins if shape.kind == "multipoint" else listed:
        region = SubElement(regions, "Region", Id=str(len(regions) + 1), Type=kind, Text=item.name or shape.text)
        region.set("NegativeROA", "1" if negative else "0")
        attributes = SubElement(region, "Attributes")
        for name, value in {} if negative else item.properties.items():
            SubElement(attributes, "Attribute", Name=name, Value=str(value))
        vertices = SubElement(region, "Vertices")
        for x, y in ring.tolist():
            SubElement(vertices, "Vertex", X=f"{x:.6f}", Y=f"{y:.6f}", Z="0")
