"""The keys and values of an operation: checked, and brought to the form in which they are stored. Pure.

What needs to look elsewhere (is there such a layer, class, parent) is asked by the service.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from coverslip.core.annotation_errors import PatchRefused
from coverslip.features.annotations import geometry
from coverslip.features.annotations.ops import MAPS
from coverslip.features.slides import printable

OBJECT_TYPES: Final = ("annotation", "detection", "cell", "tile", "tma_core")
REVIEWS: Final = ("draft", "in_review", "approved", "rejected")
PLACES: Final = ("annotation", "place", "slide", "case")
LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 10_000
MOST_ENTRIES: Final = 500
MOST_MENTIONS: Final = 50
LARGEST_VALUE: Final = 16 * 1024
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CREATE_ONLY: Final = frozenset({"properties", "measurements", "corrects"})

Extent = tuple[int, int] | None
Check = Callable[[Any, Extent], Any]


def is_id(value: object) -> bool:
    """Whether a value is a UUID as canonical text."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def annotation_patch(patch: Mapping[str, Any], extent: Extent, *, create: bool) -> dict[str, Any]:
    """Return a patch of an annotation as it is stored.

    Raises
    ------
    PatchRefused, GeometryRefused
    """
    found: dict[str, Any] = {}
    for key, value in patch.items():
        name, dot, inner = key.partition(".")
        if dot and name in MAPS:
            found[f"{name}.{_inner(inner)}"] = None if value is None else _VALUES[name](value)
        elif key in _CHECKS and (create or key not in _CREATE_ONLY):
            found[key] = _CHECKS[key](value, extent)
        else:
            raise PatchRefused(f"An annotation has no key {key[:60]!r} that an operation may set like this.")
    if create:
        _check_new(found)
    elif "geometry" in found and found["geometry"] is None:
        raise PatchRefused("The geometry cannot be taken away; delete the annotation.")
    return found


def comment_patch(patch: Mapping[str, Any], *, create: bool) -> dict[str, Any]:
    """Return a patch of a comment as it is stored.

    Raises
    ------
    PatchRefused
    """
    found: dict[str, Any] = {}
    for key, value in patch.items():
        if key not in _COMMENT_CHECKS or (key in ("on", "thread_id") and not create):
            raise PatchRefused(f"A comment has no key {key[:60]!r} that an operation may set like this.")
        found[key] = _COMMENT_CHECKS[key](value)
    if create and not {"text", "on"} <= found.keys():
        raise PatchRefused("A comment needs a text and what it is on.")
    return found


def _check_new(found: dict[str, Any]) -> None:
    if "layer_id" not in found:
        raise PatchRefused("An annotation needs a layer.")
    if found.get("geometry") is None and found.get("corrects") is None:
        raise PatchRefused("An annotation needs a geometry.")
    for name in MAPS:  # one form on the wire: a new object's maps are whole
        inner = {key.partition(".")[2]: found.pop(key) for key in list(found) if key.startswith(f"{name}.")}
        if inner:
            found[name] = {**found.get(name, {}), **{key: one for key, one in inner.items() if one is not None}}


# --- values -------------------------------------------------------------------------------------


def text_value(value: Any, longest: int, what: str) -> str:
    """Return a text as every database holds it; line breaks stay.

    Raises
    ------
    PatchRefused
    """
    if not isinstance(value, str) or len(value) > longest:
        raise PatchRefused(f"The {what} must be a text of at most {longest} characters.")
    return "\n".join(printable(line) for line in value.replace("\r\n", "\n").split("\n"))


def _geometry(value: Any, extent: Extent) -> Any:
    return None if value is None else geometry.checked(value, extent)


def _id(value: Any, extent: Extent) -> str:
    if not is_id(value):
        raise PatchRefused("An id is a UUID in small letters.")
    return str(value)


def _id_or_none(value: Any, extent: Extent) -> str | None:
    return None if value is None else _id(value, extent)


def _class_id(value: Any, extent: Extent) -> str | None:
    if value is not None and (not isinstance(value, str) or not 1 <= len(value) <= 64):
        raise PatchRefused("A class is named by its id.")
    return value


def _flag(value: Any, extent: Extent = None) -> bool:
    if not isinstance(value, bool):
        raise PatchRefused("This must be true or false.")
    return value


def _index(value: Any, extent: Extent) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
        raise PatchRefused("A plane or a time is a whole number from 0 to 100000.")
    return value


def _one_of(words: tuple[str, ...], what: str) -> Check:
    def check(value: Any, extent: Extent) -> str:
        if value not in words:
            raise PatchRefused(f"The {what} is one of {', '.join(words)}.")
        return str(value)

    return check


def _corrects(value: Any, extent: Extent) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"layer_id", "object_no"}:
        raise PatchRefused("What an annotation corrects is named by layer_id and object_no.")
    number = value["object_no"]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**53:
        raise PatchRefused("An object_no is a whole number from 0.")
    return {"layer_id": _id(value["layer_id"], extent), "object_no": number}


def _inner(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise PatchRefused(f"The name of a property or measurement has 1 to {LONGEST_NAME} characters.")
    return printable(name)


def _property(value: Any) -> Any:
    try:
        text = json.dumps(value, allow_nan=False)
        json.dumps(value, ensure_ascii=False).encode()  # half a character could be stored but not answered
    except (ValueError, RecursionError) as error:
        raise PatchRefused("Properties hold finite numbers and whole characters only.") from error
    if len(text) > LARGEST_VALUE:
        raise PatchRefused(f"A property may have at most {LARGEST_VALUE} bytes.")
    return value


def _measurement(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise PatchRefused("A measurement is a finite number.")
    return value


_VALUES: Final[Mapping[str, Callable[[Any], Any]]] = {"properties": _property, "measurements": _measurement}


def _map_of(name: str) -> Check:
    def check(value: Any, extent: Extent) -> dict[str, Any]:
        if not isinstance(value, Mapping) or len(value) > MOST_ENTRIES:
            raise PatchRefused(f"The {name} are an object of at most {MOST_ENTRIES} entries.")
        return {_inner(str(key)): _VALUES[name](one) for key, one in value.items() if one is not None}

    return check


_CHECKS: Final[Mapping[str, Check]] = {
    "layer_id": _id,
    "object_type": _one_of(OBJECT_TYPES, "object type"),
    "parent_id": _id_or_none,
    "geometry": _geometry,
    "nucleus": _geometry,
    "class_id": _class_id,
    "name": lambda value, extent: text_value(value, LONGEST_NAME, "name"),
    "properties": _map_of("properties"),
    "measurements": _map_of("measurements"),
    "plane": _index,
    "time": _index,
    "locked": _flag,
    "review": _one_of(REVIEWS, "review state"),
    "review_note": lambda value, extent: text_value(value, LONGEST_TEXT, "review note"),
    "corrects": _corrects,
    "deleted": _flag,
}


def _comment_text(value: Any) -> str:
    found = text_value(value, LONGEST_TEXT, "comment")
    if not found.strip():
        raise PatchRefused("A comment says something.")
    return found


def _mentions(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST_MENTIONS or not all(is_id(one) for one in value):
        raise PatchRefused(f"A comment mentions at most {MOST_MENTIONS} people, by their ids.")
    return list(dict.fromkeys(value))


def _on(value: Any) -> dict[str, Any]:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    members = {"annotation": {"annotation_id"}, "place": {"x", "y"}}.get(str(kind), set())
    if kind not in PLACES or set(value) != {"kind", *members}:
        raise PatchRefused("A comment is on an annotation (annotation_id), a place (x, y), the slide or the case.")
    if kind == "annotation":
        return {"kind": kind, "annotation_id": _id(value["annotation_id"], None)}
    if kind == "place":
        x, y = geometry.checked({"kind": "point", "at": [value["x"], value["y"]]})["at"]
        return {"kind": kind, "x": x, "y": y}
    return {"kind": kind}


_COMMENT_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "thread_id": lambda value: _id(value, None),
    "on": _on,
    "text": _comment_text,
    "mentions": _mentions,
    "resolved": _flag,
    "deleted": _flag,
}
