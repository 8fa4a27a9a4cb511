"""A table into the fields of a project's slides: which rows fit which slides, what changes, and changing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.access import Action, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import csv_table, field_rules, fields, store_patterns
from coverslip.features.slides.cases import ensure_case
from coverslip.features.slides.models import SlideRecord
from coverslip.features.slides.projects import visible_project
from coverslip.features.slides.schemas_cases import ImportChange, ImportProblem, ImportReport
from coverslip.features.slides.stains import StainKind
from coverslip.features.slides.store_fields import Staged
from coverslip.features.slides.words import fold, tags_of
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import Database

BATCH: Final = 300
CASES_AT_ONCE: Final = 50
SHOWN: Final = 1000
_TAG_SIGNS: Final = str.maketrans({";": "|", ",": "|"})


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table, with the slide that it is about."""

    number: int
    key: str
    cells: dict[str, str]
    slide_no: int


@dataclass(slots=True)
class _Batch:
    """What a batch of rows came to; made anew on each try."""

    changes: list[ImportChange] = field(default_factory=list)
    refused: list[ImportProblem] = field(default_factory=list)


def import_table(
    db: Database,
    viewer: Viewer,
    project_id: str,
    body: bytes,
    *,
    dry_run: bool = True,
    columns: Sequence[str] | None = None,
) -> ImportReport:
    """Put a table into the fields of the slides that its rows name, or say what that would do.

    A row is about the slide whose id, file name, name, label text or barcode stands in one of its
    columns. Empty cells change nothing. Cases are made as they are needed.

    Parameters
    ----------
    columns : sequence of str or None
        Use these columns of the table only (those that name slides always count).

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The table cannot be read, or no column says which slide a row is about.
    """
    table = csv_table.read_table(body)
    meanings = {column: csv_table.meaning_of(column) for column in table.header if column}
    keys = [column for column, meaning in meanings.items() if meaning in (csv_table.KEY, "label_text")]
    if not keys:
        why = "no column says which slide a row is about, such as name, file or barcode"
        raise InvalidRequest(f"The table cannot be used: {why}.", [FieldProblem("", why)])
    if columns is not None:
        meanings = {one: what for one, what in meanings.items() if one in columns or what == csv_table.KEY}
    with db.read() as session:
        project = visible_project(session, viewer, project_id)
        require(session, viewer, Action.EDIT, project.scope_id)
        require(session, viewer, Action.SEE_IDENTITY, project.scope_id)
        numbers = store_patterns.governed(session, project)
        known = _Known(store_patterns.keys_of(session, viewer, numbers))
    rows, unmatched = _matched(table, keys, known)
    changes: list[ImportChange] = []
    changed = 0
    for start in range(0, len(rows), BATCH):
        done = _apply(db, viewer, rows[start : start + BATCH], meanings, dry_run=dry_run)
        changed += len(done.changes)
        changes += done.changes[: SHOWN - len(changes)]
        unmatched += done.refused
    if not dry_run:
        detail = {"rows": len(table.rows), "changed": changed}
        with db.transaction() as session:
            name = "project.table_imported"
            record(session, AuditEvent(name, viewer.person_id, viewer.viewer_id, "project", project_id, detail=detail))
    return ImportReport(
        rows=len(table.rows),
        matched=len(rows),
        changed=changed,
        columns=meanings,
        unmatched=sorted(unmatched, key=lambda one: one.row)[:SHOWN],
        changes=changes,
    )


class _Known:
    """Slides by the texts that a table may name them by, the surest first."""

    def __init__(self, slides: Iterator[tuple[int, str, str, str, str]]) -> None:
        self._maps: list[dict[str, list[int]]] = [{} for _ in range(6)]
        for no, slide_id, name, file_name, label in slides:
            texts = ([slide_id], [file_name], [name], [PurePath(file_name).stem], [label], label.split())
            for found, several in zip(self._maps, texts, strict=True):
                for one in several:
                    if one and no not in found.setdefault(fold(one).strip(), []):
                        found[fold(one).strip()].append(no)

    def find(self, text: str) -> list[int]:
        """Return the numbers of the slides that a text names."""
        for one in (text, text.replace("\\", "/").rsplit("/", 1)[-1]):
            for known in self._maps:
                if hits := known.get(fold(one).strip()):
                    return hits
        return []


def _matched(table: csv_table.Table, keys: Sequence[str], known: _Known) -> tuple[list[_Row], list[ImportProblem]]:
    rows: list[_Row] = []
    unmatched: list[ImportProblem] = []
    taken: dict[int, int] = {}
    for number, row in table.rows:
        cells = csv_table.cells_of(table, row)
        said = [cells[column] for column in keys if column in cells]
        hits = next((hits for one in said if (hits := known.find(one))), [])
        shown = said[0][:200] if said else ""
        if any(cell.strip() for cell in row[len(table.header) :]):
            reason = "has more cells than the header names columns"
        elif not said:
            reason = "names no slide"
        elif not hits:
            reason = "no slide has this name, file name, label or barcode"
        elif len(hits) > 1:
            reason = f"{len(hits)} slides are called so"
        elif hits[0] in taken:
            reason = f"names the same slide as row {taken[hits[0]]}"
        else:
            taken[hits[0]] = number
            rows.append(_Row(number, shown, cells, hits[0]))
            continue
        unmatched.append(ImportProblem(row=number, key=shown, reason=reason))
    return rows, unmatched


def _apply(db: Database, viewer: Viewer, rows: Sequence[_Row], meanings: dict[str, str], *, dry_run: bool) -> _Batch:
    batch = _Batch()

    def work_out(session: Session) -> list[Staged]:
        batch.changes.clear()
        batch.refused.clear()
        return _stage(session, viewer, rows, meanings, batch)

    if dry_run:
        with db.read() as session:
            work_out(session)
    else:
        _make_cases(db, viewer, rows, meanings)
        fields.write_staged(db, work_out)
    return batch


def _stage(
    session: Session, viewer: Viewer, rows: Sequence[_Row], meanings: dict[str, str], batch: _Batch
) -> list[Staged]:
    slides = store_patterns.slides_by_no(session, viewer, [row.slide_no for row in rows])
    around = fields.surroundings(session, list(slides.values()))
    staged = []
    for row in rows:
        slide = slides.get(row.slide_no)
        if slide is None:
            batch.refused.append(ImportProblem(row=row.number, key=row.key, reason="has gone meanwhile"))
            continue
        try:
            wanted, case = _wanted(row, meanings, around.rules.get(slide.project_no, []))
            found = fields.find_case(session, around, around.projects[slide.project_no], case) if case else None
            if found is not None:
                wanted["case_id"] = found.case_id
            one = fields.stage(slide, wanted, around, viewer)
        except InvalidRequest as error:
            batch.refused.append(ImportProblem(row=row.number, key=row.key, reason=error.message.rstrip(".")))
            continue
        values = _shown(slide, one)
        if case and found is None:
            values["case"] = case
        if values:
            change = ImportChange(row=row.number, slide_id=slide.slide_id, name=slide.name, values=values)
            batch.changes.append(change)
        if one is not None:
            staged.append(one)
    return staged


def _wanted(row: _Row, meanings: dict[str, str], rules: Sequence[Any]) -> tuple[dict[str, Any], str | None]:
    """Return a row's cells as a change of a slide, and the name of its case."""
    by_key = {rule.key: rule for rule in rules}
    wanted: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    case = None
    for column, meaning in meanings.items():
        cell = row.cells.get(column)
        if cell is None or meaning == csv_table.KEY:
            continue
        if meaning == "case":
            case = fields.clean(cell)[: fields.LONGEST_CASE_NAME].strip() or None
        elif meaning.startswith("fields."):
            extra[column] = field_rules.converted(by_key.get(column), cell)
        elif meaning == "tags":
            wanted["tags"] = [tag.strip()[:50] for tag in cell.translate(_TAG_SIGNS).split("|") if tag.strip()]
        elif meaning == "rating":
            if cell not in {"1", "2", "3", "4", "5"}:
                raise InvalidRequest("The rating must be a number from 1 to 5.")
            wanted["rating"] = int(cell)
        elif meaning == "stain_kind":
            if cell.casefold() not in list(StainKind):
                raise InvalidRequest(f"The kind of stain must be one of {', '.join(StainKind)}.")
            wanted["stain_kind"] = cell.casefold()
        else:
            wanted[meaning] = cell[: 2000 if meaning == "label_text" else 64]
    if extra:
        wanted["fields"] = extra
    return wanted, case


def _shown(slide: SlideRecord, staged: Staged | None) -> dict[str, Any]:
    """Return what a staged change sets, as a report shows it."""
    if staged is None:
        return {}
    values: dict[str, Any] = {}
    for name in ("part", "block", "stain", "stain_kind", "label_text", "rating"):
        if name in staged.values:
            values[name] = staged.values[name]
    if "case_name" in staged.values:
        values["case"] = staged.values["case_name"]
    if "tags" in staged.values:
        values["tags"] = ", ".join(tags_of(staged.values["tags"]))
    for key, value in staged.values.get("fields", {}).items():
        if slide.fields.get(key) != value:
            values[f"fields.{key}"] = value
    return values


def _make_cases(db: Database, viewer: Viewer, rows: Sequence[_Row], meanings: dict[str, str]) -> None:
    """Make the cases that a batch needs, before the transaction that puts slides into them."""
    with db.read() as session:
        slides = store_patterns.slides_by_no(session, viewer, [row.slide_no for row in rows])
        around = fields.surroundings(session, list(slides.values()))
        needed: dict[tuple[str, str], None] = {}
        for row in rows:
            slide = slides.get(row.slide_no)
            if slide is None:
                continue
            try:
                wanted, case = _wanted(row, meanings, around.rules.get(slide.project_no, []))
                fields.stage(slide, wanted, around, viewer)
            except InvalidRequest:
                continue
            project = around.projects[slide.project_no]
            if case and fields.find_case(session, around, project, case) is None:
                needed[project.project_id, case] = None
    pairs = list(needed)
    for start in range(0, len(pairs), CASES_AT_ONCE):
        with db.transaction() as session:
            for project_id, name in pairs[start : start + CASES_AT_ONCE]:
                ensure_case(session, project_id, name, by=viewer)
