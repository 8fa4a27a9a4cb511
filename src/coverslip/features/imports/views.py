"""Arrivals as they are shown."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.imports import arrivals, store_arrivals
from coverslip.features.imports.models import Arrival
from coverslip.features.imports.parts import part_path, received
from coverslip.features.imports.schemas import ArrivalList, ArrivalOut, ArrivalReason, ArrivalState
from coverslip.infra.audit import AuditEvent
from coverslip.infra.runtime import Runtime

PAGE: Final = 100


def list_arrivals(
    runtime: Runtime, viewer: Viewer, states: Sequence[ArrivalState], cursor: str | None, limit: int
) -> ArrivalList:
    """Return a page of the log, newest first.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest("This cursor did not come from here.")
    before = None if cursor is None else int(cursor)
    with runtime.db.read() as session:
        rows = store_arrivals.arrivals(session, viewer, [one.value for one in states], before, limit + 1)
        counts = store_arrivals.arrival_counts(session, viewer)
        items = [arrival_out(runtime, session, viewer, row) for row in rows[:limit]]
    more = str(rows[limit - 1].no) if len(rows) > limit else None
    return ArrivalList(
        items=items, next_cursor=more, counts={state: counts.get(state.value, 0) for state in ArrivalState}
    )


def get_arrival(runtime: Runtime, viewer: Viewer, arrival_id: str) -> ArrivalOut:
    """Return one arrival.

    Raises
    ------
    NotFound
    """
    with runtime.db.read() as session:
        row = store_arrivals.visible_arrival(session, viewer, arrival_id)
        if row is None:
            raise NotFound
        return arrival_out(runtime, session, viewer, row)


def record_arrivals(runtime: Runtime, viewer: Viewer) -> None:
    """Put on record that somebody saw the names of what arrived, before it is answered.

    Raises
    ------
    AuditUnavailable
        It cannot be recorded, so nothing may be shown.
    """
    runtime.reserve.hourly(AuditEvent("arrivals.listed", viewer.person_id, viewer.viewer_id, "arrival"))


def arrival_out(runtime: Runtime, session: Session, viewer: Viewer, row: Arrival) -> ArrivalOut:
    """Return an arrival as it is shown; how much came is asked of the files.

    Which slide has the same bytes is told only to who may see that slide.
    """
    twin = row.duplicate_of
    if twin is not None and not viewer.is_admin and not slides.visible_ids(session, viewer, [twin]):
        twin = None
    here = row.size_bytes
    can_retry = row.state in (arrivals.FAILED, arrivals.DUPLICATE)
    if row.kind == arrivals.UPLOAD and row.state in (arrivals.RECEIVING, arrivals.FAILED, arrivals.DUPLICATE):
        uploads = store_arrivals.uploads_of(session, row.arrival_id)
        can_retry = can_retry and bool(uploads)
        if row.state == arrivals.RECEIVING:
            here = sum(received(part_path(runtime, one)) for one in uploads)
    code, message = row.error_code, row.error_message
    return ArrivalOut(
        arrival_id=row.arrival_id,
        kind="upload" if row.kind == arrivals.UPLOAD else "folder",
        state=ArrivalState(row.state),
        name=row.name,
        project_id=row.project_id,
        case=row.case_name,
        file_count=row.file_count,
        size_bytes=row.size_bytes,
        received_bytes=here,
        slide_ids=row.slide_ids,
        duplicate_of=twin,
        reason=None if code is None else ArrivalReason(code=code, message=message or ""),
        can_retry=can_retry,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
