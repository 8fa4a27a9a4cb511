"""A small BigTIFF writer whose tile tables may point many times at the same compressed tile."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_SHORT, _LONG, _RATIONAL, _ASCII, _LONG8 = 3, 4, 5, 2, 16
_FORMATS = {_SHORT: "<H", _LONG: "<I", _LONG8: "<Q"}


@dataclass(frozen=True, slots=True)
class TiledImage:
    """One directory of JPEG tiles (YCbCr, 4:2:0).

    Attributes
    ----------
    width, height, tile : int
        Pixels; tiles are square.
    tiles : sequence of bytes
        The distinct compressed tiles.
    numbers : ndarray of int, shape (rows, cols)
        Which of ``tiles`` lies where.
    mpp : float
        Micrometres per pixel of this image.
    reduced : bool
        Whether it is a smaller copy of the first image.
    description : str
        ImageDescription; left out when empty.
    """

    width: int
    height: int
    tile: int
    tiles: Sequence[bytes]
    numbers: npt.NDArray[np.int64]
    mpp: float
    reduced: bool = False
    description: str = ""
    extra: Mapping[int, bytes] = field(default_factory=dict)


def write_bigtiff(path: Path, images: Sequence[TiledImage]) -> None:
    """Write images as directories of one BigTIFF; each distinct tile is stored once."""
    with path.open("wb") as target:
        target.write(b"II" + struct.pack("<HHHQ", 43, 8, 0, 0))
        link = 8
        for image in images:
            offsets, lengths = _write_tiles(target, image)
            start = _write_directory(target, image, offsets, lengths)
            end = target.tell()
            target.seek(link)
            target.write(struct.pack("<Q", start))
            target.seek(end)
            link = end - 8


def _write_tiles(target: BinaryIO, image: TiledImage) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    places: list[int] = []
    for tile in image.tiles:
        places.append(target.tell())
        target.write(tile)
    offset = np.array(places, np.uint64)
    length = np.array([len(tile) for tile in image.tiles], np.uint32)
    return offset[image.numbers].ravel(), length[image.numbers].ravel()


def _write_directory(
    target: BinaryIO, image: TiledImage, offsets: npt.NDArray[np.uint64], lengths: npt.NDArray[np.uint32]
) -> int:
    per_cm = struct.pack("<II", round(10_000 / image.mpp * 1_000), 1_000)
    entries = [
        _numbers(254, _LONG, [1 if image.reduced else 0]),
        _numbers(256, _LONG, [image.width]),
        _numbers(257, _LONG, [image.height]),
        _numbers(258, _SHORT, [8, 8, 8]),
        _numbers(259, _SHORT, [7]),  # JPEG
        _numbers(262, _SHORT, [6]),  # YCbCr
        _numbers(277, _SHORT, [3]),
        (282, _RATIONAL, 1, per_cm),
        (283, _RATIONAL, 1, per_cm),
        _numbers(284, _SHORT, [1]),
        _numbers(296, _SHORT, [3]),  # centimetre
        _numbers(322, _LONG, [image.tile]),
        _numbers(323, _LONG, [image.tile]),
        (324, _LONG8, offsets.size, offsets.astype("<u8").tobytes()),
        (325, _LONG, lengths.size, lengths.astype("<u4").tobytes()),
        _numbers(530, _SHORT, [2, 2]),
    ]
    if image.description:
        text = image.description.encode("ascii") + b"\0"
        entries.append((270, _ASCII, len(text), text))
    entries.extend((tag, 7, len(value), value) for tag, value in image.extra.items())
    return _write_entries(target, sorted(entries))


def _numbers(tag: int, kind: int, values: Sequence[int]) -> tuple[int, int, int, bytes]:
    return tag, kind, len(values), b"".join(struct.pack(_FORMATS[kind], value) for value in values)


def _write_entries(target: BinaryIO, entries: Sequence[tuple[int, int, int, bytes]]) -> int:
    placed: list[bytes] = []
    for tag, kind, count, value in entries:
        inline = value.ljust(8, b"\0")
        if len(value) > 8:
            target.write(bytes(-target.tell() % 8))
            inline = struct.pack("<Q", target.tell())
            target.write(value)
        placed.append(struct.pack("<HHQ", tag, kind, count) + inline)
    target.write(bytes(-target.tell() % 8))
    start = target.tell()
    target.write(struct.pack("<Q", len(placed)) + b"".join(placed) + bytes(8))
    return start
