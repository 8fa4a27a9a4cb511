"""SQL of sessions, tokens and guesses; people and factors have files of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import (
    ApiToken,
    GroupMember,
    OneTimeToken,
    Person,
    SessionRecord,
    SignInAttempt,
)


def changed(result: object) -> int:
    """Return how many rows a statement changed."""
    return cast("CursorResult[object]", result).rowcount


# --- one-time tokens --------------------------------------------------------------------------


def drop_one_time_tokens(session: Session) -> None:
    """Forget every one-time token; only the newest is ever valid."""
    session.execute(delete(OneTimeToken))


def drop_one_time_tokens_of(session: Session, person_id: str) -> None:
    """Forget the one-time tokens of a person."""
    session.execute(
        delete(OneTimeToken).where(OneTimeToken.person_id == person_id).execution_options(synchronize_session=False)
    )


def use_one_time_token(session: Session, token_hash: str, now: datetime) -> str | None:
    """Mark the token used and return whose it is; None when absent, used or expired.

    One statement decides, so of two requests with the same token only one wins.
    """
    return session.scalars(
        update(OneTimeToken)
        .where(OneTimeToken.token_hash == token_hash, OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > now)
        .values(used_at=now)
        .returning(OneTimeToken.person_id)
        .execution_options(synchronize_session=False)
    ).first()


def drop_expired_one_time_tokens(session: Session, now: datetime) -> int:
    """Forget what has run out, so that a clock set back revives nothing."""
    return changed(session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at <= now)))


# --- sessions ---------------------------------------------------------------------------------


def session_with_person(session: Session, secret_hash: str) -> tuple[SessionRecord, Person] | None:
    """Return the session with this secret and its person, ended or not."""
    row = session.execute(
        select(SessionRecord, Person)
        .join(Person, Person.person_id == SessionRecord.person_id)
        .where(SessionRecord.secret_hash == secret_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def session_by_id(session: Session, session_id: str) -> SessionRecord | None:
    """Return a session, ended or not."""
    return session.scalars(select(SessionRecord).where(SessionRecord.session_id == session_id)).first()


def open_sessions(session: Session, person_id: str) -> list[SessionRecord]:
    """Return a person's sessions that were not ended, newest first."""
    return list(
        session.scalars(
            select(SessionRecord)
            .where(SessionRecord.person_id == person_id, SessionRecord.ended_at.is_(None))
            .order_by(SessionRecord.no.desc())
        )
    )


def touch_session(session: Session, session_id: str, now: datetime, every: timedelta) -> None:
    """Move the last activity forward when it is older than ``every``."""
    session.execute(
        update(SessionRecord)
        .where(
            SessionRecord.session_id == session_id,
            SessionRecord.ended_at.is_(None),
            SessionRecord.last_active_at <= now - every,
        )
        .values(last_active_at=now)
        .execution_options(synchronize_session=False)
    )


def end_session(session: Session, session_id: str, now: datetime) -> bool:
    """End a session for good; False when it had ended before."""
    result = session.execute(
        update(SessionRecord)
        .where(SessionRecord.session_id == session_id, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def end_session_by_secret(session: Session, secret_hash: str, now: datetime) -> str | None:
    """End the session that has this secret; its id when there was one."""
    return session.scalars(
        update(SessionRecord)
        .where(SessionRecord.secret_hash == secret_hash, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SessionRecord.session_id)
        .execution_options(synchronize_session=False)
    ).first()


def set_session_kind(session: Session, session_id: str, kind: str) -> None:
    """Make a session full or limited."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.session_id == session_id)
        .values(kind=kind)
        .execution_options(synchronize_session=False)
    )


def limit_sessions(session: Session, person_id: str) -> None:
    """Make all open sessions of a person limited."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.person_id == person_id, SessionRecord.ended_at.is_(None))
        .values(kind="limited")
        .execution_options(synchronize_session=False)
    )


def prove_session(session: Session, session_id: str, now: datetime) -> None:
    """Record that the person proved who they are."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.session_id == session_id)
        .values(proved_at=now)
        .execution_options(synchronize_session=False)
    )


def stale_sessions(session: Session, now: datetime, limit: int) -> list[tuple[SessionRecord, Person]]:
    """Return sessions past their last moment that nobody ended; the idle limit is checked by the caller."""
    rows = session.execute(
        select(SessionRecord, Person)
        .join(Person, Person.person_id == SessionRecord.person_id)
        .where(
            SessionRecord.ended_at.is_(None),
            or_(SessionRecord.ends_at <= now, SessionRecord.last_active_at <= now - timedelta(seconds=60)),
        )
        .order_by(SessionRecord.last_active_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


# --- tokens -----------------------------------------------------------------------------------


def token_with_person(session: Session, token_hash: str) -> tuple[ApiToken, Person] | None:
    """Return the API token with this secret and its person, revoked or not."""
    row = session.execute(
        select(ApiToken, Person)
        .join(Person, Person.person_id == ApiToken.person_id)
        .where(ApiToken.token_hash == token_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def touch_token(session: Session, token_id: str, now: datetime, every: timedelta) -> None:
    """Record the last use of a token when the recorded one is older than ``every``."""
    session.execute(
        update(ApiToken)
        .where(
            ApiToken.token_id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - every),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke_token(session: Session, token_id: str, now: datetime, person_id: str | None = None) -> bool:
    """Revoke a token (of this person, if one is named) for good; False when there is none or it was revoked."""
    statement = update(ApiToken).where(ApiToken.token_id == token_id, ApiToken.revoked_at.is_(None))
    if person_id is not None:
        statement = statement.where(ApiToken.person_id == person_id)
    result = session.execute(statement.values(revoked_at=now).execution_options(synchronize_session=False))
    return changed(result) == 1


def tokens(session: Session, person_id: str | None = None) -> list[tuple[ApiToken, str]]:
    """Return tokens with the user names of their owners, newest first; all when no person is named."""
    query = select(ApiToken, Person.user_name).join(Person, Person.person_id == ApiToken.person_id)
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(ApiToken.no.desc()))]


def open_tokens(session: Session, person_id: str) -> list[str]:
    """Return the ids of a person's tokens that were not revoked."""
    query = select(ApiToken.token_id).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(query))


def stale_tokens(session: Session, now: datetime, limit: int) -> list[tuple[ApiToken, Person]]:
    """Return tokens past their end that nobody revoked."""
    rows = session.execute(
        select(ApiToken, Person)
        .join(Person, Person.person_id == ApiToken.person_id)
        .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at <= now)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


# --- people, as far as signing in needs them ----------------------------------------------------


def see_person(session: Session, person_id: str, now: datetime) -> None:
    """Record when somebody was last here."""
    session.execute(
        update(Person)
        .where(Person.person_id == person_id)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def group_ids(session: Session, person_id: str) -> tuple[str, ...]:
    """Return the groups that a person is in."""
    query = select(GroupMember.group_id).where(GroupMember.person_id == person_id).order_by(GroupMember.no)
    return tuple(session.scalars(query))


# --- guesses ----------------------------------------------------------------------------------


def lock_keys(session: Session, *keys: str) -> None:
    """Let one transaction at a time look at what these keys stand for; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        for key in sorted(keys):  # one order for all, so that two never wait for each other
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": key})


def count_attempts(session: Session, *, address: str, account: str | None, since: datetime) -> Sequence[int]:
    """Return guesses and, of them, failed ones: of the address, then of the account."""
    counts: list[int] = []
    for column, value in ((SignInAttempt.address, address), (SignInAttempt.account, account)):
        query = select(func.count(), func.count().filter(SignInAttempt.failed)).where(SignInAttempt.at > since)
        found = (0, 0) if value is None else session.execute(query.where(column == value)).one()
        counts += [found[0], found[1]]
    return counts


def fail_attempt(session: Session, no: int) -> None:
    """Keep a guess as a wrong one."""
    session.execute(
        update(SignInAttempt)
        .where(SignInAttempt.no == no)
        .values(failed=True)
        .execution_options(synchronize_session=False)
    )


def drop_attempt(session: Session, no: int) -> None:
    """Forget a guess that was right."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.no == no).execution_options(synchronize_session=False))


def drop_attempts(session: Session, before: datetime, after: datetime) -> None:
    """Forget guesses that no longer count, and those that a clock set back left in the future."""
    session.execute(
        delete(SignInAttempt)
        .where(or_(SignInAttempt.at <= before, SignInAttempt.at > after))
        .execution_options(synchronize_session=False)
    )
