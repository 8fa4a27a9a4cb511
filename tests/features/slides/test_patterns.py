"""Project settings: schema, pattern and defaults, and what they do to slides old and new."""

from typing import Any

import pytest

from coverslip.core.errors import InvalidRequest
from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.slides import field_rules, patterns
from coverslip.features.slides.schemas_cases import FieldRule

GRADE = {"key": "grade", "label": "Grade", "type": "integer", "minimum": 1, "maximum": 3, "required": True}
SCHEMA = [
    GRADE,
    {"key": "site", "type": "enum", "options": ["left", "right"], "default": "left"},
    {"key": "block", "type": "string", "pattern": "[A-Z]\\d+"},
    {"key": "received", "type": "date", "applies_to": "case", "required": True},
    {"key": "urgent", "type": "boolean", "applies_to": "case", "default": False},
]
PATTERN = "{case}_{block}[_{stain}]"


def put_settings(catalogue: Any, project: str, status: int = 200, **settings: Any) -> Any:
    return catalogue.call("PUT", f"/projects/{project}/settings", settings, status)


def test_a_preview_shows_what_fits_without_changing_anything(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["S24-1234_A1_HER2", "S24-1234_A2", "other"])
    found = catalogue.call("POST", f"/projects/{project}/pattern/preview", {"pattern": PATTERN})
    assert (found["matched"], found["unmatched"]) == (2, 1)
    by_file = {one["file_name"]: one for one in found["items"]}
    assert by_file["S24-1234_A1_HER2.svs"]["values"] == {
        "case": "S24-1234", "block": "A1", "stain": "HER2", "stain_kind": "ihc",
    }  # fmt: skip
    assert by_file["other.svs"]["values"] is None
    assert by_file["S24-1234_A2.svs"]["slide_id"] == ids["S24-1234_A2"]
    assert catalogue.call("GET", "/cases")["total"] == 0
    refused = catalogue.call("POST", f"/projects/{project}/pattern/preview", {"pattern": "{case"}, 422)
    assert refused["errors"][0]["pointer"] == "/pattern"
    catalogue.call("POST", f"/projects/{new_id()}/pattern/preview", {"pattern": PATTERN}, 404)


def test_applying_groups_slides_but_keeps_what_a_person_entered(
    catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "BATCH", 2)
    monkeypatch.setattr(patterns, "CASES_AT_ONCE", 1)
    project = catalogue.project()
    names = ["S1_A1_HE", "S1_A2_HER2", "S2_A1_HE", "odd", "S2_A3"]
    ids = catalogue.put(project, names)
    catalogue.change(ids["S1_A1_HE"], block="Z9", stain=None)
    apply = f"/projects/{project}/pattern/apply"
    done = catalogue.call("POST", apply, {"pattern": PATTERN})
    assert done == {"matched": 4, "unmatched": 1, "changed": 4, "refused": 0}
    assert catalogue.call("POST", apply, {"pattern": PATTERN})["changed"] == 0
    first = catalogue.slide(ids["S1_A1_HE"])
    assert (first["case_name"], first["block"], first["stain"]) == ("S1", "Z9", None)
    cases = {one["name"]: one["slide_count"] for one in catalogue.call("GET", "/cases")["items"]}
    assert cases == {"S1": 2, "S2": 2}
    assert catalogue.counts("stains") == {"HER2": 1, "H&E": 1}
    assert catalogue.call("POST", apply, {"pattern": PATTERN, "overwrite": True})["changed"] == 1
    assert catalogue.slide(ids["S1_A1_HE"])["block"] == "A1"
    # Another pattern replaces what a pattern read before.
    assert catalogue.call("POST", apply, {"pattern": "{label}_{block}[_{stain}]"})["changed"] == 4
    assert catalogue.slide(ids["S2_A3"])["label_text"] == "S2"


def test_without_the_guard_a_pattern_would_overwrite_a_person(catalogue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["S1_A1_HE"])
    catalogue.change(ids["S1_A1_HE"], block="Z9")
    monkeypatch.setattr(patterns, "_allowed", lambda row, values, wanted: dict(values))
    catalogue.call("POST", f"/projects/{project}/pattern/apply", {"pattern": PATTERN})
    assert catalogue.slide(ids["S1_A1_HE"])["block"] == "A1"


def test_folders_give_the_case(catalogue: Any) -> None:
    project = catalogue.project()
    with catalogue.runtime.db.transaction() as session:
        entry = slides.SlideEntry(
            None, project, "B12-PAS", "B12-PAS.svs", "/x/S24-7", ("f",), 1, slides.SlideState.READY
        )
        slide_id = slides.put_slide(session, entry)
    catalogue.call("POST", f"/projects/{project}/pattern/apply", {"pattern": "{case}/{block}-{stain}"})
    found = catalogue.slide(slide_id)
    assert (found["case_name"], found["block"], found["stain"]) == ("S24-7", "B12", "PAS")


def test_new_slides_are_named_by_the_project_above(catalogue: Any) -> None:
    top = catalogue.project()
    inner = catalogue.project("Inner", top)
    own = catalogue.project("Own", top)
    put_settings(catalogue, top, pattern=PATTERN, default_stain="he", metadata_schema=SCHEMA[:2])
    put_settings(catalogue, own)
    found = catalogue.call("GET", f"/projects/{inner}/settings")
    assert (found["pattern"], found["default_stain"], found["inherited_from"]) == (PATTERN, "H&E", top)
    assert catalogue.call("GET", f"/projects/{own}/settings")["pattern"] is None
    ids = catalogue.put(inner, ["S1_A1_CD3", "S1_A2"])
    slide = catalogue.slide(ids["S1_A1_CD3"])
    assert (slide["case_name"], slide["block"], slide["stain"], slide["fields"]) == (
        "S1",
        "A1",
        "CD3",
        {"site": "left"},
    )
    assert slide["entered"] == []
    assert catalogue.slide(ids["S1_A2"])["stain"] == "H&E"
    [plain] = catalogue.put(own, ["S1_A1_CD3"]).values()
    assert (catalogue.slide(plain)["case_name"], catalogue.slide(plain)["fields"]) == (None, {})
    done = catalogue.call("POST", f"/projects/{top}/pattern/apply", {"pattern": PATTERN})
    assert (done["matched"], done["changed"]) == (2, 0)


def test_the_schema_holds_on_every_write(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["a", "b", "c_9_HE"])
    put_settings(catalogue, project, metadata_schema=SCHEMA)
    one = ids["a"]
    for patch, pointer in (
        ({"fields": {"grade": 4}}, "/fields/grade"),
        ({"fields": {"grade": "2"}}, "/fields/grade"),
        ({"fields": {"grade": 1.5}}, "/fields/grade"),
        ({"fields": {"grade": True}}, "/fields/grade"),
        ({"fields": {"site": "up"}}, "/fields/site"),
        ({"block": "a1"}, "/block"),
    ):
        assert catalogue.change(one, 422, **patch)["errors"][0]["pointer"] == pointer, patch
    catalogue.change(one, fields={"grade": 2, "site": "right", "free": "x"}, block="A1")
    assert catalogue.change(one, 422, fields={"grade": None})["errors"][0]["pointer"] == "/fields/grade"
    catalogue.change(one, fields={"free": None, "site": None})
    body = {"slide_ids": [one, ids["b"]], "patch": {"fields": {"grade": 9}}}
    refused = catalogue.call("POST", "/slides/batch", body, 422)
    assert refused["errors"][0]["pointer"] == "/patch/fields/grade"
    assert refused["detail"] == "a: Grade must be at most 3."
    applied = catalogue.call("POST", f"/projects/{project}/pattern/apply", {"pattern": "{label}_{block}_{stain}"})
    assert applied == {"matched": 1, "unmatched": 2, "changed": 0, "refused": 1}
    case = {"project_id": project, "name": "S1"}
    assert catalogue.call("POST", "/cases", case, 422)["errors"][0]["pointer"] == "/fields/received"
    catalogue.call("POST", "/cases", {**case, "fields": {"received": "2026-02-30"}}, 422)
    made = catalogue.call("POST", "/cases", {**case, "fields": {"received": "2026-02-28"}}, 201)
    assert made["fields"] == {"received": "2026-02-28", "urgent": False}
    catalogue.call("PATCH", f"/cases/{made['case_id']}", {"fields": {"received": None}}, 422)
    with catalogue.runtime.db.transaction() as session, pytest.raises(InvalidRequest):
        slides.set_fields(session, ids["b"], {"block": "nothing like it"})


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"key": "a", "type": "enum"}, "/metadata_schema/0/options"),
        ({"key": "a", "type": "number", "minimum": 2, "maximum": 1}, "/metadata_schema/0/minimum"),
        ({"key": "a", "type": "string", "pattern": "("}, "/metadata_schema/0/pattern"),
        ({"key": "a", "type": "string", "pattern": "(a+)+b"}, "/metadata_schema/0/pattern"),
        ({"key": "a", "type": "string", "pattern": "a*a*a*a*b"}, "/metadata_schema/0/pattern"),
        ({"key": "a", "type": "integer", "default": "x"}, "/metadata_schema/0/default"),
        ({"key": "block", "type": "integer"}, "/metadata_schema/0/type"),
        ({"key": "a", "type": "colour"}, "/metadata_schema/0/type"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(catalogue: Any, rule: dict[str, Any], pointer: str) -> None:
    project = catalogue.project()
    answer = put_settings(catalogue, project, 422, metadata_schema=[rule])
    assert answer["errors"][0]["pointer"] == pointer
    assert catalogue.call("GET", f"/projects/{project}/settings")["metadata_schema"] == []


def test_a_cell_becomes_what_the_rule_asks_for() -> None:
    def rule(**more: Any) -> FieldRule:
        return FieldRule.model_validate({"key": "k", **more})

    assert field_rules.converted(rule(type="integer"), "12") == 12
    assert field_rules.converted(rule(type="number"), "1,5") == 1.5
    assert field_rules.converted(rule(type="boolean"), "Yes") is True
    assert field_rules.converted(rule(type="enum", options=["Left"]), "left") == "Left"
    assert field_rules.converted(rule(type="integer"), "x") == "x"
    assert field_rules.converted(None, "7") == "7"


def test_set_fields_fills_gaps_only(catalogue: Any) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["a"])
    catalogue.change(ids["a"], block="A1", part=None)
    with catalogue.runtime.db.transaction() as session:
        case = slides.ensure_case(session, project, " S1 ")
        assert slides.ensure_case(session, project, "S1") == case
        values = {"case_id": case, "block": "B9", "part": "B", "stain": "mib1", "fields": {"k": "v"}}
        assert slides.set_fields(session, ids["a"], values)
        assert not slides.set_fields(session, ids["a"], values)
    found = catalogue.slide(ids["a"])
    assert (found["case_name"], found["block"], found["part"], found["stain"]) == ("S1", "A1", None, "Ki-67")
    assert (found["stain_kind"], found["fields"]) == ("ihc", {"k": "v"})
    with catalogue.runtime.db.transaction() as session:
        assert slides.set_fields(session, ids["a"], {"block": "B9"}, only_empty=False)
        assert slides.project_pattern(session, project) is None
    assert catalogue.slide(ids["a"])["block"] == "B9"


def test_projects_are_made_renamed_and_counted(catalogue: Any) -> None:
    top = catalogue.call("POST", "/projects", {"name": " Study "}, 201)
    inner = catalogue.call("POST", "/projects", {"name": "Inner", "parent_id": top["project_id"]}, 201)
    assert (top["name"], inner["parent_id"]) == ("Study", top["project_id"])
    catalogue.put(inner["project_id"], ["a"])
    changed = catalogue.call("PATCH", f"/projects/{inner['project_id']}", {"name": "Box"})
    assert (changed["name"], changed["slide_count"]) == ("Box", 1)
    catalogue.call("POST", "/projects", {"name": "x", "parent_id": new_id()}, 404)
    catalogue.call("POST", "/projects", {"name": " "}, 422)


def test_saved_views_are_ones_own_unless_shared(catalogue: Any) -> None:
    body = {"name": "HER2 of 2026", "query": {"stain": ["HER2"], "sort": "case"}, "columns": ["name", "stain"]}
    made = catalogue.call("POST", "/views", body, 201)
    assert (made["mine"], made["shared"], made["query"]) == (True, False, body["query"])
    changed = catalogue.call("PATCH", f"/views/{made['view_id']}", {"shared": True, "columns": []})
    assert (changed["shared"], changed["columns"], changed["name"]) == (True, [], "HER2 of 2026")
    assert catalogue.call("GET", "/views")["items"] == [changed]
    catalogue.call("POST", "/views", {**body, "query": {"x": "y" * 20_000}}, 422)
    catalogue.call("PATCH", f"/views/{new_id()}", {"name": "x"}, 404)
    catalogue.call("DELETE", f"/views/{made['view_id']}", status=204)
    assert catalogue.call("GET", "/views")["items"] == []
