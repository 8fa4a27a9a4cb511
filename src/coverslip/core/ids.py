"""Identifiers: UUIDv7 in canonical text (RFC 9562, section 5.7)."""

import os
import re
import threading
import time
import uuid
from typing import Final, NewType

SlideId = NewType("SlideId", str)
ProjectId = NewType("ProjectId", str)
ScopeId = NewType("ScopeId", str)
PersonId = NewType("PersonId", str)
SessionId = NewType("SessionId", str)

_SHAPE: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])")

_lock = threading.Lock()
_last_ms = 0
_sequence = 0


def new_id() -> str:
    """Return a new UUIDv7 as canonical text.

    Ids made by one process sort in the order in which they were made: the 12 bits behind the
    millisecond count up within it (RFC 9562, section 6.2, method 1).
    """
    global _last_ms, _sequence  # noqa: PLW0603 - the order must hold across the whole process
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _sequence = now_ms, int.from_bytes(os.urandom(2)) & 0x7FF
        else:
            _sequence += 1
            if _sequence > 0xFFF:
                _last_ms, _sequence = _last_ms + 1, 0
        timestamp_ms, sequence = _last_ms, _sequence
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    value = (timestamp_ms << 80) | (0x7 << 76) | (sequence << 64) | (0b10 << 62) | tail
    return str(uuid.UUID(int=value))


def id_in(text: str) -> str | None:
    """Return the first id that stands in a text such as a path, None when there is none."""
    found = _SHAPE.search(text)
    return None if found is None else found[0]
