"""Tokens: secrets for scripts, shown once, with scopes and an end."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import store, store_people
from coverslip.features.identity.models import ApiToken
from coverslip.features.identity.viewer import ADMINISTRATOR, SYSTEM, Scope, Viewer, credential_hash, put_on_record
from coverslip.features.identity.words import display_name
from coverslip.infra.db import hint

LIFE: Final = timedelta(days=365)
_INCLUDED: Final[dict[Scope, frozenset[Scope]]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}


@dataclass(frozen=True, slots=True)
class ApiTokenInfo:
    """A token without its secret; no ``scopes`` means all that the person may."""

    token_id: str
    name: str
    person_id: str
    user_name: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def create_token(
    session: Session,
    person_id: str,
    name: str,
    expires_at: datetime | None = None,
    *,
    by: Viewer = SYSTEM,
    scopes: Iterable[Scope] | None = None,
) -> str:
    """Create an API token and return its secret, which cannot be shown again.

    Parameters
    ----------
    expires_at : datetime or None
        Aware; a year from now when None.
    scopes : iterable of str or None
        ``write`` includes ``read``, ``admin`` both; None means all that the person may.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
        Nobody active, ``admin`` for somebody who is no administrator, no scope at all.
    """
    person = store_people.person_by_id(session, person_id)
    if person is None or person.state != "active":
        raise NotFound("There is no such person, or they may not sign in.")
    kept = None if scopes is None else frozenset[str]().union(*(_INCLUDED[scope] for scope in scopes))
    if kept is not None and not kept:
        raise InvalidRequest("A token needs a scope: read, write or admin.")
    if kept is not None and "admin" in kept and person.organisation_role != ADMINISTRATOR:
        raise Forbidden("Only an administrator has tokens with the scope admin.")
    secret = f"cs_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        token_id=new_id(),
        token_hash=credential_hash(secret),
        person_id=person_id,
        name=display_name(name),
        scopes=None if kept is None else " ".join(sorted(kept)),
        created_at=utc_now(),
        expires_at=expires_at or utc_now() + LIFE,
        revoked_at=None,
        last_used_at=None,
    )
    session.add(row)
    session.flush()
    put_on_record(session, "token.create", "token", row.token_id, by, person_id=person_id, scopes=row.scopes)
    return secret


def list_tokens(session: Session, person_id: str | None = None) -> list[ApiTokenInfo]:
    """Return tokens without their secrets, newest first; everybody's when no person is named."""
    return [
        ApiTokenInfo(
            row.token_id,
            row.name,
            row.person_id,
            user_name,
            None if row.scopes is None else row.scopes.split(),
            row.created_at,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row, user_name in store.tokens(session, person_id)
    ]


def token_of_secret(session: Session, secret: str) -> ApiTokenInfo:
    """Return the token that was just made."""
    found = store.token_with_person(session, credential_hash(secret))
    if found is None:
        raise NotFound
    return next(one for one in list_tokens(session, found[0].person_id) if one.token_id == found[0].token_id)


def revoke_token(session: Session, token_id: str, *, by: Viewer = SYSTEM, person_id: str | None = None) -> None:
    """Revoke a token for good; only one of this person's, where one is named.

    Raises
    ------
    NotFound
        There is no such token, or it was revoked before.
    """
    if not store.revoke_token(session, token_id, utc_now(), person_id):
        raise NotFound
    hint(session, "grants.drop", viewer=token_id)
    put_on_record(session, "token.revoke", "token", token_id, by)


def revoke_tokens(session: Session, person_id: str, *, by: Viewer) -> int:
    """Revoke all tokens of a person; return how many."""
    open_tokens = store.open_tokens(session, person_id)
    for token_id in open_tokens:
        revoke_token(session, token_id, by=by)
    return len(open_tokens)
