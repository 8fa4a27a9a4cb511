"""The trash: what lies in it is nowhere else, and comes back whole."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import Forbidden, NotFound
from coverslip.features import access, slides
from coverslip.features.identity import Viewer
from coverslip.features.slides import ListQuery, trash
from coverslip.infra.audit import first_broken


def everywhere(catalogue: Any, slide_id: str, name: str) -> list[bool]:
    """Say where a slide is seen: detail, list, search, project's count."""
    found = [catalogue.browser.get(f"/slides/{slide_id}").status_code == 200]
    found.append(name in catalogue.listed())
    found.append(name in catalogue.listed(q=name))
    found.append(name in catalogue.listed(sort="case", stain="HER2"))
    found.append(sum(one["slide_count"] for one in catalogue.call("GET", "/projects")["items"]) > 0)
    return found


def test_a_trashed_slide_is_nowhere_and_comes_back_whole(catalogue: Any) -> None:
    project = catalogue.project()
    [slide_id] = catalogue.put(project, ["only"]).values()
    case = catalogue.case(project, "S1")
    before = catalogue.change(slide_id, case_id=case, stain="HER2", tags=["t"], fields={"k": 1}, rating=3)
    assert all(everywhere(catalogue, slide_id, "only"))
    assert catalogue.call("POST", "/slides/trash", {"slide_ids": [slide_id]}) == {"changed": 1}
    assert not any(everywhere(catalogue, slide_id, "only"))
    assert catalogue.counts("tags") == {}
    assert catalogue.call("GET", f"/cases/{case}")["slides"] == []
    assert catalogue.listed(trashed=True) == ["only"]
    [item] = catalogue.call("GET", "/trash")["items"]
    assert (item["kind"], item["object_id"], item["name"], item["slide_count"]) == ("slide", slide_id, "only", 1)
    catalogue.change(slide_id, 404, rating=1)
    catalogue.call("POST", "/slides/trash", {"slide_ids": [slide_id]}, 404)
    assert catalogue.call("POST", "/slides/restore", {"slide_ids": [slide_id]}) == {"changed": 1}
    assert all(everywhere(catalogue, slide_id, "only"))
    assert catalogue.slide(slide_id) == before
    assert catalogue.call("GET", "/trash")["items"] == []
    with catalogue.runtime.db.read() as session:
        assert first_broken(session) is None
        actions = session.execute(text("SELECT action FROM audit WHERE object_id = :id"), {"id": slide_id}).scalars()
        assert {"slide.trashed", "slide.restored"} <= set(actions)


def test_a_search_for_everything_finds_no_trash(catalogue: Any) -> None:
    ids = catalogue.put(catalogue.project(), ["word a", "word b", "other"])
    catalogue.call("POST", "/slides/trash", {"slide_ids": [ids["word a"]]})
    # As many live slides as hits, though they are not the same: the shortcut must not be taken.
    assert catalogue.listed(q="word") == ["word b"]
    assert catalogue.counts("states", q="word") == {"ready": 1}


def test_a_case_takes_its_slides_along_but_brings_back_only_those(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["a", "b", "c"])
    case = catalogue.case(project, "S1")
    for slide_id in ids.values():
        catalogue.change(slide_id, case_id=case)
    catalogue.call("POST", "/slides/trash", {"slide_ids": [ids["a"]]})
    assert catalogue.call("POST", f"/cases/{case}/trash") == {"changed": 2}
    assert catalogue.listed() == []
    assert catalogue.call("GET", "/cases")["total"] == 0
    catalogue.call("GET", f"/cases/{case}", status=404)
    assert catalogue.call("POST", "/slides/restore", {"slide_ids": [ids["a"]]}, 409)["code"] == "conflict"
    assert catalogue.call("POST", "/slides/restore", {"slide_ids": [ids["b"]]}, 409)["code"] == "conflict"
    assert {one["name"]: one["slide_count"] for one in catalogue.call("GET", "/trash")["items"]} == {"S1": 2, "a": 1}
    other = catalogue.case(project, "S1")
    assert catalogue.call("POST", f"/cases/{case}/restore", status=409)["code"] == "conflict"
    catalogue.call("PATCH", f"/cases/{other}", {"name": "S2"})
    assert catalogue.call("POST", f"/cases/{case}/restore") == {"changed": 2}
    assert catalogue.listed() == ["b", "c"]
    catalogue.call("POST", f"/cases/{case}/restore", status=404)
    catalogue.call("POST", "/slides/restore", {"slide_ids": [ids["a"]]})
    assert catalogue.listed(case_id=case) == ["a", "b", "c"]


def test_a_project_takes_everything_below_along(catalogue: Any) -> None:
    top = catalogue.project("Top")
    inner = catalogue.project("Inner", top)
    other = catalogue.project("Other")
    catalogue.put(top, ["a"])
    catalogue.put(other, ["o"])
    [b] = catalogue.put(inner, ["b"]).values()
    catalogue.change(b, case_id=catalogue.case(inner, "S1"))
    catalogue.call("POST", f"/projects/{inner}/trash")
    assert catalogue.call("POST", f"/projects/{top}/trash") == {"changed": 1}
    assert catalogue.listed() == ["o"]
    assert [one["name"] for one in catalogue.call("GET", "/projects")["items"]] == ["Other"]
    assert catalogue.browser.get("/slides", params={"project_id": top}).status_code == 404
    assert catalogue.call("POST", f"/projects/{inner}/restore", status=409)["code"] == "conflict"
    # What arrives meanwhile lies in the same trash.
    catalogue.put(top, ["late"])
    assert catalogue.listed() == ["o"]
    assert catalogue.call("POST", f"/projects/{top}/restore") == {"changed": 2}
    assert catalogue.listed() == ["a", "late", "o"]
    assert catalogue.call("POST", f"/projects/{inner}/restore") == {"changed": 1}
    assert catalogue.listed() == ["a", "b", "late", "o"]
    assert catalogue.call("GET", "/cases")["items"][0]["slide_count"] == 1


@pytest.mark.parametrize("what", ["trash", "restore"])
def test_what_a_killed_process_left_is_finished(catalogue: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    project = catalogue.project()
    catalogue.put(project, [f"s{number}" for number in range(7)])
    monkeypatch.setattr(trash, "BATCH", 2)
    follow = trash._follow
    calls: list[int] = []

    def die(*arguments: Any) -> None:
        if calls:
            raise RuntimeError("planted")
        calls.append(1)
        follow(*arguments)

    if what == "restore":
        catalogue.call("POST", f"/projects/{project}/trash")
    with monkeypatch.context() as patched:
        patched.setattr(trash, "_follow", die)
        with pytest.raises(RuntimeError, match="planted"):
            catalogue.browser.post(f"/projects/{project}/{what}")
    left = 5
    with catalogue.runtime.db.read() as session:
        gone = session.execute(text("SELECT count(*) FROM slide WHERE trash_root IS NOT NULL")).scalar_one()
        assert gone == (7 - left if what == "trash" else left)
        jobs = session.execute(text("SELECT count(*) FROM job WHERE kind = 'slides.trash'")).scalar_one()
        assert jobs >= 1
    assert trash.settle(catalogue.runtime.db, "project", project) == left
    assert len(catalogue.listed()) == (0 if what == "trash" else 7)


def test_the_trash_is_paged_newest_first(catalogue: Any) -> None:
    ids = catalogue.put(catalogue.project(), [f"s{number}" for number in range(5)])
    for slide_id in ids.values():
        catalogue.call("POST", "/slides/trash", {"slide_ids": [slide_id]})
    found, cursor = [], None
    while True:
        page = catalogue.call("GET", "/trash", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        found += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ["s4", "s3", "s2", "s1", "s0"]
    catalogue.call("GET", "/trash", status=422, params={"cursor": "zzz"})


def test_only_who_manages_may_trash(catalogue: Any, somebody: Callable[[], Viewer]) -> None:
    project = catalogue.project()
    [slide_id] = catalogue.put(project, ["s"]).values()
    db, person = catalogue.runtime.db, somebody()
    with pytest.raises(NotFound):
        trash.trash_slides(db, person, [slide_id])
    for role in (access.Role.VIEWER, access.Role.EDITOR):
        _grant(catalogue, person, role, project)
        with pytest.raises(Forbidden):
            trash.trash_slides(db, person, [slide_id])
        with pytest.raises(Forbidden):
            trash.trash_project(db, person, project)
    _grant(catalogue, person, access.Role.MANAGER, project)
    assert trash.trash_slides(db, person, [slide_id]) == 1
    with db.read() as session:
        assert [one.object_id for one in trash.list_trash(session, person, 10, None).items] == [slide_id]
        assert trash.list_trash(session, somebody(), 10, None).items == []
        assert slides.list_slides(session, person, ListQuery(), 10, None).total == 0
    assert trash.restore_slides(db, person, [slide_id]) == 1


def _grant(catalogue: Any, person: Viewer, role: access.Role, project: str) -> None:
    with catalogue.runtime.db.transaction() as session:
        query = text("SELECT scope_id FROM project WHERE project_id = :id")
        access.grant(session, person.person_id, role, session.execute(query, {"id": project}).scalar_one())
