"""Reading case, block and stain from file and folder names: a small pattern language. Pure.

``{case}_{block}_{stain}`` reads ``S24-1234_A1_HER2.svs``. A slash reaches into the folders,
``{case}/{block}-{stain}``; square brackets hold what may be absent, ``{case}_{block}[_{stain}]``;
a star (or ``{_}``) stands for anything. Any other name in braces becomes a free field of the slide.
Everything else stands for itself, capital or small. The suffix of the file does not count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.slides.stains import canonical_stain, stain_kind_of

TYPED_NAMES: Final = ("case", "part", "block", "stain", "label")
IGNORED: Final = "_"
LONGEST_PATTERN: Final = 200
LONGEST_NAME: Final = 400
_MOST_FIELDS: Final = 10
_MOST_WAYS: Final = 32
_TOKEN: Final = re.compile(r"\{([^{}\[\]/]{1,60})\}|([\[\]*/])|([^{}\[\]*/]+)")
_SUFFIX: Final = re.compile(
    r"(?:\.ome)?\.(?:svs|ndpi|ndpis|mrxs|tiff?|btf|tf8|scn|bif|vms|vmu|svslide|dcm|dicom|czi|vsi|qptiff|zarr|nd2|lif"
    r"|oib|oif|dv|isyntax|i2syntax|jpe?g|png|jp2|zip|hdr|afi|ets|kfb|mds|mdsx|tmap|avs)$",
    re.IGNORECASE,
)
# What the typed fields usually look like; a name that does not fit this way is read loosely.
_SHAPES: Final = {
    "case": re.compile(r"(?=.*\d)[^/]+"),
    "part": re.compile(r"[A-Za-z]{1,2}|\d{1,2}"),
    "block": re.compile(r"[A-Za-z]{0,2}[-.]?\d{1,3}[A-Za-z]?|[A-Za-z]{1,2}"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a pattern: a literal text, or a field by its name (``_`` for anything)."""

    text: str
    is_field: bool


Way = tuple[tuple[Piece, ...], ...]  # pieces of each folder, the file last


def parse_name(pattern: str, file_name: str) -> dict[str, str] | None:
    """Return what a pattern reads from a file name (or a path with slashes), None when it does not fit.

    Parameters
    ----------
    pattern : str
    file_name : str
        With its suffix; as many folders before it as the pattern has slashes.

    Returns
    -------
    dict of str to str or None
        ``case``, ``part``, ``block``, ``stain`` (by the name that is kept), ``stain_kind``, ``label``
        and whatever free fields the pattern names.

    Raises
    ------
    InvalidRequest
        The pattern itself cannot be read.
    """
    ways = compiled(pattern)
    parts = file_name.replace("\\", "/").strip("/").split("/")
    for strict in (True, False):
        for way in ways:
            if len(way) > len(parts):
                continue
            for stem in dict.fromkeys((_SUFFIX.sub("", parts[-1]), parts[-1])):
                names = [*parts[len(parts) - len(way) : -1], stem]
                found = _match(way, names, strict=strict)
                if found is not None:
                    return _typed(found)
    return None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> tuple[Way, ...]:
    """Return the ways in which a pattern can be read, the fullest first.

    Raises
    ------
    InvalidRequest
        Says what is wrong with the pattern.
    """
    if not pattern.strip() or len(pattern) > LONGEST_PATTERN:
        raise _refused(f"a pattern has between 1 and {LONGEST_PATTERN} characters")
    tokens = _tokens(pattern)
    flat = list(dict.fromkeys(_ways(tokens)))
    if len(flat) > _MOST_WAYS:
        raise _refused("there are too many optional parts")
    ways = tuple(_folders(one) for one in flat)
    names = [piece.text for part in ways[0] for piece in part if piece.is_field and piece.text != IGNORED]
    if not names:
        raise _refused("it names no field such as {case}")
    if len(names) != len(set(names)):
        raise _refused("a field stands in it twice")
    if len(names) > _MOST_FIELDS:
        raise _refused(f"it has more than {_MOST_FIELDS} fields")
    return ways


Tree = list["Piece | Tree"]


def _tokens(pattern: str) -> Tree:
    """Return a pattern as a tree: pieces, and lists of pieces where they are optional."""
    stack: list[Tree] = [[]]
    end = 0
    for token in _TOKEN.finditer(pattern):
        if token.start() != end:
            break
        end = token.end()
        name, sign, literal = token.groups()
        if name is not None:
            if not name.strip():
                raise _refused("nothing stands in a brace")
            stack[-1].append(Piece(name.strip().casefold(), True))
        elif literal is not None:
            stack[-1].append(Piece(literal.casefold(), False))
        elif sign == "*":
            stack[-1].append(Piece(IGNORED, True))
        elif sign == "/":
            stack[-1].append(Piece("/", False))
        elif sign == "[":
            stack.append([])
        elif len(stack) == 1:
            raise _refused("a square bracket closes that was not opened")
        else:
            group = stack.pop()
            stack[-1].append(group)
    if end != len(pattern):
        raise _refused("a brace is not closed, or nothing stands in it")
    if len(stack) != 1:
        raise _refused("a square bracket is not closed")
    return stack[0]


def _ways(tree: Tree) -> list[tuple[Piece, ...]]:
    """Return every reading of a tree, the fullest first; stops early when there are too many."""
    ways: list[tuple[Piece, ...]] = [()]
    for one in tree:
        more = [(one,)] if isinstance(one, Piece) else [*_ways(one), ()]
        ways = [(*way, *end) for way in ways for end in more]
        if len(ways) > 4 * _MOST_WAYS:
            raise _refused("there are too many optional parts")
    return ways


def _folders(flat: Sequence[Piece]) -> Way:
    parts: list[list[Piece]] = [[]]
    for piece in flat:
        if piece.text == "/" and not piece.is_field:
            parts.append([])
        else:
            parts[-1].append(piece)
    if not all(parts):
        raise _refused("nothing stands before or behind a slash")
    return tuple(tuple(part) for part in parts)


def _match(way: Way, names: Sequence[str], *, strict: bool) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for pieces, name in zip(way, names, strict=True):
        values = _match_part(pieces, name[:LONGEST_NAME], strict=strict)
        if values is None:
            return None
        found |= values
    return found


def _match_part(pieces: Sequence[Piece], name: str, *, strict: bool) -> dict[str, str] | None:
    """Match one folder or file name; each (piece, place) is tried once, so no name takes long."""
    folded = name.casefold() if len(name.casefold()) == len(name) else name.lower()
    if len(folded) != len(name):
        folded = name
    dead: set[tuple[int, int]] = set()

    def go(piece_no: int, at: int) -> list[tuple[str, str]] | None:
        if piece_no == len(pieces):
            return [] if at == len(name) else None
        if (piece_no, at) in dead:
            return None
        piece = pieces[piece_no]
        if not piece.is_field:
            rest = go(piece_no + 1, at + len(piece.text)) if folded.startswith(piece.text, at) else None
        else:
            rest = None
            for end in _ends(piece, name, at, last=piece_no + 1 == len(pieces), strict=strict):
                tail = go(piece_no + 1, end)
                if tail is not None:
                    rest = [(piece.text, name[at:end].strip()), *tail]
                    break
        if rest is None:
            dead.add((piece_no, at))
        return rest

    found = go(0, 0)
    return None if found is None else {key: value for key, value in found if key != IGNORED}


def _ends(piece: Piece, name: str, at: int, *, last: bool, strict: bool) -> Iterator[int]:
    """Yield where a field that begins here may end, the nearest first."""
    shape = _SHAPES.get(piece.text) if strict else None
    ends: Sequence[int] = range(at if piece.text == IGNORED else at + 1, len(name) + 1)
    for end in (len(name),) if last else ends:
        value = name[at:end]
        if (piece.text == IGNORED or value.strip()) and (shape is None or shape.fullmatch(value)):
            yield end


def _typed(found: dict[str, str]) -> dict[str, str]:
    values = dict(found)
    if "stain" in values:
        values["stain"] = canonical_stain(values["stain"])[0]
        kind = stain_kind_of(values["stain"])
        if kind is not None:
            values["stain_kind"] = kind.value
    return values


def _refused(why: str) -> InvalidRequest:
    return InvalidRequest(f"The pattern cannot be read: {why}.", [FieldProblem("/pattern", why)])
