"""Our cookies over TLS: with the prefix ``__Host-``, which browsers keep to this host, this path and TLS.

A cookie without the prefix may have been planted by another page of the domain or by somebody on an
unencrypted connection, so over TLS it is not taken. Rooms know their cookies by their plain names.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS: Final = b"coverslip_"
_PREFIX: Final = b"__Host-"
_SECURE: Final = frozenset({"https", "wss"})


class HostCookies:
    """Adds the prefix on the way out and takes it off on the way in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope.get("scheme") not in _SECURE:
            await self._app(scope, receive, send)
            return
        scope["headers"] = [
            (name, _incoming(value)) if name == b"cookie" else (name, value) for name, value in scope["headers"]
        ]

        async def send_prefixed(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                message["headers"] = [
                    (name, _outgoing(value)) if name.lower() == b"set-cookie" else (name, value)
                    for name, value in message.get("headers", ())
                ]
            await send(message)

        await self._app(scope, receive, send_prefixed)


def _incoming(header: bytes) -> bytes:
    kept = []
    for part in header.split(b";"):
        cookie = part.strip()
        if cookie.startswith(_PREFIX + _OURS):
            kept.append(cookie.removeprefix(_PREFIX))
        elif cookie and not cookie.startswith(_OURS):
            kept.append(cookie)
    return b"; ".join(kept)


def _outgoing(header: bytes) -> bytes:
    if not header.startswith(_OURS):
        return header
    secure = b"" if b"; secure" in header.lower() else b"; Secure"
    return _PREFIX + header + secure
