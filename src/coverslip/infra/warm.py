"""Requests that a process sends itself before anybody waits for it.

The web framework builds its routes when they are first asked for, and the first thread, database
connection and compiled query cost more than a hundred tiles.
"""

from typing import Any, Final

from starlette.types import ASGIApp, Message

_SELF: Final = ("127.0.0.1", 0)


async def ask(app: ASGIApp, method: str, path: str) -> int:
    """Send a request without credentials into the application and return the status of its answer."""
    status = 0
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": _SELF,
        "server": _SELF,
        "state": {},
    }
    await app(scope, receive, send)
    return status
