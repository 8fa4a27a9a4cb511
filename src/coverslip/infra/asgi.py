"""What wraps the whole app, as pure ASGI: request ids, security headers, compression, the last catch.

No ``BaseHTTPMiddleware``: one alone halves the rate.
"""

import gzip
import logging
import re
import secrets
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coverslip.core.errors import CoverslipError
from coverslip.infra.policy import FRAMED, content_policy
from coverslip.infra.web import REQUEST_ID_HEADER, problem_parts

logger = logging.getLogger(__name__)

Header = tuple[bytes, bytes]

SECURITY_HEADERS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", content_policy()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
ENCRYPTED_ONLY: Final[Header] = (b"strict-transport-security", b"max-age=31536000")
_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_COMPRESSED: Final = (b"application/json", b"application/problem+json", b"text/html", b"text/css", b"image/svg+xml")
_SCRIPTS: Final = (b"text/javascript", b"application/javascript")
_WORTH_BYTES: Final = 1024
_WHOLE_BYTES: Final = 32 * 2**20


def new_request_id() -> str:
    """Return a fresh id for a request, 16 hex digits."""
    return secrets.token_hex(8)


class RequestId:
    """Gives every request an id, in the answer's header and in ``scope["state"]``; catches what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        header = (REQUEST_ID_HEADER.lower().encode(), request_id.encode())
        started = whole = False

        async def send_with_id(message: Message) -> None:
            nonlocal started, whole
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), header]
            else:
                whole = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logger.exception("request %s failed", request_id)
            if whole:
                return  # the framework answered before it let the exception through
            if started:
                raise  # half an answer is out: let the server break the connection
            status, headers, body = problem_parts(CoverslipError(), request_id)
            await send_with_id({"type": "http.response.start", "status": status, "headers": headers})
            await send_with_id({"type": "http.response.body", "body": body})


class SecurityHeaders:
    """Adds the headers that keep a browser from being used against its user.

    Parameters
    ----------
    app : ASGI application
    lasting : bool
        Whether browsers shall remember that this host is reached by TLS only. Not with a self-signed
        certificate: whoever has to accept it by hand could not any more.
    """

    def __init__(self, app: ASGIApp, *, lasting: bool = True) -> None:
        self._app = app
        self._encrypted = (*SECURITY_HEADERS, ENCRYPTED_ONLY) if lasting else SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._encrypted if scope.get("scheme") == "https" else SECURITY_HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                if FRAMED in scope:
                    present.add(b"x-frame-options")
                headers.extend(header for header in wanted if header[0] not in present)
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Compression:
    """Compresses JSON and text with gzip when the client takes it; pixels and streams pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _takes_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _worth_compressing(message):
                    start = message
                    return
            elif message["type"] == "http.response.body" and start is not None:
                parts.append(message.get("body", b""))
                if message.get("more_body") and sum(map(len, parts)) < _WHOLE_BYTES:
                    return
                begin, start = start, None
                more = bool(message.get("more_body"))
                body = b"".join(parts)
                if not more:
                    body = gzip.compress(body, 5, mtime=0)
                    begin["headers"] = _compressed_headers(begin["headers"], len(body))
                await send(begin)
                await send({"type": "http.response.body", "body": body, "more_body": more})
                return
            await send(message)

        await self._app(scope, receive, send_compressed)


def _given_id(scope: Scope) -> str | None:
    """Take over an id that a proxy in front gave, if it looks like one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return str(value.decode())
    return None


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _worth_compressing(message: Message) -> bool:
    headers = dict(message.get("headers", ()))
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    if kind not in _COMPRESSED and kind not in _SCRIPTS:
        return False
    length = int(headers.get(b"content-length", _WORTH_BYTES))
    return b"content-encoding" not in headers and message["status"] == 200 and length >= _WORTH_BYTES


def _compressed_headers(headers: list[Header], length: int) -> list[Header]:
    kept = [(name, value) for name, value in headers if name != b"content-length"]
    tagged = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value) for name, value in kept
    ]
    return [
        *tagged,
        (b"content-encoding", b"gzip"),
        (b"content-length", str(length).encode()),
        (b"vary", b"Accept-Encoding"),
    ]
