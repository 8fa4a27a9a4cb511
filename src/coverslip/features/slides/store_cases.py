"""SQL of cases, and of the settings of projects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from coverslip.features.access import Action, Standing, may, standing
from coverslip.features.identity import Viewer
from coverslip.features.slides.cursors import Place, moment_key, moment_of
from coverslip.features.slides.models import Case, Project, ProjectSettings, SlideRecord
from coverslip.features.slides.schemas_cases import FieldRule
from coverslip.features.slides.store import below
from coverslip.features.slides.store_search import matching_numbers, open_words
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import stain_shown, storable, words_of

MOST_SLIDES: Final = 2000
"""Slides that a case shows; what has more is no case."""


@dataclass(frozen=True, slots=True)
class CaseSelection:
    """Which cases, in which order; ``sort`` is ``name`` or ``created_at``.

    ``q_everywhere`` says that every slide has the words of ``q``, so that looking them up is no use.
    ``hits`` are the numbers of the cases that :func:`looked_up` found for ``q``.
    """

    project: Project | None
    below: bool
    q: str | None
    sort: str
    descending: bool
    q_everywhere: bool = False
    veiled: bool = False
    hits: tuple[int, ...] | None = None

    @property
    def splits(self) -> bool:
        """Whether cases whose names may not be seen stand behind the others, in the order in which they were made."""
        return self.veiled and self.sort == "name"

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


def visible_case(session: Session, viewer: Viewer, case_id: str) -> tuple[Case, Project, Standing] | None:
    """Return a case that the viewer may see and that is not in the trash, its project, and what they are on it."""
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
    return row[0], row[1], standing(session, viewer, row[0].scope_id)


def looked_up(session: Session, viewer: Viewer, selection: CaseSelection) -> CaseSelection:
    """Return a selection with the numbers of the cases that its search finds.

    A search looks at every slide that has the words: once for a list, not for each part of it and its total.
    Each way of finding a case is asked for by itself, because PostgreSQL stops at the first slide of a case that
    has the words only where nothing else may find the case as well.
    """
    ways = _ways(session, viewer, selection)
    if not ways:
        return selection
    query = select(Case.no).join(Project, Project.no == Case.project_no)
    query = query.where(*_filters(session, viewer, selection))
    found = {no for way in ways for no in session.scalars(query.where(way))}
    return replace(selection, hits=tuple(sorted(found)))


def case_page(
    session: Session, viewer: Viewer, selection: CaseSelection, limit: int, after: Place | None
) -> list[tuple[Case, Project]]:
    """Return up to ``limit`` cases after a place."""
    rows: list[tuple[Case, Project]] = []
    parts: list[bool | None] = [False, True] if selection.splits else [None]
    if selection.descending:
        parts.reverse()
    if after is not None and selection.splits:
        parts = parts[parts.index(after.veiled) :]
    for part in parts:
        key = Case.created_at if part else selection.key
        query = select(Case, Project).join(Project, Project.no == Case.project_no)
        query = query.where(*_filters(session, viewer, selection, part=part))
        if after is not None and part in (None, after.veiled):
            moment = part or selection.sort != "name"
            value = moment_of(int(after.key)) if moment else after.key
            here, ours = tuple_(value, after.no), tuple_(key, Case.no)
            query = query.where(ours < here if selection.descending else ours > here)
        order = (key.desc(), Case.no.desc()) if selection.descending else (key, Case.no)
        rows += [(row[0], row[1]) for row in session.execute(query.order_by(*order).limit(limit - len(rows)))]
        if len(rows) >= limit:
            break
    return rows


def case_count(session: Session, viewer: Viewer, selection: CaseSelection) -> int:
    """Count the cases of a list."""
    if selection.hits is not None:
        return len(selection.hits)
    query = select(func.count()).select_from(Case).join(Project, Project.no == Case.project_no)
    return session.scalars(query.where(*_filters(session, viewer, selection))).one()


def place_of(session: Session, viewer: Viewer, case: Case, project: Project, selection: CaseSelection) -> Place:
    """Return the place just after a case."""
    veiled = selection.splits and not see(session, viewer).of_case(case, project).allows(Action.SEE_IDENTITY)
    if selection.sort == "name" and not veiled:
        return Place(case.name_sort, case.no)
    return Place(moment_key(case.created_at), case.no, veiled)


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


def slides_of_case(session: Session, viewer: Viewer, case_id: str, project: Project) -> list[SlideRecord]:
    """Return the slides of a case in the default order; those without names behind the others, as they arrived."""
    sight = see(session, viewer)
    query = select(SlideRecord).where(SlideRecord.case_id == case_id, SlideRecord.trash_root.is_(None))
    query = query.where(sight.slides()).order_by(SlideRecord.case_sort, SlideRecord.no)
    rows = list(session.scalars(query.limit(MOST_SLIDES)))
    nameless = [row for row in rows if not sight.of_slide(row, project).allows(Action.SEE_IDENTITY)]
    nameless.sort(key=lambda row: (row.stain_sort, row.no))
    hidden = {row.no for row in nameless}
    return [row for row in rows if row.no not in hidden] + nameless


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


def _filters(
    session: Session, viewer: Viewer, selection: CaseSelection, *, part: bool | None = None
) -> list[ColumnElement[bool]]:
    sight = see(session, viewer)
    found = [Case.trash_root.is_(None), Project.trash_root.is_(None), sight.cases()]
    if part is not None:
        known = sight.cases(Action.SEE_IDENTITY)
        found.append(not_(known) if part else known)
    if selection.project is not None:
        found.append(below(selection.project) if selection.below else Project.no == selection.project.no)
    if selection.hits is not None:
        found.append(sight.among(sight.walked(Case.no), selection.hits))
    return found


def _ways(session: Session, viewer: Viewer, selection: CaseSelection) -> list[ColumnElement[bool]]:
    """Return the ways in which a search finds a case: by its name, and by one of its slides."""
    if not selection.q:
        return []
    sight = see(session, viewer)
    found: list[ColumnElement[bool]] = []
    words = tuple(words_of([selection.q]))
    plain = selection.q.replace("\0", "").encode("utf-8", "ignore").decode().strip().lower()
    if plain:
        named: ColumnElement[bool] = func.lower(Case.name).contains(plain, autoescape=True)
        found.append(and_(named, sight.cases(Action.SEE_IDENTITY)) if selection.veiled else named)
    inside = and_(SlideRecord.trash_root.is_(None), sight.slides())
    if selection.q_everywhere:
        # The first slide of each case is looked at, not each slide.
        found.append(exists().where(SlideRecord.case_id == Case.case_id, inside))
    elif words:
        number = sight.walked(SlideRecord.no)
        found_by: ColumnElement[bool] = number.in_(matching_numbers(session, words))
        if selection.veiled:
            nameless = matching_numbers(session, open_words(words), name="nameless")
            found_by = and_(found_by, or_(number.in_(nameless), sight.slides(Action.SEE_IDENTITY)))
        if sight.plain:
            holding = select(SlideRecord.case_id).where(found_by, SlideRecord.case_id.is_not(None), inside)
            found.append(Case.case_id.in_(holding))
        else:
            # Until the first slide of a case that fits, by numbers, which stand in the index of cases: SQLite by
            # itself would look at the long row of every slide that has the words.
            found.append(exists().where(SlideRecord.case_id == Case.case_id, found_by, inside))
    return found
