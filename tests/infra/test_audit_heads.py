"""Signed heads: written to a second place each hour, read back, and of no use when somebody edited them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coverslip.core.errors import DataFolderRefused, InvalidRequest, SettingRefused
from coverslip.core.time import utc_now
from coverslip.infra.audit import AuditEvent, AuditRow, record
from coverslip.infra.audit_check import check_trail
from coverslip.infra.audit_heads import (
    KEY_NAME,
    check_folder,
    keep_due_head,
    only_heads,
    public_key_of,
    read_heads,
    sign_head,
)
from coverslip.infra.runtime import Runtime
from coverslip.infra.upkeep import job_upkeep


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def write(runtime: Runtime, count: int = 3) -> None:
    with runtime.db.transaction() as session:
        for _ in range(count):
            record(session, AuditEvent("test.write"))


def test_a_head_is_signed_with_the_key_of_the_data_folder(sqlite_runtime: Runtime) -> None:
    data = sqlite_runtime.settings.data
    assert public_key_of(data) is None
    write(sqlite_runtime)
    with sqlite_runtime.db.read() as session:
        head = sign_head(session, data)
        row = session.get_one(AuditRow, 3)
        assert (head.no, head.hash) == (3, row.hash)
    assert head.is_genuine()
    assert head.public_key == public_key_of(data)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.public_key))
    assert (data / KEY_NAME).stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_said(sqlite_runtime: Runtime) -> None:
    data = sqlite_runtime.settings.data
    (data / KEY_NAME).write_bytes(b"short")
    with sqlite_runtime.db.read() as session, pytest.raises(DataFolderRefused, match=r"audit\.key"):
        sign_head(session, data)


def test_one_head_an_hour_is_kept_in_the_second_place(runtime: Runtime, elsewhere: Path) -> None:
    data, now = runtime.settings.data, utc_now()
    write(runtime)
    first = keep_due_head(runtime.db, data, elsewhere, now)
    assert first is not None
    assert keep_due_head(runtime.db, data, elsewhere, now + timedelta(minutes=59)) is None
    write(runtime)
    second = keep_due_head(runtime.db, data, elsewhere, now + timedelta(minutes=60))
    assert second is not None
    assert sorted(path.name for path in elsewhere.iterdir()) == sorted([first.name, second.name])
    assert [head.no for head in only_heads(read_heads(elsewhere))] == [3, 6]
    with runtime.db.read() as session:
        report = check_trail(session, read_heads(elsewhere), public_key_of(data))
    assert (report.findings, report.vouched_no, report.heads) == ([], 6, 2)


def test_a_clock_set_back_keeps_no_head_back(sqlite_runtime: Runtime, elsewhere: Path) -> None:
    data, now = sqlite_runtime.settings.data, utc_now()
    assert keep_due_head(sqlite_runtime.db, data, elsewhere, now) is not None
    assert keep_due_head(sqlite_runtime.db, data, elsewhere, now - timedelta(hours=3)) is not None


def test_the_job_process_keeps_the_first_head_when_it_starts(sqlite_runtime: Runtime, elsewhere: Path) -> None:
    sqlite_runtime.settings = sqlite_runtime.settings.model_copy(update={"audit_heads": elsewhere})
    job_upkeep(sqlite_runtime)
    assert len(only_heads(read_heads(elsewhere))) == 1


@pytest.mark.parametrize(
    "change", [{"no": 2}, {"hash": "0" * 64}, {"at": "2020-01-01T00:00:00+00:00"}, {"signature": "x"}]
)
def test_an_edited_head_is_none(sqlite_runtime: Runtime, elsewhere: Path, change: dict[str, object]) -> None:
    write(sqlite_runtime)
    path = keep_due_head(sqlite_runtime.db, sqlite_runtime.settings.data, elsewhere)
    assert path is not None
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with sqlite_runtime.db.read() as session:
        report = check_trail(session, read_heads(elsewhere))
    assert [one.text for one in report.findings] == [
        f"The file {path.name} is no head that this server signed, or was edited."
    ]


def test_a_folder_that_is_away_is_tried_again_and_breaks_nothing(
    sqlite_runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert keep_due_head(sqlite_runtime.db, sqlite_runtime.settings.data, tmp_path / "unmounted") is None
    assert "second place" in caplog.text
    with pytest.raises(InvalidRequest, match="cannot be read: no such file"):
        read_heads(tmp_path / "unmounted")


def test_a_wrong_folder_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="COVERSLIP_AUDIT_HEADS cannot be used: there is no such folder"):
        check_folder(tmp_path / "nowhere")
