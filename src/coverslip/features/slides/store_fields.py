"""SQL of changes to slides: which may be changed, and writing what was staged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session, undefer

from coverslip.core.errors import CoverslipError, Forbidden, NotFound
from coverslip.features.access import Action, refusal, reparent
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Project, SlideRecord
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.store_words import put_words
from coverslip.features.slides.words import storable
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint

_MANY_DROPS = 50


class Stale(CoverslipError):
    """Somebody changed a slide between staging and writing; stage again."""

    code = "conflict"
    default_message = "Somebody changed these slides meanwhile; reload and try again."


@dataclass(frozen=True, slots=True)
class Staged:
    """One slide's change, worked out before the transaction that writes it.

    Attributes
    ----------
    no, slide_id, scope_id
        Of the slide.
    seen_at : datetime
        ``updated_at`` of the row that the change was worked out from.
    values : dict
        New values by column.
    words : list of str or None
        New words, None where they stay.
    events : list of AuditEvent
    parent_scope : str or None
        The scope that the slide's own moves under; None leaves it.
    drops_grants : bool
        Whether what viewers hold in memory about the slide is wrong from now on.
    """

    no: int
    slide_id: str
    scope_id: str
    seen_at: datetime
    values: dict[str, Any]
    words: list[str] | None = None
    events: list[AuditEvent] = field(default_factory=list)
    parent_scope: str | None = None
    drops_grants: bool = False


def slides_for(
    session: Session,
    viewer: Viewer,
    action: Action,
    slide_ids: Sequence[str],
    *,
    also: Action | None = None,
    trashed: bool = False,
) -> list[SlideRecord]:
    """Return slides that the viewer may do this to, in the order asked for; each once.

    Parameters
    ----------
    also : Action or None
        What must be allowed beside ``action``.

    Raises
    ------
    NotFound
        One of them is absent, foreign or in the trash (or, with ``trashed``, not in it).
    Forbidden
        One of them may only be looked at.
    """
    wanted = list(dict.fromkeys(slide_ids))
    if not all(storable(one) for one in wanted):
        raise NotFound
    here = SlideRecord.trash_root.is_not(None) if trashed else SlideRecord.trash_root.is_(None)
    query = select(SlideRecord).options(undefer(SlideRecord.metadata_words))
    sight = see(session, viewer)
    query = query.where(SlideRecord.slide_id.in_(wanted), here, sight.slides())
    rows = {row.slide_id: row for row in session.scalars(query)}
    if len(rows) != len(wanted):
        raise NotFound
    for one in (action, also):
        if one is None or one is Action.VIEW:
            continue
        allowed = select(SlideRecord.slide_id).where(SlideRecord.slide_id.in_(wanted), sight.slides(one))
        if len(session.scalars(allowed).all()) != len(wanted):
            raise Forbidden(refusal(one))
    return [rows[one] for one in wanted]


def projects_of(session: Session, rows: Sequence[SlideRecord]) -> dict[int, Project]:
    """Return the projects of some slides, by number."""
    numbers = {row.project_no for row in rows}
    return {row.no: row for row in session.scalars(select(Project).where(Project.no.in_(numbers)))}


def write(session: Session, staged: Sequence[Staged]) -> None:
    """Write staged changes with their words, audit records and hints.

    Raises
    ------
    Stale
        A row is not what the change was worked out from; nothing was written.
    """
    session.flush()
    numbers = [one.no for one in staged]
    query = select(SlideRecord.no, SlideRecord.updated_at).where(SlideRecord.no.in_(numbers))
    found = {row[0]: row[1] for row in session.execute(query.order_by(SlideRecord.no).with_for_update())}
    if any(found.get(one.no) != one.seen_at for one in staged):
        raise Stale
    table = SlideRecord.__table__
    if not isinstance(table, Table):
        raise TypeError
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in sorted(staged, key=lambda each: each.no):
        groups.setdefault(tuple(sorted(one.values)), []).append({**one.values, "row_no": one.no})
    for columns, rows in groups.items():
        statement = update(table).where(table.c.no == bindparam("row_no"))
        session.connection().execute(statement.values({name: bindparam(name) for name in columns}), rows)
    put_words(session, {one.no: one.words for one in staged if one.words is not None})
    moves: dict[str, list[str]] = {}
    for one in staged:
        if one.parent_scope is not None:
            moves.setdefault(one.parent_scope, []).append(one.scope_id)
        for event in one.events:
            record(session, event)
    for parent, scopes in moves.items():
        reparent(session, scopes, parent)
    session.expire_all()
    drops = [one.slide_id for one in staged if one.drops_grants or one.parent_scope is not None]
    if len(drops) > _MANY_DROPS:
        hint(session, "grants.drop", all=True)
    else:
        for slide_id in drops:
            hint(session, "grants.drop", slide_id=slide_id)
    if staged:
        hint(session, "slides.changed")
