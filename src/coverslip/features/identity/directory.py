"""Who people and groups are, for rooms that show names: never secrets, never what somebody may do."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coverslip.features.identity import store
from coverslip.features.identity.models import Person


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


def people_by_ids(session: Session, person_ids: Collection[str]) -> dict[str, Named]:
    """Return some people by their ids; unknown ids are left out."""
    return {row.person_id: _named(row) for row in store.people(session, person_ids)}


def groups_by_ids(session: Session, group_ids: Collection[str]) -> dict[str, Named]:
    """Return some groups by their ids; unknown ids are left out."""
    del session, group_ids  # an installation without accounts has no groups
    return {}


def search_people(session: Session, q: str, limit: int) -> list[Named]:
    """Return people who may sign in and one of whose names begins so."""
    return [_named(row) for row in store.people_named(session, q, limit)]


def search_groups(session: Session, q: str, limit: int) -> list[Named]:
    """Return groups whose name begins so."""
    del session, q, limit  # as above
    return []


def groups_of(session: Session, person_id: str) -> tuple[str, ...]:
    """Return the groups that a person is in."""
    del session, person_id  # as above
    return ()


def members_of_groups(session: Session, group_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return who is in some groups."""
    del session, group_ids  # as above
    return {}


def _named(row: Person) -> Named:
    role = "administrator" if row.is_admin else None
    return Named(row.person_id, row.name, None, True, role)
