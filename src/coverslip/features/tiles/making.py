"""Tiles that must be made: from the disk cache, else by a decoder, else refused.

Equal requests share one decoder task. A task whose client has gone is dropped; whoever shared it
asks anew.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from coverslip.core.errors import Busy, CoverslipError
from coverslip.features.tiles.address import TileRequest
from coverslip.features.tiles.ready import ReadySlide
from coverslip.imaging.work import make_tile
from coverslip.infra.cache import TileCache
from coverslip.infra.runtime import Runtime

Gone = Callable[[], Awaitable[None]]

WATCH_AFTER_S: Final = 0.05
"""Only who waits longer than this is watched for hanging up: most tiles are made before."""
GATHER_S: Final = 0.1
LINE_LENGTH: Final = 64
"""Tiles that may wait in front of the pool's queue; who comes later is told that the server is busy."""
_UNWRITTEN: Final = 512
_FULL: Final = b"\x00"
_EMPTY: Final = b"\x01"
_MEDIA_TYPES: Final = ((b"\xff\xd8", b"image/jpeg"), (b"\x89P", b"image/png"), (b"RI", b"image/webp"))


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class WhileWanted:
    """Ends the work of the block with :class:`ClientGone` when the client hangs up.

    Parameters
    ----------
    gone : callable
        ``await gone()`` returns when the client has disconnected.
    """

    __slots__ = ("_gone", "_left", "_task", "_timer", "_watcher")

    def __init__(self, gone: Gone) -> None:
        self._gone = gone
        self._left = False
        self._watcher: asyncio.Future[None] | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._watch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._left and isinstance(error, asyncio.CancelledError) and self._task is not None:
            self._task.uncancel()
            raise ClientGone from None

    def _watch(self) -> None:
        self._watcher = asyncio.ensure_future(self._gone())
        self._watcher.add_done_callback(self._hung_up)

    def _hung_up(self, watcher: "asyncio.Future[None]") -> None:
        if not watcher.cancelled() and watcher.exception() is None and self._task is not None:
            self._left = True
            self._task.cancel()


@dataclass(frozen=True, slots=True)
class MadeTile:
    """A tile's bytes and where they came from; ``empty`` marks a gap of a sparse slide."""

    body: bytes
    media_type: bytes
    empty: bool
    from_cache: bool


class TileMaker:
    """Makes tiles for one web process; lives on its event loop."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._keeper = _Keeper(runtime.cache)
        self._making: dict[str, asyncio.Future[MadeTile | None]] = {}
        self._at_pool = asyncio.Semaphore(4 * runtime.pool.stats().size)  # the rest of its queue is for others
        self._in_line = 0

    async def tile(self, slide: ReadySlide, request: TileRequest, device: int | None, gone: Gone) -> MadeTile:
        """Return the tile from the disk cache, else have it made, sharing the work with whoever asks for the same.

        Parameters
        ----------
        device : int or None
            ``st_dev`` of the storage that holds the slide.
        gone : callable
            ``await gone()`` returns when the client has disconnected.

        Raises
        ------
        ClientGone
        Busy, DecoderTimeout, DecoderDied, DecoderMemory, StorageTimeout
        CoverslipError
            Whatever reading the pixels says.
        """
        key = _key(slide, request)
        data = self._keeper.get(key)
        kept = None if data is None else _unpacked(data)
        if kept is not None:
            return kept
        with WhileWanted(gone):
            while (shared := self._making.get(key)) is not None:
                made = await asyncio.shield(shared)
                if made is not None:
                    return made
            return await self._make(key, slide, request, device)

    async def _make(self, key: str, slide: ReadySlide, request: TileRequest, device: int | None) -> MadeTile:
        shared: asyncio.Future[MadeTile | None] = asyncio.get_running_loop().create_future()
        self._making[key] = shared
        outcome: MadeTile | None = None
        try:
            await self._wait_for_pool()
            try:
                body, media_type, empty = await self._runtime.pool.run(
                    make_tile,
                    str(slide.index_path),
                    request.z,
                    request.x,
                    request.y,
                    request.plane,
                    request.time,
                    request.style,
                    device=device,
                )
            finally:
                self._at_pool.release()
            outcome = MadeTile(body, media_type.encode(), empty, from_cache=False)
        except CoverslipError as error:
            shared.set_exception(error)
            shared.exception()  # it may be that nobody shares it
            raise
        finally:
            del self._making[key]
            if not shared.done():
                shared.set_result(outcome)  # None when this client has gone: the next one makes it
        self._keeper.keep(key, (_EMPTY if empty else _FULL) + body)
        return outcome

    async def _wait_for_pool(self) -> None:
        """Wait in line for the pool: one screen asks for more tiles at once than its queue holds.

        Raises
        ------
        Busy
            The line is full too.
        """
        if self._at_pool.locked() and self._in_line >= LINE_LENGTH:
            raise Busy
        self._in_line += 1
        try:
            await self._at_pool.acquire()
        finally:
            self._in_line -= 1


class _Keeper:
    """Writes made tiles to the disk cache behind the answers: gathered for a moment, then in one thread.

    Waking a thread for each tile would make it and the event loop wait for each other.
    """

    def __init__(self, cache: TileCache) -> None:
        self._cache = cache
        self._unwritten: dict[str, bytes] = {}
        self._writing: asyncio.Future[None] | None = None

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, written already or not."""
        data = self._unwritten.get(key) or self._cache.get(key)
        if self._cache.needs_refresh() and self._writing is None:
            self._writing = asyncio.ensure_future(self._write_soon())
        return data

    def keep(self, key: str, data: bytes) -> None:
        """Keep bytes soon; they are dropped when the disk does not follow."""
        if len(self._unwritten) < _UNWRITTEN:
            self._unwritten[key] = data
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write_soon())

    async def _write_soon(self) -> None:
        while self._unwritten or self._cache.needs_refresh():
            await asyncio.sleep(GATHER_S)
            batch = list(self._unwritten.items())
            await asyncio.to_thread(self._write, batch)
            for key, _ in batch:
                self._unwritten.pop(key, None)
        self._writing = None

    def _write(self, batch: list[tuple[str, bytes]]) -> None:
        self._cache.put_all(batch)
        self._cache.refresh()


def _key(slide: ReadySlide, request: TileRequest) -> str:
    """Return the cache key: the version stands for the slide's bytes and for how tiles are made."""
    text = f"{slide.version}/{request.z}/{request.x}/{request.y}/{request.plane}/{request.time}/{request.style or ''}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _unpacked(data: bytes) -> MadeTile | None:
    body = data[1:]
    for magic, media_type in _MEDIA_TYPES:
        if body.startswith(magic):
            return MadeTile(body, media_type, data[:1] == _EMPTY, from_cache=True)
    return None  # not whole: a full disk, a copied folder
