"""JSON and XML from strangers: parsed within limits, refused in one sentence."""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from coverslip.core.exchange_errors import AnnotationFileRefused

T = TypeVar("T")

LONGEST_TEXT: Final = 2000
MOST_PROPERTIES: Final = 200
_NOT_JSON: Final = re.compile(rb"(?<=[:\[,\s])-?(?:NaN|Infinity)(?=[\s,\]}])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def parse_json(data: bytes | memoryview, shape: type[T]) -> T:
    """Parse JSON into a type. NaN and Infinity, which QuPath writes for measurements without a value, become null.

    Raises
    ------
    AnnotationFileRefused
    """
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if isinstance(error, msgspec.ValidationError):
            raise AnnotationFileRefused(f"The file is no annotation file of its format: {_where(error)}.") from error
    whole = bytes(data)
    try:
        text = _NOT_JSON.sub(b"null", whole.removeprefix(b"\xef\xbb\xbf"))
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise AnnotationFileRefused("The file is damaged: it is no valid JSON.") from error


def parse_xml(data: bytes) -> Element:
    """Parse XML without entities or outside references.

    Raises
    ------
    AnnotationFileRefused
    """
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise AnnotationFileRefused("The file declares entities, which are not read from strangers.") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise AnnotationFileRefused("The file is damaged: it is no valid XML.") from error
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def within(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name, whatever their namespace."""
    return (child for child in element if local(child) == name)


def first(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next(within(element, name), None)


def words(value: Any) -> str:
    """Return a text as it may be stored: no control characters, not endless."""
    return _CONTROLS.sub("", value)[:LONGEST_TEXT].strip() if isinstance(value, str) else ""


def plain(values: Any) -> dict[str, Any]:
    """Return a mapping as properties that may be stored: plain values only, not endless."""
    if not isinstance(values, dict):
        return {}
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if len(kept) >= MOST_PROPERTIES:
            break
        name = words(str(key))
        if not name or value is None:
            continue
        if isinstance(value, bool | int | float):
            kept[name] = value
        elif isinstance(value, str):
            kept[name] = words(value)
        else:
            text = msgspec.json.encode(value).decode()
            kept[name] = value if len(text) <= LONGEST_TEXT else words(text)
    return kept


def _where(error: Exception) -> str:
    return words(str(error)).replace("`", "").rstrip(".")[:200]
