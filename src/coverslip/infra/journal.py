"""The journal of a slide: every change to what people draw and write there, in one order, for ever.

Undo, history and live collaboration are three readings of it. ``seq`` comes from the slide's counter
row inside the transaction that makes the change, so the order of commits is the order of ``seq``:
who reads "after 17" skips nothing. An entry says itself who may read it (``private_to``), so what
passes entries on need not know what they are about.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, ForeignKey, Index, Text, UniqueConstraint, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from coverslip.infra.db import Base, RowNo, hint, insert_or_ignore, require_write

HINT: Final = "journal"
MOST_AT_ONCE: Final = 1000


class JournalHead(Base):
    """The last number that a slide's journal gave out; every writer holds this row until it commits."""

    __tablename__ = "journal_head"

    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]


class JournalRow(Base):
    """One change. ``patch`` and ``before`` are ASCII JSON: the values since, and those of the same keys until then."""

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("slide_id", "seq"), Index(None, "slide_id", "target"))

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    seq: Mapped[int]
    op_id: Mapped[str]
    entity: Mapped[str]
    target: Mapped[str]
    kind: Mapped[str]
    author_id: Mapped[str]
    author_name: Mapped[str]
    at: Mapped[datetime]
    base_rev: Mapped[int]
    rev: Mapped[int]
    patch: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(Text)
    variant_of: Mapped[str | None]
    layer_id: Mapped[str | None]
    private_to: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change, as it is written and read.

    Attributes
    ----------
    op_id, entity, target, kind : str
        The operation, and what it did (``create``, ``change``, ``delete``, ``restore``) to what.
    author_id, author_name : str
    at : datetime
    base_rev, rev : int
        The revision that its author saw, and the one that it made.
    patch, before : mapping
        New values by key, and the old values of the keys that really changed.
    variant_of : str or None
    layer_id : str or None
        The layer that it belongs to; None for what belongs to none.
    private_to : str or None
        The one who may read it; None for everybody who sees the slide.
    seq : int
        0 until it is written.
    """

    op_id: str
    entity: str
    target: str
    kind: str
    author_id: str
    author_name: str
    at: datetime
    base_rev: int
    rev: int
    patch: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    variant_of: str | None = None
    layer_id: str | None = None
    private_to: str | None = None
    seq: int = 0

    def wire(self) -> dict[str, Any]:
        """Return it as it goes over the wire; audience columns stay here."""
        return {
            "seq": self.seq,
            "op_id": self.op_id,
            "entity": self.entity,
            "target": self.target,
            "kind": self.kind,
            "author_id": self.author_id,
            "author_name": self.author_name,
            "at": stamp(self.at),
            "base_rev": self.base_rev,
            "rev": self.rev,
            "patch": self.patch,
            "before": self.before,
            "variant_of": self.variant_of,
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """When something changed, without what."""

    seq: int
    at: datetime
    author_id: str
    author_name: str


def stamp(at: datetime) -> str:
    """Return an instant as the wire writes it: UTC, milliseconds, ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lock(session: Session, slide_id: str) -> int:
    """Wait for one's turn to change a slide, and return its last ``seq``; held until the transaction ends."""
    require_write(session)
    insert_or_ignore(session, JournalHead, {"slide_id": slide_id, "seq": 0})
    return session.scalars(select(JournalHead.seq).where(JournalHead.slide_id == slide_id).with_for_update()).one()


def append(session: Session, slide_id: str, entries: Sequence[JournalEntry]) -> int:
    """Write entries in this order and return the ``seq`` of the first; tell the other processes once it is committed.

    Call it as late in the transaction as possible: from here on other writers of the slide wait.
    """
    require_write(session)
    insert_or_ignore(session, JournalHead, {"slide_id": slide_id, "seq": 0})
    counted = update(JournalHead).where(JournalHead.slide_id == slide_id)
    taken = counted.values(seq=JournalHead.seq + len(entries)).returning(JournalHead.seq)
    last = int(session.connection().execute(taken).scalar_one())
    first = last - len(entries) + 1
    if entries:
        rows = [_row(slide_id, seq, one) for seq, one in enumerate(entries, first)]
        session.connection().execute(insert(JournalRow), rows)
        hint(session, HINT, slide_id=slide_id, seq=last)
    return first


def after(
    session: Session, slide_id: str, seq: int, limit: int = MOST_AT_ONCE, *, reader: str | None = None
) -> list[JournalEntry]:
    """Return entries after a ``seq`` in order, at most ``limit``.

    Parameters
    ----------
    reader : str or None
        Leave out what is private to others than this author; None returns all, for who filters by ``private_to``.
    """
    query = select(JournalRow).where(JournalRow.slide_id == slide_id, JournalRow.seq > seq)
    if reader is not None:
        query = query.where(_readable(reader))
    return [_entry(row) for row in session.scalars(query.order_by(JournalRow.seq).limit(limit))]


def of_target(session: Session, slide_id: str, target: str, reader: str) -> list[JournalEntry]:
    """Return all that a reader may know of one object, oldest first."""
    query = select(JournalRow).where(JournalRow.slide_id == slide_id, JournalRow.target == target, _readable(reader))
    return [_entry(row) for row in session.scalars(query.order_by(JournalRow.seq))]


def entries_at(session: Session, slide_id: str, seqs: Collection[int]) -> dict[int, JournalEntry]:
    """Return some entries by their ``seq``, whoever may read them."""
    found: dict[int, JournalEntry] = {}
    wanted = sorted(seqs)
    for start in range(0, len(wanted), MOST_AT_ONCE // 2):
        some = wanted[start : start + MOST_AT_ONCE // 2]
        query = select(JournalRow).where(JournalRow.slide_id == slide_id, JournalRow.seq.in_(some))
        found |= {row.seq: _entry(row) for row in session.scalars(query)}
    return found


def moments(session: Session, slide_id: str, reader: str) -> list[Moment]:
    """Return when what a reader may know of changed, oldest first."""
    columns = (JournalRow.seq, JournalRow.at, JournalRow.author_id, JournalRow.author_name)
    query = select(*columns).where(JournalRow.slide_id == slide_id, _readable(reader)).order_by(JournalRow.seq)
    return [Moment(*row) for row in session.execute(query)]


def last_seqs(session: Session, slide_id: str, targets: Sequence[str]) -> dict[str, int]:
    """Return the ``seq`` of the last change of some objects, whoever may read it."""
    found: dict[str, int] = {}
    for start in range(0, len(targets), MOST_AT_ONCE // 2):
        some = targets[start : start + MOST_AT_ONCE // 2]
        query = select(JournalRow.target, func.max(JournalRow.seq)).where(
            JournalRow.slide_id == slide_id, JournalRow.target.in_(some)
        )
        found |= {row[0]: int(row[1]) for row in session.execute(query.group_by(JournalRow.target))}
    return found


def seq_at(session: Session, slide_id: str, at: datetime) -> int:
    """Return the last ``seq`` that was written by a moment, 0 before the first."""
    query = select(func.max(JournalRow.seq)).where(JournalRow.slide_id == slide_id, JournalRow.at <= at)
    return int(session.scalar(query) or 0)


def head(session: Session, slide_id: str) -> int:
    """Return the last ``seq`` of a slide, 0 where nothing was ever written."""
    return session.scalars(select(JournalHead.seq).where(JournalHead.slide_id == slide_id)).first() or 0


def set_audience(session: Session, slide_id: str, layer_id: str, private_to: str | None) -> int:
    """Say anew who may read what belongs to a layer; return how many entries that are."""
    require_write(session)
    mine = update(JournalRow).where(JournalRow.slide_id == slide_id, JournalRow.layer_id == layer_id)
    result = session.execute(mine.values(private_to=private_to).execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount


def numbered(entries: Sequence[JournalEntry], first: int) -> list[JournalEntry]:
    """Return entries with the numbers that :func:`append` gave them."""
    return [replace(one, seq=seq) for seq, one in enumerate(entries, first)]


def _readable(reader: str) -> Any:
    return or_(JournalRow.private_to.is_(None), JournalRow.private_to == reader)


def _row(slide_id: str, seq: int, entry: JournalEntry) -> dict[str, Any]:
    return {
        "slide_id": slide_id,
        "seq": seq,
        "op_id": entry.op_id,
        "entity": entry.entity,
        "target": entry.target,
        "kind": entry.kind,
        "author_id": entry.author_id,
        "author_name": entry.author_name,
        "at": entry.at,
        "base_rev": entry.base_rev,
        "rev": entry.rev,
        "patch": _text(entry.patch),
        "before": _text(entry.before),
        "variant_of": entry.variant_of,
        "layer_id": entry.layer_id,
        "private_to": entry.private_to,
    }


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _entry(row: JournalRow) -> JournalEntry:
    return JournalEntry(
        op_id=row.op_id,
        entity=row.entity,
        target=row.target,
        kind=row.kind,
        author_id=row.author_id,
        author_name=row.author_name,
        at=row.at,
        base_rev=row.base_rev,
        rev=row.rev,
        patch=json.loads(row.patch),
        before=json.loads(row.before),
        variant_of=row.variant_of,
        layer_id=row.layer_id,
        private_to=row.private_to,
        seq=row.seq,
    )
