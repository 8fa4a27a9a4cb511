"""What of this room goes to somebody else when its owner leaves: layers. Who drew what stays as it is."""

from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.annotations import layers, store_layers
from coverslip.features.identity import Owned, Viewer, people_by_ids


def _count(session: Session, person_id: str) -> int:
    return len(store_layers.owned(session, person_id))


def _move(session: Session, person_id: str, to_person_id: str, by: Viewer) -> int:
    """Make another person the owner; a private layer is theirs alone to see from then on."""
    rows = store_layers.owned(session, person_id)
    heir = people_by_ids(session, [to_person_id])[to_person_id]
    for row in rows:
        layers.hand_over(session, row, to_person_id, heir.name, by)
    return len(rows)


OWNED: Final = Owned("annotation layers", _count, _move)
