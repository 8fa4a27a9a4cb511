"""The one question to the database."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def answers(session: Session) -> bool:
    """Say whether the database answers a query."""
    return bool(session.scalar(text("SELECT 1")))
