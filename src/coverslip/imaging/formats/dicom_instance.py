"""One DICOM file of a slide: what it shows, how its frames are compressed, where they lie."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from coverslip.core.errors import (
    CorruptFile,
    DimensionsRefused,
    MissingAttribute,
    UnsupportedCompression,
    UnsupportedFormat,
)
from coverslip.imaging.formats.dicom_frames import Frames, encapsulated_frames, native_frames
from coverslip.imaging.formats.dicom_header import EXPLICIT_BIG, IMPLICIT_LITTLE, NO_PIXELS, Header, read_header
from coverslip.imaging.formats.limits import check_size, check_tile, check_tile_count
from coverslip.imaging.formats.tiff_ifd import ByteSource
from coverslip.ports.format import Codec, ColourModel, Compression

_MICROSCOPY = {
    "1.2.840.10008.5.1.4.1.1.77.1.6",  # VL Whole Slide Microscopy
    "1.2.840.10008.5.1.4.1.1.77.1.2",  # VL Microscopic
    "1.2.840.10008.5.1.4.1.1.77.1.3",  # VL Slide-Coordinates Microscopic
}
_NATIVE = {IMPLICIT_LITTLE, EXPLICIT_BIG, "1.2.840.10008.1.2.1"}
_COMPRESSIONS = {
    **dict.fromkeys(_NATIVE, Compression.RAW),
    "1.2.840.10008.1.2.1.98": Compression.RAW,
    "1.2.840.10008.1.2.5": Compression.DICOM_RLE,
    "1.2.840.10008.1.2.4.50": Compression.JPEG,
    "1.2.840.10008.1.2.4.51": Compression.JPEG,
    "1.2.840.10008.1.2.4.57": Compression.LJPEG,
    "1.2.840.10008.1.2.4.70": Compression.LJPEG,
    "1.2.840.10008.1.2.4.80": Compression.JPEGLS,
    "1.2.840.10008.1.2.4.81": Compression.JPEGLS,
    **dict.fromkeys([f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203)], Compression.JPEG2000),
    **dict.fromkeys([f"1.2.840.10008.1.2.4.{number}" for number in (110, 112)], Compression.JPEGXL),
}
_HEAD_BYTES = 64 * 1024


class Kind(StrEnum):
    """What an instance shows of the slide."""

    VOLUME = "volume"
    LABEL = "label"
    OVERVIEW = "macro"
    LOCALIZER = "localizer"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One file of the series.

    Attributes
    ----------
    path : pathlib.Path
    header : Header
    frames : Frames
    kind : Kind
    codec : Codec
    width, height : int
        Pixels of the whole image, not of a frame.
    tile_width, tile_height : int
        Pixels of a frame.
    planar : bool
        Whether uncompressed samples lie in planes, one after the other, within each frame.
    """

    path: Path
    header: Header
    frames: Frames
    kind: Kind
    codec: Codec
    width: int
    height: int
    tile_width: int
    tile_height: int
    planar: bool

    @property
    def dataset(self) -> Dataset:
        """The attributes, without pixels and per-frame groups."""
        return self.header.dataset


def read_instance(path: Path) -> Instance | None:
    """Read one file of a series; None when it shows no microscopy image (an annotation, a segmentation).

    Raises
    ------
    SlideUnreadable
        Or a subclass that names the reason.
    """
    source = ByteSource(path)
    try:
        header = read_header(source)
        if not _is_microscopy(header.dataset):
            return None
        return _instance(path, source, header)
    finally:
        source.close()


def _is_microscopy(dataset: Dataset) -> bool:
    return str(dataset.get("SOPClassUID", "") or dataset.file_meta.get("MediaStorageSOPClassUID", "")) in _MICROSCOPY


def whole(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """Return a whole number that the file must state (or ``default``).

    Raises
    ------
    MissingAttribute
        It is absent or empty and there is no default.
    CorruptFile
        It is no whole number.
    """
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            if default is None:
                raise MissingAttribute(f"The DICOM file lacks the attribute {keyword}.")
            return default
        return int(value)
    except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
        raise CorruptFile(f"The DICOM attribute {keyword} is not a number.") from error


def text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute as text, empty when absent or meaningless."""
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - a damaged value that nobody needs must not cost the slide
        return ""
    words = "" if value is None else str(value).strip()
    return "" if words in {"?", "Unknown", "UNKNOWN"} else words


def _instance(path: Path, source: ByteSource, header: Header) -> Instance:
    dataset = header.dataset
    if header.pixels == NO_PIXELS:
        raise MissingAttribute("The DICOM file lacks the attribute PixelData: it holds no image.")
    rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
    count = whole(dataset, "NumberOfFrames", 1)
    single = count == 1
    width = whole(dataset, "TotalPixelMatrixColumns", columns if single else None)
    height = whole(dataset, "TotalPixelMatrixRows", rows if single else None)
    samples = whole(dataset, "SamplesPerPixel")
    bits = whole(dataset, "BitsAllocated")
    if count <= 0:
        raise DimensionsRefused(f"The DICOM file declares {count} frames.")
    check_size(width, height)
    check_tile_count(count)
    if samples not in (1, 3) or bits not in (8, 16):
        raise UnsupportedFormat(f"The DICOM file has {samples} samples of {bits} bits a pixel, which is no slide.")
    check_tile(columns, rows, samples * bits // 8)
    compression = _COMPRESSIONS.get(header.transfer_syntax)
    if compression is None:
        raise UnsupportedCompression(
            f"The DICOM file uses the transfer syntax {header.transfer_syntax}, which Coverslip cannot decode."
        )
    if header.pixels_length is not None:
        frames = native_frames(header, count, rows * columns * samples * bits // 8, source.size)
    else:
        frames = encapsulated_frames(source, header, count)
    head = _first_bytes(source, frames)
    planar = compression is Compression.RAW and samples == 3 and whole(dataset, "PlanarConfiguration", 0) == 1
    return Instance(
        path=path,
        header=header,
        frames=frames,
        kind=_kind(dataset),
        codec=_codec(header, compression, head, 1 if planar else samples, bits),
        width=width,
        height=height,
        tile_width=columns,
        tile_height=rows,
        planar=planar,
    )


def _first_bytes(source: ByteSource, frames: Frames) -> bytes:
    present = np.flatnonzero(frames.length)
    if present.size == 0:
        raise CorruptFile("The file is damaged: all of its frames are empty.")
    number = present[0]
    return source.read(int(frames.offset[number]), min(int(frames.length[number]), _HEAD_BYTES))


def _kind(dataset: Dataset) -> Kind:
    try:
        values: Any = dataset.get("ImageType") or ()
        third = str(values[2]).upper() if not isinstance(values, str) and len(values) > 2 else ""
    except Exception:  # noqa: BLE001 - pydicom raises what a damaged value leads it into; the type is optional here
        third = ""
    names = {
        "LABEL": Kind.LABEL,
        "OVERVIEW": Kind.OVERVIEW,
        "LOCALIZER": Kind.LOCALIZER,
        "REGIONLOCALIZER": Kind.LOCALIZER,
        "THUMBNAIL": Kind.THUMBNAIL,
    }
    return names.get(third, Kind.VOLUME)


def _codec(header: Header, compression: Compression, head: bytes, samples: int, bits: int) -> Codec:
    dataset = header.dataset
    signed = whole(dataset, "PixelRepresentation", 0) == 1
    order = "|" if bits == 8 else (">" if header.transfer_syntax == EXPLICIT_BIG else "<")
    photometric = text(dataset, "PhotometricInterpretation").upper()
    if not photometric:
        raise MissingAttribute("The DICOM file lacks the attribute PhotometricInterpretation.")
    colour = _colour(compression, photometric, head)
    palette = _palette(dataset, bits) if colour is ColourModel.PALETTE else b""
    return Codec(compression, colour, samples, f"{order}{'i' if signed else 'u'}{bits // 8}", palette=palette)


def _colour(compression: Compression, photometric: str, head: bytes) -> ColourModel:
    simple = {
        "MONOCHROME2": ColourModel.GRAY,
        "MONOCHROME1": ColourModel.GRAY_INVERTED,
        "PALETTE COLOR": ColourModel.PALETTE,
    }
    if photometric in simple:
        return simple[photometric]
    if photometric != "RGB" and not photometric.startswith("YBR_"):
        raise UnsupportedFormat(f"The DICOM file has the colour model {photometric}, which is no slide's.")
    declared = ColourModel.RGB if photometric == "RGB" else ColourModel.YCBCR
    if compression is Compression.JPEG:
        return _jpeg_colour(head, declared)
    if compression is Compression.JPEG2000:
        return _jpeg2000_colour(head, declared)
    if compression is Compression.JPEGXL:
        return ColourModel.RGB
    if compression is Compression.RAW and photometric not in ("RGB", "YBR_FULL"):
        raise UnsupportedCompression(f"The DICOM file stores raw pixels as {photometric}, which Coverslip cannot read.")
    return declared


def _jpeg_colour(head: bytes, declared: ColourModel) -> ColourModel:
    """Believe the JPEG's own markers before the attribute: many writers state RGB over a YCbCr stream."""
    position = 2
    while position + 4 <= len(head) and head[position] == 0xFF:
        marker, length = head[position + 1], int.from_bytes(head[position + 2 : position + 4], "big")
        body = head[position + 4 : position + 2 + length]
        if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
            return ColourModel.RGB if body[11] == 0 else ColourModel.YCBCR
        if marker == 0xE0 and body.startswith(b"JFIF\0"):
            return ColourModel.YCBCR
        if marker == 0xDA:
            break
        position += 2 + length
    return declared


def _jpeg2000_colour(head: bytes, declared: ColourModel) -> ColourModel:
    """Say RGB for a codestream with the component transform switched on, whatever the attribute says."""
    position = head.find(b"\xff\x52")
    if position >= 0 and position + 9 <= len(head) and head[position + 8] == 1:
        return ColourModel.RGB
    return declared


def _palette(dataset: Dataset, bits: int) -> bytes:
    from pydicom.pixels import apply_color_lut

    if bits != 8:
        raise UnsupportedFormat("The DICOM file has a palette of more than 256 colours, which is no slide's.")
    try:
        colours = apply_color_lut(np.arange(256, dtype=np.uint8)[np.newaxis], dataset)[0]
    except Exception as error:  # pydicom raises whatever a damaged palette leads it into
        raise CorruptFile("The file is damaged: its colour palette makes no sense.") from error
    if colours.dtype != np.uint8:
        colours = (colours >> 8).astype(np.uint8)
    return bytes(np.ascontiguousarray(colours[:, :3]).tobytes())
