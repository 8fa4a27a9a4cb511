"""Rows about tiles over HTTP: stored ones warm and cold, missing levels, styles, bytes, memory."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

import tifffile

from bench import peers, servers
from bench.load import Loaded, load
from bench.machine import pss_mb, tree
from bench.plain import BRIGHTNESS, CONTRAST, GAMMA
from bench.servers import WORK, Running
from bench.slides import Wanted, drop_from_page_cache, make
from bench.table import Finding, ratio_of
from bench.walk import Target, Tile, halving, in_turn, walks
from coverslip.imaging.style import Style, encode_style

TEXTURE = servers.ROOT / "src" / "coverslip" / "samples" / "CMU-1-Small-Region.svs"
MISSING = frozenset({2.0, 8.0, 32.0})
"""Downsamples that the Aperio layout (1, 4, 16, 64) lacks."""


@dataclass
class Plan:
    """How thoroughly to measure."""

    rounds: int = 3
    seconds: float = 4.0
    quick: bool = False

    def slides(self, layout: str) -> list[Wanted]:
        """Return the slides of a layout, the one that the bar is about first."""
        if layout == "case":
            # A case of twelve sections of ordinary size, each of other tissue.
            side = 8_000 if self.quick else 24_000
            return [Wanted(f"S26-1_A{n + 1}_HE", "generic", side, side, 977 * n) for n in range(12)]
        sides = (40_000, 30_000) if self.quick else (100_000, 60_000 if layout == "generic" else 66_000)
        return [Wanted(f"{layout}{side // 1000}", layout, side, side, 977 * n) for n, side in enumerate(sides)]  # type: ignore[arg-type]


class Stage:
    """The slides of one layout, made and registered once for all rows."""

    def __init__(self, plan: Plan, layout: str) -> None:
        self.plan = plan
        self.wanted = plan.slides(layout)
        self.folder = WORK / "slides" / f"{layout}{'-quick' if plan.quick else ''}"
        self.data = WORK / f"data-{layout}{'-quick' if plan.quick else ''}"
        self.paths = [make(wanted, TEXTURE, self.folder) for wanted in self.wanted]
        self.names = [path.stem for path in self.paths]
        with servers.coverslip(self.folder, self.data) as running:
            self.targets, self.versions = servers.targets(running, self.names)
            servers.jobs_done(running)

    def serve(self, stack: ExitStack, *, forget: bool = False) -> Running:
        """Start the server on what is registered; ``forget`` empties the cache of made tiles."""
        if forget and (self.data / "cache").exists():
            # Moved, not deleted: ext4 is slow to give out the inodes of files that were just deleted.
            (self.data / "cache").rename(self.data / f"cache-{time.monotonic_ns()}")
        return stack.enter_context(servers.coverslip(self.folder, self.data, fresh=False))

    def drop(self) -> None:
        """Make the slides cold."""
        for path in self.paths:
            drop_from_page_cache(path)

    def ours(self, tiles: Sequence[Tile], extra: str = "") -> list[str]:
        """Return our addresses of tiles."""
        return [f"/api/v1/slides/{s}/tiles/{z}/{x}/{y}?v={self.versions[s]}{extra}" for s, z, x, y in tiles]

    def theirs(self, tiles: Sequence[Tile]) -> list[str]:
        """Return a peer's addresses of tiles whose slide is a number."""
        numbers = {target.slide: str(number) for number, target in enumerate(self.targets)}
        return [f"/{numbers.get(s, s)}/{z}/{x}/{y}" for s, z, x, y in tiles]

    def halvings(self) -> list[Target]:
        """Return the slides as tile servers number them."""
        return [halving(str(n), w.width, w.height, w.tile) for n, w in enumerate(self.wanted)]


def stored(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Warm stored tiles beside the raw ASGI floor, at 8 and 32 connections."""
    generic = stage("generic")
    tiles = in_turn(walks(generic.targets, 600, seed=1))
    with ExitStack() as stack:
        ours, floor = generic.serve(stack), stack.enter_context(servers.floor(generic.paths))
        for running, paths in ((ours, generic.ours(tiles)), (floor, generic.theirs(tiles))):
            _same_images(running, paths)
            load(running.base, paths, running.pid, connections=8, seconds=2, headers=running.headers)
        for connections in (8, 32):
            pairs: list[tuple[Loaded, Loaded]] = []
            for _ in range(plan.rounds):
                theirs = load(
                    floor.base, generic.theirs(tiles), floor.pid, connections=connections, seconds=plan.seconds
                )
                mine = load(
                    *(ours.base, generic.ours(tiles), ours.pid),
                    connections=connections,
                    seconds=plan.seconds,
                    headers=ours.headers,
                )
                pairs.append((mine, theirs))
            rate = ratio_of([(mine.rate, theirs.rate) for mine, theirs in pairs])
            mine_rate, floor_rate = _rate([mine for mine, _ in pairs]), _rate([theirs for _, theirs in pairs])
            what = f"stored tile, warm, {connections} connections: {mine_rate:,.0f}/s, floor {floor_rate:,.0f}/s"
            yield Finding("stored", what, f"{rate:.2f} of the floor", ">= 0.6", rate >= 0.6, _strangers(pairs))
            if connections == 8:
                p99 = median(mine.p99_ms for mine, _ in pairs)
                yield Finding("stored", "  p99", f"{p99:.2f} ms", "<= 10 ms", p99 <= 10, _strangers(pairs))
            yield _no_errors("stored", [mine for mine, _ in pairs])


def cold(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Cold stored tiles against large_image as installed, at its own choice, and at its best."""
    generic, interpreter = stage("generic"), peers.python()
    ours_tiles = in_turn(walks(generic.targets, 150_000, seed=2))
    their_tiles = in_turn(walks(generic.halvings(), 150_000, seed=2))
    variants = (
        ("openslide source, gunicorn", {"source": "openslide", "icc": True, "fast": False}, 12.0),
        ("its default choice, gunicorn", {"source": "auto", "icc": True, "fast": False}, 6.0),
        ("best tuning: tiff source, ICC off, granian", {"source": "tiff", "icc": False, "fast": True}, 1.0),
    )
    found: dict[str, list[Loaded]] = {}
    for _ in range(plan.rounds):
        for name, options, _ in variants:
            with servers.large_image(interpreter, generic.paths, **options) as peer:  # type: ignore[arg-type]
                generic.drop()
                run = load(peer.base, generic.theirs(their_tiles), peer.pid, connections=8, seconds=plan.seconds)
                found.setdefault(name, []).append(run)
        with ExitStack() as stack:
            running = generic.serve(stack)
            _open_all(running, generic)
            generic.drop()
            found.setdefault("ours", []).append(_load_ours(running, generic.ours(ours_tiles), plan.seconds))
        with servers.floor(generic.paths) as floor:
            generic.drop()
            run = load(floor.base, generic.theirs(ours_tiles), floor.pid, connections=8, seconds=plan.seconds)
            found.setdefault("floor", []).append(run)
    mine = found["ours"]
    what = f"cold stored tiles, {generic.wanted[0].width:,} px generic, 8 connections: {_rate(mine):,.0f}/s"
    yield Finding("cold", what, f"p99 {_p99(mine):.1f} ms, {mine[0].mean_kb:.1f} kB")
    for name, _, bar in variants:
        peer_runs = found[name]
        pairs = list(zip(mine, peer_runs, strict=True))
        ratio = ratio_of([(one.rate, other.rate) for one, other in pairs])
        what = f"  against large_image, {name}: {_rate(peer_runs):,.0f}/s, p99 {_p99(peer_runs):.0f} ms"
        yield Finding("cold", what, f"{ratio:.1f}x", f">= {bar:g}x", ratio >= bar, _strangers(pairs))
    last = found[variants[-1][0]]
    p99 = median(one.p99_ms / other.p99_ms for one, other in zip(mine, last, strict=True))
    what = f"  p99 against the last (the raw floor's own: {_p99(found['floor']):.1f} ms)"
    yield Finding("cold", what, f"{p99:.3f}", "<= 0.1", p99 <= 0.1, _strangers(zip(mine, last, strict=True)))
    yield _no_errors("cold", mine)


def missing(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Levels that the Aperio layout lacks, made by scaled decoding; then the same tiles once more."""
    aperio, interpreter = stage("aperio"), peers.python()
    ours_tiles = in_turn(walks(aperio.targets, 40_000, seed=3, only=MISSING))
    their_tiles = in_turn(walks(aperio.halvings(), 40_000, seed=3, only=MISSING))
    mine, peer_runs, again = [], [], []
    for _ in range(plan.rounds):
        with servers.large_image(interpreter, aperio.paths, "openslide", icc=True, fast=False) as peer:
            aperio.drop()
            peer_runs.append(load(peer.base, aperio.theirs(their_tiles), peer.pid, connections=8, seconds=plan.seconds))
        with ExitStack() as stack:
            running = aperio.serve(stack, forget=True)
            _open_all(running, aperio)
            aperio.drop()
            mine.append(_load_ours(running, aperio.ours(ours_tiles), plan.seconds))
            seen = aperio.ours(ours_tiles)[: max(50, mine[-1].answered - 50)]
            again.append(_load_ours(running, seen, plan.seconds))
    pairs = list(zip(mine, peer_runs, strict=True))
    ratio = ratio_of([(one.rate, other.rate) for one, other in pairs])
    what = f"missing levels, cold, Aperio layout: {_rate(mine):,.0f}/s, openslide source {_rate(peer_runs):,.0f}/s"
    yield Finding("missing", what, f"{ratio:.1f}x", ">= 6x", ratio >= 6, _strangers(pairs))
    p99 = _p99(mine)
    what = f"  p99 at 8 connections (peer {_p99(peer_runs):.0f} ms)"
    yield Finding("missing", what, f"{p99:.1f} ms", "<= 60 ms", p99 <= 60, _strangers(pairs))
    yield Finding("missing", "  the second look, from the cache", f"{_rate(again):,.0f}/s, p99 {_p99(again):.1f} ms")
    yield _no_errors("missing", [*mine, *again])


def styled(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """CPU of the whole process tree for a styled tile, against one plain process."""
    generic = stage("generic")
    style = encode_style(Style(brightness=BRIGHTNESS, contrast=CONTRAST, gamma=GAMMA))
    tiles = in_turn(walks(generic.targets, 120_000, seed=4))
    places = _Places(generic)
    tiles = [tile for tile in tiles if places.finest(tile)]
    mine, plain_ms = [], []
    with ExitStack() as stack:
        running = generic.serve(stack, forget=True)
        offset = 0
        for number in range(plan.rounds + 1):
            run = load(
                *(running.base, generic.ours(tiles, f"&style={style}"), running.pid),
                connections=4,
                seconds=plan.seconds,
                headers=running.headers,
                offset=offset,
            )
            part = tiles[offset : offset + min(run.answered, 1500)]
            offset += run.sent
            if number:  # the first warms up the decoders
                mine.append(run)
                plain_ms.append(_plain_ms([places.where(tile) for tile in part]))
    ratio = median(one.cpu_ms / other for one, other in zip(mine, plain_ms, strict=True))
    what = f"styled tile, CPU: {median(one.cpu_ms for one in mine):.2f} ms, plain process {median(plain_ms):.2f} ms"
    yield Finding("styled", what, f"{ratio:.2f}x", "<= 1.4x", ratio <= 1.4)
    yield _no_errors("styled", mine)


def size(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Bytes of a pass-through body beyond those of the stored tile."""
    for layout in ("generic", "aperio"):
        one = stage(layout)
        places = _Places(one)
        tiles = [tile for tile in in_turn(walks(one.targets, 6_000, seed=5)) if places.finest(tile)][:200]
        with ExitStack() as stack:
            running = one.serve(stack)
            client = running.client()
            more = []
            for tile, path in zip(tiles, one.ours(tiles), strict=True):
                status, body = client.get(path)
                if status != 200:
                    raise RuntimeError(f"{path}: {status}")
                more.append(len(body) - places.where(tile)[2])
        what = f"pass-through body beyond the stored tile, {layout}, {len(tiles)} tiles"
        yield Finding("bytes", what, f"{max(more)} bytes at most", "<= 600", max(more) <= 600)


def memory(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """PSS after 20,000 cold tiles of a large slide, then after made ones."""
    generic = stage("generic")
    count = 5_000 if plan.quick else 20_000
    tiles = walks(generic.targets[:1], count, seed=6)
    with ExitStack() as stack:
        running = generic.serve(stack, forget=True)
        generic.drop()
        answered = 0
        while answered < len(tiles):
            run = load(
                *(running.base, generic.ours(tiles), running.pid),
                connections=8,
                seconds=2,
                headers=running.headers,
                offset=answered,
            )
            answered += run.answered
        web, _ = _memory_mb(running)
        style = encode_style(Style(gamma=1.3))
        load(
            *(running.base, generic.ours(tiles, f"&style={style}"), running.pid),
            connections=8,
            seconds=3 * plan.seconds,
            headers=running.headers,
        )
        later, decoders = _memory_mb(running)
    what = f"web processes and supervisor after {answered:,} cold tiles, PSS"
    yield Finding("memory", what, f"{web:.0f} MB", "<= 250 MB", web <= 250)
    yield Finding("memory", "  after styled ones, too", f"{later:.0f} MB")
    largest = max(decoders, default=0.0)
    what = f"  a decoder (the largest of {len(decoders)}), PSS"
    yield Finding("memory", what, f"{largest:.0f} MB", "<= 150 MB", largest <= 150)


def _memory_mb(running: Running) -> tuple[float, list[float]]:
    web, decoders = 0.0, []
    for process in tree(running.pid):
        said = " ".join(process.cmdline())
        if process.pid == running.pid or "run_web" in said:
            web += pss_mb(process)
        elif "decoder" in said:
            decoders.append(pss_mb(process))
    return web, decoders


class _Places:
    """Where the finest level's stored tiles of a stage lie in its files."""

    def __init__(self, stage: Stage) -> None:
        self._known: dict[str, tuple[str, int, int, Any, Any]] = {}
        for target, path in zip(stage.targets, stage.paths, strict=True):
            with tifffile.TiffFile(path) as tiff:
                page = tiff.pages[0]
                finest = target.levels[-1]
                self._known[target.slide] = (str(path), finest.z, finest.cols, page.dataoffsets, page.databytecounts)

    def finest(self, tile: Tile) -> bool:
        """Whether a tile is one of the finest level."""
        return tile[1] == self._known[tile[0]][1]

    def where(self, tile: Tile) -> tuple[str, int, int]:
        """Return path, offset and length."""
        path, _, cols, offsets, lengths = self._known[tile[0]]
        number = tile[3] * cols + tile[2]
        return path, int(offsets[number]), int(lengths[number])


def _plain_ms(places: Sequence[tuple[str, int, int]]) -> float:
    lines = "\n".join("\t".join(map(str, place)) for place in places)
    done = subprocess.run(
        [sys.executable, "-m", "bench.plain"], cwd=servers.ROOT, input=lines, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _load_ours(running: Running, paths: Sequence[str], seconds: float) -> Loaded:
    return load(running.base, paths, running.pid, connections=8, seconds=seconds, headers=running.headers)


def _open_all(running: Running, stage: Stage) -> None:
    """Touch each slide once, as is done with the peers before they are measured."""
    client = running.client()
    for target in stage.targets:
        client.get(f"/api/v1/slides/{target.slide}/tiles/0/0/0?v={stage.versions[target.slide]}")
    client.close()


def _same_images(running: Running, paths: Sequence[str]) -> None:
    client = running.client()
    for path in paths[:40]:
        status, body = client.get(path)
        if status != 200 or not body.startswith(b"\xff\xd8"):
            raise RuntimeError(f"{path}: {status}, {body[:200]!r}")
    client.close()


def _rate(runs: Sequence[Loaded]) -> float:
    return median(run.rate for run in runs)


def _p99(runs: Sequence[Loaded]) -> float:
    return median(run.p99_ms for run in runs)


def _strangers(pairs: Any) -> float:
    return max((run.spent.strangers for pair in pairs for run in pair), default=0.0)


def _no_errors(row: str, runs: Sequence[Loaded]) -> Finding:
    errors = sum(run.errors for run in runs)
    return Finding(row, "  answers that were errors", str(errors), "0", errors == 0)
