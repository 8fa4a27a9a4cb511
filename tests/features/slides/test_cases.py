"""Cases, typed fields, tags and filters over HTTP, equal on both databases."""

from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.infra.audit import first_broken

NAMES = ("S24-1_A1_HE", "S24-1_A1_HER2", "S24-1_A2_HE", "S24-1_A10_HE", "S24-1_B1_PAS", "S24-2_A1_HE")


@pytest.fixture
def project(catalogue: Any) -> str:
    return str(catalogue.project())


def test_a_case_shows_its_slides_in_the_default_order(catalogue: Any, project: str) -> None:
    ids = catalogue.put(project, NAMES)
    case = catalogue.case(project, "S24-1")
    for name, slide_id in ids.items():
        number, block, stain = name.split("_")
        if number == "S24-1":
            catalogue.change(slide_id, case_id=case, block=block, stain=stain)
    wanted = ["S24-1_A1_HE", "S24-1_A2_HE", "S24-1_A10_HE", "S24-1_A1_HER2", "S24-1_B1_PAS"]
    detail = catalogue.browser.get(f"/cases/{case}").json()
    assert [one["name"] for one in detail["slides"]] == wanted
    assert (detail["slide_count"], detail["stains"]) == (5, ["H&E", "PAS", "HER2"])
    assert [one["stain_kind"] for one in detail["slides"]] == ["he", "he", "he", "ihc", "special"]
    assert catalogue.listed(case_id=case, sort="case") == wanted
    assert catalogue.listed(case_id=case, sort="-case") == wanted[::-1]
    assert catalogue.listed(sort="case") == [*wanted, "S24-2_A1_HE"]
    for place, name in enumerate(wanted):
        beside = catalogue.browser.get(
            f"/slides/{ids[name]}/neighbours", params={"case_id": case, "sort": "case"}
        ).json()
        assert (beside["position"], beside["total"]) == (place + 1, 5)
        assert beside["next_id"] == (ids[wanted[place + 1]] if place < 4 else None)
    [summary] = catalogue.browser.get("/cases").json()["items"]
    assert (summary["name"], summary["slide_count"], summary["stains"]) == ("S24-1", 5, ["H&E", "PAS", "HER2"])


def test_slides_in_no_case_are_listed_counted_and_walked(catalogue: Any, project: str) -> None:
    ids = catalogue.put(project, ("a one", "b two", "c three", "d four", "e five"))
    case = catalogue.case(project, "S24-1")
    catalogue.change(ids["b two"], case_id=case, stain="PAS")
    catalogue.change(ids["d four"], stain="HE", tags=["rare"])
    without = ["a one", "c three", "d four", "e five"]
    assert catalogue.listed(case_id="none") == without
    assert catalogue.listed(case_id="none", sort="-name", project_id=project) == without[::-1]
    assert catalogue.listed(case_id="none", q="three") == ["c three"]
    assert catalogue.listed(case_id="none", stain="H&E") == ["d four"]
    assert catalogue.counts("stains", case_id="none") == {"H&E": 1}
    assert catalogue.counts("tags", case_id="none") == {"rare": 1}
    assert catalogue.counts("states", case_id="none") == {"ready": 4}
    walked = catalogue.call("GET", f"/slides/{ids['c three']}/neighbours", params={"case_id": "none"})
    assert (walked["position"], walked["total"], walked["next_id"]) == (2, 4, ids["d four"])
    table = catalogue.browser.get("/slides/table", params={"case_id": "none"}).text
    assert ("c three" in table, "b two" in table) == (True, False)
    for name in ("c three", "d four", "e five"):
        catalogue.change(ids[name], case_id=case)
    assert catalogue.listed(case_id="none") == ["a one"]
    assert catalogue.counts("stains", case_id="none") == {}
    catalogue.call("POST", "/slides/trash", {"slide_ids": [ids["a one"]]})
    assert catalogue.listed(case_id="none") == []
    assert catalogue.listed(case_id="none", trashed=True) == ["a one"]


def test_every_field_is_filtered_by_counted_and_found(catalogue: Any, project: str) -> None:
    ids = catalogue.put(project, ("one", "two", "three", "four"))
    case = catalogue.case(project, "S24-1234")
    catalogue.change(ids["one"], case_id=case, block="A1", stain="mib1", tags=["teaching", "Nice one"], rating=5)
    catalogue.change(ids["two"], block="A10", stain="h&e", tags=["teaching"], rating=2, label_text="S24 LABEL")
    catalogue.change(ids["three"], stain="HE", fields={"grade": 3, "site": "Läsion left", "done": True})
    assert catalogue.listed(stain="Ki-67") == catalogue.listed(stain="ki67") == ["one"]
    assert set(catalogue.listed(stain=["H&E", "Ki-67"])) == {"one", "two", "three"}
    assert catalogue.listed(stain_kind="ihc") == ["one"]
    assert set(catalogue.listed(stain_kind="he")) == {"two", "three"}
    assert catalogue.listed(block="A1") == ["one"]
    assert set(catalogue.listed(tag="teaching")) == {"one", "two"}
    assert catalogue.listed(tag=["teaching", "Nice one"]) == ["one"]
    assert catalogue.listed(tag="teach") == []
    assert catalogue.listed(rating_min=3) == ["one"]
    assert set(catalogue.listed(rating_min=1)) == {"one", "two"}
    for words, name in {
        "s24-1234": "one",
        "ki67": "one",
        "nice": "one",
        "label": "two",
        "lasion": "three",
        "grade": "three",
        "a10": "two",
    }.items():
        assert catalogue.listed(q=words) == [name], words
    assert catalogue.counts("stains") == {"H&E": 2, "Ki-67": 1}
    assert catalogue.counts("stains", stain="Ki-67") == {"H&E": 2, "Ki-67": 1}
    assert catalogue.counts("stains", tag="teaching") == {"H&E": 1, "Ki-67": 1}
    assert catalogue.counts("tags") == {"Nice one": 1, "teaching": 2}
    assert catalogue.counts("tags", stain="H&E") == {"teaching": 1}
    assert catalogue.counts("tags", q="s24", stain="H&E") == {"teaching": 1}
    assert catalogue.counts("states", tag="Nice one") == {"ready": 1}
    assert catalogue.listed(sort="stain") == ["two", "three", "one", "four"]
    catalogue.change(ids["three"], fields={"grade": None, "site": "right"})
    assert catalogue.browser.get(f"/slides/{ids['three']}").json()["fields"] == {"site": "right", "done": True}
    assert catalogue.listed(q="lasion") == []


def test_a_renamed_case_is_found_by_its_new_name(catalogue: Any, project: str) -> None:
    ids = catalogue.put(project, ["one"])
    case = catalogue.case(project, "Old-1")
    catalogue.change(ids["one"], case_id=case)
    assert catalogue.browser.request("PATCH", f"/cases/{case}", json={"name": "New-2"}).json()["name"] == "New-2"
    assert catalogue.listed(q="old") == []
    assert catalogue.listed(q="new-2") == ["one"]
    assert catalogue.browser.get(f"/slides/{ids['one']}").json()["case_name"] == "New-2"
    assert [one["name"] for one in catalogue.browser.get("/cases", params={"q": "w-2"}).json()["items"]] == ["New-2"]
    assert [one["name"] for one in catalogue.browser.get("/cases", params={"q": "one"}).json()["items"]] == ["New-2"]
    assert catalogue.browser.get("/cases", params={"q": "old"}).json() == {"items": [], "next_cursor": None, "total": 0}


def test_a_word_of_every_slide_finds_the_cases_that_have_one(catalogue: Any, project: str) -> None:
    ids = catalogue.put(project, ["slide a", "slide b", "slide c"])
    for name, case in (("slide a", "S1"), ("slide b", "S2")):
        catalogue.change(ids[name], case_id=catalogue.case(project, case))
    catalogue.case(project, "Empty")
    catalogue.case(project, "Slide none")  # found by its own name
    catalogue.call("POST", "/slides/trash", {"slide_ids": [ids["slide b"]]})
    for words, wanted in (("slide", ["S1", "Slide none"]), ("sli", ["S1", "Slide none"]), ("slide a", ["S1"])):
        found = catalogue.call("GET", "/cases", params={"q": words})
        assert ([one["name"] for one in found["items"]], found["total"]) == (wanted, len(wanted))


def test_a_batch_is_all_or_nothing_and_one_record_each(catalogue: Any, project: str) -> None:
    ids = list(catalogue.put(project, [f"s{number}" for number in range(30)]).values())
    with catalogue.runtime.db.transaction() as session:
        elsewhere = slides.create_project(session, "Other")
    foreign_case = catalogue.case(elsewhere, "X")

    def records() -> int:
        with catalogue.runtime.db.read() as session:
            query = text("SELECT count(*) FROM audit WHERE action = 'slide.fields_changed'")
            return int(session.execute(query).scalar_one())

    for body, status, pointer in (
        ({"slide_ids": [*ids, new_id()], "patch": {"stain": "HE"}}, 404, None),
        ({"slide_ids": ids, "patch": {"case_id": foreign_case, "stain": "HE"}}, 422, "/patch/case_id"),
        ({"slide_ids": ids, "patch": {"name": "all"}}, 422, "/patch/name"),
        ({"slide_ids": ids, "patch": {"rating": 6}}, 422, "/patch/rating"),
        ({"slide_ids": [], "patch": {"rating": 5}}, 422, "/slide_ids"),
    ):
        answer = catalogue.browser.post("/slides/batch", json=body)
        assert answer.status_code == status, answer.text
        assert pointer is None or answer.json()["errors"][0]["pointer"] == pointer
    assert records() == 0
    assert catalogue.counts("stains") == {}
    body = {"slide_ids": [*ids, ids[0]], "patch": {"stain": "cd20", "tags": ["b", "a"], "fields": {"n": 1.5}}}
    assert catalogue.browser.post("/slides/batch", json=body).json() == {"changed": 30}
    assert records() == 30
    assert catalogue.counts("stains") == {"CD20": 30}
    assert catalogue.counts("tags") == {"a": 30, "b": 30}
    assert catalogue.browser.post("/slides/batch", json=body).json() == {"changed": 0}
    with catalogue.runtime.db.read() as session:
        assert first_broken(session) is None
        assert "CD20" not in str(session.execute(text("SELECT detail FROM audit")).all())


@pytest.mark.parametrize(
    "patch",
    [
        {"tags": ["x" * 51]},
        {"tags": [f"{number}{'x' * 40}" for number in range(20)]},
        {"fields": {"": 1}},
        {"fields": {"a": [1]}},
        {"fields": {"a": 1e400}},
        {"rating": "5"},
        {"stain_kind": "nice"},
        {"case_id": "none"},
        {"block": "x" * 65},
    ],
)
def test_a_field_that_cannot_be_is_refused(catalogue: Any, project: str, patch: Any) -> None:
    [slide_id] = catalogue.put(project, ["one"]).values()
    before = catalogue.browser.get(f"/slides/{slide_id}").json()
    content = str(patch).replace("'", '"').replace("inf", "1e400")
    answer = catalogue.browser.request(
        "PATCH", f"/slides/{slide_id}", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert catalogue.browser.get(f"/slides/{slide_id}").json() == before


def test_a_case_has_one_name_in_a_project(catalogue: Any, project: str) -> None:
    catalogue.case(project, "S24-1")
    body = {"project_id": project, "name": " S24-1 "}
    assert catalogue.browser.post("/cases", json=body).json()["code"] == "conflict"
    assert catalogue.browser.post("/cases", json={**body, "name": "\x01 \x02"}).status_code in (201, 422)
    assert catalogue.browser.post("/cases", json={**body, "project_id": new_id()}).status_code == 404


def test_cases_are_paged_by_name_and_age(catalogue: Any, project: str) -> None:
    names = [f"S{number}" for number in (10, 9, 100, 2)]
    for name in names:
        catalogue.case(project, name)
    for sort, wanted in (
        ("name", ["S2", "S9", "S10", "S100"]),
        ("-name", ["S100", "S10", "S9", "S2"]),
        ("created_at", names),
        ("-created_at", names[::-1]),
    ):
        cursor, found = None, []
        while True:
            params = {"sort": sort, "limit": 3, **({"cursor": cursor} if cursor else {})}
            page = catalogue.browser.get("/cases", params=params).json()
            found += [one["name"] for one in page["items"]]
            assert page["total"] == 4
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == wanted
    assert catalogue.browser.get("/cases", params={"cursor": "zzz"}).status_code == 422
