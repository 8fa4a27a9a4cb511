"""What rooms above want to hear of share links: that a recipient has finished, and which links end soon."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access import store_shares
from coverslip.features.access.models import Share

Heard = Callable[[Session, "ShareEvent"], None]

_WHEN_DONE: Final[dict[str, Heard]] = {}


@dataclass(frozen=True, slots=True)
class ShareEvent:
    """A link of which something is told.

    Attributes
    ----------
    share_id, scope_id : str
    made_by : str
        The person who sent it.
    recipient : str
    slide_id : str or None
        Where the link shows one slide.
    expires_at : datetime
    """

    share_id: str
    scope_id: str
    made_by: str
    recipient: str
    slide_id: str | None
    expires_at: datetime


def when_share_is_done(room: str, function: Heard) -> None:
    """Call a function in the transaction in which a recipient says that they have finished."""
    _WHEN_DONE[room] = function


def say_done(session: Session, row: Share) -> None:
    """Tell the rooms above that a recipient has finished."""
    for function in _WHEN_DONE.values():
        function(session, event_of(row))


def shares_ending(session: Session, after: datetime, before: datetime) -> list[ShareEvent]:
    """Return the links that nothing has ended yet and that end by themselves between two moments."""
    return [event_of(row) for row in store_shares.live(session) if after < row.expires_at <= before]


def event_of(row: Share) -> ShareEvent:
    """Return what is told of a link."""
    slide_id = row.object_id if row.kind == "slide" else None
    return ShareEvent(row.share_id, row.scope_id, row.made_by, row.recipient, slide_id, row.expires_at)
