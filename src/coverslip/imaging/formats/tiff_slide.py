"""An open slide of the TIFF family: what the flavours (SVS, NDPI, OME ...) hand to the format door."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from coverslip.core.errors import NotFound, SlideUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.tiff_codec import needs_whole_image, refuse_unknown
from coverslip.imaging.formats.tiff_decode_whole import decode_whole
from coverslip.imaging.formats.tiff_ifd import Directory, TiffFile
from coverslip.imaging.formats.tiff_levels import (
    RGB_CHANNELS,
    PlanePages,
    channel_count,
    default_channels,
    is_rgb,
    page_channels,
    single,
    stored_level,
)
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.stored import OpenFiles, TileReader
from coverslip.ports.format import AssociatedInfo, ChannelInfo, LevelInfo, Pixels, SlideInfo, StoredTiles

MAX_ASSOCIATED_PX = 64_000_000
_MAX_TEXT = 1 << 16
_TEXT_TAGS = {
    269: "DocumentName",
    270: "ImageDescription",
    271: "Make",
    272: "Model",
    285: "PageName",
    305: "Software",
    306: "DateTime",
    315: "Artist",
    316: "HostComputer",
    33432: "Copyright",
}
_NUMBER_TAGS = {
    254: "NewSubfileType",
    256: "ImageWidth",
    257: "ImageLength",
    258: "BitsPerSample",
    259: "Compression",
    262: "PhotometricInterpretation",
    274: "Orientation",
    277: "SamplesPerPixel",
    278: "RowsPerStrip",
    282: "XResolution",
    283: "YResolution",
    284: "PlanarConfiguration",
    286: "XPosition",
    287: "YPosition",
    296: "ResolutionUnit",
    317: "Predictor",
    322: "TileWidth",
    323: "TileLength",
    339: "SampleFormat",
}


@dataclass(slots=True)
class Draft:
    """What a flavour found out about a file, before it becomes a slide.

    Attributes
    ----------
    format : str
    levels : list of PlanePages
        Planes of each level, finest first.
    shape : tuple of int
        (t, z, c) of ``levels``.
    associated : dict of str to Page
    channels : tuple of ChannelInfo or None
        None: as the first image says.
    facts : dict
        Further fields of ``SlideInfo``.
    files : tuple of str
        Names of the slide's files; empty for the one that was opened.
    palette : bool
        Whether a colour map is the image's colours, not just how somebody liked to see a channel.
    """

    format: str
    levels: list[PlanePages]
    shape: tuple[int, int, int] = (1, 1, 1)
    associated: dict[str, Page] = field(default_factory=dict)
    channels: tuple[ChannelInfo, ...] | None = None
    facts: dict[str, object] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    palette: bool = True


class TiffSlide:
    """An open slide of the TIFF family.

    Parameters
    ----------
    files : sequence of TiffFile
        Kept open until :meth:`close`; the first is the file that was opened.
    info : SlideInfo
    stored : StoredTiles
    pages : mapping of str to Page
        The associated images.
    """

    def __init__(
        self, files: Sequence[TiffFile], info: SlideInfo, stored: StoredTiles, pages: Mapping[str, Page]
    ) -> None:
        self._files = files
        self._info = info
        self._stored = stored
        self._pages = pages
        self._folder = files[0].source.path.absolute().parent
        self._reader: TileReader | None = None

    @property
    def files(self) -> Sequence[TiffFile]:
        """The open files; the first is the one that was opened."""
        return self._files

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return where the tiles of each level lie."""
        return self._stored

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level, see ``ports.format.Slide.read``."""
        if self._reader is None:
            self._reader = _reader(self._info, self._stored, self._folder)
        return self._reader.read(region, level, plane, channels)

    def associated(self, name: str) -> Pixels:
        """Return a label, macro or thumbnail as uint8 RGB, shape (height, width, 3).

        Raises
        ------
        NotFound
        SlideUnreadable
            It cannot be decoded.
        """
        page = self._pages.get(name)
        if page is None:
            raise NotFound
        return page_pixels(page)

    def close(self) -> None:
        """Release the files."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        for file in self._files:
            file.close()


def _reader(info: SlideInfo, stored: StoredTiles, folder: Path) -> TileReader:
    return TileReader(info, stored, OpenFiles(folder, info.files))


def finish(files: Sequence[TiffFile], draft: Draft) -> TiffSlide:
    """Make an open slide of a draft: build the tables and check every tile against its file.

    Raises
    ------
    SlideUnreadable
        Or a subclass.
    """
    made = [stored_level(planes, draft.shape, palette=draft.palette) for planes in draft.levels]
    first = next(iter(draft.levels[0].values()))[0]
    rgb = is_rgb(first) and draft.shape[2] == 1 and (draft.palette or first.photometric != 3)
    channels = RGB_CHANNELS if rgb else draft.channels or page_channels(first)
    count = draft.shape[2] if draft.shape[2] > 1 else channel_count(first)
    if not rgb and len(channels) != count:
        channels = default_channels(count)
    dtype = first.dtype
    associated = {name: page for name, page in draft.associated.items() if _decodable(page)}
    info = SlideInfo(
        format=draft.format,
        levels=tuple(level for level, _ in made),
        dtype="uint8" if rgb or dtype is None else dtype.name,
        rgb=rgb,
        channels=channels,
        files=draft.files or (files[0].source.path.name,),
        t_count=draft.shape[0],
        z_count=draft.shape[1],
        icc_profile=first.directory.raw(34675) or None,
        background=(255, 255, 255) if rgb else (0, 0, 0),
        associated=tuple(AssociatedInfo(name, page.width, page.height) for name, page in associated.items()),
    )
    return TiffSlide(files, replace(info, **draft.facts), tuple(stored for _, stored in made), associated)  # type: ignore[arg-type]  # the facts are fields of SlideInfo by name


def _decodable(page: Page) -> bool:
    """Say whether an associated image may be listed; a broken label must not cost the slide."""
    try:
        if page.width * page.height > MAX_ASSOCIATED_PX:
            return False
        if needs_whole_image(page):
            return True
        refuse_unknown(page)
        stored_level(single(page), (1, 1, 1))
    except SlideUnreadable:
        return False
    return True


def page_pixels(page: Page) -> Pixels:
    """Decode one whole image as uint8 RGB, shape (height, width, 3)."""
    if needs_whole_image(page):
        return as_rgb(decode_whole(page))
    level, stored = stored_level(single(page), (1, 1, 1))
    dtype, path = page.dtype, page.directory.source.path.absolute()
    info = SlideInfo(
        format="tiff",
        levels=(LevelInfo(level.width, level.height, level.tile_width, level.tile_height),),
        dtype="uint8" if is_rgb(page) or dtype is None else dtype.name,
        rgb=is_rgb(page),
        channels=RGB_CHANNELS if is_rgb(page) else page_channels(page),
        files=(path.name,),
    )
    reader = _reader(info, (stored,), path.parent)
    try:
        return as_rgb(reader.read(Region(0, 0, page.width, page.height), 0, Plane()))
    finally:
        reader.close()


def as_rgb(pixels: Pixels) -> Pixels:
    """Return any image as uint8 RGB; other types are scaled from their own range to 0..255."""
    if pixels.dtype != np.uint8:
        low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))
        scaled = (pixels.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))
        pixels = np.nan_to_num(scaled).round().clip(0, 255).astype(np.uint8)
    if pixels.shape[2] < 3:
        return np.repeat(pixels[..., :1], 3, axis=2)
    return np.ascontiguousarray(pixels[..., :3])


def tag_metadata(directory: Directory) -> dict[str, str]:
    """Return the descriptive tags of an image as flat text, ``tiff.Software`` -> ``...``."""
    found: dict[str, str] = {}
    for code, name in {**_TEXT_TAGS, **_NUMBER_TAGS}.items():
        # What only describes may be damaged without making the pixels less true.
        with contextlib.suppress(SlideUnreadable):
            if code in _TEXT_TAGS:
                text = directory.text(code)[:_MAX_TEXT]
            else:
                text = " ".join(f"{value:.10g}" for value in directory.numbers(code, 16))
            if text:
                found[f"tiff.{name}"] = text
    return found


def make_pages(directories: Sequence[Directory]) -> list[Page]:
    """Return the images of a chain: the first must be sound, a later broken one is left out."""
    pages = [Page(directories[0])]
    for directory in directories[1:]:
        try:
            pages.append(Page(directory))
        except SlideUnreadable:
            continue
    return pages
