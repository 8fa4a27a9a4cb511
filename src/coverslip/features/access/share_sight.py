"""What somebody who came by a share link may see: the one thing that was shared, and all below it.

A link never shows more than whoever made it may see: what its maker is shut out of stays shut, and
names are shown only where its maker may see them. So a manager cannot get by a link where they may
not go themselves.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.time import utc_now
from coverslip.features.access import naming, store, store_shares
from coverslip.features.access.models import Share
from coverslip.features.access.rules import NOTHING, ROLE_OF_LINK, Action, Right, Standing, rank
from coverslip.features.identity import Viewer

LOOKING: Final = "share"


def maker_of(session: Session, person_id: str) -> Viewer | None:
    """Return the person who made a link as a viewer, with what they may see now; None when they are gone."""
    person = naming.people_named(session, [person_id]).get(person_id)
    if person is None:
        return None
    return Viewer(
        "share maker",
        "session",
        person_id,
        person.name,
        person.organisation_role,
        None,
        None,
        group_ids=naming.group_ids_of(session, person_id),
    )


def recipient_of(row: Share) -> Viewer:
    """Return somebody who looks through a link, without a session."""
    return Viewer(
        LOOKING, "share", row.share_id, "", None, None, None, scopes=frozenset({"read"}), share_id=row.share_id
    )


def live(session: Session, viewer: Viewer, now: datetime | None = None) -> Share | None:
    """Return the link by which a viewer came, None when it shows nothing any more."""
    row = None if viewer.share_id is None else store_shares.by_id(session, viewer.share_id)
    return None if row is None or row.ended_at is not None or (now or utc_now()) >= row.expires_at else row


def shows_annotations(session: Session, viewer: Viewer) -> bool:
    """Whether a viewer sees what others left on slides: everybody but who came by a link without it."""
    if viewer.kind != "share":
        return True
    row = live(session, viewer)
    return row is not None and row.annotations


def shows_names(session: Session, viewer: Viewer) -> bool:
    """Whether names are called as they are, for a viewer who came by a link."""
    row = live(session, viewer)
    return row is not None and row.identity


def given(row: Share) -> Standing:
    """Return what a link gives where nothing limits it."""
    return Standing(ROLE_OF_LINK[row.may], frozenset({Right.IDENTITY} if row.identity else ()))


def limited(session: Session, row: Share, at_top: Standing, of_maker: Mapping[str, Standing]) -> dict[str, Standing]:
    """Return what a link gives on its own scope, and on those below it where its maker has another entry.

    Parameters
    ----------
    at_top : Standing
        What the maker is on the link's scope.
    of_maker : mapping of scope id to Standing
        What the entries of each scope come to for the maker.
    """
    found = {row.scope_id: _least(given(row), at_top)}
    if found[row.scope_id] == NOTHING:
        return found  # whoever lost the thing itself shares nothing below it, either
    parent_of = store.parents(session, _others(of_maker, row.scope_id))
    for scope_id, standing in of_maker.items():
        if scope_id != row.scope_id and row.scope_id in store.chain(parent_of, scope_id):
            found[scope_id] = _least(given(row), standing)
    return found


def _others(scopes: Collection[str], but: str) -> list[str]:
    return [one for one in scopes if one != but]


def _least(link: Standing, maker: Standing) -> Standing:
    """Return what both allow; NOTHING where the maker may not even look."""
    if not maker.allows(Action.VIEW):
        return NOTHING
    return Standing(min(link.role, maker.role, key=rank), link.rights & maker.rights)
