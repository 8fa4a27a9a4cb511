"""Ten guesses in five minutes, for an account and for an address; live sessions know nothing of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.identity.accounts import PASSWORD, add_person, sign_in

from coverslip.core.errors import CoverslipError, SignInRefused, TooManyAttempts
from coverslip.core.time import utc_now
from coverslip.features.identity import signing_in
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.passkeys import Site
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

SITE = Site("coverslip.test", "http://coverslip.test")


def _guess(runtime: Runtime, name: str, password: str, address: str, **more: Any) -> object:
    try:
        return signing_in.by_password(runtime, name, password, Caller(address), SITE, **more)
    except CoverslipError as error:
        return type(error)


def test_ten_wrong_guesses_close_an_account_from_wherever_they_come(runtime: Runtime, alice: str) -> None:
    said = [_guess(runtime, "Alice", "wrong", f"198.51.100.{number}") for number in range(12)]
    assert said == [SignInRefused] * 10 + [TooManyAttempts] * 2
    assert _guess(runtime, "ALICE", PASSWORD, "192.0.2.1") is TooManyAttempts
    later = utc_now() + timedelta(minutes=5, seconds=1)
    assert isinstance(_guess(runtime, "alice", PASSWORD, "192.0.2.1", now=later), SignedIn)


def test_ten_wrong_guesses_close_an_address_whomever_they_are_about(runtime: Runtime, alice: str) -> None:
    said = [_guess(runtime, f"nobody{number}", "wrong", "198.51.100.1") for number in range(12)]
    assert said == [SignInRefused] * 10 + [TooManyAttempts] * 2
    assert _guess(runtime, "alice", PASSWORD, "198.51.100.1") is TooManyAttempts
    assert isinstance(_guess(runtime, "alice", PASSWORD, "198.51.100.2"), SignedIn)


def test_an_account_that_does_not_exist_is_closed_just_the_same(runtime: Runtime, alice: str) -> None:
    for name in ("alice", "nobody"):
        said = [_guess(runtime, name, "wrong", f"198.51.{len(name)}.{number}") for number in range(11)]
        assert said == [SignInRefused] * 10 + [TooManyAttempts]


def test_guesses_made_at_once_are_counted_too(runtime: Runtime, alice: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda number: _guess(runtime, "alice", f"wrong {number}", "198.51.100.1"), range(30)))
    assert said.count(SignInRefused) == 10
    assert said.count(TooManyAttempts) == 20


def test_a_whole_ward_may_sign_in_at_seven(runtime: Runtime) -> None:
    names = [f"nurse{number}" for number in range(14)]
    for name in names:
        add_person(runtime, name)
    with ThreadPoolExecutor(14) as pool:
        said = list(pool.map(lambda name: _guess(runtime, name, PASSWORD, "198.51.100.1"), names))
    assert all(isinstance(one, SignedIn) for one in said), said


def test_right_passwords_are_not_counted(runtime: Runtime, alice: str) -> None:
    for _ in range(12):
        assert isinstance(_guess(runtime, "alice", PASSWORD, "198.51.100.1"), SignedIn)
    with runtime.db.read() as session:
        assert session.execute(text("SELECT count(*) FROM sign_in_attempt")).scalar_one() == 0


def test_nobody_is_thrown_out_by_somebody_elses_guesses(
    browser: Callable[[], Any], runtime: Runtime, alices: Any
) -> None:
    for _ in range(10):
        assert sign_in(browser(), "alice", "wrong").status_code == 401
    refused = sign_in(browser(), "alice")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "300"
    assert alices.get("/me").status_code == 200
    assert alices.post("/session/activity").status_code == 204
    assert alices.post("/session/confirm", json={"password": PASSWORD}).status_code == 429
    assert alices.get("/me").status_code == 200


def test_guessing_behind_an_open_session_is_limited_too(alices: Any) -> None:
    statuses = [
        alices.request(
            "PUT", "/me/password", json={"current_password": f"wrong {number}", "new_password": "x" * 20}
        ).status_code
        for number in range(11)
    ]
    assert statuses == [403] * 10 + [429]


def test_the_trail_holds_every_refusal_and_a_count_of_those_not_looked_at(runtime: Runtime, alice: str) -> None:
    for number in range(13):
        _guess(runtime, "alice", "wrong", f"198.51.100.{number % 2}")
    runtime.denials.flush()
    with runtime.db.read() as session:
        rows = session.execute(text("SELECT action, outcome, object_id FROM audit ORDER BY no")).all()
        folded = session.execute(text("SELECT sum(count) FROM audit_denial WHERE action = 'session.start.limited'"))
        assert folded.scalar_one() == 3
        assert first_broken(session) is None
    refusals = [tuple(row) for row in rows if row[0] == "session.start"]
    assert refusals == [("session.start", "denied", alice)] * 10


def test_a_name_that_was_typed_is_not_kept(runtime: Runtime) -> None:
    _guess(runtime, "my secret password", "x", "198.51.100.1")
    with runtime.db.read() as session:
        (row,) = session.execute(text("SELECT account, failed FROM sign_in_attempt")).all()
    assert len(row[0]) == 64
    assert row[1]


@pytest.mark.parametrize("name", ["a" * 5000, "' OR 1=1 --", "\u202ealice", "%", "_lice"])
def test_odd_names_are_refused_like_any_other(browser: Callable[[], Any], alice: str, name: str) -> None:
    assert sign_in(browser(), name).status_code in {401, 422}
