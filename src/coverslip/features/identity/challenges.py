"""A question that a browser must answer before it goes on: the step between password and second factor."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import TooManyAttempts
from coverslip.core.identity_errors import ChallengeEnded
from coverslip.features.identity import store_factors
from coverslip.features.identity.models import ChallengeRecord
from coverslip.features.identity.viewer import credential_hash

LIFE: Final = timedelta(minutes=5)
_OPEN_OF_ONE_ADDRESS: Final = 100

SECOND_FACTOR: Final = "second_factor"
PASSKEY_SIGN_IN: Final = "passkey_sign_in"
CONFIRM: Final = "confirm"
NEW_PASSKEY: Final = "new_passkey"


def ask(
    session: Session,
    purpose: str,
    person_id: str | None,
    *,
    webauthn: str | None,
    address: str,
    now: datetime,
    life: timedelta = LIFE,
) -> str:
    """Write a question down and return the secret by which its answer names it.

    Raises
    ------
    TooManyAttempts
        This address has too many open questions already.
    """
    address = address[:64]
    if store_factors.count_challenges(session, address, now) >= _OPEN_OF_ONE_ADDRESS:
        raise TooManyAttempts
    secret = secrets.token_urlsafe(32)
    session.add(
        ChallengeRecord(
            challenge_hash=credential_hash(secret),
            purpose=purpose,
            person_id=person_id,
            webauthn=webauthn,
            address=address,
            expires_at=now + life,
            used_at=None,
        )
    )
    session.flush()
    return secret


def find(
    session: Session, secret: str, purpose: str, now: datetime, *, person_id: str | None = None
) -> ChallengeRecord:
    """Return an open question, of this person if one is named.

    Raises
    ------
    ChallengeEnded
        Unknown, answered, too old or another's: one answer for all.
    """
    row = store_factors.challenge_by_hash(session, credential_hash(secret))
    if row is None or row.purpose != purpose or row.used_at is not None or now >= row.expires_at:
        raise ChallengeEnded
    if person_id is not None and row.person_id != person_id:
        raise ChallengeEnded
    return row


def answer(session: Session, row: ChallengeRecord, now: datetime) -> None:
    """Use a question up in the transaction that its answer brings about.

    Raises
    ------
    ChallengeEnded
        Another request was first.
    """
    if not store_factors.use_challenge(session, row.no, now):
        raise ChallengeEnded
