"""Moving slides to another project or case, and second records on the same bytes."""

from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, create_scope, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import fields, store_cases, store_fields, store_words
from coverslip.features.slides.cases import ensure_case
from coverslip.features.slides.copies import OF_THE_BYTES
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.projects import visible_project
from coverslip.features.slides.rehanging import check_rehang
from coverslip.features.slides.schemas_cases import SlideMove
from coverslip.features.slides.store_fields import Staged
from coverslip.features.slides.store_words import index_words
from coverslip.features.slides.words import case_sort
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import Database, hint

COPIES_AT_ONCE: Final = 40
CASES_AT_ONCE: Final = 50
_KEPT: Final = (
    *OF_THE_BYTES,
    "name",
    "name_sort",
    "mpp_entered",
    "mpp_entered_by",
    "mpp_entered_at",
    "part",
    "block",
    "stain",
    "stain_kind",
    "stain_sort",
    "label_text",
    "tags",
    "rating",
    "fields",
    "entered",
)


def move(db: Database, viewer: Viewer, wanted: SlideMove) -> int:
    """Move slides to a project (and case), all or none; return how many moved. Files stay where they are.

    Without a ``case_id`` each slide goes into the case of the same name there; null takes it out.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest, Conflict
    """
    targets = _targets(db, viewer, wanted, Action.MANAGE)

    def work_out(session: Session) -> list[Staged]:
        rows = store_fields.slides_for(session, viewer, Action.MANAGE, wanted.slide_ids)
        project = visible_project(session, viewer, wanted.project_id)
        staged = []
        for row in rows:
            case = targets.get(row.case_name if _by_name(wanted) else None)
            if row.project_no != project.no or row.case_id != (None if case is None else case.case_id):
                staged.append(_moved(row, project, case, viewer))
        moves = [(one.scope_id, one.parent_scope) for one in staged if one.parent_scope is not None]
        check_rehang(session, viewer, moves, rights_only=False)
        return staged

    return fields.write_staged(db, work_out)


def copy(db: Database, viewer: Viewer, wanted: SlideMove) -> list[str]:
    """Make second records of slides in a project; they share the bytes. Return their ids in order.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    """
    targets = _targets(db, viewer, wanted, Action.EDIT)
    ids = list(dict.fromkeys(wanted.slide_ids))
    made: list[str] = []
    for start in range(0, len(ids), COPIES_AT_ONCE):
        with db.transaction() as session:
            some = ids[start : start + COPIES_AT_ONCE]
            rows = store_fields.slides_for(session, viewer, Action.EDIT, some, also=Action.SEE_IDENTITY)
            project = visible_project(session, viewer, wanted.project_id)
            for row in rows:
                case = targets.get(row.case_name if _by_name(wanted) else None)
                there = project.scope_id if case is None else case.scope_id
                check_rehang(session, viewer, [(row.scope_id, there)], rights_only=True)
                made.append(_copied(session, row, project, case, viewer))
            hint(session, "slides.changed")
    return made


def _by_name(wanted: SlideMove) -> bool:
    return "case_id" not in wanted.model_fields_set


def _targets(db: Database, viewer: Viewer, wanted: SlideMove, action: Action) -> dict[str | None, Case]:
    """Check everything, make the cases that are needed, and return the case of each slide by its case's name.

    Where one case is asked for, it stands under None.
    """
    with db.read() as session:
        rows = store_fields.slides_for(session, viewer, action, wanted.slide_ids)
        project = visible_project(session, viewer, wanted.project_id)
        require(session, viewer, Action.EDIT, project.scope_id)
        if not _by_name(wanted):
            return _one_case(session, viewer, wanted, project)
    names = list(dict.fromkeys(row.case_name for row in rows if row.case_name is not None))
    found: dict[str | None, Case] = {}
    for start in range(0, len(names), CASES_AT_ONCE):
        with db.transaction() as session:
            made = {
                name: ensure_case(session, project.project_id, name, by=viewer)
                for name in names[start : start + CASES_AT_ONCE]
            }
            cases = store_cases.live_cases(session, list(made.values()))
            found |= {name: cases[case_id] for name, case_id in made.items()}
    return found


def _one_case(session: Session, viewer: Viewer, wanted: SlideMove, project: Project) -> dict[str | None, Case]:
    if wanted.case_id is None:
        return {}
    case = store_cases.visible_case(session, viewer, wanted.case_id)
    if case is None or case[0].project_no != project.no:
        problem = FieldProblem("/case_id", "is no case of this project")
        raise InvalidRequest("The case is not one of this project.", [problem])
    require(session, viewer, Action.EDIT, case[0].scope_id)
    return {None: case[0]}


def _moved(row: SlideRecord, project: Project, case: Case | None, by: Viewer) -> Staged:
    values = {**_place(row, project, case), "moved_at": utc_now(), "updated_at": utc_now()}
    detail = {"project_id": project.project_id, "case_id": values["case_id"], "from_case_id": row.case_id}
    return Staged(
        no=row.no,
        slide_id=row.slide_id,
        scope_id=row.scope_id,
        seen_at=row.updated_at,
        values=values,
        words=index_words(row, values) if values["case_name"] != row.case_name else None,
        events=[AuditEvent("slide.moved", by.person_id, by.viewer_id, "slide", row.slide_id, detail=detail)],
        parent_scope=project.scope_id if case is None else case.scope_id,
        drops_grants=True,
    )


def _copied(session: Session, row: SlideRecord, project: Project, case: Case | None, by: Viewer) -> str:
    now = utc_now()
    parent = project.scope_id if case is None else case.scope_id
    copied = SlideRecord(
        slide_id=new_id(),
        scope_id=create_scope(session, "slide", parent),
        copy_of=row.copy_of or row.slide_id,
        created_at=now,
        updated_at=now,
        **{column: getattr(row, column) for column in _KEPT},
        **_place(row, project, case),
    )
    session.add(copied)
    session.flush()
    store_words.write_words(session, copied)
    detail = {"of": row.slide_id, "project_id": project.project_id}
    record(session, AuditEvent("slide.copied", by.person_id, by.viewer_id, "slide", copied.slide_id, detail=detail))
    return copied.slide_id


def _place(row: SlideRecord, project: Project, case: Case | None) -> dict[str, Any]:
    name = None if case is None else case.name
    return {
        "project_no": project.no,
        "case_id": None if case is None else case.case_id,
        "case_name": name,
        "case_sort": case_sort(name, row.stain_kind, row.block, row.stain, row.name_sort),
    }
