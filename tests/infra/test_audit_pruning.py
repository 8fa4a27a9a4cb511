"""Records go when they are older than they must be kept, from the front, and the trail says so."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from coverslip.infra import audit, audit_pruning
from coverslip.infra.audit import AuditEvent, AuditRow, AuditView, ViewKind, first_broken, record, record_view
from coverslip.infra.audit_check import PRUNED, check_trail
from coverslip.infra.audit_pruning import forget_views, prune, years_before
from coverslip.infra.runtime import Runtime

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def written_over_years(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Twenty records: one each half year up to now."""
    for number in range(20):
        at = NOW - timedelta(days=182 * (19 - number))
        monkeypatch.setattr(audit, "utc_now", lambda at=at: at)
        with runtime.db.transaction() as session:
            record(session, AuditEvent("test.write", detail={"n": number}))
    monkeypatch.setattr(audit, "utc_now", lambda: NOW)
    return runtime


def numbers(runtime: Runtime) -> list[int]:
    with runtime.db.read() as session:
        return list(session.scalars(select(AuditRow.no).order_by(AuditRow.no)))


def test_what_is_old_goes_and_the_rest_still_fits(written_over_years: Runtime) -> None:
    runtime = written_over_years
    assert prune(runtime.db, 6, NOW) == 7
    assert numbers(runtime) == [*range(8, 21), 21]
    with runtime.db.read() as session:
        assert first_broken(session) is None
        report = check_trail(session)
        assert (report.findings, report.first_no, report.last_no) == ([], 8, 21)
        last = session.get_one(AuditRow, 21)
    assert (last.action, last.detail["no"], last.detail["count"]) == (PRUNED, 7, 7)


def test_nothing_old_means_nothing_is_done(written_over_years: Runtime) -> None:
    assert prune(written_over_years.db, 50, NOW) == 0
    assert numbers(written_over_years) == list(range(1, 21))


def test_many_go_in_steps_that_are_each_on_record(written_over_years: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_pruning, "BATCH", 3)
    assert prune(written_over_years.db, 6, NOW) == 7
    with written_over_years.db.read() as session:
        told = session.scalars(select(AuditRow).where(AuditRow.action == PRUNED).order_by(AuditRow.no)).all()
        assert [row.detail["no"] for row in told] == [3, 6, 7]
        assert check_trail(session).findings == []


def test_records_go_on_after_everything_went(written_over_years: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    later = NOW + timedelta(days=365 * 20)
    monkeypatch.setattr(audit, "utc_now", lambda: later)
    assert prune(written_over_years.db, 6, later) == 20
    with written_over_years.db.transaction() as session:
        record(session, AuditEvent("test.write"))
    assert numbers(written_over_years) == [21, 22]
    with written_over_years.db.read() as session:
        assert check_trail(session).findings == []


def test_a_leap_day_has_a_day_six_years_before() -> None:
    assert years_before(datetime(2028, 2, 29, tzinfo=UTC), 6) == datetime(2022, 2, 28, tzinfo=UTC)


def test_hours_long_past_need_not_be_remembered(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        for hours in (0, 100):
            record_view(session, "s", "slide", ViewKind.PIXELS, NOW - timedelta(hours=hours))
        forget_views(session, NOW - timedelta(days=2))
    with runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditView)) == 1
        assert session.scalar(select(func.count()).select_from(AuditRow)) == 2
