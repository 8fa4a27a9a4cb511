"""The header of a DICOM file, read with bounds.

Elements are walked here, not by a library: the deflated transfer syntax is refused before anything
is unpacked, the per-frame sequence of a large slide becomes arrays in one pass, and nothing behind
the start of the pixel data is touched. What remains is small and goes to pydicom.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.dataset import Dataset

from coverslip.core.errors import BombRefused, CorruptFile, MissingAttribute, TruncatedFile, UnsupportedFormat
from coverslip.imaging.formats.dicom_elements import Element, ElementWalker, NotEnough, text_of
from coverslip.imaging.formats.dicom_places import FramePlaces, frame_places
from coverslip.imaging.formats.tiff_ifd import ByteSource

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
NO_PIXELS = -1

MAX_HEADER_BYTES = 512 * 1024 * 1024
_FIRST_READ = 256 * 1024
_TRANSFER_SYNTAX, _SERIES, _FRAMES = 0x00020010, 0x0020000E, 0x00280008
_PER_FRAME, _PIXEL_DATA = 0x52009230, 0x7FE00010
_EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00001, 0x7FE00002


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """All of a DICOM file but its pixels.

    Attributes
    ----------
    dataset : pydicom.dataset.Dataset
        Everything before the pixels except the per-frame groups.
    transfer_syntax : str
    places : FramePlaces or None
        None when the file has no per-frame groups.
    extended_offsets, extended_lengths : ndarray of uint64
        The extended offset table; empty when absent.
    pixels : int
        Offset of the value of the pixel data, ``NO_PIXELS`` when there is none.
    pixels_length : int or None
        Its bytes; None when encapsulated.
    """

    dataset: Dataset
    transfer_syntax: str
    places: FramePlaces | None
    extended_offsets: npt.NDArray[np.uint64]
    extended_lengths: npt.NDArray[np.uint64]
    pixels: int
    pixels_length: int | None


def transfer_syntax(head: bytes) -> str:
    """Return the transfer syntax that the file meta group names, or an empty text."""
    walker = ElementWalker(head, False, True, "<")
    try:
        for element in _meta_elements(walker):
            if element.tag == _TRANSFER_SYNTAX and element.length is not None:
                return text_of(head[element.value : element.value + element.length])
    except (NotEnough, CorruptFile):
        pass
    return ""


def _meta_elements(walker: ElementWalker) -> Iterator[Element]:
    position = 132
    while walker.group(position) == 2:
        element = walker.element(position)
        yield element
        position = walker.end(element)


def _body_start(walker: ElementWalker) -> int:
    position = 132
    for element in _meta_elements(walker):
        position = walker.end(element)
    return position


def series_of(source: ByteSource) -> str | None:
    """Return the SeriesInstanceUID of a DICOM file, reading as little as possible; None when it has none."""
    size = 16 * 1024
    while True:
        data = source.read(0, min(size, source.size))
        if data[128:132] != b"DICM":
            return None
        try:
            return _series_in(data)
        except NotEnough:
            if len(data) == source.size or size > MAX_HEADER_BYTES:
                return None
            size *= 8
        except CorruptFile:
            return None


def _series_in(data: bytes) -> str | None:
    syntax = transfer_syntax(data)
    if syntax == DEFLATED:
        return None
    walker = _body_walker(data, syntax, complete=False)
    position = _body_start(ElementWalker(data, False, True, "<"))
    while True:
        element = walker.element(position)
        if element.tag == _SERIES and element.length is not None:
            if element.value + element.length > len(data):
                raise NotEnough
            return text_of(data[element.value : element.value + element.length])
        if element.tag > _SERIES:
            return None
        position = walker.end(element)


def _body_walker(data: bytes, syntax: str, *, complete: bool) -> ElementWalker:
    return ElementWalker(data, complete, syntax != IMPLICIT_LITTLE, ">" if syntax == EXPLICIT_BIG else "<")


def read_header(source: ByteSource) -> Header:
    """Read everything before the pixels.

    Raises
    ------
    BombRefused
        The file is deflated as a whole, or its header is larger than any.
    MissingAttribute
        There is no transfer syntax.
    CorruptFile, TruncatedFile
        The header contradicts itself or the file ends within it.
    """
    size = _FIRST_READ
    while True:
        data = source.read(0, min(size, source.size))
        complete = len(data) == source.size
        if data[128:132] != b"DICM":
            raise UnsupportedFormat("This is not a DICOM file.")
        syntax = transfer_syntax(data)
        if syntax == DEFLATED:
            raise BombRefused("The DICOM file is compressed as a whole (deflated), which Coverslip does not unpack.")
        try:
            return _parsed(data, syntax, complete)
        except NotEnough:
            if complete:
                raise TruncatedFile("The file is incomplete: it ends within its DICOM header.") from None
        if size >= MAX_HEADER_BYTES:
            raise BombRefused("The DICOM header is larger than any slide's.")
        size *= 4


def _parsed(data: bytes, syntax: str, complete: bool) -> Header:
    if not syntax:
        raise MissingAttribute("The DICOM file lacks the attribute TransferSyntaxUID.")
    walker = _body_walker(data, syntax, complete=complete)
    position = _body_start(ElementWalker(data, complete, True, "<"))
    places: FramePlaces | None = None
    frames = 0
    left_out: list[tuple[int, int]] = []
    tables = {_EXTENDED_OFFSETS: np.zeros(0, np.uint64), _EXTENDED_LENGTHS: np.zeros(0, np.uint64)}
    while True:
        if complete and position == len(data):
            pixels, pixels_length = NO_PIXELS, None
            break
        element = walker.element(position)
        if element.tag == _PIXEL_DATA:
            pixels, pixels_length = element.value, element.length
            break
        if element.tag == _PER_FRAME:
            places, end = frame_places(walker, element, frames)
            left_out.append((position, end))
        else:
            end = walker.end(element)
        if end > len(data):
            raise NotEnough
        if element.tag == _FRAMES:
            frames = _whole(data[element.value : end])
        if element.tag in tables:
            tables[element.tag] = np.frombuffer(data[element.value : end], "<u8").astype(np.uint64)
            left_out.append((position, end))
        position = end
    dataset = _dataset(data, left_out, position)
    offsets, lengths = tables[_EXTENDED_OFFSETS], tables[_EXTENDED_LENGTHS]
    return Header(dataset, syntax, places, offsets, lengths, pixels, pixels_length)


def _whole(value: bytes) -> int:
    digits = text_of(value)
    return int(digits) if digits.isdecimal() and len(digits) < 12 else 0


def _dataset(data: bytes, left_out: list[tuple[int, int]], end: int) -> Dataset:
    parts, start = [], 0
    for gap_start, gap_end in left_out:
        parts.append(data[start:gap_start])
        start = gap_end
    parts.append(data[start:end])
    try:
        return dcmread(io.BytesIO(b"".join(parts)), force=True)
    except Exception as error:  # pydicom raises whatever a damaged header leads it into
        raise CorruptFile("The file is damaged: its DICOM header makes no sense.") from error
