"""Tables over HTTP: metadata in, lists out."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from coverslip.core.errors import CsrfRefused, FieldProblem, Forbidden, InvalidRequest, NotFound
from coverslip.features.access import Action, policy
from coverslip.features.identity import CurrentViewer
from coverslip.features.slides import csv_import, csv_table
from coverslip.features.slides.schemas_cases import ImportReport
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter()

_TABLE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
}


async def table_body(request: Request) -> bytes:
    """Return the body of a request, as long as it is no larger than a table may be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > csv_table.LARGEST:
            why = f"it is larger than {csv_table.LARGEST // 2**20} MB"
            raise InvalidRequest(f"The table cannot be used: {why}.", [FieldProblem("", why)])
    return bytes(body)


@router.post(
    "/projects/{project_id}/metadata/import",
    dependencies=[policy(Action.EDIT)],
    responses=problems(NotFound, Forbidden, CsrfRefused, InvalidRequest),
    openapi_extra=_TABLE,
)
def import_metadata(
    project_id: Annotated[str, Path(max_length=64)],
    viewer: CurrentViewer,
    runtime: CurrentRuntime,
    body: Annotated[bytes, Depends(table_body)],
    dry_run: bool = True,
    column: Annotated[
        list[str] | None, Query(max_length=csv_table.MOST_COLUMNS, description="Only these columns of the table.")
    ] = None,
) -> ImportReport:
    """Put a table into the fields of the slides that its rows name; a dry run only says what that would do."""
    return csv_import.import_table(runtime.db, viewer, project_id, body, dry_run=dry_run, columns=column)


CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def csv_answer(lines: Any) -> StreamingResponse:
    """Return the answer that sends a table page by page."""
    headers = {"Content-Disposition": 'attachment; filename="slides.csv"', "Cache-Control": "private, no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
