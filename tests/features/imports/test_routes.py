"""Served folders over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coverslip.core.ids import new_id
from coverslip.features import identity, imports
from coverslip.features.imports.pipeline import Reader
from coverslip.features.imports.scan import Scan
from coverslip.infra.runtime import Runtime


def test_a_folder_is_added_watched_and_looked_at_again(signed_in: Any, tmp_path: Path, runtime: Runtime) -> None:
    folder = tmp_path / "my slides"
    folder.mkdir()
    answer = signed_in.post("/imports/roots", json={"path": str(folder)})
    assert answer.status_code == 201
    root = answer.json()
    assert root["scanning"]
    assert signed_in.post("/imports/roots", json={"path": str(folder)}).json()["root_id"] == root["root_id"]
    Scan(runtime, Reader(runtime, 1), root["root_id"], "test").run()
    listed = signed_in.get("/imports/roots").json()["items"]
    assert [(one["path"], one["scanning"], one["found"]) for one in listed] == [(str(folder), False, 0)]
    assert listed[0]["last_scan_at"]
    again = signed_in.post(f"/imports/roots/{root['root_id']}/scan")
    assert again.status_code == 202
    assert again.json()["scanning"]


@pytest.mark.parametrize("role", ["operator", "auditor", None])
def test_an_operator_sees_the_served_folders_and_has_them_looked_at(
    role: identity.OrganisationRole | None,
    signed_in: Any,
    browser: Callable[[], Any],
    runtime: Runtime,
    tmp_path: Path,
) -> None:
    root = signed_in.post("/imports/roots", json={"path": str(tmp_path)}).json()["root_id"]
    with runtime.db.transaction() as session:
        new = identity.NewPerson("erin", "Erin", organisation_role=role)
        person_id = identity.add_person(session, new, by=identity.SYSTEM).person_id
        secrets = {
            scope: identity.create_token(session, person_id, scope, scopes=[scope]) for scope in ("read", "write")
        }
    found = {}
    for scope, secret in secrets.items():
        script = browser()
        script.headers["Authorization"] = f"Bearer {secret}"
        found[scope] = [
            script.get("/imports/roots").status_code,
            script.post(f"/imports/roots/{root}/scan").status_code,
            script.post("/imports/roots", json={"path": "/tmp"}).status_code,
        ]
    if role == "operator":
        assert found["read"] == [200, 403, 403]
        assert found["write"] == [200, 202, 403]
    else:
        assert found["read"] == found["write"] == [403, 403, 403]


@pytest.mark.parametrize("path", ["relative", "/no/such/folder", "/etc/passwd", "/tmp\0x", "~", "file:///tmp"])
def test_what_is_no_folder_of_the_server_is_refused(signed_in: Any, path: str) -> None:
    answer = signed_in.post("/imports/roots", json={"path": path})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/path"


@pytest.mark.parametrize("body", [{}, {"path": ""}, {"path": 1}, {"path": "x" * 5000}, {"path": "/", "more": 1}, []])
def test_a_wrong_body_is_refused(signed_in: Any, body: object) -> None:
    assert signed_in.post("/imports/roots", json=body).status_code == 422


def test_a_root_that_does_not_exist_cannot_be_looked_at(signed_in: Any) -> None:
    for root_id in (new_id(), "x", "%00"):
        assert signed_in.post(f"/imports/roots/{root_id}/scan").status_code == 404


def test_the_sample_becomes_the_project_sample(signed_in: Any, runtime: Runtime) -> None:
    answer = signed_in.post("/imports/sample")
    assert answer.status_code == 201
    root = answer.json()
    Scan(runtime, Reader(runtime, 1), root["root_id"], "test").run()
    found = signed_in.get("/slides").json()["items"]
    assert [(one["name"], one["state"], one["width"]) for one in found] == [("CMU-1-Small-Region", "ready", 2220)]
    projects = signed_in.get("/projects").json()["items"]
    assert [(one["name"], one["slide_count"]) for one in projects] == [("Sample", 1)]
    assert signed_in.post("/imports/sample").json()["root_id"] == root["root_id"]
    assert imports.sample_path() is not None


def test_nothing_is_added_without_the_csrf_token(signed_in: Any) -> None:
    del signed_in.headers["X-CSRF-Token"]
    assert signed_in.post("/imports/sample").status_code == 403
    assert signed_in.get("/imports/roots").json()["items"] == []
