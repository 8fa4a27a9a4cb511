"""Reading slides from storage that may be slow or gone, without ever stopping the event loop.

Every mount has eight threads of its own, so a mount that hangs stalls only its own slides. What
lies in the page cache is read at once (``read_now``), everything else goes through the mount's
threads with a time limit.
"""

import asyncio
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from coverslip.core.errors import SlideChanged, SlideMissing, StorageTimeout, TruncatedFile
from coverslip.core.time import monotonic_s

T = TypeVar("T")

THREADS: Final = 8
LIMIT_S: Final = 10.0
_TABLE_AGE_S: Final = 5.0
_NOWAIT: Final = getattr(os, "RWF_NOWAIT", 0)


def read_now(descriptor: int, offset: int, length: int) -> bytes | bytearray | None:
    """Read what lies in the page cache; None when that would mean waiting, or is not possible here.

    Parameters
    ----------
    descriptor : int
    offset, length : int
        In bytes; a read that comes up short also gives None.
    """
    buffer = bytearray(length)
    try:
        return buffer if os.preadv(descriptor, (buffer,), offset, _NOWAIT) == length else None
    except OSError:
        return None  # EAGAIN: not in memory; ENOTSUP: this file system cannot say


class _Call:
    """One call on its way through a mount's threads."""

    __slots__ = ("arguments", "began_s", "dropped", "function", "future", "overdue")

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments
        self.future: Future[Any] = Future()
        self.began_s: float | None = None
        self.dropped = False
        self.overdue = False


class MountPool:
    """The threads of one mount.

    Parameters
    ----------
    threads : int
    limit_s : float
        Longest time for one call unless the call says otherwise.
    """

    def __init__(self, threads: int = THREADS, limit_s: float = LIMIT_S) -> None:
        self._threads = threads
        self._limit_s = limit_s
        self._queue: SimpleQueue[_Call] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._running: set[_Call] = set()
        self._waiting = 0

    async def run(self, function: Callable[..., T], *args: Any, limit_s: float | None = None) -> T:
        """Call ``function(*args)`` in one of the mount's threads.

        Raises
        ------
        StorageTimeout
            It took longer than ``limit_s``, or every thread hangs already (at once, then).
        """
        call = self._submit(function, args)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(call.future), limit_s or self._limit_s)
        except TimeoutError as error:
            if call.future.done() and not call.future.cancelled():
                raise  # the function's own TimeoutError
            call.overdue = True
            raise StorageTimeout from error
        finally:
            call.dropped = True

    def run_blocking(self, function: Callable[..., T], *args: Any, limit_s: float | None = None) -> T:
        """Do what :meth:`run` does, from a thread that may wait."""
        call = self._submit(function, args)
        try:
            value: T = call.future.result(limit_s or self._limit_s)
            return value
        except TimeoutError as error:
            if call.future.done():
                raise
            call.overdue = True
            raise StorageTimeout from error
        finally:
            call.dropped = True

    def hanging(self) -> int:
        """Return how many threads are past their limit."""
        now_s = monotonic_s()
        with self._lock:
            return sum(
                call.overdue or (call.began_s is not None and now_s - call.began_s > self._limit_s)
                for call in self._running
            )

    def _submit(self, function: Callable[..., Any], args: tuple[Any, ...]) -> _Call:
        if len(self._running) >= self._threads and self.hanging() >= self._threads:
            raise StorageTimeout
        call = _Call(function, args)
        with self._lock:
            self._waiting += 1
            if self._waiting + len(self._running) > self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._work, name="mount", daemon=True).start()
        self._queue.put(call)
        return call

    def _work(self) -> None:
        while True:
            call = self._queue.get()
            with self._lock:
                self._waiting -= 1
                if call.dropped or not call.future.set_running_or_notify_cancel():
                    continue
                call.began_s = monotonic_s()
                self._running.add(call)
            try:
                outcome, error = call.function(*call.arguments), None
            except BaseException as raised:  # noqa: BLE001 - whoever waits gets it, the thread goes on
                outcome, error = None, raised
            with self._lock:
                self._running.discard(call)
            future = call.future
            del call  # its arguments first: whoever waits may let go of a file as soon as there is an answer
            if error is None:
                future.set_result(outcome)
            else:
                future.set_exception(error)
            del future, outcome, error


class Mounts:
    """Finds the mount of a path without touching the mount.

    Parameters
    ----------
    table : callable
        Returns the mount points; the kernel's own list unless a test says otherwise.
    threads, limit_s
        As of :class:`MountPool`.
    """

    def __init__(
        self, table: Callable[[], list[str]] | None = None, *, threads: int = THREADS, limit_s: float = LIMIT_S
    ) -> None:
        self._table = table or _mount_points
        self._threads = threads
        self._limit_s = limit_s
        self._points: list[str] = []
        self._read_s = float("-inf")
        self._pools: dict[str, MountPool] = {}
        self._lock = threading.Lock()

    def of(self, path: str | os.PathLike[str]) -> MountPool:
        """Return the pool of the mount that holds an absolute path."""
        point = self.point(os.fspath(path))
        pool = self._pools.get(point)
        if pool is None:
            with self._lock:
                pool = self._pools.setdefault(point, MountPool(self._threads, self._limit_s))
        return pool

    def point(self, path: str) -> str:
        """Return the mount point above a path, by names alone: asking a dead mount would hang."""
        now_s = monotonic_s()
        if now_s - self._read_s > _TABLE_AGE_S:
            self._points, self._read_s = sorted(self._table(), key=len, reverse=True), now_s
        for point in self._points:
            if path == point or path.startswith(point if point.endswith("/") else point + "/"):
                return point
        return "/"


def file_system_of(path: str) -> str:
    """Return the kind of file system that holds an absolute real path, such as ``ext4`` or ``nfs4``."""
    best, kind = "", ""
    for line in _mount_lines():
        fields = line.split(" ")
        point = _unescape(fields[4])
        if len(point) >= len(best) and (path == point or path.startswith(point.rstrip("/") + "/")):
            best, kind = point, fields[fields.index("-") + 1]
    return kind


def _mount_points() -> list[str]:
    """Return the kernel's mount points."""
    return [_unescape(line.split(" ")[4]) for line in _mount_lines()] or ["/"]


def _mount_lines() -> list[str]:
    try:
        text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    return [line for line in text.splitlines() if line]


def _unescape(text: str) -> str:
    """Undo the octal escapes that stand for spaces and the like."""
    for escaped, plain in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        text = text.replace(escaped, plain)
    return text


@dataclass(eq=False, slots=True)
class StoredFile:
    """An open file of a slide. Whoever reads holds it; the descriptor closes with the last holder.

    So a descriptor number is never reused for another slide while somebody still reads from it.
    """

    path: str
    descriptor: int
    size: int
    mtime_ns: int
    inode: tuple[int, int]
    checked_s: float = field(default_factory=monotonic_s)

    def __del__(self) -> None:
        with suppress(OSError):
            os.close(self.descriptor)


class StoredFiles:
    """The most recently used open files.

    Parameters
    ----------
    mounts : Mounts
    limit : int
        Files kept open.
    """

    def __init__(self, mounts: Mounts, limit: int = 128) -> None:
        self._mounts = mounts
        self._limit = limit
        self._open: OrderedDict[str, StoredFile] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    def peek(self, path: str) -> StoredFile | None:
        """Return the file when it is open and was looked at within the last second; no I/O."""
        file = self._open.get(path)
        if file is None or monotonic_s() - file.checked_s > 1.0:
            return None
        return file

    async def get(self, path: str) -> StoredFile:
        """Return the open file, opening it or looking at it again where needed.

        A file that was replaced under its name is opened anew; the caller compares size and mtime
        with what the index was made from.

        Raises
        ------
        SlideMissing, StorageTimeout
        """
        file = self.peek(path)
        if file is not None:
            return file
        return await self._mounts.of(path).run(self._look, path)

    async def read(self, file: StoredFile, offset: int, length: int) -> bytes:
        """Read through the mount's threads.

        Raises
        ------
        TruncatedFile
            The file is as large as it was but ends before the range does.
        SlideChanged
            The file shrank.
        StorageTimeout
        """
        return await self._mounts.of(file.path).run(_read_exactly, file, offset, length)

    def forget(self, path: str) -> None:
        """Open the file anew next time."""
        with self._lock:
            self._open.pop(path, None)

    def close(self) -> None:
        """Let go of every file."""
        with self._lock:
            self._open.clear()

    def _look(self, path: str) -> StoredFile:
        held = self._open.get(path)
        try:
            now = os.stat(path)  # noqa: PTH116 - the path is text here and on the hot path
        except FileNotFoundError as error:
            self.forget(path)
            raise SlideMissing from error
        same = held is not None and (held.inode, held.size, held.mtime_ns) == (
            (now.st_dev, now.st_ino),
            now.st_size,
            now.st_mtime_ns,
        )
        if held is not None and same:
            held.checked_s = monotonic_s()
            return held
        file = _open_file(path)
        with self._lock:
            self._open[path] = file
            self._open.move_to_end(path)
            while len(self._open) > self._limit:
                self._open.popitem(last=False)
        return file


def _open_file(path: str) -> StoredFile:
    # O_NONBLOCK: a FIFO put in a slide's place must not hang the thread
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0))
    state = os.fstat(descriptor)
    return StoredFile(path, descriptor, state.st_size, state.st_mtime_ns, (state.st_dev, state.st_ino))


def _read_exactly(file: StoredFile, offset: int, length: int) -> bytes:
    pieces, at = [], offset
    while at < offset + length:
        piece = os.pread(file.descriptor, offset + length - at, at)
        if not piece:
            shrunk = os.fstat(file.descriptor).st_size < file.size
            raise SlideChanged if shrunk else TruncatedFile
        pieces.append(piece)
        at += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
