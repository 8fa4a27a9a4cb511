"""The unfinished file of an upload: where it lies, how long it is, and bytes added to its end."""

import base64
import binascii
import errno
import fcntl
import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from coverslip.core.arrival_errors import ChecksumMismatch, UploadLocked, UploadMoved, UploadTooLarge
from coverslip.core.errors import DiskFull, InvalidRequest, NotFound
from coverslip.features.imports.models import Upload
from coverslip.infra.runtime import Runtime

PART: Final = ".part"
FOLDER: Final = "uploads"
ALGORITHMS: Final[dict[str, Callable[[], Any]]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "md5": lambda: hashlib.md5(usedforsecurity=False),
}
MOST_CHECKED_BYTES: Final = 64 * 2**20
"""A piece with a checksum waits in memory until it has proved right, so it may not be larger."""


def uploads_folder(runtime: Runtime) -> Path:
    """Return the folder of all unfinished files."""
    return runtime.settings.data / FOLDER


def part_path(runtime: Runtime, row: Upload) -> Path:
    """Return where the bytes of an upload lie until its arrival is registered."""
    return uploads_folder(runtime) / row.arrival_id / f"{row.upload_id}{PART}"


def received(path: Path) -> int:
    """Return how many bytes of an upload are here."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class Checksum:
    """What a piece must hash to (the tus checksum extension)."""

    def __init__(self, header: str) -> None:
        name, _, encoded = header.strip().partition(" ")
        make = ALGORITHMS.get(name.lower())
        try:
            self._wanted = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            make = None
        if make is None or len(self._wanted) != make().digest_size:
            raise InvalidRequest(f"Upload-Checksum must be one of {', '.join(ALGORITHMS)}, a space, and Base64.")
        self._digest = make()

    def add(self, data: bytes) -> None:
        """Hash more."""
        self._digest.update(data)

    def check(self) -> None:
        """Refuse a piece that differs.

        Raises
        ------
        ChecksumMismatch
        """
        if not hmac.compare_digest(self._digest.digest(), self._wanted):
            raise ChecksumMismatch


class Appending:
    """Adds one request's bytes to an upload, alone: a second request at the same time is refused.

    Parameters
    ----------
    path : pathlib.Path
    offset : int
        Where the client believes that the upload ends.
    size_bytes : int
        How long it will be.
    checksum : Checksum or None
        With one, the bytes count only when all of them have proved right.
    """

    def __init__(self, path: Path, offset: int, size_bytes: int, checksum: Checksum | None = None) -> None:
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotFound from error
        self._size, self._checksum, self._kept = size_bytes, checksum, bytearray()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.offset = self._safe = os.lseek(self._file, 0, os.SEEK_END)
            if self.offset != offset:
                raise UploadMoved
        except BlockingIOError as error:
            os.close(self._file)
            raise UploadLocked from error
        except UploadMoved:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, data: bytes) -> None:
        """Take more bytes; without a checksum they count at once.

        Raises
        ------
        UploadTooLarge
        DiskFull
            What was written before stays and counts.
        """
        if self.offset + len(self._kept) + len(data) > self._size:
            raise UploadTooLarge
        if self._checksum is None:
            self._write(data)
            return
        if len(self._kept) + len(data) > MOST_CHECKED_BYTES:
            raise UploadTooLarge("A piece with a checksum may have 64 MiB at most; send smaller pieces.")
        self._checksum.add(data)
        self._kept += data

    def finish(self) -> int:
        """Make everything durable and return the new offset.

        Raises
        ------
        ChecksumMismatch
            Nothing of the piece was kept.
        DiskFull
        """
        if self._checksum is not None:
            self._checksum.check()
            self._write(bytes(self._kept))
            self._kept.clear()
        self.sync()
        return self.offset

    def sync(self) -> None:
        """Make what was written durable; what cannot be is taken back, so that it never counts."""
        try:
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._safe)
            self.offset = self._safe
            raise _plain(error) from error
        self._safe = self.offset

    def close(self) -> None:
        """Give up the file and its lock."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                written = os.write(self._file, view)
            except OSError as error:
                raise _plain(error) from error
            self.offset += written
            view = view[written:]


def _plain(error: OSError) -> Exception:
    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
