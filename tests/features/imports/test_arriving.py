"""``kill -9`` at every step of making slides of an upload: nothing lost, nothing half-visible, nothing twice."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.infra.audit import first_broken
from coverslip.infra.db import Database
from coverslip.infra.runtime import Runtime

from .arriving import left_over, sha256, upload
from .test_names import zipped

WORKER = '''
import json, os, signal, sys
from contextlib import contextmanager
from pathlib import Path

from coverslip.features import imports
from coverslip.features.imports import arriving
from coverslip.infra.db import Database
from coverslip.infra.jobs import JobContext
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings

STEPS = ("replace", "rename", "link", "fsync", "unlink", "mkdir", "rmdir")


def count_steps(kill_at):
    done = 0

    def step():
        nonlocal done
        if done == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1

    def watched(real):
        def call(*args, **options):
            step()
            return real(*args, **options)
        return call

    for name in STEPS:
        setattr(os, name, watched(getattr(os, name)))
    real_transaction = Database.transaction

    @contextmanager
    def transaction(self):
        step()
        with real_transaction(self) as session:
            yield session
            step()
        step()

    Database.transaction = transaction
    return lambda: done


def unguarded():
    """Assemble where everybody looks, instead of under a hidden name."""
    real = arriving._Arriving.__init__

    def init(self, *args):
        real(self, *args)
        self._hidden = self._final

    arriving._Arriving.__init__ = init
    arriving._Arriving._publish = lambda *_: None


def run(data, arrival_id, kill_at, guarded):
    runtime = open_runtime(Settings(data=Path(data), settle_s=0), decoders=1)
    if not guarded:
        unguarded()
    steps = count_steps(kill_at)
    imports.JOB_HANDLERS[imports.JOB_ARRIVE](JobContext("job", {"arrival_id": arrival_id}, runtime, 1, lambda: False))
    done = steps()
    runtime.pool.close_blocking()
    runtime.close()
    return done


if __name__ == "__main__":
    for line in sys.stdin:
        data, arrival_id, kill_at, guarded = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                os.write(writing, str(run(data, arrival_id, kill_at, guarded)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        said = os.read(reading, 100).decode()
        os.close(reading)
        os.waitpid(child, 0)
        print(json.dumps(int(said) if said else None), flush=True)
'''


class Killer:
    """Runs the job of an arrival in a process that ends before a given step."""

    def __init__(self, script: Path) -> None:
        script.write_text(WORKER)
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, data: Path, arrival_id: str, kill_at: int = -1, *, guarded: bool = True) -> int | None:
        """Return how many steps there were, None when the process was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(data), arrival_id, kill_at, guarded]) + "\n")
        self._process.stdin.flush()
        done: int | None = json.loads(self._process.stdout.readline())
        return done

    def close(self) -> None:
        self._process.communicate(timeout=20)


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    made = Killer(tmp_path / "worker.py")
    yield made
    made.close()


class Begun:
    """A data folder in which an upload is whole and waits, and what must become of it."""

    def __init__(self, data: Path, arrival_id: str, files: dict[str, str], slides: int) -> None:
        self.data, self.arrival_id, self.files, self.slides = data, arrival_id, files, slides

    def copy(self, target: Path) -> "Begun":
        shutil.copytree(self.data, target)
        return Begun(target, self.arrival_id, self.files, self.slides)

    def visible(self) -> dict[str, str]:
        """Return name and hash of every file that a look at the store would find."""
        store = self.data / "slides" / "arrived"
        found = [path for path in store.rglob("*") if path.is_file()]
        shown = [path for path in found if not path.relative_to(store).parts[0].startswith(".")]
        return {path.relative_to(store / self.arrival_id).as_posix(): sha256(path.read_bytes()) for path in shown}

    def check_nothing_half(self) -> bool:
        """Check that the upload is a slide wholly or not at all; say whether it is one already."""
        database = Database(f"sqlite:///{self.data / 'coverslip.db'}")
        try:
            with database.read() as session:
                assert first_broken(session) is None
                rows = session.execute(text("SELECT state, case_name, content_sha256, project_no FROM slide")).all()
                state = session.execute(text("SELECT state FROM arrival")).scalar_one()
                sources = session.execute(text("SELECT count(*) FROM source")).scalar_one()
                scopes = session.execute(text("SELECT count(*) FROM scope WHERE kind = 'slide'")).scalar_one()
        finally:
            database.close()
        assert len(rows) == sources == scopes
        assert len(rows) in (0, self.slides)
        assert (state == "done") == bool(rows)
        assert all(row[0] == "ready" and row[1] == "S24-1" and row[2] for row in rows)
        assert self.visible() in ({}, self.files)
        if rows:
            assert self.visible() == self.files
        else:
            parts = list((self.data / "uploads").rglob("*.part"))
            assert parts, "the bytes were given up before they were a slide"
        return bool(rows)


@pytest.fixture(params=["archive", "series"])
def begun(
    request: pytest.FixtureRequest, sqlite_runtime: Runtime, sample: Callable[[str], Path], rooms_sqlite: Any
) -> Begun:
    """An archive of two slides, or a slide of several files, uploaded and not yet registered."""
    said = {"project": "Lab", "case": "S24-1"}
    if request.param == "archive":
        names = {
            "day/a.svs": "slides/openslide-fixtures/small.svs",
            "day/b.tiff": "slides/openslide-fixtures/boxes.tiff",
        }
        files = {name: sample(where).read_bytes() for name, where in names.items()}
        arrival_id = upload(rooms_sqlite, zipped(*files.items()), filename="day.zip", **said)
    else:
        folder = sample("slides/dicom-cytomine")
        files = {f"series/{path.name}": path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        for name, data in files.items():
            arrival_id = upload(
                rooms_sqlite, data, path=name, group="g", group_files=str(len(files)), sha256=sha256(data), **said
            )
    hashes = {name: sha256(data) for name, data in files.items()}
    return Begun(sqlite_runtime.settings.data, arrival_id, hashes, 2 if request.param == "archive" else 1)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(10, marks=pytest.mark.timeout(600)),
        pytest.param(100, marks=[pytest.mark.full, pytest.mark.timeout(2400)]),
    ],
)
def test_killed_at_any_step_an_upload_becomes_its_slides_once(
    begun: Begun, killer: Killer, tmp_path: Path, kills: int
) -> None:
    whole = begun.copy(tmp_path / "whole")
    steps = killer.run(whole.data, whole.arrival_id)
    assert steps is not None
    assert steps > 20
    assert whole.check_nothing_half()
    killed_before = 0
    for number in range(kills):
        one = begun.copy(tmp_path / f"kill {number}")
        assert killer.run(one.data, one.arrival_id, number * steps // kills) is None
        killed_before += not one.check_nothing_half()
        assert killer.run(one.data, one.arrival_id) is not None
        assert one.check_nothing_half()
        assert left_over(one.data) == []
        shutil.rmtree(one.data)
    assert killed_before > kills // 2


@pytest.mark.timeout(600)
def test_without_the_hidden_folder_a_kill_leaves_something_half(begun: Begun, killer: Killer, tmp_path: Path) -> None:
    steps = killer.run(begun.copy(tmp_path / "whole").data, begun.arrival_id, guarded=False)
    assert steps is not None
    half = 0
    for number in range(8):
        one = begun.copy(tmp_path / f"kill {number}")
        killer.run(one.data, one.arrival_id, number * steps // 8, guarded=False)
        try:
            one.check_nothing_half()
        except AssertionError:
            half += 1
    assert half
