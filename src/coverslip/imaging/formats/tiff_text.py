"""Texts inside TIFF files: XML that cannot harm, dates, colours and numbers that people wrote."""

import contextlib
import math
import re
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from coverslip.core.errors import BombRefused, CorruptFile

MAX_XML_CHARS = 32 * 1024 * 1024
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_xml(text: str) -> Element:
    """Parse XML without entities, document types or outside references.

    Raises
    ------
    BombRefused
        It is too large, or declares entities.
    CorruptFile
        It is no XML.
    """
    if len(text) > MAX_XML_CHARS:
        raise BombRefused
    try:
        # The declared encoding is that of another life: the text is decoded already.
        root: Element = fromstring(_DECLARATION.sub("", text, count=1), forbid_dtd=True)
    except DefusedXmlException:
        raise BombRefused("The file's metadata declare XML entities, which are refused.") from None
    except (ParseError, ValueError, RecursionError):
        raise CorruptFile("The file is damaged: its metadata are not valid XML.") from None
    return root


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> list[Element]:
    """Return the direct children of that name, whatever their namespace."""
    return [child for child in element if local_name(child) == name]


def leaves(element: Element, prefix: str) -> dict[str, str]:
    """Return the text of direct children that have no children, ``prefix.Name`` -> text."""
    found: dict[str, str] = {}
    for child in element:
        text = (child.text or "").strip()
        if not len(child) and text:
            found.setdefault(f"{prefix}.{local_name(child)}", text[:4096])
    return found


def tiff_time(text: str) -> str | None:
    """Return a TIFF date (``2017:02:07 13:06:43``) as ISO 8601, None where it is none."""
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007 - TIFF dates carry no zone
    return None


def iso_time(text: str | None) -> str | None:
    """Return ISO 8601 text unchanged when it is a date, else None."""
    if not text:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text


def to_float(text: str | None) -> float | None:
    """Return a finite number, None when the text is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def to_count(text: str | None, default: int = 0, most: int = 1 << 24) -> int:
    """Return a count that is not negative.

    Raises
    ------
    CorruptFile
        It is no number or beyond ``most``.
    """
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise CorruptFile("The file is damaged: its metadata hold a count that is no number.") from None
    if not 0 <= value <= most:
        raise CorruptFile("The file is damaged: its metadata declare an impossible count.")
    return value


def hex_colour(red: int, green: int, blue: int) -> str:
    """Return ``#rrggbb``."""
    return f"#{red & 255:02x}{green & 255:02x}{blue & 255:02x}"


def magnification(text: str | None) -> float | None:
    """Return 20 for ``20x``, ``20X/0.8``, ``PlanApo 20``; None where there is no such number."""
    found = re.search(r"(\d+(?:\.\d+)?)\s*[xX]\b", text or "") or re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text or "")
    value = float(found[1]) if found else 0.0
    return value if 0 < value <= 1000 else None
