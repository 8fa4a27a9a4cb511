"""One image of a TIFF file: what its tags say, checked, and the grid of its stored segments."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import CorruptFile, DimensionsRefused, TileRefused, UnsupportedCompression
from coverslip.imaging.formats.tiff_ifd import Directory

MAX_SIDE_PX = 1 << 21
"""No slide is wider: 2,097,152 pixels are half a metre at 0.25 µm."""

MAX_SEGMENT_BYTES = 256 * 1024 * 1024
"""Decoded bytes of one tile or strip; a decoder has 1 GiB for everything."""

MAX_SEGMENTS = 1 << 26

RAW_BLOCK_BYTES = 1 << 18
"""Uncompressed strips are served in blocks of rows of about this size."""

Table = npt.NDArray[np.uint64]

_SAMPLE_KINDS = {1: "u", 2: "i", 3: "f"}


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Where the tiles or strips of one image lie.

    Attributes
    ----------
    tile_width, tile_height : int
        Pixels of a whole segment.
    bottom_height : int
        Rows of the last row of segments where shorter, else 0.
    offset, length : ndarray of uint64, shape (planes, rows, cols)
        ``planes`` is the number of samples when they are stored apart, else 1. Length 0 is a gap.
    """

    tile_width: int
    tile_height: int
    bottom_height: int
    offset: Table
    length: Table


class Page:
    """One image: its shape, samples and segments.

    Parameters
    ----------
    directory : Directory

    Raises
    ------
    CorruptFile, DimensionsRefused
        The tags contradict themselves.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        get = directory.integer
        self.width, self.height = get(256), get(257)
        if self.width < 1 or self.height < 1:
            raise CorruptFile("The file is damaged: an image has no width or no height.")
        if max(self.width, self.height) > MAX_SIDE_PX:
            raise DimensionsRefused(
                f"The file declares an image of {self.width} x {self.height} pixels, which no slide has."
            )
        self.subfile = get(254) or {2: 1, 3: 2}.get(get(255), 0)
        self.compression = get(259, 1)
        self.photometric = get(262, 6 if self.compression == 6 else 1)
        self.samples = get(277, 1)
        self.planar = get(284, 1) == 2 and self.samples > 1
        self.predictor = get(317, 1)
        self.fill_order = get(266, 1)
        self.orientation = get(274, 1)
        self.tiled = 322 in directory
        self.sub_sampling = tuple(int(value) for value in directory.numbers(530, 2)) or (2, 2)
        if not 0 < self.samples <= 64:
            raise CorruptFile("The file is damaged: the number of samples of a pixel makes no sense.")
        if get(32998, 1) > 1 or get(32997, 1) > 1:
            raise UnsupportedCompression("The file stores volumes inside its tiles, which Coverslip cannot decode.")

    @cached_property
    def description(self) -> str:
        """Text of the ImageDescription tag."""
        return self.directory.text(270)

    @cached_property
    def bits(self) -> int:
        """Bits of each sample; 0 when the samples differ."""
        values = self.directory.numbers(258, 64) or ((8,) if self.compression == 6 else (1,))
        return int(values[0]) if len(set(values[: self.samples])) == 1 else 0

    @cached_property
    def dtype(self) -> np.dtype[np.generic] | None:
        """Type of a sample in native byte order; None where numpy has none (1, 4, 12 bits, complex)."""
        formats = set(self.directory.numbers(339, 64)[: self.samples]) or {1}
        kind = _SAMPLE_KINDS.get(int(next(iter(formats))), "u" if formats <= {4} else "")
        sizes = (16, 32, 64) if kind == "f" else (8, 16, 32, 64)
        if len(formats) != 1 or not kind or self.bits not in sizes:
            return None
        return np.dtype(f"{kind}{self.bits // 8}")

    @cached_property
    def alike(self) -> tuple[object, ...]:
        """What two planes of one image must share."""
        return (
            self.width,
            self.height,
            self.samples,
            self.bits,
            self.compression,
            self.photometric,
            self.planar,
            self.predictor,
            self.fill_order,
            self.tile_size,
        )

    @cached_property
    def tile_size(self) -> tuple[int, int]:
        """Width and height of a stored segment in pixels, checked.

        Raises
        ------
        CorruptFile, TileRefused
        """
        get = self.directory.integer
        if self.tiled:
            width, height = get(322), get(323)
        else:
            width, height = self.width, min(get(278, self.height) or self.height, self.height)
        if width < 1 or height < 1:
            raise CorruptFile("The file is damaged: its tiles have no width or no height.")
        sample_bytes = (1 if self.planar else self.samples) * max(1, self.bits // 8)
        if not self.raw_rows and width * height * sample_bytes > MAX_SEGMENT_BYTES:
            what = "tile" if self.tiled else "strip"
            raise TileRefused(
                f"The file declares a {what} of {width} x {height} pixels, which is too large to decode safely."
            )
        return width, height

    @property
    def header(self) -> bytes:
        """JPEG header before each segment, where the file stores bare scan data (NDPI)."""
        return b""

    @property
    def raw_rows(self) -> bool:
        """Whether the image is rows of uncompressed bytes, which may be cut anywhere."""
        return not self.tiled and self.compression == 1 and self.dtype is not None and self.photometric != 6

    @property
    def row_bytes(self) -> int:
        """Bytes of one uncompressed row of one segment as wide as the image."""
        return self.width * (1 if self.planar else self.samples) * max(1, self.bits // 8)

    @cached_property
    def segments(self) -> Segments:
        """Where the segments lie; rows of uncompressed bytes are cut into blocks of a handy size.

        Raises
        ------
        CorruptFile
            The tables do not fit the image.
        """
        return self._cut_rows(self.declared) if self.raw_rows else self.declared

    @cached_property
    def declared(self) -> Segments:
        """Where the segments lie as the file declares them."""
        width, height = self.tile_size
        cols, rows = -(-self.width // width), -(-self.height // height)
        planes = self.samples if self.planar else 1
        wanted = cols * rows * planes
        if wanted > MAX_SEGMENTS:
            raise CorruptFile("The file is damaged: its tiles are too many for its size.")
        directory = self.directory
        offset = directory.array(324 if 324 in directory else 273)
        length = directory.array(325 if 325 in directory else 279)
        if not length.size and self.compression == 1 and offset.size == wanted and self.dtype is not None:
            length = self._raw_lengths(width, height, rows, wanted)
        if offset.size < wanted or length.size < wanted:
            raise CorruptFile("The file is damaged: its table of tiles is incomplete.")
        shape = (planes, rows, cols)
        offset, length = offset[:wanted].reshape(shape), length[:wanted].reshape(shape)
        length = np.where(offset == 0, np.uint64(0), length)
        bottom = 0 if self.tiled else self.height - (rows - 1) * height
        return Segments(width, height, 0 if bottom == height else bottom, offset, length)

    def _raw_lengths(self, width: int, height: int, rows: int, wanted: int) -> Table:
        """Return the byte counts that an uncompressed image without a table must have."""
        sample_bytes = (1 if self.planar else self.samples) * self.bits // 8
        lengths = np.full(wanted, width * height * sample_bytes, np.uint64)
        if not self.tiled:
            lengths[rows - 1 :: rows] = (self.height - (rows - 1) * height) * self.row_bytes
        return lengths

    def _cut_rows(self, found: Segments) -> Segments:
        """Cut or join uncompressed strips into blocks of rows of a handy size."""
        rows_wanted = max(1, RAW_BLOCK_BYTES // self.row_bytes)
        planes, strips, _ = found.offset.shape
        full = np.full(strips, found.tile_height, np.uint64)
        full[-1] = found.bottom_height or found.tile_height
        expected = full * np.uint64(self.row_bytes)
        offset, length = found.offset[..., 0], found.length[..., 0]
        if (length != 0).all() and (length < expected).any():
            raise CorruptFile("The file is damaged: a strip is shorter than its rows.")
        in_one_piece = bool((length != 0).all() and (offset[:, 1:] == offset[:, :-1] + expected[:-1]).all())
        if in_one_piece:
            height = min(rows_wanted, self.height)
        elif found.tile_height > rows_wanted and (length != 0).all():
            height = max(rows for rows in range(1, rows_wanted + 1) if found.tile_height % rows == 0)
        elif found.tile_height * self.row_bytes > MAX_SEGMENT_BYTES:
            raise TileRefused
        else:
            return found
        count = -(-self.height // height)
        first_row = np.arange(count, dtype=np.uint64) * np.uint64(height)
        strip = (
            np.zeros(count, np.intp) if in_one_piece else (first_row // np.uint64(found.tile_height)).astype(np.intp)
        )
        inside = (first_row - strip.astype(np.uint64) * np.uint64(found.tile_height)) * np.uint64(self.row_bytes)
        row_counts = np.minimum(np.uint64(self.height) - first_row, np.uint64(height))
        bottom = int(row_counts[-1])
        return Segments(
            self.width,
            height,
            0 if bottom == height else bottom,
            (offset[:, strip] + inside).reshape(planes, count, 1),
            np.broadcast_to((row_counts * np.uint64(self.row_bytes))[None, :, None], (planes, count, 1)).copy(),
        )
