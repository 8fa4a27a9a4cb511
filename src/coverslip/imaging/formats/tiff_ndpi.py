"""Hamamatsu NDPI: JPEG images of any width, cut at their restart markers into stripes.

A stripe is bare scan data; tag 65426 lists where each starts, and the JPEG header in front of the
first one, with the dimensions of a stripe put in, makes any of them a JPEG of its own.
"""

import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coverslip.core.errors import CorruptFile, TileRefused, UnsupportedCompression, UnsupportedFormat
from coverslip.imaging.formats.tiff_ifd import NDPI_FORMAT_FLAG, Directory, TiffFile
from coverslip.imaging.formats.tiff_levels import PlanePages, mpp_from_resolution
from coverslip.imaging.formats.tiff_page import MAX_SEGMENT_BYTES, Page, Segments, Table
from coverslip.imaging.formats.tiff_slide import Draft, TiffSlide, finish, tag_metadata
from coverslip.imaging.formats.tiff_text import tiff_time

_SOURCE_LENS, _Z_OFFSET_NM, _MCU_STARTS, _MCU_STARTS_HIGH = 65421, 65424, 65426, 65432
_FILTER_SET, _PROPERTIES = 65434, 65449
_MACRO, _MAP = -1, -2
_MAX_HEADER_BYTES = 1 << 16
_JPEG_SIDE_PX = 65_500
_SCAN_CHUNK_BYTES = 1 << 20
_NAMES = {
    65421: "SourceLens",
    65422: "XOffsetFromSlideCentre",
    65423: "YOffsetFromSlideCentre",
    65424: "ZOffsetFromSlideCentre",
    65425: "TissueIndex",
    65427: "Reference",
    65433: "Exposure",
    65434: "FilterSetName",
    65441: "CaptureMode",
    65442: "ScannerSerialNumber",
    65444: "JpegQuality",
    65451: "Wavelength",
    65454: "ExposureTime",
    65456: "ScanTime",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What the JPEG header of an NDPI image says.

    Attributes
    ----------
    data : bytes
        From SOI to the end of the scan header.
    mcu_width, mcu_height : int
        Pixels of a minimum coded unit.
    interval : int
        Minimum coded units between restart markers; 0 for none.
    """

    data: bytes
    mcu_width: int
    mcu_height: int
    interval: int


def is_ndpi(file: TiffFile) -> bool:
    """Say whether the first directory carries Hamamatsu's mark."""
    return NDPI_FORMAT_FLAG in file.directories[0]


def open_ndpi(file: TiffFile) -> TiffSlide:
    """Open an NDPI whose first directory :func:`is_ndpi` recognised."""
    by_size: dict[tuple[int, int], list[NdpiPage]] = {}
    associated: dict[str, Page] = {}
    for directory in file.directories:
        lens = directory.number(_SOURCE_LENS)
        if lens > 0:
            page = NdpiPage(directory)
            by_size.setdefault((page.width, page.height), []).append(page)
        elif lens in {_MACRO, _MAP}:
            associated.setdefault("macro" if lens == _MACRO else "map", Page(directory))
    if not by_size:
        raise UnsupportedFormat("The NDPI file holds no scan.")
    groups = sorted(by_size.values(), key=lambda pages: -pages[0].width)
    z_count = len(groups[0])
    levels = [_along_z(pages) for pages in groups if len(pages) == z_count]
    base = groups[0][0]
    first = base.directory
    fluorescent = bool(first.text(_FILTER_SET))
    mpp_x, mpp_y = mpp_from_resolution(base)
    draft = Draft("ndpi", levels, (1, z_count, 1), associated)
    draft.facts = {
        "mpp_x": mpp_x,
        "mpp_y": mpp_y,
        "objective": first.number(_SOURCE_LENS),
        "vendor": first.text(271) or "Hamamatsu",
        "scanner": first.text(272) or None,
        "scanned_at": tiff_time(first.text(306)),
        "z_spacing_um": _spacing(groups[0]),
        "metadata": {**tag_metadata(first), **_metadata(first), "hamamatsu.Fluorescence": str(fluorescent).lower()},
        "background": (0, 0, 0) if fluorescent else (255, 255, 255),
    }
    return finish([file], draft)


class NdpiPage(Page):
    """An image of an NDPI file, whose segments are the stripes between restart markers."""

    @cached_property
    def jpeg(self) -> Header | None:
        """The JPEG header, None for an image that is not JPEG or has no restart markers."""
        if self.compression != 7:
            return None
        offset, length = self._strip
        header = read_header(self.directory.source.read(offset, min(length, _MAX_HEADER_BYTES)))
        return header if header is not None and header.interval else None

    @property
    def header(self) -> bytes:
        """JPEG header that goes before every stripe."""
        return self.jpeg.data if self.jpeg is not None else b""

    @cached_property
    def _strip(self) -> tuple[int, int]:
        offset, length = self.directory.array(273), self.directory.array(279)
        if offset.size != 1 or length.size != 1:
            raise CorruptFile("The file is damaged: an NDPI image must be one strip.")
        return int(offset[0]), int(length[0])

    @cached_property
    def tile_size(self) -> tuple[int, int]:
        """Width and height of a stripe in pixels, checked."""
        if self.jpeg is None:
            if max(self.width, self.height) > _JPEG_SIDE_PX:
                raise TileRefused
            return self._plain_tile_size()
        header = self.jpeg
        units = -(-self.width // header.mcu_width)
        if header.interval % units == 0:
            width, height = units * header.mcu_width, header.interval // units * header.mcu_height
        elif units % header.interval == 0:
            width, height = header.interval * header.mcu_width, header.mcu_height
        else:
            raise UnsupportedCompression("The restart markers of this NDPI file do not fit its rows.")
        if width > _JPEG_SIDE_PX or width * height * self.samples > MAX_SEGMENT_BYTES:
            raise TileRefused
        return width, height

    def _plain_tile_size(self) -> tuple[int, int]:
        if self.width * self.height * self.samples > MAX_SEGMENT_BYTES:
            raise TileRefused
        return self.width, self.height

    @cached_property
    def segments(self) -> Segments:
        """Where the stripes lie."""
        width, height = self.tile_size
        offset, length = self._strip
        if self.jpeg is None:
            return Segments(width, height, 0, _table([offset]), _table([length]))
        cols, rows = -(-self.width // width), -(-self.height // height)
        starts = self._starts()
        if starts.size != cols * rows:
            raise CorruptFile("The file is damaged: its table of stripes does not fit the image.")
        ends = np.append(starts[1:], np.uint64(length))
        if (ends <= starts).any():
            raise CorruptFile("The file is damaged: its table of stripes is out of order.")
        shape = (1, rows, cols)
        bottom = self.height - (rows - 1) * height
        return Segments(
            width,
            height,
            bottom if bottom < height and height > self.jpeg.mcu_height else 0,
            (starts + np.uint64(offset)).reshape(shape),
            (ends - starts).reshape(shape),
        )

    def _starts(self) -> Table:
        """Return where each stripe starts, counted from the start of the strip."""
        starts = self.directory.array(_MCU_STARTS)
        if not starts.size:
            return self._scanned_starts()
        high = self.directory.array(_MCU_STARTS_HIGH)
        if high.size == starts.size:
            starts = starts | (high << np.uint64(32))
        return starts

    def _scanned_starts(self) -> Table:
        """Find the restart markers of an early file, which has no table of them."""
        header = self.jpeg
        if header is None:
            raise CorruptFile
        source, (offset, length) = self.directory.source, self._strip
        found = [np.array([len(header.data)], np.uint64)]
        position = len(header.data)
        while position < length - 1:
            chunk = np.frombuffer(source.read(offset + position, min(_SCAN_CHUNK_BYTES, length - position)), np.uint8)
            marks = np.flatnonzero((chunk[:-1] == 0xFF) & ((chunk[1:] & 0xF8) == 0xD0))
            found.append(marks.astype(np.uint64) + np.uint64(position + 2))
            position += chunk.size - 1
        starts = np.concatenate(found)
        return starts[: -1 if int(starts[-1]) >= length - 2 and starts.size > 1 else None]


def read_header(data: bytes) -> Header | None:
    """Parse a baseline JPEG header up to its scan; None when it is none."""
    position, interval = 2, 0
    unit = (0, 0)
    if not data.startswith(b"\xff\xd8"):
        return None
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker, size = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + size]
        if marker == 0xDD and len(body) >= 2:
            interval = struct.unpack(">H", body[:2])[0]
        elif marker in {0xC0, 0xC1} and len(body) >= 6 + 3 * body[5]:
            factors = body[7 : 6 + 3 * body[5] : 3]
            wide = max((factor >> 4 for factor in factors), default=1) if len(factors) > 1 else 1
            high = max((factor & 15 for factor in factors), default=1) if len(factors) > 1 else 1
            unit = (8 * max(1, wide), 8 * max(1, high))
        elif marker == 0xDA:
            end = position + 2 + size
            return Header(data[:end], *unit, interval) if unit[0] and end <= len(data) else None
        position += 2 + size
    return None


def _table(values: list[int]) -> Table:
    return np.array(values, np.uint64).reshape(1, 1, -1)


def _along_z(pages: list[NdpiPage]) -> PlanePages:
    ordered = sorted(pages, key=lambda page: page.directory.number(_Z_OFFSET_NM))
    return {(0, number, 0): (page, 0) for number, page in enumerate(ordered)}


def _spacing(pages: list[NdpiPage]) -> float | None:
    """Return the distance of focal planes in micrometres; the file counts nanometres."""
    offsets = sorted(page.directory.number(_Z_OFFSET_NM) for page in pages)
    return abs(offsets[-1] - offsets[0]) / (len(offsets) - 1) / 1000 if len(offsets) > 1 else None


def _metadata(directory: Directory) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name in _NAMES.items():
        text = directory.text(code) if code in {65427, 65434, 65442} else ""
        values = directory.numbers(code, 1)
        if text or values:
            found[f"hamamatsu.{name}"] = text or f"{values[0]:.10g}"
    for line in directory.text(_PROPERTIES).splitlines()[:1000]:
        key, equals, value = line.partition("=")
        if equals and key.strip():
            found.setdefault(f"hamamatsu.{key.strip()}", value.strip()[:4096])
    return found
