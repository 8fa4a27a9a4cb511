"""GeoJSON as QuPath and everybody else writes it (RFC 7946 in pixels), read in batches so that a million cells fit.

The members beside RFC 7946 are QuPath's: ``nucleusGeometry``, ``isEllipse``, ``plane``, and the properties
``objectType``, ``classification``, ``measurements``, ``isLocked``, ``metadata``.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final

import msgspec
import numpy as np

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.model import (
    FARTHEST_PX,
    OBJECT_TYPES,
    Canvas,
    Item,
    Report,
    Shape,
    area,
    box,
    from_wire,
    path,
    points_of,
)
from coverslip.features.annotations.exchange.texts import parse_json, plain, words

BATCH: Final = 2000
_OBJECT_TYPES: Final = {
    "PathAnnotationObject": "annotation",
    "PathDetectionObject": "detection",
    "PathCellObject": "cell",
    "PathCellDetection": "cell",
    "PathTileObject": "tile",
    "TMACoreObject": "tma_core",
    "tmaCore": "tma_core",
    **{name: name for name in OBJECT_TYPES},
}
_USED: Final = frozenset(
    [
        "objectType",
        "object_type",
        "classification",
        "measurements",
        "isLocked",
        "name",
        "metadata",
        "color",
        "class",
        "coverslip",
        "parentId",
    ]
)
_ROUGH_PX: Final = 1.0
_UUID: Final = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

Ring = list[tuple[float, float]]


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Ring]
    isEllipse: bool = False
    plane: dict[str, int] | None = None


class _Point(msgspec.Struct, tag_field="type", tag="Point"):
    coordinates: tuple[float, float]
    plane: dict[str, int] | None = None


class _Quick(msgspec.Struct):
    """A feature as nearly all of a large file are."""

    geometry: _Polygon | _Point
    id: str | None = None
    nucleusGeometry: _Polygon | None = None
    properties: dict[str, Any] | None = None


class _Loose(msgspec.Struct):
    """Any other feature; a bare geometry is one without ``geometry``."""

    type: Any = None
    id: Any = None
    coordinates: Any = None
    geometries: Any = None
    geometry: Any = None
    nucleusGeometry: Any = None
    properties: Any = None


class _Whole(msgspec.Struct):
    type: str = ""
    features: list[msgspec.Raw] | None = None


_quick: Final = msgspec.json.Decoder(_Quick)


def read_geojson(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read a FeatureCollection, a list of features, one feature or a bare geometry."""
    if data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
        features: list[msgspec.Raw] | None = parse_json(data, list[msgspec.Raw])
    else:
        features = parse_json(data, _Whole).features
    if features is None:
        features = [msgspec.Raw(data)]
    pending = iter(features)
    while batch := list(islice(pending, BATCH)):
        yield from _batch(batch, report)


def _batch(raws: list[msgspec.Raw], report: Report) -> Iterator[Item]:
    read: list[_Quick | _Loose] = [_decoded(raw) for raw in raws]
    rings: list[Ring] = []
    for feature in read:
        if isinstance(feature, _Quick):
            for outline in (feature.geometry, feature.nucleusGeometry):
                if isinstance(outline, _Polygon):
                    rings += outline.coordinates
    ready = _rings(rings)
    for feature in read:
        if isinstance(feature, _Loose):
            yield from _loose(feature, report)
            continue
        shape = _quick_shape(feature.geometry, ready)
        nucleus = None if feature.nucleusGeometry is None else _quick_shape(feature.nucleusGeometry, ready)
        if shape is None:
            report.lose("outlines of fewer than three points")
            continue
        yield _item(shape, nucleus, feature.geometry.plane, feature.id, feature.properties or {}, report)


def _decoded(raw: msgspec.Raw) -> "_Quick | _Loose":
    try:
        return _quick.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return parse_json(bytes(raw), _Loose)


def _rings(rings: list[Ring]) -> Iterator[np.ndarray]:
    """Yield all rings of a batch as arrays, opened; made together, because one by one costs five times as much."""
    if not rings:
        return
    lengths = np.fromiter(map(len, rings), dtype=np.int64, count=len(rings))
    points = np.array(list(chain.from_iterable(chain.from_iterable(rings))), dtype=np.float64).reshape(-1, 2)
    if not (np.abs(points) < FARTHEST_PX).all():
        raise AnnotationFileRefused("The file holds a position that is no number or lies beyond any slide.")
    ends = np.cumsum(lengths)
    starts = ends - lengths
    long = lengths > 1
    closed = np.zeros(len(rings), dtype=bool)
    closed[long] = (points[starts[long]] == points[ends[long] - 1]).all(axis=1)
    for start, end in zip(starts.tolist(), (ends - closed).tolist(), strict=True):
        yield points[start:end]


def _quick_shape(outline: "_Polygon | _Point", ready: Iterator[np.ndarray]) -> Shape | None:
    if isinstance(outline, _Point):
        return Shape("point", ((points_of([outline.coordinates]),),))
    rings = tuple(islice(ready, len(outline.coordinates)))
    if not rings or len(rings[0]) < 3:
        return None
    if len(rings) > 1:
        rings = (rings[0], *(hole for hole in rings[1:] if len(hole) >= 3))
    whole = Shape("polygon", (rings,))
    return _ellipse(whole) if outline.isEllipse else whole


def _loose(feature: _Loose, report: Report) -> Iterator[Item]:
    geometry = feature.geometry
    if geometry is None and (feature.coordinates is not None or feature.geometries is not None):
        geometry = {"type": feature.type, "coordinates": feature.coordinates, "geometries": feature.geometries}
    if geometry is None:
        report.lose("features without a geometry")
        return
    if not isinstance(geometry, dict):
        raise AnnotationFileRefused("The file holds a feature whose geometry is none.")
    properties = feature.properties if isinstance(feature.properties, dict) else {}
    nucleus = None
    if isinstance(feature.nucleusGeometry, dict):
        nucleus = next(iter(_shapes(feature.nucleusGeometry, report)), None)
    plane = geometry.get("plane")
    identity = feature.id if isinstance(feature.id, str | int) else None
    for shape in _shapes(geometry, report):
        yield _item(shape, nucleus, plane, None if identity is None else str(identity), properties, report)


def _shapes(geometry: dict[str, Any], report: Report) -> Iterator[Shape]:
    kind, values = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict) and member.get("type") != "GeometryCollection":
                yield from _shapes(member, report)
        return
    if not isinstance(values, list):
        raise AnnotationFileRefused("The file holds a geometry without coordinates.")
    if kind == "Point":
        yield path("point", [values])
    elif kind == "MultiPoint":
        yield path("multipoint", values)
    elif kind == "LineString":
        yield path("polyline", values)
    elif kind == "MultiLineString":
        for line in values:
            yield path("polyline", line)
    elif kind in ("Polygon", "MultiPolygon"):
        polygons: Iterable[Any] = [values] if kind == "Polygon" else values
        shape = area([_list(polygon) for polygon in polygons])
        if shape is None:
            report.lose("outlines of fewer than three points")
        else:
            yield _ellipse(shape) if geometry.get("isEllipse") is True else shape
    else:
        raise AnnotationFileRefused(f"The file holds a geometry of the unknown type {words(str(kind))[:40]!r}.")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    return value


def _ellipse(shape: Shape) -> Shape:
    """Return the ellipse in a shape's bounds, as QuPath reads ``isEllipse``."""
    left, top, right, bottom = shape.bounds()
    if right <= left or bottom <= top:
        return shape
    return box("ellipse", (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)


def _item(
    shape: Shape,
    nucleus: Shape | None,
    plane: Any,
    identity: str | None,
    properties: dict[str, Any],
    report: Report,
) -> Item:
    said = properties.get("objectType") or properties.get("object_type") or identity
    object_type = _OBJECT_TYPES.get(said, "annotation") if isinstance(said, str) else "annotation"
    class_name, colour = _class(properties)
    name = properties.get("name")
    planes = plane if isinstance(plane, dict) else {}
    if object_type == "annotation" and shape.kind == "polygon":
        shape = _exact(shape, properties.get("coverslip")) or _rectangle(shape)
    elif properties.get("coverslip"):
        shape = _exact(shape, properties["coverslip"]) or shape
    parent = properties.get("parentId")
    return Item(
        shape=shape,
        nucleus=nucleus,
        object_type=object_type,
        class_name=class_name,
        colour=colour,
        source_id=identity if identity is not None and _is_uuid(identity) else None,
        parent=parent if isinstance(parent, str) else None,
        name=words(name) if name else "",
        properties=_properties(properties),
        measurements=_measurements(properties.get("measurements"), report),
        plane=_count(planes.get("z")),
        time=_count(planes.get("t")),
        locked=properties.get("isLocked") in (True, "true"),
    )


def _class(properties: dict[str, Any]) -> tuple[str | None, str | None]:
    said = properties.get("classification")
    if isinstance(said, dict):
        names = said.get("names")
        name = ": ".join(map(str, names)) if isinstance(names, list) else said.get("name")
        colour = colours.parts(said.get("color")) or colours.packed_rgb(said.get("colorRGB", ""))
    else:
        name = said if isinstance(said, str) else properties.get("class")
        colour = colours.css(properties.get("color"))
    text = words(name) if isinstance(name, str) else ""
    return text or None, colour or colours.parts(properties.get("color"))


def _measurements(said: Any, report: Report) -> dict[str, float]:
    if isinstance(said, dict):
        pairs: Iterable[tuple[Any, Any]] = said.items()
    elif isinstance(said, list):
        pairs = ((one.get("name"), one.get("value")) for one in said if isinstance(one, dict))
    else:
        return {}
    kept: dict[str, float] = {}
    for name, value in pairs:
        if isinstance(name, str) and type(value) in (int, float) and abs(value) < 1e300:
            kept[name] = float(value)
        else:
            report.lose("measurements without a number")
    return kept


def _properties(properties: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in properties.items() if key not in _USED}
    metadata = properties.get("metadata")
    if isinstance(metadata, dict):
        rest |= metadata
    return plain(rest) if rest else rest


def _rectangle(shape: Shape) -> Shape:
    """Return an upright rectangle as one, as QuPath does; anything else as it is."""
    if len(shape.polygons[0]) != 1 or len(shape.points) != 4:
        return shape
    ring = shape.points
    left, top = ring.min(axis=0)
    right, bottom = ring.max(axis=0)
    on_edges = ((ring == (left, top)) | (ring == (right, bottom))).all()
    turned = (np.abs(np.diff(ring, axis=0, append=ring[:1])) > 0).sum(axis=1)
    if not on_edges or right <= left or bottom <= top or (turned != 1).any():
        return shape
    return box("rectangle", left, top, right - left, bottom - top)


def _exact(shape: Shape, said: Any) -> Shape | None:
    """Return the geometry that we wrote beside the standard one, unless somebody changed that one since."""
    if not isinstance(said, dict) or not isinstance(said.get("geometry"), dict):
        return None
    try:
        exact = from_wire(said["geometry"])
        far = np.abs(np.subtract(exact.bounds(), shape.bounds())).max() if exact.is_area else 0.0
        near = exact.is_area or np.abs(exact.points[0] - shape.points[0]).max() < _ROUGH_PX
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None
    return exact if far < _ROUGH_PX and near else None


def _is_uuid(text: str) -> bool:
    if _UUID.fullmatch(text) is not None:
        return True
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0
