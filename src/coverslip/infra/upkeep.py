"""Small things that a process does again and again, in one daemon thread."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from coverslip.core.time import monotonic_s, utc_now
from coverslip.infra.audit import fold_denials
from coverslip.infra.audit_heads import keep_due_head
from coverslip.infra.audit_pruning import forget_views, prune
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Chore:
    every_s: float
    function: Callable[[], object]
    due_s: float


class Upkeep:
    """Runs chores at their intervals until it is stopped; one that fails is logged and comes again."""

    def __init__(self) -> None:
        self._chores: list[_Chore] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def every(self, seconds: float, function: Callable[[], object]) -> None:
        """Add a chore; call it before :meth:`start`."""
        self._chores.append(_Chore(seconds, function, monotonic_s() + seconds))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore that runs now."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(self._patience_s()):
            now_s = monotonic_s()
            for chore in self._chores:
                if chore.due_s <= now_s and not self._stop.is_set():
                    try:
                        chore.function()
                    except Exception:
                        logger.exception("a chore failed")
                    chore.due_s = monotonic_s() + chore.every_s

    def _patience_s(self) -> float:
        return max(0.05, min((chore.due_s for chore in self._chores), default=1.0) - monotonic_s())


def web_upkeep(runtime: Runtime) -> Upkeep:
    """Return what every web process must do: write down the refusals of minutes that are over."""
    upkeep = Upkeep()
    upkeep.every(10.0, lambda: runtime.denials.flush(utc_now().replace(second=0, microsecond=0)))
    return upkeep


def job_upkeep(runtime: Runtime) -> Upkeep:
    """Return what one process must do for all: sweep the cache, keep the audit trail."""
    runtime.reserve.lay()
    _keep_head(runtime)
    upkeep = Upkeep()
    upkeep.every(5.0, lambda: runtime.cache.needs_sweep() and runtime.cache.sweep())
    upkeep.every(600.0, runtime.cache.sweep)
    upkeep.every(30.0, runtime.reserve.lay)
    upkeep.every(20.0, lambda: _fold(runtime))
    upkeep.every(60.0, lambda: _keep_head(runtime))
    upkeep.every(3600.0, lambda: _forget(runtime))
    return upkeep


def _fold(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        fold_denials(session)


def _keep_head(runtime: Runtime) -> None:
    """Keep a signed head in the second place; the files there say when the last hour's was kept."""
    if runtime.settings.audit_heads is not None:
        keep_due_head(runtime.db, runtime.settings.data, runtime.settings.audit_heads)


def _forget(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        forget_views(session, utc_now() - timedelta(days=2))
    prune(runtime.db, runtime.settings.audit_keep_years)
