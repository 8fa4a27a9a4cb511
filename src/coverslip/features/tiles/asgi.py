"""The door for tiles: a bare ASGI callable that stands in front of the whole application.

It answers ``/api/v1/slides/{slide_id}/tiles/{z}/{x}/{y}`` itself, because a framework's route costs
several times what the tile costs, and hands everything else on. An error goes on too, to the
route that documents tiles, so that errors look the same everywhere.
"""

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final

from coverslip.core.errors import CoverslipError
from coverslip.features.identity import COOKIE, SHARE_COOKIE, SHARE_HEADER
from coverslip.features.tiles.address import split_path
from coverslip.features.tiles.admission import NOBODY, SESSION, SHARE, TOKEN
from coverslip.features.tiles.making import ClientGone
from coverslip.features.tiles.meter import PathKind
from coverslip.features.tiles.routes import ERROR_KEY
from coverslip.features.tiles.service import Answer, TileService
from coverslip.infra.audit import called_from
from coverslip.infra.runtime import Runtime

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SERVICE_KEY: Final = "coverslip.tiles"
"""Where the scope carries the tile service to other rooms' routes."""

_COOKIE: Final = COOKIE.encode() + b"="
_SHARE_COOKIE: Final = SHARE_COOKIE.encode() + b"="
_SHARE_HEADER: Final = SHARE_HEADER.lower().encode()
_METHODS: Final = frozenset({"GET", "HEAD"})


class StoredTiles:
    """Answers tiles, hands on the rest.

    Parameters
    ----------
    app : ASGI application
        What stands behind.
    runtime : Runtime
    """

    def __init__(self, app: App, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime
        self._service: TileService | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        client = scope.get("client")
        called_from(client[0] if client else None)
        if scope["type"] == "http" and scope["method"] in _METHODS:
            found = split_path(scope["path"])
            if found is not None:
                await self._tile(scope, receive, send, *found)
                return
            scope[SERVICE_KEY] = self._service or self.service()
        await self._app(scope, receive, send)

    def service(self) -> TileService:
        """Return the tile service of this process, made on its event loop when first needed."""
        if self._service is None:
            self._service = TileService(self._runtime)
            self._service.start()
        return self._service

    async def _tile(self, scope: Scope, receive: Receive, send: Send, slide_id: str, place: str) -> None:
        began_s = perf_counter()
        service = self._service or self.service()
        credential, match = credential_of(scope["headers"])
        try:
            if match is None:
                admission = service.grants.peek(credential, slide_id)
                found = None if admission is None else service.at_once(admission, place, scope["query_string"])
                if found is not None:
                    await send({"type": "http.response.start", "status": 200, "headers": found[0]})
                    await send({"type": "http.response.body", "body": found[1]})
                    service.meter.stored.add(perf_counter() - began_s)
                    return
            answer = await self._slowly(service, scope, receive, credential, slide_id, place, match)
        except CoverslipError as error:
            service.meter.add(PathKind.FAILED, perf_counter() - began_s)
            scope[ERROR_KEY] = error
            await self._app(scope, receive, send)
            return
        except ClientGone:
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})
        service.meter.add(answer.kind, perf_counter() - began_s)

    async def _slowly(
        self,
        service: TileService,
        scope: Scope,
        receive: Receive,
        credential: str,
        slide_id: str,
        place: str,
        match: bytes | None,
    ) -> Answer:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        return await service.answer(credential, slide_id, place, scope["query_string"], match, gone)


def credential_of(headers: list[tuple[bytes, bytes]]) -> tuple[str, bytes | None]:
    """Return the hashed session or token (empty when there is none) and the If-None-Match header.

    The token wins where both are sent, as everywhere; of two cookies that of the share where its
    page asks, as ``identity.presented`` says.
    """
    cookies = bearer = match = None
    as_share = False
    for name, value in headers:
        if name == b"cookie":
            cookies = value if cookies is None else cookies + b"; " + value
        elif name == b"authorization":
            if value[:7].lower() == b"bearer ":
                bearer = value[7:].strip()
        elif name == b"if-none-match":
            match = value
        elif name == _SHARE_HEADER:
            as_share = True
    if bearer:
        return TOKEN + hashlib.sha256(bearer).hexdigest(), match
    cookie = None if cookies is None or as_share else _cookie(cookies, _COOKIE)
    if cookie:
        return SESSION + hashlib.sha256(cookie).hexdigest(), match
    share = None if cookies is None else _cookie(cookies, _SHARE_COOKIE)
    if share:
        return SHARE + hashlib.sha256(share).hexdigest(), match
    return NOBODY if as_share else "", match


def _cookie(header: bytes, name: bytes) -> bytes | None:
    """Return the value of one cookie; ``name`` ends with the equals sign."""
    at = header.find(name)
    if at == 0 or (at > 0 and header[at - 1] in b"; "):
        end = header.find(b";", at)
        return header[at + len(name) : end if end >= 0 else None].strip()
    return None
