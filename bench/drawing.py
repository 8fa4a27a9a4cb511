"""The row about a slide with 10,000 drawn annotations: reading them all, and one edit beside them, over real HTTP.

The outlines are polygons of 24 vertices with a class and a measurement, drawn in requests of 500. What a
browser does with them after the answer is measured where the browser is.
"""

import math
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from tests.support.server import Serve, start_serve

from bench.servers import WORK
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.core.ids import new_id

SAMPLE = Path(__file__).resolve().parents[1] / "src" / "coverslip" / "samples" / "CMU-1-Small-Region.svs"
COUNT = 10_000
AT_ONCE = 500
EDITS = 200
READS = 7
LOAD_MS = 1500.0
EDIT_MS = 100.0


def drawing(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Read 10,000 annotations; change one of them beside the others."""
    del stage
    count = COUNT // 10 if plan.quick else COUNT
    folder, data = WORK / "drawing", WORK / "data-drawing"
    for one in (folder, data):
        shutil.rmtree(one, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(SAMPLE, folder / SAMPLE.name)
    server = start_serve(data, folder)
    try:
        address, targets, drawn_s = _drawn(server, count)
        yield Finding("drawing", f"{count:,} annotations of 24 vertices: drawing them", f"{drawn_s:.1f} s")
        taken, size = _read(server.client, address)
        said = f"  reading them all: median of {READS}, {size / 1e6:.1f} MB compressed"
        yield Finding("drawing", said, f"{taken:.0f} ms", "<= 1500 ms", taken <= LOAD_MS)
        edits = _edit(server.client, address, targets)
        said = "  one edit acknowledged, which is on disk: p95"
        yield Finding("drawing", said, f"{edits:.0f} ms", "<= 100 ms", edits <= EDIT_MS)
    finally:
        server.client.close()
        server.stop()


def _drawn(server: Serve, count: int) -> tuple[str, list[str], float]:
    client = server.sign_in()
    until = time.monotonic() + 120
    while not (items := client.get("/api/v1/slides").json()["items"]) or items[0]["state"] != "ready":
        if time.monotonic() > until:
            raise RuntimeError("the slide is not there")
        time.sleep(0.2)
    address = f"/api/v1/slides/{items[0]['slide_id']}"
    layer = client.post(f"{address}/layers", json={}).json()["layer_id"]
    targets = [new_id() for _ in range(count)]
    begun = time.monotonic()
    for start in range(0, count, AT_ONCE):
        some = targets[start : start + AT_ONCE]
        _post(client, address, [_outline(one, layer, start + number) for number, one in enumerate(some)])
    return address, targets, time.monotonic() - begun


def _outline(target: str, layer_id: str, number: int) -> dict[str, Any]:
    x, y = 50 + number % 100 * 20, 50 + number // 100 * 28
    ring = [[x + 9 * math.cos(math.tau * k / 24), y + 9 * math.sin(math.tau * k / 24)] for k in range(24)]
    patch = {"layer_id": layer_id, "geometry": {"kind": "polygon", "rings": [ring]}, "class_id": "tumor"}
    return _op("create", target, {**patch, "measurements": {"Area µm^2": 62.5}})


def _op(kind: str, target: str, patch: dict[str, Any]) -> dict[str, Any]:
    return {"op_id": new_id(), "entity": "annotation", "target": target, "kind": kind, "base_rev": 1, "patch": patch}


def _post(client: httpx.Client, address: str, ops: list[dict[str, Any]]) -> None:
    answer = client.post(f"{address}/annotations/ops", json={"ops": ops})
    outcomes = {one["outcome"] for one in answer.json()["results"]}
    if not outcomes <= {"applied", "merged"}:
        raise RuntimeError(answer.text[:500])


def _read(client: httpx.Client, address: str) -> tuple[float, int]:
    taken, size = [], 0
    for _ in range(READS):
        begun = time.monotonic()
        with client.stream("GET", f"{address}/annotations") as answer:
            for _part in answer.iter_raw():
                pass
            size = answer.num_bytes_downloaded
        taken.append((time.monotonic() - begun) * 1000)
    return median(taken), size


def _edit(client: httpx.Client, address: str, targets: list[str]) -> float:
    taken = []
    for number in range(EDITS):
        begun = time.monotonic()
        _post(client, address, [_op("change", targets[number * 7 % len(targets)], {"name": f"n{number}"})])
        taken.append((time.monotonic() - begun) * 1000)
    return quantiles(taken, n=20)[18]
