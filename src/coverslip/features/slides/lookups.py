"""Names and ids of things in the catalogue for the audit trail, which asks whatever anybody may see.

Whoever calls it has checked that the trail may be read; names are for administrators only.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from coverslip.features.slides import store_lookups
from coverslip.features.slides.store_lookups import Ids

Named = tuple[str, str]
"""A kind (``project``, ``case``, ``slide``) and an id."""


def named_things(session: Session, text: str) -> list[Named]:
    """Return the projects, cases and slides whose id or name is exactly this, in the trash or not."""
    return store_lookups.named(session, text.strip())


def names_of(session: Session, things: Iterable[Named]) -> dict[Named, str]:
    """Return the names of things; what is deleted for good has none."""
    wanted: dict[str, set[str]] = {}
    for kind, object_id in things:
        wanted.setdefault(kind, set()).add(object_id)
    return {
        (kind, object_id): name
        for kind, ids in wanted.items()
        for object_id, name in store_lookups.names(session, kind, ids)
    }


def ids_within(session: Session, kind: str, object_id: str) -> list[Ids]:
    """Return as SQL the ids of what a project (cases, slides, projects below) or a case (slides) holds now."""
    return store_lookups.within(session, kind, object_id)
