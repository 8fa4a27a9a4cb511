"""From which site a browser acts: only Coverslip's own pages may change something or open a socket.

A browser names the site of the page that asks in ``Origin``. It must be exactly the site that is
asked, or the ``base_url`` of the settings: an address that only looks like it, ``null``, and a
request with a session but without the header are refused. Scripts with a token need none: no
browser sends a token by itself.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from coverslip.core.errors import CoverslipError
from coverslip.core.ids import id_in
from coverslip.core.transport_errors import OriginRefused
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import problem_parts

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_COOKIE: Final = b"coverslip_"
_PLAIN_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")

REPORTS: Final = "/api/v1/csp-report"
"""Browsers send their reports on the content policy without an origin; they change nothing."""


def check_origin(scope: Scope, base_url: str | None) -> None:
    """Refuse what another site's page sends.

    Parameters
    ----------
    scope : ASGI scope
        Of a request that changes something, or of a socket's handshake.
    base_url : str or None
        Where people reach Coverslip, if that is not what the request says.

    Raises
    ------
    OriginRefused
    """
    origins, cookie, bearer, hosts = [], False, False, []
    for name, value in scope["headers"]:
        if name == b"origin":
            origins.append(value)
        elif name == b"cookie":
            cookie = cookie or _COOKIE in value
        elif name == b"authorization":
            bearer = value[:7].lower() == b"bearer "
        elif name == b"host":
            hosts.append(value)
    if bearer and not origins:
        return
    if not origins and not cookie and scope["type"] == "http":
        return  # no browser that is signed in: there is nothing that somebody else could use
    if len(origins) != 1 or len(hosts) != 1:
        raise OriginRefused
    own = own_origins(_SCHEMES[scope.get("scheme", "http")], hosts[0].decode("latin-1"), base_url)
    if origins[0].decode("latin-1") not in own:
        raise OriginRefused


def own_origins(scheme: str, host: str, base_url: str | None) -> set[str]:
    """Return the origins of our own pages, as browsers write them."""
    own = {f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS[scheme])}"}
    if base_url is not None:
        parts = urlsplit(base_url)
        own.add(f"{parts.scheme}://{parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])}")
    return own


def local_path(text: str | None) -> str:
    """Return a path of this server to go on to, ``/`` for anything that could lead elsewhere.

    Browsers read two slashes, a slash and a backslash, and paths with control characters as other sites.
    """
    return text if text is not None and _PLAIN_PATH.fullmatch(text) else "/"


class OriginCheck:
    """Stands before everything that changes something and before every socket.

    Parameters
    ----------
    app : ASGI application
    runtime : Runtime
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan" or (
            scope["type"] == "http" and (scope["method"] in _SAFE or scope["path"] == REPORTS)
        ):
            await self._app(scope, receive, send)
            return
        try:
            check_origin(scope, self._runtime.settings.base_url)
        except OriginRefused as error:
            await refuse(self._runtime, scope, receive, send, error)
        else:
            await self._app(scope, receive, send)


async def refuse(runtime: Runtime, scope: Scope, receive: Receive, send: Send, error: CoverslipError) -> None:
    """Answer a request or a socket's handshake with a refusal that is on record first."""
    client = scope.get("client")
    address = client[0] if client else "unknown"
    note = runtime.denials.note
    try:
        await run_in_threadpool(note, address, f"request.{error.code}", object_id=id_in(scope["path"]))
    except CoverslipError as unavailable:
        error = unavailable
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})  # 403: it was not accepted
        return
    status, headers, body = problem_parts(error, scope.get("state", {}).get("request_id", ""))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
