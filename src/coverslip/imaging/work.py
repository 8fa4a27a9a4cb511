"""What runs inside a decoder process: picklable arguments in, bytes or plain values out.

Each process keeps a few slides open. A slide whose file changed or vanished is noticed before a
pixel of it is served.
"""

import os
import time as clock
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import NotFound, SlideChanged, SlideMissing, SlideNotReady
from coverslip.core.geometry import Plane
from coverslip.imaging import coarse
from coverslip.imaging.build import build_index
from coverslip.imaging.colour import make_lut as lut_of_profile
from coverslip.imaging.crc import write_crc_table
from coverslip.imaging.encode import encode_jpeg, encode_tile
from coverslip.imaging.histogram import histogram
from coverslip.imaging.index import SlideIndex, changed, load_index, write_index
from coverslip.imaging.inventory import inventory as inventory_of
from coverslip.imaging.picture import shrunk, styled, thumbnail, wanted_channels
from coverslip.imaging.probe import feasibility as feasibility_of
from coverslip.imaging.probe import open_as
from coverslip.imaging.projection import PlaneChoice, Projection, planes_of, project
from coverslip.imaging.regions import RegionRequest, answer_region
from coverslip.imaging.render import View, Window, is_empty, read_tile, read_window
from coverslip.imaging.stored import StoredSlide, span, splice_jpeg
from coverslip.imaging.style import parse_style
from coverslip.imaging.tile_files import CHECK_EVERY_S
from coverslip.imaging.tissue import PICTURE_PX, tissue_cells, tissue_mask
from coverslip.imaging.writers.plan import Plan
from coverslip.imaging.writers.tiles import Wanted, encoded

OPEN_SLIDES = 8
MOST_CHECKED_FILES = 256
THUMBNAIL_QUALITY = 85
LABEL_IMAGES = ("label", "macro")
_STILL_BUILDING = "The overview of this slide is still being built; try again in a moment."


@dataclass(slots=True)
class _Open:
    """A slide that this process keeps open.

    Attributes
    ----------
    stamp : tuple of int
        Inode and modification time of the index file.
    view : View
    missing : frozenset of int
        ``z`` of the levels that wait for the coarse levels to be built.
    checked_s : float
        When its files were last compared with the index, on the monotonic clock.
    """

    stamp: tuple[int, int]
    view: View
    missing: frozenset[int]
    checked_s: float


_views: OrderedDict[str, _Open] = OrderedDict()


def describe(path: str, index_path: str) -> dict[str, Any]:
    """Build and write a slide's index, and return what the catalogue keeps of it.

    Raises
    ------
    SlideUnreadable
        Or a subclass that names the reason.
    """
    index = build_index(Path(path))
    write_index(index, Path(index_path))
    return summary(index)


def summary(index: SlideIndex) -> dict[str, Any]:
    """Return the facts of an index that the catalogue lists and searches."""
    info = index.info
    names = ("format", "vendor", "scanner", "scanned_at", "width", "height", "mpp_x", "mpp_y", "objective")
    return {
        **{name: getattr(info, name) for name in names},
        "channel_count": len(info.channels),
        "files": list(info.files),
        "folder": index.folder,
        "size_bytes": sum(index.file_sizes),
        "fingerprint": index.fingerprint,
        "version": index.version,
        "needs_coarse": bool(coarse.missing_levels(index)),
    }


def make_tile(
    index_path: str,
    z: int,
    x: int,
    y: int,
    plane: PlaneChoice = 0,
    time: int = 0,
    style: str | None = None,
    cache_dir: str | None = None,
) -> tuple[bytes, str, bool]:
    """Make one full-size tile, of one focal plane or of a projection of all.

    Returns
    -------
    tuple of (bytes, str, bool)
        Body, media type, and whether the tile is a gap of a sparse slide.

    Raises
    ------
    NotFound
        There is no such level, tile, plane or time point.
    TooLarge
        The projection is of too many planes.
    SlideNotReady
        The slide's coarse levels are still being built.
    TileUnreadable, SlideChanged, SlideMissing, InvalidRequest
    """
    opened = _opened(index_path)
    view, index = opened.view, opened.view.index
    wanted = parse_style(style)
    planes = planes_of(index.info, plane, time)
    at = planes[0]
    if not 0 <= z < len(index.levels):
        raise NotFound
    level = index.levels[z]
    if not (0 <= x < level.cols and 0 <= y < level.rows):
        raise NotFound
    if level.pass_through and not style and not isinstance(plane, Projection):
        place = span(index, level.source_level, at, 0, x, y)
        if place is not None and isinstance(view.slide, StoredSlide) and index.stored is not None:
            data = view.slide.tiles.bytes_of(place)
            codec = index.stored[level.source_level].codec
            return splice_jpeg(data, codec, level.tile_width, level.tile_height), "image/jpeg", False
    if z in opened.missing:
        raise SlideNotReady(_STILL_BUILDING)
    channels = wanted_channels(index.info, wanted)
    pixels = project(lambda at: read_tile(view, level, x, y, at, channels), planes, plane)
    body = encode_tile(styled(index, pixels, wanted), subsampling="420" if index.info.rgb else "444")
    return body, "image/jpeg", all(is_empty(view, level, x, y, at) for at in planes)


def make_region(index_path: str, request: dict[str, Any]) -> tuple[bytes, str, dict[str, str]]:
    """Answer any rectangle at any scale; see :class:`coverslip.imaging.regions.RegionRequest`.

    Returns
    -------
    tuple of (bytes, str, dict)
        Body, media type, and headers that say what was taken.
    """
    return answer_region(open_view(index_path), RegionRequest.parse(request))


def make_thumbnail(index_path: str, size: int) -> bytes:
    """Return a JPEG of the whole slide in sRGB, its longer side ``size`` pixels."""
    opened = _opened(index_path)
    if opened.missing:
        raise SlideNotReady(_STILL_BUILDING)
    return encode_jpeg(thumbnail(opened.view, size), THUMBNAIL_QUALITY)


def make_tissue(index_path: str, cell_px: int) -> bytes:
    """Return which square cells of a slide hold tissue: one bit each, row by row, the lowest bit first."""
    opened = _opened(index_path)
    if opened.missing:
        raise SlideNotReady(_STILL_BUILDING)
    info = opened.view.info
    mask = tissue_mask(thumbnail(opened.view, PICTURE_PX), dark_field=not info.rgb)
    return np.packbits(tissue_cells(mask, info.width, info.height, cell_px), bitorder="little").tobytes()


def make_associated(index_path: str, name: str, size: int | None = None) -> bytes:
    """Return an associated image as JPEG, its longer side at most ``size`` pixels.

    Raises
    ------
    NotFound
        The slide has no such image.
    """
    view = open_view(index_path)
    if name not in {one.name for one in view.info.associated}:
        raise NotFound
    return encode_jpeg(shrunk(view.slide.associated(name), size), THUMBNAIL_QUALITY)


def read_label(index_path: str) -> dict[str, Any]:
    """Read the codes on a slide's label, else those on its macro image.

    A picture that cannot be decoded counts as one without codes: no label may cost the slide.

    Returns
    -------
    dict
        ``codes``: a list of ``kind`` and ``text``, empty when nothing can be read; ``image``: where
        they stand, or None; ``note``: why there are none, or None.

    Raises
    ------
    SlideMissing, SlideChanged
        The slide's files are not what was indexed.
    """
    from coverslip.imaging.barcode import read_codes  # most decoders never see a label

    view = open_view(index_path)
    names = [name for name in LABEL_IMAGES if name in {one.name for one in view.info.associated}]
    damaged = 0
    for name in names:
        try:
            codes = read_codes(view.slide.associated(name))
        except (SlideMissing, SlideChanged):
            raise
        except Exception:  # noqa: BLE001 - whatever a reader says of this picture, the slide is fine without it
            damaged += 1
            continue
        if codes:
            return {"codes": [{"kind": one.kind, "text": one.text} for one in codes], "image": name, "note": None}
    if not names:
        note = "The slide has no picture of its label."
    elif damaged == len(names):
        note = "The picture of the label is damaged."
    else:
        note = "No code on the label can be read."
    return {"codes": [], "image": None, "note": note}


def make_histogram(index_path: str, plane: int = 0, time: int = 0) -> dict[str, Any]:
    """Return the histograms of all channels at one plane and time point."""
    view = open_view(index_path)
    at = checked_plane(view.index, plane, time)
    return {"plane": plane, "time": time, "channels": histogram(view.slide, at)}


def read_pixel(index_path: str, x: int, y: int, plane: int = 0, time: int = 0) -> list[float] | None:
    """Return the values of one level-0 pixel, None outside the slide."""
    view = open_view(index_path)
    at = checked_plane(view.index, plane, time)
    if not (0 <= x < view.info.width and 0 <= y < view.info.height):
        return None
    values = read_window(view, Window(x, y, 1, 1, 1, 1), at)[0, 0]
    return [float(value) for value in values]


def make_lut(index_path: str) -> bytes:
    """Return the colour table of the slide's profile: n^3 RGB triplets of uint8, red fastest.

    Raises
    ------
    NotFound
        The slide's colours need no managing.
    """
    index = open_view(index_path).index
    if not index.managed or index.info.icc_profile is None:
        raise NotFound
    return lut_of_profile(index.info.icc_profile).tobytes()


def build_coarse(index_path: str, target_path: str | None = None) -> None:
    """Build the coarse levels that a slide lacks, once; ``target_path`` defaults to where they are looked for."""
    index = load_index(Path(index_path))
    if not coarse.missing_levels(index):
        return
    view = View(index, open_slide_of(index))
    try:
        coarse.build_coarse_levels(view, Path(target_path) if target_path else coarse.coarse_path(Path(index_path)))
    finally:
        view.close()


def crc_table(
    index_path: str, target_path: str, progress: Callable[[int, int], None] | None = None, rate: int | None = None
) -> None:
    """Write a CRC-32 for each stored tile beside the index; ``rate`` limits bytes read a second."""
    write_crc_table(load_index(Path(index_path)), Path(target_path), progress, rate)


def export_tiles(index_path: str, plan: Plan, kind: str, wanted: Sequence[Wanted]) -> list[bytes]:
    """Read and encode tiles of an export; see :func:`coverslip.imaging.writers.tiles.encoded`.

    Raises
    ------
    SlideNotReady
        The slide's coarse levels are still being built.
    SlideMissing, SlideChanged, TileUnreadable
    """
    opened = _opened(index_path)
    if opened.missing:
        raise SlideNotReady(_STILL_BUILDING)
    return [encoded(opened.view, plan, kind, one) for one in wanted]


def feasibility(path: str) -> list[dict[str, str]]:
    """Say what each format thinks of a file."""
    return feasibility_of(Path(path))


def inventory() -> list[dict[str, Any]]:
    """Say what this installation reads, by which reader; see :mod:`coverslip.imaging.inventory`."""
    return inventory_of()


def java_kinds() -> list[str]:
    """Start Bio-Formats and return the names of the kinds of file that it knows.

    Raises
    ------
    SlideUnreadable
        It is not installed or does not start.
    """
    from coverslip.imaging.formats.bioformats_process import java  # most decoders never need it

    answer, _ = java().ask({"do": "formats"})
    return [str(name) for name in answer["formats"]]


def checked_plane(index: SlideIndex, plane: int, time: int) -> Plane:
    """Return a plane of the slide, or raise ``NotFound``."""
    if not (0 <= plane < index.info.z_count and 0 <= time < index.info.t_count):
        raise NotFound
    return Plane(plane, time)


def open_view(index_path: str) -> View:
    """Return the open slide of an index, from the few that this process keeps.

    Raises
    ------
    SlideMissing, SlideChanged
        The slide's files are not what was indexed.
    """
    return _opened(index_path).view


def _opened(index_path: str) -> _Open:
    status = os.stat(index_path)  # noqa: PTH116 - on the path of every made tile
    stamp = (status.st_ino, status.st_mtime_ns)
    known = _views.get(index_path)
    if known is not None and known.stamp == stamp and _still_good(known, index_path):
        _views.move_to_end(index_path)
        return known
    if known is not None:
        _views.pop(index_path).view.close()
    index = load_index(Path(index_path))
    _check_files(index)
    built = coarse.load_coarse(index, coarse.coarse_path(Path(index_path)))
    missing = frozenset() if built else frozenset(level.z for level in coarse.missing_levels(index))
    opened = _Open(stamp, View(index, open_slide_of(index), built), missing, clock.monotonic())
    _views[index_path] = opened
    while len(_views) > OPEN_SLIDES:
        _views.popitem(last=False)[1].view.close()
    return opened


def close_views() -> None:
    """Close every slide that this process keeps open."""
    while _views:
        _views.popitem()[1].view.close()


def open_slide_of(index: SlideIndex, threads: int = 1) -> Any:
    """Open a slide through its index where its tiles have known places, else through its plugin."""
    if index.stored is not None:
        return StoredSlide(index, threads)
    return open_as(index.source_path, index.info.format)


def _still_good(opened: _Open, index_path: str) -> bool:
    """Whether an open slide can go on being used; raises where its files changed."""
    if clock.monotonic() - opened.checked_s < CHECK_EVERY_S:
        return True
    opened.checked_s = clock.monotonic()
    if not isinstance(opened.view.slide, StoredSlide):  # which checks each file that it reads
        _check_files(opened.view.index)
    return not (opened.missing and coarse.coarse_path(Path(index_path)).exists())


def _check_files(index: SlideIndex) -> None:
    if not changed(index, MOST_CHECKED_FILES):
        return
    if not all(Path(index.folder, name).exists() for name in index.info.files[:MOST_CHECKED_FILES]):
        raise SlideMissing
    raise SlideChanged
