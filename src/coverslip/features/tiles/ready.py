"""A slide made ready for serving: every table that a stored tile needs, looked up once.

A request then costs a few list and array lookups. The arrays are views of the mapped slide index;
they are read through ``memoryview``, which gives a plain int several times faster than numpy.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from coverslip.features.tiles.address import TileRequest
from coverslip.features.tiles.files import IndexedFile
from coverslip.imaging.crc import load_crc_table
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.projection import PlaneChoice, Projection
from coverslip.imaging.pyramid import ServedLevel
from coverslip.imaging.splice import SpliceParts, splice_parts

Header = tuple[bytes, bytes]

KEPT: Final = b"private, max-age=86400, immutable"
ASKED_EACH_TIME: Final = b"private, no-cache"
SUMS_SUFFIX: Final = ".crc"
NEVER_KEPT: Final = b"no-store"
_VARY: Final = (b"vary", b"Cookie, Authorization")
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
EMPTY_MARK: Final = (b"x-coverslip-tile", b"empty")


def head(media_type: bytes, caching: bytes) -> tuple[Header, ...]:
    """Return the headers that all tiles of a kind share; length and ETag come per tile."""
    return (b"content-type", media_type), (b"cache-control", caching), _VARY, _NO_SNIFFING


class ReadyLevel:
    """One stored level whose tiles go out as they lie in the file.

    Attributes
    ----------
    cols, rows : int
    planes : int
        Planes of a time point; tile ``i`` of plane z at time t is number
        ``((t * planes) + z) * cols * rows + i``.
    times : int
    offsets, lengths : memoryview of int
        Flat tables over all tiles; length 0 is a gap.
    file_nos : memoryview of int or None
        None when all tiles lie in file 0.
    source_level : int
        The file's number of this level.
    parts : SpliceParts
        What goes before the tile's own bytes in the answer.
    tile_width, tile_height : int
    """

    __slots__ = (
        "cols",
        "file_nos",
        "lengths",
        "offsets",
        "parts",
        "planes",
        "rows",
        "source_level",
        "tile_height",
        "tile_width",
        "times",
    )

    def __init__(self, index: SlideIndex, level: ServedLevel) -> None:
        if index.stored is None:
            raise ValueError("a level that passes through has stored tiles")
        stored = index.stored[level.source_level]
        times, planes, _, self.rows, self.cols = stored.offset.shape
        self.times: int = times
        self.planes: int = planes
        self.offsets = _flat(stored.offset)
        self.lengths = _flat(stored.length)
        self.file_nos = None if stored.file_no is None else _flat(stored.file_no)
        self.source_level = level.source_level
        self.parts: SpliceParts = splice_parts(stored.codec)
        self.tile_width, self.tile_height = level.tile_width, level.tile_height

    def number(self, request: TileRequest) -> int:
        """Return the number of a tile of one plane in the flat tables; a projection's is that of its first."""
        plane = 0 if isinstance(request.plane, Projection) else request.plane
        layer = request.time * self.planes + plane
        number: int = (layer * self.rows + request.y) * self.cols + request.x
        return number

    def file_no(self, number: int) -> int:
        """Return in which of the slide's files a tile lies."""
        return 0 if self.file_nos is None else self.file_nos[number]


@dataclass(frozen=True, slots=True, eq=False)
class ReadySlide:
    """A slide index with what the tile path derives from it.

    Attributes
    ----------
    slide_id, version : str
    index : SlideIndex
    index_path : pathlib.Path
    levels : tuple of ReadyLevel or None
        Parallel to ``index.levels``; None where tiles must be made.
    files : tuple of IndexedFile
        Parallel to ``index.info.files``.
    current_query : bytes
        The query string of a request for this version and nothing else.
    tag : bytes
        The version as it stands in ETags.
    sums : tuple of memoryview of int, or None
        CRC-32 of each stored tile, parallel to ``index.stored``, once the background job has computed them.
    """

    slide_id: str
    version: str
    index: SlideIndex
    index_path: Path
    levels: tuple[ReadyLevel | None, ...]
    files: tuple[IndexedFile, ...]
    current_query: bytes
    tag: bytes
    sums: tuple[memoryview, ...] | None = None

    def with_sums(self) -> "ReadySlide":
        """Return the slide with its checksums if they have been computed meanwhile."""
        if self.sums is not None or self.index.stored is None:
            return self
        table = load_crc_table(self.index, self.index_path.with_suffix(SUMS_SUFFIX))
        return self if table is None else replace(self, sums=tuple(_flat(level) for level in table))

    def etag(self, z: int, x: int, y: int, plane: PlaneChoice = 0, time: int = 0, style: str | None = None) -> bytes:
        """Return the entity tag of one tile, quotes included."""
        if plane or time or style:
            at = str(plane).encode()
            return b'"%b-%d-%d-%d-%b-%d-%b"' % (self.tag, z, x, y, at, time, (style or "").encode())
        return b'"%b-%d-%d-%d"' % (self.tag, z, x, y)


def make_ready(slide_id: str, index: SlideIndex, index_path: Path) -> ReadySlide:
    """Look up everything that serving the slide's stored tiles needs."""
    return ReadySlide(
        slide_id=slide_id,
        version=index.version,
        index=index,
        index_path=index_path,
        levels=tuple(ReadyLevel(index, level) if level.pass_through else None for level in index.levels),
        files=tuple(
            IndexedFile(str(Path(index.folder, name)), size, mtime_ns)
            for name, size, mtime_ns in zip(index.info.files, index.file_sizes, index.file_mtimes_ns, strict=True)
        ),
        current_query=b"v=" + index.version.encode(),
        tag=index.version.encode(),
    )


def _flat(array: "npt.NDArray[Any]") -> memoryview:
    return array.reshape(-1).data
