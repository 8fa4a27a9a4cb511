"""GeoParquet that somebody uploads: read in a decoder process, a row group at a time, because anybody may have made it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.core.result_errors import ObjectsRefused
from coverslip.features.annotations.results.publishing import publish_layer
from coverslip.features.annotations.results.schemas import ImportedOut
from coverslip.features.annotations.results.shapes import Shapes
from coverslip.features.annotations.results.truth import RESERVED
from coverslip.features.annotations.results.writing import Batch
from coverslip.features.identity import Viewer
from coverslip.imaging.parquet import parquet_facts, parquet_rows
from coverslip.infra.runtime import Runtime

_TIME_S: Final = 120.0
_AT_ONCE: Final = 20_000


def import_parquet(
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    name: str,
    path: Path,
    *,
    object_type: str = "detection",
    visibility: str = "project",
) -> ImportedOut:
    """Make a result layer of a GeoParquet file.

    The column ``class`` (or ``classification``) names classes; other columns of numbers and texts are measurements.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady, ObjectsRefused, DiskFull
    Busy, DecoderTimeout, DecoderDied, DecoderMemory
    """
    facts = runtime.pool.run_blocking(parquet_facts, str(path))
    if len(facts["columns"]) > len(set(facts["columns"])):
        raise ObjectsRefused("Two columns of the file have the same name.")
    return publish_layer(
        runtime,
        viewer,
        slide_id,
        name,
        _batches(runtime, path, int(facts["rows"])),
        object_type=object_type,
        visibility=visibility,
        info={"from": "geoparquet"},
    )


def _batches(runtime: Runtime, path: Path, rows: int) -> Iterator[Batch]:
    for start in range(0, rows, _AT_ONCE):
        raw = runtime.pool.run_blocking(parquet_rows, str(path), start, _AT_ONCE, timeout_s=_TIME_S)
        yield _batch(raw)


def _batch(raw: dict[str, Any]) -> Batch:
    """Return what a decoder read; it is not trusted, so the ends of rings and objects are checked."""
    coords = np.frombuffer(raw["coords"], "<i4").reshape(-1, 2)
    ring_ends = np.frombuffer(raw["ring_ends"], "<i8")
    object_ends = np.frombuffer(raw["object_ends"], "<i8")
    outer = np.frombuffer(raw["ring_outer"], np.bool_)
    sound = (
        _ends_fit(ring_ends, len(coords)) and _ends_fit(object_ends, len(ring_ends)) and len(outer) == len(ring_ends)
    )
    if not sound or raw["kind"] not in ("polygon", "point"):
        raise ObjectsRefused
    columns: dict[str, Any] = {}
    classes = None
    for name, values in raw["columns"].items():
        array = np.frombuffer(values, "<f8") if isinstance(values, bytes) else values
        if name in ("class", "classification") and not isinstance(values, bytes):
            classes = array
        elif name not in RESERVED:
            columns[name] = array
    return Batch(Shapes(raw["kind"], coords, ring_ends, outer, object_ends), columns, classes)


def _ends_fit(ends: Any, count: int) -> bool:
    if not len(ends):
        return count == 0
    return bool(ends[0] > 0 and np.all(np.diff(ends) > 0) and ends[-1] == count)
