"""How messages are written: JSON once for everybody who gets the same."""

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


def written(message: dict[str, Any]) -> str:
    """Return a message as text."""
    return _ENCODER.encode(message).decode()
