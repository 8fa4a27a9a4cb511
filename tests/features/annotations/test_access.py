"""Who may draw, change, review, comment, hide; what is private is nowhere but with its owner."""

from typing import Any

import pytest
from tests.features.annotations.conftest import RECTANGLE, Studio, operation

from coverslip.core.ids import new_id
from coverslip.features.access import Role


def _comment(on: dict[str, Any], text: str = "Look", **more: Any) -> dict[str, Any]:
    return operation("create", new_id(), entity="comment", on=on, text=text, **more)


@pytest.mark.parametrize(
    ("role", "draws", "comments"),
    [(None, 404, 404), (Role.VIEWER, 403, 403), (Role.REVIEWER, 403, 200), (Role.ANNOTATOR, 200, 200)],
)
def test_roles(studio: Studio, role: Role | None, draws: int, comments: int) -> None:
    somebody = studio.someone("Some", role)
    shape = operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE)
    assert somebody.post(studio.address("annotations/ops"), json={"ops": [shape]}).status_code == draws
    remark = _comment({"kind": "slide"})
    assert somebody.post(studio.address("annotations/ops"), json={"ops": [remark]}).status_code == comments
    if (draws, comments) == (403, 200):
        both = studio.post(somebody, {**shape, "op_id": new_id()}, _comment({"kind": "slide"}))
        assert [one["code"] for one in both] == ["forbidden", None]
    assert somebody.post(studio.address("layers"), json={}).status_code == (201 if draws == 200 else draws)


def test_annotators_change_their_own_and_editors_all(studio: Studio) -> None:
    ada, bob, eve = studio.someone("Ada"), studio.someone("Bob"), studio.someone("Eve", Role.EDITOR)
    target = studio.draw(ada)
    for kind in ("change", "delete", "restore"):
        assert studio.post(bob, operation(kind, target, 1, **({"name": "x"} if kind == "change" else {})))[0][
            "code"
        ] == ("not_yours")
    assert studio.post(eve, operation("change", target, 1, name="x"))[0]["outcome"] == "applied"
    assert studio.post(ada, operation("change", target, 2, review="in_review"))[0]["outcome"] == "applied"
    assert studio.post(ada, operation("change", target, 3, review="approved"))[0]["code"] == "forbidden"
    done = studio.post(eve, operation("change", target, 3, review="rejected", review_note="Too wide"))[0]
    assert done["outcome"] == "applied"
    seen = studio.get(ada, "annotations?review=rejected")["annotations"]
    assert [one["review_note"] for one in seen] == ["Too wide"]
    assert studio.get(ada, "annotations?review=approved")["annotations"] == []


def test_a_locked_layer_takes_nothing(studio: Studio) -> None:
    ada = studio.someone("Ada")
    target = studio.draw(ada)
    address = studio.address(f"layers/{studio.layer_id}")
    assert ada.request("PATCH", address, json={"locked": True}).json()["code"] == "not_yours"
    assert studio.admin.request("PATCH", address, json={"locked": True}).json()["locked"] is True
    shape = operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE)
    results = studio.post(ada, shape, operation("change", target, 1, name="x"), operation("delete", target, 1))
    assert {one["code"] for one in results} == {"locked"}
    studio.admin.request("PATCH", address, json={"locked": False})
    assert studio.post(ada, operation("change", target, 1, locked=True))[0]["outcome"] == "applied"
    assert studio.post(ada, operation("change", target, 2, name="x"))[0]["code"] == "locked"


def test_a_private_layer_is_there_for_its_owner_only(studio: Studio) -> None:
    ada, bob = studio.someone("Ada", Role.EDITOR), studio.someone("Bob", Role.MANAGER)
    layer = studio.layer(ada, name="Sketch", visibility="private")
    target = studio.draw(ada, layer_id=layer, name="secret")
    remark = _comment({"kind": "annotation", "annotation_id": target}, "hidden words")
    assert studio.post(ada, remark)[0]["outcome"] == "applied"
    for who in (bob, studio.admin):
        for what in ("annotations", "journal", "annotations?deleted=true", "annotations?at_seq=99", "layers"):
            found = str(studio.get(who, what))
            assert "secret" not in found
            assert "Sketch" not in found
            assert "hidden words" not in found
        assert who.get(studio.address(f"annotations/{target}/history")).status_code == 404
        assert studio.post(who, operation("change", target, 1, name="x"))[0]["code"] == "not_found"
        assert studio.post(who, operation("create", new_id(), layer_id=layer, geometry=RECTANGLE))[0]["code"] == (
            "layer_unknown"
        )
        on = {"kind": "annotation", "annotation_id": target}
        assert studio.post(who, _comment(on))[0]["code"] == "not_found"
        assert who.request("PATCH", studio.address(f"layers/{layer}"), json={"name": "x"}).status_code == 404
        assert who.request("DELETE", studio.address(f"layers/{layer}")).status_code == 404
        assert who.get("/annotations/slides").json()["items"] == []
    assert [one["name"] for one in studio.get(ada)["annotations"]] == ["secret"]
    assert ada.get("/annotations/slides").json()["items"][0]["count"] == 1


def test_a_layer_that_is_shown_and_hidden_again(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob", Role.EDITOR)
    layer = studio.layer(ada, visibility="private")
    target = studio.draw(ada, layer_id=layer)
    address = studio.address(f"layers/{layer}")
    before = studio.get(bob, "journal")["seq"]
    assert ada.request("PATCH", address, json={"visibility": "project"}).status_code == 200
    news = studio.get(bob, f"journal?after={before}")["entries"]
    assert [(one["entity"], one["kind"]) for one in news] == [("layer", "restore")]
    assert [one["annotation_id"] for one in studio.get(bob)["annotations"]] == [target]
    assert bob.request("PATCH", address, json={"visibility": "private"}).json()["code"] == "not_yours"
    before = studio.get(bob, "journal")["seq"]
    assert ada.request("PATCH", address, json={"visibility": "private"}).status_code == 200
    gone = studio.get(bob, f"journal?after={before}")["entries"]
    assert [(one["kind"], one["patch"]) for one in gone] == [("delete", {"deleted": True})]
    assert studio.get(bob)["annotations"] == []
    assert len(studio.get(ada)["annotations"]) == 1


def test_an_object_moved_to_a_private_layer_is_gone_for_others(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob", Role.EDITOR)
    layer = studio.layer(ada, visibility="private")
    target = studio.draw(ada, name="draft")
    before = studio.get(bob)["seq"]
    moved = studio.post(ada, operation("change", target, 1, layer_id=layer, name="secret"))[0]
    assert (moved["outcome"], moved["rev"]) == ("applied", 3)
    page = studio.get(bob, f"journal?after={before}")
    assert [(one["kind"], one["patch"]) for one in page["entries"]] == [("delete", {"deleted": True})]
    assert [one["name"] for one in studio.get(ada)["annotations"]] == ["secret"]
    back = studio.post(ada, operation("change", target, 3, layer_id=studio.layer_id))[0]
    assert back["rev"] == 5
    entries = studio.get(bob, f"journal?after={page['seq']}")["entries"]
    assert [(one["kind"], one["patch"]["name"]) for one in entries] == [("restore", "secret")]


def test_a_deleted_layer_comes_back_with_all_that_lay_on_it(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob", Role.EDITOR)
    layer = studio.layer(ada)
    target = studio.draw(bob, layer_id=layer)
    address = studio.address(f"layers/{layer}")
    assert bob.request("DELETE", address).status_code == 403
    assert ada.request("DELETE", address).status_code == 204
    assert studio.get(bob)["annotations"] == []
    assert studio.post(bob, operation("change", target, 1, name="x"))[0]["code"] == "not_found"
    assert [one["layer_id"] for one in studio.get(bob, "layers?deleted=true")["items"]] == [layer]
    assert ada.request("PATCH", address, json={"deleted": False}).status_code == 200
    assert [one["annotation_id"] for one in studio.get(bob)["annotations"]] == [target]


def test_a_layer_is_made_once_by_its_id(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob")
    wanted = {"layer_id": new_id(), "name": "  Mine\n"}
    first = ada.post(studio.address("layers"), json=wanted)
    assert (first.status_code, first.json()["name"]) == (201, "Mine")
    assert ada.post(studio.address("layers"), json=wanted).json() == first.json()
    assert bob.post(studio.address("layers"), json=wanted).json()["code"] == "id_taken"


def test_comments_are_their_authors(studio: Studio) -> None:
    ada, bob, eve = studio.someone("Ada"), studio.someone("Bob", Role.REVIEWER), studio.someone("Eve", Role.EDITOR)
    target = studio.draw(ada)
    first = _comment({"kind": "annotation", "annotation_id": target}, "Invasive?")
    assert studio.post(ada, first)[0]["outcome"] == "applied"
    reply = _comment({"kind": "slide"}, "Yes", thread_id=first["target"])
    assert studio.post(bob, reply)[0]["outcome"] == "applied"
    found = {one["comment_id"]: one for one in studio.get(eve)["comments"]}
    assert found[reply["target"]]["on"] == {"kind": "annotation", "annotation_id": target}
    assert found[reply["target"]]["thread_id"] == first["target"]
    words = operation("change", first["target"], 1, entity="comment", text="No")
    assert studio.post(eve, words)[0]["code"] == "not_yours"
    assert studio.post(bob, operation("delete", first["target"], 1, entity="comment"))[0]["code"] == "not_yours"
    resolving = operation("change", first["target"], 1, entity="comment", resolved=True)
    assert studio.post(bob, resolving)[0]["outcome"] == "applied"
    assert {one["resolved_by"] is not None for one in studio.get(ada)["comments"]} == {True, False}
    assert studio.post(eve, operation("delete", first["target"], 2, entity="comment"))[0]["outcome"] == "applied"
    studio.post(ada, operation("delete", target, 1))
    assert studio.get(ada)["comments"] == []
    lost = _comment({"kind": "slide"}, "x", thread_id=new_id())
    assert studio.post(ada, lost)[0]["code"] == "not_found"
    assert studio.post(ada, _comment({"kind": "moon"}))[0]["code"] == "patch_refused"
    assert studio.post(ada, _comment({"kind": "slide"}, "  "))[0]["code"] == "patch_refused"
