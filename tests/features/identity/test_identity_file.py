"""The identity file: a bad table costs one provider, rules mean what they say, what changes is read again."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.directory import secret_file, write_identity_file

from coverslip.features.identity import providers
from coverslip.features.identity.providers import Configured, Rule, configured, note_broken
from coverslip.settings import Settings

TABLE: dict[str, Any] = {
    "name": "clinic",
    "title": "Clinic",
    "servers": ["ldaps://localhost:1"],
    "base_dn": "dc=clinic",
    "bind_dn": "cn=service,dc=clinic",
    "password_file": "service.secret",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret_file(tmp_path / "service.secret")
    return tmp_path


def _settings(folder: Path, *tables: dict[str, Any], kind: str = "ldap") -> Settings:
    path = write_identity_file(folder / "identity.toml", *tables, kind=kind)
    return Settings(data=folder / "data", identity_file=path)


def test_without_a_file_there_are_no_providers(tmp_path: Path) -> None:
    assert configured(Settings(data=tmp_path)) == providers.NONE


def test_files_lie_beside_the_file_that_names_them(folder: Path) -> None:
    found = configured(_settings(folder, TABLE))
    assert [(one.name, one.title, one.kind, one.way, one.sentence) for one in found.items] == [
        ("clinic", "Clinic", "ldap", "password", None)
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": None}, '[[ldap]] "ldap-1": name must be a short word'),
        ({"name": "Klinik Süd"}, '[[ldap]] "Klinik Süd": name must be a short word'),
        ({"name": "local"}, '[[ldap]] "local": name must be a short word'),
        ({"groups": [{"external": "cn=x"}]}, "\"clinic\": groups: the rule for 'cn=x' has neither group nor role"),
        ({"groups": [{"group": "X"}]}, '"clinic": groups.external is not set'),
        ({"groups": [{"external": "x", "role": "king"}]}, '"clinic": groups.role must be one of administrator'),
        ({"groups": [{"external": "x", "group": "a" * 121}]}, '"clinic": groups.group: A name has 1 to 120'),
        ({"groups": [{"external": "x", "grup": "X"}]}, '"clinic": groups.grup is no key of this table'),
        ({"password_file": "none.secret"}, '"clinic": password_file names '),
    ],
)
def test_a_bad_table_is_named_and_the_others_work(folder: Path, change: dict[str, Any], sentence: str) -> None:
    bad = {key: value for key, value in {**TABLE, **change}.items() if value is not None}
    found = configured(_settings(folder, bad, {**TABLE, "name": "good"}))
    assert [one.way for one in found.items] == [None, "password"]
    assert sentence in (found.items[0].sentence or "")
    assert [one.name for one in found.offered()] == ["good"]


def test_two_of_one_name_are_one(folder: Path) -> None:
    found = configured(_settings(folder, TABLE, TABLE))
    assert [one.way for one in found.items] == ["password", None]
    assert "name is that of another provider" in (found.items[1].sentence or "")


def test_a_kind_that_nobody_has_is_named(folder: Path) -> None:
    found = configured(_settings(folder, {"name": "acme", "title": "Acme"}, kind="acme"))
    assert found.items[0].sentence is not None
    assert found.items[0].sentence.startswith('[[acme]] "acme": there is no such kind of provider; the kinds are ')
    assert "ldap" in found.items[0].sentence


def test_a_secret_in_a_file_for_everybody_is_refused(folder: Path) -> None:
    table = {**{key: value for key, value in TABLE.items() if key != "password_file"}, "password": "plain"}
    settings = _settings(folder, table)
    assert configured(settings).items[0].way == "password"
    assert settings.identity_file is not None
    settings.identity_file.chmod(0o644)
    found = configured(settings)
    assert "password stands in a file that everybody can read" in (found.items[0].sentence or "")
    assert "plain" not in (found.items[0].sentence or "")


def test_what_changes_is_read_again_and_what_does_not_is_kept(folder: Path) -> None:
    settings = _settings(folder, {**TABLE, "password_file": "later.secret"})
    assert configured(settings).items[0].way is None
    secret_file(folder / "later.secret")
    kept = configured(settings)
    assert kept.items[0].way == "password"
    assert configured(settings).items[0].provider is kept.items[0].provider
    os.utime(folder / "later.secret", ns=(1, 1))
    assert configured(settings).items[0].provider is not kept.items[0].provider


def test_the_log_names_what_is_broken_and_no_secret(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        note_broken(_settings(folder, {**TABLE, "base_dsn": "x"}))
        note_broken(Settings(data=folder, identity_file=folder / "none.toml"))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert said[0].startswith('[[ldap]] "clinic": base_dsn is no key of this table')
    assert said[1].startswith("COVERSLIP_IDENTITY_FILE names ")


def test_rules_compare_names_as_directories_do() -> None:
    rules = (
        Rule("CN=Pathology, OU=Groups,DC=x", "Pathology", None),
        Rule("cn=heads,ou=groups,dc=x", "Heads", "auditor"),
        Rule("cn=admins,ou=groups,dc=x", None, "administrator"),
        Rule("*", "Everybody", None),
    )
    one = Configured("ldap", "clinic", "Clinic", None, None, rules)
    all_of_them = one.allot(("cn=pathology,ou=groups,dc=x", "CN=Heads,OU=groups , DC=X", "CN=ADMINS,ou=groups,dc=x"))
    assert (all_of_them.groups, all_of_them.role) == (("Pathology", "Heads", "Everybody"), "administrator")
    none = one.allot(("cn=pathology,ou=groups,dc=y",))
    assert (none.groups, none.role, none.rules_role) == (("Everybody",), None, True)
    without = Configured("ldap", "clinic", "Clinic", None, None, rules[:1]).allot(())
    assert (without.groups, without.rules_role) == ((), False)
