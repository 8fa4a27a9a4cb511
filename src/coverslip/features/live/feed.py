"""The slide's journal as it is sent: read once for a whole room, filtered by each entry's own audience."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.features.identity import Viewer
from coverslip.features.live.words import written
from coverslip.infra import journal

PAGE: Final = 1000
_NAMES: Final = ("author_name", "owner_name")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: what it says, as JSON too, and who may read it (None for everybody who sees annotations)."""

    seq: int
    private_to: str | None
    entry: Mapping[str, Any]
    text: str


def line_of(entry: journal.JournalEntry) -> Line:
    """Return an entry as it is sent."""
    wire = entry.wire()
    return Line(entry.seq, entry.private_to, wire, written(wire))


def read(session: Session, slide_id: str, seq: int) -> list[Line]:
    """Return what the journal of a slide holds after ``seq``, at most ``PAGE`` entries."""
    return [line_of(one) for one in journal.after(session, slide_id, seq, PAGE)]


def reader_of(viewer: Viewer) -> str:
    """Return the id under which somebody reads: through a link that of the link, also in a preview of it."""
    return viewer.share_id or viewer.person_id


def message_for(viewer: Viewer, lines: Sequence[Line]) -> str | None:
    """Return the message of those entries that somebody may read, None where there are none.

    A private entry is its owner's alone. A link shows slides, no people: who came by one reads no names
    but what they said of themselves.
    """
    reader = reader_of(viewer)
    mine = [line for line in lines if line.private_to is None or line.private_to == reader]
    if not mine:
        return None
    texts = [line.text if viewer.kind != "share" else written(_nameless(line.entry, reader)) for line in mine]
    return f'{{"type":"entries","entries":[{",".join(texts)}],"seq":{lines[-1].seq}}}'


def audience_of(viewer: Viewer, lines: Sequence[Line]) -> str:
    """Return a key that is the same for all who read the same of these entries."""
    if viewer.kind != "share" and all(line.private_to is None for line in lines):
        return ""
    return f"{viewer.kind} {reader_of(viewer)}"


def _nameless(entry: Mapping[str, Any], reader: str) -> dict[str, Any]:
    found = _without_names(entry, reader)
    return {**found, **{part: _without_names(entry[part], reader) for part in ("patch", "before")}}


def _without_names(part: Mapping[str, Any], reader: str) -> dict[str, Any]:
    if reader in (part.get("author_id"), part.get("owner_id")):
        return dict(part)
    return {key: "" if key in _NAMES else value for key, value in part.items()}
