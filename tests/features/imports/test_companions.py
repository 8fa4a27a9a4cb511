"""Slides of several files that are still being written, folders with rules, and a share that comes and goes."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coverslip.features.imports import scan as scanning
from coverslip.features.imports import store

from .arriving import is_one_sentence
from .conftest import TIFF, Served

SETTLE_S = 30.0


@pytest.fixture
def settling(served: Served) -> Served:
    """A served folder in which files have to rest for 30 seconds, as in a real one."""
    served.runtime.settings = served.runtime.settings.model_copy(update={"settle_s": SETTLE_S})
    return served


def age(path: Path, seconds: float) -> None:
    """Let a file, or all files of a folder, have been written some time ago."""
    then = time.time() - seconds
    for one in [path, *(path.rglob("*") if path.is_dir() else ())]:
        os.utime(one, (then, then))


def mrxs(served: Served, name: str = "a") -> tuple[Path, Path]:
    """Write what looks like an MRXS; no reader likes it, but it has its parts."""
    slide, folder = served.folder / f"{name}.mrxs", served.folder / name
    slide.write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 1000)
    folder.mkdir()
    (folder / "Slidedat.ini").write_text("[GENERAL]\n")
    (folder / "Data0000.dat").write_bytes(b"x" * 5000)
    return slide, folder


def test_an_mrxs_waits_for_its_folder(settling: Served) -> None:
    slide, folder = mrxs(settling)
    age(slide, 200)
    age(folder, 200)
    age(folder / "Data0000.dat", 3)
    settling.scan()
    assert settling.states() == {"a": "arriving"}, "its pixels were written three seconds ago"
    age(folder / "Data0000.dat", SETTLE_S + 5)
    settling.scan()
    assert settling.states()["a"] not in ("arriving", "ready")  # it was read


def test_an_mrxs_without_its_folder_waits_a_while_then_says_so_then_is_read_again(settling: Served) -> None:
    slide, folder = mrxs(settling)
    shutil.rmtree(folder)
    age(slide, SETTLE_S * 2)
    settling.scan()
    assert settling.states() == {"a": "arriving"}
    age(slide, SETTLE_S * 11)
    settling.scan()
    assert settling.states() == {"a": "missing_companion"}
    assert settling.scan().read == 0
    folder.mkdir()
    (folder / "Slidedat.ini").write_text("[GENERAL]\n")
    age(folder, SETTLE_S * 2)
    assert settling.scan().read == 1, "what it lacked has come"
    assert settling.states()["a"] != "missing_companion"


def test_without_looking_at_companions_a_half_written_slide_would_be_read(
    settling: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "companions_of", lambda *_: None)
    slide, folder = mrxs(settling)
    age(slide, 200)
    age(folder, 200)
    age(folder / "Data0000.dat", 3)
    settling.scan()
    assert settling.states()["a"] != "arriving"


def test_a_series_that_grows_is_one_slide(settling: Served, sample: Callable[[str], Path]) -> None:
    files = sorted(path for path in sample("slides/dicom-cytomine").iterdir() if path.is_file())
    folder = settling.folder / "series"
    folder.mkdir()
    for path in files[:2]:
        shutil.copyfile(path, folder / path.name)
        age(folder / path.name, SETTLE_S + 5)
    shutil.copyfile(files[2], folder / files[2].name)
    settling.scan()
    assert [one.state for one in settling.listed()] == ["arriving"], "one of its files was written just now"
    age(folder, SETTLE_S + 5)
    settling.scan()
    ready = settling.listed()
    assert [one.state for one in ready] == ["ready"]
    shutil.copyfile(files[3], folder / files[3].name)
    age(folder, SETTLE_S + 5)
    settling.scan()
    again = settling.listed()
    assert [one.slide_id for one in again] == [one.slide_id for one in ready]
    assert len(settling.where(again[0].slide_id).files) == 4
    assert settling.scan().read == 0


def test_the_log_says_what_a_folder_brought(served: Served, signed_in: Any) -> None:
    served.add("a.svs")
    served.add("copy.svs")
    (served.folder / "broken.svs").write_bytes(b"no slide")
    served.scan()
    log = signed_in.get("/imports/arrivals").json()
    found = {one["name"]: one for one in log["items"]}
    assert {name: one["state"] for name, one in found.items()} == {
        "a.svs": "done",
        "copy.svs": "done",
        "broken.svs": "failed",
    }
    assert (log["counts"]["done"], log["counts"]["failed"]) == (2, 1)
    twins = {found["a.svs"]["duplicate_of"], found["copy.svs"]["duplicate_of"]}
    assert len(twins - {None}) == 1, "the second of two equal files says that it is one"
    assert is_one_sentence(found["broken.svs"]["reason"]["message"])
    failed = signed_in.get("/imports/arrivals?state=failed").json()["items"]
    assert [one["name"] for one in failed] == ["broken.svs"]
    shutil.copyfile(served.folder / "a.svs", served.folder / "broken.svs")
    os.utime(served.folder / "broken.svs", ns=(0, 0))
    assert signed_in.post(f"/imports/arrivals/{failed[0]['arrival_id']}/retry").status_code == 202
    served.scan()
    assert signed_in.get(f"/imports/arrivals/{failed[0]['arrival_id']}").json()["state"] == "done"
    assert len(signed_in.get("/imports/arrivals?limit=2").json()["items"]) == 2
    cursor = signed_in.get("/imports/arrivals?limit=2").json()["next_cursor"]
    assert len(signed_in.get(f"/imports/arrivals?limit=2&cursor={cursor}").json()["items"]) == 1
    assert signed_in.get("/imports/arrivals?cursor=x").status_code == 422


def test_a_rule_gives_a_folder_its_project_pattern_and_stain(served: Served, signed_in: Any) -> None:
    served.add("other/x.svs")
    served.add("ihc/S24-1234_A1_HER2.svs")
    served.add("ihc/S24-1234_A2.tiff", TIFF)
    served.add("ihc/deep/y.svs")
    projects = signed_in.post("/projects", json={"name": "Immuno"})
    assert projects.status_code == 201, projects.text
    project_id = projects.json()["project_id"]
    rule = {"folder": str(served.folder / "ihc"), "project_id": project_id, "pattern": "{case}_{block}[_{stain}]"}
    made = signed_in.post("/imports/rules", json={**rule, "stain": "HE"})
    assert made.status_code == 201, made.text
    assert signed_in.post("/imports/rules", json=rule).status_code == 409
    served.scan()
    found = {one["name"]: one for one in signed_in.get("/slides").json()["items"]}
    her2, plain = found["S24-1234_A1_HER2"], found["S24-1234_A2"]
    assert (her2["project_id"], her2["case_name"], her2["block"], her2["stain"]) == (
        project_id,
        "S24-1234",
        "A1",
        "HER2",
    )
    assert (plain["case_name"], plain["block"], plain["stain_kind"]) == ("S24-1234", "A2", "he")
    assert found["y"]["project_id"] == project_id
    assert found["x"]["project_id"] != project_id
    assert found["x"]["stain"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"folder": "relative"}, 422),
        ({"folder": ""}, 422),
        ({"folder": "/x", "project_id": "none"}, 422),
        ({"folder": "/x", "pattern": "{case"}, 422),
        ({"folder": "/x", "more": 1}, 422),
        ({}, 422),
    ],
)
def test_a_wrong_rule_is_refused(signed_in: Any, body: dict[str, Any], status: int) -> None:
    assert signed_in.post("/imports/rules", json=body).status_code == status
    assert signed_in.get("/imports/rules").json()["items"] == []


def test_rules_are_changed_and_forgotten(signed_in: Any) -> None:
    rule = signed_in.post("/imports/rules", json={"folder": "/x/", "stain": "HE"}).json()
    assert rule["folder"] == "/x"
    where = f"/imports/rules/{rule['rule_id']}"
    changed = signed_in.request("PATCH", where, json={"pattern": "{case}_*"}).json()
    assert (changed["pattern"], changed["stain"]) == ("{case}_*", "HE")
    assert signed_in.request("PATCH", where, json={"stain": None}).json()["stain"] is None
    assert signed_in.request("PATCH", "/imports/rules/none", json={}).status_code == 404
    assert signed_in.request("DELETE", where).status_code == 204
    assert signed_in.request("DELETE", where).status_code == 404


def test_a_share_that_vanishes_and_returns_loses_nothing(served: Served) -> None:
    served.add("a.svs")
    served.add("b.tiff", TIFF)
    served.scan()
    before = served.listed()
    aside = served.folder.with_name("unplugged")
    for _ in range(3):
        served.folder.rename(aside)
        served.scan()
        assert served.root().offline_since is not None
        assert [one.slide_id for one in served.listed()] == [one.slide_id for one in before]
        served.folder.mkdir()  # the mount point without its share
        served.scan()
        assert served.root().offline_since is not None
        assert set(served.states().values()) == {"ready"}
        served.folder.rmdir()
        aside.rename(served.folder)
        served.scan()
        assert served.root().offline_since is None
    after = served.listed()
    assert [(one.slide_id, one.state, one.version) for one in after] == [
        (one.slide_id, one.state, one.version) for one in before
    ]
    assert served.scan().read == 0


def test_without_the_look_at_the_mount_its_slides_would_be_called_missing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning.Scan, "_is_empty_mount", lambda *_: False)
    monkeypatch.setattr(scanning, "is_mounted", lambda _: True)
    served.add("a.svs")
    served.scan()
    shutil.rmtree(served.folder)
    served.folder.mkdir()
    served.scan()
    assert served.states() == {"a": "missing"}
    with served.runtime.db.read() as session:
        assert store.outcomes(session, served.root_id) == {"missing": 1}
