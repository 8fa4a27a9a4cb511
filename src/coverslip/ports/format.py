"""The format door: how a file on disk becomes a slide.

A plugin is one class with five members (:class:`Format`). It runs only inside a decoder process,
never in the web process. Built-in formats enter by the same door (entry-point group
``coverslip.formats``), and ``coverslip.testing.FormatSuite`` is the exam for both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from coverslip.core.geometry import Plane, Region

Pixels = npt.NDArray[Any]


class Confidence(IntEnum):
    """How sure a format is that a file is its own."""

    NONE = 0
    WEAK = 1
    FAIR = 2
    GOOD = 3
    CERTAIN = 4


class Tier(StrEnum):
    """What a format promises; the conformance suite checks it.

    Bronze: pixels. Silver: scale, objective, label and macro too. Gold: ICC, planes, channels
    and stored tiles too. Platinum: remote ranges too, and fuzzed.
    """

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


@dataclass(frozen=True, slots=True)
class Peek:
    """What every format may look at while probing, read once and shared.

    Attributes
    ----------
    path : pathlib.Path
        The file or folder.
    head : bytes
        The first 64 KiB of a file; empty for a folder.
    is_dir : bool
        Whether ``path`` is a folder.
    size : int
        Bytes of the file; 0 for a folder.
    """

    path: Path
    head: bytes
    is_dir: bool
    size: int


@dataclass(frozen=True, slots=True)
class LevelInfo:
    """One stored resolution level.

    Attributes
    ----------
    width, height : int
        Pixels of the level.
    tile_width, tile_height : int
        Size of the stored tiles (or strips) in pixels; equal to the level's own size when the
        level is not tiled.
    """

    width: int
    height: int
    tile_width: int
    tile_height: int


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """One channel: for RGB slides there are three, named Red, Green and Blue.

    ``colour`` is ``#rrggbb``; wavelengths are in nanometres.
    """

    name: str
    colour: str
    emission_nm: float | None = None
    excitation_nm: float | None = None


@dataclass(frozen=True, slots=True)
class AssociatedInfo:
    """An image that belongs to the slide but is not the slide: label, macro, thumbnail ..."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SlideInfo:
    """Everything about a slide except its pixels.

    Attributes
    ----------
    format : str
        ``Format.name`` of the reader.
    levels : tuple of LevelInfo
        Stored levels of the main image, finest first. Coordinates elsewhere are pixels of level 0.
    dtype : str
        numpy dtype of the pixels in native byte order, e.g. ``uint8``, ``uint16``, ``float32``.
    rgb : bool
        Whether the pixels are RGB colour; then ``dtype`` is ``uint8`` and there are 3 channels.
    channels : tuple of ChannelInfo
    z_count, t_count : int
        Focal planes and time points, at least 1.
    z_spacing_um : float or None
        Distance between focal planes in micrometres.
    mpp_x, mpp_y : float or None
        Micrometres per level-0 pixel; None when the file does not say.
    objective : float or None
        Nominal magnification of the scan, 40 for 40x.
    bit_depth : int or None
        Significant bits of a sample where fewer than the dtype holds (12 in uint16).
    icc_profile : bytes or None
        The embedded ICC profile of the main image.
    bounds : Region or None
        The vendor's non-empty part of level 0 (OpenSlide bounds), in level-0 pixels.
    background : tuple of int
        RGB of the empty parts.
    associated : tuple of AssociatedInfo
    metadata : mapping
        All original metadata as flat text, ``aperio.AppMag`` -> ``20``.
    files : tuple of str
        Every file of the slide, relative to the folder that holds it, with ``/``; the file that
        was opened comes first.
    """

    format: str
    levels: tuple[LevelInfo, ...]
    dtype: str
    rgb: bool
    channels: tuple[ChannelInfo, ...]
    files: tuple[str, ...]
    z_count: int = 1
    t_count: int = 1
    z_spacing_um: float | None = None
    mpp_x: float | None = None
    mpp_y: float | None = None
    objective: float | None = None
    bit_depth: int | None = None
    vendor: str | None = None
    scanner: str | None = None
    scanned_at: str | None = None
    icc_profile: bytes | None = None
    bounds: Region | None = None
    background: tuple[int, int, int] = (255, 255, 255)
    associated: tuple[AssociatedInfo, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Width of level 0 in pixels."""
        return self.levels[0].width

    @property
    def height(self) -> int:
        """Height of level 0 in pixels."""
        return self.levels[0].height


class Compression(StrEnum):
    """How the bytes of a stored tile are compressed."""

    RAW = "raw"
    JPEG = "jpeg"
    JPEG2000 = "jpeg2000"
    JPEGLS = "jpegls"
    JPEGXR = "jpegxr"
    JPEGXL = "jpegxl"
    LJPEG = "ljpeg"
    WEBP = "webp"
    LZW = "lzw"
    DEFLATE = "deflate"
    ZSTD = "zstd"
    LZMA = "lzma"
    PACKBITS = "packbits"
    DICOM_RLE = "dicom_rle"


class ColourModel(StrEnum):
    """What the decompressed samples mean."""

    GRAY = "gray"
    GRAY_INVERTED = "gray_inverted"
    RGB = "rgb"
    YCBCR = "ycbcr"
    PALETTE = "palette"


@dataclass(frozen=True, slots=True)
class Codec:
    """How to turn the bytes of any tile of one level into pixels.

    Attributes
    ----------
    compression : Compression
    colour : ColourModel
        Meaning of the decompressed samples. For JPEG, YCBCR means that the JPEG decoder must
        convert to RGB, RGB that it must not.
    samples : int
        Samples per pixel in one tile (3 for interleaved RGB, 1 for a channel plane).
    dtype : str
        numpy dtype *with byte order* of the decompressed samples, e.g. ``>u2``.
    predictor : int
        TIFF predictor (1 none, 2 horizontal differencing, 3 floating point).
    tables : bytes
        JPEG tables (DQT, DHT) shared by all tiles: a JPEG stream from SOI to EOI, or empty.
    header : bytes
        JPEG header that precedes each tile where the file stores bare scan data (NDPI);
        its SOF dimensions are replaced by those of the tile. Empty otherwise.
    palette : bytes
        For PALETTE: 256 RGB triplets, uint8.
    fill_order : int
        TIFF FillOrder; 2 means that bits are reversed in each byte.
    """

    compression: Compression
    colour: ColourModel
    samples: int
    dtype: str
    predictor: int = 1
    tables: bytes = b""
    header: bytes = b""
    palette: bytes = b""
    fill_order: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class StoredLevel:
    """Where the tiles of one level lie.

    Attributes
    ----------
    codec : Codec
    offset : ndarray of uint64, shape (t, z, c, rows, cols)
        Byte offset of each tile. ``c`` is 1 when the samples of a tile hold all channels.
    length : ndarray of uint32, same shape
        Bytes of each tile; 0 marks a gap (background).
    file_no : ndarray of uint16, same shape, or None
        Index into ``SlideInfo.files``; None when every tile lies in file 0.
    bottom_height : int
        Height in pixels of the tiles of the last row where shorter than the others (TIFF strips
        and NDPI); 0 when all tiles have full size.
    """

    codec: Codec
    offset: npt.NDArray[np.uint64]
    length: npt.NDArray[np.uint32]
    file_no: npt.NDArray[np.uint16] | None = None
    bottom_height: int = 0


StoredTiles = tuple[StoredLevel, ...]


@runtime_checkable
class Slide(Protocol):
    """An open slide inside a decoder process. Not shared between threads."""

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        ...

    def stored_tiles(self) -> StoredTiles | None:
        """Return where each level's tiles lie (parallel to ``info.levels``), or None.

        None means that only :meth:`read` gives pixels (OpenSlide, Zarr, plain images).
        """
        ...

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one stored level.

        Parameters
        ----------
        region : Region
            In pixels *of that level*, wholly inside it.
        level : int
            0 is the finest.
        plane : Plane
        channels : sequence of int or None
            Which channels, None for all; ignored for RGB slides.

        Returns
        -------
        ndarray, shape (height, width, channels)
            uint8 with 3 channels for RGB slides, otherwise ``info.dtype``.
        """
        ...

    def associated(self, name: str) -> Pixels:
        """Return an associated image as uint8 RGB, shape (height, width, 3).

        Raises
        ------
        NotFound
            The slide has no associated image of that name.
        """
        ...

    def close(self) -> None:
        """Release files; harmless when called twice."""
        ...


class Format(Protocol):
    """A slide format: what a plugin implements.

    Two further members are optional. A format for many kinds of file that others read better says
    ``last = True``: among equally sure formats it is asked after all others. ``reader()`` names the
    library that reads, with its version, or raises ``UnsupportedFormat`` with a sentence that says
    what is missing; without it the format reads by itself.
    """

    @property
    def name(self) -> str:
        """Short stable name, ``svs``."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Lower-case file name endings with their dot."""
        ...

    @property
    def tier(self) -> Tier:
        """What the format promises."""
        ...

    def probe(self, peek: Peek) -> Confidence:
        """Say how sure the format is; never raises, reads nothing but ``peek`` and names beside it."""
        ...

    def open(self, path: Path) -> Slide:
        """Open the slide.

        Raises
        ------
        SlideUnreadable
            Or one of its subclasses; the message is shown to the user.
        """
        ...
