"""``coverslip serve`` as a user runs it: starts, survives the death of its parts, stops in time."""

import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
from tests.support.server import COVERSLIP, Serve, clean_environment

Starter = Callable[..., Serve]


def command(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(COVERSLIP), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=clean_environment(),
    )


def eventually(check: Callable[[], Any], within_s: float = 60) -> Any:
    until = time.monotonic() + within_s
    while True:
        with suppress(httpx.TransportError, AssertionError, IndexError):
            if found := check():
                return found
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def dead(processes: list[psutil.Process]) -> bool:
    return not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def slide_folder(tmp_path: Path, slide: Path) -> Path:
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "real.svs").symlink_to(slide)
    return folder


def ready_slide(client: httpx.Client) -> dict[str, Any]:
    def look() -> Any:
        return [one for one in client.get("/api/v1/slides").json()["items"] if one["state"] == "ready"]

    found: dict[str, Any] = eventually(look)[0]
    return found


def test_a_folder_is_served_to_who_signs_in(serve: Starter, tmp_path: Path, sample: Callable[[str], Path]) -> None:
    folder = slide_folder(tmp_path, sample("CMU-1-Small-Region.svs"))
    server = serve(
        folder, environment={"SSH_CONNECTION": "203.0.113.5 51000 203.0.113.9 2222", "COVERSLIP_SETTLE_S": "0"}
    )
    assert "Traceback" not in server.said
    port = server.url.rpartition(":")[2]
    assert re.search(rf"ssh -p 2222 -L {port}:127\.0\.0\.1:{port} \S+@203\.0\.113\.9", server.said)

    stranger = server.client
    assert stranger.get("/healthz").status_code == 200
    assert stranger.get("/readyz").status_code == 200
    assert stranger.get("/api/v1/slides").json()["code"] == "unauthenticated"
    signed_in = server.sign_in()
    again = httpx.post(f"{server.url}/api/v1/session", json={"one_time_token": server.token})
    assert (again.status_code, again.json()["code"]) == (401, "sign_in_refused")

    slide = ready_slide(signed_in)
    tile = f"/api/v1/slides/{slide['slide_id']}/tiles/0/0/0?v={slide['version']}"
    assert signed_in.get(tile).headers["content-type"] == "image/jpeg"
    assert httpx.get(server.url + tile).status_code == 401

    eventually(lambda: "coverslip_tile_seconds" in signed_in.get("/metrics").text)
    second = command("serve", "--data", server.data, "--port", 0)
    assert "[already_running]" in second.stderr
    _a_revoked_token_is_dead_at_once(server, tile)

    children = [child for part in server.children() for child in (part, *part.children())]
    assert server.stop() == 0
    assert dead(children)


def _a_revoked_token_is_dead_at_once(server: Serve, tile: str) -> None:
    secret = command("token", "create", "--data", server.data).stdout.strip()
    script = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {secret}"})
    assert script.get(tile).status_code == 200
    token_id = command("token", "list", "--data", server.data).stdout.split()[0]
    assert command("token", "revoke", token_id, "--data", server.data).returncode == 0
    eventually(lambda: script.get(tile).status_code == 401, within_s=5)
    script.close()


def test_the_death_of_a_part_is_survived_and_that_of_the_whole_leaves_nothing(serve: Starter) -> None:
    server = serve(more=("--workers", "2"))
    client = server.sign_in()
    everyone = {child.pid for child in server.children()}
    assert len(everyone) == 3

    for victim in server.children():
        victim.kill()
        time.sleep(0.1)
    eventually(lambda: len({child.pid for child in server.children()} - everyone) == 3)
    assert eventually(lambda: client.get("/api/v1/session")).status_code == 200  # the session was on disk
    assert "ended with -9 and is started again" in server.data.with_name("data.log").read_text()

    parts = [child for part in server.children() for child in (part, *part.children())]
    server.process.kill()
    eventually(lambda: dead(parts), within_s=15)

    restarted = serve(more=("--workers", "1"))
    assert restarted.sign_in().get("/api/v1/session").status_code == 200
    assert restarted.stop(signal.SIGINT) == 0


def test_the_supervisor_stays_small(serve: Starter) -> None:
    server = serve()
    memory = psutil.Process(server.process.pid).memory_full_info()
    assert memory.uss < 25 * 2**20
    mapped = {Path(one.path).name for one in psutil.Process(server.process.pid).memory_maps()}
    assert not [name for name in mapped if "pydantic" in name or "sqlalchemy" in name or "numpy" in name]
