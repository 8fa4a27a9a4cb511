"""Colours as annotation formats write them, read into ``#rrggbb`` and back. Pure."""

import re
from typing import Any, Final

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{6})(?:[0-9a-fA-F]{2})?")
_RGB: Final = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*[\d.]+\s*)?\)")


def css(value: Any) -> str | None:
    """Return ``#rrggbb``, ``rgb(...)`` or ``rgba(...)`` as ``#rrggbb``; None for anything else."""
    if not isinstance(value, str):
        return None
    found = _HEX.fullmatch(value.strip())
    if found is not None:
        return f"#{found[1].lower()}"
    found = _RGB.fullmatch(value.strip())
    return None if found is None else parts([int(found[1]), int(found[2]), int(found[3])])


def parts(value: Any) -> str | None:
    """Return three numbers 0..255 as ``#rrggbb``."""
    if not isinstance(value, list | tuple) or len(value) < 3:
        return None
    red, green, blue = value[:3]
    for one in (red, green, blue):
        if not (isinstance(one, int | float) and 0 <= one <= 255):
            return None
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


def packed_rgb(value: Any) -> str | None:
    """Return a packed ``0xAARRGGBB`` of Java (QuPath), which may be negative."""
    number = _integer(value)
    return None if number is None else f"#{number & 0xFFFFFF:06x}"


def packed_rgba(value: Any) -> str | None:
    """Return a packed ``0xRRGGBBAA`` (OME-XML), which may be negative."""
    number = _integer(value)
    return None if number is None else f"#{number >> 8 & 0xFFFFFF:06x}"


def packed_bgr(value: Any) -> str | None:
    """Return a packed ``0x00BBGGRR`` of Windows (ImageScope, HALO)."""
    number = _integer(value)
    if number is None:
        return None
    return f"#{number & 0xFF:02x}{number >> 8 & 0xFF:02x}{number >> 16 & 0xFF:02x}"


def triple(colour: str | None) -> tuple[int, int, int]:
    """Return ``#rrggbb`` as numbers; green where there is none."""
    whole = (colour or "#00ff00").lstrip("#")
    return int(whole[:2], 16), int(whole[2:4], 16), int(whole[4:6], 16)


def _integer(value: Any) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if -(2**31) <= number < 2**32 else None
