"""What identity says over HTTP about signing in with an account that is kept elsewhere."""

from typing import Annotated

from pydantic import StringConstraints

from coverslip.features.identity.schemas import In, Out, Plain, SecondFactorOut, SessionOut


class AwayIn(In):
    """Where a browser goes on when it comes back; anything but a path of this server means the front page."""

    next: Annotated[Plain, StringConstraints(max_length=8192)] | None = None


class AwayOut(Out):
    """Where a browser goes to sign in."""

    url: str


class CameBackOut(Out):
    """What a browser that came back gets, and where it goes on afterwards."""

    answer: SessionOut | SecondFactorOut
    next: str


class SignedOut(Out):
    """Where to sign out of the provider too; null for nowhere."""

    url: str | None
