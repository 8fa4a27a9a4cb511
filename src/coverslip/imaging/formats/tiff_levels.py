"""From the images of a TIFF file to the levels of a slide: tables of stored tiles, scale, channels."""

from collections.abc import Mapping, Sequence

import numpy as np

from coverslip.core.errors import CorruptFile, TileRefused, TruncatedFile, UnsupportedCompression
from coverslip.imaging.formats.tiff_codec import codec_of
from coverslip.imaging.formats.tiff_page import MAX_SEGMENTS, Page, Table
from coverslip.imaging.formats.tiff_text import hex_colour
from coverslip.ports.format import ChannelInfo, LevelInfo, StoredLevel

RGB_CHANNELS = (
    ChannelInfo("Red", "#ff0000"),
    ChannelInfo("Green", "#00ff00"),
    ChannelInfo("Blue", "#0000ff"),
)
CHANNEL_COLOURS = ("#0000ff", "#00ff00", "#ff0000", "#00ffff", "#ff00ff", "#ffff00", "#ffffff")
"""Colours of channels that the file leaves uncoloured."""

_COARSEST_MPP = 10.0
_FINEST_MPP = 0.005
_PRINT_DPI = 50.0

PlanePages = Mapping[tuple[int, int, int], tuple[Page, int]]
"""For each (t, z, c) the image that holds the plane, and the number of its file; gaps are absent."""


def single(page: Page) -> PlanePages:
    """Return the planes of an image that stands alone."""
    return {(0, 0, 0): (page, 0)}


def stored_level(
    planes: PlanePages, shape: tuple[int, int, int], *, palette: bool = True
) -> tuple[LevelInfo, StoredLevel]:
    """Join the tables of all planes of one level.

    Parameters
    ----------
    planes : PlanePages
    shape : tuple of int
        (t, z, c), c counting images; samples stored apart multiply it.
    palette : bool
        Whether a colour map is the image's colours, not just how somebody liked to see a channel.

    Raises
    ------
    CorruptFile
        The planes differ in shape.
    TruncatedFile
        A tile lies beyond the end of its file.
    UnsupportedCompression
        No codec, or the planes are not all compressed with the same tables.
    """
    key = next(iter(planes.values()))[0]
    alike = len({(page.segments.offset.shape, page.segments.tile_height) for page, _ in planes.values()}) == 1
    first = key.segments if alike else key.declared
    # Alpha that is stored apart is not even listed.
    samples_apart = channel_count(key) if key.planar else 1
    rows, cols = first.offset.shape[1:]
    grid = (shape[0], shape[1], shape[2] * samples_apart, rows, cols)
    if int(np.prod(grid, dtype=np.float64)) > MAX_SEGMENTS:
        raise CorruptFile("The file is damaged: it declares more tiles than any slide has.")
    codec = codec_of(key, palette=palette)
    offset, length = np.zeros(grid, np.uint64), np.zeros(grid, np.uint32)
    file_no = np.zeros(grid, np.uint16)
    for (t, z, c), (page, number) in planes.items():
        if page.alike != key.alike:
            raise CorruptFile("The file is damaged: its planes differ in size or kind.")
        if page is not key and codec_of(page, palette=palette) != codec:
            raise UnsupportedCompression("The slide's planes are compressed in different ways.")
        # Planes of which some lie in one piece and others do not are cut only as they are declared.
        segments = page.segments if alike else page.declared
        _check_inside(page, segments.offset, segments.length)
        place = slice(c * samples_apart, (c + 1) * samples_apart)
        if segments.offset.shape != first.offset.shape or segments.bottom_height != first.bottom_height:
            raise CorruptFile("The file is damaged: its planes differ in their tiles.")
        offset[t, z, place] = segments.offset[:samples_apart]
        length[t, z, place] = segments.length[:samples_apart]
        file_no[t, z, place] = number
    info = LevelInfo(key.width, key.height, first.tile_width, first.tile_height)
    several = bool(file_no.any())
    return info, StoredLevel(codec, offset, length, file_no if several else None, first.bottom_height)


def _check_inside(page: Page, offset: Table, length: Table) -> None:
    size = page.directory.source.size
    if int(length.max()) >= 1 << 32:
        raise TileRefused
    # Compared without adding: offset + length may wrap around.
    beyond = (length > np.uint64(size)) | (offset > np.uint64(size) - np.minimum(length, np.uint64(size)))
    beyond &= length > 0
    missing = int(np.count_nonzero(beyond))
    if missing:
        raise TruncatedFile(f"The file is incomplete: {missing} of its {beyond.size} tiles lie beyond its end.")


def is_rgb(page: Page) -> bool:
    """Say whether an image is ordinary colour: 8-bit red, green and blue, or a palette of them."""
    if page.photometric == 3 and page.samples == 1:
        return page.bits == 8
    return page.photometric in {2, 6} and page.samples >= 3 and page.dtype == np.uint8


def channel_count(page: Page) -> int:
    """Return how many of the samples of one image are channels; alpha is none."""
    if page.photometric in {2, 6}:
        return min(3, page.samples)
    alpha = sum(value in {1, 2} for value in page.directory.numbers(338, 64))
    return max(1, page.samples - alpha)


def default_channels(count: int) -> tuple[ChannelInfo, ...]:
    """Return channels for a file that neither names nor colours them."""
    if count == 1:
        return (ChannelInfo("Gray", "#ffffff"),)
    return tuple(
        ChannelInfo(f"Channel {number + 1}", CHANNEL_COLOURS[number % len(CHANNEL_COLOURS)]) for number in range(count)
    )


def palette_colour(page: Page) -> str | None:
    """Return the brightest colour of a colour map, None where the image has none."""
    table = page.directory.array(320) if page.photometric == 3 else np.zeros(0, np.uint64)
    if table.size < 3 or table.size % 3:
        return None
    red, green, blue = (int(value) >> 8 for value in table[table.size // 3 - 1 :: table.size // 3])
    return hex_colour(red, green, blue) if red or green or blue else None


def page_channels(page: Page) -> tuple[ChannelInfo, ...]:
    """Return the channels of an image that stands alone."""
    count = channel_count(page)
    return RGB_CHANNELS if page.photometric in {2, 6} and count == 3 else default_channels(count)


def mpp_from_resolution(page: Page) -> tuple[float | None, float | None]:
    """Return micrometres per pixel from the resolution tags where a microscope could have meant them.

    Most software writes a printer's or a screen's resolution (72, 96, 300 dpi) without thinking:
    such values, and everything coarser than a 1x objective, are no scale.
    """
    unit = page.directory.integer(296, 2)
    per_unit = {2: 25_400.0, 3: 10_000.0}.get(unit)
    if per_unit is None:
        return None, None
    found = []
    for code in (282, 283):
        resolution = page.directory.number(code)
        mpp = per_unit / resolution if resolution > 0 else 0.0
        printer = unit == 2 and resolution % _PRINT_DPI == 0 and resolution <= 4800
        found.append(mpp if _FINEST_MPP <= mpp <= _COARSEST_MPP and not printer else None)
    x, y = found
    return (x, y) if x is not None and y is not None else (None, None)


def plausible_mpp(value: float | None) -> float | None:
    """Return a scale that a file states in micrometres, None when it cannot be one."""
    return value if value is not None and 1e-4 <= value <= 1e4 else None


def pyramid_of(pages: Sequence[Page]) -> list[Page]:
    """Pick from ``pages`` the first and every later one that is a smaller copy of it, finest first.

    A smaller copy has the same kind of samples, and its width and height are the first one's
    divided by one factor, give or take a pixel of rounding.
    """
    base = pages[0]
    levels = [base]
    for page in sorted(pages[1:], key=lambda page: -page.width):
        if page.width >= levels[-1].width or page.height > levels[-1].height:
            continue
        if _same_kind(base, page) and _same_shape(base, page):
            levels.append(page)
    return levels


def _same_kind(base: Page, page: Page) -> bool:
    return (page.samples, page.bits, page.planar, page.dtype) == (base.samples, base.bits, base.planar, base.dtype)


def _same_shape(base: Page, page: Page) -> bool:
    factor = base.width / page.width
    tolerance = max(1.5, 0.003 * page.height)
    return abs(base.height / factor - page.height) <= tolerance or (
        # The other side decides where the narrow one has but a few pixels.
        abs(base.width * page.height / base.height - page.width) <= 1.5
    )
