"""Files attached to slides and cases; their bytes lie in the data folder under their SHA-256.

Written as everything that must last: staged, hashed, synced, renamed, the folder synced, then the
row and its audit record in one transaction, then the answer. Equal bytes are kept once.
"""

import errno
import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import DiskFull, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, may, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import store, store_attachments, store_cases
from coverslip.features.slides.fields import clean
from coverslip.features.slides.models import Attachment
from coverslip.features.slides.schemas_cases import AttachmentList, AttachmentOut
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import Database
from coverslip.infra.jobs import enqueue

JOB_SWEEP: Final = "slides.sweep_attachment"
LARGEST: Final = 256 * 2**20
MOST: Final = 200
_CHUNK: Final = 2**20
_PART: Final = ".part-"
REST: Final = timedelta(hours=1)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that lie in the store."""

    sha256: str
    size_bytes: int


def attachments_folder(data: Path) -> Path:
    """Return where the bytes of attachments lie."""
    return data / "attachments"


def path_of(data: Path, sha256: str) -> Path:
    """Return where some bytes lie."""
    return attachments_folder(data) / sha256[:2] / sha256


def list_attachments(session: Session, viewer: Viewer, kind: str, object_id: str) -> AttachmentList:
    """Return what is attached to a slide or a case: nothing where names may not be seen, for a report names somebody.

    Raises
    ------
    NotFound
    """
    if not may(session, viewer, Action.SEE_IDENTITY, _scope_of(session, viewer, kind, object_id)):
        return AttachmentList(items=[])
    return AttachmentList(items=[_out(row) for row in store_attachments.attachments_of(session, kind, object_id)])


def attach(
    db: Database, data: Path, viewer: Viewer, kind: str, object_id: str, file: BinaryIO, name: str, media_type: str
) -> AttachmentOut:
    """Attach a file to a slide or a case.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        There are too many attachments already.
    DiskFull
    """
    with db.read() as session:
        scope_id = _scope_of(session, viewer, kind, object_id)
        require(session, viewer, Action.EDIT, scope_id)
        require(session, viewer, Action.SEE_IDENTITY, scope_id)
        if len(store_attachments.attachments_of(session, kind, object_id)) >= MOST:
            raise InvalidRequest(f"There are {MOST} attachments already; delete one first.")
    stored = keep(data, file)
    with db.transaction() as session:
        require(session, viewer, Action.EDIT, _scope_of(session, viewer, kind, object_id))
        row = Attachment(
            attachment_id=new_id(),
            slide_id=object_id if kind == "slide" else None,
            case_id=object_id if kind == "case" else None,
            name=clean(name.replace("\\", "/").rsplit("/", 1)[-1])[:200] or "file",
            media_type=media_type.lower() if _MEDIA_TYPE.fullmatch(media_type.lower()) else "application/octet-stream",
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            created_by=viewer.name,
            created_at=utc_now(),
        )
        session.add(row)
        session.flush()
        _record(session, viewer, row, "attachment.added")
        return _out(row)


def find_attachment(session: Session, viewer: Viewer, attachment_id: str) -> tuple[AttachmentOut, str, str]:
    """Return an attachment that the viewer may see, and of what it is: ``slide`` or ``case``, and its id.

    Raises
    ------
    NotFound
    """
    row = _visible(session, viewer, attachment_id)[0]
    return _out(row), *_owner(row)


def delete_attachment(session: Session, viewer: Viewer, attachment_id: str) -> None:
    """Delete an attachment; its bytes go an hour later unless somebody else attached the same.

    Raises
    ------
    NotFound, Forbidden
    """
    row, scope_id = _visible(session, viewer, attachment_id)
    require(session, viewer, Action.EDIT, scope_id)
    session.delete(row)
    session.flush()
    _record(session, viewer, row, "attachment.deleted")
    enqueue(session, JOB_SWEEP, {"sha256": row.sha256}, run_after=utc_now() + REST)


def keep(data: Path, file: BinaryIO) -> Stored:
    """Put bytes into the store, whole or not at all.

    Raises
    ------
    DiskFull
    """
    folder = attachments_folder(data)
    digest, size = hashlib.sha256(), 0
    part = folder / f"{_PART}{new_id()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with part.open("xb") as writing:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        target = path_of(data, digest.hexdigest())
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(folder)
        part.replace(target)  # also over equal bytes: a fresh time keeps the sweep away from them
        _sync(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return Stored(digest.hexdigest(), size)


def sweep(db: Database, data: Path, sha256: str) -> bool:
    """Delete bytes that no attachment has and that rest; say whether they are gone (or in use again)."""
    target = path_of(data, sha256)
    with db.transaction() as session:
        if store_attachments.is_used(session, sha256) or not target.exists():
            return True
        if utc_now().timestamp() - target.stat().st_mtime < REST.total_seconds() / 2:
            enqueue(session, JOB_SWEEP, {"sha256": sha256}, run_after=utc_now() + REST)
            return False
        target.unlink(missing_ok=True)
    return True


def sweep_parts(data: Path) -> None:
    """Delete what uploads left that never ended: staged files older than a day."""
    limit_s = utc_now().timestamp() - 86_400
    for part in attachments_folder(data).glob(f"{_PART}*"):
        with suppress(OSError):
            if part.stat().st_mtime < limit_s:
                part.unlink()


def _visible(session: Session, viewer: Viewer, attachment_id: str) -> tuple[Attachment, str]:
    row = store_attachments.attachment_by_id(session, attachment_id)
    if row is None:
        raise NotFound
    kind = "slide" if row.slide_id is not None else "case"
    scope_id = _scope_of(session, viewer, kind, row.slide_id or row.case_id or "")
    if not may(session, viewer, Action.SEE_IDENTITY, scope_id):
        raise NotFound
    return row, scope_id


def _scope_of(session: Session, viewer: Viewer, kind: str, object_id: str) -> str:
    if kind == "slide":
        slide = store.visible_slide(session, viewer, object_id)
        if slide is not None:
            return slide[0].scope_id
    else:
        case = store_cases.visible_case(session, viewer, object_id)
        if case is not None:
            return case[0].scope_id
    raise NotFound


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(session: Session, viewer: Viewer, row: Attachment, action: str) -> None:
    kind, owner = _owner(row)
    detail = {"attachment_id": row.attachment_id, "sha256": row.sha256, "size_bytes": row.size_bytes}
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, kind, owner, detail=detail))


def _owner(row: Attachment) -> tuple[str, str]:
    return ("slide", row.slide_id) if row.slide_id is not None else ("case", row.case_id or "")


def _out(row: Attachment) -> AttachmentOut:
    return AttachmentOut.model_validate(row, from_attributes=True)
