"""SQL of share links."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.access.models import Share, ShareGuess, ShareRequest
from coverslip.features.access.store import Filter

State = Literal["active", "ended", "all"]


def by_id(session: Session, share_id: str, *, lock: bool = False) -> Share | None:
    """Return a link, ended or not; a text that cannot be an id finds none."""
    if not _is_id(share_id):
        return None
    query = select(Share).where(Share.share_id == share_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def by_token(session: Session, token_hash: str, *, lock: bool = False) -> Share | None:
    """Return the link with this token, ended or not."""
    query = select(Share).where(Share.token_hash == token_hash)
    return session.scalars(query.with_for_update() if lock else query).first()


def page(
    session: Session, seen: Filter, object_id: str | None, state: State, now: datetime, after_no: int | None, limit: int
) -> list[Share]:
    """Return links, the newest first."""
    query = select(Share).where(seen)
    if object_id is not None and not _is_id(object_id):
        return []
    if object_id is not None:
        query = query.where(Share.object_id == object_id)
    if state != "all":
        query = query.where(_takes_opens(now) if state == "active" else ~_takes_opens(now))
    if after_no is not None:
        query = query.where(Share.no < after_no)
    return list(session.scalars(query.order_by(Share.no.desc()).limit(limit)))


def count_open(session: Session, share_id: str, password_hash: str | None, now: datetime) -> bool:
    """Count one open; False when the link takes no more, or its password is another one by now.

    One statement decides, so of any number of browsers at once exactly as many are let in as may be.
    """
    same = Share.password_hash.is_(None) if password_hash is None else Share.password_hash == password_hash
    result = session.scalars(
        update(Share)
        .where(Share.share_id == share_id, same, _takes_opens(now))
        .values(opens=Share.opens + 1, opened_at=now)
        .returning(Share.no)
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None


def live(session: Session) -> list[Share]:
    """Return the links that nothing has ended yet, also those that have run out."""
    return list(session.scalars(select(Share).where(Share.ended_at.is_(None)).order_by(Share.no)))


def run_out(session: Session, now: datetime, limit: int) -> list[Share]:
    """Return the links that have run out and were not ended yet."""
    query = select(Share).where(Share.ended_at.is_(None), Share.expires_at <= now)
    return list(session.scalars(query.order_by(Share.expires_at).limit(limit)))


def made_by(session: Session, person_id: str) -> list[Share]:
    """Return the links that a person made and that nothing has ended yet."""
    return list(session.scalars(select(Share).where(Share.made_by == person_id, Share.ended_at.is_(None))))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _takes_opens(now: datetime) -> Filter:
    return and_(
        Share.ended_at.is_(None),
        Share.expires_at > now,
        or_(Share.maximum_opens.is_(None), Share.opens < Share.maximum_opens),
    )


# --- passwords tried --------------------------------------------------------------------------


def guesses(session: Session, share_id: str, address: str, since: datetime, until: datetime) -> tuple[int, int]:
    """Count the passwords tried at a link within a time: from one address, and in all."""
    query = select(ShareGuess.address, func.count()).where(
        ShareGuess.share_id == share_id, ShareGuess.at > since, ShareGuess.at <= until
    )
    counts = {row[0]: row[1] for row in session.execute(query.group_by(ShareGuess.address))}
    return counts.get(address, 0), sum(counts.values())


def forget_guess(session: Session, no: int) -> None:
    """Forget one that was right."""
    session.execute(delete(ShareGuess).where(ShareGuess.no == no))


def forget_guesses(session: Session, share_id: str) -> None:
    """Forget what was tried at a link: its password is another one now."""
    session.execute(delete(ShareGuess).where(ShareGuess.share_id == share_id))


def forget_old_guesses(session: Session, before: datetime, after: datetime) -> None:
    """Forget what no longer counts, or was tried in a future that a clock set back took away."""
    session.execute(delete(ShareGuess).where(or_(ShareGuess.at <= before, ShareGuess.at > after)))


# --- requests for more time -------------------------------------------------------------------


def requests_of(session: Session, share_ids: Collection[str], most: int) -> dict[str, list[ShareRequest]]:
    """Return the requests at some links, the newest first."""
    query = select(ShareRequest).where(ShareRequest.share_id.in_(share_ids)).order_by(ShareRequest.no.desc())
    found: dict[str, list[ShareRequest]] = {}
    for row in session.scalars(query.limit(most)):
        found.setdefault(row.share_id, []).append(row)
    return found


def count_requests(session: Session, share_id: str, address: str, since: datetime) -> tuple[int, int]:
    """Count the requests at a link since then: from one address, and in all."""
    query = select(ShareRequest.address, func.count()).where(
        ShareRequest.share_id == share_id, ShareRequest.requested_at > since
    )
    counts = {row[0]: row[1] for row in session.execute(query.group_by(ShareRequest.address))}
    return counts.get(address, 0), sum(counts.values())
