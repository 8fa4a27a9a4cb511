"""Where the frames of a DICOM file lie: offset tables, or a walk from fragment to fragment."""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import CorruptFile, TruncatedFile
from coverslip.imaging.formats.dicom_header import Header
from coverslip.imaging.formats.limits import check_tile_count
from coverslip.imaging.formats.tiff_ifd import ByteSource

_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0"
_WALK_BLOCK = 256 * 1024
_SAMPLED = 33
_CODESTREAM_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP", b"\xff\x0a")

Table = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Places of all frames of one file.

    Attributes
    ----------
    offset, length : ndarray of uint64, shape (frames,)
        Bytes of each frame; where a frame has several fragments, of the first one.
    parts : tuple of tuple of (int, int), or empty
        Fragments of every frame when some frame has more than one; such frames cannot be read in
        one piece.
    """

    offset: Table
    length: Table
    parts: tuple[tuple[tuple[int, int], ...], ...] = ()


def native_frames(header: Header, count: int, frame_bytes: int, size: int) -> Frames:
    """Return the places of uncompressed frames, which follow one another without gaps."""
    if header.pixels_length is None:
        raise CorruptFile("The file is damaged: its uncompressed pixels have no length.")
    if count * frame_bytes > header.pixels_length:
        raise CorruptFile("The file is damaged: it holds fewer pixels than it declares.")
    if header.pixels + count * frame_bytes > size:
        raise TruncatedFile
    offset = np.uint64(header.pixels) + np.arange(count, dtype=np.uint64) * np.uint64(frame_bytes)
    return Frames(offset, np.full(count, frame_bytes, np.uint64))


def encapsulated_frames(source: ByteSource, header: Header, count: int) -> Frames:
    """Return the places of compressed frames.

    The extended offset table where there is one, else the basic one, each checked against the
    fragments at a few places; else every fragment is visited.

    Raises
    ------
    CorruptFile, TruncatedFile
        The fragments do not add up to ``count`` frames, or lie beyond the end of the file.
    """
    check_tile_count(count)
    table_length = _item_length(source, header.pixels)
    first = header.pixels + 8 + table_length
    offsets = _offset_table(source, header, table_length, first)
    if offsets is not None and offsets.size == count:
        lengths = _lengths_from_table(source, header, offsets)
        if lengths is not None:
            return Frames(offsets + np.uint64(8), lengths)
    return _walked(source, first, count, None if offsets is None or offsets.size != count else offsets)


def _item_length(source: ByteSource, position: int) -> int:
    head = source.read(position, 8)
    if head[:4] != _ITEM:
        raise CorruptFile("The file is damaged: its compressed pixels do not start with an offset table.")
    length: int = struct.unpack("<I", head[4:])[0]
    return length


def _offset_table(source: ByteSource, header: Header, table_length: int, first: int) -> Table | None:
    """Return the absolute offset of each frame's first fragment item, or None without a table."""
    if header.extended_offsets.size:
        relative = header.extended_offsets
    elif table_length >= 4:
        data = source.read(header.pixels + 8, table_length - table_length % 4)
        relative = np.frombuffer(data, "<u4").astype(np.uint64)
        # Beyond 4 GiB the 32-bit offsets of the basic table wrap around; frames are in order, so unwrap.
        wraps = np.concatenate(([0], np.cumsum(np.diff(relative.astype(np.int64)) < 0)))
        relative = relative + wraps.astype(np.uint64) * np.uint64(1 << 32)
    else:
        return None
    if int(relative.max(initial=0)) > source.size:
        return None
    return relative + np.uint64(first)


def _lengths_from_table(source: ByteSource, header: Header, offsets: Table) -> Table | None:
    """Return the bytes of each frame, or None when some frame has several fragments or the table lies."""
    last = int(offsets[-1])
    if last + 8 > source.size:
        raise TruncatedFile
    ends = np.append(offsets[1:], np.uint64(last + 8 + _fragment_length(source, last)))
    if np.any(ends < offsets + np.uint64(8)):
        return None
    lengths = ends - offsets - np.uint64(8)
    for number in np.unique(np.linspace(0, offsets.size - 1, _SAMPLED).astype(int)):
        if _fragment_length(source, int(offsets[number])) != int(lengths[number]):
            return None
    if int(ends[-1]) > source.size:
        raise TruncatedFile
    exact = header.extended_lengths
    if exact.size == offsets.size and bool(np.all(exact <= lengths)):
        return exact
    return lengths


def _fragment_length(source: ByteSource, position: int) -> int:
    """Return the length of the fragment item at ``position``, or -1 where no item is."""
    head = source.read(position, 8)
    return struct.unpack("<I", head[4:])[0] if head[:4] == _ITEM else -1


def _walked(source: ByteSource, first: int, count: int, starts: Table | None) -> Frames:
    fragments = _fragments(source, first)
    if len(fragments) == count:
        begins = [True] * count  # whatever the table says
    elif starts is not None:
        known = set(starts.tolist())
        begins = [position - 8 in known for position, _ in fragments]
    elif count == 1:
        begins = [True] + [False] * (len(fragments) - 1)
    else:
        begins = [_starts_codestream(source, position, length) for position, length in fragments]
    frames: list[list[tuple[int, int]]] = []
    for fragment, begin in zip(fragments, begins, strict=True):
        if begin or not frames:
            frames.append([])
        frames[-1].append(fragment)
    if len(frames) != count:
        raise CorruptFile(f"The file is damaged: it declares {count} frames and holds {len(frames)}.")
    offset = np.array([parts[0][0] for parts in frames], np.uint64)
    length = np.array([parts[0][1] for parts in frames], np.uint64)
    broken = any(len(parts) > 1 for parts in frames)
    return Frames(offset, length, tuple(tuple(parts) for parts in frames) if broken else ())


def _fragments(source: ByteSource, position: int) -> list[tuple[int, int]]:
    """Visit every fragment; small ones are read in blocks, large ones by their headers only."""
    found: list[tuple[int, int]] = []
    block, block_start = b"", position
    while True:
        at = position - block_start
        if at + 8 > len(block):
            block_start, at = position, 0
            room = source.size - position
            if room == 0:
                return found  # some writers leave the delimiter out; a cut file has too few frames
            if room < 8:
                raise TruncatedFile
            block = source.read(position, min(room, _WALK_BLOCK if _dense(found) else 8))
        tag, length = block[at : at + 4], struct.unpack_from("<I", block, at + 4)[0]
        if tag == _SEQUENCE_END:
            return found
        if tag != _ITEM:
            raise CorruptFile("The file is damaged: its compressed frames are not in one piece.")
        if position + 8 + length > source.size:
            raise TruncatedFile
        found.append((position + 8, length))
        check_tile_count(len(found))
        position += 8 + length


def _dense(found: list[tuple[int, int]]) -> bool:
    return bool(found) and found[-1][1] < 4096


def _starts_codestream(source: ByteSource, position: int, length: int) -> bool:
    head = source.read(position, min(8, length))
    return head.startswith(_CODESTREAM_STARTS)
