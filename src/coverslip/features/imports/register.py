"""The last step: what was seen becomes slides, in one transaction a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.imports import metadata, rules, store, store_arrivals
from coverslip.features.imports.arrivals import DONE, FAILED, WAITING, FromFolder, Target, log_folder
from coverslip.features.imports.pipeline import Seen, keep_index
from coverslip.features.imports.walk import path_hash
from coverslip.features.slides import Reason, SlideEntry, SlideState
from coverslip.imaging.formats.channel_names import channel_of, shared_name
from coverslip.infra.runtime import Runtime

GONE: Final = Reason(code="slide_missing", message="The slide's file is no longer where it was.")
WRITING: Final = Reason(code="slide_not_ready", message="The file is still being written; it is read once it rests.")
_MOST_CLAIMS: Final = 5000


@dataclass(frozen=True, slots=True)
class RootPlace:
    """The root that a batch belongs to."""

    root_id: str
    path: str
    project_id: str
    single: bool
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit with the record it is to become: an old one, or a new one where ``slide_id`` is fresh."""

    seen: Seen
    slide_id: str
    index_name: str | None


def place(runtime: Runtime, root: RootPlace, batch: Sequence[Seen]) -> list[Placed]:
    """Decide which record each unit becomes and put its index where it stays. Reads, writes files, no rows.

    A unit at a known path is its slide. At a new path it is a moved slide if one with the same
    fingerprint is no longer where it was, else a new slide.
    """
    hashes = [path_hash(seen.unit.path) for seen in batch]
    with runtime.db.read() as session:
        known = {key: row.slide_id for key, row in store.sources_at(session, root.root_id, hashes).items()}
    taken: set[str] = set(known.values())
    placed = []
    for seen, key in zip(batch, hashes, strict=True):
        slide_id = known.get(key) or _moved(runtime, seen, taken) or new_id()
        taken.add(slide_id)
        index_name = None
        if seen.description is not None and seen.staged is not None:
            index_name = keep_index(seen.staged, runtime.settings.index_folder, slide_id, seen.description.version)
        placed.append(Placed(seen, slide_id, index_name))
    return placed


def register(session: Session, root: RootPlace, batch: Sequence[Placed], now: datetime) -> None:
    """Write a batch: records with scopes, words, audit and jobs, their sources and claims."""
    for placed in batch:
        register_one(session, root, placed, now, _project_for(session, root, str(Path(placed.seen.unit.path).parent)))


def register_found(session: Session, root: RootPlace, batch: Sequence[Placed], now: datetime) -> None:
    """Write what a look at a served folder found: the batch, what rules and people want of it, and the log."""
    if root.managed:
        register(session, root, batch, now)  # uploads have a log and wishes of their own
        return
    keys = {placed.slide_id: f"{root.root_id}:{path_hash(placed.seen.unit.path)}" for placed in batch}
    expected = store_arrivals.arrivals_of_sources(session, list(keys.values()))
    by_folder = rules.all_rules(session)
    log = []
    for placed in batch:
        seen = placed.seen
        arrival = expected.get(keys[placed.slide_id])
        rule = rules.rule_for(by_folder, seen.unit.path)
        project_id = None if rule is None else rule.project_id
        if arrival is not None and arrival.project_named:
            project_id = arrival.project_id
        project_id = project_id or _project_for(session, root, str(Path(seen.unit.path).parent))
        duplicate_of = _duplicate_of(session, placed)
        register_one(session, root, placed, now, project_id)
        reason = None
        if seen.state is SlideState.READY:
            wanted = Target() if arrival is None else Target(None, arrival.case_name, arrival.fields)
            pattern, stain = (None, None) if rule is None else (rule.pattern, rule.stain)
            reason = metadata.from_folder(session, placed.slide_id, project_id, seen, wanted, pattern, stain)
        log.append(_logged(keys[placed.slide_id], placed, project_id, duplicate_of, seen.reason or reason))
    log_folder(session, log)


def _duplicate_of(session: Session, placed: Placed) -> str | None:
    """Return a slide of the same fingerprint: in a served folder nothing can be refused, but it can be said."""
    if placed.seen.description is None:
        return None
    alike = slides.slides_like(session, placed.seen.description.fingerprint)
    return next((one.slide_id for one in alike if one.slide_id != placed.slide_id and one.state == "ready"), None)


def _logged(key: str, placed: Placed, project_id: str, duplicate_of: str | None, reason: Reason | None) -> FromFolder:
    seen = placed.seen
    state = {SlideState.READY: DONE, SlideState.UNREADABLE: FAILED}.get(seen.state, WAITING)
    return FromFolder(
        source_key=key,
        name=printable(Path(seen.unit.path).name),
        project_id=project_id,
        file_count=len(seen.files),
        size_bytes=seen.size_bytes,
        state=state,
        slide_id=placed.slide_id,
        duplicate_of=duplicate_of,
        reason=reason,
    )


def register_one(session: Session, root: RootPlace, placed: Placed, now: datetime, project_id: str) -> None:
    """Write one slide with everything that belongs to it."""
    seen = placed.seen
    path = Path(seen.unit.path)
    entry = SlideEntry(
        slide_id=placed.slide_id,
        project_id=project_id,
        name=_name(seen, path),
        file_name=path.name,
        folder=seen.folder,
        files=seen.files,
        size_bytes=seen.size_bytes,
        state=seen.state,
        reason=seen.reason,
        description=seen.description,
        index_name=placed.index_name,
    )
    slides.put_slide(session, entry)
    key = path_hash(seen.unit.path)
    paths = seen.paths
    multiple = len(paths) > 1 or paths[0] != seen.unit.path
    store.put_source(
        session,
        placed.slide_id,
        root_id=root.root_id,
        path=slides_path(seen.unit.path),
        path_hash=key,
        stamp=seen.stamp,
        stamp_since=now,
        outcome=seen.state.value,
        multiple=multiple,
    )
    claimed = [path_hash(one) for one in paths[:_MOST_CLAIMS]] if multiple and not seen.unit.is_dir else []
    store.replace_claims(session, root.root_id, placed.slide_id, claimed)


def _name(seen: Seen, path: Path) -> str:
    """Return what the slide is called: files of a DICOM series are numbered, their folder has the name.

    A slide of one file a channel is called what these have in common.
    """
    if seen.unit.is_dir:
        return path.name
    if seen.description is not None and seen.description.format == "dicom" and len(seen.files) > 1:
        return path.parent.name
    if len(seen.files) > 1 and channel_of(path.name) is not None:
        return shared_name(path.name) or path.parent.name
    return path.stem


def printable(name: str) -> str:
    """Return a file name as text to show and store."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def slides_path(path: str) -> bytes:
    """Return a path as it is stored."""
    return path.encode("utf-8", "surrogateescape")


def mark_missing(session: Session, slide_ids: Sequence[str]) -> None:
    """Say of some slides that their file is gone."""
    slides.set_state(session, slide_ids, SlideState.MISSING, GONE)
    store.set_outcomes(session, slide_ids, SlideState.MISSING.value)


def set_offline(session: Session, root_id: str, since: datetime | None) -> None:
    """Mark a whole root as unreachable, or as back; no slide changes state.

    A project that several roots share is offline only when all of them are.
    """
    store.change_root(session, root_id, offline_since=since)
    session.expire_all()
    root = store.root_by_id(session, root_id)
    if root is None:
        return
    sharing = store.roots_of_project(session, root.project_id)
    every = all(one.offline_since is not None for one in sharing)
    first = min((one.offline_since for one in sharing if one.offline_since is not None), default=None)
    slides.mark_offline(session, root.project_id, first if every else None)


def _moved(runtime: Runtime, seen: Seen, taken: set[str]) -> str | None:
    """Return the slide that this unit was before it moved, None when it is a new one."""
    if seen.description is None:
        return None
    with runtime.db.read() as session:
        alike = [one.slide_id for one in slides.slides_like(session, seen.description.fingerprint)]
        sources = store.sources_of(session, [one for one in alike if one not in taken])
        roots = {root.root_id: store.path_text(root) for root in store.roots(session) if root.offline_since is None}
        before = [(row.no, row.slide_id, store.path_text(row), row.root_id) for row in sources.values()]
    for _, slide_id, path, root_id in sorted(before):
        if root_id in roots and runtime.mounts.of(path).run_blocking(_is_gone, path, roots[root_id]):
            return slide_id
    return None


def is_mounted(root: str) -> bool:
    """Whether a root still shows that it is there: the folder (or that of a single file) holds something."""
    path = Path(root)
    try:
        return any(True for _ in (path if path.is_dir() else path.parent).iterdir())
    except OSError:
        return False


def _is_gone(path: str, root: str) -> bool:
    """Whether nothing is at a path although its root is there; an error that says less means no."""
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return is_mounted(root)
    except OSError:
        return False
    return False


def _project_for(session: Session, root: RootPlace, folder: str) -> str:
    """Return the project of a folder, making it and those above it when they are new."""
    if root.single or folder == root.path or not folder.startswith(root.path.rstrip("/") + "/"):
        return root.project_id
    key = path_hash(folder)
    known = store.folder_project(session, root.root_id, key)
    if known is None:
        parent = _project_for(session, root, str(Path(folder).parent))
        known = slides.create_project(session, Path(folder).name, parent)
        store.add_folder(session, root.root_id, key, known)
    return known
