"""Deleting for good what lies in the trash: records only. What becomes of bytes is for ``imports`` to say.

Each function runs in its caller's transaction and records what it deletes. The audit keeps the ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.time import utc_now
from coverslip.features.access import delete_scopes
from coverslip.features.identity import Viewer
from coverslip.features.slides import attachments, store_attachments, store_copies, store_purge
from coverslip.features.slides.models import Attachment
from coverslip.features.slides.words import storable
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint
from coverslip.infra.jobs import enqueue


@dataclass(frozen=True, slots=True)
class Trashed:
    """A slide in the trash, as whoever deletes it needs to know it."""

    no: int
    slide_id: str
    copies: frozenset[str]
    """The records that share its bytes."""


def trash_roots(session: Session, viewer: Viewer, wanted: Sequence[str] | None) -> list[str]:
    """Return the ids of what was put into the trash by itself and the viewer manages: all, or those wanted.

    Raises
    ------
    NotFound
        One of those wanted is not in the trash, or foreign.
    """
    if wanted is not None and not all(storable(one) for one in wanted):
        raise NotFound
    found = store_purge.roots(session, viewer, wanted)
    if wanted is not None and len(found) != len(set(wanted)):
        raise NotFound
    return found


def trashed_slides(session: Session, roots: Sequence[str], before_no: int | None, limit: int) -> list[Trashed]:
    """Return slides that went into the trash with these, the newest first, so that copies come before originals."""
    rows = store_purge.slides_with(session, roots, before_no, limit)
    copies: dict[str, set[str]] = {row.slide_id: set() for row in rows}
    for copy in store_copies.copies_of(session, list(copies)):
        copies[copy.copy_of or ""].add(copy.slide_id)
    return [Trashed(row.no, row.slide_id, frozenset(copies[row.slide_id])) for row in rows]


def purge_slides(session: Session, viewer: Viewer, slide_ids: Sequence[str]) -> None:
    """Delete records of slides in the trash with all that hangs on them."""
    rows = store_purge.trashed_rows(session, slide_ids)
    found = [(row.no, row.slide_id, row.scope_id) for row in rows]
    # Of which case it was: who asks later who saw the case means its deleted slides, too.
    cases = {row.slide_id: {"case_id": row.case_id} for row in rows}
    _purge(session, viewer, "slide", found, store_purge.delete_slides, cases)


def purge_cases(session: Session, viewer: Viewer, roots: Sequence[str]) -> int:
    """Delete the cases that went into the trash with these and have no slide any more; return how many."""
    rows = store_purge.empty_cases(session, roots)
    found = [(row.no, row.case_id, row.scope_id) for row in rows]
    return _purge(session, viewer, "case", found, store_purge.delete_cases)


def empty_projects(session: Session, roots: Sequence[str]) -> list[str]:
    """Return the projects that went into the trash with these and hold nothing any more, the deepest first."""
    rows = store_purge.empty_projects(session, roots)
    gone: set[str] = set()
    for row in rows:  # the deepest first: one that holds only such is such itself
        if store_purge.projects_below(session, row.project_id) <= gone:
            gone.add(row.project_id)
    return [row.project_id for row in rows if row.project_id in gone]


def purge_project(session: Session, viewer: Viewer, project_id: str) -> bool:
    """Delete an empty project that lies in the trash, unless one below it had to stay."""
    if store_purge.projects_below(session, project_id):
        return False
    scope_id = store_purge.delete_project(session, project_id)
    delete_scopes(session, [scope_id])
    record(session, AuditEvent("project.deleted", viewer.person_id, viewer.viewer_id, "project", project_id))
    _tell(session)
    return True


def _purge(
    session: Session,
    viewer: Viewer,
    kind: str,
    found: Sequence[tuple[int, str, str]],
    delete: Callable[[Session, Sequence[int]], None],
    details: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> int:
    """Delete rows, by number, id and scope, with all that hangs on them; return how many."""
    ids = [object_id for _, object_id, _ in found]
    _drop_attachments(session, store_attachments.attachments_of_all(session, kind, ids))
    delete(session, [no for no, _, _ in found])
    delete_scopes(session, [scope_id for _, _, scope_id in found])
    for object_id in ids:
        detail = details.get(object_id, {})
        record(
            session, AuditEvent(f"{kind}.deleted", viewer.person_id, viewer.viewer_id, kind, object_id, detail=detail)
        )
    _tell(session)
    return len(ids)


def _tell(session: Session) -> None:
    hint(session, "grants.drop", all=True)
    hint(session, "slides.changed")


def _drop_attachments(session: Session, rows: Sequence[Attachment]) -> None:
    for row in rows:
        session.delete(row)
        enqueue(session, attachments.JOB_SWEEP, {"sha256": row.sha256}, run_after=utc_now() + attachments.REST)
    session.flush()
