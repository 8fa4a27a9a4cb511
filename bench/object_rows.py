"""Rows about result layers: a million polygons written, their tiles, the bytes before a first picture."""

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

from bench import servers
from bench.machine import watched
from bench.table import Finding
from bench.tile_rows import Plan, Stage

MILLION: Final = 1_000_000
HUNDRED_THOUSAND: Final = 100_000
SCREEN_PX: Final = (1600, 1000)


def objects(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Write a million polygons of 24 vertices in a process of its own, then ask a server for their tiles."""
    generic = stage("generic")
    share = 20 if plan.quick else 1
    slide_id = generic.targets[0].slide
    with ExitStack() as stack:
        running = generic.serve(stack, forget=True)
        yield from _written(generic, slide_id, MILLION // share)
        yield from _tiles(running, slide_id, MILLION // share)
        list(_written(generic, slide_id, HUNDRED_THOUSAND // share))
        yield from _first_picture(running, slide_id, HUNDRED_THOUSAND // share)


def _written(generic: Stage, slide_id: str, count: int) -> Iterator[Finding]:
    side = min(generic.wanted[0].width, generic.wanted[0].height)
    command = [sys.executable, "-m", "bench.object_writer", str(generic.data), slide_id, str(side), str(count)]
    with watched() as spent:
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    what = f"{count:,} polygons of 24 vertices written as a result layer"
    yield Finding("objects", what, f"{found['seconds']:.1f} s", "<= 30 s", found["seconds"] <= 30, spent.strangers)
    yield Finding("objects", "  memory at its peak", f"{found['peak_mb']:.0f} MB", "<= 1 GB", found["peak_mb"] <= 1000)
    yield Finding("objects", "  on disk: truth, derived", f"{found['truth_mb']:.0f} + {found['derived_mb']:.0f} MB")


def _layer(client: Any, slide_id: str, count: int) -> tuple[str, dict[str, Any]]:
    listed = client.json(f"/api/v1/slides/{slide_id}/layers")["items"]
    layer_id = next(one["layer_id"] for one in listed[::-1] if one["object_count"] == count)
    base = f"/api/v1/slides/{slide_id}/layers/{layer_id}/result"
    return base, client.json(base)


def _tiles(running: servers.Running, slide_id: str, count: int) -> Iterator[Finding]:
    client = running.client()
    base, about = _layer(client, slide_id, count)
    left, top, right, bottom = about["bounds"]
    chance = random.Random(3)
    largest, slowest, kept, worst = 0, 0.0, 0.0, ""
    with watched(running.pid) as spent:
        for level in about["levels"]:
            side = 512 * level["downsample"]
            places = {
                (int(chance.uniform(left, right) // side), int(chance.uniform(top, bottom) // side)) for _ in range(200)
            }
            paths = [f"{base}/tiles/{level['z']}/{x}/{y}.mvt?rev=0&v={about['base_version']}" for x, y in places]
            for again in (False, True):
                times = []
                for path in paths:
                    begun = time.perf_counter()
                    status, body = client.get(path)
                    times.append(1000 * (time.perf_counter() - begun))
                    if status != 200:
                        raise RuntimeError(f"{path}: {status}")
                    largest = max(largest, len(body))
                p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
                if again:
                    kept = max(kept, p95)
                elif p95 > slowest:
                    slowest, worst = p95, f"downsample {level['downsample']:g}, {'all' if level['full'] else 'some'}"
    client.close()
    yield Finding(
        "objects", f"  a tile made, p95 of the slowest zoom ({worst})", f"{slowest:.1f} ms", "<= 50 ms", slowest <= 50,
        spent.strangers,
    )  # fmt: skip
    yield Finding("objects", "  a tile kept, p95 of the slowest zoom", f"{kept:.1f} ms", "<= 50 ms", kept <= 50)
    yield Finding("objects", "  largest tile of any zoom", f"{largest / 1000:.0f} kB", "<= 200 kB", largest <= 200_000)


def _first_picture(running: servers.Running, slide_id: str, count: int) -> Iterator[Finding]:
    """Add up what a browser fetches before the layer is there: centroids where not all have room, else tiles."""
    client = running.client()
    base, about = _layer(client, slide_id, count)
    client.close()
    left, top, right, bottom = about["bounds"]
    scale = max((right - left) / SCREEN_PX[0], (bottom - top) / SCREEN_PX[1])
    level = min(about["levels"], key=lambda one: abs(one["downsample"] - scale))
    paths = [base]
    if level["full"]:
        side = 512 * level["downsample"]
        cols, rows = (range(int(low // side), int(high // side) + 1) for low, high in ((left, right), (top, bottom)))
        paths += [f"{base}/tiles/{level['z']}/{x}/{y}.mvt" for x in cols for y in rows]
    else:
        paths += [f"{base}/centroids", f"{base}/columns/class"]
    total = sum(_bytes_sent(running, path) for path in paths)
    what = f"bytes before the first picture of {count:,} objects"
    yield Finding("objects", what, f"{total / 1000:.0f} kB", "<= 1 MB", total <= 1_000_000)


def _bytes_sent(running: servers.Running, path: str) -> int:
    import http.client

    connection = http.client.HTTPConnection(servers.HOST, running.port, timeout=60)
    connection.request("GET", path, headers={**running.headers, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return size
