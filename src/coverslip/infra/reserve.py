"""Records that must exist before an answer, kept possible when the disk is full.

A pre-allocated file of a few MB lies in the data folder as ballast. When a record of a *read*
cannot be written because the disk is full, the ballast is given back to the file system and the
record is written again; when that is used up too, nothing is shown (``audit_unavailable``). The
ballast is laid anew as soon as there is room. See docs/decisions/0003.
"""

import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coverslip.core.errors import AuditUnavailable, CoverslipError, DatabaseUnavailable, DiskFull
from coverslip.core.time import monotonic_s, utc_now
from coverslip.infra.audit import AuditEvent, AuditView, ViewKind, record, record_view, write_queued
from coverslip.infra.db import Database

logger = logging.getLogger(__name__)

RESERVE_BYTES: Final = 8 * 2**20
RESERVE_NAME: Final = "audit.reserve"
_LAY_STEP_S: Final = 30.0
_KEPT: Final = 20_000


class _TakenBackError(Exception):
    """Ends a transaction that leaves nothing."""


class AuditReserve:
    """Writes audit records in short transactions of their own.

    Parameters
    ----------
    db : Database
    data : pathlib.Path
        Where the ballast lies; it helps when the database lies on the same disk.
    size : int
        Bytes of ballast.
    """

    def __init__(self, db: Database, data: Path, size: int = RESERVE_BYTES) -> None:
        self._db = db
        self._path = data / RESERVE_NAME
        self._size = size
        self._lock = threading.Lock()
        self._tried_s = float("-inf")
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def hourly(self, event: AuditEvent, at: datetime | None = None) -> None:
        """Record a read once a session and clock hour, however often it is repeated; the record names the hour.

        Raises
        ------
        AuditUnavailable
            It cannot be recorded, so nothing may be shown.
        """
        hour = (at or utc_now()).replace(minute=0, second=0, microsecond=0).isoformat()
        said = json.dumps(event.detail, sort_keys=True)
        key = (event.action, event.session_id, event.object_kind, event.object_id, said, hour)
        if self._is_known(key):
            return
        self.read(replace(event, detail={**event.detail, "hour": hour}))
        self._remember(key)

    def read(self, *events: AuditEvent) -> None:
        """Record reads before they are answered. Blocks on the database: call it from a thread.

        Raises
        ------
        AuditUnavailable
            They cannot be recorded, so nothing may be shown.
        """

        def write(session: Session) -> None:
            for event in events:
                record(session, event)

        self.write(write)

    def view(
        self, *, session_id: str, slide_id: str, kind: ViewKind, principal: str | None, at: datetime | None = None
    ) -> None:
        """Record that a slide is looked at, unless this clock hour has that record already.

        Raises
        ------
        AuditUnavailable
        """
        hour = (at or utc_now()).replace(minute=0, second=0, microsecond=0)
        key = (kind, session_id, slide_id, hour)
        if self._is_known(key):
            return
        with self._db.read() as session:
            here = session.get(AuditView, (session_id, slide_id, kind.value, hour)) is not None
        if not here:
            self.write(lambda session: record_view(session, session_id, slide_id, kind, hour, principal=principal))
        self._remember(key)

    def write(self, work: Callable[[Session], object]) -> None:
        """Run ``work`` in a transaction, with the ballast's space if need be.

        Raises
        ------
        AuditUnavailable
        """
        try:
            self._write(work)
        except DiskFull:
            self._write_from_reserve(work)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            raise AuditUnavailable from error

    def rehearse(self) -> None:
        """Write the record of a view and take it back: whoever looks first does not wait for its first time."""
        hour = utc_now()
        with suppress(CoverslipError, SQLAlchemyError, _TakenBackError), self._db.transaction() as session:
            session.get(AuditView, ("", "", ViewKind.PIXELS.value, hour))
            record_view(session, "", "", ViewKind.PIXELS, hour)
            write_queued(session)
            raise _TakenBackError

    def lay(self) -> bool:
        """Put the ballast in place; False when there is no room for it. Cheap when it is there."""
        with self._lock:
            now_s = monotonic_s()
            if now_s - self._tried_s < _LAY_STEP_S:
                return self._path.exists()
            self._tried_s = now_s
            return self._lay()

    def _is_known(self, key: tuple[object, ...]) -> bool:
        with self._lock:
            return key in self._known

    def _remember(self, key: tuple[object, ...]) -> None:
        with self._lock:
            self._known[key] = None
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def _write(self, work: Callable[[Session], object]) -> None:
        with self._db.transaction() as session:
            work(session)

    def _write_from_reserve(self, work: Callable[[Session], object]) -> None:
        with self._lock:
            with suppress(OSError):
                self._path.unlink()
                logger.error("the disk is full: the audit trail writes from its reserve")
            self._tried_s = monotonic_s()
        try:
            self._write(work)
        except (DiskFull, DatabaseUnavailable, SQLAlchemyError) as error:
            raise AuditUnavailable from error

    def _lay(self) -> bool:
        with suppress(OSError):
            if self._path.stat().st_size == self._size:
                return True
        temporary = self._path.with_suffix(".new")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            finally:
                os.close(descriptor)
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)
            return False
        return True
