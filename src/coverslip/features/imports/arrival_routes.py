"""Bringing slides in over HTTP: a form, a table of files, the log, rules by folder."""

import asyncio
from pathlib import Path as FilePath
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response, status
from starlette.concurrency import run_in_threadpool

from coverslip.core.arrival_errors import ArchiveRefused, DuplicateSlide, NameRefused, UploadExpired
from coverslip.core.errors import (
    Conflict,
    CsrfRefused,
    DiskFull,
    FieldProblem,
    Forbidden,
    InvalidRequest,
    NotFound,
    SlideUnreadable,
    rebuilt,
)
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.imports import arrivals, batch, rules, views
from coverslip.features.imports.forms import Form
from coverslip.features.imports.multipart import boundary_of
from coverslip.features.imports.schemas import (
    ArrivalList,
    ArrivalOut,
    ArrivalState,
    BatchOut,
    RetryIn,
    RuleIn,
    RuleList,
    RuleOut,
    RulePatch,
)
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(prefix="/imports", tags=["imports"])

ArrivalIdPath = Annotated[str, Path(max_length=64)]
RuleIdPath = Annotated[str, Path(max_length=64)]
_LOOK_S: Final = 0.2
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "project": {"type": "string"},
                        "case": {"type": "string"},
                        "sha256": {"type": "string"},
                        "keep": {"type": "string", "enum": ["true", "false"]},
                    },
                    "additionalProperties": {"type": "string"},
                }
            }
        },
    }
}
_TABLE: Final = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/yaml")},
    }
}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.EDIT)],
    responses=problems(
        NotFound,
        Forbidden,
        CsrfRefused,
        InvalidRequest,
        NameRefused,
        ArchiveRefused,
        SlideUnreadable,
        DuplicateSlide,
        DiskFull,
    ),
    openapi_extra=_FORM,
)
async def import_slide(
    request: Request,
    response: Response,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    wait: Annotated[float, Query(ge=0, le=300, description="Seconds to wait for the slide; then 202.")] = 30,
) -> ArrivalOut:
    """Send one slide (or an archive of slides) as a form, and wait until it is registered."""
    boundary = boundary_of(request.headers.get("content-type", ""))
    length = request.headers.get("content-length", "")
    form = await run_in_threadpool(Form, runtime, int(length) if length.isdigit() else None)
    try:
        await form.read(request.stream(), boundary)
        arrival_id = await run_in_threadpool(form.keep, viewer)
    except BaseException:
        await run_in_threadpool(form.discard)
        raise
    for _ in range(int(wait / _LOOK_S) + 1):
        found = await run_in_threadpool(views.get_arrival, runtime, viewer, arrival_id)
        if found.state is ArrivalState.DONE:
            return found
        if found.reason is not None:
            raise rebuilt(found.reason.code, found.reason.message)
        if wait > 0:
            await asyncio.sleep(_LOOK_S)
    response.status_code = status.HTTP_202_ACCEPTED
    return found


@router.post(
    "/batch",
    dependencies=[policy(Action.ADMIN)],
    responses=problems(Forbidden, CsrfRefused, InvalidRequest),
    openapi_extra=_TABLE,
)
async def import_batch(
    request: Request,
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    dry_run: Annotated[bool, Query(description="Say what would happen, and change nothing.")] = False,
) -> BatchOut:
    """Register many files of the server in place, by a table with the columns file, project, case and fields."""
    body = bytearray()
    async for data in request.stream():
        body += data
        if len(body) > batch.LARGEST:
            raise InvalidRequest(f"A table has at most {batch.LARGEST // 2**20} MiB.")
    kind = request.headers.get("content-type", "")
    return await run_in_threadpool(batch.run, runtime, viewer, bytes(body), kind, dry_run=dry_run)


@router.get("/arrivals", dependencies=[policy(Action.EDIT)], responses=problems(InvalidRequest))
def list_arrivals(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    state: Annotated[list[ArrivalState] | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = views.PAGE,
) -> ArrivalList:
    """List what arrived, what waits, and what failed and why; newest first."""
    found = views.list_arrivals(runtime, viewer, state or (), cursor, limit)
    views.record_arrivals(runtime, viewer)
    return found


@router.get("/arrivals/{arrival_id}", dependencies=[policy(Action.EDIT)], responses=problems(NotFound))
def get_arrival(arrival_id: ArrivalIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> ArrivalOut:
    """Say how one arrival stands."""
    found = views.get_arrival(runtime, viewer, arrival_id)
    views.record_arrivals(runtime, viewer)
    return found


@router.post(
    "/arrivals/{arrival_id}/retry",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Conflict, CsrfRefused, UploadExpired),
)
def retry_arrival(
    arrival_id: ArrivalIdPath, viewer: CurrentViewer, runtime: CurrentRuntime, body: RetryIn | None = None
) -> ArrivalOut:
    """Try again what failed, or register what is here already a second time."""
    with runtime.db.transaction() as session:
        arrivals.retry(session, viewer, arrival_id, keep=body is not None and body.keep)
    found = views.get_arrival(runtime, viewer, arrival_id)
    views.record_arrivals(runtime, viewer)
    return found


@router.get("/rules", dependencies=[policy(Action.ADMIN)], responses=problems(Forbidden))
def list_rules(runtime: CurrentRuntime) -> RuleList:
    """List what becomes of slides by their folder."""
    with runtime.db.read() as session:
        return rules.list_rules(session)


@router.post(
    "/rules",
    status_code=status.HTTP_201_CREATED,
    dependencies=[policy(Action.ADMIN)],
    responses=problems(Forbidden, CsrfRefused, InvalidRequest, NotFound, Conflict),
)
def create_rule(body: RuleIn, viewer: CurrentViewer, runtime: CurrentRuntime) -> RuleOut:
    """Say what becomes of slides at and below a folder; it holds for what is registered from now on."""
    if "\0" in body.folder or not FilePath(body.folder).is_absolute():
        why = "must be an absolute path on the server"
        raise InvalidRequest(f"The folder {why}.", [FieldProblem("/folder", why)])
    with runtime.db.transaction() as session:
        return rules.create(session, viewer, body)


@router.patch(
    "/rules/{rule_id}",
    dependencies=[policy(Action.ADMIN)],
    responses=problems(Forbidden, CsrfRefused, InvalidRequest, NotFound),
)
def change_rule(rule_id: RuleIdPath, body: RulePatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> RuleOut:
    """Change a rule; what is absent stays, null takes away."""
    with runtime.db.transaction() as session:
        return rules.change(session, viewer, rule_id, body)


@router.delete(
    "/rules/{rule_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[policy(Action.ADMIN)],
    responses=problems(Forbidden, CsrfRefused, NotFound),
)
def delete_rule(rule_id: RuleIdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Forget a rule; slides keep what they got from it."""
    with runtime.db.transaction() as session:
        rules.delete(session, viewer, rule_id)
