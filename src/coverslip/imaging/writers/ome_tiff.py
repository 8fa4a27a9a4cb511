"""Pyramidal OME-TIFF: tiled, the coarser levels as SubIFDs of each plane, stored JPEG tiles as they are."""

import io
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverslip.core.geometry import Plane
from coverslip.imaging.encode import encode_jpeg
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.splice import SOI, splice, splice_parts
from coverslip.imaging.stored import span
from coverslip.imaging.writers.bigtiff import (
    LONG,
    LONG8,
    SHORT,
    BigTiff,
    Tag,
    array,
    blob,
    numbers,
    per_centimetre,
    text,
)
from coverslip.imaging.writers.ome_xml import ome_xml
from coverslip.imaging.writers.plan import TILE_PX, About, OutLevel, Plan
from coverslip.imaging.writers.source import STORED_BATCH, TileSource, batches
from coverslip.imaging.writers.tiles import JPEG_QUALITY, deflated, predictor_of
from coverslip.ports.format import Codec, ColourModel, Pixels

_JPEG, _DEFLATE = 7, 8
_RGB, _BLACK_IS_ZERO, _YCBCR = 2, 1, 6
_SAMPLE_FORMATS: Final = {"u": 1, "b": 1, "i": 2, "f": 3}
_SOF: Final = frozenset({0xC0, 0xC1, 0xC2})


@dataclass(slots=True)
class _Written:
    """Where the tiles of one level and plane lie, and how they are coded."""

    offsets: npt.NDArray[np.uint64]
    lengths: npt.NDArray[np.uint64]
    coding: list[Tag]


def write_ome_tiff(target: BinaryIO, index: SlideIndex, plan: Plan, source: TileSource) -> None:
    """Write an export; only a table of 16 bytes a tile and one batch of tiles are held in memory.

    Parameters
    ----------
    target : binary file
        Empty; can seek. Nothing reads it as a TIFF before the last byte is written.
    index : SlideIndex
    plan : Plan
    source : TileSource

    Raises
    ------
    OSError
        The target cannot be written.
    CoverslipError
        Whatever the source raises.
    """
    tiff = BigTiff(target)
    written = [
        [_write_level(tiff, index, plan, source, number, plane) for number in range(len(plan.levels))]
        for plane in plan.about.planes
    ]
    first = plan.levels[0]
    following = 0
    for number in reversed(range(len(written))):
        reduced = [
            tiff.directory([*_directory(plan, level, place), numbers(254, LONG, [1])])
            for level, place in zip(plan.levels[1:], written[number][1:], strict=True)
        ]
        tags = [*_directory(plan, first, written[number][0]), numbers(254, LONG, [0])]
        if reduced:
            tags.append(numbers(330, LONG8, reduced))
        if number == 0:
            tags += [text(270, ome_xml(plan.about, first.width, first.height)), text(305, "Coverslip")]
        following = tiff.directory(tags, following)
    tiff.finish(following)


def pixels_as_ome_tiff(pixels: Pixels, about: About) -> bytes:
    """Return pixels, shape (height, width, channels), as an OME-TIFF of one level that keeps every one."""
    height, width = pixels.shape[:2]
    target = io.BytesIO()
    tiff = BigTiff(target)
    level = OutLevel(width, height, TILE_PX, TILE_PX, 1, 1)
    plan = Plan(0, 0, (level,), lossy=False, about=about)
    parts = [pixels] if about.rgb else [pixels[..., number : number + 1] for number in range(pixels.shape[2])]
    written = []
    for part in parts:
        places = _Written(*_tables(level), _deflate_coding(about))
        for number in range(level.rows * level.cols):
            row, col = divmod(number, level.cols)
            tile = np.zeros((TILE_PX, TILE_PX, part.shape[2]), part.dtype)
            seen = part[row * TILE_PX : (row + 1) * TILE_PX, col * TILE_PX : (col + 1) * TILE_PX]
            tile[: seen.shape[0], : seen.shape[1]] = seen
            _put(tiff, places, number, deflated(tile))
        written.append(places)
    following = 0
    for number in reversed(range(len(written))):
        tags = [*_directory(plan, level, written[number]), numbers(254, LONG, [0])]
        if number == 0:
            tags += [text(270, ome_xml(about, width, height)), text(305, "Coverslip")]
        following = tiff.directory(tags, following)
    tiff.finish(following)
    return target.getvalue()


def _write_level(
    tiff: BigTiff, index: SlideIndex, plan: Plan, source: TileSource, number: int, plane: tuple[int, int, int]
) -> _Written:
    level = plan.levels[number]
    if level.stored_level is not None:
        return _pass_through(tiff, index, level, source, number, plane, plan)
    coding = _made_jpeg_coding() if plan.lossy else _deflate_coding(plan.about)
    places = _Written(*_tables(level), coding)
    at = 0
    for batch in batches(plan, number, plane):
        for data in source.made(plan, "tiff", batch):
            _put(tiff, places, at, data)
            at += 1
        source.progress(len(batch))
    return places


def _pass_through(
    tiff: BigTiff,
    index: SlideIndex,
    level: OutLevel,
    source: TileSource,
    number: int,
    plane: tuple[int, int, int],
    plan: Plan,
) -> _Written:
    assert index.stored is not None and level.stored_level is not None  # noqa: S101, PT018 - the plan says so
    codec = index.stored[level.stored_level].codec
    spliced = splice_parts(codec) if codec.header else None
    places = _Written(*_tables(level), [])
    blank: int | None = None
    sampling: tuple[int, int] | None = None
    at = 0
    for batch in batches(plan, number, plane, STORED_BATCH):
        spans = [span(index, level.stored_level, Plane(z, t), c, col, row) for _, t, z, c, col, row in batch]
        bodies = iter(source.stored([one for one in spans if one is not None]))
        for one in spans:
            if one is None:
                blank = at if blank is None else blank
                if blank == at:
                    _put(tiff, places, at, _blank(level, codec, index.info.background))
                else:  # gaps are stored once and pointed at
                    places.offsets[at], places.lengths[at] = places.offsets[blank], places.lengths[blank]
            else:
                data = next(bodies)
                if spliced is not None:
                    data = splice(spliced, data, level.tile_width, level.tile_height)
                sampling = sampling or sampling_of(data)
                _put(tiff, places, at, data)
            at += 1
        source.progress(len(batch))
    places.coding = _stored_coding(codec, sampling or (1, 1), with_tables=spliced is None)
    return places


def sampling_of(stream: bytes) -> tuple[int, int]:
    """Return how many times coarser a JPEG stores its colour than its light, across and down."""
    at = 2
    while at + 9 < len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _SOF:
            factors = [stream[at + 11 + 3 * one] for one in range(stream[at + 9])]
            light, colour = factors[0], factors[-1]
            return max(1, (light >> 4) // max(1, colour >> 4)), max(1, (light & 15) // max(1, colour & 15))
        at += 2 + (stream[at + 2] << 8 | stream[at + 3])
    return (1, 1)


def _blank(level: OutLevel, codec: Codec, background: tuple[int, int, int]) -> bytes:
    """Return a tile of nothing but background, coded as its neighbours are."""
    colour = background if codec.samples == 3 else (0,)
    pixels = np.full((level.tile_height, level.tile_width, codec.samples), colour, np.uint8)
    if codec.samples == 3 and codec.colour is ColourModel.RGB:
        import imagecodecs

        return bytes(
            imagecodecs.jpeg8_encode(pixels, JPEG_QUALITY, colorspace="rgb", outcolorspace="rgb", subsampling="444")
        )
    return encode_jpeg(pixels, JPEG_QUALITY, subsampling="444")


def _stored_coding(codec: Codec, sampling: tuple[int, int], *, with_tables: bool) -> list[Tag]:
    colour = _BLACK_IS_ZERO if codec.samples == 1 else _YCBCR if codec.colour is ColourModel.YCBCR else _RGB
    tags = [numbers(259, SHORT, [_JPEG]), numbers(262, SHORT, [colour])]
    if colour == _YCBCR:
        tags.append(numbers(530, SHORT, sampling))
    if with_tables and codec.tables.startswith(SOI):
        tags.append(blob(347, codec.tables))
    return tags


def _made_jpeg_coding() -> list[Tag]:
    return [numbers(259, SHORT, [_JPEG]), numbers(262, SHORT, [_YCBCR]), numbers(530, SHORT, [1, 1])]


def _deflate_coding(about: About) -> list[Tag]:
    predictor = predictor_of(np.dtype(about.dtype))
    colour = _RGB if about.rgb else _BLACK_IS_ZERO
    return [numbers(259, SHORT, [_DEFLATE]), numbers(262, SHORT, [colour]), numbers(317, SHORT, [predictor])]


def _directory(plan: Plan, level: OutLevel, places: _Written) -> list[Tag]:
    about = plan.about
    dtype: np.dtype[Any] = np.dtype(about.dtype)
    first = plan.levels[0]
    tags = [
        numbers(256, LONG, [level.width]),
        numbers(257, LONG, [level.height]),
        numbers(258, SHORT, [dtype.itemsize * 8] * about.samples),
        numbers(277, SHORT, [about.samples]),
        numbers(284, SHORT, [1]),
        numbers(322, LONG, [level.tile_width]),
        numbers(323, LONG, [level.tile_height]),
        array(324, LONG8, places.offsets),
        array(325, LONG, places.lengths),
        numbers(339, SHORT, [_SAMPLE_FORMATS.get(dtype.kind, 1)] * about.samples),
        *places.coding,
    ]
    if about.mpp_x and about.mpp_y:
        across = about.mpp_x * level.downsample_x / first.downsample_x
        down = about.mpp_y * level.downsample_y / first.downsample_y
        tags += per_centimetre(across, down)
    if about.icc_profile:
        tags.append(blob(34675, about.icc_profile))
    return tags


def _tables(level: OutLevel) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    count = level.cols * level.rows
    return np.zeros(count, np.uint64), np.zeros(count, np.uint64)


def _put(tiff: BigTiff, places: _Written, at: int, data: bytes) -> None:
    places.offsets[at], places.lengths[at] = tiff.add(data), len(data)
