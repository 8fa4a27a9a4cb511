"""People and groups by name, as members are shown: the one place where access asks identity who somebody is."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.features import identity
from coverslip.features.identity import GroupInfo, PersonInfo


@dataclass(frozen=True, slots=True)
class Named:
    """A person or a group by name.

    Attributes
    ----------
    subject_id, name : str
    user_name : str or None
        What a person signs in with; None for a group.
    active : bool
        Whether the person may sign in now.
    organisation_role : str or None
    """

    subject_id: str
    name: str
    user_name: str | None = None
    active: bool = True
    organisation_role: str | None = None


def people_named(session: Session, person_ids: Collection[str]) -> dict[str, Named]:
    """Return some people, by id; unknown ids are left out."""
    return {one: _person(info) for one, info in identity.people_by_ids(session, list(person_ids)).items()}


def groups_named(session: Session, group_ids: Collection[str]) -> dict[str, Named]:
    """Return some groups, by id; unknown ids are left out."""
    return {one: _group(info) for one, info in identity.groups_by_ids(session, list(group_ids)).items()}


def find_named(session: Session, q: str, limit: int) -> tuple[list[Named], list[Named]]:
    """Return groups and people whose names hold every word, as identity finds them."""
    groups = [_group(one) for one in identity.search_groups(session, q, limit)]
    return groups, [_person(one) for one in identity.search_people(session, q, limit)]


def group_ids_of(session: Session, person_id: str) -> tuple[str, ...]:
    """Return the groups that a person is in."""
    return tuple(one.group_id for one in identity.groups_of(session, person_id))


def members_of(session: Session, group_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the ids of the people in each of some groups."""
    return identity.members_of_groups(session, list(group_ids))


def _person(info: PersonInfo) -> Named:
    return Named(info.person_id, info.name, info.user_name, info.state == "active", info.organisation_role)


def _group(info: GroupInfo) -> Named:
    return Named(info.group_id, info.name)
