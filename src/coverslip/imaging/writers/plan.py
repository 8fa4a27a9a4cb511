"""What an export holds: which levels, in which tiles, taken from where, before a pixel is read."""

import math
from dataclasses import dataclass, replace
from typing import Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.pyramid import Scale, ServedLevel
from coverslip.imaging.scale import native_objective
from coverslip.ports.format import ChannelInfo, Compression, SlideInfo

TILE_PX: Final = 512
_TIFF_STEP_PX: Final = 16
"""TIFF 6.0, section 15: sides of tiles are multiples of 16."""
_LOSSY: Final = frozenset(
    {Compression.JPEG, Compression.JPEG2000, Compression.JPEGXR, Compression.JPEGXL, Compression.WEBP}
)
_LOSSLESS_READERS: Final = frozenset({"zarr", "image", "imagej"})
_JPEG_BYTES_A_PIXEL: Final = 1.0
"""Quality 95 of dense tissue; empty glass takes a tenth of it."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in level-0 pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class OutLevel:
    """One level of the export.

    Attributes
    ----------
    width, height, tile_width, tile_height : int
    downsample_x, downsample_y : float
        Level-0 pixels of the slide for each pixel.
    stored_level : int or None
        File level whose JPEG tiles are taken as they lie in the file.
    """

    width: int
    height: int
    tile_width: int
    tile_height: int
    downsample_x: float
    downsample_y: float
    stored_level: int | None = None

    @property
    def cols(self) -> int:
        """Tiles across."""
        return -(-self.width // self.tile_width)

    @property
    def rows(self) -> int:
        """Tiles down."""
        return -(-self.height // self.tile_height)


@dataclass(frozen=True, slots=True)
class About:
    """What a file says about its pixels.

    ``name`` is None where the picture must not say whose it is; ``mpp_x`` and ``mpp_y`` are micrometres
    per pixel of the first level.
    """

    name: str | None
    dtype: str
    rgb: bool
    channels: tuple[ChannelInfo, ...]
    z_count: int = 1
    t_count: int = 1
    mpp_x: float | None = None
    mpp_y: float | None = None
    z_spacing_um: float | None = None
    objective: float | None = None
    scanned_at: str | None = None
    icc_profile: bytes | None = None

    @property
    def samples(self) -> int:
        """Samples that lie together in one plane: 3 for RGB, else 1."""
        return 3 if self.rgb else 1

    @property
    def planes(self) -> list[tuple[int, int, int]]:
        """Every (t, z, channel) that is a plane of its own, in the order XYCZT."""
        channels = 1 if self.rgb else len(self.channels)
        return [(t, z, c) for t in range(self.t_count) for z in range(self.z_count) for c in range(channels)]


@dataclass(frozen=True, slots=True)
class Plan:
    """An export before it is written.

    Attributes
    ----------
    x, y : float
        Where it begins, in level-0 pixels of the slide.
    levels : tuple of OutLevel
        Finest first.
    lossy : bool
        Whether made tiles are JPEG; otherwise every pixel is kept.
    about : About
    """

    x: float
    y: float
    levels: tuple[OutLevel, ...]
    lossy: bool
    about: About

    @property
    def tiles(self) -> int:
        """How many tiles there are in all planes and levels."""
        return sum(level.cols * level.rows for level in self.levels) * len(self.about.planes)


def plan_export(
    index: SlideIndex,
    *,
    name: str | None,
    area: Area | None = None,
    scale: Scale | None = None,
    lossless: bool | None = None,
    mpp: float | None = None,
    pass_through: bool = True,
) -> Plan:
    """Lay out an export.

    Parameters
    ----------
    index : SlideIndex
    name : str or None
        What the file calls the picture; None keeps the identity out.
    area : Area or None
        The whole slide when None.
    scale : Scale or None
        Level-0 pixels for each pixel; the slide's own when None.
    lossless : bool or None
        None keeps every pixel exactly where the slide does; True always.
    mpp : float or None
        Pixel size that a person entered; it overrides the file's.
    pass_through : bool
        Whether stored JPEG tiles may be taken as they lie in the file.

    Raises
    ------
    InvalidRequest
        The area does not touch the slide.
    """
    info = index.info
    lossy = info.rgb and info.dtype == "uint8" and (not lossless) and (lossless is False or _is_lossy(index))
    native = scale is None or (scale.x == 1 and scale.y == 1)
    if area is None and native:
        origin = (0.0, 0.0)
        # A pyramid of whole tiles; where nothing may be lost, stored JPEG tiles would still be exact.
        levels = tuple(_served(index, level, pass_through=pass_through) for level in reversed(index.levels))
        step = Scale(1, 1)
    else:
        step = scale or Scale(1, 1)
        rectangle = _inside(area or Area(0, 0, info.width, info.height), info)
        origin = (rectangle.x, rectangle.y)
        levels = _halved(rectangle, step)
    return Plan(*origin, levels, lossy, _about(info, name, step, mpp))


def estimated_bytes(index: SlideIndex, plan: Plan) -> int:
    """Return about how large an export becomes; tiles that pass through are counted exactly."""
    about = plan.about
    itemsize = 1 if about.dtype == "bool" else int(about.dtype.lstrip("uintfloa")) // 8
    total = 0.0
    for level in plan.levels:
        if level.stored_level is not None and index.stored is not None:
            total += float(index.stored[level.stored_level].length.sum(dtype="u8"))
            continue
        pixels = level.cols * level.rows * level.tile_width * level.tile_height * len(about.planes)
        total += pixels * (_JPEG_BYTES_A_PIXEL if plan.lossy else about.samples * itemsize)
    return int(total) + 2**20 + 16 * plan.tiles


def for_zarr(plan: Plan) -> Plan:
    """Return the plan of the same pixels in chunks that are made, never taken from the file."""
    return replace(plan, lossy=False, levels=tuple(replace(level, stored_level=None) for level in plan.levels))


def _is_lossy(index: SlideIndex) -> bool:
    if index.stored is None:
        return index.info.format not in _LOSSLESS_READERS
    return index.stored[0].codec.compression in _LOSSY


def _served(index: SlideIndex, level: ServedLevel, *, pass_through: bool) -> OutLevel:
    fits = level.tile_width % _TIFF_STEP_PX == 0 and level.tile_height % _TIFF_STEP_PX == 0
    sides = (level.tile_width, level.tile_height) if fits else (TILE_PX, TILE_PX)
    planar = index.stored is not None and level.pass_through and index.stored[level.source_level].offset.shape[2] > 1
    taken = level.source_level if pass_through and level.pass_through and fits and not planar else None
    return OutLevel(level.width, level.height, *sides, level.downsample_x, level.downsample_y, taken)


def _halved(area: Area, step: Scale) -> tuple[OutLevel, ...]:
    levels: list[OutLevel] = []
    factor = 1
    while True:
        across, down = step.x * factor, step.y * factor
        width, height = (max(1, math.ceil(side - 1e-6)) for side in (area.width / across, area.height / down))
        levels.append(OutLevel(width, height, TILE_PX, TILE_PX, across, down))
        if max(width, height) <= TILE_PX:
            return tuple(levels)
        factor *= 2


def _inside(area: Area, info: SlideInfo) -> Area:
    left, top = max(0.0, area.x), max(0.0, area.y)
    right, bottom = min(float(info.width), area.x + area.width), min(float(info.height), area.y + area.height)
    if right - left < 1 or bottom - top < 1:
        detail = "This area lies outside the slide."
        raise InvalidRequest(detail, [FieldProblem("/x", detail)])
    left, top = math.floor(left), math.floor(top)
    return Area(left, top, math.ceil(right) - left, math.ceil(bottom) - top)


def _about(info: SlideInfo, name: str | None, step: Scale, mpp: float | None) -> About:
    mpp_x, mpp_y = (mpp, mpp) if mpp is not None else (info.mpp_x, info.mpp_y)
    native = native_objective(info)
    return About(
        name=name,
        dtype=info.dtype,
        rgb=info.rgb,
        channels=info.channels,
        z_count=info.z_count,
        t_count=info.t_count,
        mpp_x=None if mpp_x is None else mpp_x * step.x,
        mpp_y=None if mpp_y is None else mpp_y * step.y,
        z_spacing_um=info.z_spacing_um,
        objective=info.objective if native is None else native,
        scanned_at=None if name is None else info.scanned_at,
        icc_profile=info.icc_profile if info.rgb else None,
    )
