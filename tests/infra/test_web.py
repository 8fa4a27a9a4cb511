"""Errors are problems, every answer carries its id and its protection, JSON is compressed."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from sqlalchemy import select
from starlette.responses import StreamingResponse

from coverslip.core import errors
from coverslip.core.errors import CoverslipError, rebuilt
from coverslip.core.time import utc_now
from coverslip.infra.asgi import Compression, RequestId, SecurityHeaders
from coverslip.infra.audit import AuditDenial, AuditRow, fold_denials
from coverslip.infra.openapi import describe_problems
from coverslip.infra.runtime import Runtime
from coverslip.infra.static import WebApp
from coverslip.infra.web import STATUS, add_problem_handlers, status_of


def all_errors() -> list[type[CoverslipError]]:
    found, pending = [], [CoverslipError]
    while pending:
        cls = pending.pop()
        found.append(cls)
        pending.extend(cls.__subclasses__())
    return [cls for cls in found if cls.__module__ == "coverslip.core.errors"]


class Body(BaseModel):
    name: str
    sizes: list[int]


def small_app(runtime: Runtime) -> FastAPI:
    app = FastAPI()
    app.state.runtime = runtime

    @app.get("/raise/{code}")
    def raise_it(code: str) -> None:
        raise rebuilt(code, "A sentence.")

    @app.get("/hidden/{name}")
    def hidden(name: str, request: Request) -> None:
        request.state.person_id = "somebody"
        raise errors.NotFound

    @app.get("/bug")
    def bug() -> None:
        raise KeyError("secret of a patient")

    @app.get("/list")
    def listing(count: Annotated[int, Query(ge=0, le=10_000)]) -> dict[str, list[int]]:
        return {"items": list(range(count))}

    @app.post("/body")
    def body(body: Body) -> Body:
        return body

    @app.get("/stream")
    def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 2000

        return StreamingResponse(parts(), media_type="image/jpeg")

    add_problem_handlers(app)
    describe_problems(app)
    return app


def ask(runtime: Runtime, method: str, path: str, **options: Any) -> httpx.Response:
    app = RequestId(SecurityHeaders(Compression(small_app(runtime))))

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=("203.0.113.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


def test_every_error_has_a_status_of_its_own_or_of_its_family() -> None:
    for cls in all_errors():
        if cls is not CoverslipError:
            assert status_of(cls()) != 500 or issubclass(cls, errors.StartRefused), cls
    assert status_of(errors.DecoderTimeout()) == STATUS[errors.SlideUnreadable] == 422
    assert status_of(CoverslipError()) == 500


def test_codes_are_unique_and_come_back_as_their_class() -> None:
    codes = [cls.code for cls in all_errors()]
    assert len(codes) == len(set(codes))
    for cls in all_errors():
        assert type(rebuilt(cls.code, "A sentence.")) is cls
    assert type(rebuilt("from_the_future", "A sentence.")) is CoverslipError


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.code)
def test_an_error_becomes_a_problem(sqlite_runtime: Runtime, cls: type[CoverslipError]) -> None:
    answer = ask(sqlite_runtime, "GET", f"/raise/{cls.code}")
    body = answer.json()
    assert answer.status_code == body["status"] == status_of(cls())
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert (body["code"], body["detail"]) == (cls.code, "A sentence.")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"] == f"about:blank#{cls.code}"
    assert ("retry-after" in answer.headers) == (answer.status_code in (429, 503, 504))


def test_a_bug_shows_an_id_and_nothing_else(sqlite_runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    answer = ask(sqlite_runtime, "GET", "/bug")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "KeyError" in caplog.text


def test_a_wrong_parameter_is_named(sqlite_runtime: Runtime) -> None:
    answer = ask(sqlite_runtime, "GET", "/list?count=-1")
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/query/count"]
    answer = ask(sqlite_runtime, "POST", "/body", json={"sizes": [1, "many"]})
    assert sorted(one["pointer"] for one in answer.json()["errors"]) == ["/name", "/sizes/1"]
    answer = ask(sqlite_runtime, "POST", "/body", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def test_what_the_framework_refuses_is_a_problem_too(sqlite_runtime: Runtime) -> None:
    assert ask(sqlite_runtime, "GET", "/nowhere").json()["code"] == "not_found"
    answer = ask(sqlite_runtime, "DELETE", "/list")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_a_refusal_is_counted_for_the_audit_trail(sqlite_runtime: Runtime) -> None:
    for code in ("unauthenticated", "forbidden", "csrf_refused", "too_many_attempts"):
        ask(sqlite_runtime, "GET", f"/raise/{code}")
    ask(sqlite_runtime, "GET", "/raise/not_found")  # by nobody in particular: a page that is not there
    ask(sqlite_runtime, "GET", "/hidden/0192a0c4-1111-7222-8333-444455556666")
    ask(sqlite_runtime, "GET", "/hidden/Doe%5EJane")
    sqlite_runtime.denials.flush()
    with sqlite_runtime.db.read() as session:
        rows = session.scalars(select(AuditDenial)).all()
    assert {row.address for row in rows} == {"203.0.113.9"}
    assert sum(row.count for row in rows) == 6


def test_a_refusal_names_the_object_by_its_id_only(sqlite_runtime: Runtime) -> None:
    for path in ("0192a0c4-1111-7222-8333-444455556666", "Doe%5EJane"):
        ask(sqlite_runtime, "GET", f"/hidden/{path}")
        sqlite_runtime.denials.flush()
        with sqlite_runtime.db.transaction() as session:
            fold_denials(session, utc_now() + timedelta(minutes=2))
    with sqlite_runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
    assert [(row.action, row.principal, row.address, row.object_id) for row in rows] == [
        ("request.not_found", "somebody", "203.0.113.9", "0192a0c4-1111-7222-8333-444455556666"),
        ("request.not_found", "somebody", "203.0.113.9", None),
    ]
    assert "Doe" not in str([row.detail for row in rows])


def test_every_answer_is_protected(sqlite_runtime: Runtime) -> None:
    for path in ("/list?count=1", "/bug", "/nowhere"):
        headers = ask(sqlite_runtime, "GET", path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_an_id_from_a_proxy_is_kept_if_it_looks_like_one(sqlite_runtime: Runtime) -> None:
    given = ask(sqlite_runtime, "GET", "/list?count=1", headers={"X-Request-Id": "abcd-1234-efgh"})
    assert given.headers["x-request-id"] == "abcd-1234-efgh"
    for bad in ("short", "x" * 100, "bad value", "bad;value"):
        answer = ask(sqlite_runtime, "GET", "/list?count=1", headers={"X-Request-Id": bad})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_json_is_compressed_for_who_takes_it_and_pixels_never(sqlite_runtime: Runtime) -> None:
    long = ask(sqlite_runtime, "GET", "/list?count=2000", headers={"accept-encoding": "gzip"})
    assert long.headers["content-encoding"] == "gzip"
    assert len(long.json()["items"]) == 2000
    assert "Accept-Encoding" in long.headers["vary"]
    plain = ask(sqlite_runtime, "GET", "/list?count=2000", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == long.json()
    short = ask(sqlite_runtime, "GET", "/list?count=3", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in short.headers
    pixels = ask(sqlite_runtime, "GET", "/stream", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in pixels.headers
    assert len(pixels.content) == 6000


def test_the_document_speaks_of_problems_only(sqlite_runtime: Runtime) -> None:
    document = small_app(sqlite_runtime).openapi()
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in document["components"]["schemas"]
    responses = document["paths"]["/list"]["get"]["responses"]
    assert "application/problem+json" in responses["422"]["content"]
    assert "default" in responses


def _static(folder: Path, path: str, **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def otherwise(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": pairs}
    asyncio.run(WebApp(folder, otherwise)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "web_app"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<html><meta property="csp-nonce" nonce="CSP_NONCE">app</html>')
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "index-Bx3kq91a.js").write_text("run()")
    (tmp_path / "outside.txt").write_text("outside")
    return folder


def test_assets_stay_for_ever_and_the_page_is_always_asked_for(built: Path) -> None:
    status, headers, body = _static(built, "/assets/index-Bx3kq91a.js")
    assert (status, body) == (200, b"run()")
    assert b"immutable" in headers[b"cache-control"]
    assert headers[b"content-type"].startswith((b"text/javascript", b"application/javascript"))
    for path in ("/", "/index.html", "/slides/1234/view"):
        status, headers, body = _static(built, path)
        assert (status, headers[b"cache-control"]) == (200, b"no-cache")
        assert body.endswith(b"app</html>")
        assert b"etag" not in headers, "an answer that says 'unchanged' would bring a policy for another nonce"
    etag = _static(built, "/icon.svg")[1][b"etag"].decode()
    assert _static(built, "/icon.svg", if_none_match=etag)[0] == 304


def test_each_page_has_a_nonce_of_its_own_and_a_policy_that_names_it(built: Path) -> None:
    nonces = set()
    for _ in range(3):
        _, headers, body = _static(built, "/signin")
        found = re.search(rb'nonce="([A-Za-z0-9_-]{22})"', body)
        assert found is not None
        policy = headers[b"content-security-policy"].decode()
        assert f"style-src 'self' 'nonce-{found[1].decode()}'" in policy
        assert "unsafe" not in policy
        nonces.add(found[1])
    assert len(nonces) == 3
    assert b"content-security-policy" not in _static(built, "/icon.svg")[1]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/assets/gone-12345678.js", "/metrics/x"])
def test_paths_of_the_api_never_show_the_page(built: Path, path: str) -> None:
    assert _static(built, path)[0] == 404


@pytest.mark.parametrize("path", ["/../outside.txt", "/assets/../../outside.txt", "/%2e%2e/outside.txt"])
def test_no_path_leads_out_of_the_app(built: Path, path: str) -> None:
    assert b"outside" not in _static(built, path)[2]


def test_an_app_that_is_not_built_says_how(tmp_path: Path) -> None:
    status, headers, body = _static(tmp_path / "none", "/")
    assert status == 200
    assert b"make demo" in body
    assert headers[b"cache-control"] == b"no-cache"
