"""Errors of live sockets: one class per stable code, as in ``core.errors``."""

from coverslip.core.errors import Busy, Conflict, InvalidRequest, TooManyAttempts


class RoomFull(Busy):
    """As many people as a slide takes are on it."""

    code = "room_full"
    default_message = "Too many people are on this slide at the same time; try again later."


class MessageRefused(InvalidRequest):
    """A message of a socket that cannot be understood."""

    code = "message_refused"
    default_message = "The message cannot be understood."


class TooManyMessages(TooManyAttempts):
    """A socket sends faster than any hand moves; what is too much is dropped."""

    code = "too_many_messages"
    default_message = "Too many messages in a second; those that were too many are lost."


class NotPresenting(Conflict):
    """Only who presents may do this."""

    code = "not_presenting"
    default_message = "Only who presents may do this."


class SomebodyPresents(Conflict):
    """Two people cannot present one slide at once."""

    code = "somebody_presents"
    default_message = "Somebody else presents here; ask them to hand over."
