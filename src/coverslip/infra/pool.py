"""The bounded pool of decoder processes: the only way to vendor files and native decoders.

Tasks wait in one queue. A task whose caller has gone is dropped unless it has begun; a full queue
refuses at once. A decoder that dies, hangs or grows costs its own task and is replaced.
"""

import asyncio
import logging
import pickle
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from coverslip.core.errors import (
    Busy,
    DecoderDied,
    DecoderMemory,
    StorageTimeout,
    rebuilt,
)
from coverslip.infra.decoder import DONE, MEMORY, REFUSED
from coverslip.infra.decoder_process import DecoderProcess, StartOptions, Task

logger = logging.getLogger(__name__)

T = TypeVar("T")

RESIDENT_LIMIT: Final = 140 * 2**20
STUCK_PER_DEVICE: Final = 2
_RESTART_WAIT_S: Final = (0.0, 0.1, 0.5, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class PoolStats:
    """What the pool is doing now, and what it did since it opened."""

    size: int
    busy: int
    waiting: int
    done: int
    refused: int
    died: int
    timed_out: int
    recycled: int


class DecoderPool:
    """Runs functions in decoder processes.

    Parameters
    ----------
    size : int
        Decoder processes.
    memory_bytes : int
        Data segment limit of each.
    timeout_s : float
        Longest time for one task unless the task says otherwise.
    queue : int or None
        Tasks that may wait; four per decoder when None.
    resident_limit : int
        Bytes above which a decoder is replaced once it is idle.
    preload : sequence of str
        Modules that every decoder imports before its first task.
    """

    def __init__(
        self,
        size: int,
        *,
        memory_bytes: int,
        timeout_s: float,
        queue: int | None = None,
        resident_limit: int = RESIDENT_LIMIT,
        preload: Sequence[str] = (),
    ) -> None:
        self._size = size
        self._options = StartOptions(memory_bytes, tuple(preload))
        self._timeout_s = timeout_s
        self._queue_limit = 4 * size if queue is None else queue
        self._resident_limit = resident_limit
        self._waiting: deque[Task] = deque()
        self._decoders: list[DecoderProcess] = []
        self._stuck: dict[int, list[DecoderProcess]] = {}
        self._bad_starts = 0
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own_thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._done = self._refused = self._died = self._timed_out = self._recycled = 0

    async def warm(self) -> None:
        """Start every decoder now, so that the first tile or slide does not wait for one."""
        self._attach(asyncio.get_running_loop())
        while len(self._decoders) < self._size and not self._closed:
            self._start()

    def warm_blocking(self) -> None:
        """Do what :meth:`warm` does from a thread that has no event loop."""
        asyncio.run_coroutine_threadsafe(self.warm(), self._attach(None)).result(timeout=10)

    async def run(
        self, function: Callable[..., T], *args: Any, timeout_s: float | None = None, device: int | None = None
    ) -> T:
        """Call ``function(*args)`` in a decoder and return its value.

        Parameters
        ----------
        function : callable
            A module-level function; it crosses by name, arguments and value by pickle.
        timeout_s : float or None
            Time that the call itself may take; waiting for a decoder does not count.
        device : int or None
            ``st_dev`` of the storage it reads: two decoders stuck there refuse the next at once.

        Raises
        ------
        Busy
            The queue is full.
        DecoderTimeout, DecoderDied, DecoderMemory
            What happened to the decoder.
        StorageTimeout
            The decoder hangs in a read that even a kill does not end.
        CoverslipError
            Whatever the function raised, as the same class with the same message.
        """
        loop = self._attach(asyncio.get_running_loop())
        if loop is not asyncio.get_running_loop():
            running = asyncio.run_coroutine_threadsafe(
                self.run(function, *args, timeout_s=timeout_s, device=device), loop
            )
            return await asyncio.wrap_future(running)
        self._refuse_when_closed_or_stuck(device)
        message = pickle.dumps((function, args), protocol=5)
        affinity = args[0] if args and isinstance(args[0], str) else ""
        task = Task(message, loop.create_future(), timeout_s or self._timeout_s, affinity, device)
        decoder = self._idle_decoder(affinity)
        if decoder is not None:
            decoder.begin(task)
        elif len(self._waiting) >= self._queue_limit and not self._forget_abandoned():
            self._refused += 1
            raise Busy
        else:
            self._waiting.append(task)
        value: T = self._unpack(await task.future)
        return value

    def run_blocking(
        self, function: Callable[..., T], *args: Any, timeout_s: float | None = None, device: int | None = None
    ) -> T:
        """Do what :meth:`run` does from a thread that has no event loop (jobs, imports, commands)."""
        loop = self._attach(None)
        future: Future[T] = asyncio.run_coroutine_threadsafe(
            self.run(function, *args, timeout_s=timeout_s, device=device), loop
        )
        return future.result()

    def stats(self) -> PoolStats:
        """Return what the pool is doing."""
        busy = sum(decoder.task is not None for decoder in self._decoders)
        return PoolStats(
            self._size,
            busy,
            len(self._waiting),
            self._done,
            self._refused,
            self._died,
            self._timed_out,
            self._recycled,
        )

    async def close(self) -> None:
        """End every decoder; tasks that wait or run get Busy."""
        self._closed = True
        while self._waiting:
            task = self._waiting.popleft()
            if not task.future.done():
                task.future.set_exception(Busy())
        for decoder in self._decoders:
            decoder.kill()
        for decoder in [*self._decoders, *(one for stuck in self._stuck.values() for one in stuck)]:
            await decoder.gone(1.0)
        self._decoders.clear()

    def close_blocking(self) -> None:
        """Do what :meth:`close` does from a thread that has no event loop."""
        loop, thread = self._loop, self._own_thread
        if loop is None or loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self.close(), loop).result(timeout=10)
        if thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=5)

    # --- the event loop that owns the decoders -------------------------------------------------

    def _attach(self, running: asyncio.AbstractEventLoop | None) -> asyncio.AbstractEventLoop:
        """Return the pool's loop: the first one that used it, else one in a thread of its own."""
        if self._loop is not None:
            return self._loop
        with self._lock:
            if self._loop is None:
                if running is None:
                    running = asyncio.new_event_loop()
                    self._own_thread = threading.Thread(
                        target=_run_loop, args=(running,), name="decoder-pool", daemon=True
                    )
                    self._own_thread.start()
                self._loop = running
        return self._loop

    def _refuse_when_closed_or_stuck(self, device: int | None) -> None:
        if self._closed:
            raise Busy
        if device is None or device not in self._stuck:
            return
        self._stuck[device] = [decoder for decoder in self._stuck[device] if not decoder.is_gone()]
        if len(self._stuck[device]) >= STUCK_PER_DEVICE:
            raise StorageTimeout

    def _forget_abandoned(self) -> bool:
        """Drop waiting tasks whose caller has gone; say whether there is room now."""
        self._waiting = deque(task for task in self._waiting if not task.future.done())
        return len(self._waiting) < self._queue_limit

    def _idle_decoder(self, affinity: str) -> DecoderProcess | None:
        """Choose the idle decoder that served this file last, else any idle one, else start one."""
        idle = [decoder for decoder in self._decoders if decoder.idle]
        for decoder in idle:
            if decoder.affinity == affinity:
                return decoder
        if idle:
            return idle[0]
        if len(self._decoders) < self._size and self._bad_starts == 0:
            return self._start()
        return None

    def _start(self) -> DecoderProcess:
        decoder = DecoderProcess(self._options, self._finished, self._ended)
        self._decoders.append(decoder)
        return decoder

    def _finished(self, decoder: DecoderProcess, resident: int) -> None:
        """Take up the next task when a decoder has answered; replace the decoder when it has grown."""
        self._done += 1
        self._bad_starts = 0
        if resident > self._resident_limit:
            self._recycled += 1
            self._decoders.remove(decoder)
            decoder.kill()
            self._start_next()
            if len(self._decoders) < self._size and not self._closed:
                self._start()  # ready, with its imports done, before somebody needs it
            return
        self._next(decoder)

    def _next(self, decoder: DecoderProcess) -> None:
        while self._waiting:
            task = self._waiting.popleft()
            if not task.future.done():
                decoder.begin(task)
                return

    def _start_next(self) -> None:
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()
        if self._waiting and len(self._decoders) < self._size and not self._closed:
            self._next(self._start())

    def _ended(self, decoder: DecoderProcess) -> None:
        """Account for a decoder that has gone and start another if somebody waits."""
        if decoder not in self._decoders:
            return  # it was replaced on purpose
        self._decoders.remove(decoder)
        if self._closed:
            return
        self._died += not decoder.timed_out
        self._timed_out += decoder.timed_out
        if decoder.timed_out and decoder.device is not None and not decoder.is_gone():
            self._stuck.setdefault(decoder.device, []).append(decoder)
        if decoder.answered or decoder.timed_out:
            self._start_next()
            return
        # It died before it ever answered: perhaps the file's fault, perhaps it cannot start at all.
        wait_s = _RESTART_WAIT_S[min(self._bad_starts, len(_RESTART_WAIT_S) - 1)]
        self._bad_starts += 1
        loop = asyncio.get_running_loop()
        loop.call_later(wait_s, self._retry)

    def _retry(self) -> None:
        if self._waiting:
            self._start_next()
        else:
            self._bad_starts = 0

    def _unpack(self, answer: tuple[str, Any, int]) -> Any:
        kind, value, _ = answer
        if kind == DONE:
            return value
        if kind == REFUSED:
            raise rebuilt(*value)
        if kind == MEMORY:
            raise DecoderMemory
        logger.warning("a decoder task failed:\n%s", value)
        raise DecoderDied


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()
