"""The cookie of a share session; in a frame of another site browsers keep it for that site only."""

from datetime import datetime, timedelta
from typing import Final

from fastapi import Request, Response

from coverslip.core.time import utc_now
from coverslip.features.identity import SHARE_COOKIE
from coverslip.settings import Settings

_KEPT_AFTER_END: Final = timedelta(days=14)
"""A browser that comes back after the end holds what says which link it was; it opens nothing any more."""


def set_share_cookie(
    request: Request, response: Response, settings: Settings, secret: str, *, until: datetime, framed: bool = False
) -> None:
    """Give the browser its secret; ``infra.cookies`` adds the prefix ``__Host-`` over TLS.

    Parameters
    ----------
    until : datetime
        When the link ends; the session may end long before.
    framed : bool
        Whether the page stands in a frame of a listed origin: only over TLS do browsers keep a cookie there.
    """
    encrypted = request.url.scheme == "https"
    kept_s = max(settings.session_absolute_s, int((until - utc_now() + _KEPT_AFTER_END).total_seconds()))
    parts = [f"{SHARE_COOKIE}={secret}", "Path=/", "HttpOnly", f"Max-Age={kept_s}"]
    if framed and encrypted:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if encrypted else [])]
    response.headers.append("Set-Cookie", "; ".join(parts))
    response.headers["Cache-Control"] = "no-store"
