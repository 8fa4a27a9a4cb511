"""SQL of attachments."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coverslip.features.slides.models import Attachment
from coverslip.features.slides.words import storable


def attachments_of(session: Session, kind: str, object_id: str) -> Sequence[Attachment]:
    """Return the attachments of one slide or case, oldest first."""
    return session.scalars(select(Attachment).where(_owner(kind) == object_id).order_by(Attachment.no)).all()


def attachments_of_all(session: Session, kind: str, object_ids: Sequence[str]) -> Sequence[Attachment]:
    """Return the attachments of some slides or cases."""
    return session.scalars(select(Attachment).where(_owner(kind).in_(object_ids))).all()


def attachment_by_id(session: Session, attachment_id: str) -> Attachment | None:
    """Return an attachment, whoever may see it."""
    if not storable(attachment_id):
        return None
    return session.scalars(select(Attachment).where(Attachment.attachment_id == attachment_id)).first()


def is_used(session: Session, sha256: str) -> bool:
    """Whether any attachment has these bytes."""
    return session.scalars(select(Attachment.no).where(Attachment.sha256 == sha256).limit(1)).first() is not None


def _owner(kind: str) -> ColumnElement[str | None]:
    return (Attachment.slide_id if kind == "slide" else Attachment.case_id).expression
