"""The log of what arrives: one row for each upload and each file of a served folder.

An arrival waits, is worked on, and ends as ``done``, ``failed`` (with one sentence why) or
``duplicate`` (the bytes are here already; whether they are wanted twice is for a person to say).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.arrival_errors import UploadExpired
from coverslip.core.errors import Conflict, CoverslipError, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.access import Action, require
from coverslip.features.identity import Viewer
from coverslip.features.imports import store, store_arrivals
from coverslip.features.imports.models import Arrival
from coverslip.infra.audit import AuditEvent, Outcome, record
from coverslip.infra.db import hint
from coverslip.infra.jobs import enqueue

JOB_ARRIVE: Final = "imports.arrive"
CHANGED: Final = "imports.changed"
UPLOADS_PROJECT: Final = "Uploads"
LONGEST_CASE: Final = 200
MOST_FIELDS: Final = 100

UPLOAD, FOLDER = "upload", "folder"
RECEIVING, WAITING, WORKING = "receiving", "waiting", "working"
DONE, FAILED, DUPLICATE = "done", "failed", "duplicate"
STATES: Final = (RECEIVING, WAITING, WORKING, DONE, FAILED, DUPLICATE)

Field = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a slide that arrives becomes: its project (id or name), case and fields, as the sender wants it."""

    project: str | None = None
    case: str | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """What arrives together."""

    key: str | None
    file_count: int
    name: str
    keep: bool = False


def target_project(session: Session, viewer: Viewer, target: Target) -> str:
    """Return the project that a target names and check the rest of it.

    Raises
    ------
    InvalidRequest
    NotFound, Forbidden
    """
    if target.case is not None and not (0 < len(target.case.strip()) <= LONGEST_CASE and target.case.isprintable()):
        raise InvalidRequest(f"The name of a case has 1 to {LONGEST_CASE} printable characters.")
    if len(target.fields) > MOST_FIELDS or any(len(key) > LONGEST_CASE for key in target.fields):
        raise InvalidRequest(f"A slide has at most {MOST_FIELDS} fields here, with names of up to {LONGEST_CASE}.")
    if target.project is None and not viewer.is_admin:
        raise InvalidRequest("Name the project that the slide belongs to.")
    project_id = slides.writable_project(session, viewer, target.project or UPLOADS_PROJECT)
    if target.case is not None:
        # Which case a name leads to tells whose case is here, so only who may see names may give one.
        require(session, viewer, Action.SEE_IDENTITY, slides.project_scope(session, viewer, project_id))
    return project_id


def add_upload(
    session: Session, viewer: Viewer, project_id: str, target: Target, group: Group, arrival_id: str | None = None
) -> Arrival:
    """Log that an upload has begun, or return the unfinished one that the client calls the same; locked.

    Its bytes may lie under an id already.
    """
    row = _new(UPLOAD, RECEIVING, group.name, project_id)
    row.arrival_id = arrival_id or row.arrival_id
    row.person_id, row.group_key, row.file_count, row.keep = viewer.person_id, group.key, group.file_count, group.keep
    row.case_name, row.fields = target.case, dict(target.fields)
    arrival, is_new = store_arrivals.begin_arrival(session, row)
    if is_new:
        event = AuditEvent("arrival.begun", viewer.person_id, viewer.viewer_id, "arrival", arrival.arrival_id)
        record(session, event)
        hint(session, CHANGED)
    return arrival


def all_here(session: Session, row: Arrival) -> None:
    """Everything of an upload has come: let it be registered. In the transaction that noticed it."""
    row.state, row.group_key, row.updated_at = WAITING, None, utc_now()
    row.error_code = row.error_message = None
    session.flush()
    enqueue(session, JOB_ARRIVE, {"arrival_id": row.arrival_id}, dedupe_key=f"{JOB_ARRIVE}:{row.arrival_id}")
    hint(session, CHANGED)


def begin(session: Session, arrival_id: str) -> Arrival | None:
    """Take up an arrival that waits; None when there is nothing to do (any more)."""
    row = store_arrivals.arrival_by_id(session, arrival_id, lock=True)
    if row is None or row.state not in (WAITING, WORKING):
        return None
    row.state, row.updated_at = WORKING, utc_now()
    session.flush()
    hint(session, CHANGED)
    return row


def finish(session: Session, arrival_id: str, slide_ids: Sequence[str], duplicate_of: str | None = None) -> None:
    """Say that an arrival became slides; in the transaction that registers them."""
    values = {"state": DONE, "slide_ids": list(slide_ids), "duplicate_of": duplicate_of}
    store_arrivals.change_arrival(
        session, arrival_id, **values, error_code=None, error_message=None, updated_at=utc_now()
    )
    record(session, AuditEvent("arrival.done", object_kind="arrival", object_id=arrival_id))
    hint(session, CHANGED)


def fail(session: Session, arrival_id: str, error: CoverslipError, *, duplicate_of: str | None = None) -> None:
    """Say why an arrival became nothing."""
    state = FAILED if duplicate_of is None else DUPLICATE
    store_arrivals.change_arrival(
        session,
        arrival_id,
        state=state,
        group_key=None,
        duplicate_of=duplicate_of,
        error_code=error.code,
        error_message=error.message,
        updated_at=utc_now(),
    )
    event = AuditEvent(
        "arrival.refused",
        object_kind="arrival",
        object_id=arrival_id,
        outcome=Outcome.FAILED,
        detail={"code": error.code},
    )
    record(session, event)
    hint(session, CHANGED)


def retry(session: Session, viewer: Viewer, arrival_id: str, *, keep: bool = False) -> None:
    """Try an arrival again: the bytes of an upload that are still here, or the file of a served folder.

    Parameters
    ----------
    keep : bool
        Register it although the same bytes are in the catalogue.

    Raises
    ------
    NotFound
    Conflict
        It is not over, or went well.
    UploadExpired
    """
    row = store_arrivals.visible_arrival(session, viewer, arrival_id)
    if row is None:
        raise NotFound
    if row.state not in (FAILED, DUPLICATE):
        raise Conflict("Only what failed or is here already can be tried again.")
    if row.kind == FOLDER:
        for root_id in store_arrivals.forget_stamps(session, row.slide_ids):
            store.change_root(session, root_id, scan_wanted_at=utc_now())
        row.state, row.updated_at = WAITING, utc_now()
        hint(session, "imports.wanted")
    else:
        if not store_arrivals.uploads_of(session, arrival_id):
            raise UploadExpired
        row.keep = row.keep or keep
        all_here(session, row)
    record(session, AuditEvent("arrival.retried", viewer.person_id, viewer.viewer_id, "arrival", arrival_id))


@dataclass(frozen=True, slots=True)
class FromFolder:
    """What a look at a served folder says of one file, for the log."""

    source_key: str
    name: str
    project_id: str
    file_count: int
    size_bytes: int
    state: str
    slide_id: str
    duplicate_of: str | None
    reason: slides.Reason | None


def expect(session: Session, source_key: str, name: str, project_id: str | None, target: Target) -> None:
    """Keep what somebody wants of a file in a served folder until a look registers it.

    Parameters
    ----------
    project_id : str or None
        None where the project follows from the folder.
    """
    row = store_arrivals.arrivals_of_sources(session, [source_key]).get(source_key)
    if row is None:
        row = _new(FOLDER, WAITING, name, project_id or slides.top_project(session, UPLOADS_PROJECT))
        row.source_key = source_key
        session.add(row)
    if project_id is not None:
        row.project_id, row.project_named = project_id, True
    row.case_name = target.case or row.case_name
    row.fields = {**row.fields, **target.fields}
    row.updated_at = utc_now()
    session.flush()
    hint(session, CHANGED)


def log_folder(session: Session, seen: Sequence[FromFolder]) -> None:
    """Log what a look found, in the transaction that registers it; a file that is looked at again keeps its row."""
    known = store_arrivals.arrivals_of_sources(session, [one.source_key for one in seen])
    for one in seen:
        row = known.get(one.source_key)
        if row is None:
            row = _new(FOLDER, one.state, one.name, one.project_id)
            row.source_key = one.source_key
            session.add(row)
        row.state, row.file_count, row.size_bytes = one.state, one.file_count, one.size_bytes
        row.slide_ids, row.duplicate_of, row.project_id = [one.slide_id], one.duplicate_of, one.project_id
        row.error_code = None if one.reason is None else one.reason.code
        row.error_message = None if one.reason is None else one.reason.message
        row.updated_at = utc_now()
    session.flush()
    hint(session, CHANGED)


def _new(kind: str, state: str, name: str, project_id: str) -> Arrival:
    return Arrival(
        arrival_id=new_id(),
        kind=kind,
        state=state,
        name=name,
        project_id=project_id,
        fields={},
        file_count=1,
        size_bytes=0,
        slide_ids=[],
        project_named=False,
        keep=False,
        created_at=utc_now(),
        updated_at=utc_now(),
    )
