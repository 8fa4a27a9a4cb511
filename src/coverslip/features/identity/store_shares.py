"""SQL of the sessions of share links."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import ShareSession
from coverslip.features.identity.store import changed


def session_by_secret(session: Session, secret_hash: str) -> ShareSession | None:
    """Return the session with this secret, ended or not."""
    return session.scalars(select(ShareSession).where(ShareSession.secret_hash == secret_hash)).first()


def open_sessions(session: Session, share_id: str) -> list[ShareSession]:
    """Return the sessions of a link that were not ended."""
    query = select(ShareSession).where(ShareSession.share_id == share_id, ShareSession.ended_at.is_(None))
    return list(session.scalars(query.order_by(ShareSession.no)))


def touch(session: Session, session_id: str, now: datetime, every: timedelta) -> None:
    """Move the last activity forward when it is older than ``every``."""
    session.execute(
        update(ShareSession)
        .where(
            ShareSession.session_id == session_id,
            ShareSession.ended_at.is_(None),
            ShareSession.last_active_at <= now - every,
        )
        .values(last_active_at=now)
        .execution_options(synchronize_session=False)
    )


def end(session: Session, session_id: str, now: datetime) -> bool:
    """End a session for good; False when it had ended before."""
    result = session.execute(
        update(ShareSession)
        .where(ShareSession.session_id == session_id, ShareSession.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def stale(session: Session, now: datetime, limit: int) -> list[ShareSession]:
    """Return sessions past their last moment that nobody ended; the idle limit is checked by the caller."""
    query = select(ShareSession).where(
        ShareSession.ended_at.is_(None),
        or_(ShareSession.ends_at <= now, ShareSession.last_active_at <= now - timedelta(seconds=60)),
    )
    return list(session.scalars(query.order_by(ShareSession.last_active_at).limit(limit)))


def last_seen(session: Session, share_ids: Collection[str]) -> dict[str, tuple[datetime, str | None]]:
    """Return the last activity of each of some links and the address that it came from, without previews."""
    order = (ShareSession.last_active_at.desc(), ShareSession.no.desc())
    place = func.row_number().over(partition_by=ShareSession.share_id, order_by=order).label("place")
    newest = (
        select(ShareSession.share_id, ShareSession.last_active_at, ShareSession.address, place)
        .where(ShareSession.share_id.in_(share_ids), ShareSession.opened_by.is_(None))
        .subquery()
    )
    query = select(newest.c.share_id, newest.c.last_active_at, newest.c.address).where(newest.c.place == 1)
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
