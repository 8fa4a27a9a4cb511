"""The one authorisation function, and its twin for lists."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden, NotFound
from coverslip.core.ids import ScopeId, new_id
from coverslip.core.time import utc_now
from coverslip.features.access import store
from coverslip.features.access.models import GrantRecord, Scope
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint


class Action(StrEnum):
    """What somebody may do; each includes those before it. ADMIN is of the whole server."""

    VIEW = "view"
    EDIT = "edit"
    MANAGE = "manage"
    ADMIN = "admin"


_ORDER: Final = tuple(Action)


def create_scope(session: Session, kind: str, parent_id: str | None = None) -> ScopeId:
    """Create a scope in the transaction that creates what it protects."""
    scope_id = ScopeId(new_id())
    session.add(Scope(scope_id=scope_id, parent_id=parent_id, kind=kind))
    session.flush()
    return scope_id


def reparent(session: Session, scope_ids: Sequence[str], parent_id: str) -> None:
    """Hang scopes under another one, in the transaction that moves what they protect.

    Whoever calls it drops the grants in memory that rest on them.
    """
    store.set_parent(session, scope_ids, parent_id)


def delete_scopes(session: Session, scope_ids: Sequence[str]) -> None:
    """Delete the scopes of what is deleted for good, with the grants on them; nothing may hang under them."""
    store.delete_scopes(session, scope_ids)


def grant(session: Session, person_id: str, action: Action, scope_id: str, *, by: Viewer = SYSTEM) -> None:
    """Let a person do this on a scope and all below it; replaces what they had on it."""
    if not store.scope_exists(session, scope_id):
        raise NotFound
    row = store.grant_of(session, person_id, scope_id)
    if row is None:
        row = GrantRecord(scope_id=scope_id, person_id=person_id, action=action, created_at=utc_now())
        session.add(row)
    row.action = action
    session.flush()
    detail = {"person_id": person_id, "action": action.value}
    record(session, AuditEvent("access.grant", by.person_id, by.viewer_id, "scope", scope_id, detail=detail))
    hint(session, "grants.drop", all=True)


def require(session: Session, viewer: Viewer, action: Action, scope_id: str) -> None:
    """Let pass who may do this, refuse everybody else.

    Raises
    ------
    NotFound
        The viewer may not even see it, or there is no such scope: the same answer.
    Forbidden
        The viewer may see it but not do this.
    """
    if viewer.is_admin:
        return
    granted = {Action(name) for name in store.actions_on(session, viewer.person_id, scope_id)}
    if not granted:
        raise NotFound
    if max(_ORDER.index(one) for one in granted) < _ORDER.index(action):
        raise Forbidden


def may(session: Session, viewer: Viewer, action: Action, scope_id: str) -> bool:
    """Say whether a viewer may do this; looks up the tree only, so it costs the same however much lies below."""
    if viewer.is_admin:
        return True
    granted = {Action(name) for name in store.actions_on(session, viewer.person_id, scope_id)}
    return any(_ORDER.index(one) >= _ORDER.index(action) for one in granted)


def granted_kinds(session: Session, viewer: Viewer, action: Action) -> set[str]:
    """Return on which kinds of scopes a person, no administrator, has grants of their own for this."""
    return store.kinds_granted(session, viewer.person_id, _enough(action))


def granted(viewer: Viewer, scope_id: store.ScopeColumn, action: Action = Action.VIEW) -> store.Filter:
    """Return a SQL filter on a scope column that keeps exactly those with a grant of their own, nothing below them."""
    return store.granted_itself(viewer.person_id, _enough(action), scope_id)


def require_admin(viewer: Viewer) -> None:
    """Let only an administrator pass.

    Raises
    ------
    Forbidden
        Signed in, but no administrator.
    """
    if not viewer.is_admin:
        raise Forbidden("Only an administrator may do this.")


def visible(viewer: Viewer, scope_id: store.ScopeColumn, action: Action = Action.VIEW) -> store.Filter:
    """Return a SQL filter on a scope column that keeps what the viewer may see."""
    if viewer.is_admin:
        return store.everything()
    return store.granted_below(viewer.person_id, _enough(action), scope_id)


def _enough(action: Action) -> list[str]:
    return [one.value for one in _ORDER[_ORDER.index(action) :]]
