"""Records that share the bytes of another one: what happens to the file happens to all of them."""

from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.time import utc_now
from coverslip.features.slides import store_copies, store_words
from coverslip.features.slides.models import SlideRecord
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint

OF_THE_BYTES: Final = (
    "file_name",
    "folder",
    "files",
    "file_count",
    "size_bytes",
    "state",
    "error_code",
    "error_message",
    "format",
    "vendor",
    "scanner",
    "scanned_at",
    "scanned_sort",
    "width",
    "height",
    "mpp_x",
    "mpp_y",
    "objective",
    "channel_count",
    "fingerprint",
    "version",
    "index_name",
    "content_sha256",
    "metadata_words",
)
"""Columns that say where the bytes lie and what reading them told."""


def follow(session: Session, row: SlideRecord) -> None:
    """Carry what changed about a file to every record that shares it."""
    for copy in store_copies.copies_of(session, [row.slide_id]):
        for column in OF_THE_BYTES:
            setattr(copy, column, getattr(row, column))
        copy.updated_at = utc_now()
        session.flush()
        store_words.write_words(session, copy)
        detail = {"state": copy.state, "fingerprint": copy.fingerprint, "version": copy.version}
        record(session, AuditEvent("slide.changed", object_kind="slide", object_id=copy.slide_id, detail=detail))
        hint(session, "grants.drop", slide_id=copy.slide_id)
