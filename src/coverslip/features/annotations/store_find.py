"""SQL of finding slides by what is drawn on them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from coverslip.features.annotations.models import AnnotationRow, LayerRow


@dataclass(frozen=True, slots=True)
class Found:
    """How many annotations of a slide match, and when one last changed."""

    slide_id: str
    count: int
    changed_at: datetime


def slides(
    session: Session,
    author_id: str,
    *,
    class_ids: Collection[str] | None,
    by: str | None,
    since: datetime | None,
    until: datetime | None,
    review: str | None,
    after: str | None,
    within: Any,
    limit: int,
) -> list[Found]:
    """Return slides with annotations that match and that somebody may see if they may see the slide, by id."""
    table = AnnotationRow
    seen = and_(
        LayerRow.slide_id == table.slide_id,
        LayerRow.layer_id == table.layer_id,
        ~LayerRow.deleted,
        or_(LayerRow.visibility == "project", LayerRow.owner_id == author_id),
    )
    query = select(table.slide_id, func.count(), func.max(table.changed_at)).join(LayerRow, seen)
    query = query.where(~table.deleted)
    if class_ids is not None:
        query = query.where(table.class_id.in_(class_ids))
    for column, value in ((table.author_id, by), (table.review, review)):
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(table.changed_at >= since)
    if until is not None:
        query = query.where(table.changed_at < until)
    if after is not None:
        query = query.where(table.slide_id > after)
    if within is not None:
        query = query.where(table.slide_id.in_(within))
    query = query.group_by(table.slide_id).order_by(table.slide_id).limit(limit)
    return [Found(*row) for row in session.execute(query)]
