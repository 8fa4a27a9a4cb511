"""What a web process does before its first viewer, so that they do not wait for it."""

from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from coverslip.core.errors import CoverslipError
from coverslip.features.identity import SYSTEM
from coverslip.features.slides import get_slide
from coverslip.features.tiles.admission import NOBODY
from coverslip.features.tiles.service import TileService
from coverslip.infra import warm
from coverslip.infra.runtime import Runtime


async def warm_up(runtime: Runtime, whole: ASGIApp, service: TileService, prefix: str) -> None:
    """Ask for what every viewer asks for: nobody is let in by it, nothing is recorded.

    Parameters
    ----------
    whole : ASGI application
        All of the process, the tile path before the routes.
    prefix : str
        Of the API.
    """
    await runtime.pool.warm()
    await warm.ask(whole, "GET", "/readyz")
    await warm.ask(whole, "PUT", f"{prefix}/slides/none")  # no such method: builds the routes, runs none
    with suppress(CoverslipError):
        await service.admissions.load(NOBODY, "none")
    await run_in_threadpool(_read_nothing, runtime)


def _read_nothing(runtime: Runtime) -> None:
    with suppress(CoverslipError), runtime.db.read() as session:
        get_slide(session, SYSTEM, "none", runtime.settings.index_folder)
