"""Watching served folders: files that are still being written, roots that hang, what becomes of many."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import psutil
import pytest
from sqlalchemy import text

from coverslip.core.time import utc_now
from coverslip.features import imports, slides
from coverslip.features.imports import scan as scan_module
from coverslip.features.imports import store
from coverslip.features.imports.pipeline import Reader, sweep_indexes
from coverslip.features.imports.scan import LeaseLost, Scan
from coverslip.infra.jobs import Worker
from coverslip.infra.mounts import Mounts
from coverslip.infra.pool import DecoderPool
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.settings import Settings

from .conftest import SVS, TIFF, Served


def _settled_after(served: Served, settle_s: float) -> Runtime:
    """Return the runtime with a longer time of rest."""
    served.runtime.settings = served.runtime.settings.model_copy(update={"settle_s": settle_s})
    return served.runtime


def _age(path: Path, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(path, (at, at))


def test_a_file_that_is_being_written_arrives_and_is_read_once_it_rests(served: Served) -> None:
    _settled_after(served, 30)
    old, new = served.add("old.svs"), served.add("new.svs")
    _age(old, 3600)
    served.scan()
    assert served.states() == {"old": "ready", "new": "arriving"}
    reason = next(one.reason for one in served.listed() if one.name == "new")
    assert reason is not None
    assert reason.code == "slide_not_ready"
    before = served.ids()
    served.scan()
    assert served.states()["new"] == "arriving"
    _age(new, 31)
    served.scan()
    assert served.states() == {"old": "ready", "new": "ready"}
    assert served.ids() == before


def test_a_file_with_a_time_in_the_future_is_read_once_it_was_seen_to_rest(served: Served) -> None:
    _settled_after(served, 30)
    path = served.add("a.svs")
    _age(path, -3600)
    served.scan()
    assert served.states() == {"a": "arriving"}
    with served.runtime.db.transaction() as session:
        row = store.sources_of(session, list(served.ids().values()))
        next(iter(row.values())).stamp_since = utc_now() - timedelta(seconds=31)
    served.scan()
    assert served.states() == {"a": "ready"}


def test_the_next_look_comes_when_arriving_files_should_rest(served: Served) -> None:
    _settled_after(served, 5)
    served.add("a.svs")
    served.scan()
    with served.runtime.db.read() as session:
        row = store.root_by_id(session, served.root_id)
        assert row is not None
        assert row.next_scan_at is not None
        assert row.next_scan_at - utc_now() < timedelta(seconds=7)


def test_two_processes_never_scan_one_root_at_once(served: Served) -> None:
    served.add("a.svs")
    with served.runtime.db.transaction() as session:
        assert store.lease(session, served.root_id, "other", utc_now(), timedelta(seconds=90))
    with pytest.raises(LeaseLost):
        served.scan()
    with served.runtime.db.transaction() as session:
        assert store.lease(session, served.root_id, "other", utc_now() - timedelta(seconds=100), timedelta(seconds=9))
    served.scan()  # the other died: its lease ran out
    assert served.states() == {"a": "ready"}


@pytest.fixture
def watcher(served_sqlite: Served) -> Iterator[imports.Watcher]:
    found = imports.Watcher(served_sqlite.runtime)
    yield found
    found.stop()


def _until(what: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_the_watcher_scans_a_new_root_and_again_when_asked(served_sqlite: Served, watcher: imports.Watcher) -> None:
    served = served_sqlite
    served.add("a.svs")
    watcher.start()
    _until(lambda: served.states() == {"a": "ready"})
    _until(lambda: not served.root().scanning)
    served.add("b.svs")
    with served.runtime.db.transaction() as session:
        imports.request_scan(session, served.root_id)
    _until(lambda: served.states() == {"a": "ready", "b": "ready"})


def test_a_hung_root_stalls_no_other(
    served_sqlite: Served, watcher: imports.Watcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = served_sqlite
    served.add("a.svs")
    hung, released = tmp_path / "hung", Event()
    hung.mkdir()
    status = scan_module._status

    def hang(path: str) -> object:
        if path == str(hung):
            released.wait(60)
        return status(path)

    monkeypatch.setattr(scan_module, "_status", hang)
    served.runtime.mounts = Mounts(limit_s=1.0)
    with served.runtime.db.transaction() as session:
        hung_id = imports.add_root(session, hung)
    watcher.start()
    _until(lambda: served.states() == {"a": "ready"})

    def offline() -> bool:
        with served.runtime.db.read() as session:
            return (
                next(one for one in imports.list_roots(session).items if one.root_id == hung_id).offline_since
                is not None
            )

    _until(offline)
    assert served.root().offline_since is None
    released.set()


def test_unused_indexes_are_swept_and_used_ones_stay(served_sqlite: Served) -> None:
    served = served_sqlite
    served.add("a.svs")
    served.scan()
    folder = served.runtime.settings.index_folder
    stray = [folder / "staging" / "dead.idx", folder / "aa" / "gone-0000.idx", folder / "aa" / "gone-0000.coarse"]
    for path in stray:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    used = [path for path in folder.rglob("*.idx") if path not in stray]

    def names(asked: object) -> set[str]:
        with served.runtime.db.read() as session:
            return slides.used_index_names(session, list(asked))  # type: ignore[call-overload]

    assert sweep_indexes(folder, names, time.time() - 3600) == 0
    assert sweep_indexes(folder, names, time.time() + 1) == 3
    assert [path.exists() for path in stray] == [False] * 3
    assert used
    assert all(path.exists() for path in used)


# --- many, and the jobs after -------------------------------------------------------------------


@pytest.mark.parametrize("count", [120, pytest.param(1000, marks=pytest.mark.full)])
def test_many_slides_register_in_constant_memory(
    served_sqlite: Served, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    served = served_sqlite
    whole = served.add("0/slide.svs", "slides/CMU-1-Small-Region.svs")
    for number in range(1, count):
        folder = served.folder / str(number % 10)
        folder.mkdir(exist_ok=True)
        os.link(whole, folder / f"slide {number}.svs")
    this = psutil.Process()
    Scan(served.runtime, Reader(served.runtime, 2), served.root_id, "warm")  # imports what a scan needs
    before, began_cpu = this.memory_info().rss, time.monotonic()
    served.scan()
    taken_s = (time.monotonic() - began_cpu) / count
    grown = this.memory_info().rss - before
    with capsys.disabled():
        print(f"\n  {count} slides registered, {taken_s * 1000:.0f} ms each, memory grew by {grown / 2**20:.0f} MiB")
    assert served.root().registered == count
    assert len(set(served.ids().values())) == count if count <= 500 else True
    assert grown < 60 * 2**20


def test_jobs_make_thumbnail_checksums_and_hash(served: Served) -> None:
    whole = served.add("a.svs", "slides/CMU-1-Small-Region.svs")
    served.add("series", "slides/dicom-cytomine")
    served.add("b.tiff", TIFF)
    served.add("c.svs", SVS)
    served.scan()
    worker = Worker(served.runtime, imports.JOB_HANDLERS, limits=imports.JOB_LIMITS)
    while worker.run_one():
        pass
    with served.runtime.db.read() as session:
        states = session.execute(text("SELECT kind, state, error_code FROM job")).all()
    assert {row.state for row in states} == {"done"}, states
    by_name = {one.name: one for one in served.listed()}
    for slide in by_name.values():
        assert slide.version is not None
        thumbnail = served.runtime.cache.get(slides.thumbnail_key(slide.version))
        assert thumbnail is not None
        assert thumbnail.startswith(b"\xff\xd8")
    ref = served.where(by_name["a"].slide_id)
    assert ref.content_sha256 == hashlib.sha256(whole.read_bytes()).hexdigest()
    assert ref.index_path is not None
    assert ref.index_path.with_suffix(".crc").exists()


def test_the_key_of_a_thumbnail_is_the_one_under_which_it_is_served() -> None:
    from coverslip.features.tiles.decoding import cache_key

    assert slides.thumbnail_key("0123456789abcdef") == cache_key("0123456789abcdef", "thumbnail", 256)


def test_a_hash_job_of_a_changed_slide_does_nothing_and_a_paused_one_waits(served: Served) -> None:
    path = served.add("a.svs")
    served.scan()
    path.write_bytes(path.read_bytes() + b"more")
    served.scan()
    served.runtime.settings = served.runtime.settings.model_copy(update={"hash_rate": 0})
    worker = Worker(served.runtime, imports.JOB_HANDLERS, limits=imports.JOB_LIMITS)
    while worker.run_one():
        pass
    with served.runtime.db.read() as session:
        waiting = session.execute(
            text("SELECT count(*) FROM job WHERE kind = 'slides.content_hash' AND state = 'queued'")
        ).scalar_one()
    assert waiting == 1
    assert served.where(served.listed()[0].slide_id).content_sha256 is None


def test_a_command_beside_a_server_imports_in_place(
    sqlite_settings: Settings, decoders: DecoderPool, tmp_path: Path, sample: Callable[[str], Path]
) -> None:
    runtime = open_runtime(sqlite_settings, decoders=1)
    runtime.pool.close_blocking()
    runtime.pool = decoders
    served = Served(runtime, tmp_path / "served", sample)
    other = tmp_path / "other"
    other.mkdir()
    for name in ("x.svs", "y.svs", "notes.txt"):
        (other / name).write_bytes(sample(SVS).read_bytes() if name.endswith("svs") else b"text")
    tried = list(imports.try_paths(runtime, [other]))
    assert [(Path(one.path).name, one.format, one.reason) for one in tried] == [
        ("x.svs", "svs", None),
        ("y.svs", "svs", None),
    ]
    assert served.listed() == []
    told: list[int] = []
    done = imports.import_paths(
        runtime, [other, other / "x.svs", sample(TIFF)], project="Trial", tell=lambda root: told.append(root.done)
    )
    assert [root.registered for root in done] == [2, 1]
    assert told
    with runtime.db.read() as session:
        tree = {
            one.name: (one.slide_count, one.total_slide_count)
            for one in slides.list_projects(session, served.admin).items
        }
    assert tree == {"served": (0, 0), "Trial": (1, 3), "other": (2, 2)}
    runtime.close()
