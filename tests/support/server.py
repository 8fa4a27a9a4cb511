"""A running ``coverslip serve``, started as a user starts it, on SQLite and a free port."""

import contextlib
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

COVERSLIP = Path(sys.executable).parent / "coverslip"
START_S = 120.0
STOP_S = 15.0


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERSLIP_", "SSH_"))}
    return {**kept, **(more or {})}


@dataclass
class Serve:
    """A server process and what it printed."""

    process: "subprocess.Popen[str]"
    data: Path
    said: str
    url: str
    token: str
    client: httpx.Client = field(repr=False)

    def sign_in(self) -> httpx.Client:
        """Sign in by the printed address; the client keeps cookie and CSRF token."""
        answer = self.client.post("/api/v1/session", json={"one_time_token": self.token})
        assert answer.status_code == 200, answer.text
        self.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return self.client

    def children(self) -> list[psutil.Process]:
        """Return the web processes and the job process, in the order of their start."""
        return sorted(psutil.Process(self.process.pid).children(), key=lambda child: child.create_time())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop as an administrator does and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)


def start_serve(
    data: Path,
    *folders: Path,
    more: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    verify: ssl.SSLContext | bool = True,
) -> Serve:
    """Start a server and wait until it prints its address."""
    command = [str(COVERSLIP), "serve", *map(str, folders), "--data", str(data), "--port", "0", *more]
    log = data.with_name(data.name + ".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, text=True, env=clean_environment(environment)
        )
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        said = log.read_text(encoding="utf-8")
        found = re.search(r"(https?://\S+)/signin#(\S+)", said)
        if found and said.endswith("\n\n"):
            # A browser says with every change from which site it comes.
            client = httpx.Client(base_url=found[1], timeout=30, verify=verify, headers={"Origin": found[1]})
            return Serve(process, data, said, found[1], found[2], client)
        if process.poll() is not None:
            raise AssertionError(f"serve ended with {process.returncode}: {said}")
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"serve did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serve]]:
    """Start servers that end with the test: ``serve(folder, more=("--workers", "1"))``."""
    started: list[Serve] = []

    def start(
        *folders: Path,
        data: Path | None = None,
        more: tuple[str, ...] = ("--workers", "1"),
        environment: Mapping[str, str] | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> Serve:
        server = start_serve(data or tmp_path / "data", *folders, more=more, environment=environment, verify=verify)
        started.append(server)
        return server

    yield start
    for server in started:
        server.client.close()
        if server.process.poll() is None:
            server.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(STOP_S)
            server.process.kill()
            server.process.wait()
