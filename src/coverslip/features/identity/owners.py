"""Handing over what somebody owns, when they leave: each room says what that is, this one asks them all.

Other rooms lie above this one, so they come to it: ``register(Owned("saved views", count, move))``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict
from coverslip.features.identity import people, sessions
from coverslip.features.identity.viewer import Viewer, put_on_record


@dataclass(frozen=True, slots=True)
class Owned:
    """One kind of thing that people own.

    Attributes
    ----------
    kind : str
        A plain plural, ``projects``.
    count : callable
        ``count(session, person_id)``: how many a person owns.
    move : callable
        ``move(session, from_person_id, to_person_id, by)``: give them to somebody else, with their own audit
        records where what they give is a permission; returns how many.
    """

    kind: str
    count: Callable[[Session, str], int]
    move: Callable[[Session, str, str, Viewer], int]


@dataclass(frozen=True, slots=True)
class OwnedCount:
    """How many things of a kind."""

    kind: str
    count: int


_kinds: dict[str, Owned] = {}


def register(*kinds: Owned) -> None:
    """Let a room take part; the same kind again replaces it."""
    for one in kinds:
        _kinds[one.kind] = one


def owned_by(session: Session, person_id: str) -> list[OwnedCount]:
    """Return what a person owns, only what there is some of.

    Raises
    ------
    NotFound
    """
    people.found(session, person_id)
    counted = [OwnedCount(one.kind, one.count(session, person_id)) for one in _kinds.values()]
    return [one for one in counted if one.count]


def hand_over(session: Session, person_id: str, to_person_id: str, *, by: Viewer) -> list[OwnedCount]:
    """Give all that one person owns to another; all of it or nothing.

    Raises
    ------
    NotFound, Conflict
        There is no such person; to oneself, or to somebody who cannot sign in.
    """
    people.found(session, person_id)
    if person_id == to_person_id:
        raise Conflict("One cannot hand over to the same person.")
    if people.found(session, to_person_id).state != "active":
        raise Conflict("The person who takes over must be able to sign in.")
    moved = [OwnedCount(one.kind, one.move(session, person_id, to_person_id, by)) for one in _kinds.values()]
    moved = [one for one in moved if one.count]
    for either in (person_id, to_person_id):
        sessions.drop_sight(session, either)
    counts = {one.kind: one.count for one in moved}
    put_on_record(session, "person.hand_over", "person", person_id, by, to_person_id=to_person_id, counts=counts)
    return moved
