"""Signing in and out, sessions and tokens.

Secrets are 256 random bits. The database holds their SHA-256: they are too long to guess, so a
slow password hash would protect nothing more.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound, Unauthenticated
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import store
from coverslip.features.identity.models import ApiToken, OneTimeToken, Person, SessionRecord, SignInAttempt
from coverslip.infra.audit import AuditEvent, Outcome, record
from coverslip.infra.db import hint

COOKIE: Final = "coverslip_session"
ONE_TIME_LIFE: Final = timedelta(hours=24)
TOKEN_LIFE: Final = timedelta(days=365)
ACTIVITY_STEP: Final = timedelta(minutes=1)
ATTEMPT_WINDOW: Final = timedelta(minutes=5)
ATTEMPTS_ALLOWED: Final = 10
ADMINISTRATOR_NAME: Final = "Local administrator"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is behind a request.

    Attributes
    ----------
    viewer_id : str
        The session's or token's id; a grant in memory is dropped by it.
    kind : str
        ``session`` (a browser), ``token`` (a script) or ``system`` (Coverslip itself).
    person_id, name : str
    is_admin : bool
    expires_at : datetime or None
        When the credential ends unless it is used before; None only for the system.
    csrf_hash : str or None
        SHA-256 (hex) of the token that a browser must send with every change.
    last_active_at : datetime or None
        Activity as recorded, at minute granularity.
    """

    viewer_id: str
    kind: Literal["session", "token", "system"]
    person_id: str
    name: str
    is_admin: bool
    expires_at: datetime | None
    csrf_hash: str | None
    last_active_at: datetime | None = None


SYSTEM: Final = Viewer("system", "system", "system", "Coverslip", True, None, None)
"""The viewer behind work that no person asked for: scans and jobs."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the secret for the cookie and the token for changes."""

    cookie: str
    csrf_token: str
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class SignInDenied:
    """Why a sign-in failed; ``limited`` tells a full counter from a wrong token."""

    limited: bool


@dataclass(frozen=True, slots=True)
class ApiTokenInfo:
    """A token without its secret."""

    token_id: str
    name: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def credential_hash(secret: str) -> str:
    """Return the SHA-256 (hex) under which a secret is known."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token(cookie: str) -> str:
    """Return the CSRF token of a session; it follows from the secret, so nothing more is stored."""
    digest = hashlib.sha256(b"coverslip-csrf\0" + cookie.encode("utf-8", "surrogateescape")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def local_administrator(session: Session) -> Viewer:
    """Return the local administrator as the viewer behind a command on this machine.

    Raises
    ------
    NotFound
        Coverslip was never started on this data folder.
    """
    person = store.local_administrator(session)
    if person is None:
        raise NotFound("There is no administrator yet; start Coverslip once.")
    return Viewer("command", "system", person.person_id, person.name, True, None, None)


def ensure_administrator(session: Session) -> str:
    """Create the local administrator at the first start; no password exists. Return the person's id."""
    person = store.local_administrator(session)
    if person is None:
        person = Person(person_id=new_id(), name=ADMINISTRATOR_NAME, is_admin=True, created_at=utc_now())
        session.add(person)
        session.flush()
        _record(session, "person.create", "person", person.person_id, SYSTEM)
    return person.person_id


def issue_one_time(session: Session) -> str:
    """Return a fresh one-time sign-in token; every earlier one stops working."""
    person_id = ensure_administrator(session)
    store.drop_one_time_tokens(session)
    secret = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(
            token_hash=credential_hash(secret), person_id=person_id, expires_at=utc_now() + ONE_TIME_LIFE, used_at=None
        )
    )
    session.flush()
    _record(session, "one_time_token.issue", "person", person_id, SYSTEM)
    return secret


def sign_in(
    session: Session,
    token: str,
    *,
    address: str,
    idle_s: int,
    absolute_s: int,
    previous_cookie: str | None = None,
    now: datetime | None = None,
) -> SignedIn | SignInDenied:
    """Exchange a one-time token for a session.

    A refusal is a value, not an exception, because the failed attempt must be committed.

    Parameters
    ----------
    token : str
        What followed ``#`` in the printed address.
    address : str
        Where the request came from; ten refused attempts in five minutes close it for a while.
    idle_s, absolute_s : int
        Limits of the new session in seconds.
    previous_cookie : str or None
        A session that the browser still holds; it ends, so that no one else's session is kept.
    """
    now = now or utc_now()
    address = address[:64]
    store.drop_attempts(session, now - ATTEMPT_WINDOW)
    if store.count_attempts(session, address, now - ATTEMPT_WINDOW) >= ATTEMPTS_ALLOWED:
        return SignInDenied(limited=True)
    person_id = store.use_one_time_token(session, credential_hash(token), now)
    if person_id is None:
        session.add(SignInAttempt(address=address, at=now))
        session.flush()
        _record(session, "session.start", "session", None, None, outcome=Outcome.DENIED)
        return SignInDenied(limited=False)
    if previous_cookie:
        store.end_session_by_secret(session, credential_hash(previous_cookie), now)
    cookie = secrets.token_urlsafe(32)
    token_for_changes = csrf_token(cookie)
    row = SessionRecord(
        session_id=new_id(),
        secret_hash=credential_hash(cookie),
        csrf_hash=credential_hash(token_for_changes),
        person_id=person_id,
        created_at=now,
        last_active_at=now,
        idle_s=idle_s,
        ends_at=now + timedelta(seconds=absolute_s),
        ended_at=None,
    )
    session.add(row)
    session.flush()
    viewer = _session_viewer(row, store.person_by_id(session, person_id))
    _record(session, "session.start", "session", row.session_id, viewer)
    return SignedIn(cookie, token_for_changes, viewer)


def authenticate(
    session: Session, *, cookie: str | None = None, bearer: str | None = None, now: datetime | None = None
) -> Viewer:
    """Say who presents this cookie or bearer token; the token wins where both are sent.

    Raises
    ------
    Unauthenticated
        Nothing was presented, or it is wrong, ended, expired or revoked: one answer for all.
    """
    return authenticate_hashed(
        session,
        cookie_hash=credential_hash(cookie) if cookie else None,
        bearer_hash=credential_hash(bearer) if bearer else None,
        now=now,
    )


def authenticate_hashed(
    session: Session,
    *,
    cookie_hash: str | None = None,
    bearer_hash: str | None = None,
    now: datetime | None = None,
) -> Viewer:
    """Do what :func:`authenticate` does for a secret of which only the SHA-256 (hex) is kept.

    Raises
    ------
    Unauthenticated
    """
    now = now or utc_now()
    if bearer_hash is not None:
        found_token = store.token_with_person(session, bearer_hash)
        if found_token is None or found_token[0].revoked_at is not None or now >= found_token[0].expires_at:
            raise Unauthenticated
        return _token_viewer(*found_token)
    found = None if cookie_hash is None else store.session_with_person(session, cookie_hash)
    if found is None or found[0].ended_at is not None or now >= _session_end(found[0]):
        raise Unauthenticated
    return _session_viewer(*found)


def touch(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """Record that a viewer is active; harmless when called more than once a minute."""
    now = now or utc_now()
    if viewer.kind == "session":
        store.touch_session(session, viewer.viewer_id, now, ACTIVITY_STEP)
    elif viewer.kind == "token":
        store.touch_token(session, viewer.viewer_id, now, ACTIVITY_STEP)


def needs_touch(viewer: Viewer, now: datetime | None = None) -> bool:
    """Whether the recorded activity is more than a minute old."""
    now = now or utc_now()
    if viewer.kind == "system":
        return False
    return viewer.last_active_at is None or viewer.last_active_at <= now - ACTIVITY_STEP


def expired(session: Session, *, cookie: str | None, bearer: str | None, now: datetime | None = None) -> Viewer | None:
    """Return whose session or token has run out without being ended yet, None when there is none."""
    now = now or utc_now()
    if bearer:
        found_token = store.token_with_person(session, credential_hash(bearer))
        if found_token is not None and found_token[0].revoked_at is None and now >= found_token[0].expires_at:
            return _token_viewer(*found_token)
    elif cookie:
        found = store.session_with_person(session, credential_hash(cookie))
        if found is not None and found[0].ended_at is None and now >= _session_end(found[0]):
            return _session_viewer(*found)
    return None


def close(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """End what has run out for good, so that a clock set back revives nothing."""
    now = now or utc_now()
    if viewer.kind == "session" and store.end_session(session, viewer.viewer_id, now):
        _record(session, "session.expire", "session", viewer.viewer_id, viewer)
    elif viewer.kind == "token" and store.revoke_token(session, viewer.viewer_id, now):
        _record(session, "token.expire", "token", viewer.viewer_id, viewer)


def sign_out(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """End the viewer's session; a token is not ended this way."""
    if viewer.kind == "session" and store.end_session(session, viewer.viewer_id, now or utc_now()):
        hint(session, "grants.drop", viewer=viewer.viewer_id)
        _record(session, "session.end", "session", viewer.viewer_id, viewer)


def create_token(
    session: Session, person_id: str, name: str, expires_at: datetime | None = None, *, by: Viewer = SYSTEM
) -> str:
    """Create an API token and return its secret, which cannot be shown again.

    Parameters
    ----------
    expires_at : datetime or None
        Aware; a year from now when None.
    """
    secret = f"cs_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        token_id=new_id(),
        token_hash=credential_hash(secret),
        person_id=person_id,
        name=name,
        created_at=utc_now(),
        expires_at=expires_at or utc_now() + TOKEN_LIFE,
        revoked_at=None,
        last_used_at=None,
    )
    session.add(row)
    session.flush()
    _record(session, "token.create", "token", row.token_id, by)
    return secret


def list_tokens(session: Session) -> list[ApiTokenInfo]:
    """Return all tokens without their secrets, newest first."""
    return [
        ApiTokenInfo(
            row.token_id, row.name, row.person_id, row.created_at, row.expires_at, row.revoked_at, row.last_used_at
        )
        for row in store.tokens(session)
    ]


def revoke_token(session: Session, token_id: str, *, by: Viewer = SYSTEM) -> None:
    """Revoke a token for good.

    Raises
    ------
    NotFound
        There is no such token, or it was revoked before.
    """
    if not store.revoke_token(session, token_id, utc_now()):
        raise NotFound
    hint(session, "grants.drop", viewer=token_id)
    _record(session, "token.revoke", "token", token_id, by)


def _token_viewer(row: ApiToken, person: Person) -> Viewer:
    return Viewer(
        row.token_id, "token", person.person_id, person.name, person.is_admin, row.expires_at, None, row.last_used_at
    )


def _session_end(row: SessionRecord) -> datetime:
    return min(row.ends_at, row.last_active_at + timedelta(seconds=row.idle_s))


def _session_viewer(row: SessionRecord, person: Person) -> Viewer:
    return Viewer(
        row.session_id,
        "session",
        person.person_id,
        person.name,
        person.is_admin,
        _session_end(row),
        row.csrf_hash,
        row.last_active_at,
    )


def _record(
    session: Session,
    action: str,
    kind: str,
    object_id: str | None,
    viewer: Viewer | None,
    *,
    outcome: Outcome = Outcome.DONE,
) -> None:
    record(
        session,
        AuditEvent(
            action=action,
            object_kind=kind,
            object_id=object_id,
            outcome=outcome,
            principal=None if viewer is None else viewer.person_id,
            session_id=None if viewer is None else viewer.viewer_id,
        ),
    )
