"""The authorisation matrix: each route, each principal, each object, on the whole application with real slides."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount
from tests.authorisation.asking import send
from tests.authorisation.expected import NAMES
from tests.authorisation.house import GUESSED, House
from tests.authorisation.table import LETTERS, Cell, Row, cells, fits, rows, rules

# Words in names of slides, cases and files, and whoever may never read them in an answer.
HIDDEN = {
    "zzown": "aepvboUP",
    "zzgone": "aepvboUP",
    "zzshared": "aepvrndbmoRWUP",
    "zzforeign": "aepvrndbmRWUP",
}


def test_every_route_has_a_row_and_every_row_a_route(house: House) -> None:
    served = set(routes_of(house))
    written = {(row.method, row.path) for row in rows()}
    assert served - written == set(), "a route without a row"
    assert written - served == set(), "a row without a route"
    assert len(served) > 140


def test_every_rule_is_used_and_every_cell_decided() -> None:
    assert {row.rule for row in rows()} == set(rules())
    assert set(NAMES) == set(LETTERS)
    for row in rows():
        assert {"own"} <= set(row.expected), row
        assert row.thing != "-" or set(row.expected) <= {"own", "guessed"}, row


def test_every_cell_is_as_the_table_says(house: House) -> None:
    began_s = time.monotonic()
    wrong, leaks, tried = [], [], 0
    absent: dict[tuple[Row, str], dict[str, Any]] = defaultdict(dict)
    for cell in asked():
        answer = answered(house, cell)
        tried += 1
        if not fits(cell, answer.status_code):
            wrong.append(f"{cell}: {answer.status_code}, not {cell.expected}: {answer.text[:200]}")
        leaks += [f"{cell}: {word}" for word in said_too_much(house, cell, answer)]
        if cell.place in ("foreign", "guessed") and answer.status_code == 404 and answer.content:
            absent[cell.row, cell.column][cell.place] = nameless(answer)
    told = [
        f"{row}, {column}: {both}"
        for (row, column), both in absent.items()
        if len(both) == 2 and both["foreign"] != both["guessed"]
    ]
    print(f"{tried} cells in {time.monotonic() - began_s:.0f} s")
    assert not wrong, report(wrong)
    assert not leaks, report(leaks)
    assert not told, report(["absent and foreign differ", *told])
    assert tried > 6000


def asked() -> Iterator[Cell]:
    """Yield every cell that can be asked: rules speak of objects, some rows of none."""
    for cell in cells(rows()):
        if cell.row.thing != "-" or cell.place == "own":
            yield cell


def answered(house: House, cell: Cell) -> httpx.Response:
    """Ask one cell, and put the house back if that may have changed it."""
    answer = send(house, cell.column, cell.row.method, cell.row.path, cell.row.thing, cell.place)
    if cell.row.changes and (answer.status_code < 400 or cell.row.path.startswith(DOORS)):
        house.restore()
    return answer


DOORS = ("/api/v1/session", "/api/v1/links", "/api/v1/me", "/api/v1/registration")
"""What counts guesses, also when it refuses."""


def said_too_much(house: House, cell: Cell, answer: httpx.Response) -> list[str]:
    """Return what an answer holds that this principal may never read."""
    text = answer.text if len(answer.content) < 200_000 else ""
    found = [word for word, from_whom in HIDDEN.items() if cell.column in from_whom and word in text]
    if cell.row.thing.startswith("search") and cell.column in HIDDEN["zzown"] and answer.status_code == 200:
        found += [f"found by a name: {one}" for one in answer.json()["items"]]
    if cell.column not in "oUAT" and cell.place != "foreign":
        ids = [house.things["foreign"][kind] for kind in ("project", "case", "slide", "second")]
        found += [one for one in ids if one in text]
    return found


def nameless(answer: httpx.Response) -> dict[str, Any]:
    """Return an error without what is new in each answer."""
    return {name: value for name, value in answer.json().items() if name not in ("request_id", "instance")}


def report(lines: Sequence[str]) -> str:
    """Return what is wrong, and how often by row."""
    counted = Counter(line.split(",", 1)[0] for line in lines)
    return "\n".join([f"{len(lines)} wrong", *(f"{count}x {row}" for row, count in counted.items()), *lines[:400]])


def routes_of(house: House) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route that the running application answers."""
    app: Any = house.app
    while not hasattr(app, "routes"):
        app = app._app
    yield from _flat(app.routes, "")


def _flat(routes: Sequence[BaseRoute], prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        path = prefix + str(getattr(route, "path", ""))
        context = getattr(route, "include_context", None)
        if context is not None:
            yield from _flat(context.included_router.routes, prefix + str(context.prefix))
        elif isinstance(route, Mount):
            yield from _flat(route.routes or [], path)
        elif isinstance(route, APIWebSocketRoute):
            yield "WEBSOCKET", path
        else:
            methods = getattr(route, "methods", None) or {"ANY"}
            kept = methods - {"HEAD"} if not isinstance(route, APIRoute) else methods
            yield from ((method, path) for method in kept)


__all__ = ["GUESSED"]
