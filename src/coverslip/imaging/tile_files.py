"""The files of a slide whose tiles have known places: open, checked against the index, read by position."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coverslip.core.errors import PermissionRefused, SlideChanged, SlideMissing, TruncatedFile

CHECK_EVERY_S = 1.0
"""How long a file is trusted to be the one that was indexed."""

MOST_OPEN_FILES = 128


@dataclass(frozen=True, slots=True)
class TileSpan:
    """Where one tile lies: the file (index into ``SlideInfo.files``), first byte, byte count."""

    file_no: int
    offset: int
    length: int


class OpenFiles:
    """The open files of one slide; notices when one is not the file that was indexed."""

    def __init__(self, folder: Path, files: Sequence[str], stamps: Sequence[tuple[int, int]] = ()) -> None:
        self._folder = folder
        self._files = files
        self._stamps = stamps
        self._open: dict[int, tuple[int, float]] = {}

    def read(self, place: TileSpan) -> bytes:
        """Return the bytes of one tile.

        Raises
        ------
        SlideMissing, SlideChanged, PermissionRefused, TruncatedFile
        """
        descriptor = self.descriptor(place.file_no)
        data = os.pread(descriptor, place.length, place.offset)
        if len(data) != place.length:
            raise TruncatedFile
        return data

    def read_all(self, places: Sequence[TileSpan]) -> list[bytes]:
        """Return the bytes of several tiles, which the disk fetches side by side.

        Raises
        ------
        SlideMissing, SlideChanged, PermissionRefused, TruncatedFile
        """
        for place in places[1:]:
            _fetch_soon(self.descriptor(place.file_no), place.offset, place.length)
        return [self.read(place) for place in places]

    def close(self) -> None:
        """Close all files; harmless when called twice."""
        while self._open:
            os.close(self._open.popitem()[1][0])

    def descriptor(self, file_no: int) -> int:
        """Return the open file, checked against the index at most once a second."""
        known = self._open.get(file_no)
        now = time.monotonic()
        if known is not None and now - known[1] < CHECK_EVERY_S:
            return known[0]
        path = self._folder / self._files[file_no]
        try:
            status = path.stat()
            descriptor = known[0] if known else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SlideMissing from error
        except PermissionError as error:
            raise PermissionRefused from error
        self._open[file_no] = (descriptor, now)
        if len(self._open) > MOST_OPEN_FILES:
            oldest = min(self._open, key=lambda number: self._open[number][1])
            os.close(self._open.pop(oldest)[0])
        self._check(file_no, status, descriptor)
        return descriptor

    def _check(self, file_no: int, status: os.stat_result, descriptor: int) -> None:
        held = os.fstat(descriptor)
        same_file = (held.st_dev, held.st_ino) == (status.st_dev, status.st_ino)
        stamp = (status.st_size, status.st_mtime_ns)
        if same_file and (not self._stamps or stamp == self._stamps[file_no]):
            return
        self.close()
        raise SlideChanged


def _fetch_soon(descriptor: int, offset: int, length: int) -> None:
    """Tell the system that bytes will be read in a moment, where it takes such hints."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):  # a hint that is not understood is no failed read
            os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_WILLNEED)
