"""A share link over HTTP, for the stranger who holds it. GET changes nothing: the token travels in bodies only."""

from typing import Final

from fastapi import APIRouter, Request, Response, status

from coverslip.core.errors import Conflict, CsrfRefused, NotFound, TooManyAttempts, Unauthenticated
from coverslip.core.share_errors import ShareEnded, SharePasswordWrong
from coverslip.features.access import share_opening
from coverslip.features.access.policies import policy
from coverslip.features.access.schemas_shares import (
    ShareDoneIn,
    ShareLook,
    ShareLookIn,
    ShareOpened,
    ShareOpenedStart,
    ShareOpenIn,
    ShareRequestIn,
)
from coverslip.features.access.share_cookie import set_share_cookie
from coverslip.features.access.share_opening import Key
from coverslip.features.identity import CurrentCaller, Guest, by_share, presented_by
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["share"])


@router.post("/share/look", dependencies=[policy.public])
def look_at_share(
    body: ShareLookIn, caller: CurrentCaller, request: Request, response: Response, runtime: CurrentRuntime
) -> ShareLook:
    """Say what a link is for; nothing changes and nothing counts.

    Without a token it is the link by which this browser came, also after its end: then it is said when
    that was and whom to ask, and of a link that is still open hardly more than that it is.
    """
    response.headers["Cache-Control"] = "no-store"
    return share_opening.look(runtime, _key(body.token, request), caller)


@router.post(
    "/share/open",
    dependencies=[policy.public],
    responses=problems(NotFound, ShareEnded, SharePasswordWrong, TooManyAttempts),
)
def open_share(
    body: ShareOpenIn, caller: CurrentCaller, request: Request, response: Response, runtime: CurrentRuntime
) -> ShareOpened:
    """Count one open and swap the token for a session cookie; a wrong password says how many tries are left.

    Where the browser also holds the session of an account, pages of the share send the header
    ``X-Coverslip-Share`` with every request, and addresses of pictures carry ``share=1``.
    """
    response.headers["Cache-Control"] = "no-store"
    opened = share_opening.open_share(runtime, body.token, body.password, caller)
    framed = body.embedded and bool(opened.share.origins)
    until = opened.share.expires_at
    set_share_cookie(request, response, runtime.settings, opened.signed_in.cookie, until=until, framed=framed)
    start = ShareOpenedStart(path=share_opening.start_path(opened.share))
    return ShareOpened(csrf_token=opened.signed_in.csrf_token, start=start)


@router.post(
    "/share/done",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[by_share],
    responses=problems(Unauthenticated, CsrfRefused),
)
def finish_share(body: ShareDoneIn, viewer: Guest, runtime: CurrentRuntime) -> None:
    """Tell the sender that the recipient has finished."""
    with runtime.db.transaction() as session:
        share_opening.say_done(session, viewer, body.message)


@router.post(
    "/share/request",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[policy.public],
    responses=problems(NotFound, Conflict, TooManyAttempts),
)
def request_more_time(body: ShareRequestIn, caller: CurrentCaller, request: Request, runtime: CurrentRuntime) -> None:
    """Ask the sender of a link that has ended for more time; it is shown at the link."""
    share_opening.ask_for_more(runtime, _key(body.token, request), body.message, caller)


def _key(token: str | None, request: Request) -> Key:
    """Return what says which link is meant; an account that sits at the same browser says nothing of one."""
    return Key(token=token) if token is not None else Key(came_by=presented_by(request).share)
