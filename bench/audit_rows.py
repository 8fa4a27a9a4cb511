"""Rows about the audit trail: who saw a case, over a million records; the whole chain walked."""

import random
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from bench.servers import WORK
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.features import identity, operations, slides
from coverslip.features.identity import Viewer
from coverslip.features.slides import SlideEntry, SlideState
from coverslip.infra.audit import GENESIS, AuditHead, AuditRow, Outcome, content_hash
from coverslip.infra.audit_check import check_trail
from coverslip.infra.datafolder import make_data_folder
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.infra.schema import migrate
from coverslip.settings import read_settings

RECORDS: Final = 1_000_000
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
CASES: Final = 50
SLIDES: Final = 20


def trail(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Ask who saw a case, its slides included, in a month of a year with a million records; then check all of it."""
    del stage
    count = RECORDS // (50 if plan.quick else 1)
    folder = WORK / "audit"
    shutil.rmtree(folder, ignore_errors=True)
    settings = read_settings(data=folder)
    make_data_folder(settings.data, sqlite=settings.uses_sqlite)
    runtime = open_runtime(settings, decoders=1)
    try:
        migrate(runtime.db)
        viewer, case = fill(runtime, count)
        yield from measured(runtime, viewer, case, count)
    finally:
        runtime.pool.close_blocking()
        runtime.close()
        shutil.rmtree(folder, ignore_errors=True)


def measured(runtime: Runtime, viewer: Viewer, case: str, count: int) -> Iterator[Finding]:
    """Time the three questions that people ask."""
    span = {"since": BEGAN + timedelta(days=150), "until": BEGAN + timedelta(days=180)}
    whole = {"since": BEGAN, "until": BEGAN + timedelta(days=400)}
    for what, times in (("in a month", span), ("in all the time", whole)):
        query = operations.AuditQuery(object=case, **times)
        begun = time.perf_counter()
        found = operations.who_saw(runtime, viewer, query)
        took_s = time.perf_counter() - begun
        text = f"who saw a case of {SLIDES} slides {what}, {count:,} records ({len(found.items)} people)"
        yield Finding("trail", text, f"{1000 * took_s:.0f} ms", "<= 5 s", took_s <= 5)
    for what, query in (
        ("refused sign-ins", operations.AuditQuery(what="sign_in", outcome=Outcome.DENIED)),
        ("all by one person", operations.AuditQuery(who="person-7")),
        ("an address that is nowhere", operations.AuditQuery(address="198.51.100.77")),
    ):
        begun = time.perf_counter()
        operations.search(runtime, viewer, query, 100, None)
        yield Finding("trail", f"  first page of {what}", f"{1000 * (time.perf_counter() - begun):.0f} ms")
    begun = time.perf_counter()
    with runtime.db.read() as session:
        report = check_trail(session)
    if report.findings:
        raise RuntimeError(report.findings[0].text)
    yield Finding(
        "trail", f"  the whole chain checked, {report.checked:,} records", f"{time.perf_counter() - begun:.1f} s"
    )


def fill(runtime: Runtime, count: int) -> tuple[Viewer, str]:
    """Write cases with slides and a year of records; return the administrator and the id of a case."""
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        viewer = identity.local_administrator(session)
        project = slides.create_project(session, "Archive", None)
        cases = [slides.ensure_case(session, project, f"S26-{number}", by=viewer) for number in range(CASES)]
    ids: dict[str, list[str]] = {}
    for case in cases:
        with runtime.db.transaction() as session:
            ids[case] = [_slide(session, project, case, number) for number in range(SLIDES)]
    known = [slide_id for some in ids.values() for slide_id in some]
    _write(runtime, count, known)
    return viewer, cases[7]


def _slide(session: Any, project: str, case: str, number: int) -> str:
    name = f"{case} {number}"
    entry = SlideEntry(None, project, name, f"{name}.svs", "/archive", (f"{name}.svs",), 1, SlideState.READY)
    slide_id = slides.put_slide(session, entry)
    slides.set_fields(session, slide_id, {"case_id": case})
    return str(slide_id)


def _write(runtime: Runtime, count: int, known: list[str]) -> None:
    """Write records as a year of work leaves them, chained on to those that are there."""
    chance = random.Random(7)
    with runtime.db.transaction() as session:
        head = session.get(AuditHead, 1) or AuditHead(head_no=1, last_no=0, last_hash=GENESIS)
        no, previous = head.last_no, head.last_hash
        step_s = 365 * 86400 / count
        others = [f"0192a0c4-0000-7000-8000-{number:012x}" for number in range(50_000)]
        rows: list[dict[str, Any]] = []
        for number in range(count):
            no += 1
            kind = chance.random()
            action = "slide.viewed" if kind < 0.8 else "slides.listed" if kind < 0.95 else "slide.fields_changed"
            row = {
                "no": no,
                "at": BEGAN + timedelta(seconds=number * step_s),
                "principal": f"person-{chance.randrange(200)}",
                "session_id": f"session-{chance.randrange(5000)}",
                "action": action,
                "object_kind": "slide",
                "object_id": chance.choice(known if chance.random() < 0.2 else others),
                "outcome": "done",
                "detail": {"kind": "pixels"},
                "address": f"203.0.113.{chance.randrange(250)}",
                "token_id": None,
                "share_id": None,
                "prev_hash": previous,
            }
            row["hash"] = previous = content_hash(row, previous)
            rows.append(row)
            if len(rows) == 10_000:
                session.execute(insert(AuditRow), rows)
                rows = []
        if rows:
            session.execute(insert(AuditRow), rows)
        head.last_no, head.last_hash = no, previous
        session.add(head)
