"""Rows about a large catalogue: what its lists cost on each database, and how long a change of many holds it."""

import contextlib
import functools
import gc
import shutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from time import thread_time
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from tests.support.catalogue import VOCABULARY, fill, give_fifty, settle, take_out_of_cases
from tests.support.databases import create_database, postgres_running

from bench.servers import WORK
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import access, identity, slides
from coverslip.features.slides import ListQuery, SlideState, cases, fields, moving, service, trash
from coverslip.features.slides.schemas import SlideBatch, SlidePatch
from coverslip.features.slides.schemas_cases import SlideMove
from coverslip.features.slides.service import find_neighbours, list_page
from coverslip.features.slides.stains import StainKind
from coverslip.infra.datafolder import make_data_folder
from coverslip.infra.runtime import Runtime, open_runtime
from coverslip.infra.schema import migrate
from coverslip.settings import Settings

LIMIT_MS = 200.0
HELD_MS = 250.0


def lists(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """CPU time of each list of 100,000 slides in 5,000 cases: of this process and of the database's."""
    count = 10_000 if plan.quick else 100_000
    with databases() as addresses:
        for name, address in addresses.items():
            with catalogue(f"lists-{name}", address) as runtime:
                figures = _figures(runtime, count)
            for what in sorted(figures, key=lambda one: -figures[one])[:3]:
                taken = figures[what]
                said = f"{count:,} slides, {name}: {what}"
                yield Finding("lists", said, f"{taken:.0f} ms", "<= 200 ms", taken <= LIMIT_MS)
            said = f"  {len(figures)} lists on {name}, of which the three dearest stand above: median"
            yield Finding("lists", said, f"{statistics.median(figures.values()):.1f} ms")


def holding(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Changing, moving and trashing 1,000 slides: how long one write transaction works."""
    with catalogue("holding", None) as runtime:
        held = _held(runtime)
    for name, taken in held.items():
        said = f"1,000 slides, {name}: the longest write transaction"
        yield Finding("holding", said, f"{taken:.0f} ms", "<= 250 ms", taken <= HELD_MS)


@contextlib.contextmanager
def databases() -> Iterator[dict[str, str | None]]:
    with postgres_running() as server:
        yield {"sqlite": None, "postgresql": create_database(server, "lists", "template0")}


@contextlib.contextmanager
def catalogue(name: str, address: str | None) -> Iterator[Runtime]:
    data = WORK / name
    shutil.rmtree(data, ignore_errors=True)
    settings = Settings(data=data, database_url=None if address is None else SecretStr(address))
    make_data_folder(data, sqlite=address is None)
    runtime = open_runtime(settings, decoders=1)
    try:
        migrate(runtime.db)
        yield runtime
    finally:
        runtime.pool.close_blocking()
        runtime.close()


def as_serving() -> None:
    """Put what was made so far out of the collector's sight, as a web process does before it serves.

    Otherwise a pause for a hundred thousand slides' worth of test data falls into whatever is measured.
    """
    gc.collect()
    gc.freeze()


class Meter:
    """CPU time of this thread and of the database's processes that work for it; the machine may be doing other things.

    Parameters
    ----------
    runtime : Runtime
        Its PostgreSQL works without helpers from here on, whose time nobody could attribute.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.remote = runtime.db.dialect == "postgresql"
        if self.remote:
            event.listen(runtime.db.engine, "connect", _work_alone)
            runtime.db.engine.dispose()

    def median_ms(self, work: Callable[[], Any]) -> float:
        """Return what something takes: the median of five times after once."""
        work()
        helpers = self._helpers()
        taken = []
        for _ in range(5):
            began = _worked_ms(helpers)
            work()
            taken.append(_worked_ms(helpers) - began)
        return statistics.median(taken)

    def _helpers(self) -> list[Path]:
        if not self.remote:
            return []
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        with self.runtime.db.read() as session:
            return [Path(f"/proc/{pid}/schedstat") for pid in session.execute(text(query)).scalars()]


def _work_alone(connection: Any, record: object) -> None:
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()


def _worked_ms(helpers: list[Path]) -> float:
    # The first number is the nanoseconds that the process had a processor.
    return thread_time() * 1000 + sum(int(one.read_text().split()[0]) for one in helpers) / 1e6


def _figures(runtime: Runtime, count: int) -> dict[str, float]:
    projects = fill(runtime, count)
    settle(runtime)
    as_serving()
    median_ms = Meter(runtime).median_ms
    with runtime.db.read() as session:
        admin = identity.local_administrator(session)
        top = session.execute(text("SELECT project_id FROM project WHERE parent_id IS NULL")).scalar_one()
        query = text("SELECT slide_id, case_id FROM slide WHERE no = :no")
        middle, case = map(str, session.execute(query, {"no": count // 2}).one())

    reader = identity.Viewer(new_id(), "session", new_id(), "Reader", None, utc_now(), None)
    with runtime.db.transaction() as session:
        scope = session.execute(text("SELECT scope_id FROM project WHERE parent_id IS NULL")).scalar_one()
        access.grant(session, reader.person_id, access.Role.VIEWER, scope, rights=access.ALL_RIGHTS)
    member = give_fifty(runtime, projects)

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
        service._tallies.clear()
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
        "search, a quarter": median_ms(lambda: listed(q="ndpi")),
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
        "words, stain and tag": median_ms(lambda: listed(q="ndpi", stains=("H&E",), tags=("teaching",))),
        "one case": median_ms(lambda: listed(case_id=case, sort="case")),
        "case detail": median_ms(read(lambda session: cases.get_case(session, admin, case))),
        "first page of cases": median_ms(read(lambda session: cases.list_cases(session, admin))),
        "search for a case": median_ms(read(lambda session: cases.list_cases(session, admin, q="s21-1"))),
        "search for cases by many slides": median_ms(read(lambda session: cases.list_cases(session, admin, q="svs"))),
        "search for cases by a quarter": median_ms(read(lambda session: cases.list_cases(session, admin, q="ndpi"))),
        "search for cases by a tag": median_ms(read(lambda session: cases.list_cases(session, admin, q="teaching"))),
        "search for all cases": median_ms(read(lambda session: cases.list_cases(session, admin, q="case"))),
        "a reader's first page": median_ms(lambda: listed(viewer=reader)),
        "a reader's search": median_ms(lambda: listed(viewer=reader, q=VOCABULARY[5])),
        "a reader's search, a quarter": median_ms(lambda: listed(viewer=reader, q="ndpi")),
        "a reader's neighbours": median_ms(lambda: neighbours(viewer=reader, sort="case")),
        "a reader's case": median_ms(read(lambda session: cases.get_case(session, reader, case))),
        "a reader's cases": median_ms(read(lambda session: cases.list_cases(session, reader))),
        "a member's first page": median_ms(lambda: listed(viewer=member)),
        "a member's first page by date": median_ms(lambda: listed(viewer=member, sort="-created_at")),
        "a member's search": median_ms(lambda: listed(viewer=member, q=VOCABULARY[5])),
        "a member's search, a quarter": median_ms(lambda: listed(viewer=member, q="ndpi")),
        "a member's cases": median_ms(read(lambda session: cases.list_cases(session, member))),
        "a member's projects": median_ms(read(lambda session: slides.list_projects(session, member))),
        "a project with all below": median_ms(lambda: listed(project_id=top, sort="-size_bytes")),
        "projects": median_ms(read(lambda session: slides.list_projects(session, admin))),
    }
    for every, share in ((20, "few"), (2, "half"), (1, "all")):
        take_out_of_cases(runtime, every)
        settle(runtime)
        for what, more in (
            ("", {}),
            (", in case order", {"sort": "case"}),
            (", by date", {"sort": "-created_at"}),
            (", with a stain", {"stains": ("HER2",)}),
            (", of a project with all below", {"project_id": top}),
            (", for a reader", {"viewer": reader}),
        ):
            figures[f"in no case, {share}{what}"] = median_ms(functools.partial(uncached, case_id="none", **more))
    figures["neighbours in no case"] = median_ms(lambda: neighbours(case_id="none", sort="case"))
    return figures


def _held(runtime: Runtime) -> dict[str, float]:
    projects = fill(runtime, 1000)
    as_serving()
    with runtime.db.read() as session:
        admin = identity.local_administrator(session)
        ids = [str(one) for one in session.execute(text("SELECT slide_id FROM slide")).scalars()]
    held: dict[str, float] = {}
    transaction, doing = runtime.db.transaction, ""

    @contextlib.contextmanager
    def timed() -> Iterator[Session]:
        with transaction() as session:
            began = thread_time()  # CPU time: this machine may be doing other things
            yield session
            session.flush()
        held[doing] = max(held.get(doing, 0), (thread_time() - began) * 1000)

    runtime.db.transaction = timed  # type: ignore[method-assign]
    patch = SlidePatch(stain="CD8", block="B2", tags=["one", "two"], rating=4, fields={"grade": 2})
    acts = (
        ("change", lambda: fields.change_slides(runtime.db, admin, SlideBatch(slide_ids=ids, patch=patch))),
        ("move", lambda: moving.move(runtime.db, admin, SlideMove(slide_ids=ids, project_id=projects[0]))),
        ("copy", lambda: moving.copy(runtime.db, admin, SlideMove(slide_ids=ids, project_id=projects[1]))),
        ("trash", lambda: trash.trash_slides(runtime.db, admin, ids)),
        ("restore", lambda: trash.restore_slides(runtime.db, admin, ids)),
        ("trash a project", lambda: trash.trash_project(runtime.db, admin, projects[0])),
        ("restore a project", lambda: trash.restore_project(runtime.db, admin, projects[0])),
    )
    for name, act in acts:
        doing = name
        act()
    return held
