"""The job that makes slides of an upload: verify, assemble, look, publish, register.

Each step can be killed and done again. The uploaded parts stay untouched until the slides are
registered; what is assembled from them lies under a hidden name that no look sees, takes its place
by one rename, and is registered in one transaction with everything that belongs to it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.arrival_errors import ChecksumMismatch, DuplicateSlide
from coverslip.core.errors import Busy, CoverslipError, DatabaseUnavailable, StorageTimeout, UnsupportedFormat, rebuilt
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.imports import archives, arrivals, metadata, store, store_arrivals
from coverslip.features.imports.copying import STORE
from coverslip.features.imports.models import Arrival, Root
from coverslip.features.imports.parts import part_path, uploads_folder
from coverslip.features.imports.pipeline import Reader, Seen
from coverslip.features.imports.register import Placed, RootPlace, place, register
from coverslip.features.imports.walk import NotSlides, Unit, is_slide_folder, path_hash, walk
from coverslip.features.slides import SlideState
from coverslip.infra.durable import (
    clear,
    full_disk_said,
    make_folder,
    place_file,
    sha256_of,
    sync_folder,
    sync_tree,
)
from coverslip.infra.jobs import JobContext, JobInterrupted
from coverslip.infra.runtime import Runtime

ARRIVED: Final = "arrived"
_HIDDEN: Final = ".arriving-"
_LATER: Final = (Busy, StorageTimeout, DatabaseUnavailable)


@dataclass(frozen=True, slots=True)
class _File:
    """One uploaded file: where it is, where it goes, what it should hash to."""

    path: str
    part: Path
    sha256: str | None


def arrive(context: JobContext) -> None:
    """Make slides of what was uploaded, or say in the log why not.

    Raises
    ------
    Busy, StorageTimeout, DatabaseUnavailable
        The machine cannot now; the job comes again.
    """
    arrival_id = str(context.payload["arrival_id"])
    work = _Arriving(context, arrival_id)
    try:
        with full_disk_said():
            work.run()
    except _Duplicate as found:
        with context.db.transaction() as session:
            arrivals.fail(session, arrival_id, DuplicateSlide(), duplicate_of=found.slide_id)
    except _LATER:
        raise
    except CoverslipError as error:
        work.take_back()
        with context.db.transaction() as session:
            arrivals.fail(session, arrival_id, error)


class _Duplicate(Exception):
    def __init__(self, slide_id: str) -> None:
        super().__init__(slide_id)
        self.slide_id = slide_id


class _Arriving:
    """One arrival on its way; everything that it keeps lies on disk or in the database."""

    def __init__(self, context: JobContext, arrival_id: str) -> None:
        self._context = context
        self._runtime: Runtime = context.runtime
        self._id = arrival_id
        self._store = self._runtime.settings.data.absolute() / STORE / ARRIVED
        self._hidden = self._store / f"{_HIDDEN}{arrival_id}"
        self._final = self._store / arrival_id
        self._reader = Reader(self._runtime, 1)

    def run(self) -> None:
        """Go through the steps, from the first or from where a crash left off."""
        with self._context.db.transaction() as session:
            arrival = arrivals.begin(session, self._id)
            uploads = [] if arrival is None else store_arrivals.uploads_of(session, self._id)
        if arrival is None:
            clear(uploads_folder(self._runtime) / self._id)
            return
        files = [_File(row.path, part_path(self._runtime, row), row.sha256) for row in uploads]
        if not self._final.exists():
            self._verify(files)
            self._assemble(files)
            duplicate_of = self._look(arrival)
            root = self._root(arrival)
            self._publish(root)
        else:
            root, duplicate_of = self._root(arrival), None
        self._register(root, arrival, duplicate_of)
        clear(uploads_folder(self._runtime) / self._id)

    def take_back(self) -> None:
        """Leave no trace in the store of what was refused."""
        clear(self._hidden)
        with self._context.db.read() as session:
            row = store_arrivals.arrival_by_id(session, self._id)
            registered = row is not None and row.state == arrivals.DONE
        if not registered:
            clear(self._final)

    def _stop(self) -> None:
        if self._context.should_stop():
            raise JobInterrupted

    def _verify(self, files: Sequence[_File]) -> None:
        for file in files:
            if file.sha256 is not None and sha256_of(file.part, self._stop) != file.sha256:
                raise ChecksumMismatch("The bytes that arrived are not those that were sent; upload the slide again.")

    def _assemble(self, files: Sequence[_File]) -> None:
        clear(self._hidden)
        make_folder(self._hidden)
        if len(files) == 1 and archives.is_archive(files[0].path):
            archives.unpack(files[0].part, self._hidden, self._stop)
        else:
            for file in files:
                place_file(file.part, self._hidden / file.path)
        sync_tree(self._hidden)
        sync_folder(self._store)

    def _look(self, arrival: Arrival) -> str | None:
        """Refuse what holds no slide or one that is here already; return the slide that it doubles on purpose."""
        seen = self._read(self._hidden)
        for one in seen:
            if one.staged is not None:
                one.staged.unlink(missing_ok=True)
        found = [one for one in seen if one.state is SlideState.READY]
        if not found:
            reasons = [one.reason for one in seen if one.reason is not None]
            raise (
                rebuilt(reasons[0].code, reasons[0].message)
                if reasons
                else UnsupportedFormat("There is no slide in what was uploaded.")
            )
        doubles = [self._double_of(one) for one in found]
        duplicate_of = next((one for one in doubles if one is not None), None)
        if duplicate_of is not None and all(one is not None for one in doubles) and not arrival.keep:
            clear(self._hidden)
            raise _Duplicate(duplicate_of)
        return duplicate_of

    def _double_of(self, seen: Seen) -> str | None:
        """Return the slide whose bytes are the same, by SHA-256; the fingerprint says which are worth reading."""
        if seen.description is None:
            return None
        with self._context.db.read() as session:
            alike = slides.slides_like(session, seen.description.fingerprint)
        if not alike:
            return None
        own = content_hash(seen.folder, seen.files)
        for known in alike:
            if known.state is SlideState.READY and self._stored_hash(known) == own:
                return known.slide_id
        return None

    def _stored_hash(self, known: slides.KnownSlide) -> str | None:
        try:
            return str(
                self._runtime.mounts.of(known.folder).run_blocking(
                    content_hash, known.folder, known.files, limit_s=3600.0
                )
            )
        except (OSError, StorageTimeout):
            return None

    def _read(self, folder: Path) -> list[Seen]:
        seen: list[Seen] = []
        claimed: set[str] = set()
        for unit in self._units(folder):
            self._stop()
            if unit.path in claimed:
                continue
            one = self._reader.read(unit)
            claimed.update(one.paths if len(one.files) > 1 else ())
            seen.append(one)
        return seen

    def _units(self, folder: Path) -> list[Unit]:
        found: list[Unit] = []
        for inner in walk(str(folder), self._runtime.mounts.of(folder).run_blocking, not_slides=NotSlides()):
            found += inner.units
        return sorted(found, key=lambda unit: not unit.claiming)

    def _root(self, arrival: Arrival) -> RootPlace:
        """Return the store as a served folder; its folders are known before they appear."""
        folders = [self._final, *(self._final / path.relative_to(self._hidden) for path in _folders(self._hidden))]
        with self._context.db.transaction() as session:
            row = store.root_by_hash(session, path_hash(str(self._store))) or _add_root(
                session, self._store, arrival.project_id
            )
            for folder in folders:
                key = path_hash(str(folder))
                if store.folder_project(session, row.root_id, key) is None:
                    store.add_folder(session, row.root_id, key, arrival.project_id)
            return RootPlace(row.root_id, str(self._store), arrival.project_id, single=False)

    def _publish(self, root: RootPlace) -> None:
        self._hidden.replace(self._final)
        sync_folder(self._store)

    def _register(self, root: RootPlace, arrival: Arrival, duplicate_of: str | None) -> None:
        found = [one for one in self._read(self._final) if one.state is SlideState.READY]
        hashes = [content_hash(one.folder, one.files) for one in found]
        placed = place(self._runtime, root, found)
        with self._context.db.transaction() as session:
            register(session, root, placed, utc_now())
            for one, sha256 in zip(placed, hashes, strict=True):
                _keep_hash(session, one, sha256)
                metadata.set_wanted(session, one.slide_id, arrival.project_id, _wanted(arrival))
            arrivals.finish(session, self._id, [one.slide_id for one in placed], duplicate_of)
            store_arrivals.delete_uploads(session, self._id)


def content_hash(folder: str, files: Sequence[str]) -> str:
    """Return the SHA-256 of a slide's bytes as the catalogue keeps it: see ``slides.jobs.content_sha256``."""
    sums = {name: sha256_of(Path(folder, name)) for name in files}
    if len(sums) == 1:
        return next(iter(sums.values()))
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _wanted(arrival: Arrival) -> arrivals.Target:
    return arrivals.Target(None, arrival.case_name, arrival.fields)


def _keep_hash(session: Session, placed: Placed, sha256: str) -> None:
    if placed.seen.description is not None:
        slides.set_content_hash(session, placed.slide_id, placed.seen.description.version, sha256)


def _folders(top: Path) -> list[Path]:
    if not top.exists() or is_slide_folder(str(top)):
        return []
    return [path for path in top.rglob("*") if path.is_dir()]


def _add_root(session: Session, folder: Path, project_id: str) -> Root:
    row = Root(
        root_id=new_id(),
        path=str(folder).encode("utf-8", "surrogateescape"),
        path_hash=path_hash(str(folder)),
        project_id=project_id,
        created_at=utc_now(),
        found=0,
        done=0,
        ignored=0,
        managed=True,
    )
    session.add(row)
    session.flush()
    return row
