"""Deleting for good what lies in the trash.

Files served in place are never touched. A slide whose file still lies in a served folder stays in
the trash: without its record the next look would take the file for a new slide. Our own copies in
the store go with their slide, in a job, so that a killed process leaves nothing behind.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.features import slides
from coverslip.features.identity import Viewer
from coverslip.features.imports import store, store_arrivals
from coverslip.features.imports.copying import STORE
from coverslip.features.imports.models import Source
from coverslip.features.imports.schemas import Purged
from coverslip.features.imports.walk import is_slide_folder, path_hash
from coverslip.infra.durable import clear, sync_folder
from coverslip.infra.jobs import JobContext, enqueue
from coverslip.infra.runtime import Runtime

JOB_REMOVE: Final = "imports.remove_files"
BATCH: Final = 200
MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class _Ours:
    """Files of the store that belong to one slide."""

    root_id: str
    paths: tuple[str, ...]


def purge(runtime: Runtime, viewer: Viewer, wanted: Sequence[str] | None) -> Purged:
    """Delete what lies in the trash, or some of it, in short transactions; doing it again goes on.

    Raises
    ------
    NotFound
        Something wanted is not in the trash.
    """
    with runtime.db.read() as session:
        roots = slides.trash_roots(session, viewer, wanted)
    slides_gone = cases_gone = projects_gone = in_place = copied = 0
    for start in range(0, len(roots), BATCH):
        some = roots[start : start + BATCH]
        before_no: int | None = None
        while True:
            with runtime.db.transaction() as session:
                rows = slides.trashed_slides(session, some, before_no, BATCH)
                if not rows:
                    break
                before_no = rows[-1].no
                served, ours = _sources(session, runtime, [row.slide_id for row in rows])
                going: list[str] = []
                for row in rows:
                    if row.slide_id in served:
                        in_place += 1
                    elif row.copies <= set(going):
                        going.append(row.slide_id)
                    else:
                        copied += 1
                for one in (ours[slide_id] for slide_id in going if slide_id in ours):
                    # As hex: names on disk need not be text.
                    paths = [os.fsencode(path).hex() for path in one.paths]
                    enqueue(session, JOB_REMOVE, {"root_id": one.root_id, "paths": paths})
                store.forget_slides(session, going)
                slides.purge_slides(session, viewer, going)
                slides_gone += len(going)
    # Cases and projects in a second round: a slide in a later batch may lie in a case of an earlier one.
    for start in range(0, len(roots), BATCH):
        with runtime.db.transaction() as session:
            cases_gone += slides.purge_cases(session, viewer, roots[start : start + BATCH])
    for start in range(0, len(roots), BATCH):
        with runtime.db.transaction() as session:
            projects_gone += _purge_projects(session, viewer, roots[start : start + BATCH])
    return Purged(slides=slides_gone, cases=cases_gone, projects=projects_gone, in_place=in_place, copied=copied)


def remove_files(context: JobContext) -> None:
    """Delete files of the store that no slide has any more, and the folders that this leaves empty."""
    top = _store(context.runtime)
    paths = [Path(os.fsdecode(bytes.fromhex(one))) for one in context.payload["paths"]]
    hashes = [path_hash(str(path)) for path in paths]
    with context.db.read() as session:
        root_id = str(context.payload["root_id"])
        used = {*store.sources_at(session, root_id, hashes), *store.claims_at(session, root_id, hashes)}
    for path, key in zip(paths, hashes, strict=True):
        if key in used or not _inside(top, path):
            continue
        clear(path)
        folder = path.parent
        while folder != top and _inside(top, folder) and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
        sync_folder(folder)


def _sources(session: Session, runtime: Runtime, slide_ids: Sequence[str]) -> tuple[set[str], dict[str, _Ours]]:
    """Return which slides still lie in a served folder, and the files of those whose bytes are ours."""
    top = _store(runtime)
    served: set[str] = set()
    ours: dict[str, _Ours] = {}
    known = slides.known_slides(session, slide_ids)
    for slide_id, row in store.sources_of(session, slide_ids).items():
        if _inside(top, Path(store.path_text(row))):
            ours[slide_id] = _Ours(row.root_id, tuple(_files(row, known[slide_id])))
        elif row.outcome != MISSING:
            served.add(slide_id)
    return served, ours


def _files(row: Source, known: slides.KnownSlide) -> list[str]:
    path = store.path_text(row)
    # A slide that is a folder goes as one; of any other only the files that were read as its own.
    if is_slide_folder(path):
        return [path]
    return list(dict.fromkeys([*(str(Path(known.folder, name)) for name in known.files), path]))


def _purge_projects(session: Session, viewer: Viewer, roots: Sequence[str]) -> int:
    gone = 0
    for project_id in slides.empty_projects(session, roots):
        # A served folder or a rule still sends slides there, or an upload is on its way.
        if not store_arrivals.project_is_wanted(session, project_id):
            store_arrivals.forget_project(session, project_id)
            gone += slides.purge_project(session, viewer, project_id)
    return gone


def _store(runtime: Runtime) -> Path:
    return (runtime.settings.data / STORE).absolute()


def _inside(top: Path, path: Path) -> bool:
    return path != top and path.is_relative_to(top) and ".." not in path.parts
