"""Copies in the data folder: whole, equal, never overwritten."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coverslip.core.errors import Conflict, DiskFull
from coverslip.features import imports
from coverslip.features.imports import copying

from .conftest import SVS, TIFF, Served


@pytest.fixture
def source(tmp_path: Path, sample: Callable[[str], Path]) -> Path:
    folder = tmp_path / "scanner"
    (folder / "inner").mkdir(parents=True)
    shutil.copy2(sample(SVS), folder / "a.svs")
    shutil.copy2(sample(TIFF), folder / "inner" / "b.tiff")
    shutil.copytree(sample("slides/dicom-cytomine"), folder / "series")
    shutil.copytree(sample("slides/ome-zarr/blobs_image_v04.ome.zarr"), folder / "z.ome.zarr")
    (folder / "bad.svs").write_bytes(b"broken")
    (folder / "notes.txt").write_text("text")
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_slides_are_copied_with_all_their_files_and_nothing_else(served_sqlite: Served, source: Path) -> None:
    runtime = served_sqlite.runtime
    done = imports.import_paths(runtime, [source], copy=True)
    assert [(root.registered, root.unreadable) for root in done] == [(4, 0)]
    store = runtime.settings.data / copying.STORE / "scanner"
    wanted = {name: data for name, data in _files(source).items() if name not in ("bad.svs", "notes.txt")}
    assert _files(store) == wanted
    shutil.rmtree(source)
    for slide in served_sqlite.listed():
        assert Path(served_sqlite.where(slide.slide_id).folder).is_relative_to(store)


def test_a_second_copy_adds_what_is_new_and_refuses_to_overwrite(served_sqlite: Served, source: Path) -> None:
    runtime = served_sqlite.runtime
    imports.import_paths(runtime, [source / "a.svs"], copy=True)
    before = served_sqlite.ids()
    imports.import_paths(runtime, [source], copy=True)
    assert served_sqlite.ids()["a"] == before["a"]
    assert len(served_sqlite.ids()) == 4
    shutil.copy2(source / "inner" / "b.tiff", source / "a.svs")
    with pytest.raises(Conflict, match=r"a\.svs"):
        imports.import_paths(runtime, [source], copy=True)
    assert served_sqlite.ids()["a"] == before["a"]


@pytest.mark.parametrize("how", ["no room", "write fails"])
def test_a_full_disk_leaves_nothing_half_copied(
    served_sqlite: Served, source: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    runtime = served_sqlite.runtime
    if how == "no room":
        usage = shutil.disk_usage(source)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    else:

        def full(_: int) -> Any:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        imports.import_paths(runtime, [source / "a.svs"], copy=True)
    assert _files(runtime.settings.data / copying.STORE) == {}
    assert served_sqlite.listed() == []
    monkeypatch.undo()
    imports.import_paths(runtime, [source / "a.svs"], copy=True)
    assert served_sqlite.states() == {"a": "ready"}


def test_what_a_crash_left_half_copied_is_cleared(served_sqlite: Served, source: Path) -> None:
    store = served_sqlite.runtime.settings.data / copying.STORE / "scanner"
    store.mkdir(parents=True)
    (store / ".part-dead").write_bytes(b"half")
    imports.import_paths(served_sqlite.runtime, [source / "a.svs"], copy=True)
    assert set(_files(store)) == {"a.svs"}


@pytest.mark.parametrize("copy", [False, True])
def test_slides_come_into_the_project_and_case_that_were_named(served_sqlite: Served, source: Path, copy: bool) -> None:
    runtime = served_sqlite.runtime
    imports.import_paths(runtime, [source / "inner"], project="Lab", case="S24-9", copy=copy)
    assert [(one.name, one.case_name, one.state) for one in served_sqlite.listed()] == [("b", "S24-9", "ready")]
    imports.import_paths(runtime, [source / "a.svs"], project="Lab", copy=copy)
    assert {one.name: one.case_name for one in served_sqlite.listed()} == {"a": None, "b": "S24-9"}
