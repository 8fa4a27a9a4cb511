"""Looks through what a recipient would read before a link is made."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features.access import service, share_words
from coverslip.features.access.catalogue import Text, catalogue, more_texts
from coverslip.features.access.rules import Action
from coverslip.features.access.schemas_shares import ShareCheckIn, ShareWarning, ShareWarnings
from coverslip.features.identity import Viewer

_SLIDES_READ: Final = 1000
_SHOWN: Final = 50
_TEXT_SHOWN: Final = 200


def check_share(session: Session, viewer: Viewer, wanted: ShareCheckIn) -> ShareWarnings:
    """Return the texts that look as if they named somebody.

    They are the note, and where the link shows names what goes with its first 1,000 slides.

    Raises
    ------
    NotFound, Forbidden
    """
    thing = catalogue().find(session, viewer, wanted.kind, wanted.object_id)
    service.require(session, viewer, Action.MANAGE, thing.scope_id)
    known = (wanted.recipient, viewer.name)
    found: list[ShareWarning] = []
    told: set[Text] = set()
    names = wanted.identity and service.may(session, viewer, Action.SEE_IDENTITY, thing.scope_id)
    for where, text in _texts(session, viewer, wanted, names=names):
        if (where, text) in told:
            continue
        told.add((where, text))
        found.extend(
            # ``where`` is one of the kinds of texts that rooms name.
            ShareWarning.model_validate({"where": where, "text": text[:_TEXT_SHOWN], "why": why})
            for why in share_words.warnings_of(text, known=known)
        )
        if len(found) >= _SHOWN:
            break
    return ShareWarnings(warnings=found[:_SHOWN])


def _texts(session: Session, viewer: Viewer, wanted: ShareCheckIn, *, names: bool) -> Iterator[Text]:
    yield "note", wanted.note
    if not names:
        return  # a link that hides names shows nothing else that people of the house wrote
    ids = catalogue().slides_of(session, viewer, wanted.kind, wanted.object_id, _SLIDES_READ)
    yield from catalogue().texts(session, ids)
    yield from more_texts(session, ids)
