"""Tables as laboratories export them: whatever encoding, delimiter and column names, read the same. Pure.

Also the way back: cells that no spreadsheet takes for a formula.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.slides.stains import stain_key

LARGEST: Final = 20 * 2**20
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 300
_LONGEST_CELL: Final = 4000
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

KEY: Final = "slide"
"""What a column becomes that only says which slide a row is about."""

_MEANINGS: Final[Mapping[str, str]] = {
    word: meaning
    for meaning, words in {
        KEY: "slide slideid slidename slidenumber name file filename image imagename imageid imagefile path filepath",
        "case": "case caseid casename casenumber caseno accession accessionnumber accessionno accessionid",
        "part": "part partid specimencode specimenpart partcode",
        "block": "block blockid blockcode blockno blocknumber blockname",
        "stain": "stain stainname staining marker antibody",
        "stain_kind": "stainkind staintype",
        "label_text": "label labeltext barcode barcodevalue barcodetext slidebarcode labelbarcode slidelabel",
        "tags": "tag tags keyword keywords",
        "rating": "rating stars",
    }.items()
    for word in words.split()
}
"""What columns mean by their names, without case, spaces and signs. All others become free fields."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header, and the rows with their numbers, counted from 1 below the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(body: bytes) -> Table:
    """Read a table; rows without any text are left out.

    Raises
    ------
    InvalidRequest
        It is empty, has no header, or is larger than a table may be.
    """
    text = decoded(body)
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)\r?", first.strip("\ufeff"))
    if told is not None:
        text, delimiter = rest, told[1]
    else:
        delimiter = _delimiter(text)
    try:
        lines = list(_lines(text, delimiter))
    except csv.Error as error:
        raise _refused("it is no table of comma-separated values") from error
    if not lines:
        raise _refused("it is empty")
    header = tuple(" ".join(cell.split())[:100] for cell in lines[0])
    while header and not header[-1]:
        header = header[:-1]
    if not header:
        raise _refused("its first row names no columns")
    if len(header) > MOST_COLUMNS:
        raise _refused(f"it has more than {MOST_COLUMNS} columns")
    repeated = next((one for one in header if one and header.count(one) > 1), None)
    if repeated is not None:
        raise _refused(f"the column {repeated} stands in it twice")
    rows = tuple((no, tuple(row)) for no, row in enumerate(lines[1:], 1) if any(cell.strip() for cell in row))
    if len(rows) > MOST_ROWS:
        raise _refused(f"it has more than {MOST_ROWS} rows")
    return Table(header, rows)


def decoded(body: bytes) -> str:
    """Return a table's text: by its byte order mark, else UTF-8, else what Windows writes."""
    if len(body) > LARGEST:
        raise _refused(f"it is larger than {LARGEST // 2**20} MB")
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def meaning_of(column: str) -> str:
    """Return what a column becomes: a field of a slide by its name, ``slide``, or ``fields.`` and its own name."""
    return _MEANINGS.get(stain_key(column), f"fields.{column}")


def cells_of(table: Table, row: tuple[str, ...]) -> dict[str, str]:
    """Return a row's cells by column, trimmed, without those that are empty."""
    pairs = zip(table.header, row, strict=False)
    found = {column: plain(cell.strip())[:_LONGEST_CELL] for column, cell in pairs if column}
    return {column: cell for column, cell in found.items() if cell}


def safe(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def plain(cell: str) -> str:
    """Return a cell without the mark that :func:`safe` puts before what looks like a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1:].startswith(_FORMULA) else cell


def written(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _lines(text: str, delimiter: str) -> Iterable[list[str]]:
    # Some exports end lines with CR alone; the reader wants line ends as they are inside quotes.
    return csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)


def _delimiter(text: str) -> str:
    """Return what separates most columns of the header."""
    head = text[:65_536]

    def columns(delimiter: str) -> int:
        try:
            return len(next(iter(_lines(head, delimiter)), []))
        except csv.Error:
            return 0

    return max(",;\t|", key=columns)


def _refused(why: str) -> InvalidRequest:
    return InvalidRequest(f"The table cannot be used: {why}.", [FieldProblem("", why)])
