"""What a stranger does with a share link: look at its page, open it, say done, ask for more time.

Looking changes nothing, so that whatever follows links in mails counts as no open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, NotFound, TooManyAttempts, Unauthenticated
from coverslip.core.share_errors import ShareEnded, SharePasswordWrong
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.access import naming, service, share_events, share_sight, shares, store_shares
from coverslip.features.access.catalogue import catalogue
from coverslip.features.access.models import Share, ShareGuess, ShareRequest
from coverslip.features.access.rules import Action
from coverslip.features.access.schemas_shares import ShareEnd, ShareLook, ShareStart
from coverslip.features.access.share_ending import GUESS_WINDOW, end_of
from coverslip.features.identity import Caller, ShareSeen, ShareSeenStart, SignedIn, Viewer, credential_hash
from coverslip.infra.audit import AuditEvent, Outcome, called_by, record
from coverslip.infra.runtime import Runtime

TRIES_OF_ADDRESS: Final = 5
TRIES_OF_LINK: Final = 20
_REQUESTS_OF_ADDRESS: Final = 3
_REQUESTS_OF_LINK: Final = 10
_DAY: Final = timedelta(days=1)
_UNKNOWN: Final = "There is no such link; check that the address is whole."
_PAGE: Final = "/share/"


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that let a browser in."""

    share: Share
    signed_in: SignedIn


@dataclass(frozen=True, slots=True)
class Key:
    """What says which link is meant: its token, or the secret of a session that it opened, over or not."""

    token: str | None = None
    came_by: str | None = None

    @property
    def known(self) -> bool:
        """Whether there is anything."""
        return self.token is not None or self.came_by is not None


def look(runtime: Runtime, key: Key, caller: Caller, now: datetime | None = None) -> ShareLook:
    """Say what a link is for; a refused look is on record, any other leaves no trace."""
    now = now or utc_now()
    with runtime.db.read() as session:
        row = _meant(session, key)
        found = ShareLook(state="none") if row is None else _looked_at(session, row, caller, now)
    if row is None and key.known:
        runtime.denials.note(caller.address, "share.looked")
    if key.token is None and found.state in ("open", "password"):
        # Their session may be over, and the token, perhaps with a password, is needed to begin another one.
        return ShareLook(state=found.state, share_from=found.share_from, expires_at=found.expires_at, ask=found.ask)
    return found


def open_share(
    runtime: Runtime, token: str, password: str | None, caller: Caller, now: datetime | None = None
) -> Opened:
    """Count one open and let the browser in.

    Raises
    ------
    NotFound
        There is no such link.
    ShareEnded
    SharePasswordWrong, TooManyAttempts
    """
    now = now or utc_now()
    guess = _begin(runtime, token, password, caller, now)
    right = guess.password_hash is None or identity.password_fits(guess.password_hash, password or "")
    with runtime.db.transaction() as session:
        row = store_shares.by_id(session, guess.share_id)
        if row is None:
            raise NotFound(_UNKNOWN)
        opened = right and store_shares.count_open(session, row.share_id, guess.password_hash, now)
        if right and guess.no is not None:
            store_shares.forget_guess(session, guess.no)
        if opened:
            session.refresh(row)
            shares.number(session, row)
            found = identity.start_share_session(
                session, row.share_id, row.expires_at, caller, runtime.settings, now=now
            )
            _record(session, "share.opened", row, found.viewer, opens=row.opens)
            return Opened(row, found)
        called_by(share_id=row.share_id)
        _record(session, "share.opened", row, None, outcome=Outcome.DENIED, why="ended" if right else "password")
    raise ShareEnded if right else SharePasswordWrong(tries_left=guess.tries_left)


def say_done(session: Session, viewer: Viewer, message: str) -> None:
    """Tell the sender that the recipient has finished; in a preview nothing is told.

    Raises
    ------
    Unauthenticated
        The link has ended.
    """
    row = share_sight.live(session, viewer)
    if row is None:
        raise Unauthenticated
    if viewer.preview:
        return
    row.done_at, row.done_message = utc_now(), message
    session.flush()
    _record(session, "share.done", row, viewer)
    share_events.say_done(session, row)


def ask_for_more(runtime: Runtime, key: Key, message: str, caller: Caller, now: datetime | None = None) -> None:
    """Ask the sender of a link that has ended for more time.

    Raises
    ------
    NotFound
    Conflict
        The link has not ended.
    TooManyAttempts
    """
    now = now or utc_now()
    with runtime.db.transaction() as session:
        row = _meant(session, key, lock=True)
        if row is None:
            raise NotFound(_UNKNOWN)
        if end_of(row, now) is None and _shows_something(session, row):
            raise Conflict("This link has not ended; open it.")
        of_address, of_link = store_shares.count_requests(session, row.share_id, caller.address, now - _DAY)
        if of_address >= _REQUESTS_OF_ADDRESS or of_link >= _REQUESTS_OF_LINK:
            raise TooManyAttempts("You have asked already; the sender will see it.")
        called_by(share_id=row.share_id)
        asked = ShareRequest(share_id=row.share_id, address=caller.address, message=message, requested_at=now)
        session.add(asked)
        session.flush()
        _record(session, "share.requested", row, None)


def seen(session: Session, viewer: Viewer) -> ShareSeen:
    """Return what a browser is told of the link by which it came.

    Raises
    ------
    Unauthenticated
        The link has ended.
    """
    row = share_sight.live(session, viewer)
    if row is None:
        raise Unauthenticated
    start = ShareStart.model_validate(row.start)
    maker = _maker(session, row)
    return ShareSeen(
        share_id=row.share_id,
        share_from=maker,
        note=row.note,
        recipient=row.recipient,
        expires_at=row.expires_at,
        may=row.may,
        annotations=row.annotations,
        identity=row.identity,
        watermark=f"{row.recipient or 'Shared'} · {maker} · {utc_now():%Y-%m-%d}" if row.watermark else None,
        kind=row.kind,
        object_id=row.object_id,
        start=ShareSeenStart(slide_ids_order=start.slide_ids_order, slide_id=_first(row, start), view=start.view),
        preview=viewer.preview,
    )


def start_path(row: Share) -> str:
    """Return where the web app goes on: the slide to begin with, or the list of what was shared."""
    first = _first(row, ShareStart.model_validate(row.start))
    return "/s" if first is None else f"/s/slides/{first}"


def framed_by(runtime: Runtime, path: str) -> list[str]:
    """Return the origins that may show a page in a frame: those of a live link, on its own page only."""
    token = path.removeprefix(_PAGE)
    if token == path or not token or "/" in token:
        return []
    with runtime.db.read() as session:
        row = store_shares.by_token(session, credential_hash(token))
        return [] if row is None or row.ended_at is not None or utc_now() >= row.expires_at else row.origins


@dataclass(frozen=True, slots=True)
class _Guess:
    share_id: str
    password_hash: str | None
    no: int | None
    tries_left: int


def _begin(runtime: Runtime, token: str, password: str | None, caller: Caller, now: datetime) -> _Guess:
    """Find the link and write the guess down before it is looked at: a hundred made at once count, too."""
    with runtime.db.transaction() as session:
        row = store_shares.by_token(session, credential_hash(token), lock=True)
        if row is not None and end_of(row, now) is None and _shows_something(session, row):
            return _written(session, row, password, caller, now)
        if row is not None:
            called_by(share_id=row.share_id)
            _record(session, "share.opened", row, None, outcome=Outcome.DENIED, why="ended")
    if row is not None:
        raise ShareEnded
    runtime.denials.note(caller.address, "share.opened")
    raise NotFound(_UNKNOWN)


def _written(session: Session, row: Share, password: str | None, caller: Caller, now: datetime) -> _Guess:
    if row.password_hash is None:
        return _Guess(row.share_id, None, None, 0)
    left = _tries_left(session, row, caller, now)
    if left <= 0:
        raise TooManyAttempts("Too many wrong passwords; try again in an hour, or ask the person who sent the link.")
    if password is None:
        raise SharePasswordWrong(tries_left=left)
    tried = ShareGuess(share_id=row.share_id, address=caller.address, at=now)
    session.add(tried)
    session.flush()
    return _Guess(row.share_id, row.password_hash, tried.no, left - 1)


def _tries_left(session: Session, row: Share, caller: Caller, now: datetime) -> int:
    since = now - GUESS_WINDOW
    of_address, of_link = store_shares.guesses(session, row.share_id, caller.address, since, now + GUESS_WINDOW)
    return max(0, min(TRIES_OF_ADDRESS - of_address, TRIES_OF_LINK - of_link))


def _meant(session: Session, key: Key, *, lock: bool = False) -> Share | None:
    if key.token is not None:
        return store_shares.by_token(session, credential_hash(key.token), lock=lock)
    share_id = None if key.came_by is None else identity.link_of_share_session(session, key.came_by)
    return None if share_id is None else store_shares.by_id(session, share_id, lock=lock)


def _looked_at(session: Session, row: Share, caller: Caller, now: datetime) -> ShareLook:
    maker, end = _maker(session, row), end_of(row, now)
    shows = _shows_something(session, row)
    if end is not None or not shows:
        return ShareLook(
            state="ended", share_from=maker, ask=maker, ended=None if end is None else ShareEnd(at=end[0], why=end[1])
        )
    if row.password_hash is not None:
        left = _tries_left(session, row, caller, now)
        return ShareLook(state="password", share_from=maker, expires_at=row.expires_at, tries_left=left, ask=maker)
    return ShareLook(
        state="open",
        share_from=maker,
        note=row.note,
        recipient=row.recipient,
        kind=row.kind,
        slide_count=catalogue().count(session, share_sight.recipient_of(row)),
        expires_at=row.expires_at,
        may=row.may,
        ask=maker,
    )


def _shows_something(session: Session, row: Share) -> bool:
    """Whether whoever made the link may still see what it shows."""
    return service.may(session, share_sight.recipient_of(row), Action.VIEW, row.scope_id)


def _maker(session: Session, row: Share) -> str:
    known = naming.people_named(session, [row.made_by]).get(row.made_by)
    return "Somebody" if known is None else known.name


def _first(row: Share, start: ShareStart) -> str | None:
    return row.object_id if row.kind == "slide" else start.slide_id


def _record(
    session: Session,
    action: str,
    row: Share,
    viewer: Viewer | None,
    *,
    outcome: Outcome = Outcome.DONE,
    **detail: Any,
) -> None:
    session_id = None if viewer is None else viewer.viewer_id
    record(session, AuditEvent(action, row.share_id, session_id, "share", row.share_id, outcome, detail))
