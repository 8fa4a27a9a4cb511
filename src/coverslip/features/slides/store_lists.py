"""SQL of lists: search, filters, order, keyset pages, totals.

A page is found in two steps: numbers from a narrow covering index, then those rows. The place
after the last row of a page is its key and number, so rows that are inserted meanwhile shift nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import ColumnElement, Select, TextClause, TextualSelect, func, literal_column, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from coverslip.features.identity import Viewer
from coverslip.features.slides.cursors import moment_key, moment_of
from coverslip.features.slides.models import Project, SlideRecord, SlideTally
from coverslip.features.slides.store import below
from coverslip.features.slides.store_sight import Sight, see
from coverslip.features.slides.words import exact_word, words_of

Filter = ColumnElement[bool] | TextClause
Columns = TypeVarTuple("Columns")
Cube = dict[tuple[str, str, str, str], int]
"""Counts by state, format, stain (as sorted by) and tags (as stored)."""

MANY_HITS: Final = 5_000
"""Beyond this many hits SQLite walks the sort order and tests each row, instead of sorting the hits."""

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
        The numbers of the slides that have these words where :func:`look_up` found them to be few.
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


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: just after the row with this key and number."""

    key: str | int
    no: int


def query_words(q: str | None) -> tuple[str, ...]:
    """Return the folded words of a search."""
    return tuple(words_of([q])) if q else ()


def place_of(row: SlideRecord, selection: Selection) -> Place:
    """Return the place just after a row."""
    value = getattr(row, selection.column.key)
    return Place(moment_key(value) if isinstance(value, datetime) else value, row.no)


def page(
    session: Session, viewer: Viewer, selection: Selection, limit: int, after: Place | None, *, backwards: bool = False
) -> list[tuple[SlideRecord, Project]]:
    """Return up to ``limit`` slides after a place (before it when ``backwards``, nearest first)."""
    descending = selection.descending != backwards
    key = selection.column
    walked = _walks_the_order(session, selection)
    query = select(SlideRecord.no).where(*_filters(session, viewer, selection, walked=walked))
    query = query if walked else _planned(query, selection)
    if after is not None:
        here = tuple_(*_place_values(selection, after))
        query = query.where(tuple_(key, SlideRecord.no) < here if descending else tuple_(key, SlideRecord.no) > here)
    order = (key.desc(), SlideRecord.no.desc()) if descending else (key, SlideRecord.no)
    numbers = list(session.scalars(query.order_by(*order).limit(limit)))
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
    ours = tuple_(selection.column, SlideRecord.no)
    query = _planned(select(func.count()).select_from(SlideRecord), selection).where(
        *_filters(session, viewer, selection)
    )
    return session.scalars(query.where(ours > here if selection.descending else ours < here)).one()


def contains(session: Session, viewer: Viewer, selection: Selection, no: int) -> bool:
    """Say whether a slide belongs to a list."""
    query = select(SlideRecord.no).where(SlideRecord.no == no, *_filters(session, viewer, selection))
    return session.scalars(query).first() is not None


def tally(session: Session, viewer: Viewer, selection: Selection) -> Cube:
    """Count the slides by (state, format, stain, tags), whatever the selection says about these four."""
    free = replace(selection, states=(), formats=(), stains=(), tags=(), hits=None)
    sight = see(session, viewer)
    others = free.searches or free.case_id is not None or free.in_no_case or free.trashed
    if sight.by_projects_only and not others:
        parts = (SlideTally.state, SlideTally.format, SlideTally.stain, SlideTally.tags)
        query = select(*parts, func.sum(SlideTally.count)).where(*_in_project(sight, free, SlideTally.project_no))
        query = query.where(sight.projects(SlideTally.project_no))
        return {(row[0], row[1], row[2], row[3]): int(row[4]) for row in session.execute(query.group_by(*parts))}
    if free.searches:
        free = replace(free, hits=selection.hits if free.groups == selection.groups else look_up(session, free))
    columns = (SlideRecord.state, SlideRecord.format, SlideRecord.stain_sort, SlideRecord.tags)
    wanted = _planned(select(*columns, func.count()), free, _IN_NO_CASE_COUNTED)
    wanted = wanted.where(*_filters(session, viewer, free))
    # In the order of an index that has all four: only its groups are sorted, never every hit.
    wanted = wanted.group_by(SlideRecord.format, SlideRecord.state, SlideRecord.stain_sort, SlideRecord.tags)
    return {(row[0], row[1], row[2], row[3]): int(row[4]) for row in session.execute(wanted)}


def look_up(session: Session, selection: Selection) -> tuple[int, ...] | None:
    """Return the numbers of the slides that have a selection's words; None when they are many.

    Only for SQLite, whose planner cannot know how many hits there are; PostgreSQL's can.
    """
    if session.get_bind().dialect.name == "postgresql" or not selection.searches:
        return None
    statement = text("SELECT rowid FROM slide_search WHERE slide_search MATCH :words LIMIT :most")
    asked = {"words": _fts_query(selection.words, selection.groups), "most": MANY_HITS + 1}
    hits = session.execute(statement, asked).scalars().all()
    return None if len(hits) > MANY_HITS else tuple(hits)


def matches_everything(session: Session, words: Sequence[str]) -> bool:
    """Whether every slide has these words, so that a search for them filters nothing (SQLite only)."""
    if session.get_bind().dialect.name == "postgresql":
        return False
    hits = text("SELECT count(*) FROM slide_search WHERE slide_search MATCH :words")
    found = session.execute(hits, {"words": _fts_query(words, ())}).scalar_one()
    live = session.scalars(select(func.coalesce(func.sum(SlideTally.count), 0))).one()
    trashed = session.scalars(select(func.count()).where(SlideRecord.trash_root.is_not(None))).one()
    return bool(found == live + trashed)  # the word index holds what lies in the trash, too


def matching_numbers(session: Session, words: Sequence[str], groups: Sequence[Sequence[str]] = ()) -> TextualSelect:
    """Return the query for the numbers of slides in which each word begins a word, and of each group one is there."""
    if session.get_bind().dialect.name == "postgresql":
        statement = "SELECT rowid FROM slide_search WHERE words @@ CAST(:words AS tsquery)"
        parts = [f"'{word}':*" for word in words] + [" | ".join(f"'{one}'" for one in group) for group in groups]
        query = " & ".join(f"({part})" for part in parts)
    else:
        statement = "SELECT rowid FROM slide_search WHERE slide_search MATCH :words"
        query = _fts_query(words, groups)
    return text(statement).bindparams(words=query).columns(literal_column("rowid"))


def counts_by_project(session: Session, viewer: Viewer) -> dict[int, int]:
    """Return how many slides lie directly in each project (by number)."""
    sight = see(session, viewer)
    if sight.by_projects_only:
        query = select(SlideTally.project_no, func.sum(SlideTally.count)).group_by(SlideTally.project_no)
        query = query.where(sight.projects(SlideTally.project_no))
    else:
        query = select(SlideRecord.project_no, func.count())
        query = query.where(SlideRecord.trash_root.is_(None), sight.slides())
        query = query.group_by(SlideRecord.project_no)
    return {no: int(count) for no, count in session.execute(query)}


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


def _filters(session: Session, viewer: Viewer, selection: Selection, *, walked: bool = False) -> list[Filter]:
    # These words exactly: they let the indexes of live rows be used.
    live = SlideRecord.trash_root.is_not(None) if selection.trashed else SlideRecord.trash_root.is_(None)
    sight = see(session, viewer)
    found: list[Filter] = [live, sight.slides(), *_in_project(sight, selection, SlideRecord.project_no)]
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
        found.append(_matches(session, selection))
    return found


def _in_project(sight: Sight, selection: Selection, column: InstrumentedAttribute[int]) -> list[Filter]:
    if selection.project is None:
        return []
    if not selection.below:
        return [sight.walked(column) == selection.project.no]
    return [sight.walked(column).in_(select(Project.no).where(below(selection.project)))]


def _matches(session: Session, selection: Selection) -> Filter:
    """Return the filter for slides that the word index finds. Words are letters and digits only."""
    if session.get_bind().dialect.name == "postgresql":
        return SlideRecord.no.in_(matching_numbers(session, selection.words, selection.groups))
    if selection.hits is not None:
        numbers = json.dumps(selection.hits)
        return text("slide.no IN (SELECT value FROM json_each(:hits))").bindparams(hits=numbers)
    # The plus sign keeps SQLite from looking up each hit and sorting them all: it walks the order instead.
    many = "+slide.no IN (SELECT rowid FROM slide_search WHERE slide_search MATCH :words)"
    return text(many).bindparams(words=_fts_query(selection.words, selection.groups))


def _fts_query(words: Sequence[str], groups: Sequence[Sequence[str]]) -> str:
    parts = [f'"{word}"*' for word in words] + [" OR ".join(f'"{one}"' for one in group) for group in groups]
    return " AND ".join(f"({part})" for part in parts)


def _place_values(selection: Selection, place: Place) -> tuple[Any, int]:
    if selection.sort == "created_at":
        return moment_of(int(place.key)), place.no
    return place.key, place.no
