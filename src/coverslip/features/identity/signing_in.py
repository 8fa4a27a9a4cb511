"""Signing in: by the printed address, by password and second factor, by passkey.

The slow work, hashing a password, lies between two short transactions: the first writes the guess
down, the second forgets it and lets somebody in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound, SignInRefused
from coverslip.core.identity_errors import (
    AccountPending,
    PasswordWrong,
    SecondFactorRefused,
)
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    challenges,
    guesses,
    passkeys,
    passwords,
    second_factor,
    sessions,
    store,
    store_factors,
    store_people,
)
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.models import Person
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.sessions import start_session
from coverslip.features.identity.viewer import Viewer, credential_hash
from coverslip.features.identity.words import folded
from coverslip.infra.runtime import Runtime

Factor = Literal["totp", "passkey", "recovery"]
CONFIRM: Final = "session.confirm"
WRONG: Final = "The user name or the password is wrong."


@dataclass(frozen=True, slots=True)
class FactorNeeded:
    """The password is right; now one of these factors, with the challenge."""

    factors: list[Factor]
    challenge: str
    passkey_options: dict[str, Any] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What a browser needs to ask for a passkey."""

    challenge: str
    options: dict[str, Any]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows as a second factor; exactly one is set."""

    totp: str | None = None
    recovery_code: str | None = None
    passkey: dict[str, Any] | None = None


def by_one_time_token(runtime: Runtime, token: str, caller: Caller, *, now: datetime | None = None) -> SignedIn:
    """Exchange the one-time token of the printed address for a session.

    Whoever reads what the server prints owns the server; the address asks for no second factor, so that
    it opens the door when every phone is lost.

    Raises
    ------
    SignInRefused, TooManyAttempts
    """
    at = now or utc_now()
    with guesses.counted(runtime, caller.address, None, now=now) as guess, runtime.db.transaction() as session:
        person_id = store.use_one_time_token(session, credential_hash(token), at)
        person = None if person_id is None else store_people.person_by_id(session, person_id)
        if person is None or person.state != "active":
            raise SignInRefused
        guess.forget(session)
        return start_session(session, person, caller, runtime.settings, at)


def by_password(
    runtime: Runtime, user_name: str, password: str, caller: Caller, site: Site, *, now: datetime | None = None
) -> SignedIn | FactorNeeded:
    """Let somebody in by user name and password, or ask for the second factor.

    Unknown, without a password, deactivated or wrong: the same answer after the same work.

    Raises
    ------
    SignInRefused, TooManyAttempts
    AccountPending
        Said only to who knows the password.
    """
    at = now or utc_now()
    with guesses.counted(runtime, caller.address, user_name, now=now) as guess:
        with runtime.db.read() as session:
            person = store_people.person_by_sign_in_name(session, folded(user_name))
            stored = store_factors.password_of(session, "" if person is None else person.person_id)
        right = passwords.fits(None if stored is None else stored.password_hash, password)
        guess.about = None if person is None else person.person_id
        if not right or person is None or stored is None or person.state == "deactivated":
            raise SignInRefused(WRONG)
        dated = passwords.is_dated(stored.password_hash)
        fresh = passwords.hashed(password) if dated else None
        with runtime.db.transaction() as session:
            guess.forget(session)
            if fresh is not None:
                store_factors.put_rehashed(session, person.person_id, stored.password_hash, fresh)
            return let_in(session, runtime, person.person_id, caller, site, at)


def let_in(
    session: Session, runtime: Runtime, person_id: str, caller: Caller, site: Site, now: datetime
) -> SignedIn | FactorNeeded:
    """Begin a session for somebody whose password is right, or ask for the second factor if they have one.

    Raises
    ------
    SignInRefused
        Deactivated meanwhile.
    AccountPending
    """
    person = store_people.person_by_id(session, person_id)
    if person is None or person.state == "deactivated":
        raise SignInRefused(WRONG)
    if person.state == "pending":
        raise AccountPending
    keys = store_factors.passkeys_of(session, person_id)
    factors: list[Factor] = ["totp"] if second_factor.has_totp(session, person_id) else []
    factors += ["passkey"] if keys else []
    if not factors:
        return start_session(session, person, caller, runtime.settings, now)
    if store_factors.recovery_codes_left(session, person_id):
        factors.append("recovery")
    asked = passkeys.question(site, keys, alone=False) if keys else None
    secret = challenges.ask(
        session,
        challenges.SECOND_FACTOR,
        person_id,
        webauthn=None if asked is None else asked.webauthn,
        address=caller.address,
        now=now,
    )
    return FactorNeeded(factors, secret, None if asked is None else asked.options, now + challenges.LIFE)


def by_second_factor(
    runtime: Runtime, challenge: str, proof: Proof, caller: Caller, site: Site, *, now: datetime | None = None
) -> SignedIn:
    """Finish a sign-in with the second factor.

    Raises
    ------
    SecondFactorRefused, ChallengeEnded, TooManyAttempts, SignInRefused
    """
    at = now or utc_now()
    person = _asked(runtime, challenge, challenges.SECOND_FACTOR, at)
    with guesses.counted(runtime, caller.address, person.user_name, now=now) as guess:
        guess.about = person.person_id
        with runtime.db.transaction() as session:
            row = challenges.find(session, challenge, challenges.SECOND_FACTOR, at)
            _check(session, runtime, person.person_id, proof, row.webauthn, site, at)
            challenges.answer(session, row, at)
            guess.forget(session)
            return start_session(session, _still_active(session, person.person_id), caller, runtime.settings, at)


def begin_passkey(runtime: Runtime, caller: Caller, site: Site, *, now: datetime | None = None) -> PasskeyChallenge:
    """Ask a browser for any passkey of this server.

    Raises
    ------
    TooManyAttempts
    """
    at = now or utc_now()
    asked = passkeys.question(site, [], alone=True)
    with runtime.db.transaction() as session:
        secret = challenges.ask(
            session,
            challenges.PASSKEY_SIGN_IN,
            None,
            webauthn=asked.webauthn,
            address=caller.address,
            now=at,
        )
    return PasskeyChallenge(secret, asked.options, at + challenges.LIFE)


def by_passkey(
    runtime: Runtime,
    challenge: str,
    credential: dict[str, Any],
    caller: Caller,
    site: Site,
    *,
    now: datetime | None = None,
) -> SignedIn:
    """Let somebody in by a passkey alone, which asked for a finger or a PIN.

    Raises
    ------
    SecondFactorRefused, ChallengeEnded, TooManyAttempts, SignInRefused, AccountPending
    """
    at = now or utc_now()
    with guesses.counted(runtime, caller.address, None, now=now) as guess, runtime.db.transaction() as session:
        row = challenges.find(session, challenge, challenges.PASSKEY_SIGN_IN, at)
        person_id = passkeys.use(session, site, row.webauthn or "", credential, at, person_id=None, alone=True)
        challenges.answer(session, row, at)
        guess.forget(session)
        return start_session(session, _still_active(session, person_id), caller, runtime.settings, at)


def begin_confirm(runtime: Runtime, viewer: Viewer, caller: Caller, site: Site) -> PasskeyChallenge:
    """Ask the browser of somebody who is signed in for one of their passkeys.

    Raises
    ------
    NotFound
        They have none.
    """
    at = utc_now()
    with runtime.db.transaction() as session:
        keys = store_factors.passkeys_of(session, viewer.person_id)
        if not keys:
            raise NotFound("You have no passkey here.")
        asked = passkeys.question(site, keys, alone=False)
        secret = challenges.ask(
            session,
            challenges.CONFIRM,
            viewer.person_id,
            webauthn=asked.webauthn,
            address=caller.address,
            now=at,
        )
    return PasskeyChallenge(secret, asked.options, at + challenges.LIFE)


def confirm(
    runtime: Runtime,
    viewer: Viewer,
    caller: Caller,
    site: Site,
    *,
    password: str | None = None,
    proof: Proof | None = None,
    challenge: str | None = None,
    now: datetime | None = None,
) -> None:
    """Take a fresh proof that the person at the screen is still the one who signed in.

    Raises
    ------
    PasswordWrong, SecondFactorRefused, ChallengeEnded, TooManyAttempts
    """
    at = now or utc_now()
    if password is not None:
        require_password(runtime, viewer, password, caller, now=now)
        with runtime.db.transaction() as session:
            sessions.proved(session, viewer, at)
        return
    with guesses.counted(runtime, caller.address, viewer.user_name, action=CONFIRM, by=viewer, now=now) as guess:
        guess.about = viewer.person_id
        with runtime.db.transaction() as session:
            webauthn = None
            if challenge is not None:
                row = challenges.find(session, challenge, challenges.CONFIRM, at, person_id=viewer.person_id)
                challenges.answer(session, row, at)
                webauthn = row.webauthn
            _check(session, runtime, viewer.person_id, proof or Proof(), webauthn, site, at)
            guess.forget(session)
            sessions.proved(session, viewer, at)


def require_password(
    runtime: Runtime, viewer: Viewer, password: str, caller: Caller, *, now: datetime | None = None
) -> None:
    """Let pass who knows the viewer's password.

    Raises
    ------
    PasswordWrong, TooManyAttempts
    """
    with guesses.counted(runtime, caller.address, viewer.user_name, action=CONFIRM, by=viewer, now=now) as guess:
        guess.about = viewer.person_id
        with runtime.db.read() as session:
            stored = store_factors.password_of(session, viewer.person_id)
        if not passwords.fits(None if stored is None else stored.password_hash, password):
            raise PasswordWrong
        guess.right = True


def _asked(runtime: Runtime, challenge: str, purpose: str, now: datetime) -> Person:
    """Return of whom a question was asked."""
    with runtime.db.read() as session:
        row = challenges.find(session, challenge, purpose, now)
        person = store_people.person_by_id(session, row.person_id or "")
    if person is None:
        raise SignInRefused(WRONG)
    return person


def _check(
    session: Session, runtime: Runtime, person_id: str, proof: Proof, webauthn: str | None, site: Site, now: datetime
) -> None:
    key, right = runtime.hmac_key, False
    if proof.totp is not None:
        right = second_factor.use_totp(session, key, person_id, proof.totp, now)
    elif proof.recovery_code is not None:
        right = second_factor.use_recovery_code(session, key, person_id, proof.recovery_code, now)
    elif proof.passkey is not None and webauthn is not None:
        passkeys.use(session, site, webauthn, proof.passkey, now, person_id=person_id, alone=False)
        right = True
    if not right:
        raise SecondFactorRefused


def _still_active(session: Session, person_id: str) -> Person:
    person = store_people.person_by_id(session, person_id)
    if person is None or person.state == "deactivated":
        raise SignInRefused(WRONG)
    if person.state == "pending":
        raise AccountPending
    return person
