"""A full disk: reads are still recorded, from the reserve; without any space nothing is shown."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from coverslip.core.errors import AuditUnavailable
from coverslip.core.time import utc_now
from coverslip.infra.audit import AuditEvent, AuditRow, AuditView, first_broken
from coverslip.infra.db import Database
from coverslip.infra.reserve import RESERVE_NAME, AuditReserve
from coverslip.infra.runtime import Runtime

# Runs in a mount namespace of its own, so that the small disk goes with it.
ON_A_SMALL_DISK = """
import os, subprocess, sys
from pathlib import Path
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "small", disk], check=True)
from coverslip.core.errors import AuditUnavailable, DiskFull
from coverslip.infra.audit import AuditEvent, AuditRow, first_broken
from coverslip.infra.db import Database
from coverslip.infra.jobs import enqueue
from coverslip.infra.reserve import AuditReserve
from coverslip.infra.schema import migrate
from sqlalchemy import func, select

db = Database(f"sqlite:///{disk}/coverslip.db")
migrate(db)
reserve = AuditReserve(db, disk, size=4 * 2**20)
assert reserve.lay()
filler = (disk / "filler").open("wb", buffering=0)
try:
    while True:
        filler.write(bytes(65536))
except OSError:
    pass
try:
    while True:
        filler.write(b"x")
except OSError:
    pass
filler.close()
refused = 0
try:
    for number in range(200):
        with db.transaction() as session:
            enqueue(session, "test", {"filler": "x" * 20000})
except DiskFull:
    refused = 1
assert refused, "writes say that the disk is full"
recorded = 0
try:
    while recorded < 100_000:
        reserve.read(*[AuditEvent("slide.viewed", object_id=str(recorded + n)) for n in range(50)])
        recorded += 50
except AuditUnavailable:
    pass
assert 500 <= recorded < 100_000, recorded
with db.read() as session:
    assert session.scalar(select(func.count()).select_from(AuditRow)) == recorded
    assert first_broken(session) is None
(disk / "filler").unlink()
reserve.read(AuditEvent("slide.viewed"))
reserve._tried_s = float("-inf")
assert reserve.lay()
print("kept", recorded)
"""


def test_a_full_disk_shows_nothing_unrecorded_and_recovers(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    done = subprocess.run(
        [*alone, sys.executable, "-c", ON_A_SMALL_DISK, str(disk)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kept")


def test_a_read_is_on_record_before_it_is_answered(runtime: Runtime) -> None:
    runtime.reserve.read(AuditEvent("slides.listed", "person"), AuditEvent("slide.viewed", "person"))
    with runtime.db.read() as session:
        assert [row.action for row in session.scalars(select(AuditRow).order_by(AuditRow.no))] == [
            "slides.listed",
            "slide.viewed",
        ]
        assert first_broken(session) is None


def test_without_a_database_nothing_is_shown(tmp_path: Path) -> None:
    db = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(AuditUnavailable):
        AuditReserve(db, tmp_path).read(AuditEvent("slide.viewed"))
    db.close()


def test_the_reserve_takes_real_blocks(runtime: Runtime) -> None:
    assert runtime.reserve.lay()
    state = (runtime.settings.data / RESERVE_NAME).stat()
    assert state.st_blocks * 512 >= state.st_size == 8 * 2**20


def test_a_read_that_is_repeated_is_one_record_an_hour(runtime: Runtime) -> None:
    hour = utc_now().replace(minute=10)
    listed = AuditEvent("slides.listed", "p", "s", "case", "c")
    searched = AuditEvent("slides.listed", "p", "s", "case", "c", detail={"words_hmac": "x"})
    for at in (hour, hour + timedelta(minutes=20), hour + timedelta(hours=1)):
        runtime.reserve.hourly(listed, at)
        runtime.reserve.hourly(searched, at)
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.no)).all()
    assert [(row.detail["hour"][11:13], "words_hmac" in row.detail) for row in rows] == [
        (f"{hour.hour:02}", False),
        (f"{hour.hour:02}", True),
        (f"{(hour + timedelta(hours=1)).hour:02}", False),
        (f"{(hour + timedelta(hours=1)).hour:02}", True),
    ]


def test_a_rehearsal_leaves_no_record_and_no_gap(runtime: Runtime) -> None:
    runtime.reserve.read(AuditEvent("slide.viewed"))
    runtime.reserve.rehearse()
    runtime.reserve.read(AuditEvent("slide.viewed"))
    with runtime.db.read() as session:
        assert session.scalars(select(AuditRow.no).order_by(AuditRow.no)).all() == [1, 2]
        assert first_broken(session) is None
        assert session.scalars(select(AuditView)).all() == []
