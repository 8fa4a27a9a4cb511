"""What nobody asks for: uploads that were given up are deleted, work that gave up is said."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from coverslip.core.errors import CoverslipError
from coverslip.core.time import utc_now
from coverslip.features.imports import arrivals, store_arrivals
from coverslip.features.imports.parts import uploads_folder
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.durable import clear
from coverslip.infra.jobs import is_pending
from coverslip.infra.runtime import Runtime

_QUIET: Final = timedelta(minutes=2)


class WorkGaveUp(CoverslipError):
    """The job of an arrival ended three times without an end."""

    code = "job_gave_up"
    default_message = "The work ended unfinished three times and is not tried again by itself."


def expire_uploads(runtime: Runtime) -> int:
    """Delete the bytes of uploads that nobody went on with, and folders that no row knows; returns how many.

    What was never finished is forgotten; what failed stays in the log, and can no longer be tried again.
    """
    with runtime.db.read() as session:
        expired = store_arrivals.expired_arrivals(session, utc_now())
    for arrival_id in expired:
        with runtime.db.transaction() as session:
            row = store_arrivals.arrival_by_id(session, arrival_id, lock=True)
            if row is None or row.state in (arrivals.WAITING, arrivals.WORKING):
                continue
            if row.state == arrivals.RECEIVING:
                store_arrivals.delete_arrival(session, arrival_id)
            else:
                store_arrivals.delete_uploads(session, arrival_id)
            record(session, AuditEvent("upload.expired", object_kind="arrival", object_id=arrival_id))
        clear(uploads_folder(runtime) / arrival_id)
    return len(expired) + _clear_unknown(runtime)


def say_what_gave_up(runtime: Runtime) -> None:
    """Say in the log of an arrival that its job will not come again."""
    with runtime.db.read() as session:
        waiting = store_arrivals.unfinished_work(session, utc_now() - _QUIET)
        lost = [one for one in waiting if not is_pending(session, f"{arrivals.JOB_ARRIVE}:{one}")]
    for arrival_id in lost:
        with runtime.db.transaction() as session:
            row = store_arrivals.arrival_by_id(session, arrival_id, lock=True)
            if row is not None and row.state in (arrivals.WAITING, arrivals.WORKING):
                arrivals.fail(session, arrival_id, WorkGaveUp())


def _clear_unknown(runtime: Runtime) -> int:
    """Delete folders that a crash left between their making and their row, once nobody writes to them."""
    folder = uploads_folder(runtime)
    found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    if not found:
        return 0
    with runtime.db.read() as session:
        known = store_arrivals.known_arrivals(session, [path.name for path in found])
    oldest = time.time() - runtime.settings.upload_expiry_s
    unknown = [path for path in found if path.name not in known and _last_written(path) < oldest]
    for path in unknown:
        clear(path)
    return len(unknown)


def _last_written(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
