"""SQL of identity."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import ApiToken, OneTimeToken, Person, SessionRecord, SignInAttempt


def local_administrator(session: Session) -> Person | None:
    """Return the first administrator, or None before the first start."""
    return session.scalars(select(Person).where(Person.is_admin).order_by(Person.no).limit(1)).first()


def drop_one_time_tokens(session: Session) -> None:
    """Forget every one-time token; only the newest is ever valid."""
    session.execute(delete(OneTimeToken))


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


def session_with_person(session: Session, secret_hash: str) -> tuple[SessionRecord, Person] | None:
    """Return the session with this secret and its person, ended or not."""
    row = session.execute(
        select(SessionRecord, Person)
        .join(Person, Person.person_id == SessionRecord.person_id)
        .where(SessionRecord.secret_hash == secret_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def token_with_person(session: Session, token_hash: str) -> tuple[ApiToken, Person] | None:
    """Return the API token with this secret and its person, revoked or not."""
    row = session.execute(
        select(ApiToken, Person)
        .join(Person, Person.person_id == ApiToken.person_id)
        .where(ApiToken.token_hash == token_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def person_by_id(session: Session, person_id: str) -> Person:
    """Return a person who is known to exist."""
    return session.scalars(select(Person).where(Person.person_id == person_id)).one()


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


def end_session(session: Session, session_id: str, now: datetime) -> bool:
    """End a session for good; False when it had ended before."""
    result = session.execute(
        update(SessionRecord)
        .where(SessionRecord.session_id == session_id, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def end_session_by_secret(session: Session, secret_hash: str, now: datetime) -> None:
    """End the session that has this secret, if there is one."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.secret_hash == secret_hash, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke_token(session: Session, token_id: str, now: datetime) -> bool:
    """Revoke a token for good; False when there is none or it was revoked before."""
    result = session.execute(
        update(ApiToken)
        .where(ApiToken.token_id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def tokens(session: Session) -> list[ApiToken]:
    """Return all tokens, newest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.no.desc())))


def count_attempts(session: Session, address: str, since: datetime) -> int:
    """Count refused sign-ins from an address."""
    return session.scalars(
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.address == address, SignInAttempt.at > since)
    ).one()


def drop_attempts(session: Session, before: datetime) -> None:
    """Forget refused sign-ins that no longer count."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= before))
