"""The built web app as it lies in the package: hashed assets for ever, the page itself never cached."""

import hashlib
import mimetypes
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from coverslip.infra.policy import FRAMED, NONCE_MARK, content_policy, new_nonce

_API: Final = ("/api/", "/dzi/", "/metrics", "/healthz", "/readyz")
_SHARED: Final = "/share/"
_HASHED: Final = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_MISSING: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Coverslip</title>
<h1>The web app is not built</h1>
<p>The server runs, and the API is at <code>/api/v1</code>. To build the web app run <code>make demo</code>
in the checkout, or install Coverslip from a wheel, which carries it.</p>
</html>
"""

Header = tuple[bytes, bytes]


class WebApp:
    """Serves the web app for every path that nothing else answers.

    Parameters
    ----------
    folder : pathlib.Path
        The built app; may be missing.
    otherwise : ASGI application
        What answers for paths of the API and methods other than GET.
    framed_by : callable
        ``framed_by(path)``: the origins that may show a page in a frame; it may read the database. Nobody
        may where there is none.
    """

    def __init__(
        self, folder: Path, otherwise: ASGIApp, framed_by: Callable[[str], Sequence[str]] = lambda _: ()
    ) -> None:
        self._otherwise = otherwise
        self._framed_by = framed_by
        self._files = (
            {"/" + path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
            if folder.is_dir()
            else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or path.startswith(_API):
            await self._otherwise(scope, receive, send)
            return
        file = self._files.get(path)
        if file is None and path.startswith("/assets/"):
            await self._otherwise(scope, receive, send)
            return
        name = path if file is not None else "/index.html"  # a route of the app itself
        page = self._files.get(name)
        body = _MISSING if page is None else await run_in_threadpool(page.read_bytes)
        headers: list[Header] = [(b"content-type", _media_type(name)), (b"cache-control", _caching(name))]
        unchanged = False
        if name == "/index.html":
            # Its nonce is for this answer only, so the page is never revalidated: the policy would not fit it.
            nonce = new_nonce()
            body = body.replace(NONCE_MARK, nonce.encode())
            origins: Sequence[str] = ()
            if path.startswith(_SHARED):
                origins = await run_in_threadpool(self._framed_by, path)
                headers.append((b"x-robots-tag", b"noindex, nofollow"))
            headers.append((b"content-security-policy", content_policy(nonce, origins)))
            if origins:
                scope[FRAMED] = True  # an older header that knows no list of origins is left out
        else:
            etag = b'"%b"' % hashlib.sha256(body).hexdigest()[:16].encode()
            headers.append((b"etag", etag))
            unchanged = dict(scope["headers"]).get(b"if-none-match", b"").removeprefix(b"W/") == etag
        if not unchanged:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if unchanged or scope["method"] == "HEAD" else body})


def _media_type(name: str) -> bytes:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return (kind + "; charset=utf-8" if kind.startswith("text/") else kind).encode()


def _caching(name: str) -> bytes:
    if name.startswith("/assets/") and _HASHED.search(name):
        return b"public, max-age=31536000, immutable"
    return b"no-cache"
