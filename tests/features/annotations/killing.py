"""A server that can be killed at any moment and starts again in no time, people who draw on, and power cuts."""

import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from coverslip.core.ids import new_id
from coverslip.settings import Settings

SERVERS = """
import os, socket, sys
from pathlib import Path
import uvicorn
from sqlalchemy import event
from coverslip.app import create_app
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings

def serve(listener, synchronous):
    runtime = open_runtime(Settings(data=Path(sys.argv[1]), database_url=os.environ.get("DRAWN_ON")), decoders=1)
    if synchronous:
        event.listen(runtime.db.engine, "connect", lambda c, _: c.execute(f"PRAGMA synchronous={synchronous}"))
    config = uvicorn.Config(create_app(runtime), lifespan="off", log_level="critical")
    uvicorn.Server(config).run(sockets=[listener])

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            serve(listener, line.strip())
            os._exit(0)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.WTERMSIG(status), flush=True)
"""
SECTOR = 512


class Servers:
    """Starts one server after the other on the same port; each is the real application over real HTTP."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{self._line()}"
        self._running: int | None = None

    def start(self, synchronous: str = "") -> int:
        """Start one and return its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{synchronous}\n")
        self._process.stdin.flush()
        self._running = int(self._line())
        return self._running

    def kill(self, pid: int) -> None:
        """Kill it, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        assert int(self._line()) == signal.SIGKILL
        self._running = None

    def close(self) -> None:
        """End the one that runs, and what starts them."""
        if self._running is not None:
            self.kill(self._running)
        self._process.kill()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def servers(settings: Settings, more: Mapping[str, str] | None = None) -> Iterator[Servers]:
    """Give servers on a data folder, in an environment with more in it."""
    secret = settings.database_url
    where = {} if secret is None else {"DRAWN_ON": secret.get_secret_value()}
    with subprocess.Popen(
        [sys.executable, "-c", SERVERS, str(settings.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **where, **(more or {})},
    ) as process:
        found = Servers(process)
        try:
            yield found
        finally:
            found.close()


@dataclass
class Drawer:
    """Somebody who draws as fast as the server answers, and sends again what was not answered."""

    url: str
    secret: str
    slide_id: str
    layer_id: str
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    again: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _outbox: list[dict[str, Any]] = field(default_factory=list)

    def begin(self) -> None:
        """Begin to draw."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._draw)
        self._thread.start()

    def end(self) -> None:
        """Stop, also while no server answers."""
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    def _draw(self) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {self.secret}"}, timeout=10) as client:
            while not self._stop.is_set():
                if not self._outbox:
                    self._outbox = self._thought_of()
                try:
                    self.post(client)
                except httpx.TransportError:
                    self.again += 1
                    self._stop.wait(0.01)

    def finish(self) -> None:
        """Send what was never answered."""
        with httpx.Client(headers={"Authorization": f"Bearer {self.secret}"}, timeout=30) as client:
            self.post(client)

    def post(self, client: httpx.Client) -> None:
        """Send what waits; from the answer on it must be there for ever."""
        address = f"{self.url}/api/v1/slides/{self.slide_id}/annotations/ops"
        answer = client.post(address, json={"ops": self._outbox})
        assert answer.status_code == 200, answer.text
        for op, result in zip(self._outbox, answer.json()["results"], strict=True):
            assert result["outcome"] in ("applied", "repeated"), result
            self.acknowledged[op["op_id"]], self.sent[op["op_id"]] = result, op
        self._outbox = []

    def _thought_of(self) -> list[dict[str, Any]]:
        target, x = new_id(), random.randrange(1000)
        shape = {"kind": "rectangle", "x": x, "y": 1, "width": 5, "height": 5, "rotation": 0}
        drawn = {"layer_id": self.layer_id, "geometry": shape}
        base = {"entity": "annotation", "target": target, "base_rev": 0}
        return [
            {**base, "op_id": new_id(), "kind": "create", "patch": drawn},
            {**base, "op_id": new_id(), "kind": "change", "patch": {"geometry": {**shape, "y": 2}}},
        ]


def draw_until_killed(found: Servers, people: list[Drawer], chance: random.Random, synchronous: str = "") -> None:
    """Start a server, let everybody draw, kill it in the midst of it."""
    pid = found.start(synchronous)
    before = [len(one.acknowledged) for one in people]
    for one in people:
        one.begin()
    until = time.monotonic() + 30
    while not any(len(one.acknowledged) > count for one, count in zip(people, before, strict=True)):
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.25))
    found.kill(pid)
    for one in people:
        one.end()


# --- power cuts ------------------------------------------------------------------------------------


class PowerCut:
    """Files of a database as a disk holds them whose power is cut: what was not synced may be lost."""

    def __init__(self, database: Path, log: Path, chance: random.Random) -> None:
        self._files = [database, Path(f"{database}-wal")]
        self._shared = Path(f"{database}-shm")
        self._log, self._chance = log, chance
        self._base = self._read()

    def _read(self) -> dict[Path, bytes]:
        return {one: one.read_bytes() for one in self._files if one.exists()}

    def play(self, *, keep: float) -> None:
        """Put the files back as they are after the cut; each unsynced sector is there with the odds ``keep``."""
        durable = {path: bytearray(content) for path, content in self._base.items()}
        waiting: dict[Path, list[tuple[int, int, bytes]]] = {}
        for kind, path, offset, data in _records(self._log.read_bytes()):
            if kind == 3:
                content = durable.setdefault(path, bytearray())
                for one in waiting.pop(path, ()):
                    _put(content, *one)
            else:
                waiting.setdefault(path, []).append((kind, offset, data))
        for path, writes in waiting.items():
            content = durable.setdefault(path, bytearray())
            for kind, offset, data in writes:
                for start in range(0, max(len(data), 1), SECTOR):
                    if self._chance.random() < keep:
                        _put(content, kind, offset + start, data[start : start + SECTOR])
        for path in self._files:
            path.unlink(missing_ok=True)
            if path in durable:
                path.write_bytes(durable[path])
        self._shared.unlink(missing_ok=True)
        self._base = self._read()
        self._log.write_bytes(b"")


def _records(log: bytes) -> Iterator[tuple[int, Path, int, bytes]]:
    head = struct.Struct("<IIQQ")
    at = 0
    while at + head.size <= len(log):
        kind, path_length, offset, length = head.unpack_from(log, at)
        start = at + head.size + path_length
        size = length if kind == 1 else 0
        if start + size > len(log):
            return  # it was killed while it wrote this down, so it never went on from here
        yield kind, Path(log[at + head.size : start].decode()), offset, log[start : start + size]
        at = start + size


def _put(content: bytearray, kind: int, offset: int, data: bytes) -> None:
    if kind == 2:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def shim(folder: Path) -> Path:
    """Build what keeps the log."""
    source, built = Path(__file__).with_name("powercut.c"), folder / "powercut.so"
    subprocess.run(
        ["cc", "-Wall", "-Werror", "-shared", "-fPIC", "-O2", "-o", str(built), str(source), "-ldl"], check=True
    )
    return built
