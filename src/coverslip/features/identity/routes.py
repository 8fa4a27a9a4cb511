"""Signing in and out over HTTP."""

from typing import Final

from fastapi import APIRouter, Request, Response, status

from coverslip.core.errors import Conflict, NotFound, SignInRefused, TooManyAttempts, Unauthenticated
from coverslip.core.identity_errors import (
    AccountPending,
    ChallengeEnded,
    ExternalRefused,
    NameTakenElsewhere,
    PasswordWrong,
    ProviderUnavailable,
    SecondFactorRefused,
)
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    duties,
    elsewhere,
    people,
    providers,
    proxied,
    sessions,
    share_sessions,
    shared,
    signing_in,
)
from coverslip.features.identity.callers import SignedIn
from coverslip.features.identity.guard import (
    AnyViewer,
    CurrentCaller,
    CurrentSite,
    CurrentViewer,
    LimitedViewer,
    in_browser,
    let_in_somehow,
    public,
    real_peer,
    signed_in_limited,
)
from coverslip.features.identity.schemas import (
    ConfirmIn,
    DutyName,
    OptionsOut,
    PasskeyChallengeOut,
    PasskeyIn,
    ProviderChoice,
    SecondFactorIn,
    SecondFactorOut,
    SessionOut,
    SignIn,
    TermsIn,
    TermsOut,
    ViewerOut,
)
from coverslip.features.identity.schemas_shares import ShareSeen
from coverslip.features.identity.share_sessions import SHARE_COOKIE
from coverslip.features.identity.signing_in import FactorNeeded, Proof
from coverslip.features.identity.viewer import Viewer, csrf_token
from coverslip.infra.mail import can_mail
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["session"])

_REFUSED: Final = problems(
    SignInRefused,
    SecondFactorRefused,
    ChallengeEnded,
    AccountPending,
    NameTakenElsewhere,
    ProviderUnavailable,
    TooManyAttempts,
)


@router.get("/session/options", dependencies=[public])
def get_sign_in_options(request: Request, response: Response, site: CurrentSite, runtime: CurrentRuntime) -> OptionsOut:
    """Say what the sign-in page offers."""
    settings = runtime.settings
    if settings.allow_public:
        _forget_ended(request, response, runtime)
    terms = duties.current_terms(settings)
    host_is_a_name = not site.rp_id.replace(".", "").isdigit() and ":" not in site.rp_id
    return OptionsOut(
        providers=[
            ProviderChoice(name=one.name, title=one.title, kind=one.way)
            for one in providers.configured(settings).offered()
            if one.way in ("password", "redirect")
        ],
        announced=_announced(request, runtime),
        registration=settings.registration,
        registration_domains=list(settings.registration_domains) if settings.registration == "domain" else [],
        mail=can_mail(settings),
        # Browsers know passkeys for names only, and only over https or on this computer.
        passkeys=host_is_a_name and (site.origin.startswith("https:") or site.rp_id == "localhost"),
        terms_version=None if terms is None else terms.version,
    )


@router.post("/session", dependencies=[public], responses=_REFUSED)
def create_session(
    body: SignIn,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> SessionOut | SecondFactorOut:
    """Sign in by the printed address, or by user name and password; a second factor may be asked for."""
    if body.one_time_token is not None:
        found: SignedIn | FactorNeeded = signing_in.by_one_time_token(runtime, body.one_time_token, caller)
    else:
        found = signing_in.by_password(runtime, body.user_name or "", body.password or "", caller, site)
    return answer_sign_in(found, request, response, runtime)


@router.post("/session/second-factor", dependencies=[public], responses=_REFUSED)
def finish_sign_in(
    body: SecondFactorIn,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> SessionOut:
    """Finish a sign-in with the second factor."""
    proof = Proof(body.totp, body.recovery_code, body.passkey)
    found = signing_in.by_second_factor(runtime, body.challenge, proof, caller, site)
    return _begun(found, request, response, runtime)


@router.post("/session/passkey/begin", dependencies=[public], responses=problems(TooManyAttempts))
def begin_passkey_sign_in(
    response: Response, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> PasskeyChallengeOut:
    """Begin to sign in by a passkey alone."""
    response.headers["Cache-Control"] = "no-store"
    return PasskeyChallengeOut.model_validate(signing_in.begin_passkey(runtime, caller, site))


@router.post("/session/passkey", dependencies=[public], responses=_REFUSED)
def sign_in_by_passkey(
    body: PasskeyIn,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> SessionOut:
    """Sign in by a passkey alone; it asked for a finger or a PIN."""
    found = signing_in.by_passkey(runtime, body.challenge, body.passkey, caller, site)
    return _begun(found, request, response, runtime)


@router.get("/session", dependencies=[let_in_somehow])
def get_session(request: Request, response: Response, viewer: AnyViewer, runtime: CurrentRuntime) -> SessionOut:
    """Say who is signed in, or by which share link a browser came; the answer carries the token for changes.

    A browser that holds both says with the header ``X-Coverslip-Share`` that it means the link; the
    address of a picture, which sends no header, says so by ``share=1`` in its query.
    """
    response.headers["Cache-Control"] = "no-store"
    cookie = request.cookies.get(SHARE_COOKIE if viewer.kind == "share" else sessions.COOKIE)
    csrf = csrf_token(cookie) if viewer.kind in ("session", "share") and cookie else None
    return _session_out(runtime, viewer, csrf)


@router.post("/session/activity", status_code=status.HTTP_204_NO_CONTENT, dependencies=[let_in_somehow])
def report_activity() -> None:
    """Keep the session alive while somebody looks at a slide; the web app sends it at most once a minute."""


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT, dependencies=[let_in_somehow])
def delete_session(viewer: AnyViewer, response: Response, runtime: CurrentRuntime) -> None:
    """Sign out, or leave a share, and tell the browser to forget the tiles it holds."""
    with runtime.db.transaction() as session:
        sessions.sign_out(session, viewer)
    sign_out(response, SHARE_COOKIE if viewer.kind == "share" else sessions.COOKIE)


@router.post("/session/confirm/begin", dependencies=[in_browser], responses=problems(NotFound))
def begin_confirm(
    response: Response, viewer: CurrentViewer, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> PasskeyChallengeOut:
    """Begin to prove with a passkey who is at the screen."""
    response.headers["Cache-Control"] = "no-store"
    return PasskeyChallengeOut.model_validate(signing_in.begin_confirm(runtime, viewer, caller, site))


@router.post(
    "/session/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[in_browser],
    responses=problems(PasswordWrong, SecondFactorRefused, ChallengeEnded, ProviderUnavailable, TooManyAttempts),
)
def confirm_session(
    body: ConfirmIn, viewer: CurrentViewer, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime
) -> None:
    """Prove again who is at the screen; sensitive changes then pass for 15 minutes."""
    proof = Proof(totp=body.totp, passkey=body.passkey)
    signing_in.confirm(runtime, viewer, caller, site, password=body.password, proof=proof, challenge=body.challenge)


@router.get("/terms", dependencies=[public], responses=problems(NotFound))
def get_terms(runtime: CurrentRuntime) -> TermsOut:
    """Show the terms of use."""
    terms = duties.current_terms(runtime.settings)
    if terms is None:
        raise NotFound("There are no terms of use.")
    return TermsOut.model_validate(terms)


@router.post(
    "/me/terms",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[signed_in_limited],
    responses=problems(Conflict),
)
def accept_terms(body: TermsIn, viewer: LimitedViewer, runtime: CurrentRuntime) -> None:
    """Accept the terms of use."""
    with runtime.db.transaction() as session:
        duties.accept_terms(session, runtime.settings, viewer.person_id, body.version, viewer)
        sessions.lift_limits(session, viewer, runtime.settings)


def _forget_ended(request: Request, response: Response, runtime: Runtime) -> None:
    """Have the browser forget sessions that have ended: with one it would be refused what the public may see."""
    cookie = request.cookies.get(sessions.COOKIE)
    if cookie:
        with runtime.db.read() as session:
            try:
                sessions.authenticate(session, cookie=cookie, limited=True)
            except Unauthenticated:
                response.delete_cookie(sessions.COOKIE, path="/", httponly=True, samesite="lax")
    _forget_share(request, response, runtime)


def _announced(request: Request, runtime: Runtime) -> str | None:
    """Return whom a proxy names: what it says is offered only to who comes through it."""
    try:
        found = proxied.announced(runtime, real_peer(request), request.headers.raw)
    except ExternalRefused:
        return None
    return None if found is None else found.name


def answer_sign_in(
    found: SignedIn | FactorNeeded, request: Request, response: Response, runtime: Runtime
) -> SessionOut | SecondFactorOut:
    """Answer a right password: with a session, or with the question for the second factor."""
    if isinstance(found, SignedIn):
        return _begun(found, request, response, runtime)
    response.headers["Cache-Control"] = "no-store"
    return SecondFactorOut(
        second_factor=found.factors,
        challenge=found.challenge,
        passkey_options=found.passkey_options,
        expires_at=found.expires_at,
    )


def sign_out(response: Response, cookie: str = sessions.COOKIE) -> None:
    """Tell the browser to forget its session and the tiles that it holds."""
    response.delete_cookie(cookie, path="/", httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    response.headers["Cache-Control"] = "no-store"


def set_session(found: SignedIn, request: Request, response: Response, runtime: Runtime) -> None:
    """Give the browser its session."""
    response.set_cookie(
        sessions.COOKIE,
        found.cookie,
        max_age=runtime.settings.session_absolute_s,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    _forget_share(request, response, runtime)


def _forget_share(request: Request, response: Response, runtime: Runtime) -> None:
    """Take back what a link left that has ended: whoever has an account is no guest when they sign out."""
    secret = request.cookies.get(SHARE_COOKIE)
    if not secret:
        return
    with runtime.db.read() as session:
        over = share_sessions.is_over(session, secret, utc_now())
    if over:
        response.delete_cookie(SHARE_COOKIE, path="/", httponly=True, samesite="lax")


def _begun(found: SignedIn, request: Request, response: Response, runtime: Runtime) -> SessionOut:
    set_session(found, request, response, runtime)
    return _session_out(runtime, found.viewer, found.csrf_token)


def _session_out(runtime: Runtime, viewer: Viewer, csrf: str | None) -> SessionOut:
    if viewer.expires_at is None:
        raise ValueError("a session or token always ends")
    open_duties: list[DutyName] = []
    share: ShareSeen | None = None
    provider = None
    with runtime.db.read() as session:
        if viewer.kind == "share":
            share = shared.seen_by(session, viewer)
        else:
            provider = elsewhere.provider_of(session, runtime.settings, viewer.person_id)
            if viewer.session_kind != "full":
                person = people.found(session, viewer.person_id)
                open_duties = list(duties.open_duties(session, runtime.settings, person))
    return SessionOut(
        kind="share" if share is not None else "token" if viewer.kind == "token" else "session",
        viewer=ViewerOut.model_validate(viewer),
        csrf_token=csrf,
        expires_at=viewer.expires_at,
        duties=open_duties,
        provider=None
        if provider is None or provider.way is None
        else ProviderChoice(name=provider.name, title=provider.title, kind=provider.way),
        share=share,
    )
