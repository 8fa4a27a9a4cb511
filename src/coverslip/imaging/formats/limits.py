"""What a file may declare before it is refused: no real slide comes near these numbers."""

from coverslip.core.errors import DimensionsRefused, TileRefused

MAX_SIDE_PX = 1 << 21
"""Longest side of a level in pixels; the largest scanners stay below 500,000."""

MAX_LEVEL_PX = 1 << 40
MAX_TILE_BYTES = 256 * 1024 * 1024
"""Largest decoded tile, strip or frame; larger ones would let a tiny file ask for gigabytes."""

MAX_TILES = 50_000_000


def check_size(width: int, height: int) -> None:
    """Refuse a level that no slide could have.

    Raises
    ------
    DimensionsRefused
        A side is not positive, or far beyond any slide.
    """
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX and width * height <= MAX_LEVEL_PX):
        raise DimensionsRefused(f"The file declares an image of {width} x {height} pixels, which no slide has.")


def check_tile(width: int, height: int, bytes_per_pixel: int) -> None:
    """Refuse a tile that would not fit into a decoder's memory.

    Raises
    ------
    TileRefused
        A side is not positive, or the decoded tile is larger than ``MAX_TILE_BYTES``.
    """
    if width <= 0 or height <= 0 or width * height * bytes_per_pixel > MAX_TILE_BYTES:
        raise TileRefused(f"The file declares a tile of {width} x {height} pixels, too large to decode safely.")


def check_tile_count(count: int) -> None:
    """Refuse a table of tiles that is longer than any slide's.

    Raises
    ------
    DimensionsRefused
    """
    if count > MAX_TILES:
        raise DimensionsRefused(f"The file declares {count} tiles, which no slide has.")
