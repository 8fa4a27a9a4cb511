"""What a web process does beside answering: warm up before the first viewer, and hand its counts on."""

import asyncio
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from coverslip.core.errors import CoverslipError
from coverslip.features import identity, slides
from coverslip.features.tiles.admission import NOBODY
from coverslip.features.tiles.service import TileService
from coverslip.infra import warm
from coverslip.infra.runtime import Runtime


async def warm_up(runtime: Runtime, whole: ASGIApp, service: TileService, path: str) -> None:
    """Do what the first viewer would otherwise wait for: nobody is let in by it, nothing is recorded.

    Parameters
    ----------
    path : str
        Of a route that has no PUT: asking for it builds the routes and runs none.
    """
    await warm.ask(whole, "GET", "/readyz")
    await warm.ask(whole, "PUT", path)
    with suppress(CoverslipError):
        await service.admissions.load(NOBODY, "none")
    await run_in_threadpool(_rehearse, runtime, service)


async def count(runtime: Runtime, service: TileService) -> None:
    """Hand this process's counts to the metrics, once a second."""
    while True:
        await asyncio.sleep(1)
        service.meter.flush(runtime.metrics)
        runtime.metrics.look(
            pool=runtime.pool, cache=runtime.cache, files=runtime.files, slides=len(service.admissions)
        )


def _rehearse(runtime: Runtime, service: TileService) -> None:
    """Open the newest slide as its first viewer will, and tell nobody."""
    runtime.reserve.rehearse()
    folder = runtime.settings.index_folder
    with suppress(CoverslipError, OSError), runtime.db.read() as session:
        slide_id = slides.newest_ready(session) or "none"
        slides.get_slide(session, identity.SYSTEM, slide_id, folder).model_dump_json()
        service.admissions.make_ready(slides.locate(session, identity.SYSTEM, slide_id, folder))
