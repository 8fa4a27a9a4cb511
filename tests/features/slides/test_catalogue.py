"""Lists, search, paging and details of the catalogue, equal on both databases."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.slides import Description, ListQuery, SlideEntry, SlideState
from coverslip.features.slides.schemas import SlidePatch, SlideSummary
from coverslip.features.slides.service import Sort, change_slide, find_neighbours
from coverslip.features.slides.words import fold, sort_key, words_of
from coverslip.infra.audit import first_broken
from coverslip.infra.runtime import Runtime

SORTS: tuple[Sort, ...] = get_args(Sort)


def description(number: int = 0, **more: Any) -> Description:
    values: dict[str, Any] = {
        "format": "svs",
        "vendor": "Aperio",
        "scanner": "ScanScope",
        "scanned_at": None,
        "width": 1000,
        "height": 800,
        "mpp_x": None,
        "mpp_y": None,
        "objective": None,
        "channel_count": 3,
        "fingerprint": f"{number:064x}",
        "version": f"{number:016x}",
        "needs_coarse": False,
    }
    return Description(**{**values, **more})


def entry(project: str, name: str, number: int = 0, **more: Any) -> SlideEntry:
    values: dict[str, Any] = {
        "slide_id": None,
        "project_id": project,
        "name": name,
        "file_name": f"{name}.svs",
        "folder": "/slides",
        "files": (f"{name}.svs",),
        "size_bytes": 10 * number,
        "state": SlideState.READY,
        "description": description(number),
        "index_name": f"aa/{number}.idx",
    }
    return SlideEntry(**{**values, **more})


@pytest.fixture
def project(runtime: Runtime) -> str:
    with runtime.db.transaction() as session:
        return slides.create_project(session, "Study")


def pages(runtime: Runtime, viewer: Viewer, query: ListQuery, limit: int) -> Iterator[list[SlideSummary]]:
    cursor = None
    while True:
        with runtime.db.read() as session:
            found = slides.list_slides(session, viewer, query, limit, cursor)
        yield found.items
        cursor = found.next_cursor
        if cursor is None:
            return


def names(runtime: Runtime, viewer: Viewer, **query: Any) -> list[str]:
    with runtime.db.read() as session:
        return [slide.name for slide in slides.list_slides(session, viewer, ListQuery(**query), 500, None).items]


NAMES = (
    "CMU-1 Läsion",
    "cmu-10 LASION",
    "CMU-2 Émile",
    "straße 5",
    "STRASSE 50",
    "Ωmega οδός",
    "日本語 スライド",
    "naïve.café_2",
    "x" * 100 + " tail",
    "100% sure' OR 1=1 --",
    'quote " and * star',
    "a:b & c | !d",
    "emoji 🔬 slide",
    "Ǆungla ﬁle Ⅷ",
    "test3-DAPI-2-(387)",
    "20x 1e5 3.14 -7",
)
QUERIES = (
    "cmu",
    "CMU 1",
    "lasion",
    "LÄSION",
    "emile",
    "strasse",
    "straße",
    "οδος",
    "ωmega",
    "日本",
    "スライド",
    "naive cafe",
    "x" * 80,
    "tail",
    "100%",
    "or 1",
    'quote"',
    "*",
    "star*",
    "b & c",
    "!d",
    "🔬",
    "emoji",
    "file viii",
    "dapi 387",
    "1e5",
    "3.14",
    "-7",
    "aperio scanscope",
    "biopsy",
    "biop B-17",
    "nothing",
    "svs",
    "",
    " ",
    "'",
    "\\",
    "(",
    "AND",
    "NEAR(a b)",
    "cmu OR tail",
    "a:b",
    "\x00",
    "\ud800",
)


def expected(query: str, texts: dict[str, list[str]]) -> set[str]:
    wanted = words_of([query])
    return {
        name
        for name, lines in texts.items()
        if all(any(word.startswith(one) for word in words_of(lines)) for one in wanted)
    }


def test_search_finds_equal_sets_whatever_the_database(runtime: Runtime, admin: Viewer, project: str) -> None:
    texts = {}
    with runtime.db.transaction() as session:
        for number, name in enumerate(NAMES):
            metadata = {"aperio.Title": "Biopsy B-17"} if number % 3 == 0 else {"note": "plain"}
            slides.put_slide(session, entry(project, name, number, description=description(number, metadata=metadata)))
            texts[name] = [name, f"{name}.svs", "svs", "Aperio", "ScanScope", *metadata, *metadata.values()]
    for query in QUERIES:
        assert set(names(runtime, admin, q=query)) == expected(query, texts), query
    assert len(expected("cmu", texts)) == 3


def test_any_text_can_be_searched_for(runtime: Runtime, admin: Viewer, project: str) -> None:
    with runtime.db.transaction() as session:
        slides.put_slide(session, entry(project, "plain"))
    dice = random.Random(7)
    for _ in range(60):
        query = "".join(chr(dice.choice((dice.randrange(1, 128), dice.randrange(1, 0x3000)))) for _ in range(6))
        assert names(runtime, admin, q=query) in ([], ["plain"])


@given(st.text(max_size=60))
def test_folding_is_stable_and_words_hold_letters_and_digits_only(value: str) -> None:
    assert fold(fold(value)) == fold(value)
    assert all(char.isalnum() for word in words_of([value]) for char in word)
    sort_key(value).encode("utf-8")


def test_names_sort_as_people_do(runtime: Runtime, admin: Viewer, project: str) -> None:
    wanted = ["a 2", "A 10", "ä 11", "b", "slide 1", "Slide 02", "slide 10"]
    with runtime.db.transaction() as session:
        for name in reversed(wanted):
            slides.put_slide(session, entry(project, name))
    assert names(runtime, admin, sort="name") == wanted
    assert names(runtime, admin, sort="-name") == wanted[::-1]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_joined_are_the_whole_list_while_slides_arrive(
    runtime: Runtime, admin: Viewer, project: str, sort: Sort
) -> None:
    dice = random.Random(sort)

    def add(count: int, prefix: str) -> None:
        with runtime.db.transaction() as session:
            for _ in range(count):
                number = dice.randrange(8)
                scanned = None if number < 3 else datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)
                seen = description(number, format=("svs", "dicom")[number % 2], scanned_at=scanned)
                state = SlideState.READY if number else SlideState.MISSING
                slides.put_slide(session, entry(project, f"{prefix}{number}", number, description=seen, state=state))

    add(40, "first ")
    before = [slide for page in pages(runtime, admin, ListQuery(sort=sort), 500) for slide in page]
    assert len(before) == 40
    joined: list[SlideSummary] = []
    for page in pages(runtime, admin, ListQuery(sort=sort), 7):
        joined += page
        add(1, "later ")
    ids = [slide.slide_id for slide in joined]
    assert len(ids) == len(set(ids))
    assert [one for one in ids if one in {slide.slide_id for slide in before}] == [one.slide_id for one in before]
    after = {slide.slide_id: place for place, slide in enumerate(_all(runtime, admin, sort))}
    assert all(after[one] < after[two] for one, two in pairwise(ids))


def _all(runtime: Runtime, viewer: Viewer, sort: Sort) -> list[SlideSummary]:
    return [slide for page in pages(runtime, viewer, ListQuery(sort=sort), 500) for slide in page]


def test_filters_totals_and_counts_agree(runtime: Runtime, admin: Viewer, project: str) -> None:
    with runtime.db.transaction() as session:
        inner = slides.create_project(session, "Inner", project)
        for number in range(12):
            seen = description(number, format=("svs", "ndpi", "dicom")[number % 3])
            state = SlideState.READY if number % 4 else SlideState.UNREADABLE
            where = inner if number % 2 else project
            slides.put_slide(session, entry(where, f"slide {number}", number, description=seen, state=state))
    with runtime.db.read() as session:
        whole = slides.list_slides(session, admin, ListQuery(), 100, None)
        assert whole.total == 12
        assert {one.value: one.count for one in whole.states} == {"ready": 9, "unreadable": 3}
        assert {one.value: one.count for one in whole.formats} == {"svs": 4, "ndpi": 4, "dicom": 4}
        svs = slides.list_slides(session, admin, ListQuery(formats=("svs",)), 100, None)
        assert (svs.total, len(svs.items)) == (4, 4)
        assert {one.value: one.count for one in svs.formats} == {"svs": 4, "ndpi": 4, "dicom": 4}
        assert sum(one.count for one in svs.states) == 4
        found = slides.list_slides(session, admin, ListQuery(q="slide", states=(SlideState.UNREADABLE,)), 100, None)
        assert (found.total, len(found.items)) == (3, 3)
        alone = slides.list_slides(session, admin, ListQuery(project_id=project, include_below=False), 100, None)
        assert (alone.total, len(alone.items)) == (6, 6)
        assert slides.list_slides(session, admin, ListQuery(project_id=project), 100, None).total == 12
        tree = {
            one.name: (one.slide_count, one.total_slide_count) for one in slides.list_projects(session, admin).items
        }
        assert tree == {"Study": (6, 12), "Inner": (6, 6)}


def test_counts_follow_every_change_of_state_project_and_format(runtime: Runtime, admin: Viewer, project: str) -> None:
    dice = random.Random(3)
    ids: list[str] = []
    with runtime.db.transaction() as session:
        projects = [project, slides.create_project(session, "Other")]
    for _ in range(40):
        with runtime.db.transaction() as session:
            known = dice.choice([*ids, None]) if ids else None
            number = dice.randrange(1000)
            seen = description(number, format=dice.choice(("svs", "ndpi")))
            state = dice.choice((SlideState.READY, SlideState.MISSING, SlideState.UNREADABLE))
            made = slides.put_slide(
                session, entry(dice.choice(projects), "x", number, slide_id=known, description=seen, state=state)
            )
            ids = [*dict.fromkeys([*ids, made])]
    with runtime.db.transaction() as session:
        slides.set_state(session, ids[:3], SlideState.SUSPECT)
    count = "SELECT project_no, state, format, count(*) FROM slide GROUP BY project_no, state, format"
    kept = "SELECT project_no, state, format, count FROM slide_tally WHERE count <> 0"
    with runtime.db.read() as session:
        assert {tuple(row) for row in session.execute(text(count))} == {
            tuple(row) for row in session.execute(text(kept))
        }


@pytest.mark.parametrize("sort", ["name", "-size_bytes", "format"])
def test_neighbours_walk_the_list_in_both_directions(runtime: Runtime, admin: Viewer, project: str, sort: Sort) -> None:
    with runtime.db.transaction() as session:
        for number in (3, 1, 2, 2, 5, 1):
            slides.put_slide(session, entry(project, f"s {number}", number))
        hidden = slides.put_slide(session, entry(project, "other"))
    query = ListQuery(q="s", sort=sort) if sort != "format" else ListQuery(sort=sort)
    with runtime.db.read() as session:
        listed = [slide.slide_id for slide in slides.list_slides(session, admin, query, 100, None).items]
        for place, slide_id in enumerate(listed):
            found = find_neighbours(session, admin, slide_id, query)
            assert found.position == place + 1
            assert found.total == len(listed)
            assert found.previous_id == (listed[place - 1] if place else None)
            assert found.next_id == (listed[place + 1] if place + 1 < len(listed) else None)
        with pytest.raises(NotFound):
            find_neighbours(session, admin, hidden, ListQuery(q="s 1"))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "e30",
        "W10",
        "WyJuYW1lIiwgMSwgMV0",
        "WyItbmFtZSIsICJhIiwgMV0",
        "é",
        "A" * 2000,
        "WyJuYW1lIiwgImEiLCAxZTk5XQ",
    ],
)
def test_a_cursor_that_is_not_ours_names_its_field(runtime: Runtime, admin: Viewer, cursor: str) -> None:
    with runtime.db.read() as session, pytest.raises(InvalidRequest) as refused:
        slides.list_slides(session, admin, ListQuery(), 10, cursor)
    assert [problem.pointer for problem in refused.value.problems] == ["/cursor"]


def test_renaming_and_scale_are_recorded_without_their_values(runtime: Runtime, admin: Viewer, project: str) -> None:
    folder = runtime.settings.index_folder
    with runtime.db.transaction() as session:
        slide_id = slides.put_slide(session, entry(project, "Müller, Eva", description=description(1)))
    with runtime.db.transaction() as session:
        changed = change_slide(session, admin, slide_id, SlidePatch(name="Case 17", mpp=0.25), folder)
    assert (changed.name, changed.mpp_x, changed.mpp_source, changed.mpp_entered_by) == (
        "Case 17",
        0.25,
        "person",
        admin.name,
    )
    assert (changed.objective, changed.objective_derived) == (40.0, True)
    assert names(runtime, admin, q="case 17") == ["Case 17"]
    assert names(runtime, admin, q="eva") == ["Case 17"]  # the file name still says so
    with runtime.db.transaction() as session:
        back = change_slide(session, admin, slide_id, SlidePatch.model_validate({"mpp": None}), folder)
    assert (back.mpp_x, back.mpp_source, back.name) == (None, None, "Case 17")
    with runtime.db.transaction() as session:
        slides.put_slide(session, entry(project, "from the scan", slide_id=slide_id, description=description(1)))
    assert names(runtime, admin) == ["Case 17"]  # a rescan keeps the name that a person gave
    with runtime.db.read() as session:
        trail = session.execute(text("SELECT action, detail FROM audit ORDER BY no")).all()
        assert first_broken(session) is None
    assert [row[0] for row in trail if row[0].startswith("slide.")] == [
        "slide.registered",
        "slide.renamed",
        "slide.scale_entered",
        "slide.scale_entered",
        "slide.changed",
    ]
    assert "Case 17" not in str(trail)
    assert "0.25" not in str(trail)


def test_names_outside_text_survive(runtime: Runtime, admin: Viewer, project: str) -> None:
    odd = "bad \udcff\udc80 name\n'\"🔬"
    with runtime.db.transaction() as session:
        slide_id = slides.put_slide(
            session, entry(project, odd, folder=f"/slides/{odd}", files=(f"{odd}.svs",), file_name=f"{odd}.svs")
        )
    with runtime.db.read() as session:
        ref = slides.locate(session, admin, slide_id, runtime.settings.index_folder)
        shown = slides.list_slides(session, admin, ListQuery(), 10, None).items[0].name
    assert (ref.folder, ref.files) == (f"/slides/{odd}", (f"{odd}.svs",))
    assert shown == "bad �� name�'\"🔬"


def test_offline_is_of_the_project_and_changes_no_slide(runtime: Runtime, admin: Viewer, project: str) -> None:
    since = datetime(2026, 1, 2, 14, 2, tzinfo=UTC)
    with runtime.db.transaction() as session:
        inner = slides.create_project(session, "Inner", project)
        beside = slides.create_project(session, "Beside")
        ids = [slides.put_slide(session, entry(one, "s")) for one in (project, inner, beside)]
        slides.mark_offline(session, project, since)
    with runtime.db.read() as session:
        refs = [slides.locate(session, admin, one, runtime.settings.index_folder) for one in ids]
    assert [ref.root_offline_since for ref in refs] == [since, since, None]
    assert {ref.state for ref in refs} == {SlideState.READY}


def test_a_content_hash_is_kept_only_for_the_version_it_is_of(runtime: Runtime, project: str) -> None:
    with runtime.db.transaction() as session:
        slide_id = slides.put_slide(session, entry(project, "s", 1))
        assert not slides.set_content_hash(session, slide_id, "other", "ab" * 32)
        assert slides.set_content_hash(session, slide_id, f"{1:016x}", "ab" * 32)
        assert not slides.set_content_hash(session, new_id(), f"{1:016x}", "ab" * 32)
