"""Where a slide stands: its project, its case, and what its name and folder tell."""

import logging
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest
from coverslip.features.access import reparent
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.slides import field_rules, fields, store, store_cases, store_fields
from coverslip.features.slides.cases import ensure_case
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.naming import TYPED_NAMES, parse_name
from coverslip.features.slides.words import printable
from coverslip.infra.db import hint

logger = logging.getLogger(__name__)

LONGEST_LABEL: Final = 2000


def put_in_same_trash(row: Project | SlideRecord | Case, parent: Project) -> None:
    """Let what arrives in a trashed project lie in the trash with it."""
    if row.trash_root is None:
        row.trash_root, row.trashed_at, row.trashed_by = parent.trash_root, parent.trashed_at, parent.trashed_by


def change_project(session: Session, row: SlideRecord, project: Project) -> None:
    """Follow a file into the project of its new folder; a case of the same name goes along."""
    row.project_no = project.no
    parent = project.scope_id
    if row.case_name is not None:
        row.case_id = ensure_case(session, project.project_id, row.case_name)
        parent = store_cases.live_cases(session, [row.case_id])[row.case_id].scope_id if _live(project) else parent
    reparent(session, [row.scope_id], parent)
    put_in_same_trash(row, project)
    hint(session, "grants.drop", slide_id=row.slide_id)


def name_slide(session: Session, row: SlideRecord, project: Project, *, by: Viewer) -> None:
    """Give a new slide what its project's settings say: defaults, and what the pattern reads from its name."""
    found = store_cases.settings_of(session, project)
    if found is None:
        return
    settings = found[0]
    values: dict[str, Any] = {"fields": field_rules.defaults(store_cases.rules_of(session, project, "slide"))}
    try:
        read = parse_name(settings.pattern, path_of(row)) if settings.pattern else None
        if settings.default_stain and "stain" not in (read or {}):
            values["stain"] = settings.default_stain
        read_values = read_fields(session, project, read or {}, by=by)
        values |= {**read_values, "fields": {**values["fields"], **read_values.get("fields", {})}}
        around = fields.surroundings(session, [row], [values["case_id"]] if "case_id" in values else [])
        staged = fields.stage(row, values, around, by, entered=False)
        if staged is not None:
            store_fields.write(session, [staged])
    except InvalidRequest as error:
        # The slide matters more than its name: it arrives all the same, and stays as it is.
        logger.info("what a new slide's name says was not kept: %s", error.code)


def label_slide(session: Session, slide_id: str, text: str, *, by: Viewer = SYSTEM) -> bool:
    """Keep what the code on a slide's label says, and what the project's pattern reads from it; fills gaps only.

    Returns
    -------
    bool
        Whether anything changed.
    """
    row = store.slide_by_id(session, slide_id, lock=True)
    if row is None:
        return False
    project = store_cases.project_by_no(session, row.project_no)
    found = store_cases.settings_of(session, project)
    pattern = None if found is None else found[0].pattern
    values: dict[str, Any] = {"label_text": printable(text)[:LONGEST_LABEL]}
    try:
        read = dict((parse_name(pattern, values["label_text"]) if pattern else None) or {})
        if row.case_id is not None:
            read.pop("case", None)  # no empty case for a slide that has one
        return fields.set_fields(session, slide_id, {**read_fields(session, project, read, by=by), **values}, by=by)
    except InvalidRequest as error:
        logger.info("what a label says was not kept: %s", error.code)
        return False


def read_fields(session: Session, project: Project, read: Mapping[str, str], *, by: Viewer) -> dict[str, Any]:
    """Return what a pattern read as fields of a slide; makes the case when it is new."""
    values: dict[str, Any] = {key: read[key] for key in ("part", "block", "stain", "stain_kind") if key in read}
    if "label" in read:
        values["label_text"] = read["label"]
    free = {key: text for key, text in read.items() if key not in (*TYPED_NAMES, "stain_kind")}
    if free:
        values["fields"] = free
    if read.get("case") and _live(project):
        values["case_id"] = ensure_case(session, project.project_id, read["case"], by=by)
    return values


def path_of(row: SlideRecord) -> str:
    """Return a slide's path as patterns read it, with slashes."""
    return PurePath(store.folder_text(row.folder), row.file_name).as_posix()


def _live(project: Project) -> bool:
    return project.trash_root is None
