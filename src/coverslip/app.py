"""The composition root: which rooms there are, and how their processes start. A table of contents."""

import asyncio
import pickle
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.types import ASGIApp

from coverslip import __version__
from coverslip.core.errors import CoverslipError, StartRefused
from coverslip.features import (
    access,
    annotations,
    boards,
    exports,
    identity,
    imports,
    live,
    notices,
    operations,
    slides,
    tiles,
    viewing,
)
from coverslip.features.interop import deepzoom
from coverslip.infra import front, launch, tls
from coverslip.infra.datafolder import lock_data_folder, make_data_folder, plain
from coverslip.infra.jobs import Worker
from coverslip.infra.metrics import clean_metrics
from coverslip.infra.notify import HostBridge
from coverslip.infra.openapi import describe_problems
from coverslip.infra.processes import REFUSED
from coverslip.infra.runtime import Runtime, open_runtime, run_folder
from coverslip.infra.schema import migrate
from coverslip.infra.static import WebApp
from coverslip.infra.upkeep import job_upkeep, web_upkeep
from coverslip.infra.web import add_problem_handlers
from coverslip.infra.webserver import log_to_stderr, serve_web
from coverslip.settings import Settings, ssh_connection

API: Final = "/api/v1"
WEB_APP: Final = Path(__file__).parent / "web_app"

API_ROOMS: Final = (identity, access, slides, viewing, notices, imports, tiles, exports, annotations, boards, live)
ROOT_ROOMS: Final = (deepzoom, operations)
JOB_ROOMS: Final = (imports, exports, annotations, notices)
JOB_HANDLERS: Final = {kind: run for room in JOB_ROOMS for kind, run in room.JOB_HANDLERS.items()}
JOB_LIMITS: Final = {**imports.JOB_LIMITS, **exports.JOB_LIMITS, **annotations.JOB_LIMITS}


# --- a web process ----------------------------------------------------------------------------


def create_app(runtime: Runtime) -> ASGIApp:
    """Return the whole application of one web process; StartRefused where a route or live message has no policy."""
    app = FastAPI(
        title="Coverslip",
        version=__version__,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lambda app: _life(runtime, app.state.front),
    )
    app.state.runtime = runtime
    for room in API_ROOMS:
        app.include_router(room.router, prefix=API)
    for room in ROOT_ROOMS:
        app.include_router(room.router)
    add_problem_handlers(app)
    describe_problems(app)
    live.check_messages()
    access.check_policies(app, also=(f"{API}/openapi.json",))
    app.router.default = WebApp(WEB_APP, app.router.not_found, lambda path: access.framed_by(runtime, path))
    whole = app.state.front = tiles.StoredTiles(front.wrapped(app, runtime), runtime)
    return whole


@asynccontextmanager
async def _life(runtime: Runtime, whole: tiles.StoredTiles) -> AsyncIterator[None]:
    """Open what needs the event loop, and close everything in order."""
    upkeep = web_upkeep(runtime)
    upkeep.start()
    runtime.bus.listen()
    service = whole.service()
    await runtime.pool.warm()
    await tiles.warm_up(runtime, whole, service, f"{API}/slides/none")
    counting = asyncio.create_task(tiles.count(runtime, service))
    yield
    counting.cancel()
    upkeep.stop()
    await runtime.pool.close()
    runtime.close()


def run_web(serving: launch.Serving) -> int:
    """Be a web process."""
    log_to_stderr()
    settings: Settings = pickle.loads(serving.payload)  # noqa: S301 - our own supervisor passed it on
    runtime = open_runtime(settings, decoders=settings.decoders)
    try:
        app = create_app(runtime)
    except StartRefused as error:
        print(f"coverslip: {error.message} [{error.code}]", file=sys.stderr, flush=True)
        return REFUSED
    return serve_web(front.outermost(app, runtime), serving, tls.certificate_of(settings))


# --- the job process --------------------------------------------------------------------------


def run_jobs(serving: launch.Serving) -> int:
    """Be the process that scans folders and works off jobs."""
    log_to_stderr()
    settings: Settings = pickle.loads(serving.payload)  # noqa: S301 - as above
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runtime = open_runtime(settings, decoders=2)  # who reads a label for a second does not keep a slide waiting
    worker = Worker(runtime, JOB_HANDLERS, slots=3, limits=JOB_LIMITS)  # an export, a hash, and one to spare
    watcher = imports.Watcher(runtime)
    upkeep = job_upkeep(runtime)
    upkeep.every(exports.CLEAR_EVERY_S, lambda: exports.clear_expired(runtime))
    upkeep.every(identity.SWEEP_EVERY_S, lambda: access.sweep(runtime.db))
    upkeep.every(annotations.SWEEP_EVERY_S, lambda: annotations.sweep(runtime))
    for every_s, chore in (*identity.chores(runtime), *notices.chores(runtime)):
        upkeep.every(every_s, chore)
    runtime.pool.warm_blocking()
    bridge = HostBridge(runtime)
    runtime.bus.listen()
    for part in (worker, watcher, upkeep, bridge):
        part.start()
    stop.wait()
    for part in (bridge, upkeep, watcher, worker):
        part.stop()
    runtime.pool.close_blocking()
    runtime.close()
    return 0


# --- starting, and commands beside a server -----------------------------------------------------


def prepare(arguments: tuple[launch.Asked, int]) -> int:
    """Do all of ``serve`` that can be refused, then hand over to the supervisor."""
    asked, descriptor = arguments
    try:
        settings = front.settings_for(asked)
        front.check_start(settings)
        folders = [imports.checked_folder(folder) for folder in asked.folders]
        listener = launch.bind(settings.host, settings.port)
        make_data_folder(settings.data, sqlite=settings.uses_sqlite)
        lock = lock_data_folder(settings.data)
        settings = tls.with_own_certificate(settings)
        clean_metrics(settings.data)
        with command_runtime(settings) as runtime, runtime.db.transaction() as session:
            token = identity.issue_one_time(session)
            operations.record_start(session, runtime)
            shared = imports.share_folder(session, runtime, asked, [imports.add_root(session, one) for one in folders])
    except (CoverslipError, OSError) as error:
        launch.refuse(descriptor, plain(error))
        return REFUSED
    shown = tls.fingerprint_to_show(settings)
    plan = launch.plan(settings, listener, run_folder(settings.data), token, ssh_connection(), shown, shared)
    launch.hand_over(descriptor, plan, listener, lock)
    return 0


@contextmanager
def command_runtime(settings: Settings) -> Iterator[Runtime]:
    """Open a data folder for a command, with its tables up to date; it may run beside a server."""
    make_data_folder(settings.data, sqlite=settings.uses_sqlite)
    runtime = open_runtime(settings, decoders=1)
    try:
        migrate(runtime.db)
        yield runtime
    finally:
        with suppress(CoverslipError):
            runtime.pool.close_blocking()
        runtime.close()
