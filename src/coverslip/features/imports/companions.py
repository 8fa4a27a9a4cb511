"""Whether everything that belongs to a slide has come: the folder of an MRXS or VSI, the files of a DICOM series.

A scanner writes the small file first and its gigabytes afterwards, into a folder beside it. Such a
slide is left alone until all of that rests; where the folder is not even there yet, for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coverslip.features.imports.walk import Call, Unit, list_folder, stamp_of

GRACE: Final = 10
"""How many settling times a slide waits for a folder that is not there; then it is read as it is."""
_MOST: Final = 5000
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Companions:
    """What belongs to a unit beside itself.

    Attributes
    ----------
    stamp : str
        Changes when one of them does.
    newest_ns : int
        When the last of them was written, in nanoseconds since 1970.
    missing : bool
        Whether something that should be there is not.
    """

    stamp: str
    newest_ns: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The DICOM files of one folder: which of them are one slide is known only to a reader.

    While they are written, the first stands for all, so that no record is made of what turns out to be its part.
    """

    first: str
    stamp: str
    newest_ns: int

    def stands_for(self, unit: Unit) -> bool:
        """Whether a unit is spoken for by another one while it is written."""
        return unit.path != self.first and unit.path.lower().endswith(".dcm")


def series_of(units: Sequence[Unit]) -> Series | None:
    """Return the DICOM files among the units of a folder; None for one or none."""
    files = [unit for unit in units if unit.path.lower().endswith(".dcm")]
    if len(files) < 2:
        return None
    found = [(unit.size, unit.mtime_ns) for unit in files]
    return Series(files[0].path, stamp_of(found), max(mtime for _, mtime in found))


def companions_of(unit: Unit, series: Series | None, call: Call) -> Companions | None:
    """Return what belongs to a unit, None where nothing can.

    Raises
    ------
    StorageTimeout
    """
    path = Path(unit.path)
    suffix = path.suffix.lower()
    if suffix == ".dcm" and series is not None:
        return Companions(series.stamp, series.newest_ns, missing=False)
    if suffix not in (".mrxs", ".vsi"):
        return None
    folder = path.with_suffix("") if suffix == ".mrxs" else path.with_name(f"_{path.stem}_")
    found = call(_sizes_and_times, str(folder), limit_s=60.0)
    if not found:
        return Companions("", 0, missing=True)
    return Companions(stamp_of(found), max(mtime for _, mtime in found), missing=False)


def _sizes_and_times(folder: str, depth: int = 0) -> list[tuple[int, int]]:
    """Return size and time of every file in a folder and below; empty when there is no folder."""
    try:
        entries = list_folder(folder)
    except OSError:
        return []
    found = [(entry.size, entry.mtime_ns) for entry in entries if not entry.is_dir]
    for entry in entries:
        if entry.is_dir and depth < _DEEPEST and len(found) < _MOST:
            found += _sizes_and_times(str(Path(folder, entry.name)), depth + 1)
    return found
