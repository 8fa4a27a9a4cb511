"""How this room takes and gives JSON: bounded on its way in, as it lies in the database on its way out.

Requests that are too large are refused by what they announce, before a byte of them is read.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import HTTPException, Request, Response
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
            counted = _Counted(request)
            try:
                return await inner(Request(request.scope, counted.receive))
            except HTTPException:  # the framework says of whatever goes wrong there that it could not be parsed
                if counted.read > LARGEST_BODY:
                    raise TooLarge(_SAYS) from None
                raise

        return handle


class _Counted:
    """Counts a body as it comes."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.read = 0

    async def receive(self) -> Message:
        """Receive a part."""
        message = await self._request.receive()
        self.read += len(message.get("body", b""))
        if self.read > LARGEST_BODY:
            raise TooLarge(_SAYS)
        return message


def json_answer(value: Any, status_code: int = 200) -> Response:
    """Return an answer whose value is JSON already: nothing is checked and built a second time."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text, status_code, media_type="application/json")
