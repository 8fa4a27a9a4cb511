"""Table of tumour boards."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Board(Base):
    """A list of stops to be shown one after the other. ``stops`` is ASCII JSON, in their order.

    ``scope_id`` is the project's: who may not see the project sees none of its boards.
    """

    __tablename__ = "board"

    no: Mapped[RowNo]
    board_id: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.project_id", ondelete="CASCADE"), index=True)
    scope_id: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    title: Mapped[str]
    stops: Mapped[str] = mapped_column(Text)
    rev: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)
