"""A CRC-32 for every stored tile, so that damage on disk is noticed before a tile is served.

The table is written by the background hash job and mapped by the tile path, which imports nothing
but this module for it.
"""

import mmap
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from imagecodecs import deflate_crc32

from coverslip.core.errors import CorruptFile, SlideChanged, SlideMissing, TruncatedFile
from coverslip.imaging.index import SlideIndex

_MAGIC = b"CVSCRC01"
_HEAD = len(_MAGIC) + 16
_REPORT_EVERY = 1024

Progress = Callable[[int, int], None]
CrcTable = tuple[npt.NDArray[np.uint32], ...]


def checksum(data: bytes | bytearray) -> int:
    """Return the CRC-32 of a tile: the same as ``zlib.crc32``, at a third of its cost."""
    found: int = deflate_crc32(data)
    return found


def write_crc_table(index: SlideIndex, path: Path, progress: Progress | None = None, rate: int | None = None) -> None:
    """Read every stored tile once, in file order, and write its CRC-32.

    Parameters
    ----------
    index : SlideIndex
    path : pathlib.Path
        Written whole or not at all.
    progress : callable or None
        Called with tiles done and in all.
    rate : int or None
        Most bytes to read in a second.

    Raises
    ------
    SlideMissing, SlideChanged, TruncatedFile
    """
    tables = [np.zeros(level.length.shape, "<u4") for level in index.stored or ()]
    counter = _Counter(sum(table.size for table in tables), progress, rate)
    with ExitStack() as stack:
        descriptors = [_opened(index, number, stack) for number in range(len(index.info.files))] if tables else []
        for table, level in zip(tables, index.stored or (), strict=True):
            files = np.zeros(level.length.shape, np.uint16) if level.file_no is None else level.file_no
            flat, offsets, lengths = table.ravel(), level.offset.ravel(), level.length.ravel()
            for at in np.lexsort((offsets, files.ravel())):
                length = lengths.item(at)
                data = os.pread(descriptors[files.flat[at]], length, offsets.item(at)) if length else b""
                if len(data) != length:
                    raise TruncatedFile
                flat[at] = checksum(data)
                counter.add(length)
    temporary = path.with_suffix(path.suffix + "-part")
    with temporary.open("wb") as target:
        target.write(_MAGIC + index.version.encode())
        for table in tables:
            target.write(table.tobytes())
        target.flush()
        os.fsync(target.fileno())
    temporary.replace(path)


def load_crc_table(index: SlideIndex, path: Path) -> CrcTable | None:
    """Map the table of this very version of a slide, or return None.

    Returns
    -------
    tuple of ndarray of uint32
        Parallel to ``index.stored``, each of shape (t, z, c, rows, cols); 0 for gaps.
    """
    if index.stored is None:
        return None
    try:
        with path.open("rb") as source:
            mapped = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    if mapped[:_HEAD] != _MAGIC + index.version.encode():
        return None
    tables: list[npt.NDArray[Any]] = []
    at = _HEAD
    for level in index.stored:
        if at + level.length.size * 4 > len(mapped):
            raise CorruptFile("The slide's table of checksums is damaged; register the slide again.")
        tables.append(np.frombuffer(mapped, "<u4", level.length.size, at).reshape(level.length.shape))
        at += level.length.size * 4
    return tuple(tables)


def _opened(index: SlideIndex, number: int, stack: ExitStack) -> int:
    try:
        descriptor = os.open(index.file_path(number), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SlideMissing from error
    stack.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if (status.st_size, status.st_mtime_ns) != (index.file_sizes[number], index.file_mtimes_ns[number]):
        raise SlideChanged
    return descriptor


class _Counter:
    """Counts tiles and bytes, reports, and sleeps when reading runs ahead of the rate."""

    def __init__(self, tiles: int, progress: Progress | None, rate: int | None) -> None:
        self._tiles = tiles
        self._progress = progress
        self._rate = rate
        self._done = 0
        self._bytes = 0
        self._begun = time.monotonic()

    def add(self, length: int) -> None:
        self._done += 1
        self._bytes += length
        if self._done % _REPORT_EVERY and self._done != self._tiles:
            return
        if self._progress is not None:
            self._progress(self._done, self._tiles)
        if self._rate:
            time.sleep(max(0.0, self._bytes / self._rate - (time.monotonic() - self._begun)))
