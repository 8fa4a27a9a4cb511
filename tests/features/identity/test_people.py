"""People for administrators: made, found, changed, let in, shut out at once, and handed over."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.features.conftest import Browser, application
from tests.features.identity.accounts import PASSWORD, add_person, sign_in

from coverslip.core.errors import NotFound, Unauthenticated
from coverslip.core.identity_errors import LastAdministrator
from coverslip.features import identity
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

ADMIN_ROUTES = [
    ("GET", "/people"),
    ("POST", "/people"),
    ("GET", "/people/x"),
    ("PATCH", "/people/x"),
    ("POST", "/people/x/approve"),
    ("POST", "/people/x/refuse"),
    ("POST", "/people/x/deactivate"),
    ("POST", "/people/x/activate"),
    ("POST", "/people/x/reset-link"),
    ("DELETE", "/people/x/second-factor"),
    ("GET", "/people/x/sessions"),
    ("DELETE", "/people/x/sessions"),
    ("GET", "/people/x/owned"),
    ("POST", "/people/x/hand-over"),
    ("POST", "/invitations"),
    ("GET", "/invitations"),
    ("DELETE", "/invitations/x"),
    ("GET", "/tokens"),
    ("DELETE", "/tokens/x"),
    ("GET", "/groups"),
    ("POST", "/groups"),
    ("GET", "/groups/x"),
    ("PATCH", "/groups/x"),
    ("DELETE", "/groups/x"),
    ("GET", "/groups/x/members"),
    ("PUT", "/groups/x/members/y"),
    ("DELETE", "/groups/x/members/y"),
]


@pytest.mark.parametrize("role", [None, "auditor", "operator"])
def test_only_administrators_manage_people(sqlite_runtime: Runtime, role: Any) -> None:
    add_person(sqlite_runtime, "dave", organisation_role=role)
    rooms = application(sqlite_runtime)
    one = Browser(rooms)
    assert sign_in(one, "dave").status_code == 200
    for method, path in ADMIN_ROUTES:
        assert Browser(rooms).request(method, path, json={}).status_code == 401, path
        answer = one.request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path


def test_a_person_is_made_with_a_link_for_the_password(signed_in: Any, browser: Callable[[], Any]) -> None:
    new = {
        "user_name": "Eve",
        "name": " Eve   Miller ",
        "email": "eve@hospital.example",
        "organisation_role": "auditor",
    }
    made = signed_in.post("/people", json=new)
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    person, link = made.json()["person"], made.json()["link"]
    assert (person["name"], person["state"], person["password"]) == ("Eve Miller", "active", False)
    assert link["url"] == f"http://coverslip.test/link#{link['token']}"
    assert (link["mailed"], link["mail_problem"]) == (False, None)
    assert sign_in(browser(), "eve").status_code == 401
    one = browser()
    looked = one.post("/links/look", json={"token": link["token"]}).json()
    assert (looked["kind"], looked["user_name"], looked["invited_by"]) == ("invitation", "Eve", "Local administrator")
    used = one.post("/links/use", json={"token": link["token"], "password": PASSWORD})
    assert used.json()["viewer"]["organisation_role"] == "auditor"
    assert sign_in(browser(), "eve").status_code == 200


@pytest.mark.parametrize("taken", ["alice", "ALICE", "\uff41lice", " Alice "])
def test_two_people_never_share_a_name(signed_in: Any, alice: str, taken: str) -> None:
    answer = signed_in.post("/people", json={"user_name": taken, "name": "Other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_name", "two words"),
        ("user_name", "a\u202eb"),
        ("user_name", "<script>"),
        ("user_name", "   "),
        ("user_name", "x" * 65),
        ("name", "\u0007"),
        ("name", " "),
        ("email", "no address"),
        ("email", "a@b\r\nBcc: all@example.org"),
        ("organisation_role", "king"),
        ("group_ids", ["none"]),
    ],
)
def test_odd_people_are_refused_and_nothing_is_kept(signed_in: Any, runtime: Runtime, field: str, value: Any) -> None:
    new = {"user_name": "frank", "name": "Frank", field: value}
    answer = signed_in.post("/people", json=new)
    assert answer.status_code in {404, 422}, answer.text
    assert signed_in.get("/people?q=frank").json()["total"] == 0


def test_people_are_found_by_words_without_accents_and_capitals(signed_in: Any, runtime: Runtime) -> None:
    add_person(runtime, "oezil", None, name="\u00d6zge \u00c7elik", email="oc@klinik.example")
    add_person(runtime, "smith", None, name="Sam Smith")
    for query in ("ozge", "\u00d6ZGE celik", "klinik", "OEZ", "celik oez"):
        found = signed_in.get("/people", params={"q": query}).json()
        assert [one["user_name"] for one in found["items"]] == ["oezil"], query
    assert signed_in.get("/people", params={"q": "%"}).json()["total"] == 0
    assert signed_in.get("/people", params={"q": "_mith"}).json()["total"] == 0


def test_the_list_is_paged_and_filtered(signed_in: Any, runtime: Runtime) -> None:
    for number in range(7):
        add_person(runtime, f"p{number}", None, organisation_role="auditor" if number % 2 else None)
    seen: list[str] = []
    cursor = None
    while True:
        page = signed_in.get("/people", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 8
        seen += [one["user_name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["administrator", *(f"p{number}" for number in range(7))]
    assert signed_in.get("/people?role=auditor").json()["total"] == 3
    assert signed_in.get("/people?role=none").json()["total"] == 4
    assert signed_in.get("/people?state=pending").json()["total"] == 0
    for cursor in ("x", "bm9uZQ==", "WzEsMl0=", "WyJhIiwgMWUzMF0="):
        assert signed_in.get("/people", params={"cursor": cursor}).status_code == 422


def test_a_change_holds_at_once_and_is_on_record(
    signed_in: Any, browser: Callable[[], Any], runtime: Runtime, alices: Any, alice: str
) -> None:
    changes = {"user_name": "alicia", "organisation_role": "administrator", "email": None}
    changed = signed_in.request("PATCH", f"/people/{alice}", json=changes)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["user_name"], changed.json()["email"], changed.json()["name"]) == ("alicia", None, "Alice")
    assert alices.get("/people").status_code == 200
    assert sign_in(browser(), "alice").status_code == 401
    assert sign_in(browser(), "alicia").status_code == 200
    with runtime.db.read() as session:
        rows = session.execute(text("SELECT action, detail FROM audit WHERE action LIKE 'person.%'")).all()
        assert first_broken(session) is None
    assert [row[0] for row in rows][-2:] == ["person.role", "person.change"]
    assert "alicia" not in str(rows)  # values never stand on the trail


def test_one_changes_ones_own_name_but_not_ones_role(alices: Any) -> None:
    assert alices.request("PATCH", "/me", json={"name": "Alice B"}).json()["name"] == "Alice B"
    assert alices.request("PATCH", "/me", json={"organisation_role": "administrator"}).status_code == 422


def test_deactivation_ends_everything_at_once(
    signed_in: Any, browser: Callable[[], Any], runtime: Runtime, alices: Any, alice: str
) -> None:
    secret = alices.post("/me/tokens", json={"name": "script", "scopes": ["read"], "days": 1}).json()["secret"]
    link = signed_in.post(f"/people/{alice}/reset-link", json={}).json()["token"]
    told: list[dict[str, Any]] = []
    runtime.db.publish = lambda kind, **fields: told.append({"kind": kind, **fields})
    with runtime.db.read() as session:
        viewers = {identity.authenticate(session, bearer=secret).viewer_id}
        viewers.add(identity.authenticate(session, cookie=alices.cookies["coverslip_session"]).viewer_id)
    gone = signed_in.post(f"/people/{alice}/deactivate")
    assert gone.json()["state"] == "deactivated"
    assert {one.get("viewer") for one in told if one["kind"] == "grants.drop"} == viewers
    assert alices.get("/me").status_code == 401
    assert browser().get("/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert sign_in(browser(), "alice").status_code == 401
    assert browser().post("/links/look", json={"token": link}).status_code == 404
    assert signed_in.post(f"/people/{alice}/reset-link", json={}).status_code == 404
    back = signed_in.post(f"/people/{alice}/activate")
    assert back.json()["state"] == "active"
    assert alices.get("/me").status_code == 401
    assert browser().get("/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert browser().post("/links/look", json={"token": link}).status_code == 404
    assert sign_in(browser(), "alice").status_code == 200


def test_a_state_set_in_the_database_shuts_out_too(runtime: Runtime, alices: Any) -> None:
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE person SET state = 'deactivated' WHERE user_name = 'Alice'"))
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, cookie=alices.cookies["coverslip_session"])


def test_the_last_administrator_stays(signed_in: Any, runtime: Runtime, alice: str) -> None:
    me = signed_in.get("/me").json()["person"]["person_id"]
    own = signed_in.post(f"/people/{me}/deactivate")
    assert (own.status_code, own.json()["code"]) == (409, "own_account")
    last = signed_in.request("PATCH", f"/people/{me}", json={"organisation_role": None})
    assert (last.status_code, last.json()["code"]) == (409, "last_administrator")
    with runtime.db.transaction() as session, pytest.raises(LastAdministrator):
        identity.deactivate(session, me, by=identity.SYSTEM)
    assert (
        signed_in.request("PATCH", f"/people/{alice}", json={"organisation_role": "administrator"}).status_code == 200
    )
    assert signed_in.request("PATCH", f"/people/{me}", json={"organisation_role": None}).status_code == 200
    assert signed_in.get("/people").status_code == 403


def test_people_of_elsewhere_are_changed_there(signed_in: Any, runtime: Runtime) -> None:
    person_id = add_person(runtime, "ldap", None, source="ldap:main", external_id="guid")
    for path, method, body in (
        (f"/people/{person_id}", "PATCH", {"name": "Other"}),
        (f"/people/{person_id}/reset-link", "POST", {}),
    ):
        answer = signed_in.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "external_account")
    role = signed_in.request("PATCH", f"/people/{person_id}", json={"organisation_role": "auditor"})
    assert role.status_code == 200


def test_sessions_of_a_person_are_seen_and_ended(
    signed_in: Any, browser: Callable[[], Any], alices: Any, alice: str
) -> None:
    (one,) = signed_in.get(f"/people/{alice}/sessions").json()["items"]
    assert (one["address"], one["current"]) == ("203.0.113.7", False)
    assert signed_in.request("DELETE", f"/people/{alice}/sessions").status_code == 204
    assert alices.get("/me").status_code == 401
    assert signed_in.get("/me").status_code == 200
    assert signed_in.request("DELETE", "/people/none/sessions").status_code == 404


def test_whoever_has_no_project_learns_whom_to_ask(runtime: Runtime, alices: Any) -> None:
    assert alices.get("/me").json()["ask"] == [{"name": "Local administrator", "email": None}]


def test_all_that_somebody_owns_is_handed_over_or_nothing(
    signed_in: Any, runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coverslip.features.identity import owners

    bob = add_person(runtime, "bob", None)
    monkeypatch.setattr(owners, "_kinds", {})
    shelves = {"books": {alice: 3, bob: 1}, "pens": {alice: 0}}
    fail: list[str] = []

    def owned(kind: str) -> identity.Owned:
        def move(session: Session, giver: str, taker: str, by: identity.Viewer) -> int:
            if kind in fail:
                raise NotFound
            count = shelves[kind].pop(giver, 0)
            shelves[kind][taker] = shelves[kind].get(taker, 0) + count
            return count

        return identity.Owned(kind, lambda session, person_id: shelves[kind].get(person_id, 0), move)

    identity.register_owned(owned("books"), owned("pens"))
    assert signed_in.get(f"/people/{alice}/owned").json() == {"items": [{"kind": "books", "count": 3}]}
    for to, status in ((alice, 409), ("none", 404)):
        assert signed_in.post(f"/people/{alice}/hand-over", json={"to_person_id": to}).status_code == status
    moved = signed_in.post(f"/people/{alice}/hand-over", json={"to_person_id": bob})
    assert moved.json() == {"items": [{"kind": "books", "count": 3}]}
    assert shelves["books"] == {bob: 4}
    fail.append("pens")
    assert signed_in.post(f"/people/{bob}/hand-over", json={"to_person_id": alice}).status_code == 404
    signed_in.post(f"/people/{bob}/deactivate")
    assert signed_in.post(f"/people/{alice}/hand-over", json={"to_person_id": bob}).status_code == 409
    with runtime.db.read() as session:
        rows = session.execute(text("SELECT detail FROM audit WHERE action = 'person.hand_over'")).all()
    assert len(rows) == 1


def test_other_rooms_find_people_and_groups(runtime: Runtime, alice: str) -> None:
    with runtime.db.transaction() as session:
        group_id = identity.add_group(session, "Readers", by=identity.SYSTEM)
        assert identity.people_by_ids(session, [alice, "none"])[alice].name == "Alice"
        assert set(identity.groups_by_ids(session, [group_id, "none"])) == {group_id}
        identity.add_member(session, group_id, alice, by=identity.SYSTEM)
        assert identity.members_of_groups(session, [group_id, "none"]) == {group_id: [alice], "none": []}
        assert [one.person_id for one in identity.search_people(session, "ali", 10)] == [alice]
        assert [one.name for one in identity.search_groups(session, "read", 10)] == ["Readers"]
        identity.deactivate(session, alice, by=identity.SYSTEM)
        assert identity.search_people(session, "ali", 10) == []
