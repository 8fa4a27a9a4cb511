"""Metadata from tables: a real export, a dry run that tells the truth, and lists as tables."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.features.slides import csv_import

REAL = "other/label-barcode/metadata.csv"


def run(catalogue: Any, project: str, body: bytes | str, status: int = 200, **params: Any) -> Any:
    content = body if isinstance(body, bytes) else body.encode()
    answer = catalogue.browser.post(
        f"/projects/{project}/metadata/import", params=params, content=content, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_real_export_names_slides_by_barcode(
    catalogue: Any, sample: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_import, "BATCH", 3)
    body = sample(REAL).read_bytes()
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert len(rows) > 20
    project = catalogue.project()
    # One is called as in the table, one is known by its file, one by the barcode read from its label.
    named, filed, labelled = rows[0], rows[1], rows[5]
    ids = catalogue.put(project, [named["Slide ID"], f"{filed['Bar Code Value']}", "scan_0001", "stranger"])
    slide = ids["scan_0001"]
    catalogue.change(slide, label_text=f"Example Hospital {labelled['Bar Code Value']}")
    report = run(catalogue, project, body)
    assert (report["rows"], report["matched"], report["changed"]) == (len(rows), 3, 3)
    assert len(report["unmatched"]) == len(rows) - 3
    assert {one["reason"] for one in report["unmatched"]} == {"no slide has this name, file name, label or barcode"}
    assert report["columns"]["Bar Code Value"] == "label_text"
    assert report["columns"]["Case ID"] == "case"
    assert catalogue.call("GET", "/cases")["total"] == 0, "a dry run makes nothing"
    again = run(catalogue, project, body, dry_run=False)
    assert {**again, "changes": None} == {**report, "changes": None}
    assert [one["values"] for one in again["changes"]] == [one["values"] for one in report["changes"]]
    found = catalogue.slide(ids[named["Slide ID"]])
    assert (found["case_name"], found["block"], found["part"]) == (named["Case ID"], named["Block Code"], "A")
    assert (found["stain"], found["stain_kind"]) == (named["Stain"], "special")
    assert found["fields"]["DIAGNOSIS_NAME1"] == named["DIAGNOSIS_NAME1"]
    assert found["label_text"] == named["Bar Code Value"]
    assert catalogue.slide(slide)["case_name"] == labelled["Case ID"]
    assert catalogue.listed(q=named["DIAGNOSIS_CODE1"], stain=named["Stain"]) == [found["name"]]
    assert run(catalogue, project, body, dry_run=False)["changed"] == 0
    with catalogue.runtime.db.read() as session:
        assert named["DIAGNOSIS_NAME1"] not in str(session.execute(text("SELECT * FROM audit")).all())


def test_every_row_that_changes_nothing_says_why(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["one", "two", "two ", "three"])
    schema = [{"key": "grade", "type": "integer", "maximum": 3}]
    catalogue.call("PUT", f"/projects/{project}/settings", {"metadata_schema": schema})
    body = (
        "file,stain,grade,rating,tags\n"
        "one.svs,HE,2,5,teaching; nice\n"
        "ONE,PAS,,,\n"
        "two,HE,,,\n"
        "nobody,HE,,,\n"
        ",HE,,,\n"
        "three,HE,9,,\n"
        "/old/place/three.svs,HE,1,,,extra\n"
    )
    report = run(catalogue, project, body, dry_run=False)
    assert (report["rows"], report["matched"], report["changed"]) == (7, 2, 1)
    reasons = {one["row"]: one["reason"] for one in report["unmatched"]}
    assert reasons == {
        2: "names the same slide as row 1",
        3: "2 slides are called so",
        4: "no slide has this name, file name, label or barcode",
        5: "names no slide",
        6: "three: grade must be at most 3",
        7: "has more cells than the header names columns",
    }
    found = catalogue.slide(ids["one"])
    assert (found["stain"], found["fields"], found["rating"]) == ("H&E", {"grade": 2}, 5)
    assert found["tags"] == ["nice", "teaching"]
    assert catalogue.slide(ids["three"])["stain"] is None
    # A person's table is not overwritten by a pattern.
    assert {"stain", "fields.grade", "rating", "tags"} <= set(found["entered"])


def test_only_the_columns_asked_for_are_used(catalogue: Any) -> None:
    project = catalogue.project()
    [slide_id] = catalogue.put(project, ["one"]).values()
    body = "name,stain,Patient Name\none,HE,Doe^Jane\n"
    report = run(catalogue, project, body, dry_run=False, column=["stain"])
    assert report["columns"] == {"name": "slide", "stain": "stain"}
    assert catalogue.slide(slide_id)["fields"] == {}
    assert catalogue.slide(slide_id)["stain"] == "H&E"


def test_a_body_that_is_no_table_is_refused(catalogue: Any) -> None:
    project = catalogue.project()
    for body in (b"", b"stain,block\nHE,A1\n", b"\x00\x01", b"{}"):
        assert run(catalogue, project, body, 422)["detail"].startswith("The table cannot be used: ")
    assert run(catalogue, project, b"x" * (20 * 2**20 + 1), 422)["code"] == "invalid_request"


def test_a_list_leaves_as_a_table_and_comes_back(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["=cmd()", "two"])
    catalogue.change(ids["=cmd()"], stain="HE", block="A1", tags=["b", "a"], fields={"note": "+49 30", "n": -7})
    catalogue.change(ids["two"], stain="PAS", case_id=catalogue.case(project, "S1"))
    answer = catalogue.browser.get("/slides/table", params={"project_id": project})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["'=cmd()", "two"]
    assert (rows[0]["note"], rows[0]["n"], rows[0]["tags"]) == ("'+49 30", "-7", "a; b")
    assert (rows[1]["case"], rows[1]["stain"], rows[1]["n"]) == ("S1", "PAS", "")
    assert [row["name"] for row in rows if row["slide_id"] == ids["two"]] == ["two"]
    only = catalogue.browser.get("/slides/table", params={"stain": "PAS"}).content.decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(only))] == ["two"]
    catalogue.change(ids["=cmd()"], block=None, fields={"note": None})
    columns = ["name", "block", "stain", "tags", "note"]
    run(catalogue, project, answer.content, dry_run=False, column=columns)
    back = catalogue.slide(ids["=cmd()"])
    assert (back["name"], back["block"], back["fields"]["note"]) == ("=cmd()", "A1", "+49 30")
    assert catalogue.browser.get("/slides/table", params={"project_id": "none"}).status_code == 404
