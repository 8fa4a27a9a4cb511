"""Who people and groups are, for rooms that show names: never secrets, never what somebody may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.features.identity import store
from coverslip.features.identity.models import Person


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person as other rooms know them."""

    person_id: str
    user_name: str
    name: str
    organisation_role: str | None
    state: str


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group as other rooms know it."""

    group_id: str
    name: str


def people_by_ids(session: Session, person_ids: Sequence[str]) -> dict[str, PersonInfo]:
    """Return the people with these ids, by id; ids that nobody has are left out."""
    return {row.person_id: _info(row) for row in store.people(session, person_ids)}


def search_people(session: Session, query: str | None, limit: int) -> list[PersonInfo]:
    """Return people who may sign in and one of whose names begins so."""
    return [_info(row) for row in store.people_named(session, query or "", limit)]


def groups_by_ids(session: Session, group_ids: Sequence[str]) -> dict[str, GroupInfo]:
    """Return the groups with these ids, by id; an installation without accounts has none."""
    del session, group_ids
    return {}


def search_groups(session: Session, query: str | None, limit: int | None = None) -> list[GroupInfo]:
    """Return groups by name."""
    del session, query, limit
    return []


def groups_of(session: Session, person_id: str) -> list[GroupInfo]:
    """Return the groups that a person is in."""
    del session, person_id
    return []


def members_of_groups(session: Session, group_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the people in each of some groups."""
    del session, group_ids
    return {}


def _info(row: Person) -> PersonInfo:
    return PersonInfo(row.person_id, row.name, row.name, "administrator" if row.is_admin else None, "active")
