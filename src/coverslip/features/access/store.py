"""SQL of access."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, delete, false, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coverslip.features.access.models import AccessEntry, Scope

ScopeColumn = InstrumentedAttribute[str] | ColumnElement[str]
Filter = ColumnElement[bool]
_AT_ONCE = 500


def scope_by_id(session: Session, scope_id: str) -> Scope | None:
    """Return a scope."""
    return session.scalars(select(Scope).where(Scope.scope_id == scope_id)).first()


def entry_of(session: Session, subject_kind: str, subject_id: str, scope_id: str) -> AccessEntry | None:
    """Return a person's or group's own entry on exactly this scope."""
    return session.scalars(
        select(AccessEntry).where(
            AccessEntry.subject_kind == subject_kind,
            AccessEntry.subject_id == subject_id,
            AccessEntry.scope_id == scope_id,
        )
    ).first()


def entries_for(session: Session, person_id: str | None, group_ids: Collection[str]) -> list[tuple[AccessEntry, str]]:
    """Return every entry of a person and of some groups, each with the kind of its scope."""
    own = false() if person_id is None else _is("person", [person_id])
    ways = own if not group_ids else or_(own, _is("group", group_ids))
    query = select(AccessEntry, Scope.kind).join(Scope, Scope.scope_id == AccessEntry.scope_id).where(ways)
    return [(row[0], row[1]) for row in session.execute(query)]


def given_to(
    session: Session, person_id: str | None, group_ids: Collection[str]
) -> list[tuple[str, str, bool, str, list[str]]]:
    """Return scope, its kind, whether the person's own, role and rights of every entry of a person and some groups.

    Columns, not objects: a list is read by somebody who has thousands of entries.
    """
    own = false() if person_id is None else _is("person", [person_id])
    ways = own if not group_ids else or_(own, _is("group", group_ids))
    columns = (AccessEntry.scope_id, Scope.kind, AccessEntry.subject_kind, AccessEntry.role, AccessEntry.rights)
    query = select(*columns).join(Scope, Scope.scope_id == AccessEntry.scope_id).where(ways)
    return [(row[0], row[1], row[2] == "person", row[3], row[4]) for row in session.execute(query)]


def entries_on(session: Session, scope_ids: Collection[str]) -> list[AccessEntry]:
    """Return every entry on some scopes, oldest first."""
    query = select(AccessEntry).where(AccessEntry.scope_id.in_(scope_ids)).order_by(AccessEntry.no)
    return list(session.scalars(query))


def visibilities(session: Session) -> dict[str, str]:
    """Return which scopes have a visibility of their own, and which."""
    rows = session.execute(select(Scope.scope_id, Scope.visibility).where(Scope.visibility.is_not(None)))
    return {row[0]: row[1] for row in rows if row[1] is not None}


def parents(session: Session, scope_ids: Iterable[str]) -> dict[str, str | None]:
    """Return the parent of some scopes and of every scope above them; an absent scope is left out."""
    wanted = list(dict.fromkeys(scope_ids))
    found: dict[str, str | None] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(_upwards(), {"wanted": wanted[start : start + _AT_ONCE]})
        found |= {row[0]: row[1] for row in rows}
    return found


@cache
def _upwards() -> Select[str, str | None]:
    """Return the walk up the tree, built once: every request asks it, and building it costs more than running it."""
    start = select(Scope.scope_id, Scope.parent_id).where(Scope.scope_id.in_(bindparam("wanted", expanding=True)))
    above = start.cte("above", recursive=True)
    parent = aliased(Scope)
    above = above.union(select(parent.scope_id, parent.parent_id).where(parent.scope_id == above.c.parent_id))
    return select(above.c.scope_id, above.c.parent_id)


def chain(parent_of: Mapping[str, str | None], scope_id: str) -> list[str]:
    """Return a scope and those above it, the nearest first; empty for an absent one."""
    found: list[str] = []
    here: str | None = scope_id
    while here is not None and here in parent_of and here not in found:
        found.append(here)
        here = parent_of[here]
    return found


def kinds_of(session: Session, scope_ids: Collection[str]) -> dict[str, str]:
    """Return the kinds of some scopes."""
    rows = session.execute(select(Scope.scope_id, Scope.kind).where(Scope.scope_id.in_(scope_ids)))
    return {row[0]: row[1] for row in rows}


def set_parent(session: Session, scope_ids: Sequence[str], parent_id: str) -> None:
    """Hang scopes under another one."""
    session.execute(
        update(Scope)
        .where(Scope.scope_id.in_(scope_ids))
        .values(parent_id=parent_id)
        .execution_options(synchronize_session=False)
    )


def delete_scopes(session: Session, scope_ids: Sequence[str]) -> None:
    """Delete scopes that nothing hangs under, with the entries on them."""
    for table in (AccessEntry, Scope):
        session.execute(delete(table).where(table.scope_id.in_(scope_ids)).execution_options(synchronize_session=False))


def everything() -> Filter:
    """Return the filter that lets every row pass."""
    return true()


def nothing() -> Filter:
    """Return the filter that lets no row pass."""
    return false()


def reached(
    column: ScopeColumn,
    allowed: Collection[str],
    spoken: Collection[str],
    opened: Collection[str],
    marked: Collection[str],
) -> Filter:
    """Return the filter for rows whose scope is reached from above.

    Parameters
    ----------
    allowed : collection of str
        Scopes whose entry allows what is asked; it holds below until another entry.
    spoken : collection of str
        Scopes that have any entry.
    opened : collection of str
        Scopes whose visibility allows it; it holds below until another visibility, and only where
        no entry, here or above, says anything.
    marked : collection of str
        Scopes that have any visibility of their own.
    """
    ways: list[Filter] = []
    if allowed:
        ways.append(column.in_(_down("below", allowed, spoken)))
    if opened:
        there = column.in_(_down("opened", opened, marked))
        ways.append(there & column.not_in(_down("spoken", spoken, ())) if spoken else there)
    return or_(false(), *ways)


def _down(name: str, tops: Collection[str], stops: Collection[str]) -> Select[tuple[str]]:
    below = select(Scope.scope_id).where(Scope.scope_id.in_(tops)).cte(name, recursive=True)
    child = aliased(Scope)
    step = select(child.scope_id).where(child.parent_id == below.c.scope_id)
    if stops:
        step = step.where(child.scope_id.not_in(stops))
    return select(below.union(step).c.scope_id)


def _is(kind: str, ids: Collection[str]) -> Filter:
    return (AccessEntry.subject_kind == kind) & AccessEntry.subject_id.in_(ids)
