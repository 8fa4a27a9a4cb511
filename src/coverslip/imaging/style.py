"""How pixels become colours: the style a viewer asks for, in its address and as a value.

``style`` in an address is base64url of canonical JSON (sorted keys, defaults left out). Pure and
cheap to import; :mod:`coverslip.imaging.colourise` applies a style to pixels.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.ports.format import SlideInfo

LONGEST_STYLE = 16_384
MOST_CHANNELS = 64
DEFAULT_CHANNELS = 6
LUT_NAMES = ("fire", "gray", "green", "ice", "inferno", "magma", "red", "blue", "viridis")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class ChannelStyle:
    """How one channel is shown.

    Attributes
    ----------
    index : int
        Which channel.
    colour : str or None
        ``#rrggbb``; None for the colour the file gives.
    low, high : float or None
        Values shown black and at full colour; None for the automatic range.
    gamma : float
        Exponent 1/gamma: above 1 brightens the middle.
    lut : str or None
        Name of a colour table that replaces ``colour``.
    visible : bool
    """

    index: int
    colour: str | None = None
    low: float | None = None
    high: float | None = None
    gamma: float = 1.0
    lut: str | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Style:
    """How a slide is shown.

    Attributes
    ----------
    channels : tuple of ChannelStyle
        Fluorescence only; empty for the first six channels in their own colours.
    brightness : float
        Added, -1 to 1 of the full range; RGB only, as the next three.
    contrast : float
        Factor about middle grey.
    gamma : float
        Exponent 1/gamma.
    saturation : float
        0 is grey, 1 as it is.
    icc : bool
        Whether colours are converted from the slide's profile to sRGB.
    """

    channels: tuple[ChannelStyle, ...] = ()
    brightness: float = 0.0
    contrast: float = 1.0
    gamma: float = 1.0
    saturation: float = 1.0
    icc: bool = False

    @property
    def plain(self) -> bool:
        """Whether the style changes nothing."""
        return self == Style()


class _Refused(Exception):
    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = FieldProblem(f"/style{pointer}", detail)


@lru_cache(maxsize=256)
def parse_style(text: str | None) -> Style:
    """Read the ``style`` of an address.

    Parameters
    ----------
    text : str or None
        base64url of JSON, padding optional; None or empty for the file's own pixels.

    Raises
    ------
    InvalidRequest
        With a JSON Pointer to the field that cannot be used.
    """
    if not text:
        return Style()
    try:
        return _style(_document(text))
    except _Refused as refused:
        raise InvalidRequest("The style cannot be used.", [refused.problem]) from refused


def encode_style(style: Style) -> str:
    """Return the canonical text of a style: sorted keys, defaults left out, no padding."""
    document = style_document(style)
    return style_text(document) if document else ""


def style_document(style: Style) -> dict[str, Any]:
    """Return a style as a JSON object, defaults left out."""
    document: dict[str, Any] = _without_defaults(style, Style())
    if style.channels:
        document["channels"] = [
            {"index": channel.index, **_without_defaults(channel, ChannelStyle(channel.index))}
            for channel in style.channels
        ]
    return document


def style_text(document: Mapping[str, Any]) -> str:
    """Return a JSON object as the ``style`` of an address, whether or not the renderer knows what it says."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def default_style(info: SlideInfo) -> Style:
    """Return how a slide is shown when nobody asks for anything: its first six channels."""
    if info.rgb:
        return Style()
    return Style(tuple(ChannelStyle(index) for index in range(min(DEFAULT_CHANNELS, len(info.channels)))))


def _without_defaults(value: Any, default: Any) -> dict[str, Any]:
    names = [name for name in type(value).__slots__ if name != "channels"]
    return {name: getattr(value, name) for name in names if getattr(value, name) != getattr(default, name)}


def _document(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_STYLE:
        raise _Refused("", "The style is too long.")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        document = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _Refused("", "Write base64url of a JSON object.") from error
    if not isinstance(document, dict):
        raise _Refused("", "Write base64url of a JSON object.")
    return document


def _style(document: dict[str, Any]) -> Style:
    _known(document, "", Style.__slots__)
    channels = document.get("channels", [])
    if not isinstance(channels, list) or len(channels) > MOST_CHANNELS:
        raise _Refused("/channels", f"Write a list of at most {MOST_CHANNELS} channels.")
    parsed = tuple(_channel(channel, f"/channels/{number}") for number, channel in enumerate(channels))
    if len({channel.index for channel in parsed}) != len(parsed):
        raise _Refused("/channels", "Name each channel once.")
    return Style(
        channels=parsed,
        brightness=_number(document, "", "brightness", 0.0, -1, 1),
        contrast=_number(document, "", "contrast", 1.0, 0, 10),
        gamma=_number(document, "", "gamma", 1.0, 0.05, 20),
        saturation=_number(document, "", "saturation", 1.0, 0, 10),
        icc=_flag(document, "", "icc", default=False),
    )


def _channel(document: Any, pointer: str) -> ChannelStyle:
    if not isinstance(document, dict):
        raise _Refused(pointer, "Write an object.")
    _known(document, pointer, ChannelStyle.__slots__)
    index = document.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 100_000:
        raise _Refused(f"{pointer}/index", "Write the number of a channel.")
    channel = ChannelStyle(
        index=index,
        colour=_text(document, pointer, "colour", lambda text: bool(_COLOUR.fullmatch(text)), "Write #rrggbb."),
        low=_limit(document, pointer, "low"),
        high=_limit(document, pointer, "high"),
        gamma=_number(document, pointer, "gamma", 1.0, 0.05, 20),
        lut=_text(document, pointer, "lut", LUT_NAMES.__contains__, f"Write one of {', '.join(LUT_NAMES)}."),
        visible=_flag(document, pointer, "visible", default=True),
    )
    if channel.low is not None and channel.high is not None and channel.low >= channel.high:
        raise _Refused(f"{pointer}/high", "The high end must be above the low end.")
    return channel


def _known(document: dict[str, Any], pointer: str, names: Any) -> None:
    for key in document:
        if key not in names:
            raise _Refused(f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", "There is no such field.")


def _number(document: dict[str, Any], pointer: str, name: str, default: float, low: float, high: float) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _Refused(f"{pointer}/{name}", f"Write a number from {low} to {high}.")
    return float(value)


def _limit(document: dict[str, Any], pointer: str, name: str) -> float | None:
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Refused(f"{pointer}/{name}", "Write a number.")
    return float(value)


def _flag(document: dict[str, Any], pointer: str, name: str, *, default: bool) -> bool:
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise _Refused(f"{pointer}/{name}", "Write true or false.")
    return value


def _text(document: dict[str, Any], pointer: str, name: str, fits: Callable[[str], bool], advice: str) -> str | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not fits(value):
        raise _Refused(f"{pointer}/{name}", advice)
    return value.lower()
