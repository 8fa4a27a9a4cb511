"""Groups: who is in one is known with every request, and a change holds at once."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.features.identity.accounts import add_person

from coverslip.core.identity_errors import ExternalGroup
from coverslip.features import identity
from coverslip.features.identity import groups
from coverslip.infra.runtime import Runtime


def test_a_group_is_made_filled_and_deleted(signed_in: Any, alice: str) -> None:
    made = signed_in.post("/groups", json={"name": " Breast  board ", "description": "Tuesdays"})
    assert made.status_code == 201
    group = made.json()
    assert (group["name"], group["source"], group["member_count"]) == ("Breast board", "local", 0)
    path = f"/groups/{group['group_id']}"
    for _ in range(2):
        assert signed_in.request("PUT", f"{path}/members/{alice}").status_code == 204
    assert signed_in.get(path).json()["member_count"] == 1
    members = signed_in.get(f"{path}/members").json()
    assert ([one["user_name"] for one in members["items"]], members["total"]) == (["Alice"], 1)
    assert signed_in.get("/people?q=alice").json()["items"][0]["groups"][0]["name"] == "Breast board"
    assert signed_in.get(f"/people?group_id={group['group_id']}").json()["total"] == 1
    assert signed_in.request("PATCH", path, json={"name": "Board"}).json()["description"] == "Tuesdays"
    assert [one["name"] for one in signed_in.get("/groups?q=boa").json()["items"]] == ["Board"]
    assert signed_in.request("DELETE", f"{path}/members/{alice}").status_code == 204
    assert signed_in.request("DELETE", f"{path}/members/{alice}").status_code == 404
    signed_in.request("PUT", f"{path}/members/{alice}")
    assert signed_in.request("DELETE", path).status_code == 204
    assert signed_in.get(path).status_code == 404
    assert signed_in.get("/people?q=alice").json()["items"][0]["groups"] == []


def test_two_groups_never_share_a_name(signed_in: Any) -> None:
    first, second = (signed_in.post("/groups", json={"name": name}).json() for name in ("Board", "Ward"))
    for answer in (
        signed_in.post("/groups", json={"name": "BOARD"}),
        signed_in.request("PATCH", f"/groups/{second['group_id']}", json={"name": "board"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert signed_in.request("PATCH", f"/groups/{first['group_id']}", json={"name": "bOARD"}).status_code == 200


def test_who_is_asking_carries_the_groups_and_a_change_is_told(runtime: Runtime, alices: Any, alice: str) -> None:
    told: list[Any] = []
    runtime.db.publish = lambda kind, **fields: told.append((kind, fields))
    cookie = alices.cookies["coverslip_session"]
    with runtime.db.transaction() as session:
        ids = [identity.add_group(session, name, by=identity.SYSTEM) for name in ("A", "B")]
        for group_id in ids:
            identity.add_member(session, group_id, alice, by=identity.SYSTEM)
    with runtime.db.read() as session:
        viewer = identity.authenticate(session, cookie=cookie)
        assert viewer.group_ids == tuple(ids)
    assert ("grants.drop", {"viewer": viewer.viewer_id}) in told
    told.clear()
    with runtime.db.transaction() as session:
        identity.drop_member(session, ids[0], alice, by=identity.SYSTEM)
    assert ("grants.drop", {"viewer": viewer.viewer_id}) in told
    with runtime.db.transaction() as session:
        identity.delete_group(session, ids[1], by=identity.SYSTEM)
    assert ("grants.drop", {"all": True}) in told
    with runtime.db.read() as session:
        assert identity.authenticate(session, cookie=cookie).group_ids == ()
    assert alices.get("/me").json()["groups"] == []


def test_other_rooms_forget_a_group_in_the_same_transaction(
    signed_in: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_when_gone", {})
    gone: list[tuple[str, str]] = []
    identity.when_group_goes("test", lambda session, group_id, by: gone.append((group_id, by.kind)))
    group_id = signed_in.post("/groups", json={"name": "Board"}).json()["group_id"]
    signed_in.request("DELETE", f"/groups/{group_id}")
    assert gone == [(group_id, "session")]


def test_groups_of_elsewhere_are_filled_there(signed_in: Any, runtime: Runtime, alice: str) -> None:
    with runtime.db.transaction() as session:
        group_id = identity.add_group(session, "LDAP", by=identity.SYSTEM, source="ldap:main")
        identity.add_member(session, group_id, alice, by=identity.SYSTEM, source="ldap:main")
        with pytest.raises(ExternalGroup):
            identity.add_member(session, group_id, alice, by=identity.SYSTEM)
    bob = add_person(runtime, "bob", None)
    for method, path in (
        ("PUT", f"/groups/{group_id}/members/{bob}"),
        ("DELETE", f"/groups/{group_id}/members/{alice}"),
        ("PATCH", f"/groups/{group_id}"),
    ):
        answer = signed_in.request(method, path, json={"name": "Other"})
        assert (answer.status_code, answer.json()["code"]) == (409, "external_group"), method
    assert signed_in.get(f"/groups/{group_id}").json()["member_count"] == 1


def test_nobody_joins_what_is_not_there(signed_in: Any, browser: Callable[[], Any], alice: str) -> None:
    group_id = signed_in.post("/groups", json={"name": "Board"}).json()["group_id"]
    assert signed_in.request("PUT", f"/groups/{group_id}/members/none").status_code == 404
    assert signed_in.request("PUT", f"/groups/none/members/{alice}").status_code == 404
    assert signed_in.get("/groups/none/members").status_code == 404
