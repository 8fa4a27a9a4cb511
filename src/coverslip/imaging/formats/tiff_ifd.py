"""The directories of a TIFF file: classic, BigTIFF and the 64-bit form of NDPI, read with bounds.

Nothing that a file declares is believed before it is checked against the size of the file: values
are fetched with positioned reads only when somebody asks for them, directories are counted and
remembered, so that a loop ends. Tables of offsets come back as numpy arrays, never as lists.
"""

import contextlib
import os
import stat
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import (
    CorruptFile,
    EmptyFile,
    FileNotFound,
    NotAFile,
    PermissionRefused,
    SlideUnreadable,
    TruncatedFile,
    UnsupportedFormat,
)

MAX_DIRECTORIES = 1 << 16
MAX_ENTRIES = 4096
MAX_VALUE_BYTES = 512 * 1024 * 1024
MAX_SMALL_VALUE_BYTES = 64 * 1024 * 1024

NDPI_FORMAT_FLAG = 65420
"""A tag that every directory of a Hamamatsu NDPI file has, and no other file."""

_GUESSED_BYTES = 512
"""Read at once for a directory; most are smaller."""

_CLASSIC_LIMIT = 1 << 32
_TYPES: dict[int, tuple[str, int]] = {
    1: ("u1", 1),
    2: ("S", 1),
    3: ("u2", 1),
    4: ("u4", 1),
    5: ("u4", 2),
    6: ("i1", 1),
    7: ("u1", 1),
    8: ("i2", 1),
    9: ("i4", 1),
    10: ("i4", 2),
    11: ("f4", 1),
    12: ("f8", 1),
    13: ("u4", 1),
    16: ("u8", 1),
    17: ("i8", 1),
    18: ("u8", 1),
}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its type and count, and its value inside the directory or the place of the value."""

    kind: int
    count: int
    inline: bytes | None
    position: int

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return self.count * _SIZES[self.kind]


class ByteSource:
    """A regular file that is read at positions, with its size known.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    FileNotFound, NotAFile, PermissionRefused, EmptyFile
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # A FIFO without a writer must not hang the decoder: it is opened without waiting.
            self._fd: int | None = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise FileNotFound from None
        except PermissionError:
            raise PermissionRefused from None
        except OSError as error:
            raise SlideUnreadable(f"The file cannot be opened: {os.strerror(error.errno or 0)}.") from None
        status = os.fstat(self._fd)
        self.size = status.st_size
        problem = NotAFile() if not stat.S_ISREG(status.st_mode) else None if self.size else EmptyFile()
        if problem is not None:
            self.close()
            raise problem

    def read(self, position: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``position``.

        Raises
        ------
        TruncatedFile
            The range does not lie wholly inside the file.
        """
        if self._fd is None:
            raise SlideUnreadable("The slide was closed.")
        if position < 0 or length < 0 or position + length > self.size:
            raise TruncatedFile
        parts: list[bytes] = []
        while length > 0:
            try:
                part = os.pread(self._fd, length, position)
            except OSError as error:
                raise SlideUnreadable(f"The file cannot be read: {os.strerror(error.errno or 0)}.") from None
            if not part:
                raise TruncatedFile
            parts.append(part)
            position += len(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Release the descriptor; harmless when called twice."""
        descriptor, self._fd = self._fd, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


class Directory:
    """One image file directory (IFD): its tags are unpacked, and their values fetched, on demand.

    Parameters
    ----------
    source : ByteSource
    order : str
        ``<`` or ``>``.
    offset : int
        Where the directory lies in the file.
    table : bytes
        The packed entries: 20 bytes each in BigTIFF, else 12.
    high : bytes
        The upper halves of all values, 4 bytes each, in an NDPI beyond 4 GiB; else empty.
    index : int
        Position in the main chain; -1 for a sub-directory.
    """

    def __init__(
        self, source: ByteSource, order: str, offset: int, table: bytes, high: bytes, *, big: bool, index: int
    ) -> None:
        self.source = source
        self.order = order
        self.offset = offset
        self.index = index
        self._table = table
        self._high = high
        self._big = big
        self._texts: dict[int, str] = {}

    @cached_property
    def entries(self) -> dict[int, Entry]:
        """The tags; of equal ones the first counts, those of unknown types do not exist."""
        found: dict[int, Entry] = {}
        value_format = self.order + ("Q" if self._big or self._high else "I")
        entry_format = self.order + ("HHQ8s" if self._big else "HHI4s")
        for number, (code, kind, count, packed) in enumerate(struct.iter_unpack(entry_format, self._table)):
            if kind not in _SIZES or code in found:
                continue
            value = packed + self._high[4 * number : 4 * number + 4]
            size = count * _SIZES[kind]
            if self._high and count == 1 and kind in {4, 9, 13}:
                found[code] = Entry(kind, count, value, 0)
            elif size <= len(packed):
                found[code] = Entry(kind, count, packed[:size], 0)
            else:
                found[code] = Entry(kind, count, None, struct.unpack(value_format, value)[0])
        return found

    def __contains__(self, code: int) -> bool:
        return code in self.entries

    def raw(self, code: int, limit: int = MAX_SMALL_VALUE_BYTES) -> bytes:
        """Return the bytes of a value; empty when the tag is absent.

        Raises
        ------
        TruncatedFile
            The value lies beyond the end of the file.
        CorruptFile
            The value is larger than ``limit`` bytes.
        """
        entry = self.entries.get(code)
        if entry is None:
            return b""
        if entry.inline is not None:
            return entry.inline
        if entry.size > limit:
            raise CorruptFile(f"The file is damaged: tag {code} declares {entry.size} bytes.")
        return self.source.read(entry.position, entry.size)

    def array(self, code: int) -> npt.NDArray[np.uint64]:
        """Return a table of whole numbers as uint64, shape (count,); empty when absent."""
        entry = self.entries.get(code)
        if entry is None:
            return np.zeros(0, np.uint64)
        data = self.raw(code, MAX_VALUE_BYTES)
        if entry.kind in {4, 9, 13} and entry.count == 1 and len(data) == 8:  # the wide inline value of an NDPI
            return np.frombuffer(data, "<u8").astype(np.uint64)
        name, _ = _TYPES[entry.kind]
        if name not in {"u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"} or entry.kind == 10:
            raise CorruptFile(f"The file is damaged: tag {code} holds no whole numbers.")
        values = np.frombuffer(data, self.order + name)
        if name.startswith("i") and values.size and int(values.min()) < 0:
            raise CorruptFile(f"The file is damaged: tag {code} holds negative numbers.")
        return values.astype(np.uint64)

    def numbers(self, code: int, limit: int = 4096) -> tuple[float, ...]:
        """Return up to ``limit`` values as numbers, rationals divided (0 where undefined)."""
        entry = self.entries.get(code)
        if entry is None or entry.kind == 2:
            return ()
        data = self.raw(code)
        if entry.kind in {4, 13} and entry.count == 1 and len(data) == 8:
            return (struct.unpack("<Q", data)[0],)
        if entry.kind == 9 and entry.count == 1 and len(data) == 8:
            return (struct.unpack("<q", data)[0],)
        name, parts = _TYPES[entry.kind]
        values = np.frombuffer(data, self.order + name)[: limit * parts].tolist()
        if parts == 2:
            pairs = zip(values[::2], values[1::2], strict=True)
            return tuple(top / bottom if bottom else 0.0 for top, bottom in pairs)
        return tuple(values)

    def number(self, code: int, default: float = 0) -> float:
        """Return the first value as a number."""
        values = self.numbers(code, 1)
        return values[0] if values else default

    def integer(self, code: int, default: int = 0) -> int:
        """Return the first value as a whole number."""
        entry = self.entries.get(code)
        if entry is None:
            return default
        if entry.count == 1 and entry.kind in {3, 4} and entry.inline is not None:
            return int.from_bytes(entry.inline, "little" if self.order == "<" else "big")
        value = self.number(code, default)
        return int(value) if abs(value) < 1 << 63 else default

    def text(self, code: int) -> str:
        """Return a text value without trailing zeros: UTF-8 where valid, else Latin-1."""
        if code not in self._texts:
            data = self.raw(code).split(b"\0", 1)[0]
            try:
                self._texts[code] = data.decode("utf-8").strip()
            except UnicodeDecodeError:
                self._texts[code] = data.decode("latin-1").strip()
        return self._texts[code]


class TiffFile:
    """The chain of directories of one file.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    UnsupportedFormat
        The file does not start like a TIFF.
    CorruptFile, TruncatedFile
        The chain is broken, loops or is longer than ``MAX_DIRECTORIES``.
    """

    def __init__(self, path: Path) -> None:
        self.source = ByteSource(path)
        try:
            self._read_header()
            self.directories = self._chain()
        except BaseException:
            self.source.close()
            raise

    def _read_header(self) -> None:
        head = self.source.read(0, min(16, self.source.size)).ljust(16, b"\0")
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        version = struct.unpack(self.order + "H", head[2:4])[0] if self.order else 0
        if version == 42:
            self.big = False
            self._first = struct.unpack(self.order + "I", head[4:8])[0]
        elif version == 43 and struct.unpack(self.order + "HH", head[4:8]) == (8, 0):
            self.big = True
            self._first = struct.unpack(self.order + "Q", head[8:16])[0]
        else:
            raise UnsupportedFormat("The file is not a TIFF.")
        self.wide = False
        if not self.big and self.order == "<" and self.source.size >= _CLASSIC_LIMIT:
            # An NDPI beyond 4 GiB keeps 64-bit offsets in a file that calls itself classic.
            first = struct.unpack("<Q", head[4:12])[0]
            with contextlib.suppress(SlideUnreadable):
                self.wide = True
                if NDPI_FORMAT_FLAG in self._directory(first, 0)[0]:
                    self._first = first
                    return
            self.wide = False

    def _chain(self) -> list[Directory]:
        directories: list[Directory] = []
        seen: set[int] = set()
        offset = self._first
        while offset:
            if offset in seen:
                raise CorruptFile("The file is damaged: its list of images runs in a circle.")
            if len(directories) >= MAX_DIRECTORIES:
                raise CorruptFile(f"The file is damaged: it declares more than {MAX_DIRECTORIES} images.")
            seen.add(offset)
            directory, offset = self._directory(offset, len(directories))
            directories.append(directory)
        if not directories:
            raise TruncatedFile("The file is incomplete: it has a TIFF header but no image.")
        return directories

    def _directory(self, offset: int, index: int) -> tuple[Directory, int]:
        """Read one directory; return it and the offset of the next, 0 at the end."""
        source, byte_order = self.source, self._byte_order
        count_bytes, entry_bytes, next_bytes = (8, 20, 8) if self.big else (2, 12, 8 if self.wide else 4)
        head = source.read(offset, min(_GUESSED_BYTES, max(count_bytes, source.size - offset)))
        count = int.from_bytes(head[:count_bytes], byte_order)
        if not 0 < count <= MAX_ENTRIES:
            raise CorruptFile("The file is damaged: one of its image directories makes no sense.")
        end = count_bytes + count * entry_bytes
        length = end + next_bytes + (4 * count if self.wide else 0)
        data = head if length <= len(head) else source.read(offset, length)
        following = int.from_bytes(data[end : end + next_bytes], byte_order)
        high = data[end + next_bytes : length]
        table = data[count_bytes:end]
        return Directory(source, self.order, offset, table, high, big=self.big, index=index), following

    @property
    def _byte_order(self) -> Literal["little", "big"]:
        return "little" if self.order == "<" else "big"

    def sub_directories(self, parent: Directory) -> list[Directory]:
        """Return the directories that tag 330 of ``parent`` lists, without their own chains."""
        offsets = parent.array(330)
        if offsets.size > 64:
            raise CorruptFile("The file is damaged: an image declares more than 64 reduced copies.")
        if len(set(offsets.tolist())) != offsets.size or parent.offset in offsets:
            raise CorruptFile("The file is damaged: its list of images runs in a circle.")
        return [self._directory(int(offset), -1)[0] for offset in offsets if offset]

    def close(self) -> None:
        """Release the file."""
        self.source.close()
