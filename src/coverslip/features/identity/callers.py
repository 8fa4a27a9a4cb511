"""Where a request comes from, and what a browser that was let in holds from then on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from coverslip.features.identity.viewer import Viewer

ACTIVITY_STEP: Final = timedelta(minutes=1)
AGENT_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from.

    Attributes
    ----------
    address : str
        Of the network.
    agent : str or None
        What the browser says it is; shown in the list of sessions.
    previous_cookie : str or None
        A session that the browser still holds; it ends, so that no one else's session is kept.
    previous_share : str or None
        The same of a share link.
    """

    address: str
    agent: str | None = None
    previous_cookie: str | None = None
    previous_share: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the secret for the cookie and the token for changes."""

    cookie: str
    csrf_token: str
    viewer: Viewer
