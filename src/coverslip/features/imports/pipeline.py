"""From a file to a registered slide: look, probe and describe in a decoder, then register.

The first steps touch storage and run outside any transaction. The last writes everything that
belongs together (record, scope, source, audit, jobs) in one, so that a crash leaves a slide
registered or not, never half.
"""

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import Busy, CoverslipError, SlideUnreadable, StorageTimeout
from coverslip.core.ids import new_id
from coverslip.features.imports.walk import Unit, list_folder, stamp_of
from coverslip.features.slides import Description, Reason, SlideState
from coverslip.imaging import work
from coverslip.imaging.index import load_index
from coverslip.infra.runtime import Runtime

INDEX_SUFFIX: Final = ".idx"
STAGING: Final = "staging"
_MOST_STAMPED: Final = 2000
_BUSY_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading a unit told.

    Attributes
    ----------
    unit : Unit
    stamp : str
        Sizes and times of all its files, taken before it was read.
    state : SlideState
        READY, UNREADABLE, or ARRIVING when it changed while it was read.
    reason : Reason or None
    folder : str
        Absolute folder of ``files``.
    files : tuple of str
    size_bytes : int
    description : Description or None
        Only when READY.
    staged : Path or None
        Where the new index lies until the slide has its id.
    """

    unit: Unit
    stamp: str
    state: SlideState
    reason: Reason | None
    folder: str
    files: tuple[str, ...]
    size_bytes: int
    description: Description | None = None
    staged: Path | None = None

    @property
    def paths(self) -> list[str]:
        """Absolute paths of all files."""
        return [str(Path(self.folder, name)) for name in self.files]


class Reader:
    """Reads units through the decoder pool; shared by the scans of all roots, so it never overfills the queue."""

    def __init__(self, runtime: Runtime, at_once: int) -> None:
        self._runtime = runtime
        self._slots = threading.BoundedSemaphore(at_once)
        self.staging = runtime.settings.index_folder / STAGING
        self.staging.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, unit: Unit) -> Seen:
        """Probe and describe a unit; what cannot be read comes back as a value with its reason.

        Raises
        ------
        StorageTimeout
            The storage hangs: nothing can be said about this unit.
        """
        before = self.stamp(unit.path)
        staged = self.staging / f"{new_id()}{INDEX_SUFFIX}"
        try:
            with self._slots:
                facts = self._describe(unit, str(staged))
        except StorageTimeout:
            raise
        except SlideUnreadable as error:
            return self._unreadable(unit, before, error)
        found = _seen(unit, before, facts, staged)
        if len(found.files) > 1 or found.folder != str(Path(unit.path).parent):
            found = replace(found, stamp=self.stamp(unit.path, found.paths))
        elif self.stamp(unit.path) != before:
            staged.unlink(missing_ok=True)
            return replace(found, state=SlideState.ARRIVING, description=None, staged=None)
        return found

    def stamp(self, path: str, files: Sequence[str] = ()) -> str:
        """Return sizes and times of a unit's files as one short text; empty when it is gone.

        Raises
        ------
        StorageTimeout
        """
        return str(self._runtime.mounts.of(path).run_blocking(_stamp, path, tuple(files)))

    def _describe(self, unit: Unit, staged: str) -> dict[str, Any]:
        while True:
            try:
                return self._runtime.pool.run_blocking(work.describe, unit.path, staged)
            except Busy:
                time.sleep(_BUSY_PAUSE_S)

    def _unreadable(self, unit: Unit, stamp: str, error: CoverslipError) -> Seen:
        path = Path(unit.path)
        return Seen(
            unit=unit,
            stamp=stamp,
            state=SlideState.UNREADABLE,
            reason=Reason(code=error.code, message=error.message),
            folder=str(path.parent),
            files=(path.name,),
            size_bytes=unit.size,
        )


def keep_index(staged: Path, index_folder: Path, slide_id: str, version: str) -> str:
    """Give a staged index its place and return its name relative to the index folder; durable."""
    name = f"{slide_id[-2:]}/{slide_id}-{version}{INDEX_SUFFIX}"
    target = index_folder / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return name


def sweep_indexes(index_folder: Path, used: Callable[[Sequence[str]], set[str]], older_than: float) -> int:
    """Delete indexes that no slide uses (a crash or a new version left them) and return how many.

    Parameters
    ----------
    used : callable
        Of some names relative to the folder, returns those that are in use.
    older_than : float
        Seconds since 1970; younger files may belong to a registration under way.
    """
    deleted = 0
    for shard in index_folder.iterdir() if index_folder.is_dir() else ():
        if not shard.is_dir():
            continue
        old = [path for path in shard.iterdir() if path.stat().st_mtime < older_than]
        names = {f"{shard.name}/{path.stem.split('.')[0]}{INDEX_SUFFIX}" for path in old}
        kept = used(sorted(names)) if shard.name != STAGING else set()
        for path in old:
            if f"{shard.name}/{path.stem.split('.')[0]}{INDEX_SUFFIX}" not in kept:
                path.unlink(missing_ok=True)
                deleted += 1
    return deleted


def _seen(unit: Unit, stamp: str, facts: dict[str, Any], staged: Path) -> Seen:
    description = Description(
        format=facts["format"],
        vendor=facts["vendor"],
        scanner=facts["scanner"],
        scanned_at=_moment(facts["scanned_at"]),
        width=facts["width"],
        height=facts["height"],
        mpp_x=facts["mpp_x"],
        mpp_y=facts["mpp_y"],
        objective=facts["objective"],
        channel_count=facts["channel_count"],
        fingerprint=facts["fingerprint"],
        version=facts["version"],
        needs_coarse=facts["needs_coarse"],
        metadata=dict(load_index(staged).info.metadata),
    )
    return Seen(
        unit=unit,
        stamp=stamp,
        state=SlideState.READY,
        reason=None,
        folder=facts["folder"],
        files=tuple(facts["files"]),
        size_bytes=facts["size_bytes"],
        description=description,
        staged=staged,
    )


def _moment(text: str | None) -> datetime | None:
    """Return a scan date; scanners write local time without saying where, so it is taken as it stands."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _stamp(path: str, files: tuple[str, ...]) -> str:
    """Stat a unit's files; runs in a thread of the mount."""
    try:
        if files:
            return stamp_of([_size_and_time(one) for one in files[:_MOST_STAMPED]])
        status = Path(path).stat()
        if not stat.S_ISDIR(status.st_mode):
            return stamp_of([(status.st_size, status.st_mtime_ns)])
        inside = [(entry.size, entry.mtime_ns) for entry in list_folder(path)[:_MOST_STAMPED]]
        return stamp_of([(0, status.st_mtime_ns), *inside])
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _size_and_time(path: str) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_size, status.st_mtime_ns
