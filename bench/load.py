"""Replays a list of requests with wrk in closed loop, and says what came back."""

import http.client
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Spent, watched

WRK_MISSING = "wrk is not installed; it is the load generator (Debian: apt-get install wrk)."

_SCRIPT = """
local requests, at = {}, 0
sent = 0 -- global: the main state reads it
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args)
  for line in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", line) end
  at = tonumber(args[2])
end
function request()
  at = at + 1
  sent = sent + 1
  return requests[(at - 1) % #requests + 1]
end
function done(summary, latency, _)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("sent") end
  local bad = summary.errors
  io.write(string.format(
    'RESULT {"answered": %d, "sent": %d, "seconds": %.4f, "bytes": %d, ' ..
      '"p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\\n',
    summary.requests, all, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
"""


@dataclass(frozen=True)
class Loaded:
    """What one run of the load generator found.

    ``wrapped`` says that the list ran out and requests were repeated.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    errors: int
    answered: int
    sent: int
    mean_kb: float
    wrapped: bool
    spent: Spent

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the server's whole process tree for each answer."""
        return 1000 * self.spent.cpu_s / max(1, self.answered)


def have_wrk() -> bool:
    """Whether the load generator is there."""
    return shutil.which("wrk") is not None


def load(
    base: str,
    paths: Sequence[str],
    pid: int,
    *,
    connections: int,
    seconds: float,
    headers: dict[str, str] | None = None,
    offset: int = 0,
) -> Loaded:
    """Ask for the paths, from ``offset`` on, over this many connections for this long."""
    with tempfile.TemporaryDirectory() as folder:
        script, listing = Path(folder, "load.lua"), Path(folder, "paths")
        head = "".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in (headers or {}).items())
        script.write_text(head + _SCRIPT)
        listing.write_text("\n".join(paths) + "\n")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "20s", "-s", str(script), base]
        with watched(pid) as spent:
            done = subprocess.run(
                [*command, "--", str(listing), str(offset)],
                capture_output=True,
                text=True,
                timeout=seconds + 60,
                check=False,
            )
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(f"wrk said: {done.stdout}{done.stderr}")
    found = json.loads(line.removeprefix("RESULT "))
    return Loaded(
        rate=found["answered"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        errors=found["errors"],
        answered=found["answered"],
        sent=found["sent"],
        mean_kb=found["bytes"] / max(1, found["answered"]) / 1000,
        wrapped=offset + found["sent"] > len(paths),
        spent=spent,
    )


class Client:
    """One keep-alive connection for what is asked one by one."""

    def __init__(self, host: str, port: int, headers: dict[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=60)
        self._headers = headers or {}

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def post(self, path: str, body: str) -> tuple[int, bytes]:
        """Send JSON; return status and body."""
        self._connection.request("POST", path, body, {**self._headers, "Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def json(self, path: str) -> dict[str, object]:
        """Return a JSON body.

        Raises
        ------
        RuntimeError
            The answer is an error.
        """
        status, body = self.get(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
        found: dict[str, object] = json.loads(body)
        return found

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
