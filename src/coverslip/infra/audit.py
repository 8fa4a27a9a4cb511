"""The audit trail: who did what to what, as a hash chain that cannot be edited unnoticed.

It holds ids and hashes, never field values, so that erasure can purge an object and the chain
stays whole. Events of one transaction are chained when it commits, so that the head of the chain,
which every writer needs, is held as briefly as possible.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from coverslip.core.time import utc_now
from coverslip.infra.db import Base, BigInt, insert_or_ignore, require_write

GENESIS = "0" * 64
_QUEUE = "audit"
_HASHED = ("no", "at", "principal", "session_id", "action", "object_kind", "object_id", "outcome", "detail")
_WHENCE: Final = ("address", "token_id", "share_id")
"""Hashed where they say something: a record from before these columns has the hash that it always had."""
CONTENT: Final = (*_HASHED, *_WHENCE)


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


@dataclass(slots=True)
class Caller:
    """From where and by what credential a request came; records of the request carry it.

    Attributes
    ----------
    address : str or None
        Of the person's machine, never of a proxy that is trusted.
    token_id : str or None
        The API token that was shown.
    share_id : str or None
        The share link through which it came.
    """

    address: str | None = None
    token_id: str | None = None
    share_id: str | None = None


_NOBODY: Final = Caller()
_caller: ContextVar[Caller] = ContextVar("coverslip_audit_caller", default=_NOBODY)


def called_from(address: str | None) -> Caller:
    """Begin a request: whatever is recorded from here on, also in threads that it starts, carries the address."""
    caller = Caller(address)
    _caller.set(caller)
    return caller


def called_by(*, token_id: str | None = None, share_id: str | None = None) -> None:
    """Say by which token or share the present request came; without a request it says nothing."""
    caller = _caller.get()
    if caller is not _NOBODY:
        caller.token_id, caller.share_id = token_id, share_id


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
    address : str or None
        From where; None takes that of the present request (:func:`called_from`), if there is one.
    """

    action: str
    principal: str | None = None
    session_id: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    outcome: Outcome = Outcome.DONE
    detail: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None


@dataclass(frozen=True, slots=True)
class _Stamped:
    """An event with when and whence."""

    at: datetime
    entry: AuditEvent
    caller: Caller


class AuditRow(Base):
    """A link of the chain; ``no`` counts up without a gap, so a deleted row shows."""

    __tablename__ = "audit"

    no: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    principal: Mapped[str | None] = mapped_column(index=True)
    session_id: Mapped[str | None]
    action: Mapped[str] = mapped_column(index=True)
    object_kind: Mapped[str | None]
    object_id: Mapped[str | None] = mapped_column(index=True)
    outcome: Mapped[str]
    detail: Mapped[dict[str, Any]]
    address: Mapped[str | None]
    token_id: Mapped[str | None]
    share_id: Mapped[str | None] = mapped_column(index=True)
    prev_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The ends of the chain: one row, which every writing transaction takes last.

    ``kept_no`` and ``kept_hash`` are of the last record that retention took away: the chain begins after it.
    """

    __tablename__ = "audit_head"

    head_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_no: Mapped[int]
    last_hash: Mapped[str]
    kept_no: Mapped[int] = mapped_column(default=0, server_default="0")
    kept_hash: Mapped[str] = mapped_column(default=GENESIS, server_default=GENESIS)


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
    object_id: Mapped[str | None]


def record(session: Session, entry: AuditEvent) -> None:
    """Chain the event when this transaction commits; a rollback takes it along."""
    require_write(session)
    queue: list[_Stamped] = session.info.setdefault(_QUEUE, [])
    queue.append(_Stamped(utc_now(), entry, _caller.get()))


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
    session: Session,
    address: str,
    count: int,
    *,
    action: str,
    principal: str | None,
    at: datetime,
    object_id: str | None = None,
) -> None:
    """Count refused requests of an address; :func:`fold_denials` makes a record of each minute."""
    minute = at.replace(second=0, microsecond=0)
    first = {
        "address": address,
        "minute": minute,
        "count": count,
        "action": action,
        "principal": principal,
        "object_id": object_id,
    }
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
        detail = {"count": row.count, "minute": row.minute.isoformat()}
        refused = AuditEvent(
            row.action,
            row.principal,
            object_id=row.object_id,
            outcome=Outcome.DENIED,
            detail=detail,
            address=row.address,
        )
        record(session, refused)
        session.delete(row)
    return len(rows)


def value_hash(key: bytes, value: str) -> str:
    """Return the HMAC-SHA-256 of a field value, in hex.

    ``key`` is random, lies in the object's own row and is purged with it: from then on the hash
    says nothing.
    """
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """A record as it lies in the chain, and whether it fits.

    Attributes
    ----------
    values : mapping
        Its columns by name.
    fits_itself : bool
        Its hash is that of its content.
    fits_before : bool
        It names the hash of the record before it, and no number is left out between them.
    """

    values: Mapping[str, Any]
    fits_itself: bool
    fits_before: bool

    @property
    def no(self) -> int:
        """Its number."""
        return int(self.values["no"])


def ends(session: Session) -> AuditHead:
    """Return the ends of the chain; before the first record both are the beginning."""
    head = session.get(AuditHead, 1)
    if head is None:
        return AuditHead(head_no=1, last_no=0, last_hash=GENESIS, kept_no=0, kept_hash=GENESIS)
    return head


def links(session: Session) -> Iterator[Link]:
    """Walk the chain from its first record to its last, whatever is wrong with it."""
    head = ends(session)
    previous, last = head.kept_hash, head.kept_no
    columns = [getattr(AuditRow, name) for name in (*CONTENT, "prev_hash", "hash")]
    query = select(*columns).order_by(AuditRow.no).execution_options(yield_per=1000)
    with closing(session.execute(query)) as rows:
        for found in rows.mappings():
            row = dict(found)
            fits_before = row["no"] == last + 1 and row["prev_hash"] == previous
            yield Link(row, row["hash"] == content_hash(row, row["prev_hash"]), fits_before)
            previous, last = row["hash"], row["no"]


def first_broken(session: Session) -> int | None:
    """Walk the chain and return the number of the first row that does not fit, None when all fit."""
    head = ends(session)
    last, last_hash = head.kept_no, head.kept_hash
    for link in links(session):
        if not (link.fits_itself and link.fits_before):
            return min(link.no, last + 1)
        last, last_hash = link.no, link.values["hash"]
    return None if (head.last_no, head.last_hash) == (last, last_hash) else last + 1


def last_no(session: Session) -> int:
    """Return the number of the newest record: it grows with everything that anybody changes."""
    return session.scalars(select(AuditHead.last_no)).first() or 0


def content_hash(values: Mapping[str, Any], previous: str) -> str:
    """Return the hash of a record, given the columns of :data:`CONTENT` and the hash of the record before it."""
    content = {name: values[name] for name in _HASHED} | {
        name: values[name] for name in _WHENCE if values[name] is not None
    }
    content["at"] = content["at"].isoformat(timespec="microseconds")
    text = json.dumps([previous, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@event.listens_for(Session, "before_commit")
def write_queued(session: Session) -> None:
    """Write the queued events; runs last, so the head row is locked for one insert only."""
    queue: list[_Stamped] = session.info.pop(_QUEUE, [])
    if not queue:
        return
    session.flush()
    insert_or_ignore(session, AuditHead, {"head_no": 1, "last_no": 0, "last_hash": GENESIS})
    head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    no, last_hash = head.last_no, head.last_hash
    rows: list[dict[str, Any]] = []
    for stamped in queue:
        no += 1
        entry, caller = stamped.entry, stamped.caller
        values = {
            "no": no,
            "at": stamped.at,
            "principal": entry.principal,
            "session_id": entry.session_id,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "outcome": entry.outcome.value,
            "detail": dict(entry.detail),
            "address": entry.address or caller.address,
            "token_id": caller.token_id,
            "share_id": caller.share_id,
        }
        rows.append({**values, "prev_hash": last_hash, "hash": content_hash(values, last_hash)})
        last_hash = rows[-1]["hash"]
    head.last_no, head.last_hash = no, last_hash
    session.flush()
    # One statement for all of them: a thousand objects would hold the head of the chain three times as long.
    session.connection().execute(insert(AuditRow), rows)
