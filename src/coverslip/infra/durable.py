"""Bytes that stay: folders synced after a change of names, files synced after a change of bytes."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coverslip.core.errors import DiskFull

CHUNK: Final = 4 * 2**20


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a private folder and those above it, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_tree(folder: Path) -> None:
    """Make the names in a folder and below durable; its files are synced by whoever wrote them."""
    for path, _, _ in os.walk(folder, topdown=False):
        sync_folder(Path(path))


def clear(path: Path) -> None:
    """Delete a file or a folder with all that is in it; harmless when it is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def place_file(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows no second names; the source stays."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EOPNOTSUPP):
            raise
        with source.open("rb") as reading, target.open("xb") as writing:
            shutil.copyfileobj(reading, writing, CHUNK)
            writing.flush()
            os.fsync(writing.fileno())


def sha256_of(path: Path, should_stop: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 (hex) of a file; ``should_stop`` is called between pieces and raises to stop."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            should_stop()
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Say of a disk without room what it means."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
