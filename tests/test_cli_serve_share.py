"""``coverslip serve FOLDER --share`` as a user runs it: a link for the room, shown as a code, gone with Ctrl-C."""

import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import zxingcpp
from tests.support.server import Serve
from tests.test_cli_serve import command, eventually, ready_slide, slide_folder

from coverslip.infra import front, neighbours
from coverslip.infra.launch import Asked

Starter = Callable[..., Serve]
PASSWORD = "blue lantern at the pier"
HERE = ("--share", "--host", "127.0.0.1")


class Room:
    """People with browsers, which are closed with the test."""

    def __init__(self) -> None:
        self._clients: list[httpx.Client] = []

    def stranger(self, server: Serve) -> httpx.Client:
        client = httpx.Client(base_url=server.url, verify=False, timeout=30, headers={"Origin": server.url})
        self._clients.append(client)
        return client

    def opened(self, server: Serve, token: str, **more: str) -> httpx.Client:
        """A stranger's browser in which the link is open."""
        client = self.stranger(server)
        answer = client.post("/api/v1/share/open", json={"token": token, **more})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def room() -> Iterator[Room]:
    """The people in the room."""
    found = Room()
    yield found
    found.close()


def ends(data: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(data / "coverslip.db") as connection:
        return connection.execute("SELECT ended_why, ended_at IS NOT NULL, recipient FROM share ORDER BY no").fetchall()


def read_code(said: str) -> str:
    """What a camera reads from the printed code, as a dark terminal shows it."""
    drawn = [line[4:] for line in said.splitlines() if line.startswith("    ") and "\u2588" in line]
    light = {" ": (0, 0), "\u2584": (0, 1), "\u2580": (1, 0), "\u2588": (1, 1)}
    rows = [[light[one][half] for one in line] for line in drawn for half in (0, 1)]
    picture = np.kron(np.array(rows, np.uint8) * 255, np.ones((8, 8), np.uint8))
    [found] = zxingcpp.read_barcodes(np.pad(picture, 32, constant_values=255))
    return str(found.text)


def test_a_folder_is_shared_until_ctrl_c(
    serve: Starter, room: Room, tmp_path: Path, sample: Callable[[str], Path]
) -> None:
    folder = slide_folder(tmp_path, sample("CMU-1-Small-Region.svs"))
    more = ("--workers", "2", *HERE, "--password", PASSWORD)
    server = serve(folder, more=more, environment={"COVERSLIP_SETTLE_S": "0"}, verify=False)
    url = re.search(r"https://127\.0\.0\.1:\d+/share/(\S+)", server.said)
    assert url is not None, server.said
    assert server.url.startswith("https://"), "no network is served in plain text"
    assert "fingerprint" in server.said
    assert read_code(server.said) == url[0]
    token = url[1]
    admin = server.sign_in()
    slide = ready_slide(admin)
    look = room.stranger(server).post("/api/v1/share/look", json={"token": token}).json()
    assert (look["state"], look["tries_left"]) == ("password", 5)
    wrong = room.stranger(server).post("/api/v1/share/open", json={"token": token, "password": "wrong word"})
    assert (wrong.status_code, wrong.json()["tries_left"]) == (403, 4)
    guest = room.opened(server, token, password=PASSWORD)
    assert guest.cookies["__Host-coverslip_share"]
    assert [one["name"] for one in guest.get("/api/v1/slides").json()["items"]] == ["Slide 1"]
    tile = f"/api/v1/slides/{slide['slide_id']}/tiles/0/0/0?v={slide['version']}"
    answer = guest.get(tile)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    assert admin.get(tile).headers["cache-control"] == "private, max-age=86400, immutable"
    _a_revoked_link_is_gone_from_every_process(server, room, admin, tile)
    assert server.stop(signal.SIGINT) == 0
    assert "The share link has ended." in (server.data.with_name(server.data.name + ".log")).read_text()
    assert ends(server.data)[0] == ("revoked", 1, "People on the local network")
    assert not (server.data / "served-share").exists()


def _a_revoked_link_is_gone_from_every_process(server: Serve, room: Room, admin: httpx.Client, tile: str) -> None:
    """Each of four connections is asked without a pause; at most five seconds later none shows anything."""
    project = admin.get("/api/v1/projects").json()["items"][0]["project_id"]
    made = admin.post("/api/v1/shares", json={"kind": "project", "object_id": project}).json()
    guests = [room.opened(server, made["token"]) for _ in range(4)]
    assert [one.get(tile).status_code for one in guests for _ in range(3)] == [200] * 12
    assert admin.delete(f"/api/v1/shares/{made['share']['share_id']}").status_code == 204
    began_s, last_seen_s = time.monotonic(), 0.0
    while time.monotonic() < began_s + 6:
        for one in guests:
            if one.get(tile).status_code == 200:
                last_seen_s = time.monotonic() - began_s
    assert last_seen_s < 5
    assert [one.get("/api/v1/slides").status_code for one in guests] == [401] * 4


def test_a_server_that_was_killed_leaves_no_link(serve: Starter, tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    folder.mkdir()
    server = serve(folder, more=("--workers", "1", *HERE), verify=False)
    token = re.search(r"/share/(\S+)", server.said)
    assert token is not None
    children = server.children()
    server.process.kill()
    server.process.wait()
    eventually(lambda: not any(one.is_running() and one.status() != "zombie" for one in children), 30)
    assert ends(server.data)[0][:2] == (None, 0)
    again = serve(data=server.data, more=("--workers", "1", "--host", "127.0.0.1"))
    look = again.client.post("/api/v1/share/look", json={"token": token[1]}).json()
    assert (look["state"], look["ended"]["why"]) == ("ended", "revoked")
    assert ends(server.data)[0][:2] == ("revoked", 1)


def test_what_cannot_be_shared_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    data = ("--data", tmp_path / "data", "--port", "0", "--host", "127.0.0.1")
    for arguments, said in (
        (("--share",), "Name the one folder"),
        ((tmp_path / "a", tmp_path, "--share"), "Name the one folder"),
        ((tmp_path / "a", "--share", "--password", "short"), "--password cannot be used"),
        ((tmp_path / "a", "--password", PASSWORD), "--password cannot be used"),
    ):
        found = command("serve", *arguments, *data)
        assert found.returncode == 1, found.stderr
        assert said in found.stderr
        assert "Traceback" not in found.stderr
    assert command("import", tmp_path, *data[:2]).returncode == 0
    found = command("serve", tmp_path / "a", "--share", *data)
    assert (found.returncode, "data folder of its own" in found.stderr) == (1, True), found.stderr


def test_sharing_listens_on_the_network_by_tls(tmp_path: Path) -> None:
    def settings(**given: Any) -> tuple[str, bool]:
        found = front.settings_for(Asked((), {"data": tmp_path, **given}, share=True))
        return found.host, found.tls_self_signed

    assert settings() == ("0.0.0.0", True)
    assert settings(host="127.0.0.1") == ("127.0.0.1", True)
    assert settings(tls_cert=tmp_path / "c", tls_key=tmp_path / "k") == ("0.0.0.0", False)
    assert front.settings_for(Asked((), {"data": tmp_path})).host == "127.0.0.1"
    assert neighbours.shown_host("0.0.0.0") == neighbours.local_address()
    assert neighbours.shown_host("slides.example.org") == "slides.example.org"
    assert neighbours.shown_host("::1") == "[::1]"
