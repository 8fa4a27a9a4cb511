"""GeoParquet 1.1 in and out: WKB geometry, numeric columns as measurements.

Our own columns ``object_type class name locked plane time nucleus properties exact`` are read back; in other
people's files a text column named class, classification, label or category is the class.
"""

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import (
    OBJECT_TYPES,
    Canvas,
    Item,
    Report,
    Shape,
    area,
    from_wire,
    path,
)
from coverslip.features.annotations.exchange.texts import plain, words

BATCH: Final = 5000
MOST_COLUMNS: Final = 2000
_CLASS: Final = ("class", "classification", "class_name", "label", "category")
_OWN: Final = {
    "id": pa.string(),
    "parent": pa.string(),
    "object_type": pa.string(),
    "class": pa.string(),
    "colour": pa.string(),
    "name": pa.string(),
    "locked": pa.bool_(),
    "plane": pa.int32(),
    "time": pa.int32(),
    "nucleus": pa.binary(),
    "exact": pa.string(),
    "properties": pa.string(),
}
_WKB_KINDS: Final = {"polygon": "Polygon", "multipolygon": "MultiPolygon", "point": "Point", "multipoint": "MultiPoint"}


def read_parquet(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read a GeoParquet file, or a Parquet file with a WKB column named geometry."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        column = _primary(file)
        if len(file.schema_arrow.names) > MOST_COLUMNS:
            raise AnnotationFileRefused(f"The file has more than {MOST_COLUMNS} columns.")
        for batch in file.iter_batches(batch_size=BATCH):
            yield from _rows(batch.to_pydict(), column, report)
    except (pa.ArrowException, OSError, ValueError, shapely.errors.ShapelyError) as error:
        raise AnnotationFileRefused("The file is damaged: it is no GeoParquet that can be read.") from error


def _primary(file: pq.ParquetFile) -> str:
    said = (file.schema_arrow.metadata or {}).get(b"geo")
    column = "geometry"
    if said is not None:
        try:
            head = msgspec.json.decode(said)
            column = str(head["primary_column"])
            encoding = head["columns"][column]["encoding"]
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise AnnotationFileRefused("The file's GeoParquet header cannot be read.") from error
        if encoding != "WKB":
            raise AnnotationFileRefused("The file keeps its geometry in another encoding than WKB.")
    if column not in file.schema_arrow.names:
        raise AnnotationFileRefused("The file has no geometry column.")
    return column


def _rows(columns: dict[str, list[Any]], primary: str, report: Report) -> Iterator[Item]:
    geometries = shapely.from_wkb(np.array(columns.pop(primary), dtype=object))
    nuclei = columns.pop("nucleus", None)
    second = shapely.from_wkb(np.array(nuclei, dtype=object)) if nuclei is not None else [None] * len(geometries)
    names = list(columns)
    class_column = next((name for name in _CLASS if name in columns), None)
    for number, geometry in enumerate(geometries):
        row = {name: columns[name][number] for name in names}
        nucleus = None if second[number] is None else next(_shapes(second[number], report), None)
        for shape in _shapes(geometry, report):
            yield _item(shape, nucleus, row, class_column)


def _shapes(geometry: Any, report: Report) -> Iterator[Shape]:
    if geometry is None or geometry.is_empty:
        report.lose("rows without a geometry")
        return
    kind = geometry.geom_type
    if kind == "Point":
        yield path("point", shapely.get_coordinates(geometry))
    elif kind == "MultiPoint":
        yield path("multipoint", shapely.get_coordinates(geometry))
    elif kind in ("LineString", "LinearRing"):
        yield path("polyline", shapely.get_coordinates(geometry))
    elif kind in ("Polygon", "MultiPolygon"):
        parts = shapely.get_parts(geometry)
        shape = area([[shapely.get_coordinates(ring) for ring in shapely.get_rings(part)] for part in parts])
        if shape is not None and np.isfinite(shape.bounds()).all():
            yield shape.mapped(lambda ring: path("multipoint", ring).points)
    else:
        for part in shapely.get_parts(geometry):
            yield from _shapes(part, report)


def _item(shape: Shape, nucleus: Shape | None, row: dict[str, Any], class_column: str | None) -> Item:
    item = Item(shape, nucleus)
    properties: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or (name == "bbox" and isinstance(value, dict)):
            continue
        if name == class_column:
            item.class_name = words(str(value)) or None
        elif name == "properties" and isinstance(value, str):
            properties |= plain(_json(value))
        elif name == "exact" and isinstance(value, str):
            item.shape = _exact(value, shape)
        elif name in ("plane", "time", "locked") and isinstance(value, int):
            setattr(item, name, bool(value) if name == "locked" else max(0, value))
        elif name == "object_type":
            item.object_type = value if value in OBJECT_TYPES else "annotation"
        elif name in ("name", "colour", "parent", "id") and isinstance(value, str):
            setattr(item, {"id": "source_id"}.get(name, name), words(value) or None)
        elif type(value) in (int, float) and abs(value) < 1e300:
            item.measurements[words(name)] = float(value)
        elif not (isinstance(value, float)):
            properties[name] = value if isinstance(value, str | bool) else str(value)
    item.name = item.name or ""
    item.properties = plain(properties)
    return item


def _exact(text: str, shape: Shape) -> Shape:
    said = _json(text)
    try:
        exact = from_wire(said)
        return exact if np.abs(np.subtract(exact.bounds(), shape.bounds())).max() < 1 else shape
    except (KeyError, TypeError, ValueError, IndexError):
        return shape


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}


# --- out -----------------------------------------------------------------------------------------


def write_parquet(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write GeoParquet 1.1; measurements are columns of their own names."""
    listed = list(items)
    measured = sorted({name for item in listed for name in item.measurements})
    names = {name: name if name not in _OWN and name != "geometry" else f"measurement {name}" for name in measured}
    fields = [("geometry", pa.binary()), *_OWN.items(), *((names[name], pa.float64()) for name in measured)]
    kinds = {wkb_kind(item.shape) for item in listed}
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(kinds), "crs": None, "edges": "planar"}
    head = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = pa.schema(fields, metadata={b"geo": msgspec.json.encode(head)})
    held = io.BytesIO()
    with pq.ParquetWriter(held, schema, compression="zstd") as writer:
        pending = iter(listed)
        while batch := list(islice(pending, BATCH)):
            writer.write_table(pa.table(_columns(batch, names, report), schema=schema))
    yield held.getvalue()


def _columns(batch: list[Item], names: dict[str, str], report: Report) -> dict[str, list[Any]]:
    for item in batch:
        report.count(item)
        say_lost(item, report, measurements=False, nucleus=False, types=False, parents=False, planes=False)
    columns: dict[str, list[Any]] = {
        "geometry": [shapely.to_wkb(to_shapely(item.shape)) for item in batch],
        "id": [item.source_id for item in batch],
        "class": [item.class_name for item in batch],
        "nucleus": [None if item.nucleus is None else shapely.to_wkb(to_shapely(item.nucleus)) for item in batch],
        "exact": [_said(item.shape) for item in batch],
        "properties": [msgspec.json.encode(item.properties).decode() if item.properties else None for item in batch],
    }
    for name in ("parent", "object_type", "colour", "name", "locked", "plane", "time"):
        columns[name] = [getattr(item, name) for item in batch]
    for name, column in names.items():
        columns[column] = [item.measurements.get(name) for item in batch]
    return columns


def to_shapely(shape: Shape) -> Any:
    """Return a shape as a shapely geometry; rectangles and ellipses as their outlines."""
    whole = shape.outlined()
    if whole.is_area:
        polygons = [shapely.Polygon(outer, holes) for outer, *holes in whole.polygons]
        return polygons[0] if whole.kind == "polygon" else shapely.MultiPolygon(polygons)
    if whole.kind in ("point", "text"):
        return shapely.Point(whole.points[0])
    return shapely.MultiPoint(whole.points) if whole.kind == "multipoint" else shapely.LineString(whole.points)


def wkb_kind(shape: Shape) -> str:
    """Return the name that GeoParquet gives a shape's geometry."""
    kind = shape.outlined().kind
    return _WKB_KINDS.get(kind, "Point" if kind == "text" else "LineString")


def _said(shape: Shape) -> str | None:
    exact = shape.kind in ("ellipse", "rectangle", "arrow", "text")
    return msgspec.json.encode(shape.wire()).decode() if exact else None
