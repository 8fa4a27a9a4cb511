"""Served folders: adding, listing, asking for a look."""

import os
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, FolderMissing, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import slides
from coverslip.features.identity import SYSTEM, Viewer
from coverslip.features.imports import store
from coverslip.features.imports.models import Root
from coverslip.features.imports.schemas import RootList, RootOut
from coverslip.features.imports.walk import path_hash
from coverslip.features.slides import SlideState
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.db import hint

SAMPLE_PROJECT: Final = "Sample"
SAMPLE_FILE: Final = "CMU-1-Small-Region.svs"
WAKE: Final = "imports.wanted"


def sample_path() -> Path | None:
    """Return the packaged sample slide, None where the package came without it."""
    path = Path(str(files("coverslip"))) / "samples" / SAMPLE_FILE
    return path if path.is_file() else None


def add_root(
    session: Session, path: Path, *, project: str | None = None, single: bool = False, by: Viewer = SYSTEM
) -> str:
    """Serve a folder (or one file) in place and return its root's id; the next look registers its slides.

    A folder that is served already, or lies inside one that is, is that root: it is looked at again.

    Parameters
    ----------
    path : pathlib.Path
        Need not exist: an unmounted disk is offline, not an error.
    project : str or None
        Top project for its slides; the folder's name when None.
    single : bool
        Whether it is a file. Asked of the caller, because storage may hang and this runs in a transaction.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links out of what was asked for
    known = store.root_by_hash(session, path_hash(str(absolute))) or _covering(session, absolute)
    if known is not None:
        request_scan(session, known.root_id)
        return known.root_id
    row = Root(
        root_id=new_id(),
        path=os.fsencode(absolute),
        path_hash=path_hash(str(absolute)),
        project_id=_project(session, absolute, project, by, single=single),
        created_at=utc_now(),
        scan_wanted_at=utc_now(),
        found=0,
        done=0,
        ignored=0,
    )
    session.add(row)
    session.flush()
    record(session, AuditEvent("root.added", by.person_id, by.viewer_id, "root", row.root_id))
    hint(session, WAKE)
    return row.root_id


def add_sample(session: Session, *, by: Viewer = SYSTEM) -> str:
    """Register the packaged sample slide as the project "Sample".

    Raises
    ------
    NotFound
        This installation came without it.
    """
    path = sample_path()
    if path is None:
        raise NotFound("This installation came without the sample slide.")
    return add_root(session, path, project=SAMPLE_PROJECT, single=True, by=by)


def checked_folder(path: str | os.PathLike[str]) -> Path:
    """Return a folder (or one slide) of the command line as it is kept; touches storage.

    Raises
    ------
    FolderMissing
        It is not there.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links out of what was asked for
    if not absolute.exists():
        raise FolderMissing(f"There is no folder {printable(absolute)}.")
    return absolute


def printable(path: Path) -> str:
    """Return a path as text to show."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def check_root_path(path: str, is_folder: Callable[[Path], bool]) -> None:
    """Refuse what is no folder that Coverslip can see; ``is_folder`` asks the storage.

    Raises
    ------
    InvalidRequest
    StorageTimeout
    """
    wrong = None
    if "\0" in path or not Path(path).is_absolute():
        wrong = "must be the absolute path of a folder on the server"
    elif not is_folder(Path(path)):
        wrong = "is not a folder that Coverslip can see"
    if wrong is not None:
        raise InvalidRequest(f"The path {wrong}.", [FieldProblem("/path", wrong)])


def request_scan(session: Session, root_id: str, *, by: Viewer = SYSTEM) -> None:
    """Ask for a look at a root now.

    Raises
    ------
    NotFound
    """
    if store.root_by_id(session, root_id) is None:
        raise NotFound
    store.change_root(session, root_id, scan_wanted_at=utc_now())
    record(session, AuditEvent("root.scan_asked", by.person_id, by.viewer_id, "root", root_id))
    hint(session, WAKE)


def list_roots(session: Session) -> RootList:
    """Return every served folder and how far its registration is."""
    now = utc_now()
    return RootList(items=[_root_out(session, row, now) for row in store.roots(session) if not row.managed])


def get_root(session: Session, root_id: str) -> RootOut:
    """Return one served folder.

    Raises
    ------
    NotFound
    """
    row = store.root_by_id(session, root_id)
    if row is None:
        raise NotFound
    return _root_out(session, row, utc_now())


def _covering(session: Session, path: Path) -> Root | None:
    for row in store.roots(session):
        if path.is_relative_to(store.path_text(row)):
            return row
    return None


def _project(session: Session, path: Path, project: str | None, by: Viewer, *, single: bool) -> str:
    if project is None:
        name = (path.parent.name if single else path.name) or "/"
        return slides.create_project(session, name, by=by)
    top = slides.top_project(session, project, by=by)
    # Single files share the project; a folder gets one of its own inside, so that it can go offline alone.
    return top if single else slides.create_project(session, path.name or "/", top, by=by)


def _root_out(session: Session, row: Root, now: datetime) -> RootOut:
    counts = store.outcomes(session, row.root_id)
    running = row.leased_by is not None and row.lease_until is not None and row.lease_until > now
    scanning = running or row.scan_wanted_at is not None
    left = max(row.found - row.done, 0)
    rate = row.rate_per_s if running else None
    return RootOut(
        root_id=row.root_id,
        project_id=row.project_id,
        path=printable(Path(store.path_text(row))),
        scanning=scanning,
        offline_since=row.offline_since,
        found=row.found,
        done=row.done,
        registered=counts.get(SlideState.READY, 0),
        unreadable=counts.get(SlideState.UNREADABLE, 0),
        ignored=row.ignored,
        rate_per_s=rate,
        seconds_left=left / rate if rate else None,
        last_scan_at=row.last_scan_at,
    )
