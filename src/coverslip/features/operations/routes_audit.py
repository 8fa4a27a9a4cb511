"""The audit trail over HTTP, for administrators and auditors. Nothing here changes or deletes a record."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from coverslip.core.errors import AuditUnavailable, Forbidden, InvalidRequest
from coverslip.features.access import policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.operations import trail
from coverslip.features.operations.schemas_audit import AuditFormat, AuditRecords, Head, Sightings
from coverslip.infra.audit import Outcome
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(prefix="/api/v1/audit")

Text = Annotated[str | None, Query(max_length=200)]
_MEDIA: Final = {
    AuditFormat.CSV: "text/csv; charset=utf-8",
    AuditFormat.JSONL: "application/jsonl",
    AuditFormat.XML: "application/xml",
}
_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {kind.partition(";")[0]: _FILE for kind in _MEDIA.values()}}
}


def audit_query(
    who: Annotated[str | None, Query(max_length=200, description="Id or name of a person.")] = None,
    what: Annotated[str | None, Query(max_length=80, description="A kind of action, or an action.")] = None,
    object: Annotated[
        str | None,
        Query(max_length=200, description="An id, or the exact name of a project, case or slide with all it holds."),
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="A record of an hour counts where it overlaps.")] = None,
    until: AwareDatetime | None = None,
    outcome: Outcome | None = None,
    address: Text = None,
    share_id: Text = None,
) -> trail.AuditQuery:
    """Read the filters of an address."""
    return trail.AuditQuery(
        who=who,
        what=what,
        object=object,
        since=since,
        until=until,
        outcome=outcome,
        address=address,
        share_id=share_id,
    )


AuditFilter = Annotated[trail.AuditQuery, Depends(audit_query)]


@router.get("/records", dependencies=[policy.auditor], responses=problems(Forbidden, InvalidRequest, AuditUnavailable))
def list_audit_records(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    query: AuditFilter,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> AuditRecords:
    """Search the audit trail, newest first."""
    return trail.search(runtime, viewer, query, limit, cursor)


@router.get(
    "/sightings", dependencies=[policy.auditor], responses=problems(Forbidden, InvalidRequest, AuditUnavailable)
)
def list_sightings(viewer: CurrentViewer, runtime: CurrentRuntime, query: AuditFilter) -> Sightings:
    """Say who saw a slide, a case or a project with all that it holds, between two moments."""
    return trail.who_saw(runtime, viewer, query)


@router.get(
    "/export",
    dependencies=[policy.auditor],
    response_class=StreamingResponse,
    responses={**_FILES, **problems(Forbidden, InvalidRequest, AuditUnavailable)},
)
def export_audit(
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    query: AuditFilter,
    format: AuditFormat = AuditFormat.CSV,
) -> StreamingResponse:
    """Give what a search finds as a file, oldest first: CSV, JSON lines, or messages of DICOM PS3.15 A.5."""
    headers = {"Content-Disposition": f'attachment; filename="audit.{format.value}"', "Cache-Control": "no-store"}
    parts = trail.export(runtime, viewer, query, format)
    return StreamingResponse(parts, media_type=_MEDIA[format], headers=headers)


@router.get("/head", dependencies=[policy.auditor], responses=problems(Forbidden))
def get_audit_head(viewer: CurrentViewer, runtime: CurrentRuntime) -> Head:
    """Sign the present end of the trail; whoever keeps it elsewhere can prove later that nothing was rewritten."""
    return trail.signed_head(runtime, viewer)
