"""Cursors of lists: the place after the last row of a page, as the text that the next page is asked for with. Pure."""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.slides.words import storable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2 * 10**17  # of any number; in microseconds the year 8307


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
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if isinstance(parts, list) and len(parts) == 1 + len(kinds) and parts[0] == order:
        place = parts[1:]
        if all(_sound(part, kind) for part, kind in zip(place, kinds, strict=True)):
            return place
    problem = FieldProblem("/cursor", "is not a cursor of this list")
    raise InvalidRequest("The cursor does not belong to this list.", [problem])


def moment_key(moment: datetime) -> int:
    """Return an instant as cursors hold it: microseconds."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(key: int) -> datetime:
    """Return the instant that a cursor holds."""
    return _EPOCH + timedelta(microseconds=key)


def _sound(part: object, kind: type[str] | type[int]) -> bool:
    """Whether a part of a cursor is one that a database can be asked with; true and false are no numbers."""
    if kind is int:
        return type(part) is int and abs(part) < _LARGEST
    return isinstance(part, str) and storable(part)
