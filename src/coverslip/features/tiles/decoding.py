"""How a route has the decoder pool work for it: dropped when the client has gone, kept when worth keeping."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from coverslip.features.tiles.files import SlideFiles
from coverslip.features.tiles.looking import Looking
from coverslip.features.tiles.making import ClientGone, Gone, WhileWanted
from coverslip.infra.runtime import Runtime

T = TypeVar("T")

_CLIENT_GONE: Final = 499
"""What some servers log for a client that did not wait; nobody receives it."""


class PixelRoute(APIRoute):
    """A route whose answer may come too late: a client that has gone is no error."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, quiet when nobody waits any more."""
        handle = super().get_route_handler()

        async def patient(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientGone:
                return Response(status_code=_CLIENT_GONE)

        return patient


def gone_of(request: Request) -> Gone:
    """Return what waits until the client of a request has disconnected."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return gone


async def in_pool(request: Request, runtime: Runtime, at: Looking, function: Callable[..., T], *args: Any) -> T:
    """Call ``function(index_path, *args)`` in a decoder for as long as the client waits.

    Raises
    ------
    ClientGone
    SlideMissing, StorageOffline, StorageTimeout
        The slide's storage does not answer; no decoder is spent on it.
    Busy, DecoderTimeout, DecoderDied, DecoderMemory
    CoverslipError
        Whatever the function raises.
    """
    device = await SlideFiles(runtime.files).device(at.first_path)
    return await run_while_wanted(request, runtime, function, str(at.index_path), *args, device=device)


async def run_while_wanted(
    request: Request, runtime: Runtime, function: Callable[..., T], *args: Any, device: int
) -> T:
    """Call a function in a decoder; the task is dropped when the client leaves.

    Raises
    ------
    ClientGone, Busy, DecoderTimeout, DecoderDied, DecoderMemory, StorageTimeout
    """
    with WhileWanted(gone_of(request)):
        return await runtime.pool.run(function, *args, device=device)


async def kept(runtime: Runtime, key: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
    """Return bytes from the disk cache, or make them and keep them."""
    data = runtime.cache.get(key)
    if data is None:
        data = await make()
        await asyncio.to_thread(runtime.cache.put, key, data)
    return data


def cache_key(version: str | None, *parts: object) -> str:
    """Return the key of something made from a slide: its version stands for the bytes and the renderer."""
    text = "/".join(["slide", version or "", *map(str, parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:40]
