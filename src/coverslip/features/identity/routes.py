"""Signing in and out over HTTP."""

from typing import Final

from fastapi import APIRouter, Request, Response, status

from coverslip.core.errors import SignInRefused, TooManyAttempts
from coverslip.features.identity import service
from coverslip.features.identity.guard import CurrentViewer, public, signed_in
from coverslip.features.identity.schemas import SessionOut, SignIn, ViewerOut
from coverslip.infra.web import CurrentRuntime

router: Final = APIRouter(tags=["session"])


@router.post("/session", dependencies=[public])
def create_session(body: SignIn, request: Request, response: Response, runtime: CurrentRuntime) -> SessionOut:
    """Exchange the one-time token of the printed address for a session."""
    with runtime.db.transaction() as session:
        outcome = service.sign_in(
            session,
            body.one_time_token,
            address=request.client.host if request.client else "unknown",
            idle_s=runtime.settings.session_idle_s,
            absolute_s=runtime.settings.session_absolute_s,
            previous_cookie=request.cookies.get(service.COOKIE),
        )
    if isinstance(outcome, service.SignInDenied):
        raise TooManyAttempts if outcome.limited else SignInRefused
    response.set_cookie(
        service.COOKIE,
        outcome.cookie,
        max_age=runtime.settings.session_absolute_s,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return _session_out(outcome.viewer, outcome.csrf_token)


@router.get("/session", dependencies=[signed_in])
def get_session(request: Request, response: Response, viewer: CurrentViewer) -> SessionOut:
    """Say who is signed in; the answer carries the token for changes."""
    response.headers["Cache-Control"] = "no-store"
    cookie = request.cookies.get(service.COOKIE)
    csrf = service.csrf_token(cookie) if viewer.kind == "session" and cookie else None
    return _session_out(viewer, csrf)


@router.post("/session/activity", status_code=status.HTTP_204_NO_CONTENT, dependencies=[signed_in])
def report_activity() -> None:
    """Keep the session alive while somebody looks at a slide; the web app sends it at most once a minute."""


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT, dependencies=[signed_in])
def delete_session(viewer: CurrentViewer, response: Response, runtime: CurrentRuntime) -> None:
    """Sign out and tell the browser to forget the tiles it holds."""
    with runtime.db.transaction() as session:
        service.sign_out(session, viewer)
    response.delete_cookie(service.COOKIE, path="/", httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    response.headers["Cache-Control"] = "no-store"


def _session_out(viewer: service.Viewer, csrf: str | None) -> SessionOut:
    person = ViewerOut(person_id=viewer.person_id, name=viewer.name, is_admin=viewer.is_admin)
    if viewer.expires_at is None:
        raise ValueError("a session or token always ends")
    return SessionOut(viewer=person, csrf_token=csrf, expires_at=viewer.expires_at)
