"""Signing in and out, sessions, tokens: what opens a door, and what no longer does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import NotFound, SignInRefused, TooManyAttempts, Unauthenticated
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity import signing_in
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.sessions import close as close_credential
from coverslip.features.identity.sessions import expired
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

Refusal = type[SignInRefused] | type[TooManyAttempts]


def _token(runtime: Runtime) -> str:
    with runtime.db.transaction() as session:
        return identity.issue_one_time(session)


def _sign_in(
    runtime: Runtime,
    token: str,
    *,
    address: str = "203.0.113.9",
    previous_cookie: str | None = None,
    now: Any = None,
) -> SignedIn | Refusal:
    try:
        return signing_in.by_one_time_token(runtime, token, Caller(address, None, previous_cookie), now=now)
    except (SignInRefused, TooManyAttempts) as error:
        return type(error)


def _signed_in(runtime: Runtime) -> SignedIn:
    outcome = _sign_in(runtime, _token(runtime))
    assert isinstance(outcome, SignedIn)
    return outcome


def test_the_first_start_makes_one_administrator_without_a_password(runtime: Runtime) -> None:
    first, second = _token(runtime), _token(runtime)
    assert first != second
    with runtime.db.read() as session:
        assert session.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
        columns = session.execute(text("SELECT * FROM person")).keys()
    assert not any("password" in column for column in columns)


def test_a_one_time_token_opens_one_session(runtime: Runtime) -> None:
    token = _token(runtime)
    assert isinstance(_sign_in(runtime, token), SignedIn)
    assert _sign_in(runtime, token) is SignInRefused


def test_a_new_start_ends_the_earlier_token(runtime: Runtime) -> None:
    earlier, later = _token(runtime), _token(runtime)
    assert _sign_in(runtime, earlier) is SignInRefused
    assert isinstance(_sign_in(runtime, later), SignedIn)


def test_a_one_time_token_expires_after_a_day(runtime: Runtime) -> None:
    token = _token(runtime)
    assert _sign_in(runtime, token, now=utc_now() + timedelta(hours=24, seconds=1)) is SignInRefused


def test_ten_refused_attempts_close_an_address_but_no_other_and_no_session(runtime: Runtime) -> None:
    session_before = _signed_in(runtime)
    for _ in range(10):
        assert _sign_in(runtime, "guess") is SignInRefused
    token = _token(runtime)
    assert _sign_in(runtime, token) is TooManyAttempts
    assert isinstance(_sign_in(runtime, token, now=utc_now() + timedelta(minutes=5, seconds=1)), SignedIn)
    assert isinstance(_sign_in(runtime, _token(runtime), address="198.51.100.1"), SignedIn)
    with runtime.db.read() as session:
        assert identity.authenticate(session, cookie=session_before.cookie).is_admin


def test_the_database_holds_no_secret(runtime: Runtime) -> None:
    one_time = _token(runtime)
    signed_in = _sign_in(runtime, one_time)
    assert isinstance(signed_in, SignedIn)
    with runtime.db.transaction() as session:
        person = identity.ensure_administrator(session)
        token = identity.create_token(session, person, "script")
    secrets = (one_time, signed_in.cookie, signed_in.csrf_token, token)
    with runtime.db.read() as session:
        for table in ("one_time_token", "session", "api_token", "audit"):
            stored = str(session.execute(text(f"SELECT * FROM {table}")).all())
            assert not any(secret in stored for secret in secrets), table


def test_a_session_ends_when_idle_and_stays_while_used(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    now = utc_now()
    for minutes in range(0, 60, 10):
        later = now + timedelta(minutes=minutes)
        with runtime.db.transaction() as session:
            viewer = identity.authenticate(session, cookie=signed_in.cookie, now=later)
            identity.touch(session, viewer, later)
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, cookie=signed_in.cookie, now=now + timedelta(minutes=50 + 15, seconds=1))


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    end = signed_in.viewer.expires_at
    assert end is not None
    for _ in range(80):
        with runtime.db.transaction() as session:
            identity.touch(session, signed_in.viewer, end)
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET last_active_at = ends_at"))
    with runtime.db.read() as session:
        with pytest.raises(Unauthenticated):
            identity.authenticate(session, cookie=signed_in.cookie, now=utc_now() + timedelta(hours=12, seconds=1))
        assert identity.authenticate(session, cookie=signed_in.cookie, now=utc_now() + timedelta(hours=11, minutes=59))


def test_activity_is_written_at_most_once_a_minute(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    started = signed_in.viewer.last_active_at
    assert started is not None
    seen = set()
    for seconds in range(0, 180, 5):
        later = started + timedelta(seconds=seconds)
        with runtime.db.transaction() as session:
            viewer = identity.authenticate(session, cookie=signed_in.cookie, now=later)
            if identity.needs_touch(viewer, later):
                identity.touch(session, viewer, later)
            seen.add(identity.authenticate(session, cookie=signed_in.cookie, now=later).last_active_at)
    assert len(seen) == 3


def test_a_clock_set_back_revives_nothing(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    later = utc_now() + timedelta(hours=25)
    with runtime.db.transaction() as session:
        ended = expired(session, cookie=signed_in.cookie, bearer=None, now=later)
        assert ended is not None
        close_credential(session, ended, later)
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, cookie=signed_in.cookie)


def test_signing_in_again_ends_the_session_that_the_browser_held(runtime: Runtime) -> None:
    first = _signed_in(runtime)
    second = _sign_in(runtime, _token(runtime), previous_cookie=first.cookie)
    assert isinstance(second, SignedIn)
    assert second.cookie != first.cookie
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, cookie=first.cookie)


def test_a_token_works_until_it_expires_or_is_revoked(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        person = identity.ensure_administrator(session)
        short = identity.create_token(session, person, "short", utc_now() + timedelta(hours=1))
        long = identity.create_token(session, person, "long")
    with runtime.db.read() as session:
        assert identity.authenticate(session, bearer=short).kind == "token"
        with pytest.raises(Unauthenticated):
            identity.authenticate(session, bearer=short, now=utc_now() + timedelta(hours=1, seconds=1))
        listed = {token.name: token for token in identity.list_tokens(session)}
    with runtime.db.transaction() as session:
        identity.revoke_token(session, listed["long"].token_id)
        with pytest.raises(NotFound):
            identity.revoke_token(session, listed["long"].token_id)
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, bearer=long)


def test_a_wrong_token_never_falls_back_to_the_cookie(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    with runtime.db.read() as session, pytest.raises(Unauthenticated):
        identity.authenticate(session, cookie=signed_in.cookie, bearer="cs_wrong")


@pytest.mark.parametrize("kind", ["cookie", "bearer"])
def test_forged_and_odd_credentials_get_one_answer(runtime: Runtime, kind: str) -> None:
    _signed_in(runtime)
    with runtime.db.read() as session:
        known = identity.credential_hash("x")
        for value in ("", "x", known, "a" * 5000, "\udcff\udc80", "' OR 1=1 --", "eyJhbGciOiJub25lIn0.e30."):
            with pytest.raises(Unauthenticated) as refused:
                identity.authenticate(
                    session, cookie=value if kind == "cookie" else None, bearer=value if kind == "bearer" else None
                )
            assert refused.value.message == Unauthenticated.default_message


def test_every_sign_in_and_out_is_on_the_audit_trail(runtime: Runtime) -> None:
    signed_in = _signed_in(runtime)
    _sign_in(runtime, "wrong")
    with runtime.db.transaction() as session:
        identity.sign_out(session, signed_in.viewer)
    with runtime.db.read() as session:
        rows = session.execute(text("SELECT action, outcome FROM audit ORDER BY no")).all()
        assert first_broken(session) is None
    assert [tuple(row) for row in rows][-3:] == [
        ("session.start", "done"),
        ("session.start", "denied"),
        ("session.end", "done"),
    ]


def test_over_http_a_browser_signs_in_and_out(browser: Callable[[], Any], runtime: Runtime) -> None:
    one = browser()
    assert one.get("/session").status_code == 401
    answer = one.sign_in(_token(runtime))
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/"))
    assert answer.headers["cache-control"] == "no-store"
    session = one.get("/session").json()
    assert session["viewer"]["is_admin"]
    assert session["csrf_token"] == one.headers["X-CSRF-Token"]
    held = dict(one.cookies)
    ended = one.request("DELETE", "/session")
    assert ended.status_code == 204
    assert ended.headers["clear-site-data"] == '"cache"'
    one.cookies = held
    assert one.get("/session").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 204), ({"X-CSRF-Token": ""}, 403), ({"X-CSRF-Token": "wrong"}, 403), (None, 403)],
)
def test_a_browser_changes_nothing_without_its_csrf_token(
    signed_in: Any, headers: dict[str, str] | None, status: int
) -> None:
    if headers is None:
        del signed_in.headers["X-CSRF-Token"]
    answer = signed_in.post("/session/activity", headers=headers or {})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "csrf_refused"


def test_the_csrf_token_of_another_session_is_refused(browser: Callable[[], Any], runtime: Runtime) -> None:
    one, other = browser(), browser()
    assert one.sign_in(_token(runtime)).status_code == 200
    assert other.sign_in(_token(runtime)).status_code == 200
    one.headers, other.headers = other.headers, one.headers
    assert one.post("/session/activity").status_code == 403
    assert one.get("/session").status_code == 200


def test_a_token_needs_no_csrf_token(browser: Callable[[], Any], runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        secret = identity.create_token(session, identity.ensure_administrator(session), "script")
    script = browser()
    script.headers["Authorization"] = f"Bearer {secret}"
    assert script.post("/session/activity").status_code == 204
    assert script.get("/session").json()["csrf_token"] is None
    with runtime.db.read() as session:
        assert identity.list_tokens(session)[0].last_used_at is not None


def test_wrong_and_used_links_get_the_same_answer_and_too_many_get_429(
    browser: Callable[[], Any], runtime: Runtime
) -> None:
    used = _token(runtime)
    assert browser().sign_in(used).status_code == 200
    answers = [browser().sign_in(token) for token in (used, "wrong", "x" * 200)]
    bodies = [{key: value for key, value in one.json().items() if key != "request_id"} for one in answers]
    assert [one.status_code for one in answers] == [401, 401, 401]
    assert bodies[0] == bodies[1] == bodies[2]
    statuses = [browser().sign_in("guess").status_code for _ in range(8)]
    assert statuses == [401] * 7 + [429]


def test_background_requests_keep_no_session_alive(browser: Callable[[], Any], runtime: Runtime) -> None:
    one = browser()
    one.sign_in(_token(runtime))
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET last_active_at = :at"), {"at": _minutes_ago(runtime, 5)})
    before = one.get("/session", headers={"X-Coverslip-Background": "1"}).json()["expires_at"]
    assert one.get("/session", headers={"X-Coverslip-Background": "1"}).json()["expires_at"] == before
    one.get("/session")
    assert one.get("/session").json()["expires_at"] > before


def _minutes_ago(runtime: Runtime, minutes: int) -> Any:
    moment = utc_now() - timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if runtime.db.dialect == "sqlite" else moment


def test_where_the_public_may_look_a_browser_forgets_what_has_ended(
    runtime: Runtime, browser: Callable[[], Any]
) -> None:
    here, elsewhere = browser(), browser()
    here.sign_in(_token(runtime))
    elsewhere.cookies, elsewhere.headers = dict(here.cookies), dict(here.headers)
    allowed = runtime.settings.model_copy(update={"allow_public": True})
    switched_off, runtime.settings = runtime.settings, allowed
    # One that lives is kept, and so is one that has ended where nothing is public.
    assert "set-cookie" not in here.get("/session/options").headers
    assert elsewhere.request("DELETE", "/session").status_code == 204
    runtime.settings = switched_off
    assert "set-cookie" not in here.get("/session/options").headers
    runtime.settings = allowed
    assert here.get("/projects").status_code == 401, "who was somebody is told that their session has ended"
    told = here.get("/session/options").headers["set-cookie"]
    assert told.startswith(f'{identity.COOKIE}="";')
    assert "Max-Age=0" in told
    here.cookies = {}
    assert here.get("/projects").status_code == 200
