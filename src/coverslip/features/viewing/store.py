"""SQL of viewing. What somebody may see is decided before: every function here is told whose or which."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, false, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.slides import printable, storable
from coverslip.features.viewing.models import (
    Alignment,
    Bookmark,
    Coverage,
    DisplayCheck,
    Place,
    Preferences,
    Preset,
)
from coverslip.infra.db import Base, insert_or_ignore

T = TypeVar("T", bound=Base)


def text_of(text: str) -> str:
    """Return a text as every database holds it: what is no character becomes U+FFFD, line breaks stay."""
    return "\n".join(printable(line) for line in text.replace("\r\n", "\n").split("\n"))


def insert(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless there is one of its key; say whether it is new."""
    return insert_or_ignore(session, table, values)


def put(session: Session, table: type[Base], key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write the one row of a key, whether or not it is there."""
    if insert_or_ignore(session, table, {**key, **values}):
        return
    matches = [getattr(table, name) == value for name, value in key.items()]
    session.execute(update(table).where(*matches).values(**values).execution_options(synchronize_session=False))


def place_of(session: Session, person_id: str, slide_id: str) -> Place | None:
    """Return where a person left a slide."""
    return session.scalars(select(Place).where(Place.person_id == person_id, Place.slide_id == slide_id)).first()


def opened_of(session: Session, person_id: str, slide_ids: Sequence[str]) -> set[str]:
    """Return which of some slides a person has opened."""
    query = select(Place.slide_id).where(Place.person_id == person_id, Place.slide_id.in_(slide_ids))
    return set(session.scalars(query))


def coverage_of(session: Session, person_id: str, slide_id: str, *, lock: bool = False) -> Coverage | None:
    """Return what a person has seen of a slide."""
    query = select(Coverage).where(Coverage.person_id == person_id, Coverage.slide_id == slide_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def bookmarks_of(session: Session, slide_id: str) -> list[Bookmark]:
    """Return a slide's bookmarks, oldest first."""
    return list(session.scalars(select(Bookmark).where(Bookmark.slide_id == slide_id).order_by(Bookmark.no)))


def bookmarks_on(session: Session, slide_ids: Sequence[str]) -> list[Bookmark]:
    """Return the bookmarks on some slides, oldest first."""
    return list(session.scalars(select(Bookmark).where(Bookmark.slide_id.in_(slide_ids)).order_by(Bookmark.no)))


def presets_on(session: Session, slide_ids: Sequence[str]) -> list[Preset]:
    """Return the presets of some slides, oldest first."""
    return list(session.scalars(select(Preset).where(Preset.slide_id.in_(slide_ids)).order_by(Preset.no)))


def bookmark_by_id(session: Session, bookmark_id: str) -> Bookmark | None:
    """Return a bookmark, whoever may see it."""
    if not storable(bookmark_id):
        return None
    return session.scalars(select(Bookmark).where(Bookmark.bookmark_id == bookmark_id)).first()


def alignment_of(session: Session, first_id: str, second_id: str) -> Alignment | None:
    """Return the alignment of a pair of slides, the smaller id first."""
    query = select(Alignment).where(Alignment.first_id == first_id, Alignment.second_id == second_id)
    return session.scalars(query).first()


def presets_of(session: Session, *, slide_id: str | None = None, project_id: str | None = None) -> list[Preset]:
    """Return the presets of a slide or a project or both, oldest first."""
    of_these = [Preset.slide_id == slide_id] if slide_id is not None else []
    if project_id is not None:
        of_these.append(Preset.project_id == project_id)
    return list(session.scalars(select(Preset).where(or_(false(), *of_these)).order_by(Preset.no)))


def preset_by_id(session: Session, preset_id: str) -> Preset | None:
    """Return a preset, whoever may see it."""
    if not storable(preset_id):
        return None
    return session.scalars(select(Preset).where(Preset.preset_id == preset_id)).first()


def preferences_of(session: Session, person_id: str) -> str | None:
    """Return what a person set, as JSON."""
    return session.scalars(select(Preferences.value).where(Preferences.person_id == person_id)).first()


def display_checks(session: Session, person_id: str | None, limit: int) -> list[DisplayCheck]:
    """Return the last display checks of a person, or of everybody."""
    query = select(DisplayCheck).order_by(DisplayCheck.no.desc()).limit(limit)
    if person_id is not None:
        query = query.where(DisplayCheck.person_id == person_id)
    return list(session.scalars(query))


def count(session: Session, table: type[Base], **where: Any) -> int:
    """Count the rows of a table that have these values."""
    matches = [getattr(table, name) == value for name, value in where.items()]
    return int(session.scalar(select(func.count()).select_from(table).where(*matches)) or 0)


def add(session: Session, row: T) -> T:
    """Insert a row."""
    session.add(row)
    session.flush()
    return row


def remove(session: Session, row: Base) -> None:
    """Delete a row; its audit key goes with it."""
    session.delete(row)
    session.flush()


def count_owned(session: Session, table: type[Bookmark] | type[Preset], person_id: str) -> int:
    """Count a person's bookmarks or presets."""
    return session.scalars(select(func.count()).select_from(table).where(table.person_id == person_id)).one()


def give_owned(session: Session, table: type[Bookmark] | type[Preset], person_id: str, to_person_id: str) -> int:
    """Make another person the owner of a person's bookmarks or presets; who made them stays as it is."""
    result = session.execute(
        update(table)
        .where(table.person_id == person_id)
        .values(person_id=to_person_id)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount
