"""Result layers for readers: their description, tiles, columns, objects, regions, exports."""

import gzip
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import shapely

from coverslip.core.errors import NotFound
from coverslip.core.result_errors import NoSuchColumn
from coverslip.features.annotations.results.corrections import bounds_out, rev_of, state_of
from coverslip.features.annotations.results.export_formats import ExportFormat
from coverslip.features.annotations.results.exporting import csv_lines, geojson, geoparquet
from coverslip.features.annotations.results.levels import TILE_PX
from coverslip.features.annotations.results.opening import OpenLayer
from coverslip.features.annotations.results.schemas import (
    ColumnOut,
    CorrectionOut,
    LayerClassOut,
    ObjectOut,
    ResultOut,
    SelectionOut,
    SpreadOut,
    SummaryOut,
    TileLevelOut,
)
from coverslip.features.annotations.results.selecting import Spread, objects_in, region_of, summarise
from coverslip.features.annotations.results.shapes import STEPS, Shapes, to_shapely
from coverslip.features.annotations.results.tiles import make_tile, tile_bounds
from coverslip.features.annotations.results.truth import FILE, NO_CATEGORY, ROW_GROUP, open_truth, read_rows
from coverslip.infra.durable import full_disk_said
from coverslip.infra.runtime import Runtime

_PIECE: Final = 1 << 20
_LEAST_TO_PACK: Final = 4096


def describe(layer: OpenLayer) -> ResultOut:
    """Return what a layer holds."""
    objects = layer.objects
    columns = []
    for column in objects.head.columns:
        if column.kind == "number":
            low, high = objects.ranges[column.name]
            columns.append(ColumnOut(name=column.name, kind="number", min=low, max=high))
        elif column.kind == "category":
            columns.append(ColumnOut(name=column.name, kind="category", categories=list(column.categories)))
    bounds = objects.bounds_px
    return ResultOut(
        object_count=len(objects),
        columns=columns,
        classes=[LayerClassOut(**asdict(one)) for one in objects.head.classes],
        geometry="point" if objects.head.geometry == "point" else "polygon",
        object_type=objects.head.object_type,
        levels=[
            TileLevelOut(z=one.z, downsample=one.downsample, tile_size_px=TILE_PX, full=one.full)
            for one in objects.levels
        ],
        base_version=layer.version,
        corrections_rev=layer.corrections.rev,
        corrections=[
            CorrectionOut(
                object_no=one.object_no,
                annotation_id=one.annotation_id,
                seq=one.seq,
                removed=one.removed,
                deleted=one.deleted,
                bounds=bounds_out(objects, one.object_no),
            )
            for one in layer.corrections.items
            if 0 <= one.object_no < len(objects)
        ],
        bounds=None if bounds is None else list(bounds),
    )


def tile(runtime: Runtime, layer: OpenLayer, z: int, x: int, y: int) -> tuple[bytes, int, str]:
    """Return a vector tile, its revision, and what its bytes are known by.

    Raises
    ------
    NotFound
        There is no such tile.
    """
    where = tile_bounds(layer.objects, z, x, y)
    if where is None:
        raise NotFound
    touching = layer.corrections.within(layer.objects, where)
    etag = f"{layer.version}-{z}-{x}-{y}-{state_of(touching)}"
    key = hashlib.sha256(f"mvt/{etag}".encode()).hexdigest()[:40]
    body = runtime.cache.get(key)
    if body is None:
        gone = np.unique(np.array([one.object_no for one in touching if not one.deleted], np.int64))
        body = make_tile(layer.objects, z, x, y, gone)
        runtime.cache.put(key, body)
    return body, rev_of(touching), etag


def centroids(layer: OpenLayer) -> bytes:
    """Return the middle of every object: pairs of uint16 that span the slide's width and height."""
    objects = layer.objects
    scale = 65_536.0 / (np.array([objects.grid.width, objects.grid.height], np.float64) * STEPS)
    scaled: bytes = np.clip(objects.facts.centroid * scale, 0, 65_535).astype("<u2").tobytes()
    return scaled


def column(layer: OpenLayer, name: str) -> bytes:
    """Return a column: float32, uint16 for words; ``class`` is the classes.

    Raises
    ------
    NoSuchColumn
    """
    if name == "class":
        return layer.objects.classes.astype("<u2").tobytes()
    values = layer.objects.columns.get(name)
    if values is None:
        raise NoSuchColumn
    return values.astype("<u2" if values.dtype == np.uint16 else "<f4").tobytes()


def packed(runtime: Runtime, layer: OpenLayer, name: str, body: bytes, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Return bytes packed with gzip where the client takes that and it pays; packed once, then kept."""
    if "gzip" not in accepted or len(body) < _LEAST_TO_PACK:
        return body, {}
    key = hashlib.sha256(f"packed/{layer.version}/{name}".encode()).hexdigest()[:40]
    small = runtime.cache.get(key)
    if small is None:
        small = gzip.compress(body, 1, mtime=0)
        runtime.cache.put(key, small)
    return (small, {"Content-Encoding": "gzip"}) if len(small) < 0.9 * len(body) else (body, {})


def one_object(layer: OpenLayer, object_no: int) -> ObjectOut:
    """Return an object as it was written, also when it is corrected.

    Raises
    ------
    NotFound
        There is no such object.
    LayerUnreadable
    """
    objects = layer.objects
    if not 0 <= object_no < len(objects):
        raise NotFound
    file, head = open_truth(layer.folder / FILE)
    try:
        first, rows = next(read_rows(file, head, [object_no // ROW_GROUP]))
    finally:
        file.close()
    place = object_no - first
    shape = _shape_at(rows.shapes, place)
    code = int(rows.classes[place])
    named = None if code == NO_CATEGORY else head.classes[code]
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    for one in head.columns:
        value = rows.values[one.name][place]
        if one.kind == "number":
            if np.isfinite(value):
                numbers[one.name] = float(value)
        elif one.kind == "text":
            if value is not None:
                words[one.name] = str(value)
        elif value != NO_CATEGORY:
            words[one.name] = one.categories[int(value)]
    nucleus = None if rows.nuclei is None or rows.nuclei[place] is None else shapely.from_wkb(rows.nuclei[place])
    area_px = float(shape.area)
    corrected = [one.annotation_id for one in layer.corrections.items if one.object_no == object_no and not one.deleted]
    return ObjectOut(
        object_no=object_no,
        geometry=wire_of(shape),
        nucleus=None if nucleus is None else wire_of(nucleus),
        class_name=None if named is None else named.name,
        class_id=None if named is None else named.class_id,
        measurements=numbers,
        categories=words,
        area_px=area_px,
        area_um2=None if layer.mpp is None else area_px * layer.mpp[0] * layer.mpp[1],
        centroid=[float(one) / STEPS for one in objects.facts.centroid[object_no]],
        corrected_by=corrected[-1] if corrected else None,
    )


def _shape_at(shapes: Shapes, place: int) -> Any:
    return to_shapely(shapes.take(np.array([place], np.int64)))[0]


def wire_of(shape: Any) -> dict[str, Any]:
    """Return a shapely geometry as the wire writes it."""
    if shapely.get_type_id(shape) == 0:
        return {"kind": "point", "at": [shape.x, shape.y]}
    polygons = [
        [[list(point) for point in ring.coords[:-1]] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]
    if len(polygons) == 1:
        return {"kind": "polygon", "rings": polygons[0]}
    return {"kind": "multipolygon", "polygons": polygons}


def select(layer: OpenLayer, polygon: Sequence[Sequence[Sequence[float]]] | None) -> SelectionOut:
    """Return the objects of a region, as corrected.

    Raises
    ------
    InvalidRequest
    """
    region = None if polygon is None else region_of(polygon)
    numbers = objects_in(layer.objects, region, layer.corrections.without)
    added = [
        one.annotation_id
        for one in layer.corrections.added
        if region is None or region.intersects(shapely.centroid(one.shape))
    ]
    return SelectionOut(object_nos=numbers.tolist(), annotation_ids=added)


def summary(layer: OpenLayer, polygon: Sequence[Sequence[Sequence[float]]] | None) -> SummaryOut:
    """Return what a region comes to, as corrected.

    Raises
    ------
    InvalidRequest
    """
    found = summarise(layer.objects, None if polygon is None else region_of(polygon), layer.corrections, layer.mpp)
    return SummaryOut(
        count=found.count,
        classes=dict(found.classes),
        columns={name: _spread(one) for name, one in found.columns.items()},
        categories={name: dict(one) for name, one in found.categories.items()},
        area_mm2=found.area_mm2,
        density_per_mm2=found.density_per_mm2,
        object_area_um2=None if found.object_area_um2 is None else _spread(found.object_area_um2),
    )


def _spread(one: Spread) -> SpreadOut:
    return SpreadOut(count=one.count, mean=one.mean, sd=one.sd, min=one.low, max=one.high)


def export(runtime: Runtime, layer: OpenLayer, kind: ExportFormat) -> Iterator[bytes]:
    """Return a layer as corrected, piece by piece.

    Raises
    ------
    LayerUnreadable, DiskFull
    """
    path = layer.folder / FILE
    open_truth(path)[0].close()  # what is damaged is said now, not in the middle of the answer
    if kind is ExportFormat.GEOJSON:
        return geojson(path, layer.corrections)
    if kind is ExportFormat.CSV:
        return csv_lines(path, layer.corrections, layer.mpp)
    if not len(layer.corrections.without):
        return _pieces(path.open("rb"))
    with full_disk_said(), tempfile.NamedTemporaryFile(dir=runtime.settings.data / "run", prefix="export-") as target:
        geoparquet(path, Path(target.name), layer.corrections)
        return _pieces(Path(target.name).open("rb"))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield an open file from its beginning; it need not have a name any more."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
