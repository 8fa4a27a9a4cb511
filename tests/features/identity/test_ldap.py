"""LDAP against a real slapd: who gets in, who does not, and which sentence says why."""

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.directory import (
    BASE,
    GROUPS,
    PASSWORD,
    PEOPLE,
    SERVICE,
    Directory,
    directory_running,
    ldap_table,
    secret_file,
)

from coverslip.core.time import utc_now
from coverslip.features.identity.providers import ldap, ldap_entry
from coverslip.features.identity.providers.ldap_entry import ACTIVE_DIRECTORY, disabled, filled, key_filter, key_of
from coverslip.features.identity.providers.ldap_wire import Entry
from coverslip.ports.identity import CannotLookUp, Misconfigured, PasswordProvider, ProviderError, Refused
from coverslip.testing import IdentitySuite


@pytest.fixture
def uid() -> str:
    """A user name that nobody has."""
    return f"p{uuid4().hex[:10]}"


def provider(directory: Directory, folder: Path, **more: Any) -> ldap.LdapProvider:
    return ldap.make(ldap_table(directory, folder, **more))


def refusal(found: PasswordProvider, user_name: str, password: str = PASSWORD) -> str:
    with pytest.raises(Refused) as refused:
        found.complete(user_name, password)
    return refused.value.reason


def problem(found: PasswordProvider, user_name: str = "nobody") -> str:
    with pytest.raises(ProviderError) as error:
        found.complete(user_name, PASSWORD)
    return error.value.sentence


class TestLdapByTls(IdentitySuite):
    user_name, password = "ada", PASSWORD

    @pytest.fixture
    def provider(self, directory: Directory, tmp_path: Path) -> PasswordProvider:
        _once(directory)
        return provider(directory, tmp_path)


class TestLdapByStartTlsAndDirectBind(IdentitySuite):
    user_name, password = "ada", PASSWORD

    @pytest.fixture
    def provider(self, directory: Directory, tmp_path: Path) -> PasswordProvider:
        _once(directory)
        return provider(
            directory,
            tmp_path,
            servers=[directory.plain],
            start_tls=True,
            bind_dn=None,
            password_file=None,
            user_dn="uid={user_name}," + PEOPLE,
        )


_there: set[int] = set()


def _once(directory: Directory) -> None:
    if directory.tls_port not in _there:
        _there.add(directory.tls_port)
        directory.group("suite", directory.person("ada", "Ada Lovelace"))


# --- who they are ---------------------------------------------------------------------------------


def test_the_key_is_what_stays(directory: Directory, tmp_path: Path, uid: str) -> None:
    dn = directory.person(uid, "Ada Before")
    found = provider(directory, tmp_path)
    before = found.complete(uid, PASSWORD)
    directory.rename(dn, f"uid={uid}x")
    directory.change(f"uid={uid}x,{PEOPLE}", cn="Ada After", mail="after@clinic.example")
    after = found.complete(f"{uid}x", PASSWORD)
    assert after.key == before.key == str(UUID(before.key))
    assert (after.user_name, after.name, after.email) == (f"{uid}x", "Ada After", "after@clinic.example")
    assert found.look_up(before.key) == after
    assert refusal(found, uid) == "unknown"


def test_groups_in_groups_are_found_and_a_circle_ends(directory: Directory, tmp_path: Path, uid: str) -> None:
    ada = directory.person(uid)
    low = directory.group(f"{uid}-low", ada)
    middle = directory.group(f"{uid}-middle", low)
    high = directory.group(f"{uid}-high", middle)
    directory.group(f"{uid}-other", directory.person(f"{uid}b"))
    directory.change(low, member=[ada, high])
    assert provider(directory, tmp_path).complete(uid, PASSWORD).groups == tuple(sorted([low, middle, high]))
    flat = provider(directory, tmp_path, nested_groups=False)
    assert flat.complete(uid, PASSWORD).groups == (low,)


def test_groups_are_found_where_only_people_know_them_and_where_only_groups_do(
    directory: Directory, tmp_path: Path, uid: str
) -> None:
    low = directory.group(f"{uid}-low", directory.person(uid))
    by_people = provider(directory, tmp_path, group_filter="(cn=none-{dn})")
    by_groups = provider(directory, tmp_path, member_of_attribute="seeAlso")
    assert by_people.complete(uid, PASSWORD).groups == by_groups.complete(uid, PASSWORD).groups == (low,)


def test_posix_groups_are_found_by_user_name(directory: Directory, tmp_path: Path, uid: str) -> None:
    directory.person(uid)
    directory.add(f"cn={uid}-posix,{GROUPS}", ["posixGroup"], cn=f"{uid}-posix", gidNumber="5000", memberUid=[uid])
    found = provider(directory, tmp_path, group_filter="(memberUid={user_name})")
    assert found.complete(uid, PASSWORD).groups == (f"cn={uid}-posix,{GROUPS}",)


# --- who does not get in ----------------------------------------------------------------------------


def test_who_is_disabled_or_gone_is_out(directory: Directory, tmp_path: Path, uid: str) -> None:
    dn = directory.person(uid)
    found = provider(directory, tmp_path)
    key = found.complete(uid, PASSWORD).key
    directory.change(dn, shadowExpire="1")
    assert refusal(found, uid) == "disabled"
    assert found.look_up(key) is None
    directory.change(dn, shadowExpire=str(int(utc_now().timestamp() // 86400) + 2))
    assert found.complete(uid, PASSWORD).key == key
    directory.change(dn, shadowExpire="-1", pwdAccountLockedTime="000001010000Z")
    assert refusal(found, uid) in ("disabled", "wrong_password"), "slapd itself refuses the bind"
    assert found.look_up(key) is None
    directory.change(dn, pwdAccountLockedTime=[])
    assert found.look_up(key) is not None
    directory.delete(dn)
    assert found.look_up(key) is None
    assert refusal(found, uid) == "unknown"


def test_a_filter_of_ones_own_disables(directory: Directory, tmp_path: Path, uid: str) -> None:
    dn = directory.person(uid)
    found = provider(directory, tmp_path, disabled_filter="(employeeType=left)")
    key = found.complete(uid, PASSWORD).key
    directory.change(dn, employeeType="left")
    assert refusal(found, uid) == "disabled"
    assert found.look_up(key) is None
    assert [step.detail for step in found.explain(uid)][-1] == "disabled_filter fits: (employeeType=left)."


def test_the_user_filter_decides_at_a_look_up_too(directory: Directory, tmp_path: Path, uid: str) -> None:
    dn = directory.person(uid, employeeType="staff")
    found = provider(directory, tmp_path, user_filter="(&(uid={user_name})(employeeType=staff))")
    key = found.complete(uid, PASSWORD).key
    directory.change(dn, employeeType="guest")
    assert found.look_up(key) is None
    assert refusal(found, uid) == "unknown"


def test_two_who_fit_are_nobody(directory: Directory, tmp_path: Path, uid: str) -> None:
    directory.person(uid, employeeNumber="7")
    directory.person(f"{uid}b", employeeNumber="7")
    found = provider(directory, tmp_path, user_filter="(employeeNumber={user_name})")
    assert refusal(found, "7") == "ambiguous"


def test_without_a_service_account_nobody_is_looked_up(directory: Directory, tmp_path: Path, uid: str) -> None:
    directory.person(uid)
    found = provider(directory, tmp_path, bind_dn=None, password_file=None, user_dn="uid={user_name}," + PEOPLE)
    key = found.complete(uid, PASSWORD).key
    with pytest.raises(CannotLookUp):
        found.look_up(key)
    assert list(found.explain(uid))[-1].outcome == "failed"


# --- what is set up wrongly ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"servers": ["ldap://localhost"]}, "servers: ldap://localhost would carry passwords in the clear"),
        ({"servers": ["http://localhost"]}, "servers: 'http://localhost' is no address"),
        ({"servers": ["ldaps://localhost:x"]}, "servers: 'ldaps://localhost:x' is no address"),
        ({"servers": []}, "servers is empty"),
        ({"servers": "ldaps://localhost"}, "servers must be a list of texts"),
        ({"user_filter": "(uid=someone)"}, "user_filter has no {user_name}"),
        ({"user_filter": "(uid={user_name}"}, "user_filter is no LDAP filter"),
        ({"group_filter": "member={dn}"}, "group_filter is no LDAP filter"),
        ({"disabled_filter": "(&"}, "disabled_filter is no LDAP filter"),
        ({"kind": "novell"}, "kind must be one of openldap, active-directory"),
        ({"bind_dn": None}, "either bind_dn"),
        ({"user_dn": "uid={user_name}"}, "either bind_dn"),
        ({"password_file": None}, "bind_dn needs password_file"),
        ({"password_file": "/no/such/file"}, "password_file names /no/such/file, and there is no such file"),
        ({"password": "x"}, "password and password_file are both set"),
        ({"base_dn": None}, "base_dn is not set"),
        ({"base_dsn": "x"}, "base_dsn is no key of this table"),
        ({"timeout_s": 0}, "timeout_s must be a number from 1 to 60"),
        ({"insecure": "yes"}, "insecure must be true or false"),
    ],
)
def test_a_table_that_cannot_work_is_refused_by_its_key(
    directory: Directory, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        provider(directory, tmp_path, **change)
    assert refused.value.sentence.startswith(sentence)


def test_a_secret_that_everybody_can_read_is_none(directory: Directory, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "open.secret")
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="password_file can be read by everybody"):
        provider(directory, tmp_path, password_file=str(path))


def test_what_goes_wrong_is_said_in_one_sentence_that_names_the_key(directory: Directory, tmp_path: Path) -> None:
    wrong = secret_file(tmp_path / "wrong.secret", "wrong")
    say: dict[str, dict[str, Any]] = {
        "bind_dn or password_file is wrong": {"password_file": str(wrong)},
        "bind_dn or password_file is wrong: the": {"bind_dn": f"cn=nobody,{BASE}"},
        "base_dn: there is no": {"base_dn": f"ou=nowhere,{BASE}"},
        "servers: ldaps://localhost:1 does not answer": {"servers": ["ldaps://localhost:1"]},
        "does not answer (invalid server address)": {"servers": ["ldaps://directory.invalid"]},
        "shows a certificate that ca_file does not make good": {"ca_file": None},
        "does not speak TLS as it should": {"servers": [directory.plain.replace("ldap:", "ldaps:")]},
        "does not make good: ": {"servers": [directory.tls.replace("localhost", "127.1")]},
    }
    for words, change in say.items():
        sentence = problem(provider(directory, tmp_path, **change))
        assert sentence.startswith('[[ldap]] "clinic": '), sentence
        assert words in sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_groups_that_cannot_be_read_are_no_empty_list(directory: Directory, tmp_path: Path, uid: str) -> None:
    directory.person(uid)
    found = provider(directory, tmp_path, group_base_dn=f"ou=nowhere,{BASE}")
    assert "group_base_dn: there is no ou=nowhere" in problem(found, uid)
    steps = list(found.explain(uid))
    assert (steps[-1].what, steps[-1].outcome) == ("Groups", "failed")


@pytest.fixture
def lapsed(tmp_path: Path) -> Iterator[Directory]:
    """A directory whose certificate has run out."""
    with directory_running(tmp_path / "lapsed", ends=utc_now() - timedelta(days=1)) as running:
        yield running


def test_an_expired_certificate_is_said_to_be_one(lapsed: Directory, tmp_path: Path) -> None:
    for more in ({}, {"servers": [lapsed.plain], "start_tls": True}):
        sentence = problem(provider(lapsed, tmp_path, **more))
        assert "certificate has expired" in sentence
        assert "servers: " in sentence
        steps = list(provider(lapsed, tmp_path, **more).explain("ada"))
        assert [step.outcome for step in steps] == ["failed"]


def test_the_next_server_takes_over_and_a_dead_one_is_asked_last(
    directory: Directory, tmp_path: Path, uid: str
) -> None:
    directory.person(uid)
    found = provider(directory, tmp_path, servers=["ldaps://localhost:1", directory.tls])
    assert found.complete(uid, PASSWORD).user_name == uid
    steps = list(found.explain(uid))
    assert steps[0].detail == f"{directory.tls} answers.", "a server that did not answer waits a minute"
    fresh = list(provider(directory, tmp_path, servers=["ldaps://localhost:1", directory.tls]).explain(uid))
    assert [step.outcome for step in fresh][:2] == ["failed", "passed"]


def test_a_directory_that_hangs_costs_its_timeout_and_no_more(tmp_path: Path, directory: Directory) -> None:
    import socket
    import time

    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"ldaps://localhost:{silent.getsockname()[1]}"
        found = provider(directory, tmp_path, servers=[uri], timeout_s=1)
        began = time.monotonic()
        assert "does not answer" in problem(found)
        assert time.monotonic() - began < 4


def test_plain_ldap_works_where_it_is_written_down(directory: Directory, tmp_path: Path, uid: str) -> None:
    directory.person(uid)
    found = provider(directory, tmp_path, servers=[directory.plain], insecure=True)
    assert found.complete(uid, PASSWORD).user_name == uid
    tls = next(step for step in found.explain(uid) if step.what == "TLS")
    assert (tls.outcome, tls.detail) == ("noted", "Nothing is encrypted: insecure = true.")


def test_names_are_checked_by_a_context_that_trusts_this_directory_only(directory: Directory) -> None:
    context = ssl.create_default_context(cafile=str(directory.cert))
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


# --- Active Directory, as far as it goes without one ----------------------------------------------------


def test_active_directory_is_spoken_to_in_its_words() -> None:
    guid = uuid4()
    entry = Entry("CN=Ada,DC=ad,DC=example", {"objectguid": [guid.bytes_le], "samaccountname": [b"ada"]})
    assert key_of(ACTIVE_DIRECTORY, entry) == str(guid)
    escaped = "".join(f"\\{byte:02x}" for byte in guid.bytes_le)
    assert key_filter(ACTIVE_DIRECTORY, str(guid)) == f"(objectGUID={escaped})"
    assert filled(ACTIVE_DIRECTORY.group_filter, dn="CN=Ada (B),DC=ad") == (
        "(member:1.2.840.113556.1.4.1941:=CN=Ada \\28B\\29,DC=ad)"
    )


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        ("useraccountcontrol", "512", None),
        ("useraccountcontrol", "514", "userAccountControl"),
        ("useraccountcontrol", "66050", "userAccountControl"),
        ("accountexpires", "0", None),
        ("accountexpires", "9223372036854775807", None),
        ("accountexpires", "132223104000000000", "accountExpires"),  # the first of January 2020
        ("accountexpires", "150000000000000000", None),
        ("shadowexpire", "-1", None),
        ("shadowexpire", "", None),
        ("shadowexpire", "18000", "shadowExpire"),
        ("nsaccountlock", "TRUE", "nsAccountLock"),
    ],
)
def test_what_shuts_an_account(attribute: str, value: str, why: str | None) -> None:
    said = disabled(Entry("cn=x", {attribute: [value.encode()]}))
    assert said is None if why is None else said is not None and said.startswith(why)


def test_the_presets_are_those_of_the_documentation() -> None:
    written = (Path(__file__).parents[3] / "docs" / "how-to" / "ldap.md").read_text(encoding="utf-8")
    for preset in ldap_entry.PRESETS.values():
        assert preset.user_filter in written
        assert preset.key in written
        assert preset.group_filter in written
    assert SERVICE.startswith("cn=coverslip")
