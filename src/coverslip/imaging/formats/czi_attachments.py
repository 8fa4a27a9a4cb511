"""The attachments of a CZI: thumbnail, label and preview, found by positioned reads."""

import io
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import SlideUnreadable, TileUnreadable
from coverslip.imaging.formats.tiff_ifd import ByteSource
from coverslip.ports.format import Pixels

MAX_ATTACHMENTS = 1024
MAX_BYTES = 64 * 1024 * 1024
MAX_PX = 64_000_000
_SEGMENT_HEAD = 32
_DIRECTORY_POSITION = _SEGMENT_HEAD + 72
_NAMES = {"Thumbnail": "thumbnail", "Label": "label", "SlidePreview": "macro"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture: its kind (``JPG`` or ``CZI``) and where its bytes lie."""

    name: str
    kind: str
    offset: int
    length: int


def find_attachments(path: Path) -> dict[str, Attachment]:
    """Return the pictures attached to a CZI; a damaged list counts as none."""
    source = ByteSource(path)
    try:
        return _found(source)
    except (SlideUnreadable, struct.error):
        return {}  # a broken label must not cost the slide
    finally:
        source.close()


def _found(source: ByteSource) -> dict[str, Attachment]:
    position = struct.unpack("<q", source.read(_DIRECTORY_POSITION, 8))[0]
    if position <= 0 or source.read(position, 12) != b"ZISRAWATTDIR":
        return {}
    count = struct.unpack("<i", source.read(position + _SEGMENT_HEAD, 4))[0]
    found: dict[str, Attachment] = {}
    for number in range(min(max(count, 0), MAX_ATTACHMENTS)):
        entry = source.read(position + _SEGMENT_HEAD + 256 + 128 * number, 128)
        kind = entry[40:48].split(b"\0", 1)[0].decode("latin-1")
        name = _NAMES.get(entry[48:128].split(b"\0", 1)[0].decode("latin-1"))
        place = struct.unpack_from("<q", entry, 12)[0]
        if name and name not in found and kind in ("JPG", "CZI") and source.read(place, 12) == b"ZISRAWATTACH":
            length = struct.unpack("<q", source.read(place + _SEGMENT_HEAD, 8))[0]
            offset = place + _SEGMENT_HEAD + 256
            if 0 < length <= MAX_BYTES and offset + length <= source.size:
                found[name] = Attachment(name, kind, offset, length)
    return found


def picture(path: Path, attachment: Attachment) -> Pixels:
    """Decode an attachment as uint8 RGB.

    Raises
    ------
    TileUnreadable
        It is damaged or too large.
    """
    source = ByteSource(path)
    try:
        data = source.read(attachment.offset, attachment.length)
    finally:
        source.close()
    try:
        pixels = _from_jpeg(data) if attachment.kind == "JPG" else _from_czi(data)
    except Exception as error:
        # Pillow and libCZI raise whatever a damaged picture leads them into.
        raise TileUnreadable from error
    if pixels.size > 3 * MAX_PX:
        raise TileUnreadable
    return np.ascontiguousarray(pixels)


def _from_jpeg(data: bytes) -> Pixels:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        if image.width * image.height > MAX_PX:
            raise TileUnreadable
        return np.asarray(image.convert("RGB"))


def _from_czi(data: bytes) -> Pixels:
    from pylibCZIrw import czi

    with tempfile.NamedTemporaryFile(suffix=".czi") as file:
        file.write(data)
        file.flush()
        with czi.open_czi(file.name) as document:
            box = document.total_bounding_rectangle
            if box.w * box.h > MAX_PX:
                raise TileUnreadable
            pixels: Any = document.read()
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    return pixels[:, :, ::-1] if pixels.shape[2] == 3 else np.repeat(pixels[:, :, :1], 3, axis=2)
