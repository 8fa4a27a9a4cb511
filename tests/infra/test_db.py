"""Transactions, time and numbers mean the same on SQLite and PostgreSQL."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from coverslip.core.errors import DatabaseUnavailable, DiskFull, SettingRefused
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.infra.db import Database, database_url, hint, insert_or_ignore
from coverslip.infra.jobs import Job, JobState
from coverslip.infra.runtime import Runtime
from coverslip.settings import Settings, read_settings


def job(**values: Any) -> Job:
    defaults = {
        "job_id": new_id(),
        "kind": "test",
        "payload": {},
        "state": JobState.QUEUED,
        "attempts": 0,
        "run_after": utc_now(),
        "created_at": utc_now(),
    }
    return Job(**{**defaults, **values})


def test_a_transaction_commits_when_its_block_ends_and_not_before(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        session.add(job())
        session.flush()
        with runtime.db.read() as other:
            assert other.scalar(select(func.count()).select_from(Job)) == 0
    with runtime.db.read() as other:
        assert other.scalar(select(func.count()).select_from(Job)) == 1


def test_an_error_takes_everything_back_and_its_hints_too(runtime: Runtime) -> None:
    heard: list[str] = []
    runtime.db.publish = lambda kind, **fields: heard.append(kind)

    def fail() -> None:
        with runtime.db.transaction() as session:
            session.add(job())
            hint(session, "jobs.new")
            raise KeyError("planted")

    with pytest.raises(KeyError):
        fail()
    with runtime.db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
        hint(session, "slides.changed")
        assert heard == []
    assert heard == ["slides.changed"]


def test_reading_refuses_to_write(runtime: Runtime) -> None:
    def write() -> None:
        with runtime.db.read() as session:
            session.add(job())
            session.flush()

    with pytest.raises(Exception, match=r"read-?only"):
        write()
    with runtime.db.transaction() as session:  # and a connection that read may write afterwards
        session.add(job())


def test_an_instant_comes_back_as_the_same_instant_in_utc(runtime: Runtime) -> None:
    instant = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with runtime.db.transaction() as session:
        session.add(job(run_after=instant))
    with runtime.db.read() as session:
        found = session.scalars(select(Job.run_after)).one()
    assert found == instant
    assert found.tzinfo is UTC


def test_a_naive_time_is_refused(runtime: Runtime) -> None:
    naive = datetime(2026, 3, 29, 1, 30)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="time zone"), runtime.db.transaction() as session:
        session.add(job(run_after=naive))


def test_a_number_is_never_used_twice(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        session.add_all([job(), job()])
        session.flush()
        last = session.scalars(select(func.max(Job.no))).one()
        session.execute(delete(Job))
    with runtime.db.transaction() as session:
        session.add(job())
        session.flush()
        assert session.scalars(select(Job.no)).one() > last


def test_a_second_row_of_the_same_key_is_ignored_or_refused(runtime: Runtime) -> None:
    row = {
        "job_id": new_id(),
        "kind": "test",
        "payload": {},
        "state": "queued",
        "attempts": 0,
        "run_after": utc_now(),
        "created_at": utc_now(),
    }
    with runtime.db.transaction() as session:
        assert insert_or_ignore(session, Job, row)
        assert not insert_or_ignore(session, Job, row)
    with pytest.raises(IntegrityError), runtime.db.transaction() as session:
        session.add(job(job_id=row["job_id"]))


def test_writers_wait_for_each_other_and_none_fails(runtime: Runtime) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(20):
                with runtime.db.transaction() as session:
                    count = session.scalar(select(func.count()).select_from(Job))
                    assert count is not None
                    session.add(job())
        except BaseException as error:  # noqa: BLE001 - shown to the test below
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 120


def test_sqlite_is_set_to_keep_what_it_acknowledged(sqlite_runtime: Runtime) -> None:
    with sqlite_runtime.db.transaction() as session:
        for pragma, value in (("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)):
            assert session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_full_disk_has_its_own_name(sqlite_runtime: Runtime) -> None:
    def fill() -> None:
        with sqlite_runtime.db.transaction() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar()
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            session.add_all(job(payload={"filler": "x" * 4000}) for _ in range(50))

    with pytest.raises(DiskFull):
        fill()


def test_a_database_that_does_not_answer_has_its_own_name() -> None:
    db = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable), db.read() as session:
        session.execute(text("SELECT 1"))
    db.close()


def test_the_address_of_a_database_is_checked(tmp_path: Path) -> None:
    assert database_url(Settings(data=tmp_path)).database == str(tmp_path / "coverslip.db")
    for address in ("postgresql://host/name", "postgres://host/name"):
        url = database_url(read_settings(data=tmp_path, database_url=address))
        assert url.drivername == "postgresql+psycopg"
    for bad in ("no address", "mysql://host/name"):
        with pytest.raises(SettingRefused, match="COVERSLIP_DATABASE_URL"):
            database_url(read_settings(data=tmp_path, database_url=bad))


@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=pytest.mark.full)])
def test_what_was_acknowledged_survives_a_kill(settings: Settings, rounds: int, tmp_path: Path) -> None:
    """A writer is killed at any instant; everything that it said was committed is there, with its audit record."""
    code = (
        "import sys, itertools\n"
        "from coverslip.infra.db import Database\n"
        "from coverslip.infra.jobs import enqueue\n"
        "from coverslip.infra.audit import AuditEvent, record\n"
        "db = Database(sys.argv[1])\n"
        "for number in itertools.count():\n"
        "    with db.transaction() as session:\n"
        "        job_id = enqueue(session, 'test', {'number': number})\n"
        "        record(session, AuditEvent('test.write', object_id=job_id))\n"
        "    print(job_id, flush=True)\n"
    )
    address = database_url(settings).render_as_string(hide_password=False)
    acknowledged: list[str] = []
    for number in range(rounds):
        with subprocess.Popen([sys.executable, "-c", code, address], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(1 + number % 7)]
            process.kill()
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    from coverslip.infra.audit import AuditRow, first_broken

    db = Database(address)
    with db.read() as session:
        kept = set(session.scalars(select(Job.job_id)))
        recorded = set(session.scalars(select(AuditRow.object_id)))
        assert first_broken(session) is None
    db.close()
    assert set(acknowledged) <= kept
    assert kept == recorded
