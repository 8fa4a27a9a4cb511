"""The cookie of a share session; in a frame of another site browsers keep it for that site only."""

from fastapi import Request, Response

from coverslip.features.identity import SHARE_COOKIE
from coverslip.settings import Settings


def set_share_cookie(
    request: Request, response: Response, settings: Settings, secret: str, *, framed: bool = False
) -> None:
    """Give the browser its secret; ``infra.cookies`` adds the prefix ``__Host-`` over TLS.

    Parameters
    ----------
    framed : bool
        Whether the page stands in a frame of a listed origin: only over TLS do browsers keep a cookie there.
    """
    encrypted = request.url.scheme == "https"
    parts = [f"{SHARE_COOKIE}={secret}", "Path=/", "HttpOnly", f"Max-Age={settings.session_absolute_s}"]
    if framed and encrypted:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if encrypted else [])]
    response.headers.append("Set-Cookie", "; ".join(parts))
    response.headers["Cache-Control"] = "no-store"
