"""The command line: one sentence and a code when it refuses, nothing half-written."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.server import COVERSLIP, clean_environment

from coverslip.cli import main

VERBS = ("serve", "import", "info", "doctor", "token", "migrate", "version")


def run(*arguments: object, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(COVERSLIP), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=clean_environment(more),
    )


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the code of a refusal that is one sentence on standard error and nothing else."""
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("coverslip: ")
    assert line.endswith("]")
    return line.rpartition("[")[2].rstrip("]")


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in VERBS)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom coverslip.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'fastapi', 'sqlalchemy', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_wrong_option_is_a_usage_error() -> None:
    done = run("serve", "--prot", "1")
    assert done.returncode == 2


def test_version() -> None:
    assert run("version").stdout.startswith("coverslip 0.")


def test_a_taken_port_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--data", tmp_path / "data", "--port", port)
    assert refusal(done) == "port_taken"
    assert str(port) in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_folder_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    assert refusal(run("serve", tmp_path / "none", "--data", tmp_path / "data", "--port", 0)) == "folder_missing"
    assert not (tmp_path / "data").exists()
    assert refusal(run("import", tmp_path / "none", "--data", tmp_path / "data")) == "folder_missing"
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for data in ("/proc/data", tmp_path / "file" / "data"):
        assert refusal(run("serve", "--data", data, "--port", 0)) == "data_folder_refused"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CACHE_MAX", "plenty"), ("PORT", "http"), ("WORKERS", "0"), ("DATABASE_URL", "mysql://host/name")],
)
def test_a_bad_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = run("serve", "--data", tmp_path / "data", **{f"COVERSLIP_{name}": value})
    assert refusal(done) == "setting_refused"
    assert f"COVERSLIP_{name}" in done.stderr


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    done = run("serve", "--data", tmp_path / "data", "--host", "203.0.113.1", "--port", 0)
    assert refusal(done) == "setting_refused"
    assert not (tmp_path / "data").exists()


def test_a_newer_database_is_refused_and_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("migrate", "--data", data).returncode == 0
    with sqlite3.connect(data / "coverslip.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in (("serve", "--port", 0), ("migrate",), ("token", "list")):
        assert refusal(run(*command, "--data", data)) == "schema_newer"


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    first, second = (run("migrate", "--data", tmp_path / "data") for _ in range(2))
    assert "went to" in first.stdout
    assert "as before" in second.stdout


def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    secret = run("token", "create", "--name", "export", "--days", 30, *data).stdout.strip()
    assert secret.startswith("cs_")
    (line,) = run("token", "list", *data).stdout.splitlines()
    assert "export" in line
    assert secret not in line
    assert secret.encode() not in (tmp_path / "data" / "coverslip.db").read_bytes()
    token_id = line.split()[0]
    assert run("token", "revoke", token_id, *data).returncode == 0
    assert "revoked" in run("token", "list", *data).stdout
    assert refusal(run("token", "revoke", token_id, *data)) == "not_found"
    assert refusal(run("token", "create", "--days", 0, *data)) == "invalid_request"


def test_info_tells_what_a_slide_holds(sample: Callable[[str], Path]) -> None:
    done = run("info", sample("CMU-1-Small-Region.svs"), "--json")
    facts = json.loads(done.stdout)
    assert (facts["format"], facts["width"], facts["height"], facts["objective"]) == ("svs", 2220, 2967, 20.0)
    assert "label" in facts["associated"]
    assert "svs" in run("info", sample("CMU-1-Small-Region.svs")).stdout


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("slides/broken/broken.svs", "unsupported_format"),
        ("slides/openslide-fixtures/unreadable.svs", "corrupt_file"),
        ("slides/broken/CMU-1-Saved-1_16_dangling.mrxs", "missing_companion"),
    ],
)
def test_info_says_why_a_file_is_no_slide(sample: Callable[[str], Path], name: str, code: str) -> None:
    assert refusal(run("info", sample(name))) == code


def test_info_refuses_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty.svs").write_bytes(b"")
    assert refusal(run("info", tmp_path / "none.svs")) == "file_not_found"
    assert refusal(run("info", tmp_path / "fifo")) == "not_a_file"
    assert refusal(run("info", tmp_path / "empty.svs")) == "empty_file"
    assert refusal(run("info", tmp_path)) in {"not_a_file", "unsupported_format"}


def test_doctor_looks_at_the_computer_and_changes_nothing(tmp_path: Path) -> None:
    done = run("doctor", "--data", tmp_path / "data")
    assert done.returncode == 0
    for word in ("Python", "Formats", "svs", "Data folder", "Database", "Disk"):
        assert word in done.stdout
    assert not (tmp_path / "data").exists()


def test_doctor_says_what_each_format_thinks_of_a_file(sample: Callable[[str], Path]) -> None:
    done = run("doctor", sample("CMU-1-Small-Region.svs"))
    assert "svs" in done.stdout
    assert "Readable as svs" in done.stdout
    assert "Not readable" in run("doctor", sample("slides/broken/broken.svs")).stdout


def test_doctor_reports_what_would_become_of_a_file(sample: Callable[[str], Path], tmp_path: Path) -> None:
    said = run("doctor", sample("slides/multi-tiff/Channel_1.tif")).stdout
    assert "One slide of 3 files: Channel_1.tif, Channel_0.tif, Channel_2.tif" in said
    assert "Pixels: 3 channels of uint8." in said
    assert "Scale: missing" in said
    assert "Label: The slide has no picture of its label." in said
    first = said.splitlines()[0].split()
    assert first[0] == "imagej"  # the order in which they are asked
    missing = run("doctor", sample("slides/broken/CMU-1-Saved-1_16_dangling.mrxs")).stdout
    assert "belongs to this MRXS slide is missing. [missing_companion]" in missing
    absent = run("doctor", tmp_path / "no such file")
    assert "[file_not_found]" in absent.stdout
    assert "Traceback" not in absent.stdout + absent.stderr


def test_doctor_lists_the_formats_with_their_readers() -> None:
    done = run("doctor", "formats")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = {line.split()[0]: line for line in lines[: lines.index("")]}
    assert rows["svs"].split() == ["svs", "gold", "Coverslip"]
    assert "slideio 2" in rows["vsi"]
    assert "pylibCZIrw" in rows["czi"]
    assert list(rows)[-1] == "bioformats"
    assert "Bio-Formats 7" in rows["bioformats"]
    assert "Java starts, and Bio-Formats knows 1" in done.stdout
    assert "czi, bioformats: .czi" in lines
    assert any(line.startswith("bioformats: ") and ".lif" in done.stdout for line in lines)


def test_doctor_lists_what_is_missing_for_a_format(tmp_path: Path) -> None:
    done = run("doctor", "formats", COVERSLIP_BIOFORMATS_JAR=str(tmp_path / "absent.jar"))
    assert done.returncode == 0
    assert "bioformats  bronze  not installed" in done.stdout
    assert "COVERSLIP_BIOFORMATS_JAR names no file" in done.stdout
    assert "czi, (bioformats): .czi" in done.stdout
    tmp_path.joinpath("bad.jar").write_bytes(b"no jar")
    broken = run("doctor", "formats", COVERSLIP_BIOFORMATS_JAR=str(tmp_path / "bad.jar"))
    assert broken.returncode == 0
    assert "It does not start: The decoder gave up" in broken.stdout


def test_a_dry_run_says_what_it_would_do_and_does_nothing(tmp_path: Path, sample: Callable[[str], Path]) -> None:
    folder = tmp_path / "slides with a space \N{MICROSCOPE}"
    folder.mkdir()
    (folder / "real.svs").symlink_to(sample("CMU-1-Small-Region.svs"))
    (folder / "bad.svs").write_bytes(b"II*\0nonsense")
    (folder / "notes.xml").write_text("<a/>")
    done = run("import", folder, "--dry-run", "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "real.svs: svs" in done.stdout
    assert "1 slides would be registered, 1 listed as unreadable" in done.stdout
    assert not (tmp_path / "data").exists()


def test_import_registers_in_place(tmp_path: Path, sample: Callable[[str], Path]) -> None:
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "real.svs").symlink_to(sample("CMU-1-Small-Region.svs"))
    done = run("import", folder, "--data", tmp_path / "data", COVERSLIP_SETTLE_S="0")
    assert done.returncode == 0, done.stderr
    assert "1 slides, 0 unreadable" in done.stdout
    with sqlite3.connect(tmp_path / "data" / "coverslip.db") as connection:
        assert connection.execute("SELECT name, state, width FROM slide").fetchall() == [("real", "ready", 2220)]
    connection.close()


def test_main_can_be_called_from_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert main(["info", "/nonexistent.svs"]) == 1
    assert "[file_not_found]" in capsys.readouterr().err
