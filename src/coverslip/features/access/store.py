"""SQL of access."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coverslip.features.access.models import GrantRecord, Scope

ScopeColumn = InstrumentedAttribute[str] | ColumnElement[str]
Filter = ColumnElement[bool]


def actions_on(session: Session, person_id: str, scope_id: str) -> list[str]:
    """Return the actions granted to a person on a scope or any scope above it."""
    above = select(Scope.scope_id, Scope.parent_id).where(Scope.scope_id == scope_id).cte("above", recursive=True)
    parent = aliased(Scope)
    above = above.union(select(parent.scope_id, parent.parent_id).where(parent.scope_id == above.c.parent_id))
    return list(
        session.scalars(
            select(GrantRecord.action).where(
                GrantRecord.person_id == person_id, GrantRecord.scope_id.in_(select(above.c.scope_id))
            )
        )
    )


def scope_exists(session: Session, scope_id: str) -> bool:
    """Say whether there is such a scope."""
    return session.scalars(select(Scope.no).where(Scope.scope_id == scope_id)).first() is not None


def grant_of(session: Session, person_id: str, scope_id: str) -> GrantRecord | None:
    """Return a person's own grant on exactly this scope."""
    return session.scalars(
        select(GrantRecord).where(GrantRecord.person_id == person_id, GrantRecord.scope_id == scope_id)
    ).first()


def set_parent(session: Session, scope_ids: Sequence[str], parent_id: str) -> None:
    """Hang scopes under another one."""
    session.execute(
        update(Scope)
        .where(Scope.scope_id.in_(scope_ids))
        .values(parent_id=parent_id)
        .execution_options(synchronize_session=False)
    )


def delete_scopes(session: Session, scope_ids: Sequence[str]) -> None:
    """Delete scopes that nothing hangs under, with the grants on them."""
    for table in (GrantRecord, Scope):
        session.execute(delete(table).where(table.scope_id.in_(scope_ids)).execution_options(synchronize_session=False))


def everything() -> Filter:
    """Return the filter that lets every row pass."""
    return true()


def kinds_granted(session: Session, person_id: str, actions: Sequence[str]) -> set[str]:
    """Return the kinds of the scopes on which a person has a grant of one of these actions."""
    query = select(Scope.kind).join(GrantRecord, GrantRecord.scope_id == Scope.scope_id).distinct()
    return set(session.scalars(query.where(GrantRecord.person_id == person_id, GrantRecord.action.in_(actions))))


def granted_itself(person_id: str, actions: Sequence[str], column: ScopeColumn) -> Filter:
    """Return the filter for rows whose own scope has a grant of one of these actions."""
    return column.in_(
        select(GrantRecord.scope_id).where(GrantRecord.person_id == person_id, GrantRecord.action.in_(actions))
    )


def granted_below(person_id: str, actions: Sequence[str], column: ScopeColumn) -> Filter:
    """Return the filter for rows whose scope lies at or below a grant of one of these actions."""
    below = (
        select(GrantRecord.scope_id)
        .where(GrantRecord.person_id == person_id, GrantRecord.action.in_(actions))
        .cte("below", recursive=True)
    )
    child = aliased(Scope)
    below = below.union(select(child.scope_id).where(child.parent_id == below.c.scope_id))
    return column.in_(select(below.c.scope_id))
