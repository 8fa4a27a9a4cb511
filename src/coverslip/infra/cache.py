"""The disk cache of made tiles: anything in it may be deleted at any moment.

Tiles lie one behind the other in segments, ``00000017.tiles``; only the newest grows, and the
oldest are deleted whole. A file for each tile would cost more than the tile's own encoding. A table
(:mod:`.cache_table`) says where a key lies. Several processes share the folder: who writes holds a
lock, who reads needs none, because every record carries its name and a checksum over key and data.
What a crash, a full disk or a stranger left there is therefore a miss, never half a tile.

A tile that is used while it lies in the older half is written once more, so those used least
recently go first.
"""

import fcntl
import logging
import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coverslip.core.time import monotonic_s
from coverslip.infra.cache_table import NAME_BYTES, CacheTable, Place, table_bytes

logger = logging.getLogger(__name__)

FREE_SHARE: Final = 0.10
"""Share of the disk that is never filled."""
SWEEP_DOWN_TO: Final = 0.9
LARGEST_BYTES: Final = 64 * 2**20
"""Nothing larger is kept."""
_SEGMENTS: Final = 64
_SMALLEST_SEGMENT: Final = 2**12
_LOOK_AGE_S: Final = 1.0
_WORN_MOST: Final = 512
_AT_ONCE: Final = 256
"""Records in one write: the system takes at most 1,024 pieces."""
_MAGIC: Final = b"CvT1"
_RECORD: Final = struct.Struct(f"<4sII{NAME_BYTES}s")
_KEY: Final = re.compile(r"[0-9a-f]{16,128}")
_SUFFIX: Final = ".tiles"


class TileCache:
    """A folder of bytes by key.

    Parameters
    ----------
    folder : pathlib.Path
        Made when missing.
    max_bytes : int
        Cap on all files together; 0 keeps nothing.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = max(_SMALLEST_SEGMENT, max_bytes // _SEGMENTS)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = str(folder)
        self._table_path = f"{self._root}/.table"
        self._lock_path = f"{self._root}/.lock"
        self._writing = threading.Lock()
        self._table: CacheTable | None = None
        self._segments: dict[int, int] = {}
        self._worn_below = 0
        self._worn: dict[str, Place] = {}
        self._looked_s = float("-inf")
        self.hits = 0
        self.misses = 0

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a key, or None. About 15 microseconds: fit for the event loop."""
        if monotonic_s() - self._looked_s > _LOOK_AGE_S:
            self._look()
        name = _name(key)
        table = self._table
        try:
            place = None if table is None else table.find(name)
            data = None if place is None else self._read(key, name, place)
        except OSError:
            place = data = None
        if data is None or place is None:
            self.misses += 1
            return None
        if place.segment < self._worn_below and len(self._worn) < _WORN_MOST:
            self._worn[key] = place
        self.hits += 1
        return data

    def put(self, key: str, data: bytes) -> bool:
        """Keep bytes under a key; False when there is no room until the next sweep, or the disk refuses.

        Writes to disk: call it from a thread.
        """
        return self.put_all([(key, data)]) == 1

    def put_all(self, tiles: Sequence[tuple[str, bytes]]) -> int:
        """Keep several at once, which costs a fraction of keeping them one by one; return how many were kept.

        Writes to disk: call it from a thread.
        """
        named = [(key, _name(key), data) for key, data in tiles if len(data) <= LARGEST_BYTES]
        kept = 0
        if not self._max_bytes:
            return kept
        with self._writing, suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have deleted it
            with _locked(self._lock_path):
                self._look(writing=True)
                for first in range(0, len(named), _AT_ONCE):
                    kept += self._append(named[first : first + _AT_ONCE])
        return kept

    def needs_refresh(self) -> bool:
        """Say whether tiles were used that would be deleted soon; :meth:`refresh` writes them once more."""
        return bool(self._worn)

    def refresh(self) -> None:
        """Write once more what was used in the older half. Writes to disk: call it from a thread."""
        worn, self._worn = self._worn, {}
        found = []
        for key, place in list(worn.items()):
            with suppress(OSError):
                data = self._read(key, _name(key), place)
                if data is not None:
                    found.append((key, data))
        if found:
            self.put_all(found)

    def has_room(self, size: int) -> bool:
        """Say whether ``size`` bytes more stay within the cap and off the last tenth of the disk."""
        return self._total() + size <= self._max_bytes and self._disk_has_room()

    def size_bytes(self) -> int:
        """Return the bytes of all files."""
        self._look()
        return self._total() if self._segments else 0

    def sweep(self) -> int:
        """Delete the oldest segments until the rest fits, and return how many bytes that were."""
        deleted = 0
        with self._writing, suppress(OSError), _locked(self._lock_path):
            self._look(writing=self._max_bytes > 0)
            excess = self._total() - self._allowed(self._total()) if self._segments else 0
            for number in sorted(self._segments):
                if deleted >= excess:
                    break
                Path(self._path(number)).unlink()
                deleted += self._segments.pop(number)
        return deleted

    def needs_sweep(self) -> bool:
        """Say whether a sweep would delete something soon."""
        return self.size_bytes() > 0.95 * self._max_bytes or not self._disk_has_room()

    def _append(self, named: list[tuple[str, bytes, bytes]]) -> int:
        """Write records behind the newest segment, then their places; those that do not fit are left out."""
        table = self._table
        size = sum(len(data) + _RECORD.size for _, _, data in named)
        while named and not self.has_room(size):
            size -= len(named.pop()[2]) + _RECORD.size
        if not named or table is None:
            return 0
        number = max(self._segments, default=1)
        if self._segments.get(number, 0) >= self._segment_bytes:
            number += 1
        descriptor = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            end = start = os.fstat(descriptor).st_size
            pieces: list[bytes] = []
            for key, name, data in named:
                pieces += (_RECORD.pack(_MAGIC, len(data), _sum(key, data), name), data)
            try:
                whole = os.pwritev(descriptor, pieces, start) == size
            except OSError:
                whole = False
            if not whole:  # the disk is full, or a limit was met
                os.ftruncate(descriptor, start)
                return 0
        finally:
            os.close(descriptor)
        self._segments[number] = start + size
        for _, name, data in named:
            table.note(name, Place(number, end, len(data)), self._segments)
            end += _RECORD.size + len(data)
        return len(named)

    def _read(self, key: str, name: bytes, place: Place) -> bytes | None:
        """Return the data of a record if it is the one that is looked for, and whole."""
        if place.length > LARGEST_BYTES:
            return None
        descriptor = os.open(self._path(place.segment), os.O_RDONLY | os.O_CLOEXEC)
        try:
            record = os.pread(descriptor, _RECORD.size + place.length, place.offset)
        finally:
            os.close(descriptor)  # kept open, a deleted segment would go on filling the disk
        if len(record) != _RECORD.size + place.length:
            return None
        magic, length, checksum, known = _RECORD.unpack_from(record)
        data = record[_RECORD.size :]
        whole = (magic, length, known) == (_MAGIC, place.length, name) and checksum == _sum(key, data)
        return data if whole else None

    def _look(self, *, writing: bool = False) -> None:
        """See which segments and which table are there; ``writing`` makes a table, under the lock."""
        self._looked_s = monotonic_s()
        segments: dict[int, int] = {}
        with suppress(OSError), os.scandir(self._root) as entries:
            for entry in entries:
                number = entry.name.removesuffix(_SUFFIX)
                if number != entry.name and number.isdecimal():
                    with suppress(OSError):
                        segments[int(number)] = entry.stat(follow_symlinks=False).st_size
        self._segments = segments
        self._worn_below = self._half_way(segments)
        self._look_at_table(writing=writing)

    def _look_at_table(self, *, writing: bool) -> None:
        try:
            state = Path(self._table_path).stat()
            known = (state.st_dev, state.st_ino)
        except OSError:
            known = None
        table = self._table
        if table is not None and table.inode == known and (table.writable or not writing):
            return
        try:
            self._table = CacheTable(self._table_path, self._max_bytes if writing else None)
        except OSError:
            self._table = None

    def _half_way(self, segments: dict[int, int]) -> int:
        """Return the number of the newest segments that take half the cap: older ones are worn."""
        taken = 0
        for number in sorted(segments, reverse=True):
            taken += segments[number]
            if taken > self._max_bytes // 2:
                return number
        return 0

    def _allowed(self, total: int) -> int:
        """Return how many bytes may stay: below the cap, and with a tenth of the disk free."""
        full, free = self._disk()
        lacking = int(FREE_SHARE * 1.1 * full) - free
        by_disk = total - max(0, lacking)
        if total <= self._max_bytes * 0.95 and lacking <= 0:
            return total
        return max(0, min(int(self._max_bytes * SWEEP_DOWN_TO), by_disk))

    def _total(self) -> int:
        table = self._table
        return sum(self._segments.values()) + (table_bytes(self._max_bytes) if table is None else table.size_bytes)

    def _path(self, number: int) -> str:
        return f"{self._root}/{number:08d}{_SUFFIX}"

    def _disk(self) -> tuple[int, int]:
        state = os.statvfs(self._root)
        return state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize

    def _disk_has_room(self) -> bool:
        try:
            full, free = self._disk()
        except OSError:
            return False
        return free > FREE_SHARE * full


def _name(key: str) -> bytes:
    """Return the bytes under which a key stands in table and record.

    Raises
    ------
    ValueError
        It is not 16 to 128 lower-case hex digits.
    """
    if _KEY.fullmatch(key) is None or len(key) % 2:
        raise ValueError("a cache key is hex")
    return bytes.fromhex(key[: 2 * NAME_BYTES]).ljust(NAME_BYTES, b"\0")


def _sum(key: str, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(key.encode()))


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Hold the lock between processes; it ends with its holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
