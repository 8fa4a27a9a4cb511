"""SQL of layers and class lists."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from coverslip.features.annotations.models import AnnotationRow, ClassListRow, LayerRow


def seen_by(author_id: str) -> ColumnElement[bool]:
    """Return the filter for layers that somebody may see: everybody's, and their own."""
    return or_(LayerRow.visibility == "project", LayerRow.owner_id == author_id)


def layers(session: Session, slide_id: str, author_id: str, *, deleted: bool | None = False) -> list[LayerRow]:
    """Return the layers of a slide that somebody may see, from the bottom up; None returns deleted ones too."""
    query = select(LayerRow).where(LayerRow.slide_id == slide_id, seen_by(author_id))
    if deleted is not None:
        query = query.where(LayerRow.deleted.is_(deleted))
    return list(session.scalars(query.order_by(LayerRow.position, LayerRow.no)))


def layer(session: Session, slide_id: str, layer_id: str) -> LayerRow | None:
    """Return a layer, whoever may see it."""
    query = select(LayerRow).where(LayerRow.slide_id == slide_id, LayerRow.layer_id == layer_id)
    return session.scalars(query).first()


def public_layer_ids(session: Session, slide_ids: Sequence[str]) -> list[str]:
    """Return the layers of some slides that everybody sees who sees the slide."""
    query = select(LayerRow.layer_id).where(
        LayerRow.slide_id.in_(slide_ids), LayerRow.visibility == "project", ~LayerRow.deleted
    )
    return list(session.scalars(query))


def next_position(session: Session, slide_id: str) -> int:
    """Return the place above all layers of a slide."""
    last = session.scalar(select(func.max(LayerRow.position)).where(LayerRow.slide_id == slide_id))
    return 0 if last is None else int(last) + 1


def count_layers(session: Session, slide_id: str) -> int:
    """Count the layers of a slide, deleted ones too."""
    query = select(func.count()).select_from(LayerRow).where(LayerRow.slide_id == slide_id)
    return int(session.scalar(query) or 0)


def object_counts(session: Session, slide_id: str) -> dict[str, int]:
    """Return how many drawn objects lie on each layer."""
    table = AnnotationRow
    query = select(table.layer_id, func.count()).where(table.slide_id == slide_id, ~table.deleted)
    return {row[0]: row[1] for row in session.execute(query.group_by(table.layer_id))}


def add(session: Session, row: LayerRow | ClassListRow) -> None:
    """Insert a row."""
    session.add(row)
    session.flush()


def class_list(session: Session, project_id: str, *, lock: bool = False) -> ClassListRow | None:
    """Return a project's own list of classes."""
    query = select(ClassListRow).where(ClassListRow.project_id == project_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def class_lists(session: Session, project_ids: Sequence[str]) -> dict[str, ClassListRow]:
    """Return those of some projects that have a list of their own, with it."""
    rows = session.scalars(select(ClassListRow).where(ClassListRow.project_id.in_(project_ids)))
    return {row.project_id: row for row in rows}


def owned(session: Session, person_id: str) -> list[LayerRow]:
    """Return all layers that somebody owns."""
    return list(session.scalars(select(LayerRow).where(LayerRow.owner_id == person_id).order_by(LayerRow.no)))


def all_class_lists(session: Session) -> list[str]:
    """Return every list of classes as JSON."""
    return list(session.scalars(select(ClassListRow.classes)))


def layer_names(session: Session, layer_ids: Sequence[str]) -> list[str]:
    """Return the names of some layers."""
    return list(session.scalars(select(LayerRow.name).where(LayerRow.layer_id.in_(layer_ids)).order_by(LayerRow.no)))
