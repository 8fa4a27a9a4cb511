"""Requests that are too large are refused by what they announce, before a byte of them is read."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from coverslip.core.errors import TooLarge

LARGEST_BODY: Final = 16 * 2**20
_SAYS: Final = "A request with annotations may have at most 16 MiB; send more of them in several."


class BoundedRoute(APIRoute):
    """A route whose body is bounded; one sent in chunks, which announces nothing, is counted as it comes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the bound."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            announced = request.headers.get("content-length", "")
            if announced.isdigit() and int(announced) > LARGEST_BODY:
                raise TooLarge(_SAYS)
            return await inner(Request(request.scope, _counted(request)))

        return handle


def _counted(request: Request) -> Callable[[], Coroutine[Any, Any, Message]]:
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            raise TooLarge(_SAYS)
        return message

    return receive
