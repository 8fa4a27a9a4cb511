"""Slides sent as a form, ``curl -F file=@x.svs -F case=S24-1234``: written as they come, registered as uploads are.

The fields of a form may follow its file, so the bytes are staged before anybody knows where they
belong; rows are written when the form is whole, in one transaction.
"""

import errno
import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool

from coverslip.core.errors import CoverslipError, DiskFull, FieldProblem, InvalidRequest
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import Viewer
from coverslip.features.imports import arrivals, store_arrivals
from coverslip.features.imports.models import Upload
from coverslip.features.imports.multipart import LONGEST_VALUE, PartBegins, PartData, PartEnds, read_form
from coverslip.features.imports.names import check_together, checked_name
from coverslip.features.imports.parts import PART, uploads_folder
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.durable import clear, full_disk_said, make_folder, sync_folder
from coverslip.infra.runtime import Runtime

FILE: Final = "file"
MOST_FILES: Final = 500
_OWN: Final = frozenset({"project", "case", "sha256", "keep"})
_SPARE_BYTES: Final = 64 * 2**20


class Form:
    """One form on its way in; ``discard`` leaves nothing of it."""

    def __init__(self, runtime: Runtime, announced_bytes: int | None) -> None:
        if announced_bytes is not None:
            free = shutil.disk_usage(runtime.settings.data).free
            if free < announced_bytes + _SPARE_BYTES:
                raise DiskFull("The disk that holds Coverslip's data has no room for this upload.")
        self._runtime = runtime
        self._place = new_id()
        self._folder = uploads_folder(runtime) / self._place
        self._files: list[tuple[str, str, int]] = []
        self._values: dict[str, str] = {}
        self._writing: int | None = None
        self._part = PartBegins("", None)
        self._value = bytearray()

    async def read(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        """Take a whole form.

        Raises
        ------
        InvalidRequest, NameRefused, DiskFull
        """
        async for event in read_form(body, boundary):
            if isinstance(event, PartBegins):
                await run_in_threadpool(self._begin, event)
            elif isinstance(event, PartData):
                await run_in_threadpool(self._take, event.data)
            elif isinstance(event, PartEnds):
                await run_in_threadpool(self._end)

    def keep(self, viewer: Viewer) -> str:
        """Write the rows of a whole form and start its job; return the arrival's id.

        Raises
        ------
        InvalidRequest, NotFound, Forbidden
        """
        if not self._files:
            raise InvalidRequest("The form has no file.", [FieldProblem("/file", "is missing")])
        check_together(name for name, _, _ in self._files)
        sha256 = self._sha256()
        fields: dict[str, arrivals.Field] = {key: text for key, text in self._values.items() if key not in _OWN}
        target = arrivals.Target(self._values.get("project") or None, self._values.get("case") or None, fields)
        sync_folder(self._folder)
        now = utc_now()
        first = self._files[0][0]
        name = Path(first).name if len(self._files) == 1 else first.split("/", 1)[0]
        group = arrivals.Group(None, len(self._files), name, self._values.get("keep") == "true")
        with self._runtime.db.transaction() as session:
            project_id = arrivals.target_project(session, viewer, target)
            arrival = arrivals.add_upload(session, viewer, project_id, target, group, self._place)
            arrival.size_bytes = sum(size for _, _, size in self._files)
            for path, upload_id, size in self._files:
                row = Upload(
                    upload_id=upload_id,
                    arrival_id=arrival.arrival_id,
                    person_id=viewer.person_id,
                    path=path,
                    size_bytes=size,
                    sha256=sha256,
                    sha256_later=False,
                    complete=True,
                    created_at=now,
                    expires_at=now + timedelta(seconds=self._runtime.settings.upload_expiry_s),
                )
                session.add(row)
                record(
                    session, AuditEvent("upload.created", viewer.person_id, viewer.viewer_id, "upload", row.upload_id)
                )
            session.flush()
            store_arrivals.change_uploads(session, arrival.arrival_id, complete=True)
            arrivals.all_here(session, arrival)
        return self._place

    def discard(self) -> None:
        """Delete what was staged."""
        self._close()
        clear(self._folder)

    def _begin(self, part: PartBegins) -> None:
        self._part = part
        self._value.clear()
        if part.file_name is None:
            return
        if part.name != FILE:
            raise InvalidRequest(
                "Send slides in the part named file.", [FieldProblem(f"/{part.name[:50]}", "is a file")]
            )
        if len(self._files) >= MOST_FILES:
            raise InvalidRequest(f"A form has at most {MOST_FILES} files; pack more into a zip file.")
        checked_name(part.file_name)
        upload_id = new_id()
        with full_disk_said():
            make_folder(self._folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._writing = os.open(self._folder / f"{upload_id}{PART}", flags, 0o600)
        self._files.append((part.file_name, upload_id, 0))

    def _take(self, data: bytes) -> None:
        if self._writing is None:
            self._value += data
            if len(self._value) > LONGEST_VALUE:
                raise InvalidRequest("A value of the form is too long.")
            return
        name, upload_id, size = self._files[-1]
        self._files[-1] = (name, upload_id, size + len(data))
        view = memoryview(data)
        while view:
            view = view[self._write(view) :]

    def _write(self, view: memoryview) -> int:
        try:
            return os.write(self._writing or -1, view)
        except OSError as error:
            raise _plain(error) from error

    def _end(self) -> None:
        if self._writing is None:
            self._values[self._part.name[:200]] = _text(bytes(self._value))
            return
        try:
            os.fsync(self._writing)
        except OSError as error:
            raise _plain(error) from error
        self._close()

    def _close(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _sha256(self) -> str | None:
        given = self._values.get("sha256")
        if not given:
            return None
        if len(given) != 64 or not all(char in "0123456789abcdefABCDEF" for char in given):
            raise InvalidRequest("A SHA-256 has 64 hexadecimal digits.", [FieldProblem("/sha256", "has 64 hex digits")])
        if len(self._files) > 1:
            raise InvalidRequest(
                "A SHA-256 can be given for one file only.", [FieldProblem("/sha256", "several files")]
            )
        return given.lower()


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InvalidRequest("The values of a form are UTF-8 text.") from error


def _plain(error: OSError) -> CoverslipError | OSError:
    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
