"""Slides in no case: found, ordered and counted alike, and read without a look at the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from sqlalchemy import event, text
from tests.support.catalogue import fill, settle, take_out_of_cases

from coverslip.features import identity, slides
from coverslip.features.slides import ListQuery, store_lists
from coverslip.features.slides.service import Sort, find_neighbours
from coverslip.infra.runtime import Runtime

SORTS: tuple[Sort, ...] = get_args(Sort)


@contextmanager
def plans(runtime: Runtime) -> Iterator[list[str]]:
    """Give how the database reads slides for each statement of the block, once that has ended."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    found: list[str] = []
    event.listen(runtime.db.engine, "before_cursor_execute", note)
    yield found
    event.remove(runtime.db.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if runtime.db.dialect == "sqlite" else "EXPLAIN"
    with runtime.db.engine.connect() as connection:
        for statement, parameters in asked:
            if "FROM slide " in f"{statement} ".replace("\n", " ") and "case_id IS NULL" in statement:
                rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
                found.append(" / ".join(str(row[-1]).strip() for row in rows))


def test_only_they_are_read(runtime: Runtime) -> None:
    """Whatever else the catalogue holds: the list, a place in it and the counts come from indexes of these alone."""
    fill(runtime, 3000)
    take_out_of_cases(runtime, 50)
    settle(runtime)
    with plans(runtime) as found, runtime.db.read() as session:
        admin = identity.local_administrator(session)
        query = ListQuery(case_id="none", sort="case")
        listed = slides.list_slides(session, admin, query, 10, None)
        beside = find_neighbours(session, admin, listed.items[5].slide_id, query)
    assert (listed.total, beside.position, beside.next_id) == (60, 6, listed.items[6].slide_id)
    walked = [plan for plan in found if "slide_pkey" not in plan and "rowid=?" not in plan and "pk_slide" not in plan]
    assert len(walked) >= 4  # the page, both neighbours, the place, the counts
    assert [plan for plan in walked if "ix_slide_in_no_case" not in plan] == []
    assert any("ix_slide_in_no_case_counted" in plan for plan in walked)


@pytest.mark.parametrize("many", [5, 5000])
def test_every_order_lists_them_as_it_lists_all(runtime: Runtime, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are looked up and sorted, many are met on the way through the order asked for: with one outcome."""
    monkeypatch.setattr(store_lists, "MANY_HITS", many)
    fill(runtime, 60)
    take_out_of_cases(runtime, 4)
    with runtime.db.read() as session:
        admin = identity.local_administrator(session)
        without = set(map(str, session.execute(text("SELECT slide_id FROM slide WHERE case_id IS NULL")).scalars()))
        assert len(without) == 15
        for sort in SORTS:
            everything = slides.list_slides(session, admin, ListQuery(sort=sort), 100, None).items
            wanted = [one.slide_id for one in everything if one.slide_id in without]
            found, cursor = [], None
            while True:
                page = slides.list_slides(session, admin, ListQuery(sort=sort, case_id="none"), 4, cursor)
                found += [one.slide_id for one in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert (found, page.total) == (wanted, 15)
            beside = find_neighbours(session, admin, wanted[7], ListQuery(sort=sort, case_id="none"))
            assert (beside.previous_id, beside.next_id, beside.position) == (wanted[6], wanted[8], 8)
