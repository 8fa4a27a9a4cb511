"""Builds a slide index: open with a plugin, distrust what it says, look at a few tiles, close.

Runs only in a decoder process. Every failure leaves as one class of ``SlideUnreadable``.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import (
    CorruptFile,
    CoverslipError,
    DecoderMemory,
    DimensionsRefused,
    MissingCompanion,
    SlideChanged,
    SlideMissing,
    SlideUnreadable,
    TileRefused,
    TileUnreadable,
    TruncatedFile,
)
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.colour import profile_facts
from coverslip.imaging.fingerprint import fingerprint, version_of
from coverslip.imaging.histogram import auto_ranges
from coverslip.imaging.index import RENDER_EPOCH, SlideIndex, body_of
from coverslip.imaging.probe import open_path, refusal_of
from coverslip.imaging.pyramid import grid_shape, served_levels
from coverslip.imaging.stored import StoredSlide
from coverslip.ports.format import LevelInfo, Slide, SlideInfo, StoredLevel, StoredTiles

LARGEST_SIDE_PX = 2**24
LARGEST_AREA_PX = 2**42
LARGEST_TILE_BYTES = 256 * 2**20
MOST_PLANES = 100_000
TRIED_TILES = 3


def build_index(path: Path) -> SlideIndex:
    """Probe, open and check a file or folder, and return its index; runs only in a decoder process.

    Raises
    ------
    SlideUnreadable
        Or a subclass that names the reason.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links out of the served folder
    slide = open_path(path)
    try:
        return _index(path, slide)
    except (TileUnreadable, SlideChanged) as error:
        raise CorruptFile from error
    except SlideMissing as error:
        raise MissingCompanion from error
    except MemoryError as error:
        raise DecoderMemory from error
    except OSError as error:
        raise refusal_of(error) from error
    except CoverslipError:
        raise
    except Exception as error:
        raise CorruptFile from error
    finally:
        slide.close()


def _index(path: Path, slide: Slide) -> SlideIndex:
    info, stored = slide.info, slide.stored_tiles()
    check_info(info)
    folder = _folder_of(path, info)
    stats = [_status(folder / name) for name in info.files]
    sizes = tuple(status.st_size for status in stats)
    mtimes = tuple(status.st_mtime_ns for status in stats)
    if stored is not None:
        check_stored(info, stored, sizes)
    mark = fingerprint(folder, info.files, info.format)
    facts = profile_facts(info.icc_profile if info.rgb else None)
    index = SlideIndex(
        info=info,
        stored=stored,
        levels=served_levels(info, stored),
        fingerprint=mark,
        version=version_of(mark, mtimes, body_of(info, stored), RENDER_EPOCH),
        folder=str(folder),
        source="" if path == folder else path.name,
        file_sizes=sizes,
        file_mtimes_ns=mtimes,
        profile_name=facts.name,
        managed=facts.managed,
    )
    reader: Slide = slide if stored is None else StoredSlide(index)
    try:
        _look(index, reader)
        return replace(index, auto_ranges=auto_ranges(reader))
    finally:
        if reader is not slide:
            reader.close()


def _folder_of(path: Path, info: SlideInfo) -> Path:
    """Return the folder that ``info.files`` are relative to."""
    if path.is_dir() and (path / info.files[0]).is_file():
        return path
    return path.parent


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError as error:
        raise MissingCompanion from error


def check_info(info: SlideInfo) -> None:
    """Refuse what no slide has, before anything is allocated for it.

    Raises
    ------
    DimensionsRefused, CorruptFile
    """
    if not info.levels or not info.files or not info.channels:
        raise CorruptFile
    for level in info.levels:
        if min(level.width, level.height, level.tile_width, level.tile_height) < 1:
            raise CorruptFile
        if max(level.width, level.height) > LARGEST_SIDE_PX or level.width * level.height > LARGEST_AREA_PX:
            raise DimensionsRefused
    if np.dtype(info.dtype).kind not in "uif":
        raise CorruptFile("The file's pixels are of a kind that slides do not have.")
    if info.rgb and (info.dtype != "uint8" or len(info.channels) != 3):
        raise CorruptFile
    if not (1 <= info.z_count <= MOST_PLANES and 1 <= info.t_count <= MOST_PLANES):
        raise DimensionsRefused


def check_stored(info: SlideInfo, stored: StoredTiles, file_sizes: tuple[int, ...]) -> None:
    """Check that the tables of tiles fit the levels, and that every tile lies inside its file.

    Raises
    ------
    CorruptFile, TileRefused, TruncatedFile
    """
    if len(stored) != len(info.levels):
        raise CorruptFile
    sizes = np.array(file_sizes, np.uint64)
    for level, tiles in zip(info.levels, stored, strict=True):
        _check_shape(info, level, tiles)
        codec = tiles.codec
        if level.tile_width * level.tile_height * codec.samples * np.dtype(codec.dtype).itemsize > LARGEST_TILE_BYTES:
            raise TileRefused
        _check_places(tiles, sizes)


def _check_shape(info: SlideInfo, level: LevelInfo, tiles: StoredLevel) -> None:
    channels = len(info.channels)
    planes = (info.t_count, info.z_count)
    planar = tiles.offset.shape[2:3] == (channels,)
    interleaved = tiles.offset.shape[2:3] == (1,) and (tiles.codec.samples >= channels or bool(tiles.codec.palette))
    fits = tiles.offset.shape[:2] == planes and tiles.offset.shape[3:] == grid_shape(level)
    same = tiles.length.shape == tiles.offset.shape
    if not (fits and same and (planar or interleaved)):
        raise CorruptFile
    if tiles.file_no is not None and tiles.file_no.shape != tiles.offset.shape:
        raise CorruptFile


def _check_places(tiles: StoredLevel, sizes: npt.NDArray[np.uint64]) -> None:
    if tiles.file_no is not None and int(tiles.file_no.max(initial=0)) >= sizes.size:
        raise CorruptFile
    size = sizes[0] if tiles.file_no is None else sizes[tiles.file_no]
    present = tiles.length > 0
    # Compared without adding, because offset + length may wrap around.
    beyond = present & ((tiles.offset > size) | (tiles.length > size - np.minimum(tiles.offset, size)))
    if beyond.any():
        raise TruncatedFile


def _look(index: SlideIndex, slide: Slide) -> None:
    """Decode something of the coarsest level; a slide that shows nothing is refused with the reason."""
    info = index.info
    number = min(range(len(info.levels)), key=lambda level: info.levels[level].width * info.levels[level].height)
    first: CoverslipError | None = None
    for region in _samples(info.levels[number], None if index.stored is None else index.stored[number]):
        try:
            slide.read(region, number, Plane(), [0])
        except (TileUnreadable, SlideUnreadable) as error:
            first = first or error
            continue
        return
    if first is not None:
        raise first


def _samples(level: LevelInfo, stored: StoredLevel | None) -> Iterator[Region]:
    """Yield the regions of a few tiles that are no gaps, spread over the level."""
    if stored is None:
        width, height = min(256, level.width), min(256, level.height)
        yield Region((level.width - width) // 2, (level.height - height) // 2, width, height)
        return
    present = np.argwhere(stored.length[0, 0, 0] > 0)
    if len(present) == 0:
        return
    for share in np.linspace(0, len(present) - 1, min(TRIED_TILES, len(present))):
        row, col = (int(value) for value in present[int(share)])
        x, y = col * level.tile_width, row * level.tile_height
        yield Region(x, y, min(level.tile_width, level.width - x), min(level.tile_height, level.height - y))
