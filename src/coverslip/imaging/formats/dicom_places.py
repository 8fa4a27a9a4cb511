"""Where the per-frame groups of a DICOM file put each of its frames.

A large slide has hundreds of thousands of them. In files as they are usually written the few values
that matter are found by their headers alone; else every element is visited.
"""

import re
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.imaging.formats.dicom_elements import Element, ElementWalker, NotEnough, text_of
from coverslip.imaging.formats.limits import check_tile_count

MANY_FRAMES = 1000
"""From so many frames on, values are found by their headers."""

_COLUMN, _ROW, _Z_OFFSET, _PATH = 0x0048021E, 0x0048021F, 0x0040074A, 0x00480106
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_LOOK_AHEAD_BYTES = 64 * 1024 * 1024
_PIXEL_GROUP = b"\xe0\x7f"


@dataclass(frozen=True, slots=True, eq=False)
class FramePlaces:
    """Where the per-frame groups put each frame.

    Attributes
    ----------
    column, row : ndarray of int64, shape (frames,)
        Top-left pixel, counted from 0; -1 where the file does not say.
    z_mm : ndarray of float64, shape (frames,)
        Offset along the slide's z axis in millimetres; NaN where the file does not say.
    path : tuple of str
        Optical path of each frame; empty where the file does not say.
    """

    column: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    z_mm: npt.NDArray[np.float64]
    path: tuple[str, ...]


def frame_places(walker: ElementWalker, sequence: Element, frames: int) -> tuple[FramePlaces, int]:
    """Return where the frames lie, and the position behind the sequence.

    Parameters
    ----------
    walker : ElementWalker
    sequence : Element
        PerFrameFunctionalGroupsSequence.
    frames : int
        NumberOfFrames, 0 when not known.

    Raises
    ------
    NotEnough
        The sequence goes on beyond the bytes read so far.
    CorruptFile, DimensionsRefused
    """
    if frames >= MANY_FRAMES and walker.order == "<":
        found = _by_headers(walker, sequence, frames)
        if found is not None:
            return found
    return _by_walking(walker, sequence)


def _by_headers(walker: ElementWalker, sequence: Element, frames: int) -> tuple[FramePlaces, int] | None:
    """Find values by their element headers; None unless every frame has exactly one column and row."""
    end = _end(walker, sequence)
    if end is None:
        return None
    columns = _fixed(walker, _COLUMN, b"SL", sequence.value, end)
    rows = _fixed(walker, _ROW, b"SL", sequence.value, end)
    if columns.size != frames or rows.size != frames:
        return None
    depths = _texts(walker, _Z_OFFSET, b"DS", sequence.value, end)
    paths = _texts(walker, _PATH, b"SH", sequence.value, end)
    if len(depths) not in (0, frames) or len(paths) not in (0, frames):
        return None
    known = {text: _number(text) for text in set(depths)}
    z_mm = np.array([known[text] for text in depths]) if depths else np.full(frames, np.nan)
    path = tuple(text_of(value) for value in paths) if paths else ("",) * frames
    return FramePlaces(columns - 1, rows - 1, z_mm, path), end


def _end(walker: ElementWalker, sequence: Element) -> int | None:
    data = walker.data
    if sequence.length is not None:
        if sequence.value + sequence.length > len(data):
            raise NotEnough
        return sequence.value + sequence.length
    found = data.find(_SEQUENCE_END + _PIXEL_GROUP, sequence.value)
    if found < 0 and not walker.complete and len(data) < _LOOK_AHEAD_BYTES:
        raise NotEnough
    return None if found < 0 else found + len(_SEQUENCE_END)


def _header(walker: ElementWalker, tag: int, vr: bytes) -> bytes:
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + (vr if walker.explicit else b"")


def _fixed(walker: ElementWalker, tag: int, vr: bytes, start: int, end: int) -> npt.NDArray[np.int64]:
    """Return all 4-byte whole numbers of one tag."""
    pattern = _header(walker, tag, vr) + (b"\4\0" if walker.explicit else b"\4\0\0\0")
    places = [match.end() for match in re.compile(re.escape(pattern)).finditer(walker.data, start, end)]
    inside = np.array([place for place in places if place > start and place + 4 <= end], np.int64)
    raw = (
        np.frombuffer(walker.data, np.uint8)[inside[:, np.newaxis] + np.arange(4)]
        if inside.size
        else np.zeros((0, 4), np.uint8)
    )
    return np.ascontiguousarray(raw).view("<i4")[:, 0].astype(np.int64)


def _texts(walker: ElementWalker, tag: int, vr: bytes, start: int, end: int) -> list[bytes]:
    """Return all short texts of one tag."""
    length = rb"(.)\0" if walker.explicit else rb"(.)\0\0\0"
    pattern = re.compile(re.escape(_header(walker, tag, vr)) + length, re.DOTALL)
    data = walker.data
    matches = (match.span(1)[0] for match in pattern.finditer(data, start, end))
    skip = 2 if walker.explicit else 4
    return [data[place + skip : place + skip + data[place]] for place in matches]


def _by_walking(walker: ElementWalker, sequence: Element) -> tuple[FramePlaces, int]:
    columns: dict[int, int] = {}
    rows: dict[int, int] = {}
    depths: dict[int, float] = {}
    paths: dict[int, str] = {}
    data = walker.data
    signed = struct.Struct(walker.order + "i")
    last = -1

    def collect(element: Element, number: int) -> None:
        nonlocal last
        last = max(last, number)
        if element.tag not in (_COLUMN, _ROW, _Z_OFFSET, _PATH) or element.length is None:
            return
        value = data[element.value : element.value + element.length]
        if len(value) < element.length:
            raise NotEnough
        if element.tag in (_COLUMN, _ROW) and len(value) == 4:
            (columns if element.tag == _COLUMN else rows)[number] = signed.unpack(value)[0] - 1
        elif element.tag == _Z_OFFSET:
            depths[number] = _number(value)
        elif element.tag == _PATH:
            paths[number] = text_of(value)

    end = walker.items(sequence, collect, 0)
    count = last + 1
    check_tile_count(count)
    return (
        FramePlaces(
            column=_filled(columns, count, -1, np.int64),
            row=_filled(rows, count, -1, np.int64),
            z_mm=_filled(depths, count, np.nan, np.float64),
            path=tuple(paths.get(number, "") for number in range(count)),
        ),
        end,
    )


def _filled(values: dict[int, Any], count: int, missing: float, dtype: Any) -> npt.NDArray[Any]:
    array = np.full(count, missing, dtype)
    if values:
        array[np.fromiter(values.keys(), np.int64)] = np.fromiter(values.values(), dtype)
    return array


def _number(value: bytes) -> float:
    try:
        return float(text_of(value))
    except ValueError:
        return float("nan")
