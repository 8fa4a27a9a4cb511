"""Writing a layer: objects come in batches in any order and leave as one file in Hilbert order.

Vertices wait in a file, not in memory; then they are gathered a row group at a time, into the truth and into the
arrays that serving reads. Nothing has its final name before all of it is on disk.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from coverslip.core.ids import new_id
from coverslip.core.result_errors import ObjectsRefused
from coverslip.features.annotations.results.derived import Builder, Grid, derived_folder
from coverslip.features.annotations.results.facts import Facts, check_objects, facts_of, mended
from coverslip.features.annotations.results.files import FOLDER, STAGED
from coverslip.features.annotations.results.hilbert import cells_of, hilbert_places
from coverslip.features.annotations.results.shapes import STEPS, Shapes, from_shapely, starts_of, to_shapely
from coverslip.features.annotations.results.truth import (
    FILE,
    NO_CATEGORY,
    RESERVED,
    ROW_GROUP,
    Column,
    Head,
    LayerClass,
    Rows,
    Writer,
)
from coverslip.infra.durable import clear, full_disk_said, make_folder, sync_folder

MOST_OBJECTS: Final = 20_000_000
MOST_COLUMNS: Final = 1_000
LONGEST_NAME: Final = 200
_AT_ONCE: Final = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some objects to write.

    Attributes
    ----------
    shapes : Shapes
    columns : mapping
        Arrays of numbers, or sequences of words and None, each as long as ``shapes``. A column that a
        batch lacks is empty there.
    classes : sequence of (str or None), or None
        Names of classes.
    nuclei : sequence of (shapely geometry or None), or None
        Second outlines.
    """

    shapes: Shapes
    columns: Mapping[str, Any]
    classes: Sequence[str | None] | None = None
    nuclei: Sequence[Any] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A layer whose files have their place.

    Attributes
    ----------
    folder : pathlib.Path
    head : Head
    object_count : int
    mended_count : int
        Outlines that crossed themselves.
    """

    folder: Path
    head: Head
    object_count: int
    mended_count: int


class _Words:
    """Words of a column as codes, in the order in which they come."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}

    def codes(self, values: Any, count: int) -> npt.NDArray[np.int32]:
        found = pa.array(values, pa.string()).dictionary_encode()
        table = [self.words.setdefault(word, len(self.words)) for word in found.dictionary.to_pylist()]
        table.append(-1)
        own = found.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        if len(own) != count:
            raise ObjectsRefused("A column is not as long as there are objects.")
        found_codes: npt.NDArray[np.int32] = np.array(table, np.int32)[own]
        return found_codes


class _Column:
    def __init__(self, name: str, values: Any) -> None:
        if not name or len(name) > LONGEST_NAME or name in RESERVED or not name.isprintable():
            raise ObjectsRefused(f"A measurement cannot be named {name[:LONGEST_NAME]!r}.")
        array = values if isinstance(values, np.ndarray) else None
        self.is_number = array is not None and array.dtype.kind in "fiub"
        self.words = _Words()
        self.parts: list[tuple[int, npt.NDArray[Any]]] = []

    def add(self, first: int, values: Any, count: int) -> None:
        if not self.is_number:
            self.parts.append((first, self.words.codes(values, count)))
            return
        array = np.asarray(values, np.float64)
        if array.shape != (count,):
            raise ObjectsRefused("A column is not as long as there are objects.")
        self.parts.append((first, array))

    def whole(self, count: int) -> npt.NDArray[Any]:
        found = np.full(count, np.nan) if self.is_number else np.full(count, -1, np.int32)
        for first, part in self.parts:
            found[first : first + len(part)] = part
        self.parts.clear()
        return found


class LayerWriter:
    """Takes batches, then writes them all; a context manager that leaves nothing behind when it fails.

    Parameters
    ----------
    data : pathlib.Path
        The data folder.
    layer_id : str
    grid : Grid
        The slide under the layer.
    """

    def __init__(self, data: Path, layer_id: str, grid: Grid) -> None:
        self._grid = grid
        self._home = data / FOLDER
        self._target = self._home / layer_id
        self._stage = self._home / f"{STAGED}{new_id()}"
        self._kind: str | None = None
        self._count = self._vertices = self._rings = self._mended = 0
        self._classes = _Column("classes of objects", None)
        self._columns: dict[str, _Column] = {}
        self._nuclei: dict[int, bytes] = {}
        self._ring_ends: list[npt.NDArray[Any]] = []
        self._ring_outer: list[npt.NDArray[Any]] = []
        self._object_ends: list[npt.NDArray[Any]] = []
        self._places: list[npt.NDArray[Any]] = []
        self._facts: list[Facts] = []

    def __enter__(self) -> "LayerWriter":
        with full_disk_said():
            make_folder(self._home)
            self._stage.mkdir(mode=0o700)
            self._spool = (self._stage / "spool").open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()
        clear(self._stage)

    def add(self, batch: Batch) -> None:
        """Take objects; outlines that cross themselves are mended.

        Raises
        ------
        ObjectsRefused
            Names the first object that cannot be kept; then the layer cannot be finished.
        DiskFull
        """
        for start in range(0, len(batch.shapes), _AT_ONCE):
            part = batch.shapes
            if len(part) > _AT_ONCE:
                part = part.take(np.arange(start, min(start + _AT_ONCE, len(part)), dtype=np.int64))
            self._add_shapes(part, self._count + start)
        count = len(batch.shapes)
        if batch.classes is not None:
            self._classes.add(self._count, batch.classes, count)
        for name, values in batch.columns.items():
            if name not in self._columns:
                self._columns[name] = _Column(name, values)
            self._columns[name].add(self._count, values, count)
        if len(self._columns) > MOST_COLUMNS:
            raise ObjectsRefused(f"A layer has at most {MOST_COLUMNS:,} measurements.")
        self._add_nuclei(() if batch.nuclei is None else batch.nuclei)
        self._count += count
        if self._count > MOST_OBJECTS:
            raise ObjectsRefused(f"A layer has at most {MOST_OBJECTS:,} objects.")

    def _add_shapes(self, shapes: Shapes, first: int) -> None:
        if self._kind not in (None, shapes.kind):
            raise ObjectsRefused("A layer holds polygons or points, all of one kind.")
        self._kind = shapes.kind
        known = check_objects(shapes, self._grid.width, self._grid.height, first)
        shapes, count = mended(shapes)
        if count:
            self._mended += count
            known = facts_of(shapes)
        self._facts.append(known)
        extent = float(max(self._grid.width, self._grid.height) * STEPS)
        cells = [cells_of(known.centroid[:, axis].astype(np.float64), 0, extent) for axis in (0, 1)]
        self._places.append(hilbert_places(cells[0], cells[1]))
        with full_disk_said():
            self._spool.write(np.ascontiguousarray(shapes.coords).data)
        self._ring_ends.append(shapes.ring_ends + self._vertices)
        self._ring_outer.append(shapes.ring_outer)
        self._object_ends.append(shapes.object_ends + self._rings)
        self._vertices += len(shapes.coords)
        self._rings += len(shapes.ring_ends)

    def _add_nuclei(self, nuclei: Sequence[Any]) -> None:
        known = [(number, one) for number, one in enumerate(nuclei) if one is not None]
        for start in range(0, len(known), _AT_ONCE):
            part = known[start : start + _AT_ONCE]
            shapes = from_shapely(np.array([one for _, one in part], object))
            # The same rounding and the same mending as the outline around it.
            wkb = shapely.to_wkb(to_shapely(mended(shapes)[0]))
            self._nuclei.update((self._count + number, one) for (number, _), one in zip(part, wkb, strict=True))

    def finish(self, classes: Sequence[LayerClass] = (), *, object_type: str = "detection") -> Written:
        """Write everything and give it its place; whoever calls makes the layer known afterwards.

        Raises
        ------
        ObjectsRefused, DiskFull
        """
        if self._count == 0:
            raise ObjectsRefused("There is no object in this layer.")
        with full_disk_said():
            self._spool.close()
            head, values = self._head(classes, object_type)
            order = np.argsort(np.concatenate(self._places), kind="stable")
            self._places.clear()
            shapes = self._spooled()
            names = ("bounds", "area_px", "centroid")
            known = Facts(*(np.concatenate([getattr(one, name) for one in self._facts]) for name in names))
            self._facts.clear()
            builder = Builder(derived_folder(self._stage), head, self._grid)
            try:
                self._write(head, shapes, known, order, values, builder)
                builder.finish()
            finally:
                builder.close()
            (self._stage / "spool").unlink()
            sync_folder(self._stage)
            self._stage.rename(self._target)
            sync_folder(self._home)
        return Written(self._target, head, self._count, self._mended)

    def _spooled(self) -> Shapes:
        coords = np.memmap(self._stage / "spool", np.int32, "r", shape=(self._vertices, 2)).view(np.ndarray)
        parts = [np.concatenate(one) for one in (self._ring_ends, self._ring_outer, self._object_ends)]
        for one in (self._ring_ends, self._ring_outer, self._object_ends):
            one.clear()
        return Shapes(self._kind or "polygon", coords, *parts)

    def _head(self, classes: Sequence[LayerClass], object_type: str) -> tuple[Head, dict[str, npt.NDArray[Any]]]:
        known = {one.name: one for one in classes}
        words = list(self._classes.words.words)
        if len(words) >= NO_CATEGORY:
            raise ObjectsRefused(f"A layer has at most {NO_CATEGORY - 1:,} classes.")
        values = {"": self._classes.whole(self._count)}
        columns: list[Column] = []
        for name, one in self._columns.items():
            values[name] = one.whole(self._count)
            if one.is_number:
                columns.append(Column(name, "number"))
            elif len(one.words.words) < NO_CATEGORY:
                columns.append(Column(name, "category", tuple(one.words.words)))
            else:
                columns.append(Column(name, "text"))
        named = tuple(known.get(word, LayerClass(word)) for word in words)
        return Head(self._kind or "polygon", object_type, named, tuple(columns), bool(self._nuclei)), values

    def _write(
        self,
        head: Head,
        shapes: Shapes,
        facts: Facts,
        order: npt.NDArray[np.int64],
        values: Mapping[str, npt.NDArray[Any]],
        builder: Builder,
    ) -> None:
        path = self._stage / FILE
        low, high = shapes.coords.min(axis=0) / STEPS, shapes.coords.max(axis=0) / STEPS
        texts = {
            one.name: np.array([*self._columns[one.name].words.words, None], object)
            for one in head.columns
            if one.kind == "text"
        }
        writer = Writer(path, head, [*low.tolist(), *high.tolist()])
        beside = ThreadPoolExecutor(1)
        writing: Future[None] | None = None
        try:
            for start in starts_of(np.arange(ROW_GROUP, len(order) + ROW_GROUP, ROW_GROUP)):
                numbers = order[start : start + ROW_GROUP]
                part = shapes.take(numbers)
                own = {
                    one.name: texts[one.name][values[one.name][numbers]]
                    if one.kind == "text"
                    else _coded(values[one.name][numbers], one.kind)
                    for one in head.columns
                }
                nuclei = [self._nuclei.get(int(one)) for one in numbers] if head.has_nuclei else None
                rows = Rows(part, _coded(values[""][numbers], "category"), own, nuclei)
                known = facts.take(numbers)
                # Packing needs no lock of the interpreter: the next objects are gathered meanwhile.
                if writing is not None:
                    writing.result()
                writing = beside.submit(writer.write, rows, known)
                builder.add(rows, known)
            if writing is not None:
                writing.result()
        finally:
            beside.shutdown()
            writer.close()
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _coded(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    return np.where(values < 0, NO_CATEGORY, values).astype(np.uint16) if kind == "category" else values


def write_layer(
    data: Path,
    layer_id: str,
    grid: Grid,
    batches: Iterable[Batch],
    classes: Sequence[LayerClass] = (),
    *,
    object_type: str = "detection",
) -> Written:
    """Write a layer from batches.

    Raises
    ------
    ObjectsRefused, DiskFull
    """
    with LayerWriter(data, layer_id, grid) as writer:
        for batch in batches:
            writer.add(batch)
        return writer.finish(classes, object_type=object_type)
