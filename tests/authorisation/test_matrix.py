"""The authorisation matrix: each route, each principal, each object, on the whole application with real slides."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount
from tests.authorisation.asking import prepared
from tests.authorisation.house import House
from tests.authorisation.rules import NAMES
from tests.authorisation.table import LETTERS, Cell, fits, rows, rules

# Words in names of slides, cases and files, and whoever may never read them in an answer.
HIDDEN = {
    "zzown": "aepvboUPLNXK",
    "zzgone": "aepvboUPLNXK",
    "zzshared": "aepvrndbmoRWUPLNXK",
    "zzforeign": "aepvrndbmRWUPLNXK",
}


SOCKETS = {("WEBSOCKET", "/api/v1/slides/{slide_id}/live")}
"""Asked of every principal, with every message, in ``features/live/test_rights.py``."""


def test_every_route_has_a_row_and_every_row_a_route(house: House) -> None:
    served = set(routes_of(house))
    written = {(row.method, row.path) for row in rows()}
    assert served - written == SOCKETS, "a route without a row"
    assert written - served == set(), "a row without a route"
    assert len(served) > 140


def test_every_rule_is_used_and_every_cell_decided() -> None:
    assert {row.rule for row in rows()} == set(rules())
    assert set(NAMES) == set(LETTERS)
    for row in rows():
        assert {"own"} <= set(row.expected), row
        assert row.thing != "-" or set(row.expected) <= {"own", "guessed"}, row


@pytest.mark.timeout(900)
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.full)])
def test_every_cell_is_as_the_table_says(house: House, every: int) -> None:
    """All of a person's own; of what is others', trashed or nobody's each eighth cell in the short count."""
    began_s = time.monotonic()
    wrong: list[str] = []
    leaks: list[str] = []
    tried = 0
    absent: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for some in asked(every):
        for cell, answer in zip(some, answered(house, some), strict=True):
            tried += 1
            if not fits(cell, answer.status_code):
                wrong.append(f"{cell}: {answer.status_code}, not {cell.expected}: {answer.text[:200]}")
            leaks += [f"{cell}: {word}" for word in said_too_much(house, cell, answer)]
            if cell.place in ("foreign", "guessed") and answer.status_code == 404 and answer.content:
                absent[str(cell.row), cell.column][cell.place] = nameless(answer)
    told = [
        f"{row}, {column}: {both}"
        for (row, column), both in absent.items()
        if len(both) == 2 and both["foreign"] != both["guessed"]
    ]
    print(f"{tried} cells in {time.monotonic() - began_s:.0f} s")
    assert not wrong, report(wrong)
    assert not leaks, report(leaks)
    assert not told, report(["absent and foreign differ", *told])
    assert tried > (10_000 if every == 1 else 3_000)


def asked(every: int) -> Iterator[list[Cell]]:
    """Yield cells that may be asked at once: those of one row and object that change nothing, else one by one."""
    number = 0
    for row in rows():
        for place in row.expected:
            some = []
            for column in LETTERS:
                number += 1
                if place == "own" or number % every == 0:
                    some.append(Cell(row, place, column))
            reading = [] if row.changes else [one for one in some if one.column != "p"]
            if reading:
                yield reading
            yield from ([one] for one in some if one not in reading)


def answered(house: House, some: Sequence[Cell]) -> list[httpx.Response]:
    """Ask cells, and put the house back if that may have changed it."""
    asked = [prepared(house, one.column, one.row.method, one.row.path, one.row.thing, one.place) for one in some]
    answers = house.ask_all(asked)
    row = some[0].row
    if row.changes and (answers[0].status_code < 400 or row.path.startswith(DOORS)):
        house.restore()
    return answers


DOORS = ("/api/v1/session", "/api/v1/links", "/api/v1/me", "/api/v1/registration", "/api/v1/share/")
"""What counts guesses, also when it refuses."""


def said_too_much(house: House, cell: Cell, answer: httpx.Response) -> list[str]:
    """Return what an answer holds that this principal may never read."""
    text = answer.text if len(answer.content) < 200_000 else ""
    if cell.row.path.endswith("/metadata/import"):
        text = text.replace("zzown2", "")  # the answer names the rows of the sender's own table
    found = [word for word, from_whom in HIDDEN.items() if cell.column in from_whom and word in text]
    if cell.row.thing.startswith("search") and cell.column in HIDDEN["zzown"] and answer.status_code == 200:
        found += [f"found by a name: {one}" for one in answer.json()["items"]]
    for place, from_whom in UNSEEN.items():
        named = place == cell.place and cell.row.thing != "-" and not cell.row.thing.startswith("search")
        kept = place == "trashed" and "/exports" in cell.row.path  # exports outlive what they were made of
        kept |= place == "own" and any(one in cell.row.path for one in ("/arrivals", "/uploads"))  # all sent there
        # An operator is told which project each served folder fills, by its id.
        kept |= cell.column == "P" and cell.row.path == "/api/v1/imports/roots"
        kinds = KINDS[1:] if (place, cell.column) == ("own", "o") else KINDS  # the case lent to them says where it lies
        if cell.column in from_whom and not (named or kept or elsewhere(cell)):
            found += [f"{kind} of {place}" for kind in kinds if house.things[place][kind] in text]
    totals = TOTALS.get((cell.row.method, cell.row.path, cell.row.thing))
    if totals is not None and answer.status_code == 200 and answer.json().get("total") != totals[cell.column]:
        found.append(f"a total of {answer.json().get('total')}, not {totals[cell.column]}")
    return found


KINDS = ("project", "case", "slide", "coloured")
UNSEEN = {"own": "aepoPXK", "shared": "aepoPLNXK", "foreign": "aepvrndbmRWPLNXK", "trashed": "aepvrndboPLNXK"}
"""Of which places somebody may meet no id at all but in a request of theirs; auditors see ids on the trail."""
MEMBERS, STRANGERS, OTHERS = "vrndbmRW", "LN", "pUP"
TOTALS = {
    ("GET", path, "-"): {
        **dict.fromkeys(MEMBERS, members),
        **dict.fromkeys(STRANGERS, strangers),
        **dict.fromkeys(OTHERS, 0),
        "o": elsewhere_,
        **dict.fromkeys("AT", everything),
    }
    for path, members, strangers, elsewhere_, everything in (
        ("/api/v1/slides", 5, 2, 2, 7),
        ("/api/v1/cases", 4, 3, 2, 5),
    )
}
"""How many slides and cases there are for whom: own, shared by case and by project, foreign."""


def elsewhere(cell: Cell) -> bool:
    """Whether a row names two places, or nobody's."""
    return cell.row.thing in ("other slide", "lent case") or cell.place == "guessed"


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
