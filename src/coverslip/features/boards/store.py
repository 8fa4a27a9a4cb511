"""SQL of tumour boards."""

from typing import cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from coverslip.features.access import visible
from coverslip.features.boards.models import Board
from coverslip.features.identity import Viewer
from coverslip.features.slides import storable


def listed(session: Session, viewer: Viewer, project_id: str | None, limit: int) -> list[Board]:
    """Return the boards of projects that somebody may see, the last changed first."""
    query = select(Board).where(visible(session, viewer, Board.scope_id))
    if project_id is not None:
        if not storable(project_id):
            return []
        query = query.where(Board.project_id == project_id)
    return list(session.scalars(query.order_by(Board.changed_at.desc(), Board.no.desc()).limit(limit)))


def seen(session: Session, viewer: Viewer, board_id: str, *, lock: bool = False) -> Board | None:
    """Return a board that somebody may see."""
    if not storable(board_id):
        return None
    query = select(Board).where(Board.board_id == board_id, visible(session, viewer, Board.scope_id))
    return session.scalars(query.with_for_update() if lock else query).first()


def add(session: Session, row: Board) -> None:
    """Write a new board."""
    session.add(row)
    session.flush()


def remove(session: Session, row: Board) -> None:
    """Delete a board; its audit key goes with it."""
    session.delete(row)
    session.flush()


def count_of(session: Session, person_id: str) -> int:
    """Count a person's boards."""
    return session.scalars(select(func.count()).select_from(Board).where(Board.owner_id == person_id)).one()


def give(session: Session, person_id: str, to_person_id: str) -> int:
    """Make another person the owner of a person's boards."""
    changed = update(Board).where(Board.owner_id == person_id).values(owner_id=to_person_id)
    result = session.execute(changed.execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount
