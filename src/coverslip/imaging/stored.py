"""Reads stored tiles with nothing but an index and positioned reads: no parser, no plugin.

The web process uses :func:`span` and the splice functions only; decoders are imported when pixels
are asked for.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coverslip.core.errors import NotFound
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.decode import TileDecoder, decode
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.pyramid import grid_shape
from coverslip.imaging.splice import SpliceParts, splice, splice_jpeg, splice_parts
from coverslip.imaging.tile_files import MOST_OPEN_FILES, OpenFiles, TileSpan
from coverslip.ports.format import Pixels, Slide, SlideInfo, StoredLevel, StoredTiles

__all__ = [
    "OpenFiles",
    "SpliceParts",
    "StoredSlide",
    "TileReader",
    "TileSpan",
    "decode",
    "span",
    "splice",
    "splice_jpeg",
    "splice_parts",
]

_FEWEST_FOR_THREADS = 4


def span(index: SlideIndex, level_no: int, plane: Plane, channel: int, col: int, row: int) -> TileSpan | None:
    """Say where a stored tile lies.

    Parameters
    ----------
    index : SlideIndex
    level_no : int
        File level, 0 the finest (``ServedLevel.source_level``).
    plane : Plane
    channel : int
        Ignored where a tile holds all channels.
    col, row : int

    Returns
    -------
    TileSpan or None
        None for a gap, which shows as background.

    Raises
    ------
    NotFound
        The slide has no such plane, level or tile, or its tiles have no known places.
    """
    if index.stored is None or not 0 <= level_no < len(index.stored):
        raise NotFound
    return tile_span(index.stored[level_no], plane, channel, col, row)


def tile_span(level: StoredLevel, plane: Plane, channel: int, col: int, row: int) -> TileSpan | None:
    """Like :func:`span`, for one stored level."""
    times, planes, channels, rows, cols = level.offset.shape
    if not (0 <= plane.t < times and 0 <= plane.z < planes and 0 <= row < rows and 0 <= col < cols):
        raise NotFound
    at = (plane.t, plane.z, channel if channels > 1 else 0, row, col)
    length = level.length.item(at)
    if length == 0:
        return None
    file_no = 0 if level.file_no is None else level.file_no.item(at)
    return TileSpan(file_no, level.offset.item(at), length)


class TileReader:
    """Decodes regions of levels whose tiles have known places.

    Parameters
    ----------
    info : SlideInfo
    stored : StoredTiles
    files : OpenFiles
    threads : int
        Tiles of one region decoded at a time.
    """

    def __init__(self, info: SlideInfo, stored: StoredTiles, files: OpenFiles, threads: int = 1) -> None:
        self._info = info
        self._stored = stored
        self._files = files
        self._decoders: dict[int, TileDecoder] = {}
        self._thread_count = threads
        self._threads = ThreadPoolExecutor(threads, "tile") if threads > 1 else None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of a stored level, touching only its tiles; see ``ports.format.Slide.read``."""
        return self._read(region, level, plane, channels, 1)

    def read_scaled(
        self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None, factor: int
    ) -> Pixels:
        """Decode a region at ``1/factor`` inside the decoder.

        Only where :meth:`can_scale`; ``region``'s edges must be multiples of ``factor``.

        Returns
        -------
        ndarray, shape (height / factor, width / factor, channels)
        """
        return self._read(region, level, plane, channels, factor)

    def whole(self, level: int, plane: Plane, col: int, row: int) -> Pixels | None:
        """Decode one tile that lies wholly inside its level.

        Returns
        -------
        ndarray, shape (tile_height, tile_width, channels), or None
            None where the tile is a gap or does not hold all channels and nothing else.
        """
        stored, size = self._stored[level], self._info.levels[level]
        if stored.codec.samples != len(self._info.channels) or stored.offset.shape[2] > 1:
            return None
        place = tile_span(stored, plane, 0, col, row)
        if place is None:
            return None
        return self._decoder(level).decode(self._files.read(place), size.tile_width, size.tile_height)

    def mosaic(self, level: int, plane: Plane, col: int, row: int, factor: int) -> Pixels | None:
        """Decode the tile at ``col, row`` of a level that is ``factor`` times coarser and has equal tiles.

        Only where :meth:`can_scale`, and where the ``factor`` x ``factor`` tiles that it shows lie
        wholly inside their level.

        Returns
        -------
        ndarray, shape (tile_height, tile_width, channels), or None
            None where one of the tiles is a gap or does not hold all channels and nothing else.
        """
        stored, size = self._stored[level], self._info.levels[level]
        if stored.codec.samples != len(self._info.channels) or stored.offset.shape[2] > 1:
            return None
        places: list[TileSpan] = []
        for number in range(factor * factor):
            place = tile_span(stored, plane, 0, col * factor + number % factor, row * factor + number // factor)
            if place is None:
                return None
            places.append(place)
        decoder = self._decoder(level)
        width, height = size.tile_width // factor, size.tile_height // factor
        out = np.empty((size.tile_height, size.tile_width, stored.codec.samples), self._info.dtype)
        for number, data in enumerate(self._files.read_all(places)):
            left, top = number % factor * width, number // factor * height
            part = decoder.decode_scaled(data, size.tile_width, size.tile_height, factor)
            out[top : top + height, left : left + width] = part
        return out

    def can_scale(self, level: int, factor: int) -> bool:
        """Whether the tiles of a level may be decoded at ``1/factor``."""
        size = self._info.levels[level]
        whole = self._stored[level].bottom_height in (0, size.tile_height)
        return whole and self._decoder(level).can_scale(size.tile_width, size.tile_height, factor)

    def bytes_of(self, place: TileSpan) -> bytes:
        """Return the bytes of one tile as they lie in the file."""
        return self._files.read(place)

    def is_gap(self, region: Region, level: int, plane: Plane) -> bool:
        """Whether every tile under a region is absent from the file."""
        cols, rows = self._touched(region, level)
        part = self._stored[level].length[plane.t, plane.z, :, rows.start : rows.stop, cols.start : cols.stop]
        return not part.any()

    def close(self) -> None:
        """Release files and threads; harmless when called twice."""
        if self._threads is not None:
            self._threads.shutdown()
        self._files.close()

    def _decoder(self, level: int) -> TileDecoder:
        if level not in self._decoders:
            self._decoders[level] = TileDecoder(self._stored[level].codec)
        return self._decoders[level]

    def _touched(self, region: Region, level: int) -> tuple[range, range]:
        size = self._info.levels[level]
        first_col, first_row = region.x // size.tile_width, region.y // size.tile_height
        last_col = (region.x + region.width - 1) // size.tile_width
        last_row = (region.y + region.height - 1) // size.tile_height
        return range(first_col, last_col + 1), range(first_row, last_row + 1)

    def _read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None, factor: int) -> Pixels:
        info = self._info
        wanted = tuple(range(len(info.channels))) if channels is None or info.rgb else tuple(channels)
        out = np.empty((region.height // factor, region.width // factor, len(wanted)), info.dtype)
        jobs = list(self._jobs(region, level, plane, wanted))

        def run(job: "_Job") -> None:
            self._place(out, region, level, job, factor)

        few = len(jobs) < _FEWEST_FOR_THREADS or len(info.files) > MOST_OPEN_FILES
        if self._threads is None or few:
            for job in jobs:
                run(job)
        else:
            self._files_ready(jobs)
            left = iter(jobs)  # shared: each thread takes the next, which costs less than a future for each tile

            def run_some(_: int) -> None:
                try:
                    for job in left:
                        run(job)
                except BaseException:
                    list(left)  # nobody takes another
                    raise

            for _ in self._threads.map(run_some, range(self._thread_count)):
                pass
        return out

    def _files_ready(self, jobs: "list[_Job]") -> None:
        # Opened here once, so that the threads only look descriptors up.
        for file_no in {job.place.file_no for job in jobs if job.place is not None}:
            self._files.descriptor(file_no)

    def _jobs(self, region: Region, level: int, plane: Plane, wanted: tuple[int, ...]) -> "Iterator[_Job]":
        stored = self._stored[level]
        cols, rows = self._touched(region, level)
        planar = stored.offset.shape[2] > 1
        for row in rows:
            for col in cols:
                if not planar:
                    yield _Job(col, row, tile_span(stored, plane, 0, col, row), slice(None), wanted)
                    continue
                for position, channel in enumerate(wanted):
                    place = tile_span(stored, plane, channel, col, row)
                    yield _Job(col, row, place, slice(position, position + 1), (0,))

    def _place(self, out: Pixels, region: Region, level: int, job: "_Job", factor: int) -> None:
        size = self._info.levels[level]
        left, top = job.col * size.tile_width, job.row * size.tile_height
        x0, y0 = max(left, region.x), max(top, region.y)
        x1 = min(left + size.tile_width, region.x + region.width)
        y1 = min(top + size.tile_height, region.y + region.height)
        target = out[
            (y0 - region.y) // factor : (y1 - region.y) // factor,
            (x0 - region.x) // factor : (x1 - region.x) // factor,
            job.planes,
        ]
        if job.place is None:
            # One colour of three where the samples are stored apart.
            target[...] = self._info.background[job.planes] if self._info.rgb else 0
            return
        pixels = self._tile(level, job, factor)
        source = pixels[(y0 - top) // factor : (y1 - top) // factor, (x0 - left) // factor : (x1 - left) // factor]
        whole = job.samples == tuple(range(source.shape[2]))
        target[...] = source if whole else source[..., list(job.samples)]

    def _tile(self, level: int, job: "_Job", factor: int) -> Pixels:
        assert job.place is not None  # noqa: S101 - gaps were handled by the caller
        size, stored = self._info.levels[level], self._stored[level]
        rows = grid_shape(size)[0]
        height = stored.bottom_height if stored.bottom_height and job.row == rows - 1 else size.tile_height
        data = self._files.read(job.place)
        if factor > 1:
            return self._decoder(level).decode_scaled(data, size.tile_width, height, factor)
        visible = (
            min(size.tile_width, size.width - job.col * size.tile_width),
            min(height, size.height - job.row * size.tile_height),
        )
        return self._decoder(level).decode(data, size.tile_width, height, visible)


@dataclass(frozen=True, slots=True)
class _Job:
    """One tile to decode: its place, which output channels it fills, and from which of its samples."""

    col: int
    row: int
    place: TileSpan | None
    planes: slice
    samples: tuple[int, ...]


class StoredSlide:
    """An open slide that reads through its index; the plugin is opened only for associated images.

    Parameters
    ----------
    index : SlideIndex
    threads : int
        Tiles of one region decoded at a time.
    growing : bool
        True while the file is still being written by ourselves, so that it may change.
    """

    def __init__(self, index: SlideIndex, threads: int = 1, *, growing: bool = False) -> None:
        if index.stored is None:
            raise ValueError("this slide has no stored tiles")
        self.index = index
        stamps = () if growing else tuple(zip(index.file_sizes, index.file_mtimes_ns, strict=True))
        files = OpenFiles(Path(index.folder), index.info.files, stamps)
        self.tiles = TileReader(index.info, index.stored, files, threads)
        self._plugin: Slide | None = None

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self.index.info

    def stored_tiles(self) -> StoredTiles | None:
        """Return where each level's tiles lie."""
        return self.index.stored

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one stored level, touching only its tiles."""
        return self.tiles.read(region, level, plane, channels)

    def associated(self, name: str) -> Pixels:
        """Return an associated image as uint8 RGB, shape (height, width, 3)."""
        if self._plugin is None:
            from coverslip.imaging.probe import open_as

            self._plugin = open_as(self.index.source_path, self.index.info.format)
        return self._plugin.associated(name)

    def close(self) -> None:
        """Release files; harmless when called twice."""
        self.tiles.close()
        if self._plugin is not None:
            self._plugin.close()
            self._plugin = None
