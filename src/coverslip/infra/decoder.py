"""The inside of a decoder process: limits first, then one task after the other.

Everything that touches a vendor's bytes runs here. The process has no database, no web framework
and no secrets; it may die at any moment and costs one task.

A message is eight bytes of length and a pickle. The parent sends ``(function, arguments)``; the
answer is ``(kind, value, resident_bytes)``, made of plain values only: the parent does not trust
this process and unpickles nothing that would import or call something.
"""

import ctypes
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

from coverslip.core.errors import CoverslipError

LENGTH: Final = struct.Struct("!Q")
DONE, REFUSED, MEMORY, FAULT = "done", "refused", "memory", "fault"

_FILE_LIMIT: Final = 64 * 2**30  # a coarse pyramid or an index is far smaller
_ONE_SEND: Final = 2**18
_TRIM_ABOVE: Final = 100 * 2**20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

Answer = tuple[str, Any, int]


@dataclass(frozen=True, slots=True)
class DecoderStart:
    """What a decoder process is told when it starts."""

    descriptor: int
    memory_bytes: int
    preload: tuple[str, ...] = ()


def serve(start: DecoderStart) -> int:
    """Answer tasks until the parent closes the socket."""
    _limit(start.memory_bytes)
    for module in start.preload:
        with suppress(ImportError):  # the task that needs it will say so, with its traceback
            import_module(module)
    with socket.socket(fileno=start.descriptor) as connection:
        while (task := _receive(connection)) is not None:
            answer = _answer(task)
            del task
            message = pickle.dumps(answer, protocol=5)
            del answer
            if len(message) < _ONE_SEND:  # a tile: copying it costs less than a second call
                connection.sendall(LENGTH.pack(len(message)) + message)
            else:
                connection.sendall(LENGTH.pack(len(message)))
                connection.sendall(message)
            del message
    return 0


def resident_bytes() -> int:
    """Return how much memory this process holds."""
    with suppress(OSError):
        return int(os.pread(_own_memory(), 128, 0).split()[1]) * resource.getpagesize()
    return 0


@cache
def _own_memory() -> int:
    """Return a descriptor that stays open: this is read after every task."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def _limit(memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold pixels and labels
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_LIMIT, _FILE_LIMIT))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 - procfs
        file.write("500")  # when the machine runs out of memory, a decoder goes first
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.putenv(name, "1")  # their thread buffers count against the limit, and we use no linear algebra
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            # Pixels are freed in large blocks: give them back instead of keeping them in arenas.
            libc.mallopt(_M_ARENA_MAX, 1)
            libc.mallopt(_M_MMAP_THRESHOLD, 4 * 2**20)
            libc.mallopt(_M_TRIM_THRESHOLD, 16 * 2**20)


def _receive(connection: socket.socket) -> bytearray | None:
    head = _receive_exactly(connection, LENGTH.size)
    return None if head is None else _receive_exactly(connection, LENGTH.unpack(head)[0])


def _receive_exactly(connection: socket.socket, count: int) -> bytearray | None:
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            return None
        view = view[received:]
    return buffer


def _answer(task: bytearray) -> Answer:
    try:
        function, arguments = pickle.loads(task)  # noqa: S301 - our own parent wrote it
        value = function(*arguments)
        kind: str = DONE
    except CoverslipError as error:
        problems = [(problem.pointer, problem.detail) for problem in getattr(error, "problems", ())]
        kind, value = REFUSED, (error.code, error.message, problems)
    except MemoryError:
        kind, value = MEMORY, None
    except Exception:  # noqa: BLE001 - whatever a parser raises on a hostile file costs this task only
        kind, value = FAULT, traceback.format_exc(limit=8)
    held = resident_bytes()
    if held > _TRIM_ABOVE and sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)
            held = resident_bytes()
    return kind, value, held
