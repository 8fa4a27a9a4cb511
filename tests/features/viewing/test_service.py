"""What is a person's own: places, opened slides, coverage, preferences, display checks."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.features.viewing.conftest import Study

from coverslip.core.ids import new_id
from coverslip.infra.runtime import Runtime

PLACE = {"x": 1110.5, "y": 1480.0, "resolution": 2.0, "rotation": 0.5, "mirrored": True, "plane": 2, "time": 1}


def test_a_place_is_each_person_s_own(
    signed_in: Any, person: Callable[..., Any], study: Study, audited: Callable[[str], list[Any]]
) -> None:
    other = person("Ada", study.project_id)
    assert signed_in.get(f"/slides/{study.first}/place").json() is None
    before = len(audited(""))
    put = signed_in.request("PUT", f"/slides/{study.first}/place", json=PLACE)
    assert put.status_code == 200, put.text
    expected = {**PLACE, "style": None, "managed": True}
    got = signed_in.get(f"/slides/{study.first}/place").json()
    assert {key: got[key] for key in expected} == expected
    assert got["seen_at"] == put.json()["seen_at"]
    assert other.get(f"/slides/{study.first}/place").json() is None
    assert (
        other.request("PUT", f"/slides/{study.first}/place", json={**PLACE, "x": 1, "plane": "max"}).status_code == 200
    )
    assert other.get(f"/slides/{study.first}/place").json()["plane"] == "max"
    assert signed_in.get(f"/slides/{study.first}/place").json()["x"] == 1110.5
    assert signed_in.request("PUT", f"/slides/{study.first}/place", json={**PLACE, "x": 7}).status_code == 200
    assert signed_in.get(f"/slides/{study.first}/place").json()["x"] == 7
    assert len(audited("")) == before


def test_opened_slides_are_those_that_one_has_a_place_on(
    signed_in: Any, person: Callable[..., Any], study: Study, runtime: Runtime
) -> None:
    signed_in.request("PUT", f"/slides/{study.second}/place", json=PLACE)
    asked = {"slide_id": [study.first, study.second, study.second, new_id(), "\0"]}
    assert signed_in.get("/viewing/opened", params=asked).json() == {"opened": [study.second]}
    assert person("Ada", study.project_id).get("/viewing/opened", params=asked).json() == {"opened": []}
    many = {"slide_id": [study.second] * 501}
    assert signed_in.get("/viewing/opened", params=many).status_code == 422
    assert signed_in.get("/viewing/opened").status_code == 422


def test_who_may_not_see_a_slide_sees_nothing_of_it(person: Callable[..., Any], study: Study) -> None:
    stranger = person("Mallory")
    view = {"x": 0, "y": 0, "resolution": 1}
    for method, path, body in (
        ("GET", f"/slides/{study.first}/place", None),
        ("PUT", f"/slides/{study.first}/place", PLACE),
        ("GET", f"/slides/{study.first}/coverage", None),
        ("POST", f"/slides/{study.first}/coverage", {"cells": [0]}),
        ("GET", f"/slides/{study.first}/bookmarks", None),
        ("POST", f"/slides/{study.first}/bookmarks", {"name": "x", "view": view}),
        ("GET", f"/alignments/{study.first}/{study.second}", None),
        ("PUT", f"/alignments/{study.first}/{study.second}", {"matrix": [1, 0, 0, 1, 0, 0]}),
        ("DELETE", f"/alignments/{study.first}/{study.second}", None),
        ("GET", f"/presets?slide_id={study.first}", None),
        ("GET", f"/presets?project_id={study.project_id}", None),
        ("POST", "/presets", {"name": "x", "style": {}, "slide_id": study.first}),
        ("POST", "/presets", {"name": "x", "style": {}, "project_id": study.project_id}),
    ):
        answer = stranger.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"resolution": 0}, "/resolution"),
        ({"x": "1e999"}, "/x"),
        ({"x": 1e10}, "/x"),
        ({"plane": -1}, "/plane/constrained-int"),
        ({"plane": "min"}, None),
        ({"colour": 1}, "/colour"),
        ({"style": {"a": "x" * 20_000}}, "/style"),
        ({"style": [1]}, "/style"),
    ],
)
def test_a_wrong_place_is_named(signed_in: Any, study: Study, change: dict[str, Any], pointer: str | None) -> None:
    answer = signed_in.request("PUT", f"/slides/{study.first}/place", json={**PLACE, **change})
    assert answer.status_code == 422, answer.text
    pointers = [one["pointer"] for one in answer.json()["errors"]]
    assert pointer is None or any(one.startswith(pointer.split("/constr")[0]) for one in pointers), pointers
    assert signed_in.get(f"/slides/{study.first}/place").json() is None


def _cells(data: str, found: dict[str, Any]) -> Any:
    flat = np.unpackbits(np.frombuffer(base64.b64decode(data), np.uint8), bitorder="little")
    return flat[: found["cols"] * found["rows"]].reshape(found["rows"], found["cols"]).astype(bool)


def test_coverage_adds_up_and_counts_tissue(
    signed_in: Any,
    person: Callable[..., Any],
    register: Callable[[Path], dict[str, Any]],
    sample: Callable[[str], Path],
    runtime: Runtime,
) -> None:
    slide = register(sample("slides/CMU-1-Small-Region.svs"))
    address = f"/slides/{slide['slide_id']}/coverage"
    first = signed_in.get(address)
    assert first.status_code == 200, first.text
    found = first.json()
    assert (found["cols"], found["rows"], found["cell_px"], found["unseen_tissue_share"]) == (18, 24, 128, 1.0)
    tissue = _cells(found["tissue"], found)
    assert not _cells(found["seen"], found).any()
    some = [int(one) for one in np.flatnonzero(tissue.reshape(-1))[:20]]
    for cells in (some[:12], some[8:], []):
        assert signed_in.post(address, json={"cells": cells, "cell_px": 128}).status_code == 204
    found = signed_in.get(address).json()
    assert list(np.flatnonzero(_cells(found["seen"], found).reshape(-1))) == some
    assert found["unseen_tissue_share"] == pytest.approx(1 - 20 / tissue.sum())
    other = person("Ada", slide["project_id"]).get(address).json()
    assert other["unseen_tissue_share"] == 1.0
    assert other["tissue"] == found["tissue"]
    assert signed_in.post(address, json={"cells": [18 * 24]}).status_code == 422
    assert signed_in.post(address, json={"cells": [-1]}).status_code == 422
    assert signed_in.post(address, json={"cells": [0] * 20_001}).status_code == 422
    assert signed_in.post(address, json={"cells": [0], "cell_px": 64}).status_code == 409
    # Another scale means other cells; what was seen stays seen.
    signed_in.request("PATCH", f"/slides/{slide['slide_id']}", json={"mpp": 0.998})
    finer = signed_in.get(address).json()
    assert (finer["cols"], finer["rows"], finer["cell_px"]) == (35, 47, 64)
    assert _cells(finer["seen"], finer).sum() == pytest.approx(80, abs=4)


def test_the_mask_is_made_once(
    signed_in: Any, register: Callable[[Path], dict[str, Any]], sample: Callable[[str], Path], runtime: Runtime
) -> None:
    slide = register(sample("slides/CMU-1-Small-Region.svs"))
    address = f"/slides/{slide['slide_id']}/coverage"
    first = signed_in.get(address).json()
    done = runtime.pool.stats().done
    assert signed_in.get(address).json() == first
    assert runtime.pool.stats().done == done


def test_a_slide_without_pixels_has_no_coverage(signed_in: Any, study: Study) -> None:
    answer = signed_in.get(f"/slides/{study.first}/coverage")
    assert (answer.status_code, answer.json()["code"]) == (409, "slide_not_ready")
    assert signed_in.post(f"/slides/{study.first}/coverage", json={"cells": [0]}).status_code == 409


def test_preferences_are_one_s_own_and_bounded(
    signed_in: Any, person: Callable[..., Any], audited: Callable[[str], list[Any]]
) -> None:
    before = len(audited(""))
    assert signed_in.get("/me/preferences").json() == {}
    wanted = {"keys": {"ruler": "KeyM"}, "text": "ü\0\U0001f600", "fields": [0.196, 2], "tour_done": True}
    assert signed_in.request("PUT", "/me/preferences", json=wanted).json() == wanted
    assert signed_in.get("/me/preferences").json() == wanted
    assert person("Ada").get("/me/preferences").json() == {}
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    wrong: list[Any] = [[], 1, "x", {"a": "x" * 65_536}, {"a": deep}]
    for bad in wrong:
        answer = signed_in.request("PUT", "/me/preferences", json=bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), bad
    for odd in (b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"\\ud800": 1}'):
        answer = signed_in.request("PUT", "/me/preferences", content=odd, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, odd
    assert signed_in.get("/me/preferences").json() == wanted
    assert [one[0] for one in audited("")[before:]] == ["person.create", "token.create"]


def test_a_token_acts_for_its_person(signed_in: Any, browser: Callable[[], Any], runtime: Runtime, admin: Any) -> None:
    from coverslip.features import identity

    with runtime.db.transaction() as session:
        secret = identity.create_token(session, admin.person_id, "script")
    script = browser()
    script.headers["Authorization"] = f"Bearer {secret}"
    assert script.request("PUT", "/me/preferences", json={"a": 1}).status_code == 200
    assert signed_in.get("/me/preferences").json() == {"a": 1}


def test_display_checks_are_logged_with_workstation(
    signed_in: Any, person: Callable[..., Any], audited: Callable[[str], list[Any]]
) -> None:
    ada = person("Ada")
    body = {"workstation": "Room 3, left", "result": {"grey": 11, "near_white": True}}
    made = ada.post("/display-checks", json=body)
    assert made.status_code == 201
    assert signed_in.post("/display-checks", json={**body, "workstation": "Room 1"}).status_code == 201
    mine = ada.get("/display-checks").json()["items"]
    assert [(one["workstation"], one["author"], one["result"]) for one in mine] == [
        ("Room 3, left", "Ada", body["result"])
    ]
    everybody = signed_in.get("/display-checks").json()["items"]
    assert [one["workstation"] for one in everybody] == ["Room 1", "Room 3, left"]
    records = audited("display.checked")
    assert len(records) == 2
    assert "Room" not in str(records)
    for bad in ({**body, "workstation": ""}, {**body, "result": {"a": "x" * 20_000}}, {"workstation": "x"}):
        assert ada.post("/display-checks", json=bad).status_code == 422
