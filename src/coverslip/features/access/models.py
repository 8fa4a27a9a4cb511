"""Tables of access: the tree of scopes, and who was granted what on them."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Scope(Base):
    """A node that permissions hang on: one for each project and each slide."""

    __tablename__ = "scope"

    no: Mapped[RowNo]
    scope_id: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("scope.scope_id"), index=True)
    kind: Mapped[str]


class GrantRecord(Base):
    """A person may do this, and every lesser action, on a scope and all below it."""

    __tablename__ = "access_grant"
    __table_args__ = (UniqueConstraint("person_id", "scope_id"),)

    no: Mapped[RowNo]
    scope_id: Mapped[str] = mapped_column(ForeignKey("scope.scope_id"), index=True)
    person_id: Mapped[str]
    action: Mapped[str]
    created_at: Mapped[datetime]
