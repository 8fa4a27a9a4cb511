"""SQL of saved views."""

from typing import cast

from sqlalchemy import CursorResult, func, or_, select, update
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


def count_views(session: Session, person_id: str) -> int:
    """Count a person's own views."""
    return session.scalars(select(func.count()).select_from(SavedView).where(SavedView.person_id == person_id)).one()


def give_views(session: Session, person_id: str, to_person_id: str) -> int:
    """Make another person the owner of all of a person's views; who made them stays as it is."""
    result = session.execute(
        update(SavedView)
        .where(SavedView.person_id == person_id)
        .values(person_id=to_person_id)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount
