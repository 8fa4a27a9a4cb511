"""Tables of annotations: the state that the journal led to, ready to be read.

``body`` is the object as it goes over the wire, as ASCII JSON: a slide's ten thousand are joined, not
built. The columns beside it are what is searched by. ``key_revs`` says which revision last changed
which key, and whose it was; the merge rules need it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class LayerRow(Base):
    """A sheet on a slide: drawn objects, a result, or an overlay."""

    __tablename__ = "annotation_layer"
    __table_args__ = (UniqueConstraint("slide_id", "layer_id"),)

    no: Mapped[RowNo]
    layer_id: Mapped[str] = mapped_column(index=True)
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    name: Mapped[str]
    owner_id: Mapped[str] = mapped_column(index=True)
    owner_name: Mapped[str]
    kind: Mapped[str]
    visibility: Mapped[str]
    locked: Mapped[bool]
    opacity: Mapped[float]
    position: Mapped[int]
    created_at: Mapped[datetime]
    rev: Mapped[int]
    deleted: Mapped[bool]
    object_count: Mapped[int | None]
    info: Mapped[str] = mapped_column(Text)
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)


class AnnotationRow(Base):
    """One drawn object."""

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("slide_id", "annotation_id"),
        Index(None, "slide_id", "layer_id"),
        Index(None, "slide_id", "variant_of"),
        Index(None, "corrects_layer_id", "slide_id"),
        Index(None, "class_id", "slide_id"),
        Index(None, "author_id", "slide_id"),
        Index(None, "changed_at", "slide_id"),
    )

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    annotation_id: Mapped[str]
    layer_id: Mapped[str]
    object_type: Mapped[str]
    parent_id: Mapped[str | None]
    class_id: Mapped[str | None]
    author_id: Mapped[str]
    review: Mapped[str]
    variant_of: Mapped[str | None]
    corrects_layer_id: Mapped[str | None]
    corrects_object_no: Mapped[int | None]
    min_x: Mapped[float | None]
    min_y: Mapped[float | None]
    max_x: Mapped[float | None]
    max_y: Mapped[float | None]
    deleted: Mapped[bool]
    rev: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    key_revs: Mapped[str] = mapped_column(Text)


class CommentRow(Base):
    """One remark in a thread. ``layer_id`` is that of the annotation it is about: who sees that, reads it."""

    __tablename__ = "annotation_comment"
    __table_args__ = (UniqueConstraint("slide_id", "comment_id"), Index(None, "slide_id", "thread_id"))

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    comment_id: Mapped[str]
    thread_id: Mapped[str]
    annotation_id: Mapped[str | None]
    layer_id: Mapped[str | None]
    author_id: Mapped[str]
    deleted: Mapped[bool]
    rev: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    key_revs: Mapped[str] = mapped_column(Text)


class OperationRow(Base):
    """An operation that was done, so that the same one sent again does nothing: what it said, and what came of it."""

    __tablename__ = "annotation_operation"
    __table_args__ = (UniqueConstraint("slide_id", "author_id", "op_id"),)

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    author_id: Mapped[str]
    op_id: Mapped[str]
    hash: Mapped[str]
    result: Mapped[str] = mapped_column(Text)


class ClassListRow(Base):
    """The classes of a project and of those below it that have no list of their own."""

    __tablename__ = "annotation_classes"

    project_id: Mapped[str] = mapped_column(ForeignKey("project.project_id", ondelete="CASCADE"), primary_key=True)
    rev: Mapped[int]
    classes: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)
