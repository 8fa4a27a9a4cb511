"""What somebody sees and changes of their own account over HTTP."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response, status

from coverslip.core.errors import Forbidden, NotFound, TooManyAttempts
from coverslip.core.identity_errors import (
    ChallengeEnded,
    ConfirmFirst,
    ExternalAccount,
    PasskeyRefused,
    PasswordRefused,
    PasswordWrong,
    SecondFactorRefused,
    SecondFactorRequired,
)
from coverslip.core.time import utc_now
from coverslip.features.identity import me, passkeys, people, second_factor, sessions, store_factors, strength, tokens
from coverslip.features.identity.guard import (
    CurrentCaller,
    CurrentSite,
    CurrentViewer,
    LimitedViewer,
    in_browser,
    in_browser_limited,
    proof,
    public,
    signed_in,
    signed_in_limited,
)
from coverslip.features.identity.people import PersonChanges
from coverslip.features.identity.schemas import (
    MeOut,
    MePatch,
    MySessionOut,
    NewPasskey,
    NewPasskeyOut,
    NewPassword,
    PasskeyChallengeOut,
    PasskeyOut,
    PasskeysOut,
    PasswordCheckIn,
    PasswordCheckOut,
    PersonOut,
    RecoveryCodesOut,
    SessionsOut,
    TotpCode,
    TotpOut,
)
from coverslip.features.identity.schemas_tokens import NewToken, NewTokenOut, TokenOut, TokensOut
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["me"])

IdPath = Annotated[str, Path(max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
NO_CONTENT: Final = status.HTTP_204_NO_CONTENT


@router.get("/me", dependencies=[signed_in_limited])
def get_me(viewer: LimitedViewer, runtime: CurrentRuntime) -> MeOut:
    """Show all about the person behind the request."""
    with runtime.db.read() as session:
        return me.describe(session, runtime.settings, viewer)


@router.patch("/me", dependencies=[in_browser], responses=problems(ExternalAccount))
def patch_me(body: MePatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> PersonOut:
    """Change one's own name or mail address."""
    changes = PersonChanges(frozenset(body.model_fields_set), name=body.name, email=body.email)
    with runtime.db.transaction() as session:
        return PersonOut.model_validate(me.change(session, runtime.settings, viewer, changes))


@router.put(
    "/me/password",
    status_code=NO_CONTENT,
    dependencies=[in_browser_limited],
    responses=problems(PasswordWrong, PasswordRefused, ExternalAccount, TooManyAttempts),
)
def put_my_password(body: NewPassword, viewer: LimitedViewer, caller: CurrentCaller, runtime: CurrentRuntime) -> None:
    """Set or change one's own password; all one's other sessions end."""
    me.set_password(runtime, viewer, body.current_password, body.new_password, caller)


@router.post("/password-check", dependencies=[public])
def check_password(body: PasswordCheckIn, response: Response) -> PasswordCheckOut:
    """Say how hard a password is to guess; nothing is kept, nobody is asked."""
    response.headers["Cache-Control"] = "no-store"
    judged = strength.judge(body.password, (body.user_name, body.name, body.email))
    return PasswordCheckOut(accepted=judged.problem is None, score=judged.score, problem=judged.problem)


# --- second factors -----------------------------------------------------------------------------


@router.post("/me/totp", dependencies=[in_browser_limited, proof], responses=problems(ConfirmFirst))
def begin_totp(viewer: LimitedViewer, response: Response, runtime: CurrentRuntime) -> TotpOut:
    """Begin with an authenticator app; it counts once a code of it was confirmed."""
    response.headers["Cache-Control"] = "no-store"
    with runtime.db.transaction() as session:
        person = people.found(session, viewer.person_id)
        return TotpOut.model_validate(second_factor.begin_totp(session, runtime.hmac_key, person))


@router.post("/me/totp/confirm", dependencies=[in_browser_limited], responses=problems(SecondFactorRefused))
def confirm_totp(
    body: TotpCode, viewer: LimitedViewer, caller: CurrentCaller, response: Response, runtime: CurrentRuntime
) -> RecoveryCodesOut:
    """Take an authenticator app into use."""
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodesOut(recovery_codes=me.confirm_totp(runtime, viewer, body.code, caller))


@router.delete(
    "/me/totp",
    status_code=NO_CONTENT,
    dependencies=[in_browser, proof],
    responses=problems(ConfirmFirst, SecondFactorRequired),
)
def remove_totp(viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Take one's authenticator app out of use."""
    with runtime.db.transaction() as session:
        second_factor.remove_totp(session, runtime.settings, viewer)


@router.post("/me/recovery-codes", dependencies=[in_browser, proof], responses=problems(ConfirmFirst))
def renew_recovery_codes(viewer: CurrentViewer, response: Response, runtime: CurrentRuntime) -> RecoveryCodesOut:
    """Give oneself ten fresh recovery codes; the old ones stop working."""
    response.headers["Cache-Control"] = "no-store"
    with runtime.db.transaction() as session:
        codes = second_factor.new_recovery_codes(session, runtime.hmac_key, viewer.person_id, by=viewer)
    return RecoveryCodesOut(recovery_codes=codes)


@router.get("/me/passkeys", dependencies=[signed_in_limited])
def list_my_passkeys(viewer: LimitedViewer, runtime: CurrentRuntime) -> PasskeysOut:
    """List one's passkeys."""
    with runtime.db.read() as session:
        found = store_factors.passkeys_of(session, viewer.person_id)
        return PasskeysOut(items=[PasskeyOut.model_validate(one) for one in found])


@router.post(
    "/me/passkeys/begin",
    dependencies=[in_browser_limited, proof],
    responses=problems(ConfirmFirst, PasskeyRefused),
)
def begin_passkey(
    viewer: LimitedViewer, caller: CurrentCaller, site: CurrentSite, response: Response, runtime: CurrentRuntime
) -> PasskeyChallengeOut:
    """Begin to make a passkey."""
    response.headers["Cache-Control"] = "no-store"
    return PasskeyChallengeOut.model_validate(me.begin_passkey(runtime, viewer, caller, site))


@router.post(
    "/me/passkeys",
    status_code=status.HTTP_201_CREATED,
    dependencies=[in_browser_limited],
    responses=problems(PasskeyRefused, ChallengeEnded),
)
def add_passkey(
    body: NewPasskey, viewer: LimitedViewer, site: CurrentSite, response: Response, runtime: CurrentRuntime
) -> NewPasskeyOut:
    """Keep a passkey that the browser made."""
    response.headers["Cache-Control"] = "no-store"
    row, codes = me.add_passkey(runtime, viewer, body.challenge, body.name, body.passkey, site)
    return NewPasskeyOut(passkey=PasskeyOut.model_validate(row), recovery_codes=codes)


@router.delete(
    "/me/passkeys/{passkey_id}",
    status_code=NO_CONTENT,
    dependencies=[in_browser, proof],
    responses=problems(ConfirmFirst, NotFound, SecondFactorRequired),
)
def remove_passkey(passkey_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Forget one of one's passkeys."""
    with runtime.db.transaction() as session:
        passkeys.remove(session, runtime.settings, viewer, passkey_id)


# --- sessions and tokens ------------------------------------------------------------------------


def session_outs(found: list[sessions.SessionInfo], current: str | None) -> SessionsOut:
    """Return sessions as they are shown."""
    items = [
        MySessionOut.model_validate(
            {
                **{name: getattr(one, name) for name in one.__dataclass_fields__},
                "current": one.session_id == current,
            }
        )
        for one in found
    ]
    return SessionsOut(items=items)


@router.get("/me/sessions", dependencies=[in_browser])
def list_my_sessions(viewer: CurrentViewer, runtime: CurrentRuntime) -> SessionsOut:
    """List the browsers in which one is signed in."""
    with runtime.db.read() as session:
        return session_outs(sessions.list_sessions(session, viewer.person_id), viewer.viewer_id)


@router.delete("/me/sessions", status_code=NO_CONTENT, dependencies=[in_browser])
def end_my_other_sessions(viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Sign out everywhere else."""
    with runtime.db.transaction() as session:
        sessions.end_sessions(session, viewer.person_id, by=viewer, but=viewer.viewer_id)


@router.delete(
    "/me/sessions/{session_id}", status_code=NO_CONTENT, dependencies=[in_browser], responses=problems(NotFound)
)
def end_my_session(session_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Sign out in one browser."""
    with runtime.db.transaction() as session:
        sessions.end_session(session, viewer.person_id, session_id, by=viewer)


@router.get("/me/tokens", dependencies=[signed_in])
def list_my_tokens(viewer: CurrentViewer, runtime: CurrentRuntime) -> TokensOut:
    """List one's tokens, without their secrets."""
    with runtime.db.read() as session:
        found = tokens.list_tokens(session, viewer.person_id)
    return TokensOut(items=[TokenOut.model_validate(one) for one in found])


@router.post(
    "/me/tokens",
    status_code=status.HTTP_201_CREATED,
    dependencies=[in_browser, proof],
    responses=problems(ConfirmFirst, Forbidden),
)
def create_my_token(body: NewToken, viewer: CurrentViewer, response: Response, runtime: CurrentRuntime) -> NewTokenOut:
    """Make a token; its secret is shown once."""
    response.headers["Cache-Control"] = "no-store"
    ends = utc_now() + timedelta(days=body.days)
    with runtime.db.transaction() as session:
        secret = tokens.create_token(session, viewer.person_id, body.name, ends, by=viewer, scopes=body.scopes)
        return NewTokenOut(token=TokenOut.model_validate(tokens.token_of_secret(session, secret)), secret=secret)


@router.delete("/me/tokens/{token_id}", status_code=NO_CONTENT, dependencies=[signed_in], responses=problems(NotFound))
def revoke_my_token(token_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Revoke one of one's tokens for good."""
    with runtime.db.transaction() as session:
        tokens.revoke_token(session, token_id, by=viewer, person_id=viewer.person_id)
