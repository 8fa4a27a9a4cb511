"""Looks at every served folder again and again: a thread for each root that is due.

A root whose storage hangs holds its own thread and nobody else's. A look is due when somebody
asked for one, when the poll interval is over, or when files that were still being written should
rest by now.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from coverslip.core.errors import CoverslipError
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.imports import store
from coverslip.features.imports.pipeline import Reader, sweep_indexes
from coverslip.features.imports.scan import LeaseLost, Scan, ScanStopped
from coverslip.features.imports.service import WAKE
from coverslip.features.imports.upkeep import expire_uploads, say_what_gave_up
from coverslip.features.imports.walk import NotSlides
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

_TICK_S: Final = 1.0
_UPKEEP_EVERY_S: Final = 60.0
_SWEEP_EVERY_S: Final = 6 * 3600.0
_SWEEP_OLDER_S: Final = 3600.0


def worker_name() -> str:
    """Return a name for this process as a scanner."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"


class Watcher:
    """Scans served folders in the job process until it is stopped.

    Parameters
    ----------
    runtime : Runtime
    readers : int
        Slides described at a time, over all roots; the size of the decoder pool.
    """

    def __init__(self, runtime: Runtime, readers: int = 2) -> None:
        self._runtime = runtime
        self._readers = readers
        self._reader = Reader(runtime, readers)
        self._worker = worker_name()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._not_slides: dict[str, NotSlides] = {}
        self._main: threading.Thread | None = None
        self._swept_s = float("-inf")
        self._kept_s = float("-inf")

    def start(self) -> None:
        """Start to watch."""
        self._runtime.bus.subscribe(WAKE, lambda _: self._wake.set())
        self._main = threading.Thread(target=self._watch, name="folder-watch", daemon=True)
        self._main.start()

    def stop(self, within_s: float = 8.0) -> None:
        """Stop; a scan ends after the slides it is reading, one that hangs is left behind."""
        self._stop.set()
        self._wake.set()
        until = time.monotonic() + within_s
        for thread in [self._main, *self._threads.values()]:
            if thread is not None:
                thread.join(timeout=max(0.0, until - time.monotonic()))

    def look(self) -> list[str]:
        """Start a scan for every root that is due and return which."""
        now = utc_now()
        with self._runtime.db.read() as session:
            due = [
                row.root_id
                for row in store.roots(session)
                if row.scan_wanted_at is not None or row.next_scan_at is None or row.next_scan_at <= now
            ]
        started = []
        for root_id in due:
            running = self._threads.get(root_id)
            if running is None or not running.is_alive():
                thread = threading.Thread(target=self._scan, args=(root_id,), name="scan", daemon=True)
                self._threads[root_id] = thread
                thread.start()
                started.append(root_id)
        return started

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
                self._upkeep()
                self._sweep()
            except CoverslipError as error:
                logger.warning("the served folders cannot be looked at: %s", error.code)
            except Exception:
                logger.exception("looking at the served folders failed")
            self._wake.wait(_TICK_S)
            self._wake.clear()

    def _scan(self, root_id: str) -> None:
        memory = self._not_slides.setdefault(root_id, NotSlides())
        try:
            Scan(
                self._runtime,
                self._reader,
                root_id,
                self._worker,
                should_stop=self._stop.is_set,
                not_slides=memory,
                readers=self._readers,
            ).run()
        except (LeaseLost, ScanStopped):
            self._stop.wait(_TICK_S)
        except CoverslipError as error:
            logger.warning("a scan ended early: %s", error.code)
            self._stop.wait(5 * _TICK_S)
        except Exception:
            logger.exception("a scan failed")
            self._stop.wait(5 * _TICK_S)

    def _upkeep(self) -> None:
        if time.monotonic() - self._kept_s < _UPKEEP_EVERY_S:
            return
        self._kept_s = time.monotonic()
        expire_uploads(self._runtime)
        say_what_gave_up(self._runtime)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept_s < _SWEEP_EVERY_S:
            return
        self._swept_s = time.monotonic()
        folder = self._runtime.settings.index_folder
        sweep_indexes(folder, _used_names(self._runtime), time.time() - _SWEEP_OLDER_S)


def _used_names(runtime: Runtime) -> Callable[[Sequence[str]], set[str]]:
    def used(names: Sequence[str]) -> set[str]:
        with runtime.db.read() as session:
            return slides.used_index_names(session, names)

    return used
