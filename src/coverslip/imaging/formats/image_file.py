"""The header of a plain image, checked before a pixel is unpacked: size, kind of samples, completeness."""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import (
    BombRefused,
    CorruptFile,
    DimensionsRefused,
    SlideUnreadable,
    TruncatedFile,
    UnsupportedFormat,
)
from coverslip.imaging.formats.tiff_ifd import ByteSource

MAX_PX = 1_000_000_000
"""Largest image in pixels; a larger one belongs into a tiled format."""

FREE_PX = 100_000_000
"""Up to this size an image may be as well compressed as it likes."""

MAX_RATIO = 200
"""Above ``FREE_PX``, unpacked bytes for each byte of the file; real scans stay below 150."""

MAX_SCANS = 500
"""Scans of a progressive JPEG: every one costs a pass over the whole image."""

MEMORY_BYTES = 700_000_000
"""What a codec that works on the whole image at once may need."""

_TAIL_BYTES = 1 << 20
_PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the header of an image file says.

    Attributes
    ----------
    kind : str
        ``jpeg``, ``png``, ``webp``, ``bmp`` or ``jp2``.
    mode : str
        Pillow's name for the samples.
    width, height : int
        As stored, before the orientation is applied.
    samples : int
        Decoded samples a pixel, alpha included.
    dtype : str
        ``uint8`` or ``uint16``.
    orientation : int
        EXIF orientation, 1 for upright.
    raw : tuple of (int, int, str) or None
        Offset of the first byte, bytes of a row (negative: bottom row first) and order of the
        samples where pixels lie uncompressed in the file.
    icc_profile : bytes or None
    metadata : dict
    """

    kind: str
    mode: str
    width: int
    height: int
    samples: int
    dtype: str
    orientation: int
    raw: tuple[int, int, str] | None
    icc_profile: bytes | None
    metadata: dict[str, str]


def kind_of(head: bytes) -> str | None:
    """Return the kind of image that a file starts like."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"BM") and len(head) >= 26 and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if head.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):
        return "jp2"
    return None


def read_header(path: Path) -> ImageHeader:
    """Read and check the header of an image.

    Raises
    ------
    DimensionsRefused
        More than ``MAX_PX`` pixels, or more than the codec can unpack.
    BombRefused
        A large image that is compressed far more than any scan, or a JPEG of very many scans.
    TruncatedFile, CorruptFile, UnsupportedFormat
    """
    source = ByteSource(path)
    try:
        head = source.read(0, min(64 * 1024, source.size))
        kind = kind_of(head)
        if kind is None:
            raise UnsupportedFormat("The file is no image that Coverslip knows.")
        header = _from_pillow(path, kind)
        _check_size(header, source.size)
        _COMPLETE[kind](source, head, header)
        return header
    finally:
        source.close()


def _from_pillow(path: Path, kind: str) -> ImageHeader:
    from PIL import Image, UnidentifiedImageError

    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        Image.MAX_IMAGE_PIXELS = MAX_PX  # Pillow's own limit stays on, raised to what this module checks
        try:
            with Image.open(path, formats=(_PILLOW[kind],)) as image:
                return _described(image, kind, path)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DimensionsRefused(f"The image is larger than {MAX_PX // 1_000_000} million pixels.") from error
        except UnidentifiedImageError as error:
            raise CorruptFile("The file is damaged: its image header makes no sense.") from error
        except SlideUnreadable:
            raise
        except Exception as error:
            # Pillow raises whatever a damaged header leads it into.
            raise CorruptFile("The file is damaged: its image header makes no sense.") from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit


_PILLOW = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "jp2": "JPEG2000"}


def _described(image: Any, kind: str, path: Path) -> ImageHeader:
    width, height = image.size
    samples, dtype = len(image.getbands()), "uint16" if image.mode.startswith("I") else "uint8"
    if kind == "png":
        with path.open("rb") as stream:
            depth, colour = struct.unpack(">BB", stream.read(26)[24:])
        samples, dtype = _PNG_SAMPLES.get(colour, 0), "uint16" if depth == 16 else "uint8"
        samples += "transparency" in image.info and colour in (0, 2, 3)
    elif image.mode in ("P", "1", "CMYK", "YCbCr"):
        samples = 3
    profile = image.info.get("icc_profile")
    exif = _exif(image)
    orientation = exif.get(0x0112, 1)
    return ImageHeader(
        kind=kind,
        mode=image.mode,
        width=width,
        height=height,
        samples=samples,
        dtype=dtype,
        orientation=orientation if orientation in range(1, 9) else 1,
        raw=_raw_place(image),
        icc_profile=profile if isinstance(profile, bytes) and len(profile) > 128 else None,
        metadata=_metadata(image, exif),
    )


def _exif(image: Any) -> Any:
    """Return the EXIF block; for PNG only one before the pixels, since Pillow unpacks them all to look behind."""
    from PIL import Image

    if image.format != "PNG":
        return image.getexif()
    exif = Image.Exif()
    block = image.info.get("exif")
    if isinstance(block, bytes):
        exif.load(block)
    return exif


def _raw_place(image: Any) -> tuple[int, int, str] | None:
    """Return where uncompressed true-colour rows lie, from Pillow's plan for decoding."""
    if image.format != "BMP" or len(image.tile) != 1 or image.tile[0][0] != "raw":
        return None
    _, _, offset, arguments = image.tile[0]
    if not isinstance(arguments, tuple) or len(arguments) != 3 or arguments[0] not in ("BGR", "BGRX"):
        return None
    return offset, arguments[1] * arguments[2], arguments[0]


def _metadata(image: Any, exif: Any) -> dict[str, str]:
    from PIL.ExifTags import TAGS

    found = {"image.Format": str(image.format), "image.Mode": str(image.mode)}
    for key, value in list(image.info.items())[:256]:
        if isinstance(value, str | int | float | tuple):
            found[f"image.{key}"] = str(value)[:4096]
    for tag, value in list(exif.items())[:256]:
        if not isinstance(value, bytes):
            found[f"exif.{TAGS.get(tag, tag)}"] = str(value)[:4096]
    return found


def _check_size(header: ImageHeader, file_bytes: int) -> None:
    pixels = header.width * header.height
    if not 0 < pixels <= MAX_PX:
        raise DimensionsRefused(f"The file declares an image of {header.width} x {header.height} pixels.")
    unpacked = pixels * header.samples * np.dtype(header.dtype).itemsize
    if pixels > FREE_PX and unpacked > MAX_RATIO * file_bytes:
        raise BombRefused(f"The image would unpack to {unpacked // max(1, file_bytes)} times the size of its file.")
    if header.raw is None and (header.kind == "bmp" or header.mode in ("CMYK", "YCbCr")):
        _check_memory(pixels * 8)


def _check_memory(needed: int) -> None:
    if needed > MEMORY_BYTES:
        raise DimensionsRefused("The image is too large for its kind of compression; store it in a tiled format.")


def _jpeg_complete(source: ByteSource, head: bytes, header: ImageHeader) -> None:
    del head
    start = max(0, source.size - _TAIL_BYTES)
    if source.read(start, source.size - start).rfind(b"\xff\xd9") < 0:
        raise TruncatedFile
    data = source.read(0, source.size)
    # Within the compressed data 0xFF is always followed by zero, so this counts scans (or a few more).
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise BombRefused("The JPEG consists of more scans than any camera or scanner writes.")
    if data.find(b"\xff\xc2", 0, 1 << 20) >= 0:  # progressive: all coefficients are kept until the last scan
        _check_memory(header.width * header.height * 6)


def _png_complete(source: ByteSource, head: bytes, header: ImageHeader) -> None:
    del head, header
    position = 8
    while True:
        if position + 12 > source.size:
            raise TruncatedFile
        length, name = struct.unpack(">I4s", source.read(position, 8))
        position += 12 + length
        if position > source.size:
            raise TruncatedFile
        if name == b"IEND":
            return


def _webp_complete(source: ByteSource, head: bytes, header: ImageHeader) -> None:
    del header
    if struct.unpack("<I", head[4:8])[0] + 8 > source.size:
        raise TruncatedFile


def _bmp_complete(source: ByteSource, head: bytes, header: ImageHeader) -> None:
    del head
    if header.raw is not None and header.raw[0] + abs(header.raw[1]) * header.height > source.size:
        raise TruncatedFile


def _jp2_complete(source: ByteSource, head: bytes, header: ImageHeader) -> None:
    start = head.find(b"\xff\x4f\xff\x51")
    if start < 0:
        start_box = source.read(0, min(source.size, _TAIL_BYTES))
        start = start_box.find(b"\xff\x4f\xff\x51")
        head = start_box
    if start < 0 or start + 42 > len(head):
        raise CorruptFile("The file is damaged: it has no JPEG 2000 picture in it.")
    tile_width, tile_height = struct.unpack_from(">II", head, start + 24)
    tile = min(tile_width, header.width) * min(tile_height, header.height)
    _check_memory(header.width * header.height * 4 + tile * 4 * max(1, header.samples))
    tail = source.read(max(0, source.size - 64), min(64, source.size))
    if b"\xff\xd9" not in tail:
        raise TruncatedFile


_COMPLETE = {
    "jpeg": _jpeg_complete,
    "png": _png_complete,
    "webp": _webp_complete,
    "bmp": _bmp_complete,
    "jp2": _jp2_complete,
}
