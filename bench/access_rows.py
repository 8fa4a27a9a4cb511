"""The row about lists of somebody who may see parts of an archive, against those of an administrator."""

import shutil
import statistics
from collections.abc import Callable, Iterator
from time import thread_time
from typing import Any

from tests.support.catalogue import VOCABULARY, fill, give_fifty

from bench.lists import as_serving
from bench.servers import WORK
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.app import command_runtime
from coverslip.features import identity, slides
from coverslip.features.slides import ListQuery, cases
from coverslip.settings import Settings

FLOOR_MS = 20.0
"""A list that takes less than this is fast whatever the administrator's takes."""


def lists(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Compare lists of somebody with three groups and fifty entries with an administrator's, in CPU time."""
    del stage
    count = 10_000 if plan.quick else 100_000
    data = WORK / "data-access"
    shutil.rmtree(data, ignore_errors=True)
    with command_runtime(Settings(data=data)) as runtime:
        projects = fill(runtime, count)
        member = give_fifty(runtime, projects)
        as_serving()
        with runtime.db.read() as session:
            admin = identity.local_administrator(session)

        def listed(viewer: identity.Viewer, **query: Any) -> None:
            with runtime.db.read() as session:
                slides.list_slides(session, viewer, ListQuery(**query), 100, None)

        def listed_cases(viewer: identity.Viewer) -> None:
            with runtime.db.read() as session:
                cases.list_cases(session, viewer)

        acts: dict[str, Callable[[identity.Viewer], None]] = {
            "first page by name": listed,
            "first page by date": lambda who: listed(who, sort="-created_at"),
            "search, some hits": lambda who: listed(who, q=VOCABULARY[5]),
            "search, a quarter": lambda who: listed(who, q="ndpi"),
            "search, everything": lambda who: listed(who, q="svs"),
            "cases": listed_cases,
        }
        for name, act in acts.items():
            theirs, ours = _cpu_ms(lambda act=act: act(member)), _cpu_ms(lambda act=act: act(admin))  # type: ignore[misc]
            what = f"{name}, {count:,} slides, 50 entries: {theirs:.1f} ms, administrator {ours:.1f} ms"
            good = theirs <= max(FLOOR_MS, 3 * ours)
            yield Finding("access", what, f"{theirs / max(ours, 0.1):.2f}", f"<= 3 or {FLOOR_MS:.0f} ms", good)
    shutil.rmtree(data, ignore_errors=True)


def _cpu_ms(work: Callable[[], Any]) -> float:
    work()
    taken = []
    for _ in range(7):
        begun = thread_time()
        work()
        taken.append(1000 * (thread_time() - begun))
    return statistics.median(taken)
