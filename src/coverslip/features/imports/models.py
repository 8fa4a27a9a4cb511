"""Tables of imports: which folders are served, which file became which slide, and what arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Root(Base):
    """A served folder (or single file), and how far its scan is.

    Paths are bytes: names on disk need not be text. ``path_hash`` finds them whatever their length.
    ``managed`` is the folder of uploads in the data folder: only Coverslip writes there.
    """

    __tablename__ = "root"

    no: Mapped[RowNo]
    root_id: Mapped[str] = mapped_column(unique=True)
    path: Mapped[bytes] = mapped_column(LargeBinary)
    path_hash: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.project_id"), index=True)
    created_at: Mapped[datetime]
    device: Mapped[str | None]
    offline_since: Mapped[datetime | None]
    scan_wanted_at: Mapped[datetime | None]
    next_scan_at: Mapped[datetime | None]
    scan_started_at: Mapped[datetime | None]
    last_scan_at: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[int] = mapped_column(default=0)
    rate_per_s: Mapped[float | None]
    managed: Mapped[bool] = mapped_column(default=False, server_default=false())


class SourceFolder(Base):
    """A folder on disk and the project that it became."""

    __tablename__ = "source_folder"
    __table_args__ = (UniqueConstraint("root_id", "path_hash"),)

    no: Mapped[RowNo]
    root_id: Mapped[str] = mapped_column(ForeignKey("root.root_id"))
    path_hash: Mapped[str]
    project_id: Mapped[str] = mapped_column(ForeignKey("project.project_id"))


class Source(Base):
    """What on disk a slide comes from.

    Attributes
    ----------
    stamp : str
        Sizes and modification times of the slide's files, as last seen.
    stamp_since : datetime
        When that stamp was seen first; a file is "still being written" until it has held for a while.
    outcome : str
        The slide's state as the scan left it.
    multiple : bool
        Whether the slide has other files beside this one.
    """

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("root_id", "path_hash"), Index(None, "root_id", "outcome"))

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id"), unique=True)
    root_id: Mapped[str] = mapped_column(ForeignKey("root.root_id"))
    path: Mapped[bytes] = mapped_column(LargeBinary)
    path_hash: Mapped[str]
    stamp: Mapped[str]
    stamp_since: Mapped[datetime]
    outcome: Mapped[str]
    multiple: Mapped[bool]


class Claim(Base):
    """A file that belongs to a slide of several files, so that it becomes no slide of its own."""

    __tablename__ = "claim"
    __table_args__ = (UniqueConstraint("root_id", "path_hash"),)

    no: Mapped[RowNo]
    root_id: Mapped[str] = mapped_column(ForeignKey("root.root_id"))
    path_hash: Mapped[str]
    slide_id: Mapped[str] = mapped_column(ForeignKey("slide.slide_id"), index=True)


class FolderRule(Base):
    """What becomes of slides at and below a folder: the longest folder that fits wins."""

    __tablename__ = "folder_rule"

    no: Mapped[RowNo]
    rule_id: Mapped[str] = mapped_column(unique=True)
    folder: Mapped[bytes] = mapped_column(LargeBinary)
    folder_hash: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[str | None] = mapped_column(ForeignKey("project.project_id"), index=True)
    pattern: Mapped[str | None]
    stain: Mapped[str | None]
    created_at: Mapped[datetime]


class Arrival(Base):
    """One thing that came: an upload of one slide or archive, or a file in a served folder.

    Attributes
    ----------
    kind : str
        ``upload`` or ``folder``.
    state : str
        ``receiving``, ``waiting``, ``working``, ``done``, ``failed``, ``duplicate``.
    group_key : str or None
        What the client calls the upload; held only while it receives, so that the same files can come again.
    source_key : str or None
        Root and path of a file in a served folder.
    project_named : bool
        Whether somebody named the project of a file in a served folder, which otherwise follows from its folder.
    keep : bool
        Whether a duplicate is wanted as a second record.
    """

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("person_id", "group_key"), Index(None, "state", "no"))

    no: Mapped[RowNo]
    arrival_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    name: Mapped[str]
    person_id: Mapped[str | None]
    group_key: Mapped[str | None]
    source_key: Mapped[str | None] = mapped_column(unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.project_id"), index=True)
    project_named: Mapped[bool] = mapped_column(default=False)
    case_name: Mapped[str | None]
    fields: Mapped[dict[str, Any]]
    file_count: Mapped[int]
    size_bytes: Mapped[int]
    slide_ids: Mapped[list[str]]
    duplicate_of: Mapped[str | None]
    keep: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Upload(Base):
    """One file on its way in. How much of it is here is the size of its file, never a number in a row.

    Attributes
    ----------
    path : str
        Where it belongs within its arrival, with ``/`` between parts; checked when it was announced.
    sha256 : str or None
        What the client says its bytes are.
    sha256_later : bool
        Whether the client still has to say it; until then the upload is not complete.
    """

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("arrival_id", "path"),)

    no: Mapped[RowNo]
    upload_id: Mapped[str] = mapped_column(unique=True)
    arrival_id: Mapped[str] = mapped_column(ForeignKey("arrival.arrival_id"))
    person_id: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str | None]
    sha256_later: Mapped[bool]
    complete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
