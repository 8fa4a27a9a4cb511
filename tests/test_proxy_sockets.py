"""The proxy file of ``deploy/``, real nginx before a real server: pages, uploads' size, and sockets pass it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.live import Clinic, Seat, cookies_of, drawing, open_clinic, send_ops
from tests.support.proxy import running_nginx
from tests.support.server import Serve
from websockets.sync.client import connect

FILE = Path(__file__).parents[1] / "deploy" / "nginx.conf"


@contextmanager
def deployed(folder: Path, upstream: str) -> Iterator[str]:
    """Run nginx with the file as it stands there, on a free port without TLS; gives its address."""
    instead = {"X-Forwarded-Proto $scheme": "X-Forwarded-Proto https"}  # as if it had come by TLS
    with running_nginx(folder, FILE.read_text(encoding="utf-8"), upstream, instead) as front:
        yield front


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
