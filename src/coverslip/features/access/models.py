"""Tables of access: the tree of scopes, and who was given what on them."""

from datetime import datetime
from typing import Any

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


class Share(Base):
    """A link that shows one project, case or slide to whoever holds it, until it ends.

    ``token_hash`` and ``password_hash`` open nothing by themselves. ``scope_id`` is no foreign key: a
    link stays listed when what it showed is gone. ``ended_at`` is set when it was revoked, had run out,
    or its object went into the trash; a link whose opens are used up only takes no more.
    """

    __tablename__ = "share"

    no: Mapped[RowNo]
    share_id: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    object_id: Mapped[str] = mapped_column(index=True)
    scope_id: Mapped[str] = mapped_column(index=True)
    made_by: Mapped[str] = mapped_column(index=True)
    recipient: Mapped[str]
    note: Mapped[str]
    may: Mapped[str]
    annotations: Mapped[bool]
    identity: Mapped[bool]
    watermark: Mapped[bool]
    origins: Mapped[list[str]]
    start: Mapped[dict[str, Any]]
    password_hash: Mapped[str | None]
    maximum_opens: Mapped[int | None]
    opens: Mapped[int]
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_why: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_message: Mapped[str]


class ShareGuess(Base):
    """A password tried at a link; it is written before it is looked at, and forgotten when it was right."""

    __tablename__ = "share_guess"
    __table_args__ = (Index(None, "share_id", "at"),)

    no: Mapped[RowNo]
    share_id: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]


class ShareRequest(Base):
    """Somebody whose link has ended asks for more time."""

    __tablename__ = "share_request"

    no: Mapped[RowNo]
    share_id: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    message: Mapped[str]
    requested_at: Mapped[datetime]
