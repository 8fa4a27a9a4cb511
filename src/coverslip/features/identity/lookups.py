"""Names of people, for rooms that hold their ids only; Coverslip itself is one of them."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.features.identity import store, store_people
from coverslip.features.identity.viewer import SYSTEM, Viewer


def names_by_ids(session: Session, person_ids: Collection[str]) -> dict[str, str]:
    """Return the names of people by id; who is unknown is left out."""
    found = store_people.names_of(session, set(person_ids) - {SYSTEM.person_id})
    if SYSTEM.person_id in person_ids:
        found[SYSTEM.person_id] = SYSTEM.name
    return found


def people_called(session: Session, text: str) -> list[str]:
    """Return the ids of people whose id, name or user name is this, capitals and small letters alike."""
    wanted = text.strip()
    if wanted.casefold() in {SYSTEM.person_id, SYSTEM.name.casefold()}:
        return [SYSTEM.person_id]
    return store_people.ids_named(session, wanted)


def person_viewer(session: Session, person_id: str) -> Viewer:
    """Return somebody as the viewer behind work that they asked for and that goes on without them.

    Raises
    ------
    NotFound
        There is no such person any more, or they may not sign in.
    """
    if person_id == SYSTEM.person_id:
        return SYSTEM
    person = store_people.person_by_id(session, person_id)
    if person is None or person.state != "active":
        raise NotFound
    return Viewer(
        "job",
        "system",
        person.person_id,
        person.name,
        person.organisation_role,
        None,
        None,
        group_ids=store.group_ids(session, person_id),
        user_name=person.user_name,
    )
