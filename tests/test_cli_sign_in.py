"""``coverslip doctor ldap`` and ``coverslip user link``: what administrators look at before anybody signs in."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.directory import PASSWORD, PEOPLE, Directory, ldap_table, write_identity_file
from tests.support.server import COVERSLIP, Serve, clean_environment
from tests.test_cli import refusal


@pytest.fixture
def identity_file(directory: Directory, tmp_path: Path) -> Path:
    return write_identity_file(tmp_path / "identity.toml", ldap_table(directory, tmp_path))


@pytest.fixture
def run(tmp_path: Path, identity_file: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run a command on one data folder and one identity file."""

    def command(*arguments: str, said: str | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(COVERSLIP), *arguments, "--data", str(tmp_path / "data")],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            input=said,
            env=clean_environment({"COVERSLIP_IDENTITY_FILE": str(identity_file), **more}),
        )

    return command


def test_doctor_says_every_step_and_the_key_links(run: Any, directory: Directory) -> None:
    directory.person("doctored", "Doctored Person")
    made = run("doctor", "ldap", "doctored", "--password-stdin", said=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    steps = {line.split()[0]: line.split(maxsplit=2) for line in made.stdout.splitlines()[1:]}
    assert steps["DN"][1:] == ["passed", f"uid=doctored,{PEOPLE}"]
    assert steps["Password"][1] == "passed"
    assert PASSWORD not in made.stdout
    key = steps["Key"][2]

    assert run("doctor", "ldap", "nobody").returncode == 1
    wrong = run("doctor", "ldap", "doctored", "--password-stdin", said="wrong\n")
    assert wrong.returncode == 1
    assert wrong.stdout.splitlines()[-1].split()[:2] == ["Password", "failed"]

    assert run("user", "add", "doctored", "--admin").returncode == 0
    clash = run("doctor", "ldap", "doctored")
    assert clash.returncode == 1
    assert f"coverslip user link doctored clinic {key}" in clash.stdout
    linked = run("user", "link", "doctored", "clinic", key)
    assert linked.returncode == 0, linked.stderr
    assert "clinic" in run("user", "list").stdout
    assert run("doctor", "ldap", "doctored").returncode == 0
    assert run("user", "unlink", "doctored").returncode == 0
    assert refusal(run("user", "unlink", "doctored")) == "conflict"


def test_what_makes_no_sense_is_refused(run: Any) -> None:
    assert refusal(run("doctor", "--provider", "clinic")) == "invalid_request"
    assert refusal(run("doctor", "ldap", "ada", "--provider", "none")) == "not_found"
    assert refusal(run("user", "link", "nobody", "clinic", "key")) == "not_found"
    assert refusal(run("doctor", "ldap", "ada", COVERSLIP_IDENTITY_FILE="/none")) == "setting_refused"


def test_a_server_starts_with_a_broken_file_says_why_and_is_ready(
    serve: Callable[..., Serve], identity_file: Path, tmp_path: Path
) -> None:
    identity_file.write_text(identity_file.read_text(encoding="utf-8") + 'bse_dn = "x"\n', encoding="utf-8")
    server = serve(environment={"COVERSLIP_IDENTITY_FILE": str(identity_file)})
    assert server.client.get("/readyz").status_code == 200
    assert server.client.get("/api/v1/session/options").json()["providers"] == []
    items = server.sign_in().get("/api/v1/people/sign-in").json()["items"]
    assert items[0]["sentence"].startswith('[[ldap]] "clinic": bse_dn is no key of this table')
    log = (tmp_path / "data.log").read_text(encoding="utf-8")
    assert log.count('[[ldap]] "clinic": bse_dn is no key of this table') == 1
