"""GeoParquet that somebody uploads: read in a decoder process, piece by piece, because anybody may have made it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.core.result_errors import ObjectsRefused
from coverslip.features.annotations.results.publishing import publish_layer
from coverslip.features.annotations.results.schemas import ImportedOut
from coverslip.features.annotations.results.shapes import from_wkb
from coverslip.features.annotations.results.truth import RESERVED
from coverslip.features.annotations.results.writing import Batch
from coverslip.features.identity import Viewer
from coverslip.imaging.parquet import parquet_facts, parquet_groups, parquet_rows
from coverslip.infra.runtime import Runtime

_TIME_S: Final = 120.0
_AT_ONCE: Final = 20_000
CLASSES: Final = ("class", "classification")


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
        _batches(runtime, path),
        object_type=object_type,
        visibility=visibility,
        info={"from": "geoparquet"},
    )


def _batches(runtime: Runtime, path: Path) -> Iterator[Batch]:
    for group, rows in enumerate(runtime.pool.run_blocking(parquet_groups, str(path))):
        for start in range(0, rows, _AT_ONCE):
            yield _batch(runtime.pool.run_blocking(parquet_rows, str(path), group, start, _AT_ONCE, timeout_s=_TIME_S))


def _batch(raw: dict[str, Any]) -> Batch:
    """Return what a decoder read."""
    ends = np.frombuffer(raw["ends"], "<i8").tolist()
    shapes = from_wkb([raw["wkb"][start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)])
    columns: dict[str, Any] = {}
    classes = None
    for name, values in raw["columns"].items():
        if isinstance(values, bytes):
            if name not in RESERVED:
                columns[name] = np.frombuffer(values, "<f8")
        elif name in CLASSES:
            classes = values
        elif name not in RESERVED:
            columns[name] = values
    return Batch(shapes, columns, classes)
