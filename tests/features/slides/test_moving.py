"""Moving and copying: records go elsewhere, bytes stay, cases of the same name wait there."""

from typing import Any

from sqlalchemy import text

from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.slides import Description, SlideEntry, SlideState


def described(number: int) -> Description:
    return Description(
        format="svs", vendor=None, scanner=None, scanned_at=None, width=10, height=10, mpp_x=None, mpp_y=None,
        objective=None, channel_count=3, fingerprint=f"{number:064x}", version=f"{number:016x}", needs_coarse=False,
    )  # fmt: skip


def scope_of(catalogue: Any, table: str, ident: str, value: str) -> str:
    with catalogue.runtime.db.read() as session:
        query = text(f"SELECT scope.parent_id FROM {table} JOIN scope USING (scope_id) WHERE {ident} = :value")
        return str(session.execute(query, {"value": value}).scalar_one())


def own_scope(catalogue: Any, table: str, ident: str, value: str) -> str:
    with catalogue.runtime.db.read() as session:
        return str(
            session.execute(text(f"SELECT scope_id FROM {table} WHERE {ident} = :value"), {"value": value}).scalar_one()
        )


def test_a_slides_scope_hangs_under_its_case_and_moves_with_it(catalogue: Any) -> None:
    here, there = catalogue.project("Here"), catalogue.project("There")
    [slide_id] = catalogue.put(here, ["a"]).values()
    assert scope_of(catalogue, "slide", "slide_id", slide_id) == own_scope(catalogue, "project", "project_id", here)
    case = catalogue.case(here, "S1")
    catalogue.change(slide_id, case_id=case, stain="HE")
    assert scope_of(catalogue, "slide", "slide_id", slide_id) == own_scope(catalogue, "slide_case", "case_id", case)
    assert catalogue.call("POST", "/slides/move", {"slide_ids": [slide_id], "project_id": there}) == {"changed": 1}
    moved = catalogue.slide(slide_id)
    assert (moved["project_id"], moved["case_name"], moved["stain"]) == (there, "S1", "H&E")
    assert moved["case_id"] != case
    parent = scope_of(catalogue, "slide", "slide_id", slide_id)
    assert parent == own_scope(catalogue, "slide_case", "case_id", moved["case_id"])
    assert catalogue.listed(project_id=here) == []
    assert catalogue.call("POST", "/slides/move", {"slide_ids": [slide_id], "project_id": there}) == {"changed": 0}
    body = {"slide_ids": [slide_id], "project_id": here, "case_id": None}
    assert catalogue.call("POST", "/slides/move", body) == {"changed": 1}
    assert catalogue.slide(slide_id)["case_id"] is None
    assert catalogue.call("POST", "/slides/move", {**body, "case_id": moved["case_id"]}, 422)["errors"]
    catalogue.call("POST", "/slides/move", {**body, "project_id": new_id()}, 404)
    catalogue.call("POST", "/slides/move", {**body, "slide_ids": [slide_id, new_id()], "project_id": there}, 404)
    assert catalogue.slide(slide_id)["project_id"] == here


def test_a_slide_that_a_person_moved_stays_there_when_its_folder_is_looked_at(catalogue: Any) -> None:
    folder, study, renamed = catalogue.project("Folder"), catalogue.project("Study"), catalogue.project("Renamed")
    ids = catalogue.put(folder, ["moved", "left"])
    catalogue.change(ids["left"], case_id=catalogue.case(folder, "S1"))
    catalogue.call("POST", "/slides/move", {"slide_ids": [ids["moved"]], "project_id": study})
    with catalogue.runtime.db.transaction() as session:
        for name, slide_id in ids.items():
            slides.put_slide(
                session, SlideEntry(slide_id, renamed, name, f"{name}.svs", "/new", ("x",), 1, SlideState.READY)
            )
    assert catalogue.listed(project_id=study) == ["moved"]
    assert catalogue.listed(project_id=renamed) == ["left"]
    assert catalogue.slide(ids["left"])["case_name"] == "S1"
    [case] = catalogue.call("GET", "/cases", params={"project_id": renamed})["items"]
    assert case["slide_count"] == 1


def test_a_copy_shares_the_bytes_and_follows_the_file(catalogue: Any) -> None:
    here, there = catalogue.project("Here"), catalogue.project("There")
    with catalogue.runtime.db.transaction() as session:
        entry = SlideEntry(None, here, "a", "a.svs", "/f", ("a.svs",), 5, SlideState.READY, None, described(1), "i/1")
        original = slides.put_slide(session, entry)
    catalogue.change(original, stain="PAS", tags=["x"], fields={"k": "v"}, case_id=catalogue.case(here, "S1"))
    [copy] = catalogue.call("POST", "/slides/copy", {"slide_ids": [original], "project_id": there})["slide_ids"]
    twin, first = catalogue.slide(copy), catalogue.slide(original)
    own = ("slide_id", "no", "project_id", "case_id", "created_at")
    assert {key: value for key, value in twin.items() if key not in own} == {
        key: value for key, value in first.items() if key not in own
    }
    assert (twin["project_id"], twin["case_name"]) == (there, "S1")
    with catalogue.runtime.db.read() as session:
        places = slides.known_slides(session, [copy, original])
        assert places[copy].folder == places[original].folder == "/f"
    catalogue.change(copy, stain="HE")
    assert catalogue.slide(original)["stain"] == "PAS"
    assert catalogue.listed(q="pas") == ["a"]
    # The file changes, is hashed, goes missing: all of it is true of both records.
    with catalogue.runtime.db.transaction() as session:
        entry = SlideEntry(
            original, here, "a", "a.svs", "/g", ("a.svs",), 9, SlideState.READY, None, described(2), "i/2"
        )
        slides.put_slide(session, entry)
        slides.set_content_hash(session, original, described(2).version, "ab" * 32)
    twin = catalogue.slide(copy)
    assert (twin["version"], twin["size_bytes"], twin["content_sha256"]) == (described(2).version, 9, "ab" * 32)
    with catalogue.runtime.db.transaction() as session:
        slides.set_state(session, [original], SlideState.MISSING)
    assert catalogue.slide(copy)["state"] == "missing"
    # A copy of a copy shares the same file; trashing one leaves the other.
    [third] = catalogue.call("POST", "/slides/copy", {"slide_ids": [copy], "project_id": here})["slide_ids"]
    with catalogue.runtime.db.transaction() as session:
        slides.set_state(session, [original], SlideState.READY)
    assert catalogue.slide(third)["state"] == "ready"
    catalogue.call("POST", "/slides/trash", {"slide_ids": [original]})
    assert len(catalogue.listed()) == 2
