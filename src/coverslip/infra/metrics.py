"""What the server tells Prometheus, summed over its processes.

The processes share a folder of small mapped files (prometheus-client's multiprocess mode); it is
emptied when ``serve`` starts. No metric names a slide, a person or a path.
"""

import os
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coverslip.settings import use_metrics_folder

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

    from coverslip.infra.cache import TileCache
    from coverslip.infra.mounts import StoredFiles
    from coverslip.infra.pool import DecoderPool

LATENCY_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def metrics_folder(data: Path) -> Path:
    """Return where the processes of one data folder meet."""
    return data / "run" / "metrics"


def clean_metrics(data: Path) -> None:
    """Forget what an earlier ``serve`` counted."""
    folder = metrics_folder(data)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(slots=True)
class _Last:
    hits: int = 0
    misses: int = 0
    counted: dict[str, int] = field(default_factory=dict)


class _Families:
    """The metric families of this process; made on first use, because they are files from then on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_the_dead(folder)
        use_metrics_folder(folder)
        import prometheus_client as client

        registry = client.CollectorRegistry()

        def gauge(name: str, text: str) -> "Gauge":
            return client.Gauge(name, text, registry=registry, multiprocess_mode="livesum")

        self.tiles: Histogram = client.Histogram(
            "coverslip_tile_seconds",
            "Time from request to answer of a tile, by the way it took.",
            ["path"],
            registry=registry,
            buckets=LATENCY_BOUNDS_S,
        )
        self.cache: Counter = client.Counter(
            "coverslip_tile_cache", "Look-ups in the tile cache.", ["result"], registry=registry
        )
        self.decoders: Counter = client.Counter(
            "coverslip_decoder_tasks", "Ends of decoder tasks.", ["result"], registry=registry
        )
        self.violations: Counter = client.Counter(
            "coverslip_csp_reports", "What browsers refused in our pages.", ["directive"], registry=registry
        )
        self.queue = gauge("coverslip_decoder_queue", "Tasks that wait for a decoder.")
        self.busy = gauge("coverslip_decoders_busy", "Decoders at work.")
        self.files = gauge("coverslip_slide_files_open", "Slide files held open.")
        self.slides = gauge("coverslip_slides_open", "Slides whose index is mapped.")


def _forget_the_dead(folder: Path) -> None:
    """Drop the present-tense gauges of processes that have ended; their counters stay."""
    for path in folder.glob("gauge_live*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            path.unlink(missing_ok=True)


class Metrics:
    """The metrics of one process.

    Parameters
    ----------
    data : pathlib.Path
        The data folder.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._last = _Last()

    @cached_property
    def _families(self) -> _Families:
        return _Families(metrics_folder(self._data))

    def count_violation(self, directive: str) -> None:
        """Count that a browser refused something in one of our pages."""
        self._families.violations.labels(directive).inc()

    def count_tiles(self, path: str, buckets: "tuple[int, ...] | list[int]", total_s: float) -> None:
        """Add counts of tiles that a web process gathered by itself.

        Parameters
        ----------
        path : str
            Which way the tiles took.
        buckets : sequence of int
            Parallel to ``LATENCY_BOUNDS_S``, with one more for all that took longer; not cumulative.
        total_s : float
            Sum of their times.
        """
        child: Any = self._families.tiles.labels(path)
        # prometheus-client has no bulk observe; its buckets are plain counters, summed up when read.
        for bucket, count in zip(child._buckets, buckets, strict=True):
            if count:
                bucket.inc(count)
        child._sum.inc(total_s)

    def look(self, *, pool: "DecoderPool", cache: "TileCache", files: "StoredFiles", slides: int) -> None:
        """Take over what the parts of this process count by themselves; call it once a second."""
        stats = pool.stats()
        self._families.queue.set(stats.waiting)
        self._families.busy.set(stats.busy)
        self._families.files.set(len(files))
        self._families.slides.set(slides)
        self._families.cache.labels("hit").inc(cache.hits - self._last.hits)
        self._families.cache.labels("miss").inc(cache.misses - self._last.misses)
        self._last.hits, self._last.misses = cache.hits, cache.misses
        for name in ("done", "refused", "died", "timed_out", "recycled"):
            now = getattr(stats, name)
            self._families.decoders.labels(name).inc(now - self._last.counted.get(name, 0))
            self._last.counted[name] = now

    def text(self, cache: "TileCache") -> bytes:
        """Return everything of all processes in Prometheus' text format. Reads files: call it from a thread."""
        folder = metrics_folder(self._data)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        use_metrics_folder(folder)
        import prometheus_client as client
        from prometheus_client import multiprocess

        registry = client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
        return client.generate_latest(registry) + self._disk_text(cache)

    def _disk_text(self, cache: "TileCache") -> bytes:
        """Return what is one number for the whole server and not a sum over processes."""
        lines = []
        for label, folder in (("data", self._data), ("cache", cache.folder)):
            state = os.statvfs(folder)
            for kind, blocks in (("size", state.f_blocks), ("free", state.f_bavail)):
                lines.append(f'coverslip_disk_bytes{{folder="{label}",kind="{kind}"}} {blocks * state.f_frsize}')
        return "\n".join(
            [
                "# HELP coverslip_disk_bytes Size and free space of the disks in use.",
                "# TYPE coverslip_disk_bytes gauge",
                *lines,
                "# HELP coverslip_tile_cache_bytes Bytes in the tile cache.",
                "# TYPE coverslip_tile_cache_bytes gauge",
                f"coverslip_tile_cache_bytes {cache.size_bytes()}",
                "",
            ]
        ).encode()
