"""Regions of interest of OME-XML (2016-06) in and out, as OME-TIFF and OMERO's transfer files carry them.

What the schema has no place for (holes, classes, measurements, properties) goes into a map annotation that
the region refers to; OMERO shows it as key-value pairs, and we read it back.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

import msgspec
import numpy as np

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import (
    Canvas,
    Item,
    Points,
    Report,
    Shape,
    area,
    box,
    finite,
    from_wire,
    path,
)
from coverslip.features.annotations.exchange.raster import trace
from coverslip.features.annotations.exchange.texts import first, local, parse_xml, within, words

NAMESPACE: Final = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
MAP: Final = "coverslip/annotation"
MOST_MASK_PIXELS: Final = 2**26


def read_ome(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read every shape of every region; each becomes an object of its own."""
    root = parse_xml(data)
    if local(root) != "OME":
        raise AnnotationFileRefused("The file is no OME-XML: it does not begin with OME.")
    maps = _maps(root)
    regions = list(within(root, "ROI"))
    if not regions:
        raise AnnotationFileRefused("The file holds no regions of interest.")
    for region in regions:
        union = first(region, "Union")
        shapes = list(union) if union is not None else []
        said = next((maps[one.get("ID")] for one in within(region, "AnnotationRef") if one.get("ID") in maps), {})
        exact = _exact(said.get("geometry"))
        if exact is not None and shapes:
            yield _item(exact, region, shapes[0], said)
            continue
        for element in shapes:
            shape = _shape(element, report)
            if shape is not None:
                yield _item(shape, region, element, said)


def _maps(root: Element) -> dict[str | None, dict[str, str]]:
    found: dict[str | None, dict[str, str]] = {}
    for listed in within(root, "StructuredAnnotations"):
        for one in within(listed, "MapAnnotation"):
            value = first(one, "Value")
            if one.get("Namespace") == MAP and value is not None:
                found[one.get("ID")] = {m.get("K") or "": m.text or "" for m in within(value, "M")}
    return found


def _item(shape: Shape, region: Element, element: Element, said: dict[str, str]) -> Item:
    name = words(region.get("Name") or "")
    text = words(element.get("Text") or "")
    item = Item(shape, name=name or (text if shape.kind != "text" else ""))
    stroke = element.get("StrokeColor")
    item.colour = colours.packed_rgba(stroke) if stroke is not None else None
    item.class_name = words(said.get("class")) or None
    item.plane, item.time = _index(element.get("TheZ")), _index(element.get("TheT"))
    item.locked = element.get("Locked") == "true"
    item.object_type = said.get("object_type", "annotation")
    description = first(region, "Description")
    if description is not None and description.text and words(description.text):
        item.properties["Description"] = words(description.text)
    if name and text and text != name and shape.kind != "text":
        item.properties["Text"] = text
    for key in ("properties", "measurements"):
        values = _json(said.get(key))
        if isinstance(values, dict):
            getattr(item, key).update(values)
    item.measurements = {k: float(v) for k, v in item.measurements.items() if type(v) in (int, float)}
    item.nucleus = _exact(said.get("nucleus"))
    return item


def _shape(element: Element, report: Report) -> Shape | None:
    kind = local(element)
    shape: Shape | None
    if kind == "Point":
        shape = path("point", [[element.get("X"), element.get("Y")]])
    elif kind == "Label":
        shape = path("text", [[element.get("X"), element.get("Y")]], words(element.get("Text") or ""))
        if not shape.text:
            report.lose("labels without text")
            return None
    elif kind == "Line":
        ends = [[element.get("X1"), element.get("Y1")], [element.get("X2"), element.get("Y2")]]
        starts, stops = element.get("MarkerStart") == "Arrow", element.get("MarkerEnd") == "Arrow"
        shape = path("arrow" if starts or stops else "line", ends if stops or not starts else ends[::-1])
    elif kind == "Rectangle":
        shape = _box("rectangle", element, ("X", "Y", "Width", "Height"), report)
    elif kind == "Ellipse":
        shape = _box("ellipse", element, ("X", "Y", "RadiusX", "RadiusY"), report)
    elif kind == "Polygon":
        shape = area([[_points(element)]])
    elif kind == "Polyline":
        shape = path("polyline", _points(element))
    elif kind == "Mask":
        shape = _mask(element)
    else:
        report.lose(f"shapes of kind {words(kind)[:40]}")
        return None
    if shape is None:
        report.lose("shapes without an area")
        return None
    return _transformed(shape, first(element, "Transform"))


def _box(kind: str, element: Element, names: tuple[str, ...], report: Report) -> Shape | None:
    numbers = [finite(element.get(name)) for name in names]
    if numbers[2] <= 0 or numbers[3] <= 0:
        return None
    return box(kind, *numbers)


def _points(element: Element) -> Points:
    numbers = (element.get("Points") or "").replace(",", " ").split()
    if len(numbers) % 2 or not numbers:
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    return path("multipoint", np.array(numbers).reshape(-1, 2)).points


def _mask(element: Element) -> Shape | None:
    width, height = int(finite(element.get("Width"))), int(finite(element.get("Height")))
    held = first(element, "BinData")
    if held is None or not 0 < width * height <= MOST_MASK_PIXELS:
        return None
    size = (width * height + 7) // 8
    try:
        raw = base64.b64decode("".join((held.text or "").split()), validate=True)
        if held.get("Compression") == "zlib":
            raw = zlib.decompressobj().decompress(raw, size)
    except (binascii.Error, zlib.error) as error:
        raise AnnotationFileRefused("The file holds a mask whose bytes are damaged.") from error
    if len(raw) < size:
        return None
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8))[: width * height].reshape(height, width)
    shape = area(trace(bits.astype(bool)))
    return None if shape is None else shape.moved(finite(element.get("X")), finite(element.get("Y")))


def _transformed(shape: Shape, said: Element | None) -> Shape:
    if said is None:
        return shape
    a, b, tx, c, d, ty = (finite(said.get(f"A{row}{column}") or 0) for row in (0, 1) for column in (0, 1, 2))
    if (b, c) == (0, 0) and a == d == 1:
        return shape.moved(tx, ty)
    matrix = np.array([[a, c], [b, d]])
    scale = float(np.hypot(a, c))
    if shape.kind in ("rectangle", "ellipse") and scale and np.allclose([d, -b], [a, c]):
        # A turn, with the same scale both ways, keeps what they are.
        x, y, w, h, angle = shape.box
        centre = np.array([x + w / 2, y + h / 2] if shape.kind == "rectangle" else [x, y]) @ matrix + (tx, ty)
        corner = centre - np.array([w, h]) * scale / 2 if shape.kind == "rectangle" else centre
        turn = angle + float(np.arctan2(c, a))
        return box(shape.kind, corner[0], corner[1], w * scale, h * scale, turn)
    return shape.mapped(lambda ring: ring @ matrix + (tx, ty))


def _exact(text: str | None) -> Shape | None:
    said = _json(text)
    if not isinstance(said, dict):
        return None
    try:
        shape = from_wire(said)
    except (KeyError, TypeError, ValueError):
        return None
    return shape if np.isfinite(shape.bounds()).all() else None


def _json(text: str | None) -> Any:
    if not text:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _index(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 7 else 0


# --- out -----------------------------------------------------------------------------------------


def write_ome(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write OME-XML with one image and one region for every object."""
    register_namespace("", NAMESPACE)
    root = Element(_tag("OME"))
    image = SubElement(root, _tag("Image"), ID="Image:0", Name=canvas.name)
    size = {"SizeX": str(max(1, canvas.width)), "SizeY": str(max(1, canvas.height))}
    pixels = SubElement(image, _tag("Pixels"), {**size, "SizeZ": "1", "SizeC": "3", "SizeT": "1", "Type": "uint8"})
    pixels.set("ID", "Pixels:0")
    pixels.set("DimensionOrder", "XYCZT")
    if canvas.mpp_x and canvas.mpp_y:
        pixels.set("PhysicalSizeX", repr(canvas.mpp_x))
        pixels.set("PhysicalSizeY", repr(canvas.mpp_y))
    SubElement(pixels, _tag("MetadataOnly"))
    maps = Element(_tag("StructuredAnnotations"))
    regions: list[Element] = []
    for number, item in enumerate(items):
        report.count(item)
        say_lost(item, report, measurements=False, nucleus=False, types=False, planes=False)
        region = Element(_tag("ROI"), ID=f"ROI:{number}")
        if item.name:
            region.set("Name", item.name)
        union = SubElement(region, _tag("Union"))
        for part, (kind, attributes) in enumerate(_elements(item.shape)):
            element = SubElement(union, _tag(kind), attributes)
            element.set("ID", f"Shape:{number}:{part}")
            red, green, blue = colours.triple(item.colour)
            packed = red << 24 | green << 16 | blue << 8 | 0xFF
            element.set("StrokeColor", str(packed - 2**32 if packed >= 2**31 else packed))
            element.set("TheZ", str(item.plane))
            element.set("TheT", str(item.time))
            if item.locked:
                element.set("Locked", "true")
        _write_map(maps, region, number, item)
        SubElement(image, _tag("ROIRef"), ID=f"ROI:{number}")
        regions.append(region)
    if len(maps):
        root.append(maps)
    root.extend(regions)
    indent(root)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"


def _write_map(maps: Element, region: Element, number: int, item: Item) -> None:
    shape = item.shape
    exact = shape.holes or shape.kind in ("multipolygon", "multipoint")
    said = {
        "class": item.class_name,
        "object_type": item.object_type if item.object_type != "annotation" else None,
        "geometry": _text(shape.wire()) if exact else None,
        "nucleus": _text(item.nucleus.wire()) if item.nucleus is not None else None,
        "properties": _text(item.properties) if item.properties else None,
        "measurements": _text(item.measurements) if item.measurements else None,
    }
    if not any(said.values()):
        return
    held = SubElement(maps, _tag("MapAnnotation"), ID=f"Annotation:{number}", Namespace=MAP)
    value = SubElement(held, _tag("Value"))
    for key, text in said.items():
        if text:
            SubElement(value, _tag("M"), K=key).text = text
    SubElement(region, _tag("AnnotationRef"), ID=f"Annotation:{number}")


def _elements(shape: Shape) -> Iterator[tuple[str, dict[str, str]]]:
    if shape.kind in ("rectangle", "ellipse") and not shape.box[4]:
        names = ("X", "Y", "Width", "Height") if shape.kind == "rectangle" else ("X", "Y", "RadiusX", "RadiusY")
        yield shape.kind.capitalize(), dict(zip(names, map(repr, shape.box[:4]), strict=True))
    elif shape.is_area:
        for polygon in shape.outlined().polygons:
            yield "Polygon", {"Points": _joined(polygon[0])}
    elif shape.kind in ("line", "arrow"):
        (x1, y1), (x2, y2) = shape.points[[0, -1]].tolist()
        ends = {"X1": repr(x1), "Y1": repr(y1), "X2": repr(x2), "Y2": repr(y2)}
        yield "Line", ends | ({"MarkerEnd": "Arrow"} if shape.kind == "arrow" else {})
    elif shape.kind == "polyline":
        yield "Polyline", {"Points": _joined(shape.points)}
    else:
        for x, y in shape.points.tolist():
            place = {"X": repr(x), "Y": repr(y)}
            yield ("Label", place | {"Text": shape.text}) if shape.kind == "text" else ("Point", place)


def _joined(points: Points) -> str:
    return " ".join(f"{x!r},{y!r}" for x, y in points.tolist())


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
