"""Which levels a slide serves, and how its three grids relate.

This is the only place where web addresses (``z/x/y``, z = 0 the coarsest) and file addresses
(``level/col/row``, level 0 the finest) meet. Pure arithmetic; imports no decoder.
"""

import math
from dataclasses import dataclass

from coverslip.core.geometry import Region
from coverslip.ports.format import ColourModel, Compression, LevelInfo, SlideInfo, StoredLevel, StoredTiles

MADE_TILE_PX = 512
SMALLEST_GRID_PX = 128
LARGEST_GRID_PX = 1024
COVERED_WITHIN = 0.03
"""A power of two counts as covered by a stored level whose downsample is within this share of it."""


@dataclass(frozen=True, slots=True)
class ServedLevel:
    """One level that a client may ask for.

    Attributes
    ----------
    z : int
        Web address; 0 is the coarsest.
    width, height : int
        Pixels of the level.
    tile_width, tile_height, cols, rows : int
        The grid. Tiles of the last column and row reach beyond the level.
    downsample_x, downsample_y : float
        Level-0 pixels for each pixel of this level.
    stored : bool
        Whether the grid is the file's own and its tiles have known places in the file.
    source_level : int
        File level whose pixels this level shows or is made from.
    factor : int
        1 for a level of the file, otherwise how many times coarser than its source (rounded where
        the source's own downsample is no power of two).
    pass_through : bool
        Whether stored tiles are JPEGs that a browser can show as they are.
    """

    z: int
    width: int
    height: int
    tile_width: int
    tile_height: int
    cols: int
    rows: int
    downsample_x: float
    downsample_y: float
    stored: bool
    source_level: int
    factor: int
    pass_through: bool

    def tile_region(self, col: int, row: int) -> Region:
        """Return the whole tile in pixels of this level; it may reach beyond the level."""
        return Region(col * self.tile_width, row * self.tile_height, self.tile_width, self.tile_height)


@dataclass(frozen=True, slots=True)
class Scale:
    """Level-0 pixels for each pixel of a level, along x and y."""

    x: float
    y: float


def level_scale(full: LevelInfo, level: LevelInfo) -> Scale:
    """Return how much coarser a stored level is than level 0.

    The power of two, else the nearest integer, for which the level's size is level 0's divided and
    rounded; else the plain quotient of the sizes.
    """
    quotient = math.sqrt((full.width / level.width) * (full.height / level.height))
    power = 2.0 ** round(math.log2(quotient)) if quotient > 0 else 1.0
    nearest = float(max(1, round(full.width / level.width)))
    for whole in (power, nearest):
        if abs(level.width * whole - full.width) < whole and abs(level.height * whole - full.height) < whole:
            return Scale(whole, whole)
    return Scale(full.width / level.width, full.height / level.height)


def level_scales(info: SlideInfo) -> tuple[Scale, ...]:
    """Return the scale of every stored level, finest first."""
    return tuple(level_scale(info.levels[0], level) for level in info.levels)


def has_straight_axes(level: LevelInfo, scale: Scale) -> bool:
    """Whether x and y shrink alike, so that the level may be a grid.

    A level whose two factors differ by more than half a level pixel at the far corner can only be
    a source for other levels.
    """
    drift_x = abs(level.width * (scale.x / scale.y - 1))
    drift_y = abs(level.height * (scale.y / scale.x - 1))
    return max(drift_x, drift_y) <= 0.5


def own_grid(level: LevelInfo, stored: StoredLevel | None) -> bool:
    """Whether a level's own tiles can be served as a grid."""
    sides_fit = all(SMALLEST_GRID_PX <= side <= LARGEST_GRID_PX for side in (level.tile_width, level.tile_height))
    if stored is None or not sides_fit:
        return sides_fit
    one_size = stored.bottom_height in (0, level.tile_height)
    return one_size and stored.offset.shape[3:] == grid_shape(level)


def grid_shape(level: LevelInfo) -> tuple[int, int]:
    """Return rows and columns of a level's own tiles."""
    return -(-level.height // level.tile_height), -(-level.width // level.tile_width)


def browser_can_show(info: SlideInfo, stored: StoredLevel) -> bool:
    """Whether the stored tiles are 8-bit JPEGs that show the slide as it is."""
    codec = stored.codec
    if codec.compression is not Compression.JPEG or codec.dtype.lstrip("|<>=") not in ("u1", "uint8"):
        return False
    if codec.samples == 3:
        return info.rgb and codec.colour in (ColourModel.RGB, ColourModel.YCBCR)
    return codec.samples == 1 and codec.colour is ColourModel.GRAY and not info.rgb and len(info.channels) == 1


def served_levels(info: SlideInfo, stored: StoredTiles | None) -> tuple[ServedLevel, ...]:
    """Lay out every level that is served, coarsest first.

    Parameters
    ----------
    info : SlideInfo
    stored : StoredTiles or None
        Parallel to ``info.levels``; None when the tiles have no known places in the file.

    Returns
    -------
    tuple of ServedLevel
        ``result[z]``. The file's own levels, and a virtual one for every power of two that none of
        them covers, down to one tile.
    """
    scales = level_scales(info)
    found: list[ServedLevel] = []
    finest_width = math.inf
    for number, (level, scale) in enumerate(zip(info.levels, scales, strict=True)):
        if level.width < finest_width and has_straight_axes(level, scale):
            finest_width = level.width
            found.append(_file_level(info, stored, number, scale))
    found.extend(_virtual_levels(info, scales, tuple(found)))
    found.sort(key=lambda level: level.downsample_x, reverse=True)
    return tuple(_numbered(level, z) for z, level in enumerate(found))


def _file_level(info: SlideInfo, stored: StoredTiles | None, number: int, scale: Scale) -> ServedLevel:
    level = info.levels[number]
    place = stored[number] if stored is not None else None
    own = own_grid(level, place)
    tile_width, tile_height = (level.tile_width, level.tile_height) if own else (MADE_TILE_PX, MADE_TILE_PX)
    in_file = own and place is not None
    return ServedLevel(
        z=0,
        width=level.width,
        height=level.height,
        tile_width=tile_width,
        tile_height=tile_height,
        cols=-(-level.width // tile_width),
        rows=-(-level.height // tile_height),
        downsample_x=scale.x,
        downsample_y=scale.y,
        stored=in_file,
        source_level=number,
        factor=1,
        pass_through=in_file and place is not None and browser_can_show(info, place),
    )


def _virtual_levels(info: SlideInfo, scales: tuple[Scale, ...], own: tuple[ServedLevel, ...]) -> list[ServedLevel]:
    made: list[ServedLevel] = []
    coarsest = max(own, key=lambda level: level.downsample_x)
    power = 2
    while not (coarsest.cols == coarsest.rows == 1 and power > coarsest.downsample_x):
        if not any(abs(level.downsample_x / power - 1) <= COVERED_WITHIN for level in own):
            made.append(_virtual_level(info, scales, own, power))
            coarsest = max(coarsest, made[-1], key=lambda level: level.downsample_x)
        power *= 2
    return made


def _virtual_level(info: SlideInfo, scales: tuple[Scale, ...], own: tuple[ServedLevel, ...], power: int) -> ServedLevel:
    source = source_level(scales, power, power)
    grid = max((level for level in own if level.downsample_x < power), key=lambda level: level.downsample_x)
    width, height = -(-info.width // power), -(-info.height // power)
    return ServedLevel(
        z=0,
        width=width,
        height=height,
        tile_width=grid.tile_width,
        tile_height=grid.tile_height,
        cols=-(-width // grid.tile_width),
        rows=-(-height // grid.tile_height),
        downsample_x=float(power),
        downsample_y=float(power),
        stored=False,
        source_level=source,
        factor=max(2, round(power / scales[source].x)),
        pass_through=False,
    )


def source_level(scales: tuple[Scale, ...], downsample_x: float, downsample_y: float) -> int:
    """Return the coarsest stored level that is not coarser than asked.

    A level counts as not coarser within one part in a million, so that 3.9999999 asks for 4.
    """
    slack = 1 + 1e-6
    fitting = [
        number
        for number, scale in enumerate(scales)
        if scale.x <= downsample_x * slack and scale.y <= downsample_y * slack
    ]
    return max(fitting, key=lambda number: scales[number].x, default=0)


def _numbered(level: ServedLevel, z: int) -> ServedLevel:
    values = {name: getattr(level, name) for name in ServedLevel.__slots__}
    return ServedLevel(**{**values, "z": z})
