"""What a browser may say by a socket: the shape of each message, and who may send it. Pure.

Edits are not among them: those go by POST, where they are durable before they are answered.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, ValidationError

from coverslip.core.errors import CoverslipError, Forbidden
from coverslip.core.live_errors import MessageRefused
from coverslip.features.access import Action, refusal
from coverslip.features.slides import storable

ClientId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
Position = tuple[FiniteFloat, FiniteFloat]
MOST_VERTICES: Final = 2000
FARTHEST_PX: Final = 1e9
GEOMETRIES: Final = frozenset(
    {
        "point",
        "multipoint",
        "line",
        "arrow",
        "polyline",
        "rectangle",
        "ellipse",
        "polygon",
        "multipolygon",
        "text",
    }
)


def _is_drawing(value: Any) -> Any:
    """Let pass what can be drawn: a kind that there is, finite numbers and lists of them, no more than a hand draws."""
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("kind") not in GEOMETRIES:
        raise ValueError("this is no geometry")
    count = 0
    waiting = [item for name, item in value.items() if name not in ("kind", "text")]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, bool) or not isinstance(item, int | float) or abs(item) > FARTHEST_PX:
            raise ValueError("coordinates are numbers")
        else:
            count += 1
    if count > 2 * MOST_VERTICES:
        raise ValueError("the drawing has too many points to be shown while it is made")
    return value


Drawing = Annotated[dict[str, Any] | None, BeforeValidator(_is_drawing)]


class Message(BaseModel):
    """Anything that a browser says."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(Message):
    """Who comes in; guests say how they are called."""

    client_id: ClientId
    name: str | None = Field(default=None, max_length=60)


class Viewport(Message):
    """What somebody has on their screen: the middle in level-0 pixels and how it lies there."""

    x: FiniteFloat
    y: FiniteFloat
    resolution: Annotated[FiniteFloat, Field(gt=0)]
    rotation: FiniteFloat = 0
    mirrored: bool = False
    width: Annotated[FiniteFloat, Field(ge=0)]
    height: Annotated[FiniteFloat, Field(ge=0)]


class Presence(Message):
    """Where somebody is, and the shape that is under their hand."""

    cursor: Position | None = None
    viewport: Viewport | None = None
    drawing: Drawing = None
    tool: str | None = Field(default=None, max_length=40)


class Present(Message):
    """Begin or end to present."""

    on: bool


class View(Message):
    """What who presents shows, so that others can follow."""

    slide_id: str = Field(max_length=64)
    panes: list[dict[str, Any]] = Field(default_factory=list, max_length=16)
    camera: dict[str, Any] | None = None
    look: dict[str, Any] | None = None
    identity_hidden: bool = False


class Pointer(Message):
    """Where somebody points."""

    at: Position | None = None


class Follow(Message):
    """Whom somebody follows; None for nobody any more."""

    client_id: ClientId | None = None


class HandOver(Message):
    """Who shall present from now on."""

    client_id: ClientId


class Ping(Message):
    """Asks for a sign of life."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The policy of one type of message.

    Attributes
    ----------
    shape : type
    action : Action
        What whoever sends it must be allowed on the slide.
    guests : bool
        Whether somebody without an account may send it.
    """

    shape: type[Message]
    action: Action
    guests: bool = True


DECLARED: Final[dict[str, Declared]] = {
    "hello": Declared(Hello, Action.VIEW),
    "presence": Declared(Presence, Action.VIEW),
    "present": Declared(Present, Action.VIEW, guests=False),
    "view": Declared(View, Action.VIEW),
    "pointer": Declared(Pointer, Action.VIEW),
    "follow": Declared(Follow, Action.VIEW),
    "hand_over": Declared(HandOver, Action.VIEW),
    "ping": Declared(Ping, Action.VIEW),
}
"""Every type of message and its policy. ``view`` and ``hand_over`` are besides for who presents only, which
the room knows; a guest presents when somebody hands over to them."""

DRAWING: Final = Action.ANNOTATE
"""What a shape under the hand needs: who may not draw shows no drawing either."""


def read(text: str | bytes) -> tuple[str, Message]:
    """Return the type and the content of a message.

    Raises
    ------
    MessageRefused
        It is no JSON object, of no known type, or has not the shape of its type.
    """
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MessageRefused("The message is no JSON.") from error
    kind = found.pop("type", None) if isinstance(found, dict) else None
    declared = DECLARED.get(kind) if isinstance(kind, str) else None
    if declared is None or not isinstance(kind, str):
        raise MessageRefused("There is no such type of message.")
    try:
        return kind, declared.shape.model_validate(found)
    except (ValidationError, RecursionError, OverflowError) as error:
        raise MessageRefused(f"The message of type {kind} has not the shape that it must have.") from error


def refused(kind: str, actions: frozenset[Action], *, guest: bool) -> CoverslipError | None:
    """Return why somebody may not send a message; None when they may."""
    declared = DECLARED[kind]
    if declared.action not in actions:
        return Forbidden(refusal(declared.action))
    if guest and not declared.guests:
        return Forbidden("Guests follow and point; whoever has an account may present.")
    return None


def clean_name(text: str | None) -> str:
    """Return the name that a guest gave, as one line that can be shown."""
    shown = "".join(char if char.isprintable() else " " for char in text or "")
    shown = " ".join(shown.split())[:40].strip()
    return shown if shown and storable(shown) else "Guest"
