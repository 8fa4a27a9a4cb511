"""Exports: asked for, listed, given out, taken back, forgotten after a week."""

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, DiskFull, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import NOTHING, Action, Standing, check, standing, standings
from coverslip.features.exports import store
from coverslip.features.exports.models import ExportRecord
from coverslip.features.exports.schemas import (
    EstimateOut,
    ExportIn,
    ExportKind,
    ExportList,
    ExportOut,
    ExportState,
)
from coverslip.features.identity import SYSTEM, Owned, Viewer
from coverslip.features.slides import SlideRef, index_of, locate, readable
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.imaging.scale import scale_for
from coverslip.imaging.writers.plan import Area, Plan, estimated_bytes, for_zarr, plan_export
from coverslip.infra.audit import AuditEvent, ViewKind, record
from coverslip.infra.jobs import Job, JobState, enqueue
from coverslip.infra.runtime import Runtime

JOB_EXPORT: Final = "export.write"
FOLDER: Final = "exports"
PART: Final = ".part"
KEPT: Final = timedelta(days=7)
CLEAR_EVERY_S: Final = 600.0
SPARE_BYTES: Final = 256 * 2**20
"""What an export leaves of the disk for everything else."""
MOST_WAITING: Final = 20
MOST_LISTED: Final = 200
OWNED: Final = Owned("exports", store.count_of, lambda session, giver, taker, by: store.give(session, giver, taker))
"""What of this room goes to somebody else when its owner leaves."""
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Planned:
    """A slide and what is to be written of it."""

    ref: SlideRef
    index_path: Path
    index: SlideIndex
    plan: Plan
    wanted: ExportIn

    @property
    def estimated_bytes(self) -> int:
        """About how large the file becomes."""
        return estimated_bytes(self.index, self.plan)


def folder_of(runtime: Runtime) -> Path:
    """Return where exports lie."""
    return runtime.settings.data / FOLDER


def planned(runtime: Runtime, viewer: Viewer, slide_id: str, wanted: ExportIn) -> Planned:
    """Find a slide that the viewer may export, and lay out an export of it.

    Raises
    ------
    Forbidden
        They may only look at it, or not at the names that they ask for.
    NotFound, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
        There are no pixels to be had.
    InvalidRequest
        The area lies outside, or the scale is not known.
    """
    with runtime.db.read() as session:
        ref = locate(session, viewer, slide_id, runtime.settings.index_folder)
    check(viewer, Action.EXPORT, ref.standing)
    if "identity" not in wanted.model_fields_set and not ref.standing.allows(Action.SEE_IDENTITY):
        wanted = wanted.model_copy(update={"identity": False})
    if wanted.identity:
        check(viewer, Action.SEE_IDENTITY, ref.standing)
    readable(ref)
    index_path = index_of(ref)
    return Planned(ref, index_path, *_laid_out(load_index(index_path), ref, wanted), wanted)


def estimate(runtime: Runtime, found: Planned) -> EstimateOut:
    """Say how large an export would be, and whether the disk can take it."""
    first = found.plan.levels[0]
    with runtime.db.read() as session:
        free = _free_bytes(runtime, session)
    size = found.estimated_bytes
    return EstimateOut(
        width=first.width,
        height=first.height,
        levels=len(found.plan.levels),
        mpp=found.plan.about.mpp_x,
        estimated_bytes=size,
        free_bytes=max(0, free),
        fits=size <= free,
    )


def request_export(runtime: Runtime, viewer: Viewer, slide_id: str, wanted: ExportIn) -> ExportOut:
    """Put an export on the list of work.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable, InvalidRequest
        See :func:`planned`.
    DiskFull
        The file would not fit.
    Conflict
        Too many exports of this person wait already.
    AuditUnavailable
    """
    found = planned(runtime, viewer, slide_id, wanted)
    runtime.reserve.view(
        session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.DOWNLOAD, principal=viewer.person_id
    )
    now, export_id = utc_now(), new_id()
    with runtime.db.transaction() as session:
        if store.count_unfinished(session, viewer.person_id) >= MOST_WAITING:
            raise Conflict(f"{MOST_WAITING} of your exports are waiting already; let some of them finish first.")
        _check_space(found.estimated_bytes, _free_bytes(runtime, session))
        job_id = enqueue(session, JOB_EXPORT, {"export_id": export_id, "slide_id": slide_id}, dedupe_key=export_id)
        row = ExportRecord(
            export_id=export_id,
            slide_id=slide_id,
            slide_version=found.ref.version or "",
            scope_id=found.ref.scope_id,
            person_id=viewer.person_id,
            job_id=job_id or "",
            kind=wanted.kind.value,
            request=found.wanted.stored(),
            file_name=_file_name(found.ref.name, found.wanted),
            state=ExportState.QUEUED.value,
            tiles_done=0,
            tiles_all=found.plan.tiles,
            estimated_bytes=found.estimated_bytes,
            created_at=now,
        )
        session.add(row)
        detail = {"export_id": export_id, "kind": wanted.kind.value, "tiles": found.plan.tiles}
        record(
            session,
            AuditEvent("export.requested", viewer.person_id, viewer.viewer_id, "slide", slide_id, detail=detail),
        )
        session.flush()
        return _out(row, None, True)


def list_exports(session: Session, viewer: Viewer) -> ExportList:
    """List the viewer's exports, newest first."""
    rows = store.own_exports(session, viewer, MOST_LISTED)
    found = standings(session, viewer, {row.scope_id for row, _ in rows})
    return ExportList(items=[_out(row, job, _named(row, found.get(row.scope_id, NOTHING))) for row, job in rows])


def get_export(session: Session, viewer: Viewer, export_id: str) -> ExportOut:
    """Show one export.

    Raises
    ------
    NotFound
        There is none, or it is somebody else's.
    """
    found = store.own_export(session, viewer, export_id)
    if found is None:
        raise NotFound
    row, job = found
    return _out(row, job, _named(row, standing(session, viewer, row.scope_id)))


def finished_export(session: Session, viewer: Viewer, export_id: str) -> ExportOut:
    """Return an export whose file may be given out now: what was allowed when it was asked for must still be.

    Raises
    ------
    NotFound, Forbidden
    Conflict
        It is not finished.
    """
    found = store.own_export(session, viewer, export_id)
    if found is None:
        raise NotFound
    row, job = found
    what = standing(session, viewer, row.scope_id)
    check(viewer, Action.EXPORT, what)
    if _names(row):
        check(viewer, Action.SEE_IDENTITY, what)
    export = _out(row, job, True)
    if export.state is not ExportState.DONE:
        raise Conflict("This export is not finished.")
    return export


def remove_export(runtime: Runtime, viewer: Viewer, export_id: str) -> None:
    """Take an export back: a running one stops, a finished one loses its file.

    Raises
    ------
    NotFound
    """
    with runtime.db.transaction() as session:
        found = store.own_export(session, viewer, export_id)
        if found is None:
            raise NotFound
        row = found[0]
        store.remove(session, export_id)
        detail = {"slide_id": row.slide_id, "state": row.state}
        record(
            session,
            AuditEvent("export.removed", viewer.person_id, viewer.viewer_id, "export", export_id, detail=detail),
        )
    # The part of one that runs is its job's to remove.
    (folder_of(runtime) / export_id).unlink(missing_ok=True)


def clear_expired(runtime: Runtime) -> int:
    """Remove exports whose week is over, and files that belong to none.

    Returns
    -------
    int
        How many exports were removed.
    """
    now = utc_now()
    with runtime.db.transaction() as session:
        rows = store.expired(session, now, now - KEPT)
        for row in rows:
            store.remove(session, row.export_id)
            record(
                session,
                AuditEvent("export.expired", None, None, "export", row.export_id, detail={"slide_id": row.slide_id}),
            )
    with runtime.db.read() as session:
        known = store.known_ids(session)
    with suppress(FileNotFoundError):
        for path in list(folder_of(runtime).iterdir()):
            if path.name.removesuffix(PART) not in known:
                path.unlink(missing_ok=True)
    return len(rows)


def plan_of_row(runtime: Runtime, row: ExportRecord) -> Planned | None:
    """Lay out again what a row asks for; None when the slide is not the one it was asked of."""
    found = planned(runtime, SYSTEM, row.slide_id, ExportIn.model_validate(row.request))
    return found if found.ref.version == row.slide_version else None


def _laid_out(index: SlideIndex, ref: SlideRef, wanted: ExportIn) -> tuple[SlideIndex, Plan]:
    info = index.info
    if ref.mpp_entered is not None:
        info = replace(info, mpp_x=ref.mpp_entered, mpp_y=ref.mpp_entered)
    scale = None if wanted.objective is None else scale_for(info, objective=wanted.objective)
    area = None
    if wanted.x is not None and wanted.y is not None and wanted.width is not None and wanted.height is not None:
        area = Area(wanted.x, wanted.y, wanted.width, wanted.height)
    plan = plan_export(
        index,
        name=ref.name if wanted.identity else None,
        area=area,
        scale=scale,
        lossless=wanted.lossless,
        mpp=ref.mpp_entered,
    )
    return index, for_zarr(plan) if wanted.kind is ExportKind.OME_ZARR else plan


def _free_bytes(runtime: Runtime, session: Session) -> int:
    """Return what the disk can still take when every export that was promised is written."""
    return shutil.disk_usage(runtime.settings.data).free - SPARE_BYTES - store.promised_bytes(session)


def _check_space(size: int, free: int) -> None:
    if size > free:
        raise DiskFull(
            f"This export needs about {_gigabytes(size)}, and the disk that holds Coverslip's data "
            f"can take {_gigabytes(max(0, free))} more."
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _file_name(name: str, wanted: ExportIn) -> str:
    """Return a file name that every system takes, and that names nobody where identity is off."""
    stem = _UNSAFE.sub("_", name).strip(" .")[:120] if wanted.identity else ""
    parts = [stem or "slide"]
    if wanted.x is not None:
        parts.append("area")
    if wanted.objective is not None:
        parts.append(f"{wanted.objective:g}x")
    return "-".join(parts) + wanted.kind.suffix


def _names(row: ExportRecord) -> bool:
    return ExportIn.model_validate(row.request).identity


def _named(row: ExportRecord, what: Standing) -> bool:
    """Whether an export's file name may be shown: it is the slide's where identity was asked for."""
    return not _names(row) or what.allows(Action.SEE_IDENTITY)


def _out(row: ExportRecord, job: Job | None, named: bool) -> ExportOut:
    state, error = _settled(row, job)
    return ExportOut(
        export_id=row.export_id,
        slide_id=row.slide_id,
        kind=ExportKind(row.kind),
        state=state,
        progress=_progress(row, state),
        file_name=row.file_name if named else f"slide{ExportKind(row.kind).suffix}",
        estimated_bytes=row.estimated_bytes,
        size_bytes=row.size_bytes,
        error_code=error.get("code"),
        error_message=error.get("message"),
        created_at=row.created_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
    )


def _progress(row: ExportRecord, state: ExportState) -> float:
    if state in (ExportState.QUEUED, ExportState.DONE):
        return float(state is ExportState.DONE)
    return min(1.0, row.tiles_done / max(1, row.tiles_all))


def _settled(row: ExportRecord, job: Job | None) -> tuple[ExportState, Mapping[str, Any]]:
    """Return the state that is true: a job that was given up or killed left no word in the export's row."""
    state = ExportState(row.state)
    if state is ExportState.RUNNING and job is not None and job.waits(utc_now()):
        return ExportState.QUEUED, {"code": None, "message": None}  # it begins again, from nothing
    if state in (ExportState.QUEUED, ExportState.RUNNING) and job is not None and job.state == JobState.FAILED:
        return ExportState.FAILED, {"code": job.error_code, "message": job.error_message}
    return state, {"code": row.error_code, "message": row.error_message}
