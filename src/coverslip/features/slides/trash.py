"""The trash: slides, cases and projects go in and come back whole. No file is ever touched.

A project or a case goes at once, its slides follow in batches; a job finishes what a killed process
left, in either direction.
"""

from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, NotFound
from coverslip.core.time import utc_now
from coverslip.features.access import Action, Standing, end_trashed_shares, require, standings
from coverslip.features.identity import Viewer
from coverslip.features.slides import fields, store_cases, store_fields, store_trash
from coverslip.features.slides.cursors import moment_key, moment_of, read_cursor, write_cursor
from coverslip.features.slides.detail import named, slide_name
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.projects import visible_project
from coverslip.features.slides.schemas_cases import TrashItem, TrashList
from coverslip.features.slides.store_fields import Staged
from coverslip.features.slides.store_sight import see
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import Database, hint
from coverslip.infra.jobs import enqueue

JOB_TRASH: Final = "slides.trash"
BATCH: Final = 500
_NEWEST_FIRST: Final = "-trashed_at"


def trash_slides(db: Database, viewer: Viewer, slide_ids: list[str]) -> int:
    """Put slides into the trash, all or none.

    Raises
    ------
    NotFound, Forbidden
    """

    def work_out(session: Session) -> list[Staged]:
        rows = store_fields.slides_for(session, viewer, Action.MANAGE, slide_ids)
        return [_staged(row, viewer, "slide.trashed", _marks(row.slide_id, viewer)) for row in rows]

    count = fields.write_staged(db, work_out)
    end_trashed_shares(db, viewer)
    return count


def restore_slides(db: Database, viewer: Viewer, slide_ids: list[str]) -> int:
    """Bring slides back from the trash, all or none.

    Raises
    ------
    NotFound, Forbidden
    Conflict
        One of them went with its case or project, or these lie in the trash.
    """

    def work_out(session: Session) -> list[Staged]:
        rows = store_fields.slides_for(session, viewer, Action.MANAGE, slide_ids, trashed=True)
        projects = store_fields.projects_of(session, rows)
        cases = store_cases.live_cases(session, [row.case_id for row in rows if row.case_id is not None])
        sight = see(session, viewer)
        for row in rows:
            name = slide_name(row, sight.of_slide(row, projects[row.project_no]))
            if projects[row.project_no].trash_root is not None:
                raise Conflict(f"{name} lies in a project that is in the trash; restore the project first.")
            if row.trash_root != row.slide_id or (row.case_id is not None and row.case_id not in cases):
                raise Conflict(f"{name} belongs to a case that is in the trash; restore the case first.")
        return [_staged(row, viewer, "slide.restored", store_trash.NOTHING) for row in rows]

    return fields.write_staged(db, work_out)


def trash_case(db: Database, viewer: Viewer, case_id: str) -> int:
    """Put a case and its slides into the trash; return how many slides went along.

    Raises
    ------
    NotFound, Forbidden
    """
    with db.transaction() as session:
        found = store_cases.visible_case(session, viewer, case_id)
        if found is None:
            raise NotFound
        row = found[0]
        require(session, viewer, Action.MANAGE, row.scope_id)
        for name, value in _marks(case_id, viewer).items():
            setattr(row, name, value)
        _begin(session, viewer, "case", case_id, "trashed")
    end_trashed_shares(db, viewer)
    return settle(db, "case", case_id)


def restore_case(db: Database, viewer: Viewer, case_id: str) -> int:
    """Bring a case back with the slides that went along.

    Raises
    ------
    NotFound, Forbidden
    Conflict
        Its project lies in the trash, or has a case of this name by now.
    """
    with db.transaction() as session:
        row = store_trash.any_case(session, viewer, case_id)
        if row is None or row.trash_root is None:
            raise NotFound
        require(session, viewer, Action.MANAGE, row.scope_id)
        project = store_cases.project_by_no(session, row.project_no)
        if row.trash_root != case_id or project.trash_root is not None:
            raise Conflict("The case lies in a project that is in the trash; restore the project first.")
        if store_cases.case_named(session, row.project_no, row.name) is not None:
            raise Conflict("The project has another case of this name by now; rename that one first.")
        for name, value in store_trash.NOTHING.items():
            setattr(row, name, value)
        _begin(session, viewer, "case", case_id, "restored")
    return settle(db, "case", case_id)


def trash_project(db: Database, viewer: Viewer, project_id: str) -> int:
    """Put a project and all below it into the trash; return how many slides went along.

    Raises
    ------
    NotFound, Forbidden
    """
    with db.transaction() as session:
        row = visible_project(session, viewer, project_id)
        require(session, viewer, Action.MANAGE, row.scope_id)
        store_trash.mark_projects(session, row, _marks(project_id, viewer))
        _begin(session, viewer, "project", project_id, "trashed")
    end_trashed_shares(db, viewer)
    return settle(db, "project", project_id)


def restore_project(db: Database, viewer: Viewer, project_id: str) -> int:
    """Bring a project back with everything that went along.

    Raises
    ------
    NotFound, Forbidden
    Conflict
        The project above it lies in the trash.
    """
    with db.transaction() as session:
        row = store_trash.any_project(session, viewer, project_id)
        if row is None or row.trash_root is None:
            raise NotFound
        require(session, viewer, Action.MANAGE, row.scope_id)
        parent = None if row.parent_id is None else store_trash.root_of(session, "project", row.parent_id)
        if row.trash_root != project_id or (parent is not None and parent.trash_root is not None):
            raise Conflict("The project lies in another one that is in the trash; restore that one first.")
        store_trash.unmark_projects(session, project_id)
        _begin(session, viewer, "project", project_id, "restored")
    return settle(db, "project", project_id)


def settle(db: Database, kind: str, object_id: str) -> int:
    """Let the slides of a case or project follow it into the trash or back, in short transactions."""
    moved = 0
    while True:
        with db.transaction() as session:
            root = store_trash.root_of(session, kind, object_id)
            if root is None:
                return moved
            gone = root.trash_root == object_id
            numbers = (
                store_trash.live_inside(session, root, BATCH)
                if gone
                else store_trash.taken_along(session, object_id, BATCH)
            )
            if not numbers:
                return moved
            _follow(session, kind, object_id, root, numbers)
        moved += len(numbers)


def list_trash(session: Session, viewer: Viewer, limit: int, cursor: str | None) -> TrashList:
    """Return what lies in the trash, newest first, of what the viewer manages.

    Raises
    ------
    InvalidRequest
        The cursor is not one of this list.
    """
    after = None
    if cursor is not None:
        key, object_id = read_cursor(cursor, _NEWEST_FIRST, int, str)
        after = (moment_of(key), object_id)
    rows = store_trash.trashed_items(session, viewer, limit + 1, after)
    more = len(rows) > limit
    rows = rows[:limit]
    counts = store_trash.counts_inside(session, [one.object_id for one, _ in rows])
    standing_on = standings(session, viewer, [one.scope_id for one, _ in rows])
    items = [
        TrashItem(
            kind=one.kind,
            object_id=one.object_id,
            name=_shown_name(one, standing_on[one.scope_id]),
            project_id=project.project_id,
            slide_count=counts.get(one.object_id, 0),
            trashed_at=one.trashed_at,
            trashed_by=one.trashed_by,
        )
        for one, project in rows
    ]
    last = rows[-1][0] if more else None
    next_cursor = None if last is None else write_cursor(_NEWEST_FIRST, moment_key(last.trashed_at), last.object_id)
    return TrashList(items=items, next_cursor=next_cursor, total_slides=store_trash.slides_inside(session, viewer))


def _shown_name(one: store_trash.Trashed, what: Standing) -> str:
    if one.kind == "project" or named(what):
        return one.name
    return f"{'Case' if one.kind == 'case' else 'Slide'} {one.no}"


def _marks(root_id: str, by: Viewer) -> dict[str, Any]:
    return {"trash_root": root_id, "trashed_at": utc_now(), "trashed_by": by.name}


def _staged(row: SlideRecord, by: Viewer, action: str, marks: dict[str, Any]) -> Staged:
    return Staged(
        no=row.no,
        slide_id=row.slide_id,
        scope_id=row.scope_id,
        seen_at=row.updated_at,
        values={**marks, "updated_at": utc_now()},
        events=[AuditEvent(action, by.person_id, by.viewer_id, "slide", row.slide_id)],
        drops_grants=True,
    )


def _begin(session: Session, by: Viewer, kind: str, object_id: str, what: str) -> None:
    session.flush()
    record(session, AuditEvent(f"{kind}.{what}", by.person_id, by.viewer_id, kind, object_id))
    enqueue(session, JOB_TRASH, {"kind": kind, "object_id": object_id})
    hint(session, "grants.drop", all=True)
    hint(session, "slides.changed")


def _follow(session: Session, kind: str, object_id: str, root: Project | Case, numbers: list[int]) -> None:
    names = ("trash_root", "trashed_at", "trashed_by")
    gone = root.trash_root == object_id
    marks = {name: getattr(root, name) for name in names} if gone else store_trash.NOTHING
    store_trash.mark_slides(session, numbers, marks, utc_now())
    action = "slides.trashed" if gone else "slides.restored"
    record(session, AuditEvent(action, object_kind=kind, object_id=object_id, detail={"slide_nos": numbers}))
    hint(session, "grants.drop", all=True)
    hint(session, "slides.changed")
