"""SQL of the trash: what went in with what, and what comes back with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from coverslip.features.access import Action, may
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.store import below
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import storable

NOTHING: dict[str, Any] = {"trash_root": None, "trashed_at": None, "trashed_by": None}


@dataclass(frozen=True, slots=True)
class Trashed:
    """One thing that was put into the trash by itself."""

    kind: str
    object_id: str
    name: str
    project_no: int
    no: int
    scope_id: str
    trashed_at: datetime
    trashed_by: str | None


def any_project(session: Session, viewer: Viewer, project_id: str) -> Project | None:
    """Return a project that the viewer may see, in the trash or not."""
    if not storable(project_id):
        return None
    row = session.scalars(select(Project).where(Project.project_id == project_id)).first()
    return row if row is not None and may(session, viewer, Action.VIEW, row.scope_id) else None


def any_case(session: Session, viewer: Viewer, case_id: str) -> Case | None:
    """Return a case that the viewer may see, in the trash or not."""
    if not storable(case_id):
        return None
    row = session.scalars(select(Case).where(Case.case_id == case_id)).first()
    return row if row is not None and may(session, viewer, Action.VIEW, row.scope_id) else None


def mark_projects(session: Session, top: Project, marks: dict[str, Any]) -> None:
    """Put a project, those below it and their cases into the trash, but not what lies there already."""
    numbers = select(Project.no).where(below(top))
    for table, column in ((Case, Case.project_no), (Project, Project.no)):
        session.execute(
            update(table)
            .where(column.in_(numbers), table.trash_root.is_(None))
            .values(**marks)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()


def unmark_projects(session: Session, root_id: str) -> None:
    """Bring back the projects and cases that went with one."""
    for table in (Project, Case):
        session.execute(
            update(table)
            .where(table.trash_root == root_id)
            .values(**NOTHING)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()


def live_inside(session: Session, root: Project | Case, limit: int) -> list[int]:
    """Return the numbers of some live slides of a trashed project or case."""
    query = select(SlideRecord.no).where(SlideRecord.trash_root.is_(None))
    if isinstance(root, Case):
        query = query.where(SlideRecord.case_id == root.case_id)
    else:
        gone = select(Project.no).where(below(root), Project.trash_root == root.project_id)
        query = query.where(SlideRecord.project_no.in_(gone))
    return list(session.scalars(query.order_by(SlideRecord.no).limit(limit)))


def taken_along(session: Session, root_id: str, limit: int) -> list[int]:
    """Return the numbers of some slides that went into the trash with something."""
    query = select(SlideRecord.no).where(SlideRecord.trash_root == root_id)
    return list(session.scalars(query.order_by(SlideRecord.no).limit(limit)))


def mark_slides(session: Session, numbers: Sequence[int], marks: dict[str, Any], now: datetime) -> None:
    """Put slides into the trash or bring them back."""
    session.execute(
        update(SlideRecord)
        .where(SlideRecord.no.in_(numbers))
        .values(**marks, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def root_of(session: Session, kind: str, object_id: str) -> Project | Case | None:
    """Return a project or case by its id, whoever may see it."""
    if kind == "case":
        return session.scalars(select(Case).where(Case.case_id == object_id)).first()
    return session.scalars(select(Project).where(Project.project_id == object_id)).first()


def trashed_items(
    session: Session, viewer: Viewer, limit: int, after: tuple[datetime, str] | None
) -> list[tuple[Trashed, Project]]:
    """Return what was put into the trash by itself, newest first, of what the viewer manages."""
    found: list[Trashed] = []
    sight, manage = see(session, viewer), Action.MANAGE
    for kind, table, ident, project_no, seen in (
        ("project", Project, Project.project_id, Project.no, sight.projects(Project.no, manage)),
        ("case", Case, Case.case_id, Case.project_no, sight.cases(manage)),
        ("slide", SlideRecord, SlideRecord.slide_id, SlideRecord.project_no, sight.slides(manage)),
    ):
        columns = select(ident, table.name, project_no, table.no, table.scope_id, table.trashed_at, table.trashed_by)
        query = columns.where(table.trash_root == ident, seen)
        if after is not None:
            query = query.where(tuple_(table.trashed_at, ident) < tuple_(*after))
        rows = session.execute(query.order_by(table.trashed_at.desc(), ident.desc()).limit(limit))
        found += [Trashed(kind, *row[:5], row[5], row[6]) for row in rows if row[5] is not None]
    found.sort(key=lambda one: (one.trashed_at, one.object_id), reverse=True)
    numbers = {one.project_no for one in found}
    projects = {row.no: row for row in session.scalars(select(Project).where(Project.no.in_(numbers)))}
    return [(one, projects[one.project_no]) for one in found[:limit]]


def slides_inside(session: Session, viewer: Viewer) -> int:
    """Count the slides in the trash that the viewer manages."""
    seen = see(session, viewer).slides(Action.MANAGE)
    return session.scalars(select(func.count()).where(SlideRecord.trash_root.is_not(None), seen)).one()


def counts_inside(session: Session, root_ids: Sequence[str]) -> dict[str, int]:
    """Return how many slides went with each."""
    column: InstrumentedAttribute[str | None] = SlideRecord.trash_root
    query = select(column, func.count()).where(column.in_(root_ids)).group_by(column)
    return {row[0]: row[1] for row in session.execute(query) if row[0] is not None}
