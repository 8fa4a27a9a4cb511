"""A table that is wrong, an issuer that cannot be reached: one sentence that names the setting."""

import http.server
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.features.identity.oidc.clinic import CALLBACK, provider, table
from tests.support.certificates import make_certificate
from tests.support.issuers import Issuer

from coverslip.core.time import utc_now
from coverslip.features.identity.providers.oidc import make
from coverslip.ports.identity import Misconfigured, ProviderError

NOBODY = Issuer("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"issuer": "http://login.hospital.example"}, "issuer must begin with https"),
        ({"issuer": "login.hospital.example"}, "issuer must be an address"),
        ({"issuer": "https://login.hospital.example/?a=b"}, "issuer must be an address"),
        ({"issuer": "https://user:pass@login.hospital.example"}, "issuer must be an address"),
        ({"issuer": "http://localhost.attacker.example"}, "issuer must begin with https"),
        ({"issuer": "http://127.0.0.1.attacker.example"}, "issuer must begin with https"),
        ({"issuer": None}, "issuer is not set"),
        ({"client_id": None}, "client_id is not set"),
        ({"client_authentication": "none"}, "client_secret; keep one"),
        ({"client_secret": None, "client_authentication": "post"}, "there is no client_secret"),
        ({"client_secret_file": "/nowhere/at/all", "client_secret": None}, "client_secret_file names"),
        ({"algorithms": ["HS256"]}, "algorithms holds HS256"),
        ({"algorithms": ["none", "RS256"]}, "algorithms holds none"),
        ({"algorithms": []}, "algorithms holds none"),
        ({"scopes": ["openid profile"]}, "scopes must be a list of words"),
        ({"scopes": "openid"}, "scopes must be a list"),
        ({"proxy": "ftp://proxy"}, "proxy must be an address"),
        ({"isuer": "https://x.example"}, "isuer is no key of this table"),
    ],
)
def test_wrong_tables(wrong: dict[str, Any], sentence: str) -> None:
    values = {key: value for key, value in {**table(NOBODY), **wrong}.items() if value is not None}
    with pytest.raises(Misconfigured) as refused:
        make(values)
    assert sentence in refused.value.sentence


def test_secrets_in_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret\n", encoding="utf-8")
    values = {**table(NOBODY), "client_secret_file": str(secret)}
    del values["client_secret"]
    secret.chmod(0o644)
    with pytest.raises(Misconfigured, match="client_secret_file can be read by everybody"):
        make(values)
    secret.chmod(0o640)
    make(values)
    with pytest.raises(Misconfigured, match="keep one"):
        make({**values, "client_secret": "another"})


def test_no_certificates_in_ca_file(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("none", encoding="utf-8")
    with pytest.raises(Misconfigured, match="ca_file holds no certificates"):
        make({**table(NOBODY), "ca_file": str(wrong)})


# --- issuers that cannot be used ------------------------------------------------------------------


@contextmanager
def answering(answer: Callable[[http.server.BaseHTTPRequestHandler], None], tls: Any = None) -> Iterator[Issuer]:
    """Run a server that is no provider."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are the point here
    scheme = "http"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Issuer(f"{scheme}://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def saying(body: Any, status: int = 200, **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def sentence_of(issuer: Issuer, **more: Any) -> str:
    with pytest.raises(ProviderError) as failed:
        provider(issuer, **more).begin("/", CALLBACK)
    assert failed.value.sentence.startswith('[[oidc]] "clinic": ')
    assert failed.value.sentence.endswith(".")
    assert "\n" not in failed.value.sentence
    return failed.value.sentence


def test_nobody_there() -> None:
    assert "issuer: 127.0.0.1:9 cannot be reached" in sentence_of(NOBODY)


def test_an_expired_certificate(tmp_path: Path) -> None:
    now = utc_now()
    cert, key = make_certificate(tmp_path / "old", begins=now - timedelta(days=20), ends=now - timedelta(days=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with answering(saying({}), context) as issuer:
        said = sentence_of(issuer, ca_file=str(cert))
    assert "issuer: the certificate of 127.0.0.1" in said
    assert "expired" in said


def test_an_authority_that_is_not_known(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path / "own")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with answering(saying({}), context) as issuer:
        assert "ca_file" in sentence_of(issuer)
        assert "calls itself" in sentence_of(issuer, ca_file=str(cert))  # now it is believed, and says nothing


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            saying({"issuer": "https://elsewhere.example"}),
            "calls itself 'https://elsewhere.example'; write it exactly so",
        ),
        (saying({}, 404), "answers 404"),
        (saying(b"<html>"), "answers 200"),
        (saying(b"[" * 100_000), "answers 200"),
        (saying(b"x" * (2**20 + 1)), "too much"),
        (saying({}, 302, Location="http://169.254.169.254/latest/meta-data"), "answers 302"),
    ],
    ids=["other issuer", "404", "html", "deep", "huge", "redirect"],
)
def test_answers_that_are_none(answer: Callable[[Any], None], words: str) -> None:
    with answering(answer) as issuer:
        assert words in sentence_of(issuer)


@pytest.mark.parametrize(
    "endpoint",
    ["http://login.hospital.example/auth", "javascript:alert(1)", "file:///etc/passwd", "", None, 17, "https://a@b/"],
)
def test_endpoints_that_are_not_safe(endpoint: Any) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        said = {
            "issuer": f"http://{handler.headers['Host']}",
            "jwks_uri": "https://a.example/",
            "token_endpoint": "https://a.example/",
        }
        saying({**said, "authorization_endpoint": endpoint})(handler)

    with answering(answer) as issuer:
        assert "authorization_endpoint is no https:// address" in sentence_of(issuer)


def test_without_pkce() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        said = {"issuer": f"http://{handler.headers['Host']}", "code_challenge_methods_supported": ["plain"]}
        saying(said)(handler)

    with answering(answer) as issuer:
        assert "PKCE" in sentence_of(issuer)


def test_a_failure_is_not_asked_for_again_and_again() -> None:
    asked: list[float] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(time.monotonic())
        saying({}, 500)(handler)

    with answering(answer) as issuer:
        oidc = provider(issuer)
        for _ in range(20):
            with pytest.raises(ProviderError, match="answers 500"):
                oidc.begin("/", CALLBACK)
    assert len(asked) == 1
