"""The slide's journal as it is sent: read once for a whole room, filtered by each entry's own audience."""

from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from coverslip.features.identity import Viewer
from coverslip.infra import journal

PAGE: Final = 1000
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: its JSON, and who may read it (None for everybody who sees annotations)."""

    seq: int
    private_to: str | None
    text: str


def read(session: Session, slide_id: str, seq: int) -> list[Line]:
    """Return what the journal of a slide holds after ``seq``, at most ``PAGE`` entries."""
    entries = journal.after(session, slide_id, seq, PAGE)
    return [Line(one.seq, one.private_to, _ENCODER.encode(one.wire()).decode()) for one in entries]


def seen_by(line: Line, viewer: Viewer) -> bool:
    """Whether somebody may read an entry; a private one only its owner, and never through a share link."""
    return line.private_to is None or (viewer.kind in ("session", "token") and viewer.person_id == line.private_to)


def message_of(lines: list[Line]) -> str:
    """Return the message that carries entries."""
    entries = ",".join(line.text for line in lines)
    return f'{{"type":"entries","entries":[{entries}],"seq":{lines[-1].seq}}}'
