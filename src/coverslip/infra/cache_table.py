"""The table that says where each key of the tile cache lies: a hint that the record itself confirms.

A file of fixed size, read and written in place. A key belongs to one bucket of eight slots; when
the bucket is full, the slot that points to the oldest segment gives way. So it never grows, never
needs to be rebuilt, and may be wrong after a crash: whoever follows it checks what lies there.
"""

import os
import struct
import zlib
from collections.abc import Container
from typing import Final, NamedTuple

NAME_BYTES: Final = 16
_SLOT: Final = struct.Struct(f"<{NAME_BYTES}sIIQ")
_SLOTS: Final = 8
_BUCKET_BYTES: Final = _SLOT.size * _SLOTS
_TILE_BYTES: Final = 2048
"""There is a slot for each so many bytes of the cap; most tiles are several times larger, so few buckets fill up."""
_FEWEST_BUCKETS: Final = 32


class Place(NamedTuple):
    """Where a record lies: number of its segment (from 1), first byte, bytes of its data."""

    segment: int
    offset: int
    length: int


class CacheTable:
    """An open table.

    Parameters
    ----------
    path : str
    max_bytes : int or None
        Cap of the cache, from which a missing table gets its size; None opens what is there.
        To be given only while holding the cache's lock.

    Raises
    ------
    OSError
        There is none, or it cannot be written.
    """

    def __init__(self, path: str, max_bytes: int | None = None) -> None:
        flags = os.O_RDONLY if max_bytes is None else os.O_RDWR | os.O_CREAT
        self._descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
        state = os.fstat(self._descriptor)
        if max_bytes is not None and state.st_size < _BUCKET_BYTES:
            os.ftruncate(self._descriptor, table_bytes(max_bytes))
            state = os.fstat(self._descriptor)
        self.writable = max_bytes is not None
        self.inode = (state.st_dev, state.st_ino)
        self.size_bytes = state.st_size
        self._buckets = state.st_size // _BUCKET_BYTES

    def __del__(self) -> None:
        """Close the file; a reader in another thread keeps its table for as long as it reads."""
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def find(self, name: bytes) -> Place | None:
        """Return where the record of a name (16 bytes) should lie.

        Raises
        ------
        OSError
        """
        if not self._buckets:
            return None
        bucket = os.pread(self._descriptor, _BUCKET_BYTES, self._start(name))
        at = bucket.find(name)
        while at % _SLOT.size:  # -1, too: no slot starts there
            if at < 0:
                return None
            at = bucket.find(name, at + 1)
        if len(bucket) < at + _SLOT.size:
            return None
        _, segment, length, offset = _SLOT.unpack_from(bucket, at)
        return Place(segment, offset, length)

    def note(self, name: bytes, place: Place, alive: Container[int]) -> None:
        """Remember where a record lies, in place of one whose segment is not ``alive``, else of the oldest.

        Raises
        ------
        OSError
        """
        start = self._start(name)
        bucket = os.pread(self._descriptor, _BUCKET_BYTES, start).ljust(_BUCKET_BYTES, b"\0")
        best, best_age = 0, -1
        for number, (known, segment, _, _) in enumerate(_SLOT.iter_unpack(bucket)):
            age = place.segment - segment if segment in alive else place.segment + 1
            if known == name:
                best = number
                break
            if age > best_age:
                best, best_age = number, age
        slot = _SLOT.pack(name, place.segment, place.length, place.offset)
        os.pwrite(self._descriptor, slot, start + best * _SLOT.size)

    def _start(self, name: bytes) -> int:
        return zlib.crc32(name) % self._buckets * _BUCKET_BYTES


def table_bytes(max_bytes: int) -> int:
    """Return the size of the table of a cache with this cap: under one fiftieth of it, or 8 KiB."""
    return max(_FEWEST_BUCKETS, max_bytes // _TILE_BYTES // _SLOTS) * _BUCKET_BYTES
