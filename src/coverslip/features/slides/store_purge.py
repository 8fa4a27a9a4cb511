"""SQL of deleting for good."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, text
from sqlalchemy.orm import Session

from coverslip.features.access import Action
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, ProjectSettings, SlideRecord
from coverslip.features.slides.store_sight import see


def roots(session: Session, viewer: Viewer, wanted: Sequence[str] | None) -> list[str]:
    """Return the ids of what lies in the trash by itself and the viewer manages."""
    sight, manage = see(session, viewer), Action.MANAGE
    found: list[str] = []
    for table, ident, seen in (
        (Project, Project.project_id, sight.projects(Project.no, manage)),
        (Case, Case.case_id, sight.cases(manage)),
        (SlideRecord, SlideRecord.slide_id, sight.slides(manage)),
    ):
        query = select(ident).where(table.trash_root == ident, seen)
        found += session.scalars(query if wanted is None else query.where(ident.in_(wanted)))
    return found


def slides_with(session: Session, root_ids: Sequence[str], before_no: int | None, limit: int) -> list[SlideRecord]:
    """Return slides that went into the trash with these, the newest first."""
    query = select(SlideRecord).where(SlideRecord.trash_root.in_(root_ids))
    if before_no is not None:
        query = query.where(SlideRecord.no < before_no)
    return list(session.scalars(query.order_by(SlideRecord.no.desc()).limit(limit).with_for_update()))


def trashed_rows(session: Session, slide_ids: Sequence[str]) -> list[SlideRecord]:
    """Return those of some slides that lie in the trash, locked."""
    query = select(SlideRecord).where(SlideRecord.slide_id.in_(slide_ids), SlideRecord.trash_root.is_not(None))
    return list(session.scalars(query.order_by(SlideRecord.no).with_for_update()))


def delete_slides(session: Session, numbers: Sequence[int]) -> None:
    """Delete slides and the words by which they are found."""
    if not numbers:
        return
    session.connection().execute(text("DELETE FROM slide_search WHERE rowid = :no"), [{"no": no} for no in numbers])
    session.execute(delete(SlideRecord).where(SlideRecord.no.in_(numbers)).execution_options(synchronize_session=False))
    session.expire_all()


def empty_cases(session: Session, root_ids: Sequence[str]) -> list[Case]:
    """Return cases that went into the trash with these and have no slide."""
    full = exists().where(SlideRecord.case_id == Case.case_id)
    return list(session.scalars(select(Case).where(Case.trash_root.in_(root_ids), ~full)))


def delete_cases(session: Session, numbers: Sequence[int]) -> None:
    """Delete cases."""
    session.execute(delete(Case).where(Case.no.in_(numbers)).execution_options(synchronize_session=False))
    session.expire_all()


def empty_projects(session: Session, root_ids: Sequence[str]) -> list[Project]:
    """Return projects that went into the trash with these and hold no slide and no case, the deepest first."""
    full = exists().where(SlideRecord.project_no == Project.no) | exists().where(Case.project_no == Project.no)
    rows = session.scalars(select(Project).where(Project.trash_root.in_(root_ids), ~full))
    return sorted(rows, key=lambda row: -row.path.count("/"))


def projects_below(session: Session, project_id: str) -> set[str]:
    """Return the projects directly below one."""
    return set(session.scalars(select(Project.project_id).where(Project.parent_id == project_id)))


def delete_project(session: Session, project_id: str) -> str:
    """Delete a project with its settings and return its scope."""
    row = session.scalars(select(Project).where(Project.project_id == project_id)).one()
    scope_id = row.scope_id
    session.execute(delete(ProjectSettings).where(ProjectSettings.project_no == row.no))
    session.execute(delete(Project).where(Project.no == row.no).execution_options(synchronize_session=False))
    session.expire_all()
    return scope_id
