"""SQL of what people prove themselves with: passwords, authenticator apps, recovery codes, passkeys, challenges."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import (
    ChallengeRecord,
    PasskeyRecord,
    PasswordRecord,
    RecoveryCode,
    TotpRecord,
)
from coverslip.features.identity.store import changed
from coverslip.infra.db import insert_or_ignore


def password_of(session: Session, person_id: str) -> PasswordRecord | None:
    """Return a person's password hash, None when they have none."""
    return session.get(PasswordRecord, person_id)


def put_password(session: Session, person_id: str, password_hash: str, now: datetime) -> None:
    """Set a person's password hash."""
    values = {"password_hash": password_hash, "changed_at": now}
    if not insert_or_ignore(session, PasswordRecord, {"person_id": person_id, **values}):
        session.execute(
            update(PasswordRecord)
            .where(PasswordRecord.person_id == person_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def put_rehashed(session: Session, person_id: str, before: str, after: str) -> None:
    """Replace a hash by one with today's parameters, unless the password changed meanwhile."""
    session.execute(
        update(PasswordRecord)
        .where(PasswordRecord.person_id == person_id, PasswordRecord.password_hash == before)
        .values(password_hash=after)
        .execution_options(synchronize_session=False)
    )


def drop_password(session: Session, person_id: str) -> None:
    """Forget a person's password."""
    session.execute(
        delete(PasswordRecord).where(PasswordRecord.person_id == person_id).execution_options(synchronize_session=False)
    )


# --- authenticator apps -----------------------------------------------------------------------


def totp_of(session: Session, person_id: str) -> TotpRecord | None:
    """Return a person's authenticator app, confirmed or not."""
    return session.get(TotpRecord, person_id)


def put_pending_totp(session: Session, person_id: str, pending_secret: str, now: datetime) -> None:
    """Begin with a new authenticator app; the one in use stays until the new one is confirmed."""
    values = {"pending_secret": pending_secret, "pending_at": now}
    if not insert_or_ignore(session, TotpRecord, {"person_id": person_id, **values}):
        session.execute(
            update(TotpRecord)
            .where(TotpRecord.person_id == person_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def confirm_totp(session: Session, person_id: str, pending_secret: str, step: int, now: datetime) -> bool:
    """Take the new authenticator app into use; one statement decides."""
    result = session.execute(
        update(TotpRecord)
        .where(TotpRecord.person_id == person_id, TotpRecord.pending_secret == pending_secret)
        .values(sealed_secret=pending_secret, confirmed_at=now, last_step=step, pending_secret=None, pending_at=None)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def drop_totp(session: Session, person_id: str) -> bool:
    """Forget a person's authenticator app; False when there was none."""
    return changed(session.execute(delete(TotpRecord).where(TotpRecord.person_id == person_id))) == 1


def use_totp_step(session: Session, person_id: str, step: int) -> bool:
    """Take a time step, once and never an earlier one again; one statement decides."""
    result = session.execute(
        update(TotpRecord)
        .where(
            TotpRecord.person_id == person_id,
            TotpRecord.confirmed_at.is_not(None),
            or_(TotpRecord.last_step.is_(None), TotpRecord.last_step < step),
        )
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


# --- recovery codes ---------------------------------------------------------------------------


def replace_recovery_codes(session: Session, person_id: str, hashes: list[str]) -> None:
    """Give a person new codes; the old ones stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    session.add_all([RecoveryCode(person_id=person_id, code_hash=one, used_at=None) for one in hashes])
    session.flush()


def use_recovery_code(session: Session, person_id: str, code_hash: str, now: datetime) -> bool:
    """Use a code up; one statement decides, so of two requests with one code only one wins."""
    result = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def recovery_codes_left(session: Session, person_id: str) -> int:
    """Count a person's unused codes."""
    query = select(func.count()).select_from(RecoveryCode)
    return session.scalars(query.where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))).one()


# --- passkeys ---------------------------------------------------------------------------------


def passkeys_of(session: Session, person_id: str) -> list[PasskeyRecord]:
    """Return a person's passkeys, oldest first."""
    query = select(PasskeyRecord).where(PasskeyRecord.person_id == person_id).order_by(PasskeyRecord.no)
    return list(session.scalars(query))


def passkey_by_credential(session: Session, credential_id: str) -> PasskeyRecord | None:
    """Return the passkey that a browser names."""
    return session.scalars(select(PasskeyRecord).where(PasskeyRecord.credential_id == credential_id)).first()


def use_passkey(session: Session, row: PasskeyRecord, sign_count: int, now: datetime) -> bool:
    """Record a use; False when the counter moved meanwhile, as it does when a key was cloned."""
    result = session.execute(
        update(PasskeyRecord)
        .where(PasskeyRecord.no == row.no, PasskeyRecord.sign_count == row.sign_count)
        .values(sign_count=sign_count, last_used_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def drop_passkey(session: Session, person_id: str, passkey_id: str) -> bool:
    """Forget one of a person's passkeys; False when there is no such one."""
    result = session.execute(
        delete(PasskeyRecord).where(PasskeyRecord.person_id == person_id, PasskeyRecord.passkey_id == passkey_id)
    )
    return changed(result) == 1


def drop_factors(session: Session, person_id: str) -> None:
    """Forget every second factor of a person."""
    for table in (TotpRecord, RecoveryCode, PasskeyRecord):
        session.execute(delete(table).where(table.person_id == person_id).execution_options(synchronize_session=False))


def with_factors(session: Session, person_ids: list[str]) -> set[str]:
    """Return which of these people have a second factor."""
    apps = select(TotpRecord.person_id).where(
        TotpRecord.person_id.in_(person_ids), TotpRecord.confirmed_at.is_not(None)
    )
    keys = select(PasskeyRecord.person_id).where(PasskeyRecord.person_id.in_(person_ids))
    return set(session.scalars(apps)) | set(session.scalars(keys))


def with_passwords(session: Session, person_ids: list[str]) -> set[str]:
    """Return which of these people have a password."""
    return set(session.scalars(select(PasswordRecord.person_id).where(PasswordRecord.person_id.in_(person_ids))))


# --- challenges -------------------------------------------------------------------------------


def challenge_by_hash(session: Session, challenge_hash: str) -> ChallengeRecord | None:
    """Return a challenge, answered or not."""
    return session.scalars(select(ChallengeRecord).where(ChallengeRecord.challenge_hash == challenge_hash)).first()


def use_challenge(session: Session, no: int, now: datetime) -> bool:
    """Use a challenge up; one statement decides."""
    result = session.execute(
        update(ChallengeRecord)
        .where(ChallengeRecord.no == no, ChallengeRecord.used_at.is_(None), ChallengeRecord.expires_at > now)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def count_challenges(session: Session, address: str, now: datetime) -> int:
    """Count the open questions of an address."""
    return session.scalars(
        select(func.count())
        .select_from(ChallengeRecord)
        .where(ChallengeRecord.address == address, ChallengeRecord.expires_at > now, ChallengeRecord.used_at.is_(None))
    ).one()


def drop_challenges(session: Session, now: datetime, person_id: str | None = None) -> None:
    """Forget the questions that have run out, and all of a person if one is named."""
    over = ChallengeRecord.expires_at <= now
    if person_id is not None:
        over = or_(over, ChallengeRecord.person_id == person_id)
    session.execute(delete(ChallengeRecord).where(over).execution_options(synchronize_session=False))
