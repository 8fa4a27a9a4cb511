"""Errors of share links: one class per stable code, as in ``core.errors``."""

from collections.abc import Mapping

from coverslip.core.errors import CoverslipError, Forbidden


class SharePasswordWrong(Forbidden):
    """The link needs a password, and this is not it."""

    code = "share_password_wrong"
    default_message = "This is not the password of this link."

    def __init__(self, message: str | None = None, *, tries_left: int = 0) -> None:
        super().__init__(message)
        self.members: Mapping[str, int] = {"tries_left": tries_left}


class ShareEnded(CoverslipError):
    """The link was good once, and is not any more."""

    code = "share_ended"
    default_message = "This link has ended; ask the person who sent it for a new one."


class NotThroughShare(Forbidden):
    """Somebody who came by a share link asks for more than to look at what was shared."""

    code = "not_through_share"
    default_message = "A share link lets you look at what was shared, and nothing else."
