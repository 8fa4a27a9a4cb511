"""People whose account is in a directory: who they are here, and what the directory's groups give them."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.features.conftest import Browser
from tests.features.identity.accounts import PASSWORD as LOCAL_PASSWORD
from tests.features.identity.accounts import add_person, sign_in, use_settings
from tests.features.identity.elsewhere import Elsewhere
from tests.support.directory import PASSWORD, free_port

from coverslip.core.time import utc_now
from coverslip.features import identity
from coverslip.infra.runtime import Runtime

Browsers = Callable[[], Browser]


def _body(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}


def _actions(runtime: Runtime) -> list[str]:
    with runtime.db.read() as session:
        return list(session.execute(text("SELECT action FROM audit ORDER BY no")).scalars())


def _groups(browser: Browser) -> set[str]:
    return {one["name"] for one in browser.get("/me").json()["groups"]}


def test_the_first_sign_in_makes_the_account_and_the_next_finds_it(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person(name="Ada Byron")
    first, second = browser(), browser()
    answer = elsewhere.sign_in(first, uid)
    assert answer.status_code == 200, answer.text
    assert answer.json()["viewer"]["user_name"] == uid
    me = first.get("/me").json()
    assert (me["person"]["name"], me["person"]["email"]) == ("Ada Byron", f"{uid}@clinic.example")
    assert me["provider"] == {"name": "clinic", "title": "Clinic account", "kind": "password"}
    assert me["may_change_password"] is False
    assert me["password"]["set"] is False
    assert elsewhere.sign_in(second, uid.upper()).json()["viewer"]["person_id"] == me["person"]["person_id"]
    actions = _actions(elsewhere.runtime)
    assert actions.count("person.create") == 2  # the administrator's and this one
    assert actions.count("session.start") == 2


def test_names_follow_the_directory(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person(name="Ada Before")
    one = browser()
    person_id = elsewhere.sign_in(one, uid).json()["viewer"]["person_id"]
    elsewhere.directory.rename(elsewhere.dn(uid), f"uid={uid}x")
    elsewhere.directory.change(elsewhere.dn(f"{uid}x"), cn="Ada After")
    answer = elsewhere.sign_in(browser(), f"{uid}x").json()["viewer"]
    assert (answer["person_id"], answer["user_name"], answer["name"]) == (person_id, f"{uid}x", "Ada After")
    assert elsewhere.sign_in(browser(), uid).status_code == 401


def test_every_refusal_is_the_same(elsewhere: Elsewhere, browser: Browsers) -> None:
    add_person(elsewhere.runtime, "local")
    uid, shut = elsewhere.person(), elsewhere.person(shadowExpire="1")
    tried = [(uid, "wrong"), ("nobody", PASSWORD), ("local", "wrong"), (shut, PASSWORD), ("*", PASSWORD)]
    answers = [sign_in(browser(), *one) for one in tried]
    assert {one.status_code for one in answers} == {401}
    assert all(_body(one) == _body(answers[0]) for one in answers)
    assert all(set(one.headers) == set(answers[0].headers) for one in answers)


def test_guesses_about_people_elsewhere_are_counted(elsewhere: Elsewhere, rooms: Any) -> None:
    uid = elsewhere.person()
    answers = [sign_in(Browser(rooms, f"198.51.100.{number}"), uid, "wrong") for number in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert sign_in(Browser(rooms, "192.0.2.9"), uid, PASSWORD).status_code == 429


def test_accounts_here_work_while_the_directory_is_away(
    elsewhere: Elsewhere, browser: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere.configure(servers=[f"ldaps://localhost:{free_port()}"])
    add_person(elsewhere.runtime, "local", organisation_role="administrator")
    assert sign_in(browser(), "local").status_code == 200
    with caplog.at_level(logging.WARNING):
        answers = [sign_in(browser(), *one) for one in [("ada", PASSWORD), ("local", "wrong"), ("nobody", "x")]]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(503, "provider_unavailable")}
    assert all(_body(one) == _body(answers[0]) for one in answers)
    said = [record.getMessage() for record in caplog.records if "[[ldap]]" in record.getMessage()]
    assert len(said) == 3
    assert "does not answer" in said[0]


def test_the_next_directory_is_asked_where_the_first_says_no(elsewhere: Elsewhere, browser: Browsers) -> None:
    from tests.support.directory import ldap_table, write_identity_file

    uid = elsewhere.person()
    away = ldap_table(elsewhere.directory, elsewhere.folder, name="away", servers=["ldaps://localhost:1"])
    none = ldap_table(elsewhere.directory, elsewhere.folder, name="none", user_filter="(employeeType={user_name})")
    good = ldap_table(elsewhere.directory, elsewhere.folder)
    path = write_identity_file(elsewhere.folder / "identity.toml", away, none, good)
    use_settings(elsewhere.runtime, identity_file=path)
    one = browser()
    assert elsewhere.sign_in(one, uid).status_code == 200
    assert one.get("/me").json()["provider"]["name"] == "clinic"


# --- two accounts of one name -------------------------------------------------------------------------


def test_a_name_that_an_account_here_has_is_explained_to_who_proved_the_other(
    elsewhere: Elsewhere, browser: Browsers, signed_in: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    uid = elsewhere.person()
    person_id = add_person(elsewhere.runtime, uid)
    assert sign_in(browser(), uid, "wrong").json()["code"] == "sign_in_refused"
    assert sign_in(browser(), uid, LOCAL_PASSWORD).status_code == 200
    with caplog.at_level(logging.WARNING):
        answer = elsewhere.sign_in(browser(), uid)
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken_elsewhere")
    assert f"coverslip user link {uid} clinic" in caplog.text

    steps = signed_in.post("/people/sign-in/clinic/test", json={"user_name": uid}).json()["steps"]
    key = next(step["detail"] for step in steps if step["what"] == "Key")
    assert (steps[-1]["what"], steps[-1]["outcome"]) == ("Account here", "failed")
    linked = signed_in.post(f"/people/{person_id}/link", json={"provider": "clinic", "key": key})
    assert linked.status_code == 200, linked.text
    assert (linked.json()["source"], linked.json()["password"]) == ("clinic", False)
    assert elsewhere.sign_in(browser(), uid).json()["viewer"]["person_id"] == person_id
    assert sign_in(browser(), uid, LOCAL_PASSWORD).status_code == 401
    assert "person.link" in _actions(elsewhere.runtime)
    again = signed_in.post(f"/people/{person_id}/link", json={"provider": "clinic", "key": key})
    assert again.status_code == 409
    other = add_person(elsewhere.runtime, "other")
    assert signed_in.post(f"/people/{other}/link", json={"provider": "clinic", "key": key}).status_code == 409
    assert signed_in.post(f"/people/{other}/link", json={"provider": "none", "key": key}).status_code == 404


def test_an_account_comes_home(elsewhere: Elsewhere, browser: Browsers) -> None:
    group = elsewhere.group(uid := elsewhere.person())
    elsewhere.configure({"external": group, "group": "Pathology"})
    one = browser()
    person_id = elsewhere.sign_in(one, uid).json()["viewer"]["person_id"]
    with elsewhere.runtime.db.transaction() as session:
        identity.unlink_person(session, person_id, by=identity.SYSTEM)
        row = identity.get_row(session, person_id)
        assert (row.person.source, [one.name for one in row.groups]) == ("local", ["Pathology"])
        identity.reset(session, person_id, by=identity.SYSTEM)
    assert one.get("/me").status_code == 401


# --- groups and roles -------------------------------------------------------------------------------------


def test_rules_give_groups_and_a_role_and_take_them_again(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    doctors, heads = elsewhere.group(uid), elsewhere.group(uid)
    spelt = doctors.upper().replace(",", " , ")
    elsewhere.configure(
        {"external": spelt, "group": "Pathology"},
        {"external": heads, "group": "Heads", "role": "administrator"},
        {"external": "*", "group": "Everybody"},
    )
    one = browser()
    viewer = elsewhere.sign_in(one, uid).json()["viewer"]
    assert viewer["organisation_role"] == "administrator"
    assert _groups(one) == {"Pathology", "Heads", "Everybody"}
    with elsewhere.runtime.db.transaction() as session:
        hand = identity.add_group(session, "By hand", by=identity.SYSTEM)
        identity.add_member(session, hand, viewer["person_id"], by=identity.SYSTEM)
        identity.add_member(
            session, identity.group_by_name(session, "Heads").group_id, viewer["person_id"], by=identity.SYSTEM
        )
    elsewhere.directory.delete(heads)
    assert elsewhere.sign_in(one, uid).json()["viewer"]["organisation_role"] is None
    assert _groups(one) == {"Pathology", "Everybody", "By hand"}
    actions = _actions(elsewhere.runtime)
    assert actions.count("group.join") == 4
    assert actions.count("group.leave") == 1
    assert actions.count("person.role") == 2


def test_a_role_given_here_stays_where_no_rule_gives_one(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid = elsewhere.person()
    person_id = elsewhere.sign_in(browser(), uid).json()["viewer"]["person_id"]
    with elsewhere.runtime.db.transaction() as session:
        changes = identity.PersonChanges(frozenset({"organisation_role"}), organisation_role="auditor")
        identity.change_person(session, elsewhere.runtime.settings, person_id, changes, by=identity.SYSTEM)
    assert elsewhere.sign_in(browser(), uid).json()["viewer"]["organisation_role"] == "auditor"


def test_who_was_put_into_a_group_by_hand_stays_and_who_was_not_is_the_directorys(
    elsewhere: Elsewhere, browser: Browsers, signed_in: Browser
) -> None:
    uid, other = elsewhere.person(), elsewhere.person()
    group = elsewhere.group(uid)
    with elsewhere.runtime.db.transaction() as session:
        group_id = identity.add_group(session, "Pathology", by=identity.SYSTEM)
    elsewhere.configure({"external": group, "group": "pathology"})
    one, two = browser(), browser()
    elsewhere.sign_in(one, uid)
    other_id = elsewhere.sign_in(two, other).json()["viewer"]["person_id"]
    with elsewhere.runtime.db.transaction() as session:
        identity.add_member(session, group_id, other_id, by=identity.SYSTEM)
    elsewhere.sign_in(two, other)
    assert _groups(one) == _groups(two) == {"Pathology"}
    me = one.get("/me").json()["person"]["person_id"]
    taken = signed_in.request("DELETE", f"/groups/{group_id}/members/{me}")
    assert (taken.status_code, taken.json()["code"]) == (409, "external_group")
    assert signed_in.request("DELETE", f"/groups/{group_id}/members/{other_id}").status_code == 204


# --- what they may here -------------------------------------------------------------------------------------


def test_nobody_sets_a_password_here_and_a_second_factor_may_be_had(
    elsewhere: Elsewhere, browser: Browsers, signed_in: Browser
) -> None:
    uid = elsewhere.person()
    one = browser()
    person_id = elsewhere.sign_in(one, uid).json()["viewer"]["person_id"]
    for answer in (
        one.request("PUT", "/me/password", json={"current_password": None, "new_password": LOCAL_PASSWORD}),
        one.request("PATCH", "/me", json={"name": "Somebody"}),
        signed_in.post(f"/people/{person_id}/reset-link", json={"mail": False}),
        signed_in.request("PATCH", f"/people/{person_id}", json={"user_name": "else"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "external_account"), answer.text
    assert one.post("/me/totp").status_code == 200
    assert one.post("/me/passkeys/begin").status_code == 200


def test_a_role_that_needs_a_second_factor_asks_people_elsewhere_for_one(
    elsewhere: Elsewhere, browser: Browsers
) -> None:
    use_settings(elsewhere.runtime, second_factor_for=("everybody",))
    answer = elsewhere.sign_in(browser(), elsewhere.person())
    assert answer.json()["duties"] == ["set_up_second_factor"]


def test_a_fresh_proof_is_the_password_of_the_directory(elsewhere: Elsewhere, browser: Browsers) -> None:
    uid, other = elsewhere.person(), elsewhere.person(userPassword="another one of these")
    one = browser()
    elsewhere.sign_in(one, uid)
    assert one.post("/me/totp").status_code == 200, "the sign-in itself is a proof"
    _age(elsewhere.runtime)
    assert one.post("/me/totp").json()["code"] == "confirm_first"
    assert one.post("/session/confirm", json={"password": "another one of these"}).json()["code"] == "password_wrong"
    assert one.post("/session/confirm", json={"password": PASSWORD}).status_code == 204
    assert one.post("/me/totp").status_code == 200
    assert other != uid


def _age(runtime: Runtime) -> None:
    past = utc_now() - timedelta(hours=1)
    at = past.strftime("%Y-%m-%d %H:%M:%S.%f") if runtime.db.dialect == "sqlite" else past
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE session SET proved_at = :at"), {"at": at})


def test_who_was_shut_out_here_stays_out(elsewhere: Elsewhere, browser: Browsers, signed_in: Browser) -> None:
    uid = elsewhere.person()
    person_id = elsewhere.sign_in(browser(), uid).json()["viewer"]["person_id"]
    assert signed_in.post(f"/people/{person_id}/deactivate").status_code == 200
    assert elsewhere.sign_in(browser(), uid).json()["code"] == "sign_in_refused"
    assert signed_in.post(f"/people/{person_id}/activate").status_code == 200
    assert elsewhere.sign_in(browser(), uid).status_code == 200


# --- what administrators see ----------------------------------------------------------------------------------


def test_a_broken_table_costs_its_provider_and_nothing_else(
    elsewhere: Elsewhere, browser: Browsers, signed_in: Browser
) -> None:
    assert browser().get("/session/options").json()["providers"] == [
        {"name": "clinic", "title": "Clinic account", "kind": "password"}
    ]
    elsewhere.configure(user_filter="(uid=ada)")
    add_person(elsewhere.runtime, "local")
    assert browser().get("/session/options").json()["providers"] == []
    assert sign_in(browser(), "local").status_code == 200
    assert sign_in(browser(), "ada", PASSWORD).json()["code"] == "sign_in_refused"
    found = signed_in.get("/people/sign-in").json()
    assert found["items"][0]["sentence"] == '[[ldap]] "clinic": user_filter has no {user_name}: (uid=ada).'
    assert found["items"][0]["way"] is None
    tried = signed_in.post("/people/sign-in/clinic/test", json={"user_name": "ada"}).json()
    assert tried == {
        "passed": False,
        "steps": [{"what": "Settings", "outcome": "failed", "detail": found["items"][0]["sentence"]}],
    }
    elsewhere.configure()
    assert signed_in.get("/people/sign-in").json()["items"][0]["way"] == "password", "the file is read again"


def test_a_file_that_is_none_costs_all_providers_and_nothing_else(
    elsewhere: Elsewhere, signed_in: Browser, tmp_path: Path
) -> None:
    for path, words in ((tmp_path / "none.toml", "cannot be read"), (tmp_path / "bad.toml", "is no TOML")):
        if path.name == "bad.toml":
            path.write_text("[[ldap]\n", encoding="utf-8")
        use_settings(elsewhere.runtime, identity_file=path)
        found = signed_in.get("/people/sign-in").json()
        assert found["items"] == []
        assert found["sentence"].startswith("COVERSLIP_IDENTITY_FILE")
        assert words in found["sentence"]


def test_the_test_says_every_step_and_what_somebody_would_be(
    elsewhere: Elsewhere, signed_in: Browser, browser: Browsers
) -> None:
    uid = elsewhere.person()
    elsewhere.configure({"external": elsewhere.group(uid), "group": "Pathology", "role": "operator"})
    tried = signed_in.post("/people/sign-in/clinic/test", json={"user_name": uid, "password": PASSWORD}).json()
    assert tried["passed"], tried
    named = {step["what"]: step["detail"] for step in tried["steps"]}
    assert list(named) == [
        "Connect", "TLS", "Bind", "Filter", "DN", "Password", "Account", "Key", "Groups",
        "Groups here", "Role in the organisation", "Account here",
    ]  # fmt: skip
    assert named["DN"] == elsewhere.dn(uid)
    assert named["Groups here"] == "Pathology"
    assert named["Role in the organisation"] == "operator"
    assert named["Account here"].startswith("None yet")
    assert not any(PASSWORD in detail for detail in named.values())
    assert "provider.test" in _actions(elsewhere.runtime)
    assert elsewhere.sign_in(browser(), uid).json()["viewer"]["organisation_role"] == "operator"
    wrong = [
        signed_in.post("/people/sign-in/clinic/test", json={"user_name": uid, "password": f"wrong {number}"})
        for number in range(11)
    ]
    assert wrong[0].json()["steps"][-1]["what"] == "Password"
    assert [one.status_code for one in wrong] == [200] * 10 + [429]


def test_only_administrators_look_at_providers(elsewhere: Elsewhere, browser: Browsers) -> None:
    one = browser()
    elsewhere.sign_in(one, elsewhere.person())
    assert one.get("/people/sign-in").status_code == 403
    assert one.post("/people/sign-in/clinic/test", json={"user_name": "ada"}).status_code == 403
    assert browser().get("/people/sign-in").status_code == 401
