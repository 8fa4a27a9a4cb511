"""SQL of accounts that are kept elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import (
    ApiToken,
    ExternalAccountRecord,
    GroupMember,
    SessionRecord,
)
from coverslip.features.identity.store import changed


def by_key(session: Session, provider: str, key: str) -> ExternalAccountRecord | None:
    """Return the account that a provider knows by this key."""
    query = select(ExternalAccountRecord).where(
        ExternalAccountRecord.provider == provider, ExternalAccountRecord.key == key
    )
    return session.scalars(query).first()


def of_person(session: Session, person_id: str) -> ExternalAccountRecord | None:
    """Return a person's account elsewhere, None for who has none."""
    return session.scalars(select(ExternalAccountRecord).where(ExternalAccountRecord.person_id == person_id)).first()


def due(session: Session, *, before: datetime, now: datetime, limit: int) -> list[ExternalAccountRecord]:
    """Return accounts that were not looked at since ``before`` and hold a door open: a session or a token."""
    account = ExternalAccountRecord
    in_session = exists().where(
        SessionRecord.person_id == account.person_id, SessionRecord.ended_at.is_(None), SessionRecord.ends_at > now
    )
    with_token = exists().where(
        ApiToken.person_id == account.person_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
    )
    query = (
        select(account)
        .where(
            account.checked_at <= before,
            or_(account.gone_at.is_(None), account.gone_at <= before),
            or_(in_session, with_token),
        )
        .order_by(account.checked_at, account.no)
        .limit(limit)
    )
    return list(session.scalars(query))


def count_by_provider(session: Session) -> dict[str, int]:
    """Return how many people sign in by each provider."""
    account = ExternalAccountRecord
    rows = session.execute(select(account.provider, func.count()).group_by(account.provider))
    return {row[0]: row[1] for row in rows}


def drop_account(session: Session, person_id: str) -> bool:
    """Forget a person's account elsewhere; False when they had none."""
    result = session.execute(
        delete(ExternalAccountRecord)
        .where(ExternalAccountRecord.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def forget_gone(session: Session, person_id: str) -> None:
    """Leave it to administrators here whether somebody is let in again."""
    session.execute(
        update(ExternalAccountRecord)
        .where(ExternalAccountRecord.person_id == person_id)
        .values(gone_at=None, refused=None)
        .execution_options(synchronize_session=False)
    )


def groups_by(session: Session, person_id: str, source: str) -> set[str]:
    """Return the groups into which this source put a person."""
    query = select(GroupMember.group_id).where(GroupMember.person_id == person_id, GroupMember.source == source)
    return set(session.scalars(query))


def drop_memberships(session: Session, person_id: str, source: str, group_ids: Sequence[str]) -> None:
    """Take somebody out of groups into which this source put them."""
    session.execute(
        delete(GroupMember)
        .where(
            and_(GroupMember.person_id == person_id, GroupMember.source == source),
            GroupMember.group_id.in_(group_ids),
        )
        .execution_options(synchronize_session=False)
    )


def keep_memberships(session: Session, person_id: str, source: str) -> None:
    """Make the memberships that a source gave ordinary ones, which administrators here change."""
    session.execute(
        update(GroupMember)
        .where(GroupMember.person_id == person_id, GroupMember.source == source)
        .values(source="local")
        .execution_options(synchronize_session=False)
    )


def member_source(session: Session, group_id: str, person_id: str) -> str | None:
    """Return who put somebody into a group, None when they are not in it."""
    query = select(GroupMember.source).where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
    return session.scalars(query).first()
