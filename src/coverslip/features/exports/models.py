"""Table of exports."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class ExportRecord(Base):
    """A slide that somebody asked for as a file; the row and its file go together.

    ``scope_id`` is the slide's: who may not see the slide any longer sees no export of it either.
    """

    __tablename__ = "export"

    no: Mapped[RowNo]
    export_id: Mapped[str] = mapped_column(unique=True)
    slide_id: Mapped[str] = mapped_column(index=True)
    slide_version: Mapped[str]
    scope_id: Mapped[str]
    person_id: Mapped[str] = mapped_column(index=True)
    job_id: Mapped[str]
    kind: Mapped[str]
    request: Mapped[dict[str, Any]]
    file_name: Mapped[str]
    state: Mapped[str]
    tiles_done: Mapped[int]
    tiles_all: Mapped[int]
    estimated_bytes: Mapped[int]
    size_bytes: Mapped[int | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
