"""The originals of several slides as one archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coverslip.core.errors import SlideChanged, SlideMissing
from coverslip.features.access import Action, check
from coverslip.features.identity import Viewer
from coverslip.features.slides import index_of, locate, readable
from coverslip.imaging.index import SlideIndex, load_index
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """A file of a slide as it was when the slide was indexed."""

    path: str
    size: int
    mtime_ns: int


def originals(runtime: Runtime, viewer: Viewer, slide_ids: Sequence[str]) -> list[tuple[str, OriginalFile]]:
    """Return every file of some slides, each with its name in the archive.

    A slide of one file lies at the top, one of several in a folder named after it; equal names are
    numbered, whatever the case of their letters.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady, StorageOffline, SlideUnreadable
        One of them cannot be had; then there is no archive at all.
    SlideMissing, SlideChanged
        A file is not the one that was registered.
    """
    with runtime.db.read() as session:
        refs = [
            locate(session, viewer, slide_id, runtime.settings.index_folder) for slide_id in dict.fromkeys(slide_ids)
        ]
    for ref in refs:
        check(viewer, Action.DOWNLOAD, ref.standing)
        readable(ref)
    taken: set[str] = set()
    found: list[tuple[str, OriginalFile]] = []
    for ref in refs:
        index = load_index(index_of(ref))
        files = _files(index)
        _check_first(runtime, files[0])
        if len(files) == 1:
            found.append((_unique(Path(files[0].path).name, taken), files[0]))
            continue
        folder = _unique(PurePosixPath(ref.name.replace("/", "_")).name or "slide", taken)
        found += [(f"{folder}/{name}", one) for name, one in zip(index.info.files, files, strict=True)]
    return found


def record_downloads(runtime: Runtime, viewer: Viewer, slide_ids: Sequence[str]) -> None:
    """Put the download of each slide on record, before a byte is sent.

    Raises
    ------
    AuditUnavailable
    """
    for slide_id in dict.fromkeys(slide_ids):
        runtime.reserve.view(
            session_id=viewer.viewer_id, slide_id=slide_id, kind=ViewKind.DOWNLOAD, principal=viewer.person_id
        )


def _files(index: SlideIndex) -> list[OriginalFile]:
    return [
        OriginalFile(str(index.file_path(number)), size, mtime_ns)
        for number, (size, mtime_ns) in enumerate(zip(index.file_sizes, index.file_mtimes_ns, strict=True))
    ]


def _check_first(runtime: Runtime, file: OriginalFile) -> None:
    try:
        status = runtime.mounts.of(file.path).run_blocking(Path(file.path).stat)
    except FileNotFoundError as error:
        raise SlideMissing from error
    if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns):
        raise SlideChanged


def _unique(name: str, taken: set[str]) -> str:
    """Return a name that no other entry has, not even where case does not count."""
    path = PurePosixPath(name)
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{path.stem} ({number}){path.suffix}"
    taken.add(candidate.casefold())
    return candidate
