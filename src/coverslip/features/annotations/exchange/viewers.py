"""Read only: Sectra PathologyCore, V7 Darwin, CAMELYON outlines and xOpat, all JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from coverslip.core.exchange_errors import AnnotationFileRefused, SlideSizeNeeded
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.aperio import cut
from coverslip.features.annotations.exchange.geojson_read import read_geojson
from coverslip.features.annotations.exchange.model import Canvas, Item, Points, Report, Shape, area, box, finite, path
from coverslip.features.annotations.exchange.raster import nested
from coverslip.features.annotations.exchange.texts import parse_json, plain, words


def read_sectra(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read PathologyCore annotations.

    Both coordinates are fractions of the slide's width: areas and lengths that the files state agree with
    their outlines only when x and y have one scale.
    """
    whole = _json(data)
    listed = whole if isinstance(whole, list) else [whole]
    if not canvas.width:
        raise SlideSizeNeeded
    for one in map(_dict, listed):
        if not isinstance(one.get("content"), list):
            raise AnnotationFileRefused("The file is no Sectra file: an annotation has no content.")
        points = _xy(one["content"]) * canvas.width
        kind = words(one.get("type"))
        shape: Shape | None = None
        if kind in ("Polyline", "Length", "Line"):
            shape = path("polyline", points)
        elif kind == "Arrow":
            shape = path("arrow", points)
        elif len(points) > 2:
            shape = area([[points]])
        elif len(points) == 1:
            shape = path("point", points)
        if shape is None:
            report.lose(f"annotations of type {kind[:40]}")
            continue
        item = Item(shape, name=words(one.get("name")), locked=one.get("readOnly") is True)
        item.properties = plain({key: one.get(key) for key in ("result", "modifiedInfo", "modifiedAt")})
        yield item


def read_darwin(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read V7 Darwin JSON 2.0; the name of an annotation is its class."""
    listed = _dict(_json(data)).get("annotations")
    if not isinstance(listed, list):
        raise AnnotationFileRefused("The file is no Darwin file: it has no list of annotations.")
    for one in map(_dict, listed):
        shape = _darwin(one, report)
        if shape is None:
            continue
        item = Item(shape, class_name=words(one.get("name")) or None, name=words(_dict(one.get("text")).get("text")))
        item.properties = plain({"properties": one.get("properties"), "attributes": one.get("attributes")})
        identity = one.get("id")
        item.source_id = identity if isinstance(identity, str) and len(identity) == 36 else None
        yield item


def _darwin(one: dict[str, Any], report: Report) -> Shape | None:
    if "polygon" in one:
        paths = _dict(one["polygon"]).get("paths")
        rings = paths if isinstance(paths, list) else [_dict(one["polygon"]).get("path")]
        shape = nested([_xy(ring) for ring in rings])
        if shape is None:
            report.lose("outlines of fewer than three points")
        return shape
    if "keypoint" in one:
        return path("point", _xy([one["keypoint"]]))
    if "line" in one:
        return path("polyline", _xy(_dict(one["line"]).get("path")))
    if "ellipse" in one:
        said = _dict(one["ellipse"])
        centre, radius = _dict(said.get("center")), _dict(said.get("radius"))
        return box("ellipse", centre.get("x"), centre.get("y"), radius.get("x"), radius.get("y"), said.get("angle", 0))
    if "skeleton" in one:
        nodes = _dict(one["skeleton"]).get("nodes")
        report.lose("connections of skeletons")
        return path("multipoint", _xy(nodes))
    if "bounding_box" in one and "raster_layer" not in one and "mask" not in one:
        said = _dict(one["bounding_box"])
        return box("rectangle", said.get("x"), said.get("y"), said.get("w"), said.get("h"))
    report.lose("raster layers and masks" if "raster_layer" in one or "mask" in one else "tags without a place")
    return None


def read_camelyon(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read CAMELYON16 outlines: what is negative is a hole of the positive outline around it."""
    whole = _dict(_json(data))
    rings: dict[str, list[tuple[str, Points]]] = {}
    for kind in ("positive", "negative"):
        listed = whole.get(kind)
        if not isinstance(listed, list):
            raise AnnotationFileRefused(f"The file is no CAMELYON file: it has no list of {kind} outlines.")
        rings[kind] = [(words(_dict(one).get("name")), _points(_dict(one).get("vertices"))) for one in listed]
    items = [
        Item(shape, class_name="Tumour", colour="#e6194b", name=name)
        for name, ring in rings["positive"]
        if (shape := area([[ring]])) is not None
    ]
    for _, ring in rings["negative"]:
        if not cut(items, ring):
            report.lose("negative outlines outside every positive one")
    yield from items


_XOPAT_AREAS: Final = frozenset({"polygon"})


def read_xopat(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read xOpat's native objects, or one of its GeoJSON exports; the name of the preset is the class."""
    whole = _dict(_json(data))
    if "features" in whole:
        yield from read_geojson(data, canvas, report)
        return
    if not isinstance(whole.get("objects"), list):
        raise AnnotationFileRefused("The file is no xOpat file, or holds presets only: it has no list of objects.")
    presets = whole.get("presets")
    listed = [_dict(one) for one in presets] if isinstance(presets, list) else []
    names = {words(str(one.get("presetID"))): _preset_name(one) for one in listed}
    for one in map(_dict, whole["objects"]):
        shape = _xopat(one, report)
        if shape is None:
            continue
        preset = words(str(one.get("presetID")))
        item = Item(shape, class_name=names.get(preset) or None, colour=colours.css(one.get("color")))
        item.properties = plain({"xOpat preset": preset, "xOpat layer": one.get("layerID")})
        yield item


def _xopat(one: dict[str, Any], report: Report) -> Shape | None:
    kind = one.get("factoryID")
    if kind in _XOPAT_AREAS:
        return area([[_xy(one.get("points"))]])
    if kind == "multipolygon":
        rings = one.get("points")
        return nested([_xy(ring) for ring in rings]) if isinstance(rings, list) else None
    if kind == "polyline":
        return path("polyline", _xy(one.get("points")))
    if kind == "rect":
        return box("rectangle", one.get("left"), one.get("top"), one.get("width"), one.get("height"))
    if kind == "ellipse":
        rx, ry = finite(one.get("rx")), finite(one.get("ry"))
        return box("ellipse", finite(one.get("left")) + rx, finite(one.get("top")) + ry, rx, ry)
    if kind in ("text", "point"):
        text = words(one.get("text"))
        place = [[finite(one.get("left")), finite(one.get("top"))]]
        return path("text" if text else "point", place, text)
    if kind == "ruler":
        parts = one.get("objects")
        ends = _dict(parts[0]) if isinstance(parts, list) and parts else {}
        centre = np.array(
            [finite(one.get(a)) + finite(one.get(b)) / 2 for a, b in (("left", "width"), ("top", "height"))]
        )
        pairs = [[finite(ends.get("x1")), finite(ends.get("y1"))], [finite(ends.get("x2")), finite(ends.get("y2"))]]
        return path("line", np.array(pairs) + centre)
    report.lose(f"objects of kind {words(str(kind))[:40]}")
    return None


def _preset_name(preset: dict[str, Any]) -> str:
    return words(_dict(_dict(preset.get("meta")).get("category")).get("value"))


def _json(data: bytes) -> Any:
    return parse_json(data, object)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _xy(points: Any) -> Points:
    if not isinstance(points, list):
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    return path("multipoint", [[_dict(one).get("x"), _dict(one).get("y")] for one in points] or None).points


def _points(values: Any) -> Points:
    if not isinstance(values, Sequence):
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    return path("multipoint", values).points
