"""What the attacks of this folder are worth: with one guard taken away, each gets through and its test fails."""

import secrets
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.features.identity import test_forgery, test_guesses, test_passwords
from tests.features.identity.accounts import sign_in

from coverslip.features.identity import guesses, passwords, sessions, signing_in, store
from coverslip.features.identity.models import Person, SessionRecord
from coverslip.features.identity.viewer import credential_hash
from coverslip.infra.runtime import Runtime

Browsers = Callable[[], Any]


@pytest.fixture
def runtime(sqlite_runtime: Runtime) -> Runtime:
    """One database is enough to see that a test fails."""
    return sqlite_runtime


def fails(attack: Callable[..., None], *given: Any) -> bool:
    """Whether an attack's test fails, as it must where its guard is away."""
    try:
        attack(*given)
    except (AssertionError, pytest.fail.Exception):
        return True
    return False


def everywhere(patch: pytest.MonkeyPatch, original: object, put: object) -> None:
    """Put something in the place of a function, wherever identity has it by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("coverslip.features.identity"):
            for bound, value in list(vars(module).items()):
                if value is original:
                    patch.setattr(module, bound, put)


def test_where_secrets_are_not_compared_a_forged_one_opens(
    browser: Browsers, runtime: Runtime, alices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anybody(session: Any, secret_hash: str) -> tuple[SessionRecord, Person] | None:
        row = session.query(SessionRecord).filter_by(ended_at=None).first()
        return None if row is None else (row, session.query(Person).filter_by(person_id=row.person_id).one())

    real = test_forgery._everything

    def everything(*given: Any) -> dict[str, str]:
        made = real(*given)
        monkeypatch.setattr(store, "session_with_person", anybody)
        return made

    monkeypatch.setattr(test_forgery, "_everything", everything)
    assert fails(test_forgery.test_forged_and_swapped_secrets_open_nothing, browser, runtime, alices, 5)


def test_where_secrets_are_kept_a_dump_opens_sessions(
    browser: Browsers, runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere(monkeypatch, credential_hash, lambda secret: secret)
    found = browser()
    assert sign_in(found, "alice").status_code == 200
    assert fails(test_forgery.test_a_dump_of_the_database_opens_nothing, browser, runtime, found)


def test_where_a_planted_cookie_is_kept_a_session_is_fixed(
    browser: Browsers, runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sessions.start_session

    def planted(session: Any, person: Any, caller: Any, *more: Any) -> Any:
        kept = caller.previous_cookie
        with pytest.MonkeyPatch.context() as inner:
            if kept:
                session.query(SessionRecord).filter_by(secret_hash=credential_hash(kept)).delete()
                inner.setattr(secrets, "token_urlsafe", lambda size: kept)
            return real(session, person, caller, *more)

    everywhere(monkeypatch, real, planted)
    assert fails(test_forgery.test_no_session_is_fixed_by_who_planted_a_cookie, browser, runtime, alice)


@pytest.mark.parametrize("hours", [1, 25])
def test_where_nothing_is_closed_a_clock_set_back_revives_sessions(
    browser: Browsers, runtime: Runtime, alices: Any, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_forgery, "close_credential", lambda session, ended, now: None)
    attack = test_forgery.test_a_clock_that_jumps_revives_nothing
    assert fails(attack, browser, runtime, alices, hours, "asked")
    monkeypatch.setattr(sessions, "close", lambda session, viewer, now=None: None)
    assert fails(attack, browser, runtime, alices, hours, "swept")


def test_where_guesses_are_not_counted_they_go_on(
    runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "ALLOWED", 1000)
    assert fails(test_guesses.test_ten_wrong_guesses_close_an_account_from_wherever_they_come, runtime, alice)
    assert fails(test_guesses.test_ten_wrong_guesses_close_an_address_whomever_they_are_about, runtime, alice)
    assert fails(test_guesses.test_an_account_that_does_not_exist_is_closed_just_the_same, runtime, alice)


def test_where_nobodys_password_is_not_looked_at_it_costs_less(
    browser: Browsers, runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda stored, password: stored is not None and real(stored, password))
    attack = test_passwords.test_every_refusal_costs_one_hash_and_the_same_statements
    with pytest.MonkeyPatch.context() as inner:
        assert fails(attack, browser, runtime, alice, inner)


def test_where_a_reason_is_given_unknown_people_are_told_apart(
    browser: Browsers, runtime: Runtime, alice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = signing_in.by_password

    def talkative(runtime: Runtime, user_name: str, *more: Any, **options: Any) -> Any:
        monkeypatch.setattr(signing_in, "WRONG", f"{user_name} has another password.")
        return real(runtime, user_name, *more, **options)

    everywhere(monkeypatch, real, talkative)
    assert fails(test_passwords.test_every_refusal_is_the_same, browser, runtime, alice)
