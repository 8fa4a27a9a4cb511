"""A project's pattern on its slides: what it would read (preview), and reading it into their fields (apply)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest
from coverslip.features.access import Action, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import fields, naming, store_patterns
from coverslip.features.slides.cases import ensure_case
from coverslip.features.slides.models import SlideRecord
from coverslip.features.slides.placing import path_of, read_fields
from coverslip.features.slides.projects import visible_project
from coverslip.features.slides.schemas_cases import PatternApplied, PatternApply, PatternPreview, PatternRow
from coverslip.features.slides.store_fields import Staged
from coverslip.infra.db import Database

SHOWN: Final = 200
LOOKED_AT: Final = 5000
BATCH: Final = 500
CASES_AT_ONCE: Final = 50


@dataclass(slots=True)
class _Counts:
    matched: int = 0
    unmatched: int = 0
    changed: int = 0
    refused: int = 0


def preview(session: Session, viewer: Viewer, project_id: str, pattern: str) -> PatternPreview:
    """Say what a pattern would read from the first 5,000 slides of a project and those below that follow it.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The pattern cannot be read.
    """
    project = visible_project(session, viewer, project_id)
    require(session, viewer, Action.SEE_IDENTITY, project.scope_id)
    ways = naming.compiled(pattern)
    rows = store_patterns.first_by_name(session, viewer, store_patterns.governed(session, project), LOOKED_AT)
    depth = max(len(way) for way in ways)
    items: list[PatternRow] = []
    matched = 0
    for row in rows:
        values = naming.parse_name(pattern, path_of(row))
        matched += values is not None
        if len(items) < SHOWN:
            shown = "/".join(path_of(row).split("/")[-depth:])
            items.append(PatternRow(slide_id=row.slide_id, file_name=shown, values=values))
    return PatternPreview(items=items, matched=matched, unmatched=len(rows) - matched)


def apply(db: Database, viewer: Viewer, project_id: str, wanted: PatternApply) -> PatternApplied:
    """Read a pattern into the fields of a project's slides; what a person entered stays unless asked.

    Goes in batches, each its own short transaction; doing it again changes nothing more.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The pattern cannot be read.
    """
    naming.compiled(wanted.pattern)
    with db.read() as session:
        project = visible_project(session, viewer, project_id)
        require(session, viewer, Action.EDIT, project.scope_id)
        require(session, viewer, Action.SEE_IDENTITY, project.scope_id)
        numbers = store_patterns.governed(session, project)
    counts, last = _Counts(), 0
    while True:
        with db.read() as session:
            rows = store_patterns.project_slides(session, viewer, numbers, last, BATCH)
        if not rows:
            return PatternApplied(**{name: getattr(counts, name) for name in PatternApplied.model_fields})
        last, first = rows[-1].no, last
        _make_cases(db, viewer, rows, wanted)
        batch = _Counts()

        def work_out(session: Session, after: int = first, until: int = last, batch: _Counts = batch) -> list[Staged]:
            again = store_patterns.project_slides(session, viewer, numbers, after, BATCH)
            batch.matched = batch.unmatched = batch.refused = 0
            return _staged(session, viewer, [row for row in again if row.no <= until], wanted, batch)

        counts.changed += fields.write_staged(db, work_out)
        counts.matched += batch.matched
        counts.unmatched += batch.unmatched
        counts.refused += batch.refused


def _allowed(row: SlideRecord, values: Mapping[str, Any], wanted: PatternApply) -> dict[str, Any]:
    return dict(values) if wanted.overwrite else fields.filling(row, values, gaps_only=False)


def _make_cases(db: Database, viewer: Viewer, rows: Sequence[SlideRecord], wanted: PatternApply) -> None:
    """Make the cases that a batch needs, before the transaction that puts slides into them."""
    needed: dict[tuple[int, str], None] = {}
    for row in rows:
        read = naming.parse_name(wanted.pattern, path_of(row))
        if read and read.get("case") and _allowed(row, {"case_id": read["case"]}, wanted):
            needed[row.project_no, read["case"]] = None
    pairs = list(needed)
    with db.read() as session:
        projects = fields.surroundings(session, rows).projects
    for start in range(0, len(pairs), CASES_AT_ONCE):
        with db.transaction() as session:
            for project_no, name in pairs[start : start + CASES_AT_ONCE]:
                ensure_case(session, projects[project_no].project_id, name, by=viewer)


def _staged(
    session: Session, viewer: Viewer, rows: Sequence[SlideRecord], wanted: PatternApply, counts: _Counts
) -> list[Staged]:
    around = fields.surroundings(session, rows)
    staged = []
    for row in rows:
        read = naming.parse_name(wanted.pattern, path_of(row))
        if read is None:
            counts.unmatched += 1
            continue
        counts.matched += 1
        values = _allowed(row, _values(session, row, around, read, viewer), wanted)
        try:
            one = fields.stage(row, values, around, viewer, entered=False)
        except InvalidRequest:
            counts.refused += 1
            continue
        if one is not None:
            staged.append(one)
    return staged


def _values(
    session: Session, row: SlideRecord, around: fields.Surroundings, read: Mapping[str, str], viewer: Viewer
) -> dict[str, Any]:
    """Return what was read as fields; the case was made before and is only looked up here."""
    project = around.projects[row.project_no]
    without_case = {key: value for key, value in read.items() if key != "case"}
    values = read_fields(session, project, without_case, by=viewer)
    if read.get("case"):
        case = fields.find_case(session, around, project, read["case"])
        if case is not None:
            values["case_id"] = case.case_id
    return values
