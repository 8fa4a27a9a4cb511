"""Tables of shapes that somebody made: GeoParquet read inside a decoder process, plain values out.

Geometries come out as well-known binary that was read and written once, flat, so that nothing odd of the file gets
through (GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/; encodings WKB and the native ones).
"""

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from coverslip.core.result_errors import ObjectsRefused

MOST_ROWS: Final = 20_000_000
_DAMAGED: Final = "The file is no GeoParquet, or it is damaged."
_BROKEN: Final = (
    OSError, pa.ArrowException, shapely.errors.ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError
)  # fmt: skip
_NATIVE: Final = {"point": 0, "polygon": 3, "multipolygon": 6}


def parquet_facts(path: str) -> dict[str, Any]:
    """Say how many rows a file has, and which columns beside its geometry.

    Raises
    ------
    ObjectsRefused
        It is no GeoParquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            geometry, _ = _geometry_of(file)
            names = [name for name in file.schema_arrow.names if name != geometry]
            rows = int(file.metadata.num_rows)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise ObjectsRefused(_DAMAGED) from error
    if rows > MOST_ROWS:
        raise ObjectsRefused(f"A layer has at most {MOST_ROWS:,} objects.")
    return {"rows": rows, "columns": names}


def parquet_groups(path: str) -> list[int]:
    """Return how many rows each row group has.

    Raises
    ------
    ObjectsRefused
    """
    try:
        with pq.ParquetFile(path) as file:
            return [file.metadata.row_group(one).num_rows for one in range(file.num_row_groups)]
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ObjectsRefused(_DAMAGED) from error


def parquet_rows(path: str, group: int, start: int, count: int) -> dict[str, Any]:
    """Read some rows of a row group.

    Returns
    -------
    dict
        ``wkb`` and ``ends``: the geometries behind each other and where each ends (int64). ``columns``: by name float64
        as bytes, or a list of texts and None. Columns of other kinds are left out and named in ``left_out``.

    Raises
    ------
    ObjectsRefused
    """
    try:
        with pq.ParquetFile(path) as file:
            geometry, encoding = _geometry_of(file)
            table = file.read_row_group(group).slice(start, count)
        shapes = _shapes(table[geometry], encoding)
        if np.any(shapely.is_missing(shapes)):
            raise ObjectsRefused("An object of the file has no geometry.")
        wkb = shapely.to_wkb(shapely.force_2d(shapes), output_dimension=2)
    except _BROKEN as error:
        raise ObjectsRefused(_DAMAGED) from error
    columns: dict[str, Any] = {}
    left_out: list[str] = []
    for name in table.column_names:
        if name != geometry:
            values = _plain(table[name])
            if values is None:
                left_out.append(name)
            else:
                columns[name] = values
    ends = np.cumsum([len(one) for one in wkb], dtype=np.int64).tobytes()
    return {"wkb": b"".join(wkb), "ends": ends, "columns": columns, "left_out": left_out}


def _geometry_of(file: pq.ParquetFile) -> tuple[str, str]:
    """Return the name and the encoding of the primary geometry."""
    about = json.loads((file.schema_arrow.metadata or {})[b"geo"])
    name = about["primary_column"]
    return name, str(about["columns"][name]["encoding"])


def _shapes(column: pa.ChunkedArray, encoding: str) -> Any:
    whole = column.combine_chunks()
    if encoding == "WKB":
        return shapely.from_wkb(whole.to_numpy(zero_copy_only=False))
    kind = _NATIVE.get(encoding)
    if kind is None or whole.null_count:
        raise ObjectsRefused(f"A layer holds polygons or points; the geometry of the file is {encoding[:40]}.")
    offsets = []
    while pa.types.is_list(whole.type) or pa.types.is_large_list(whole.type):
        offsets.append(np.asarray(whole.offsets, np.int64) - whole.offsets[0].as_py())
        whole = whole.flatten()
    coords = np.stack([np.asarray(whole.field(axis), np.float64) for axis in ("x", "y")], axis=1)
    return shapely.from_ragged_array(shapely.GeometryType(kind), coords, tuple(offsets[::-1]) or None)


def _plain(column: pa.ChunkedArray) -> bytes | list[str | None] | None:
    kind = column.type
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
        kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), "<f8").tobytes()
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found: list[str | None] = column.cast(pa.string()).to_pylist()
        return found
    return None
