"""What is known about a slide beside its pixels: typed fields, tags, rating, key-values; every change of them.

A change is worked out first (:func:`stage`) and written later, so that a thousand slides hold the
write transaction only as long as the writing takes.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.core.time import utc_now
from coverslip.features.access import Action
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.slides import field_rules, store, store_cases, store_fields
from coverslip.features.slides.detail import named
from coverslip.features.slides.identity_fields import needs_identity
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.rehanging import check_rehang
from coverslip.features.slides.schemas import SlideBatch, SlidePatch
from coverslip.features.slides.schemas_cases import FieldRule
from coverslip.features.slides.stains import StainKind, canonical_stain, stain_kind_of
from coverslip.features.slides.store_fields import Staged, Stale
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.store_words import index_words
from coverslip.features.slides.words import case_sort, printable, sort_key, stain_sort, tags_text
from coverslip.infra.audit import AuditEvent, value_hash
from coverslip.infra.db import Database

PLAIN: Final = ("part", "block", "label_text")
TYPED: Final = ("case_id", "part", "block", "stain", "stain_kind", "label_text", "tags", "rating")
LONGEST_CASE_NAME: Final = 120
LONGEST_TAGS: Final = 300
MOST_FIELDS: Final = 200
_TRIES: Final = 5


@dataclass(slots=True)
class Surroundings:
    """What a change is checked against: read once, used for every slide of it."""

    projects: dict[int, Project] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    rules: dict[int, list[FieldRule]] = field(default_factory=dict)
    named: dict[tuple[int, str], Case | None] = field(default_factory=dict)
    nameless: frozenset[int] = frozenset()


def surroundings(
    session: Session, rows: Sequence[SlideRecord], case_ids: Sequence[str] = (), by: Viewer = SYSTEM
) -> Surroundings:
    """Read what changes of these slides are checked against, and which of their names ``by`` may not see."""
    projects = store_fields.projects_of(session, rows)
    sight = see(session, by)
    return Surroundings(
        nameless=frozenset(row.no for row in rows if not named(sight.of_slide(row, projects[row.project_no]))),
        projects=projects,
        cases=store_cases.live_cases(session, case_ids),
        rules={no: store_cases.rules_of(session, project, "slide") for no, project in projects.items()},
    )


def find_case(session: Session, around: Surroundings, project: Project, name: str) -> Case | None:
    """Return the case of a name in a project, None where there is none, looking each up once."""
    key = (project.no, clean(name)[:LONGEST_CASE_NAME].strip())
    if key not in around.named:
        around.named[key] = store_cases.case_named(session, *key, project.trash_root)
    case = around.named[key]
    if case is not None:
        around.cases[case.case_id] = case
    return case


def clean(text: str) -> str:
    """Return a text on one line, without what cannot be stored or shown."""
    return printable(" ".join(text.split()))


def stage(
    row: SlideRecord, wanted: Mapping[str, Any], around: Surroundings, by: Viewer, *, entered: bool = True
) -> Staged | None:
    """Work out what a change does to one slide, None when it changes nothing.

    Parameters
    ----------
    wanted : mapping
        New values by their name in :class:`SlidePatch`; ``fields`` merges key by key.
    entered : bool
        Whether a person says so, so that no pattern overwrites it later.

    Raises
    ------
    InvalidRequest
        A value cannot be used, or the project's schema refuses it.
    """
    values, events = _renamed(row, wanted, by)
    typed = _typed(row, wanted, around)
    values.update(typed)
    changed = {name for name in ("part", "block", "label_text", "stain") if name in typed}
    now: dict[str, Any] = {name: typed[name] for name in changed}
    if "fields" in typed:
        old, new = row.fields, typed["fields"]
        now |= {
            key: new.get(key) for key in {*old, *new} if old.get(key) != new.get(key) or (key in new) != (key in old)
        }
    problems = field_rules.check(around.rules.get(row.project_no, []), now)
    if problems:
        name = f"Slide {row.no}" if row.no in around.nameless else row.name
        raise InvalidRequest(f"{name}: {problems[0].detail}.", problems)
    if entered:
        names = {name for name in wanted if name in TYPED}
        names |= {f"fields.{key}" for key in wanted.get("fields") or {}}
        if not names <= set(row.entered):
            values["entered"] = sorted({*row.entered, *names})
    if typed or "entered" in values:
        key = values.get("audit_key") or row.audit_key or os.urandom(32)
        values["audit_key"] = key
        detail: dict[str, Any] = {"changed": sorted(name for name in typed if name in TYPED or name == "fields")}
        detail |= {
            "value_hmac": _hashed(key, typed),
            "old_hmac": _hashed(key, {one: getattr(row, one) for one in typed}),
        }
        if "case_id" in typed:
            detail |= {"case_id": typed["case_id"], "from_case_id": row.case_id}
        events.append(_event(row, by, "slide.fields_changed", detail))
    if not values:
        return None
    _derive(row, values)
    parent = None
    if "case_id" in typed:
        case = around.cases.get(typed["case_id"] or "")
        parent = around.projects[row.project_no].scope_id if case is None else case.scope_id
    return Staged(
        no=row.no,
        slide_id=row.slide_id,
        scope_id=row.scope_id,
        seen_at=row.updated_at,
        values={**values, "updated_at": utc_now()},
        words=index_words(row, values) if typed or "name" in values else None,
        events=events,
        parent_scope=parent,
        drops_grants="mpp_entered" in values,
    )


def change_slides(db: Database, viewer: Viewer, batch: SlideBatch) -> int:
    """Make one change to many slides, to all or to none; return how many it changed.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest, Conflict
    """
    wanted = patch_values(batch.patch)
    if "name" in wanted:
        raise InvalidRequest("Slides are renamed one by one.", [FieldProblem("/patch/name", "is for one slide only")])

    def work_out(session: Session) -> list[Staged]:
        rows = store_fields.slides_for(session, viewer, Action.EDIT, batch.slide_ids)
        if needs_identity(session, rows, batch.patch):
            store_fields.slides_for(session, viewer, Action.SEE_IDENTITY, batch.slide_ids)
        around = surroundings(session, rows, _case_ids(wanted), viewer)
        try:
            staged = [one for row in rows if (one := stage(row, wanted, around, viewer)) is not None]
            _check_places(session, viewer, staged)
            return staged
        except InvalidRequest as error:
            inside = [FieldProblem(f"/patch{one.pointer}", one.detail) for one in error.problems]
            raise InvalidRequest(error.message, inside) from error

    return write_staged(db, work_out)


def write_staged(db: Database, work_out: Callable[[Session], list[Staged]]) -> int:
    """Work a change out while nobody waits, then write it in one short transaction; again if a slide moved on."""
    for attempt in range(_TRIES):
        with db.read() as session:
            staged = work_out(session)
        if not staged:
            return 0
        try:
            with db.transaction() as session:
                store_fields.write(session, staged)
        except Stale:
            if attempt == _TRIES - 1:
                raise
            continue
        return len(staged)
    return 0


def change_one(session: Session, viewer: Viewer, row: SlideRecord, patch: SlidePatch) -> bool:
    """Change one slide in the caller's transaction; say whether anything changed."""
    wanted = patch_values(patch)
    staged = stage(row, wanted, surroundings(session, [row], _case_ids(wanted), viewer), viewer)
    if staged is not None:
        _check_places(session, viewer, [staged])
        store_fields.write(session, [staged])
    return staged is not None


def _check_places(session: Session, viewer: Viewer, staged: Sequence[Staged]) -> None:
    moves = [(one.scope_id, one.parent_scope) for one in staged if one.parent_scope is not None]
    check_rehang(session, viewer, moves, rights_only=False)


def set_fields(
    session: Session, slide_id: str, values: Mapping[str, Any], *, by: Viewer = SYSTEM, only_empty: bool = True
) -> bool:
    """Set what is known of a slide from its name, label or folder, in the caller's transaction.

    Parameters
    ----------
    values : mapping
        Of ``case_id, part, block, stain, stain_kind, label_text, fields``; None values are left out.
    only_empty : bool
        Fill gaps only, and never what a person entered (even when they emptied it).

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    InvalidRequest
        A value does not keep the project's schema.
    """
    session.flush()
    row = store.slide_by_id(session, slide_id, lock=True)
    if row is None:
        return False
    wanted = filling(row, values) if only_empty else {key: value for key, value in values.items() if value is not None}
    around = surroundings(session, [row], _case_ids(wanted))
    staged = stage(row, wanted, around, by, entered=False)
    if staged is not None:
        store_fields.write(session, [staged])
    return staged is not None


def filling(row: SlideRecord, values: Mapping[str, Any], *, gaps_only: bool = True) -> dict[str, Any]:
    """Return those of some values that may be set without overwriting a person, or (gaps only) anything."""
    entered = set(row.entered)
    wanted: dict[str, Any] = {}
    for key, value in values.items():
        if value is None or key in entered or key == "fields":
            continue
        if not gaps_only or getattr(row, key) in (None, ""):
            wanted[key] = value
    if "stain_kind" in wanted and "stain" in values and "stain" not in wanted:
        del wanted["stain_kind"]
    extra = {
        key: value
        for key, value in (values.get("fields") or {}).items()
        if f"fields.{key}" not in entered and (not gaps_only or row.fields.get(key) in (None, ""))
    }
    if extra:
        wanted["fields"] = extra
    return wanted


def patch_values(patch: SlidePatch) -> dict[str, Any]:
    """Return what a patch says, by name."""
    return {name: getattr(patch, name) for name in patch.model_fields_set}


def _case_ids(wanted: Mapping[str, Any]) -> list[str]:
    return [wanted["case_id"]] if wanted.get("case_id") else []


def _renamed(row: SlideRecord, wanted: Mapping[str, Any], by: Viewer) -> tuple[dict[str, Any], list[AuditEvent]]:
    """Return new name and pixel size with their own audit records, which are older than the other fields'."""
    values: dict[str, Any] = {}
    events = []
    name = wanted.get("name")
    if name is not None and printable(name) != row.name:
        values |= {"name": printable(name), "name_sort": sort_key(name)}
        events.append(("slide.renamed", printable(name), row.name))
    if "mpp" in wanted and wanted["mpp"] != row.mpp_entered:
        mpp = wanted["mpp"]
        values |= {"mpp_entered": mpp, "mpp_entered_by": None if mpp is None else by.name}
        values["mpp_entered_at"] = None if mpp is None else utc_now()
        events.append(("slide.scale_entered", str(mpp), str(row.mpp_entered)))
    if not events:
        return {}, []
    key = row.audit_key or os.urandom(32)
    values["audit_key"] = key
    hashed = [(one, {"value_hmac": value_hash(key, new), "old_hmac": value_hash(key, old)}) for one, new, old in events]
    return values, [_event(row, by, action, detail) for action, detail in hashed]


def _hashed(key: bytes, values: Mapping[str, Any]) -> str:
    return value_hash(key, json.dumps(values, sort_keys=True, ensure_ascii=False, default=str))


def _typed(row: SlideRecord, wanted: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """Return the columns that a change sets to something new, cleaned."""
    values: dict[str, Any] = {}
    for name in PLAIN:
        if name in wanted:
            values[name] = clean(wanted[name] or "") or None
    if "stain" in wanted:
        stain = canonical_stain(clean(wanted["stain"] or ""))[0] or None
        kind = stain_kind_of(stain)
        values |= {"stain": stain, "stain_kind": None if kind is None else kind.value}
    if wanted.get("stain_kind") is not None or ("stain_kind" in wanted and "stain" not in wanted):
        values["stain_kind"] = None if wanted["stain_kind"] is None else StainKind(wanted["stain_kind"]).value
    if "rating" in wanted:
        values["rating"] = wanted["rating"]
    if "tags" in wanted:
        values["tags"] = checked_tags(wanted["tags"] or [])
    if "fields" in wanted:
        values["fields"] = merged_fields(row.fields, wanted["fields"] or {})
    if "case_id" in wanted:
        values |= _placed(row, wanted["case_id"], around)
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _placed(row: SlideRecord, case_id: str | None, around: Surroundings) -> dict[str, Any]:
    if case_id is None:
        return {"case_id": None, "case_name": None}
    case = around.cases.get(case_id)
    if case is None or case.project_no != row.project_no:
        problem = FieldProblem("/case_id", "is no case of the slide's project")
        raise InvalidRequest("The case is not one of the slide's project.", [problem])
    return {"case_id": case.case_id, "case_name": case.name}


def checked_tags(tags: Sequence[str]) -> str:
    """Return tags as they are stored.

    Raises
    ------
    InvalidRequest
        Together they are too long.
    """
    text = tags_text([one for one in map(clean, tags) if one])
    if len(text) > LONGEST_TAGS:
        problem = FieldProblem("/tags", f"are longer than {LONGEST_TAGS} characters together")
        raise InvalidRequest("There are too many tags.", [problem])
    return text


def merged_fields(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return key-values with changes merged in; None deletes a key.

    Raises
    ------
    InvalidRequest
        There would be too many.
    """
    new = dict(old)
    for key, value in changes.items():
        name = clean(key)
        shown = clean(value) if isinstance(value, str) else value
        if shown is None or shown == "":
            new.pop(name, None)
        elif name:
            new[name] = shown
    if len(new) > MOST_FIELDS:
        raise InvalidRequest("There are too many fields.", [FieldProblem("/fields", f"are more than {MOST_FIELDS}")])
    return new


def _derive(row: SlideRecord, values: dict[str, Any]) -> None:
    """Set what lists sort by."""

    def now(name: str) -> Any:
        return values[name] if name in values else getattr(row, name)

    values["stain_sort"] = stain_sort(now("stain"), now("stain_kind"))
    values["case_sort"] = case_sort(now("case_name"), now("stain_kind"), now("block"), now("stain"), now("name_sort"))


def _event(row: SlideRecord, by: Viewer, action: str, detail: Mapping[str, Any]) -> AuditEvent:
    return AuditEvent(action, by.person_id, by.viewer_id, "slide", row.slide_id, detail=detail)
