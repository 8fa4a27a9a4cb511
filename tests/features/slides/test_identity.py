"""Who may not see identity finds no name anywhere: canaries in every field, every door tried; both databases."""

import json
from io import BytesIO
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.support.canaries import WORD, entry
from tests.support.people import add_person, give, token_of

from coverslip.core.errors import MissingCompanion
from coverslip.features import slides
from coverslip.features.access import Right, Role
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.runtime import Runtime

OPEN: Final = "openword"


class Hospital:
    """A project with one case of one slide in which everything names a patient, and one more slide."""

    def __init__(self, runtime: Runtime, signed_in: Browser, rooms: FastAPI) -> None:
        self.runtime, self.admin, self._rooms = runtime, signed_in, rooms
        with runtime.db.transaction() as session:
            self.project = slides.create_project(session, "Study")
            self.slide, self.broken = (
                slides.put_slide(session, self.entry(number, state))
                for number, state in ((1, SlideState.READY), (2, SlideState.UNREADABLE))
            )
        body = {"project_id": self.project, "name": f"{WORD}-case", "fields": {"mrn": f"{WORD}-mrn"}}
        self.case = self.call("POST", "/cases", body, 201)["case_id"]
        patch = {
            "name": f"{WORD}-name",
            "label_text": f"{WORD}-label",
            "fields": {f"{WORD}-key": f"{WORD}-value"},
            "stain": "HER2",
            "tags": [OPEN],
            "block": "A1",
            "case_id": self.case,
        }
        self.call("PATCH", f"/slides/{self.slide}", patch)
        self.call("PATCH", f"/slides/{self.broken}", {"case_id": self.case, "name": f"{WORD}-other"})
        for kind, ident in (("slides", self.slide), ("cases", self.case)):
            form = {"file": (f"{WORD}.pdf", BytesIO(f"{WORD}".encode()), "application/pdf")}
            answer = signed_in.post(f"/{kind}/{ident}/attachments", files=form)
            assert answer.status_code == 201
            self.attachment = answer.json()["attachment_id"]

    def entry(self, number: int, state: SlideState) -> SlideEntry:
        reason = None
        if state is SlideState.UNREADABLE:
            reason = slides.Reason(code=MissingCompanion.code, message=f"The file {WORD}.dat is missing.")
        return entry(self.project, number, state, reason)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.admin.request(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def script(self, role: Role | None, *rights: Right, where: tuple[str, str] | None = None) -> Browser:
        """Give a script of a new person who is this on the project (or elsewhere)."""
        with self.runtime.db.transaction() as session:
            person_id = add_person(session, "Reader")
            secret = token_of(session, person_id)
        give(self.runtime, person_id, role, *(where or ("project", self.project)), *rights)
        found = Browser(self._rooms)
        found.headers["Authorization"] = f"Bearer {secret}"
        found.person_id = person_id  # type: ignore[attr-defined]
        return found

    def reads(self) -> list[str]:
        """Every door that tells something about the project, its cases and slides."""
        slide, case = f"/slides/{self.slide}", f"/cases/{self.case}"
        sorts = ("name", "-name", "case", "-case", "stain", "created_at")
        return [
            "/projects",
            f"/projects/{self.project}/settings",
            *(f"/slides?sort={sort}" for sort in sorts),
            f"/slides?case_id={self.case}",
            "/slides?q=her2",
            f"/slides?project_id={self.project}&limit=1",
            "/slides/table",
            slide,
            f"/slides/{self.broken}",
            f"{slide}/neighbours",
            f"{slide}/neighbours?sort=-case",
            f"{slide}/attachments",
            f"{slide}/bookmarks",
            f"{slide}/place",
            f"{slide}/coverage",
            f"{slide}/exports/estimate",
            f"/slides/{self.broken}/exports/estimate",
            f"/attachments/{self.attachment}",
            "/cases",
            "/cases?sort=-name",
            "/cases?sort=created_at",
            case,
            f"{case}/attachments",
            "/views",
            "/trash",
            "/exports",
            "/imports/arrivals",
            f"/downloads/size?slide_id={self.slide}",
            f"/downloads?slide_id={self.slide}",
            f"{case}/members",
            f"{slide}/members",
            f"/projects/{self.project}/members",
            f"{slide}/members/effective",
            f"/presets?slide_id={self.slide}",
        ]


@pytest.fixture
def hospital(runtime: Runtime, signed_in: Browser, rooms: FastAPI) -> Hospital:
    return Hospital(runtime, signed_in, rooms)


def test_the_canaries_are_there(hospital: Hospital) -> None:
    """Or the test below would find nothing whatever the server said."""
    found = " ".join(hospital.admin.get(one).text for one in hospital.reads())
    for one in ("name", "case", "label", "value", "key", "mrn", "file-1", "other"):
        assert f"{WORD}-{one}" in found, one
    assert f"{WORD}.pdf" in found
    assert f"{WORD}.dat" in found


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.VIEWER, ()),
        (Role.EDITOR, (Right.EXPORT,)),
        (Role.MANAGER, (Right.EXPORT, Right.DOWNLOAD)),
    ],
    ids=["viewer", "editor", "manager"],
)
def test_no_answer_says_a_hidden_name(hospital: Hospital, role: Role, rights: tuple[Right, ...]) -> None:
    view = {"name": f"{WORD} view", "query": {"q": f"{WORD}-name", "project_id": hospital.project}, "shared": True}
    hospital.call("POST", "/views", view, 201)
    reader = hospital.script(role, *rights)
    for address in hospital.reads():
        answer = reader.get(address)
        assert answer.status_code < 500, address
        told = answer.text + json.dumps(dict(answer.headers))
        assert WORD not in told.lower(), f"{address} says {told[:400]}"
    seen = reader.get(f"/slides/{hospital.slide}").json()
    assert seen["name"] == f"Slide {seen['no']}"
    assert seen["case_name"].startswith("Case ")
    assert (seen["label_text"], seen["fields"], seen["file_name"], seen["metadata"]) == (None, {}, "", {})
    assert (seen["stain"], seen["tags"], seen["block"]) == ("HER2", [OPEN], "A1")
    assert (seen["my_role"], "identity" in seen["rights"]) == (role, False)
    reason = reader.get(f"/slides/{hospital.broken}").json()["reason"]
    assert reason == {"code": MissingCompanion.code, "message": MissingCompanion.default_message}


def test_refused_changes_say_no_name_either(hospital: Hospital) -> None:
    manager = hospital.script(Role.MANAGER, Right.EXPORT)
    slide, case, project = hospital.slide, hospital.case, hospital.project
    ids = {"slide_ids": [slide]}
    tried: list[tuple[str, str, Any, int]] = [
        ("PATCH", f"/slides/{slide}", {"name": "x"}, 403),
        ("PATCH", f"/slides/{slide}", {"label_text": "x"}, 403),
        ("PATCH", f"/slides/{slide}", {"fields": {"a": "b"}}, 403),
        ("POST", "/slides/batch", {**ids, "patch": {"fields": {"a": "b"}}}, 403),
        ("PATCH", f"/cases/{case}", {"name": f"{WORD}-case"}, 403),
        ("POST", "/cases", {"project_id": project, "name": f"{WORD}-case"}, 403),
        ("POST", f"/projects/{project}/pattern/preview", {"pattern": "{case}"}, 403),
        ("POST", f"/projects/{project}/pattern/apply", {"pattern": "{case}"}, 403),
        ("POST", "/slides/copy", {**ids, "project_id": project, "case_id": None}, 403),
        ("POST", f"/slides/{slide}/exports", {"kind": "ome-tiff", "identity": True}, 403),
        ("PATCH", f"/slides/{slide}", {"rating": 4}, 200),
        ("POST", "/slides/batch", {**ids, "patch": {"tags": [OPEN, "more"]}}, 200),
        ("POST", "/slides/trash", ids, 200),
        ("GET", "/trash", None, 200),
        ("POST", "/slides/restore", ids, 200),
        ("POST", f"/cases/{case}/trash", None, 200),
        ("POST", "/slides/restore", ids, 409),
        ("POST", f"/cases/{case}/restore", None, 200),
    ]
    for method, path, body, status in tried:
        answer = manager.request(method, path, **({} if body is None else {"json": body}))
        assert (path, answer.status_code) == (path, status), answer.text
        assert WORD not in answer.text.lower(), f"{path} says {answer.text}"
    table = b"name,rating\n" + f"{WORD}-name,3\n".encode()
    answer = manager.request("POST", f"/projects/{project}/metadata/import", content=table)
    assert answer.status_code == 403


@pytest.mark.parametrize("word", ["name", "case", "label", "value", "key", "mrn", "file", "metadata", ""])
def test_a_search_does_not_find_by_what_is_hidden(hospital: Hospital, word: str) -> None:
    sought = f"{WORD}-{word}" if word else WORD[:4]
    reader = hospital.script(Role.VIEWER)
    for path in ("/slides", "/cases"):
        found = reader.get(path, params={"q": sought}).json()
        assert (found["total"], found["items"]) == (0, []), path
        nothing = reader.get(path, params={"q": "nobodyiscalledso"}).json()
        assert {**found, "items": []} == {**nothing, "items": []}, "counts tell nothing, either"


def test_a_search_finds_by_what_may_be_seen(hospital: Hospital) -> None:
    reader = hospital.script(Role.VIEWER)
    for sought in ("her2", OPEN, "a1", "svs", "aperio", f"her {OPEN[:4]}"):
        assert hospital.slide in {one["slide_id"] for one in reader.get(f"/slides?q={sought}").json()["items"]}, sought
        assert reader.get("/cases", params={"q": sought}).json()["total"] == 1
    for query in ("stain=HER2", f"tag={OPEN}", "block=A1", "q=her2&stain=HER2"):
        assert reader.get(f"/slides?{query}").json()["total"] == 1


def test_identity_on_one_case_only(hospital: Hospital) -> None:
    """Names in one case, none in the rest: search and order keep the two apart."""
    with hospital.runtime.db.transaction() as session:
        more = [slides.put_slide(session, hospital.entry(number, SlideState.READY)) for number in (3, 4)]
    reader = hospital.script(Role.VIEWER)
    give(hospital.runtime, reader.person_id, Role.VIEWER, "case", hospital.case, Right.IDENTITY)  # type: ignore[attr-defined]
    listed = reader.get("/slides?sort=name").json()
    names = [one["name"] for one in listed["items"]]
    assert names[:2] == [f"{WORD}-name", f"{WORD}-other"]
    assert [one["slide_id"] for one in listed["items"][2:]] == more, "those without names in order of arrival"
    assert all(name.startswith("Slide ") for name in names[2:])
    assert [one["name"] for one in reader.get("/slides?sort=-name").json()["items"]] == names[::-1]
    found = reader.get(f"/slides?q={WORD}").json()
    assert {one["slide_id"] for one in found["items"]} == {hospital.slide, hospital.broken}
    assert found["total"] == 2
    assert reader.get(f"/slides?q={WORD}-file-3").json()["total"] == 0
    assert reader.get("/cases").json()["items"][0]["name"] == f"{WORD}-case"
    assert reader.get(f"/cases?q={WORD}-mrn").json()["total"] == 0, "fields of cases are not searched at all"


def test_without_export_no_table_leaves(hospital: Hospital) -> None:
    assert hospital.script(Role.EDITOR, Right.IDENTITY).get("/slides/table").status_code == 403
    answer = hospital.script(Role.VIEWER, Right.EXPORT).get("/slides/table")
    assert answer.status_code == 200
    assert len(answer.text.strip().splitlines()) == 3
    partly = hospital.script(Role.VIEWER)
    give(hospital.runtime, partly.person_id, Role.VIEWER, "slide", hospital.slide, Right.EXPORT)  # type: ignore[attr-defined]
    lines = partly.get("/slides/table").text.strip().splitlines()
    assert len(lines) == 2
    assert hospital.slide in lines[1]


def test_views_of_others_are_shown_where_names_may_be_seen(hospital: Hospital) -> None:
    for query in ({"project_id": hospital.project}, {}):
        body = {"name": "Named", "query": query, "shared": True}
        assert hospital.admin.post("/views", json=body).status_code == 201
    assert hospital.script(Role.VIEWER).get("/views").json()["items"] == []
    assert len(hospital.script(Role.VIEWER, Right.IDENTITY).get("/views").json()["items"]) == 2
    partly = hospital.script(Role.VIEWER, Right.IDENTITY)
    give(hospital.runtime, partly.person_id, Role.VIEWER, "slide", hospital.slide)  # type: ignore[attr-defined]
    assert len(partly.get("/views").json()["items"]) == 1


def test_nobody_gains_rights_by_moving_a_slide(hospital: Hospital) -> None:
    """Out of a case that hides names, into a project that does not."""
    manager = hospital.script(Role.MANAGER, *Right)
    give(hospital.runtime, manager.person_id, Role.MANAGER, "case", hospital.case)  # type: ignore[attr-defined]
    ids = {"slide_ids": [hospital.slide]}
    for method, path, body in (
        ("PATCH", f"/slides/{hospital.slide}", {"case_id": None}),
        ("POST", "/slides/batch", {**ids, "patch": {"case_id": None}}),
        ("POST", "/slides/move", {**ids, "project_id": hospital.project, "case_id": None}),
        ("POST", "/slides/copy", {**ids, "project_id": hospital.project, "case_id": None}),
    ):
        answer = manager.request(method, path, json=body)
        assert answer.status_code == 403, path
    assert hospital.call("GET", f"/slides/{hospital.slide}")["case_id"] == hospital.case


def test_the_trash_of_a_manager_without_identity_names_nobody(hospital: Hospital) -> None:
    hospital.call("POST", "/slides/trash", {"slide_ids": [hospital.slide]})
    hospital.call("POST", f"/cases/{hospital.case}/trash")
    names = [one["name"] for one in hospital.script(Role.MANAGER).get("/trash").json()["items"]]
    assert sorted(name.split()[0] for name in names) == ["Case", "Slide"]
    with hospital.runtime.db.read() as session:
        stored = set(session.execute(text("SELECT name FROM slide WHERE trash_root = slide_id")).scalars())
    assert stored == {f"{WORD}-name"}


def test_fields_that_tell_no_name_are_shown_and_changed_by_all(hospital: Hospital) -> None:
    """A blinded study: readers grade slides whose names they do not know."""
    rules: list[dict[str, Any]] = [
        {"key": "grade", "type": "integer", "identity": False},
        {"key": "remark", "type": "string"},
        {"key": "arm", "type": "string", "applies_to": "case", "identity": False},
    ]
    hospital.call("PUT", f"/projects/{hospital.project}/settings", {"metadata_schema": rules})
    hospital.call("PATCH", f"/slides/{hospital.slide}", {"fields": {"grade": 2, "remark": WORD}})
    hospital.call("PATCH", f"/cases/{hospital.case}", {"fields": {"arm": "B"}})
    editor = hospital.script(Role.EDITOR, Right.EXPORT)
    assert editor.get(f"/slides/{hospital.slide}").json()["fields"] == {"grade": 2}
    assert editor.get(f"/cases/{hospital.case}").json()["fields"] == {"arm": "B"}
    assert editor.get("/cases").json()["items"][0]["fields"] == {"arm": "B"}
    for patch, status in (({"grade": 3}, 200), ({"remark": "x"}, 403), ({"grade": 1, "other": "x"}, 403)):
        answer = editor.request("PATCH", f"/slides/{hospital.slide}", json={"fields": patch})
        assert answer.status_code == status
        body = {"slide_ids": [hospital.slide, hospital.broken], "patch": {"fields": patch}}
        assert editor.post("/slides/batch", json=body).status_code == status
    assert editor.request("PATCH", f"/cases/{hospital.case}", json={"fields": {"arm": "A"}}).status_code == 200
    assert editor.request("PATCH", f"/cases/{hospital.case}", json={"fields": {"mrn": "A"}}).status_code == 403
    assert "fields.grade" in editor.get(f"/slides/{hospital.slide}").json()["entered"]
    manager = hospital.script(Role.MANAGER)
    rules[1]["identity"] = False
    wanted: dict[str, Any] = {"metadata_schema": rules}
    assert manager.request("PUT", f"/projects/{hospital.project}/settings", json=wanted).status_code == 403
    wanted = {"metadata_schema": rules[:1]}
    assert manager.request("PUT", f"/projects/{hospital.project}/settings", json=wanted).status_code == 200
    head, *lines = editor.get("/slides/table").text.strip().splitlines()
    assert head.endswith(",grade")
    assert WORD not in "".join(lines)
