"""Mapbox Vector Tile 2.1 (https://github.com/mapbox/vector-tile-spec/tree/master/2.1), a tile in a few array steps.

A feature is nothing but a row of varints: field keys below 128, lengths, and values. So the whole layer is laid out as
one array of numbers, the lengths are computed from the sizes of the varints, and all are encoded at once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverslip.features.annotations.results.shapes import Ints, spans, starts_of

EXTENT: Final = 4096
LAYER: Final = "objects"
CLASS_KEY: Final = "c"
_MOVE, _LINE, _CLOSE = 1, 2, 7
_POINT, _POLYGON = 1, 3
_FEATURE, _ID, _TAGS, _TYPE, _GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class TileShapes:
    """Shapes in the units of a tile (4,096 to a side).

    Attributes
    ----------
    points : bool
        Whether every object is one vertex.
    coords : array of int64, shape (vertices, 2)
    ring_ends : array of int64
        Where each ring ends in ``coords``; outer rings wind clockwise as seen (positive area, y down), holes not.
    object_ends : array of int64
        Where each object ends in the rings.
    """

    points: bool
    coords: Ints
    ring_ends: Ints
    object_ends: Ints


def encode_tile(shapes: TileShapes, object_nos: Ints, classes: npt.NDArray[np.uint16], none: int) -> bytes:
    """Return one tile with one layer; without objects an empty tile, which is no byte.

    Parameters
    ----------
    shapes : TileShapes
    object_nos : array of int64
        The id of each feature.
    classes : array of uint16
        The property ``c`` of each feature; ``none`` leaves it away.
    """
    if len(object_nos) == 0:
        return b""
    words, word_ends = _points(shapes) if shapes.points else _polygons(shapes)
    known, codes = np.unique(classes[classes != none], return_inverse=True)
    tagged = classes != none
    value_no = np.zeros(len(classes), np.uint64)
    value_no[tagged] = codes
    features = _features(words, word_ends, object_nos.astype(np.uint64), tagged, value_no, points=shapes.points)
    head = b"\x78\x02" + _text(1, LAYER)
    keys = _text(3, CLASS_KEY) if len(known) else b""
    values = b"".join(_bytes(4, b"\x28" + _varint(int(one))) for one in known)
    body = head + features + keys + values + b"\x28" + _varint(EXTENT)
    return _bytes(3, body)


def _polygons(shapes: TileShapes) -> tuple[Numbers, Ints]:
    """Return the commands of every object and where each object's end; a ring is MoveTo, LineTo, ClosePath."""
    starts = starts_of(shapes.ring_ends)
    lengths = shapes.ring_ends - starts
    # A ring of n vertices takes 1 + 2 numbers to move, 1 + 2 (n - 1) for its lines, and 1 to close.
    room = 2 * lengths + 3
    ends = np.cumsum(room)
    words = np.zeros(int(ends[-1]), np.uint64)
    at = starts_of(ends)
    words[at] = (1 << 3) | _MOVE
    words[at + 3] = ((lengths - 1) << 3) | _LINE
    words[ends - 1] = (1 << 3) | _CLOSE
    deltas = _deltas(shapes.coords, _object_firsts(shapes))
    first = np.zeros(len(shapes.coords), np.int64)
    first[starts] = 1
    place = np.repeat(at, lengths) + 2 * (np.arange(len(shapes.coords)) - np.repeat(starts, lengths)) + 2 - first
    words[place] = deltas[:, 0]
    words[place + 1] = deltas[:, 1]
    return words, ends[shapes.object_ends - 1]


def _points(shapes: TileShapes) -> tuple[Numbers, Ints]:
    count = len(shapes.coords)
    words = np.empty((count, 3), np.uint64)
    words[:, 0] = (1 << 3) | _MOVE
    words[:, 1:] = _deltas(shapes.coords, np.arange(count, dtype=np.int64))
    return words.reshape(-1), np.arange(3, 3 * count + 1, 3, dtype=np.int64)


def _object_firsts(shapes: TileShapes) -> Ints:
    return starts_of(shapes.ring_ends)[starts_of(shapes.object_ends)]


def _deltas(coords: Ints, firsts: Ints) -> Numbers:
    """Return each vertex relative to the one before it in its object, zigzag: the cursor goes on from ring to ring."""
    deltas = np.diff(coords, axis=0, prepend=np.zeros((1, 2), np.int64))
    deltas[firsts] = coords[firsts]
    return ((deltas << 1) ^ (deltas >> 63)).astype(np.uint64)


def _features(
    words: Numbers, word_ends: Ints, ids: Numbers, tagged: npt.NDArray[np.bool_], value_no: Numbers, *, points: bool
) -> bytes:
    count = len(ids)
    counts = np.diff(word_ends, prepend=0)
    sizes = _sizes(words)
    geometry_bytes = np.diff(np.cumsum(sizes)[word_ends - 1], prepend=0).astype(np.uint64)
    tag_bytes = np.where(tagged, 1 + _sizes(value_no), 0).astype(np.uint64)
    # key, length, id key, id, [tags key, length, key 0, value], type key, type, geometry key, length, words
    inner = 1 + _sizes(ids) + np.where(tagged, 2 + tag_bytes, 0) + 2 + 1 + _sizes(geometry_bytes) + geometry_bytes
    header = np.zeros((count, 12), np.uint64)
    header[:, 0], header[:, 1], header[:, 2], header[:, 3] = _FEATURE, inner.astype(np.uint64), _ID, ids
    header[:, 4], header[:, 5], header[:, 6], header[:, 7] = _TAGS, tag_bytes, 0, value_no
    header[:, 8], header[:, 9] = _TYPE, _POINT if points else _POLYGON
    header[:, 10], header[:, 11] = _GEOMETRY, geometry_bytes
    used = np.ones((count, 12), np.bool_)
    used[:, 4:8] = tagged[:, None]
    head_counts = used.sum(axis=1)
    total = np.cumsum(head_counts + counts)
    flat = np.empty(int(total[-1]), np.uint64)
    begins = starts_of(total)
    flat[spans(begins, head_counts)] = header[used]
    flat[spans(begins + head_counts, counts)] = words
    return varints(flat)


def _sizes(numbers: Numbers) -> npt.NDArray[np.int64]:
    found = np.ones(len(numbers), np.int64)
    for bits in range(7, 64, 7):
        more = numbers >= np.uint64(1 << bits)
        if not more.any():
            break
        found += more
    return found


def varints(numbers: Numbers) -> bytes:
    """Return numbers as protobuf varints behind each other.

    Examples
    --------
    >>> import numpy as np
    >>> varints(np.array([1, 300], np.uint64)).hex()
    '01ac02'
    """
    sizes = _sizes(numbers)
    ends = np.cumsum(sizes)
    found = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    at = ends - sizes
    here, left, numbers = at, sizes, numbers.copy()
    while len(here):
        more = left > 1
        found[here] = (numbers & np.uint64(0x7F)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        here, left, numbers = here[more] + 1, left[more] - 1, numbers[more] >> np.uint64(7)
    return found.tobytes()


def _varint(number: int) -> bytes:
    return varints(np.array([number], np.uint64))


def _bytes(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
