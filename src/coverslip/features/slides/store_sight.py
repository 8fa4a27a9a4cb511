"""What a viewer may see of the catalogue, as SQL that costs the same however many slides lie below an entry.

``access.visible`` walks down the tree of scopes, which an entry on an archive of 100,000 slides makes
long. The catalogue knows better: a slide is seen by its project, its case or itself, and projects
below one are a range of paths.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import JSON, ColumnElement, String, and_, cast, false, func, literal, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from coverslip.features.access import (
    FULL,
    NOTHING,
    VISITOR,
    Action,
    Claims,
    Standing,
    Visibility,
    claims_of,
    visibility_of_scopes,
)
from coverslip.features.identity import Viewer
from coverslip.features.slides.models import Case, Project, SlideRecord

Filter = ColumnElement[bool]
Range = tuple[str, str]
Key = TypeVar("Key", str, int)

MOST_APART: Final = 5_000
_KEPT: Final = "slides.sight"
_OTHER: Final = aliased(SlideRecord)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said about a project itself: what the viewer was given there, and whether its visibility lets them in."""

    given: Standing | None
    opened: bool | None


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may see now, or do; made by :func:`see`.

    Attributes
    ----------
    claims : Claims
    plain : bool
        Whether the planner may choose among indexes by itself (PostgreSQL): SQLite would look up
        and sort every slide of a large project instead of walking the order asked for.
    marks : mapping of project path to Mark
    by_case : mapping of case id to Standing
    by_slide : mapping of scope id to Standing
        What the viewer was given on cases and slides themselves.
    case_paths : mapping of case id to str
        The paths of the projects of these cases.
    apart : mapping of slide number to Standing, or None
        What the viewer is on each slide that does not simply follow its project; None where these
        are too many to name. Numbers stand in every index, so lists need not look at long rows.
    """

    claims: Claims
    plain: bool
    marks: Mapping[str, Mark] = field(default_factory=dict)
    by_case: Mapping[str, Standing] = field(default_factory=dict)
    by_slide: Mapping[str, Standing] = field(default_factory=dict)
    apart: Mapping[int, Standing] | None = field(default_factory=dict)
    case_paths: Mapping[str, str] = field(default_factory=dict)
    _made: dict[tuple[str, Action], Filter] = field(default_factory=dict, repr=False, compare=False)

    def everywhere(self, action: Action) -> bool:
        """Whether the viewer may do this to all that they see."""
        if self.claims.everything:
            return True
        opened = any(mark.opened for mark in self.marks.values()) and not VISITOR.allows(action)
        return not opened and all(one.allows(action) for one in self._given() if one.allows(Action.VIEW))

    def nowhere(self, action: Action) -> bool:
        """Whether there is nothing that the viewer may do this to."""
        if not self.claims.permits(action):
            return True
        if self.claims.everything:
            return False
        opened = any(mark.opened for mark in self.marks.values()) and VISITOR.allows(action)
        return not opened and not any(one.allows(action) for one in self._given())

    def of_project(self, path: str) -> Standing:
        """Return what the viewer is on a project, by its path."""
        if self.claims.everything:
            return FULL
        above = [self.marks[one] for one in _prefixes(path) if one in self.marks]
        given = next((mark.given for mark in above if mark.given is not None), None)
        if given is not None:
            return given
        opened = next((mark.opened for mark in above if mark.opened is not None), None)
        return VISITOR if opened else NOTHING

    def of_case(self, case: Case, project: Project) -> Standing:
        """Return what the viewer is on a case."""
        return FULL if self.claims.everything else self.by_case.get(case.case_id) or self.of_project(project.path)

    def of_slide(self, row: SlideRecord, project: Project) -> Standing:
        """Return what the viewer is on a slide."""
        if self.claims.everything:
            return FULL
        given = self.by_slide.get(row.scope_id) or self.by_case.get(row.case_id or "")
        return given or self.of_project(project.path)

    def projects(self, column: InstrumentedAttribute[int], action: Action = Action.VIEW) -> Filter:
        """Return the filter for rows whose project, by number, is seen (or may be acted on)."""
        return self._once(str(column), action, lambda: self._projects(column, action))

    def cases(self, action: Action = Action.VIEW) -> Filter:
        """Return the filter for cases that are seen: by their project or themselves."""
        return self._once("case", action, lambda: self._cases(action))

    def slides(self, action: Action = Action.VIEW, *, counting: bool = False) -> Filter:
        """Return the filter for slides that are seen: by their project, their case or themselves.

        It is never NULL, so that its negation keeps the others.

        Parameters
        ----------
        counting : bool
            Whether each slide of a list is asked, not only those up to the end of a page: then it is worth while to
            gather the numbers of the slides with an entry first, so that nobody looks at long rows.
        """
        what = "slide, counting" if counting else "slide"
        return self._once(what, action, lambda: self._slides(action, counting))

    def walked(self, column: InstrumentedAttribute[int]) -> ColumnElement[int]:
        """Return a number's column as one that SQLite looks at but does not search by."""
        return column.expression if self.plain else column + 0

    def _once(self, what: str, action: Action, make: Callable[[], Filter]) -> Filter:
        """Return a filter, made once: a list needs the same one several times."""
        if not self.claims.permits(action):
            return false()
        if self.claims.everything:
            return true()
        if (what, action) not in self._made:
            self._made[what, action] = make()
        return self._made[what, action]

    def _projects(self, column: InstrumentedAttribute[int], action: Action) -> Filter:
        ranges = list(self._ranges(action))
        return self.walked(column).in_(self._numbers_in(ranges)) if ranges else false()

    def _cases(self, action: Action) -> Filter:
        yes, no = self._case_sides(action)
        ways = self.projects(Case.project_no, action)
        if no:
            ways = and_(ways, not_(self.among(Case.case_id, no)))
        return or_(ways, self.among(Case.case_id, yes)) if yes else ways

    def _slides(self, action: Action, counting: bool) -> Filter:
        ways = self.projects(SlideRecord.project_no, action)
        if self.apart is not None:
            included, excluded = _sides(self.apart, action)
            if excluded:
                ways = and_(ways, not_(self.among(SlideRecord.no, excluded)))
            return or_(ways, self.among(SlideRecord.no, included)) if included else ways
        yes, no = self._case_sides(action)
        if no:
            ways = and_(ways, not_(self._in_cases(no, counting)))
        if yes:
            ways = or_(ways, self._in_cases(yes, counting))
        yes, no = _sides(self.by_slide, action)
        if no:
            ways = and_(ways, not_(self._themselves(no, counting)))
        return or_(ways, self._themselves(yes, counting)) if yes else ways

    def _given(self) -> Iterator[Standing]:
        yield from (mark.given for mark in self.marks.values() if mark.given is not None)
        yield from self.by_case.values()
        yield from self.by_slide.values()

    def _ranges(self, action: Action) -> Iterator[Range]:
        """Yield the ranges of paths of the projects that allow an action; a mark holds until one below it."""
        inside: list[tuple[str, bool]] = []
        start: str | None = None
        for path in [*sorted(self.marks), None]:
            while inside and (path is None or not path.startswith(inside[-1][0])):
                end = _end(inside.pop()[0])
                allowed = bool(inside) and inside[-1][1]
                if start is not None and not allowed:
                    yield start, end
                start = None if not allowed else end if start is None else start
            if path is None:
                return
            allowed = self.of_project(path).allows(action)
            if start is not None and not allowed:
                yield start, path
            start = None if not allowed else path if start is None else start
            inside.append((path, allowed))

    def _numbers_in(self, ranges: Collection[Range]) -> Any:
        text = json.dumps(list(ranges))
        if self.plain:
            row = func.json_array_elements(cast(literal(text, String()), JSON)).table_valued("value", name="seen_range")
            low, high = (func.json_extract_path_text(row.c.value, part) for part in ("0", "1"))
        else:
            row = func.json_each(text).table_valued("value", name="seen_range")
            low, high = (func.json_extract(row.c.value, part) for part in ("$[0]", "$[1]"))
        return select(Project.no).select_from(row).join(Project, and_(Project.path >= low, Project.path < high))

    def _case_sides(self, action: Action) -> tuple[list[str], list[str]]:
        """Return the cases where an action is allowed, and where it is not, other than by their projects."""
        of = {path: self.of_project(path).allows(action) for path in set(self.case_paths.values())}
        yes, no = _sides(self.by_case, action)
        return [one for one in yes if not of[self.case_paths[one]]], [one for one in no if of[self.case_paths[one]]]

    def _in_cases(self, case_ids: Collection[str], counting: bool) -> Filter:
        if counting:
            return self._numbered(_OTHER.case_id, case_ids)
        return and_(SlideRecord.case_id.is_not(None), self.among(SlideRecord.case_id, case_ids))

    def _themselves(self, scope_ids: Collection[str], counting: bool) -> Filter:
        if counting:
            return self._numbered(_OTHER.scope_id, scope_ids)
        return self.among(SlideRecord.scope_id, scope_ids)

    def _numbered(self, column: InstrumentedAttribute[Any], values: Collection[str]) -> Filter:
        return self.walked(SlideRecord.no).in_(select(_OTHER.no).where(self.among(column, values)))

    def among(
        self, column: InstrumentedAttribute[Any] | ColumnElement[Any], values: Collection[str] | Collection[int]
    ) -> Filter:
        """Return the filter for a column that has one of some values, however many: they go as one parameter."""
        text = json.dumps(list(values))
        if self.plain:
            row = func.json_array_elements_text(cast(literal(text, String()), JSON)).table_valued("value")
            return column.in_(select(cast(row.c.value, column.type)))
        return column.in_(select(func.json_each(text).table_valued("value").c.value))


def see(session: Session, viewer: Viewer) -> Sight:
    """Return what a viewer may see, and do to what they see; read once in a session."""
    claims = claims_of(session, viewer)
    kept: dict[int, Sight] = session.info.setdefault(_KEPT, {})
    found = kept.get(id(claims))
    if found is None or found.claims is not claims:
        found = kept[id(claims)] = _read(session, claims)
    return found


def visibilities(session: Session) -> Callable[[str], tuple[Visibility, str | None]]:
    """Return a function from a project's path to its visibility and the scope that says so, None where none does."""
    said = visibility_of_scopes(session)
    rows = session.execute(select(Project.path, Project.scope_id).where(Project.scope_id.in_(said))) if said else ()
    by_path = {row[0]: (said[row[1]], row[1]) for row in rows}

    def of(path: str) -> tuple[Visibility, str | None]:
        return next((by_path[one] for one in _prefixes(path) if one in by_path), (Visibility.PRIVATE, None))

    return of


def _read(session: Session, claims: Claims) -> Sight:
    plain = session.get_bind().dialect.name == "postgresql"
    wanted = {one for one, kind in claims.kinds.items() if kind == "project"} | set(claims.opened)
    if claims.everything or not (wanted or claims.entries):
        return Sight(claims, plain)
    bare = Sight(claims, plain)
    paths: dict[str, str] = {}
    if wanted:
        among = bare.among(Project.scope_id, wanted)
        paths = {row[0]: row[1] for row in session.execute(select(Project.scope_id, Project.path).where(among))}
    cases = [one for one, kind in claims.kinds.items() if kind == "case"]
    by_case: dict[str, Standing] = {}
    case_paths: dict[str, str] = {}
    if cases:
        query = select(Case.scope_id, Case.case_id, Project.path).join(Project, Project.no == Case.project_no)
        for scope_id, case_id, path in session.execute(query.where(bare.among(Case.scope_id, cases))):
            by_case[case_id], case_paths[case_id] = claims.entries[scope_id], path
    by_slide = {one: given for one, given in claims.entries.items() if claims.kinds[one] == "slide"}
    return Sight(
        claims,
        plain,
        marks={path: Mark(claims.entries.get(one), claims.opened.get(one)) for one, path in paths.items()},
        by_case=by_case,
        by_slide=by_slide,
        apart=_apart(session, bare, by_case, by_slide),
        case_paths=case_paths,
    )


def _apart(
    session: Session, bare: Sight, by_case: Mapping[str, Standing], by_slide: Mapping[str, Standing]
) -> Mapping[int, Standing] | None:
    """Return what the viewer is on each slide that has an entry, or whose case has one; None of too many."""
    found: dict[int, Standing] = {}
    if len(by_slide) > MOST_APART:
        return None
    if by_case:
        inside = select(SlideRecord.no, SlideRecord.case_id).where(bare.among(SlideRecord.case_id, by_case))
        found |= {row[0]: by_case[row[1] or ""] for row in session.execute(inside.limit(MOST_APART + 1))}
    if len(found) <= MOST_APART and by_slide:
        alone = select(SlideRecord.no, SlideRecord.scope_id).where(bare.among(SlideRecord.scope_id, by_slide))
        found |= {row[0]: by_slide[row[1]] for row in session.execute(alone.limit(MOST_APART + 1))}
    return found if len(found) <= MOST_APART else None


def _sides(given: Mapping[Key, Standing], action: Action) -> tuple[list[Key], list[Key]]:
    """Return where an action is allowed and where it is not."""
    yes = [one for one, standing in given.items() if standing.allows(action)]
    return yes, [one for one, standing in given.items() if not standing.allows(action)]


def _prefixes(path: str) -> Iterator[str]:
    """Yield a path and those above it, the nearest first: ``/1/5/``, ``/1/``."""
    while len(path) > 1:
        yield path
        path = path[: path.rindex("/", 0, -1) + 1]


def _end(path: str) -> str:
    """Return what follows the last path below one; "0" follows "/"."""
    return path[:-1] + "0"
