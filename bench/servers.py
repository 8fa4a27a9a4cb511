"""Starts what is measured: the ``coverslip serve`` that a user starts, the floor, the peers.

Ours is signed in with the address that it prints. Each server is ended by its own process id.
"""

import http.client
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.load import Client
from bench.machine import tree
from bench.walk import Grid, Target

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "bench"
HOST = "127.0.0.1"
_SIGN_IN = re.compile(r"http://[^\s]+:(\d+)/signin#(\S+)")
_START_S = 120.0


@dataclass
class Running:
    """A server that answers.

    Attributes
    ----------
    pid : int
        Root of its process tree.
    port : int
    headers : dict
        What every request carries.
    """

    pid: int
    port: int
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    def client(self) -> Client:
        """Return a connection of one's own."""
        return Client(HOST, self.port, self.headers)


@contextmanager
def coverslip(folder: Path, data: Path, *, fresh: bool = True) -> Iterator[Running]:
    """Serve a folder of slides as a user does, signed in."""
    if fresh:
        shutil.rmtree(data, ignore_errors=True)
    # Slides that were just made would count as still being copied, and hashing them take minutes.
    environment = {**os.environ, "COVERSLIP_SETTLE_S": "0", "COVERSLIP_HASH_RATE": "400MB"}
    command = [sys.executable, "-m", "coverslip", "serve", str(folder), "--data", str(data), "--port", "0"]
    console = Path(sys.executable).with_name("coverslip")
    if console.exists():
        command[:3] = [str(console)]
    with (WORK / "serve.err").open("ab") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True
        )
    try:
        port, token = _wait_for_address(process)
        yield Running(process.pid, port, _sign_in(port, token))
    finally:
        _stop(process)


@contextmanager
def floor(slides: Sequence[Path]) -> Iterator[Running]:
    """Run the raw ASGI floor on uvicorn with two workers."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "bench.floor:app", "--workers", "2", "--port", str(port)),
        *("--no-access-log", "--log-level", "error"),
    ]
    with _served(command, port, slides, {}) as running:
        yield running


@contextmanager
def large_image(python: Path, slides: Sequence[Path], source: str, *, icc: bool, fast: bool) -> Iterator[Running]:
    """Run large_image under gunicorn, or (``fast``) under granian's WSGI, with two workers."""
    port = free_port()
    target = "peer_large_image:app"
    if fast:
        options = ["--workers", "2", "--port", str(port), "--log-level", "error", "--blocking-threads", "4"]
        command = [str(python.with_name("granian")), "--interface", "wsgi", *options, target]
    else:
        options = ["-w", "2", "-k", "gthread", "--threads", "8", "--keep-alive", "60", "-b", f"{HOST}:{port}"]
        command = [str(python.with_name("gunicorn")), *options, target]
    environment = {"BENCH_SOURCE": source, "BENCH_ICC": "on" if icc else "off"}
    with _served(command, port, slides, environment, folder=ROOT / "bench") as running:
        yield running


def targets(running: Running, names: Sequence[str], wait_s: float = 900.0) -> tuple[list[Target], dict[str, str]]:
    """Wait until the slides are registered; return their grids and versions by slide id.

    Parameters
    ----------
    names : sequence of str
        File names without suffix, in the order in which the targets are wanted.
    """
    client = running.client()
    deadline = time.monotonic() + wait_s
    while True:
        listed = client.json("/api/v1/slides?limit=500")
        ready = {one["name"].partition(".")[0]: one for one in listed["items"] if one["state"] == "ready"}  # type: ignore[attr-defined]
        if all(name in ready for name in names):
            break
        if time.monotonic() > deadline:
            raise RuntimeError(f"not registered in time: {sorted(set(names) - set(ready))}")
        time.sleep(0.2)
    found, versions = [], {}
    for name in names:
        slide_id = ready[name]["slide_id"]
        detail = client.json(f"/api/v1/slides/{slide_id}")
        keys = ("z", "width", "height", "tile_width", "tile_height", "cols", "rows")
        levels = detail["levels"]
        grids = tuple(Grid(*(level[key] for key in keys), level["downsample_x"]) for level in levels)  # type: ignore[attr-defined]
        found.append(Target(slide_id, grids))
        versions[slide_id] = ready[name]["version"]
    client.close()
    return found, versions


def jobs_done(running: Running, wait_s: float = 600.0) -> None:
    """Wait until the background work of registration has ended: it would count as a stranger."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        before = _tree_cpu_s(running.pid)
        time.sleep(3)
        if _tree_cpu_s(running.pid) - before < 0.15:
            return


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(
    command: Sequence[str], port: int, slides: Sequence[Path], environment: dict[str, str], folder: Path = ROOT
) -> Iterator[Running]:
    everything = {**os.environ, **environment, "BENCH_SLIDES": "\n".join(map(str, slides))}
    with (WORK / "peers.err").open("ab") as errors:
        process = subprocess.Popen(
            command, cwd=folder, env=everything, stdout=errors, stderr=errors, start_new_session=True
        )
    try:
        running = Running(process.pid, port)
        for number in range(len(slides)):
            _wait_for_tile(process, running, f"/{number}/0/0/0")
        yield running
    finally:
        _stop(process)


def _wait_for_address(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    if process.stdout is None:
        raise RuntimeError("no output")
    deadline, seen = time.monotonic() + _START_S, ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(1):
                continue
            piece = os.read(process.stdout.fileno(), 4096).decode()
            seen += piece
            match = _SIGN_IN.search(seen)
            if match and seen.find("\n", match.end()) >= 0:
                return int(match[1]), match[2]
            if not piece:
                break
    raise RuntimeError(f"coverslip serve printed no sign-in address: {seen!r} (see build/bench/serve.err)")


def _sign_in(port: int, token: str) -> dict[str, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    body = json.dumps({"one_time_token": token})
    connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    cookie = answer.getheader("Set-Cookie")
    said = answer.read()
    connection.close()
    if cookie is None:
        raise RuntimeError(f"the sign-in was refused: {answer.status}")
    token = json.loads(said)["csrf_token"]
    return {"Cookie": cookie.partition(";")[0], "X-CSRF-Token": token, "Origin": f"http://{HOST}:{port}"}


def _wait_for_tile(process: "subprocess.Popen[bytes]", running: Running, path: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"a peer ended with {process.returncode} (see build/bench/peers.err)")
        try:
            client = running.client()
            status, _ = client.get(path)
            client.close()
        except OSError:
            status = 0
        if status == 200:
            return
        time.sleep(0.1)
    raise RuntimeError("a peer did not answer in time (see build/bench/peers.err)")


def _tree_cpu_s(pid: int) -> float:
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, as a user does; after a while end its whole session, and only that."""
    process.terminate()
    try:
        process.wait(12)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
