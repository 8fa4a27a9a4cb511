"""One's own account: what there is to know about it, and what one changes oneself."""

from typing import Any

from sqlalchemy.orm import Session

from coverslip.core.identity_errors import ExternalAccount, PasswordWrong
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    challenges,
    duties,
    groups,
    guesses,
    passkeys,
    passwords,
    people,
    second_factor,
    sessions,
    signing_in,
    store_factors,
    store_people,
)
from coverslip.features.identity.callers import Caller
from coverslip.features.identity.models import PasskeyRecord, Person
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.people import PersonChanges, PersonInfo
from coverslip.features.identity.schemas import (
    AskOut,
    GroupName,
    MeOut,
    PasswordState,
    PersonOut,
    SecondFactorState,
    TermsState,
)
from coverslip.features.identity.signing_in import PasskeyChallenge
from coverslip.features.identity.viewer import Viewer
from coverslip.infra.runtime import Runtime
from coverslip.settings import Settings


def describe(session: Session, settings: Settings, viewer: Viewer) -> MeOut:
    """Return all about the person behind a request."""
    person = people.found(session, viewer.person_id)
    password = store_factors.password_of(session, person.person_id)
    terms = duties.current_terms(settings)
    return MeOut.model_validate(
        {
            "person": PersonOut.model_validate(people.info(person)),
            "duties": duties.open_duties(session, settings, person) if viewer.kind == "session" else [],
            "is_admin": viewer.is_admin,
            "scopes": None if viewer.scopes is None else sorted(viewer.scopes),
            "session_kind": viewer.session_kind if viewer.kind == "session" else "token",
            "groups": [GroupName.model_validate(one) for one in groups.groups_of(session, person.person_id)],
            "password": PasswordState(
                set=password is not None, changed_at=None if password is None else password.changed_at
            ),
            "second_factor": SecondFactorState(
                required=duties.needs_second_factor(settings, person.organisation_role),
                totp=second_factor.has_totp(session, person.person_id),
                passkeys=len(store_factors.passkeys_of(session, person.person_id)),
                recovery_left=store_factors.recovery_codes_left(session, person.person_id),
            ),
            "terms": None
            if terms is None
            else TermsState(
                version=terms.version,
                accepted_at=store_people.accepted_at(session, person.person_id, terms.version),
            ),
            "may_change_password": person.source == people.LOCAL,
            "ask": [AskOut.model_validate(one) for one in people.whom_to_ask(session)],
        }
    )


def change(session: Session, settings: Settings, viewer: Viewer, changes: PersonChanges) -> PersonInfo:
    """Change one's own names and return oneself.

    Raises
    ------
    ExternalAccount, InvalidRequest
    """
    people.change_person(session, settings, viewer.person_id, changes, by=viewer)
    return people.get_person(session, viewer.person_id)


def local_person(session: Session, viewer: Viewer) -> Person:
    """Return the person behind a request, whose password and factors are kept here.

    Raises
    ------
    ExternalAccount
        They are kept elsewhere.
    """
    person = people.found(session, viewer.person_id)
    if person.source != people.LOCAL:
        raise ExternalAccount
    return person


def set_password(runtime: Runtime, viewer: Viewer, current: str | None, new: str, caller: Caller) -> None:
    """Set one's own password; whoever has one must know it. All one's other sessions end.

    Raises
    ------
    PasswordWrong, PasswordRefused, ExternalAccount, TooManyAttempts
    """
    with runtime.db.read() as session:
        person = local_person(session, viewer)
        has_one = store_factors.password_of(session, viewer.person_id) is not None
    if has_one and current is None:
        raise PasswordWrong("Enter the current password too.")
    if has_one:
        signing_in.require_password(runtime, viewer, current or "", caller)
    passwords.check(new, person.user_name, person.name, person.email, pointer="/new_password")
    password_hash = passwords.hashed(new)
    with runtime.db.transaction() as session:
        passwords.put(session, viewer.person_id, password_hash, by=viewer)
        sessions.end_sessions(session, viewer.person_id, by=viewer, but=viewer.viewer_id)
        sessions.proved(session, viewer)


def confirm_totp(runtime: Runtime, viewer: Viewer, code: str, caller: Caller) -> list[str] | None:
    """Take an authenticator app into use; recovery codes come with the first second factor.

    Raises
    ------
    SecondFactorRefused, TooManyAttempts
    """
    with guesses.counted(runtime, caller.address, viewer.user_name, action="totp.confirm", by=viewer) as guess:
        guess.about = viewer.person_id
        with runtime.db.transaction() as session:
            first = not duties.has_second_factor(session, viewer.person_id)
            codes = second_factor.confirm_totp(session, runtime.hmac_key, viewer.person_id, code, by=viewer)
            guess.forget(session)
            _factor_added(session, runtime, viewer, first=first)
    return codes


def begin_passkey(runtime: Runtime, viewer: Viewer, caller: Caller, site: Site) -> PasskeyChallenge:
    """Begin to make a passkey.

    Raises
    ------
    PasskeyRefused, ExternalAccount
    """
    now = utc_now()
    with runtime.db.transaction() as session:
        asked = passkeys.question_for_new(session, site, local_person(session, viewer))
        secret = challenges.ask(
            session,
            challenges.NEW_PASSKEY,
            viewer.person_id,
            webauthn=asked.webauthn,
            address=caller.address,
            now=now,
        )
    return PasskeyChallenge(secret, asked.options, now + challenges.LIFE)


def add_passkey(
    runtime: Runtime, viewer: Viewer, challenge: str, name: str, credential: dict[str, Any], site: Site
) -> tuple[PasskeyRecord, list[str] | None]:
    """Keep a passkey; recovery codes come with the first second factor.

    Raises
    ------
    PasskeyRefused, ChallengeEnded, InvalidRequest
    """
    now = utc_now()
    with runtime.db.transaction() as session:
        asked = challenges.find(session, challenge, challenges.NEW_PASSKEY, now, person_id=viewer.person_id)
        first = not duties.has_second_factor(session, viewer.person_id)
        row = passkeys.add(session, site, viewer.person_id, asked.webauthn or "", credential, name, by=viewer)
        challenges.answer(session, asked, now)
        codes = second_factor.first_recovery_codes(session, runtime.hmac_key, viewer.person_id, by=viewer)
        _factor_added(session, runtime, viewer, first=first)
    return row, codes


def _factor_added(session: Session, runtime: Runtime, viewer: Viewer, *, first: bool) -> None:
    """Let a session that waited for this go on; with the first factor, sessions that were begun without one end."""
    sessions.lift_limits(session, viewer, runtime.settings)
    if first:
        sessions.end_sessions(session, viewer.person_id, by=viewer, but=viewer.viewer_id)
