"""The WebAuthn ceremonies (W3C Web Authentication, section 7): what a browser is asked, and whether its answer fits.

The library behind this weighs 14 MB in every process that imports it, so ``passkeys`` imports this module when the
first passkey is asked for, and no process carries it that serves tiles only.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

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

NAME: Final = "Coverslip"
# What the library raises on input that somebody made up; its own errors have one root, its parsers do not.
REFUSALS: Final = (
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
class Question:
    """What a browser is asked: the options, and the random bytes in them (base64url) to compare with the answer."""

    options: dict[str, Any]
    webauthn: str


@dataclass(frozen=True, slots=True)
class Made:
    """A key that a browser made; id and public key in base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    synced: bool


def ask_for_new(rp_id: str, person_id: str, user_name: str, name: str, known: Sequence[str]) -> Question:
    """Ask a browser to make a key, on a device that holds none of the known credentials."""
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name=NAME,
        user_id=person_id.encode(),
        user_name=user_name,
        user_display_name=name,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(known),
    )
    return Question(json.loads(options_to_json(options)), bytes_to_base64url(options.challenge))


def ask(rp_id: str, known: Sequence[str], *, alone: bool) -> Question:
    """Ask a browser for one of the known credentials, any where there is none; ``alone`` wants a finger or a PIN."""
    options = generate_authentication_options(
        rp_id=rp_id,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
    )
    return Question(json.loads(options_to_json(options)), bytes_to_base64url(options.challenge))


def made(rp_id: str, origin: str, webauthn: str, credential: dict[str, Any]) -> Made | None:
    """Return the key that an answer brings; None when the answer does not fit the question."""
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(webauthn),
            expected_rp_id=rp_id,
            expected_origin=origin,
        )
    except REFUSALS:
        return None
    return Made(
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def used(
    rp_id: str,
    origin: str,
    webauthn: str,
    credential: dict[str, Any],
    *,
    public_key: str,
    sign_count: int,
    alone: bool,
) -> int | None:
    """Return the key's new count when an answer proves that it was there; None when it does not."""
    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(webauthn),
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=alone,
        )
    except REFUSALS:
        return None
    return found.new_sign_count


def _descriptors(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
