"""One scan of one root: what is new, changed, moved, gone; or that the whole root is offline.

It goes forward in small batches, each its own transaction, holds no list of the whole root, and
can be killed at any moment: the next scan finds what is registered and goes on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import CoverslipError, StorageTimeout
from coverslip.core.time import monotonic_s, utc_now
from coverslip.features import slides
from coverslip.features.imports import store
from coverslip.features.imports.companions import GRACE, Companions, Series, companions_of, series_of
from coverslip.features.imports.joining import owner_of
from coverslip.features.imports.models import Source
from coverslip.features.imports.pipeline import Reader, Seen
from coverslip.features.imports.register import (
    WRITING,
    RootPlace,
    is_mounted,
    mark_missing,
    place,
    register_found,
    set_offline,
)
from coverslip.features.imports.walk import (
    Folder,
    NotSlides,
    Unit,
    is_slide_folder,
    list_folder,
    path_hash,
    stamp_of,
    unit_at,
    walk,
)
from coverslip.features.slides import SlideState
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

CHUNK: Final = 64
BATCH: Final = 16
SWEEP: Final = 500
LEASE: Final = timedelta(seconds=90)
MANAGED_POLL_S: Final = 6 * 3600.0
_PROGRESS_S: Final = 1.0


class LeaseLost(CoverslipError):
    """Another process scans this root."""

    code = "conflict"
    default_message = "Another process is registering this folder."


class ScanStopped(Exception):
    """The scan was asked to stop; what it has registered stays."""


@dataclass(slots=True)
class Progress:
    """What a scan has done so far."""

    found: int = 0
    done: int = 0
    ignored: int = 0
    arriving: int = 0
    read: int = 0
    began_s: float = field(default_factory=monotonic_s)

    @property
    def rate_per_s(self) -> float | None:
        """Units handled a second, None before there are any."""
        elapsed = monotonic_s() - self.began_s
        return self.done / elapsed if self.done and elapsed > 0.1 else None


class Scan:
    """Scans one root once.

    Parameters
    ----------
    runtime : Runtime
    reader : Reader
    root_id : str
    worker : str
        Name under which the root is leased.
    should_stop : callable
    not_slides : NotSlides or None
        Memory of files that are no slides, kept between the scans of a root.
    """

    def __init__(
        self,
        runtime: Runtime,
        reader: Reader,
        root_id: str,
        worker: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        not_slides: NotSlides | None = None,
        readers: int = 2,
    ) -> None:
        self._runtime = runtime
        self._reader = reader
        self._worker = worker
        self._should_stop = should_stop
        self._not_slides = not_slides or NotSlides()
        self._readers = readers
        self._told_s = float("-inf")
        self.progress = Progress()
        with runtime.db.read() as session:
            row = store.root_by_id(session, root_id)
            if row is None:
                raise LeaseLost("This folder is no longer served.")
            path = store.path_text(row)
            self._root = RootPlace(root_id, path, row.project_id, single=False, managed=row.managed)
            self._device, self._was_offline = row.device, row.offline_since is not None
            others = {store.path_text(one) for one in store.roots(session) if one.root_id != root_id}
        self._skip = frozenset(others)

    def run(self) -> Progress:
        """Scan, and leave the root's row saying what happened.

        Raises
        ------
        LeaseLost
            Another process scans this root.
        ScanStopped
        """
        root_id = self._root.root_id
        with self._runtime.db.transaction() as session:
            now = utc_now()
            if not store.lease(session, root_id, self._worker, now, LEASE):
                raise LeaseLost
            store.change_root(
                session, root_id, scan_started_at=now, scan_wanted_at=None, found=0, done=0, rate_per_s=None
            )
        finished = False
        try:
            self._scan()
            finished = True
        except (StorageTimeout, OSError) as error:
            logger.warning("a served folder cannot be reached: %s", type(error).__name__)
            self._go_offline()
            finished = True
        finally:
            self._finish(finished)
        return self.progress

    def _scan(self) -> None:
        status = self._call(_status, self._root.path)
        if not status.is_folder or self._call(is_slide_folder, self._root.path):
            self._root = replace(self._root, single=True)
        elif self._is_empty_mount(status.device):
            self._go_offline()
            return
        if self._was_offline:
            with self._runtime.db.transaction() as session:
                set_offline(session, self._root.root_id, None)
        self.progress.found = sum(len(folder.units) for folder in self._folders(None))
        self._tell()
        for folder in self._folders(self._not_slides):
            self.progress.ignored += folder.ignored
            series = series_of(folder.units)
            for start in range(0, len(folder.units), CHUNK):
                self._chunk(folder.units[start : start + CHUNK], series)
        if self._sweep_missing():
            with self._runtime.db.transaction() as session:
                store.change_root(session, self._root.root_id, device=str(status.device))

    def _folders(self, not_slides: NotSlides | None) -> Iterator[Folder]:
        if self._root.single:
            yield Folder(self._root.path, (self._call(unit_at, self._root.path),), 0)
        else:
            yield from walk(self._root.path, self._call, skip=self._skip, not_slides=not_slides)

    def _call(self, function: Callable[..., Any], *args: Any, limit_s: float | None = None) -> Any:
        if self._should_stop():
            raise ScanStopped
        return self._runtime.mounts.of(self._root.path).run_blocking(function, *args, limit_s=limit_s)

    def _is_empty_mount(self, device: int) -> bool:
        """Whether nothing is left where slides were: an unmounted disk looks like an empty folder."""
        with self._runtime.db.read() as session:
            counts = store.outcomes(session, self._root.root_id)
        had = sum(count for outcome, count in counts.items() if outcome != SlideState.MISSING)
        if not had:
            return False
        entries = self._call(list_folder, self._root.path, limit_s=60.0)
        if not any(not entry.name.startswith(".") for entry in entries):
            return True
        if self._device in (None, str(device)):
            return False
        return not any(folder.units for folder in self._folders(None))

    def _chunk(self, units: Sequence[Unit], series: Series | None) -> None:
        hashes = {unit.path: path_hash(unit.path) for unit in units}
        with self._runtime.db.read() as session:
            known = store.sources_at(session, self._root.root_id, list(hashes.values()))
            claims = store.claims_at(session, self._root.root_id, list(hashes.values()))
            multiple = [row.slide_id for row in known.values() if row.multiple]
            files = slides.known_slides(session, multiple) if multiple else {}
        to_read: list[tuple[Unit, str | None]] = []
        writing: list[Seen] = []
        for unit in units:
            row = known.get(hashes[unit.path])
            owner = claims.get(hashes[unit.path])
            if row is None and owner is not None:
                self.progress.done += 1
                continue
            paths = [] if row is None or row.slide_id not in files else _paths(files[row.slide_id])
            stamp, companions = self._stamp(unit, paths), None
            if row is None or row.outcome != SlideState.READY:
                companions = companions_of(unit, series, self._call)
                stamp = stamp if companions is None else f"{stamp}+{companions.stamp}"
            if row is not None and row.stamp == stamp and row.outcome in (SlideState.READY, SlideState.UNREADABLE):
                self.progress.done += 1
            elif self._settled(unit, stamp, row, companions):
                to_read.append((unit, None if companions is None else stamp))
            else:
                self.progress.arriving += 1
                if row is None and series is not None and series.stands_for(unit):
                    continue
                if row is None or row.stamp != stamp or row.outcome != SlideState.ARRIVING:
                    writing.append(_arriving(unit, stamp))
                else:
                    self.progress.done += 1
        self._register(writing)
        self._read_all(to_read)

    def _stamp(self, unit: Unit, paths: Sequence[str]) -> str:
        if paths or unit.is_dir:
            return self._reader.stamp(unit.path, paths)
        return stamp_of([(unit.size, unit.mtime_ns)])

    def _settled(self, unit: Unit, stamp: str, row: Source | None, companions: Companions | None) -> bool:
        """Whether a unit and all that belongs to it have been left alone for long enough to be read."""
        settle_s = self._runtime.settings.settle_s
        now = utc_now()
        newest_s = max(unit.mtime_ns, unit.youngest_ns, 0 if companions is None else companions.newest_ns) / 1e9
        if companions is not None and companions.missing:
            settle_s *= GRACE
        if 0 <= now.timestamp() - newest_s < settle_s or newest_s > now.timestamp():
            return row is not None and row.stamp == stamp and (now - row.stamp_since).total_seconds() >= settle_s
        return True

    def _read_all(self, units: Sequence[tuple[Unit, str | None]]) -> None:
        """Read units and register them in batches; those that may claim others one after the other."""
        claimed: set[str] = set()
        for unit, stamp in units:
            if not unit.claiming:
                continue
            if unit.path in claimed:
                self.progress.done += 1
                continue
            seen = self._whole(self._reader.read(unit))
            if stamp is not None and seen.state is not SlideState.READY:
                seen = replace(seen, stamp=stamp)  # it is read again when one of its companions changes
            claimed.update(seen.paths)
            self._register([seen])
        rest = [unit for unit, _ in units if not unit.claiming and unit.path not in claimed]
        self.progress.done += sum(not unit.claiming for unit, _ in units) - len(rest)
        with ThreadPoolExecutor(self._readers, thread_name_prefix="read") as threads:
            for start in range(0, len(rest), BATCH):
                if self._should_stop():
                    raise ScanStopped
                self._register(list(threads.map(self._reader.read, rest[start : start + BATCH])))

    def _whole(self, seen: Seen) -> Seen:
        """Read the registered slide again that turned out to have one more file, instead of making a second one."""
        with self._runtime.db.read() as session:
            owner = owner_of(session, self._root.root_id, seen.unit.path, seen.paths)
        if owner is None:
            return seen
        again = self._reader.read(self._call(unit_at, owner))
        unused, kept = (seen, again) if seen.unit.path in again.paths else (again, seen)
        if unused.staged is not None:
            unused.staged.unlink(missing_ok=True)
        return kept

    def _register(self, batch: Sequence[Seen]) -> None:
        if not batch:
            return
        placed = place(self._runtime, self._root, batch)
        now = utc_now()
        with self._runtime.db.transaction() as session:
            if not store.lease(session, self._root.root_id, self._worker, now, LEASE):
                raise LeaseLost
            register_found(session, self._root, placed, now)
        self.progress.done += len(batch)
        self.progress.read += len(batch)
        self._tell()

    def _sweep_missing(self) -> bool:
        """Mark slides whose file is gone; False when the root turned out to be offline instead."""
        last_no = 0
        while True:
            with self._runtime.db.read() as session:
                rows = store.present_after(session, self._root.root_id, last_no, SWEEP)
                paths = [(row.slide_id, store.path_text(row)) for row in rows]
            if not rows:
                return True
            last_no = rows[-1].no
            gone = [slide_id for slide_id, path in self._call(_gone, paths, limit_s=60.0)]
            if not gone:
                continue
            if not self._call(is_mounted, self._root.path):
                self._go_offline()
                return False
            with self._runtime.db.transaction() as session:
                mark_missing(session, gone)

    def _go_offline(self) -> None:
        with self._runtime.db.transaction() as session:
            row = store.root_by_id(session, self._root.root_id)
            if row is not None and row.offline_since is None:
                set_offline(session, self._root.root_id, utc_now())
        self._was_offline = True

    def _tell(self) -> None:
        """Update the root's row about once a second, so that everybody can watch."""
        if monotonic_s() - self._told_s < _PROGRESS_S:
            return
        self._told_s = monotonic_s()
        self._write_progress()

    def _write_progress(self, **more: object) -> None:
        progress = self.progress
        with self._runtime.db.transaction() as session:
            store.change_root(
                session,
                self._root.root_id,
                found=max(progress.found, progress.done),
                done=progress.done,
                ignored=progress.ignored,
                rate_per_s=progress.rate_per_s,
                **more,
            )

    def _finish(self, finished: bool) -> None:
        settings = self._runtime.settings
        now = utc_now()
        again_s = min(settings.poll_s, settings.settle_s + 1) if self.progress.arriving else settings.poll_s
        if self._root.managed:
            again_s = max(again_s, MANAGED_POLL_S)  # nobody else writes there
        ended: dict[str, object] = {"leased_by": None, "lease_until": None}
        if finished:
            self.progress.found = self.progress.done
            ended |= {"last_scan_at": now, "next_scan_at": now + timedelta(seconds=again_s)}
        self._write_progress(**ended)
        self._runtime.bus.publish("slides.changed")


@dataclass(frozen=True, slots=True)
class _Status:
    device: int
    is_folder: bool


def _status(path: str) -> _Status:
    status = Path(path).stat()
    return _Status(status.st_dev, Path(path).is_dir())


def _paths(known: slides.KnownSlide) -> list[str]:
    return [str(Path(known.folder, name)) for name in known.files]


def _arriving(unit: Unit, stamp: str) -> Seen:
    path = Path(unit.path)
    return Seen(unit, stamp, SlideState.ARRIVING, WRITING, str(path.parent), (path.name,), unit.size)


def _gone(paths: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those whose path does not exist; any other trouble with a path leaves its slide as it is."""
    found = []
    for slide_id, path in paths:
        try:
            Path(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            found.append((slide_id, path))
        except OSError:
            continue
    return found
