"""A file that arrives later than the rest of its slide: a further channel, a further file of a series."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from coverslip.features.imports import store
from coverslip.features.imports.walk import path_hash


def owner_of(session: Session, root_id: str, unit_path: str, paths: Sequence[str]) -> str | None:
    """Return the path of the registered slide that a newly seen file belongs to, None where it is a slide of its own.

    Parameters
    ----------
    unit_path : str
        The file that was opened.
    paths : sequence of str
        All files that opening it gave.
    """
    others = {path_hash(path) for path in paths if path != unit_path}
    if not others or path_hash(unit_path) in store.sources_at(session, root_id, [path_hash(unit_path)]):
        return None
    known = store.sources_at(session, root_id, sorted(others)).values()
    first = min(known, key=lambda row: (not row.multiple, row.no), default=None)
    return None if first is None else store.path_text(first)
