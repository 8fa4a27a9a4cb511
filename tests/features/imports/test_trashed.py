"""What lies in the trash stays there, whatever its folder does; files in place are never touched."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import NotFound
from coverslip.features import slides
from coverslip.features.identity import SYSTEM
from coverslip.features.slides import trash
from coverslip.features.slides.moving import copy, move
from coverslip.features.slides.schemas_cases import SlideMove


def digests(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def records(served: Any) -> int:
    with served.runtime.db.read() as session:
        return int(session.execute(text("SELECT count(*) FROM slide")).scalar_one())


def test_a_look_neither_revives_nor_registers_again(served: Any) -> None:
    kept, gone = served.add("kept.svs"), served.add("gone.svs")
    served.scan()
    slide_id = served.ids()["gone"]
    before = digests(served.folder)
    assert trash.trash_slides(served.runtime.db, served.admin, [slide_id]) == 1
    assert digests(served.folder) == before
    with served.runtime.db.read() as session:
        folder = served.runtime.settings.index_folder
        with pytest.raises(NotFound):
            slides.locate(session, served.admin, slide_id, folder)
        # Its hash and thumbnail are still made: it may come back.
        assert slides.locate(session, SYSTEM, slide_id, folder, trashed=True).slide_id == slide_id
    served.scan()
    assert set(served.ids()) == {"kept"}
    # Changed, moved, missing and back: it is the same slide in the same trash.
    gone.write_bytes(kept.read_bytes() + b"\0" * 10)
    served.scan()
    gone.rename(served.folder / "moved.svs")
    served.scan()
    assert set(served.ids()) == {"kept"}
    assert records(served) == 2
    (served.folder / "moved.svs").rename(served.folder.parent / "away.svs")
    served.scan()
    (served.folder.parent / "away.svs").rename(served.folder / "gone.svs")
    served.scan()
    assert records(served) == 2
    assert trash.restore_slides(served.runtime.db, served.admin, [slide_id]) == 1
    assert set(served.states().values()) == {"ready"}
    assert slide_id in served.ids().values()


def test_what_arrives_in_a_trashed_project_is_in_the_trash(served: Any) -> None:
    served.add("box/one.svs")
    served.scan()
    project = served.listed()[0].project_id
    trash.trash_project(served.runtime.db, served.admin, project)
    served.add("box/two.svs")
    served.add("box/deep/three.svs")
    served.add("top.svs")
    served.scan()
    assert set(served.ids()) == {"top"}
    assert records(served) == 4
    assert trash.restore_project(served.runtime.db, served.admin, project) == 3
    assert set(served.ids()) == {"one", "two", "three", "top"}


def test_a_moved_slide_stays_in_its_project_when_its_file_changes(served: Any) -> None:
    path = served.add("box/one.svs")
    served.scan()
    slide_id = served.ids()["one"]
    with served.runtime.db.transaction() as session:
        study = slides.create_project(session, "Study")
    move(served.runtime.db, served.admin, SlideMove(slide_ids=[slide_id], project_id=study))
    [copied] = copy(served.runtime.db, served.admin, SlideMove(slide_ids=[slide_id], project_id=study))
    version = served.where(copied).version
    path.write_bytes(path.read_bytes() + b"\0")
    served.scan()
    assert {one.project_id for one in served.listed()} == {study}
    assert served.where(copied).version == served.where(slide_id).version != version
    assert served.where(copied).index_path == served.where(slide_id).index_path
    path.unlink()
    served.add("other.svs")
    served.scan()
    assert served.states()["one"] == "missing"
    assert {one.state.value for one in served.listed() if one.name == "one"} == {"missing"}
