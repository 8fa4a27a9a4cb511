"""Everybody who sees one place, person by person: whom one may tell or ask something about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access.explaining import explain
from coverslip.features.access.members import Level, levels
from coverslip.features.access.naming import Named, find_named, members_of, people_named
from coverslip.features.access.rules import Standing

_SEARCHED: Final = 200


@dataclass(frozen=True, slots=True)
class Onlooking:
    """Somebody who sees a place.

    Attributes
    ----------
    person : Named
    standing : Standing
        What they are there.
    directly : bool
        Whether an entry of their own says so: not one of a group, nor what everybody may.
    """

    person: Named
    standing: Standing
    directly: bool


class Circle:
    """Everybody of whom the entries that hold at a place speak; members of groups, too.

    Parameters
    ----------
    levels : sequence of Level
        Of the place and those above it.

    Attributes
    ----------
    group_ids : set of str
    named : set of str
        People who have an entry of their own.
    people : mapping of person id to Named
    """

    def __init__(self, session: Session, levels: Sequence[Level]) -> None:
        entries = [entry for level in levels for entry in level.entries]
        self.group_ids = {one.subject_id for one in entries if one.subject_kind == "group"}
        self.named = {one.subject_id for one in entries if one.subject_kind == "person"}
        self._groups: dict[str, list[str]] = {}
        for group_id, members in members_of(session, self.group_ids).items():
            for person_id in members:
                self._groups.setdefault(person_id, []).append(group_id)
        self.people: Mapping[str, Named] = people_named(session, self.named | self._groups.keys())

    def groups_of(self, person_id: str) -> Sequence[str]:
        """Return the groups by which a person is spoken of."""
        return self._groups.get(person_id, ())


def members_at(session: Session, scope_id: str) -> list[Onlooking]:
    """Return all active people who see a place because they, or a group of theirs, were given something there or above.

    Administrators see everything and are members of what names them only.
    """
    above = levels(session, scope_id)
    circle = Circle(session, above)
    found = (_look(one, circle, above) for one in circle.people.values())
    return [one for one in found if one is not None]


def find_onlookers(session: Session, scope_id: str, q: str, limit: int) -> list[Onlooking]:
    """Return active people who see a place and whose name holds every word, by name.

    User names and mail addresses are not looked at: who asks could try whether somebody has an account.
    """
    words = q.casefold().split()
    above = levels(session, scope_id)
    circle = Circle(session, above)
    people = {**{one.subject_id: one for one in find_named(session, q, _SEARCHED)[1]}, **circle.people}
    named = [one for one in people.values() if all(word in one.name.casefold() for word in words)]
    named.sort(key=lambda one: (one.name.casefold(), one.subject_id))
    found = (_look(one, circle, above) for one in named)
    return list(islice((one for one in found if one is not None), limit))


def _look(person: Named, circle: Circle, above: Sequence[Level]) -> Onlooking | None:
    """Return what somebody is at a place, None for who sees nothing or cannot sign in."""
    if not person.active:
        return None
    places = {level.scope_id: "" for level in above}  # nobody reads these sentences
    outcome = explain(person, circle.groups_of(person.subject_id), above, places, {})
    if outcome.standing.role is None:
        return None
    decides = [step.via.subject_kind == "person" for step in outcome.steps if step.decides and step.via is not None]
    # What an administrator may rests on no entry, but one that names them was made for a reason.
    directly = any(decides) if decides else person.subject_id in circle.named
    return Onlooking(person, outcome.standing, directly)
