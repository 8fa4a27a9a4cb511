"""What everybody who sees a slide shares: bookmarks, alignments, presets; each change is on record."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.features.viewing.conftest import Study

from coverslip.core.ids import new_id
from coverslip.features.access import Role
from coverslip.infra.runtime import Runtime

VIEW = {"x": 1000.25, "y": 1300.0, "resolution": 0.5, "rotation": 0.0, "mirrored": False}


def test_a_bookmark_is_seen_by_all_and_changed_by_its_author(
    signed_in: Any, person: Callable[..., Any], study: Study, audited: Callable[[str], list[Any]]
) -> None:
    ada, bob = (person(name, study.project_id, Role.REVIEWER) for name in ("Ada", "Bob"))
    made = ada.post(f"/slides/{study.first}/bookmarks", json={"name": "Mitosis", "note": "look\nhere", "view": VIEW})
    assert made.status_code == 201, made.text
    bookmark = made.json()
    assert (bookmark["author"], bookmark["mine"], bookmark["view"]) == ("Ada", True, VIEW)
    seen = bob.get(f"/slides/{study.first}/bookmarks").json()["items"]
    assert [{**one, "mine": True} for one in seen] == [bookmark]
    assert not seen[0]["mine"]
    assert bob.get(f"/slides/{study.second}/bookmarks").json()["items"] == []
    address = f"/bookmarks/{bookmark['bookmark_id']}"
    assert bob.request("PATCH", address, json={"note": "mine"}).status_code == 403
    assert bob.request("DELETE", address).status_code == 403
    changed = ada.request("PATCH", address, json={"note": "two of them"}).json()
    assert (changed["name"], changed["note"], changed["view"]) == ("Mitosis", "two of them", VIEW)
    assert signed_in.request("PATCH", address, json={"name": "Mitoses"}).json()["author"] == "Ada"
    assert ada.request("DELETE", address).status_code == 204
    assert ada.request("DELETE", address).status_code == 404
    assert ada.get(f"/slides/{study.first}/bookmarks").json()["items"] == []
    records = audited("bookmark.")
    assert [one[0] for one in records] == [
        "bookmark.created",
        "bookmark.changed",
        "bookmark.changed",
        "bookmark.deleted",
    ]
    assert {one[1] for one in records} == {study.first}
    assert "Mito" not in str(records)


@pytest.mark.parametrize(
    "body",
    [
        {"view": VIEW},
        {"name": "", "view": VIEW},
        {"name": "x" * 201, "view": VIEW},
        {"name": "x", "note": "x" * 10_001, "view": VIEW},
        {"name": "x", "view": {**VIEW, "resolution": -1}},
        {"name": "x", "view": {"x": 1, "y": 2}},
        {"name": "x", "view": VIEW, "author": "Eve"},
    ],
)
def test_a_wrong_bookmark_is_refused(signed_in: Any, study: Study, body: dict[str, Any]) -> None:
    assert signed_in.post(f"/slides/{study.first}/bookmarks", json=body).status_code == 422
    assert signed_in.get(f"/slides/{study.first}/bookmarks").json()["items"] == []


def test_odd_texts_and_ids_break_nothing(signed_in: Any, study: Study) -> None:
    body = {"name": "a\0b\u202e", "note": "line\r\nnext\0", "view": VIEW}
    made = signed_in.post(f"/slides/{study.first}/bookmarks", json=body).json()
    assert (made["name"], made["note"]) == ("a\ufffdb\u202e", "line\nnext\ufffd")
    for one in ("%00", new_id(), "x"):
        assert signed_in.request("DELETE", f"/bookmarks/{one}").status_code == 404
        assert signed_in.request("DELETE", f"/presets/{one}").status_code == 404
        assert signed_in.get(f"/alignments/{study.first}/{one}").status_code == 404


def test_bookmarks_of_a_slide_are_bounded(signed_in: Any, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverslip.features.viewing.marks.MOST_BOOKMARKS", 2)
    answers = [
        signed_in.post(f"/slides/{study.first}/bookmarks", json={"name": "x", "view": VIEW}).status_code
        for _ in range(3)
    ]
    assert answers == [201, 201, 422]


def _maps(matrix: list[float], x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def test_an_alignment_is_inverted_for_the_swapped_pair(
    signed_in: Any, study: Study, audited: Callable[[str], list[Any]]
) -> None:
    turn, scale = 0.3, 1.7
    matrix = [
        scale * math.cos(turn),
        scale * math.sin(turn),
        scale * math.sin(turn),
        -scale * math.cos(turn),
        321.5,
        -80.0,
    ]
    pairs = [[1.0, 2.0, *_maps(matrix, 1, 2)], [500.0, 40.0, *_maps(matrix, 500, 40)]]
    for here, there in ((study.first, study.second), (study.second, study.first)):
        put = signed_in.request("PUT", f"/alignments/{here}/{there}", json={"matrix": matrix, "pairs": pairs})
        assert put.status_code == 200, put.text
        forth = signed_in.get(f"/alignments/{here}/{there}").json()
        back = signed_in.get(f"/alignments/{there}/{here}").json()
        np.testing.assert_allclose(forth["matrix"], matrix, rtol=1e-9)
        for x1, y1, x2, y2 in forth["pairs"]:
            assert _maps(forth["matrix"], x1, y1) == pytest.approx((x2, y2))
        for x1, y1, x2, y2 in back["pairs"]:
            assert _maps(back["matrix"], x1, y1) == pytest.approx((x2, y2))
        for x, y in ((0, 0), (1000, 20), (-7, 3000)):
            assert _maps(back["matrix"], *_maps(matrix, x, y)) == pytest.approx((x, y), abs=1e-6)
    assert signed_in.request("DELETE", f"/alignments/{study.second}/{study.first}").status_code == 204
    assert signed_in.get(f"/alignments/{study.first}/{study.second}").json() is None
    assert signed_in.request("DELETE", f"/alignments/{study.first}/{study.second}").status_code == 404
    assert [one[0] for one in audited("alignment.")] == ["alignment.set", "alignment.set", "alignment.deleted"]


def test_a_wrong_alignment_is_refused(signed_in: Any, person: Callable[..., Any], study: Study) -> None:
    address = f"/alignments/{study.first}/{study.second}"
    for matrix in ([1, 0, 0, 1, 0], [1, 2, 2, 4, 0, 0], [0] * 6, ["x"] * 6, [1e300, 0, 0, 1, 0, 0]):
        answer = signed_in.request("PUT", address, json={"matrix": matrix})
        assert answer.status_code == 422, matrix
        assert any(one["pointer"].startswith("/matrix") for one in answer.json()["errors"])
    good = {"matrix": [1, 0, 0, 1, 5, 6]}
    assert signed_in.request("PUT", f"/alignments/{study.first}/{study.first}", json=good).status_code == 422
    assert signed_in.request("PUT", address, json={**good, "pairs": [[0, 0, 0, 0]] * 51}).status_code == 422
    reader = person("Ada", study.project_id)
    assert reader.request("PUT", address, json=good).status_code == 403
    assert reader.get(address).json() is None
    editor = person("Bob", study.project_id, Role.EDITOR)
    assert editor.request("PUT", address, json=good).status_code == 200
    assert reader.get(address).json()["matrix"] == good["matrix"]


def test_presets_of_a_slide_include_those_of_its_project(
    signed_in: Any, person: Callable[..., Any], study: Study, audited: Callable[[str], list[Any]]
) -> None:
    style = {"channels": [{"index": 0, "low": 1, "high": 9, "color": "#ff0000"}]}
    reader = person("Ada", study.project_id)
    mine = signed_in.post("/presets", json={"name": "DAPI only", "style": style, "slide_id": study.first})
    ours = signed_in.post("/presets", json={"name": "Panel 7", "style": style, "project_id": study.project_id})
    assert (mine.status_code, ours.status_code) == (201, 201), mine.text + ours.text

    def names(query: str) -> list[str]:
        return [one["name"] for one in reader.get(f"/presets?{query}").json()["items"]]

    assert names(f"slide_id={study.first}") == ["DAPI only", "Panel 7"]
    assert names(f"slide_id={study.second}") == ["Panel 7"]
    assert names(f"project_id={study.project_id}") == ["Panel 7"]
    again = signed_in.post("/presets", json={"name": "Panel 7", "style": {}, "project_id": study.project_id})
    assert again.json()["preset_id"] == ours.json()["preset_id"]
    assert reader.get(f"/presets?project_id={study.project_id}").json()["items"][0]["style"] == {}
    refused = {"name": "x", "style": {}, "slide_id": study.first}
    assert reader.post("/presets", json=refused).status_code == 403
    assert reader.request("DELETE", f"/presets/{mine.json()['preset_id']}").status_code == 403
    assert signed_in.request("DELETE", f"/presets/{mine.json()['preset_id']}").status_code == 204
    assert names(f"slide_id={study.first}") == ["Panel 7"]
    assert [one[0] for one in audited("preset.")] == ["preset.set", "preset.set", "preset.set", "preset.deleted"]
    for query in ("", f"?slide_id={study.first}&project_id={study.project_id}"):
        assert signed_in.get(f"/presets{query}").status_code == 422
    for change in ({"style": {"a": "x" * 20_000}}, {"name": ""}, {"project_id": study.project_id}, {"slide_id": None}):
        assert signed_in.post("/presets", json={**refused, **change}).status_code == 422, change


def test_nothing_stays_of_a_slide_that_is_gone(signed_in: Any, study: Study, runtime: Runtime) -> None:
    signed_in.request("PUT", f"/slides/{study.first}/place", json=VIEW)
    signed_in.post(f"/slides/{study.first}/bookmarks", json={"name": "x", "view": VIEW})
    signed_in.request("PUT", f"/alignments/{study.second}/{study.first}", json={"matrix": [1, 0, 0, 1, 0, 0]})
    signed_in.post("/presets", json={"name": "x", "style": {}, "slide_id": study.first})
    with runtime.db.transaction() as session:
        session.execute(text("DELETE FROM slide WHERE slide_id = :id"), {"id": study.first})
    with runtime.db.read() as session:
        for table in ("viewing_place", "bookmark", "alignment", "preset"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
