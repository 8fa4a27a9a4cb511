"""Passkeys (WebAuthn): a key in a phone, a computer or on a stick proves who somebody is.

A passkey that asked for a finger or a PIN is two factors in one, so it can sign in alone; one that
only needs a touch is a second factor behind the password.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coverslip.core.errors import NotFound
from coverslip.core.identity_errors import PasskeyRefused, SecondFactorRefused
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import store, store_factors
from coverslip.features.identity.models import PasskeyRecord, Person
from coverslip.features.identity.second_factor import drop_lone_codes, has_totp, require_another_factor
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.features.identity.words import display_name
from coverslip.settings import Settings

NAME: Final = "Coverslip"
MOST: Final = 20
_CREDENTIAL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")
# What the library raises on input that somebody made up; its own errors have one root, its parsers do not.
_REFUSALS: Final = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    EOFError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: ``rp_id`` is the host, ``origin`` scheme, host and port."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser is asked: the options, and the random bytes in them (base64url) to compare with the answer."""

    options: dict[str, Any]
    webauthn: str


def question_for_new(session: Session, site: Site, person: Person) -> Question:
    """Ask a browser to make a passkey.

    Raises
    ------
    PasskeyRefused
        The person has as many as one may have.
    """
    known = store_factors.passkeys_of(session, person.person_id)
    if len(known) >= MOST:
        raise PasskeyRefused(f"One may have {MOST} passkeys; remove one first.")
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=NAME,
        user_id=person.person_id.encode(),
        user_name=person.user_name,
        user_display_name=person.name,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(known),
    )
    return Question(json.loads(options_to_json(options)), bytes_to_base64url(options.challenge))


def question(site: Site, known: list[PasskeyRecord], *, alone: bool) -> Question:
    """Ask a browser for a passkey: one of these, or any where ``known`` is empty; ``alone`` wants a finger or a PIN."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
    )
    return Question(json.loads(options_to_json(options)), bytes_to_base64url(options.challenge))


def add(
    session: Session, site: Site, person_id: str, webauthn: str, credential: dict[str, Any], name: str, *, by: Viewer
) -> PasskeyRecord:
    """Keep a passkey that a browser made.

    Raises
    ------
    PasskeyRefused
        It is none, it was made for another server, or it is known already.
    """
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(webauthn),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
        )
    except _REFUSALS as error:
        raise PasskeyRefused from error
    credential_id = bytes_to_base64url(made.credential_id)
    store.lock_keys(session, f"passkey {credential_id}")
    if store_factors.passkey_by_credential(session, credential_id) is not None:
        raise PasskeyRefused("This passkey is known here already.")
    row = PasskeyRecord(
        passkey_id=new_id(),
        person_id=person_id,
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=display_name(name),
        synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        created_at=utc_now(),
        last_used_at=None,
    )
    session.add(row)
    session.flush()
    put_on_record(session, "passkey.add", "passkey", row.passkey_id, by)
    return row


def use(
    session: Session,
    site: Site,
    webauthn: str,
    credential: dict[str, Any],
    now: datetime,
    *,
    person_id: str | None,
    alone: bool,
) -> str:
    """Return whose passkey answered.

    Parameters
    ----------
    person_id : str or None
        Whose it must be; None where it alone says who is there.
    alone : bool
        Whether it must have asked for a finger or a PIN.

    Raises
    ------
    SecondFactorRefused
        The answer does not fit: one sentence for every reason.
    """
    credential_id = credential.get("id")
    readable = isinstance(credential_id, str) and _CREDENTIAL_ID.fullmatch(credential_id)
    row = store_factors.passkey_by_credential(session, str(credential_id)) if readable else None
    if row is None or (person_id is not None and row.person_id != person_id):
        raise SecondFactorRefused
    try:
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(webauthn),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=alone,
        )
    except _REFUSALS as error:
        raise SecondFactorRefused from error
    if not store_factors.use_passkey(session, row, used.new_sign_count, now):
        raise SecondFactorRefused
    return row.person_id


def remove(session: Session, settings: Settings, viewer: Viewer, passkey_id: str) -> None:
    """Forget one of the viewer's passkeys.

    Raises
    ------
    NotFound, SecondFactorRequired
    """
    others = [one for one in store_factors.passkeys_of(session, viewer.person_id) if one.passkey_id != passkey_id]
    require_another_factor(settings, viewer, bool(others) or has_totp(session, viewer.person_id))
    if not store_factors.drop_passkey(session, viewer.person_id, passkey_id):
        raise NotFound
    put_on_record(session, "passkey.remove", "passkey", passkey_id, viewer)
    drop_lone_codes(session, viewer.person_id)


def _descriptors(known: list[PasskeyRecord]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known]
