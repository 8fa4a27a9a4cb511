"""Links that let somebody in: used once, under concurrency too, looked at without harm, ended in one way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.identity.accounts import OTHER_PASSWORD, PASSWORD, add_person, keep, sign_in, use_settings
from tests.support.mail import MailServer

from coverslip.core.errors import CoverslipError
from coverslip.core.identity_errors import LinkEnded, NameTaken
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity import links
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.passkeys import Site
from coverslip.infra.runtime import Runtime

SITE = Site("coverslip.test", "http://coverslip.test")


def _body(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}


def test_an_invitation_makes_an_account(signed_in: Any, browser: Callable[[], Any], runtime: Runtime) -> None:
    group_id = signed_in.post("/groups", json={"name": "Board"}).json()["group_id"]
    wanted = {
        "name": "Grace",
        "email": "grace@hospital.example",
        "organisation_role": "operator",
        "group_ids": [group_id],
        "days": 3,
    }
    made = signed_in.post("/invitations", json=wanted)
    assert made.status_code == 201, made.text
    (listed,) = signed_in.get("/invitations").json()["items"]
    assert listed["groups"] == [{"group_id": group_id, "name": "Board"}]
    assert made.json()["token"] not in str(listed)
    one = browser()
    token = made.json()["token"]
    for _ in range(3):
        looked = one.post("/links/look", json={"token": token})
        assert looked.json() == {
            "kind": "invitation",
            "name": "Grace",
            "user_name": None,
            "email": "grace@hospital.example",
            "expires_at": made.json()["expires_at"],
            "invited_by": "Local administrator",
            "terms_version": None,
        }
    used = keep(one, one.post("/links/use", json={"token": token, "password": PASSWORD, "user_name": "grace"}))
    assert used.status_code == 200, used.text
    me = one.get("/me").json()
    assert (me["person"]["organisation_role"], me["groups"][0]["name"]) == ("operator", "Board")
    assert signed_in.get("/invitations").json()["items"] == []
    assert sign_in(browser(), "grace").status_code == 200


def test_every_link_that_opens_nothing_says_the_same(
    signed_in: Any, browser: Callable[[], Any], runtime: Runtime, alice: str
) -> None:
    def made() -> Any:
        return signed_in.post("/invitations", json={}).json()

    used, withdrawn, old, replaced = (
        made(),
        made(),
        made(),
        signed_in.post(f"/people/{alice}/reset-link", json={}).json(),
    )
    browser().post("/links/use", json={"token": used["token"], "password": PASSWORD, "user_name": "h"})
    assert signed_in.request("DELETE", f"/invitations/{withdrawn['link_id']}").status_code == 204
    assert signed_in.request("DELETE", f"/invitations/{withdrawn['link_id']}").status_code == 404
    signed_in.post(f"/people/{alice}/reset-link", json={})
    with runtime.db.transaction() as session:
        past = utc_now() - timedelta(seconds=1)
        told = past.strftime("%Y-%m-%d %H:%M:%S.%f") if runtime.db.dialect == "sqlite" else past
        session.execute(
            text("UPDATE person_link SET expires_at = :at WHERE link_id = :id"), {"at": told, "id": old["link_id"]}
        )
    tokens = [used["token"], withdrawn["token"], old["token"], replaced["token"], "none"]
    for path, more in (("/links/look", {}), ("/links/use", {"password": OTHER_PASSWORD, "user_name": "i"})):
        answers = [browser().post(path, json={"token": token, **more}) for token in tokens]
        assert {one.status_code for one in answers} == {404}
        assert all(_body(one) == _body(answers[0]) for one in answers)
        assert answers[0].json()["code"] == "link_ended"
        with runtime.db.transaction() as session:
            session.execute(text("DELETE FROM sign_in_attempt"))
    assert browser().post("/session", json={"user_name": "i", "password": OTHER_PASSWORD}).status_code == 401


def test_a_refused_password_or_name_does_not_use_a_link_up(
    signed_in: Any, browser: Callable[[], Any], alice: str
) -> None:
    token = signed_in.post("/invitations", json={}).json()["token"]
    one = browser()
    for wishes, status in (
        ({"password": "password1234", "user_name": "jack"}, 422),
        ({"password": "Jack Jackson jack", "user_name": "jack", "name": "Jack Jackson"}, 422),
        ({"password": PASSWORD, "user_name": "two words"}, 422),
        ({"password": PASSWORD}, 422),
        ({"password": PASSWORD, "user_name": "ALICE"}, 409),
        ({"password": PASSWORD, "user_name": "jack"}, 200),
    ):
        assert one.post("/links/use", json={"token": token, **wishes}).status_code == status, wishes


def test_a_link_used_many_times_at_once_makes_one_account(runtime: Runtime, signed_in: Any) -> None:
    token = signed_in.post("/invitations", json={}).json()["token"]

    def use(number: int) -> object:
        wishes = links.Wishes(PASSWORD, f"twin{number}", "Twin")
        try:
            return links.use(runtime, token, wishes, Caller(f"198.51.100.{number}"), SITE)
        except CoverslipError as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(use, range(8)))
    assert sum(isinstance(one, SignedIn) for one in said) == 1
    assert said.count(LinkEnded) == 7
    assert signed_in.get("/people?q=twin").json()["total"] == 1


def test_two_links_that_wish_one_name_at_once_make_one_account(runtime: Runtime, signed_in: Any) -> None:
    tokens = [signed_in.post("/invitations", json={}).json()["token"] for _ in range(4)]

    def use(token: str) -> object:
        try:
            return links.use(runtime, token, links.Wishes(PASSWORD, "same", "Same"), Caller("198.51.100.1"), SITE)
        except CoverslipError as error:
            return type(error)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(use, tokens))
    assert sum(isinstance(one, SignedIn) for one in said) == 1, said
    assert said.count(NameTaken) == 3


def test_a_reset_sets_a_password_and_ends_all_sessions(
    signed_in: Any, browser: Callable[[], Any], alices: Any, alice: str
) -> None:
    link = signed_in.post(f"/people/{alice}/reset-link", json={}).json()
    one = browser()
    assert one.post("/links/look", json={"token": link["token"]}).json()["user_name"] == "Alice"
    wishes = {"token": link["token"], "password": OTHER_PASSWORD, "user_name": "mallory", "name": "Mallory"}
    used = keep(one, one.post("/links/use", json=wishes))
    assert used.json()["viewer"]["user_name"] == "Alice"
    assert alices.get("/me").status_code == 401
    assert one.get("/me").json()["person"]["name"] == "Alice"
    assert sign_in(browser(), "alice", PASSWORD).status_code == 401
    assert sign_in(browser(), "alice", OTHER_PASSWORD).status_code == 200


def test_a_reset_does_not_go_around_the_second_factor(
    signed_in: Any, browser: Callable[[], Any], alices: Any, alice: str
) -> None:
    import pyotp

    secret = alices.post("/me/totp").json()["secret"]
    alices.post("/me/totp/confirm", json={"code": pyotp.TOTP(secret).now()})
    link = signed_in.post(f"/people/{alice}/reset-link", json={}).json()
    one = browser()
    used = one.post("/links/use", json={"token": link["token"], "password": OTHER_PASSWORD})
    assert used.json()["state"] == "second_factor"
    assert "set-cookie" not in used.headers
    assert one.get("/me").status_code == 401


def test_links_of_an_administrator_who_left_open_nothing(
    signed_in: Any, browser: Callable[[], Any], runtime: Runtime
) -> None:
    boss = add_person(runtime, "boss", organisation_role="administrator")
    theirs = browser()
    sign_in(theirs, "boss")
    token = theirs.post("/invitations", json={"organisation_role": "administrator"}).json()["token"]
    signed_in.post(f"/people/{boss}/deactivate")
    assert browser().post("/links/look", json={"token": token}).status_code == 404


def test_guessing_links_is_limited(browser: Callable[[], Any]) -> None:
    statuses = [browser().post("/links/look", json={"token": f"guess{number}"}).status_code for number in range(11)]
    assert statuses == [404] * 10 + [429]


def test_a_link_is_mailed_or_it_is_said_why_not(
    signed_in: Any, browser: Callable[[], Any], runtime: Runtime, mail_server: MailServer, alice: str
) -> None:
    plain = signed_in.post(f"/people/{alice}/reset-link", json={"mail": True}).json()
    assert (plain["mailed"], plain["mail_problem"]) == (False, "No mail server is set; copy the link.")
    use_settings(
        runtime,
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_security="none",
        smtp_from="slides@example.org",
        base_url="https://slides.example.org",
    )
    sent = signed_in.post(f"/people/{alice}/reset-link", json={"mail": True}).json()
    assert (sent["mailed"], sent["mail_problem"]) == (True, None)
    (message,) = mail_server.messages
    assert message["to"] == "alice@hospital.example"
    assert sent["url"] in str(message.get_payload(decode=True))
    assert sent["url"].startswith("https://slides.example.org/link#")
    nobody = signed_in.post("/invitations", json={"mail": True}).json()
    assert nobody["mail_problem"] == "There is no mail address; copy the link."
    mail_server.refuse = True
    refused = signed_in.post(f"/people/{alice}/reset-link", json={"mail": True}).json()
    assert not refused["mailed"]
    assert refused["mail_problem"].endswith("Copy the link.")
    assert browser().post("/links/look", json={"token": refused["token"]}).status_code == 200


@pytest.mark.parametrize("days", [0, 31])
def test_an_invitation_lives_a_month_at_most(signed_in: Any, days: int) -> None:
    assert signed_in.post("/invitations", json={"days": days}).status_code == 422


def test_an_invitation_into_a_group_that_went_still_lets_in(signed_in: Any, browser: Callable[[], Any]) -> None:
    group_id = signed_in.post("/groups", json={"name": "Board"}).json()["group_id"]
    token = signed_in.post("/invitations", json={"group_ids": [group_id]}).json()["token"]
    assert signed_in.post("/invitations", json={"group_ids": ["none"]}).status_code == 404
    signed_in.request("DELETE", f"/groups/{group_id}")
    used = browser().post("/links/use", json={"token": token, "password": PASSWORD, "user_name": "kim"})
    assert used.status_code == 200


def test_the_sweep_ends_what_has_run_out_for_good(signed_in: Any, browser: Callable[[], Any], runtime: Runtime) -> None:
    token = signed_in.post("/invitations", json={}).json()["token"]
    identity.sweep(runtime.db, utc_now() + timedelta(days=8))
    assert browser().post("/links/look", json={"token": token}).status_code == 404
