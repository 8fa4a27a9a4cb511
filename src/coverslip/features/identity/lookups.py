"""Names of people, for rooms that hold their ids only."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from coverslip.features.identity import store
from coverslip.features.identity.service import SYSTEM


def people_by_ids(session: Session, person_ids: Collection[str]) -> dict[str, str]:
    """Return the names of people by id; who is unknown is left out. Coverslip itself is one of them."""
    found = store.names_of(session, set(person_ids) - {SYSTEM.person_id})
    if SYSTEM.person_id in person_ids:
        found[SYSTEM.person_id] = SYSTEM.name
    return found


def people_named(session: Session, text: str) -> list[str]:
    """Return the ids of people whose id or name is this, capitals and small letters alike."""
    wanted = text.strip()
    if wanted.casefold() in {SYSTEM.person_id, SYSTEM.name.casefold()}:
        return [SYSTEM.person_id]
    return store.ids_named(session, wanted)
