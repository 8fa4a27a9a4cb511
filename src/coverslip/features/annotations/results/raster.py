"""A raster overlay on disk: a pyramid of 512-pixel tiles, packed; nearest for labels, mean for heatmaps.

``overlay.json`` says what it is, ``level-K`` holds the tiles of a level behind each other and ``level-K.ends`` where
each ends. A tile of nothing but zeros takes no room.
"""

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverslip.core.result_errors import LayerUnreadable
from coverslip.infra.durable import sync_folder

SIDE: Final = 512
HEAD: Final = "overlay.json"
MOST_LABELS: Final = 4096


@dataclass(frozen=True, slots=True)
class OverlayHead:
    """What an overlay is.

    Attributes
    ----------
    kind : str
        ``labels`` (0 is nothing) or ``heatmap`` (NaN is nothing).
    dtype : str
    width, height : int
        Own pixels.
    downsample, x, y : float
        Level-0 pixels for each own pixel, and where its corner lies.
    low, high : float
        Range of the values.
    labels : tuple of int
        The labels that occur, at most 4,096 of them.
    sizes : tuple of (int, int)
        Width and height of each level, finest first; each is half the one before.
    """

    kind: str
    dtype: str
    width: int
    height: int
    downsample: float
    x: float
    y: float
    low: float = 0.0
    high: float = 0.0
    labels: tuple[int, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    found = [(width, height)]
    while max(found[-1]) > SIDE:
        found.append((-(-found[-1][0] // 2), -(-found[-1][1] // 2)))
    return found


class _LevelWriter:
    """Writes one level from strips of rows, and passes what it halves on to the next."""

    def __init__(self, folder: Path, number: int, head: OverlayHead, coarser: "_LevelWriter | None") -> None:
        self._file: BinaryIO = (folder / f"level-{number}").open("wb")
        self._ends_path = folder / f"level-{number}.ends"
        self._head, self._coarser = head, coarser
        self._rows: list[npt.NDArray[Any]] = []
        self._height = 0
        self._ends: list[int] = []

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Take rows of the whole width; but for the last, strips have an even number of rows."""
        self._rows.append(rows)
        self._height += len(rows)
        while self._height >= SIDE:
            whole = np.concatenate(self._rows)
            self._put(whole[:SIDE])
            self._rows, self._height = [whole[SIDE:]], len(whole) - SIDE

    def finish(self) -> None:
        """Write what is left, of the coarser levels too."""
        if self._height:
            self._put(np.concatenate(self._rows))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        with self._ends_path.open("wb") as file:
            file.write(np.array(self._ends, "<i8").tobytes())
            file.flush()
            os.fsync(file.fileno())
        if self._coarser is not None:
            self._coarser.finish()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _put(self, strip: npt.NDArray[Any]) -> None:
        for left in range(0, strip.shape[1], SIDE):
            tile = strip[:, left : left + SIDE]
            if tile.any():  # NaN counts as something
                self._file.write(zlib.compress(np.ascontiguousarray(tile).tobytes(), 1))
            self._ends.append(self._file.tell())
        if self._coarser is not None:
            self._coarser.add(halved(strip, self._head.kind))


def halved(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    """Return every second pixel of labels, of a heatmap the mean of each four; a lone edge counts by itself."""
    if kind == "labels":
        return values[::2, ::2]
    padded = np.pad(values.astype(np.float32), [(0, side % 2) for side in values.shape], mode="edge")
    quads = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    known = np.isfinite(quads)
    count = known.sum(axis=(1, 3))
    total = np.where(known, quads, 0).sum(axis=(1, 3))
    mean: npt.NDArray[Any] = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    return mean


def write_raster(folder: Path, values: npt.NDArray[Any], head: OverlayHead) -> OverlayHead:
    """Write a pyramid durably into a folder that is there; returns the head with what the values told."""
    sizes = _sizes(head.width, head.height)
    dtype = head.dtype if head.kind == "labels" else "f4"
    writer: _LevelWriter | None = None
    writers = []
    for number in range(len(sizes) - 1, -1, -1):
        writer = _LevelWriter(folder, number, head, writer)
        writers.append(writer)
    low, high = np.inf, -np.inf
    labels: set[int] | None = set() if head.kind == "labels" else None
    try:
        for start in range(0, head.height, SIDE):
            strip = np.asarray(values[start : start + SIDE]).astype(f"<{dtype}")
            finite = strip[np.isfinite(strip)]
            if len(finite):
                low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            if labels is not None:
                labels.update(int(one) for one in np.unique(strip))
                labels = labels if len(labels) <= MOST_LABELS + 1 else None
            if writer is not None:
                writer.add(strip)
        if writer is not None:
            writer.finish()
    finally:
        for one in writers:
            one.close()
    found = OverlayHead(
        **{
            **{name: getattr(head, name) for name in ("kind", "width", "height", "downsample", "x", "y")},
            "dtype": dtype,
            "low": low if np.isfinite(low) else 0.0,
            "high": high if np.isfinite(high) else 0.0,
            "labels": tuple(sorted(labels - {0})) if labels else (),
            "sizes": tuple(sizes),
        }
    )
    with (folder / HEAD).open("w", encoding="utf-8") as file:
        json.dump({name: getattr(found, name) for name in OverlayHead.__slots__}, file)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """An open overlay."""

    folder: Path
    head: OverlayHead
    ends: tuple[npt.NDArray[np.int64], ...]

    def level_for(self, downsample: float) -> int:
        """Return the coarsest level that is not coarser than asked (level-0 pixels for each pixel)."""
        fitting = [n for n in range(len(self.head.sizes)) if self.head.downsample * 2**n <= downsample * (1 + 1e-6)]
        return max(fitting, default=0)

    def read(self, level: int, x: int, y: int, width: int, height: int) -> npt.NDArray[Any]:
        """Return a rectangle of a level that lies within it.

        Raises
        ------
        LayerUnreadable
        """
        whole_width, whole_height = self.head.sizes[level]
        cols = -(-whole_width // SIDE)
        found = np.zeros((height, width), f"<{self.head.dtype}")
        for row in range(y // SIDE, (y + height - 1) // SIDE + 1):
            for col in range(x // SIDE, (x + width - 1) // SIDE + 1):
                size = (min(SIDE, whole_height - row * SIDE), min(SIDE, whole_width - col * SIDE))
                tile = self._tile(level, row * cols + col, size)
                if tile is None:
                    continue
                left, top = max(x, col * SIDE), max(y, row * SIDE)
                right, bottom = min(x + width, col * SIDE + size[1]), min(y + height, row * SIDE + size[0])
                found[top - y : bottom - y, left - x : right - x] = tile[
                    top - row * SIDE : bottom - row * SIDE, left - col * SIDE : right - col * SIDE
                ]
        return found

    def _tile(self, level: int, number: int, size: tuple[int, int]) -> npt.NDArray[Any] | None:
        ends = self.ends[level]
        start, end = (0 if number == 0 else int(ends[number - 1])), int(ends[number])
        if start == end:
            return None
        try:
            descriptor = os.open(self.folder / f"level-{level}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = zlib.decompress(os.pread(descriptor, end - start, start))
            finally:
                os.close(descriptor)
            return np.frombuffer(data, f"<{self.head.dtype}").reshape(size)
        except (OSError, ValueError, zlib.error) as error:
            raise LayerUnreadable from error


def open_raster(folder: Path) -> Raster:
    """Open an overlay.

    Raises
    ------
    LayerUnreadable
    """
    try:
        raw = json.loads((folder / HEAD).read_bytes())
        raw["labels"] = tuple(raw["labels"])
        raw["sizes"] = tuple((width, height) for width, height in raw["sizes"])
        head = OverlayHead(**raw)
        ends = [np.frombuffer((folder / f"level-{n}.ends").read_bytes(), "<i8") for n in range(len(head.sizes))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LayerUnreadable from error
    return Raster(folder, head, tuple(ends))
