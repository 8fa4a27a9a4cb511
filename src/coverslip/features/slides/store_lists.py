"""SQL of lists: search, filters, order, keyset pages, totals.

A page is found in two steps: numbers from a narrow covering index, then those rows. The place
after the last row of a page is its key and number, so rows that are inserted meanwhile shift nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    func,
    not_,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from coverslip.features.access import Action
from coverslip.features.identity import Viewer
from coverslip.features.slides.cursors import Place, moment_key, moment_of
from coverslip.features.slides.models import Project, SlideRecord, SlideTally
from coverslip.features.slides.store import below
from coverslip.features.slides.store_search import MANY_HITS, few_hits, found_by, open_words
from coverslip.features.slides.store_sight import Sight, see
from coverslip.features.slides.words import exact_word

Filter = ColumnElement[bool] | TextClause
Columns = TypeVarTuple("Columns")
Cube = dict[tuple[str, str, str, str], int]
"""Counts by state, format, stain (as sorted by) and tags (as stored)."""

_IN_NO_CASE: Final = "ix_slide_in_no_case"
_IN_NO_CASE_COUNTED: Final = "ix_slide_in_no_case_counted"

SORT_COLUMNS: Final[dict[str, InstrumentedAttribute[Any]]] = {
    "name": SlideRecord.name_sort,
    "created_at": SlideRecord.created_at,
    "scanned_at": SlideRecord.scanned_sort,
    "size_bytes": SlideRecord.size_bytes,
    "format": SlideRecord.format,
    "state": SlideRecord.state,
    "case": SlideRecord.case_sort,
    "stain": SlideRecord.stain_sort,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which slides, in which order.

    Attributes
    ----------
    project : Project or None
        Only slides of this project.
    below : bool
        Also of the projects below it.
    words : tuple of str
        Folded words; each must begin a word of the slide.
    exact : tuple of tuple of str
        Of each group one word must be there exactly: what filters ask the word index for.
    hits : tuple of int or None
        The numbers of the slides that have these words where :func:`looked_up` found them to be few.
    states, formats, stains : tuple of str
        Allowed values, empty for all.
    tags : tuple of str
        All of them must be there.
    case_id : str or None
        Only slides of this case.
    in_no_case : bool
        Only slides that are in no case.
    trashed : bool
        What lies in the trash, instead of what does not.
    sort : str
        A key of ``SORT_COLUMNS``.
    descending : bool
    veiled : bool
        Whether names of some slides may not be seen by who asks: then neither search nor order may tell them.
    wordless : bool
        Whether tags may not be seen by who asks, so that nothing of them is counted.
    open_hits : tuple of int or None
        Of ``hits``, those that are found without their names.
    action : Action
        What must be allowed with each slide.
    """

    project: Project | None
    below: bool
    words: tuple[str, ...]
    exact: tuple[tuple[str, ...], ...]
    hits: tuple[int, ...] | None
    states: tuple[str, ...]
    formats: tuple[str, ...]
    stains: tuple[str, ...]
    tags: tuple[str, ...]
    case_id: str | None
    in_no_case: bool
    trashed: bool
    sort: str
    descending: bool
    veiled: bool = False
    wordless: bool = False
    open_hits: tuple[int, ...] | None = None
    action: Action = Action.VIEW

    @property
    def splits(self) -> bool:
        """Whether the list is in two parts: slides by their names, then in order of arrival those without."""
        return self.veiled and self.sort in ("name", "case")

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All groups of exact words: of each, one must be there."""
        stains = (tuple(exact_word("s", stain) for stain in self.stains),) if self.stains else ()
        return (*self.exact, *stains, *((exact_word("t", tag),) for tag in self.tags))

    @property
    def searches(self) -> bool:
        """Whether the word index is asked."""
        return bool(self.words or self.groups)

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        """What the list is sorted by, before the number."""
        return SORT_COLUMNS[self.sort]


def place_of(session: Session, viewer: Viewer, row: SlideRecord, project: Project, selection: Selection) -> Place:
    """Return the place just after a row."""
    named = not selection.splits or see(session, viewer).of_slide(row, project).allows(Action.SEE_IDENTITY)
    value = getattr(row, selection.column.key) if named else row.created_at
    return Place(moment_key(value) if isinstance(value, datetime) else value, row.no, veiled=not named)


def page(
    session: Session, viewer: Viewer, selection: Selection, limit: int, after: Place | None, *, backwards: bool = False
) -> list[tuple[SlideRecord, Project]]:
    """Return up to ``limit`` slides after a place (before it when ``backwards``, nearest first)."""
    descending = selection.descending != backwards
    walked = _walks_the_order(session, selection)
    numbers: list[int] = []
    for part in _parts(selection, after, descending=descending):
        here = after if after is not None and part in (None, after.veiled) else None
        query = select(SlideRecord.no).where(*_filters(session, viewer, selection, walked=walked, part=part))
        query = query if walked else _planned(query, selection)
        key = SlideRecord.created_at if part else selection.column
        if here is not None:
            ours, then = tuple_(key, SlideRecord.no), tuple_(*_place_values(selection, here))
            query = query.where(ours < then if descending else ours > then)
        order = (key.desc(), SlideRecord.no.desc()) if descending else (key, SlideRecord.no)
        numbers += session.scalars(query.order_by(*order).limit(limit - len(numbers)))
        if len(numbers) >= limit:
            break
    rows = session.execute(
        select(SlideRecord, Project)
        .join(Project, Project.no == SlideRecord.project_no)
        .where(SlideRecord.no.in_(numbers))
    )
    by_no = {row[0].no: (row[0], row[1]) for row in rows}
    return [by_no[no] for no in numbers if no in by_no]


def count_before(session: Session, viewer: Viewer, selection: Selection, place: Place) -> int:
    """Count the slides of a list that come before a place's own row."""
    here = tuple_(*_place_values(selection, place))
    found = 0
    for part in _parts(selection, None, descending=selection.descending):
        ours = tuple_(SlideRecord.created_at if part else selection.column, SlideRecord.no)
        query = _planned(select(func.count()).select_from(SlideRecord), selection)
        query = query.where(*_filters(session, viewer, selection, part=part, counting=True))
        if part in (None, place.veiled):
            return found + session.scalars(query.where(ours > here if selection.descending else ours < here)).one()
        found += session.scalars(query).one()
    return found


def count_list(session: Session, viewer: Viewer, selection: Selection, place: Place, before: int) -> int | None:
    """Count a list around one of its slides with so many before it, None where :func:`tally` is cheaper.

    Somebody with entries on too many slides has no tally: then those after the place complete those before it.
    """
    if see(session, viewer).apart is not None or selection.searches or selection.in_no_case:
        return None
    return before + 1 + count_before(session, viewer, replace(selection, descending=not selection.descending), place)


def contains(session: Session, viewer: Viewer, selection: Selection, no: int) -> bool:
    """Say whether a slide belongs to a list."""
    query = select(SlideRecord.no).where(SlideRecord.no == no, *_filters(session, viewer, selection))
    return session.scalars(query).first() is not None


def tally(session: Session, viewer: Viewer, selection: Selection) -> Cube:
    """Count the slides by (state, format, stain, tags), whatever the selection says about these four."""
    free = replace(selection, states=(), formats=(), stains=(), tags=(), hits=None, open_hits=None)
    sight = see(session, viewer)
    others = free.searches or free.case_id is not None or free.in_no_case or free.trashed
    if sight.apart is not None and not others:
        parts = (SlideTally.state, SlideTally.format, SlideTally.stain, SlideTally.tags)
        query = select(*parts, func.sum(SlideTally.count)).where(*_in_project(sight, free, SlideTally.project_no))
        query = query.where(sight.projects(SlideTally.project_no))
        counts = {(row[0], row[1], row[2], row[3]): int(row[4]) for row in session.execute(query.group_by(*parts))}
        columns = (SlideRecord.state, SlideRecord.format, SlideRecord.stain_sort, SlideRecord.tags)
        for change, *key in _apart(session, sight, columns, *_in_project(sight, free, SlideRecord.project_no)):
            counts[key[0], key[1], key[2], key[3]] = counts.get((key[0], key[1], key[2], key[3]), 0) + change
        return {key: count for key, count in counts.items() if count > 0}
    if free.searches:
        same = free.groups == selection.groups
        free = replace(free, hits=selection.hits, open_hits=selection.open_hits) if same else looked_up(session, free)
    columns = (SlideRecord.state, SlideRecord.format, SlideRecord.stain_sort, SlideRecord.tags)
    wanted = _planned(select(*columns, func.count()), free, _IN_NO_CASE_COUNTED)
    wanted = wanted.where(*_filters(session, viewer, free, counting=True))
    # In the order of an index that has all four: only its groups are sorted, never every hit.
    wanted = wanted.group_by(SlideRecord.format, SlideRecord.state, SlideRecord.stain_sort, SlideRecord.tags)
    return {(row[0], row[1], row[2], row[3]): int(row[4]) for row in session.execute(wanted)}


def looked_up(session: Session, selection: Selection) -> Selection:
    """Return a selection with the numbers of the slides that have its words, where they are few.

    Only for SQLite, whose planner cannot know how many hits there are; PostgreSQL's can.
    """
    if session.get_bind().dialect.name == "postgresql" or not selection.searches:
        return selection
    hits = few_hits(session, selection.words, selection.groups)
    if hits is None or not (selection.veiled and selection.words):
        return replace(selection, hits=hits)
    return replace(
        selection, hits=hits, open_hits=few_hits(session, open_words(selection.words), selection.groups) or ()
    )


def counts_by_project(session: Session, viewer: Viewer) -> dict[int, int]:
    """Return how many slides lie directly in each project (by number)."""
    sight = see(session, viewer)
    if sight.apart is None:
        every = select(SlideRecord.project_no, func.count()).group_by(SlideRecord.project_no)
        rows = session.execute(every.where(SlideRecord.trash_root.is_(None), sight.slides(counting=True)))
        return {no: int(count) for no, count in rows}
    query = select(SlideTally.project_no, func.sum(SlideTally.count)).group_by(SlideTally.project_no)
    counts = {no: int(count) for no, count in session.execute(query.where(sight.projects(SlideTally.project_no)))}
    for change, no in _apart(session, sight, (SlideRecord.project_no,)):
        counts[no] = counts.get(no, 0) + change
    return counts


def _apart(
    session: Session, sight: Sight, columns: Sequence[InstrumentedAttribute[Any]], *more: Filter
) -> Iterator[tuple[Any, ...]]:
    """Yield what counts by project must be corrected by: +1 or -1, and some columns, of slides that stand apart."""
    if not sight.apart:
        return
    by_project = sight.projects(SlideRecord.project_no)
    query = select(SlideRecord.no, by_project, *columns).where(sight.among(SlideRecord.no, sight.apart), *more)
    for no, counted, *values in session.execute(query.where(SlideRecord.trash_root.is_(None))):
        change = sight.apart[no].allows(Action.VIEW) - bool(counted)
        if change:
            yield change, *values


def _planned(query: Select[*Columns], selection: Selection, in_no_case: str = _IN_NO_CASE) -> Select[*Columns]:
    """Make SQLite start from a few known hits, or read only what is in no case; PostgreSQL's planner does by itself.

    SQLite's would walk an index in the order asked for, or look up each row to see that it is not in the trash.
    """
    if selection.hits is not None:
        return query.with_hint(SlideRecord, "NOT INDEXED", "sqlite")
    if selection.in_no_case and not selection.trashed:
        return query.with_hint(SlideRecord, f"INDEXED BY {in_no_case}", "sqlite")
    return query


def _walks_the_order(session: Session, selection: Selection) -> bool:
    """Whether SQLite walks the order asked for to find slides in no case: they are too many to be sorted."""
    others = selection.trashed or selection.hits is not None or selection.sort == "case"
    if others or not selection.in_no_case or session.get_bind().dialect.name == "postgresql":
        return False
    some = select(SlideRecord.no).where(SlideRecord.case_id.is_(None), SlideRecord.trash_root.is_(None))
    some = _planned(some, selection).limit(MANY_HITS + 1)
    return session.scalars(select(func.count()).select_from(some.subquery())).one() > MANY_HITS


def _parts(selection: Selection, after: Place | None, *, descending: bool) -> list[bool | None]:
    """Return the parts of a list from a place on: None is the whole, True the part without names."""
    if not selection.splits:
        return [None]
    parts: list[bool | None] = [True, False] if descending else [False, True]
    return parts if after is None else parts[parts.index(after.veiled) :]


def _filters(
    session: Session,
    viewer: Viewer,
    selection: Selection,
    *,
    walked: bool = False,
    part: bool | None = None,
    counting: bool = False,
) -> list[Filter]:
    # These words exactly: they let the indexes of live rows be used.
    live = SlideRecord.trash_root.is_not(None) if selection.trashed else SlideRecord.trash_root.is_(None)
    sight = see(session, viewer)
    # Few rows are looked at where a search or a case has found them.
    counting = counting and selection.hits is None and selection.case_id is None
    seen = [sight.slides(selection.action, counting=counting), *_in_project(sight, selection, SlideRecord.project_no)]
    found: list[Filter] = [live, *seen]
    if part is not None:
        named = sight.slides(Action.SEE_IDENTITY, counting=counting)
        found.append(not_(named) if part else named)
    if selection.case_id is not None:
        found.append(SlideRecord.case_id == selection.case_id)
    if selection.in_no_case:
        # The plus sign keeps SQLite from looking up all of these.
        found.append(text("+slide.case_id IS NULL") if walked else SlideRecord.case_id.is_(None))
    if selection.states:
        found.append(SlideRecord.state.in_(selection.states))
    if selection.formats:
        found.append(SlideRecord.format.in_(selection.formats))
    if selection.searches:
        found.append(_matches(session, sight, selection))
    return found


def _in_project(sight: Sight, selection: Selection, column: InstrumentedAttribute[int]) -> list[Filter]:
    if selection.project is None:
        return []
    if not selection.below:
        return [sight.walked(column) == selection.project.no]
    return [sight.walked(column).in_(select(Project.no).where(below(selection.project)))]


def _matches(session: Session, sight: Sight, selection: Selection) -> Filter:
    """Return the filter for slides that the word index finds: by their names only where these may be seen."""
    found = found_by(session, selection.words, selection.groups, selection.hits, "found")
    if not (selection.veiled and selection.words):
        return found
    nameless = found_by(session, open_words(selection.words), selection.groups, selection.open_hits, "nameless")
    # What is found without its names is found with them, too: so both databases start from the words.
    return and_(found, or_(nameless, sight.slides(Action.SEE_IDENTITY)))


def _place_values(selection: Selection, place: Place) -> tuple[Any, int]:
    if place.veiled or selection.sort == "created_at":
        return moment_of(int(place.key)), place.no
    return place.key, place.no
