"""Annotation files that lie beside slides: listed, imported once as a piece of work, and only by who may draw."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.features.annotations.conftest import make_script
from tests.features.annotations.exchange.conftest import written
from tests.features.conftest import Browser

from coverslip.core.ids import new_id
from coverslip.features import annotations, imports
from coverslip.features.access import Role
from coverslip.features.annotations.exchange import Item, from_wire
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import Runtime
from coverslip.testing.synthetic import coded_rgb, write_pyramid

RING = [[10.0, 10.0], [200.0, 12.0], [150.0, 160.0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A served folder: a slide, an annotation file with its name, and files that are none."""
    served = tmp_path / "served"
    (served / "annotations").mkdir(parents=True)
    write_pyramid(served / "S1.tif", coded_rgb(700, 500))
    write_pyramid(served / "S2.tif", coded_rgb(600, 400))
    body = written([Item(from_wire({"kind": "polygon", "rings": [RING]}), class_name="Tumor")] * 2, "qupath")[0]
    (served / "S1.geojson").write_bytes(body)
    (served / "annotations" / "S2.tif.geojson").write_bytes(body)
    (served / "S3.geojson").write_bytes(body)  # of no slide here
    (served / "S2.json").write_text("not an annotation file")
    return served


@pytest.fixture
def project(signed_in: Browser, runtime: Runtime, folder: Path) -> tuple[str, dict[str, str]]:
    """The project of the folder, and its slides by name."""
    imports.import_paths(runtime, [folder])
    items = signed_in.get("/slides").json()["items"]
    assert [(one["name"], one["state"]) for one in items] == [("S1", "ready"), ("S2", "ready")], items
    return items[0]["project_id"], {one["name"]: one["slide_id"] for one in items}


def test_files_beside_slides_are_offered_and_imported_once(
    project: tuple[str, dict[str, str]], signed_in: Browser, runtime: Runtime
) -> None:
    project_id, ids = project
    where = f"/projects/{project_id}/annotation-files"
    offered = signed_in.get(where).json()
    assert sorted(one["file_name"] for one in offered["items"]) == ["S1.geojson", "S2.tif.geojson"]
    assert {one["format"] for one in offered["items"]} == {"qupath"}
    answer = signed_in.post(where, json={})
    assert (answer.status_code, answer.json()["files"]) == (202, 2)
    assert Worker(runtime, annotations.JOB_HANDLERS).run_one()
    for slide_id in ids.values():
        found = signed_in.get(f"/slides/{slide_id}/annotations").json()
        assert [one["geometry"]["rings"] for one in found["annotations"]] == [[RING], [RING]]
    assert signed_in.get(where).json()["total"] == 0
    assert signed_in.post(where, json={}).json() == {"job_id": None, "files": 0}


def test_a_file_that_cannot_be_read_stops_no_other(
    project: tuple[str, dict[str, str]], signed_in: Browser, runtime: Runtime, folder: Path
) -> None:
    project_id, ids = project
    where = f"/projects/{project_id}/annotation-files"
    assert signed_in.post(where, json={}).json()["files"] == 2
    (folder / "S1.geojson").write_text('{"type":"FeatureCollection","features":[{"geometry":7}]}')
    assert Worker(runtime, annotations.JOB_HANDLERS).run_one()
    drawn = {name: signed_in.get(f"/slides/{ids[name]}/annotations").json()["annotations"] for name in ids}
    assert sorted(len(one) for one in drawn.values()) == [0, 2]


@pytest.mark.parametrize(("role", "status"), [(Role.REVIEWER, 404), (None, 404)])
def test_who_was_let_onto_one_slide_is_offered_nothing(
    project: tuple[str, dict[str, str]], runtime: Runtime, rooms: FastAPI, role: Role | None, status: int
) -> None:
    project_id, ids = project
    who = make_script(runtime, rooms, f"p{new_id()}", next(iter(ids.values())), role)
    assert who.get(f"/projects/{project_id}/annotation-files").status_code == status
