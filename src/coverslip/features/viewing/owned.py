"""What of this room goes to somebody else when its owner leaves; where they were and what they saw stays theirs."""

from typing import Final

from coverslip.features.identity import Owned
from coverslip.features.viewing import store
from coverslip.features.viewing.models import Bookmark, Preset


def _owned(kind: str, table: type[Bookmark] | type[Preset]) -> Owned:
    return Owned(
        kind,
        lambda session, person_id: store.count_owned(session, table, person_id),
        lambda session, giver, taker, by: store.give_owned(session, table, giver, taker),
    )


OWNED: Final = (_owned("bookmarks", Bookmark), _owned("presets", Preset))
