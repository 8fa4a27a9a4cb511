"""The merge rules by their shared cases, and the law by everything that may happen to a slide."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.annotations.playing import Play

from coverslip.features.annotations.ops import apply_entry, empty_state, shown, variant_id

CASES = sorted((Path(__file__).parents[2] / "cases" / "merge").glob("*.json"))
PEOPLE = ("ann", "bo", "cy")
LAYER = "layer"
LAYER_MADE = {
    "seq": 1,
    "op_id": "o",
    "entity": "layer",
    "target": LAYER,
    "kind": "create",
    "author_id": "ann",
    "author_name": "Ann",
    "at": "2026-01-01T09:00:00.000Z",
    "base_rev": 0,
    "rev": 1,
    "patch": {"name": "Annotations", "deleted": False},
    "before": {"deleted": True},
    "variant_of": None,
}


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    play = Play(case["state"], case["key_revs"])
    play.entries = list(case["earlier"])
    if case["ops"]:
        assert [play.take(one) for one in case["ops"]] == case["results"]
        assert play.entries[len(case["earlier"]) :] == case["entries"]
        assert play.state == case["after"]
    state = copy.deepcopy(case["state"])
    for entry in case["entries"]:
        apply_entry(state, entry)
    assert state == case["after"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_before_takes_back_what_patch_did(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    state = copy.deepcopy(case["state"])
    for entry in case["entries"]:
        table = state.get(f"{entry['entity']}s", {})
        was = copy.deepcopy(table.get(entry["target"]))
        apply_entry(state, entry)
        if was is None or entry["entity"] == "layer" or entry["seq"] < state["seq"]:
            continue
        now = state[f"{entry['entity']}s"][entry["target"]]
        back = {**entry, "seq": state["seq"] + 1, "kind": "change", "patch": entry["before"]}
        undone = apply_entry(copy.deepcopy(state), back)[f"{entry['entity']}s"][entry["target"]]
        ignored = {"rev", "changed_at", "resolved_at", "resolved_by"}
        assert {k: v for k, v in undone.items() if k not in ignored} == {
            k: v for k, v in was.items() if k not in ignored
        }, (was, now)


def test_a_sibling_has_one_id_for_ever() -> None:
    one = variant_id("01900000-0000-7000-8000-000000000102")
    assert one == variant_id("01900000-0000-7000-8000-000000000102")
    assert one != variant_id("01900000-0000-7000-8000-000000000103")


def _ops() -> st.SearchStrategy[dict[str, Any]]:
    shape = st.integers(0, 5).map(lambda x: {"kind": "point", "at": [x, x]})
    patch = st.fixed_dictionaries(
        {},
        optional={
            "geometry": shape,
            "name": st.sampled_from(["", "a", "b"]),
            "class_id": st.sampled_from([None, "tumor", "stroma"]),
            "properties.p": st.sampled_from([None, 1, 2]),
            "measurements.m": st.sampled_from([None, 1.5]),
            "locked": st.booleans(),
        },
    )
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["create", "change", "change", "change", "delete", "restore"]),
            "target": st.sampled_from(["x", "y"]),
            "author": st.sampled_from(PEOPLE),
            "behind": st.integers(0, 3),
            "undo": st.integers(0, 12).map(lambda n: n if n > 8 else 0),
            "patch": patch,
        }
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(_ops(), max_size=40), st.integers(0, 40))
def test_the_law(wanted: list[dict[str, Any]], joined: int) -> None:
    """A client that joined at any time, and gets entries twice and late, has what the server has."""
    play = Play()
    apply_entry(play.state, LAYER_MADE)
    late = copy.deepcopy(play.state)
    for number, one in enumerate(wanted):
        if number == joined:
            late = copy.deepcopy(play.state)
        held = play.state["annotations"].get(one["target"], {"rev": 0})
        patch = one["patch"]
        if one["kind"] == "create":
            patch = {"layer_id": LAYER, "geometry": {"kind": "point", "at": [0, 0]}}
        op = {
            "op_id": f"op-{number}",
            "entity": "annotation",
            "target": one["target"],
            "kind": one["kind"],
            "base_rev": max(0, held["rev"] - one["behind"]),
            "patch": patch if one["kind"] in ("create", "change") else {},
        }
        if one["undo"]:
            op["undo_of"] = one["undo"]
        before = copy.deepcopy(play.state)
        result = play.take({"op": op, "author_id": one["author"], "author_name": one["author"].title(), "at": "t"})
        if result["outcome"] == "refused":
            assert play.state == before
        if result["outcome"] == "kept_as_variant":
            kept = play.state["annotations"][result["variant_id"]]
            assert kept["geometry"] == patch["geometry"]
            assert play.state["annotations"][one["target"]]["geometry"] == held["geometry"]
    for entry in play.entries:
        apply_entry(late, entry)
        apply_entry(late, entry)
    fresh = empty_state()
    for entry in [LAYER_MADE, *play.entries]:
        apply_entry(fresh, entry)
    assert shown(late) == shown(play.state) == shown(fresh)
    assert late["seq"] == play.state["seq"]
