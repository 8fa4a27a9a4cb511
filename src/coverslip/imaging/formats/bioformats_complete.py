"""Whether a file is all there: Bio-Formats shows what a cut file lacks as black, and says nothing.

Where the length of a file can be known, a shorter one is refused. Of the other formats only those
that compress their pixels and end without a mark remain, and for them nothing can be said.
"""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.core.errors import TruncatedFile

# Formats that store every sample of every plane as it is.
_UNCOMPRESSED: Final = frozenset(
    {
        "Deltavision",
        "Gatan Digital Micrograph",
        "IPLab",
        "Medical Research Council",
        "Princeton Instruments SPE",
    }
)
_WITH_MRC_HEADER: Final = frozenset({"Deltavision", "Medical Research Council"})
_MRC_HEADER_BYTES: Final = 1024
_MRC_EXTENDED_AT: Final = 92

_ND2_START, _ND2_END = b"\xda\xce\xbe\x0a", b"ND2 CHUNK MAP SIGNATURE "
_ND2_END_BYTES: Final = 40


def check_complete(path: Path, kind: str, series: dict[str, Any]) -> None:
    """Refuse a file that ends before its pixels do.

    Parameters
    ----------
    path : pathlib.Path
    kind : str
        What Bio-Formats calls the format.
    series : dict
        The slide's picture as the Java process described it.

    Raises
    ------
    TruncatedFile
    """
    if kind in _UNCOMPRESSED:
        width, height = series["levels"][0][:2]
        planes = series["samples"] * series["images"] * series["z"] * series["t"]
        pixel_bytes = width * height * planes * np.dtype(series["dtype"]).itemsize
        if path.stat().st_size < _header_bytes(path, kind, little=series["little"]) + pixel_bytes:
            raise TruncatedFile
    elif kind == "Nikon ND2":
        with path.open("rb") as file:
            start = file.read(len(_ND2_START))
            file.seek(max(0, path.stat().st_size - _ND2_END_BYTES), os.SEEK_SET)
            end = file.read(_ND2_END_BYTES)
        if start == _ND2_START and not end.startswith(_ND2_END):
            raise TruncatedFile


def _header_bytes(path: Path, kind: str, *, little: bool) -> int:
    """Return how much of a file comes before its pixels, 0 where that is not known."""
    if kind not in _WITH_MRC_HEADER:
        return 0
    with path.open("rb") as file:
        header = file.read(_MRC_HEADER_BYTES)
    field = header[_MRC_EXTENDED_AT : _MRC_EXTENDED_AT + 4]
    extended = int.from_bytes(field, "little" if little else "big", signed=True)
    return _MRC_HEADER_BYTES + max(0, extended)
