"""``coverslip import``: register paths now, from a command that may run beside a server."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coverslip.features import slides
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.imports import metadata, service, store
from coverslip.features.imports.arrivals import Target
from coverslip.features.imports.copying import STORE, Copied, copy_slides
from coverslip.features.imports.pipeline import Reader
from coverslip.features.imports.scan import LeaseLost, Scan
from coverslip.features.imports.schemas import RootOut
from coverslip.features.imports.walk import NotSlides, Unit, is_slide_folder, unit_at, walk
from coverslip.features.imports.watch import worker_name
from coverslip.infra.runtime import Runtime

_LOOK_S: Final = 0.5
_LOOKS: Final = 4
_AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What a dry run says about one candidate: a format, or the reason why it is no slide."""

    path: str
    format: str | None
    reason: str | None


def try_paths(runtime: Runtime, paths: Sequence[Path]) -> Iterator[Found]:
    """Read every candidate under some paths and say what it is; registers nothing."""
    reader = Reader(runtime, 1)
    for path in paths:
        claimed: set[str] = set()
        for unit in units_under(runtime, path):
            if unit.path in claimed:
                continue
            seen = reader.read(unit)
            if seen.staged is not None:
                seen.staged.unlink(missing_ok=True)
            claimed.update(seen.paths if len(seen.files) > 1 else ())
            described = seen.description
            reason = None if seen.reason is None else f"{seen.reason.message} [{seen.reason.code}]"
            yield Found(service.printable(Path(unit.path)), None if described is None else described.format, reason)


def import_paths(
    runtime: Runtime,
    paths: Sequence[Path],
    *,
    project: str | None = None,
    case: str | None = None,
    copy: bool = False,
    by: Viewer = SYSTEM,
    tell: Callable[[RootOut], None] = lambda _: None,
) -> list[RootOut]:
    """Register paths and return how each root stands; ``tell`` is called about twice a second.

    In place, or (``copy``) as copies inside the data folder. Where a running server has begun on the
    same folder, this only watches it. Waits for files that are still being written, for a while.

    Parameters
    ----------
    case : str or None
        The case that every slide at and below the paths belongs to.

    Raises
    ------
    Conflict, DiskFull
        Only of a copy.
    InvalidRequest
        The case has no name that can be kept, or the project's schema wants otherwise.
    """
    if copy:
        paths = list(dict.fromkeys(_copied(runtime, path).folder for path in paths))
    kinds = {path: path.is_file() for path in paths}
    with runtime.db.transaction() as session:
        roots = [
            service.add_root(session, path, project=project, single=single, by=by) for path, single in kinds.items()
        ]
    reader, worker = Reader(runtime, 2), worker_name()
    finished = []
    for root_id in dict.fromkeys(roots):
        _scan_until_settled(runtime, reader, root_id, worker, tell)
        if case is not None:
            _put_in_case(runtime, root_id, [str(path) for path in paths], case, by)
        finished.append(_root(runtime, root_id))
        tell(finished[-1])
    return finished


def _put_in_case(runtime: Runtime, root_id: str, paths: Sequence[str], case: str, by: Viewer) -> None:
    """Give every slide at or below some paths its case, in the project that it lies in."""
    last_no = 0
    while True:
        with runtime.db.transaction() as session:
            rows = store.present_after(session, root_id, last_no, _AT_A_TIME)
            found = [(row.no, row.slide_id, Path(store.path_text(row))) for row in rows]
            for _, slide_id, file in found:
                if any(file.is_relative_to(path) for path in paths):
                    project_id = slides.project_of(session, slide_id)
                    metadata.set_wanted(session, slide_id, project_id, Target(None, case), by=by)
        if not found:
            return
        last_no = found[-1][0]


def _copied(runtime: Runtime, path: Path) -> Copied:
    source = path if path.is_dir() and not is_slide_folder(str(path)) else path.parent
    store = runtime.settings.data.absolute() / STORE
    return copy_slides(Reader(runtime, 1), units_under(runtime, path), source, store)


def _scan_until_settled(
    runtime: Runtime, reader: Reader, root_id: str, worker: str, tell: Callable[[RootOut], None]
) -> None:
    for _ in range(_LOOKS):
        before = _root(runtime, root_id).last_scan_at
        try:
            progress = Scan(runtime, reader, root_id, worker).run()
        except LeaseLost:
            _follow(runtime, root_id, before, tell)
            return
        tell(_root(runtime, root_id))
        if not progress.arriving:
            return
        time.sleep(runtime.settings.settle_s + _LOOK_S)


def units_under(runtime: Runtime, path: Path) -> Iterator[Unit]:
    """Yield everything at or under a path that may be a slide."""
    call = runtime.mounts.of(path).run_blocking
    text = str(path)
    if not path.is_dir() or is_slide_folder(text):
        yield unit_at(text)
        return
    for folder in walk(text, call, not_slides=NotSlides()):
        yield from folder.units


def _follow(runtime: Runtime, root_id: str, before: object, tell: Callable[[RootOut], None]) -> None:
    while True:
        root = _root(runtime, root_id)
        tell(root)
        if not root.scanning and root.last_scan_at != before:
            return
        time.sleep(_LOOK_S)


def _root(runtime: Runtime, root_id: str) -> RootOut:
    with runtime.db.read() as session:
        return service.get_root(session, root_id)
