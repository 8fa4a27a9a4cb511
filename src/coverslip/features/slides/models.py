"""Tables of the catalogue.

A slide's long rows are read by number only. Lists walk one of the narrow covering indexes (sort
key, number, project, state, format), so a page deep in 100,000 slides costs as much as the first.
These indexes hold no trashed rows, so that what lies in the trash costs lists nothing.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Table, Text, event, text
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo

# Sorted by bytes on every database, so that order and paging are the same everywhere.
_BYTES = String().with_variant(String(collation="C"), "postgresql")
_LIVE: Final = text("trash_root IS NULL")
_IN_NO_CASE: Final = text("trash_root IS NULL AND case_id IS NULL")


def _live(name: str, *columns: str, unique: bool = False) -> Index:
    """Return an index over what is not in the trash."""
    return Index(name, *columns, unique=unique, sqlite_where=_LIVE, postgresql_where=_LIVE)


def _in_no_case(name: str, *columns: str) -> Index:
    """Return an index over the slides that are in no case: among those of cases they lie scattered."""
    return Index(name, *columns, sqlite_where=_IN_NO_CASE, postgresql_where=_IN_NO_CASE)


def _trashed(name: str) -> Index:
    """Return the index over what is in the trash: one over all rows would tempt planners to read lists by it."""
    where = text("trash_root IS NOT NULL")
    return Index(name, "trash_root", sqlite_where=where, postgresql_where=where)


class Trashable:
    """What may lie in the trash.

    ``trash_root`` is the id of what was trashed: the row's own, or that of the case or project that
    took it along; so restoring brings back exactly what went.
    """

    trash_root: Mapped[str | None]
    trashed_at: Mapped[datetime | None]
    trashed_by: Mapped[str | None]


class Project(Trashable, Base):
    """A project; a folder on disk becomes a tree of them.

    ``path`` holds the numbers from the top to here, ``/1/5/9/``: one prefix comparison finds
    everything below.
    """

    __tablename__ = "project"
    __table_args__ = (_trashed("ix_project_trash_root"),)

    no: Mapped[RowNo]
    project_id: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("project.project_id"), index=True)
    scope_id: Mapped[str] = mapped_column(ForeignKey("scope.scope_id"), unique=True)
    path: Mapped[str] = mapped_column(_BYTES, index=True)
    name: Mapped[str]
    name_sort: Mapped[str] = mapped_column(_BYTES)
    offline_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Case(Trashable, Base):
    """A case groups the slides of one accession; its name is the accession number.

    ``tags`` and ``fields`` are stored as those of a slide.
    """

    __tablename__ = "slide_case"
    __table_args__ = (
        _live("uq_slide_case_live", "project_no", "name", unique=True),
        _live("ix_slide_case_by_name", "name_sort", "no", "project_no"),
        _live("ix_slide_case_by_created", "created_at", "no", "project_no"),
        _trashed("ix_slide_case_trash_root"),
    )

    no: Mapped[RowNo]
    case_id: Mapped[str] = mapped_column(unique=True)
    project_no: Mapped[int] = mapped_column(ForeignKey("project.no"), index=True)
    scope_id: Mapped[str] = mapped_column(ForeignKey("scope.scope_id"), unique=True)
    name: Mapped[str]
    name_sort: Mapped[str] = mapped_column(_BYTES)
    tags: Mapped[str] = mapped_column(_BYTES, default="", server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    audit_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SlideRecord(Trashable, Base):
    """One place of a slide in the catalogue; equal bytes in two places are two records.

    ``folder`` and ``files`` say where the bytes lie. File names are bytes on disk and need not be
    text: ``folder`` is stored as bytes, ``files`` as ASCII JSON with lone surrogates escaped.
    Empty ``format`` and 0 ``scanned_sort`` mean unknown; they are never NULL because they are sorted by.

    ``case_name`` repeats the case's name, which every list shows. ``tags`` are as ``words.tags_text`` puts them.
    ``entered`` names the fields that a person entered (``block``, ``fields.grade``), so that no
    pattern overwrites them. ``copy_of`` names the record whose file this one shares.
    """

    __tablename__ = "slide"
    __table_args__ = (
        _live("ix_slide_by_name", "name_sort", "no", "project_no", "state", "format"),
        _live("ix_slide_by_created", "created_at", "no", "project_no", "state", "format"),
        _live("ix_slide_by_scanned", "scanned_sort", "no", "project_no", "state", "format"),
        _live("ix_slide_by_size", "size_bytes", "no", "project_no", "state", "format"),
        _live("ix_slide_by_format", "format", "no", "project_no", "state", "stain_sort", "tags"),
        _live("ix_slide_by_state", "state", "no", "project_no", "format"),
        _live("ix_slide_by_case", "case_sort", "no", "project_no", "state", "format"),
        _live("ix_slide_by_stain", "stain_sort", "no", "project_no", "state", "format"),
        _live("ix_slide_of_project", "project_no", "no"),
        Index("ix_slide_of_case", "case_id", "case_sort"),
        _in_no_case("ix_slide_in_no_case", "case_sort", "no", "project_no", "state", "format"),
        _in_no_case("ix_slide_in_no_case_counted", "format", "state", "stain_sort", "tags", "project_no"),
        _trashed("ix_slide_trash_root"),
    )

    no: Mapped[RowNo]
    slide_id: Mapped[str] = mapped_column(unique=True)
    project_no: Mapped[int] = mapped_column(ForeignKey("project.no"))
    scope_id: Mapped[str] = mapped_column(ForeignKey("scope.scope_id"), unique=True)
    name: Mapped[str]
    name_sort: Mapped[str] = mapped_column(_BYTES)
    file_name: Mapped[str]
    state: Mapped[str] = mapped_column(_BYTES)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    format: Mapped[str] = mapped_column(_BYTES, default="")
    vendor: Mapped[str | None]
    scanner: Mapped[str | None]
    scanned_at: Mapped[datetime | None]
    scanned_sort: Mapped[int] = mapped_column(default=0)
    width: Mapped[int | None]
    height: Mapped[int | None]
    mpp_x: Mapped[float | None]
    mpp_y: Mapped[float | None]
    mpp_entered: Mapped[float | None]
    mpp_entered_by: Mapped[str | None]
    mpp_entered_at: Mapped[datetime | None]
    objective: Mapped[float | None]
    channel_count: Mapped[int | None]
    size_bytes: Mapped[int] = mapped_column(default=0)
    file_count: Mapped[int] = mapped_column(default=0)
    folder: Mapped[bytes] = mapped_column(LargeBinary)
    files: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(index=True)
    version: Mapped[str | None]
    index_name: Mapped[str | None]
    content_sha256: Mapped[str | None]
    metadata_words: Mapped[str] = mapped_column(Text, default="", deferred=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("slide_case.case_id"))
    case_name: Mapped[str | None]
    case_sort: Mapped[str] = mapped_column(_BYTES, default="", server_default="")
    part: Mapped[str | None]
    block: Mapped[str | None]
    stain: Mapped[str | None]
    stain_kind: Mapped[str | None]
    stain_sort: Mapped[str] = mapped_column(_BYTES, default="", server_default="")
    label_text: Mapped[str | None]
    tags: Mapped[str] = mapped_column(_BYTES, default="", server_default="")
    rating: Mapped[int | None]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    entered: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    copy_of: Mapped[str | None] = mapped_column(index=True)
    moved_at: Mapped[datetime | None]
    audit_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ProjectSettings(Base):
    """What a project asks of its slides and cases; one without a row follows the nearest project above."""

    __tablename__ = "project_settings"

    project_no: Mapped[int] = mapped_column(ForeignKey("project.no"), primary_key=True, autoincrement=False)
    metadata_schema: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    pattern: Mapped[str | None]
    default_stain: Mapped[str | None]
    updated_at: Mapped[datetime]


class Attachment(Base):
    """A file that somebody attached to a slide or a case; its bytes lie in the data folder under their hash."""

    __tablename__ = "attachment"

    no: Mapped[RowNo]
    attachment_id: Mapped[str] = mapped_column(unique=True)
    slide_id: Mapped[str | None] = mapped_column(ForeignKey("slide.slide_id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("slide_case.case_id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class SavedView(Base):
    """A list as somebody wants to see it again: filters, order and columns."""

    __tablename__ = "saved_view"

    no: Mapped[RowNo]
    view_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(index=True)
    author: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    columns: Mapped[list[str]]
    shared: Mapped[bool]
    created_at: Mapped[datetime]


class SlideTally(Base):
    """How many live slides a project has of each state, format, stain and set of tags.

    Kept by triggers, so totals cost nothing.
    """

    __tablename__ = "slide_tally"

    project_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(_BYTES, primary_key=True)
    format: Mapped[str] = mapped_column(_BYTES, primary_key=True)
    stain: Mapped[str] = mapped_column(_BYTES, primary_key=True)
    tags: Mapped[str] = mapped_column(_BYTES, primary_key=True)
    count: Mapped[int]


_COUNTED = "project_no, state, format, stain, tags"
_SQLITE_UP = (
    f"INSERT INTO slide_tally ({_COUNTED}, count) "
    "SELECT new.project_no, new.state, new.format, new.stain_sort, new.tags, 1 WHERE new.trash_root IS NULL "
    f"ON CONFLICT ({_COUNTED}) DO UPDATE SET count = count + 1;"
)
_SQLITE_ROW = (
    "project_no = old.project_no AND state = old.state AND format = old.format "
    "AND stain = old.stain_sort AND tags = old.tags"
)
_SQLITE_DOWN = (
    f"UPDATE slide_tally SET count = count - 1 WHERE {_SQLITE_ROW} AND old.trash_root IS NULL; "  # noqa: S608 - of the constants above
    f"DELETE FROM slide_tally WHERE {_SQLITE_ROW} AND count = 0;"
)
_WATCHED = "project_no, state, format, stain_sort, tags, trash_root"
_POSTGRES_ROW = _SQLITE_ROW.replace("old.", "OLD.")
_POSTGRES_COUNT = f"""
CREATE FUNCTION slide_tally_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.trash_root IS NULL THEN
    UPDATE slide_tally SET count = count - 1 WHERE {_POSTGRES_ROW};
    DELETE FROM slide_tally WHERE {_POSTGRES_ROW} AND count = 0;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.trash_root IS NULL THEN
    INSERT INTO slide_tally ({_COUNTED}, count)
    VALUES (NEW.project_no, NEW.state, NEW.format, NEW.stain_sort, NEW.tags, 1)
    ON CONFLICT ({_COUNTED}) DO UPDATE SET count = slide_tally.count + 1;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - our own column names

BEYOND_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": (
        # Words are folded and split before they get here, so the plainest tokenizer is the right one.
        "CREATE VIRTUAL TABLE slide_search USING fts5(words, tokenize='ascii', prefix='1 2 3 4', detail='none')",
        f"CREATE TRIGGER slide_tally_insert AFTER INSERT ON slide BEGIN {_SQLITE_UP} END",
        f"CREATE TRIGGER slide_tally_delete AFTER DELETE ON slide BEGIN {_SQLITE_DOWN} END",
        f"CREATE TRIGGER slide_tally_update AFTER UPDATE OF {_WATCHED} ON slide BEGIN {_SQLITE_DOWN} {_SQLITE_UP} END",
    ),
    "postgresql": (
        "CREATE TABLE slide_search (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_slide_search_words ON slide_search USING gin (words)",
        _POSTGRES_COUNT,
        f"CREATE TRIGGER slide_tally_rows AFTER INSERT OR DELETE OR UPDATE OF {_WATCHED} ON slide "
        "FOR EACH ROW EXECUTE FUNCTION slide_tally_count()",
    ),
}
"""What the catalogue needs beside its tables: the word index and the triggers that count, by dialect.

``Base.metadata.create_all`` makes them too; a migration executes them after ``slide`` and ``slide_tally``.
"""


@event.listens_for(Base.metadata, "after_create")
def _create_beyond(_target: object, connection: Any, tables: list[Table], **_options: object) -> None:
    if any(table.name == SlideRecord.__tablename__ for table in tables):
        for statement in BEYOND_TABLES[connection.dialect.name]:
            connection.exec_driver_sql(statement)


class ShareName(Base):
    """The number that stands for the name of a slide, case or project in one share link; it never changes."""

    __tablename__ = "share_name"

    share_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    object_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ordinal: Mapped[int]
