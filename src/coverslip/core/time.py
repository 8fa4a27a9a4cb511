"""The one clock: aware UTC datetimes for records, a monotonic count for durations."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
