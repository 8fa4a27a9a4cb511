"""Walking a served folder: what is there, and which of it may be slides. No database.

Every call that touches the storage goes through ``call``, which has a time limit, so that a hung
mount raises ``StorageTimeout`` here instead of stopping the scan for ever.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from coverslip.core.errors import SlideUnreadable
from coverslip.imaging.formats.channel_names import channel_groups
from coverslip.imaging.probe import candidates, peek
from coverslip.ports.format import Confidence
from coverslip.ports.registry import formats

DEEPEST: Final = 64
_LISTING_S: Final = 60.0
_REMEMBERED: Final = 200_000

_SLIDE_FOLDER_MARKS: Final = frozenset({".zattrs", ".zgroup", ".zarray", "zarr.json"})
_NEVER: Final = frozenset(
    f".{suffix}"
    for line in (
        "xml json geojson annotations csv tsv txt log ini md rtf pdf doc docx xls xlsx xlsm ppt pptx html htm url lnk",
        "zip gz tar 7z db sqlite md5 sha1 sha256 part partial tmp crdownload py sh bat exe dll eml msg mp4 avi mov",
    )
    for suffix in line.split()
)
# Slides of several files: read first, so that the files they claim are known before those are looked at.
_CLAIMING: Final = (
    ".mrxs",
    ".vsi",
    ".vms",
    ".vmu",
    ".dcm",
    ".ome.tif",
    ".ome.tiff",
    ".ome.tf2",
    ".scn",
    ".xlef",
    ".mvd2",
    ".nhdr",
)


class Call(Protocol):
    """Runs a function in a thread of the storage's mount and gives up after a while."""

    def __call__(self, function: Callable[..., Any], *args: Any, limit_s: float | None = None) -> Any:
        """Return ``function(*args)`` or raise ``StorageTimeout``."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder, links followed."""

    name: str
    mode: int
    size: int
    mtime_ns: int
    device: int
    inode: int
    link: bool

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


@dataclass(frozen=True, slots=True)
class Unit:
    """A file or folder that may be one slide.

    ``youngest_ns`` is the latest modification time of the files that may be its other channels.
    """

    path: str
    is_dir: bool
    size: int
    mtime_ns: int
    claiming: bool
    youngest_ns: int = 0


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the walk: what may be slides in it, and how many files are none."""

    path: str
    units: tuple[Unit, ...]
    ignored: int


@dataclass(slots=True)
class NotSlides:
    """Remembers files without a telling name that were looked into and are no slides."""

    seen: set[int] = field(default_factory=set)

    def key(self, path: str, entry: Entry) -> int:
        """Return a short key of a file as it is now."""
        return hash((path, entry.size, entry.mtime_ns))

    def add(self, key: int) -> None:
        """Remember one; forgets all when there are too many."""
        if len(self.seen) >= _REMEMBERED:
            self.seen.clear()
        self.seen.add(key)


def path_hash(path: str) -> str:
    """Return the key of a path, whatever its length and bytes."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:40]


def stamp_of(status: Sequence[tuple[int, int]]) -> str:
    """Return what changes when a size or modification time does."""
    if len(status) == 1:
        return f"{status[0][0]}:{status[0][1]}"
    text = ";".join(f"{size}:{mtime_ns}" for size, mtime_ns in status)
    return f"{len(status)}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def list_folder(path: str) -> list[Entry]:
    """Return what lies in a folder, by name; what cannot be looked at is left out."""
    found = []
    with os.scandir(path) as entries:
        for entry in entries:
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue  # a dangling link, or gone meanwhile
            except OSError:
                continue
            found.append(
                Entry(
                    entry.name,
                    status.st_mode,
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_dev,
                    status.st_ino,
                    entry.is_symlink(),
                )
            )
    return sorted(found, key=lambda entry: entry.name)


def walk(
    root: str, call: Call, *, skip: frozenset[str] = frozenset(), not_slides: NotSlides | None = None
) -> Iterator[Folder]:
    """Yield every folder at and below a root, links to folders last, each real folder once.

    Parameters
    ----------
    call : Call
        Runs what touches the storage, with a limit.
    skip : frozenset of str
        Folders that are served on their own.
    not_slides : NotSlides or None
        None counts by name only and looks into no file: quick, and enough for a first total.

    Raises
    ------
    StorageTimeout
    OSError
        The root itself cannot be listed.
    """
    suffixes = slide_suffixes()
    visited: set[tuple[int, int]] = set()
    real: list[tuple[str, int]] = [(root, 0)]
    linked: list[tuple[str, int]] = []
    while real or linked:
        path, depth = real.pop() if real else linked.pop()
        try:
            status = call(os.stat, path)
            entries: list[Entry] = call(list_folder, path, limit_s=_LISTING_S)
        except OSError:
            if path == root:
                raise
            continue
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        below, folder = _sort_out(path, entries, suffixes, call, not_slides)
        yield folder
        if depth < DEEPEST:
            for entry in reversed(below):
                inner = str(Path(path, entry.name))
                if inner not in skip:
                    (linked if entry.link else real).append((inner, depth + 1))


def unit_at(path: str) -> Unit:
    """Return a single file or slide folder as a unit.

    Raises
    ------
    OSError
    """
    status = Path(path).stat()
    is_dir = stat.S_ISDIR(status.st_mode)
    return Unit(path, is_dir, 0 if is_dir else status.st_size, status.st_mtime_ns, _claims(path))


def is_slide_folder(path: str) -> bool:
    """Whether a folder is one slide (Zarr) rather than a folder of slides."""
    return any(Path(path, mark).exists() for mark in _SLIDE_FOLDER_MARKS)


def slide_suffixes() -> tuple[str, ...]:
    """Return the file name endings that some format claims."""
    return tuple(sorted({suffix for plugin in formats().formats for suffix in plugin.suffixes}))


def _sort_out(
    path: str, entries: list[Entry], suffixes: tuple[str, ...], call: Call, not_slides: NotSlides | None
) -> tuple[list[Entry], Folder]:
    companions = _companions(entries)
    channels = _channels(entries)
    below: list[Entry] = []
    units: list[Unit] = []
    ignored = 0
    for entry in entries:
        inner = str(Path(path, entry.name))
        if entry.name.startswith("."):
            ignored += not entry.is_dir
        elif entry.is_dir:
            if entry.name in companions:
                continue
            if call(is_slide_folder, inner):
                units.append(Unit(inner, True, 0, entry.mtime_ns, False))
            else:
                below.append(entry)
        elif _may_be_slide(inner, entry, suffixes, call, not_slides):
            claiming = _claims(entry.name) or entry.name in channels
            youngest_ns = channels.get(entry.name, 0)
            units.append(Unit(inner, False, entry.size, entry.mtime_ns, claiming, youngest_ns))
        else:
            ignored += 1
    units.sort(key=lambda unit: (not unit.claiming, unit.path))
    return below, Folder(path, tuple(units), ignored)


def _companions(entries: Sequence[Entry]) -> set[str]:
    """Return the folders that belong to a slide file beside them: ``x.mrxs`` has ``x``, ``x.vsi`` has ``_x_`` ..."""
    found = set()
    for entry in entries:
        name = Path(entry.name)
        if name.suffix.lower() == ".mrxs":
            found.add(name.stem)
        elif name.suffix.lower() == ".vsi":
            found.add(f"_{name.stem}_")
        elif name.suffix.lower() == ".oif":
            found.add(f"{entry.name}.files")
    return found


def _channels(entries: Sequence[Entry]) -> dict[str, int]:
    """Return the files that may be one channel each of a slide, with the modification time of the youngest of them."""
    times = {entry.name: entry.mtime_ns for entry in entries if not entry.is_dir}
    found = {}
    for group in channel_groups(times):
        found.update(dict.fromkeys(group, max(times[name] for name in group)))
    return found


def _claims(name: str) -> bool:
    return name.lower().endswith(_CLAIMING) or not Path(name).suffix


def _may_be_slide(path: str, entry: Entry, suffixes: tuple[str, ...], call: Call, not_slides: NotSlides | None) -> bool:
    lower = entry.name.lower()
    if lower.endswith(suffixes):
        return True
    if not_slides is None or not stat.S_ISREG(entry.mode) or entry.size == 0:
        return False
    if Path(lower).suffix in _NEVER:
        return False
    key = not_slides.key(path, entry)
    if key in not_slides.seen:
        return False
    if call(_looks_like_slide, path):
        return True
    not_slides.add(key)
    return False


def _looks_like_slide(path: str) -> bool:
    """Look at the head of a file whose name says nothing (DICOM files often have no ending)."""
    try:
        found = candidates(peek(Path(path)))
    except SlideUnreadable:
        return False
    return bool(found) and found[0].confidence >= Confidence.GOOD
