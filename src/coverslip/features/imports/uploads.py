"""Uploads in pieces: rows say what is wanted, files say how much of it is here.

The protocol is tus 1.0.0 (https://tus.io/protocols/resumable-upload).
An upload's bytes lie in ``DATA/uploads/<arrival>/<upload>.part``. Its offset is the size of that
file, so no crash can make the two disagree; bytes are synced before anybody is told that they
arrived. When the last file of an arrival is whole, the same transaction that says so adds the job
which registers it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.arrival_errors import NameRefused, TooManyUploads
from coverslip.core.errors import DiskFull, FieldProblem, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import Viewer
from coverslip.features.imports import arrivals, store_arrivals
from coverslip.features.imports.models import Arrival, Upload
from coverslip.features.imports.names import check_together, checked_name
from coverslip.features.imports.parts import PART, part_path, received, uploads_folder
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.durable import clear, full_disk_said, make_folder, sync_folder
from coverslip.infra.runtime import Runtime

MOST_FILES: Final = 20_000
LONGEST_GROUP: Final = 200
_SPARE_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a client announces.

    Attributes
    ----------
    path : str
        Where it belongs within its arrival.
    size_bytes : int
    target : arrivals.Target
        Project, case and fields of the slide that it becomes.
    sha256 : str or None
        Hexadecimal, where the client knows it.
    sha256_later : bool
        Whether the client will say it with the last piece.
    group : str or None
        The client's own name for the files that arrive together.
    file_count : int
        How many those are.
    keep : bool
        Whether the slide is wanted even if its bytes are here already.
    """

    path: str
    size_bytes: int
    target: arrivals.Target
    sha256: str | None = None
    sha256_later: bool = False
    group: str | None = None
    file_count: int = 1
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How an upload stands."""

    upload_id: str
    arrival_id: str
    path: str
    size_bytes: int
    offset: int
    complete: bool
    sha256: str | None
    sha256_later: bool
    expires: Any
    group: str | None = None
    target: Mapping[str, Any] = field(default_factory=dict)


def create(runtime: Runtime, viewer: Viewer, wanted: Wanted) -> Standing:
    """Announce a file and return its upload; one that was announced before and is unfinished goes on.

    Raises
    ------
    NameRefused, InvalidRequest
    NotFound, Forbidden
        No such project, or nothing may be put into it.
    TooManyUploads
    DiskFull
        There is no room for it beside the other unfinished uploads.
    """
    _check(wanted)
    now = utc_now()
    with runtime.db.transaction() as session:
        project_id = arrivals.target_project(session, viewer, wanted.target)
        arrival = arrivals.add_upload(session, viewer, project_id, wanted.target, _group_of(wanted))
        before = store_arrivals.uploads_of(session, arrival.arrival_id)
        known = next((one for one in before if one.path == wanted.path), None)
        if known is not None and known.size_bytes == wanted.size_bytes:
            return _standing(runtime, known, arrival)
        if known is not None:
            raise InvalidRequest("The file has changed since its upload began; cancel that upload first.")
        check_together([*(one.path for one in before), wanted.path])
        _check_quota(runtime, session, viewer, wanted)
        arrival.size_bytes += wanted.size_bytes
        row = Upload(
            upload_id=new_id(),
            arrival_id=arrival.arrival_id,
            person_id=viewer.person_id,
            path=wanted.path,
            size_bytes=wanted.size_bytes,
            sha256=wanted.sha256,
            sha256_later=wanted.sha256_later,
            complete=False,
            created_at=now,
            expires_at=now + timedelta(seconds=runtime.settings.upload_expiry_s),
        )
        session.add(row)
        session.flush()
        # The file comes before the row is committed: an upload that exists always has its file.
        _make_part(runtime, row)
        record(session, AuditEvent("upload.created", viewer.person_id, viewer.viewer_id, "upload", row.upload_id))
        if not wanted.size_bytes:
            complete_if_whole(runtime, session, row)
        return _standing(runtime, row, arrival)


def standing(runtime: Runtime, viewer: Viewer, upload_id: str) -> Standing:
    """Return how an upload stands; one whose last piece came just before a crash is completed here.

    Raises
    ------
    NotFound
        Nobody's, somebody else's, or deleted after a day.
    """
    with runtime.db.read() as session:
        row = _row(session, viewer, upload_id)
        found = _standing(runtime, row, store_arrivals.arrival_by_id(session, row.arrival_id))
    if not found.complete and found.offset >= found.size_bytes and not found.sha256_later:
        return complete(runtime, viewer, upload_id)
    return found


def mine(runtime: Runtime, viewer: Viewer) -> list[Standing]:
    """Return the unfinished uploads of a person."""
    with runtime.db.read() as session:
        rows = store_arrivals.open_uploads(session, viewer.person_id)
        return [_standing(runtime, row, arrival) for row, arrival in rows]


def complete(runtime: Runtime, viewer: Viewer, upload_id: str, sha256: str | None = None) -> Standing:
    """Note what a piece has changed: the day starts again, and the last file of an arrival starts its job."""
    with runtime.db.transaction() as session:
        row = _row(session, viewer, upload_id)
        row.expires_at = utc_now() + timedelta(seconds=runtime.settings.upload_expiry_s)
        if sha256 is not None:
            row.sha256, row.sha256_later = sha256, False
        complete_if_whole(runtime, session, row)
        return _standing(runtime, row, store_arrivals.arrival_by_id(session, row.arrival_id))


def complete_if_whole(runtime: Runtime, session: Session, row: Upload) -> None:
    """Mark an upload whose bytes are all here; the last one of an arrival starts its job."""
    if row.complete or row.sha256_later or received(part_path(runtime, row)) < row.size_bytes:
        return
    arrival = store_arrivals.arrival_by_id(session, row.arrival_id, lock=True)
    row.complete = True
    session.flush()
    if arrival is None:
        return
    uploads = store_arrivals.uploads_of(session, row.arrival_id)
    if len(uploads) >= arrival.file_count and all(one.complete for one in uploads):
        arrivals.all_here(session, arrival)


def terminate(runtime: Runtime, viewer: Viewer, upload_id: str) -> None:
    """Cancel an upload and delete its bytes; with the last one its arrival is forgotten."""
    with runtime.db.transaction() as session:
        row = _row(session, viewer, upload_id)
        arrival = store_arrivals.arrival_by_id(session, row.arrival_id, lock=True)
        if arrival is not None and arrival.state not in (arrivals.RECEIVING, arrivals.FAILED, arrivals.DUPLICATE):
            raise InvalidRequest("The upload is whole and is being registered; it can no longer be cancelled.")
        store_arrivals.delete_upload(session, upload_id)
        left = store_arrivals.uploads_of(session, row.arrival_id)
        if arrival is not None and not left:
            store_arrivals.delete_arrival(session, row.arrival_id)
        elif arrival is not None:
            arrival.size_bytes -= row.size_bytes
        record(session, AuditEvent("upload.cancelled", viewer.person_id, viewer.viewer_id, "upload", upload_id))
    clear(part_path(runtime, row))
    if not left:
        clear(uploads_folder(runtime) / row.arrival_id)


def _row(session: Session, viewer: Viewer, upload_id: str) -> Upload:
    row = store_arrivals.upload_by_id(session, upload_id, viewer.person_id)
    if row is None:
        raise NotFound
    return row


def _check(wanted: Wanted) -> None:
    checked_name(wanted.path)
    if wanted.path.endswith(PART):
        raise NameRefused("The name of this file ends as the names of unfinished files do.")
    problems = []
    if wanted.size_bytes < 0:
        problems.append(FieldProblem("/Upload-Length", "must be the number of bytes"))
    if not 1 <= wanted.file_count <= MOST_FILES:
        problems.append(FieldProblem("/group_files", f"must be between 1 and {MOST_FILES}"))
    if wanted.file_count > 1 and wanted.group is None:
        problems.append(FieldProblem("/group", "is needed where several files arrive together"))
    if wanted.group is not None and not 1 <= len(wanted.group) <= LONGEST_GROUP:
        problems.append(FieldProblem("/group", f"must have 1 to {LONGEST_GROUP} characters"))
    if problems:
        raise InvalidRequest(f"{problems[0].pointer[1:]} {problems[0].detail}.", problems)


def _check_quota(runtime: Runtime, session: Session, viewer: Viewer, wanted: Wanted) -> None:
    unfinished = [row for row, _ in store_arrivals.open_uploads(session)]
    if sum(row.person_id == viewer.person_id for row in unfinished) >= runtime.settings.uploads_open:
        raise TooManyUploads
    # What the others still lack is promised to them.
    promised = sum(max(0, row.size_bytes - received(part_path(runtime, row))) for row in unfinished)
    if shutil.disk_usage(runtime.settings.data).free < promised + wanted.size_bytes + _SPARE_BYTES:
        raise DiskFull("The disk that holds Coverslip's data has no room for this upload.")


def _make_part(runtime: Runtime, row: Upload) -> None:
    path = part_path(runtime, row)
    with full_disk_said():
        make_folder(path.parent)
        path.touch(mode=0o600, exist_ok=False)
        sync_folder(path.parent)


def _group_of(wanted: Wanted) -> arrivals.Group:
    name = Path(wanted.path).name if wanted.file_count == 1 else wanted.path.split("/", 1)[0]
    return arrivals.Group(wanted.group, wanted.file_count, name, wanted.keep)


def _standing(runtime: Runtime, row: Upload, arrival: Arrival | None) -> Standing:
    target = {} if arrival is None else {"project_id": arrival.project_id, "case": arrival.case_name}
    return Standing(
        row.upload_id,
        row.arrival_id,
        row.path,
        row.size_bytes,
        row.size_bytes if row.complete else received(part_path(runtime, row)),
        row.complete,
        row.sha256,
        row.sha256_later,
        row.expires_at,
        None if arrival is None else arrival.group_key,
        target,
    )
