"""``coverslip audit``: what it says of a sound trail, of one that somebody touched, and the files it writes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from coverslip.cli import main
from coverslip.infra.audit import AuditEvent, AuditRow, record
from coverslip.infra.audit_heads import keep_due_head
from coverslip.infra.runtime import Runtime

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trail(sqlite_runtime: Runtime) -> Runtime:
    for number in range(10):
        with sqlite_runtime.db.transaction() as session:
            record(session, AuditEvent("test.write", object_kind="slide", object_id=f"s{number}"))
    return sqlite_runtime


@pytest.fixture
def run(trail: Runtime, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    def run_it(*arguments: object) -> tuple[int, str, str]:
        code = main(["audit", *map(str, arguments), "--data", str(trail.settings.data)])
        said = capsysbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return run_it


def test_a_sound_trail_fits_and_its_limits_are_said(trail: Runtime, run: Run, tmp_path: Path) -> None:
    code, said, _ = run("verify")
    assert (code, said.splitlines()[0]) == (0, "The trail holds records 1 to 10; they fit together.")
    assert "cannot be seen" in said
    heads = tmp_path / "heads"
    heads.mkdir()
    assert "No head there vouches for any record" in run("verify", "--heads", heads)[1]
    keep_due_head(trail.db, trail.settings.data, heads)
    code, said, _ = run("verify", "--heads", heads)
    assert code == 0
    assert "vouches for all records up to 10. A tail cut off after it, or written anew, cannot be seen." in said


def test_what_was_done_is_said_and_the_exit_code_is_one(trail: Runtime, run: Run) -> None:
    with trail.db.transaction() as session:
        session.execute(update(AuditRow).where(AuditRow.no == 4).values(object_id="another"))
    code, said, _ = run("verify")
    assert code == 1
    assert said.splitlines()[:2] == [
        "Record 4 was edited.",
        "The trail holds records 1 to 10; they do not fit together.",
    ]


def test_a_folder_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path) -> None:
    code, _, said = run("verify", "--heads", tmp_path / "nowhere")
    assert code == 1
    assert said.endswith("cannot be read: no such file or directory. [invalid_request]\n")


def test_the_trail_leaves_as_a_file_and_that_is_on_record(run: Run, tmp_path: Path) -> None:
    assert run("export", "--format", "jsonl", "--output", tmp_path / "out.jsonl", "--object", "s3")[0] == 0
    assert (tmp_path / "out.jsonl").read_text() == "", "s3 is neither an id nor the name of anything"
    code, said, _ = run("export", "--format", "jsonl")
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert [line["no"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["action"] == "audit.exported"
    assert run("export", "--what", "test.write")[1].count("test.write") == 10
    code, _, said = run("export", "--since", "yesterday")
    assert (code, said) == (
        1,
        "coverslip: --since needs a date or a moment such as 2026-11-26T14:00+01:00. [invalid_request]\n",
    )


def test_the_end_can_be_signed(run: Run) -> None:
    code, said, _ = run("head")
    assert code == 0
    assert json.loads(said)["no"] == 10
