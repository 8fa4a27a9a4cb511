"""SQL of notices."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.access import visible
from coverslip.features.identity import Viewer
from coverslip.features.notices.models import Notice, NoticeChoice
from coverslip.infra.db import insert_or_ignore


def add(session: Session, values: Mapping[str, Any]) -> bool:
    """Write a notice; False where one of its ``once_key`` is there."""
    return insert_or_ignore(session, Notice, values)


def mine(session: Session, viewer: Viewer, *, unread: bool, before: int | None, limit: int) -> list[Notice]:
    """Return a person's notices of what they may still see, newest first."""
    query = select(Notice).where(*_seen(session, viewer))
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if before is not None:
        query = query.where(Notice.no < before)
    return list(session.scalars(query.order_by(Notice.no.desc()).limit(limit)))


def count_unread(session: Session, viewer: Viewer) -> int:
    """Count a person's notices that wait."""
    query = select(func.count()).select_from(Notice).where(*_seen(session, viewer), Notice.read_at.is_(None))
    return int(session.scalar(query) or 0)


def some(session: Session, viewer: Viewer, notice_ids: Collection[str]) -> list[Notice]:
    """Return those of some notices that are the person's and that they may see, oldest first."""
    query = select(Notice).where(*_seen(session, viewer), Notice.notice_id.in_(notice_ids))
    return list(session.scalars(query.order_by(Notice.no)))


def by_id(session: Session, notice_id: str) -> Notice | None:
    """Return a notice, whoever's it is."""
    return session.scalars(select(Notice).where(Notice.notice_id == notice_id)).first()


def read(session: Session, person_id: str, notice_ids: Collection[str] | None, now: datetime) -> None:
    """Mark a person's notices as read; all of them where none is named."""
    query = update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    if notice_ids is not None:
        query = query.where(Notice.notice_id.in_(notice_ids))
    session.execute(query.values(read_at=now).execution_options(synchronize_session=False))


def forget_old(session: Session, before: datetime) -> None:
    """Delete what is older than anybody looks at."""
    session.execute(delete(Notice).where(Notice.created_at < before).execution_options(synchronize_session=False))


def choices(session: Session, person_ids: Collection[str]) -> dict[str, list[str]]:
    """Return what people chose; who never chose is left out."""
    query = select(NoticeChoice.person_id, NoticeChoice.mail).where(NoticeChoice.person_id.in_(person_ids))
    return {row.person_id: row.mail for row in session.execute(query)}


def choose(session: Session, person_id: str, mail: list[str]) -> None:
    """Keep what a person chose."""
    if not insert_or_ignore(session, NoticeChoice, {"person_id": person_id, "mail": mail}):
        session.execute(update(NoticeChoice).where(NoticeChoice.person_id == person_id).values(mail=mail))


def _seen(session: Session, viewer: Viewer) -> tuple[Any, Any]:
    of_no_place = Notice.scope_id.is_(None)
    return Notice.person_id == viewer.person_id, or_(
        of_no_place, visible(session, viewer, cast("Any", Notice.scope_id))
    )
