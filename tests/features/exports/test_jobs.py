"""Exports under fire: a full disk, a slide that goes, a process that is killed. Nothing half is left."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.features.conftest import Browser
from tests.features.exports.conftest import Known, ask, lying, state

from coverslip.core.errors import DiskFull
from coverslip.core.time import utc_now
from coverslip.features.exports import jobs, service
from coverslip.features.exports.models import ExportRecord
from coverslip.imaging.writers import bigtiff
from coverslip.infra.jobs import Job
from coverslip.infra.runtime import Runtime

Register = Callable[..., Known]
WorkOff = Callable[[], int]


@pytest.mark.parametrize("write", range(0, 60, 6))
def test_a_disk_that_fills_up_meanwhile_leaves_nothing(
    runtime: Runtime,
    signed_in: Browser,
    register: Register,
    work_off: WorkOff,
    monkeypatch: pytest.MonkeyPatch,
    write: int,
) -> None:
    export = ask(signed_in, register())
    fill_up_at(monkeypatch, write)
    assert work_off() == 1
    failed = state(signed_in, export)
    assert (failed["state"], failed["error_code"]) == ("failed", "disk_full")
    assert failed["error_message"].endswith("while the export was written.")
    assert lying(runtime) == []


def fill_up_at(monkeypatch: pytest.MonkeyPatch, write: int) -> None:
    """Let the given write to an export fail as on a full disk; one beyond the last fails the first."""
    count = iter(range(10**6))
    real = bigtiff.BigTiff.add

    def add(self: bigtiff.BigTiff, data: bytes) -> int:
        if next(count) == write:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, data)

    monkeypatch.setattr(bigtiff.BigTiff, "add", add)


def test_without_the_guard_a_full_disk_would_be_tried_again(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard removed: the error is no DiskFull, so the export is not ended by it."""
    export = ask(signed_in, register())
    fill_up_at(monkeypatch, 5)
    monkeypatch.setattr(jobs, "_FULL", frozenset())
    work_off()
    assert state(signed_in, export)["error_code"] is None
    assert DiskFull.code not in str(state(signed_in, export))


@pytest.mark.parametrize("harm", ["vanish", "change"])
@pytest.mark.parametrize("compression", ["deflate", "jpeg"])
def test_a_slide_that_goes_in_the_middle_ends_the_export(
    runtime: Runtime,
    signed_in: Browser,
    register: Register,
    work_off: WorkOff,
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
    compression: str,
) -> None:
    slide = register("gone", compression=compression)
    export = ask(signed_in, slide)
    real = jobs._JobSource.progress

    def progress(self: Any, tiles: int) -> None:
        if harm == "vanish":
            slide.path.unlink(missing_ok=True)
        else:
            with slide.path.open("ab") as file:
                file.write(b"more")
        time.sleep(1.1)  # a file is trusted for a second
        real(self, tiles)

    monkeypatch.setattr(jobs._JobSource, "progress", progress)
    work_off()
    failed = state(signed_in, export)
    assert failed["state"] == "failed"
    assert failed["error_code"] in ("slide_missing", "slide_changed")
    assert lying(runtime) == []


def test_a_slide_that_changed_before_is_not_exported(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff
) -> None:
    export = ask(signed_in, register())
    with runtime.db.transaction() as session:
        session.execute(update(ExportRecord).values(slide_version="another"))
    work_off()
    assert state(signed_in, export)["error_code"] == "slide_changed"


KILLED = """
import os, signal, sys
from coverslip.features import exports
from coverslip.features.exports import jobs
from coverslip.imaging.writers import bigtiff
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings

def main():
    address, at, point = sys.argv[2] or None, int(sys.argv[3]), sys.argv[4]
    count = iter(range(10**9))
    def die(*_):
        if next(count) == at:
            os.kill(os.getpid(), signal.SIGKILL)
    if point == "write":
        real = bigtiff.BigTiff.add
        def add(self, data):
            die()
            return real(self, data)
        bigtiff.BigTiff.add = add
    else:
        real_finish = jobs._finish
        def finish(*arguments):
            die()
            real_finish(*arguments)
        jobs._finish = finish
    runtime = open_runtime(Settings(data=sys.argv[1], database_url=address), decoders=1)
    Worker(runtime, exports.JOB_HANDLERS).run_one()

if __name__ == "__main__":
    main()
"""


def killed(runtime: Runtime, script: Path, at: int, point: str) -> None:
    script.write_text(textwrap.dedent(KILLED), encoding="utf-8")
    secret = runtime.settings.database_url
    address = "" if secret is None else secret.get_secret_value()
    command = [sys.executable, str(script), str(runtime.settings.data), address, str(at), point]
    done = subprocess.run(command, timeout=120, check=False, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == -signal.SIGKILL


def _kills(count: int) -> list[tuple[str, int]]:
    """Return places spread over the 50 writes of this export, and the one between file and row."""
    return [*(("write", number * 50 // count) for number in range(count - 1)), ("finish", 0)]


def check_kills(
    runtime: Runtime, browser: Browser, slide: Known, work_off: WorkOff, script: Path, kills: list[tuple[str, int]]
) -> None:
    whole = ask(browser, slide)
    work_off()
    reference = browser.get(f"/exports/{whole['export_id']}/file").content
    for point, at in kills:
        export = ask(browser, slide)
        killed(runtime, script, at, point)
        half = state(browser, export)
        assert half["state"] in ("queued", "running")
        assert browser.get(f"/exports/{export['export_id']}/file").json()["code"] == "conflict"
        assert work_off() == 0  # the lease of the dead holds
        with runtime.db.transaction() as session:
            past = utc_now() - timedelta(seconds=1)
            session.execute(update(Job).where(Job.state == "running").values(lease_until=past))
        assert work_off() == 1
        assert state(browser, export)["state"] == "done"
        assert browser.get(f"/exports/{export['export_id']}/file").content == reference
        assert not [name for name in lying(runtime) if name.endswith(service.PART)]
        browser.request("DELETE", f"/exports/{export['export_id']}")


def test_killed_at_any_write_it_starts_again_and_is_the_same(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff, tmp_path: Path
) -> None:
    """Five kills on each database make ten."""
    check_kills(runtime, signed_in, register(), work_off, tmp_path / "killed.py", _kills(5))


def test_after_a_kill_the_progress_shown_is_true(
    runtime: Runtime,
    signed_in: Browser,
    register: Register,
    work_off: WorkOff,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the dead worker had done is gone: nobody sees it any more once its lease is over."""
    export = ask(signed_in, register())
    killed(runtime, tmp_path / "killed.py", 40, "write")
    half = state(signed_in, export)
    assert half["state"] == "running"
    assert half["progress"] > 0
    with runtime.db.transaction() as session:
        session.execute(update(Job).where(Job.state == "running").values(lease_until=utc_now() - timedelta(seconds=1)))
    waiting = state(signed_in, export)
    assert (waiting["state"], waiting["progress"]) == ("queued", 0)
    seen = []
    real = jobs._write_kind

    def write(*arguments: Any) -> None:
        seen.append(state(signed_in, export))
        real(*arguments)

    monkeypatch.setattr(jobs, "_write_kind", write)
    assert work_off() == 1
    assert [(one["state"], one["progress"]) for one in seen] == [("running", 0)]
    assert state(signed_in, export)["state"] == "done"


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_a_hundred_times(
    runtime: Runtime, signed_in: Browser, register: Register, work_off: WorkOff, tmp_path: Path
) -> None:
    check_kills(runtime, signed_in, register(), work_off, tmp_path / "killed.py", _kills(50))
