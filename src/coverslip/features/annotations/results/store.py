"""SQL of result layers: which annotations correct their objects. Who may see the layers is decided before."""

from collections.abc import Collection, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coverslip.features.annotations.models import AnnotationRow, LayerRow


def corrections(
    session: Session, slide_id: str, layer_id: str, seen: Collection[str]
) -> list[tuple[str, int, bool, str]]:
    """Return annotations on seen layers that correct objects of a layer: id, object, whether deleted, and as JSON."""
    table = AnnotationRow
    query = select(table.annotation_id, table.corrects_object_no, table.deleted, table.body).where(
        table.slide_id == slide_id, table.corrects_layer_id == layer_id, table.layer_id.in_(seen)
    )
    rows = session.execute(query.order_by(table.no))
    return [(row[0], row[1], row[2], row[3]) for row in rows if row[1] is not None]


def known_layers(session: Session) -> Iterator[str]:
    """Yield the ids of all layers that have files, deleted ones too."""
    yield from session.scalars(select(LayerRow.layer_id).where(LayerRow.kind != "drawn"))


def is_known(session: Session, layer_id: str) -> bool:
    """Whether a layer of any slide has this id."""
    query = select(func.count()).select_from(LayerRow).where(LayerRow.layer_id == layer_id)
    return bool(session.scalar(query))
