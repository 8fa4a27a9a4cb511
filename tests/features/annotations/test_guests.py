"""Somebody who came by a share link: what the link lets, under a name of their own, and no names of others."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.features.annotations.conftest import RECTANGLE, operation
from tests.support.people import add_person, give
from tests.support.shares import House

from coverslip.core.ids import new_id
from coverslip.features.access import Role
from coverslip.infra.runtime import Runtime


@pytest.fixture
def house(runtime: Runtime, signed_in: Any, browser: Callable[[], Any]) -> House:
    return House(runtime, signed_in, browser)


def _drawn(house: House) -> tuple[str, str, str]:
    """Draw and remark something as the manager on the first slide."""
    slide = house.slides[0]
    layer = house.call(house.manager, "POST", f"/slides/{slide}/layers", {}, 201)["layer_id"]
    target = new_id()
    ops = [
        operation("create", target, layer_id=layer, geometry=RECTANGLE),
        operation("create", new_id(), entity="comment", on={"kind": "slide"}, text="Look"),
    ]
    house.call(house.manager, "POST", f"/slides/{slide}/annotations/ops", {"ops": ops})
    return slide, layer, target


def _remark() -> dict[str, Any]:
    return operation("create", new_id(), entity="comment", on={"kind": "slide"}, text="Hm")


@pytest.mark.parametrize(
    ("may", "comments", "draws"), [("look", 403, 403), ("comment", 200, 403), ("annotate", 200, 200)]
)
def test_a_link_lets_what_it_says(house: House, may: str, comments: int, draws: int) -> None:
    slide, layer, target = _drawn(house)
    guest = house.opened(house.share("slide", slide, may=may, annotations=True))
    address = f"/slides/{slide}/annotations/ops"
    assert guest.post(address, json={"ops": [_remark()]}).status_code == comments
    shape = operation("create", new_id(), layer_id=layer, geometry=RECTANGLE)
    body = {"ops": [shape], "guest_name": " Dr Who\n"}
    assert guest.post(address, json=body).status_code == draws
    if draws != 200:
        return
    found = house.call(guest, "GET", f"/slides/{slide}/annotations")
    names = {one["annotation_id"]: one["author_name"] for one in found["annotations"]}
    assert names == {target: "", shape["target"]: "Dr Who (guest)"}
    for what in ("annotations", "journal", "layers", "annotations/timeline", f"annotations/{target}/history"):
        assert "Ada Sender" not in guest.get(f"/slides/{slide}/{what}").text
    seen = house.call(house.manager, "GET", f"/slides/{slide}/annotations")
    assert {one["author_name"] for one in seen["annotations"]} == {"Dr Ada Sender", "Dr Who (guest)"}
    other = operation("change", target, 1, name="x")
    assert guest.post(address, json={"ops": [other]}).json()["results"][0]["code"] == "not_yours"
    own = operation("change", shape["target"], 1, name="x")
    assert guest.post(address, json={"ops": [own]}).json()["results"][0]["outcome"] == "applied"
    foreign = f"/slides/{house.foreign}/annotations/ops"
    assert guest.post(foreign, json={"ops": [_remark()]}).status_code == 404
    del guest.headers["X-CSRF-Token"]
    assert guest.post(address, json={"ops": [_remark()]}).status_code == 403


def test_a_link_never_lets_more_than_its_maker_may(house: House) -> None:
    slide, _, _ = _drawn(house)
    guest = house.opened(house.share("slide", slide, may="annotate", annotations=True))
    address = f"/slides/{slide}/annotations/ops"
    assert guest.post(address, json={"ops": [_remark()]}).status_code == 200
    give(house.runtime, house.manager_id, Role.VIEWER, "project", house.project)
    assert guest.post(address, json={"ops": [_remark()]}).status_code == 403


def test_a_link_without_annotations_shows_none(house: House) -> None:
    slide, _, target = _drawn(house)
    guest = house.opened(house.share("slide", slide, may="annotate", annotations=False))
    found = house.call(guest, "GET", f"/slides/{slide}/annotations")
    assert (found["annotations"], found["comments"], found["layers"], found["seq"]) == ([], [], [], 0)
    assert house.call(guest, "GET", f"/slides/{slide}/journal") == {"entries": [], "seq": 0}
    assert house.call(guest, "GET", f"/slides/{slide}/layers") == {"items": []}
    assert guest.get(f"/slides/{slide}/annotations/{target}/history").status_code == 404
    assert guest.post(f"/slides/{slide}/annotations/ops", json={"ops": [_remark()]}).status_code == 403


def test_layers_go_to_the_heir(house: House) -> None:
    slide, layer, _ = _drawn(house)
    private = house.call(
        house.manager, "POST", f"/slides/{slide}/layers", {"name": "Sketch", "visibility": "private"}, 201
    )["layer_id"]
    with house.runtime.db.transaction() as session:
        heir = add_person(session, "Heir")
    give(house.runtime, heir, Role.ANNOTATOR, "project", house.project)
    reader = house.signed_in(heir)
    assert {one["layer_id"] for one in house.call(reader, "GET", f"/slides/{slide}/layers")["items"]} == {layer}
    house.call(house.admin, "POST", f"/people/{house.manager_id}/deactivate", None, 200)
    body = {"to_person_id": heir}
    answer = house.admin.post(f"/people/{house.manager_id}/hand-over", json=body)
    assert answer.status_code < 300, answer.text
    found = {one["layer_id"]: one for one in house.call(reader, "GET", f"/slides/{slide}/layers")["items"]}
    assert set(found) == {layer, private}
    assert {one["owner_name"] for one in found.values()} == {"Heir"}
