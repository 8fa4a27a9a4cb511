"""The truth of a result layer: one GeoParquet file, its rows in Hilbert order, row number = ``object_no`` for ever.

GeoParquet 1.1.0 (https://geoparquet.org/releases/v1.1.0/): geometry as well-known binary with a covering box, no
coordinate reference system (the coordinates are level-0 pixels of a slide, y downwards).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from coverslip.core.result_errors import LayerUnreadable
from coverslip.features.annotations.results.facts import Facts
from coverslip.features.annotations.results.shapes import STEPS, Shapes, from_shapely, to_shapely

FILE: Final = "objects.parquet"
ROW_GROUP: Final = 8_192
META_KEY: Final = b"coverslip"
NO_CATEGORY: Final = 0xFFFF
RESERVED: Final = frozenset({"object_no", "geometry", "nucleus", "bbox", "class"})


@dataclass(frozen=True, slots=True)
class Column:
    """One measurement of every object.

    Attributes
    ----------
    name : str
    kind : str
        ``number`` (float32 when served, kept as given), ``category`` (one of at most 65,535 words) or ``text`` (kept
        and exported, not filtered by).
    categories : tuple of str
        Words of a category.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerClass:
    """One class of a layer's objects; ``class_id`` is set where the project's list has it."""

    name: str
    class_id: str | None = None
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself.

    Attributes
    ----------
    geometry : str
        ``polygon`` or ``point``.
    object_type : str
        As QuPath's: ``detection``, ``cell``, ``tile``.
    classes : tuple of LayerClass
    columns : tuple of Column
    has_nuclei : bool
    """

    geometry: str
    object_type: str
    classes: tuple[LayerClass, ...]
    columns: tuple[Column, ...]
    has_nuclei: bool = False

    def text(self) -> str:
        """Return it as JSON; the words of categories stand in the columns themselves."""
        return json.dumps(
            {
                "geometry": self.geometry,
                "object_type": self.object_type,
                "has_nuclei": self.has_nuclei,
                "classes": [[one.name, one.class_id, one.colour] for one in self.classes],
                "columns": [[one.name, one.kind, list(one.categories)] for one in self.columns],
            }
        )


def head_of(text: str | bytes) -> Head:
    """Return a head from its JSON."""
    raw = json.loads(text)
    return Head(
        geometry=raw["geometry"],
        object_type=raw["object_type"],
        classes=tuple(LayerClass(*one) for one in raw["classes"]),
        columns=tuple(Column(name, kind, tuple(words)) for name, kind, words in raw["columns"]),
        has_nuclei=raw["has_nuclei"],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some objects of a layer with everything that is known of them.

    ``values`` holds an array for each column: numbers, uint16 codes of categories, or texts. ``classes`` are uint16
    codes, 65,535 for none. ``nuclei`` is well-known binary or None for each object; None when no object has one.
    """

    shapes: Shapes
    classes: npt.NDArray[np.uint16]
    values: Mapping[str, npt.NDArray[Any]]
    nuclei: Sequence[bytes | None] | None = None


def schema_of(head: Head, bounds: Sequence[float]) -> pa.Schema:
    """Return the columns of the file and what it says of itself."""
    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {"number": pa.float64(), "category": words, "text": pa.string()}
    box = pa.struct([(one, pa.float64()) for one in ("xmin", "ymin", "xmax", "ymax")])
    fields = [pa.field("object_no", pa.int64(), False), pa.field("geometry", pa.binary()), pa.field("bbox", box)]
    fields.append(pa.field("class", words))
    if head.has_nuclei:
        fields.append(pa.field("nucleus", pa.binary()))
    fields += [pa.field(one.name, kinds[one.kind]) for one in head.columns]
    return pa.schema(fields, {b"geo": json.dumps(_geo(head, bounds)).encode(), META_KEY: head.text().encode()})


def _geo(head: Head, bounds: Sequence[float]) -> dict[str, Any]:
    covering = {one: ["bbox", one] for one in ("xmin", "ymin", "xmax", "ymax")}
    kinds = ["Point"] if head.geometry == "point" else ["Polygon", "MultiPolygon"]
    own = {"encoding": "WKB", "geometry_types": kinds, "crs": None, "edges": "planar", "bbox": list(bounds)}
    columns: dict[str, Any] = {"geometry": {**own, "covering": {"bbox": covering}}}
    if head.has_nuclei:
        columns["nucleus"] = {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"], "crs": None}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": columns}


class Writer:
    """Writes the file row group by row group."""

    def __init__(self, path: Path, head: Head, bounds: Sequence[float]) -> None:
        self._head = head
        self._schema = schema_of(head, bounds)
        self._next = 0
        words = [one.name for one in head.columns if one.kind != "number"]
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=["class", *words],
            write_statistics=["object_no", "bbox.xmin", "bbox.ymin", "bbox.xmax", "bbox.ymax"],
            store_schema=True,
        )

    def write(self, rows: Rows, facts: Facts) -> None:
        """Write a row group of at most 8,192 objects."""
        self._writer.write_table(table_of(self._head, self._schema, rows, facts, self._next), row_group_size=ROW_GROUP)
        self._next += len(rows.shapes)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def table_of(head: Head, schema: pa.Schema, rows: Rows, facts: Facts, first: int) -> pa.Table:
    """Return objects as a table whose numbers begin with ``first``."""
    count = len(rows.shapes)
    sides = [pa.array(facts.bounds[:, one] / STEPS) for one in range(4)]
    arrays: list[pa.Array] = [
        pa.array(np.arange(first, first + count, dtype=np.int64)),
        pa.array(shapely.to_wkb(to_shapely(rows.shapes)), pa.binary()),
        pa.StructArray.from_arrays(sides, ["xmin", "ymin", "xmax", "ymax"]),
        _words(rows.classes, [one.name for one in head.classes]),
    ]
    if head.has_nuclei:
        arrays.append(pa.array(rows.nuclei or [None] * count, pa.binary()))
    for column in head.columns:
        values = rows.values[column.name]
        if column.kind == "category":
            arrays.append(_words(values, column.categories))
        elif column.kind == "text":
            arrays.append(pa.array(list(values), pa.string()))
        else:
            arrays.append(pa.array(np.asarray(values, np.float64)))
    return pa.Table.from_arrays(arrays, schema=schema)


def _words(codes: npt.NDArray[Any], words: Sequence[str]) -> pa.Array:
    missing = codes == NO_CATEGORY
    indices = pa.array(np.where(missing, 0, codes).astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), pa.string()))


# --- reading ----------------------------------------------------------------------------------


def open_truth(path: Path) -> tuple[pq.ParquetFile, Head]:
    """Open the file of a layer.

    Raises
    ------
    LayerUnreadable
    """
    try:
        file = pq.ParquetFile(path)
        return file, head_of(file.schema_arrow.metadata[META_KEY])
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise LayerUnreadable from error


def read_rows(file: pq.ParquetFile, head: Head, groups: Sequence[int] | None = None) -> Iterator[tuple[int, Rows]]:
    """Yield each row group and the number of its first object.

    Raises
    ------
    LayerUnreadable
    """
    counts = [file.metadata.row_group(one).num_rows for one in range(file.num_row_groups)]
    firsts = np.cumsum([0, *counts])
    for group in range(file.num_row_groups) if groups is None else groups:
        try:
            table = file.read_row_group(group)
            yield int(firsts[group]), rows_of(table, head)
        except (OSError, pa.ArrowException, shapely.errors.ShapelyError) as error:
            raise LayerUnreadable from error


def rows_of(table: pa.Table, head: Head) -> Rows:
    """Return a table of the file as arrays; words get the codes that the head gives them."""
    shapes = from_shapely(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)))
    if len(shapes) == 0:
        shapes = Shapes(head.geometry, shapes.coords, shapes.ring_ends, shapes.ring_outer, shapes.object_ends)
    values: dict[str, npt.NDArray[Any]] = {}
    for column in head.columns:
        if column.kind == "category":
            values[column.name] = _codes(table[column.name], column.categories)
        elif column.kind == "text":
            values[column.name] = np.array(table[column.name].to_pylist(), object)
        else:
            values[column.name] = table[column.name].to_numpy(zero_copy_only=False)
    nuclei = table["nucleus"].to_pylist() if head.has_nuclei else None
    return Rows(shapes, _codes(table["class"], [one.name for one in head.classes]), values, nuclei)


def _codes(words: pa.ChunkedArray, known: Sequence[str]) -> npt.NDArray[np.uint16]:
    code = {word: number for number, word in enumerate(known)}
    found = np.full(len(words), NO_CATEGORY, np.uint16)
    at = 0
    for chunk in words.chunks:
        table = np.array(
            [code.get(one, NO_CATEGORY) for one in chunk.dictionary.to_pylist()] + [NO_CATEGORY], np.uint16
        )
        indices = chunk.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        found[at : at + len(chunk)] = table[indices]
        at += len(chunk)
    return found
