"""``coverslip user``, ``group`` and ``token`` on the command line."""

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.server import COVERSLIP, clean_environment
from tests.test_cli import refusal

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PASSWORD = "wooden teapot under glass"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on one data folder."""

    def command(*arguments: object, said: str | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(COVERSLIP), *map(str, arguments), "--data", str(tmp_path / "data")],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            input=said,
            env=clean_environment(more),
        )

    return command


def test_the_first_administrator_is_made_here(run: Run, tmp_path: Path) -> None:
    made = run("user", "add", "Alice", "--admin", "--name", "Alice A", COVERSLIP_BASE_URL="https://slides.example.org")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("https://slides.example.org/link#")
    assert "once" in made.stderr
    token = made.stdout.strip().partition("#")[2]
    assert token.encode() not in (tmp_path / "data" / "coverslip.db").read_bytes()
    assert run("user", "list").stdout == "Alice  active  administrator  local  Alice A\n"
    assert refusal(run("user", "add", "ALICE")) == "name_taken"
    assert refusal(run("user", "deactivate", "alice")) == "last_administrator"
    assert run("token", "create", "--user", "alice", "--scope", "read").stdout.startswith("cs_")
    assert "Alice  read  script" in run("token", "list", "--user", "alice").stdout


def test_a_password_may_come_from_standard_input(run: Run, tmp_path: Path) -> None:
    weak = run("user", "add", "bob", "--password-stdin", said="password1234\n")
    assert refusal(weak) == "password_refused"
    made = run("user", "add", "bob", "--password-stdin", said=f"{PASSWORD}\n")
    assert (made.returncode, made.stdout) == (0, "")
    with sqlite3.connect(tmp_path / "data" / "coverslip.db") as connection:
        (stored,) = connection.execute("SELECT password_hash FROM person_password").fetchone()
    connection.close()
    assert stored.startswith("$argon2id$")


@pytest.mark.timeout(900)  # thirty commands, each a process of its own
def test_groups_and_people_from_beginning_to_end(run: Run) -> None:
    assert run("user", "add", "root", "--admin").returncode == 0
    assert run("group", "add", "Board", "--description", "Tuesdays").returncode == 0
    assert run("user", "add", "carol", "--role", "auditor", "--group", "board").stdout.startswith("/link#")
    assert run("user", "add", "dan").returncode == 0
    assert run("group", "join", "Board", "dan").returncode == 0
    assert run("group", "list").stdout == "Board  local  2 members\n"
    assert [line.split()[0] for line in run("group", "show", "BOARD").stdout.splitlines()] == ["carol", "dan"]
    assert run("group", "leave", "Board", "dan").returncode == 0
    shown = run("user", "show", "carol").stdout
    for part in ("auditor", "Board", "second factor  none", "never"):
        assert part in shown
    assert "operator" in run("user", "set", "carol", "--role", "operator", "--name", "Carol C").stdout
    assert "Carol C" in run("user", "list").stdout
    assert run("user", "set", "carol", "--no-role").returncode == 0
    assert refusal(run("user", "set", "carol")) == "invalid_request"
    assert run("user", "reset", "carol").stdout.startswith("/link#")
    assert run("user", "invite", "--name", "Eve", "--group", "Board", "--days", 3).stdout.startswith("/link#")
    assert refusal(run("user", "invite", "--days", 90)) == "invalid_request"
    for verb in ("sign-out", "forget-second-factor", "deactivate"):
        assert run("user", verb, "dan").returncode == 0, verb
    assert run("user", "list", "--state", "deactivated").stdout.startswith("dan  deactivated")
    assert refusal(run("token", "create", "--user", "dan")) == "not_found"
    assert run("user", "activate", "dan").returncode == 0
    assert "nothing" in run("user", "hand-over", "dan", "carol").stdout
    assert refusal(run("user", "approve", "dan")) == "conflict"
    assert refusal(run("user", "show", "nobody")) == "not_found"
    assert run("group", "delete", "Board").returncode == 0
    assert refusal(run("group", "show", "Board")) == "not_found"
