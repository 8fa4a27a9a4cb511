"""Cursors of lists: the place after the last row of a page, as the text that the next page is asked for with. Pure."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.slides.words import storable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2 * 10**17  # of any number; in microseconds the year 8307
_SMALLEST: Final = -6 * 10**16  # the year 68
_VEILED: Final = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: just after the row with this key and number; ``veiled`` in the part without names."""

    key: str | int
    no: int
    veiled: bool = False


def write_place(order: str, place: Place) -> str:
    """Return the cursor of a place in a list of this order."""
    return write_cursor(order, place.key, place.no, *([_VEILED] if place.veiled else []))


def read_place(cursor: str, order: str, kind: type[str] | type[int], *, splits: bool) -> Place:
    """Return the place of a cursor.

    Parameters
    ----------
    kind : type
        What the list is sorted by.
    splits : bool
        Whether the list has a part without names, which is sorted by moments.

    Raises
    ------
    InvalidRequest
        It is none of a list of this order.
    """
    parts = _parts(cursor, order)
    veiled = splits and len(parts) == 3 and parts[-1] == _VEILED
    if not _fit(parts, (int, int, int) if veiled else (kind, int)):
        raise _foreign()
    return Place(parts[0], parts[1], veiled)


def write_cursor(order: str, *place: str | int) -> str:
    """Return the cursor of a place in a list of this order."""
    return base64.urlsafe_b64encode(json.dumps([order, *place]).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str, order: str, *kinds: type[str] | type[int]) -> list[Any]:
    """Return the place of a cursor, which has a part of each of these kinds.

    Raises
    ------
    InvalidRequest
        It is none of a list of this order.
    """
    parts = _parts(cursor, order)
    if not _fit(parts, kinds):
        raise _foreign()
    return parts


def moment_key(moment: datetime) -> int:
    """Return an instant as cursors hold it: microseconds."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(key: int) -> datetime:
    """Return the instant that a cursor holds."""
    return _EPOCH + timedelta(microseconds=key)


def _parts(cursor: str, order: str) -> list[Any]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if not isinstance(parts, list) or not parts or parts[0] != order:
        raise _foreign()
    return parts[1:]


def _fit(parts: Sequence[object], kinds: Sequence[type[str] | type[int]]) -> bool:
    return len(parts) == len(kinds) and all(map(_sound, parts, kinds))


def _sound(part: object, kind: type[str] | type[int]) -> bool:
    """Whether a part of a cursor is one that a database can be asked with; true and false are no numbers."""
    if kind is int:
        return type(part) is int and _SMALLEST < part < _LARGEST
    return isinstance(part, str) and storable(part)


def _foreign() -> InvalidRequest:
    problem = FieldProblem("/cursor", "is not a cursor of this list")
    return InvalidRequest("The cursor does not belong to this list.", [problem])
