"""Everybody who sees one place, person by person: whom one may tell or ask something about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access.explaining import explain
from coverslip.features.access.members import levels
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


def members_at(session: Session, scope_id: str) -> list[Onlooking]:
    """Return all active people who see a place because they, or a group of theirs, were given something there or above.

    Administrators see everything and are members of what names them only.
    """
    circle = _Circle(session, scope_id)
    found = (circle.look(one) for one in circle.people.values())
    return [one for one in found if one is not None]


def find_onlookers(session: Session, scope_id: str, q: str, limit: int) -> list[Onlooking]:
    """Return active people who see a place and whose name holds every word, by name.

    User names and mail addresses are not looked at: who asks could try whether somebody has an account.
    """
    words = q.casefold().split()
    circle = _Circle(session, scope_id)
    people = {**{one.subject_id: one for one in find_named(session, q, _SEARCHED)[1]}, **circle.people}
    named = [one for one in people.values() if all(word in one.name.casefold() for word in words)]
    found: list[Onlooking] = []
    for person in sorted(named, key=lambda one: (one.name.casefold(), one.subject_id)):
        one = circle.look(person)
        if one is not None:
            found.append(one)
        if len(found) == limit:
            break
    return found


class _Circle:
    """A place with all entries that hold there, and everybody of whom they speak."""

    def __init__(self, session: Session, scope_id: str) -> None:
        self._levels = levels(session, scope_id)
        self._places = {level.scope_id: "" for level in self._levels}  # nobody reads these sentences
        entries = [entry for level in self._levels for entry in level.entries]
        groups = members_of(session, {one.subject_id for one in entries if one.subject_kind == "group"})
        self._groups: dict[str, list[str]] = {}
        for group_id, members in groups.items():
            for person_id in members:
                self._groups.setdefault(person_id, []).append(group_id)
        self._named = {one.subject_id for one in entries if one.subject_kind == "person"}
        self.people: Mapping[str, Named] = people_named(session, self._named | self._groups.keys())

    def look(self, person: Named) -> Onlooking | None:
        """Return what somebody is here, None for who sees nothing or cannot sign in."""
        if not person.active:
            return None
        outcome = explain(person, self._groups.get(person.subject_id, ()), self._levels, self._places, {})
        if outcome.standing.role is None:
            return None
        decides = [step.via.subject_kind == "person" for step in outcome.steps if step.decides and step.via is not None]
        # What an administrator may rests on no entry, but one that names them was made for a reason.
        directly = any(decides) if decides else person.subject_id in self._named
        return Onlooking(person, outcome.standing, directly)
