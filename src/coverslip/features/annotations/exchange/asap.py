"""ASAP XML in and out: annotations in groups, a colour each, holes not known to the format."""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Report, Shape, area, box, path
from coverslip.features.annotations.exchange.texts import first, local, parse_xml, within, words

_NO_GROUP: Final = "None"
_TYPES: Final = {"point": "Dot", "text": "Dot", "multipoint": "PointSet", "rectangle": "Rectangle"}


def read_asap(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read ASAP's annotations; the group is the class."""
    root = parse_xml(data)
    if local(root) != "ASAP_Annotations":
        raise AnnotationFileRefused("The file is no ASAP file: it does not begin with ASAP_Annotations.")
    parents = _groups(root)
    for listed in within(root, "Annotations"):
        for one in within(listed, "Annotation"):
            shape = _shape(one)
            if shape is None:
                report.lose("annotations without an outline")
                continue
            group = words(one.get("PartOfGroup") or "")
            group = "" if group == _NO_GROUP else group
            item = Item(shape, class_name=group or None, name=words(one.get("Name") or ""))
            item.colour = colours.css(one.get("Color"))
            if parents.get(group):
                item.properties = {"ASAP group": parents[group]}
            yield item


def _groups(root: Element) -> dict[str, str]:
    """Return the group that each group is part of."""
    found: dict[str, str] = {}
    for listed in within(root, "AnnotationGroups"):
        for group in within(listed, "Group"):
            parent = words(group.get("PartOfGroup") or "")
            if parent and parent != _NO_GROUP:
                found[words(group.get("Name") or "")] = parent
    return found


def _shape(one: Element) -> Shape | None:
    listed = first(one, "Coordinates")
    if listed is None:
        return None
    found = [(_order(point), point.get("X"), point.get("Y")) for point in within(listed, "Coordinate")]
    pairs = [(x, y) for _, x, y in sorted(found, key=lambda point: point[0])]
    if not pairs:
        return None
    kind = one.get("Type")
    if kind == "Dot":
        return path("point", pairs[:1])
    if kind == "PointSet":
        return path("multipoint", pairs)
    shape = area([[pairs]])
    if kind == "Rectangle" and shape is not None and len(shape.points) == 4:
        left, top, right, bottom = shape.bounds()
        if ((shape.points == (left, top)) | (shape.points == (right, bottom))).all():
            return box("rectangle", left, top, right - left, bottom - top)
    return shape


def _order(point: Element) -> int:
    try:
        return int(point.get("Order") or 0)
    except ValueError:
        return 0


def write_asap(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write ASAP's annotations: the class is the group."""
    root = Element("ASAP_Annotations")
    listed = SubElement(root, "Annotations")
    groups: dict[str, str] = {}
    for item in items:
        report.count(item)
        say_lost(item, report, holes=True, lines=True, properties=True)
        for number, polygon in enumerate(item.shape.outlined().polygons):
            name = item.name or f"Annotation {len(listed)}"
            kind = _TYPES.get(item.shape.kind, "Polygon" if item.shape.is_area else "Spline")
            if item.shape.kind == "rectangle" and item.shape.box[4]:
                kind = "Polygon"
            one = SubElement(listed, "Annotation", Name=f"{name} {number + 1}" if number else name, Type=kind)
            one.set("PartOfGroup", item.class_name or _NO_GROUP)
            one.set("Color", item.colour or "#f4fa58")
            points = SubElement(one, "Coordinates")
            for order, (x, y) in enumerate(polygon[0].tolist()):
                SubElement(points, "Coordinate", Order=str(order), X=f"{x:.4f}", Y=f"{y:.4f}")
        if item.class_name:
            groups.setdefault(item.class_name, item.colour or "#f4fa58")
    known = SubElement(root, "AnnotationGroups")
    for name, colour in groups.items():
        group = SubElement(known, "Group", Name=name, PartOfGroup=_NO_GROUP, Color=colour)
        SubElement(group, "Attributes")
    indent(root)
    yield b'<?xml version="1.0"?>\n' + tostring(root, encoding="utf-8") + b"\n"
