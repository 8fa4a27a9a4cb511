"""SQL of saved views."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coverslip.features.slides.models import SavedView
from coverslip.features.slides.words import storable


def views_for(session: Session, person_id: str | None) -> list[SavedView]:
    """Return a person's own views and those that others share, oldest first."""
    mine = SavedView.person_id == (person_id or "")
    return list(session.scalars(select(SavedView).where(or_(mine, SavedView.shared)).order_by(SavedView.no)))


def view_by_id(session: Session, view_id: str) -> SavedView | None:
    """Return a saved view."""
    if not storable(view_id):
        return None
    return session.scalars(select(SavedView).where(SavedView.view_id == view_id)).first()
