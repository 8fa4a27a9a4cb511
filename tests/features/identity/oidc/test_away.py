"""The way to a provider and back over HTTP, with real providers; and those who try to go it for somebody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.features.conftest import Browser
from tests.features.identity.accounts import sign_in
from tests.features.identity.oidc.clinic import ALICE, NEXT, Offers, arrive, go, record_of, who
from tests.support.issuers import Issuer, walk

from coverslip.core.time import utc_now
from coverslip.infra.runtime import Runtime


def test_signing_in(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime) -> None:
    offers(issuer, [{"external": "pathology", "group": "Pathology"}, {"external": "staff", "role": "auditor"}])
    mine = browser()
    offered = mine.get("/session/options").json()["providers"]
    assert offered == [{"name": "clinic", "title": "Clinic account", "kind": "redirect"}]
    there = mine.post("/session/external/clinic", json={"next": NEXT})
    cookie = there.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=900"))
    back = mine.get("/session/external/clinic/callback", params=walk(there.json()["url"], "a-1"))
    assert (back.status_code, back.headers["location"]) == (303, NEXT)
    assert any(one.startswith('coverslip_away=""') for one in back.headers.get_list("set-cookie"))
    assert who(mine).json()["viewer"] == {
        "person_id": who(mine).json()["viewer"]["person_id"],
        "user_name": "alice.ward",
        "name": "Alice Ward",
        "is_admin": False,
        "organisation_role": "auditor",
    }
    me = mine.get("/me").json()
    assert [one["name"] for one in me["groups"]] == ["Pathology"]
    assert me["provider"]["kind"] == "redirect"
    assert me["may_change_password"] is False
    assert record_of(runtime, "session.start").principal == me["person"]["person_id"]


def test_the_same_person_under_another_name(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    first, second = browser(), browser()
    arrive(first, go(first))
    issuer.put("a-1", **{**ALICE, "preferred_username": "alice.hill", "name": "Alice Hill"})
    arrive(second, go(second))
    before, after = who(first).json()["viewer"], who(second).json()["viewer"]
    assert before["person_id"] == after["person_id"]
    assert (after["user_name"], after["name"]) == ("alice.hill", "Alice Hill")


def test_the_same_subject_at_another_issuer(
    browser: Callable[[], Browser], issuer: Issuer, other: Issuer, offers: Offers
) -> None:
    offers(issuer)
    first, second = browser(), browser()
    arrive(first, go(first))
    issuer_of_others = {"scopes": ["openid", "profile"], "user_name_claim": "email"}
    offers(other, **issuer_of_others)
    arrive(second, go(second))
    assert who(first).json()["viewer"]["person_id"] != who(second).json()["viewer"]["person_id"]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb", "", None, "\\\\evil",
     "/%09/evil.example\t", "evil", " /x", "/" + "x" * 2000],
)  # fmt: skip
def test_no_open_redirects(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, path: str | None) -> None:
    offers(issuer)
    mine = browser()
    assert arrive(mine, go(mine, path=path)) == "/"


def test_an_answer_for_another_browser(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    mallory, victim = browser(), browser()
    back = go(mallory, "b-2")
    assert arrive(victim, back) == "/signin?problem=challenge_ended"  # who was sent nowhere
    assert who(victim).status_code == 401
    go(victim)
    assert arrive(victim, back) == "/signin?problem=external_refused"  # who was sent away with another question
    assert who(victim).status_code == 401
    assert arrive(mallory, back) == NEXT


def test_swapped_states(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    mine, theirs = browser(), browser()
    my_back, their_back = go(mine), go(theirs, "b-2")
    assert arrive(mine, {**their_back, "state": my_back["state"]}) == "/signin?problem=external_refused"
    assert who(mine).status_code == 401


def test_an_answer_works_once(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    mine = browser()
    back = go(mine)
    cookie = mine.cookies["coverslip_away"]
    assert arrive(mine, back) == NEXT
    again = browser()
    again.cookies["coverslip_away"] = cookie
    assert arrive(again, back) == "/signin?problem=challenge_ended"
    assert who(again).status_code == 401


def test_a_wrong_answer_uses_the_question_up(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    mine = browser()
    back = go(mine)
    cookie = mine.cookies["coverslip_away"]
    assert arrive(mine, {**back, "state": "guess"}) == "/signin?problem=external_refused"
    mine.cookies["coverslip_away"] = cookie
    assert arrive(mine, back) == "/signin?problem=challenge_ended"


def test_doubled_and_endless_parameters(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    for extra in ("&code=x", "&filler=" + "x" * 9000):
        mine = browser()
        back = go(mine)
        query = "&".join(f"{key}={value}" for key, value in back.items())
        answer = mine.get(f"/session/external/clinic/callback?{query}{extra}")
        assert answer.headers["location"] == "/signin?problem=challenge_ended"
        assert who(mine).status_code == 401


@pytest.mark.parametrize("lie", ["none", "hs256", "other_key", "nonce", "audience", "issuer", "expired"])
def test_forged_tokens_open_nothing(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime, lie: str
) -> None:
    offers(issuer)
    mine = browser()
    issuer.lie(lie)
    assert arrive(mine, go(mine)) == "/signin?problem=external_refused"
    assert who(mine).status_code == 401
    assert record_of(runtime, "session.start").outcome == "denied"


def test_too_late(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers(issuer)
    mine = browser()
    back = go(mine)
    later = utc_now() + timedelta(minutes=16)
    monkeypatch.setattr("coverslip.features.identity.away.utc_now", lambda: later)
    assert arrive(mine, back) == "/signin?problem=challenge_ended"


def test_a_session_from_before_ends(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, alice: str) -> None:
    offers(issuer)
    mine = browser()
    assert sign_in(mine, "alice").status_code == 200
    before = mine.cookies["coverslip_session"]
    assert arrive(mine, go(mine, "b-2")) == NEXT
    assert mine.cookies["coverslip_session"] != before
    old = browser()
    old.cookies["coverslip_session"] = before
    assert who(old).status_code == 401
