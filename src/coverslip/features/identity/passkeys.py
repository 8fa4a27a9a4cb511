"""Passkeys (WebAuthn): a key in a phone, a computer or on a stick proves who somebody is.

A passkey that asked for a finger or a PIN is two factors in one, so it can sign in alone; one that
only needs a touch is a second factor behind the password.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

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

if TYPE_CHECKING:
    from coverslip.features.identity.authenticators import Question

MOST: Final = 20
_CREDENTIAL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: ``rp_id`` is the host, ``origin`` scheme, host and port."""

    rp_id: str
    origin: str


def question_for_new(session: Session, site: Site, person: Person) -> "Question":
    """Ask a browser to make a passkey.

    Raises
    ------
    PasskeyRefused
        The person has as many as one may have.
    """
    from coverslip.features.identity import authenticators

    known = store_factors.passkeys_of(session, person.person_id)
    if len(known) >= MOST:
        raise PasskeyRefused(f"One may have {MOST} passkeys; remove one first.")
    return authenticators.ask_for_new(
        site.rp_id, person.person_id, person.user_name, person.name, [one.credential_id for one in known]
    )


def question(site: Site, known: list[PasskeyRecord], *, alone: bool) -> "Question":
    """Ask a browser for a passkey: one of these, or any where ``known`` is empty; ``alone`` wants a finger or a PIN."""
    from coverslip.features.identity import authenticators

    return authenticators.ask(site.rp_id, [one.credential_id for one in known], alone=alone)


def add(
    session: Session, site: Site, person_id: str, webauthn: str, credential: dict[str, Any], name: str, *, by: Viewer
) -> PasskeyRecord:
    """Keep a passkey that a browser made.

    Raises
    ------
    PasskeyRefused
        It is none, it was made for another server, or it is known already.
    """
    from coverslip.features.identity import authenticators

    made = authenticators.made(site.rp_id, site.origin, webauthn, credential)
    if made is None:
        raise PasskeyRefused
    store.lock_keys(session, f"passkey {made.credential_id}")
    if store_factors.passkey_by_credential(session, made.credential_id) is not None:
        raise PasskeyRefused("This passkey is known here already.")
    row = PasskeyRecord(
        passkey_id=new_id(),
        person_id=person_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=display_name(name),
        synced=made.synced,
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
    from coverslip.features.identity import authenticators

    count = authenticators.used(
        site.rp_id,
        site.origin,
        webauthn,
        credential,
        public_key=row.public_key,
        sign_count=row.sign_count,
        alone=alone,
    )
    if count is None or not store_factors.use_passkey(session, row, count, now):
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
