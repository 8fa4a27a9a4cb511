"""The second factor without a key: codes of an authenticator app (TOTP), and recovery codes on paper."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp
from sqlalchemy.orm import Session

from coverslip.core.identity_errors import SecondFactorRefused, SecondFactorRequired
from coverslip.core.time import utc_now
from coverslip.features.identity import duties, store_factors
from coverslip.features.identity.models import Person
from coverslip.features.identity.sealing import keyed_hash, seal, unseal
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.settings import Settings

ISSUER: Final = "Coverslip"
RECOVERY_CODES: Final = 10
PENDING_LIFE: Final = timedelta(hours=1)
_STEP_S: Final = 30
_STEPS_AROUND: Final = (-1, 0, 1)  # a phone's clock may be half a minute off
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_CODE_LENGTH: Final = 16
_BOUND_TO: Final = "totp "


@dataclass(frozen=True, slots=True)
class NewTotp:
    """What an authenticator app needs; shown once."""

    secret: str
    uri: str
    expires_at: datetime


def begin_totp(session: Session, key: bytes, person: Person, *, now: datetime | None = None) -> NewTotp:
    """Give a person a new secret for an authenticator app; it counts once a code of it was typed in."""
    now = now or utc_now()
    secret = pyotp.random_base32()
    store_factors.put_pending_totp(session, person.person_id, seal(key, secret, _BOUND_TO + person.person_id), now)
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.user_name, issuer_name=ISSUER)
    return NewTotp(secret, uri, now + PENDING_LIFE)


def confirm_totp(
    session: Session, key: bytes, person_id: str, code: str, *, by: Viewer, now: datetime | None = None
) -> list[str] | None:
    """Take an authenticator app into use; returns fresh recovery codes when the person had none.

    Raises
    ------
    SecondFactorRefused
        The code is wrong, or nothing was begun within the hour.
    """
    now = now or utc_now()
    row = store_factors.totp_of(session, person_id)
    pending = (
        None if row is None or row.pending_at is None or now > row.pending_at + PENDING_LIFE else row.pending_secret
    )
    step = None if pending is None else _step_of(key, person_id, pending, code, now)
    if pending is None or step is None or not store_factors.confirm_totp(session, person_id, pending, step, now):
        raise SecondFactorRefused("This code is not right; look at the app again and type the newest one.")
    put_on_record(session, "totp.add", "person", person_id, by)
    return first_recovery_codes(session, key, person_id, by=by)


def use_totp(session: Session, key: bytes, person_id: str, code: str, now: datetime) -> bool:
    """Say whether a code is right, and let it be right only once."""
    row = store_factors.totp_of(session, person_id)
    if row is None or row.sealed_secret is None:
        return False
    step = _step_of(key, person_id, row.sealed_secret, code, now)
    return step is not None and store_factors.use_totp_step(session, person_id, step)


def has_totp(session: Session, person_id: str) -> bool:
    """Whether a person has an authenticator app in use."""
    row = store_factors.totp_of(session, person_id)
    return row is not None and row.confirmed_at is not None


def remove_totp(session: Session, settings: Settings, viewer: Viewer) -> None:
    """Take an authenticator app out of use.

    Raises
    ------
    SecondFactorRequired
        It is the last factor of somebody who needs one.
    """
    require_another_factor(settings, viewer, bool(store_factors.passkeys_of(session, viewer.person_id)))
    if store_factors.drop_totp(session, viewer.person_id):
        put_on_record(session, "totp.remove", "person", viewer.person_id, viewer)
    drop_lone_codes(session, viewer.person_id)


def require_another_factor(settings: Settings, viewer: Viewer, another: bool) -> None:
    """Keep the last factor of somebody who needs one.

    Raises
    ------
    SecondFactorRequired
    """
    if not another and duties.needs_second_factor(settings, viewer.organisation_role):
        raise SecondFactorRequired


def drop_lone_codes(session: Session, person_id: str) -> None:
    """Forget the recovery codes of somebody who has nothing left that they stand in for."""
    if not duties.has_second_factor(session, person_id):
        store_factors.replace_recovery_codes(session, person_id, [])


def new_recovery_codes(session: Session, key: bytes, person_id: str, *, by: Viewer) -> list[str]:
    """Give a person ten recovery codes; the old ones stop working. They are shown once."""
    plain = ["".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    store_factors.replace_recovery_codes(session, person_id, [_code_hash(key, person_id, one) for one in plain])
    put_on_record(session, "recovery_codes.issue", "person", person_id, by, count=len(plain))
    return ["-".join(one[place : place + 4] for place in range(0, _CODE_LENGTH, 4)) for one in plain]


def first_recovery_codes(session: Session, key: bytes, person_id: str, *, by: Viewer) -> list[str] | None:
    """Give a person recovery codes with the first factor, None when they have some."""
    if store_factors.recovery_codes_left(session, person_id):
        return None
    return new_recovery_codes(session, key, person_id, by=by)


def use_recovery_code(session: Session, key: bytes, person_id: str, code: str, now: datetime) -> bool:
    """Say whether a recovery code is right, and use it up."""
    plain = "".join(one for one in code.lower() if one.isalnum())
    return store_factors.use_recovery_code(session, person_id, _code_hash(key, person_id, plain), now)


def _code_hash(key: bytes, person_id: str, plain: str) -> str:
    return keyed_hash(key, "recovery", f"{person_id} {plain}")


def _step_of(key: bytes, person_id: str, sealed: str, code: str, now: datetime) -> int | None:
    """Return the time step to which a code belongs, None for a wrong code."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(unseal(key, sealed, _BOUND_TO + person_id))
    present = int(now.timestamp()) // _STEP_S
    found = None
    for step in (present + around for around in _STEPS_AROUND):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found
