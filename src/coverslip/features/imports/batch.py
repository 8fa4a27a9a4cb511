"""Many files of the server registered in place by a table: CSV or YAML with file, project, case and fields.

A row is wrong alone: the others go on, and the answer says of each what happened. Files are looked
at by the next scan of their folder; what the table wants of them waits for it in the log.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy.orm import Session

from coverslip.core.errors import CoverslipError, FileNotFound, InvalidRequest, StorageTimeout
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.imports import arrivals, metadata, service, store
from coverslip.features.imports.schemas import ArrivalReason, BatchItem, BatchOut
from coverslip.features.imports.walk import path_hash
from coverslip.infra.db import hint
from coverslip.infra.runtime import Runtime

LARGEST: Final = 8 * 2**20
MOST_ROWS: Final = 10_000
_OWN: Final = ("file", "project", "case")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    number: int
    file: str
    target: arrivals.Target


def run(runtime: Runtime, viewer: Viewer, body: bytes, content_type: str, *, dry_run: bool) -> BatchOut:
    """Register what a table names; with ``dry_run`` only say what would happen.

    Raises
    ------
    InvalidRequest
        The table itself cannot be read.
    """
    items = [_one(runtime, viewer, row, dry_run=dry_run) for row in rows_of(body, content_type)]
    refused = sum(item.reason is not None for item in items)
    return BatchOut(rows=len(items), accepted=len(items) - refused, refused=refused, items=items)


def rows_of(body: bytes, content_type: str = "") -> list[Row]:
    """Read a table.

    Raises
    ------
    InvalidRequest
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The table must be UTF-8 text.") from error
    as_yaml = "yaml" in content_type or text.lstrip().startswith("- ")
    lines = list(_yaml_rows(text) if as_yaml else _csv_rows(text))
    if not lines:
        raise InvalidRequest("The table has no rows.")
    if len(lines) > MOST_ROWS:
        raise InvalidRequest(f"The table has more than {MOST_ROWS:,} rows; send it in parts.")
    return [_row(number, line) for number, line in enumerate(lines, 1)]


def _csv_rows(text: str) -> Iterator[Mapping[str, Any]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    if "file" not in (reader.fieldnames or ()):
        raise InvalidRequest("The table needs a column named file.")
    try:
        for line in reader:
            if None in line:
                raise InvalidRequest(f"Line {reader.line_num} of the table has more values than there are columns.")
            yield line
    except csv.Error as error:
        raise InvalidRequest(f"Line {reader.line_num} of the table cannot be read as CSV.") from error


def _yaml_rows(text: str) -> Iterator[Mapping[str, Any]]:
    if "&" in text and "*" in text and any(isinstance(token, yaml.AliasToken) for token in _tokens(text)):
        raise InvalidRequest("The table may not use YAML references.")  # they are how a small file grows large
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRequest("The table cannot be read as YAML.") from error
    if not isinstance(found, list) or not all(isinstance(line, dict) for line in found):
        raise InvalidRequest("The YAML must be a list of entries, each with a file.")
    yield from found


def _tokens(text: str) -> list[Any]:
    try:
        return list(yaml.scan(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidRequest("The table cannot be read as YAML.") from error


def _row(number: int, line: Mapping[str, Any]) -> Row:
    fields: dict[str, arrivals.Field] = {}
    nested = line.get("fields")
    for key, value in [*line.items(), *(nested.items() if isinstance(nested, dict) else ())]:
        if key in _OWN or (key == "fields" and isinstance(nested, dict)) or value in (None, ""):
            continue
        fields[str(key)] = value if isinstance(value, bool | int | float) else str(value)
    own = {key: str(line.get(key) or "").strip() for key in _OWN}
    return Row(number, own["file"], arrivals.Target(own["project"] or None, own["case"] or None, fields))


def _one(runtime: Runtime, viewer: Viewer, row: Row, *, dry_run: bool) -> BatchItem:
    slide_id = None
    try:
        path = _path(runtime, row.file)
        if not dry_run:
            with runtime.db.transaction() as session:
                slide_id = _register(session, viewer, path, row.target)
    except CoverslipError as error:
        return BatchItem(
            row=row.number,
            file=row.file[:4096],
            slide_id=None,
            reason=ArrivalReason(code=error.code, message=error.message),
        )
    return BatchItem(row=row.number, file=row.file, slide_id=slide_id, reason=None)


def _path(runtime: Runtime, text: str) -> Path:
    if not text or "\0" in text or len(text) > 4096 or not Path(text).is_absolute():
        raise InvalidRequest("The file must be the absolute path of a file on the server.")
    path = Path(text)
    try:
        there = runtime.mounts.of(path).run_blocking(path.exists)
    except (OSError, ValueError):
        there = False
    except StorageTimeout:
        raise
    if not there:
        raise FileNotFound
    return path


def _register(session: Session, viewer: Viewer, path: Path, target: arrivals.Target) -> str | None:
    """Ask for a file; one that is registered gets what the table says at once, and its id is returned."""
    named = None if target.project is None else arrivals.target_project(session, viewer, target)
    root_id = service.add_root(session, path, project=target.project, single=path.is_file(), by=viewer)
    key = path_hash(str(path))
    known = store.sources_at(session, root_id, [key]).get(key)
    if known is not None:
        project_id = named or slides.project_of(session, known.slide_id)
        metadata.set_wanted(session, known.slide_id, project_id, target, by=viewer)
        return known.slide_id
    arrivals.expect(session, source_key(root_id, key), path.name, named, target)
    store.change_root(session, root_id, scan_wanted_at=utc_now())
    hint(session, service.WAKE)
    return None


def source_key(root_id: str, key: str) -> str:
    """Return what names a file of a served folder in the log."""
    return f"{root_id}:{key}"
