"""A tile's address: from the path and query of a request to one frozen value.

Pure and small, because every tile passes here. The common query is ``v=<version>`` alone; it is
recognised without parsing by the caller, everything else comes to :func:`parse_query`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.imaging.projection import PlaneChoice, Projection

PREFIX: Final = "/api/v1/slides/"
ID_LENGTH: Final = 36
_ID_END: Final = len(PREFIX) + ID_LENGTH
_MARK: Final = "/tiles/"
_REST: Final = _ID_END + len(_MARK)
_DIGITS_MOST: Final = 9
PLANE_MOST: Final = 100_000
STYLE_LONGEST: Final = 8192
_PROJECTIONS: Final = frozenset(Projection)


@dataclass(frozen=True, slots=True)
class TileRequest:
    """One tile of one slide, with everything that changes its bytes.

    Attributes
    ----------
    slide_id : str
    z, x, y : int
        Web address: z = 0 is the coarsest level.
    version : str or None
        What the client believes the slide's version to be.
    style : str or None
        base64url of canonical JSON; None for the file's own pixels.
    plane : int or Projection
        Focal plane from 0, or a projection of all.
    time : int
        Time point, from 0.
    """

    slide_id: str
    z: int
    x: int
    y: int
    version: str | None = None
    style: str | None = None
    plane: PlaneChoice = 0
    time: int = 0


def split_path(path: str) -> tuple[str, str] | None:
    """Return the slide's id and ``z/x/y`` as text, or None when the path is no tile's.

    Examples
    --------
    >>> split_path("/api/v1/slides/01890a5d-ac96-774b-bcce-b302099a8057/tiles/3/1/2")
    ('01890a5d-ac96-774b-bcce-b302099a8057', '3/1/2')
    """
    if path[_ID_END:_REST] != _MARK or path[: len(PREFIX)] != PREFIX:
        return None
    slide_id = path[len(PREFIX) : _ID_END]
    rest = path[_REST:]
    if "/" in slide_id or rest.count("/") != 2:
        return None
    return slide_id, rest


def parse_place(rest: str) -> tuple[int, int, int]:
    """Return z, x and y of ``z/x/y``.

    Raises
    ------
    InvalidRequest
        Names each part that is not a plain decimal number.
    """
    problems = []
    numbers = []
    for name, text in zip("zxy", rest.split("/"), strict=True):
        if text.isascii() and text.isdecimal():
            # A number too long for any slide is out of range, not malformed.
            numbers.append(int(text[: _DIGITS_MOST + 1]))
        else:
            problems.append(FieldProblem(f"/path/{name}", "write a whole number from 0"))
    if problems:
        raise InvalidRequest("The tile's place is not three whole numbers.", problems)
    z, x, y = numbers
    return z, x, y


@lru_cache(maxsize=4096)
def parse_query(query: bytes) -> tuple[str | None, str | None, PlaneChoice, int]:
    """Return version, style, plane and time of a tile's query string.

    Unknown parameters are ignored, of repeated ones the last counts. A viewer's tiles share their
    query, so what was read is remembered.

    Raises
    ------
    InvalidRequest
        Names the parameters that cannot be used.
    """
    if not query:
        return None, None, 0, 0
    try:
        given = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=32))
    except ValueError as error:
        raise InvalidRequest("The query of the address cannot be read.", [FieldProblem("/query", str(error))]) from None
    problems: list[FieldProblem] = []
    plane: PlaneChoice = (
        Projection(given["plane"]) if given.get("plane") in _PROJECTIONS else _count(given, "plane", problems)
    )
    time = _count(given, "time", problems)
    style = given.get("style") or None
    if style is not None and len(style) > STYLE_LONGEST:
        problems.append(FieldProblem("/query/style", f"a style has at most {STYLE_LONGEST} characters"))
    if problems:
        raise InvalidRequest("A parameter of the tile cannot be used.", problems)
    return given.get("v") or None, style, plane, time


def _count(given: dict[str, str], name: str, problems: list[FieldProblem]) -> int:
    text = given.get(name, "0")
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MOST and int(text) <= PLANE_MOST:
        return int(text)
    problems.append(FieldProblem(f"/query/{name}", f"write a whole number from 0 to {PLANE_MOST}"))
    return 0
