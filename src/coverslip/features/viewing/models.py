"""Tables of viewing: what a person did and wants. Nothing in them says what a slide is.

JSON is kept as ASCII text, so that every database holds whatever a browser sends.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Place(Base):
    """Where a person left a slide; that there is a row says that they opened it."""

    __tablename__ = "viewing_place"
    __table_args__ = (UniqueConstraint("person_id", "slide_id"),)

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), index=True)
    view: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime]


class Coverage(Base):
    """Which cells of a slide a person has seen at 10x or more: one bit each, with the grid they belong to."""

    __tablename__ = "viewing_coverage"
    __table_args__ = (UniqueConstraint("person_id", "slide_id"),)

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), index=True)
    cols: Mapped[int]
    rows: Mapped[int]
    cell_px: Mapped[int]
    seen: Mapped[bytes] = mapped_column(LargeBinary)


class Bookmark(Base):
    """A place on a slide with a name and a note; everybody who sees the slide sees it."""

    __tablename__ = "bookmark"

    no: Mapped[RowNo]
    bookmark_id: Mapped[str] = mapped_column(unique=True)
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    author: Mapped[str]
    name: Mapped[str]
    note: Mapped[str] = mapped_column(Text)
    view: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)


class Alignment(Base):
    """How two slides lie on each other: from level-0 pixels of the first to those of the second."""

    __tablename__ = "alignment"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    no: Mapped[RowNo]
    first_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"))
    second_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), index=True)
    matrix: Mapped[str] = mapped_column(Text)
    pairs: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)


class Preset(Base):
    """A named way to show channels, of one slide or of a whole project."""

    __tablename__ = "preset"

    no: Mapped[RowNo]
    preset_id: Mapped[str] = mapped_column(unique=True)
    slide_id: Mapped[str | None] = mapped_column(ForeignKey("slide.slide_id", ondelete="CASCADE"), index=True)
    project_id: Mapped[str | None] = mapped_column(ForeignKey("project.project_id", ondelete="CASCADE"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    name: Mapped[str]
    style: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)


class Preferences(Base):
    """What a person set for themselves on every machine."""

    __tablename__ = "preferences"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class DisplayCheck(Base):
    """The outcome of a display check at one workstation."""

    __tablename__ = "display_check"
    __table_args__ = (Index(None, "person_id", "no"),)

    no: Mapped[RowNo]
    check_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    author: Mapped[str]
    workstation: Mapped[str]
    result: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    audit_key: Mapped[bytes] = mapped_column(LargeBinary)
