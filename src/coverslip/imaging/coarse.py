"""Coarse levels that a file lacks, built once into the cache.

A slide with a single level would have to be decoded whole for its overview. Such levels are stored
as a slide index of their own beside one file of tiles, and are then read like any stored level.
"""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from coverslip.core.errors import SlideUnreadable
from coverslip.core.geometry import Plane
from coverslip.imaging.encode import encode_jpeg
from coverslip.imaging.index import SlideIndex, load_index, write_index
from coverslip.imaging.pyramid import ServedLevel, level_scales, served_levels
from coverslip.imaging.render import View, Window, read_window
from coverslip.imaging.stored import StoredSlide
from coverslip.ports.format import Codec, ColourModel, Compression, LevelInfo, Pixels, SlideInfo, StoredLevel

FARTHEST_FACTOR = 8
CHEAP_LEVEL_PX = 2**24
DEAREST_TILE_PX = 2**25
_TILE_PX = 256
_JPEG_QUALITY = 95

Progress = Callable[[int, int], None]


def coarse_path(index_path: Path) -> Path:
    """Return where the coarse levels of an index are looked for."""
    return index_path.with_suffix(".coarse")


def missing_levels(index: SlideIndex) -> tuple[ServedLevel, ...]:
    """Return the served levels, finest first, that are too dear to make tile by tile.

    Those whose nearest finer stored level is more than 8 times finer and not small, and those for
    one tile of which more than 32 million pixels would be decoded.
    """
    return tuple(level for level in reversed(index.levels) if _too_dear(index.info, level))


def _too_dear(info: SlideInfo, level: ServedLevel) -> bool:
    if level.stored:
        return False
    source = info.levels[level.source_level]
    scale = level_scales(info)[level.source_level]
    across = _decoded(level.tile_width * level.downsample_x / scale.x, source.tile_width, source.width)
    down = _decoded(level.tile_height * level.downsample_y / scale.y, source.tile_height, source.height)
    if across * down > DEAREST_TILE_PX:
        return True
    return level.factor > FARTHEST_FACTOR and source.width * source.height > CHEAP_LEVEL_PX


def _decoded(wanted: float, tile: int, size: int) -> int:
    """Return how many pixels along one axis are decoded to get some of them."""
    return max(min(math.ceil(wanted / tile) * tile, size), min(tile, size))


def load_coarse(index: SlideIndex, path: Path) -> StoredSlide | None:
    """Open the coarse levels of this very version of a slide, or return None."""
    try:
        found = load_index(path)
    except (OSError, SlideUnreadable):
        return None
    return StoredSlide(replace(found, folder=str(path.parent))) if found.fingerprint == index.version else None


def build_coarse_levels(view: View, target: Path, progress: Progress | None = None) -> None:
    """Build every missing level of a slide, each from the one before it.

    Parameters
    ----------
    view : View
        Without coarse levels.
    target : pathlib.Path
        Where the index of the levels goes; their tiles go beside it. Nothing half-written stays.
    progress : callable or None
        Called with rows of tiles done and in all.
    """
    tiles_path = target.with_suffix(".tiles")
    part_path = target.with_suffix(".tiles-part")
    writer = _Writer(view, part_path, progress)
    try:
        levels = writer.run(missing_levels(view.index))
        part_path.replace(tiles_path)
        write_index(_described(view.index, levels, tiles_path), target)
    finally:
        part_path.unlink(missing_ok=True)


class _Writer:
    def __init__(self, view: View, path: Path, progress: Progress | None) -> None:
        self._view = view
        self._path = path
        self._progress = progress or (lambda _done, _all: None)
        self._done = 0
        self._all = 0

    def run(self, wanted: tuple[ServedLevel, ...]) -> list[tuple[LevelInfo, StoredLevel]]:
        info = self._view.info
        self._all = sum(-(-level.height // _TILE_PX) for level in wanted) * info.z_count * info.t_count
        written: list[tuple[LevelInfo, StoredLevel]] = []
        index, slide = self._view.index, self._view.slide
        with self._path.open("wb", buffering=0) as target:
            for level in wanted:
                before = StoredSlide(_described(index, written, self._path), growing=True) if written else None
                try:
                    written.append(self._level(View(index, slide, before), level, target.fileno()))
                finally:
                    if before is not None:
                        before.close()
            os.fsync(target.fileno())
        return written

    def _level(self, view: View, level: ServedLevel, descriptor: int) -> tuple[LevelInfo, StoredLevel]:
        info = view.info
        codec = _codec(info, level)
        planes = 1 if info.rgb else len(info.channels)
        rows, cols = -(-level.height // _TILE_PX), -(-level.width // _TILE_PX)
        offset = np.zeros((info.t_count, info.z_count, planes, rows, cols), np.uint64)
        length = np.zeros(offset.shape, np.uint32)
        end = os.lseek(descriptor, 0, os.SEEK_END)
        for t, z, row in np.ndindex(info.t_count, info.z_count, rows):
            strip = _strip(view, level, row, Plane(z, t))
            for col, plane in np.ndindex(cols, planes):
                tile = strip[:, col * _TILE_PX : (col + 1) * _TILE_PX]
                data = _compressed(tile if info.rgb else tile[..., plane : plane + 1], codec)
                os.write(descriptor, data)
                offset[t, z, plane, row, col] = end
                length[t, z, plane, row, col] = len(data)
                end += len(data)
            self._done += 1
            self._progress(self._done, self._all)
        size = LevelInfo(level.width, level.height, _TILE_PX, _TILE_PX)
        return size, StoredLevel(codec, offset, length)


def _strip(view: View, level: ServedLevel, row: int, plane: Plane) -> Pixels:
    """Read one row of tiles, padded to whole tiles with the pixels at the edge."""
    height = min(_TILE_PX, level.height - row * _TILE_PX)
    top = row * _TILE_PX * level.downsample_y
    window = Window(0, top, level.width, height, level.downsample_x, level.downsample_y)
    pixels = read_window(view, window, plane, exact=False)
    missing = ((0, _TILE_PX - height), (0, -level.width % _TILE_PX), (0, 0))
    return np.pad(pixels, missing, mode="edge") if any(any(sides) for sides in missing) else pixels


def _codec(info: SlideInfo, level: ServedLevel) -> Codec:
    if info.rgb and level.factor > 1:
        return Codec(Compression.JPEG, ColourModel.YCBCR, 3, "u1")
    # Level 0 itself must stay exact, and so must measured values.
    little = np.dtype(info.dtype).newbyteorder("<").str
    return Codec(Compression.ZSTD, ColourModel.RGB if info.rgb else ColourModel.GRAY, 3 if info.rgb else 1, little)


def _compressed(tile: Pixels, codec: Codec) -> bytes:
    if codec.compression is Compression.JPEG:
        return encode_jpeg(tile, _JPEG_QUALITY, subsampling="444")
    import imagecodecs

    return bytes(imagecodecs.zstd_encode(np.ascontiguousarray(tile, dtype=codec.dtype).tobytes(), level=1))


def _described(index: SlideIndex, levels: list[tuple[LevelInfo, StoredLevel]], path: Path) -> SlideIndex:
    """Return the index of the coarse levels; its fingerprint is the version they were made from."""
    info = replace(
        index.info,
        levels=tuple(size for size, _ in levels),
        files=(path.name,),
        associated=(),
        metadata={},
        icc_profile=None,
        bounds=None,
    )
    stored = tuple(tiles for _, tiles in levels)
    status = path.stat()
    return SlideIndex(
        info=info,
        stored=stored,
        levels=served_levels(info, stored),
        fingerprint=index.version,
        version=index.version,
        folder=str(path.parent),
        file_sizes=(status.st_size,),
        file_mtimes_ns=(status.st_mtime_ns,),
        source=path.name,
    )
