"""SQL of exports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.access import visible
from coverslip.features.exports.models import ExportRecord
from coverslip.features.exports.schemas import ExportState
from coverslip.features.identity import Viewer
from coverslip.infra.jobs import Job

_UNFINISHED = (ExportState.QUEUED.value, ExportState.RUNNING.value)


def own_exports(session: Session, viewer: Viewer, most: int) -> list[tuple[ExportRecord, Job | None]]:
    """Return a person's exports of slides that they may still see, newest first, each with its job."""
    rows = session.execute(
        select(ExportRecord, Job)
        .outerjoin(Job, Job.job_id == ExportRecord.job_id)
        .where(ExportRecord.person_id == viewer.person_id, visible(session, viewer, ExportRecord.scope_id))
        .order_by(ExportRecord.no.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


def own_export(session: Session, viewer: Viewer, export_id: str) -> tuple[ExportRecord, Job | None] | None:
    """Return one of a person's exports; a text that cannot be an id finds none."""
    if not (export_id.isascii() and export_id.isprintable()):
        return None
    row = session.execute(
        select(ExportRecord, Job)
        .outerjoin(Job, Job.job_id == ExportRecord.job_id)
        .where(
            ExportRecord.export_id == export_id,
            ExportRecord.person_id == viewer.person_id,
            visible(session, viewer, ExportRecord.scope_id),
        )
    ).first()
    return None if row is None else (row[0], row[1])


def export_of_job(session: Session, export_id: str) -> ExportRecord | None:
    """Return the export that a job writes; None once it was taken back."""
    return session.scalars(select(ExportRecord).where(ExportRecord.export_id == export_id)).first()


def change(session: Session, export_id: str, **values: Any) -> bool:
    """Set columns; False when there is no such export any longer."""
    result = session.execute(
        update(ExportRecord)
        .where(ExportRecord.export_id == export_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def remove(session: Session, export_id: str) -> None:
    """Delete a row."""
    session.execute(delete(ExportRecord).where(ExportRecord.export_id == export_id))


def promised_bytes(session: Session) -> int:
    """Return how many bytes the exports that are not written yet will take."""
    unfinished = ExportRecord.state.in_(_UNFINISHED)
    return int(session.scalar(select(func.coalesce(func.sum(ExportRecord.estimated_bytes), 0)).where(unfinished)) or 0)


def count_unfinished(session: Session, person_id: str) -> int:
    """Return how many exports of a person wait or run."""
    where = (ExportRecord.person_id == person_id, ExportRecord.state.in_(_UNFINISHED))
    return session.scalar(select(func.count()).select_from(ExportRecord).where(*where)) or 0


def expired(session: Session, now: datetime, failed_before: datetime) -> Sequence[ExportRecord]:
    """Return exports whose time is over, and those that ended without a file long ago."""
    left_behind = ExportRecord.expires_at.is_(None) & (ExportRecord.created_at < failed_before)
    return session.scalars(select(ExportRecord).where(or_(ExportRecord.expires_at < now, left_behind))).all()


def known_ids(session: Session) -> set[str]:
    """Return the ids of all exports."""
    return set(session.scalars(select(ExportRecord.export_id)))


def count_of(session: Session, person_id: str) -> int:
    """Count a person's exports."""
    query = select(func.count()).select_from(ExportRecord)
    return session.scalars(query.where(ExportRecord.person_id == person_id)).one()


def give(session: Session, person_id: str, to_person_id: str) -> int:
    """Make another person the owner of a person's exports."""
    result = session.execute(
        update(ExportRecord)
        .where(ExportRecord.person_id == person_id)
        .values(person_id=to_person_id)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount
