"""A BigTIFF that is only ever appended to; until its header is patched last, it is no TIFF at all."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

SHORT, LONG, RATIONAL, ASCII, LONG8, IFD8, UNDEFINED = 3, 4, 5, 2, 16, 18, 7
Tag = tuple[int, int, int, bytes]

_FORMATS: Final = {SHORT: "<H", LONG: "<I", LONG8: "<Q", IFD8: "<Q"}
_LARGEST_RATIONAL: Final = 2**32 - 1


class BigTiff:
    """Appends tiles and directories to a file that can seek.

    Parameters
    ----------
    target : binary file
        Empty, opened for writing.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        # Magic bytes come last: a file that was not finished is recognised by nobody.
        target.write(bytes(16))
        self._at = 16

    def add(self, data: bytes) -> int:
        """Append bytes at an even place and return it."""
        if self._at % 2:
            self._target.write(b"\0")
            self._at += 1
        at = self._at
        self._target.write(data)
        self._at += len(data)
        return at

    def directory(self, tags: Sequence[Tag], following: int = 0) -> int:
        """Append a directory and return where it lies; ``following`` is the one after it, 0 for none."""
        placed: list[bytes] = []
        for tag, kind, count, value in sorted(tags):
            inline = value.ljust(8, b"\0")
            if len(value) > 8:
                self._align()
                inline = struct.pack("<Q", self.add(value))
            placed.append(struct.pack("<HHQ", tag, kind, count) + inline)
        self._align()
        return self.add(struct.pack("<Q", len(placed)) + b"".join(placed) + struct.pack("<Q", following))

    def finish(self, first: int) -> None:
        """Make it a TIFF whose first directory lies at ``first``."""
        self._target.seek(0)
        self._target.write(b"II" + struct.pack("<HHHQ", 43, 8, 0, first))
        self._target.seek(0, 2)

    def _align(self) -> None:
        self.add(bytes(-self._at % 8))


def numbers(tag: int, kind: int, values: Sequence[int]) -> Tag:
    """Return a tag of whole numbers."""
    return tag, kind, len(values), b"".join(struct.pack(_FORMATS[kind], value) for value in values)


def array(tag: int, kind: int, values: npt.NDArray[np.uint64]) -> Tag:
    """Return a tag of many whole numbers."""
    return tag, kind, values.size, values.astype("<u8" if kind == LONG8 else "<u4").tobytes()


def text(tag: int, value: str) -> Tag:
    """Return a tag of text, UTF-8 as OME-TIFF asks for."""
    data = value.encode("utf-8", "replace") + b"\0"
    return tag, ASCII, len(data), data


def blob(tag: int, value: bytes) -> Tag:
    """Return a tag of bytes that mean something to others."""
    return tag, UNDEFINED, len(value), value


def per_centimetre(mpp_x: float, mpp_y: float) -> list[Tag]:
    """Return XResolution, YResolution and their unit."""
    rows = [numbers(296, SHORT, [3])]
    for tag, mpp in ((282, mpp_x), (283, mpp_y)):
        value = Fraction(10_000 / mpp).limit_denominator(100_000)
        while value.numerator > _LARGEST_RATIONAL:
            value = Fraction(float(value)).limit_denominator(max(1, value.denominator // 10))
            if value.denominator == 1:
                value = Fraction(min(value.numerator, _LARGEST_RATIONAL))
        rows.append((tag, RATIONAL, 1, struct.pack("<II", value.numerator, value.denominator)))
    return rows
