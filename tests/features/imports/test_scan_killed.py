"""Scanners that are killed at any moment: a slide is there wholly or not at all, and the next one goes on."""

import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.imports import scan as scan_module
from coverslip.features.imports import store
from coverslip.features.slides import ListQuery
from coverslip.imaging.index import load_index
from coverslip.infra.audit import first_broken

from .conftest import Served

SCANNERS = """
import os, signal, sys, threading, time
from pathlib import Path
import psutil
from coverslip.features.imports import scan
from coverslip.features.imports.pipeline import Reader
from coverslip.imaging import work
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings

class Here:
    'Reads slides in the scanner itself: what kills it kills its decoders, too, and a start takes no second.'
    def __init__(self):
        self.lock = threading.Lock()
    def run_blocking(self, function, *args, **options):
        with self.lock:
            return function(*args)

def look(worker, batch, decoders, begun):
    register = scan.register_found
    def registering(*args):
        os.write(begun, b"x")
        register(*args)
    scan.register_found, scan.BATCH = registering, batch
    runtime = open_runtime(Settings(data=Path(sys.argv[1]), settle_s=0), decoders=1)
    if not decoders:
        runtime.pool = Here()
    scan.Scan(runtime, Reader(runtime, 2), sys.argv[2], worker).run()

def kill(pid):
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for one in family:
        if one.is_running():
            os.kill(one.pid, signal.SIGKILL)

if __name__ == "__main__":
    for line in sys.stdin:
        worker, batch, decoders, begun_times, delay_s = line.split()
        told, begun = os.pipe()
        pid = os.fork()
        if pid == 0:
            look(worker, int(batch), int(decoders), begun)
            os._exit(0)
        os.close(begun)
        for _ in range(int(begun_times)):
            os.read(told, 1)
        os.close(told)
        time.sleep(float(delay_s))
        kill(pid)
        _, status = os.waitpid(pid, 0)
        print(os.WTERMSIG(status), flush=True)
"""
WAITING = 100
"""Files that a scanner has yet to register when it starts: more than it can before it is killed."""


class Looked:
    """Slides that were found whole: their indexes are not read again each time."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._whole: set[str] = set()

    def check(self) -> int:
        """Check that every slide that is there is there wholly; return how many there are."""
        served = self._served
        with served.runtime.db.read() as session:
            rows = session.execute(text("SELECT slide_id, state, index_name, scope_id, no FROM slide")).all()
            for table, column in (("source", "slide_id"), ("scope", "scope_id"), ("slide_search", "rowid")):
                held = set(session.execute(text(f"SELECT {column} FROM {table}")).scalars())
                assert {getattr(row, "no" if column == "rowid" else column) for row in rows} <= held
            jobs = session.execute(text("SELECT count(*) FROM job WHERE kind = 'slides.thumbnail'")).scalar_one()
            assert jobs == sum(row.state == "ready" for row in rows)
            recorded = session.execute(
                text("SELECT count(*) FROM audit WHERE action = 'slide.registered'")
            ).scalar_one()
            assert recorded == len(rows)
            assert first_broken(session) is None
            total = slides.list_slides(session, served.admin, ListQuery(), 1, None).total
            assert total == len(rows)
        for row in rows:
            assert row.state == "ready"
            if row.index_name not in self._whole:
                load_index(served.runtime.settings.index_folder / row.index_name)
                self._whole.add(row.index_name)
        return len(rows)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(10, marks=pytest.mark.timeout(600)),
        pytest.param(200, marks=[pytest.mark.full, pytest.mark.timeout(2400)]),
    ],
)
def test_a_scan_killed_anywhere_leaves_no_half_slide_and_a_restart_completes(
    served_sqlite: Served, tmp_path: Path, kills: int
) -> None:
    """Each scanner dies at a random moment of its first registrations; one in ten has decoders of its own."""
    served = served_sqlite
    chance = random.Random(kills)
    script = tmp_path / "scanners.py"
    script.write_text(SCANNERS)
    whole = served.add("slide 0.svs")
    files, registered = 1, 0
    looked = Looked(served)
    command = [sys.executable, str(script), str(served.runtime.settings.data), served.root_id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as scanners:
        assert scanners.stdin is not None
        assert scanners.stdout is not None
        for number in range(kills):
            while files - registered < WAITING:
                os.link(whole, served.folder / f"slide {files}.svs")
                files += 1
            batch, begun = chance.choice((1, 2, scan_module.BATCH)), chance.randrange(1, 4)
            delay_s = chance.uniform(0, 0.03 + 0.02 * batch)
            scanners.stdin.write(f"worker-{number} {batch} {int(number % 10 == 9)} {begun} {delay_s}\n")
            scanners.stdin.flush()
            assert int(scanners.stdout.readline()) == signal.SIGKILL  # it had not ended by itself
            before, registered = registered, looked.check()
            assert registered - before >= begun - 1  # what was registered before the next began stays
            with served.runtime.db.transaction() as session:  # the lease of a dead scanner runs out by itself
                store.change_root(session, served.root_id, lease_until=utc_now() - timedelta(seconds=1))
    served.scan()
    assert Looked(served).check() == files
    assert served.root().registered == files
