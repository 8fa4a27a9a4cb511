"""Tables of access: the tree of scopes, and who was given what on them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo

_SET = text("visibility IS NOT NULL")


class Scope(Base):
    """A node that permissions hang on: one for each project, case and slide.

    ``visibility`` says who sees a project without an entry; NULL follows the project above.
    """

    __tablename__ = "scope"
    __table_args__ = (Index("ix_scope_visibility", "visibility", sqlite_where=_SET, postgresql_where=_SET),)

    no: Mapped[RowNo]
    scope_id: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("scope.scope_id"), index=True)
    kind: Mapped[str]
    visibility: Mapped[str | None]


class AccessEntry(Base):
    """What a person or a group is on a scope and all below it, until a nearer entry says otherwise.

    ``role`` may be ``none``: shut out. ``rights`` are those of ``rules.Right``, sorted.
    """

    __tablename__ = "access_entry"
    __table_args__ = (UniqueConstraint("subject_kind", "subject_id", "scope_id"),)

    no: Mapped[RowNo]
    scope_id: Mapped[str] = mapped_column(ForeignKey("scope.scope_id"), index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    role: Mapped[str]
    rights: Mapped[list[str]]
    given_by: Mapped[str | None]
    created_at: Mapped[datetime]
