"""Where the files of layers lie, and what comes and goes there. Imports no library of shapes or columns."""

import time
from typing import Final

from coverslip.core.errors import TooLarge
from coverslip.core.ids import new_id
from coverslip.features.annotations.results import store
from coverslip.infra.durable import clear, full_disk_said, make_folder
from coverslip.infra.runtime import Runtime

FOLDER: Final = "layers"
STAGED: Final = ".staged-"
LARGEST_UPLOAD: Final = 4 * 2**30
TOO_LARGE: Final = "A layer's file may have 4 GB at most."
LEFT_BEHIND_S: Final = 24 * 3600.0
SWEEP_EVERY_S: Final = 3600.0


class Received:
    """A file for a body that comes in pieces; whoever made it clears it."""

    def __init__(self, runtime: Runtime) -> None:
        home = runtime.settings.data / FOLDER
        with full_disk_said():
            make_folder(home)
            self._folder = home / f"{STAGED}{new_id()}"
            self._folder.mkdir(mode=0o700)
            self.path = self._folder / "upload"
            self._file = self.path.open("wb")
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Take a piece.

        Raises
        ------
        TooLarge, DiskFull
        """
        self._size += len(piece)
        if self._size > LARGEST_UPLOAD:
            raise TooLarge(TOO_LARGE)
        with full_disk_said():
            self._file.write(piece)

    def end(self) -> None:
        """Close the file: it is whole."""
        with full_disk_said():
            self._file.close()

    def clear(self) -> None:
        """Delete the file."""
        self._file.close()
        clear(self._folder)


def sweep(runtime: Runtime) -> int:
    """Delete files that no layer owns for a day: what a crash left, and layers of purged slides. Returns how many."""
    home = runtime.settings.data / FOLDER
    if not home.is_dir():
        return 0
    old = [one for one in home.iterdir() if time.time() - one.stat().st_mtime > LEFT_BEHIND_S]
    with runtime.db.read() as session:
        known = set(store.known_layers(session)) if old else set()
    gone = [one for one in old if one.name not in known]
    for one in gone:
        clear(one)
    return len(gone)
