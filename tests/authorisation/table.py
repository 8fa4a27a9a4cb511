"""The table read: rows with their rules, and cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.authorisation.routes import TABLE
from tests.authorisation.rules import COLUMNS, OBJECTS, REFUSED, RULES
from tests.authorisation.rules_drawing import DRAWING

LETTERS: Final = COLUMNS.replace(" ", "")
STATUS: Final = {"1": 401, "3": 403, "0": 404}


@dataclass(frozen=True, eq=False)
class Row:
    """One row: a route, the object it is asked about, what is expected by object class and column."""

    method: str
    path: str
    thing: str
    rule: str
    fine: frozenset[int]
    expected: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.thing})"

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Cell:
    """One request of one principal about one object."""

    row: Row
    place: str
    column: str

    @property
    def expected(self) -> str:
        return self.row.expected[self.place][LETTERS.index(self.column)]

    def __str__(self) -> str:
        return f"{self.row}, {self.place}, {self.column}"


def rules() -> dict[str, dict[str, str]]:
    """Return each rule: a string of a letter for each column, by object class."""
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in (RULES + DRAWING).splitlines():
        text = line.partition("#")[0].rstrip()
        if text and not text.startswith(" "):
            name = text
            assert name not in found, f"{name} stands there twice"
            found[name] = {}
        elif text:
            place, _, cells = text.strip().partition(" ")
            decided = cells.replace(" ", "")
            decided += REFUSED if len(decided) == len(LETTERS) - len(REFUSED) else ""
            assert place in OBJECTS, line
            assert len(decided) == len(LETTERS), line
            assert set(decided) <= set("+130"), line
            found[name][place] = decided
    return found


def rows() -> list[Row]:
    """Return every row of the table."""
    known = rules()
    found = []
    for line in TABLE.splitlines():
        if not line.strip():
            continue
        text, _, fine = line.partition(" / ")
        method, path, rest = text.split(None, 2)
        thing, rule = (one.strip() for one in rest.split("  ", 1))
        also = frozenset(int(one) for one in fine.split(",") if one.strip())
        # A route that names no object has no second place to ask about.
        expected = {"own": known[rule]["own"]} if thing == "-" else known[rule]
        found.append(Row(method, path, thing, rule, also, expected))
    return found


def cells(of: list[Row]) -> Iterator[Cell]:
    """Yield every cell of some rows."""
    for row in of:
        for place in row.expected:
            for column in LETTERS:
                yield Cell(row, place, column)


def fits(cell: Cell, status: int) -> bool:
    """Whether an answer is what the table says."""
    if cell.expected == "+":
        return 200 <= status < 300 or status == 304 or status in cell.row.fine
    return status == STATUS[cell.expected]
