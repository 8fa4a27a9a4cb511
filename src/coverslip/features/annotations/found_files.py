"""Annotation files that lie beside slides: found by name, recognised by content, imported as one piece of work."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import CoverslipError
from coverslip.core.exchange_errors import AnnotationFormatUnknown
from coverslip.features.access import Action, require
from coverslip.features.annotations.schemas_exchange import (
    FoundFileOut,
    FoundFilesIn,
    FoundFilesOut,
    FoundJobOut,
)
from coverslip.features.annotations.store_exchange import imported_names
from coverslip.features.identity import Viewer, person_viewer
from coverslip.features.slides import ListQuery, list_slides, locate, project_scope
from coverslip.infra.jobs import Handler, JobContext, JobInterrupted, enqueue
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

JOB_IMPORT: Final = "annotations.import_found"
MOST_SLIDES: Final = 5000
MOST_LISTED: Final = 1000
FOLDERS: Final = ("", "annotations")
_HEAD: Final = 65_536
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and the slide that it is named after."""

    slide_id: str
    slide_name: str
    path: Path
    format: str
    size: int


def list_found(runtime: Runtime, viewer: Viewer, project_id: str) -> FoundFilesOut:
    """List annotation files beside the slides of a project: ``slide.geojson`` beside ``slide.svs``, say.

    Raises
    ------
    NotFound, Forbidden
    """
    found = list(find(runtime, viewer, project_id))
    items = [
        FoundFileOut(
            slide_id=one.slide_id,
            slide_name=one.slide_name,
            file_name=one.path.name,
            format=one.format,
            size_bytes=one.size,
        )
        for one in found[:MOST_LISTED]
    ]
    return FoundFilesOut(items=items, total=len(found), truncated=len(found) > len(items))


def find(runtime: Runtime, viewer: Viewer, project_id: str) -> Iterator[FoundFile]:
    """Yield the files beside a project's slides that were not imported yet.

    Raises
    ------
    NotFound, Forbidden
    """
    with runtime.db.read() as session:
        require(session, viewer, Action.ANNOTATE, project_scope(session, viewer, project_id))
        slides = list(_slides(session, runtime, viewer, project_id))
        taken = {one[0]: imported_names(session, one[0]) for one in slides}
    listed: dict[Path, dict[str, list[Path]]] = {}
    for slide_id, name, folder, file_name in slides:
        for path in _beside(Path(folder), file_name, listed):
            if not taken[slide_id].isdisjoint(layers_of(path)):
                continue
            kind = _kind(path)
            if kind is not None:
                yield FoundFile(slide_id, name, path, kind, path.stat().st_size)


def _slides(session: Session, runtime: Runtime, viewer: Viewer, project_id: str) -> Iterator[tuple[str, str, str, str]]:
    cursor: str | None = None
    for _ in range(MOST_SLIDES // _PAGE):
        page = list_slides(session, viewer, ListQuery(project_id=project_id), _PAGE, cursor)
        for one in page.items:
            try:
                ref = locate(session, viewer, one.slide_id, runtime.settings.index_folder)
            except CoverslipError:
                continue
            if ref.files and ref.index_path is not None and ref.root_offline_since is None:
                opened = Path(ref.folder, ref.files[0])
                yield one.slide_id, one.name, str(opened.parent), opened.name
        cursor = page.next_cursor
        if cursor is None:
            return


def _beside(folder: Path, slide_name: str, listed: dict[Path, dict[str, list[Path]]]) -> Iterator[Path]:
    """Yield files named after a slide, with its ending or without, in its folder and in ``annotations`` there."""
    from coverslip.features.annotations.exchange import SUFFIXES  # only who uses files pays for the readers

    stem = slide_name.partition(".")[0].lower()
    for place in FOLDERS:
        where = folder / place if place else folder
        if where not in listed:
            listed[where] = _by_stem(where)
        for path in listed[where].get(stem, ()):
            rest = path.name.lower().removeprefix(slide_name.lower()).removeprefix(stem)
            if path.name.lower() != slide_name.lower() and rest.endswith(SUFFIXES):
                yield path


def _by_stem(folder: Path) -> dict[str, list[Path]]:
    from coverslip.features.annotations.exchange import SUFFIXES

    found: dict[str, list[Path]] = {}
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return {}
    for path in paths:
        if path.name.lower().endswith(SUFFIXES) and not path.is_symlink() and path.is_file():
            found.setdefault(path.name.partition(".")[0].lower(), []).append(path)
    return found


def layers_of(path: Path) -> set[str]:
    """Return what the layers that an import of a file makes may be called."""
    return {path.name, *(f"{path.name} ({word})" for word in ("objects", "points"))}


def _kind(path: Path) -> str | None:
    """Return the format of a file, None for what only has the name of one."""
    from coverslip.features.annotations.exchange import recognised

    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head[:2] == b"PK":
                head += file.read()
            return recognised(head, path.name).name
    except (OSError, AnnotationFormatUnknown):
        return None


def import_found(
    session: Session, viewer: Viewer, project_id: str, wanted: FoundFilesIn, files: Sequence[FoundFile]
) -> FoundJobOut:
    """Put the import of files found beside slides on the list of work."""
    chosen = [one for one in files if wanted.slide_ids is None or one.slide_id in set(wanted.slide_ids)]
    if not chosen:
        return FoundJobOut(job_id=None, files=0)
    payload = {
        "person_id": viewer.person_id,
        "frame": wanted.frame or "",
        "files": [[one.slide_id, str(one.path)] for one in chosen],
    }
    job_id = enqueue(session, JOB_IMPORT, payload, dedupe_key=f"{JOB_IMPORT}:{project_id}")
    return FoundJobOut(job_id=job_id, files=len(chosen))


def run_import(context: JobContext) -> None:
    """Import files beside slides, one after the other; one that cannot be read stops none of the others."""
    with context.db.read() as session:
        viewer = person_viewer(session, str(context.payload["person_id"]))
    files: Sequence[Any] = context.payload["files"]
    for slide_id, name in files:
        if context.should_stop():
            raise JobInterrupted
        path = Path(name)
        with context.db.read() as session:
            done = not imported_names(session, slide_id).isdisjoint(layers_of(path))
        if not done:
            _import_one(context, viewer, slide_id, path)


def _import_one(context: JobContext, viewer: Viewer, slide_id: str, path: Path) -> None:
    from coverslip.features.annotations.importing import Asked, import_file

    asked = Asked(path.name, frame=str(context.payload["frame"]))
    try:
        import_file(context.runtime, viewer, slide_id, path, asked)
    except (CoverslipError, OSError) as error:
        logger.warning("An annotation file beside slide %s was not imported: %s", slide_id, type(error).__name__)


HANDLERS: Final[dict[str, Handler]] = {JOB_IMPORT: run_import}
LIMITS: Final = {JOB_IMPORT: 1}
"""One at a time: each reads a file in a process of its own."""
