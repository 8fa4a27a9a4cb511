"""The proxy file of ``deploy/``, real nginx before a real server: pages, uploads' size, and sockets pass it."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.live import Clinic, Seat, cookies_of, drawing, open_clinic, send_ops
from tests.support.server import Serve
from websockets.sync.client import connect

FILE = Path(__file__).parents[1] / "deploy" / "nginx.conf"
START_S = 20.0


@contextmanager
def deployed(folder: Path, upstream: str) -> Iterator[str]:
    """Run nginx with the file as it stands there, on a free port without TLS; gives its address."""
    command = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if command is None:
        pytest.skip("nginx is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = FILE.read_text(encoding="utf-8")
    for shown, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8080", upstream),
        ("X-Forwarded-Proto $scheme", "X-Forwarded-Proto https"),  # as if it had come by TLS
    ):
        assert shown in server, shown
        server = server.replace(shown, here)
    server = re.sub(r"^\s*ssl_certificate.*\n", "", server, flags=re.MULTILINE)
    folder.mkdir(exist_ok=True)
    user = "user root; " if os.geteuid() == 0 else ""
    paths = " ".join(f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = (
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{ worker_connections 256; }}\nhttp {{ access_log off; {paths}\n{server}\n}}\n"
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    process = subprocess.Popen([command, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        until = time.monotonic() + START_S
        while True:
            assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < until, "nginx does not answer"
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_sockets_pass_nginx(serve: Callable[..., Serve], tmp_path: Path) -> None:
    server = serve(more=("--workers", "2"), environment={"COVERSLIP_TRUSTED_PROXIES": "127.0.0.1"})
    with open_clinic(server) as clinic, deployed(tmp_path / "nginx", server.url.removeprefix("http://")) as front:
        _, browser = clinic.browser("Ada")  # signs in past the proxy, so without the prefix of TLS
        secret = cookies_of(browser)["Cookie"]
        outside = f"https://{front}"
        host = {"Cookie": secret.replace("coverslip_session", "__Host-coverslip_session")}
        with (
            through(clinic, front, {**host, "Origin": outside}) as ada,
            through(clinic, front, {**host, "Origin": outside}) as bob,
        ):
            ada.say("presence", cursor=[1, 2], viewport=None, drawing=None, tool=None)
            assert bob.hear("presence")["cursor"] == [1, 2]
            last = send_ops(browser, clinic.slide_id, drawing(clinic.layer(browser)))["seq"]
            for seat in (ada, bob):
                assert seat.hear("entries", lambda one: one["seq"] == last)
        for origin in (f"http://{front}", "https://evil.example", clinic.url):
            assert clinic_knock(clinic, front, {**host, "Origin": origin}) == 403
        assert clinic_knock(clinic, front, {"Cookie": secret, "Origin": outside}) == 401  # a planted cookie


@contextmanager
def through(clinic: Clinic, front: str, headers: dict[str, str]) -> Iterator[Seat]:
    address = f"ws://{front}/api/v1/slides/{clinic.slide_id}/live"
    with connect(address, additional_headers=headers, compression=None) as connection:
        seat = Seat(connection, os.urandom(8).hex())
        seat.say("hello", client_id=seat.client_id)
        seat.hear("welcome")
        yield seat


def clinic_knock(clinic: Clinic, front: str, headers: dict[str, str]) -> int:
    straight = clinic.url
    clinic.url = f"http://{front}"
    try:
        return clinic.knock(headers)
    finally:
        clinic.url = straight
