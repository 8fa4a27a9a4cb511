"""The row about lists of people with many groups, and with entries on thousands of single cases and slides."""

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import text
from tests.support.catalogue import VOCABULARY, fill, give_thousands, settle

from bench.lists import LIMIT_MS, Meter, as_serving, catalogue, databases
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.features import identity, slides
from coverslip.features.slides import ListQuery, cases
from coverslip.features.slides.service import find_neighbours
from coverslip.infra.runtime import Runtime

MANY = {"2,000 cases": (2000, 0), "2,000 slides": (0, 2000), "1,000 of each": (1000, 1000)}
"""How many single cases and slides somebody was given something on; 2,000 cases hold 40,000 slides."""


def members(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """CPU time of each list, of this process and of the database's, as three people see 100,000 slides."""
    del stage
    count = 10_000 if plan.quick else 100_000
    with databases() as addresses:
        for name, address in addresses.items():
            with catalogue(f"members-{name}", address) as runtime:
                fill(runtime, count)
                figures = seen_by_members(runtime, count)
            for what in sorted(figures, key=lambda one: -figures[one])[:3]:
                taken = figures[what]
                said = f"50 groups, {count:,} slides, {name}: {what}"
                yield Finding("members", said, f"{taken:.0f} ms", "<= 200 ms", taken <= LIMIT_MS)
            said = f"  {len(figures)} lists on {name}, of which the three dearest stand above: median"
            yield Finding("members", said, f"{statistics.median(figures.values()):.1f} ms")


def seen_by_members(runtime: Runtime, count: int) -> dict[str, float]:
    """Return what each list takes in a filled catalogue, in milliseconds."""
    part = count / 100_000
    people = {
        who: give_thousands(runtime, cases=int(of_cases * part), slides=int(of_slides * part))
        for who, (of_cases, of_slides) in MANY.items()
    }
    settle(runtime)
    as_serving()
    meter = Meter(runtime)
    return {
        f"{what}, {who}": meter.median_ms(act)
        for who, person in people.items()
        for what, act in _acts(runtime, person).items()
    }


def _acts(runtime: Runtime, person: identity.Viewer) -> dict[str, Callable[[], Any]]:
    def listed(**query: Any) -> Any:
        with runtime.db.read() as session:
            return slides.list_slides(session, person, ListQuery(**query), 100, None)

    def listed_cases(**query: Any) -> Any:
        with runtime.db.read() as session:
            return cases.list_cases(session, person, **query)

    def projects() -> Any:
        with runtime.db.read() as session:
            return slides.list_projects(session, person)

    shown = listed(sort="-size_bytes").items[50]
    with runtime.db.read() as session:
        case = session.execute(
            text("SELECT case_id FROM slide WHERE slide_id = :id"), {"id": shown.slide_id}
        ).scalar_one()

    def neighbours(**query: Any) -> Any:
        with runtime.db.read() as session:
            return find_neighbours(session, person, shown.slide_id, ListQuery(**query))

    return {
        "first page by name": listed,
        "first page by date": lambda: listed(sort="-created_at"),
        "by case": lambda: listed(sort="case"),
        "one stain": lambda: listed(stains=("HER2",)),
        "unreadable ones": lambda: listed(states=(slides.SlideState.UNREADABLE,)),
        "search, some hits": lambda: listed(q=VOCABULARY[5]),
        "search, a quarter": lambda: listed(q="ndpi"),
        "search, everything": lambda: listed(q="svs"),
        "neighbours": neighbours,
        "neighbours in case order": lambda: neighbours(sort="case"),
        "neighbours in a case": lambda: neighbours(case_id=case, sort="case"),
        "cases": listed_cases,
        "search for a case": lambda: listed_cases(q="s21-1"),
        "search for cases by a quarter": lambda: listed_cases(q="ndpi"),
        "search for cases by all slides": lambda: listed_cases(q="svs"),
        "projects": projects,
    }
