"""A layer as others read it: GeoJSON, GeoParquet and CSV, a row group at a time. Corrected objects are as corrected."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
import shapely

from coverslip.features.annotations.results.corrections import Correction, Corrections
from coverslip.features.annotations.results.facts import Facts, facts_of
from coverslip.features.annotations.results.shapes import STEPS, Ints, from_shapely, to_shapely
from coverslip.features.annotations.results.truth import (
    NO_CATEGORY,
    Column,
    Head,
    LayerClass,
    Rows,
    Writer,
    open_truth,
    read_rows,
)

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of cells that spreadsheets run (OWASP, "CSV injection")."""


def kept_rows(path: Path, corrections: Corrections) -> tuple[Head, Iterator[tuple[Ints, Rows]]]:
    """Return a layer's objects that are not corrected, with their numbers, a row group at a time.

    Raises
    ------
    LayerUnreadable
    """
    file, head = open_truth(path)
    return head, _kept(file, head, corrections)


def _kept(file: pq.ParquetFile, head: Head, corrections: Corrections) -> Iterator[tuple[Ints, Rows]]:
    try:
        for first, rows in read_rows(file, head):
            numbers = np.arange(first, first + len(rows.shapes), dtype=np.int64)
            keep = ~np.isin(numbers, corrections.without)
            yield numbers[keep], rows if keep.all() else _part(rows, np.flatnonzero(keep))
    finally:
        file.close()


def _part(rows: Rows, places: Ints) -> Rows:
    nuclei = None if rows.nuclei is None else [rows.nuclei[int(one)] for one in places]
    values = {name: array[places] for name, array in rows.values.items()}
    return Rows(rows.shapes.take(places), rows.classes[places], values, nuclei)


# --- GeoJSON ----------------------------------------------------------------------------------


def geojson(path: Path, corrections: Corrections) -> Iterator[bytes]:
    """Yield a FeatureCollection in the dialect of QuPath: classification, measurements, nucleusGeometry.

    Raises
    ------
    LayerUnreadable
    """
    head, groups = kept_rows(path, corrections)
    yield b'{"type":"FeatureCollection","features":['
    between = b""
    for numbers, rows in groups:
        features = _features(head, numbers, rows)
        if features:
            yield between + b",".join(features)
            between = b","
    for one in corrections.added:
        yield between + json.dumps(_corrected_feature(head, one)).encode()
        between = b","
    yield b"]}\n"


def _features(head: Head, numbers: Ints, rows: Rows) -> list[bytes]:
    outlines = shapely.to_geojson(to_shapely(rows.shapes)) if len(numbers) else []
    nuclei = [None] * len(numbers) if rows.nuclei is None else shapely.to_geojson(shapely.from_wkb(list(rows.nuclei)))
    classes = [json.dumps(_classification(one)) for one in head.classes]
    found = []
    for place, (number, outline, nucleus) in enumerate(zip(numbers, outlines, nuclei, strict=True)):
        values, words = _values_at(head, rows.values, place)
        properties: dict[str, Any] = {"objectType": head.object_type, "object_no": int(number)}
        text = json.dumps({**properties, "measurements": values, **({"metadata": words} if words else {})})
        code = int(rows.classes[place])
        if code != NO_CATEGORY:
            text = f'{text[:-1]},"classification":{classes[code]}}}'
        second = "" if nucleus is None else f',"nucleusGeometry":{nucleus}'
        found.append(f'{{"type":"Feature","geometry":{outline}{second},"properties":{text}}}'.encode())
    return found


def _classification(one: LayerClass) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name}
    if one.colour is not None:
        found["color"] = [int(one.colour[at : at + 2], 16) for at in (1, 3, 5)]
    return found


def _values_at(head: Head, values: Mapping[str, Any], place: int) -> tuple[dict[str, float], dict[str, str]]:
    """Return the numbers and the words of one object; what is missing is left out."""
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    for column in head.columns:
        value = values[column.name][place]
        if column.kind == "number":
            if np.isfinite(value):
                numbers[column.name] = float(value)
        else:
            word = _word(column, value)
            if word is not None:
                words[column.name] = word
    return numbers, words


def _word(column: Column, value: Any) -> str | None:
    if column.kind == "text":
        return None if value is None else str(value)
    return None if value == NO_CATEGORY else column.categories[int(value)]


def _corrected_feature(head: Head, one: Correction) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "objectType": head.object_type,
        "object_no": one.object_no,
        "corrected_by": one.annotation_id,
        "measurements": dict(one.measurements),
    }
    if one.class_name is not None:
        known = {known.name: known for known in head.classes}
        properties["classification"] = _classification(known.get(one.class_name, LayerClass(one.class_name)))
    return {
        "type": "Feature",
        "id": one.annotation_id,
        "geometry": json.loads(shapely.to_geojson(one.shape)),
        "properties": properties,
    }


# --- CSV --------------------------------------------------------------------------------------


def csv_lines(path: Path, corrections: Corrections, mpp: tuple[float, float] | None) -> Iterator[bytes]:
    """Yield a table, an object a line, with units in the names of the columns.

    Raises
    ------
    LayerUnreadable
    """
    head, groups = kept_rows(path, corrections)
    area = () if head.geometry == "point" else (("area_px2",) if mpp is None else ("area_um2",))
    scale = 1.0 if mpp is None else mpp[0] * mpp[1]
    names = ["object_no", "class", "centroid_x_px", "centroid_y_px", *area, "corrected_by"]
    yield _lines([[*names, *(one.name for one in head.columns)]])
    for numbers, rows in groups:
        known = facts_of(rows.shapes)
        yield _lines(_csv_rows(head, numbers, rows, known, scale))
    replaced = [_csv_corrected(head, one, scale) for one in corrections.added]
    if replaced:
        yield _lines(replaced)


def _csv_corrected(head: Head, one: Correction, scale: float) -> list[Any]:
    middle = shapely.centroid(one.shape)
    row: list[Any] = [one.object_no, one.class_name or "", middle.x, middle.y]
    if head.geometry != "point":
        row.append(round(one.shape.area * scale, 6))
    return [*row, one.annotation_id, *(one.measurements.get(column.name, "") for column in head.columns)]


def _csv_rows(head: Head, numbers: Ints, rows: Rows, known: Facts, scale: float) -> list[list[Any]]:
    names = [one.name for one in head.classes]
    columns: list[Sequence[Any]] = []
    for column in head.columns:
        values = rows.values[column.name]
        if column.kind == "number":
            columns.append([one if np.isfinite(one) else "" for one in values.tolist()])
        else:
            columns.append([_word(column, one) or "" for one in values.tolist()])
    table: list[list[Any]] = []
    for place, number in enumerate(numbers.tolist()):
        code = int(rows.classes[place])
        x, y = known.centroid[place]
        row = [number, "" if code == NO_CATEGORY else names[code], x / STEPS, y / STEPS]
        if head.geometry != "point":
            row.append(round(known.area_px[place] * scale, 6))
        table.append([*row, "", *(one[place] for one in columns)])
    return table


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _safe(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs: words that begin like a formula get an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


# --- GeoParquet -------------------------------------------------------------------------------


def geoparquet(path: Path, target: Path, corrections: Corrections) -> None:
    """Write a layer as corrected to a file: the same columns, numbers new from 0; the truth itself when nothing is.

    Raises
    ------
    LayerUnreadable, OSError
    """
    head, groups = kept_rows(path, corrections)
    known = {one.name: number for number, one in enumerate(head.classes)}
    more = [
        LayerClass(one) for one in dict.fromkeys(c.class_name for c in corrections.added) if one and one not in known
    ]
    head = Head(head.geometry, head.object_type, (*head.classes, *more), head.columns, head.has_nuclei)
    known = {one.name: number for number, one in enumerate(head.classes)}
    with pq.ParquetFile(path) as file:
        bounds = json.loads(file.schema_arrow.metadata[b"geo"])["columns"]["geometry"]["bbox"]
    writer = Writer(target, head, bounds)
    try:
        for _, rows in groups:
            writer.write(rows, facts_of(rows.shapes))
        if corrections.added:
            rows = _added_rows(head, known, corrections.added)
            writer.write(rows, facts_of(rows.shapes))
    finally:
        writer.close()


def _added_rows(head: Head, known: Mapping[str, int], added: Sequence[Correction]) -> Rows:
    shapes = from_shapely(np.array([one.shape for one in added], object))
    codes = np.array([known.get(one.class_name or "", NO_CATEGORY) for one in added], np.uint16)
    values: dict[str, Any] = {}
    for column in head.columns:
        if column.kind == "number":
            values[column.name] = np.array([one.measurements.get(column.name, np.nan) for one in added])
        elif column.kind == "category":
            values[column.name] = np.full(len(added), NO_CATEGORY, np.uint16)
        else:
            values[column.name] = np.array([None] * len(added), object)
    return Rows(shapes, codes, values, [None] * len(added) if head.has_nuclei else None)
