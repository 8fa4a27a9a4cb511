"""What a process tree and the whole machine spend: CPU seconds, memory, and who else is busy."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

QUIET_SHARE = 0.08
"""Above this share of the machine taken by strangers, rates and latencies mean nothing."""


@dataclass
class Spent:
    """CPU time over a stretch of work.

    Attributes
    ----------
    seconds : float
        Wall time.
    cpu_s : float
        Of the process trees that were watched.
    strangers : float
        Share of the machine that neither they nor this process and its children took.
    """

    seconds: float = 0.0
    cpu_s: float = 0.0
    strangers: float = 0.0

    @property
    def quiet(self) -> bool:
        """Whether the machine was left alone."""
        return self.strangers <= QUIET_SHARE


@contextmanager
def watched(*pids: int) -> Iterator[Spent]:
    """Measure what the process trees of ``pids`` spend inside the block."""
    spent = Spent()
    begun, busy, theirs, ours = time.perf_counter(), _machine_busy_s(), _trees_cpu_s(pids), _own_cpu_s()
    yield spent
    spent.seconds = time.perf_counter() - begun
    spent.cpu_s = _trees_cpu_s(pids) - theirs
    strangers_s = _machine_busy_s() - busy - spent.cpu_s - (_own_cpu_s() - ours)
    spent.strangers = max(0.0, strangers_s) / (spent.seconds * (os.cpu_count() or 1))


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def pss_mb(process: psutil.Process) -> float:
    """Return the memory that a process accounts for, shared pages divided among their users."""
    return float(process.memory_full_info().pss) / 1e6


def _trees_cpu_s(pids: tuple[int, ...]) -> float:
    total = 0.0
    for pid in pids:
        for process in tree(pid):
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
    return total


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _machine_busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)
