"""Signing in elsewhere: a browser goes to its provider and comes back.

What must be known again when it comes back is kept here, sealed, under a secret that only this browser
has: an answer that belongs to another browser or to no question opens nothing, and each opens once.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import CoverslipError, NotFound
from coverslip.core.identity_errors import ChallengeEnded, ExternalRefused, ProviderUnavailable
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    challenges,
    duties,
    external,
    providers,
    sessions,
    signing_in,
    store_external,
)
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.sealing import seal, unseal
from coverslip.features.identity.signing_in import FactorNeeded
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.infra.audit import Outcome
from coverslip.infra.origins import local_path
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import ExternalIdentity, ProviderError, RedirectProvider, Refused

logger = logging.getLogger(__name__)

LIFE: Final = timedelta(minutes=15)
"""Somebody may have to look for their telephone meanwhile."""
AWAY: Final = "away"
STEP: Final = "away_step"
_PATH_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Away:
    """Where to send a browser, and the secret by which it is known when it comes back."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Back:
    """A browser that came back: where it goes on.

    ``signed_in`` is its new session; None after a fresh proof, and while the second factor is missing,
    for which ``step`` is the secret.
    """

    path: str
    signed_in: SignedIn | None = None
    step: str | None = None


def begin(
    runtime: Runtime, name: str, path: str | None, caller: Caller, site: Site, *, prove: Viewer | None = None
) -> Away:
    """Send a browser to a provider: to sign in, or for a fresh proof of who is signed in already.

    Raises
    ------
    NotFound
        There is no such provider, or it takes no browsers.
    ProviderUnavailable, TooManyAttempts
    """
    provider = _provider(runtime, name)
    path, redirect_uri = _path(path), _redirect_uri(site, name)
    try:
        begun = provider.begin(path, redirect_uri, prove=prove is not None)
    except ProviderError as error:
        logger.warning("%s", error.sentence)
        raise ProviderUnavailable from error
    kept = {
        "provider": name,
        "path": path,
        "redirect_uri": redirect_uri,
        "state": begun.state_secret,
        "prove": None if prove is None else prove.viewer_id,
    }
    with runtime.db.transaction() as session:
        secret = _ask(session, runtime, AWAY, None if prove is None else prove.person_id, kept, caller)
    return Away(begun.url, secret)


def come_back(
    runtime: Runtime, name: str, secret: str | None, params: Mapping[str, str], caller: Caller, site: Site
) -> Back:
    """Take what a provider sent back with a browser.

    Raises
    ------
    ChallengeEnded
        This browser was not sent away, too long ago, or it was here before.
    ExternalRefused, ProviderUnavailable, NotFound
    NameTakenElsewhere, AccountPending, SignInRefused
        The provider vouches for somebody who cannot come in here.
    """
    now = utc_now()
    kept, asked = _taken(runtime, AWAY, secret, now)
    if kept["provider"] != name:
        raise ChallengeEnded
    identity = _completed(runtime, _provider(runtime, name), kept, params)
    with runtime.db.transaction() as session:
        if kept["prove"] is not None:
            _prove(session, kept["prove"], asked, identity, caller)
            return Back(kept["path"])
        person = external.admit(session, runtime, identity, now=now)
        if person.state == "active" and duties.has_second_factor(session, person.person_id):
            after = {"path": kept["path"]}
            return Back(kept["path"], step=_ask(session, runtime, STEP, person.person_id, after, caller))
        found = signing_in.let_in(session, runtime, person.person_id, caller, site, now)
    if not isinstance(found, SignedIn):
        raise ChallengeEnded  # a second factor was set up in this very moment
    return Back(kept["path"], signed_in=found)


def take_step(runtime: Runtime, secret: str | None, caller: Caller, site: Site) -> tuple[SignedIn | FactorNeeded, str]:
    """Go on to the second factor for a browser that came back; also says where it goes on afterwards.

    Raises
    ------
    ChallengeEnded, SignInRefused, AccountPending
    """
    now = utc_now()
    kept, person_id = _taken(runtime, STEP, secret, now)
    with runtime.db.transaction() as session:
        return signing_in.let_in(session, runtime, person_id or "", caller, site, now), kept["path"]


def leave_url(runtime: Runtime, person_id: str, site: Site) -> str | None:
    """Return where somebody who has signed out here signs out of their provider too, None for nowhere."""
    with runtime.db.read() as session:
        account = store_external.of_person(session, person_id)
    if account is None:
        return None
    configured = providers.configured(runtime.settings).named(account.provider)
    if configured is None or not isinstance(configured.provider, RedirectProvider):
        return None
    return configured.provider.logout_url(f"{site.origin}/signin", external.hint_of(account, runtime.hmac_key))


def refused(runtime: Runtime, provider: str, error: Refused) -> ExternalRefused:
    """Put on record that a provider's answer opened nothing, and return what to say."""
    logger.warning("%s: somebody was not let in (%s: %s)", provider, error.reason, error.detail or "no more is known")
    with runtime.db.transaction() as session:
        put_on_record(
            session,
            "session.start",
            "person",
            None,
            None,
            outcome=Outcome.DENIED,
            provider=provider,
            reason=error.reason,
        )
    return ExternalRefused()


def _completed(
    runtime: Runtime, provider: RedirectProvider, kept: Mapping[str, Any], params: Mapping[str, str]
) -> ExternalIdentity:
    try:
        return provider.complete(kept["state"], params, kept["redirect_uri"])
    except Refused as error:
        raise refused(runtime, provider.name, error) from error
    except ProviderError as error:
        logger.warning("%s", error.sentence)
        raise ProviderUnavailable from error


def _prove(session: Session, viewer_id: str, person_id: str | None, identity: ExternalIdentity, caller: Caller) -> None:
    """Record a fresh proof for the session that asked for it, if it is this browser's and that person's."""
    account = store_external.by_key(session, identity.provider, identity.key)
    try:
        viewer = sessions.authenticate(session, cookie=caller.previous_cookie)
    except CoverslipError as error:
        raise ChallengeEnded from error
    if account is None or account.person_id != person_id or viewer.viewer_id != viewer_id:
        raise ExternalRefused("Somebody else signed in there; sign in as yourself.")
    sessions.proved(session, viewer)


def _provider(runtime: Runtime, name: str) -> RedirectProvider:
    configured = providers.configured(runtime.settings).named(name)
    if configured is None or not isinstance(configured.provider, RedirectProvider):
        raise NotFound("This way to sign in is not offered.")
    return configured.provider


def _redirect_uri(site: Site, name: str) -> str:
    return f"{site.origin}/api/v1/session/external/{name}/callback"


def _path(path: str | None) -> str:
    return local_path(path if path is not None and len(path) <= _PATH_LONGEST else None)


def _ask(
    session: Session, runtime: Runtime, purpose: str, person_id: str | None, kept: Mapping[str, Any], caller: Caller
) -> str:
    sealed = seal(runtime.hmac_key, json.dumps(kept), purpose)
    return challenges.ask(
        session, purpose, person_id, webauthn=sealed, address=caller.address, now=utc_now(), life=LIFE
    )


def _taken(runtime: Runtime, purpose: str, secret: str | None, now: datetime) -> tuple[dict[str, Any], str | None]:
    """Use a secret up before anything else, so that it opens once whatever comes after."""
    with runtime.db.transaction() as session:
        row = challenges.find(session, secret or "", purpose, now)
        challenges.answer(session, row, now)
        kept: dict[str, Any] = json.loads(unseal(runtime.hmac_key, row.webauthn or "", purpose))
        return kept, row.person_id
