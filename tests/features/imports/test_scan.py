"""What a look at a served folder finds: new, changed, moved, gone, unreadable, offline."""

import os
import shutil
import stat
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from coverslip.core.errors import StorageTimeout
from coverslip.features import slides
from coverslip.features.imports import walk
from coverslip.imaging.index import load_index
from coverslip.infra.audit import first_broken

from .conftest import TIFF, Served


def test_a_folder_becomes_a_project_tree_of_the_folders_that_hold_slides(served: Served) -> None:
    served.add("top.svs")
    served.add("2024/march/deep.tiff", TIFF)
    (served.folder / "empty" / "inner").mkdir(parents=True)
    (served.folder / "notes").mkdir()
    for name in ("readme.txt", "notes/case.xml", "notes/report.pdf", "Thumbs.db", ".DS_Store"):
        (served.folder / name).write_bytes(b"not a slide")
    served.scan()
    assert served.states() == {"top": "ready", "deep": "ready"}
    with served.runtime.db.read() as session:
        tree = {one.name: one for one in slides.list_projects(session, served.admin).items}
    assert set(tree) == {"slides", "2024", "march"}
    assert tree["march"].parent_id == tree["2024"].project_id
    assert (tree["slides"].slide_count, tree["slides"].total_slide_count) == (1, 2)
    root = served.root()
    assert (root.found, root.done, root.registered, root.unreadable, root.ignored) == (2, 2, 2, 0, 5)
    assert not root.scanning
    assert root.offline_since is None


def test_a_registered_slide_has_everything_that_belongs_to_it(served: Served) -> None:
    served.add("a.svs")
    served.scan()
    slide = served.listed()[0]
    ref = served.where(slide.slide_id)
    assert ref.index_path is not None
    index = load_index(ref.index_path)
    assert (index.version, index.info.width) == (slide.version, slide.width)
    assert index.folder == ref.folder == str(served.folder)
    with served.runtime.db.read() as session:
        jobs = session.execute(text("SELECT kind FROM job ORDER BY kind")).scalars().all()
        detail = slides.get_slide(session, served.admin, slide.slide_id, served.runtime.settings.index_folder)
        assert first_broken(session) is None
        recorded = session.execute(text("SELECT count(*) FROM audit WHERE action = 'slide.registered'")).scalar()
    assert jobs == ["slides.content_hash", "slides.label", "slides.thumbnail"]
    assert recorded == 1
    assert detail.levels
    assert detail.file_name == "a.svs"


def test_a_second_look_changes_nothing(served: Served) -> None:
    served.add("a.svs")
    served.add("series", "slides/dicom-cytomine")
    served.add("b.ome.zarr", "slides/ome-zarr/blobs_image_v04.ome.zarr")
    served.scan()
    before = served.listed()
    assert served.scan().read == 0
    assert served.listed() == before
    assert len(before) == 3


def test_every_broken_file_is_listed_with_its_reason(served: Served) -> None:
    served.add("broken", "slides/broken")
    served.add("fixtures/unopenable.tiff", "slides/openslide-fixtures/unopenable.tiff")
    served.add("fixtures/unreadable.svs", "slides/openslide-fixtures/unreadable.svs")
    (served.folder / "empty.svs").touch()
    os.mkfifo(served.folder / "pipe.svs")
    (served.folder / "text.tif").write_text("no TIFF")
    whole = served.add("whole.svs")
    (served.folder / "cut.svs").write_bytes(whole.read_bytes()[:900])
    served.scan()
    found = {one.name: one for one in served.listed()}
    assert found["whole"].state == "ready"
    unreadable = {name: one.reason for name, one in found.items() if one.state == "unreadable"}
    assert set(found) - set(unreadable) == {"whole"}
    assert {name: reason.code for name, reason in unreadable.items() if reason} == {
        "broken": "unsupported_format",
        "broken-html": "unsupported_format",
        "CMU-1-Saved-1_16_dangling": "missing_companion",
        "unopenable": unreadable["unopenable"].code if unreadable["unopenable"] else "",
        "unreadable": "corrupt_file",
        "empty": "empty_file",
        "pipe": "not_a_file",
        "text": "unsupported_format",
        "cut": unreadable["cut"].code if unreadable["cut"] else "",
    }
    assert all(reason is not None and reason.message.endswith(".") for reason in unreadable.values())
    assert served.root().unreadable == 9
    assert served.scan().read == 0


def test_a_damaged_file_that_is_replaced_becomes_a_slide(served: Served) -> None:
    path = served.folder / "a.svs"
    path.write_bytes(b"")
    served.scan()
    before = served.ids()["a"]
    served.add("a.svs")
    served.scan()
    assert served.states() == {"a": "ready"}
    assert served.ids()["a"] == before


def test_a_series_of_files_is_one_slide(served: Served) -> None:
    served.add("series", "slides/dicom-cytomine")
    served.scan()
    assert len(served.listed()) == 1
    ref = served.where(served.listed()[0].slide_id)
    assert len(ref.files) == 4
    assert served.root().found == 4


def test_a_changed_file_gets_a_new_index_and_version_under_the_same_id(served: Served) -> None:
    path = served.add("a.svs")
    served.scan()
    before = served.listed()[0]
    shutil.copyfile(served.add("other.tiff", TIFF), path)
    (served.folder / "other.tiff").unlink()
    served.scan()
    after = served.listed()[0]
    assert after.slide_id == before.slide_id
    assert after.version != before.version
    assert after.width != before.width
    ref = served.where(after.slide_id)
    assert ref.index_path is not None
    assert load_index(ref.index_path).version == after.version


def test_a_vanished_file_is_missing_and_comes_back(served: Served) -> None:
    path = served.add("a.svs")
    served.add("b.svs")
    served.scan()
    before = served.ids()
    aside = served.folder.parent / "aside.svs"
    path.rename(aside)
    served.scan()
    assert served.states() == {"a": "missing", "b": "ready"}
    aside.rename(path)
    served.scan()
    assert served.states() == {"a": "ready", "b": "ready"}
    assert served.ids() == before


def test_a_moved_file_keeps_its_id(served: Served) -> None:
    served.add("a.tiff", TIFF)
    served.add("keep.svs")
    served.scan()
    before = served.ids()["a"]
    (served.folder / "archive").mkdir()
    (served.folder / "a.tiff").rename(served.folder / "archive" / "renamed.tiff")
    served.scan()
    assert len(served.listed()) == 2
    ref = served.where(before)
    assert (ref.folder, ref.files, ref.state) == (str(served.folder / "archive"), ("renamed.tiff",), "ready")
    with served.runtime.db.read() as session:
        tree = {one.name: one.slide_count for one in slides.list_projects(session, served.admin).items}
    assert tree == {"slides": 1, "archive": 1}


def test_a_renamed_folder_moves_its_slides(served: Served) -> None:
    served.add("old/a.tiff", TIFF)
    served.add("old/b.svs")
    served.scan()
    before = set(served.ids().values())
    (served.folder / "old").rename(served.folder / "new")
    served.scan()
    assert set(served.ids().values()) == before
    assert set(served.states().values()) == {"ready"}


def test_equal_bytes_in_two_places_are_two_slides(served: Served) -> None:
    served.add("a.svs")
    served.add("b.svs")
    served.scan()
    assert len(set(served.ids().values())) == 2
    served.add("c.svs")
    served.scan()
    assert served.states() == {"a": "ready", "b": "ready", "c": "ready"}


def _offline(served: Served, how: str) -> Path:
    aside = served.folder.parent / "aside"
    served.folder.rename(aside)
    if how == "empty":
        served.folder.mkdir()
    return aside


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_root_that_is_gone_or_empty_goes_offline_as_a_whole_and_comes_back(served: Served, how: str) -> None:
    served.add("a.svs")
    served.add("inner/b.svs")
    served.scan()
    before = served.listed()
    aside = _offline(served, how)
    for _ in range(2):
        served.scan()
        assert served.states() == {"a": "ready", "b": "ready"}
        since = served.root().offline_since
        assert since is not None
        assert {one.offline_since for one in served.listed()} == {since}
        time.sleep(0.01)
    if how == "empty":
        served.folder.rmdir()
    aside.rename(served.folder)
    served.scan()
    assert served.root().offline_since is None
    assert served.listed() == before


def test_without_the_guard_for_empty_roots_every_slide_would_go_missing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.add("a.svs")
    served.scan()
    _offline(served, "empty")
    from coverslip.features.imports import scan

    monkeypatch.setattr(scan.Scan, "_is_empty_mount", lambda *_: False)
    monkeypatch.setattr(scan, "is_mounted", lambda _: True)
    served.scan()
    assert served.states() == {"a": "missing"}


def test_a_root_that_vanishes_during_the_look_goes_offline(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.add("a.svs")
    served.scan()
    from coverslip.features.imports.scan import Scan

    sweep = Scan._sweep_missing

    def vanish_first(scan: Scan) -> bool:
        _offline(served, "empty")
        return sweep(scan)

    monkeypatch.setattr(Scan, "_sweep_missing", vanish_first)
    served.scan()
    assert served.states() == {"a": "ready"}
    assert served.root().offline_since is not None


def test_a_hung_storage_takes_its_root_offline(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.add("a.svs")
    served.scan()

    def hang(*_: object, **__: object) -> None:
        raise StorageTimeout

    monkeypatch.setattr(served.runtime.mounts.of(served.folder), "run_blocking", hang)
    served.scan()
    assert served.root().offline_since is not None
    monkeypatch.undo()
    served.scan()
    assert served.root().offline_since is None
    assert served.states() == {"a": "ready"}


def test_deleting_the_last_slide_beside_other_files_is_no_outage(served: Served) -> None:
    path = served.add("a.svs")
    (served.folder / "notes.txt").write_text("here")
    served.scan()
    path.unlink()
    served.scan()
    assert served.states() == {"a": "missing"}
    assert served.root().offline_since is None


ODD_NAMES = (
    "two words.svs",
    "quote'\".svs",
    "emoji 🔬.svs",
    "new\nline.svs",
    "percent%2F..svs",
    "-rf.svs",
    "ünï.svs",
    "\u202ebidi.svs",
    "UPPER.SVS",
    "semi;colon&amp.svs",
)


def test_odd_names_survive(served: Served) -> None:
    for name in ODD_NAMES:
        served.add(name)
    raw = os.fsencode(served.folder / "invalid ") + b"\xff\xfe.svs"
    shutil.copyfile(served.folder / ODD_NAMES[0], raw)
    served.scan()
    assert set(served.states().values()) == {"ready"}
    files = {served.where(one.slide_id).files[0] for one in served.listed()}
    assert files == {*ODD_NAMES, os.fsdecode(b"invalid \xff\xfe.svs")}
    assert served.scan().read == 0


def test_links_are_followed_once_and_loops_end(served: Served) -> None:
    served.add("real/a.svs")
    outside = served.folder.parent / "elsewhere"
    outside.mkdir()
    shutil.copyfile(served.folder / "real/a.svs", outside / "b.svs")
    (served.folder / "real" / "loop").symlink_to(served.folder)
    (served.folder / "again").symlink_to(served.folder / "real")
    (served.folder / "linked").symlink_to(outside)
    (served.folder / "dangling.svs").symlink_to(served.folder / "nothing.svs")
    served.scan()
    assert served.states() == {"a": "ready", "b": "ready"}


def test_a_served_folder_inside_another_is_looked_at_once(served: Served) -> None:
    from coverslip.features import imports

    served.add("inner/a.svs")
    with served.runtime.db.transaction() as session:
        inside = imports.add_root(session, served.folder / "inner")
        again = imports.add_root(session, Path(f"{served.folder}/../slides/"))
        above = imports.add_root(session, served.folder.parent)
    assert inside == again == served.root_id
    assert above != served.root_id
    served.scan()
    own, served.root_id = served.root_id, above
    served.scan()
    assert len(served.listed()) == 1
    assert own != above


def test_nothing_in_a_served_folder_is_written(served: Served) -> None:
    served.add("a.svs")
    served.add("z.ome.zarr", "slides/ome-zarr/blobs_image_v05.ome.zarr")
    before = _everything(served.folder)
    served.scan()
    assert _everything(served.folder) == before


def _everything(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in folder.rglob("*"):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            found[str(path)] = (status.st_size, status.st_mtime_ns)
        else:
            found[str(path)] = (0, status.st_mtime_ns)
    return found


def test_files_without_an_ending_are_looked_into(served: Served) -> None:
    served.add("IM0001", "slides/multi_frame_jpeg_camelyon_challenge_image.dcm")
    (served.folder / "LICENSE").write_text("text")
    served.scan()
    assert list(served.states().values()) == ["ready"]
    assert served.root().ignored == 1


def test_names_say_whether_a_file_may_be_a_slide() -> None:
    endings = walk.slide_suffixes()
    assert {".svs", ".tif", ".tiff", ".ndpi", ".dcm", ".mrxs", ".czi", ".vsi"} <= set(endings)
    assert not {".xml", ".pdf", ".db", ".txt", ".json"} & set(endings)
