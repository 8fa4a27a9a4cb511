"""Jobs are never lost, never run twice to the end, and stop after three bad tries."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from coverslip.core.errors import Busy, CorruptFile, StorageTimeout
from coverslip.core.time import utc_now
from coverslip.infra.jobs import (
    ATTEMPTS,
    Job,
    JobContext,
    JobInterrupted,
    JobState,
    Worker,
    drop_old,
    enqueue,
    lease_next,
)
from coverslip.infra.runtime import Runtime


def add(runtime: Runtime, kind: str = "test", **options: Any) -> str | None:
    with runtime.db.transaction() as session:
        return enqueue(session, kind, {"slide_id": "s"}, **options)


def only(runtime: Runtime) -> Job:
    with runtime.db.read() as session:
        return session.scalars(select(Job)).one()


def change(runtime: Runtime, **values: Any) -> None:
    with runtime.db.transaction() as session:
        session.execute(update(Job).values(**values))


def eventually(check: Callable[[], bool], within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_job_runs_once_and_is_done(runtime: Runtime) -> None:
    seen: list[JobContext] = []
    job_id = add(runtime)
    worker = Worker(runtime, {"test": seen.append})
    assert worker.run_one()
    assert not worker.run_one()
    assert [(one.job_id, one.payload, one.attempt) for one in seen] == [(job_id, {"slide_id": "s"}, 1)]
    assert only(runtime).state == JobState.DONE


def test_a_job_goes_with_the_transaction_of_its_cause(runtime: Runtime) -> None:
    def fail() -> None:
        with runtime.db.transaction() as session:
            enqueue(session, "test", {})
            raise KeyError("planted")

    with pytest.raises(KeyError):
        fail()
    assert not Worker(runtime, {"test": lambda _: None}).run_one()


def test_one_job_of_a_key_at_a_time(runtime: Runtime) -> None:
    assert add(runtime, dedupe_key="slide-1") is not None
    assert add(runtime, dedupe_key="slide-1") is None
    Worker(runtime, {"test": lambda _: None}).run_one()
    assert add(runtime, dedupe_key="slide-1") is not None


def test_a_job_waits_for_its_time(runtime: Runtime) -> None:
    add(runtime, run_after=utc_now() + timedelta(hours=1))
    assert not Worker(runtime, {"test": lambda _: None}).run_one()


def test_a_failure_is_tried_again_and_then_told(runtime: Runtime) -> None:
    def fail(_: JobContext) -> None:
        raise StorageTimeout

    add(runtime, dedupe_key="k")
    worker = Worker(runtime, {"test": fail})
    for attempt in range(1, ATTEMPTS + 1):
        assert worker.run_one()
        job = only(runtime)
        assert job.attempts == attempt
        if attempt < ATTEMPTS:
            assert job.state == JobState.QUEUED
            assert job.run_after > utc_now()
            change(runtime, run_after=utc_now())
    assert (job.state, job.error_code, job.dedupe_key) == (JobState.FAILED, "storage_timeout", None)


def test_a_file_that_is_broken_is_not_tried_again(runtime: Runtime) -> None:
    def fail(_: JobContext) -> None:
        raise CorruptFile

    add(runtime)
    Worker(runtime, {"test": fail}).run_one()
    assert (only(runtime).state, only(runtime).error_code) == (JobState.FAILED, "corrupt_file")


def test_a_bug_is_told_without_its_traceback(runtime: Runtime) -> None:
    add(runtime)
    change(runtime, attempts=ATTEMPTS - 1)
    Worker(runtime, {"test": lambda _: [].pop()}).run_one()
    job = only(runtime)
    assert (job.state, job.error_code) == (JobState.FAILED, "internal_error")
    assert "pop" not in (job.error_message or "")


def test_a_full_pool_costs_no_try(runtime: Runtime) -> None:
    def busy(_: JobContext) -> None:
        raise Busy

    add(runtime)
    Worker(runtime, {"test": busy}).run_one()
    assert (only(runtime).state, only(runtime).attempts) == (JobState.QUEUED, 0)


def test_a_job_whose_worker_died_starts_again_and_poison_stops(runtime: Runtime) -> None:
    add(runtime)
    for attempt in range(1, ATTEMPTS + 1):
        with runtime.db.transaction() as session:
            leased = lease_next(session, f"dead-{attempt}", ["test"], utc_now())
            assert leased is not None
            assert leased.attempts == attempt
        with runtime.db.transaction() as session:  # its lease still runs
            assert lease_next(session, "other", ["test"], utc_now()) is None
        change(runtime, lease_until=utc_now() - timedelta(seconds=1))
    ran: list[JobContext] = []
    assert Worker(runtime, {"test": ran.append}).run_one()
    assert ran == []
    assert (only(runtime).state, only(runtime).error_code) == (JobState.FAILED, "job_gave_up")


def test_a_result_of_a_lost_lease_does_not_count(runtime: Runtime) -> None:
    def lose(context: JobContext) -> None:
        change(runtime, leased_by="somebody else")

    add(runtime)
    Worker(runtime, {"test": lose}).run_one()
    assert only(runtime).state == JobState.RUNNING


def test_two_workers_never_take_the_same_job(runtime: Runtime) -> None:
    for _ in range(40):
        add(runtime)
    ran: list[str] = []
    workers = [Worker(runtime, {"test": lambda context: ran.append(context.job_id)}) for _ in range(4)]

    def work(worker: Worker) -> None:
        while worker.run_one():
            pass

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 40
    assert len(set(ran)) == 40


def test_a_kind_keeps_within_its_limit(sqlite_runtime: Runtime) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def slow(_: JobContext) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1

    for _ in range(6):
        add(sqlite_runtime)
    worker = Worker(sqlite_runtime, {"test": slow}, slots=3, limits={"test": 1})
    worker.start()
    eventually(lambda: all(state == JobState.DONE for state in _states(sqlite_runtime)))
    worker.stop()
    assert most == 1


def _states(runtime: Runtime) -> list[str]:
    with runtime.db.read() as session:
        return list(session.scalars(select(Job.state)))


def test_a_stopping_worker_gives_its_job_back(sqlite_runtime: Runtime) -> None:
    began = threading.Event()

    def long(context: JobContext) -> None:
        began.set()
        while not context.should_stop():
            time.sleep(0.01)
        raise JobInterrupted

    add(sqlite_runtime)
    worker = Worker(sqlite_runtime, {"test": long})
    worker.start()
    assert began.wait(10)
    worker.stop()
    job = only(sqlite_runtime)
    assert (job.state, job.attempts, job.leased_by) == (JobState.QUEUED, 0, None)


def test_a_waiting_worker_hears_of_a_new_job(sqlite_runtime: Runtime) -> None:
    done = threading.Event()
    sqlite_runtime.db.publish = sqlite_runtime.bus.publish
    worker = Worker(sqlite_runtime, {"test": lambda _: done.set()})
    worker.start()
    time.sleep(0.1)
    add(sqlite_runtime)
    assert done.wait(1.5)
    worker.stop()


def test_old_jobs_are_forgotten_and_failed_ones_stay(runtime: Runtime) -> None:
    for state in (JobState.DONE, JobState.FAILED):
        add(runtime)
        with runtime.db.transaction() as session:
            session.execute(
                update(Job)
                .where(Job.state == JobState.QUEUED)
                .values(state=state, finished_at=utc_now() - timedelta(days=8))
            )
    with runtime.db.transaction() as session:
        drop_old(session, utc_now())
    assert _states(runtime) == [JobState.FAILED]
