"""The audit trail: who did what to what, as a hash chain that cannot be edited unnoticed.

It holds ids and hashes, never field values, so that erasure can purge an object and the chain
stays whole. Events of one transaction are chained when it commits, so that the head of the chain,
which every writer needs, is held as briefly as possible.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from coverslip.core.time import utc_now
from coverslip.infra.db import Base, BigInt, insert_or_ignore, require_write

GENESIS = "0" * 64
_QUEUE = "audit"
_HASHED = ("no", "at", "principal", "session_id", "action", "object_kind", "object_id", "outcome", "detail")


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


class ViewKind(StrEnum):
    """What of a slide was looked at; one record a session, slide, kind and clock hour."""

    PIXELS = "pixels"
    IDENTITY = "identity"
    ANNOTATIONS = "annotations"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened.

    Attributes
    ----------
    action : str
        Dotted and stable, ``slide.renamed``.
    principal : str or None
        Id of the person, token or share; None for the server itself.
    session_id : str or None
        Session or token through which it happened.
    object_kind, object_id : str or None
        What it happened to.
    outcome : Outcome
    detail : mapping
        Ids, counts and hashes only; values of fields go through :func:`value_hash`.
    """

    action: str
    principal: str | None = None
    session_id: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    outcome: Outcome = Outcome.DONE
    detail: Mapping[str, Any] = field(default_factory=dict)


class AuditRow(Base):
    """A link of the chain; ``no`` counts up without a gap, so a deleted row shows."""

    __tablename__ = "audit"

    no: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    principal: Mapped[str | None] = mapped_column(index=True)
    session_id: Mapped[str | None]
    action: Mapped[str]
    object_kind: Mapped[str | None]
    object_id: Mapped[str | None] = mapped_column(index=True)
    outcome: Mapped[str]
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The end of the chain: one row, which every writing transaction takes last."""

    __tablename__ = "audit_head"

    head_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_no: Mapped[int]
    last_hash: Mapped[str]


class AuditView(Base):
    """Which views are recorded already."""

    __tablename__ = "audit_view"

    session_id: Mapped[str] = mapped_column(primary_key=True)
    slide_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)


class AuditDenial(Base):
    """Denials of one address in one minute, waiting to become one counted record."""

    __tablename__ = "audit_denial"

    address: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    action: Mapped[str]
    principal: Mapped[str | None]


def record(session: Session, entry: AuditEvent) -> None:
    """Chain the event when this transaction commits; a rollback takes it along."""
    require_write(session)
    queue: list[tuple[datetime, AuditEvent]] = session.info.setdefault(_QUEUE, [])
    queue.append((utc_now(), entry))


def record_view(
    session: Session, session_id: str, slide_id: str, kind: ViewKind, hour: datetime, *, principal: str | None = None
) -> bool:
    """Record that a slide is looked at, once for a session, slide, kind and clock hour.

    Returns
    -------
    bool
        Whether this was the first time.
    """
    require_write(session)
    clock_hour = hour.replace(minute=0, second=0, microsecond=0)
    values = {"session_id": session_id, "slide_id": slide_id, "kind": kind.value, "hour": clock_hour}
    if not insert_or_ignore(session, AuditView, values):
        return False
    detail = {"kind": kind.value, "hour": clock_hour.isoformat()}
    record(session, AuditEvent("slide.viewed", principal, session_id, "slide", slide_id, detail=detail))
    return True


def count_denials(
    session: Session, address: str, count: int, *, action: str, principal: str | None, at: datetime
) -> None:
    """Count refused requests of an address; :func:`fold_denials` makes a record of each minute."""
    minute = at.replace(second=0, microsecond=0)
    first = {"address": address, "minute": minute, "count": count, "action": action, "principal": principal}
    if not insert_or_ignore(session, AuditDenial, first):
        row = session.get_one(AuditDenial, (address, minute), with_for_update=True)
        row.count += count


def fold_denials(session: Session, before: datetime | None = None) -> int:
    """Turn the denials of minutes that have ended into one counted record each.

    Returns
    -------
    int
        How many records were made.
    """
    limit = (before or utc_now()) - timedelta(minutes=1)
    rows = session.scalars(
        select(AuditDenial).where(AuditDenial.minute <= limit).order_by(AuditDenial.minute).with_for_update()
    ).all()
    for row in rows:
        detail = {"count": row.count, "minute": row.minute.isoformat(), "address": row.address}
        record(session, AuditEvent(row.action, row.principal, outcome=Outcome.DENIED, detail=detail))
        session.delete(row)
    return len(rows)


def value_hash(key: bytes, value: str) -> str:
    """Return the HMAC-SHA-256 of a field value, in hex.

    ``key`` is random, lies in the object's own row and is purged with it: from then on the hash
    says nothing.
    """
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def first_broken(session: Session) -> int | None:
    """Walk the chain and return the number of the first row that does not fit, None when all fit."""
    previous, expected_no = GENESIS, 1
    with closing(session.scalars(select(AuditRow).order_by(AuditRow.no).execution_options(yield_per=1000))) as rows:
        for row in rows:
            if row.no != expected_no or row.prev_hash != previous or row.hash != _hash(_row_content(row), previous):
                return min(row.no, expected_no)
            previous, expected_no = row.hash, expected_no + 1
    head = session.get(AuditHead, 1)
    last_no, last_hash = (head.last_no, head.last_hash) if head else (0, GENESIS)
    return None if (last_no, last_hash) == (expected_no - 1, previous) else expected_no


def last_no(session: Session) -> int:
    """Return the number of the newest record: it grows with everything that anybody changes."""
    return session.scalars(select(AuditHead.last_no)).first() or 0


def _row_content(row: AuditRow) -> dict[str, Any]:
    return _content({name: getattr(row, name) for name in _HASHED})


def _content(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "at": values["at"].isoformat(timespec="microseconds")}


def _hash(content: Mapping[str, Any], previous: str) -> str:
    text = json.dumps([previous, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@event.listens_for(Session, "before_commit")
def _chain(session: Session) -> None:
    """Write the queued events; runs last, so the head row is locked for one insert only."""
    queue: list[tuple[datetime, AuditEvent]] = session.info.pop(_QUEUE, [])
    if not queue:
        return
    session.flush()
    insert_or_ignore(session, AuditHead, {"head_no": 1, "last_no": 0, "last_hash": GENESIS})
    head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    no, last_hash = head.last_no, head.last_hash
    rows: list[dict[str, Any]] = []
    for at, entry in queue:
        no += 1
        values = {
            "no": no,
            "at": at,
            "principal": entry.principal,
            "session_id": entry.session_id,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "outcome": entry.outcome.value,
            "detail": dict(entry.detail),
        }
        rows.append({**values, "prev_hash": last_hash, "hash": _hash(_content(values), last_hash)})
        last_hash = rows[-1]["hash"]
    head.last_no, head.last_hash = no, last_hash
    session.flush()
    # One statement for all of them: a thousand objects would hold the head of the chain three times as long.
    session.connection().execute(insert(AuditRow), rows)
