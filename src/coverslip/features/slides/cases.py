"""Cases: listing, showing, making and changing them."""

import json
import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, Standing, check, create_scope, reads_words, require, standing
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.slides import detail, field_rules, store, store_cases, store_search, store_words
from coverslip.features.slides.cursors import read_place, write_place
from coverslip.features.slides.detail import standing_out
from coverslip.features.slides.fields import LONGEST_CASE_NAME, checked_tags, clean, merged_fields
from coverslip.features.slides.identity_fields import OpenKeys
from coverslip.features.slides.models import Case, Project
from coverslip.features.slides.schemas_cases import CaseDetail, CaseIn, CaseList, CasePatch, CaseSort, CaseSummary
from coverslip.features.slides.showing import shown_slides
from coverslip.features.slides.standins import numbers_for
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import case_sort, printable, sort_key, tags_of
from coverslip.infra.audit import AuditEvent, record, value_hash
from coverslip.infra.db import hint


def list_cases(
    session: Session,
    viewer: Viewer,
    *,
    project_id: str | None = None,
    include_below: bool = True,
    q: str | None = None,
    sort: CaseSort = "name",
    limit: int = 100,
    cursor: str | None = None,
) -> CaseList:
    """Return one page of cases.

    Raises
    ------
    NotFound
        The project does not exist or is foreign.
    InvalidRequest
        The cursor is not one of this list.
    """
    project = None
    if project_id is not None:
        project = store.visible_project(session, viewer, project_id)
        if project is None:
            raise NotFound
    sight = see(session, viewer)
    veiled = not sight.everywhere(Action.SEE_IDENTITY)
    words = store_search.query_words(q)
    everywhere = bool(words) and not veiled and store_search.matches_everything(session, words)
    order = (sort.removeprefix("-"), sort.startswith("-"))
    wanted = store_cases.CaseSelection(project, include_below, q, *order, everywhere, veiled)
    selection = store_cases.looked_up(session, viewer, wanted)
    kind = str if selection.sort == "name" else int
    after = None if cursor is None else read_place(cursor, sort, kind, splits=selection.splits)
    rows = store_cases.case_page(session, viewer, selection, limit + 1, after)
    more = len(rows) > limit
    rows = rows[:limit]
    inside, keys = store_cases.contents(session, viewer, [case.case_id for case, _ in rows]), OpenKeys(session, "case")
    numbers = numbers_for(session, viewer, "case", [case.no for case, _ in rows])
    return CaseList(
        items=[
            _summary(case, where, viewer, sight.of_case(case, where), keys, numbers, *inside.get(case.case_id, (0, [])))
            for case, where in rows
        ],
        next_cursor=write_place(sort, store_cases.place_of(session, viewer, *rows[-1], selection)) if more else None,
        total=store_cases.case_count(session, viewer, selection),
    )


def get_case(session: Session, viewer: Viewer, case_id: str) -> CaseDetail:
    """Return a case with its slides.

    Raises
    ------
    NotFound
        Absent and foreign cases give the same answer.
    """
    return _detail(session, viewer, *_visible(session, viewer, case_id))


def create_case(session: Session, viewer: Viewer, wanted: CaseIn) -> CaseDetail:
    """Make a case in a project.

    Raises
    ------
    NotFound, Forbidden
    Conflict
        The project has a case of this name.
    InvalidRequest
        The project's schema refuses the fields.
    """
    project = store.visible_project(session, viewer, wanted.project_id)
    if project is None:
        raise NotFound
    require(session, viewer, Action.EDIT, project.scope_id)
    # Whether a name is taken tells whose case is here, so only who may see names may give one.
    require(session, viewer, Action.SEE_IDENTITY, project.scope_id)
    name = case_name(wanted.name)
    if store_cases.case_named(session, project.no, name) is not None:
        raise Conflict("The project has a case of this name already.")
    rules = store_cases.rules_of(session, project, "case")
    fields = merged_fields(field_rules.defaults(rules), wanted.fields or {})
    problems = field_rules.check(rules, {rule.key: fields.get(rule.key) for rule in rules})
    if problems:
        raise InvalidRequest(f"{problems[0].detail}.", problems)
    row = _new_case(session, project, name, by=viewer, fields=fields, tags=checked_tags(wanted.tags or []))
    return _detail(session, viewer, row, project, standing(session, viewer, row.scope_id))


def change_case(session: Session, viewer: Viewer, case_id: str, patch: CasePatch) -> CaseDetail:
    """Rename a case or change its fields and tags; its slides are found by the new name at once.

    Raises
    ------
    NotFound, Forbidden, Conflict, InvalidRequest
    """
    row, project, what = _visible(session, viewer, case_id)
    check(viewer, Action.EDIT, what)
    if patch.name is not None or not set(patch.fields or {}) <= OpenKeys(session, "case").of(project):
        check(viewer, Action.SEE_IDENTITY, what)
    changed: dict[str, Any] = {}
    if patch.name is not None and case_name(patch.name) != row.name:
        changed["name"] = case_name(patch.name)
        if store_cases.case_named(session, row.project_no, changed["name"]) is not None:
            raise Conflict("The project has a case of this name already.")
    if "tags" in patch.model_fields_set and checked_tags(patch.tags or []) != row.tags:
        changed["tags"] = checked_tags(patch.tags or [])
    if "fields" in patch.model_fields_set:
        fields = merged_fields(row.fields, patch.fields or {})
        if fields != row.fields:
            changed["fields"] = fields
    if changed:
        _write(session, viewer, row, project, changed)
    return _detail(session, viewer, row, project, what)


def ensure_case(session: Session, project_id: str, name: str, *, by: Viewer = SYSTEM) -> str:
    """Return the case of this name in a project, making it when there is none.

    Raises
    ------
    NotFound
        There is no such project.
    """
    project = store.project_by_id(session, project_id)
    if project is None:
        raise NotFound
    shown = case_name(name)
    found = store_cases.case_named(session, project.no, shown, project.trash_root)
    if found is not None:
        return found.case_id
    rules = store_cases.rules_of(session, project, "case")
    return _new_case(session, project, shown, by=by, fields=field_rules.defaults(rules)).case_id


def case_name(name: str) -> str:
    """Return a case's name as it is kept.

    Raises
    ------
    InvalidRequest
        Nothing is left of it.
    """
    shown = clean(name)[:LONGEST_CASE_NAME].strip()
    if not shown:
        raise InvalidRequest("A case needs a name.", [FieldProblem("/name", "is empty")])
    return shown


def _new_case(
    session: Session, project: Project, name: str, *, by: Viewer, fields: dict[str, Any], tags: str = ""
) -> Case:
    now = utc_now()
    row = Case(
        case_id=new_id(),
        project_no=project.no,
        scope_id=create_scope(session, "case", project.scope_id),
        name=printable(name),
        name_sort=sort_key(name),
        tags=tags,
        fields=fields,
        created_at=now,
        updated_at=now,
        trash_root=project.trash_root,
        trashed_at=project.trashed_at,
        trashed_by=project.trashed_by,
    )
    session.add(row)
    session.flush()
    record(session, AuditEvent("case.created", by.person_id, by.viewer_id, "case", row.case_id))
    hint(session, "slides.changed")
    return row


def _write(session: Session, viewer: Viewer, row: Case, project: Project, changed: dict[str, Any]) -> None:
    if "fields" in changed:
        old, new = row.fields, changed["fields"]
        now = {key: new.get(key) for key in {*old, *new} if old.get(key) != new.get(key)}
        problems = field_rules.check(store_cases.rules_of(session, project, "case"), now)
        if problems:
            raise InvalidRequest(f"{problems[0].detail}.", problems)
    for name, value in changed.items():
        setattr(row, name, value)
    if "name" in changed:
        row.name_sort = sort_key(row.name)
    row.audit_key = row.audit_key or os.urandom(32)
    row.updated_at = utc_now()
    text = json.dumps(changed, sort_keys=True, ensure_ascii=False)
    detail = {"changed": sorted(changed), "value_hmac": value_hash(row.audit_key, text)}
    record(session, AuditEvent("case.changed", viewer.person_id, viewer.viewer_id, "case", row.case_id, detail=detail))
    session.flush()
    if "name" in changed:
        slides = store_cases.all_slides_of_case(session, row.case_id)
        for slide in slides:
            slide.case_name = row.name
            slide.case_sort = case_sort(row.name, slide.stain_kind, slide.block, slide.stain, slide.name_sort)
            slide.updated_at = row.updated_at
        session.flush()
        store_words.put_words(session, {slide.no: store_words.index_words(slide) for slide in slides})
    hint(session, "slides.changed")


def _visible(session: Session, viewer: Viewer, case_id: str) -> tuple[Case, Project, Standing]:
    found = store_cases.visible_case(session, viewer, case_id)
    if found is None:
        raise NotFound
    return found


def _detail(session: Session, viewer: Viewer, row: Case, project: Project, what: Standing) -> CaseDetail:
    inside = store_cases.slides_of_case(session, viewer, row.case_id, project)
    slides = shown_slides(session, viewer, [(slide, project) for slide in inside])
    stains = store_cases.contents(session, viewer, [row.case_id]).get(row.case_id, (0, []))[1]
    numbers = numbers_for(session, viewer, "case", [row.no])
    shown = _summary(row, project, viewer, what, OpenKeys(session, "case"), numbers, len(slides), stains)
    return CaseDetail(**shown.model_dump(), slides=slides)


def _summary(
    row: Case,
    project: Project,
    viewer: Viewer,
    what: Standing,
    keys: OpenKeys,
    numbers: Mapping[int, int],
    count: int,
    stains: list[str],
) -> CaseSummary:
    return CaseSummary(
        **standing_out(what),
        case_id=row.case_id,
        no=row.no,
        project_id=project.project_id,
        name=detail.case_name(row, what, numbers[row.no]),
        slide_count=count,
        stains=stains,
        fields=row.fields if detail.named(what) else keys.kept(row.fields, project),
        tags=tags_of(row.tags) if reads_words(viewer, what) else [],
        created_at=row.created_at,
    )
