"""Rows about opening, reading in Python and registering."""

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import openslide

import coverslip
from bench import servers
from bench.machine import pss_mb, tree
from bench.servers import WORK, Running
from bench.table import Finding
from bench.tile_rows import TEXTURE, Plan, Stage

SIDE = 2048


def opening(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Detail and first tile of a registered slide: server warm, and server just started."""
    generic = stage("generic")
    started, warm = [], []
    for _ in range(1 if plan.quick else 3):
        with ExitStack() as stack:
            running = generic.serve(stack)
            started.append(_open_ms(running, generic, 0))
            warm += [_open_ms(running, generic, number % len(generic.targets)) for number in range(20)]
    what = f"opening a registered {generic.wanted[0].width:,} px slide: detail and first tile, warm"
    yield Finding("opening", what, f"{median(warm):.1f} ms", "<= 15 ms", median(warm) <= 15)
    yield Finding("opening", "  server just started", f"{median(started):.1f} ms", "<= 50 ms", median(started) <= 50)


def region(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Read a 2,048 px region into a numpy array, against OpenSlide."""
    for layout, bar in (("generic", 1 / 4), ("aperio", 1 / 3)):
        path = stage(layout).paths[0]
        ours, peer = coverslip.open_slide(path), openslide.OpenSlide(str(path))
        rng, ratios, ours_ms, peer_ms = random.Random(7), [], [], []
        reader = openslide.OpenSlide(str(path))  # has a cache of its own: whom we measure has decoded nothing yet
        for number in range(4 if plan.quick else 12):
            x, y = (rng.randrange(ours.info.width - SIDE), rng.randrange(ours.info.height - SIDE))
            reader.read_region((x, y), 0, (SIDE, SIDE))  # bytes into the page cache, for both
            begun = time.perf_counter()
            mine = ours.read_region(x, y, SIDE, SIDE)
            between = time.perf_counter()
            theirs = np.asarray(peer.read_region((x, y), 0, (SIDE, SIDE)))[..., :3]
            ended = time.perf_counter()
            if np.abs(mine.astype(int) - theirs).mean() > 0.5:
                raise RuntimeError(f"{path} at {x}, {y}: the two do not show the same pixels")
            if number:
                ours_ms.append(1000 * (between - begun))
                peer_ms.append(1000 * (ended - between))
                ratios.append(ours_ms[-1] / peer_ms[-1])
        for opened in (ours, peer, reader):
            opened.close()
        what = f"2,048 px region to numpy, {layout}: {median(ours_ms):.0f} ms, OpenSlide {median(peer_ms):.0f} ms"
        ratio = median(ratios)
        yield Finding("region", what, f"{ratio:.3f}", f"<= {bar:.3f}", ratio <= bar)


def register(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Register one large SVS, then a thousand slides."""
    aperio = stage("aperio")
    count = 200 if plan.quick else 1000
    folder, data = WORK / "register", WORK / "data-register"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "empty").mkdir(parents=True)
    with servers.coverslip(folder / "empty", data) as running:
        times = []
        for number in range(3):
            target = folder / f"single{number}"
            target.mkdir()
            os.link(aperio.paths[0], target / f"single{number}.svs")
            times.append(_register_s(running, target, 1))
        yield Finding(
            "register",
            f"registering a {aperio.wanted[0].width:,} px SVS in place, from the request to ready",
            f"{median(times):.3f} s",
            "<= 0.2 s",
            median(times) <= 0.2,
        )
        sizes = []
        for part in range(2):
            target = folder / f"many{part}"
            target.mkdir()
            for number in range(count // 2):
                os.link(TEXTURE, target / f"slide{part}-{number:04d}.svs")
            taken_s = _register_s(running, target, count // 2)
            sizes.append(_jobs_mb(running))
        grown = sizes[1] - sizes[0]
        each_ms = 1000 * taken_s / (count // 2)
        what = f"{count:,} slides, {each_ms:.0f} ms each: growth of the job process in the second half"
        yield Finding("register", what, f"{grown:+.0f} MB of {sizes[1]:.0f}", "<= 10 MB", grown <= 10)
    shutil.rmtree(folder, ignore_errors=True)


def _open_ms(running: Running, stage: Stage, number: int) -> float:
    target = stage.targets[number]
    client = running.client()
    client.get("/healthz")  # the connection itself is not what is measured
    begun = time.perf_counter()
    detail = client.json(f"/api/v1/slides/{target.slide}")
    status, _ = client.get(f"/api/v1/slides/{target.slide}/tiles/0/0/0?v={detail['version']}")
    taken = 1000 * (time.perf_counter() - begun)
    client.close()
    if status != 200:
        raise RuntimeError(f"the first tile: {status}")
    return taken


def _register_s(running: Running, folder: Path, count: int) -> float:
    client = running.client()
    before = _ready(client)
    begun = time.perf_counter()
    status, body = client.post("/api/v1/imports/roots", json.dumps({"path": str(folder)}))
    if status != 201:
        raise RuntimeError(f"{folder}: {status} {body!r}")
    while _ready(client) < before + count:
        if time.perf_counter() - begun > 600:
            raise RuntimeError(f"{folder} was not registered in time")
        time.sleep(0.005 if count == 1 else 0.1)
    taken = time.perf_counter() - begun
    client.close()
    return taken


def _ready(client: Any) -> int:
    listed = client.json("/api/v1/slides?limit=1&state=ready")
    return int(listed["total"])


def _jobs_mb(running: Running) -> float:
    return sum(pss_mb(one) for one in tree(running.pid) if "run_jobs" in " ".join(one.cmdline()))
