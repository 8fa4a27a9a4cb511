"""What is not a secret of ours opens nothing: forged, swapped, old and stolen ones, and a dump of the database."""

import base64
import random
import re
import string
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.identity.accounts import PASSWORD, add_person, sign_in

from coverslip.core.errors import CoverslipError, Unauthenticated
from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity import signing_in
from coverslip.features.identity.callers import Caller
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.sessions import close as close_credential
from coverslip.features.identity.sessions import expired
from coverslip.infra.db import Base
from coverslip.infra.runtime import Runtime

COOKIE = "coverslip_session"


def _everything(runtime: Runtime, browser: Callable[[], Any], alices: Any) -> dict[str, str]:
    """Return live secrets of each kind."""
    admin = browser()
    with runtime.db.transaction() as session:
        one_time = identity.issue_one_time(session)
    assert admin.sign_in(one_time).status_code == 200
    token = alices.post("/me/tokens", json={"name": "script", "scopes": ["read"], "days": 1}).json()["secret"]
    link = admin.post("/invitations", json={}).json()["token"]
    begun = browser().post("/session/passkey/begin").json()["challenge"]
    return {
        "cookie": alices.cookies[COOKIE],
        "csrf": alices.headers["X-CSRF-Token"],
        "admin cookie": admin.cookies[COOKIE],
        "token": token,
        "one time": one_time,
        "link": link,
        "challenge": begun,
    }


def _forgeries(secrets: dict[str, str], count: int) -> list[str]:
    """Return secrets that are almost right, of the wrong kind, or look like those of others."""
    luck = random.Random(7)
    letters = string.ascii_letters + string.digits + "-_"
    made: list[str] = []
    while len(made) < count:
        secret = luck.choice(list(secrets.values()))
        place = luck.randrange(len(secret))
        other = luck.choice([one for one in letters if one != secret[place]])
        made.append(
            luck.choice(
                [
                    secret[:place] + other + secret[place + 1 :],
                    secret[:place],
                    secret + luck.choice(letters),
                    secret[::-1],
                    secret.swapcase(),
                    identity.credential_hash(secret),
                    base64.b64encode(secret.encode()).decode(),
                    secret + secret,
                    "".join(luck.choice(letters) for _ in range(43)),
                    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
                    secret + "%00",
                ]
            )
        )
    return [one for one in made if one not in secrets.values()]


@pytest.mark.parametrize("count", [50, pytest.param(500, marks=pytest.mark.full)])
def test_forged_and_swapped_secrets_open_nothing(
    browser: Callable[[], Any], runtime: Runtime, alices: Any, count: int
) -> None:
    secrets = _everything(runtime, browser, alices)
    swapped_cookies = [value for name, value in secrets.items() if "cookie" not in name]
    swapped_tokens = [value for name, value in secrets.items() if name != "token"]
    forged = _forgeries(secrets, count)
    with runtime.db.read() as session:
        for value in [*forged, *swapped_cookies]:
            with pytest.raises(Unauthenticated):
                identity.authenticate(session, cookie=value, limited=True)
        for value in [*forged, *swapped_tokens]:
            with pytest.raises(Unauthenticated):
                identity.authenticate(session, bearer=value, limited=True)
    for value in forged[:10]:
        one = browser()
        assert one.get("/me", headers={"Cookie": f"{COOKIE}={value}"}).status_code == 401
        assert one.get("/me", headers={"Authorization": f"Bearer {value}"}).status_code == 401
        assert alices.post("/session/activity", headers={"X-CSRF-Token": value}).status_code == 403
    assert alices.post("/session/activity", headers={"X-CSRF-Token": secrets["csrf"]}).status_code == 204


def test_a_dump_of_the_database_opens_nothing(browser: Callable[[], Any], runtime: Runtime, alices: Any) -> None:
    alices.post("/me/totp")
    _everything(runtime, browser, alices)
    with runtime.db.read() as session:
        rows = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f"SELECT * FROM {table.name}"))
            for value in row
            if value is not None
        ]
    dumped = {part for value in rows for part in (value, *re.findall(r"[A-Za-z0-9_=+/-]{16,}", value))}
    assert len(dumped) > 50
    with runtime.db.read() as session:
        for value in dumped:
            for way in ({"cookie": value}, {"bearer": value}):
                with pytest.raises(Unauthenticated):
                    identity.authenticate(session, **way, limited=True)
    with runtime.db.transaction() as session:
        session.execute(text("DELETE FROM sign_in_attempt"))
    long = sorted(one for one in dumped if len(one) >= 40)
    site = Site("coverslip.test", "http://coverslip.test")
    for number, value in enumerate(long):
        with pytest.raises(CoverslipError):
            signing_in.by_one_time_token(runtime, value, Caller(f"a{number}"))
        with pytest.raises(CoverslipError):
            signing_in.by_passkey(runtime, value, {}, Caller(f"b{number}"), site)


def test_no_session_is_fixed_by_who_planted_a_cookie(browser: Callable[[], Any], runtime: Runtime, alice: str) -> None:
    add_person(runtime, "mallory")
    mallorys = browser()
    sign_in(mallorys, "mallory")
    planted = mallorys.cookies[COOKIE]
    victims = browser()
    for value in (planted, "chosen-by-the-attacker"):
        victims.cookies = {COOKIE: value}
        assert sign_in(victims, "alice").status_code == 200
        assert victims.cookies[COOKIE] not in {planted, value}
        attacker = browser()
        attacker.cookies = {COOKIE: value}
        assert attacker.get("/me").status_code == 401  # the planted session ended, the chosen one never was
    assert victims.get("/me").json()["person"]["user_name"] == "Alice"


def test_the_cookie_and_csrf_token_change_with_every_sign_in(browser: Callable[[], Any], alice: str) -> None:
    seen = set()
    one = browser()
    for _ in range(3):
        sign_in(one, "alice")
        seen.add((one.cookies[COOKIE], one.headers["X-CSRF-Token"]))
    assert len({cookie for cookie, _ in seen}) == len({csrf for _, csrf in seen}) == 3


@pytest.mark.parametrize("hours", [1, 25])
@pytest.mark.parametrize("way", ["asked", "swept"])
def test_a_clock_that_jumps_revives_nothing(
    browser: Callable[[], Any], runtime: Runtime, alices: Any, hours: int, way: str
) -> None:
    """The clock jumps ahead, what has run out is noticed, and the clock jumps back."""
    secrets = _everything(runtime, browser, alices)
    jumped = utc_now() + timedelta(hours=hours)
    if way == "swept":
        identity.sweep(runtime.db, jumped)
    else:
        with runtime.db.transaction() as session:
            for cookie in (secrets["cookie"], secrets["admin cookie"]):
                ended = expired(session, cookie=cookie, bearer=None, now=jumped)
                assert ended is not None
                close_credential(session, ended, jumped)
    for cookie in (secrets["cookie"], secrets["admin cookie"]):
        one = browser()
        one.cookies = {COOKIE: cookie}
        assert one.get("/me").status_code == 401
    if way == "swept":
        one = browser()
        assert one.post("/session/passkey", json={"challenge": secrets["challenge"], "passkey": {}}).json()["code"] == (
            "challenge_ended"
        )
        bearer = {"Authorization": f"Bearer {secrets['token']}"}
        assert one.get("/me", headers=bearer).status_code == (401 if hours == 25 else 200)
        assert one.sign_in(secrets["one time"]).status_code == 401


def test_a_clock_that_jumps_ahead_and_back_locks_nobody_out(runtime: Runtime, alice: str) -> None:
    site, caller = Site("coverslip.test", "http://coverslip.test"), Caller("198.51.100.1")
    for _ in range(10):
        with pytest.raises(CoverslipError):
            signing_in.by_password(runtime, "alice", "wrong", caller, site, now=utc_now() + timedelta(hours=25))
    assert signing_in.by_password(runtime, "alice", PASSWORD, caller, site)


def test_a_proof_from_the_future_proves_nothing(runtime: Runtime, alices: Any) -> None:
    ahead = utc_now() + timedelta(hours=1)
    told = ahead.strftime("%Y-%m-%d %H:%M:%S.%f") if runtime.db.dialect == "sqlite" else ahead
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET proved_at = :at"), {"at": told})
    assert alices.post("/me/totp").json()["code"] == "confirm_first"
