"""The catalogue for writers: what imports and jobs put into it.

Each function runs in its caller's transaction, together with the scope, the audit record and the
jobs that belong to the change; so a slide is registered wholly or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import create_scope
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.slides import copies, store, store_cases, store_copies, store_words
from coverslip.features.slides.models import Project, SlideRecord
from coverslip.features.slides.placing import change_project, name_slide, put_in_same_trash
from coverslip.features.slides.schemas import Reason, SlideState
from coverslip.features.slides.words import case_sort, printable, sort_key, stain_sort, words_of
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint
from coverslip.infra.jobs import enqueue

JOB_CONTENT_HASH: Final = "slides.content_hash"
JOB_THUMBNAIL: Final = "slides.thumbnail"
JOB_COARSE: Final = "slides.coarse"
JOB_LABEL: Final = "slides.label"
_ALIKE: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Description:
    """What reading a file once told: the part of ``imaging.work.describe`` that the catalogue keeps."""

    format: str
    vendor: str | None
    scanner: str | None
    scanned_at: datetime | None
    width: int
    height: int
    mpp_x: float | None
    mpp_y: float | None
    objective: float | None
    channel_count: int
    fingerprint: str
    version: str
    needs_coarse: bool
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlideEntry:
    """A slide as registration wants it to be.

    Attributes
    ----------
    slide_id : str or None
        The record to change; None makes a new one.
    project_id : str
    name : str
        For a new record only: a name that a person gave is kept.
    file_name : str
    folder, files, size_bytes
        Where the bytes lie; ``files`` relative to ``folder``, the opened one first.
    state : SlideState
    reason : Reason or None
    description : Description or None
        None leaves what is known.
    index_name : str or None
        The index file, relative to the index folder.
    content_sha256 : str or None
        Where the caller has already hashed the bytes.
    """

    slide_id: str | None
    project_id: str
    name: str
    file_name: str
    folder: str
    files: Sequence[str]
    size_bytes: int
    state: SlideState
    reason: Reason | None = None
    description: Description | None = None
    index_name: str | None = None
    content_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSlide:
    """What registration needs to know about a slide that exists."""

    slide_id: str
    state: SlideState
    folder: str
    files: tuple[str, ...]
    fingerprint: str | None
    version: str | None
    index_name: str | None


def create_project(session: Session, name: str, parent_id: str | None = None, *, by: Viewer = SYSTEM) -> str:
    """Create a project with its scope and return its id."""
    parent = None
    if parent_id is not None:
        parent = store.project_by_id(session, parent_id)
        if parent is None:
            raise NotFound
    shown = printable(name)
    row = Project(
        project_id=new_id(),
        parent_id=parent_id,
        scope_id=create_scope(session, "project", None if parent is None else parent.scope_id),
        path="",
        name=shown,
        name_sort=sort_key(shown),
        offline_since=None if parent is None else parent.offline_since,
        created_at=utc_now(),
    )
    if parent is not None:
        put_in_same_trash(row, parent)
    session.add(row)
    session.flush()
    row.path = f"{'/' if parent is None else parent.path}{row.no}/"
    session.flush()
    record(session, AuditEvent("project.created", by.person_id, by.viewer_id, "project", row.project_id))
    hint(session, "slides.changed")
    return row.project_id


def top_project(session: Session, name: str, *, by: Viewer = SYSTEM) -> str:
    """Return the top project of this name, creating it when there is none."""
    found = store.top_project_named(session, printable(name))
    return found.project_id if found is not None else create_project(session, name, by=by)


def mark_offline(session: Session, project_id: str, since: datetime | None) -> None:
    """Mark a project and all below it as unreachable since then, or (None) as back; no slide changes state."""
    project = store.project_by_id(session, project_id)
    if project is None:
        raise NotFound
    store.set_offline(session, project, since)
    action = "project.online" if since is None else "project.offline"
    record(session, AuditEvent(action, object_kind="project", object_id=project_id))
    hint(session, "grants.drop", all=True)
    hint(session, "slides.changed")


def put_slide(session: Session, entry: SlideEntry, *, by: Viewer = SYSTEM) -> str:
    """Register a slide or change a registered one, with scope, words, audit record and jobs. Return its id."""
    project = store.project_by_id(session, entry.project_id)
    if project is None:
        raise NotFound
    row = None if entry.slide_id is None else store.slide_by_id(session, entry.slide_id, lock=True)
    action = "slide.changed"
    if row is None:
        row = _new_row(session, entry, project)
        action = "slide.registered"
    else:
        project = _where(session, row, project)
    stale = entry.description is not None and row.version != entry.description.version
    _place(row, entry, project)
    if entry.description is not None:
        _describe(row, entry.description)
        row.index_name = entry.index_name
        if stale:
            row.content_sha256 = None
    if entry.content_sha256 is not None:
        row.content_sha256 = entry.content_sha256
    row.updated_at = utc_now()
    session.add(row)
    session.flush()
    store_words.write_words(session, row)
    detail = {"state": row.state, "fingerprint": row.fingerprint, "version": row.version}
    record(session, AuditEvent(action, by.person_id, by.viewer_id, "slide", row.slide_id, detail=detail))
    if entry.description is not None and row.state == SlideState.READY:
        _enqueue(session, row, entry.description)
    if action == "slide.changed":
        hint(session, "grants.drop", slide_id=row.slide_id)
        copies.follow(session, row)
    else:
        name_slide(session, row, project, by=by)
    hint(session, "slides.changed")
    return row.slide_id


def set_state(
    session: Session, slide_ids: Sequence[str], state: SlideState, reason: Reason | None = None, *, by: Viewer = SYSTEM
) -> None:
    """Give slides another state, each with its audit record; copies on the same bytes follow."""
    for row in [*store.slides_by_id(session, slide_ids), *store_copies.copies_of(session, slide_ids)]:
        row.state = state.value
        row.error_code = None if reason is None else reason.code
        row.error_message = None if reason is None else reason.message
        row.updated_at = utc_now()
        detail = {"state": state.value}
        record(session, AuditEvent("slide.changed", by.person_id, by.viewer_id, "slide", row.slide_id, detail=detail))
        hint(session, "grants.drop", slide_id=row.slide_id)
    session.flush()
    hint(session, "slides.changed")


def set_content_hash(session: Session, slide_id: str, version: str, sha256: str) -> bool:
    """Keep the SHA-256 of a slide's bytes unless the slide changed meanwhile; say whether it was kept."""
    row = store.slide_by_id(session, slide_id, lock=True)
    if row is None or row.version != version:
        return False
    row.content_sha256 = sha256
    row.updated_at = utc_now()
    for copy in store_copies.copies_of(session, [slide_id]):
        copy.content_sha256 = sha256 if copy.version == version else copy.content_sha256
    detail = {"sha256": sha256, "version": version}
    record(session, AuditEvent("slide.hashed", object_kind="slide", object_id=slide_id, detail=detail))
    session.flush()
    hint(session, "grants.drop", slide_id=slide_id)
    return True


def known_slides(session: Session, slide_ids: Sequence[str]) -> dict[str, KnownSlide]:
    """Return what is known about some slides."""
    return {row.slide_id: _known(row) for row in store.slides_by_id(session, slide_ids)}


def slides_like(session: Session, fingerprint: str) -> list[KnownSlide]:
    """Return slides with this fingerprint, missing ones first: a moved file is one of them.

    A dozen at most: of a hundred equal copies nobody can say which one moved.
    """
    return [_known(row) for row in store.slides_by_fingerprint(session, fingerprint, _ALIKE)]


def used_index_names(session: Session, names: Sequence[str]) -> set[str]:
    """Return those of some index files that a slide uses; the others may be deleted."""
    return store.used_index_names(session, names)


def _known(row: SlideRecord) -> KnownSlide:
    return KnownSlide(
        row.slide_id,
        SlideState(row.state),
        store.folder_text(row.folder),
        store.files_of(row),
        row.fingerprint,
        row.version,
        row.index_name,
    )


def _new_row(session: Session, entry: SlideEntry, project: Project) -> SlideRecord:
    name = printable(entry.name)
    row = SlideRecord(
        slide_id=entry.slide_id or new_id(),
        scope_id=create_scope(session, "slide", project.scope_id),
        name=name,
        name_sort=sort_key(name),
        format="",
        metadata_words="",
        stain_sort=stain_sort(None, None),
        case_sort=case_sort(None, None, None, None, sort_key(name)),
        fields={},
        entered=[],
        tags="",
        created_at=utc_now(),
    )
    put_in_same_trash(row, project)
    return row


def _where(session: Session, row: SlideRecord, project: Project) -> Project:
    """Return the project of a registered slide: that of its folder, unless a person moved it elsewhere."""
    if row.project_no == project.no:
        return project
    if row.moved_at is not None:
        return store_cases.project_by_no(session, row.project_no)
    change_project(session, row, project)
    return project


def _place(row: SlideRecord, entry: SlideEntry, project: Project) -> None:
    row.project_no = project.no
    row.file_name = printable(entry.file_name)
    row.folder = store.folder_bytes(entry.folder)
    row.files = store.files_text(entry.files)
    row.file_count = len(entry.files)
    row.size_bytes = entry.size_bytes
    row.state = entry.state.value
    row.error_code = None if entry.reason is None else entry.reason.code
    row.error_message = None if entry.reason is None else entry.reason.message


def _describe(row: SlideRecord, seen: Description) -> None:
    row.format = seen.format
    row.vendor = None if seen.vendor is None else printable(seen.vendor)
    row.scanner = None if seen.scanner is None else printable(seen.scanner)
    row.scanned_at = seen.scanned_at
    row.scanned_sort = 0 if seen.scanned_at is None else _microseconds(seen.scanned_at)
    row.width, row.height = seen.width, seen.height
    row.mpp_x, row.mpp_y = seen.mpp_x, seen.mpp_y
    row.objective = seen.objective
    row.channel_count = seen.channel_count
    row.fingerprint, row.version = seen.fingerprint, seen.version
    row.metadata_words = " ".join(words_of(_searchable(seen.metadata)))


def _searchable(metadata: Mapping[str, str]) -> list[str]:
    # Long values are documents (OME-XML, base64 pictures), not something that a person searches by.
    return [text for key, value in metadata.items() if len(value) <= 2000 for text in (key, value)]


def _microseconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() * 1_000_000)


def _enqueue(session: Session, row: SlideRecord, seen: Description) -> None:
    payload: dict[str, Any] = {"slide_id": row.slide_id, "version": row.version}
    kinds = [JOB_THUMBNAIL, *([JOB_COARSE] if seen.needs_coarse else []), JOB_LABEL]
    if row.content_sha256 is None:
        kinds.append(JOB_CONTENT_HASH)
    for kind in kinds:
        enqueue(session, kind, payload, dedupe_key=f"{kind}:{row.slide_id}:{row.version}")
