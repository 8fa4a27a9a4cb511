"""What the rooms give to somebody else when its owner leaves: nothing is left behind, nothing is taken from others."""

from collections.abc import Callable
from typing import Any

from tests.features.identity.accounts import add_person, sign_in

from coverslip.infra.runtime import Runtime


def _view(browser: Any, name: str) -> None:
    made = browser.post("/views", json={"name": name, "query": {"q": "x"}})
    assert made.status_code == 201, made.text


def test_views_and_presets_change_hands(
    browser: Callable[[], Any], signed_in: Any, runtime: Runtime, alices: Any, alice: str
) -> None:
    bob = add_person(runtime, "bob")
    bobs = browser()
    sign_in(bobs, "bob")
    for name in ("one", "two"):
        _view(alices, name)
    _view(signed_in, "mine")
    me = signed_in.get("/me").json()["person"]["person_id"]
    project = signed_in.post("/projects", json={"name": "P"}).json()["project_id"]
    preset = {"name": "Dim", "style": {}, "project_id": project}
    assert signed_in.post("/presets", json=preset).status_code == 201
    assert signed_in.get(f"/people/{alice}/owned").json()["items"] == [{"kind": "saved views", "count": 2}]
    moved = signed_in.post(f"/people/{alice}/hand-over", json={"to_person_id": bob}).json()["items"]
    assert moved == [{"kind": "saved views", "count": 2}]
    views = {one["name"]: one for one in bobs.get("/views").json()["items"]}
    assert set(views) == {"one", "two"}
    assert all(one["mine"] and one["author"] == "Alice" for one in views.values())
    assert alices.get("/views").json()["items"] == []
    assert [one["name"] for one in signed_in.get("/views").json()["items"]] == ["mine"]
    given = signed_in.post(f"/people/{me}/hand-over", json={"to_person_id": bob}).json()["items"]
    assert {"kind": "presets", "count": 1} in given
    assert {"kind": "saved views", "count": 1} in given
    assert signed_in.get(f"/people/{me}/owned").json()["items"] == []


def test_every_room_that_keeps_what_people_own_takes_part() -> None:
    from coverslip import app
    from coverslip.features.identity import owners

    assert app.API_ROOMS
    assert {"saved views", "bookmarks", "presets", "exports"} <= set(owners._kinds)
