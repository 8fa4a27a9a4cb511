"""What becomes of those who came back: names, factors, proofs, signing out, being disabled there, broken providers."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update
from tests.features.conftest import Browser
from tests.features.identity.accounts import add_person, sign_in, use_settings
from tests.features.identity.oidc.clinic import ALICE, HOME, NEXT, OFFLINE, Offers, arrive, go, who
from tests.support.issuers import Issuer, walk

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity.models import ExternalAccountRecord, SessionRecord
from coverslip.infra.runtime import Runtime


def test_a_name_that_is_taken(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime) -> None:
    offers(issuer)
    local = add_person(runtime, "alice.ward")
    mine = browser()
    assert arrive(mine, go(mine)) == "/signin?problem=name_taken_elsewhere"
    assert who(mine).status_code == 401
    assert sign_in(browser(), "alice.ward").status_code == 200
    with runtime.db.transaction() as session:
        key = f"{issuer.url}#a-1"
        identity.link_person(session, runtime.settings, local, "clinic", key, by=identity.SYSTEM, now=utc_now())
    assert arrive(mine, go(mine)) == NEXT
    assert who(mine).json()["viewer"]["person_id"] == local


def test_deactivated_here(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime) -> None:
    offers(issuer)
    mine = browser()
    arrive(mine, go(mine))
    person_id = who(mine).json()["viewer"]["person_id"]
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        identity.deactivate(session, person_id, by=identity.local_administrator(session))
    assert who(mine).status_code == 401
    assert arrive(mine, go(mine)) == "/signin?problem=sign_in_refused"


def test_the_second_factor_of_here(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime
) -> None:
    import pyotp

    offers(issuer)
    mine = browser()
    arrive(mine, go(mine))
    who(mine)
    secret = mine.post("/me/totp").json()["secret"]
    now = utc_now()
    assert mine.post("/me/totp/confirm", json={"code": pyotp.TOTP(secret).at(now)}).status_code == 200
    fresh = browser()
    assert arrive(fresh, go(fresh)) == "/signin?step=factor"
    assert who(fresh).status_code == 401
    cookie = fresh.cookies["coverslip_away"]
    step = fresh.post("/session/external-step").json()
    assert step["next"] == NEXT
    assert set(step["answer"]["second_factor"]) >= {"totp"}
    body = {"challenge": step["answer"]["challenge"], "totp": pyotp.TOTP(secret).at(now + timedelta(seconds=30))}
    assert fresh.post("/session/second-factor", json=body).status_code == 200
    assert who(fresh).json()["viewer"]["user_name"] == "alice.ward"
    thief = browser()
    thief.cookies["coverslip_away"] = cookie
    assert thief.post("/session/external-step").status_code == 401


def test_a_fresh_proof(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime) -> None:
    offers(issuer)
    mine = browser()
    arrive(mine, go(mine))
    who(mine)
    long_ago = utc_now() - timedelta(hours=1)
    with runtime.db.transaction() as session:
        session.execute(update(SessionRecord).values(proved_at=long_ago))
    token = {"name": "script", "scopes": ["read"], "days": 1}
    assert mine.post("/me/tokens", json=token).json()["code"] == "confirm_first"

    def prove(sub: str) -> str:
        answer = mine.post("/session/external/clinic/prove", json={"next": "/account"})
        return arrive(mine, walk(answer.json()["url"], sub))

    assert prove("b-2") == "/signin?problem=external_refused"
    assert mine.post("/me/tokens", json=token).json()["code"] == "confirm_first"
    session_cookie = mine.cookies["coverslip_session"]
    assert prove("a-1") == "/account"
    assert mine.cookies["coverslip_session"] == session_cookie
    assert mine.post("/me/tokens", json=token).status_code == 201
    assert browser().post("/session/external/clinic/prove", json={}).status_code == 401


def test_a_proof_for_another_session(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime
) -> None:
    offers(issuer)
    mine, elsewhere = browser(), browser()
    for one in (mine, elsewhere):
        arrive(one, go(one))
        who(one)
    begun = mine.post("/session/external/clinic/prove", json={}).json()["url"]
    elsewhere.cookies["coverslip_away"] = mine.cookies["coverslip_away"]
    assert arrive(elsewhere, walk(begun, "a-1")) == "/signin?problem=external_refused"


def test_signing_out(browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime) -> None:
    offers(issuer)
    mine = browser()
    arrive(mine, go(mine))
    who(mine)
    answer = mine.post("/session/sign-out")
    assert answer.headers["clear-site-data"] == '"cache"'
    url = answer.json()["url"]
    assert url.startswith(f"{issuer.url}/session/end?")
    assert f"post_logout_redirect_uri={HOME.replace(':', '%3A').replace('/', '%2F')}%2Fsignin" in url
    assert "id_token_hint=" in url
    assert who(mine).status_code == 401
    assert httpx.get(url).status_code == 200  # the provider knows the hint and the way back
    assert httpx.get(url.replace("%2Fsignin", "%2Felsewhere")).status_code == 400


def test_signing_out_of_an_account_that_is_kept_here(alices: Browser) -> None:
    assert alices.post("/session/sign-out").json() == {"url": None}
    assert who(alices).status_code == 401


def test_disabled_there_is_out_here(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime
) -> None:
    offers(issuer, [{"external": "pathology", "group": "Pathology"}], **OFFLINE)
    mine = browser()
    arrive(mine, go(mine))
    who(mine)
    secret = mine.post("/me/tokens", json={"name": "script", "scopes": ["read"], "days": 1}).json()["token"]
    issuer.put("a-1", **{**ALICE, "groups": []})
    identity.Recheck(runtime).run(utc_now() + timedelta(minutes=16))
    assert mine.get("/me").json()["groups"] == []
    with runtime.db.read() as session:
        kept = session.scalars(select(ExternalAccountRecord)).one()
    assert kept.sealed_refresh is not None
    issuer.remove("a-1")
    identity.Recheck(runtime).run(utc_now() + timedelta(minutes=40))
    assert who(mine).status_code == 401
    script = browser()
    script.headers["Authorization"] = f"Bearer {secret}"
    assert script.get("/me").status_code == 401
    issuer.put("a-1", **ALICE)
    assert arrive(mine, go(mine)) == NEXT


def test_nothing_that_opens_lies_in_the_database(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime
) -> None:
    offers(issuer, **OFFLINE)
    mine = browser()
    answer = mine.post("/session/external/clinic", json={"next": NEXT})
    url = httpx.URL(answer.json()["url"])
    dump = _dump(runtime)
    assert mine.cookies["coverslip_away"] not in dump
    assert url.params["state"] not in dump
    assert url.params["nonce"] not in dump
    arrive(mine, walk(str(url), "a-1"))
    dump = _dump(runtime)
    assert "eyJ" not in dump  # no token of the provider
    assert mine.cookies["coverslip_session"] not in dump


def _dump(runtime: Runtime) -> str:
    from sqlalchemy import MetaData

    with runtime.db.read() as session:
        found = MetaData()
        found.reflect(session.connection(), only=["sign_in_challenge", "external_identity", "session", "person"])
        return json.dumps(
            [[str(value) for value in row] for one in found.sorted_tables for row in session.execute(select(one))]
        )


def test_a_provider_that_is_not_there(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, alice: str, caplog: pytest.LogCaptureFixture
) -> None:
    offers(Issuer("http://127.0.0.1:9"))
    mine = browser()
    answer = mine.post("/session/external/clinic", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert '[[oidc]] "clinic": issuer: 127.0.0.1:9 cannot be reached' in caplog.text
    assert sign_in(mine, "alice").status_code == 200
    for name in ("nowhere", "local", "CLINIC"):
        assert mine.post(f"/session/external/{name}", json={}).status_code in (404, 422)


def test_it_goes_while_somebody_is_away(browser: Callable[[], Browser], issuer: Issuer, offers: Offers) -> None:
    offers(issuer)
    mine = browser()
    back = go(mine)
    offers(Issuer("http://127.0.0.1:9"))
    assert arrive(mine, back) == "/signin?problem=provider_unavailable"


def test_a_broken_table_is_not_offered(
    browser: Callable[[], Browser], issuer: Issuer, offers: Offers, runtime: Runtime
) -> None:
    offers(issuer, algorithms=["HS256"])
    mine = browser()
    assert mine.get("/session/options").json()["providers"] == []
    assert mine.post("/session/external/clinic", json={}).status_code == 404


def test_off_by_default(browser: Callable[[], Browser], runtime: Runtime) -> None:
    use_settings(runtime)
    mine = browser()
    assert mine.get("/session/options").json()["providers"] == []
    assert mine.post("/session/external/clinic", json={}).status_code == 404
    assert (
        mine.get("/session/external/clinic/callback?code=x&state=y").headers["location"]
        == "/signin?problem=challenge_ended"
    )
