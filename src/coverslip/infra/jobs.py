"""Durable jobs: rows with leases, written in the transaction of their cause.

A worker leases a row, renews the lease while it works, and commits the end. A worker that dies
lets its lease run out and the job starts again elsewhere; a job that kills its worker three times
is poison and stops.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Index, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from coverslip.core.errors import Busy, CoverslipError, DatabaseUnavailable, NotFound, SlideUnreadable
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.infra.db import Base, Database, RowNo, hint, insert_or_ignore, require_write

if TYPE_CHECKING:
    from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=30)
HEARTBEAT_S: Final = 10.0
ATTEMPTS: Final = 3
KEEP_DONE: Final = timedelta(days=7)
_IDLE_S: Final = 2.0
_RETRY_AFTER: Final = (timedelta(seconds=5), timedelta(seconds=60))


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of work. ``dedupe_key`` is held only while the job is queued or running."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "run_after"),)

    no: Mapped[RowNo]
    job_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    run_after: Mapped[datetime]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)

    def waits(self, now: datetime) -> bool:
        """Whether nobody works on it now, but somebody will: it is queued, or its worker died."""
        orphaned = self.state == JobState.RUNNING and self.lease_until is not None and self.lease_until < now
        return self.state == JobState.QUEUED or orphaned


class JobInterrupted(Exception):
    """Raised by a handler that stops because :meth:`JobContext.should_stop` said so."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a handler gets.

    Attributes
    ----------
    job_id : str
    payload : mapping
    runtime : Runtime
    attempt : int
        1 for the first.
    should_stop : callable
        True when the worker is shutting down or lost its lease; then raise :class:`JobInterrupted`.
    """

    job_id: str
    payload: Mapping[str, Any]
    runtime: "Runtime"
    attempt: int
    should_stop: Callable[[], bool]

    @property
    def db(self) -> Database:
        """The database; open transactions as routes do."""
        return self.runtime.db


Handler = Callable[[JobContext], None]


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
) -> str | None:
    """Add a job in the caller's transaction.

    Parameters
    ----------
    kind : str
        Which handler.
    payload : mapping
        JSON values.
    dedupe_key : str or None
        While a job of this key is queued or running, a second is not added.
    run_after : datetime or None
        Not before; at once when None.

    Returns
    -------
    str or None
        The job's id; None when one of the same key is there.
    """
    require_write(session)
    now = utc_now()
    job_id = new_id()
    added = insert_or_ignore(
        session,
        Job,
        {
            "job_id": job_id,
            "kind": kind,
            "payload": dict(payload),
            "state": JobState.QUEUED,
            "attempts": 0,
            "run_after": run_after or now,
            "created_at": now,
            "dedupe_key": dedupe_key,
        },
    )
    if added:
        hint(session, "jobs.new")
    return job_id if added else None


def is_pending(session: Session, dedupe_key: str) -> bool:
    """Whether a job of this key is queued or running."""
    return session.scalars(select(Job.no).where(Job.dedupe_key == dedupe_key)).first() is not None


def lease_next(session: Session, worker: str, kinds: Sequence[str], now: datetime) -> Job | None:
    """Take the next job of these kinds: one that waits, or one whose worker stopped renewing its lease."""
    waiting = (Job.state == JobState.QUEUED) & (Job.run_after <= now)
    orphaned = (Job.state == JobState.RUNNING) & (Job.lease_until < now)
    job = session.scalars(
        select(Job)
        .where(Job.kind.in_(kinds), or_(waiting, orphaned))
        .order_by(Job.run_after, Job.no)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if job is None:
        return None
    if job.attempts >= ATTEMPTS:
        _end(job, JobState.FAILED, now, "job_gave_up", "The work ended unfinished three times and is not tried again.")
        return job
    job.state, job.attempts = JobState.RUNNING, job.attempts + 1
    job.lease_until, job.leased_by = now + LEASE, worker
    return job


def renew(session: Session, job_ids: Sequence[str], worker: str, now: datetime) -> set[str]:
    """Extend the leases that this worker still holds; returns which."""
    return set(
        session.scalars(
            update(Job)
            .where(Job.job_id.in_(job_ids), Job.leased_by == worker, Job.state == JobState.RUNNING)
            .values(lease_until=now + LEASE)
            .returning(Job.job_id)
            .execution_options(synchronize_session=False)
        )
    )


def drop_old(session: Session, now: datetime) -> None:
    """Forget jobs that were done a week ago; failed ones stay to be seen."""
    session.execute(delete(Job).where(Job.state == JobState.DONE, Job.finished_at < now - KEEP_DONE))


def _end(job: Job, state: JobState, now: datetime, code: str | None = None, message: str | None = None) -> None:
    job.state, job.finished_at = state, now
    job.error_code, job.error_message = code, message
    job.lease_until = job.leased_by = job.dedupe_key = None


class Worker:
    """Runs jobs in threads until it is stopped.

    Parameters
    ----------
    runtime : Runtime
    handlers : mapping of str to callable
        By kind of job.
    slots : int
        Jobs at a time.
    limits : mapping of str to int
        Jobs of one kind at a time, where fewer than ``slots``.
    """

    def __init__(
        self,
        runtime: "Runtime",
        handlers: Mapping[str, Handler],
        *,
        slots: int = 2,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self._runtime = runtime
        self._handlers = dict(handlers)
        self._slots = slots
        self._limits = dict(limits or {})
        self._name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}
        self._lost: set[str] = set()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads; jobs run from now on."""
        self._runtime.bus.subscribe("jobs.new", lambda _: self._wake.set())
        self._threads = [
            threading.Thread(target=self._work, name=f"job-{number}", daemon=True) for number in range(self._slots)
        ]
        self._threads.append(threading.Thread(target=self._renew, name="job-leases", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float = 8.0) -> None:
        """Ask the running jobs to stop and wait for them; what is unfinished goes on after the next start."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=within_s)

    def run_one(self) -> bool:
        """Run the next job in this thread; False when there is none."""
        job = self._lease()
        if job is None:
            return False
        if job.state == JobState.RUNNING:
            self._run(job)
        return True

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                ran = self.run_one()
            except DatabaseUnavailable:
                ran = False
            except Exception:
                logger.exception("the job loop failed")
                ran = False
            if not ran:
                self._wake.wait(_IDLE_S)
                self._wake.clear()

    def _lease(self) -> Job | None:
        now = utc_now()
        with self._lock:
            kinds = self._free_kinds()
            if not kinds or not self._anything(kinds, now):
                return None
            with self._runtime.db.transaction() as session:
                job = lease_next(session, self._name, kinds, now)
            if job is not None and job.state == JobState.RUNNING:
                self._running[job.job_id] = job.kind
            return job

    def _free_kinds(self) -> list[str]:
        busy = list(self._running.values())
        return [kind for kind in self._handlers if busy.count(kind) < self._limits.get(kind, self._slots)]

    def _anything(self, kinds: Sequence[str], now: datetime) -> bool:
        """Look before taking the write lock: an idle worker must not wake the disk."""
        waiting = (Job.state == JobState.QUEUED) & (Job.run_after <= now)
        orphaned = (Job.state == JobState.RUNNING) & (Job.lease_until < now)
        with self._runtime.db.read() as session:
            found = session.scalars(select(Job.no).where(Job.kind.in_(kinds), or_(waiting, orphaned)).limit(1)).first()
        return found is not None

    def _run(self, job: Job) -> None:
        def should_stop() -> bool:
            return self._stop.is_set() or job.job_id in self._lost

        context = JobContext(job.job_id, job.payload, self._runtime, job.attempts, should_stop)
        error: Exception | None = None
        try:
            self._handlers[job.kind](context)
        except Exception as raised:  # noqa: BLE001 - a handler's failure is the job's, not the worker's
            error = raised
        try:
            self._finish(job, error)
        finally:
            with self._lock:
                self._running.pop(job.job_id, None)
                self._lost.discard(job.job_id)
            self._wake.set()

    def _finish(self, leased: Job, error: Exception | None) -> None:
        now = utc_now()
        with self._runtime.db.transaction() as session:
            job = session.get_one(Job, leased.no, with_for_update=True)
            if job.leased_by != self._name or job.state != JobState.RUNNING:
                return  # the lease ran out and somebody else has it: the result is theirs
            if error is None:
                _end(job, JobState.DONE, now)
            elif isinstance(error, JobInterrupted):
                job.attempts -= 1
                _requeue(job, now)
            elif job.attempts >= ATTEMPTS or isinstance(error, SlideUnreadable | NotFound):
                _end(job, JobState.FAILED, now, *_told(error))
            else:
                job.attempts -= isinstance(error, Busy)
                _requeue(job, now + _RETRY_AFTER[min(job.attempts, len(_RETRY_AFTER)) - 1])
        if error is not None and not isinstance(error, JobInterrupted | CoverslipError):
            logger.error("job %s (%s) failed", leased.job_id, leased.kind, exc_info=error)

    def _renew(self) -> None:
        while not self._stop.wait(HEARTBEAT_S):
            with self._lock:
                held = list(self._running)
            try:
                with self._runtime.db.transaction() as session:
                    kept = renew(session, held, self._name, utc_now()) if held else set()
                    drop_old(session, utc_now())
            except CoverslipError:
                continue
            with self._lock:
                self._lost.update(job_id for job_id in held if job_id not in kept and job_id in self._running)


def _requeue(job: Job, run_after: datetime) -> None:
    job.state, job.run_after, job.lease_until, job.leased_by = JobState.QUEUED, run_after, None, None


def _told(error: Exception) -> tuple[str, str]:
    if isinstance(error, CoverslipError):
        return error.code, error.message
    return CoverslipError.code, CoverslipError.default_message
