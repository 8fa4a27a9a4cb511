"""Names of people, for rooms that hold their ids only; Coverslip itself is one of them."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from coverslip.features.identity import store_people
from coverslip.features.identity.viewer import SYSTEM


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
