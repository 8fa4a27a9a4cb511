"""Files sent as they lie on disk: one with byte ranges, several as one streamed zip of known length.

Each piece is read in the threads of its mount, so that a share that hangs never stops the loop.
"""

import io
import os
import re
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Protocol
from urllib.parse import quote

from coverslip.core.errors import RangeRefused, SlideChanged
from coverslip.infra.mounts import MountPool, Mounts

CHUNK_BYTES: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 ._()+-]")
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


class KnownFile(Protocol):
    """A file as it was when somebody looked: size in bytes, mtime in nanoseconds."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def mtime_ns(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``stop`` (exclusive) of a file of ``size`` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """Bytes in the span."""
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range header."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def parse_range(header: str | None, size: int) -> Span | None:
    """Return the one range asked for; None when the whole file is to be sent.

    Several ranges and units other than bytes may be ignored (RFC 9110, 14.2), and are.

    Raises
    ------
    RangeRefused
        The range lies outside the file.
    """
    match = None if header is None else _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        start, stop = size - length, size
    else:
        start = int(first)
        stop = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None  # not a range at all: ignored
    if start >= size or stop <= start:
        raise RangeRefused
    return Span(start, stop, size)


def disposition(name: str) -> str:
    r"""Return a Content-Disposition for a file name that may hold anything.

    Examples
    --------
    >>> disposition('a "b".svs')
    'attachment; filename="a _b_.svs"; filename*=UTF-8\'\'a%20%22b%22.svs'
    """
    shown = name.encode("utf-8", "replace").decode().replace("/", "_")
    plain = _UNSAFE.sub("_", shown).strip() or "slide"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def file_chunks(known: KnownFile, span: Span) -> Iterator[bytes]:
    """Read a span of a file in pieces; blocks, so run each step in the mount's threads.

    Raises
    ------
    SlideChanged
        The file is not the one that was indexed, or shrank meanwhile.
    OSError
    """
    descriptor = _open(known)
    try:
        at = span.start
        while at < span.stop:
            piece = os.pread(descriptor, min(CHUNK_BYTES, span.stop - at), at)
            if not piece:
                raise SlideChanged
            at += len(piece)
            yield piece
    finally:
        os.close(descriptor)


class ZipChunks:
    """Reads files as one zip archive without compression, in pieces; each step blocks as :func:`file_chunks` does.

    Parameters
    ----------
    files : sequence of (name in the archive, file)
        Names are made safe, not unique.
    """

    def __init__(self, files: Sequence[tuple[str, KnownFile]]) -> None:
        self._files = [(_entry_name(name), known) for name, known in files]
        self.path = files[0][1].path if files else ""
        """The file that the next step reads."""
        self._pieces = self._read()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    @property
    def length(self) -> int:
        """Bytes of the whole archive, known before a byte of it is read."""
        return zip_length([(name, known.size) for name, known in self._files])

    def _read(self) -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for number, (name, known) in enumerate(self._files):
                entry = zipfile.ZipInfo(name, _ZIP_TIME)
                entry.file_size = known.size
                with archive.open(entry, "w", force_zip64=True) as target:
                    for piece in file_chunks(known, Span(0, known.size, known.size)):
                        target.write(piece)
                        yield sink.taken()
                if number + 1 < len(self._files):
                    self.path = self._files[number + 1][1].path
        yield sink.taken()


def zip_length(entries: Sequence[tuple[str, int]]) -> int:
    """Return how long :class:`ZipChunks` makes an archive of (safe name, bytes), by the layout of APPNOTE 6.3."""
    at = directory = 0
    for name, size in entries:
        title = len(name.encode())
        wide = 2 * (size > zipfile.ZIP64_LIMIT) + (at > zipfile.ZIP64_LIMIT)
        directory += 46 + title + (4 + 8 * wide if wide else 0)
        at += 30 + title + 20 + size + 24  # header, its 64-bit extra, the bytes, their descriptor
    large = len(entries) > zipfile.ZIP_FILECOUNT_LIMIT or max(at, directory) > zipfile.ZIP64_LIMIT
    return at + directory + 22 + (56 + 20 if large else 0)


async def zipped(mounts: Mounts, archive: ZipChunks) -> AsyncIterator[bytes]:
    """Give the pieces of an archive whose files may lie on several mounts."""
    while True:
        piece = await mounts.of(archive.path).run(next, archive, None)
        if piece is None:
            return
        if piece:
            yield piece


async def stepped(pool: MountPool, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Give the pieces of a blocking reader, each read in the mount's threads."""
    while True:
        piece = await pool.run(next, chunks, None)
        if piece is None:
            return
        if piece:
            yield piece


def _open(known: KnownFile) -> int:
    descriptor = os.open(known.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    if (status.st_size, status.st_mtime_ns) != (known.size, known.mtime_ns):
        os.close(descriptor)
        raise SlideChanged
    return descriptor


def _entry_name(name: str) -> str:
    """Return a name that no unpacker takes out of its folder."""
    text = name.encode("utf-8", "replace").decode().replace("\\", "_")
    return "/".join(part for part in PurePosixPath(text).parts if part not in ("/", "..", "."))


class _Sink(io.RawIOBase):
    """Where zipfile writes: it cannot seek, and gives away what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer, as zipfile gives
        self._parts.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data
