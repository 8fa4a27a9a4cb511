"""Operations over HTTP: idempotent, merged, each refused by itself with a code, nothing of it stored."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.features.annotations.conftest import RECTANGLE, Studio, operation

from coverslip.core.ids import new_id
from coverslip.features.access import Role
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

MOVED = {**RECTANGLE, "x": 500}


def test_drawn_seen_changed_and_deleted(studio: Studio, audited: Callable[[str], list[Any]]) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob", Role.VIEWER)
    target = studio.draw(ada, name="Margin", properties={"grade": 2}, class_id="tumor")
    seen = studio.get(bob)
    assert [one["annotation_id"] for one in seen["annotations"]] == [target]
    one = seen["annotations"][0]
    assert one["geometry"] == RECTANGLE
    assert (one["author_name"], one["rev"], one["review"]) == ("Ada", 1, "draft")
    results = studio.post(
        ada,
        operation("change", target, 1, geometry=MOVED, **{"properties.grade": None, "measurements.n": 1.5}),
        operation("delete", target, 2),
    )
    assert [(one["outcome"], one["rev"]) for one in results] == [("applied", 2), ("applied", 3)]
    assert studio.get(bob)["annotations"] == []
    trash = studio.get(bob, "annotations?deleted=true")["annotations"]
    assert (trash[0]["geometry"], trash[0]["properties"], trash[0]["measurements"]) == (MOVED, {}, {"n": 1.5})
    entries = studio.get(bob, "journal?after=1")["entries"]
    assert [(one["seq"], one["kind"], one["rev"]) for one in entries] == [
        (2, "create", 1),
        (3, "change", 2),
        (4, "delete", 3),
    ]
    assert entries[1]["before"] == {"geometry": RECTANGLE, "properties.grade": 2, "measurements.n": None}
    assert studio.get(bob, f"annotations/{target}/history")["entries"] == entries
    records = audited("annotations.changed")
    assert json.loads(records[-1][2])["first_seq"] == 3 if isinstance(records[-1][2], str) else records[-1][2]
    assert "Margin" not in str(records)
    with studio.runtime.db.read() as session:
        assert first_broken(session) is None


def test_the_same_operation_twice_is_done_once(studio: Studio) -> None:
    ada, bob = studio.someone("Ada"), studio.someone("Bob")
    made = operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE)
    first = studio.post(ada, made)[0]
    again = studio.post(ada, made, made)
    assert [one["outcome"] for one in again] == ["repeated", "repeated"]
    assert {(one["seq"], one["rev"]) for one in again} == {(first["seq"], 1)}
    other = {**made, "patch": {**made["patch"], "name": "another"}}
    assert studio.post(ada, other)[0]["code"] == "op_id_reused"
    assert studio.post(ada, {**made, "base_rev": 7})[0]["outcome"] == "repeated"
    assert studio.post(bob, made)[0]["code"] == "id_taken"  # an operation's id is its author's
    assert len(studio.get(ada)["annotations"]) == 1


@pytest.fixture
def asked(runtime: Runtime) -> Iterator[Callable[[Callable[[], Any]], int]]:
    """Count the statements that something sends to the database."""
    sent = [0]

    def count(*_: Any) -> None:
        sent[0] += 1

    event.listen(runtime.db.engine, "before_cursor_execute", count)

    def counted(work: Callable[[], Any]) -> int:
        before = sent[0]
        work()
        return sent[0] - before

    yield counted
    event.remove(runtime.db.engine, "before_cursor_execute", count)


def test_many_operations_ask_the_database_as_often_as_few(
    studio: Studio, asked: Callable[[Callable[[], Any]], int]
) -> None:
    ada = studio.someone("Ada", Role.EDITOR)

    def costs(count: int) -> list[int]:
        """Return what it costs to draw some, to draw below each, to remark on each, and to undo a change of each."""
        ids = [new_id() for _ in range(count)]
        shape: dict[str, Any] = {"layer_id": studio.layer_id, "geometry": RECTANGLE, "class_id": "tumor"}
        on = [{"kind": "annotation", "annotation_id": one} for one in ids]

        def cost(*ops: dict[str, Any]) -> int:
            return asked(lambda: studio.post(ada, *ops))

        found = [
            cost(*(operation("create", one, **shape) for one in ids)),
            cost(*(operation("create", new_id(), **shape, parent_id=one) for one in ids)),
            cost(*(operation("create", new_id(), entity="comment", text="here", on=one) for one in on)),
        ]
        seqs = [one["seq"] for one in studio.post(ada, *(operation("change", one, 1, name="x") for one in ids))]
        back = [{**operation("change", one, 2, name=""), "undo_of": seq} for one, seq in zip(ids, seqs, strict=True)]
        found.append(cost(*back))
        entries = studio.get(ada, "journal?after=" + str(seqs[-1]))["entries"]
        assert [one["patch"] for one in entries] == [{"name": ""}] * count
        return found

    costs(1)  # whatever is asked once in the life of a process
    assert costs(20) == costs(2)


def test_two_outlines_are_both_kept_and_both_people_learn_of_it(studio: Studio) -> None:
    ada, bob = studio.someone("Ada", Role.EDITOR), studio.someone("Bob", Role.EDITOR)
    target = studio.draw(ada)
    assert studio.post(ada, operation("change", target, 1, geometry=MOVED))[0]["outcome"] == "applied"
    third = {**RECTANGLE, "y": 900}
    result = studio.post(bob, operation("change", target, 1, geometry=third, class_id="tumor"))[0]
    assert result["outcome"] == "kept_as_variant"
    found = {one["annotation_id"]: one for one in studio.get(ada)["annotations"]}
    assert (found[target]["geometry"], found[target]["class_id"]) == (MOVED, "tumor")
    kept = found[result["variant_id"]]
    assert (kept["geometry"], kept["variant_of"], kept["author_name"]) == (third, target, "Bob")
    fourth = {**RECTANGLE, "y": 950}
    again = studio.post(bob, operation("change", target, 1, geometry=fourth))[0]
    assert again["variant_id"] == result["variant_id"]  # Bob goes on with his own outline
    entries = studio.get(ada, "journal?after=3")["entries"]
    assert [(one["target"], one["variant_of"]) for one in entries] == [
        (result["variant_id"], target),
        (target, None),
        (result["variant_id"], None),
    ]
    assert studio.post(bob, operation("delete", result["variant_id"], 2))[0]["outcome"] == "applied"


def test_undo_says_when_somebody_changed_it_since(studio: Studio) -> None:
    ada, bob = studio.someone("Ada", Role.EDITOR), studio.someone("Bob", Role.EDITOR)
    target = studio.draw(ada)
    moved = studio.post(ada, operation("change", target, 1, geometry=MOVED))[0]
    back = {**operation("change", target, 2, geometry=RECTANGLE), "undo_of": moved["seq"]}
    studio.post(bob, operation("change", target, 2, geometry={**RECTANGLE, "y": 0}))
    refused = studio.post(ada, back)[0]
    assert (refused["outcome"], refused["code"]) == ("refused", "undo_conflict")
    moved = studio.post(ada, operation("change", target, 3, name="n"))[0]
    undone = studio.post(ada, {**operation("change", target, 4, name=""), "undo_of": moved["seq"]})[0]
    assert undone["outcome"] == "applied"
    assert studio.post(ada, {**operation("change", target, 4, name=""), "undo_of": 999})[0]["code"] == "undo_conflict"


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"geometry": {"kind": "point", "at": [1, 1e999]}}, "geometry_not_finite"),
        ({"geometry": {"kind": "polygon", "rings": [[[0, 0], [9, 9], [9, 0], [0, 8]]]}}, "geometry_crosses_itself"),
        ({"geometry": {"kind": "rectangle", "x": 1, "y": 1, "width": 0, "height": 3}}, "geometry_empty"),
        ({"geometry": {"kind": "point", "at": [20_001, 5]}}, "geometry_outside"),
        ({"geometry": {"kind": "multipoint", "points": [[1, 1]] * 100_001}}, "too_many_vertices"),
        ({"geometry": None}, "patch_refused"),
        ({"class_id": "unicorn"}, "class_unknown"),
        ({"layer_id": new_id()}, "layer_unknown"),
        ({"parent_id": new_id()}, "parent_unknown"),
        ({"corrects": {"layer_id": new_id(), "object_no": 1}}, "layer_unknown"),
        ({"object_type": "cyst"}, "patch_refused"),
        ({"name": "x" * 201}, "patch_refused"),
        ({"name": 5}, "patch_refused"),
        ({"author_id": new_id()}, "patch_refused"),
        ({"rev": 7}, "patch_refused"),
        ({"properties": {"x": 1e999}}, "patch_refused"),
        ({"properties": {"x": "\ud800"}}, "patch_refused"),
        ({"properties.": 1}, "patch_refused"),
        ({"measurements.a": "many"}, "patch_refused"),
        ({"review": "approved"}, "forbidden"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_is_done(studio: Studio, patch: dict[str, Any], code: str) -> None:
    ada = studio.someone("Ada")
    bad = operation("create", new_id(), **{"layer_id": studio.layer_id, "geometry": RECTANGLE, **patch})
    good = operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE)
    body = json.dumps({"ops": [bad, good]}, ensure_ascii=True)
    answer = ada.post(
        studio.address("annotations/ops"), content=body.encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    refused, done = answer.json()["results"]
    assert (refused["outcome"], refused["code"]) == ("refused", code)
    assert refused["detail"].endswith(".") or "form" in refused["detail"]
    assert done["outcome"] == "applied"
    assert [one["annotation_id"] for one in studio.get(ada)["annotations"]] == [good["target"]]


def test_a_request_that_is_too_large_is_refused_unread(studio: Studio) -> None:
    ada = studio.someone("Ada")
    many = {"kind": "multipoint", "points": [[1, 1]] * 99_000}
    ops = [operation("create", new_id(), layer_id=studio.layer_id, geometry=many) for _ in range(11)]
    answer = ada.post(studio.address("annotations/ops"), json={"ops": ops})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_vertices")
    announced = {"content-type": "application/json", "content-length": str(100 * 2**20)}
    answer = ada.post(studio.address("annotations/ops"), content=b"{", headers=announced)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_large")
    answer = ada.post(studio.address("annotations/ops"), json={"ops": [operation("delete", new_id())] * 501})
    assert answer.status_code == 422
    assert studio.get(ada)["seq"] == 1


def test_objects_lie_in_each_other_and_never_in_themselves(studio: Studio) -> None:
    ada = studio.someone("Ada")
    core = studio.draw(ada, object_type="tma_core")
    cell = studio.draw(ada, object_type="cell", parent_id=core, nucleus={**RECTANGLE, "width": 3})
    assert studio.post(ada, operation("change", core, 1, parent_id=cell))[0]["code"] == "parent_unknown"
    assert studio.post(ada, operation("change", core, 1, parent_id=core))[0]["code"] == "parent_unknown"
    other = Studio(studio.runtime, studio.rooms, studio.admin, studio.project_id, studio.slide_id, studio.layer_id)
    assert studio.post(other.admin, operation("change", cell, 1, parent_id=None))[0]["outcome"] == "applied"


def test_ten_thousand_are_read_in_one_go(studio: Studio) -> None:
    ada = studio.someone("Ada")
    for _ in range(4):
        ops = [operation("create", new_id(), layer_id=studio.layer_id, geometry=RECTANGLE) for _ in range(500)]
        assert {one["outcome"] for one in studio.post(ada, *ops)} == {"applied"}
    found = studio.get(ada)
    assert len(found["annotations"]) == 2000
    with studio.runtime.db.read() as session:
        box = session.execute(text("SELECT min_x, min_y, max_x, max_y FROM annotation")).first()
    assert tuple(box or ()) == (10, 20, 110, 70)
