"""The catalogue over HTTP: who gets in, what is recorded, what a wrong request is told."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.runtime import Runtime


@pytest.fixture
def slide_id(runtime: Runtime) -> str:
    with runtime.db.transaction() as session:
        project = slides.create_project(session, "Study")
        return slides.put_slide(session, SlideEntry(None, project, "s", "s.svs", "/x", ("x",), 1, SlideState.READY))


def _audit(runtime: Runtime, action: str) -> int:
    with runtime.db.read() as session:
        query = text("SELECT count(*) FROM audit WHERE action = :action")
        return int(session.execute(query, {"action": action}).scalar_one())


READS = ("/projects", "/slides", "/slides/{slide_id}", "/slides/{slide_id}/neighbours", "/imports/roots")


@pytest.mark.parametrize("path", READS)
def test_nobody_reads_without_signing_in(browser: Callable[[], Any], slide_id: str, path: str) -> None:
    answer = browser().get(path.format(slide_id=slide_id))
    assert answer.status_code == 401
    assert answer.headers["cache-control"] == "no-store"


def test_absent_slides_are_not_found_whatever_their_id(signed_in: Any, slide_id: str) -> None:
    bodies = []
    for one in (new_id(), "x", "..%2f..%2fetc", "%00", "ü", slide_id[:-1] + "x"):
        answer = signed_in.get(f"/slides/{one}")
        assert answer.status_code == 404, one
        bodies.append({key: value for key, value in answer.json().items() if key != "request_id"})
    assert all(body == bodies[0] for body in bodies)
    assert signed_in.get(f"/slides/{slide_id}").status_code == 200


def test_a_list_is_one_record_and_so_is_a_detail(signed_in: Any, runtime: Runtime, slide_id: str) -> None:
    for _ in range(3):
        assert signed_in.get("/slides").status_code == 200
        assert signed_in.get(f"/slides/{slide_id}").status_code == 200
    assert _audit(runtime, "slides.listed") == 1
    assert _audit(runtime, "slide.viewed") == 1
    assert signed_in.get("/slides", params={"q": "Eva"}).status_code == 200
    assert _audit(runtime, "slides.listed") == 2
    with runtime.db.read() as session:
        assert "Eva" not in str(session.execute(text("SELECT * FROM audit")).all())


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"limit": "0"}, "/query/limit"),
        ({"limit": "501"}, "/query/limit"),
        ({"limit": "x"}, "/query/limit"),
        ({"sort": "colour"}, "/query/sort"),
        ({"state": "nice"}, "/query/state/0"),
        ({"cursor": "zzz"}, "/cursor"),
        ({"q": "x" * 501}, "/query/q"),
        ({"include_below": "maybe"}, "/query/include_below"),
    ],
)
def test_a_wrong_parameter_is_named(signed_in: Any, params: dict[str, str], pointer: str) -> None:
    answer = signed_in.get("/slides", params=params)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


@pytest.mark.parametrize("body", [{"name": ""}, {"mpp": 0}, {"mpp": -1}, {"mpp": "x"}, {"colour": 1}, [], {"mpp": 1e9}])
def test_a_wrong_change_is_refused(signed_in: Any, slide_id: str, body: object) -> None:
    assert signed_in.request("PATCH", f"/slides/{slide_id}", json=body).status_code == 422


def test_a_change_is_shown_and_recorded(signed_in: Any, runtime: Runtime, slide_id: str) -> None:
    answer = signed_in.request("PATCH", f"/slides/{slide_id}", json={"name": "New", "mpp": 0.5})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["mpp_x"]) == ("New", 0.5)
    assert signed_in.get(f"/slides/{slide_id}").json()["name"] == "New"
    assert _audit(runtime, "slide.renamed") == 1
    del signed_in.headers["X-CSRF-Token"]
    assert signed_in.request("PATCH", f"/slides/{slide_id}", json={"name": "Newer"}).status_code == 403
    assert _audit(runtime, "slide.renamed") == 1


def test_text_that_no_database_holds_matches_nothing(signed_in: Any, slide_id: str) -> None:
    assert signed_in.get("/slides?format=%00").json()["items"] == []
    assert signed_in.get("/slides?q=%00").status_code == 200
    assert signed_in.get("/slides?project_id=%00").status_code == 404
    assert signed_in.get(f"/slides/{slide_id}/neighbours?format=%00").status_code == 404
    cursor = base64.urlsafe_b64encode(json.dumps(["name", "\0", 1]).encode()).decode()
    assert signed_in.get("/slides", params={"cursor": cursor}).status_code == 422
    assert signed_in.request("PATCH", f"/slides/{slide_id}", json={"name": "a\0b"}).json()["name"] == "a\ufffdb"
