"""Errors of the Python client: one class per stable code, as in ``core.errors``."""

from coverslip.core.errors import CoverslipError


class ServerRefused(CoverslipError):
    """The server answered with an error; its own code and status are on the object."""

    code = "server_refused"
    default_message = "The server refused the request."

    def __init__(self, message: str | None = None, *, server_code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.server_code = server_code
        self.status = status


class ServerUnreachable(CoverslipError):
    """No answer came."""

    code = "server_unreachable"
    default_message = "The server cannot be reached."
