"""A slide whose one image can only be decoded as a whole; it is decoded once and kept."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coverslip.core.errors import NotFound
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.tiff_decode_whole import decode_whole
from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_levels import RGB_CHANNELS, default_channels
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.formats.tiff_slide import Draft
from coverslip.ports.format import LevelInfo, Pixels, SlideInfo, StoredTiles

_SERVED_TILE_PX = 512


class WholeSlide:
    """An open bilevel, facsimile, old-style JPEG, CMYK or CIELab image.

    Parameters
    ----------
    file : TiffFile
    draft : Draft
        Its facts are used; its levels are not.
    page : Page

    Raises
    ------
    TileRefused, UnsupportedCompression
        The image cannot be decoded; that is found out at once.
    """

    def __init__(self, file: TiffFile, draft: Draft, page: Page) -> None:
        self._file = file
        self._pixels: Pixels = decode_whole(page)
        rgb = self._pixels.shape[2] == 3
        tile = LevelInfo(page.width, page.height, min(page.width, _SERVED_TILE_PX), min(page.height, _SERVED_TILE_PX))
        info = SlideInfo(
            format=draft.format,
            levels=(tile,),
            dtype="uint8",
            rgb=rgb,
            channels=RGB_CHANNELS if rgb else default_channels(1),
            files=(file.source.path.name,),
            icc_profile=page.directory.raw(34675) or None if page.photometric != 5 else None,
        )
        self._info = replace(info, **draft.facts)  # type: ignore[arg-type]  # the facts are fields of SlideInfo by name

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: the stored segments have no codec of their own."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Return a copy of a region, see ``ports.format.Slide.read``."""
        part = self._pixels[region.y : region.y + region.height, region.x : region.x + region.width]
        return np.array(part)

    def associated(self, name: str) -> Pixels:
        """Raise NotFound: such files hold nothing else."""
        raise NotFound

    def close(self) -> None:
        """Release the file."""
        self._file.close()
