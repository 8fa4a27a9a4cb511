"""Made tiles under pressure: shared work, clients that hang up, a line that is bounded."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coverslip.core.errors import Busy
from coverslip.features.tiles import making
from coverslip.features.tiles.address import TileRequest
from coverslip.features.tiles.making import ClientGone, TileMaker, WhileWanted
from coverslip.features.tiles.ready import ReadySlide, make_ready
from coverslip.imaging import work
from coverslip.imaging.index import load_index
from coverslip.infra.pool import DecoderPool
from coverslip.infra.runtime import Runtime
from coverslip.testing.synthetic import coded_rgb, write_pyramid


@pytest.fixture
def slide(sqlite_runtime: Runtime, tmp_path: Path) -> ReadySlide:
    path, index_path = tmp_path / "coded.tif", tmp_path / "coded.idx"
    write_pyramid(path, coded_rgb(1200, 1000), factors=(1, 2), compression="deflate")
    sqlite_runtime.pool.run_blocking(work.describe, str(path), str(index_path))
    return make_ready("slide", load_index(index_path), index_path)


def request_for(slide: ReadySlide, x: int = 0, y: int = 0, style: str | None = None) -> TileRequest:
    return TileRequest(slide.slide_id, len(slide.levels) - 1, x, y, style=style)


async def never() -> None:
    await asyncio.Event().wait()


def hangs_up(after_s: float) -> Callable[[], "asyncio.Future[None]"]:
    return lambda: asyncio.ensure_future(asyncio.sleep(after_s))


async def occupied(pool: DecoderPool, seconds: float) -> list["asyncio.Task[None]"]:
    """Keep every decoder busy."""
    tasks = [asyncio.create_task(pool.run(time.sleep, seconds)) for _ in range(pool.stats().size)]
    await asyncio.sleep(0.2)
    assert pool.stats().busy == pool.stats().size
    return tasks


def test_a_client_that_hangs_up_leaves_the_line(sqlite_runtime: Runtime, slide: ReadySlide) -> None:
    async def scenario() -> None:
        maker = TileMaker(sqlite_runtime)
        busy = await occupied(sqlite_runtime.pool, 1.0)
        with pytest.raises(ClientGone):
            await maker.tile(slide, request_for(slide), None, hangs_up(0.05))
        await asyncio.sleep(0.05)
        done = sqlite_runtime.pool.stats().done
        await asyncio.gather(*busy)
        await asyncio.sleep(0.2)
        assert sqlite_runtime.pool.stats().done == done + len(busy), "no decoder was spent on it"

    asyncio.run(scenario())


def test_who_shared_the_work_of_a_client_that_left_gets_the_tile(sqlite_runtime: Runtime, slide: ReadySlide) -> None:
    async def scenario() -> None:
        maker = TileMaker(sqlite_runtime)
        busy = await occupied(sqlite_runtime.pool, 0.6)
        leaving = asyncio.create_task(maker.tile(slide, request_for(slide), None, hangs_up(0.05)))
        staying = asyncio.create_task(maker.tile(slide, request_for(slide), None, never))
        with pytest.raises(ClientGone):
            await leaving
        assert (await staying).body.startswith(b"\xff\xd8")
        await asyncio.gather(*busy)

    asyncio.run(scenario())


def test_an_old_tile_that_is_looked_at_is_written_again(sqlite_runtime: Runtime, slide: ReadySlide) -> None:
    cache = sqlite_runtime.cache

    async def written(maker: TileMaker) -> None:
        writing = maker._keeper._writing
        assert writing is not None
        await writing

    async def made(maker: TileMaker) -> bool:
        return not (await maker.tile(slide, request_for(slide), None, never)).from_cache

    async def scenario() -> None:
        maker = TileMaker(sqlite_runtime)
        assert await made(maker)
        await written(maker)
        number, filler = 0, b"x" * 10_000
        while not cache.needs_refresh():  # until it lies in the older half
            cache.put_all([(f"{number + one:032x}", filler) for one in range(20)])
            number += 20
            assert not await made(maker)
        await written(maker)
        assert not await made(maker)
        assert not cache.needs_refresh(), "it lies in the newer half now"

    cache._max_bytes, cache._segment_bytes = 2_000_000, 2**15
    asyncio.run(scenario())


def test_a_server_that_stops_is_no_client_that_left(slide: ReadySlide) -> None:
    async def scenario() -> None:
        async def waits() -> None:
            with WhileWanted(never):
                await asyncio.sleep(10)

        task = asyncio.create_task(waits())
        await asyncio.sleep(making.WATCH_AFTER_S + 0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


def test_the_line_is_bounded(sqlite_runtime: Runtime, slide: ReadySlide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LINE_LENGTH", 3)

    async def scenario() -> list[object]:
        maker = TileMaker(sqlite_runtime)
        busy = await occupied(sqlite_runtime.pool, 0.5)
        places = [(x, y) for y in range(4) for x in range(5)][: 4 * sqlite_runtime.pool.stats().size + 3 + 4]
        tiles = [maker.tile(slide, request_for(slide, *place), None, never) for place in places]
        found = await asyncio.gather(*tiles, return_exceptions=True)
        await asyncio.gather(*busy)
        return list(found)

    found = asyncio.run(scenario())
    assert sum(isinstance(one, Busy) for one in found) == 4
    assert sum(isinstance(one, making.MadeTile) for one in found) == len(found) - 4


def test_what_the_decoder_says_reaches_everybody_who_shared_it(
    sqlite_runtime: Runtime, slide: ReadySlide, tmp_path: Path
) -> None:
    (tmp_path / "coded.tif").unlink()

    async def scenario() -> list[object]:
        maker = TileMaker(sqlite_runtime)
        tiles = [maker.tile(slide, request_for(slide), None, never) for _ in range(3)]
        return list(await asyncio.gather(*tiles, return_exceptions=True))

    assert {getattr(one, "code", None) for one in asyncio.run(scenario())} == {"slide_missing"}
