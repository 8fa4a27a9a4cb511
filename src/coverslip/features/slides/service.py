"""The catalogue for readers: projects, lists, details, and what a person may change."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import Forbidden, NotFound
from coverslip.core.time import monotonic_s
from coverslip.features.access import Action, Standing, check, refusal, standing
from coverslip.features.identity import Viewer
from coverslip.features.slides import facets, fields, store, store_lists, store_search
from coverslip.features.slides.cursors import read_place, write_place
from coverslip.features.slides.detail import named, reason_of
from coverslip.features.slides.identity_fields import needs_identity
from coverslip.features.slides.models import Project
from coverslip.features.slides.schemas import (
    Neighbours,
    ProjectList,
    Reason,
    SlideDetail,
    SlideList,
    SlidePatch,
    SlideState,
    SlideSummary,
)
from coverslip.features.slides.showing import shown_projects, shown_slide, shown_slides
from coverslip.features.slides.stains import StainKind, canonical_stain
from coverslip.features.slides.standins import stand_in
from coverslip.features.slides.store_sight import see
from coverslip.features.slides.words import exact_word, storable
from coverslip.infra.audit import last_no
from coverslip.infra.db import hint

Sort = Literal[
    "name",
    "-name",
    "created_at",
    "-created_at",
    "scanned_at",
    "-scanned_at",
    "size_bytes",
    "-size_bytes",
    "format",
    "-format",
    "state",
    "-state",
    "case",
    "-case",
    "stain",
    "-stain",
]
_TALLIES_KEPT: Final = 256
_TALLY_S: Final = 5.0
NO_CASE: Final = "none"
"""What a list is asked for as ``case_id`` to show the slides that are in no case."""
_NO_FORMAT: Final = "-"
_NO_SUCH: Final = ""
_SORTED_BY_NUMBERS: Final = frozenset({"created_at", "scanned_at", "size_bytes"})


@dataclass(frozen=True, slots=True)
class SlideRef:
    """Where a slide's bytes and its index lie.

    Attributes
    ----------
    slide_id, scope_id, name : str
        The name is replaced where the viewer may not see it.
    version : str or None
        16 hex; None until the slide was read once.
    index_path : pathlib.Path or None
        The slide index; None until the slide was read once.
    folder : str
        Absolute folder that ``files`` are relative to.
    files : tuple of str
        The file that was opened comes first.
    state : SlideState
    reason : Reason or None
        Why the slide is not ready.
    root_offline_since : datetime or None
        Set while the whole served folder is unreachable.
    content_sha256 : str or None
    mpp_entered : float or None
        Pixel size that a person entered, in micrometres; it overrides the file's.
    standing : Standing
        What the viewer is on the slide.
    """

    slide_id: str
    scope_id: str
    name: str
    version: str | None
    index_path: Path | None
    folder: str
    files: tuple[str, ...]
    state: SlideState
    reason: Reason | None
    root_offline_since: datetime | None
    content_sha256: str | None
    mpp_entered: float | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows, as the address says it."""

    project_id: str | None = None
    include_below: bool = True
    q: str | None = None
    states: tuple[SlideState, ...] = ()
    formats: tuple[str, ...] = ()
    sort: Sort = "name"
    case_id: str | None = None
    stains: tuple[str, ...] = ()
    stain_kind: StainKind | None = None
    block: str | None = None
    tags: tuple[str, ...] = ()
    rating_min: int | None = None
    trashed: bool = False

    @property
    def in_no_case(self) -> bool:
        """Whether only slides that are in no case are meant."""
        return self.case_id == NO_CASE

    @property
    def within_case(self) -> str | None:
        """The case whose slides are meant; None for slides of any case or of none."""
        return None if self.in_no_case else self.case_id


def locate(session: Session, viewer: Viewer, slide_id: str, index_folder: Path, *, trashed: bool = False) -> SlideRef:
    """Return where a slide lies, if the viewer may see it.

    Raises
    ------
    NotFound
        Absent and foreign slides give the same answer.
    """
    found = store.visible_slide(session, viewer, slide_id, trashed=trashed)
    if found is None:
        raise NotFound
    row, project, what = found
    return SlideRef(
        slide_id=row.slide_id,
        scope_id=row.scope_id,
        name=row.name if named(what) else stand_in(session, viewer, "slide", row.no),
        version=row.version,
        index_path=None if row.index_name is None else index_folder / row.index_name,
        folder=store.folder_text(row.folder),
        files=store.files_of(row),
        state=SlideState(row.state),
        reason=reason_of(row, what),
        root_offline_since=project.offline_since,
        content_sha256=row.content_sha256,
        mpp_entered=row.mpp_entered,
        standing=what,
    )


def list_projects(session: Session, viewer: Viewer) -> ProjectList:
    """Return every project that the viewer may see, with how many slides it holds."""
    direct = store_lists.counts_by_project(session, viewer)
    projects = store.visible_projects(session, viewer)
    totals: dict[int, int] = {}
    for project in projects:
        for part in project.path.strip("/").split("/"):
            totals[int(part)] = totals.get(int(part), 0) + direct.get(project.no, 0)
    return ProjectList(
        items=shown_projects(session, viewer, [(one, direct.get(one.no, 0), totals.get(one.no, 0)) for one in projects])
    )


def list_slides(session: Session, viewer: Viewer, query: ListQuery, limit: int, cursor: str | None) -> SlideList:
    """Return one page of slides.

    Raises
    ------
    NotFound
        The project does not exist or is foreign.
    InvalidRequest
        The cursor is not one of this list.
    """
    selection = _selection(session, viewer, query)
    items, next_cursor = _page(session, viewer, query, selection, limit, cursor)
    counts = _tally(session, viewer, selection)
    return SlideList(
        items=items,
        next_cursor=next_cursor,
        total=_total(counts, selection),
        states=facets.of_states(counts, selection),
        formats=facets.of_formats(counts, selection),
        stains=facets.of_stains(counts, selection),
        tags=[] if selection.wordless else facets.of_tags(counts, selection),
    )


def list_page(
    session: Session, viewer: Viewer, query: ListQuery, limit: int, cursor: str | None, action: Action = Action.VIEW
) -> tuple[list[SlideSummary], str | None]:
    """Return one page of slides with which the viewer may do this, and the cursor of the next, counting nothing.

    Raises
    ------
    NotFound, InvalidRequest
        As :func:`list_slides`.
    """
    return _page(session, viewer, query, _selection(session, viewer, query, action), limit, cursor)


def check_export(session: Session, viewer: Viewer, query: ListQuery) -> None:
    """Refuse to give out a list of which nothing may be exported.

    Raises
    ------
    NotFound, InvalidRequest
        As :func:`list_slides`.
    Forbidden
        There are slides, but the viewer may only look at them.
    """
    may_leave = list_page(session, viewer, query, 1, None, Action.EXPORT)[0]
    if not may_leave and list_page(session, viewer, query, 1, None)[0]:
        raise Forbidden(refusal(Action.EXPORT))


def get_slide(session: Session, viewer: Viewer, slide_id: str, index_folder: Path) -> SlideDetail:
    """Return everything about a slide but its pixels.

    Raises
    ------
    NotFound
        Absent and foreign slides give the same answer.
    """
    found = store.visible_slide(session, viewer, slide_id)
    if found is None:
        raise NotFound
    return shown_slide(session, viewer, *found, index_folder)


def find_neighbours(session: Session, viewer: Viewer, slide_id: str, query: ListQuery) -> Neighbours:
    """Say where a slide stands in a list, and what comes before and after it.

    Raises
    ------
    NotFound
        The slide is absent, foreign or not in this list.
    """
    found = store.visible_slide(session, viewer, slide_id)
    selection = _selection(session, viewer, query)
    if found is None or not store_lists.contains(session, viewer, selection, found[0].no):
        raise NotFound
    place = store_lists.place_of(session, viewer, found[0], found[1], selection)
    before = store_lists.page(session, viewer, selection, 1, place, backwards=True)
    after = store_lists.page(session, viewer, selection, 1, place)
    position = store_lists.count_before(session, viewer, selection, place) + 1
    total = store_lists.count_list(session, viewer, selection, place, position - 1)
    return Neighbours(
        previous_id=before[0][0].slide_id if before else None,
        next_id=after[0][0].slide_id if after else None,
        position=position,
        total=_total(_tally(session, viewer, selection), selection) if total is None else total,
    )


def change_slide(session: Session, viewer: Viewer, slide_id: str, patch: SlidePatch, index_folder: Path) -> SlideDetail:
    """Change what a person may change about a slide; ``mpp: null`` takes an entered size back.

    Raises
    ------
    NotFound, Forbidden, InvalidRequest
    """
    found = store.visible_slide(session, viewer, slide_id)
    if found is None:
        raise NotFound
    row, project, what = found
    check(viewer, Action.EDIT, what)
    if needs_identity(session, [row], patch):
        check(viewer, Action.SEE_IDENTITY, what)
    if not fields.change_one(session, viewer, row, patch):
        hint(session, "slides.changed")
    return shown_slide(session, viewer, row, project, standing(session, viewer, row.scope_id), index_folder)


def _page(
    session: Session, viewer: Viewer, query: ListQuery, selection: store_lists.Selection, limit: int, cursor: str | None
) -> tuple[list[SlideSummary], str | None]:
    kind = int if selection.sort in _SORTED_BY_NUMBERS else str
    after = None if cursor is None else read_place(cursor, query.sort, kind, splits=selection.splits)
    rows = store_lists.page(session, viewer, selection, limit + 1, after)
    more = len(rows) > limit
    rows = rows[:limit]
    last = store_lists.place_of(session, viewer, *rows[-1], selection) if more else None
    return shown_slides(session, viewer, rows), None if last is None else write_place(query.sort, last)


def _selection(
    session: Session, viewer: Viewer, query: ListQuery, action: Action = Action.VIEW
) -> store_lists.Selection:
    project: Project | None = None
    if query.project_id is not None:
        project = store.visible_project(session, viewer, query.project_id)
        if project is None:
            raise NotFound
    veiled = not see(session, viewer).everywhere(Action.SEE_IDENTITY)
    wordless = viewer.kind == "share" and veiled
    if wordless and (query.q or query.tags):
        # What is not shown is not found either: a guess at a tag gets the same answer, right or wrong.
        query = replace(query, q=None, tags=(), case_id=_NO_SUCH)
    words = store_search.query_words(query.q)
    found = store_lists.Selection(
        project=project,
        below=query.include_below,
        words=words,
        exact=_exact(query),
        hits=None,
        states=tuple(sorted(state.value for state in query.states)),
        formats=tuple(sorted({name if storable(name) else _NO_FORMAT for name in query.formats})),
        stains=tuple(sorted({canonical_stain(stain)[0] for stain in query.stains})),
        tags=tuple(sorted(set(query.tags))),
        case_id=_case_id(query.within_case),
        in_no_case=query.in_no_case,
        trashed=query.trashed,
        sort=query.sort.removeprefix("-"),
        descending=query.sort.startswith("-"),
        veiled=veiled,
        wordless=wordless,
        action=action,
    )
    looked_up = store_lists.looked_up(session, found)
    if words and looked_up.hits is None and not found.veiled and store_search.matches_everything(session, words):
        return store_lists.looked_up(session, replace(found, words=()))
    return looked_up


def _case_id(case_id: str | None) -> str | None:
    return case_id if case_id is None or storable(case_id) else _NO_SUCH


def _exact(query: ListQuery) -> tuple[tuple[str, ...], ...]:
    """Return the groups of exact words that filters ask the word index for."""
    groups: list[tuple[str, ...]] = []
    if query.block is not None:
        groups.append((exact_word("b", query.block),))
    if query.stain_kind is not None:
        groups.append((exact_word("k", query.stain_kind.value),))
    if query.rating_min is not None:
        groups.append(tuple(exact_word("r", str(rating)) for rating in range(query.rating_min, 6)))
    return tuple(groups)


def _total(counts: store_lists.Cube, selection: store_lists.Selection) -> int:
    return sum(count for _, count in facets.kept(counts, selection))


_tallies: dict[tuple[object, ...], tuple[float, store_lists.Cube]] = {}


def _tally(session: Session, viewer: Viewer, selection: store_lists.Selection) -> store_lists.Cube:
    """Count by state, format, stain and tags; what a search counted is kept for a few pages.

    It is counted again when the catalogue changes.
    """
    if not (selection.words or selection.exact or selection.in_no_case):
        return store_lists.tally(session, viewer, selection)
    where = None if selection.project is None else selection.project.no
    case = NO_CASE if selection.in_no_case else selection.case_id
    asked = (where, selection.below, selection.words, selection.exact, case, selection.trashed)
    key = (id(session.get_bind().engine), viewer.person_id, viewer.viewer_id, *asked, last_no(session))
    now_s = monotonic_s()
    known = _tallies.get(key)
    if known is not None and now_s - known[0] < _TALLY_S:
        return known[1]
    counts = store_lists.tally(session, viewer, selection)
    while len(_tallies) >= _TALLIES_KEPT:
        _tallies.pop(next(iter(_tallies)), None)
    _tallies[key] = (now_s, counts)
    return counts
