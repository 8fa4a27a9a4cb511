"""Members of projects, cases and slides over HTTP: listing, changing, explaining; both databases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.support.people import add_person, give, scope_of, token_of, viewer

from coverslip.core.ids import new_id
from coverslip.features import access, identity
from coverslip.features.access import Right, Role
from coverslip.infra.runtime import Runtime

ALL = ["download", "export", "identity"]


class Lab:
    """A project with a case of a slide, and people with tokens."""

    def __init__(self, catalogue: Any, rooms: FastAPI) -> None:
        self.catalogue, self.runtime, self._rooms = catalogue, catalogue.runtime, rooms
        self.people: dict[str, str] = {}
        self.top = catalogue.project("Top")
        self.project = catalogue.project("Study", self.top)
        self.case = catalogue.case(self.project, "S1")
        [self.slide] = catalogue.put(self.project, ["s1"]).values()
        catalogue.change(self.slide, case_id=self.case)

    def person(self, name: str) -> str:
        with self.runtime.db.transaction() as session:
            self.people[name] = add_person(session, name)
        return self.people[name]

    def script(self, name: str) -> Browser:
        found = Browser(self._rooms)
        with self.runtime.db.transaction() as session:
            found.headers["Authorization"] = f"Bearer {token_of(session, self.people[name])}"
        return found

    def address(self, kind: str) -> str:
        return f"/{kind}s/{getattr(self, kind)}/members"

    def put(self, who: str, role: str, kind: str = "project", status: int = 200, by: Any = None, **more: Any) -> Any:
        address = f"{self.address(kind)}/person/{self.people.get(who, who)}"
        answer = (by or self.catalogue.browser).request("PUT", address, json={"role": role, **more})
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def lab(catalogue: Any, rooms: FastAPI) -> Lab:
    return Lab(catalogue, rooms)


@pytest.mark.parametrize("kind", ["project", "case", "slide"])
def test_a_member_is_made_changed_and_removed(lab: Lab, kind: str, audited: Callable[[str], list[Any]]) -> None:
    ada = lab.person("Ada")
    script = lab.script("Ada")
    shown = f"/{kind}s/{getattr(lab, kind)}" + ("/settings" if kind == "project" else "")
    assert script.get(shown).status_code == 404
    [one] = lab.put("Ada", "reviewer", kind)["items"]
    assert (one["subject"]["name"], one["subject"]["kind"], one["role"], one["rights"]) == (
        "Ada",
        "person",
        "reviewer",
        ["identity"],
    )
    assert (one["here"], one["overridden"], one["from_place"]["kind"]) == (True, False, kind)
    assert script.get(shown).status_code == 200
    [one] = lab.put("Ada", "viewer", kind, rights=["export"])["items"]
    assert (one["role"], one["rights"]) == ("viewer", ["export"])
    answer = lab.catalogue.browser.request("DELETE", f"{lab.address(kind)}/person/{ada}")
    assert answer.json()["items"] == []
    assert script.get(shown).status_code == 404
    assert lab.catalogue.browser.request("DELETE", f"{lab.address(kind)}/person/{ada}").status_code == 404
    assert [one[0] for one in audited("access.")] == ["access.grant", "access.grant", "access.revoke"]


@pytest.fixture
def audited(runtime: Runtime) -> Callable[[str], list[Any]]:
    """Give the audit records whose action begins so."""

    def find(prefix: str) -> list[Any]:
        with runtime.db.read() as session:
            query = text("SELECT action, object_id, detail FROM audit WHERE action LIKE :prefix ORDER BY no")
            return list(session.execute(query, {"prefix": f"{prefix}%"}).all())

    return find


def test_a_list_shows_entries_from_above_and_what_they_come_to(lab: Lab) -> None:
    for name in ("Ada", "Bob"):
        lab.person(name)
    lab.put("Ada", "editor", rights=["identity", "export"])
    lab.put("Bob", "manager")
    lab.put("Ada", "viewer", "case")
    found = lab.catalogue.call("GET", lab.address("slide"))
    rows = [
        (one["subject"]["name"], one["role"], one["from_place"]["name"], one["overridden"]) for one in found["items"]
    ]
    assert rows == [
        ("Ada", "viewer", "S1", False),
        ("Ada", "editor", "Study", True),
        ("Bob", "manager", "Study", False),
    ]
    assert not any(one["here"] for one in found["items"])
    assert found["object"] == {"kind": "slide", "object_id": lab.slide, "name": "s1"}
    assert (found["my_role"], found["may_give"], found["visibility"]) == ("manager", ALL, None)
    effective = lab.catalogue.call("GET", f"{lab.address('slide')}/effective")
    assert [(one["subject"]["name"], one["role"]) for one in effective["items"]] == [
        ("Ada", "viewer"),
        ("Bob", "manager"),
    ]
    assert effective["everybody"] is None
    first = lab.catalogue.call("GET", f"{lab.address('slide')}/effective?limit=1")
    assert [one["subject"]["name"] for one in first["items"]] == ["Ada"]
    more = lab.catalogue.call("GET", f"{lab.address('slide')}/effective", params={"cursor": first["next_cursor"]})
    assert [one["subject"]["name"] for one in more["items"]] == ["Bob"]
    assert lab.catalogue.call("GET", f"{lab.address('slide')}/effective?cursor=x", status=422)


def test_what_a_manager_sees_of_places_above_is_only_what_they_may_see(lab: Lab) -> None:
    lab.person("Chief")
    lab.person("Ada")
    lab.put("Chief", "manager")
    give(lab.runtime, lab.people["Ada"], Role.MANAGER, "case", lab.case, *Right)
    found = lab.script("Ada").get(lab.address("case")).json()
    chief = next(one for one in found["items"] if one["subject"]["name"] == "Chief")
    assert chief["from_place"] is None
    assert "Study" not in lab.script("Ada").get(lab.address("case")).text
    explained = lab.script("Ada").get(f"{lab.address('case')}/explain", params={"person_id": lab.people["Chief"]})
    assert "Study" not in explained.text
    assert explained.json()["role"] == "manager"


def test_only_managers_see_and_change_members(lab: Lab) -> None:
    lab.person("Ada")
    lab.person("Bob")
    ada = lab.script("Ada")
    calls = [
        ("GET", lab.address("project"), None),
        ("GET", f"{lab.address('project')}/effective", None),
        ("GET", f"{lab.address('project')}/candidates?q=a", None),
        ("GET", f"{lab.address('project')}/explain?person_id={lab.people['Bob']}", None),
        ("PUT", f"{lab.address('project')}/person/{lab.people['Bob']}", {"role": "viewer"}),
        ("DELETE", f"{lab.address('project')}/person/{lab.people['Ada']}", None),
        ("PUT", f"/projects/{lab.project}/visibility", {"visibility": "signed_in"}),
    ]
    for role, status in ((None, 404), ("viewer", 403), ("editor", 403)):
        if role is not None:
            lab.put("Ada", role)
        for method, path, body in calls:
            answer = ada.request(method, path, **({} if body is None else {"json": body}))
            assert (role, path, answer.status_code) == (role, path, status)
    lab.put("Ada", "manager")
    assert [ada.request(m, p, **({} if b is None else {"json": b})).status_code for m, p, b in calls[:5]] == [200] * 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "owner"}, "/role"),
        ({"role": "viewer", "rights": ["fly"]}, "/rights/0"),
        ({"role": "viewer", "rights": ["download"]}, "/rights"),
        ({"role": "viewer", "more": 1}, "/more"),
        ({}, "/role"),
    ],
)
def test_a_wrong_entry_is_refused(lab: Lab, body: dict[str, Any], pointer: str) -> None:
    ada = lab.person("Ada")
    answer = lab.catalogue.browser.request("PUT", f"{lab.address('project')}/person/{ada}", json=body)
    assert answer.status_code == 422
    assert any(one["pointer"].startswith(pointer) for one in answer.json()["errors"])


def test_odd_ids_and_texts_break_nothing(lab: Lab) -> None:
    browser = lab.catalogue.browser
    for one in (new_id(), "x", "%00", "\ud7ff"):
        for kind in ("person", "group"):
            path = f"{lab.address('project')}/{kind}/{one}"
            assert browser.request("PUT", path, json={"role": "viewer"}).status_code == 404
            assert browser.request("DELETE", path).status_code == 404
        explained = browser.get(f"{lab.address('project')}/explain?person_id={one}")
        assert explained.status_code == 404
        assert browser.get(f"{lab.address('project')}/candidates?q={one}").json() == {"items": []}
        assert browser.get(f"/slides/{one}/members").status_code == 404
    assert browser.request("PUT", f"{lab.address('project')}/robot/x", json={"role": "viewer"}).status_code == 422
    assert browser.get(f"{lab.address('project')}/candidates").status_code == 422


def test_candidates_are_found_by_parts_of_a_name(lab: Lab) -> None:
    for name in ("Ada Lovelace", "Adam Smith", "Bob 100%"):
        lab.person(name)

    def names(q: str) -> list[str]:
        found = lab.catalogue.call("GET", f"{lab.address('case')}/candidates", params={"q": q})
        return [one["name"] for one in found["items"]]

    assert names("ada") == ["Ada Lovelace", "Adam Smith"]
    assert names("LOVE") == ["Ada Lovelace"]
    assert names("100%") == ["Bob 100%"]
    assert names("lace ada") == ["Ada Lovelace"]
    assert names("%") == ["Bob 100%"]
    assert names("_") == []


def test_who_comments_finds_everybody_who_sees_the_slide(lab: Lab) -> None:
    for name in ("Zoe Love", "Zora Smith", "Zola Out", "Zoran Grouped", "Zorn Gone", "Bob Viewer"):
        lab.person(name)
    lab.put("Zoe Love", "reviewer")
    lab.put("Bob Viewer", "viewer")
    lab.put("Zora Smith", "viewer", "case")
    lab.put("Zorn Gone", "editor")
    lab.put("Zorn Gone", "none", "slide")
    with lab.runtime.db.transaction() as session:
        group = identity.add_group(session, "Pathology", by=identity.SYSTEM)
        identity.add_member(session, group, lab.people["Zoran Grouped"], by=identity.SYSTEM)
    give(lab.runtime, group, Role.ANNOTATOR, "project", lab.top, group=True)
    zoe, address = lab.script("Zoe Love"), f"/slides/{lab.slide}/people"

    def names(q: str) -> list[str]:
        answer = zoe.get(address, params={"q": q})
        assert answer.status_code == 200, answer.text
        assert all(one.keys() == {"person_id", "name"} for one in answer.json()["items"])
        return [one["name"] for one in answer.json()["items"]]

    assert names("zo") == ["Zoe Love", "Zora Smith", "Zoran Grouped"]
    assert names("SMITH zo") == ["Zora Smith"]
    with lab.runtime.db.read() as session:
        user_name = identity.people_by_ids(session, [lab.people["Zora Smith"]])[lab.people["Zora Smith"]].user_name
    assert names(user_name) == []  # whether somebody has an account cannot be tried by what they sign in with
    assert names(" ") == names("\0") == []
    assert lab.script("Bob Viewer").get(f"{address}?q=zo").status_code == 403
    assert lab.script("Zola Out").get(f"{address}?q=zo").status_code == 404
    lab.catalogue.call("PUT", f"/projects/{lab.project}/visibility", json={"visibility": "signed_in"})
    assert names("zo") == ["Zoe Love", "Zola Out", "Zora Smith", "Zoran Grouped"]


def test_who_gives_up_managing_gets_an_answer(lab: Lab) -> None:
    lab.person("Ada")
    lab.put("Ada", "manager")
    ada = lab.script("Ada")
    found = lab.put("Ada", "viewer", by=ada)
    assert found["my_role"] == "viewer"
    assert ada.get(lab.address("project")).status_code == 403


def test_a_manager_cannot_give_more_than_they_have(lab: Lab) -> None:
    lab.person("Ada")
    lab.person("Bob")
    lab.put("Ada", "manager", rights=["export"])
    ada = lab.script("Ada")
    assert ada.get(lab.address("project")).json()["may_give"] == ["export"]
    refused = lab.put("Bob", "viewer", by=ada, status=403, rights=["identity"])
    assert "do not have here yourself" in refused["detail"]
    lab.put("Ada", "manager", by=ada, status=403, rights=["identity"])
    lab.put("Bob", "viewer", by=ada, rights=["export"])


# --- visibility -----------------------------------------------------------------------------------


def test_a_project_is_opened_to_everybody_who_is_signed_in(lab: Lab) -> None:
    lab.person("Ada")
    ada, browser = lab.script("Ada"), lab.catalogue.browser
    assert ada.get("/slides").json()["total"] == 0
    address = f"/projects/{lab.top}/visibility"
    found = browser.request("PUT", address, json={"visibility": "signed_in"}).json()["visibility"]
    assert (found["setting"], found["in_force"], found["from_place"]["name"]) == ("signed_in", "signed_in", "Top")
    inherited = browser.get(lab.address("project")).json()["visibility"]
    assert (inherited["setting"], inherited["in_force"]) == (None, "signed_in")
    listed = ada.get("/slides").json()
    assert [(one["my_role"], one["rights"]) for one in listed["items"]] == [("viewer", [])]
    projects = {one["name"]: one for one in ada.get("/projects").json()["items"]}
    assert (projects["Study"]["visibility"], projects["Study"]["my_role"]) == ("signed_in", "viewer")
    assert browser.get(f"{lab.address('project')}/effective").json()["everybody"] == "viewer"
    browser.request("PUT", f"/projects/{lab.project}/visibility", json={"visibility": "private"})
    assert ada.get("/slides").json()["total"] == 0


def test_public_needs_the_setting(lab: Lab) -> None:
    browser = lab.catalogue.browser
    answer = browser.request("PUT", f"/projects/{lab.top}/visibility", json={"visibility": "public"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/visibility")
    assert browser.get(f"/projects/{lab.top}/members").json()["visibility"]["public_allowed"] is False


def test_a_public_project_is_seen_by_who_is_not_signed_in(lab: Lab, browser: Callable[[], Browser]) -> None:
    stranger = browser()
    assert stranger.get("/slides").status_code == 401
    lab.runtime.settings = lab.runtime.settings.model_copy(update={"allow_public": True})
    address = f"/projects/{lab.top}/visibility"
    assert lab.catalogue.browser.request("PUT", address, json={"visibility": "public"}).status_code == 200
    listed = stranger.get("/slides").json()
    assert [one["rights"] for one in listed["items"]] == [[]]
    assert stranger.get(f"/slides/{lab.slide}").json()["name"].startswith("Slide ")
    for path in ("/session", "/me/preferences", f"/slides/{lab.slide}/exports/estimate", "/imports/arrivals"):
        assert stranger.get(path).status_code == 401, path
    for method, path in (("PUT", f"/slides/{lab.slide}/place"), ("POST", "/views"), ("POST", "/slides/trash")):
        assert stranger.request(method, path, json={}).status_code == 401, path
    lab.catalogue.browser.request("PUT", address, json={"visibility": "signed_in"})
    assert stranger.get("/slides").json()["total"] == 0


# --- explain --------------------------------------------------------------------------------------


def explained(lab: Lab, who: str, kind: str = "slide") -> Any:
    return lab.catalogue.call("GET", f"{lab.address(kind)}/explain", params={"person_id": lab.people[who]})


def test_why_somebody_may_see_something_is_said_in_words(lab: Lab) -> None:
    lab.person("Ada")
    lab.put("Ada", "editor", rights=["identity"])
    lab.put("Ada", "viewer", "case", rights=[])
    found = explained(lab, "Ada")
    assert found["summary"] == "Ada is viewer here, directly on the case S1."
    assert [(one["code"], one["decides"]) for one in found["steps"]] == [
        ("nothing_here", False),
        ("entry", True),
        ("overridden", False),
        ("nothing_here", False),
        ("right", False),
    ]
    assert [one["text"] for one in found["steps"]] == [
        "On the slide s1, nothing is said about Ada.",
        "On the case S1: viewer, directly; this decides.",
        "On the project Study: editor who may see names, labels and metadata, directly; a nearer entry decides.",
        "On the project Top, nothing is said about Ada.",
        "Ada may not see names, labels and metadata, export or download originals.",
    ]
    assert found["steps"][1]["place"] == {"kind": "case", "object_id": lab.case, "name": "S1"}
    assert found["steps"][1]["via"]["name"] == "Ada"


def test_why_somebody_may_not_see_something_is_said_too(lab: Lab, admin: Any) -> None:
    lab.person("Ada")
    found = explained(lab, "Ada")
    assert (found["role"], found["rights"]) == (None, [])
    assert found["summary"] == "Ada may not see this."
    assert found["steps"][-1]["code"] == "no_entry"
    lab.put("Ada", "none", "case")
    found = explained(lab, "Ada")
    assert found["summary"] == "Ada may not see this, shut out directly on the case S1."
    lab.catalogue.browser.request("PUT", f"/projects/{lab.top}/visibility", json={"visibility": "signed_in"})
    assert explained(lab, "Ada", "project")["summary"] == (
        "Ada is viewer here, because the project Top is visible to everybody who is signed in."
    )
    chief = explained_of(lab, admin.person_id)
    assert chief["steps"][0]["code"] == "administrator"
    assert (chief["role"], chief["rights"]) == ("manager", ALL)


def explained_of(lab: Lab, person_id: str) -> Any:
    return lab.catalogue.call("GET", f"{lab.address('slide')}/explain", params={"person_id": person_id})


def test_what_explain_says_is_what_holds(lab: Lab) -> None:
    """The role of the explanation is that of the one function that decides."""
    lab.person("Ada")
    lab.put("Ada", "editor")
    lab.put("Ada", "reviewer", "slide", rights=[])
    for kind in ("project", "case", "slide"):
        found = explained(lab, "Ada", kind)
        with lab.runtime.db.read() as session:
            ada = _viewer(lab, "Ada")
            real = access.standing(session, ada, scope_of(session, kind, getattr(lab, kind)))
        assert (found["role"], found["rights"]) == (real.role, sorted(real.rights))


def _viewer(lab: Lab, name: str) -> Any:
    return replace(viewer(), person_id=lab.people[name])
