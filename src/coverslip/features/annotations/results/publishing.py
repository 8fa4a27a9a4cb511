"""Making layers known: files first, then row and journal entry in one transaction. What fails leaves nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from coverslip.core.ids import new_id
from coverslip.core.result_errors import OverlayRefused
from coverslip.features.access import Action, check
from coverslip.features.annotations.layers import create_layer
from coverslip.features.annotations.results.derived import Grid
from coverslip.features.annotations.results.files import FOLDER, STAGED
from coverslip.features.annotations.results.opening import folder_of, slide_under
from coverslip.features.annotations.results.raster import OverlayHead, write_raster
from coverslip.features.annotations.results.schemas import ImportedOut, OverlayInfo
from coverslip.features.annotations.results.shapes import Shapes, from_shapely
from coverslip.features.annotations.results.truth import LayerClass
from coverslip.features.annotations.results.writing import Batch, write_layer
from coverslip.features.annotations.schemas import LayerIn
from coverslip.features.identity import Viewer
from coverslip.imaging.overlay import unpack_raster
from coverslip.infra.durable import clear, full_disk_said, make_folder, sync_folder
from coverslip.infra.runtime import Runtime

T = TypeVar("T")

_AT_ONCE: Final = 50_000


def publish_layer(
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    name: str,
    batches: Iterable[Batch],
    *,
    classes: Sequence[LayerClass] = (),
    object_type: str = "detection",
    visibility: str = "project",
    info: Mapping[str, Any] | None = None,
) -> ImportedOut:
    """Write a result layer and make it known.

    Parameters
    ----------
    batches : iterable of Batch
        The objects, in any order; see :func:`batches_of` for arrays. Read once, so that it may be a generator.
    classes : sequence of LayerClass
        Ids and colours of classes that the batches name.
    object_type : str
        As QuPath's: ``detection``, ``cell``, ``tile``.
    info : mapping or None
        What else the layer says of itself: where it came from.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady
    ObjectsRefused
        Names the first object that cannot be kept; then nothing is.
    DiskFull
    """
    grid = _checked(runtime, viewer, slide_id)
    layer_id = new_id()
    written = write_layer(runtime.settings.data, layer_id, grid, batches, classes, object_type=object_type)
    head = written.head
    about = {**(info or {}), "geometry": head.geometry, "object_type": object_type, "mended": written.mended_count}
    _made_known(runtime, viewer, slide_id, layer_id, name, "result", visibility, written.object_count, about)
    return ImportedOut(
        layer_id=layer_id, kind="result", object_count=written.object_count, mended=written.mended_count, overlay=None
    )


def batches_of(
    geometries: Shapes | npt.NDArray[Any] | Sequence[Any],
    columns: Mapping[str, Any],
    classes: Sequence[str | None] | None = None,
    nuclei: Sequence[Any] | None = None,
) -> Iterable[Batch]:
    """Cut whole arrays into batches.

    Parameters
    ----------
    geometries : Shapes, or array of shapely geometries
        Polygons and multipolygons, or points, in level-0 pixels.
    columns : mapping
        Arrays of numbers, or sequences of words and None.
    classes : sequence of (str or None), or None
        Name of each object's class.
    nuclei : sequence of (shapely geometry or None), or None
        Second outline of each cell.
    """
    count = len(geometries)
    for start in range(0, count, _AT_ONCE):
        end = min(start + _AT_ONCE, count)
        if isinstance(geometries, Shapes):
            shapes = geometries.take(np.arange(start, end, dtype=np.int64))
        else:
            shapes = from_shapely(np.asarray(geometries[start:end], object))
        yield Batch(
            shapes,
            {name: values[start:end] for name, values in columns.items()},
            None if classes is None else classes[start:end],
            None if nuclei is None else nuclei[start:end],
        )


def publish_overlay(
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    name: str,
    picture: Path,
    *,
    kind: str,
    downsample: float | None = None,
    x: float = 0.0,
    y: float = 0.0,
    visibility: str = "project",
) -> ImportedOut:
    """Lay a picture of values over a slide: a decoder unpacks it, its pyramid is written, the layer made known.

    Parameters
    ----------
    picture : pathlib.Path
        A PNG, a TIFF or a NumPy array with one value a pixel.
    kind : str
        ``labels`` (whole numbers, 0 is nothing) or ``heatmap`` (NaN is nothing).
    downsample : float or None
        Level-0 pixels for each of its own; the slide's width by the picture's when None.
    x, y : float
        Where its corner lies, in level-0 pixels.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady
    OverlayRefused
        It is no such picture, or lies wholly outside the slide.
    Busy, DecoderTimeout, DecoderDied, DecoderMemory, DiskFull
    """
    grid = _checked(runtime, viewer, slide_id)
    layer_id, home = new_id(), runtime.settings.data / FOLDER
    stage = home / f"{STAGED}{new_id()}"
    with full_disk_said():
        make_folder(home)
        stage.mkdir(mode=0o700)
        try:
            raw = stage / "values"
            facts = runtime.pool.run_blocking(unpack_raster, str(picture), str(raw))
            head = _head_of(facts, raw, grid, kind, downsample, x, y)
            values = np.memmap(raw, f"<{facts['dtype']}", "r", shape=(head.height, head.width))
            head = write_raster(stage, values, head)
            del values
            raw.unlink()
            sync_folder(stage)
            stage.rename(home / layer_id)
            sync_folder(home)
        finally:
            clear(stage)
    found = overlay_info(head)
    _made_known(runtime, viewer, slide_id, layer_id, name, "overlay", visibility, None, found.model_dump())
    return ImportedOut(layer_id=layer_id, kind="overlay", object_count=None, mended=0, overlay=found)


def _head_of(
    facts: Mapping[str, Any], raw: Path, grid: Grid, kind: str, downsample: float | None, x: float, y: float
) -> OverlayHead:
    """Return what an overlay is; a decoder is not trusted, so its numbers are checked against the file."""
    width, height, dtype = int(facts["width"]), int(facts["height"]), str(facts["dtype"])
    if dtype not in ("u1", "u2", "u4", "f4") or raw.stat().st_size != width * height * int(dtype[1]):
        raise OverlayRefused
    if kind == "labels" and dtype == "f4":
        raise OverlayRefused("Labels are whole numbers from 0; lay this picture over the slide as a heatmap.")
    step = grid.width / width if downsample is None else downsample
    if x >= grid.width or y >= grid.height or x + width * step <= 0 or y + height * step <= 0:
        raise OverlayRefused("Nothing of the picture lies on the slide.")
    return OverlayHead(kind, dtype, width, height, step, x, y)


def overlay_info(head: OverlayHead) -> OverlayInfo:
    """Return what an overlay says of itself."""
    return OverlayInfo(
        kind="labels" if head.kind == "labels" else "heatmap",
        width=head.width,
        height=head.height,
        downsample=head.downsample,
        x=head.x,
        y=head.y,
        low=head.low,
        high=head.high,
        labels=list(head.labels) if head.kind == "labels" else None,
    )


def _checked(runtime: Runtime, viewer: Viewer, slide_id: str) -> Grid:
    """Refuse who may not draw before anything is written."""
    with runtime.db.read() as session:
        under = slide_under(runtime, session, viewer, slide_id)
    check(viewer, Action.ANNOTATE, under.ref.standing)
    return under.grid


def _made_known(
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    layer_id: str,
    name: str,
    kind: str,
    visibility: str,
    object_count: int | None,
    info: Mapping[str, Any],
) -> None:
    """Write the row, its journal entry and its audit record; without them the files go again."""

    def write() -> None:
        wanted = LayerIn.model_validate({"layer_id": layer_id, "name": name, "visibility": visibility})
        with runtime.db.transaction() as session:
            create_layer(session, viewer, slide_id, wanted, kind=kind, object_count=object_count, info=info)

    _or_clear(write, folder_of(runtime, layer_id))


def _or_clear(work: Callable[[], T], folder: Path) -> T:
    try:
        return work()
    except BaseException:
        clear(folder)
        raise
