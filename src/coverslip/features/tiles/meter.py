"""Tile latency by path kind, counted so cheaply that the tile path does not notice.

A tile adds one to a bucket of a plain list; once a second the process's metrics take over the sums.
"""

from bisect import bisect_left
from enum import StrEnum

from coverslip.infra.metrics import LATENCY_BOUNDS_S, Metrics


class PathKind(StrEnum):
    """Which way a tile took."""

    STORED = "stored"
    SLOW_STORAGE = "slow_storage"  # stored, but not in the page cache
    CACHED = "cached"
    MADE = "made"
    EMPTY = "empty"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


class PathMeter:
    """Counts one path kind."""

    __slots__ = ("buckets", "kind", "total_s")

    def __init__(self, kind: PathKind) -> None:
        self.kind = kind
        self.buckets = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, took_s: float) -> None:
        """Count one tile."""
        self.buckets[bisect_left(LATENCY_BOUNDS_S, took_s)] += 1
        self.total_s += took_s


class TileMeter:
    """Counts every path kind of one web process; used from the event loop only."""

    def __init__(self) -> None:
        self.stored = PathMeter(PathKind.STORED)
        self._all = {kind: PathMeter(kind) for kind in PathKind}
        self._all[PathKind.STORED] = self.stored

    def add(self, kind: PathKind, took_s: float) -> None:
        """Count one tile that took ``took_s`` seconds from request to answer."""
        self._all[kind].add(took_s)

    def flush(self, metrics: Metrics) -> None:
        """Hand over what was counted since the last call, and start from zero."""
        for meter in self._all.values():
            if any(meter.buckets):
                metrics.count_tiles(meter.kind, meter.buckets, meter.total_s)
                meter.buckets = [0] * len(meter.buckets)
                meter.total_s = 0.0
