"""The supervisor: owns the listening socket, the hub and the lock; keeps the processes alive.

It does nothing else, so that nothing in it can fail: it imports no web framework, no database and
no settings, and waits in one ``select``.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from coverslip.infra.bus import Hub
from coverslip.infra.children import start_child
from coverslip.infra.launch import NO_SHARE, SHARE_BYTES, Plan, Serving

DRAIN_S: Final = 9.5
REFUSED: Final = 3
"""Exit code of a process that cannot ever start; it has said why."""
_WAIT_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
_SETTLED_S: Final = 30.0
_GIVE_UP: Final = 3
_STOPPING_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class _Child:
    """One place to be filled with a process."""

    target: str
    slot: int
    process: "subprocess.Popen[bytes] | None" = None
    handle: int = -1
    started_s: float = 0.0
    deaths: int = 0
    start_at_s: float = 0.0


class Supervisor:
    """Runs web processes and the job process until it is told to stop.

    Parameters
    ----------
    plan : Plan
    listener : socket.socket
        Listening; every web process accepts on it.
    web, jobs : str
        ``module:function``, called with :class:`Serving`.
    ready : callable
        Called once, when the first web process answers.
    """

    def __init__(self, plan: Plan, listener: socket.socket, *, web: str, jobs: str, ready: Callable[[], None]) -> None:
        self._plan = plan
        self._listener = listener
        self._ready = ready
        count = plan.web_processes
        self._children = [_Child(web, slot) for slot in range(count)] + [_Child(jobs, count)]
        self._shares = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the supervisor
        self._shares.write(NO_SHARE * count)
        self._shares.flush()
        self._selector = selectors.DefaultSelector()
        self._ready_out, self._ready_in = os.pipe()
        self._stopping_s: float | None = None
        self._exit_code = 0
        self._answered = False

    def run(self) -> int:
        """Run until a signal; return the exit code."""
        hub = Hub(Path(self._plan.run_folder))
        wake_out, wake_in = socket.socketpair()
        wake_out.setblocking(False)
        wake_in.setblocking(False)
        for number in _STOPPING_SIGNALS:
            signal.signal(number, self._stop)
        signal.set_wakeup_fd(wake_in.fileno())
        self._selector.register(wake_out, selectors.EVENT_READ, None)
        self._selector.register(self._ready_out, selectors.EVENT_READ, self._first_answer)
        try:
            self._loop(wake_out)
        finally:
            self._kill_all()
            hub.close()
            signal.set_wakeup_fd(-1)
        return self._exit_code

    def _loop(self, wake: socket.socket) -> None:
        while True:
            self._start_due()
            if self._stopping_s is not None and not any(child.process for child in self._children):
                return
            for key, _ in self._selector.select(self._patience_s()):
                if isinstance(key.data, _Child):
                    self._bury(key.data)
                elif key.data is not None:
                    key.data()
                else:
                    wake.recv(4096)
            if self._stopping_s is not None and time.monotonic() > self._stopping_s + DRAIN_S:
                self._kill_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Ask every process to finish; a second signal does not wait for them."""
        if self._stopping_s is not None:
            self._stopping_s = time.monotonic() - DRAIN_S
            return
        self._begin_stop()

    def _begin_stop(self) -> None:
        self._stopping_s = time.monotonic()
        self._listener.close()
        for child in self._children:
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)

    def _patience_s(self) -> float | None:
        now_s = time.monotonic()
        if self._stopping_s is not None:
            return max(0.05, self._stopping_s + DRAIN_S - now_s)
        due = [child.start_at_s - now_s for child in self._children if child.process is None]
        return max(0.0, min(due)) if due else None

    def _start_due(self) -> None:
        if self._stopping_s is not None:
            return
        now_s = time.monotonic()
        for child in self._children:
            if child.process is None and child.start_at_s <= now_s:
                self._start(child)

    def _start(self, child: _Child) -> None:
        listener = self._listener.fileno()
        shares, count = self._shares.fileno(), self._plan.web_processes
        serving = Serving(self._plan.payload, listener, self._ready_in, shares, child.slot, count)
        child.process = start_child(child.target, serving, inherit=[listener, self._ready_in, shares])
        child.started_s = time.monotonic()
        child.handle = os.pidfd_open(child.process.pid)
        self._selector.register(child.handle, selectors.EVENT_READ, child)

    def _bury(self, child: _Child) -> None:
        if child.process is None:
            return
        code = child.process.wait()
        self._selector.unregister(child.handle)
        os.close(child.handle)
        child.process = None
        if child.slot < self._plan.web_processes:
            os.pwrite(self._shares.fileno(), NO_SHARE, child.slot * SHARE_BYTES)  # nobody waits for the dead
        if self._stopping_s is not None:
            return
        if code == REFUSED:
            self._exit_code = REFUSED
            self._begin_stop()
            return
        now_s = time.monotonic()
        child.deaths = 0 if now_s - child.started_s > _SETTLED_S else child.deaths + 1
        if not self._answered and child.deaths > _GIVE_UP:
            print("coverslip: Coverslip cannot start; the lines above say why. [start_refused]", file=sys.stderr)
            self._exit_code = REFUSED
            self._begin_stop()
            return
        child.start_at_s = now_s + _WAIT_S[min(child.deaths, len(_WAIT_S) - 1)]
        name = child.target.rpartition(":")[2]
        print(f"coverslip: a process ({name}) ended with {code} and is started again", file=sys.stderr, flush=True)

    def _first_answer(self) -> None:
        self._selector.unregister(self._ready_out)
        self._answered = True
        self._ready()

    def _kill_all(self) -> None:
        processes: Sequence[subprocess.Popen[bytes]] = [child.process for child in self._children if child.process]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
        for child in self._children:
            if child.process is not None:
                self._bury(child)
