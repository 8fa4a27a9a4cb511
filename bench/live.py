"""The row about people who draw on one slide together: every edit at every client, how soon, at what cost.

Twenty sockets, twenty edits a second from four of the people, and everybody's cursor moving five times
a second. An edit's time runs from before its POST is sent until a client has read it off its socket.
``--only live --seconds 300`` is the run of five minutes.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx
from tests.support.live import Clinic, drawing, open_clinic
from tests.support.server import start_serve
from websockets.asyncio.client import ClientConnection, connect

from bench.machine import watched
from bench.servers import WORK
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.core.ids import new_id

PEOPLE = 20
DRAWERS = 4
EDITS_A_SECOND = 20
MOVES_A_SECOND = 5
LONG_S = 60.0
QUICK_S = 5.0
LAST_S = 5.0
BAR_MS = 150.0


@dataclass
class Log:
    """What was sent when, and how long it took to whom."""

    sent: dict[str, float] = field(default_factory=dict)
    taken_ms: list[float] = field(default_factory=list)
    got: list[set[str]] = field(default_factory=list)
    acknowledged_ms: list[float] = field(default_factory=list)
    refused: int = 0


def live(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Twenty people on one slide, on a server with its default processes."""
    del stage
    seconds = QUICK_S if plan.quick else max(LONG_S, plan.seconds)
    data = WORK / "data-live"
    shutil.rmtree(data, ignore_errors=True)
    server = start_serve(data)
    try:
        with open_clinic(server) as clinic, watched(server.process.pid) as spent:
            log = asyncio.run(_session(clinic, seconds))
    finally:
        server.client.close()
        server.stop()
        shutil.rmtree(data, ignore_errors=True)
    lost = sum(len(log.sent) - len(one & log.sent.keys()) for one in log.got)
    p95 = quantiles(log.taken_ms, n=20)[-1]
    what = f"{PEOPLE} people, {len(log.sent) / seconds:.0f} edits a second, {seconds:.0f} s"
    cores = spent.cpu_s / spent.seconds
    strangers = spent.strangers
    yield Finding("live", f"{what}: an edit at everybody, p95", f"{p95:.0f} ms", "<= 150 ms", p95 <= BAR_MS, strangers)
    said = f"  lost of {len(log.sent)} x {PEOPLE}"
    yield Finding("live", said, str(lost), "0", lost == 0 and not log.refused)
    yield Finding("live", "  the server's part of the machine", f"{cores:.2f} cores", "<= 1", cores <= 1, strangers)
    acknowledged = quantiles(log.acknowledged_ms, n=20)[-1]
    yield Finding("live", "  an edit acknowledged, p95", f"{acknowledged:.0f} ms", "<= 100 ms", acknowledged <= 100)


async def _session(clinic: Clinic, seconds: float) -> Log:
    log = Log()
    people = [clinic.person(f"Person {number}")[1] for number in range(PEOPLE)]
    with clinic.client(people[0]) as client:
        layer = clinic.layer(client)
    sockets = [
        await connect(clinic.address(), additional_headers=headers, compression=None, max_size=None)
        for headers in people
    ]
    log.got = [set() for _ in sockets]
    readers = [asyncio.create_task(_listen(one, log, got)) for one, got in zip(sockets, log.got, strict=True)]
    for socket in sockets:
        await socket.send(json.dumps({"type": "hello", "client_id": new_id()}))
    await asyncio.sleep(1)
    until = time.monotonic() + seconds
    moving = [asyncio.create_task(_move(one, until, number)) for number, one in enumerate(sockets)]
    each = EDITS_A_SECOND / DRAWERS
    await asyncio.gather(*(_draw(clinic, headers, layer, until, each, log) for headers in people[:DRAWERS]))
    for _ in range(int(LAST_S * 20)):
        if all(len(one) == len(log.sent) for one in log.got):
            break
        await asyncio.sleep(0.05)
    for task in (*readers, *moving):
        task.cancel()
    await asyncio.gather(*readers, *moving, return_exceptions=True)
    for socket in sockets:
        await socket.close()
    return log


async def _listen(socket: ClientConnection, log: Log, got: set[str]) -> None:
    async for text in socket:
        now = time.monotonic()
        if not str(text).startswith('{"type":"entries"'):
            continue
        for entry in json.loads(text)["entries"]:
            began = log.sent.get(entry["op_id"])
            if began is not None:
                got.add(entry["op_id"])
                log.taken_ms.append((now - began) * 1000)


async def _move(socket: ClientConnection, until: float, number: int) -> None:
    step = 0
    while time.monotonic() < until:
        step += 1
        hand = {"type": "presence", "cursor": [number, step], "viewport": None, "drawing": None, "tool": "move"}
        await socket.send(json.dumps(hand))
        await asyncio.sleep(1 / MOVES_A_SECOND)


async def _draw(clinic: Clinic, headers: dict[str, str], layer: str, until: float, each: float, log: Log) -> None:
    path = f"/slides/{clinic.slide_id}/annotations/ops"
    base = clinic.url + "/api/v1"
    sending: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(base_url=base, headers={"Origin": clinic.url, **headers}, timeout=30) as client:
        due = time.monotonic()
        while due < until:
            task = asyncio.create_task(_send(client, path, drawing(layer), log))
            sending.add(task)
            task.add_done_callback(sending.discard)
            due += 1 / each
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*sending)


async def _send(client: httpx.AsyncClient, path: str, op: dict[str, Any], log: Log) -> None:
    began = log.sent[op["op_id"]] = time.monotonic()
    answer = await client.post(path, json={"ops": [op]})
    log.acknowledged_ms.append((time.monotonic() - began) * 1000)
    log.refused += answer.status_code != 200 or answer.json()["results"][0]["outcome"] != "applied"
