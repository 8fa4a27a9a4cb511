"""A list of slides as a table: the same filters and order, page by page, never whole in memory."""

from collections.abc import Iterator
from typing import Final

from coverslip.features.access import Action
from coverslip.features.identity import Viewer
from coverslip.features.slides import csv_table, service
from coverslip.features.slides.schemas import SlideSummary
from coverslip.infra.db import Database

PAGE: Final = 500
COLUMNS: Final = (
    "name",
    "file_name",
    "case",
    "part",
    "block",
    "stain",
    "stain_kind",
    "label_text",
    "tags",
    "rating",
    "state",
    "format",
    "vendor",
    "width",
    "height",
    "mpp_x",
    "mpp_y",
    "objective",
    "size_bytes",
    "created_at",
    "scanned_at",
    "content_sha256",
    "project_id",
    "slide_id",
)


def export_table(db: Database, viewer: Viewer, query: service.ListQuery) -> Iterator[bytes]:
    """Yield a list as CSV with a byte order mark, so that every spreadsheet reads its letters.

    Free fields stand in columns of their own behind the others. Slides that may not be exported are left out.

    Raises
    ------
    NotFound, InvalidRequest, Forbidden
        Before the first bytes.
    """
    with db.read() as session:
        service.check_export(session, viewer, query)
    keys = sorted({key for page in _pages(db, viewer, query) for slide in page for key in slide.fields})
    return _lines(db, viewer, query, keys)


def _lines(db: Database, viewer: Viewer, query: service.ListQuery, keys: list[str]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + csv_table.written([[*COLUMNS, *keys]]).encode()
    for page in _pages(db, viewer, query):
        rows = [
            [_cell(slide, column) for column in COLUMNS] + [slide.fields.get(key) for key in keys] for slide in page
        ]
        yield csv_table.written(rows).encode()


def _pages(db: Database, viewer: Viewer, query: service.ListQuery) -> Iterator[list[SlideSummary]]:
    cursor = None
    while True:
        with db.read() as session:
            page = service.list_page(session, viewer, query, PAGE, cursor, Action.EXPORT)
        yield page[0]
        cursor = page[1]
        if cursor is None:
            return


def _cell(slide: SlideSummary, column: str) -> object:
    if column == "case":
        return slide.case_name
    if column == "tags":
        return "; ".join(slide.tags)
    if column in ("created_at", "scanned_at"):
        moment = getattr(slide, column)
        return None if moment is None else moment.isoformat()
    return getattr(slide, column)
