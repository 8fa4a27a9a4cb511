"""Lists of a large catalogue: the first page, a page deep inside and a search take about as long."""

import contextlib
import functools
import random
import statistics
import string
from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, identity, slides
from coverslip.features.slides import ListQuery, SlideState, cases, fields, moving, service, stain_kind_of, trash
from coverslip.features.slides.schemas import SlideBatch, SlidePatch
from coverslip.features.slides.schemas_cases import SlideMove
from coverslip.features.slides.service import find_neighbours, list_page
from coverslip.features.slides.stains import StainKind
from coverslip.features.slides.words import case_sort, exact_word, sort_key, stain_sort, tags_text, words_of
from coverslip.infra.runtime import Runtime

LIMIT_MS = 100.0
"""Half of the 200 ms that a list may take on a server."""
SLIDES_A_CASE = 20
_letters = random.Random(5)
VOCABULARY = ["".join(_letters.choices(string.ascii_lowercase, k=6)) for _ in range(3000)]
STAINS = ("H&E", "PAS", "HER2", "Ki-67", "ER", "PR", "CD3", "CD20", "p53", None)
TAGS = ("teaching", "tumour board", "research", "second opinion", "rare")


def fill(runtime: Runtime, count: int) -> list[str]:
    """Write many slides as registration leaves them, without its audit records and jobs; return their projects."""
    chance = random.Random(11)
    now = "2026-01-01 00:00:00.000000"
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        top = slides.create_project(session, "Archive")
        ids = [slides.create_project(session, f"Box {number}", top) for number in range(200)]
        rows = session.execute(text("SELECT no, scope_id FROM project WHERE parent_id IS NOT NULL ORDER BY no")).all()
    records, scopes, searches, made = [], [], [], []
    for number in range(1, count + 1):
        name = f"Case {chance.randrange(10**6)} slide {number}"
        format_name = chance.choice(("svs", "ndpi", "dicom", "tiff"))
        [state] = chance.choices(("ready", "unreadable", "missing"), (97, 2, 1))
        if number % SLIDES_A_CASE == 1:
            project_no, project_scope = rows[chance.randrange(len(rows))]
            case = (new_id(), new_id(), f"S{20 + number % 7}-{number // SLIDES_A_CASE}")
            scopes.append({"scope": case[1], "parent": project_scope, "kind": "case"})
            made.append(
                {"id": case[0], "project": project_no, "scope": case[1], "name": case[2], "sort": sort_key(case[2])}
                | {"now": now}
            )
        scope_id, slide_id = new_id(), new_id()
        stain = chance.choice(STAINS)
        kind = stain_kind_of(stain)
        block = f"{chance.choice('ABC')}{chance.randrange(1, 13)}"
        [tag] = chance.choices((None, *TAGS), (80, 8, 6, 4, 2, 0.1))
        rating = chance.choice((None, None, None, 1, 2, 3, 4, 5))
        scopes.append({"scope": scope_id, "parent": case[1], "kind": "slide"})
        records.append(
            {
                "id": slide_id,
                "project": project_no,
                "scope": scope_id,
                "name": name,
                "sort": sort_key(name),
                "file": f"{number}.svs",
                "state": state,
                "format": format_name,
                "size": chance.randrange(10**10),
                "version": f"{number:016x}",
                "now": now,
                "case": case[0],
                "case_name": case[2],
                "case_sort": case_sort(case[2], kind, block, stain, sort_key(name)),
                "block": block,
                "stain": stain,
                "kind": kind,
                "stain_sort": stain_sort(stain, kind),
                "tags": tags_text([tag] if tag else []),
                "rating": rating,
            }
        )
        texts = [name, f"{number}.svs", format_name, "Aperio", "AppMag 20", case[2], block, stain or "", tag or ""]
        words = words_of([*texts, " ".join(chance.sample(VOCABULARY, 12))])
        words += [
            exact_word(field, str(value))
            for field, value in (("b", block), ("s", stain), ("k", kind), ("t", tag), ("r", rating))
            if value is not None
        ]
        searches.append({"no": number, "words": " ".join(words)})
    _insert(runtime, "INSERT INTO scope (scope_id, parent_id, kind) VALUES (:scope, :parent, :kind)", scopes)
    _insert(
        runtime,
        "INSERT INTO slide_case (case_id, project_no, scope_id, name, name_sort, fields, created_at, updated_at)"
        " VALUES (:id, :project, :scope, :name, :sort, '{}', :now, :now)",
        made,
    )
    _insert(
        runtime,
        "INSERT INTO slide (slide_id, project_no, scope_id, name, name_sort, file_name, state, format, vendor,"
        " scanned_sort, width, height, mpp_x, mpp_y, objective, channel_count, size_bytes, file_count, folder, files,"
        " fingerprint, version, metadata_words, created_at, updated_at, case_id, case_name, case_sort, block, stain,"
        " stain_kind, stain_sort, tags, rating) VALUES (:id, :project, :scope, :name, :sort,"
        " :file, :state, :format, 'Aperio', 0, 100000, 80000, 0.25, 0.25, 40, 3, :size, 1, X'2F61', '[\"x\"]',"
        " :id, :version, '', :now, :now, :case, :case_name, :case_sort, :block, :stain, :kind, :stain_sort, :tags,"
        " :rating)",
        records,
    )
    _insert(runtime, "INSERT INTO slide_search (rowid, words) VALUES (:no, :words)", searches)
    return ids


def _insert(runtime: Runtime, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 10_000):
        with runtime.db.transaction() as session:
            session.execute(text(statement), rows[start : start + 10_000])


def median_ms(work: Callable[[], Any]) -> float:
    """Time something five times after once, in CPU time: this machine may be doing other things."""
    work()
    taken = []
    for _ in range(5):
        began = thread_time()
        work()
        taken.append((thread_time() - began) * 1000)
    return statistics.median(taken)


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.full)])
def test_lists_stay_fast(
    sqlite_runtime: Runtime, count: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = sqlite_runtime
    projects = fill(runtime, count)
    with runtime.db.read() as session:
        admin = identity.local_administrator(session)
        top = session.execute(text("SELECT project_id FROM project WHERE parent_id IS NULL")).scalar_one()
        query = text("SELECT slide_id, case_id FROM slide WHERE no = :no")
        middle, case = map(str, session.execute(query, {"no": count // 2}).one())

    reader = identity.Viewer(new_id(), "session", new_id(), "Reader", False, utc_now(), None)
    with runtime.db.transaction() as session:
        scope = session.execute(text("SELECT scope_id FROM project WHERE parent_id IS NULL")).scalar_one()
        access.grant(session, reader.person_id, access.Role.VIEWER, scope, rights=access.ALL_RIGHTS)

    def listed(cursor: str | None = None, viewer: identity.Viewer = admin, **query: Any) -> Any:
        with runtime.db.read() as session:
            return slides.list_slides(session, viewer, ListQuery(**query), 100, cursor)

    def deep(**query: Any) -> str | None:
        """Return a cursor nine tenths into a list."""
        with runtime.db.read() as session:
            cursor = None
            for _ in range(count * 9 // 10 // 500):
                cursor = list_page(session, admin, ListQuery(**query), 500, cursor)[1]
            return cursor

    def neighbours(viewer: identity.Viewer = admin, **query: Any) -> Any:
        with runtime.db.read() as session:
            return find_neighbours(session, viewer, middle, ListQuery(**query))

    def read(work: Callable[[Session], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with runtime.db.read() as session:
                return work(session)

        return run

    def uncached(**query: Any) -> Any:
        monkeypatch.setattr(service, "_tallies", {})
        return listed(**query)

    deep_case = deep(sort="case")
    deep_cursor = deep(sort="-size_bytes")
    figures = {
        "first page by name": median_ms(listed),
        "first page by date": median_ms(lambda: listed(sort="-created_at")),
        "deep page by size": median_ms(lambda: listed(deep_cursor, sort="-size_bytes")),
        "one project": median_ms(lambda: listed(project_id=projects[3])),
        "unreadable ones": median_ms(lambda: listed(states=(SlideState.UNREADABLE,))),
        "search, one hit": median_ms(lambda: listed(q=f"slide {count // 2}")),
        "search, some hits": median_ms(lambda: listed(q=VOCABULARY[5])),
        "search, a quarter": median_ms(lambda: listed(q="svs")),
        "search, everything": median_ms(lambda: listed(q="case")),
        "neighbours": median_ms(neighbours),
        "neighbours in a case": median_ms(lambda: neighbours(case_id=case, sort="case")),
        "neighbours in case order": median_ms(lambda: neighbours(sort="case")),
        "deep page by case": median_ms(lambda: listed(deep_case, sort="case")),
        "one stain": median_ms(lambda: listed(stains=("HER2",))),
        "three stains and a state": median_ms(
            lambda: listed(stains=("HER2", "H&E", "PAS"), states=(SlideState.READY,), sort="case")
        ),
        "a kind of stain": median_ms(lambda: listed(stain_kind=StainKind.IHC)),
        "a tag": median_ms(lambda: listed(tags=("teaching",))),
        "a rare tag": median_ms(lambda: listed(tags=("rare",))),
        "a block": median_ms(lambda: listed(block="A1")),
        "a rating": median_ms(lambda: listed(rating_min=4)),
        "words, stain and tag": median_ms(lambda: listed(q="svs", stains=("H&E",), tags=("teaching",))),
        "one case": median_ms(lambda: listed(case_id=case, sort="case")),
        "case detail": median_ms(read(lambda session: cases.get_case(session, admin, case))),
        "first page of cases": median_ms(read(lambda session: cases.list_cases(session, admin))),
        "search for a case": median_ms(read(lambda session: cases.list_cases(session, admin, q="s21-1"))),
        "search for cases by many slides": median_ms(read(lambda session: cases.list_cases(session, admin, q="svs"))),
        "a reader's first page": median_ms(lambda: listed(viewer=reader)),
        "a reader's search": median_ms(lambda: listed(viewer=reader, q=VOCABULARY[5])),
        "a reader's search, a quarter": median_ms(lambda: listed(viewer=reader, q="svs")),
        "a reader's neighbours": median_ms(lambda: neighbours(viewer=reader, sort="case")),
        "a reader's case": median_ms(read(lambda session: cases.get_case(session, reader, case))),
        "a reader's cases": median_ms(read(lambda session: cases.list_cases(session, reader))),
        "a project with all below": median_ms(lambda: listed(project_id=top, sort="-size_bytes")),
        "projects": median_ms(read(lambda session: slides.list_projects(session, admin))),
    }
    for every, share in ((20, "few"), (2, "half"), (1, "all")):
        with runtime.db.transaction() as session:
            without = "UPDATE slide SET case_id = NULL, case_name = NULL, case_sort = '1' || char(31) || name_sort"
            session.execute(text(f"{without} WHERE no % {every} = 0"))
        for what, more in (("", {}), (", by date", {"sort": "-created_at"}), (", with a stain", {"stains": ("HER2",)})):
            figures[f"in no case, {share}{what}"] = median_ms(functools.partial(uncached, case_id="none", **more))
    with capsys.disabled() if count == 100_000 else contextlib.nullcontext():
        print("\n" + "\n".join(f"  {count:>7,} slides, {name}: {taken:.1f} ms" for name, taken in figures.items()))
    # Counting anew where half of the slides are in a case is the worst there is: the whole 200 ms are its bar.
    slow = {
        name: taken for name, taken in figures.items() if taken > LIMIT_MS * (1 + name.startswith("in no case, half"))
    }
    assert not slow


def test_a_thousand_slides_hold_the_database_only_briefly(
    sqlite_runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changing, moving and trashing 1,000 slides: no write transaction works for more than 250 ms."""
    projects = fill(sqlite_runtime, 1000)
    with sqlite_runtime.db.read() as session:
        admin = identity.local_administrator(session)
        ids = [str(one) for one in session.execute(text("SELECT slide_id FROM slide")).scalars()]
    held: dict[str, float] = {}
    transaction, doing = sqlite_runtime.db.transaction, ""

    @contextlib.contextmanager
    def timed() -> Iterator[Session]:
        with transaction() as session:
            began = thread_time()  # CPU time: this machine may be doing other things
            yield session
            session.flush()
        held[doing] = max(held.get(doing, 0), (thread_time() - began) * 1000)

    monkeypatch.setattr(sqlite_runtime.db, "transaction", timed)
    patch = SlidePatch(stain="CD8", block="B2", tags=["one", "two"], rating=4, fields={"grade": 2})
    acts = (
        ("change", lambda: fields.change_slides(sqlite_runtime.db, admin, SlideBatch(slide_ids=ids, patch=patch))),
        ("move", lambda: moving.move(sqlite_runtime.db, admin, SlideMove(slide_ids=ids, project_id=projects[0]))),
        ("copy", lambda: moving.copy(sqlite_runtime.db, admin, SlideMove(slide_ids=ids, project_id=projects[1]))),
        ("trash", lambda: trash.trash_slides(sqlite_runtime.db, admin, ids)),
        ("restore", lambda: trash.restore_slides(sqlite_runtime.db, admin, ids)),
        ("trash a project", lambda: trash.trash_project(sqlite_runtime.db, admin, projects[0])),
        ("restore a project", lambda: trash.restore_project(sqlite_runtime.db, admin, projects[0])),
    )
    for name, act in acts:
        doing = name
        act()
    with capsys.disabled():
        print("\n" + "\n".join(f"  1,000 slides, {name}: {taken:.0f} ms" for name, taken in held.items()))
    assert {name: taken for name, taken in held.items() if taken > 250} == {}
