"""The files of slides as the tile path needs them: open, and known to be the ones that were indexed.

``infra.mounts`` keeps descriptors open and looks at files in the threads of their mount; here each
is compared with the slide index, requests that come meanwhile wait for the same look, and what the
operating system says becomes one plain sentence.
"""

import asyncio
import errno
from dataclasses import dataclass
from typing import Final

from coverslip.core.errors import (
    CoverslipError,
    PermissionRefused,
    SlideChanged,
    SlideMissing,
    StorageOffline,
    TileUnreadable,
)
from coverslip.infra.mounts import StoredFile, StoredFiles

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_REFUSED: Final = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file as it was when the slide was indexed: size in bytes, mtime in nanoseconds."""

    path: str
    size: int
    mtime_ns: int


class SlideFiles:
    """Lives on one event loop.

    Parameters
    ----------
    opened : StoredFiles
        The process's open files.
    """

    def __init__(self, opened: StoredFiles) -> None:
        self._open = opened
        self._looks: dict[str, asyncio.Task[StoredFile]] = {}

    def at_hand(self, indexed: IndexedFile) -> StoredFile | None:
        """Return the file when it is open and was found unchanged within the last second; no I/O."""
        file = self._open.peek(indexed.path)
        if file is None or file.size != indexed.size or file.mtime_ns != indexed.mtime_ns:
            return None
        return file

    async def get(self, indexed: IndexedFile) -> StoredFile:
        """Return the open file once it is known to be the one that was indexed.

        Raises
        ------
        SlideChanged, SlideMissing, PermissionRefused
            It is not.
        StorageTimeout, StorageOffline
            Storage does not say.
        """
        file = self.at_hand(indexed)
        if file is not None:
            return file
        look = self._looks.get(indexed.path)
        if look is None:
            look = self._looks[indexed.path] = asyncio.ensure_future(self._look(indexed.path))
            look.add_done_callback(_fetch_outcome)
        file = await asyncio.shield(look)
        if file.size != indexed.size or file.mtime_ns != indexed.mtime_ns:
            raise SlideChanged
        return file

    async def read(self, file: StoredFile, offset: int, length: int) -> bytes:
        """Read what is not in the page cache, in the threads of the file's mount.

        Raises
        ------
        SlideChanged, TruncatedFile
            The file ends before: it was changed, or was never whole.
        TileUnreadable
            The disk cannot read this place.
        StorageTimeout, StorageOffline
            Storage does not answer.
        """
        try:
            return await self._open.read(file, offset, length)
        except OSError as error:
            if error.errno == errno.EIO:
                raise TileUnreadable from error
            raise _plain(error) from error
        except SlideChanged:
            self._open.forget(file.path)
            raise

    async def device(self, path: str) -> int:
        """Return the ``st_dev`` of the storage that holds a file.

        Raises
        ------
        SlideMissing, PermissionRefused, StorageTimeout, StorageOffline
        """
        return (await self._look(path)).inode[0]

    async def _look(self, path: str) -> StoredFile:
        try:
            return await self._open.get(path)
        except OSError as error:
            raise _plain(error) from error
        finally:
            self._looks.pop(path, None)


def _fetch_outcome(task: "asyncio.Task[StoredFile]") -> None:
    """Look at the outcome for callers that have gone, so that nothing is reported as forgotten."""
    if not task.cancelled():
        task.exception()


def _plain(error: OSError) -> CoverslipError:
    if error.errno in _GONE:
        return SlideMissing()
    if error.errno in _REFUSED:
        return PermissionRefused()
    return StorageOffline()
