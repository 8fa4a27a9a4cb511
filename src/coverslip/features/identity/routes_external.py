"""Signing in with an account that is kept elsewhere, over HTTP: away to a provider and back, or by a proxy's header."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response, status
from fastapi.responses import RedirectResponse

from coverslip.core.errors import CoverslipError, NotFound, SignInRefused, TooManyAttempts
from coverslip.core.identity_errors import (
    AccountPending,
    ChallengeEnded,
    ExternalRefused,
    NameTakenElsewhere,
    ProviderUnavailable,
)
from coverslip.features.identity import away, proxied, sessions
from coverslip.features.identity.guard import (
    CurrentCaller,
    CurrentSite,
    CurrentViewer,
    LimitedViewer,
    in_browser,
    public,
    real_peer,
    signed_in_limited,
)
from coverslip.features.identity.routes import answer_sign_in, set_session, sign_out
from coverslip.features.identity.schemas import SecondFactorOut, SessionOut
from coverslip.features.identity.schemas_external import AwayIn, AwayOut, CameBackOut, SignedOut
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["session"])

COOKIE: Final = "coverslip_away"
Name = Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9-]+$")]
_GOING: Final = problems(NotFound, ProviderUnavailable, TooManyAttempts)
_COMING: Final = problems(
    NotFound, ExternalRefused, NameTakenElsewhere, AccountPending, SignInRefused, ChallengeEnded, TooManyAttempts
)
_PARAMS_LONGEST: Final = 8192


@router.post("/session/external/{name}", dependencies=[public], responses=_GOING)
def begin_external(
    name: Name,
    body: AwayIn,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> AwayOut:
    """Say where this browser signs in; it comes back to ``next``, a path of this server."""
    gone = away.begin(runtime, name, body.next, caller, site)
    _keep(response, request, gone.secret)
    return AwayOut(url=gone.url)


@router.post("/session/external/{name}/prove", dependencies=[in_browser], responses=_GOING)
def begin_external_proof(
    name: Name,
    body: AwayIn,
    request: Request,
    response: Response,
    viewer: CurrentViewer,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> AwayOut:
    """Say where somebody who is signed in proves again who is at the screen."""
    gone = away.begin(runtime, name, body.next, caller, site, prove=viewer)
    _keep(response, request, gone.secret)
    return AwayOut(url=gone.url)


@router.get(
    "/session/external/{name}/callback",
    dependencies=[public],
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
)
def come_back(
    name: Name, request: Request, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> Response:
    """Take a browser that comes back from its provider: on to where it was, or to the sign-in page with a problem."""
    secret = request.cookies.get(COOKIE)
    try:
        if len(request.url.query) > _PARAMS_LONGEST:
            raise ChallengeEnded
        back = away.come_back(runtime, name, secret, _params(request), caller, site)
    except CoverslipError as error:
        return _forget(_gone_on(f"/signin?{urlencode({'problem': error.code})}"))
    if back.step is not None:
        response = _gone_on("/signin?step=factor")
        _keep(response, request, back.step)
        return response
    response = _forget(_gone_on(back.path))
    if back.signed_in is not None:
        set_session(back.signed_in, request, response, runtime)
    return response


@router.post("/session/external-step", dependencies=[public], responses=_COMING)
def take_external_step(
    request: Request, response: Response, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> CameBackOut:
    """Ask a browser that came back from its provider for the second factor."""
    found, path = away.take_step(runtime, request.cookies.get(COOKIE), caller, site)
    _forget(response)
    return CameBackOut(answer=answer_sign_in(found, request, response, runtime), next=path)


@router.post("/session/header", dependencies=[public], responses=_COMING)
def sign_in_by_header(
    request: Request, response: Response, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> SessionOut | SecondFactorOut:
    """Sign in as whom the proxy in front names; off unless the identity file lists the proxy's address."""
    found = proxied.by_header(runtime, real_peer(request), request.headers.raw, caller, site)
    return answer_sign_in(found, request, response, runtime)


@router.post("/session/sign-out", dependencies=[signed_in_limited])
def sign_out_everywhere(
    viewer: LimitedViewer, response: Response, site: CurrentSite, runtime: CurrentRuntime
) -> SignedOut:
    """Sign out, and say where to sign out of the provider too; the browser is told to forget the tiles it holds."""
    with runtime.db.transaction() as session:
        sessions.sign_out(session, viewer)
    sign_out(response)
    return SignedOut(url=away.leave_url(runtime, viewer.person_id, site) if viewer.kind == "session" else None)


def _params(request: Request) -> dict[str, str]:
    """Return what came back; where something came twice, nobody may choose which one is meant."""
    pairs = request.query_params.multi_items()
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ChallengeEnded
    return found


def _gone_on(path: str) -> Response:
    return RedirectResponse(path, status.HTTP_303_SEE_OTHER, headers={"Cache-Control": "no-store"})


def _keep(response: Response, request: Request, secret: str) -> None:
    """Give the browser the secret by which it is known when it comes back; ``lax``, as it comes from another site."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(away.LIFE.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"


def _forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response
