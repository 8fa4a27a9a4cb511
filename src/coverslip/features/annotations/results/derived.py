"""What serving reads: flat arrays made from the truth, mapped, deletable at any time, made again when missing.

Files of plain little-endian numbers and ``head.json``, which says their shapes, in ``derived-N`` beside the truth.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverslip.core.ids import new_id
from coverslip.core.result_errors import LayerUnreadable
from coverslip.features.annotations.results.facts import Facts, facts_of
from coverslip.features.annotations.results.levels import LevelOfDetail, planned, priorities
from coverslip.features.annotations.results.shapes import STEPS, Ints, Shapes
from coverslip.features.annotations.results.truth import (
    FILE,
    Head,
    Rows,
    head_of,
    open_truth,
    read_rows,
)
from coverslip.infra.durable import clear, sync_folder

EPOCH: Final = 1
"""Raised when the arrays, or the tiles made from them, change."""
BLOCK: Final = 256
HEAD: Final = "head.json"


@dataclass(frozen=True, slots=True)
class Grid:
    """The slide under a layer.

    Attributes
    ----------
    width, height : int
        Level-0 pixels.
    levels : tuple of (int, float)
        ``z`` and downsample, coarsest first.
    """

    width: int
    height: int
    levels: tuple[tuple[int, float], ...]

    def version(self, layer_id: str) -> str:
        """Return what everything made from an immutable layer on this grid is known by."""
        return hashlib.sha256(repr((EPOCH, layer_id, self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Objects:
    """An open layer; arrays are mapped read-only.

    Attributes
    ----------
    shapes : Shapes
    facts : Facts
    classes : array of uint16
        65,535 for none.
    rank : array of uint32
        Priority where a tile has no room for all.
    columns : mapping of str to array
        Numbers as float32, categories as uint16.
    levels : tuple of LevelOfDetail
        ``levels[z]``.
    """

    folder: Path
    head: Head
    grid: Grid
    shapes: Shapes
    facts: Facts
    classes: npt.NDArray[np.uint16]
    rank: npt.NDArray[np.uint32]
    columns: Mapping[str, npt.NDArray[Any]]
    levels: tuple[LevelOfDetail, ...]
    chosen: Mapping[int, npt.NDArray[np.int32]]
    blocks: Mapping[int, npt.NDArray[np.int32]]
    """Bounds of every 256 objects of a level; under -1 of all objects."""
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def bounds_px(self) -> tuple[float, float, float, float] | None:
        """Bounds of everything in level-0 pixels."""
        if not len(self):
            return None
        whole = self.blocks[-1]
        low, high = whole[:, :2].min(axis=0) / STEPS, whole[:, 2:].max(axis=0) / STEPS
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def touching(self, left: float, top: float, right: float, bottom: float, z: int = -1) -> Ints:
        """Return which objects' bounds touch a rectangle (1/256 px), in order; of a level only those that it shows."""
        blocks = self.blocks.get(z, self.blocks[-1])
        chosen = self.chosen.get(z)
        count = len(self) if chosen is None else len(chosen)
        near = np.flatnonzero(_touch(blocks, left, top, right, bottom))
        places = (near[:, None] * BLOCK + np.arange(BLOCK)).reshape(-1)
        places = places[places < count]
        numbers = places if chosen is None else chosen[places].astype(np.int64)
        return numbers[_touch(self.facts.bounds[numbers], left, top, right, bottom)]


def _touch(
    bounds: npt.NDArray[np.int32], left: float, top: float, right: float, bottom: float
) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (
        (bounds[:, 0] <= right) & (bounds[:, 2] >= left) & (bounds[:, 1] <= bottom) & (bounds[:, 3] >= top)
    )
    return found


def _blocks_of(bounds: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    if not len(bounds):
        return np.zeros((0, 4), np.int32)
    at = np.arange(0, len(bounds), BLOCK)
    low, high = np.minimum.reduceat(bounds[:, :2], at), np.maximum.reduceat(bounds[:, 2:], at)
    return np.concatenate([low, high], axis=1)


# --- making -----------------------------------------------------------------------------------


class Builder:
    """Takes the objects in their order, a row group at a time, and leaves the arrays in a folder.

    Vertices go to disk at once; what is known of each object is kept, about 80 bytes and its measurements.
    """

    def __init__(self, folder: Path, head: Head, grid: Grid) -> None:
        self._folder, self._head, self._grid = folder, head, grid
        folder.mkdir(mode=0o700)
        self._coords: BinaryIO = (folder / "coords").open("wb")
        self._vertices = self._rings = 0
        self._kept: dict[str, list[npt.NDArray[Any]]] = {}

    def add(self, rows: Rows, known: Facts) -> None:
        """Take the next objects."""
        shapes = rows.shapes
        self._coords.write(shapes.coords.astype("<i4", copy=False).tobytes())
        vertex_counts = np.diff(np.append(shapes.vertex_starts, len(shapes.coords)))
        parts: dict[str, npt.NDArray[Any]] = {
            "ring_ends": shapes.ring_ends + self._vertices,
            "ring_outer": shapes.ring_outer,
            "object_ends": shapes.object_ends + self._rings,
            "bounds": known.bounds,
            "area_px": known.area_px.astype(np.float32),
            "centroid": known.centroid,
            "classes": rows.classes,
            "vertices": vertex_counts.astype(np.int32),
        }
        for number, column in enumerate(self._head.columns):
            if column.kind != "text":
                dtype = np.uint16 if column.kind == "category" else np.float32
                parts[f"column-{number}"] = rows.values[column.name].astype(dtype)
        for name, part in parts.items():
            self._kept.setdefault(name, []).append(part)
        self._vertices += len(shapes.coords)
        self._rings += len(shapes.ring_ends)

    def finish(self) -> None:
        """Choose what each level shows, and write everything durably."""
        self._coords.flush()
        os.fsync(self._coords.fileno())
        self._coords.close()
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name in list(self._kept):
            arrays[name] = np.concatenate(self._kept.pop(name))
        if not arrays:
            arrays = _nothing(self._head)
        known = Facts(arrays["bounds"], arrays["area_px"], arrays["centroid"])
        rank = priorities(known)
        plan = planned(known, arrays.pop("vertices"), rank, self._grid.levels, self._grid.width, self._grid.height)
        arrays["rank"] = rank
        arrays["blocks"] = _blocks_of(known.bounds)
        for level, chosen in plan:
            if chosen is not None:
                arrays[f"chosen-{level.z}"] = chosen
                arrays[f"blocks-{level.z}"] = _blocks_of(known.bounds[chosen])
        shapes = {"coords": ["<i4", [self._vertices, 2]]}
        for name, array in arrays.items():
            _write(self._folder / name, array)
            shapes[name] = [array.dtype.newbyteorder("<").str, list(array.shape)]
        head = {
            "head": self._head.text(),
            "grid": [self._grid.width, self._grid.height, [list(one) for one in self._grid.levels]],
            "full": [level.full for level, _ in plan],
            "ranges": {
                column.name: _range_of(arrays[f"column-{number}"])
                for number, column in enumerate(self._head.columns)
                if column.kind == "number"
            },
            "arrays": shapes,
        }
        with (self._folder / HEAD).open("w", encoding="utf-8") as file:
            json.dump(head, file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)

    def close(self) -> None:
        """Let go of the open file, also when something failed."""
        self._coords.close()


def _nothing(head: Head) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a layer without objects."""
    found: dict[str, npt.NDArray[Any]] = {
        "ring_ends": np.zeros(0, np.int64),
        "ring_outer": np.zeros(0, np.bool_),
        "object_ends": np.zeros(0, np.int64),
        "bounds": np.zeros((0, 4), np.int32),
        "area_px": np.zeros(0, np.float32),
        "centroid": np.zeros((0, 2), np.int32),
        "classes": np.zeros(0, np.uint16),
        "vertices": np.zeros(0, np.int32),
    }
    for number, column in enumerate(head.columns):
        if column.kind != "text":
            found[f"column-{number}"] = np.zeros(0, np.uint16 if column.kind == "category" else np.float32)
    return found


def _range_of(values: npt.NDArray[Any]) -> list[float | None]:
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if len(finite) else [None, None]


def _write(path: Path, array: npt.NDArray[Any]) -> None:
    with path.open("wb") as file:
        file.write(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).data)
        file.flush()
        os.fsync(file.fileno())


def derived_folder(layer_folder: Path) -> Path:
    """Return where the arrays of a layer lie."""
    return layer_folder / f"derived-{EPOCH}"


def rebuild(layer_folder: Path, grid: Grid) -> None:
    """Make the arrays from the truth.

    Raises
    ------
    LayerUnreadable
    """
    made = layer_folder / f".derived-{new_id()}"
    file, head = open_truth(layer_folder / FILE)
    try:
        builder = Builder(made, head, grid)
        try:
            for _, rows in read_rows(file, head):
                builder.add(rows, facts_of(rows.shapes))
            builder.finish()
        finally:
            builder.close()
        target = derived_folder(layer_folder)
        clear(target)
        try:
            made.rename(target)
        except OSError:
            if not (target / HEAD).exists():  # another process was as quick: its arrays are the same
                raise
        sync_folder(layer_folder)
    finally:
        file.close()
        clear(made)


# --- opening ----------------------------------------------------------------------------------


def open_objects(layer_folder: Path, grid: Grid) -> Objects:
    """Map the arrays of a layer; they are made first when they are missing or of another grid.

    Raises
    ------
    LayerUnreadable
        The truth is damaged or gone.
    """
    found = _opened(derived_folder(layer_folder), grid)
    if found is None:
        rebuild(layer_folder, grid)
        found = _opened(derived_folder(layer_folder), grid)
    if found is None:
        raise LayerUnreadable
    return found


def _opened(folder: Path, grid: Grid) -> Objects | None:
    try:
        raw = json.loads((folder / HEAD).read_bytes())
        width, height, levels = raw["grid"]
        if Grid(width, height, tuple((z, downsample) for z, downsample in levels)) != grid:
            return None
        arrays = {name: _mapped(folder / name, dtype, shape) for name, (dtype, shape) in raw["arrays"].items()}
        head = head_of(raw["head"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Objects(
        folder=folder,
        head=head,
        grid=grid,
        shapes=Shapes(
            head.geometry, arrays["coords"], arrays["ring_ends"], arrays["ring_outer"], arrays["object_ends"]
        ),
        facts=Facts(arrays["bounds"], arrays["area_px"], arrays["centroid"]),
        classes=arrays["classes"],
        rank=arrays["rank"],
        columns={
            column.name: arrays[f"column-{number}"]
            for number, column in enumerate(head.columns)
            if column.kind != "text"
        },
        levels=tuple(
            LevelOfDetail(z, downsample, full) for (z, downsample), full in zip(grid.levels, raw["full"], strict=True)
        ),
        chosen={int(name[7:]): array for name, array in arrays.items() if name.startswith("chosen-")},
        blocks={-1: arrays["blocks"]}
        | {int(name[7:]): array for name, array in arrays.items() if name.startswith("blocks-")},
        ranges={name: (low, high) for name, (low, high) in raw["ranges"].items()},
    )


def _mapped(path: Path, dtype: str, shape: Sequence[int]) -> npt.NDArray[Any]:
    wanted = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if path.stat().st_size != wanted:
        raise ValueError("a file of another size")
    if wanted == 0:
        return np.zeros(tuple(shape), dtype)
    return np.memmap(path, dtype, "r", shape=tuple(shape)).view(np.ndarray)
