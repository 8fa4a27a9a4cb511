"""``/healthz``, ``/readyz``, ``/metrics``, and what the web app asks before anybody signs in."""

from typing import Final

from fastapi import APIRouter, Request, status
from fastapi.responses import PlainTextResponse, Response

from coverslip import __version__
from coverslip.core.errors import DatabaseUnavailable, Unauthenticated
from coverslip.features.access import policy
from coverslip.features.identity import ANONYMOUS, authenticate, bearer_of
from coverslip.features.imports import sample_path
from coverslip.features.operations import store
from coverslip.features.operations.routes_audit import router as audit_router
from coverslip.features.operations.schemas import AppOut
from coverslip.features.slides import sees_a_project
from coverslip.infra.metrics import CONTENT_TYPE
from coverslip.infra.origins import REPORTS
from coverslip.infra.policy import violated
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["operations"])
router.include_router(audit_router)
_LONGEST_REPORT: Final = 16 * 1024
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@router.get("/api/v1/app", dependencies=[policy.public])
def get_app(runtime: CurrentRuntime) -> AppOut:
    """Say which version this is and what its pages must show."""
    return AppOut(
        version=__version__,
        notice=runtime.settings.notice,
        sample_available=sample_path() is not None,
        public_projects=_something_is_public(runtime),
    )


@router.post(REPORTS, dependencies=[policy.public], status_code=status.HTTP_204_NO_CONTENT)
async def report_violation(request: Request, runtime: CurrentRuntime) -> None:
    """Count what a browser refused in one of our pages; nothing of the report is kept but which rule it was."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_REPORT:
            return
    runtime.metrics.count_violation(violated(body))


@router.get("/healthz", dependencies=[policy.public], response_class=PlainTextResponse)
async def get_healthz() -> Response:
    """Say that this process answers; it asks nobody else, so that a slow database restarts nothing."""
    return PlainTextResponse("ok\n", headers=_NOT_KEPT)


@router.get(
    "/readyz",
    dependencies=[policy.public],
    response_class=PlainTextResponse,
    responses=problems(DatabaseUnavailable),
)
def get_readyz(runtime: CurrentRuntime) -> Response:
    """Say that requests can be served: the database answers."""
    with runtime.db.read() as session:
        if not store.answers(session):
            raise DatabaseUnavailable
    return PlainTextResponse("ready\n", headers=_NOT_KEPT)


@router.get(
    "/metrics",
    dependencies=[policy.public],
    response_class=PlainTextResponse,
    responses=problems(Unauthenticated),
)
def get_metrics(request: Request, runtime: CurrentRuntime) -> Response:
    """Give the metrics of all processes, to a listed address or whoever has a token.

    Nothing in them names a person, a slide or a file.
    """
    address = request.client.host if request.client else ""
    if address not in runtime.settings.metrics_addresses:
        _check_token(request, runtime)
    return Response(runtime.metrics.text(runtime.cache), headers={**_NOT_KEPT, "Content-Type": CONTENT_TYPE})


def _something_is_public(runtime: Runtime) -> bool:
    """Say whether there is a project for who is not signed in; where that is switched off, nothing is asked."""
    if not runtime.settings.allow_public:
        return False
    with runtime.db.read() as session:
        return sees_a_project(session, ANONYMOUS)


def _check_token(request: Request, runtime: Runtime) -> None:
    with runtime.db.read() as session:
        authenticate(session, bearer=bearer_of(request.headers.get("authorization")))
