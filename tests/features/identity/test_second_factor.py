"""Codes of an authenticator app and recovery codes: used once, limited, and asked for where a role needs them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import text
from tests.features.identity.accounts import PASSWORD, add_person, keep, sign_in, use_settings

from coverslip.core.errors import CoverslipError
from coverslip.core.identity_errors import ChallengeEnded, SecondFactorRefused
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity import signing_in
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.sealing import SealBroken, seal, unseal
from coverslip.features.identity.signing_in import FactorNeeded, Proof
from coverslip.infra.runtime import Runtime

SITE = Site("coverslip.test", "http://coverslip.test")
CALLER = Caller("198.51.100.7")


def _code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(utc_now(), counter_offset=steps)


def _other(secret: str) -> str:
    """Return a code that is none of those which are right now."""
    right = {_code(secret, steps) for steps in range(-2, 3)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in right)


def _set_up(browser: Any) -> tuple[str, list[str]]:
    """Set an authenticator app up, with the code before the present one; return its secret and the recovery codes."""
    began = browser.post("/me/totp")
    assert began.status_code == 200, began.text
    secret = began.json()["secret"]
    confirmed = browser.post("/me/totp/confirm", json={"code": _code(secret, -1)})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


def test_an_app_is_set_up_and_asked_for(browser: Callable[[], Any], alices: Any) -> None:
    began = alices.post("/me/totp")
    assert began.headers["cache-control"] == "no-store"
    secret = began.json()["secret"]
    uri = began.json()["uri"]
    assert pyotp.parse_uri(uri).secret == secret
    assert "Alice" in uri
    assert "issuer=Coverslip" in uri
    assert alices.post("/me/totp/confirm", json={"code": _other(secret)}).status_code == 401
    assert not alices.get("/me").json()["second_factor"]["totp"]
    confirmed = alices.post("/me/totp/confirm", json={"code": _code(secret)})
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert alices.get("/me").json()["second_factor"] == {
        "required": False,
        "totp": True,
        "passkeys": 0,
        "recovery_left": 10,
    }
    asked = sign_in(browser(), "alice").json()
    assert asked["state"] == "second_factor"
    assert asked["second_factor"] == ["totp", "recovery"]
    assert "coverslip_session" not in asked


def test_the_password_alone_gives_no_session(browser: Callable[[], Any], alices: Any) -> None:
    _set_up(alices)
    one = browser()
    asked = sign_in(one, "alice")
    assert "set-cookie" not in asked.headers
    assert one.get("/session").status_code == 401
    challenge = asked.json()["challenge"]
    for header in ({"Authorization": f"Bearer {challenge}"}, {"Cookie": f"coverslip_session={challenge}"}):
        assert one.get("/session", headers=header).status_code == 401


def test_a_code_finishes_the_sign_in_once(browser: Callable[[], Any], alices: Any) -> None:
    secret, _ = _set_up(alices)
    one, other = browser(), browser()
    first, second = (sign_in(each, "alice").json()["challenge"] for each in (one, other))
    code = _code(secret)
    done = keep(one, one.post("/session/second-factor", json={"challenge": first, "totp": f" {code[:3]} {code[3:]} "}))
    assert done.status_code == 200
    assert one.get("/me").status_code == 200
    replayed = other.post("/session/second-factor", json={"challenge": second, "totp": code})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "second_factor_refused")
    again = other.post("/session/second-factor", json={"challenge": first, "totp": _code(secret, 1)})
    assert (again.status_code, again.json()["code"]) == (401, "challenge_ended")
    assert other.post("/session/second-factor", json={"challenge": second, "totp": _code(secret, 1)}).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "-12345"])
def test_odd_codes_are_refused(browser: Callable[[], Any], alices: Any, code: str) -> None:
    _set_up(alices)
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    answer = one.post("/session/second-factor", json={"challenge": challenge, "totp": code})
    assert answer.status_code in {401, 422}


def test_guessing_codes_is_limited_with_the_password_known(browser: Callable[[], Any], alices: Any) -> None:
    secret, _ = _set_up(alices)
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    wrong = _other(secret)
    statuses = [
        one.post("/session/second-factor", json={"challenge": challenge, "totp": wrong}).status_code for _ in range(11)
    ]
    assert statuses == [401] * 10 + [429]
    assert one.post("/session/second-factor", json={"challenge": challenge, "totp": _code(secret)}).status_code == 429
    assert sign_in(browser(), "alice").status_code == 429
    assert alices.get("/me").status_code == 200


def test_a_challenge_ends_after_five_minutes(runtime: Runtime, alices: Any) -> None:
    secret, _ = _set_up(alices)
    asked = signing_in.by_password(runtime, "alice", PASSWORD, CALLER, SITE)
    assert isinstance(asked, FactorNeeded)
    later = utc_now() + timedelta(minutes=5, seconds=1)
    proof = Proof(totp=pyotp.TOTP(secret).at(later))
    with pytest.raises(ChallengeEnded):
        signing_in.by_second_factor(runtime, asked.challenge, proof, CALLER, SITE, now=later)


def test_one_code_sent_many_times_at_once_opens_one_session(runtime: Runtime, alices: Any) -> None:
    secret, codes = _set_up(alices)

    def finish(challenge: str, proof: Proof) -> object:
        try:
            return signing_in.by_second_factor(runtime, challenge, proof, CALLER, SITE)
        except CoverslipError as error:
            return type(error)

    for proof in (Proof(totp=_code(secret)), Proof(recovery_code=codes[0])):
        asked = [signing_in.by_password(runtime, "alice", PASSWORD, CALLER, SITE) for _ in range(6)]
        challenges = [one.challenge for one in asked if isinstance(one, FactorNeeded)]
        with ThreadPoolExecutor(6) as pool:
            said = list(pool.map(lambda challenge, shown=proof: finish(challenge, shown), challenges))
        assert sum(isinstance(one, SignedIn) for one in said) == 1
        assert said.count(SecondFactorRefused) == 5
        with runtime.db.transaction() as session:
            session.execute(text("DELETE FROM sign_in_attempt"))


def test_a_recovery_code_works_once_in_any_spelling(browser: Callable[[], Any], alices: Any) -> None:
    _, codes = _set_up(alices)
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    spelt = f" {codes[3].upper().replace('-', ' ')} "
    answer = one.post("/session/second-factor", json={"challenge": challenge, "recovery_code": spelt})
    assert keep(one, answer).status_code == 200
    assert one.get("/me").json()["second_factor"]["recovery_left"] == 9
    other = browser()
    challenge = sign_in(other, "alice").json()["challenge"]
    again = other.post("/session/second-factor", json={"challenge": challenge, "recovery_code": codes[3]})
    assert (again.status_code, again.json()["code"]) == (401, "second_factor_refused")


def test_fresh_recovery_codes_replace_the_old_ones(browser: Callable[[], Any], alices: Any) -> None:
    _, old = _set_up(alices)
    fresh = alices.post("/me/recovery-codes").json()["recovery_codes"]
    assert not set(fresh) & set(old)
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    for code, status in ((old[0], 401), (fresh[0], 200)):
        answer = one.post("/session/second-factor", json={"challenge": challenge, "recovery_code": code})
        assert answer.status_code == status


def test_another_persons_code_or_challenge_opens_nothing(
    browser: Callable[[], Any], runtime: Runtime, alices: Any
) -> None:
    _, codes = _set_up(alices)
    add_person(runtime, "bob")
    bobs = browser()
    sign_in(bobs, "bob")
    bobs_secret, bobs_codes = _set_up(bobs)
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    for proof in ({"totp": _code(bobs_secret)}, {"recovery_code": bobs_codes[0]}):
        assert one.post("/session/second-factor", json={"challenge": challenge, **proof}).status_code == 401
    assert (
        one.post("/session/second-factor", json={"challenge": challenge, "recovery_code": codes[0]}).status_code == 200
    )


def test_a_new_app_replaces_the_old_one_only_when_it_is_confirmed(browser: Callable[[], Any], alices: Any) -> None:
    old, _ = _set_up(alices)
    fresh = alices.post("/me/totp").json()["secret"]
    one = browser()
    challenge = sign_in(one, "alice").json()["challenge"]
    assert one.post("/session/second-factor", json={"challenge": challenge, "totp": _code(fresh)}).status_code == 401
    assert alices.post("/me/totp/confirm", json={"code": _code(fresh, -1)}).json() == {"recovery_codes": None}
    assert one.post("/session/second-factor", json={"challenge": challenge, "totp": _code(old)}).status_code == 401
    assert one.post("/session/second-factor", json={"challenge": challenge, "totp": _code(fresh)}).status_code == 200


def test_removing_the_app_needs_a_fresh_proof(browser: Callable[[], Any], runtime: Runtime, alices: Any) -> None:
    secret, _ = _set_up(alices)
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET proved_at = created_at"))
        old = utc_now() - timedelta(minutes=16)
        told = old.strftime("%Y-%m-%d %H:%M:%S.%f") if runtime.db.dialect == "sqlite" else old
        session.execute(text("UPDATE session SET proved_at = :at"), {"at": told})
    for method, path in (("DELETE", "/me/totp"), ("POST", "/me/recovery-codes"), ("POST", "/me/totp")):
        answer = alices.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "confirm_first"), path
    assert alices.post("/session/confirm", json={"password": "wrong"}).json()["code"] == "password_wrong"
    assert alices.post("/session/confirm", json={"totp": _other(secret)}).json()["code"] == "second_factor_refused"
    assert alices.post("/session/confirm", json={"totp": _code(secret)}).status_code == 204
    assert alices.request("DELETE", "/me/totp").status_code == 204
    assert alices.get("/me").json()["second_factor"]["recovery_left"] == 0
    assert sign_in(browser(), "alice").json()["state"] == "signed_in"


def test_with_the_first_factor_other_sessions_end(browser: Callable[[], Any], alices: Any) -> None:
    other = browser()
    sign_in(other, "alice")
    _set_up(alices)
    assert other.get("/me").status_code == 401
    assert alices.get("/me").status_code == 200


@pytest.mark.parametrize("who", ["everybody", "auditor"])
def test_who_needs_a_second_factor_gets_no_further_without(
    browser: Callable[[], Any], runtime: Runtime, who: str
) -> None:
    use_settings(runtime, second_factor_for=(who,))
    add_person(runtime, "carol", organisation_role="auditor")
    one = browser()
    began = sign_in(one, "carol").json()
    assert began["duties"] == ["set_up_second_factor"]
    me = one.get("/me").json()
    assert (me["session_kind"], me["duties"]) == ("limited", ["set_up_second_factor"])
    for path in ("/projects", "/me/sessions", "/me/tokens", "/people"):
        answer = one.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "duties_open"), path
    with runtime.db.read() as session, pytest.raises(CoverslipError, match="second factor"):
        identity.authenticate(session, cookie=one.cookies["coverslip_session"])
    _set_up(one)
    assert one.get("/session").json()["duties"] == []
    assert one.get("/projects").status_code == 200
    refused = one.request("DELETE", "/me/totp")
    assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_required")


def test_a_role_that_needs_a_factor_limits_the_sessions_of_who_gets_it(
    runtime: Runtime, signed_in: Any, alices: Any, alice: str
) -> None:
    use_settings(runtime, second_factor_for=("operator",))
    assert alices.get("/projects").status_code == 200
    changed = signed_in.request("PATCH", f"/people/{alice}", json={"organisation_role": "operator"})
    assert changed.status_code == 200
    assert alices.get("/projects").json()["code"] == "duties_open"
    _set_up(alices)
    assert alices.get("/projects").status_code == 200


def test_a_lost_phone_is_forgotten_by_an_administrator(
    browser: Callable[[], Any], signed_in: Any, alices: Any, alice: str
) -> None:
    _set_up(alices)
    assert signed_in.request("DELETE", f"/people/{alice}/second-factor").status_code == 204
    assert alices.get("/me").status_code == 401
    assert sign_in(browser(), "alice").json()["state"] == "signed_in"


def test_a_sealed_secret_opens_with_its_key_and_in_its_row_only(runtime: Runtime) -> None:
    sealed = seal(runtime.hmac_key, "JBSWY3DP", "totp 1")
    assert "JBSWY3DP" not in sealed
    assert unseal(runtime.hmac_key, sealed, "totp 1") == "JBSWY3DP"
    assert seal(runtime.hmac_key, "JBSWY3DP", "totp 1") != sealed
    for key, bound in ((bytes(32), "totp 1"), (runtime.hmac_key, "totp 2")):
        with pytest.raises(SealBroken):
            unseal(key, sealed, bound)
