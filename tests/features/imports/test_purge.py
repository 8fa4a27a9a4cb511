"""Deleting for good: records go, files served in place stay, our own copies go with their slide."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.imports.purge import JOB_REMOVE, purge, remove_files
from coverslip.features.slides import trash
from coverslip.features.slides.moving import copy, move
from coverslip.features.slides.schemas_cases import SlideMove
from coverslip.infra.audit import first_broken
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import Runtime

from .arriving import arrival, left_over, upload, work
from .conftest import SVS, TIFF
from .test_trashed import digests, records


def audited(served: Any, object_id: str) -> list[str]:
    with served.runtime.db.read() as session:
        assert first_broken(session) is None
        query = text("SELECT action FROM audit WHERE object_id = :id ORDER BY no")
        return list(session.execute(query, {"id": object_id}).scalars())


def in_trash(served: Any) -> set[str]:
    with served.runtime.db.read() as session:
        return {one.name for one in trash.list_trash(session, served.admin, 100, None).items}


def test_a_file_served_in_place_keeps_its_slide_until_it_is_gone(served: Any) -> None:
    served.add("kept.svs")
    path = served.add("gone.svs")
    served.scan()
    slide_id = served.ids()["gone"]
    trash.trash_slides(served.runtime.db, served.admin, [slide_id])
    before = digests(served.folder)
    said = purge(served.runtime, served.admin, None)
    assert (said.slides, said.in_place) == (0, 1)
    assert in_trash(served) == {"gone"}
    assert digests(served.folder) == before
    path.rename(served.folder.parent / "elsewhere.svs")
    served.scan()
    said = purge(served.runtime, served.admin, [slide_id])
    assert (said.slides, said.in_place) == (1, 0)
    assert in_trash(served) == set()
    assert records(served) == 1
    assert audited(served, slide_id)[-1] == "slide.deleted"
    for table, column in (("source", "slide_id"), ("claim", "slide_id"), ("scope", "kind")):
        with served.runtime.db.read() as session:
            query = text(f"SELECT count(*) FROM {table} WHERE {column} IN (:id, 'slide')")
            assert session.execute(query, {"id": slide_id}).scalar_one() == (1 if table == "scope" else 0)
    served.scan()
    assert set(served.ids()) == {"kept"}
    with pytest.raises(NotFound):
        purge(served.runtime, served.admin, [slide_id])


def test_cases_and_projects_go_when_they_are_empty_and_nothing_sends_slides_there(served: Any) -> None:
    path = served.add("box/one.svs")
    served.scan()
    db, admin, slide_id = served.runtime.db, served.admin, served.ids()["one"]
    with db.transaction() as session:
        top = slides.create_project(session, "Top")
        inner = slides.create_project(session, "Inner", top)
        case_id = slides.ensure_case(session, inner, "S1")
    move(db, admin, SlideMove(slide_ids=[slide_id], project_id=inner, case_id=case_id))
    trash.trash_project(db, admin, top)
    said = purge(served.runtime, admin, None)
    assert (said.slides, said.cases, said.projects, said.in_place) == (0, 0, 0, 1)
    path.unlink()
    served.add("box/other.tiff", TIFF)
    served.scan()
    said = purge(served.runtime, admin, [top])
    assert (said.slides, said.cases, said.projects, said.in_place) == (1, 1, 2, 0)
    assert in_trash(served) == set()
    assert [audited(served, one)[-1] for one in (case_id, inner, top)] == [
        "case.deleted",
        "project.deleted",
        "project.deleted",
    ]
    # The folder's own project stays as long as the folder is served.
    root = next(one for one in served.listed() if one.name == "other").project_id
    trash.trash_project(db, admin, root)
    assert purge(served.runtime, admin, None).projects == 0


def test_bytes_that_a_copy_shares_stay_with_their_first_record(served: Any) -> None:
    path = served.add("one.svs")
    served.scan()
    db, admin, slide_id = served.runtime.db, served.admin, served.ids()["one"]
    with db.transaction() as session:
        study = slides.create_project(session, "Study")
    [copied] = copy(db, admin, SlideMove(slide_ids=[slide_id], project_id=study))
    path.rename(served.folder.parent / "away.svs")
    served.add("more.tiff", TIFF)
    served.scan()
    trash.trash_slides(db, admin, [slide_id])
    assert (purge(served.runtime, admin, None).copied, records(served)) == (1, 3)
    trash.trash_slides(db, admin, [copied])
    assert (purge(served.runtime, admin, None).slides, records(served)) == (2, 1)


def test_only_what_one_manages_is_deleted(served: Any) -> None:
    served.add("one.svs").rename(served.folder / "two.svs")
    served.scan()
    other = Viewer(new_id(), "session", new_id(), "Reader", None, utc_now(), None)
    slide_id = served.ids()["two"]
    (served.folder / "two.svs").unlink()
    served.add("left.tiff", TIFF)
    served.scan()
    trash.trash_slides(served.runtime.db, served.admin, [slide_id])
    assert purge(served.runtime, other, None).slides == 0
    with pytest.raises(NotFound):
        purge(served.runtime, other, [slide_id])
    assert in_trash(served) == {"two"}


def test_what_was_uploaded_goes_with_its_slide(signed_in: Any, runtime: Runtime, sample: Callable[[str], Path]) -> None:
    data = sample(SVS).read_bytes()
    ids = {}
    for name in ("one.svs", "two.svs"):
        arrived = upload(signed_in, data + name.encode(), path=name, case="S24-1", project="Lab")
        work(runtime)
        [ids[name]] = arrival(signed_in, arrived)["slide_ids"]
    store = runtime.settings.data / "slides"
    assert {path.name for path in store.rglob("*.svs")} == {"one.svs", "two.svs"}
    assert signed_in.post("/slides/trash", json={"slide_ids": [ids["one.svs"]]}).status_code == 200
    assert signed_in.get("/trash").json()["total_slides"] == 1
    assert signed_in.post("/trash/purge", json={"object_ids": [ids["two.svs"]]}).status_code == 404
    assert signed_in.post("/trash/purge", json={"object_ids": []}).status_code == 422
    answer = signed_in.post("/trash/purge", json={})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"slides": 1, "cases": 0, "projects": 0, "in_place": 0, "copied": 0}
    assert signed_in.get("/trash").json()["total_slides"] == 0
    assert signed_in.get(f"/slides/{ids['one.svs']}").status_code == 404
    worker = Worker(runtime, {JOB_REMOVE: remove_files})
    while worker.run_one():
        pass
    assert {path.name for path in store.rglob("*.svs")} == {"two.svs"}
    assert left_over(runtime.settings.data) == []
    # Sent again it is a new slide, no duplicate of the one that is gone.
    again = upload(signed_in, data + b"one.svs", path="one.svs")
    work(runtime)
    assert arrival(signed_in, again)["state"] == "done"
