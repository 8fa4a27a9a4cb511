"""The one authorisation function, and its twin for lists; scopes, entries and visibility."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden, NotFound
from coverslip.core.identity_errors import ScopeRefused
from coverslip.core.ids import ScopeId, new_id
from coverslip.core.time import utc_now
from coverslip.features.access import store
from coverslip.features.access.claims import claims_of, forget_claims, standing_of_entry
from coverslip.features.access.models import AccessEntry, Scope
from coverslip.features.access.rules import (
    DEFAULT_RIGHTS,
    NOTHING,
    SHUT_OUT,
    VISITOR,
    Action,
    Right,
    Role,
    Standing,
    Visibility,
    together,
    token_allows,
)
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint

_REFUSALS: Final[Mapping[Action, str]] = {
    Action.COMMENT: "You may look at this but not comment on it.",
    Action.ANNOTATE: "You may look at this but not draw on it.",
    Action.MANAGE: "Only who manages this may do that.",
    Action.DOWNLOAD: "You may look at this but not download it.",
    Action.EXPORT: "You may look at this but not export it.",
    Action.SEE_IDENTITY: "You may look at this but not at its names and labels.",
}


# --- the tree ---------------------------------------------------------------------------------


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
    forget_claims(session)  # with what rooms above worked out from them


def delete_scopes(session: Session, scope_ids: Sequence[str]) -> None:
    """Delete the scopes of what is deleted for good, with the entries on them; nothing may hang under them."""
    store.delete_scopes(session, scope_ids)
    forget_claims(session)


# --- who may ----------------------------------------------------------------------------------


def standing(session: Session, viewer: Viewer, scope_id: str) -> Standing:
    """Return what a viewer is on a scope, ``NOTHING`` where they may not even see it.

    It looks up the tree only, so it costs the same however much lies below.
    """
    found = claims_of(session, viewer).found
    if scope_id not in found:
        found |= standings(session, viewer, [scope_id])
    return found.get(scope_id, NOTHING)


def standings(session: Session, viewer: Viewer, scope_ids: Collection[str]) -> dict[str, Standing]:
    """Return what a viewer is on each of some scopes; absent scopes are left out."""
    claims = claims_of(session, viewer)
    parent_of = store.parents(session, scope_ids)
    return {one: claims.standing(store.chain(parent_of, one)) for one in scope_ids if one in parent_of}


def require(session: Session, viewer: Viewer, action: Action, scope_id: str) -> None:
    """Let pass who may do this, refuse everybody else.

    Raises
    ------
    NotFound
        The viewer may not even see it, or there is no such scope: the same answer.
    Forbidden
        The viewer may see it but not do this.
    """
    found = standing(session, viewer, scope_id)
    if not (found.allows(Action.VIEW) and token_allows(viewer, Action.VIEW)):
        raise NotFound
    check(viewer, action, found)


def check(viewer: Viewer, action: Action, found: Standing) -> None:
    """Refuse an action that a standing does not allow.

    Raises
    ------
    Forbidden, ScopeRefused
    """
    if action is Action.ADMIN:
        require_admin(viewer)
    elif not found.allows(action):
        raise Forbidden(refusal(action))
    elif not token_allows(viewer, action):
        raise ScopeRefused


def refusal(action: Action) -> str | None:
    """Return the sentence for who may look but not do this; None for the usual one."""
    return _REFUSALS.get(action)


def may(session: Session, viewer: Viewer, action: Action, scope_id: str) -> bool:
    """Say whether a viewer may do this."""
    if not token_allows(viewer, action):
        return False
    return viewer.is_admin if action is Action.ADMIN else standing(session, viewer, scope_id).allows(action)


def require_admin(viewer: Viewer) -> None:
    """Let only an administrator pass, or a token of theirs that was made for it.

    Raises
    ------
    Forbidden, ScopeRefused
        Signed in, but no administrator; a token without the scope.
    """
    if not viewer.is_admin:
        raise Forbidden("Only an administrator may do this.")
    if not viewer.may_use("admin"):
        raise ScopeRefused


def require_auditor(viewer: Viewer) -> None:
    """Let only an auditor or an administrator pass: who may read the audit trail.

    Raises
    ------
    Forbidden
        Signed in, but neither; a token without the scope.
    """
    if not viewer.is_admin and viewer.organisation_role != "auditor":
        raise Forbidden("Only an administrator or an auditor may read the audit trail.")
    if not viewer.may_use("read"):
        raise ScopeRefused


def require_operator(viewer: Viewer, *, changes: bool) -> None:
    """Let only an operator or an administrator pass: who may run the machine.

    A token of an administrator needs the scope ``admin``; operators have none of these.

    Raises
    ------
    Forbidden
        Signed in, but neither; a token without the scope.
    """
    if not viewer.is_admin and viewer.organisation_role != "operator":
        raise Forbidden("Only an administrator or an operator may do this.")
    if not viewer.may_use("admin" if viewer.is_admin else "write" if changes else "read"):
        raise ScopeRefused


def visible(
    session: Session, viewer: Viewer, scope_id: store.ScopeColumn, action: Action = Action.VIEW
) -> store.Filter:
    """Return a SQL filter on a scope column that keeps what the viewer may see, or do this to."""
    claims = claims_of(session, viewer)
    if not claims.permits(action) or action is Action.ADMIN:
        return store.everything() if viewer.is_admin and claims.permits(action) else store.nothing()
    if claims.everything:
        return store.everything()
    return store.reached(
        scope_id,
        allowed=[one for one, given in claims.entries.items() if given.allows(action)],
        spoken=list(claims.entries),
        opened=[one for one, lets_in in claims.opened.items() if lets_in and VISITOR.allows(action)],
        marked=list(claims.opened),
    )


# --- entries ----------------------------------------------------------------------------------


def grant(
    session: Session,
    subject_id: str,
    role: Role | None,
    scope_id: str,
    *,
    rights: Collection[Right] | None = None,
    group: bool = False,
    by: Viewer = SYSTEM,
) -> None:
    """Make a person (or a group) something on a scope and all below it; replaces what they were on it.

    Nobody's right to do so is checked here; ``members.put`` does that.

    Parameters
    ----------
    role : Role or None
        None shuts them out.
    rights : collection of Right or None
        Those that go with the role when None.

    Raises
    ------
    NotFound
        There is no such scope.
    """
    if store.scope_by_id(session, scope_id) is None:
        raise NotFound
    kind = "group" if group else "person"
    given = frozenset() if role is None else DEFAULT_RIGHTS[role] if rights is None else frozenset(rights)
    row = store.entry_of(session, kind, subject_id, scope_id)
    if row is None:
        row = AccessEntry(scope_id=scope_id, subject_kind=kind, subject_id=subject_id, created_at=utc_now())
        session.add(row)
    row.role = SHUT_OUT if role is None else role.value
    row.rights = sorted(one.value for one in given)
    row.given_by = by.person_id
    session.flush()
    detail = {"subject_kind": kind, "subject_id": subject_id, "role": row.role, "rights": row.rights}
    _changed(session, by, "access.grant", scope_id, detail)


def revoke(session: Session, subject_id: str, scope_id: str, *, group: bool = False, by: Viewer = SYSTEM) -> None:
    """Take an entry away; what entries further up say holds again.

    Raises
    ------
    NotFound
        There is none.
    """
    kind = "group" if group else "person"
    row = store.entry_of(session, kind, subject_id, scope_id)
    if row is None:
        raise NotFound
    session.delete(row)
    session.flush()
    _changed(session, by, "access.revoke", scope_id, {"subject_kind": kind, "subject_id": subject_id})


def count_entries(session: Session, person_id: str) -> int:
    """Return on how many scopes a person has an entry of their own."""
    return len(store.entries_for(session, person_id, ()))


def move_entries(session: Session, person_id: str, to_person_id: str, by: Viewer) -> int:
    """Give what one person was given to another, who keeps what they have where it is more; return how many entries.

    An entry that shuts out goes without an heir.
    """
    rows = [row for row, _ in store.entries_for(session, person_id, ())]
    for row in rows:
        given = standing_of_entry(row.role, row.rights)
        known = store.entry_of(session, "person", to_person_id, row.scope_id)
        both = [given] if known is None else [given, standing_of_entry(known.role, known.rights)]
        heir = together(None, both)
        revoke(session, person_id, row.scope_id, by=by)
        if given.role is not None and heir is not None:
            grant(session, to_person_id, heir.role, row.scope_id, rights=heir.rights, by=by)
    return len(rows)


def forget_group(session: Session, group_id: str, by: Viewer) -> None:
    """Take the entries of a group away, in the transaction that deletes the group."""
    for row, _ in store.entries_for(session, None, [group_id]):
        revoke(session, group_id, row.scope_id, group=True, by=by)


def visibility_of_scopes(session: Session) -> dict[str, Visibility]:
    """Return which scopes have a visibility of their own, and which."""
    return {scope_id: Visibility(text) for scope_id, text in store.visibilities(session).items()}


def set_visibility(session: Session, scope_id: str, visibility: Visibility | None, *, by: Viewer = SYSTEM) -> None:
    """Say who sees a project without an entry; None follows the project above.

    Raises
    ------
    NotFound
        There is no such scope, or it is not a project's.
    """
    row = store.scope_by_id(session, scope_id)
    if row is None or row.kind != "project":
        raise NotFound
    row.visibility = None if visibility is None else visibility.value
    session.flush()
    _changed(session, by, "access.visibility", scope_id, {"visibility": row.visibility})


def _changed(session: Session, by: Viewer, action: str, scope_id: str, detail: Mapping[str, object]) -> None:
    record(session, AuditEvent(action, by.person_id, by.viewer_id, "scope", scope_id, detail=detail))
    forget_claims(session)
    hint(session, "grants.drop", all=True)
    hint(session, "slides.changed")
