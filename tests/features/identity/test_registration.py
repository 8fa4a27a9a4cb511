"""Making an account oneself: off, by mail domain, or by approval; the answer never tells who is here."""

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from tests.features.identity.accounts import PASSWORD, add_person, sign_in, use_settings
from tests.support.mail import MailServer

from coverslip.infra.runtime import Runtime

WANTED = {"name": "Lea", "email": "lea@hospital.example", "user_name": "lea", "password": PASSWORD}


def test_nobody_registers_unless_it_is_allowed(browser: Callable[[], Any], runtime: Runtime) -> None:
    assert browser().get("/session/options").json()["registration"] == "off"
    answer = browser().post("/registration", json=WANTED)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")


def test_an_administrator_approves(browser: Callable[[], Any], signed_in: Any, runtime: Runtime) -> None:
    use_settings(runtime, registration="approval")
    asked = browser().post("/registration", json={**WANTED, "note": "I am new in the lab."})
    assert (asked.status_code, asked.json()) == (202, {"state": "pending"})
    waiting = sign_in(browser(), "lea")
    assert (waiting.status_code, waiting.json()["code"]) == (403, "account_pending")
    assert sign_in(browser(), "lea", "wrong").json()["code"] == "sign_in_refused"
    (row,) = signed_in.get("/people?state=pending").json()["items"]
    assert (row["user_name"], row["note"], row["password"]) == ("lea", "I am new in the lab.", True)
    path = f"/people/{row['person_id']}"
    for verb in ("deactivate", "activate"):
        assert signed_in.post(f"{path}/{verb}").status_code == 409
    group_id = signed_in.post("/groups", json={"name": "Board"}).json()["group_id"]
    approved = signed_in.post(f"{path}/approve", json={"organisation_role": "auditor", "group_ids": [group_id]})
    assert (approved.json()["state"], approved.json()["note"]) == ("active", None)
    assert signed_in.post(f"{path}/approve", json={}).status_code == 409
    assert sign_in(browser(), "lea").json()["viewer"]["organisation_role"] == "auditor"


def test_who_is_refused_leaves_nothing(browser: Callable[[], Any], signed_in: Any, runtime: Runtime) -> None:
    use_settings(runtime, registration="approval")
    browser().post("/registration", json=WANTED)
    (row,) = signed_in.get("/people?state=pending").json()["items"]
    assert signed_in.post(f"/people/{row['person_id']}/refuse").status_code == 204
    assert signed_in.get(f"/people/{row['person_id']}").status_code == 404
    assert sign_in(browser(), "lea").json()["code"] == "sign_in_refused"
    me = signed_in.get("/me").json()["person"]["person_id"]
    assert signed_in.post(f"/people/{me}/refuse").status_code == 409


def test_a_taken_name_is_not_told(
    browser: Callable[[], Any], signed_in: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_settings(runtime, registration="approval")
    add_person(runtime, "lea", None)
    work: list[int] = []
    real = PasswordHasher.hash

    def counting(self: PasswordHasher, password: bytes, **more: Any) -> str:
        work.append(1)
        return real(self, password, **more)

    monkeypatch.setattr(PasswordHasher, "hash", counting)
    taken = browser().post("/registration", json=WANTED)
    free = browser().post("/registration", json={**WANTED, "user_name": "free"})
    assert (taken.status_code, taken.json()) == (free.status_code, free.json()) == (202, {"state": "pending"})
    assert len(work) == 2
    names = [one["user_name"] for one in signed_in.get("/people?state=pending").json()["items"]]
    assert names == ["free", "lea-2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "password1234"), ("password", None), ("user_name", None), ("email", "none"), ("name", "\u0001")],
)
def test_what_cannot_be_is_refused(browser: Callable[[], Any], runtime: Runtime, field: str, value: Any) -> None:
    use_settings(runtime, registration="approval")
    assert browser().post("/registration", json={**WANTED, field: value}).status_code == 422


def test_registering_is_limited_but_signing_in_is_not(browser: Callable[[], Any], runtime: Runtime, alice: str) -> None:
    use_settings(runtime, registration="approval")
    statuses = [
        browser().post("/registration", json={**WANTED, "user_name": f"u{number}"}).status_code for number in range(11)
    ]
    assert statuses == [202] * 10 + [429]
    assert sign_in(browser(), "alice").status_code == 200


def _by_domain(runtime: Runtime, server: MailServer) -> None:
    use_settings(
        runtime,
        registration="domain",
        registration_domains=("@Hospital.example",),
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        smtp_from="slides@example.org",
        base_url="https://slides.example.org",
    )


def test_a_mail_address_of_the_house_is_enough(
    browser: Callable[[], Any], runtime: Runtime, mail_server: MailServer
) -> None:
    _by_domain(runtime, mail_server)
    assert browser().get("/session/options").json()["registration_domains"] == ["hospital.example"]
    host = {"Host": "evil.example"}
    asked = browser().post("/registration", json={"name": "Lea", "email": "lea@HOSPITAL.example"}, headers=host)
    assert (asked.status_code, asked.json()) == (202, {"state": "mailed"})
    (message,) = mail_server.messages
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    said = body.decode()
    assert "https://slides.example.org/link#" in said
    assert "evil" not in said
    token = said.partition("/link#")[2].split()[0]
    used = browser().post("/links/use", json={"token": token, "password": PASSWORD, "user_name": "lea"})
    assert used.status_code == 200, used.text
    assert used.json()["viewer"] == {
        "person_id": used.json()["viewer"]["person_id"],
        "user_name": "lea",
        "name": "Lea",
        "is_admin": False,
        "organisation_role": None,
    }


def test_an_address_that_has_an_account_gets_the_same_answer_and_another_mail(
    browser: Callable[[], Any], runtime: Runtime, mail_server: MailServer, alice: str
) -> None:
    _by_domain(runtime, mail_server)
    answers = [
        browser().post("/registration", json={"name": "X", "email": email})
        for email in ("ALICE@hospital.example", "new@hospital.example")
    ]
    assert [(one.status_code, one.json()) for one in answers] == [(202, {"state": "mailed"})] * 2
    texts = [str(one.get_payload(decode=True)) for one in mail_server.messages]
    assert ["/link#" in one for one in texts] == [False, True]


@pytest.mark.parametrize(
    "email",
    ["lea@evil.example", "lea@hospital.example.evil.example", "hospital.example@evil.example", "lea@xhospital.example"],
)
def test_another_domain_is_refused(
    browser: Callable[[], Any], runtime: Runtime, mail_server: MailServer, email: str
) -> None:
    _by_domain(runtime, mail_server)
    answer = browser().post("/registration", json={"name": "X", "email": email})
    assert (answer.status_code, answer.json()["code"]) == (422, "domain_refused")
    assert mail_server.messages == []


def test_a_mail_server_that_does_not_take_it_is_said(
    browser: Callable[[], Any], runtime: Runtime, mail_server: MailServer
) -> None:
    _by_domain(runtime, mail_server)
    mail_server.refuse = True
    answer = browser().post("/registration", json={"name": "X", "email": "x@hospital.example"})
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_unavailable")
