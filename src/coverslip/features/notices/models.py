"""Tables of notices: what people are told, and of what they want mail, too."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Notice(Base):
    """Something that one person is told. It holds ids and who caused it, never what was written.

    ``scope_id`` is that of what it is about: who may not see that any longer sees no notice of it either.
    """

    __tablename__ = "notice"
    __table_args__ = (Index(None, "person_id", "no"),)

    no: Mapped[RowNo]
    notice_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    kind: Mapped[str]
    by_id: Mapped[str | None]
    by_name: Mapped[str]
    scope_id: Mapped[str | None]
    slide_id: Mapped[str | None]
    annotation_id: Mapped[str | None]
    comment_id: Mapped[str | None]
    share_id: Mapped[str | None]
    word: Mapped[str]
    once_key: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """Of which kinds of notices a person wants a mail, too; nobody's row means the usual ones."""

    __tablename__ = "notice_choice"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    mail: Mapped[list[str]]
