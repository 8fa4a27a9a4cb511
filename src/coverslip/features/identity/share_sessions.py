"""Sessions of browsers that came by a share link: nobody's account stands behind them.

``access`` decides whether a link may be opened and what it shows; here is only the secret in the
browser's cookie and how long it is good for.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Unauthenticated
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import store_shares
from coverslip.features.identity.callers import ACTIVITY_STEP, AGENT_KEPT, Caller, SignedIn
from coverslip.features.identity.models import ShareSession
from coverslip.features.identity.viewer import Viewer, credential_hash, csrf_token, put_on_record
from coverslip.infra.audit import called_by
from coverslip.infra.db import hint
from coverslip.settings import Settings

SHARE_COOKIE: Final = "coverslip_share"
_PREVIEW_LIFE: Final = timedelta(hours=1)
_SWEPT_AT_ONCE: Final = 500


def start(
    session: Session,
    share_id: str,
    until: datetime,
    caller: Caller,
    settings: Settings,
    *,
    preview_by: Viewer | None = None,
    now: datetime | None = None,
) -> SignedIn:
    """Let a browser in that opened a share link: always a fresh secret, whatever it held before.

    Parameters
    ----------
    until : datetime
        When the link ends; the session never outlives it.
    preview_by : Viewer or None
        Who looks at the link as its recipient will.
    """
    now = now or utc_now()
    if caller.previous_share:
        previous = store_shares.session_by_secret(session, credential_hash(caller.previous_share))
        if previous is not None:
            end(session, _viewer(previous), "session.end", now)
    cookie = secrets.token_urlsafe(32)
    token_for_changes = csrf_token(cookie)
    life = timedelta(seconds=settings.session_absolute_s)
    row = ShareSession(
        session_id=new_id(),
        secret_hash=credential_hash(cookie),
        csrf_hash=credential_hash(token_for_changes),
        share_id=share_id,
        opened_by=None if preview_by is None else preview_by.person_id,
        address=caller.address,
        agent=None if caller.agent is None else caller.agent[:AGENT_KEPT],
        created_at=now,
        last_active_at=now,
        idle_s=settings.session_idle_s,
        ends_at=min(until, now + (life if preview_by is None else _PREVIEW_LIFE)),
        ended_at=None,
    )
    session.add(row)
    session.flush()
    called_by(share_id=share_id)
    viewer = _viewer(row)
    put_on_record(session, "session.start", "session", row.session_id, viewer, share_id=share_id)
    return SignedIn(cookie, token_for_changes, viewer)


def authenticate(session: Session, secret_hash: str, now: datetime) -> Viewer:
    """Say through which link a browser came.

    Raises
    ------
    Unauthenticated
        There is no such session, or it has ended: one answer for both.
    """
    row = store_shares.session_by_secret(session, secret_hash)
    if row is None or _is_over(row, now):
        raise Unauthenticated
    called_by(share_id=row.share_id)
    return _viewer(row)


def touch(session: Session, session_id: str, now: datetime) -> None:
    """Record that somebody is active."""
    store_shares.touch(session, session_id, now, ACTIVITY_STEP)


def link_of(session: Session, secret: str) -> str | None:
    """Return the link whose session a browser holds, also when the session has ended; None for a preview.

    It opens nothing: whoever comes back after the end is told when that was, and whom to ask.
    """
    row = store_shares.session_by_secret(session, credential_hash(secret))
    return None if row is None or row.opened_by is not None else row.share_id


def is_over(session: Session, secret: str, now: datetime) -> bool:
    """Whether a secret that a browser holds opens nothing any more."""
    row = store_shares.session_by_secret(session, credential_hash(secret))
    return row is None or _is_over(row, now)


def expired(session: Session, secret_hash: str, now: datetime) -> Viewer | None:
    """Return whose session has run out without being ended yet, None when there is none."""
    row = store_shares.session_by_secret(session, secret_hash)
    return None if row is None or row.ended_at is not None or now < _end(row) else _viewer(row)


def end(session: Session, viewer: Viewer, action: str, now: datetime) -> None:
    """End one session for good; nothing happens where it has ended before."""
    if store_shares.end(session, viewer.viewer_id, now):
        hint(session, "grants.drop", viewer=viewer.viewer_id)
        put_on_record(session, action, "session", viewer.viewer_id, viewer, share_id=viewer.share_id)


def end_all(session: Session, share_id: str, now: datetime) -> int:
    """End every session of a link, in the transaction that ends the link; return how many."""
    rows = store_shares.open_sessions(session, share_id)
    for row in rows:
        end(session, _viewer(row), "session.end", now)
    return len(rows)


def limit(session: Session, share_id: str, until: datetime) -> None:
    """Keep every session of a link from outliving it, after its end was moved."""
    for row in store_shares.open_sessions(session, share_id):
        row.ends_at = min(row.ends_at, until)
    session.flush()


def drop(session: Session, share_id: str) -> None:
    """Make every process look again at what the sessions of a link may see."""
    for row in store_shares.open_sessions(session, share_id):
        hint(session, "grants.drop", viewer=row.session_id)


def last_seen(session: Session, share_ids: Collection[str]) -> dict[str, tuple[datetime, str | None]]:
    """Return when and from which address each of some links was last looked through; previews do not count."""
    return store_shares.last_seen(session, share_ids)


def sweep(session: Session, now: datetime) -> None:
    """End what has run out, so that it stays ended when a clock is set back."""
    for row in store_shares.stale(session, now, _SWEPT_AT_ONCE):
        if now >= _end(row):
            end(session, _viewer(row), "session.expire", now)


def _is_over(row: ShareSession, now: datetime) -> bool:
    return row.ended_at is not None or now >= _end(row)


def _end(row: ShareSession) -> datetime:
    return min(row.ends_at, row.last_active_at + timedelta(seconds=row.idle_s))


def _viewer(row: ShareSession) -> Viewer:
    return Viewer(
        row.session_id,
        "share",
        row.opened_by or row.share_id,
        "Share link",
        None,
        _end(row),
        row.csrf_hash,
        row.last_active_at,
        scopes=frozenset({"read"}),
        share_id=row.share_id,
        preview=row.opened_by is not None,
    )
