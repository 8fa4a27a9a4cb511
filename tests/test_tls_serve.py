"""``coverslip serve`` by TLS, as browsers meet it; and what it says when it cannot."""

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.support.certificates import make_certificate, trusting
from tests.support.server import Serve
from tests.test_cli_serve import command, eventually, ready_slide, slide_folder

from coverslip.core.time import utc_now
from coverslip.infra.launch import bind, plan
from coverslip.settings import Settings

Starter = Callable[..., Serve]


def test_a_folder_is_served_by_tls(serve: Starter, tmp_path: Path, sample: Callable[[str], Path]) -> None:
    cert, key = make_certificate(tmp_path / "tls")
    more = ("--workers", "1", "--tls-cert", str(cert), "--tls-key", str(key))
    folder = slide_folder(tmp_path, sample("CMU-1-Small-Region.svs"))
    server = serve(folder, more=more, environment={"COVERSLIP_SETTLE_S": "0"}, verify=trusting(cert))
    assert server.url.startswith("https://127.0.0.1:")
    assert "fingerprint" not in server.said
    answer = server.client.post("/api/v1/session", json={"one_time_token": server.token})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-coverslip_session=")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    server.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    slide = ready_slide(server.client)
    tile = f"/api/v1/slides/{slide['slide_id']}/tiles/0/0/0?v={slide['version']}"
    assert server.client.get(tile).headers["content-type"] == "image/jpeg"
    _a_planted_cookie_opens_nothing(server, cert)
    _another_site_changes_nothing(server)
    _nothing_is_said_in_plain_text(server)
    out = server.client.delete("/api/v1/session")
    assert out.status_code == 204
    assert out.headers["set-cookie"].startswith('__Host-coverslip_session=""; ')
    assert server.stop() == 0


def _a_planted_cookie_opens_nothing(server: Serve, cert: Path) -> None:
    secret = server.client.cookies["__Host-coverslip_session"]
    for name, status in (("__Host-coverslip_session", 200), ("coverslip_session", 401)):
        asked = httpx.get(f"{server.url}/api/v1/session", headers={"Cookie": f"{name}={secret}"}, verify=trusting(cert))
        assert asked.status_code == status, name


def _another_site_changes_nothing(server: Serve) -> None:
    for origin in ("null", "https://evil.example", server.url.replace("https", "http"), server.url + ".evil.example"):
        answer = server.client.post("/api/v1/projects", json={"name": "x"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused"), origin
    request = server.client.build_request("POST", "/api/v1/projects", json={"name": "x"})
    del request.headers["Origin"]
    assert server.client.send(request).json()["code"] == "origin_refused"


def _nothing_is_said_in_plain_text(server: Serve) -> None:
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"GET /api/v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        connection.settimeout(10)
        try:
            said = connection.recv(1000)
        except ConnectionError:
            said = b""
    assert b"HTTP/1.1" not in said


def test_a_trial_is_served_with_a_certificate_whose_fingerprint_is_printed(serve: Starter) -> None:
    server = serve(more=("--workers", "1", "--host", "0.0.0.0", "--tls-self-signed"), verify=False)
    cert = server.data / "tls" / "self-signed.crt"
    shown = x509.load_pem_x509_certificate(cert.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()
    assert shown in server.said
    assert server.url.startswith("https://127.0.0.1:")
    answer = server.client.get("/api/v1/app")
    assert "strict-transport-security" not in answer.headers, "whoever accepts it by hand must be able to do it again"
    assert httpx.get(f"{server.url}/healthz", verify=trusting(cert)).text == "ok\n"
    server.sign_in()
    assert "__Host-coverslip_session" in server.client.cookies


def test_a_renewed_certificate_is_served_without_a_restart(serve: Starter, tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path / "tls")
    more = ("--workers", "1", "--tls-cert", str(cert), "--tls-key", str(key))
    server = serve(more=more, verify=trusting(cert))
    port = int(server.url.rpartition(":")[2])
    first = ssl.get_server_certificate(("127.0.0.1", port))
    make_certificate(tmp_path / "tls")
    eventually(lambda: ssl.get_server_certificate(("127.0.0.1", port)) != first)


def test_what_cannot_be_served_is_one_sentence(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path / "sound")
    expired, expired_key = make_certificate(tmp_path / "expired", ends=utc_now() - timedelta(days=3))
    gone = tmp_path / "gone.pem"
    cases: list[tuple[tuple[Any, ...], str]] = [
        (("--host", "0.0.0.0"), "COVERSLIP_HOST 0.0.0.0 is reached from a network"),
        (
            ("--tls-cert", expired, "--tls-key", expired_key),
            "COVERSLIP_TLS_CERT cannot be used: the certificate expired",
        ),
        (("--tls-cert", cert, "--tls-key", expired_key), "COVERSLIP_TLS_KEY cannot be used: it is not the key"),
        (("--tls-cert", gone, "--tls-key", key), "COVERSLIP_TLS_CERT cannot be used: "),
        (("--tls-cert", cert), "COVERSLIP_TLS_KEY is missing"),
    ]
    for arguments, expected in cases:
        done = command("serve", "--data", tmp_path / "data", "--port", 0, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith(f"coverslip: {expected}"), done.stderr
        assert done.stderr.endswith("[setting_refused]\n")
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "data").exists(), "nothing was left behind"


def test_behind_a_proxy_people_are_known_by_their_own_address(serve: Starter) -> None:
    server = serve(environment={"COVERSLIP_TRUSTED_PROXIES": "127.0.0.1"})
    site = "https://slides.example.org"
    said = {"X-Forwarded-For": "198.51.100.1, 203.0.113.50", "X-Forwarded-Proto": "https"}
    server.client.headers.update({**said, "X-Forwarded-Host": "slides.example.org", "Origin": site})
    answer = server.client.post("/api/v1/session", json={"one_time_token": server.token})
    assert answer.status_code == 200
    secret = answer.headers["set-cookie"].partition(";")[0]
    assert secret.startswith("__Host-coverslip_session=")
    found = server.client.get("/api/v1/audit/records?what=sign_in", headers={"Cookie": secret}).json()["items"]
    assert [one["address"] for one in found] == ["203.0.113.50"]
    wrong = server.client.post("/api/v1/session", json={"one_time_token": "x"}, headers={"Origin": server.url})
    assert wrong.json()["code"] == "origin_refused", "the name that the proxy is reached by is the site"


def test_the_printed_address_is_the_one_that_people_use(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, base_url="https://slides.example.org", trusted_proxies=("127.0.0.1",))
    with bind("127.0.0.1", 0) as listener:
        made = plan(settings, listener, tmp_path, "token", "203.0.113.5 51000 203.0.113.9 22")
    assert made.sign_in_url == "https://slides.example.org/signin#token"
    assert not [line for line in made.lines if "ssh" in line]
