"""Whichever check is taken out of the code, the matrix notices: a cell turns red."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import pytest
from tests.authorisation.guards import CALLS, Guard, guards, refusals, watched, without
from tests.authorisation.house import House
from tests.authorisation.table import Cell, Row, fits, rows
from tests.authorisation.test_matrix import answered, said_too_much

from coverslip.features.identity import guard as identity_guard

# Which cells are enough to make every guard speak; the whole matrix would find no others.
ENOUGH: Final = {"own": "vrbdmoPTRL", "shared": "m", "foreign": "md", "trashed": "dR", "guessed": "T"}
MOST: Final = 14
"""Cells that are asked again of one guard before it counts as one that nobody would miss."""

SECOND_LOCKS: Final = {
    "access/members.py require in put_entry": "the slides room asked before it gave the scope",
    "access/members.py require in remove_entry": "the slides room asked before it gave the scope",
    "access/members.py require in put_visibility": "the slides room asked before it gave the scope",
    "access/service.py require_admin in check": "no route asks check for ADMIN; it stands for whoever will",
    "access/share_checking.py may in check_share": "which texts are looked through: see access/test_shares.py",
    "access/share_opening.py may in _shows_something": "a link that shows nothing: see access/test_shares_opening.py",
    "annotations/importing_classes.py may in _manages": "who may not add a class keeps its word: see test_exchange.py",
    "annotations/results/overlays.py check in may_draw": "asked before the bytes are taken, and again in publishing",
    "annotations/results/publishing.py check in _checked": "asked before the bytes are taken, and when they are kept",
    "boards/service.py may in _short": "says whether there is anything to press; _to_change refuses",
    "boards/service.py may in _to_change": "require says the same after it",
    "boards/store.py visible in listed": "the boards' projects are looked up for the same person behind it",
    "boards/store.py visible in seen": "the board's project is looked up for the same person behind it",
    "live/rights.py check in _allowed": "messages of sockets have a table of their own: see live/test_rights.py",
    "notices/store.py visible in _seen": "notices of what one lost are left out: see notices/test_notices.py",
    "slides/attachments.py require in attach": "asked before the bytes are taken, and again when the row is written",
    "slides/destination.py may in writable_project": "require says the same after it",
    "slides/store_trash.py may in any_case": "require says the same after it",
    "slides/store_trash.py may in any_project": "require says the same after it",
}
"""Guards behind another guard of the same cell, and why both stay."""


@pytest.mark.timeout(900)
def test_no_check_can_be_taken_away_unnoticed(house: House) -> None:
    written = guards()
    assert len([one for one in written if one.name in CALLS]) > 40
    with watched() as watch:
        spoke: dict[Guard, list[Cell]] = defaultdict(list)
        for cell in enough():
            watch.spoke.clear()
            answered(house, [cell])
            for one in watch.spoke:
                spoke[one].append(cell)
        unknown = set(spoke) - set(written)
        assert not unknown, "guards that were not found in the source"
        silent: list[Guard] = []
        missed: list[Guard] = []
        for one in written:
            if one.name not in CALLS:
                continue
            if one not in spoke:
                silent.append(one)
                continue
            watch.away = one
            house.forget()
            if not any(red(house, cell) for cell in spread(spoke[one])):
                missed.append(one)
            watch.away = None
    house.restore()
    kept = {named(one) for one in (*silent, *missed)}
    print(*(f"{one}: {', '.join(map(str, spread(spoke[one])[:3]))}" for one in missed), sep="\n")
    assert kept == set(SECOND_LOCKS), f"never refused, or nobody noticed: {sorted(kept ^ set(SECOND_LOCKS))}"


def test_lists_without_their_filters_are_other_lists(house: House) -> None:
    """Filters of lists stand several in a query; what each is for is compared on random trees in ``test_sight.py``.

    Here each that shows in an answer is taken away: the answer is another one, or the matrix says what is wrong.
    """
    noticed = set()
    written = {one: one for one in guards()}
    lists = [row for row in rows() if not row.changes and row.rule in ("show list", "list", "show", "take all tables")]
    with watched() as watch:
        for row in lists:
            for column in "vo":
                cell = Cell(row, "own", column)
                watch.away = None
                watch.spoke.clear()
                [before] = answered(house, [cell])
                for one in [one for one in watch.spoke if one.name not in CALLS or one.name == "visible"]:
                    watch.away = one
                    [after] = answered(house, [cell])
                    if (after.status_code, after.text) != (before.status_code, before.text):
                        noticed.add(named(written[one]))
    house.restore()
    assert noticed >= LISTS, sorted(LISTS - noticed)


LISTS: Final = {
    "exports/store.py visible in own_exports",
    "slides/store_lists.py sight.slides in _filters",
    "slides/store_trash.py sight.slides in trashed_items",
    "slides/store_trash.py sight.cases in trashed_items",
    "slides/store_trash.py sight.projects in trashed_items",
}
"""Without one of these a list shows what others have."""


def named(guard: Guard) -> str:
    return f"{guard.file.removeprefix('features/')} {guard.name} in {guard.inside}"


def enough() -> Iterator[Cell]:
    for row in rows():
        for place, columns in ENOUGH.items():
            if place in row.expected and (row.thing != "-" or place == "own"):
                yield from (Cell(row, place, column) for column in columns)


def spread(found: list[Cell]) -> list[Cell]:
    """Return some cells of many, of as many rows as may be; those that are refused first."""
    found = sorted(found, key=lambda cell: cell.expected == "+")
    first: dict[str, list[Cell]] = defaultdict(list)
    for cell in found:
        first[str(cell.row)].append(cell)
    turns = [cells[number] for number in range(MOST) for cells in first.values() if number < len(cells)]
    return turns[:MOST]


def red(house: House, cell: Cell) -> bool:
    """Whether a cell is not as the table says, or shows what it may not."""
    [answer] = answered(house, [cell])
    house.restore()
    return not fits(cell, answer.status_code) or bool(said_too_much(house, cell, answer))


# Refusals at the door, by the function and the words of the raise, with columns of the matrix that notice.
AT_THE_DOOR: Final = {
    "any_viewer: raise": "e",
    "any_viewer: raise ScopeRefused": "R",
    "limited_viewer: raise NotThroughShare": "L",
    "_known: raise Unauthenticated": "p",
    "_by_browser: raise SessionOnly": "W",
    "administrator_viewer: raise Forbidden('Only an administrator may do this.')": "m",
    "administrator_viewer: raise ScopeRefused": "T",
}
ELSEWHERE: Final = {
    "any_viewer: raise CsrfRefused": "test_attacks.py",
    "_free: raise DutiesOpen": "features/identity/test_duties.py",
    "guest: raise Unauthenticated": "a second lock: behind a person there is no link that could be done",
}


@pytest.mark.parametrize("number", range(len(refusals(identity_guard))))
def test_no_refusal_at_the_door_can_be_taken_away_unnoticed(house: House, number: int) -> None:
    function, which = refusals(identity_guard)[number]
    with without(function, which) as text:
        name = f"{function.__name__}: {text}"
        if name in ELSEWHERE:
            return
        assert any(red_or_broken(house, cell) for cell in at_the_door(AT_THE_DOOR[name])), name
    house.restore()


def at_the_door(column: str) -> Iterator[Cell]:
    """Yield cells in which this column is refused at the door."""
    for row in rows():
        cell = Cell(row, "own", column)
        if cell.expected in "13" and opens(row):
            yield cell


def opens(row: Row) -> bool:
    return row.rule not in ("no door", "closed", "browser without proof")


def red_or_broken(house: House, cell: Cell) -> bool:
    """Whether a cell turns red, or the route falls over what the door should have kept out."""
    try:
        return red(house, cell)
    except Exception:  # noqa: BLE001 - whatever it is, somebody notices
        return True
