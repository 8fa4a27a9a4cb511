"""SQL of cases, and of the settings of projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from coverslip.features.access import Action, may
from coverslip.features.identity import Viewer
from coverslip.features.slides.cursors import moment_key, moment_of
from coverslip.features.slides.models import Case, Project, ProjectSettings, SlideRecord
from coverslip.features.slides.schemas_cases import FieldRule
from coverslip.features.slides.store import below
from coverslip.features.slides.store_lists import matching_numbers
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import stain_shown, storable, words_of

MOST_SLIDES: Final = 2000
"""Slides that a case shows; what has more is no case."""


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """Which cases, in which order; ``sort`` is ``name`` or ``created_at``.

    ``q_everywhere`` says that every slide has the words of ``q``, so that looking them up is no use.
    """

    project: Project | None
    below: bool
    q: str | None
    sort: str
    descending: bool
    q_everywhere: bool = False

    @property
    def key(self) -> Any:
        """The column that the list is sorted by, before the number."""
        return Case.name_sort if self.sort == "name" else Case.created_at


def case_named(session: Session, project_no: int, name: str, trash_root: str | None = None) -> Case | None:
    """Return the case of this name in a project: the live one, or for a trashed project that in its trash."""
    same = Case.trash_root.is_(None) if trash_root is None else Case.trash_root == trash_root
    return session.scalars(select(Case).where(Case.project_no == project_no, Case.name == name, same)).first()


def live_cases(session: Session, case_ids: Sequence[str]) -> dict[str, Case]:
    """Return cases that are not in the trash, whoever may see them."""
    wanted = [one for one in case_ids if storable(one)]
    if not wanted:
        return {}
    rows = session.scalars(select(Case).where(Case.case_id.in_(wanted), Case.trash_root.is_(None)))
    return {row.case_id: row for row in rows}


def visible_case(session: Session, viewer: Viewer, case_id: str) -> tuple[Case, Project] | None:
    """Return a case that the viewer may see and that is not in the trash, and its project."""
    if not storable(case_id):
        return None
    row = session.execute(
        select(Case, Project)
        .join(Project, Project.no == Case.project_no)
        .where(
            Case.case_id == case_id,
            Case.trash_root.is_(None),
            Project.trash_root.is_(None),
        )
    ).first()
    if row is None or not may(session, viewer, Action.VIEW, row[0].scope_id):
        return None
    return row[0], row[1]


def case_page(
    session: Session, viewer: Viewer, selection: CaseSelection, limit: int, after: tuple[Any, int] | None
) -> list[tuple[Case, Project]]:
    """Return up to ``limit`` cases after a place."""
    key = selection.key
    query = select(Case, Project).join(Project, Project.no == Case.project_no)
    query = query.where(*_filters(session, viewer, selection))
    if after is not None:
        value = after[0] if selection.sort == "name" else moment_of(after[0])
        here, ours = tuple_(value, after[1]), tuple_(key, Case.no)
        query = query.where(ours < here if selection.descending else ours > here)
    order = (key.desc(), Case.no.desc()) if selection.descending else (key, Case.no)
    return [(row[0], row[1]) for row in session.execute(query.order_by(*order).limit(limit))]


def case_count(session: Session, viewer: Viewer, selection: CaseSelection) -> int:
    """Count the cases of a list."""
    query = select(func.count()).select_from(Case).join(Project, Project.no == Case.project_no)
    return session.scalars(query.where(*_filters(session, viewer, selection))).one()


def place_of(case: Case, selection: CaseSelection) -> tuple[str | int, int]:
    """Return the place just after a case."""
    if selection.sort == "name":
        return case.name_sort, case.no
    return moment_key(case.created_at), case.no


def contents(session: Session, viewer: Viewer, case_ids: Sequence[str]) -> dict[str, tuple[int, list[str]]]:
    """Return how many slides each case has, and their stains in the order of lists."""
    found: dict[str, tuple[int, list[str]]] = {}
    query = select(SlideRecord.case_id, SlideRecord.stain_sort, func.count())
    query = query.where(SlideRecord.case_id.in_(case_ids), SlideRecord.trash_root.is_(None))
    query = query.where(see(session, viewer).slides()).group_by(SlideRecord.case_id, SlideRecord.stain_sort)
    for case_id, key, count in session.execute(query.order_by(SlideRecord.stain_sort)):
        if case_id is None:
            continue
        total, stains = found.get(case_id, (0, []))
        stain = stain_shown(key)
        found[case_id] = (total + count, [*stains, stain] if stain else stains)
    return found


def slides_of_case(session: Session, viewer: Viewer, case_id: str) -> list[SlideRecord]:
    """Return the slides of a case in the default order."""
    query = select(SlideRecord).where(SlideRecord.case_id == case_id, SlideRecord.trash_root.is_(None))
    query = query.where(see(session, viewer).slides()).order_by(SlideRecord.case_sort, SlideRecord.no)
    return list(session.scalars(query.limit(MOST_SLIDES)))


def all_slides_of_case(session: Session, case_id: str) -> list[SlideRecord]:
    """Return every slide of a case, in the trash too, to be changed with it."""
    query = select(SlideRecord).where(SlideRecord.case_id == case_id).order_by(SlideRecord.no)
    return list(session.scalars(query.with_for_update()))


def settings_of(session: Session, project: Project) -> tuple[ProjectSettings, int] | None:
    """Return the settings in force for a project, and the number of the project that they belong to."""
    numbers = [int(part) for part in project.path.strip("/").split("/")]
    rows = session.scalars(select(ProjectSettings).where(ProjectSettings.project_no.in_(numbers)))
    found = {row.project_no: row for row in rows}
    return next(((found[no], no) for no in reversed(numbers) if no in found), None)


def rules_of(session: Session, project: Project, applies_to: str) -> list[FieldRule]:
    """Return the rules of the schema in force for a project's slides or cases."""
    found = settings_of(session, project)
    rules = [] if found is None else [FieldRule.model_validate(one) for one in found[0].metadata_schema]
    return [rule for rule in rules if rule.applies_to == applies_to]


def put_settings(session: Session, project_no: int, **values: Any) -> None:
    """Replace a project's own settings."""
    row = session.get(ProjectSettings, project_no)
    if row is None:
        session.add(ProjectSettings(project_no=project_no, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()


def project_by_no(session: Session, no: int) -> Project:
    """Return a project by its number."""
    return session.scalars(select(Project).where(Project.no == no)).one()


def rename_path(session: Session, project_no: int, **values: Any) -> None:
    """Set columns of a project."""
    session.execute(
        update(Project).where(Project.no == project_no).values(**values).execution_options(synchronize_session=False)
    )


def _filters(session: Session, viewer: Viewer, selection: CaseSelection) -> list[ColumnElement[bool]]:
    found = [Case.trash_root.is_(None), Project.trash_root.is_(None), see(session, viewer).cases()]
    if selection.project is not None:
        found.append(below(selection.project) if selection.below else Project.no == selection.project.no)
    if selection.q:
        words = tuple(words_of([selection.q]))
        plain = selection.q.replace("\0", "").encode("utf-8", "ignore").decode().strip().lower()
        named = func.lower(Case.name).contains(plain, autoescape=True)
        if selection.q_everywhere:
            # The first slide of each case is looked at, not each slide.
            found.append(
                or_(named, exists().where(SlideRecord.case_id == Case.case_id, SlideRecord.trash_root.is_(None)))
            )
        elif words:
            hits = matching_numbers(session, words)
            holding = select(SlideRecord.case_id).where(
                SlideRecord.no.in_(hits), SlideRecord.case_id.is_not(None), SlideRecord.trash_root.is_(None)
            )
            found.append(or_(named, Case.case_id.in_(holding)))
        elif plain:
            found.append(named)
    return found
