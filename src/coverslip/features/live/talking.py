"""What each type of message does in the room. A type without a declared policy does not start."""

from collections.abc import Callable
from typing import Any, Final

from coverslip.core.errors import Forbidden, StartRefused
from coverslip.core.live_errors import MessageRefused, NotPresenting, SomebodyPresents
from coverslip.features.access import refusal
from coverslip.features.live import messages
from coverslip.features.live.member import Member
from coverslip.features.live.messages import DECLARED, DRAWING
from coverslip.features.live.rooms import Room

Answer = Callable[[Room, Member, Any], None]

ANSWERS: Final[dict[str, Answer]] = {}


def _answers(kind: str) -> Callable[[Answer], Answer]:
    def keep(function: Answer) -> Answer:
        ANSWERS[kind] = function
        return function

    return keep


def check_messages() -> None:
    """Refuse to start when a type of message says nothing about who may send it, or is declared and not answered.

    Raises
    ------
    StartRefused
        Names the types.
    """
    odd = sorted(set(ANSWERS) ^ set(DECLARED))
    if odd:
        raise StartRefused(f"No policy, or no answer, is declared for the live messages {', '.join(odd)}.")


def take(room: Room, member: Member, text: str | bytes) -> None:
    """Do what a message says.

    Raises
    ------
    MessageRefused, Forbidden, NotPresenting, SomebodyPresents
        The error's ``of`` is the type of the message.
    """
    kind, message = messages.read(text)
    error = messages.refused(kind, member.sight.actions, guest=member.sight.guest)
    if error is not None:
        member.refuse(kind, error)
        return
    try:
        ANSWERS[kind](room, member, message)
    except (MessageRefused, Forbidden, NotPresenting, SomebodyPresents) as refused:
        member.refuse(kind, refused)


@_answers("hello")
def _hello(room: Room, member: Member, message: messages.Hello) -> None:
    raise MessageRefused("You have said hello already.")


@_answers("ping")
def _ping(room: Room, member: Member, message: messages.Ping) -> None:
    member.say("pong")


@_answers("presence")
def _presence(room: Room, member: Member, message: messages.Presence) -> None:
    shown = message.model_dump()
    may_draw = DRAWING in member.sight.actions
    if not may_draw:
        shown["drawing"] = None
    member.shown = shown
    room.move(member)
    if message.drawing is not None and not may_draw:
        raise Forbidden(refusal(DRAWING))


@_answers("present")
def _present(room: Room, member: Member, message: messages.Present) -> None:
    presenter = room.presenting.client_id
    if message.on:
        if presenter is not None and presenter != member.client_id:
            raise SomebodyPresents
        if presenter is None:
            room.present(member.client_id)
    elif presenter == member.client_id:
        room.present(None)
    else:
        raise NotPresenting


@_answers("hand_over")
def _hand_over(room: Room, member: Member, message: messages.HandOver) -> None:
    _must_present(room, member)
    if not room.has(message.client_id):
        raise MessageRefused("Nobody of that name is here.")
    room.present(message.client_id)


@_answers("view")
def _view(room: Room, member: Member, message: messages.View) -> None:
    _must_present(room, member)
    shown = {"type": "view", "client_id": member.client_id, **message.model_dump()}
    try:
        room.show_view(shown, member)
    except (OverflowError, ValueError) as error:  # a number that JSON of others cannot hold
        raise MessageRefused from error
    room.tell("view", message=shown)


@_answers("pointer")
def _pointer(room: Room, member: Member, message: messages.Pointer) -> None:
    pointer = {"type": "pointer", "client_id": member.client_id, "at": message.at}
    room.point(pointer, member)
    room.tell("pointer", message=pointer)


@_answers("follow")
def _follow(room: Room, member: Member, message: messages.Follow) -> None:
    if message.client_id is not None and not room.has(message.client_id):
        raise MessageRefused("Nobody of that name is here.")
    member.following = message.client_id
    room.move(member)
    if message.client_id is not None and message.client_id == room.presenting.client_id and room.presenting.view:
        member.show("view", room.presenting.view)


def _must_present(room: Room, member: Member) -> None:
    if room.presenting.client_id != member.client_id:
        raise NotPresenting
