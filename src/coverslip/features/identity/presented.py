"""Which credential counts when a browser holds several.

Somebody with an account may open a share link, and who makes one looks at it as its recipient will:
then the browser holds two cookies, and sends both. The page of a share says which of them it means,
by a header, or in the address of a picture or a socket by a word in the query. A stranger's browser holds one
cookie only and need not say anything.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from coverslip.features.identity.sessions import COOKIE
from coverslip.features.identity.share_sessions import SHARE_COOKIE

SHARE_HEADER: Final = "X-Coverslip-Share"
SHARE_QUERY: Final = "share"


@dataclass(frozen=True, slots=True)
class Presented:
    """The one credential that counts; at most one is set."""

    cookie: str | None = None
    bearer: str | None = None
    share: str | None = None

    @property
    def anything(self) -> bool:
        """Whether there is any."""
        return bool(self.cookie or self.bearer or self.share)


def bearer_of(authorization: str | None) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header, or None for anything else."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def presented_by(request: HTTPConnection) -> Presented:
    """Return the credential of a request: a token before a cookie, the share's cookie where its page asks."""
    bearer = bearer_of(request.headers.get("authorization"))
    if bearer:
        return Presented(bearer=bearer)
    cookie, share = request.cookies.get(COOKIE), request.cookies.get(SHARE_COOKIE)
    # A page of a share never falls back to the account of who sits there: it would show what others may not see.
    if asks_as_share(request) or (share and not cookie):
        return Presented(share=share)
    return Presented(cookie=cookie)


def asks_as_share(request: HTTPConnection) -> bool:
    """Whether a page of a share asks."""
    return SHARE_HEADER.lower() in request.headers or SHARE_QUERY in request.query_params
