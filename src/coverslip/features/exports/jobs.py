"""Writes exports in the background: staged, synced, renamed, and only then said to be there.

An export that is interrupted starts again from nothing; its part is overwritten. What cannot be
mended by trying again (the slide changed, the disk is full) ends it with its sentence.
"""

import errno
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from coverslip.core.errors import (
    Busy,
    CoverslipError,
    DiskFull,
    InvalidRequest,
    NotFound,
    SlideChanged,
    SlideMissing,
    SlideUnreadable,
    TileUnreadable,
)
from coverslip.core.time import monotonic_s, utc_now
from coverslip.features.exports import service, store
from coverslip.features.exports.models import ExportRecord
from coverslip.features.exports.schemas import ExportKind, ExportState
from coverslip.features.exports.service import JOB_EXPORT, KEPT, PART, Planned
from coverslip.imaging import work
from coverslip.imaging.index import changed
from coverslip.imaging.stored import OpenFiles, TileSpan
from coverslip.imaging.writers.ome_tiff import write_ome_tiff
from coverslip.imaging.writers.ome_zarr import write_ome_zarr
from coverslip.imaging.writers.plan import Plan
from coverslip.imaging.writers.tiles import Wanted
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.jobs import Handler, JobContext, JobInterrupted

SAY_EVERY_S: Final = 1.0
BATCH_LIMIT_S: Final = 120.0
_BUSY_WAIT_S: Final = 0.2
_BUSY_TRIES: Final = 300
_FOR_GOOD: Final = (
    DiskFull,
    InvalidRequest,
    NotFound,
    SlideChanged,
    SlideMissing,
    SlideUnreadable,
    TileUnreadable,
)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class TakenBack(Exception):
    """Somebody deleted the export while it was written."""


def write_export(context: JobContext) -> None:
    """Write one export, whole or not at all."""
    export_id = str(context.payload["export_id"])
    part = service.folder_of(context.runtime) / f"{export_id}{PART}"
    with context.db.read() as session:
        row = store.export_of_job(session, export_id)
    if row is None or row.state in (ExportState.DONE, ExportState.FAILED):
        part.unlink(missing_ok=True)
        return
    try:
        _write(context, row, part)
    except TakenBack:
        pass
    except _FOR_GOOD as error:
        _fail(context, row, error)
    finally:
        part.unlink(missing_ok=True)


def _write(context: JobContext, row: ExportRecord, part: Path) -> None:
    found = service.plan_of_row(context.runtime, row)
    if found is None:
        raise SlideChanged
    folder = part.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    source = _JobSource(context, row.export_id, found)
    try:
        source.begin()
        with part.open("wb") as target:
            _write_kind(target, ExportKind(row.kind), found, source)
            target.flush()
            os.fsync(target.fileno())
            size = target.tell()
        if changed(found.index, work.MOST_CHECKED_FILES):
            raise SlideChanged
        part.replace(folder / row.export_id)
        _sync_folder(folder)
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("The disk that holds Coverslip's data became full while the export was written.") from error
        raise
    finally:
        source.close()
    _finish(context, row, size)


def _write_kind(target: BinaryIO, kind: ExportKind, found: Planned, source: "_JobSource") -> None:
    if kind is ExportKind.OME_TIFF:
        write_ome_tiff(target, found.index, found.plan, source)
    else:
        write_ome_zarr(target, found.plan, source)


def _finish(context: JobContext, row: ExportRecord, size: int) -> None:
    now = utc_now()
    with context.db.transaction() as session:
        there = store.change(
            session,
            row.export_id,
            state=ExportState.DONE.value,
            tiles_done=row.tiles_all,
            size_bytes=size,
            finished_at=now,
            expires_at=now + KEPT,
        )
        if there:
            detail = {"slide_id": row.slide_id, "size_bytes": size}
            record(session, AuditEvent("export.written", row.person_id, None, "export", row.export_id, detail=detail))
    if not there:
        (service.folder_of(context.runtime) / row.export_id).unlink(missing_ok=True)


def _fail(context: JobContext, row: ExportRecord, error: CoverslipError) -> None:
    now = utc_now()
    with context.db.transaction() as session:
        there = store.change(
            session,
            row.export_id,
            state=ExportState.FAILED.value,
            error_code=error.code,
            error_message=error.message,
            finished_at=now,
            expires_at=now + KEPT,
        )
        if there:
            detail = {"slide_id": row.slide_id, "code": error.code}
            record(session, AuditEvent("export.failed", row.person_id, None, "export", row.export_id, detail=detail))


class _JobSource:
    """Gives a writer its tiles: stored ones through the threads of their mount, others from the decoders."""

    def __init__(self, context: JobContext, export_id: str, found: Planned) -> None:
        self._context = context
        self._export_id = export_id
        self._index_path = str(found.index_path)
        index = found.index
        stamps = tuple(zip(index.file_sizes, index.file_mtimes_ns, strict=True))
        self._files = OpenFiles(Path(index.folder), index.info.files, stamps)
        self._mount = context.runtime.mounts.of(index.file_path(0))
        self._done = 0
        self._say_s = monotonic_s()
        self._begun = False

    def begin(self) -> None:
        """Say that nothing is done: what an earlier attempt wrote is gone."""
        self._say()

    def made(self, plan: Plan, kind: str, wanted: Sequence[Wanted]) -> list[bytes]:
        """Have tiles made; patient while the decoders have more urgent work."""
        for _ in range(_BUSY_TRIES):
            try:
                return self._context.runtime.pool.run_blocking(
                    work.export_tiles, self._index_path, plan, kind, list(wanted), timeout_s=BATCH_LIMIT_S
                )
            except Busy:
                self._look()
                time.sleep(_BUSY_WAIT_S)
        raise Busy

    def stored(self, places: Sequence[TileSpan]) -> list[bytes]:
        """Read tiles as they lie in the file."""
        return self._mount.run_blocking(_read_all, self._files, places)

    def progress(self, tiles: int) -> None:
        """Count, say so now and then, and stop when told."""
        self._done += tiles
        self._look()

    def close(self) -> None:
        """Let go of the slide's files."""
        self._files.close()

    def _look(self) -> None:
        if self._context.should_stop():
            raise JobInterrupted
        now_s = monotonic_s()
        if self._begun and now_s - self._say_s < SAY_EVERY_S:
            return
        self._begun, self._say_s = True, now_s
        self._say()

    def _say(self) -> None:
        values: dict[str, Any] = {"state": ExportState.RUNNING.value, "tiles_done": self._done}
        with self._context.db.transaction() as session:
            there = store.change(session, self._export_id, **values)
        if not there:
            raise TakenBack


def _read_all(files: OpenFiles, places: Sequence[TileSpan]) -> list[bytes]:
    return [files.read(place) for place in places]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


HANDLERS: Final[Mapping[str, Handler]] = {JOB_EXPORT: write_export}
LIMITS: Final[Mapping[str, int]] = {JOB_EXPORT: 1}
"""One at a time: an export may take an hour, and somebody waits for thumbnails."""
