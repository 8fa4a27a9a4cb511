"""The audit trail: complete, ordered, and broken visibly by any tampering."""

import contextvars
import hashlib
import json
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from coverslip.core.time import utc_now
from coverslip.infra.audit import (
    AuditDenial,
    AuditEvent,
    AuditHead,
    AuditRow,
    Outcome,
    ViewKind,
    called_by,
    called_from,
    content_hash,
    first_broken,
    fold_denials,
    record,
    record_view,
    value_hash,
)
from coverslip.infra.denials import Denials
from coverslip.infra.runtime import Runtime


def write(runtime: Runtime, count: int) -> None:
    for number in range(count):
        with runtime.db.transaction() as session:
            record(session, AuditEvent("test.write", "person", "session", "slide", f"s{number}", detail={"n": number}))


def fail_after_recording(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        record(session, AuditEvent("test.write"))
        session.execute(text("SELECT 1"))
        raise KeyError("planted")


def broken(runtime: Runtime) -> int | None:
    with runtime.db.read() as session:
        return first_broken(session)


def test_records_are_chained_in_the_order_of_their_commits(runtime: Runtime) -> None:
    write(runtime, 5)
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
    assert [row.no for row in rows] == [1, 2, 3, 4, 5]
    assert [row.object_id for row in rows] == ["s0", "s1", "s2", "s3", "s4"]
    assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(rows))
    assert broken(runtime) is None


def test_a_record_says_from_where_and_by_which_token_or_share(runtime: Runtime) -> None:
    write(runtime, 1)

    def request() -> None:
        called_from("203.0.113.7")
        write(runtime, 1)
        # The credential is read in a thread of its own, as routes do it.
        inner = threading.Thread(target=contextvars.copy_context().run, args=(lambda: called_by(token_id="t1"),))
        inner.start()
        inner.join()
        write(runtime, 1)
        called_by(share_id="s1")
        write(runtime, 1)

    contextvars.copy_context().run(request)
    called_by(token_id="nobody asked")
    write(runtime, 1)
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
        assert [(row.address, row.token_id, row.share_id) for row in rows] == [
            (None, None, None),
            ("203.0.113.7", None, None),
            ("203.0.113.7", "t1", None),
            ("203.0.113.7", None, "s1"),
            (None, None, None),
        ]
        assert first_broken(session) is None


def test_records_from_before_these_columns_have_the_hash_that_they_always_had() -> None:
    old = {
        "no": 7,
        "at": datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
        "principal": "p",
        "session_id": "s",
        "action": "slide.viewed",
        "object_kind": "slide",
        "object_id": "o",
        "outcome": "done",
        "detail": {"kind": "pixels"},
    }
    text = json.dumps(
        ["0" * 64, {**old, "at": "2026-01-02T03:04:05.000600+00:00"}], sort_keys=True, separators=(",", ":")
    )
    said_then = hashlib.sha256(text.encode()).hexdigest()
    row = {**old, "address": None, "token_id": None, "share_id": None}
    assert content_hash(row, "0" * 64) == said_then
    assert content_hash({**row, "address": "203.0.113.7"}, "0" * 64) != said_then


def test_a_record_goes_with_its_transaction(runtime: Runtime) -> None:
    with pytest.raises(KeyError):
        fail_after_recording(runtime)
    write(runtime, 1)
    with runtime.db.read() as session:
        assert len(session.scalars(select(AuditRow)).all()) == 1


def test_a_record_needs_a_transaction_that_writes(runtime: Runtime) -> None:
    with runtime.db.read() as session, pytest.raises(RuntimeError, match="transaction"):
        record(session, AuditEvent("test.write"))


def test_writers_at_once_make_one_chain(runtime: Runtime) -> None:
    threads = [threading.Thread(target=write, args=(runtime, 15)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with runtime.db.read() as session:
        assert list(session.scalars(select(AuditRow.no).order_by(AuditRow.no))) == list(range(1, 91))
        assert first_broken(session) is None


def _swap(session: Session, a: int, b: int) -> None:
    rows = {row.no: row for row in session.scalars(select(AuditRow).where(AuditRow.no.in_((a, b))))}
    for name in ("action", "object_id", "detail", "hash", "prev_hash"):
        first, second = getattr(rows[a], name), getattr(rows[b], name)
        setattr(rows[a], name, second)
        setattr(rows[b], name, first)


TAMPERS: dict[str, Callable[[Session, int], Any]] = {
    "edit": lambda session, no: session.execute(
        update(AuditRow).where(AuditRow.no == no).values(object_id="another slide")
    ),
    "edit the detail": lambda session, no: session.execute(
        update(AuditRow).where(AuditRow.no == no).values(detail={"n": -1})
    ),
    "move in time": lambda session, no: session.execute(
        update(AuditRow).where(AuditRow.no == no).values(at=utc_now() - timedelta(days=1))
    ),
    "delete": lambda session, no: session.execute(delete(AuditRow).where(AuditRow.no == no)),
    "reorder": lambda session, no: _swap(session, no, no + 1 if no < 20 else no - 1),
    "cut the tail": lambda session, no: session.execute(delete(AuditRow).where(AuditRow.no >= no)),
    "forge the head": lambda session, no: session.execute(update(AuditHead).values(last_no=no - 1)),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_tampering_shows(runtime: Runtime, tamper: str) -> None:
    write(runtime, 20)
    chance = random.Random(7)
    no = chance.randint(2, 19)
    with runtime.db.transaction() as session:
        TAMPERS[tamper](session, no)
    assert broken(runtime) is not None


def test_a_view_is_recorded_once_an_hour(runtime: Runtime) -> None:
    now = utc_now().replace(minute=10)
    views = [
        ("one", ViewKind.PIXELS, now, True),
        ("one", ViewKind.PIXELS, now + timedelta(minutes=40), False),
        ("one", ViewKind.DOWNLOAD, now, True),
        ("two", ViewKind.PIXELS, now, True),
        ("one", ViewKind.PIXELS, now + timedelta(hours=1), True),
    ]
    for session_id, kind, at, new in views:
        with runtime.db.transaction() as session:
            assert record_view(session, session_id, "slide", kind, at, principal="p") is new
    with runtime.db.read() as session:
        assert len(session.scalars(select(AuditRow)).all()) == 4


def test_a_flood_of_refusals_is_one_counted_record_a_minute_and_address(runtime: Runtime) -> None:
    denials = Denials(runtime.reserve)
    minute = utc_now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    for second in range(50):
        denials.note("203.0.113.7", "request.forbidden", at=minute + timedelta(seconds=second))
    denials.note("203.0.113.8", "request.forbidden", at=minute)
    with runtime.db.read() as session:  # the first of each is on disk before its answer
        assert len(session.scalars(select(AuditDenial)).all()) == 2
    denials.note("203.0.113.7", "request.forbidden", at=minute + timedelta(minutes=1))
    denials.flush()
    with runtime.db.transaction() as session:
        assert fold_denials(session) == 3
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
        assert sorted(row.detail["count"] for row in rows) == [1, 1, 50]
        assert {row.address for row in rows} == {"203.0.113.7", "203.0.113.8"}
        assert {row.outcome for row in rows} == {Outcome.DENIED}
        assert session.scalars(select(AuditDenial)).all() == []
        assert first_broken(session) is None


def test_refusals_of_this_minute_wait_for_its_end(runtime: Runtime) -> None:
    Denials(runtime.reserve).note("203.0.113.7", "request.forbidden")
    with runtime.db.transaction() as session:
        assert fold_denials(session) == 0


def test_the_hash_of_a_value_needs_the_objects_key() -> None:
    assert value_hash(b"k" * 32, "Doe^Jane") == value_hash(b"k" * 32, "Doe^Jane")
    assert value_hash(b"k" * 32, "Doe^Jane") != value_hash(b"j" * 32, "Doe^Jane")


def test_the_trail_holds_no_sequence_that_could_leave_a_gap(runtime: Runtime) -> None:
    write(runtime, 2)
    with pytest.raises(KeyError):
        fail_after_recording(runtime)
    write(runtime, 1)
    assert broken(runtime) is None
