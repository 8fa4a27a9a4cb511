"""Signing in by password: one answer and one hash of work for every refusal, and changing the password."""

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, text
from tests.features.identity.accounts import OTHER_PASSWORD, PASSWORD, add_person, sign_in

from coverslip.features import identity
from coverslip.features.identity import passwords
from coverslip.infra.runtime import Runtime


def _body(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}


@pytest.mark.parametrize("spelling", ["Alice", "alice", " ALICE ", "\uff21lice"])
def test_a_person_signs_in_however_the_name_is_spelt(browser: Callable[[], Any], alice: str, spelling: str) -> None:
    one = browser()
    answer = sign_in(one, spelling)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "signed_in"
    assert answer.json()["viewer"] == {
        "person_id": alice,
        "user_name": "Alice",
        "name": "Alice",
        "is_admin": False,
        "organisation_role": None,
    }
    assert answer.headers["cache-control"] == "no-store"
    assert one.get("/me").json()["person"]["email"] == "alice@hospital.example"


def test_every_refusal_is_the_same(browser: Callable[[], Any], runtime: Runtime, alice: str) -> None:
    add_person(runtime, "nopassword", None)
    gone = add_person(runtime, "gone")
    with runtime.db.transaction() as session:
        identity.deactivate(session, gone, by=identity.SYSTEM)
    tried = [("alice", "wrong"), ("nobody", PASSWORD), ("nopassword", PASSWORD), ("gone", PASSWORD), ("\0", "x")]
    answers = [sign_in(browser(), *one) for one in tried[:4]]
    assert {one.status_code for one in answers} == {401}
    assert all(_body(one) == _body(answers[0]) for one in answers)
    assert all(set(one.headers) == set(answers[0].headers) for one in answers)
    assert answers[0].json()["code"] == "sign_in_refused"
    assert sign_in(browser(), *tried[4]).status_code == 422


def test_every_refusal_costs_one_hash_and_the_same_statements(
    browser: Callable[[], Any], runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(runtime, "nopassword", None)
    gone = add_person(runtime, "gone")
    with runtime.db.transaction() as session:
        identity.deactivate(session, gone, by=identity.SYSTEM)
    work: list[str] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, stored: str, password: bytes) -> bool:
        work.append(stored.rpartition("$")[0].rpartition("$")[0])  # the parameters
        return real(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    statements: list[str] = []
    event.listen(runtime.db.engine, "before_cursor_execute", lambda *told: statements.append(str(told[2])[:60]))
    seen = []
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("nopassword", PASSWORD), ("gone", PASSWORD)):
        work.clear()
        statements.clear()
        assert sign_in(browser(), name, password).status_code == 401
        seen.append((list(work), list(statements)))
    assert all(len(hashes) == 1 for hashes, _ in seen)
    assert all(one == seen[0] for one in seen)


def test_nobodys_hash_has_the_parameters_of_today() -> None:
    assert not passwords.is_dated(passwords.NOBODYS)
    assert not passwords.fits(None, "anything")


def test_a_dated_hash_is_replaced_when_its_person_signs_in(
    browser: Callable[[], Any], runtime: Runtime, alice: str
) -> None:
    dated = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE person_password SET password_hash = :hash"), {"hash": dated})
    assert sign_in(browser(), "alice").status_code == 200
    with runtime.db.read() as session:
        stored = session.execute(text("SELECT password_hash FROM person_password")).scalar_one()
    assert stored != dated
    assert not passwords.is_dated(stored)
    assert sign_in(browser(), "alice").status_code == 200


def test_a_password_is_the_same_in_both_spellings_of_an_accent(browser: Callable[[], Any], runtime: Runtime) -> None:
    add_person(runtime, "bob", "vi\u00f1edo t\u00e9 n\u00famero")
    assert sign_in(browser(), "bob", "vin\u0303edo te\u0301 nu\u0301mero").status_code == 200


def test_changing_the_password_ends_all_other_sessions(
    browser: Callable[[], Any], runtime: Runtime, alices: Any
) -> None:
    other = browser()
    assert sign_in(other, "alice").status_code == 200
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert alices.request("PUT", "/me/password", json=change).status_code == 204
    assert alices.get("/me").status_code == 200
    assert other.get("/me").status_code == 401
    assert sign_in(browser(), "alice", PASSWORD).status_code == 401
    assert sign_in(browser(), "alice", OTHER_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "status", "code"),
    [
        ("wrong", OTHER_PASSWORD, 403, "password_wrong"),
        (None, OTHER_PASSWORD, 403, "password_wrong"),
        (PASSWORD, "password1234", 422, "password_refused"),
        (PASSWORD, "Alice hospital", 422, "password_refused"),
        (PASSWORD, "short", 422, "password_refused"),
    ],
)
def test_a_change_is_refused_with_one_sentence(
    alices: Any, current: str | None, new: str, status: int, code: str
) -> None:
    answer = alices.request("PUT", "/me/password", json={"current_password": current, "new_password": new})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith(".")
    if code == "password_refused":
        assert answer.json()["errors"][0]["pointer"] == "/new_password"


def test_the_administrator_of_the_printed_address_sets_a_first_password(
    signed_in: Any, browser: Callable[[], Any]
) -> None:
    assert signed_in.get("/me").json()["password"] == {"set": False, "changed_at": None}
    change = {"current_password": None, "new_password": PASSWORD}
    assert signed_in.request("PUT", "/me/password", json=change).status_code == 204
    assert signed_in.get("/me").json()["password"]["set"]
    assert sign_in(browser(), "administrator").json()["viewer"]["is_admin"]


def test_the_page_can_ask_how_strong_a_password_is(browser: Callable[[], Any]) -> None:
    one = browser()
    weak = one.post("/password-check", json={"password": "alice alice alice", "user_name": "alice"}).json()
    assert (weak["accepted"], weak["score"]) == (False, 0)
    assert weak["problem"]
    assert one.post("/password-check", json={"password": PASSWORD}).json() == {
        "accepted": True,
        "score": 4,
        "problem": None,
    }


def test_no_secret_stands_in_the_database_the_log_or_the_audit_trail(
    browser: Callable[[], Any], runtime: Runtime, alices: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    cookie = alices.cookies["coverslip_session"]
    token = alices.post("/me/tokens", json={"name": "script", "scopes": ["read"], "days": 1}).json()["secret"]
    totp = alices.post("/me/totp").json()["secret"]
    sign_in(browser(), "alice", "a wrong guess of mine")
    sign_in(browser(), "a password in the wrong field", "x")
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert alices.request("PUT", "/me/password", json=change).status_code == 204
    secrets = (PASSWORD, OTHER_PASSWORD, cookie, token, totp, "a wrong guess of mine", "a password in the wrong field")
    held = caplog.text + _dump(runtime)
    assert "argon2id" in held
    assert [one for one in secrets if one in held] == []


def _dump(runtime: Runtime) -> str:
    from coverslip.infra.db import Base

    with runtime.db.read() as session:
        return "".join(
            str(session.execute(text(f"SELECT * FROM {table.name}")).all()) for table in Base.metadata.sorted_tables
        )
