"""JSON that browsers may store here: an object of bounded size and depth, kept as ASCII text. Pure."""

import json
from typing import Any, Final

from coverslip.core.errors import FieldProblem, InvalidRequest

DEEPEST: Final = 32


def json_text(value: dict[str, Any], pointer: str, largest: int) -> str:
    """Return an object as text to store.

    Raises
    ------
    InvalidRequest
        It is too large, too deep, or holds what JSON has no word for.
    """
    if _deeper_than(value, DEEPEST):
        raise _refused(pointer, f"Nest objects and lists at most {DEEPEST} deep.")
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        json.dumps(value, ensure_ascii=False).encode()  # half a character could be stored but not answered
    except ValueError as error:
        raise _refused(pointer, "Write finite numbers and whole characters only.") from error
    if len(text) > largest:
        raise _refused(pointer, f"This may have at most {largest} bytes.")
    return text


def _deeper_than(value: object, limit: int) -> bool:
    layer: list[object] = [value]
    for _ in range(limit):
        below: list[object] = []
        for one in layer:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        layer = below
    return True


def _refused(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, [FieldProblem(pointer, detail)])
