"""Which codec turns the stored bytes of a TIFF image into pixels."""

import struct
from typing import NamedTuple

import numpy as np

from coverslip.core.errors import CorruptFile, SlideUnreadable, UnsupportedCompression
from coverslip.imaging.formats.tiff_page import Page
from coverslip.ports.format import Codec, ColourModel, Compression

_COMPRESSIONS = {
    1: Compression.RAW,
    5: Compression.LZW,
    7: Compression.JPEG,
    8: Compression.DEFLATE,
    22610: Compression.JPEGXR,
    32773: Compression.PACKBITS,
    32946: Compression.DEFLATE,
    33003: Compression.JPEG2000,
    33004: Compression.JPEG2000,
    33005: Compression.JPEG2000,
    33007: Compression.JPEG,
    34712: Compression.JPEG2000,
    34892: Compression.JPEG,
    34925: Compression.LZMA,
    34926: Compression.ZSTD,
    34927: Compression.WEBP,
    34934: Compression.JPEGXR,
    50000: Compression.ZSTD,
    50001: Compression.WEBP,
    50002: Compression.JPEGXL,
    52546: Compression.JPEGXL,
}
_NAMES = {2: "CCITT", 3: "CCITT Group 3", 4: "CCITT Group 4", 6: "old-style JPEG", 34887: "LERC", 34661: "JBIG"}
_IMAGE_CODECS = {
    Compression.JPEG,
    Compression.JPEG2000,
    Compression.JPEGXR,
    Compression.JPEGXL,
    Compression.WEBP,
    Compression.LJPEG,
}
APERIO_YCBCR = 33003
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6


class Frame(NamedTuple):
    """What the frame header of a JPEG stream says."""

    marker: int
    width: int
    height: int
    components: int


def needs_whole_image(page: Page) -> bool:
    """Say whether the segments of an image have no codec here, so that only its whole can be decoded.

    Bilevel and packed samples, facsimile codes, old-style JPEG, CMYK, CIELab and uncompressed
    chroma sub-sampling are rare and small; libtiff decodes them.
    """
    if page.compression in {2, 3, 4, 6} or page.dtype is None:
        return True
    if page.photometric not in {_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR}:
        return page.photometric in {5, 8, 9, 10}
    if page.photometric == _YCBCR and (page.planar or _COMPRESSIONS.get(page.compression) not in _IMAGE_CODECS):
        return True
    return page.photometric == _PALETTE and page.bits not in {8, 16}


def refuse_unknown(page: Page) -> None:
    """Raise when neither the codecs nor libtiff can decode an image.

    Raises
    ------
    UnsupportedCompression
    """
    if page.compression not in _COMPRESSIONS and not needs_whole_image(page):
        name = _NAMES.get(page.compression, f"method {page.compression}")
        raise UnsupportedCompression(f"The slide's pixels are compressed with {name}, which Coverslip cannot decode.")


def codec_of(page: Page, *, palette: bool = True) -> Codec:
    """Return how to decode the segments of an image.

    Parameters
    ----------
    page : Page
    palette : bool
        Whether a colour map decides the colours; else the samples are values of a channel.

    Raises
    ------
    UnsupportedCompression
    """
    refuse_unknown(page)
    compression = _COMPRESSIONS[page.compression]
    dtype = page.dtype
    if dtype is None:
        raise UnsupportedCompression
    if page.fill_order == 2 and compression in _IMAGE_CODECS:
        raise UnsupportedCompression
    samples = 1 if page.planar else page.samples
    tables = b""
    if compression is Compression.JPEG:
        tables = _jpeg_tables(page)
        compression = _jpeg_kind(page)
    order = "" if dtype.itemsize == 1 or compression in _IMAGE_CODECS else page.directory.order
    colours = _palette(page) if page.photometric == _PALETTE and palette else b""
    return Codec(
        compression=compression,
        colour=_colour(page, samples, colours),
        samples=samples,
        dtype=order + dtype.str[1:] if order else dtype.str[1:],
        predictor=1 if compression in _IMAGE_CODECS or page.predictor not in {2, 3} else page.predictor,
        tables=tables,
        header=page.header,
        palette=colours,
        fill_order=2 if page.fill_order == 2 else 1,
    )


def _colour(page: Page, samples: int, palette: bytes) -> ColourModel:
    if palette:
        return ColourModel.PALETTE
    if samples < 3:
        inverted = page.photometric == _WHITE_IS_ZERO
        return ColourModel.GRAY_INVERTED if inverted else ColourModel.GRAY
    if page.compression == APERIO_YCBCR:
        return ColourModel.YCBCR
    if page.photometric == _YCBCR:
        # JPEG 2000, WebP and JPEG XL carry their own colour transform; only JPEG needs to be told.
        jpeg = _COMPRESSIONS[page.compression] in {Compression.JPEG, Compression.JPEG2000}
        return ColourModel.YCBCR if jpeg else ColourModel.RGB
    return ColourModel.RGB


def _palette(page: Page) -> bytes:
    """Return the colour map as 256 RGB triplets (65,536 for 16-bit samples are refused)."""
    if page.bits != 8:
        raise UnsupportedCompression("The slide has a palette of more than 256 colours.")
    table = page.directory.array(320)
    if table.size != 3 * 256:
        raise CorruptFile("The file is damaged: its colour map is incomplete.")
    # Some writers store 8-bit values in the 16-bit map.
    scaled = table >> np.uint64(8) if int(table.max()) > 255 else table
    return np.ascontiguousarray(scaled.reshape(3, 256).T).astype(np.uint8).tobytes()


def _jpeg_tables(page: Page) -> bytes:
    tables = page.directory.raw(347)
    if tables and not tables.startswith(b"\xff\xd8"):
        raise CorruptFile("The file is damaged: its JPEG tables make no sense.")
    return tables.rstrip(b"\0") if tables[:2] == tables else tables


def _jpeg_kind(page: Page) -> Compression:
    """Tell lossless JPEG (which shares the tag of the ordinary kind) by the first stored segment."""
    if page.bits == 8 and page.samples != 1:
        return Compression.JPEG
    try:
        frame = first_frame(page)
    except SlideUnreadable:
        return Compression.JPEG
    return Compression.LJPEG if frame is not None and frame.marker == 0xC3 else Compression.JPEG


def first_frame(page: Page) -> Frame | None:
    """Return the frame header of the first stored segment of a JPEG image, None when there is none."""
    segments = page.segments
    stored = np.flatnonzero(segments.length)
    if not stored.size:
        return None
    first = int(stored[0])
    offset, length = int(segments.offset.flat[first]), int(segments.length.flat[first])
    return jpeg_frame(page.directory.source.read(offset, min(length, 1 << 16)))


def jpeg_frame(data: bytes) -> Frame | None:
    """Return the frame header of a JPEG stream, None when there is none in ``data``."""
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in {0xFF, 0x01} or 0xD0 <= marker <= 0xD8:
            position += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width, components = struct.unpack(">HHB", data[position + 5 : position + 10])
            return Frame(marker, width, height, components)
        if marker in {0xDA, 0xD9}:
            return None
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
