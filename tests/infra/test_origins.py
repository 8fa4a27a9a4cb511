"""Only our own pages change something or open a socket; nothing leads to another site."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from coverslip.core.transport_errors import OriginRefused
from coverslip.infra.audit import AuditDenial
from coverslip.infra.cookies import HostCookies
from coverslip.infra.forwarded import Forwarded
from coverslip.infra.front import outermost
from coverslip.infra.origins import OriginCheck, check_origin, local_path
from coverslip.infra.runtime import Runtime

HOST = "slides.example.org"
COOKIE = {"cookie": "coverslip_session=x"}
LOOK_ALIKES = (
    "null",
    "",
    "http://slides.example.org",
    "https://slides.example.org:8443",
    "https://slides.example.org.evil.example",
    "https://evilslides.example.org",
    "https://slides.example.org@evil.example",
    "https://evil.example#slides.example.org",
    "https://slides-example.org",
    "https://slides.example.org.",
    "https://slides.example.org/",
    "https://slides.example.org https://evil.example",
    "https://SLIDES.example.org",
    "https://xn--slides-example-org",
    "https://sl\u0456des.example.org",
    "https://slides.example.org\x00",
    "file://",
    "chrome-extension://slides.example.org",
)


def scope(kind: str = "http", method: str = "POST", scheme: str = "https", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()]
    scheme = {"http": scheme, "websocket": scheme.replace("http", "ws")}[kind]
    return {
        "type": kind,
        "method": method,
        "scheme": scheme,
        "path": "/api/v1/slides",
        "headers": pairs,
        "client": ("203.0.113.7", 1),
    }


def sent_by(app: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(app(asked, receive, send))
    return sent


class Inside:
    """Stands for the application and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] | None = None

    async def __call__(self, asked: Any, receive: Any, send: Any) -> None:
        self.asked = asked
        kind = "websocket.accept" if asked["type"] == "websocket" else "http.response.start"
        headers = [(b"set-cookie", b"coverslip_session=s; HttpOnly; Path=/; SameSite=lax"), (b"set-cookie", b"other=1")]
        await send({"type": kind, "status": 200, "headers": headers})

    def header(self, name: str) -> str | None:
        assert self.asked is not None
        return next((value.decode() for key, value in self.asked["headers"] if key == name.encode()), None)


# --- origins -------------------------------------------------------------------------------------


def test_our_own_pages_pass() -> None:
    check_origin(scope(origin=f"https://{HOST}", **COOKIE), None)
    check_origin(scope(origin="http://127.0.0.1:8080", host="127.0.0.1:8080", scheme="http", **COOKIE), None)
    check_origin(scope(origin="https://slides.example.org", host="slides.example.org:443", **COOKIE), None)
    check_origin(scope("websocket", origin=f"https://{HOST}", **COOKIE), None)
    check_origin(
        scope(origin="https://people.example.org", host="10.0.0.4:8080", scheme="http", **COOKIE),
        "https://people.example.org",
    )


@pytest.mark.parametrize("origin", LOOK_ALIKES)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_only_looks_like_it_is_refused(kind: str, origin: str) -> None:
    for cookie in (COOKIE, {}):
        with pytest.raises(OriginRefused):
            check_origin(scope(kind, origin=origin, **cookie), None)
        with pytest.raises(OriginRefused):
            check_origin(scope(kind, origin=origin, **cookie), "https://people.example.org")


def test_a_session_without_an_origin_and_a_socket_without_one_are_refused() -> None:
    with pytest.raises(OriginRefused):
        check_origin(scope(**COOKIE), None)
    for headers in (COOKIE, {}):
        with pytest.raises(OriginRefused):
            check_origin(scope("websocket", **headers), None)


def test_two_of_what_should_be_one_are_refused() -> None:
    asked = scope(origin=f"https://{HOST}", **COOKIE)
    for name in (b"origin", b"host"):
        twice = {**asked, "headers": [*asked["headers"], (name, dict(asked["headers"])[name])]}
        with pytest.raises(OriginRefused):
            check_origin(twice, None)


def test_scripts_need_none_but_a_page_that_holds_a_token_does() -> None:
    for kind in ("http", "websocket"):
        check_origin(scope(kind, authorization="Bearer cs_x"), None)
        with pytest.raises(OriginRefused):
            check_origin(scope(kind, authorization="Bearer cs_x", origin="https://evil.example"), None)
    check_origin(scope(), None)  # signing in by a script: there is no session yet that a page could use
    check_origin(scope(cookie="another=app"), None)


def test_a_refusal_is_answered_and_on_record(sqlite_runtime: Runtime) -> None:
    inside = Inside()
    app = OriginCheck(inside, sqlite_runtime)
    start, _ = sent_by(app, scope(origin="https://evil.example", **COOKIE))
    assert start["status"] == 403
    (closed,) = sent_by(app, scope("websocket", origin="null", **COOKIE))
    assert closed["type"] == "websocket.close"
    assert inside.asked is None
    for asked in (scope(method="GET"), scope(origin=f"https://{HOST}"), scope("websocket", origin=f"https://{HOST}")):
        inside.asked = None
        sent_by(app, asked)
        assert inside.asked is asked
    sqlite_runtime.denials.flush()
    with sqlite_runtime.db.read() as session:
        rows = session.scalars(select(AuditDenial)).all()
    assert {(row.address, row.action) for row in rows} == {("203.0.113.7", "request.origin_refused")}
    assert sum(row.count for row in rows) == 2


NO_PATHS = (
    *(None, "", "slides", "?next=//evil", "#x"),
    *("//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/a\\b"),
    *("https://evil.example", "https:evil.example", "javascript:alert(1)", "data:text/html,x"),
    *("/\tevil", "/\n/evil.example", "/ /evil.example", "\t//evil.example", " //evil.example"),
    *("/\x7f", "/\x00", "/a\r\nLocation: x"),
)


@pytest.mark.parametrize("text", NO_PATHS)
def test_nothing_leads_to_another_site(text: str | None) -> None:
    assert local_path(text) == "/"


@pytest.mark.parametrize(
    "text", ["/", "/slides/0192?project=1#x=2", "/audit?since=2026-01-01T00%3A00", "/a//b", "/%2F/evil"]
)
def test_our_own_paths_stay(text: str) -> None:
    assert local_path(text) == text


# --- proxies -------------------------------------------------------------------------------------


def behind(
    runtime: Runtime, *, plain: bool = True, peer: str = "10.0.0.2", kind: str = "http", **headers: Any
) -> tuple[Inside, list[Any]]:
    runtime.settings = runtime.settings.model_copy(update={"trusted_proxies": ("10.0.0.0/24", "fd00::1")})
    inside = Inside()
    asked = scope(kind, "GET", "http", **headers) | {"client": (peer, 40000)}
    return inside, sent_by(Forwarded(inside, runtime, plain=plain), asked)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first was invented
        ("203.0.113.9, 10.0.0.7", "203.0.113.9"),  # two proxies of ours
        ("203.0.113.9:51000", "203.0.113.9"),
        ("[2001:db8::5]:51000", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "10.0.0.2"),
        ("203.0.113.9, nonsense", "10.0.0.2"),
        ("10.0.0.9", "10.0.0.9"),
    ],
)
def test_the_address_is_the_last_that_is_no_proxy_of_ours(sqlite_runtime: Runtime, chain: str, expected: str) -> None:
    inside, _ = behind(sqlite_runtime, x_forwarded_for=chain)
    assert inside.asked is not None
    assert inside.asked["client"][0] == expected


def test_way_and_name_are_taken_from_the_proxy(sqlite_runtime: Runtime) -> None:
    inside, _ = behind(sqlite_runtime, x_forwarded_proto="https", x_forwarded_host="people.example.org")
    assert inside.asked is not None
    assert (inside.asked["scheme"], inside.header("host")) == ("https", "people.example.org")
    socket, _ = behind(sqlite_runtime, kind="websocket", x_forwarded_proto="http, https")
    assert socket.asked is not None
    assert socket.asked["scheme"] == "wss"
    odd, _ = behind(sqlite_runtime, x_forwarded_proto="gopher")
    assert odd.asked is not None
    assert odd.asked["scheme"] == "http"


def test_anybody_else_is_not_believed_and_past_the_proxy_there_is_nothing(sqlite_runtime: Runtime) -> None:
    lies: dict[str, Any] = {
        "x_forwarded_for": "127.0.0.1",
        "x_forwarded_proto": "https",
        "x_forwarded_host": "evil.example",
    }
    inside, sent = behind(sqlite_runtime, peer="10.0.1.2", **lies)
    assert inside.asked is None
    assert sent[0]["status"] == 403
    encrypted, _ = behind(sqlite_runtime, plain=False, peer="10.0.1.2", **lies)
    assert encrypted.asked is not None
    assert (encrypted.asked["client"][0], encrypted.asked["scheme"], encrypted.header("host")) == (
        "10.0.1.2",
        "http",
        HOST,
    )
    here, _ = behind(sqlite_runtime, peer="127.0.0.1", **lies)
    assert here.asked is not None
    assert here.asked["client"][0] == "127.0.0.1"


# --- cookies -------------------------------------------------------------------------------------


def test_over_tls_cookies_are_bound_to_the_host() -> None:
    inside = Inside()
    (start,) = sent_by(
        HostCookies(inside), scope(cookie="a=1; __Host-coverslip_session=own; coverslip_session=planted")
    )
    assert inside.header("cookie") == "a=1; coverslip_session=own"
    assert [value for name, value in start["headers"]] == [
        b"__Host-coverslip_session=s; HttpOnly; Path=/; SameSite=lax; Secure",
        b"other=1",
    ]
    plain = Inside()
    (start,) = sent_by(HostCookies(plain), scope(scheme="http", **COOKIE))
    assert plain.header("cookie") == "coverslip_session=x"
    assert start["headers"][0][1].startswith(b"coverslip_session=s;")


def test_on_this_machine_alone_nothing_stands_before_the_tiles(sqlite_runtime: Runtime) -> None:
    inside = Inside()
    assert outermost(inside, sqlite_runtime) is inside
    sqlite_runtime.settings = sqlite_runtime.settings.model_copy(update={"tls_self_signed": True})
    assert isinstance(outermost(inside, sqlite_runtime), HostCookies)
