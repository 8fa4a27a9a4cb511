"""Zip and tar files unpacked without trust: names checked, links and devices refused, bombs stopped.

Everything is looked at before the first byte is written. What is refused is refused whole: nothing
of an archive is kept when one of its entries is not as it should be.
"""

import gzip
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from coverslip.core.arrival_errors import ArchiveRefused
from coverslip.core.errors import DiskFull
from coverslip.features.imports.names import check_together, checked_name

SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz")
MOST_FILES: Final = 20_000
MOST_RATIO: Final = 200
"""Real slides are compressed already; even empty glass packs no better than this."""
_RATIO_FROM: Final = 64 * 2**20
_CHUNK: Final = 2**20
_SPARE_BYTES: Final = 64 * 2**20
_BROKEN: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
)

_NESTED: Final = "The archive holds another archive; unpack that one first."
_LINK: Final = "The archive holds a link, and links are not unpacked."
_DEVICE: Final = "The archive holds something that is neither a file nor a folder."
_MANY: Final = f"The archive holds more than {MOST_FILES:,} files."
_BOMB: Final = "The archive would unpack to far more bytes than a packed slide has."
_LIES: Final = "The archive holds more bytes than it says."
_SECRET: Final = "The archive is encrypted; unpack it first."  # noqa: S105 - a sentence
_DAMAGED: Final = "The archive is damaged or incomplete."


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    size: int
    open: Callable[[], IO[bytes]]


class _Listing:
    """What an archive says that it holds, checked while it is read: a bomb is not even listed to its end."""

    def __init__(self, packed_bytes: int) -> None:
        self._most_bytes = max(_RATIO_FROM, MOST_RATIO * packed_bytes)
        self._looked_at = 0
        self.total = 0
        self.entries: list[_Entry] = []

    def add(self, name: str, size: int, open_entry: Callable[[], IO[bytes]]) -> None:
        """Take one file, or refuse the archive."""
        self._looked_at += 1
        self.total += size
        if self._looked_at > MOST_FILES:
            raise ArchiveRefused(_MANY)
        if self.total > self._most_bytes:
            raise ArchiveRefused(_BOMB)
        checked_name(name)
        base = name.rsplit("/", 1)[-1]
        if name.startswith("__MACOSX/") or base in (".DS_Store", "Thumbs.db", "desktop.ini"):
            return
        if is_archive(base):
            raise ArchiveRefused(_NESTED)
        self.entries.append(_Entry(name, size, open_entry))


def is_archive(name: str) -> bool:
    """Whether a file is unpacked, by its name. An OME-Zarr zip is not told apart: it is unpacked as well."""
    return name.lower().endswith(SUFFIXES)


def unpack(archive: Path, folder: Path, should_stop: Callable[[], None] = lambda: None) -> list[str]:
    """Unpack an archive into an empty folder and return the names of its files; each is synced to disk.

    Parameters
    ----------
    should_stop : callable
        Called between pieces; raises to stop.

    Raises
    ------
    ArchiveRefused, NameRefused
        Nothing of it is wanted then; the caller deletes the folder.
    DiskFull
    """
    try:
        with _opened(archive) as listing:
            names = [entry.name for entry in listing.entries]
            check_together(names)
            if shutil.disk_usage(folder).free < listing.total + _SPARE_BYTES:
                raise DiskFull("The disk that holds Coverslip's data has no room for what the archive unpacks to.")
            for entry in listing.entries:
                _write(folder / entry.name, entry, should_stop)
            return names
    except _BROKEN as error:
        raise ArchiveRefused(_DAMAGED) from error


@contextmanager
def _opened(archive: Path) -> Iterator[_Listing]:
    listing = _Listing(archive.stat().st_size)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                _list_zipped(packed, info, listing)
            yield listing
        return
    with tarfile.open(archive, "r:*") as packed_tar:
        for member in packed_tar:
            _list_tarred(packed_tar, member, listing)
        yield listing


def _list_zipped(packed: zipfile.ZipFile, info: zipfile.ZipInfo, listing: _Listing) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    name = info.orig_filename  # ``filename`` ends at a NUL; what the archive itself says must be what is checked
    if info.flag_bits & 1:
        raise ArchiveRefused(_SECRET)
    if kind == stat.S_IFLNK:
        raise ArchiveRefused(_LINK)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefused(_DEVICE)
    if info.is_dir():
        checked_name(name.rstrip("/"))
    else:
        listing.add(name, info.file_size, lambda: packed.open(info))


def _list_tarred(packed: tarfile.TarFile, member: tarfile.TarInfo, listing: _Listing) -> None:
    if member.issym() or member.islnk():
        raise ArchiveRefused(_LINK)
    name = member.name.removeprefix("./")
    if member.isdir():
        if name not in ("", "."):
            checked_name(name.rstrip("/"))
        return
    if not member.isreg() or member.issparse():
        raise ArchiveRefused(_DEVICE)
    listing.add(name, member.size, lambda: cast("IO[bytes]", packed.extractfile(member)))


def _write(target: Path, entry: _Entry, should_stop: Callable[[], None]) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    left = entry.size
    with entry.open() as reading, target.open("xb") as writing:
        while chunk := reading.read(_CHUNK):
            should_stop()
            left -= len(chunk)
            if left < 0:
                raise ArchiveRefused(_LIES)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    if left:
        raise ArchiveRefused(_DAMAGED)
