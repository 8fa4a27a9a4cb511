"""How share links end: revoked, run out, their object in the trash; and what happens to those of who leaves."""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.access import store_shares
from coverslip.features.access.catalogue import Object, catalogue
from coverslip.features.access.models import Share
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import Database

EndedWhy = Literal["revoked", "expired", "opens", "trashed"]
GUESS_WINDOW: Final = timedelta(hours=1)
_AT_ONCE: Final = 500


def end_of(row: Share, now: datetime) -> tuple[datetime, EndedWhy] | None:
    """Return when and why a link ended; None for one that may still be opened.

    A link whose opens are used up takes no more; the sessions that it opened go on.
    """
    if row.ended_at is not None:
        why = row.ended_why
        return row.ended_at, "trashed" if why == "trashed" else "expired" if why == "expired" else "revoked"
    if now >= row.expires_at:
        return row.expires_at, "expired"
    if row.maximum_opens is not None and row.opens >= row.maximum_opens:
        return row.opened_at or row.created_at, "opens"
    return None


def end(session: Session, row: Share, why: Literal["revoked", "expired", "trashed"], by: Viewer, now: datetime) -> None:
    """End a link for good and every session that it opened; nothing happens where it has ended before."""
    if row.ended_at is not None:
        return
    row.ended_at = row.expires_at if why == "expired" else now
    row.ended_why = why
    row.ended_by = None if by is SYSTEM else by.person_id
    session.flush()
    sessions = identity.end_share_sessions(session, row.share_id, now)
    detail = {"why": why, "sessions": sessions}
    record(session, AuditEvent("share.ended", by.person_id, by.viewer_id, "share", row.share_id, detail=detail))


def end_share(session: Session, share_id: str) -> None:
    """End a link because what it was made for is over; nothing happens where there is none."""
    row = store_shares.by_id(session, share_id)
    if row is not None:
        end(session, row, "revoked", SYSTEM, utc_now())


def end_trashed_shares(db: Database, by: Viewer = SYSTEM) -> int:
    """End the links whose object lies in the trash or is gone; return how many.

    Whoever puts something into the trash calls it afterwards; the sweep does too, for what a process
    that was killed in between left.
    """
    with db.read() as session:
        if not _trashed(session):
            return 0
    with db.transaction() as session:
        now, rows = utc_now(), _trashed(session)
        for row in rows:
            end(session, row, "trashed", by, now)
        return len(rows)


def sweep(db: Database, now: datetime | None = None) -> None:
    """End everything that has run out, sessions too, so that it stays ended when a clock is set back."""
    identity.sweep(db, now)
    now = now or utc_now()
    with db.transaction() as session:
        for row in store_shares.run_out(session, now, _AT_ONCE):
            end(session, row, "expired", SYSTEM, now)
        store_shares.forget_old_guesses(session, now - GUESS_WINDOW, now + GUESS_WINDOW)
    end_trashed_shares(db)


def count_shares(session: Session, person_id: str) -> int:
    """Return how many links of a person nothing has ended yet."""
    return len(store_shares.made_by(session, person_id))


def move_shares(session: Session, person_id: str, to_person_id: str, by: Viewer) -> int:
    """Give the links of who leaves to another; from then on they show no more than that person may see."""
    rows = store_shares.made_by(session, person_id)
    for row in rows:
        row.made_by = to_person_id
        detail = {"from": person_id, "to": to_person_id}
        record(
            session, AuditEvent("share.handed_over", by.person_id, by.viewer_id, "share", row.share_id, detail=detail)
        )
        identity.drop_share_sight(session, row.share_id)
    session.flush()
    return len(rows)


def _trashed(session: Session) -> list[Share]:
    rows = store_shares.live(session)
    objects: set[Object] = {(row.kind, row.object_id) for row in rows}
    gone = catalogue().trashed(session, objects) if objects else set()
    return [row for row in rows if (row.kind, row.object_id) in gone]
