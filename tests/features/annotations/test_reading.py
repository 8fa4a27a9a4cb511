"""As it was at any moment, the timeline, finding slides, class lists and forms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.features.annotations.conftest import RECTANGLE, Studio, make_slide, operation

from coverslip.core.ids import new_id
from coverslip.features import annotations, identity, slides
from coverslip.features.access import Role
from coverslip.features.annotations.default_classes import DEFAULT_CLASSES

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TUMOR = {
    "class_id": "tumor",
    "parent_id": None,
    "name": "Tumour",
    "colour": "#f0e442",
    "hotkey": 1,
    "description": "",
    "code": {"system": "http://snomed.info/sct", "value": "108369006"},
    "form": {"type": "object", "properties": {"grade": {"type": "integer", "minimum": 1, "maximum": 3}}},
}


def _at(studio: Studio, minute: float, *ops: dict[str, Any]) -> None:
    """Do operations as the administrator, at a minute after the start."""
    with studio.runtime.db.transaction() as session:
        admin = identity.local_administrator(session)
        now = START + timedelta(minutes=minute)
        found = annotations.apply(session, admin, studio.slide_id, ops, now=now)
        assert {one["outcome"] for one in found["results"]} == {"applied"}


def test_any_moment_can_be_seen(studio: Studio) -> None:
    one, two = new_id(), new_id()
    _at(studio, 0, operation("create", one, layer_id=studio.layer_id, geometry=RECTANGLE, name="first"))
    _at(studio, 0.5, operation("create", two, layer_id=studio.layer_id, geometry=RECTANGLE))
    _at(studio, 10, operation("change", one, 1, name="second"), operation("delete", two, 1))
    _at(studio, 20, operation("restore", two, 2))

    def seen(moment: str) -> dict[str, str]:
        found = studio.get(studio.admin, f"annotations?{moment}")
        return {item["annotation_id"]: item["name"] for item in found["annotations"]}

    assert seen("at_seq=1") == {}
    assert seen("at_seq=2") == {one: "first"}
    assert seen("at_seq=3") == {one: "first", two: ""}
    assert seen("at_seq=5") == {one: "second"}
    assert seen("at_seq=6") == seen("at_seq=99") == {one: "second", two: ""}
    assert seen("at=2026-03-01T12:05:00Z") == {one: "first", two: ""}
    assert seen("at=2026-03-01T13:00:00%2B01:00") == {one: "first"}
    assert seen("at=2026-02-01T00:00:00Z") == {}
    parts = studio.get(studio.admin, "annotations/timeline")["items"]
    assert [(part["seq"], part["count"]) for part in parts] == [(1, 1), (3, 2), (5, 2), (6, 1)]
    assert studio.admin.get(studio.address("annotations?at=2026-03-01T12:05:00")).status_code == 422


def test_slides_are_found_by_what_is_drawn_on_them(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob", Role.EDITOR)
    studio.draw(ada, class_id="tumor")
    studio.draw(ada, class_id="tumor")
    target = studio.draw(bob, class_id="stroma")
    studio.post(bob, operation("change", target, 1, review="approved"))
    other = make_slide(studio.runtime, studio.project_id, "b")
    layer = studio.admin.post(f"/slides/{other}/layers", json={}).json()["layer_id"]
    drawn = operation("create", new_id(), layer_id=layer, geometry=RECTANGLE, class_id="tumor")
    assert studio.admin.post(f"/slides/{other}/annotations/ops", json={"ops": [drawn]}).status_code == 200

    def found(who: Any, query: str) -> dict[str, int]:
        answer = who.get(f"/annotations/slides?{query}")
        assert answer.status_code == 200, answer.text
        return {one["slide_id"]: one["count"] for one in answer.json()["items"]}

    assert found(studio.admin, "class_id=tumor") == {studio.slide_id: 2, other: 1}
    assert found(studio.admin, "class_name=TUMOR") == {studio.slide_id: 2, other: 1}
    assert found(studio.admin, "class_name=unicorn") == {}
    assert found(ada, "class_id=tumor") == {studio.slide_id: 2}  # the other is not hers to see
    assert found(ada, "review=approved") == {studio.slide_id: 1}
    assert found(ada, "since=2999-01-01T00:00:00Z") == {}
    assert found(ada, "until=2999-01-01T00:00:00Z&class_id=stroma") == {studio.slide_id: 1}
    assert ada.get(f"/annotations/slides?project_id={studio.project_id}").status_code == 404  # she sees but a slide
    assert found(studio.admin, f"project_id={studio.project_id}&limit=500") == {studio.slide_id: 3, other: 1}
    first = studio.admin.get("/annotations/slides?limit=1").json()
    second = studio.admin.get(f"/annotations/slides?limit=1&cursor={first['next_cursor']}").json()
    both = [one["slide_id"] for page in (first, second) for one in page["items"]]
    assert sorted(both) == sorted([studio.slide_id, other])
    assert second["next_cursor"] is None


def test_classes_come_from_the_nearest_project(studio: Studio, audited: Callable[[str], list[Any]]) -> None:
    with studio.runtime.db.transaction() as session:
        below = slides.create_project(session, "Below", studio.project_id)
    deep = make_slide(studio.runtime, below, "deep")
    built_in = studio.admin.get(f"/slides/{deep}/classes").json()
    assert (built_in["project_id"], built_in["rev"], len(built_in["classes"])) == (None, 0, len(DEFAULT_CLASSES))
    address = f"/projects/{studio.project_id}/classes"
    put = studio.admin.request("PUT", address, json={"classes": [TUMOR], "rev": 0})
    assert put.status_code == 200, put.text
    assert (put.json()["project_id"], put.json()["rev"]) == (studio.project_id, 1)
    inherited = studio.admin.get(f"/slides/{deep}/classes").json()
    assert (inherited["project_id"], inherited["rev"], inherited["classes"]) == (studio.project_id, 0, [TUMOR])
    again = studio.admin.request("PUT", address, json={"classes": [], "rev": 0})
    assert (again.status_code, again.json()["code"]) == (409, "revision_passed")
    assert len(audited("classes.set")) == 1
    assert "Tumour" not in str(audited("classes.set"))


def test_a_form_is_kept_to(studio: Studio) -> None:
    studio.admin.request("PUT", f"/projects/{studio.project_id}/classes", json={"classes": [TUMOR], "rev": 0})
    target = studio.draw(studio.admin, class_id="tumor", properties={"grade": 2, "free": "text"})
    wrong = operation("change", target, 1, **{"properties.grade": 7})
    right = operation("change", target, 1, **{"properties.grade": 3, "properties.other": [1]})
    results = studio.post(studio.admin, wrong, right)
    assert [one["code"] for one in results] == ["patch_refused", None]
    assert "grade" in results[0]["detail"]
    gone = operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE, class_id="stroma")
    assert studio.post(studio.admin, gone)[0]["code"] == "class_unknown"


@pytest.mark.parametrize(
    ("classes", "pointer"),
    [
        ([TUMOR, TUMOR], "/classes/1/class_id"),
        ([TUMOR, {**TUMOR, "class_id": "b"}], "/classes/1/hotkey"),
        ([{**TUMOR, "parent_id": "nobody"}], "/classes/0/parent_id"),
        ([{**TUMOR, "parent_id": "tumor"}], "/classes/0/parent_id"),
        ([{**TUMOR, "form": {"type": "cyst"}}], "/classes/0/form"),
        ([{**TUMOR, "form": {"$ref": "https://example.org/form"}}], "/classes/0/form"),
        ([{**TUMOR, "form": {"properties": {"a": {"$ref": "file:///etc/passwd"}}}}], "/classes/0/form"),
        ([{**TUMOR, "colour": "red"}], "/classes/0/colour"),
        ([{**TUMOR, "class_id": "a b"}], "/classes/0/class_id"),
    ],
)
def test_lists_that_are_none(studio: Studio, classes: list[dict[str, Any]], pointer: str) -> None:
    answer = studio.admin.request("PUT", f"/projects/{studio.project_id}/classes", json={"classes": classes, "rev": 0})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
