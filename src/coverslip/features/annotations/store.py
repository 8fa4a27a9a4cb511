"""SQL of annotations, comments and operations. Who may see what is decided before, or said by a filter given."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.orm import Session

from coverslip.features.annotations.models import AnnotationRow, CommentRow, OperationRow

Doc = Mapping[str, Any]
Kept = tuple[dict[str, Any], dict[str, tuple[int, str]]]
"""An object, and which revision last changed each of its keys and whose it was."""

_AT_ONCE: Final = 500
_STORED: Final[Mapping[str, tuple[Any, Any]]] = {
    "annotation": (AnnotationRow, AnnotationRow.annotation_id),
    "comment": (CommentRow, CommentRow.comment_id),
}


def text_of(value: Any) -> str:
    """Return JSON as every database holds it."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def held(session: Session, entity: str, slide_id: str, ids: Collection[str]) -> dict[str, Kept]:
    """Return objects of a slide by id, with what the merge rules need to know of them."""
    table, ident = _STORED[entity]
    found: dict[str, Kept] = {}
    for some in _parts(sorted(ids)):
        query = select(ident, table.body, table.key_revs).where(table.slide_id == slide_id, ident.in_(some))
        for key, body, revs in session.execute(query):
            found[key] = _kept(body, revs)
    return found


def variants_of(session: Session, slide_id: str, ids: Collection[str], author_id: str) -> list[Kept]:
    """Return the siblings that an author left beside some annotations, the newest last."""
    table = AnnotationRow
    found: list[Kept] = []
    for some in _parts(sorted(ids)):
        query = select(table.body, table.key_revs).where(
            table.slide_id == slide_id, table.variant_of.in_(some), table.author_id == author_id, ~table.deleted
        )
        for body, revs in session.execute(query.order_by(table.no)):
            found.append(_kept(body, revs))
    return found


def write(session: Session, entity: str, rows: Sequence[Mapping[str, Any]], *, new: bool) -> None:
    """Insert rows, or update them by slide and id."""
    if not rows:
        return
    table, ident = _STORED[entity]
    if new:
        session.connection().execute(insert(table), [dict(one) for one in rows])
        return
    fixed = {"slide_id", ident.key, "created_at", "author_id"}
    statement = (
        update(table.__table__)
        .where(table.__table__.c.slide_id == bindparam("of_slide"), table.__table__.c[ident.key] == bindparam("of_id"))
        .values({name: bindparam(name) for name in rows[0] if name not in fixed})
    )
    values = [
        {"of_slide": one["slide_id"], "of_id": one[ident.key], **{k: v for k, v in one.items() if k not in fixed}}
        for one in rows
    ]
    session.connection().execute(statement, values)


def bodies(session: Session, slide_id: str, layer_ids: Collection[str], *where: ColumnElement[bool]) -> list[str]:
    """Return annotations on some layers as the wire writes them, in the order in which they were made."""
    table = AnnotationRow
    query = select(table.body).where(table.slide_id == slide_id, table.layer_id.in_(layer_ids), *where)
    return list(session.scalars(query.order_by(table.no)))


def matching(
    *, deleted: bool, class_id: str | None = None, author_id: str | None = None, review: str | None = None
) -> list[ColumnElement[bool]]:
    """Return filters on annotations."""
    table = AnnotationRow
    found: list[ColumnElement[bool]] = [table.deleted.is_(deleted)]
    for column, value in ((table.class_id, class_id), (table.author_id, author_id), (table.review, review)):
        if value is not None:
            found.append(column == value)
    return found


def comments(session: Session, slide_id: str) -> list[str]:
    """Return a slide's comments that are not deleted as the wire writes them, oldest first."""
    query = select(CommentRow.body).where(CommentRow.slide_id == slide_id, ~CommentRow.deleted)
    return list(session.scalars(query.order_by(CommentRow.no)))


def operations(session: Session, slide_id: str, author_id: str, op_ids: Collection[str]) -> dict[str, tuple[str, Doc]]:
    """Return the hash and the result of those operations of an author that were done before."""
    table = OperationRow
    found: dict[str, tuple[str, Doc]] = {}
    for some in _parts(sorted(op_ids)):
        query = select(table.op_id, table.hash, table.result).where(
            table.slide_id == slide_id, table.author_id == author_id, table.op_id.in_(some)
        )
        found |= {op_id: (digest, json.loads(result)) for op_id, digest, result in session.execute(query)}
    return found


def add_operations(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember what was done."""
    if rows:
        session.connection().execute(insert(OperationRow), [dict(one) for one in rows])


def texts_on(session: Session, slide_ids: Sequence[str], layer_ids: Collection[str]) -> Iterable[tuple[str, Doc]]:
    """Yield annotations on some layers, and comments, of some slides, for who reads their texts."""
    table = AnnotationRow
    query = select(table.body).where(table.slide_id.in_(slide_ids), table.layer_id.in_(layer_ids), ~table.deleted)
    for body in session.scalars(query.order_by(table.no)):
        yield "annotation", json.loads(body)
    spoken = select(CommentRow.body).where(CommentRow.slide_id.in_(slide_ids), ~CommentRow.deleted)
    for body in session.scalars(spoken.order_by(CommentRow.no)):
        yield "comment", json.loads(body)


def moment(text: str) -> datetime:
    """Return the instant that the wire writes so."""
    return datetime.fromisoformat(text)


def _kept(body: str, key_revs: str) -> Kept:
    return json.loads(body), {name: (one[0], one[1]) for name, one in json.loads(key_revs).items()}


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
