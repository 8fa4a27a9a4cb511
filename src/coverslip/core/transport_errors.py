"""Errors of how a request came here: one class per stable code, as in ``core.errors``."""

from coverslip.core.errors import CoverslipError


class OriginRefused(CoverslipError):
    """A page of another site tried to change something."""

    code = "origin_refused"
    default_message = "This came from a page of another site; open Coverslip itself and do it there."


class DirectRefused(CoverslipError):
    """Somebody asked past the reverse proxy, in plain text."""

    code = "direct_refused"
    default_message = "This address is for the reverse proxy only; use the address that people were given."
