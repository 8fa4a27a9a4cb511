"""``coverslip import --copy``: slides into the data folder, whole or not at all.

Each file is staged beside its place under a hidden name, hashed while it is written, synced, compared
with what was read, renamed, and its folder synced; companions come before the file that is opened.
A scan of that folder then registers it like any other. Nothing that was copied before is overwritten.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coverslip.core.errors import Conflict, DiskFull
from coverslip.core.ids import new_id
from coverslip.features.imports.pipeline import Reader
from coverslip.features.imports.walk import Unit
from coverslip.features.slides import Reason, SlideState

STORE: Final = "slides"
_PART: Final = ".part-"
_CHUNK: Final = 4 * 2**20
_SPARE_BYTES: Final = 64 * 2**20


@dataclass(slots=True)
class Copied:
    """What a copy did: the folder in the store, how many files came, and what was left behind with its reason."""

    folder: Path
    files: int = 0
    refused: list[tuple[str, Reason]] = field(default_factory=list)


def copy_slides(reader: Reader, units: Iterable[Unit], source: Path, store: Path) -> Copied:
    """Copy the slides among some units, with every file that belongs to them.

    Parameters
    ----------
    units : iterable of Unit
        All at or under ``source``.
    source : pathlib.Path
        The folder that positions are kept relative to.
    store : pathlib.Path
        Gets a folder of the name of ``source``.

    Raises
    ------
    Conflict
        A different file was copied to the same place before.
    DiskFull
        The store cannot take the next file.
    """
    copied = Copied(store / (source.name or "root"))
    copied.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in copied.folder.rglob(f"{_PART}*"):
        leftover.unlink(missing_ok=True)
    done: set[str] = set()
    for unit in units:
        if unit.path in done:
            continue
        seen = reader.read(unit)
        if seen.staged is not None:
            seen.staged.unlink(missing_ok=True)
        if seen.state is not SlideState.READY:
            reason = seen.reason or Reason(code="slide_changed", message="The file changed while it was read.")
            copied.refused.append((unit.path, reason))
            continue
        for path in reversed(seen.paths):
            if path not in done:
                copied.files += _copy(Path(path), copied.folder / Path(path).relative_to(source))
                done.add(path)
    return copied


def _copy(source: Path, target: Path) -> bool:
    """Copy one file; False when it is there already."""
    if target.exists():
        if _sha256(source) != _sha256(target):
            raise Conflict(f"A different file named {target.name!r} was copied before; nothing was overwritten.")
        return False
    if shutil.disk_usage(_existing(target.parent)).free < source.stat().st_size + _SPARE_BYTES:
        raise DiskFull("The data folder has no room for the next slide; what was copied so far stays.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f"{_PART}{new_id()}")
    try:
        _stage(source, part)
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
    finally:
        part.unlink(missing_ok=True)
    return True


def _stage(source: Path, part: Path) -> None:
    """Write a copy durably, with the times of its source, and make sure that it is one."""
    digest = hashlib.sha256()
    before = source.stat()
    with source.open("rb") as reading, part.open("xb") as writing:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Conflict("The file changed while it was copied; try again when it rests.")
    if _sha256(part) != digest.hexdigest():
        raise Conflict("The copy differs from what was read; the disk may be failing. Nothing was registered.")
    os.utime(part, ns=(after.st_atime_ns, after.st_mtime_ns))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
