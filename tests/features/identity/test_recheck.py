"""Who is disabled in the directory is out here, and a directory that is away shuts nobody out at once."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.features.identity.accounts import add_person, sign_in
from tests.features.identity.elsewhere import Elsewhere
from tests.support.directory import free_port

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.features.identity.providers.ldap import LdapProvider
from coverslip.infra.audit import first_broken

Browsers = Callable[[], Browser]


def _later(minutes: float = 16) -> datetime:
    return utc_now() + timedelta(minutes=minutes)


def _with_token(elsewhere: Elsewhere, browser: Browsers, uid: str) -> tuple[Browser, dict[str, Any], str]:
    one = browser()
    person_id = elsewhere.sign_in(one, uid).json()["viewer"]["person_id"]
    with elsewhere.runtime.db.transaction() as session:
        ends = utc_now() + timedelta(days=30)
        secret = identity.create_token(session, person_id, "script", ends, by=identity.SYSTEM)
    return one, {"headers": {"Authorization": f"Bearer {secret}"}}, person_id


def _actions(elsewhere: Elsewhere) -> list[str]:
    with elsewhere.runtime.db.read() as session:
        return list(session.execute(text("SELECT action FROM audit ORDER BY no")).scalars())


def test_who_is_disabled_there_is_out_here_and_in_again_when_they_are(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    one, bearer, _ = _with_token(elsewhere, browser, uid)
    script = browser()
    recheck = identity.Recheck(elsewhere.runtime)
    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="1")
    recheck.run()
    assert one.get("/me").status_code == 200, "nobody is looked up again within 15 minutes"
    recheck.run(_later())
    assert one.get("/me").status_code == 401
    assert script.get("/me", **bearer).status_code == 401
    assert _actions(elsewhere).count("person.gone") == 1
    assert elsewhere.sign_in(one, uid).status_code == 401
    recheck.run(_later(40))
    assert _actions(elsewhere).count("person.gone") == 1

    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="-1")
    recheck.run(_later(60))
    assert script.get("/me", **bearer).status_code == 200, "the token was refused, not revoked"
    assert one.get("/me").status_code == 401, "a session that has ended stays ended"
    assert elsewhere.sign_in(one, uid).status_code == 200
    assert "person.back" in _actions(elsewhere)
    with elsewhere.runtime.db.read() as session:
        assert first_broken(session) is None


def test_a_sign_in_lets_in_again_without_waiting(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    one, _, _ = _with_token(elsewhere, browser, uid)
    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="1")
    identity.Recheck(elsewhere.runtime).run(_later())
    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="-1")
    assert elsewhere.sign_in(one, uid).status_code == 200
    assert one.get("/me").status_code == 200


def test_groups_and_roles_are_those_of_now(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    group = elsewhere.group(uid)
    elsewhere.configure({"external": group, "group": "Pathology", "role": "administrator"})
    one, _, _ = _with_token(elsewhere, browser, uid)
    assert one.get("/people").status_code == 200
    elsewhere.directory.delete(group)
    identity.Recheck(elsewhere.runtime).run(_later())
    me = one.get("/me").json()
    assert (me["groups"], me["is_admin"]) == ([], False)
    assert one.get("/people").status_code == 403


def test_who_was_shut_out_here_is_not_let_in_by_the_directory(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    one, bearer, person_id = _with_token(elsewhere, browser, uid)
    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="1")
    recheck = identity.Recheck(elsewhere.runtime)
    recheck.run(_later())
    with elsewhere.runtime.db.transaction() as session:
        identity.deactivate(session, person_id, by=identity.SYSTEM)
    elsewhere.directory.change(elsewhere.dn(uid), shadowExpire="-1")
    recheck.run(_later(40))
    assert browser().get("/me", **bearer).status_code == 401
    assert elsewhere.sign_in(one, uid).status_code == 401


def test_a_directory_that_is_away_shuts_nobody_out_for_a_day_and_says_so_once(
    elsewhere: Elsewhere, browser: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    uid = elsewhere.person()
    one, bearer, _ = _with_token(elsewhere, browser, uid)
    with elsewhere.runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET ends_at = :at"), {"at": _stamp(elsewhere, _later(60 * 100))})
    elsewhere.configure(servers=[f"ldaps://localhost:{free_port()}"])
    recheck = identity.Recheck(elsewhere.runtime)
    with caplog.at_level(logging.WARNING):
        for minutes in (16, 40, 60 * 23):
            recheck.run(_later(minutes))
    assert one.get("/me").status_code == 200
    said = [record.getMessage() for record in caplog.records if "does not answer" in record.getMessage()]
    assert len(said) == 1
    assert "up to 24 hours" in said[0]
    recheck.run(_later(60 * 24 + 1))
    assert one.get("/me").status_code == 401
    assert browser().get("/me", **bearer).status_code == 401
    assert "person.gone" in _actions(elsewhere)
    elsewhere.configure()
    recheck.run(_later(60 * 25))
    assert browser().get("/me", **bearer).status_code == 200, "the directory is back, and so is who is in it"


def _stamp(elsewhere: Elsewhere, at: datetime) -> Any:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if elsewhere.runtime.db.dialect == "sqlite" else at


def test_a_provider_that_was_taken_away_is_one_that_is_away(
    elsewhere: Elsewhere, browser: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    one, _, _ = _with_token(elsewhere, browser, elsewhere.person())
    elsewhere.configure(name="another")
    with caplog.at_level(logging.WARNING):
        identity.Recheck(elsewhere.runtime).run(_later())
    assert 'There is no provider "clinic" in COVERSLIP_IDENTITY_FILE any more.' in caplog.text
    assert one.get("/me").status_code == 200


def test_only_who_holds_a_door_open_is_looked_up(
    elsewhere: Elsewhere, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid, out = elsewhere.person(), elsewhere.person()
    elsewhere.sign_in(browser(), uid)
    one = browser()
    elsewhere.sign_in(one, out)
    assert one.request("DELETE", "/session").status_code == 204
    add_person(elsewhere.runtime, "local")
    assert sign_in(browser(), "local").status_code == 200
    seen: list[str] = []
    real = LdapProvider.look_up

    def look_up(self: LdapProvider, key: str, refresh: str | None = None) -> Any:
        found = real(self, key, refresh)
        seen.append("" if found is None else found.user_name)
        return found

    monkeypatch.setattr(LdapProvider, "look_up", look_up)
    recheck = identity.Recheck(elsewhere.runtime)
    recheck.run(_later())
    recheck.run(_later())
    assert seen == [uid], "once in 15 minutes"
