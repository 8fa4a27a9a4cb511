"""Tokens over HTTP: shown once, with scopes that hold, an end, and a last use; administrators see and end all."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.features.identity.accounts import add_person, sign_in

from coverslip.core.errors import Forbidden, InvalidRequest, NotFound
from coverslip.features import identity
from coverslip.infra.runtime import Runtime


def _token(browser: Any, *scopes: str, days: int = 1) -> Any:
    return browser.post("/me/tokens", json={"name": "script", "scopes": list(scopes), "days": days})


def _script(browser: Callable[[], Any], secret: str) -> Any:
    found = browser()
    found.headers["Authorization"] = f"Bearer {secret}"
    return found


def test_a_token_is_shown_once_and_lists_its_use(browser: Callable[[], Any], alices: Any) -> None:
    made = _token(alices, "read", days=30)
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    secret, token = made.json()["secret"], made.json()["token"]
    assert (token["scopes"], token["last_used_at"], token["user_name"]) == (["read"], None, "Alice")
    script = _script(browser, secret)
    me = script.get("/me").json()
    assert (me["session_kind"], me["scopes"], me["is_admin"]) == ("token", ["read"], False)
    (listed,) = alices.get("/me/tokens").json()["items"]
    assert listed["last_used_at"] is not None
    assert secret not in alices.get("/me/tokens").text
    assert alices.request("DELETE", f"/me/tokens/{token['token_id']}").status_code == 204
    assert script.get("/me").status_code == 401
    assert alices.request("DELETE", f"/me/tokens/{token['token_id']}").status_code == 404


def test_a_reading_token_changes_nothing(browser: Callable[[], Any], signed_in: Any) -> None:
    script = _script(browser, _token(signed_in, "read").json()["secret"])
    assert script.get("/projects").status_code == 200
    for method, path in (("POST", "/projects"), ("DELETE", "/me/tokens/x"), ("POST", "/session/activity")):
        answer = script.request(method, path, json={"name": "P"})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_refused"), path


def test_a_writing_token_of_an_administrator_administers_nothing(browser: Callable[[], Any], signed_in: Any) -> None:
    script = _script(browser, _token(signed_in, "write").json()["secret"])
    assert script.get("/me").json()["scopes"] == ["read", "write"]
    assert script.post("/session/activity").status_code == 204
    for method, path in (("GET", "/people"), ("POST", "/groups"), ("GET", "/imports/roots"), ("GET", "/tokens")):
        answer = script.request(method, path, json={"name": "P"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_refused"), path


def test_an_administering_token_administers(browser: Callable[[], Any], signed_in: Any) -> None:
    script = _script(browser, _token(signed_in, "admin").json()["secret"])
    assert script.get("/people").status_code == 200
    assert script.post("/groups", json={"name": "Board"}).status_code == 201
    assert script.post("/people", json={"user_name": "lou", "name": "Lou"}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/me"),
        ("PUT", "/me/password"),
        ("POST", "/me/totp"),
        ("POST", "/me/totp/confirm"),
        ("DELETE", "/me/totp"),
        ("POST", "/me/recovery-codes"),
        ("POST", "/me/passkeys/begin"),
        ("POST", "/me/passkeys"),
        ("DELETE", "/me/passkeys/x"),
        ("GET", "/me/sessions"),
        ("DELETE", "/me/sessions"),
        ("DELETE", "/me/sessions/x"),
        ("POST", "/me/tokens"),
        ("POST", "/session/confirm"),
        ("POST", "/session/confirm/begin"),
    ],
)
def test_no_script_changes_how_its_person_signs_in(
    sqlite_runtime: Runtime, rooms_sqlite: Any, method: str, path: str
) -> None:
    with sqlite_runtime.db.transaction() as session:
        secret = identity.create_token(session, identity.ensure_administrator(session), "script")
    rooms_sqlite.cookies = {}
    answer = rooms_sqlite.request(method, path, json={}, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "session_only")


def test_only_an_administrator_has_administering_tokens(
    runtime: Runtime, signed_in: Any, browser: Callable[[], Any], alices: Any, alice: str
) -> None:
    assert _token(alices, "admin").status_code == 403
    assert _token(alices).status_code == 422
    signed_in.request("PATCH", f"/people/{alice}", json={"organisation_role": "administrator"})
    secret = _token(alices, "admin").json()["secret"]
    signed_in.request("PATCH", f"/people/{alice}", json={"organisation_role": None})
    script = _script(browser, secret)
    assert script.get("/people").status_code == 403
    assert script.get("/me").status_code == 200
    with runtime.db.transaction() as session:
        with pytest.raises(Forbidden):
            identity.create_token(session, alice, "x", scopes=["admin"])
        with pytest.raises(InvalidRequest):
            identity.create_token(session, alice, "x", scopes=[])
        with pytest.raises(NotFound):
            identity.create_token(session, "none", "x")


def test_an_administrator_sees_and_ends_every_token(
    browser: Callable[[], Any], signed_in: Any, runtime: Runtime, alices: Any, alice: str
) -> None:
    add_person(runtime, "bob")
    bobs = browser()
    sign_in(bobs, "bob")
    token = _token(alices, "read").json()
    assert bobs.request("DELETE", f"/me/tokens/{token['token']['token_id']}").status_code == 404
    assert bobs.get("/me/tokens").json()["items"] == []
    assert [one["user_name"] for one in signed_in.get("/tokens").json()["items"]] == ["Alice"]
    assert len(signed_in.get(f"/tokens?person_id={alice}").json()["items"]) == 1
    assert signed_in.request("DELETE", f"/tokens/{token['token']['token_id']}").status_code == 204
    assert _script(browser, token["secret"]).get("/me").status_code == 401


def test_a_token_needs_a_fresh_proof(runtime: Runtime, alices: Any) -> None:
    from sqlalchemy import text

    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET proved_at = '2020-01-01 00:00:00'"))
    assert _token(alices, "read").json()["code"] == "confirm_first"
    from tests.features.identity.accounts import PASSWORD

    assert alices.post("/session/confirm", json={"password": PASSWORD}).status_code == 204
    assert _token(alices, "read").status_code == 201
