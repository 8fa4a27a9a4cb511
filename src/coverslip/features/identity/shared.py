"""What stands behind the session of a share link: the room that owns links comes from above and says it."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from coverslip.core.errors import Unauthenticated
from coverslip.features.identity.schemas_shares import ShareSeen
from coverslip.features.identity.viewer import Viewer

Describe = Callable[[Session, Viewer], ShareSeen]

_describe: list[Describe] = []


def register(describe: Describe) -> None:
    """Let the room that owns share links say what a session may know of its link."""
    _describe[:] = [describe]


def seen_by(session: Session, viewer: Viewer) -> ShareSeen:
    """Return what a browser is told of the link by which it came.

    Raises
    ------
    Unauthenticated
        The link has ended.
    """
    if not _describe:
        raise Unauthenticated
    return _describe[0](session, viewer)
