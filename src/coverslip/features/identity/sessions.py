"""Sessions of browsers, and what opens a door: a cookie or a token."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound, Unauthenticated
from coverslip.core.identity_errors import ConfirmFirst, DutiesOpen
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import duties, share_sessions, store, store_factors, store_people
from coverslip.features.identity.callers import ACTIVITY_STEP, AGENT_KEPT, Caller, SignedIn
from coverslip.features.identity.models import ApiToken, Person, SessionRecord
from coverslip.features.identity.viewer import SessionKind, Viewer, credential_hash, csrf_token, put_on_record
from coverslip.infra.audit import called_by
from coverslip.infra.db import Database, hint
from coverslip.settings import Settings

COOKIE: Final = "coverslip_session"
PROOF_LIFE: Final = timedelta(minutes=15)
SWEEP_EVERY_S: Final = 60.0
_SWEPT_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session without its secret."""

    session_id: str
    kind: str
    created_at: datetime
    last_active_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


def start_session(session: Session, person: Person, caller: Caller, settings: Settings, now: datetime) -> SignedIn:
    """Let somebody in who has proved who they are: always a fresh secret, whatever the browser held before."""
    if caller.previous_cookie:
        ended = store.end_session_by_secret(session, credential_hash(caller.previous_cookie), now)
        if ended is not None:
            hint(session, "grants.drop", viewer=ended)
    cookie = secrets.token_urlsafe(32)
    token_for_changes = csrf_token(cookie)
    row = SessionRecord(
        session_id=new_id(),
        secret_hash=credential_hash(cookie),
        csrf_hash=credential_hash(token_for_changes),
        person_id=person.person_id,
        kind="limited" if duties.open_duties(session, settings, person) else "full",
        address=caller.address,
        agent=None if caller.agent is None else caller.agent[:AGENT_KEPT],
        created_at=now,
        proved_at=now,
        last_active_at=now,
        idle_s=settings.session_idle_s,
        ends_at=now + timedelta(seconds=settings.session_absolute_s),
        ended_at=None,
    )
    session.add(row)
    session.flush()
    store.see_person(session, person.person_id, now)
    viewer = session_viewer(session, row, person)
    put_on_record(session, "session.start", "session", row.session_id, viewer)
    return SignedIn(cookie, token_for_changes, viewer)


def authenticate(
    session: Session,
    *,
    cookie: str | None = None,
    bearer: str | None = None,
    share: str | None = None,
    now: datetime | None = None,
    limited: bool = False,
) -> Viewer:
    """Say who presents this cookie, bearer token or cookie of a share link; the token wins over the cookies.

    Raises
    ------
    Unauthenticated
        Nothing was presented, or it is wrong, ended, expired or revoked: one answer for all.
    DutiesOpen
        The session is limited, and ``limited`` does not let it pass.
    """
    return authenticate_hashed(
        session,
        cookie_hash=credential_hash(cookie) if cookie else None,
        bearer_hash=credential_hash(bearer) if bearer else None,
        share_hash=credential_hash(share) if share else None,
        now=now,
        limited=limited,
    )


def authenticate_hashed(
    session: Session,
    *,
    cookie_hash: str | None = None,
    bearer_hash: str | None = None,
    share_hash: str | None = None,
    now: datetime | None = None,
    limited: bool = False,
) -> Viewer:
    """Do what :func:`authenticate` does for a secret of which only the SHA-256 (hex) is kept.

    Raises
    ------
    Unauthenticated, DutiesOpen
    """
    now = now or utc_now()
    if bearer_hash is not None:
        token = store.token_with_person(session, bearer_hash)
        if token is None or token[0].revoked_at is not None or now >= token[0].expires_at or not _active(token[1]):
            raise Unauthenticated
        called_by(token_id=token[0].token_id)
        return token_viewer(session, *token)
    if share_hash is not None:
        return share_sessions.authenticate(session, share_hash, now)
    found = None if cookie_hash is None else store.session_with_person(session, cookie_hash)
    if found is None or found[0].ended_at is not None or now >= session_end(found[0]) or not _active(found[1]):
        raise Unauthenticated
    viewer = session_viewer(session, *found)
    if viewer.session_kind != "full" and not limited:
        raise DutiesOpen
    return viewer


def _active(person: Person) -> bool:
    return person.state == "active"


def touch(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """Record that a viewer is active; harmless when called more than once a minute."""
    now = now or utc_now()
    if viewer.kind == "session":
        store.touch_session(session, viewer.viewer_id, now, ACTIVITY_STEP)
    elif viewer.kind == "token":
        store.touch_token(session, viewer.viewer_id, now, ACTIVITY_STEP)
    elif viewer.kind == "share":
        share_sessions.touch(session, viewer.viewer_id, now)
        return
    store.see_person(session, viewer.person_id, now)


def needs_touch(viewer: Viewer, now: datetime | None = None) -> bool:
    """Whether the recorded activity is more than a minute old."""
    now = now or utc_now()
    if viewer.kind in ("system", "anonymous"):
        return False
    return viewer.last_active_at is None or viewer.last_active_at <= now - ACTIVITY_STEP


def expired(
    session: Session,
    *,
    cookie: str | None = None,
    bearer: str | None = None,
    share: str | None = None,
    now: datetime | None = None,
) -> Viewer | None:
    """Return whose session or token has run out without being ended yet, None when there is none."""
    now = now or utc_now()
    if share:
        return share_sessions.expired(session, credential_hash(share), now)
    if bearer:
        token = store.token_with_person(session, credential_hash(bearer))
        if token is not None and token[0].revoked_at is None and now >= token[0].expires_at:
            return token_viewer(session, *token)
    elif cookie:
        found = store.session_with_person(session, credential_hash(cookie))
        if found is not None and found[0].ended_at is None and now >= session_end(found[0]):
            return session_viewer(session, *found)
    return None


def close(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """End what has run out for good, so that a clock set back revives nothing."""
    now = now or utc_now()
    if viewer.kind == "session" and store.end_session(session, viewer.viewer_id, now):
        put_on_record(session, "session.expire", "session", viewer.viewer_id, viewer)
    elif viewer.kind == "token" and store.revoke_token(session, viewer.viewer_id, now):
        put_on_record(session, "token.expire", "token", viewer.viewer_id, viewer)
    elif viewer.kind == "share":
        share_sessions.end(session, viewer, "session.expire", now)


def sweep(db: Database, now: datetime | None = None) -> None:
    """End everything that has run out, so that it stays ended when a clock is set back."""
    now = now or utc_now()
    with db.transaction() as session:
        for row, person in store.stale_sessions(session, now, _SWEPT_AT_ONCE):
            if now >= session_end(row):
                close(session, session_viewer(session, row, person), now)
        for token, person in store.stale_tokens(session, now, _SWEPT_AT_ONCE):
            close(session, token_viewer(session, token, person), now)
        share_sessions.sweep(session, now)
        store.drop_expired_one_time_tokens(session, now)
        store_people.revoke_stale_links(session, now)
        store_factors.drop_challenges(session, now)


def sign_out(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """End the viewer's session; a token is not ended this way."""
    if viewer.kind == "session" and store.end_session(session, viewer.viewer_id, now or utc_now()):
        hint(session, "grants.drop", viewer=viewer.viewer_id)
        put_on_record(session, "session.end", "session", viewer.viewer_id, viewer)
    elif viewer.kind == "share":
        share_sessions.end(session, viewer, "session.end", now or utc_now())


def list_sessions(session: Session, person_id: str, now: datetime | None = None) -> list[SessionInfo]:
    """Return a person's live sessions, newest first."""
    now = now or utc_now()
    rows = [row for row in store.open_sessions(session, person_id) if now < session_end(row)]
    return [
        SessionInfo(
            row.session_id, row.kind, row.created_at, row.last_active_at, session_end(row), row.address, row.agent
        )
        for row in rows
    ]


def end_session(session: Session, person_id: str, session_id: str, *, by: Viewer) -> None:
    """End one of a person's sessions.

    Raises
    ------
    NotFound
        They have no such open session.
    """
    row = store.session_by_id(session, session_id)
    if row is None or row.person_id != person_id or not store.end_session(session, session_id, utc_now()):
        raise NotFound
    hint(session, "grants.drop", viewer=session_id)
    put_on_record(session, "session.end", "session", session_id, by)


def end_sessions(session: Session, person_id: str, *, by: Viewer | None, but: str | None = None) -> int:
    """End a person's sessions, all or all but one; return how many."""
    now, count = utc_now(), 0
    for row in store.open_sessions(session, person_id):
        if row.session_id != but and store.end_session(session, row.session_id, now):
            hint(session, "grants.drop", viewer=row.session_id)
            put_on_record(session, "session.end", "session", row.session_id, by)
            count += 1
    return count


def drop_sight(session: Session, person_id: str) -> None:
    """Make every process look again at what a person may do: the grants in memory are forgotten."""
    for row in store.open_sessions(session, person_id):
        hint(session, "grants.drop", viewer=row.session_id)
    for token_id in store.open_tokens(session, person_id):
        hint(session, "grants.drop", viewer=token_id)


def require_proof(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """Let pass who proved within 15 minutes who they are, or has nothing to prove it with.

    A token needs no proof: it cannot be left lying on a desk, open.

    Raises
    ------
    ConfirmFirst
    """
    if viewer.kind != "session":
        return
    now = now or utc_now()
    row = store.session_by_id(session, viewer.viewer_id)
    if row is not None and row.proved_at <= now <= row.proved_at + PROOF_LIFE:
        return
    if row is None or duties.can_prove(session, viewer.person_id):
        raise ConfirmFirst


def proved(session: Session, viewer: Viewer, now: datetime | None = None) -> None:
    """Record that the person behind a session proved again who they are."""
    store.prove_session(session, viewer.viewer_id, now or utc_now())
    put_on_record(session, "session.confirm", "session", viewer.viewer_id, viewer)


def lift_limits(session: Session, viewer: Viewer, settings: Settings) -> None:
    """Make a limited session a full one when the person's duties are done."""
    person = store_people.person_by_id(session, viewer.person_id)
    if viewer.session_kind != "limited" or person is None or duties.open_duties(session, settings, person):
        return
    store.set_session_kind(session, viewer.viewer_id, "full")
    put_on_record(session, "session.full", "session", viewer.viewer_id, viewer)


def token_viewer(session: Session, row: ApiToken, person: Person) -> Viewer:
    """Return the viewer behind a token."""
    return Viewer(
        row.token_id,
        "token",
        person.person_id,
        person.name,
        person.organisation_role,
        row.expires_at,
        None,
        row.last_used_at,
        group_ids=store.group_ids(session, person.person_id),
        scopes=None if row.scopes is None else frozenset(row.scopes.split()),
        user_name=person.user_name,
    )


def session_end(row: SessionRecord) -> datetime:
    """Return when a session ends unless it is used before."""
    return min(row.ends_at, row.last_active_at + timedelta(seconds=row.idle_s))


def session_viewer(session: Session, row: SessionRecord, person: Person) -> Viewer:
    """Return the viewer behind a session."""
    kind: SessionKind = "full" if row.kind == "full" else "limited"
    return Viewer(
        row.session_id,
        "session",
        person.person_id,
        person.name,
        person.organisation_role,
        session_end(row),
        row.csrf_hash,
        row.last_active_at,
        group_ids=store.group_ids(session, person.person_id),
        session_kind=kind,
        user_name=person.user_name,
    )
