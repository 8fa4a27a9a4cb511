"""SQL of importing annotation files: what was imported onto a slide before."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coverslip.features.annotations.models import LayerRow


def imported_names(session: Session, slide_id: str) -> set[str]:
    """Return the names of a slide's layers, also of those that only their owner sees and of those in the trash."""
    return set(session.scalars(select(LayerRow.name).where(LayerRow.slide_id == slide_id)))
