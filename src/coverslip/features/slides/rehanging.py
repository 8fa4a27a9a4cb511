"""What hangs elsewhere afterwards must not give who hangs it there more than they had before."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden
from coverslip.features.access import NOTHING, standings
from coverslip.features.identity import Viewer

_MORE: Final = "You may do more there than here, so you cannot put it there."


def check_rehang(session: Session, viewer: Viewer, moves: Iterable[tuple[str, str]], *, rights_only: bool) -> None:
    """Refuse to hang scopes under others where the viewer would gain by it.

    Parameters
    ----------
    moves : iterable of (scope, new parent)
    rights_only : bool
        Whether a higher role there does not matter, as for a copy.

    Raises
    ------
    Forbidden
    """
    pairs = [] if viewer.is_admin else list(moves)
    found = standings(session, viewer, {one for pair in pairs for one in pair})
    for scope_id, parent_id in pairs:
        here, there = found.get(scope_id, NOTHING), found.get(parent_id, NOTHING)
        if not (there.rights <= here.rights if rights_only else here.covers(there)):
            raise Forbidden(_MORE)
