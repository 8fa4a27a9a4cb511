"""SQL of records that share the bytes of another one."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from coverslip.features.slides.models import SlideRecord


def copies_of(session: Session, slide_ids: Sequence[str]) -> list[SlideRecord]:
    """Return the records that share the bytes of some slides."""
    query = select(SlideRecord).options(undefer(SlideRecord.metadata_words))
    return list(session.scalars(query.where(SlideRecord.copy_of.in_(slide_ids)).order_by(SlideRecord.no)))
