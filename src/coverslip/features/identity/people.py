"""People: who has an account, and what they are in the organisation."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.core.identity_errors import ExternalAccount, LastAdministrator, NameTaken
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import duties, groups, sessions, store, store_factors, store_people, words
from coverslip.features.identity.models import Group, Person
from coverslip.features.identity.store_people import PeopleFilter
from coverslip.features.identity.viewer import (
    ADMINISTRATOR,
    OrganisationRole,
    Viewer,
    put_on_record,
)
from coverslip.settings import Settings

LOCAL: Final = "local"
_ASKED: Final = 5


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person as other rooms and pages know them."""

    person_id: str
    user_name: str
    name: str
    email: str | None
    organisation_role: str | None
    source: str
    state: str
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list for administrators."""

    person: PersonInfo
    second_factor: bool
    password: bool
    groups: list[Group]
    note: str | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people."""

    items: list[PersonRow]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What to change; only the named fields are touched."""

    fields: frozenset[str]
    user_name: str | None = None
    name: str | None = None
    email: str | None = None
    organisation_role: OrganisationRole | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """An account to be made."""

    user_name: str
    name: str
    email: str | None = None
    organisation_role: OrganisationRole | None = None
    group_ids: Sequence[str] = field(default_factory=tuple)
    state: str = "active"
    source: str = LOCAL
    external_id: str | None = None
    note: str | None = None


# --- looking ------------------------------------------------------------------------------------


def info(person: Person) -> PersonInfo:
    """Return a person as others know them."""
    return PersonInfo(
        person.person_id,
        person.user_name,
        person.name,
        person.email,
        person.organisation_role,
        person.source,
        person.state,
        person.created_at,
        person.last_seen_at,
    )


def get_person(session: Session, person_id: str) -> PersonInfo:
    """Return a person.

    Raises
    ------
    NotFound
    """
    return info(found(session, person_id))


def get_row(session: Session, person_id: str) -> PersonRow:
    """Return a person as the list for administrators shows them.

    Raises
    ------
    NotFound
    """
    return _rows(session, [found(session, person_id)])[0]


def person_by_user_name(session: Session, user_name: str) -> PersonInfo:
    """Return the person with this user name, however it is spelt.

    Raises
    ------
    NotFound
    """
    person = store_people.person_by_sign_in_name(session, words.folded(user_name))
    if person is None:
        raise NotFound(f"There is nobody with the user name {user_name[:80]!r}.")
    return info(person)


def people_by_ids(session: Session, person_ids: Sequence[str]) -> dict[str, PersonInfo]:
    """Return the people with these ids, by id; ids that nobody has are left out."""
    return {one.person_id: info(one) for one in store_people.people_by_ids(session, person_ids)}


def search_people(session: Session, query: str | None, limit: int) -> list[PersonInfo]:
    """Return active people whose user name, name or mail address holds every word, by user name."""
    wanted = PeopleFilter(words=words.search_words(query), state="active")
    return [info(one) for one in store_people.people(session, wanted, None, limit)]


def list_people(session: Session, wanted: PeopleFilter, limit: int, cursor: str | None) -> PeoplePage:
    """Return a page of people for administrators.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    """
    page = store_people.people(session, wanted, None if cursor is None else _after(cursor), limit + 1)
    more, page = len(page) > limit, page[:limit]
    following = json.dumps([page[-1].sign_in_name, page[-1].no]) if more else None
    return PeoplePage(
        _rows(session, page),
        store_people.count_people(session, wanted),
        None if following is None else base64.urlsafe_b64encode(following.encode()).decode(),
    )


def _after(cursor: str) -> tuple[str, int]:
    try:
        name, no = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError) as error:
        raise InvalidRequest("This cursor is none of this list.") from error
    if not isinstance(name, str) or not isinstance(no, int) or not 0 <= no < 2**63 or "\0" in name:
        raise InvalidRequest("This cursor is none of this list.")
    return name, no


def _rows(session: Session, people: list[Person]) -> list[PersonRow]:
    ids = [one.person_id for one in people]
    factors, passwords = store_factors.with_factors(session, ids), store_factors.with_passwords(session, ids)
    of: dict[str, list[Group]] = {person_id: [] for person_id in ids}
    for person_id, group in store_people.groups_of(session, ids):
        of[person_id].append(group)
    return [
        PersonRow(info(one), one.person_id in factors, one.person_id in passwords, of[one.person_id], one.note)
        for one in people
    ]


def whom_to_ask(session: Session) -> list[PersonInfo]:
    """Return the administrators whom somebody without a project should ask."""
    return [info(one) for one in store_people.administrators(session, _ASKED)]


def found(session: Session, person_id: str) -> Person:
    """Return the row of a person.

    Raises
    ------
    NotFound
    """
    person = store_people.person_by_id(session, person_id)
    if person is None:
        raise NotFound
    return person


# --- changing -----------------------------------------------------------------------------------


def add_person(session: Session, new: NewPerson, *, by: Viewer) -> Person:
    """Make an account; it has no password yet.

    Raises
    ------
    NameTaken, InvalidRequest, NotFound
        The user name is taken or cannot be one; there is no such group.
    """
    user_name = words.user_name(new.user_name)
    name, email = words.display_name(new.name), words.email(new.email)
    require_free(session, user_name)
    person = Person(
        person_id=new_id(),
        user_name=user_name,
        sign_in_name=words.folded(user_name),
        name=name,
        email=email,
        search_text=words.search_text(user_name, name, email),
        organisation_role=new.organisation_role,
        source=new.source,
        external_id=new.external_id,
        state=new.state,
        note=new.note,
        created_at=utc_now(),
        last_seen_at=None,
    )
    session.add(person)
    session.flush()
    put_on_record(session, "person.create", "person", person.person_id, by, role=new.organisation_role, state=new.state)
    for group_id in dict.fromkeys(new.group_ids):
        groups.add_member(session, group_id, person.person_id, by=by)
    return person


def require_free(session: Session, user_name: str, but: str | None = None) -> None:
    """Refuse a user name that somebody else has, however it is spelt.

    Raises
    ------
    NameTaken
    """
    store.lock_keys(session, f"user name {words.folded(user_name)}")
    holder = store_people.person_by_sign_in_name(session, words.folded(user_name))
    if holder is not None and holder.person_id != but:
        raise NameTaken("This user name is taken; choose another one.")


def change_person(session: Session, settings: Settings, person_id: str, changes: PersonChanges, *, by: Viewer) -> None:
    """Change a person's names or place in the organisation.

    Raises
    ------
    NotFound, NameTaken, LastAdministrator, ExternalAccount, InvalidRequest
    """
    person = found(session, person_id)
    if person.source != LOCAL and changes.fields - {"organisation_role"}:
        raise ExternalAccount
    if "user_name" in changes.fields:
        user_name = words.user_name(changes.user_name or "")
        require_free(session, user_name, but=person_id)
        person.user_name, person.sign_in_name = user_name, words.folded(user_name)
    if "name" in changes.fields:
        person.name = words.display_name(changes.name or "")
    if "email" in changes.fields:
        person.email = words.email(changes.email)
    person.search_text = words.search_text(person.user_name, person.name, person.email)
    if "organisation_role" in changes.fields and changes.organisation_role != person.organisation_role:
        _change_role(session, settings, person, changes.organisation_role, by)
    session.flush()
    put_on_record(session, "person.change", "person", person_id, by, fields=sorted(changes.fields))


def _change_role(
    session: Session, settings: Settings, person: Person, role: OrganisationRole | None, by: Viewer
) -> None:
    if person.organisation_role == ADMINISTRATOR and person.state == "active":
        keep_one_administrator(session)
    put_role(session, settings, person, role, by=by)


def put_role(
    session: Session, settings: Settings, person: Person, role: OrganisationRole | None, *, by: Viewer
) -> None:
    """Make somebody this in the organisation, also where it takes the last administrator away."""
    person.organisation_role = role
    session.flush()
    put_on_record(session, "person.role", "person", person.person_id, by, role=role or "none")
    sessions.drop_sight(session, person.person_id)
    if duties.open_duties(session, settings, person):
        store.limit_sessions(session, person.person_id)


def keep_one_administrator(session: Session) -> None:
    """Refuse to take the last administrator away.

    Raises
    ------
    LastAdministrator
    """
    if store_people.lock_administrators(session) <= 1:
        raise LastAdministrator
