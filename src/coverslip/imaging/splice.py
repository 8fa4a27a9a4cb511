"""Surgery on JPEG headers, so that a tile as it lies in the file becomes a JPEG that stands alone.

Tiles of a TIFF share their tables (JPEGTables), RGB ones carry no sign that they are not YCbCr, and
NDPI stores bare scan data. Nothing here decodes.
"""

import re
from dataclasses import dataclass

from coverslip.core.errors import TileUnreadable
from coverslip.ports.format import Codec, ColourModel

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
_SOS = 0xDA
_APP0, _APP2, _APP14, _COM = 0xE0, 0xE2, 0xEE, 0xFE
_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class SpliceParts:
    """What goes before the tiles of one level, made once.

    Attributes
    ----------
    prefix : bytes
        SOI, an Adobe marker that states the colour transform, and the shared tables.
    header : bytes
        For bare scan data: the whole header from SOI to the end of SOS; otherwise empty.
    size_at : int
        Where in ``header`` the height (2 bytes) and width (2 bytes) of the frame stand.
    """

    prefix: bytes
    header: bytes = b""
    size_at: int = 0


def splice_parts(codec: Codec) -> SpliceParts:
    """Prepare what every tile of a level needs in front of it.

    Raises
    ------
    TileUnreadable
        The shared tables or the shared header are damaged.
    """
    prefix = SOI + _adobe(codec) + _without_application_data(codec.tables)
    if not codec.header:
        return SpliceParts(prefix)
    header = prefix + _without_application_data(codec.header)
    frames = [start for marker, start, _ in _segments(header) if marker in _SOF]
    if not frames:
        raise TileUnreadable
    return SpliceParts(prefix, header, frames[0] + 5)


def splice(parts: SpliceParts, tile: bytes, width: int = 0, height: int = 0) -> bytes:
    """Return a JPEG that stands alone.

    Parameters
    ----------
    parts : SpliceParts
    tile : bytes
        As it lies in the file.
    width, height : int
        Size of the tile in pixels; needed only for bare scan data.

    Raises
    ------
    TileUnreadable
        The bytes do not start like a JPEG.
    """
    if parts.header:
        return _around_scan(parts, tile, width, height)
    if tile[:2] != SOI:
        raise TileUnreadable
    at = 2
    try:
        while True:
            if tile[at] != 0xFF:
                raise TileUnreadable
            marker = tile[at + 1]
            if marker == _SOS:
                return parts.prefix + tile[2:]
            if marker == 0xFF:
                at += 1
                continue
            if not _wanted(marker):
                break
            at += 2 + (tile[at + 2] << 8 | tile[at + 3])
    except IndexError:
        raise TileUnreadable from None
    return _without_segments(parts.prefix, tile)


def has_one_scan(tile: bytes) -> bool:
    """Whether a sequential JPEG holds all its components in the first scan, so that decoders read no other.

    ITU-T T.81, B.2.2 and B.2.3. False where the header does not say so.
    """
    at, components = 2, 0
    try:
        while tile[at] == 0xFF:
            marker = tile[at + 1]
            if marker == _SOS:
                return tile[at + 4] == components > 0
            if marker in _SOF:
                if marker not in _SEQUENTIAL:
                    return False
                components = tile[at + 9]
            at += 2 + (tile[at + 2] << 8 | tile[at + 3])
    except IndexError:
        pass
    return False


def splice_jpeg(tile: bytes, codec: Codec, width: int = 0, height: int = 0) -> bytes:
    """Splice one tile; where many share a codec, prepare :func:`splice_parts` once instead."""
    return splice(splice_parts(codec), tile, width, height)


def _adobe(codec: Codec) -> bytes:
    # Stated for YCbCr too: without it decoders guess from component ids and JFIF, and guess differently.
    if codec.samples != 3:
        return b""
    return _ADOBE + (b"\x01" if codec.colour is ColourModel.YCBCR else b"\x00")


def _wanted(marker: int) -> bool:
    # JFIF (APP0) would override the Adobe marker; an ICC profile (APP2) would be applied by browsers;
    # the rest of APPn and comments only cost bytes.
    return not (_APP0 <= marker <= 0xEF or marker == _COM)


def _segments(stream: bytes) -> list[tuple[int, int, int]]:
    """List (marker, start, end) of the segments up to and including SOS, without SOI and EOI."""
    found: list[tuple[int, int, int]] = []
    at = 2
    while at + 4 <= len(stream):
        if stream[at] != 0xFF:
            raise TileUnreadable
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            break
        end = at + 2 + (stream[at + 2] << 8 | stream[at + 3])
        if end > len(stream):
            raise TileUnreadable
        found.append((marker, at, end))
        at = end
        if marker == _SOS:
            break
    return found


def _without_application_data(stream: bytes) -> bytes:
    return b"".join(stream[start:end] for marker, start, end in _segments(stream) if _wanted(marker))


def _without_segments(prefix: bytes, tile: bytes) -> bytes:
    segments = _segments(tile)
    kept = [tile[start:end] for marker, start, end in segments if _wanted(marker)]
    return b"".join((prefix, *kept, tile[segments[-1][2] :]))


def _around_scan(parts: SpliceParts, scan: bytes, width: int, height: int) -> bytes:
    header = bytearray(parts.header)
    header[parts.size_at : parts.size_at + 4] = height.to_bytes(2) + width.to_bytes(2)
    ends_with_restart = len(scan) >= 2 and scan[-2] == 0xFF and 0xD0 <= scan[-1] <= 0xD7
    if ends_with_restart or scan.endswith(EOI):
        scan = scan[:-2]
    return b"".join((header, _renumbered(scan), EOI))


def _renumbered(scan: bytes) -> bytes:
    """Count restart markers from 0 again, as a decoder expects at the start of an image."""
    if _RESTART.search(scan) is None:
        return scan
    counter = iter(range(len(scan)))
    return _RESTART.sub(lambda _: bytes((0xFF, 0xD0 + next(counter) % 8)), scan)
