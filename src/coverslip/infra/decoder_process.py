"""One decoder process as its parent sees it: a socket, at most one task, and an end."""

import asyncio
import io
import logging
import pickle
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from coverslip.core.errors import Busy, DecoderDied, DecoderTimeout, StorageTimeout
from coverslip.infra.children import start_child
from coverslip.infra.decoder import FAULT, LENGTH, Answer, DecoderStart

logger = logging.getLogger(__name__)

_DEATH_WAIT_S: Final = 1.0
_DEATH_LOOK_S: Final = 0.005
_ROOM_BYTES: Final = 2**16
"""Most tiles' answers fit, so that they take one read."""
_abandoned: "list[subprocess.Popen[bytes]]" = []


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How decoders start: their data segment limit, and the modules that they import before the first task."""

    memory_bytes: int
    preload: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Task:
    """A call on its way through a decoder."""

    message: bytes
    future: "asyncio.Future[Answer]"
    timeout_s: float
    affinity: str
    device: int | None


class DecoderProcess(asyncio.BufferedProtocol):
    """A decoder. Used from the pool's event loop only.

    Parameters
    ----------
    start : StartOptions
        Its limits.
    finished : callable
        Called with the decoder and its resident bytes when it has answered and is idle again.
    ended : callable
        Called once when the process is gone or given up.
    """

    def __init__(
        self,
        start: "StartOptions",
        finished: "Callable[[DecoderProcess, int], None]",
        ended: "Callable[[DecoderProcess], None]",
    ) -> None:
        self.task: Task | None = None
        self.affinity = ""
        self.device: int | None = None
        self.answered = False
        self.timed_out = False
        self._finished = finished
        self._ended = ended
        self._killed = False
        self._lost = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._buffer = bytearray(_ROOM_BYTES)
        self._filled = 0
        self._loop = asyncio.get_running_loop()
        _reap()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = start_child(
                "coverslip.infra.decoder:serve",
                DecoderStart(theirs.fileno(), start.memory_bytes, start.preload),
                inherit=[theirs.fileno()],
                quiet=True,
            )
        ours.setblocking(False)
        self._connecting = self._loop.create_task(self._connect(ours))

    @property
    def idle(self) -> bool:
        """Whether it can take a task."""
        return self.task is None and not self._killed and not self._lost

    def begin(self, task: Task) -> None:
        """Give it its next task; it must be idle."""
        self.task = task
        self.affinity, self.device = task.affinity, task.device
        if self._transport is not None:
            self._send()

    def kill(self) -> None:
        """End the process now; a running task fails with Busy."""
        self._killed = True
        self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    def is_gone(self) -> bool:
        """Say whether the process has ended (a process stuck in a read survives its own kill)."""
        return self._process.poll() is not None

    async def gone(self, within_s: float) -> bool:
        """Wait for the end of a killed process."""
        deadline_s = self._loop.time() + within_s
        while not self.is_gone():
            if self._loop.time() > deadline_s:
                return False
            await asyncio.sleep(_DEATH_LOOK_S)
        return True

    # --- asyncio.BufferedProtocol ---------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where the next bytes go."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take up bytes of an answer: its length, then its body."""
        self._filled += nbytes
        if self._filled < LENGTH.size:
            return
        end = LENGTH.size + LENGTH.unpack_from(self._buffer)[0]
        if end > len(self._buffer):
            larger = bytearray(end)
            larger[: self._filled] = memoryview(self._buffer)[: self._filled]
            self._buffer = larger
        if self._filled < end:
            return
        body = memoryview(self._buffer)[LENGTH.size : self._filled]  # more than one answer is none: see below
        self._filled = 0
        if end > _ROOM_BYTES:
            self._buffer = bytearray(_ROOM_BYTES)
        self._answer(body, whole=len(body) == end - LENGTH.size)

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the process ended or was killed."""
        self._lost = True
        self._stop_timer()
        task, self.task = self.task, None
        if not self._killed:
            self._process.kill()
        self._loop.create_task(self._bury(task))

    async def _connect(self, ours: socket.socket) -> None:
        transport, _ = await self._loop.create_connection(lambda: self, sock=ours)
        self._transport = transport
        if self._killed:
            transport.abort()
        elif self.task is not None:
            self._send()

    def _send(self) -> None:
        if self.task is None or self._transport is None:
            return
        if self._transport.is_closing():
            return  # connection_lost follows and answers the task
        self._transport.write(LENGTH.pack(len(self.task.message)) + self.task.message)
        self._timer = self._loop.call_later(self.task.timeout_s, self._give_up)

    def _give_up(self) -> None:
        self.timed_out = True
        self.kill()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _answer(self, body: memoryview, *, whole: bool) -> None:
        self._stop_timer()
        task, self.task = self.task, None
        self.answered = True
        try:
            if not whole:
                raise ValueError("more than one answer to one task")
            answer: Answer = _PlainUnpickler(io.BytesIO(body)).load()
        except Exception:  # whatever it sent, it is no answer
            logger.exception("a decoder sent what is no answer")
            answer = (FAULT, "", 0)
            self.kill()
        if task is not None and not task.future.done():
            task.future.set_result(answer)
        if not self._killed:
            self._finished(self, answer[2])

    async def _bury(self, task: Task | None) -> None:
        """Wait for the end, then tell the task what happened; a process that stays is abandoned."""
        gone = await self.gone(_DEATH_WAIT_S)
        if not gone:
            _abandoned.append(self._process)
        if task is not None and not task.future.done():
            task.future.set_exception(self._reason(gone))
        elif not self._killed:
            logger.warning("a decoder ended by itself with %s", self._process.returncode)
        self._ended(self)

    def _reason(self, gone: bool) -> Exception:
        if self.timed_out:
            return DecoderTimeout() if gone else StorageTimeout()
        if self._killed:
            return Busy()
        logger.warning("a decoder died at its task with %s", self._process.returncode)
        return DecoderDied()


class _PlainUnpickler(pickle.Unpickler):
    """Loads plain values only, so that a decoder which a file took over cannot reach its parent."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"a decoder answered with {module_name}.{global_name}")


def _reap() -> None:
    """Collect processes that a kill could not end at once."""
    for process in [process for process in _abandoned if process.poll() is not None]:
        _abandoned.remove(process)
