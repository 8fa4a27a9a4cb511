"""The Deep Zoom pyramid of a slide: halvings of level 0 down to one pixel, edges cropped exactly.

Pure arithmetic. Deep Zoom counts levels from 0, one pixel, to the finest.
"""

from dataclasses import dataclass

from coverslip.core.errors import NotFound
from coverslip.core.geometry import Region
from coverslip.imaging.pyramid import MADE_TILE_PX, ServedLevel


@dataclass(frozen=True, slots=True)
class DeepZoom:
    """A slide as a Deep Zoom image.

    Attributes
    ----------
    width, height : int
        Pixels of level 0 of the slide, which is ``top`` here.
    tile_px : int
        Side of a tile; no overlap.
    """

    width: int
    height: int
    tile_px: int

    @classmethod
    def of(cls, levels: tuple[ServedLevel, ...]) -> "DeepZoom":
        """Take the grid of the slide's finest level where its tiles are square, so that they pass through."""
        finest = levels[-1]
        square = finest.tile_width == finest.tile_height
        return cls(finest.width, finest.height, finest.tile_width if square else MADE_TILE_PX)

    @property
    def top(self) -> int:
        """Number of the finest level."""
        return (max(self.width, self.height) - 1).bit_length()

    def downsample(self, level: int) -> int:
        """Return how many times coarser than the slide a level is.

        Raises
        ------
        NotFound
            There is no such level.
        """
        if not 0 <= level <= self.top:
            raise NotFound("The image has no such level.")
        return 1 << (self.top - level)

    def tile(self, level: int, col: int, row: int) -> Region:
        """Return a tile in pixels of its level, cropped at the right and lower edge.

        Raises
        ------
        NotFound
            It lies outside the image.
        """
        downsample = self.downsample(level)
        width, height = -(-self.width // downsample), -(-self.height // downsample)
        left, top = col * self.tile_px, row * self.tile_px
        if col < 0 or row < 0 or left >= width or top >= height:
            raise NotFound("The tile lies outside the image.")
        return Region(left, top, min(self.tile_px, width - left), min(self.tile_px, height - top))

    def same_grid(self, levels: tuple[ServedLevel, ...], level: int, tile: Region) -> ServedLevel | None:
        """Return the slide's own level whose tile at this place is exactly this tile, if there is one."""
        downsample = self.downsample(level)
        whole = (tile.width, tile.height) == (self.tile_px, self.tile_px)
        for own in levels:
            matches = (own.downsample_x, own.downsample_y) == (downsample, downsample)
            fits = (own.tile_width, own.tile_height) == (self.tile_px, self.tile_px)
            inside = tile.x + tile.width <= own.width and tile.y + tile.height <= own.height
            if whole and matches and fits and inside:
                return own
        return None


def descriptor(image: DeepZoom) -> bytes:
    """Return the XML that describes the image."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpg" Overlap="0" '
        f'TileSize="{image.tile_px}"><Size Width="{image.width}" Height="{image.height}"/></Image>\n'
    ).encode()
