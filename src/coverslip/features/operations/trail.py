"""Reading the audit trail: search, who saw what, export. Each reading is itself on record."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip import __version__
from coverslip.core.errors import InvalidRequest
from coverslip.core.ids import id_in
from coverslip.features.identity import Viewer, names_by_ids, people_called
from coverslip.features.operations import store_audit
from coverslip.features.operations.actions import Kind, kind_of
from coverslip.features.operations.dicom_audit import audit_messages
from coverslip.features.operations.schemas_audit import (
    AuditFormat,
    AuditRecord,
    AuditRecords,
    Head,
    Sighting,
    Sightings,
)
from coverslip.features.operations.store_audit import Wanted
from coverslip.features.slides import csv_text, named_things, names_of
from coverslip.infra.audit import AuditEvent, AuditRow, Outcome, last_no, record, value_hash
from coverslip.infra.audit_heads import sign_head
from coverslip.infra.db import Database
from coverslip.infra.runtime import Runtime

EXPORT_STEP: Final = 1000
COLUMNS: Final = (
    "no", "at", "outcome", "action", "person", "principal", "session_id", "token_id", "share_id", "address",
    "object_kind", "object_id", "detail", "prev_hash", "hash",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_STARTED: Final = "server.started"
_SECRET: Final = frozenset({"data", "database_url"})


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What somebody asks of the trail, as they typed it.

    Attributes
    ----------
    who : str or None
        Id or name of a person.
    what : str or None
        A kind of action, or an action.
    object : str or None
        Id of anything, or the exact name of a project, case or slide; with all that it holds.
    since, until : datetime or None
    outcome : Outcome or None
    address, share_id : str or None
    """

    who: str | None = None
    what: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    address: str | None = None
    share_id: str | None = None


def search(runtime: Runtime, viewer: Viewer, query: AuditQuery, limit: int, cursor: str | None) -> AuditRecords:
    """Return a page of the trail, newest first.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    AuditUnavailable
        The search cannot be recorded.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest("This cursor did not come from here.")
    _record_reading(runtime, viewer, "audit.searched", query)
    with runtime.db.read() as session:
        wanted = understood(session, query)
        rows = store_audit.records(session, wanted, None if cursor is None else int(cursor), limit + 1)
        items = _shown(session, rows[:limit], with_names=viewer.is_admin)
    return AuditRecords(items=items, next_cursor=str(rows[limit - 1].no) if len(rows) > limit else None)


def who_saw(runtime: Runtime, viewer: Viewer, query: AuditQuery) -> Sightings:
    """Return who saw an object or what it holds.

    Raises
    ------
    InvalidRequest
        No object was named.
    AuditUnavailable
        The search cannot be recorded.
    """
    if not query.object:
        raise InvalidRequest("Say which slide, case or project is meant.")
    _record_reading(runtime, viewer, "audit.searched", query)
    with runtime.db.read() as session:
        wanted = understood(session, query)
        rows = store_audit.sightings(session, wanted)
        people = names_by_ids(session, {row.principal for row in rows if row.principal})
    items = [
        Sighting(
            principal=row.principal,
            person=people.get(row.principal or ""),
            share_id=row.share_id,
            token_id=row.token_id,
            first_at=row.first_at,
            last_at=row.last_at,
            records=row.records,
            objects=row.objects,
        )
        for row in rows
    ]
    return Sightings(items=items, objects=len(wanted.objects or ()))


def export(runtime: Runtime, viewer: Viewer, query: AuditQuery, kind: AuditFormat) -> Iterator[bytes]:
    """Return the wanted part of the trail, oldest first, piece by piece.

    Raises
    ------
    AuditUnavailable
        The export cannot be recorded; before the first bytes.
    """
    _record_reading(runtime, viewer, "audit.exported", query, format=kind.value)
    with runtime.db.read() as session:
        wanted = understood(session, query)
    return written(runtime.db, wanted, kind)


def written(db: Database, wanted: Wanted, kind: AuditFormat) -> Iterator[bytes]:
    """Yield a part of the trail as a file; what is recorded while it is written is not in it."""
    pages = _pages(db, wanted)
    if kind is AuditFormat.CSV:
        yield csv_text([COLUMNS]).encode()
        for page in pages:
            yield csv_text([[_cell(one[name]) for name in COLUMNS] for one in page]).encode()
    elif kind is AuditFormat.JSONL:
        for page in pages:
            yield "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in page).encode()
    else:
        yield from audit_messages(pages)


def signed_head(runtime: Runtime, viewer: Viewer) -> Head:
    """Sign the end of the trail for somebody who keeps it elsewhere."""
    with runtime.db.transaction() as session:
        head = sign_head(session, runtime.settings.data)
        record(session, AuditEvent("audit.head_signed", viewer.person_id, viewer.viewer_id, "audit"))
    return Head(no=head.no, hash=head.hash, at=head.at, public_key=head.public_key, signature=head.signature)


def record_start(session: Session, runtime: Runtime) -> None:
    """Record that the server starts, and which settings differ from those of the last start.

    Of each setting the record holds an HMAC only: it may be the address of a database.
    """
    settings = runtime.settings.model_dump(mode="json", exclude=set(_SECRET))
    address = runtime.settings.database_url
    settings["database_url"] = None if address is None else address.get_secret_value()
    hashes = {name: value_hash(runtime.hmac_key, json.dumps(value))[:16] for name, value in sorted(settings.items())}
    last = store_audit.newest(session, _STARTED)
    if last is not None:
        old = last.detail.get("settings", {})
        changed = sorted(name for name in hashes if old.get(name) not in (None, hashes[name]))
        if changed:
            detail = {
                "changed": changed,
                "old_hmac": {name: old[name] for name in changed},
                "value_hmac": {name: hashes[name] for name in changed},
            }
            record(session, AuditEvent("settings.changed", object_kind="server", detail=detail))
    record(session, AuditEvent(_STARTED, object_kind="server", detail={"version": __version__, "settings": hashes}))


def understood(session: Session, query: AuditQuery) -> Wanted:
    """Return what was typed as ids."""
    objects = None
    if query.object:
        objects = named_things(session, query.object)
        if not objects and (known := id_in(query.object)) is not None:
            objects = [("case", known)]  # deleted for good: it may have been a case
    kind = next((one for one in Kind if one == query.what), None)
    return Wanted(
        principals=people_called(session, query.who) if query.who else None,
        kind=kind,
        action=None if kind is not None or not query.what else query.what,
        objects=objects,
        since=query.since,
        until=query.until,
        outcome=query.outcome,
        address=query.address or None,
        share_id=query.share_id or None,
    )


def _record_reading(runtime: Runtime, viewer: Viewer, action: str, query: AuditQuery, **more: str) -> None:
    asked = {name: getattr(query, name) for name in query.__dataclass_fields__}
    text = json.dumps({name: str(value) for name, value in asked.items() if value}, sort_keys=True)
    detail = {**more, "words_hmac": value_hash(runtime.hmac_key, text)}
    object_id = id_in(query.object or "")
    event = AuditEvent(action, viewer.person_id, viewer.viewer_id, "audit", object_id, detail=detail)
    if action == "audit.searched":
        runtime.reserve.hourly(event)
    else:
        runtime.reserve.read(event)


def _pages(db: Database, wanted: Wanted) -> Iterator[list[dict[str, Any]]]:
    with db.read() as session:
        until_no = last_no(session)
    after = 0
    while True:
        with db.read() as session:
            rows = store_audit.records_after(session, wanted, after, until_no, EXPORT_STEP)
            people = _people(session, rows)
        if rows:
            yield [_plain(row, people) for row in rows]
            after = rows[-1].no
        if len(rows) < EXPORT_STEP:
            return


def _plain(row: AuditRow, people: dict[str, str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in COLUMNS if name != "person"}
    at = row.at.isoformat(timespec="microseconds")
    return {name: people.get(row.principal or "") if name == "person" else values[name] for name in COLUMNS} | {
        "at": at
    }


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula, not even where it looks like a number."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False) if isinstance(value, dict) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def _shown(session: Session, rows: Sequence[AuditRow], *, with_names: bool) -> list[AuditRecord]:
    people = _people(session, rows)
    things = {(row.object_kind, row.object_id) for row in rows if row.object_kind and row.object_id}
    names = names_of(session, things) if with_names else {}
    plain = ("no", "at", "action", "principal", "session_id", "token_id", "share_id", "address", "object_kind")
    return [
        AuditRecord(
            **{name: getattr(row, name) for name in plain},
            kind=kind_of(row.action),
            outcome=Outcome(row.outcome),
            person=people.get(row.principal or ""),
            object_id=row.object_id,
            object_name=names.get((row.object_kind or "", row.object_id or "")),
            detail=row.detail,
        )
        for row in rows
    ]


def _people(session: Session, rows: Iterable[AuditRow]) -> dict[str, str]:
    return names_by_ids(session, {row.principal for row in rows if row.principal})
