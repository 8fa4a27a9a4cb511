"""Checks before a slide is accepted: sizes, tables, and a look at a few tiles."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coverslip.core.errors import (
    CorruptFile,
    DimensionsRefused,
    SlideUnreadable,
    TileRefused,
    TruncatedFile,
)
from coverslip.imaging.build import build_index, check_info, check_stored
from coverslip.ports.format import LevelInfo, StoredLevel
from coverslip.testing.registered import Registered
from coverslip.testing.synthetic import coded_rgb, write_pyramid


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (LevelInfo(2**31, 2**31, 256, 256), DimensionsRefused),
        (LevelInfo(2**25, 100, 256, 256), DimensionsRefused),
        (LevelInfo(2**23, 2**23, 256, 256), DimensionsRefused),
        (LevelInfo(0, 100, 256, 256), CorruptFile),
        (LevelInfo(100, 100, 0, 256), CorruptFile),
        (LevelInfo(100, -1, 256, 256), CorruptFile),
    ],
)
def test_impossible_sizes_are_refused(coded: Registered, level: LevelInfo, said: type[SlideUnreadable]) -> None:
    with pytest.raises(said):
        check_info(replace(coded.index.info, levels=(level,)))


@pytest.mark.parametrize(
    "change",
    [{"levels": ()}, {"channels": ()}, {"files": ()}, {"dtype": "complex64"}, {"dtype": "uint16"}, {"z_count": 0}],
)
def test_contradictions_are_refused(coded: Registered, change: dict[str, object]) -> None:
    with pytest.raises(SlideUnreadable):
        check_info(replace(coded.index.info, **change))  # type: ignore[arg-type]  # wrong on purpose


def tables(coded: Registered) -> StoredLevel:
    assert coded.index.stored is not None
    level = coded.index.stored[0]
    return replace(level, offset=level.offset.copy(), length=level.length.copy())


def check(coded: Registered, level: StoredLevel) -> None:
    info = replace(coded.index.info, levels=coded.index.info.levels[:1])
    check_stored(info, (level,), coded.index.file_sizes)


def test_tiles_outside_the_file_are_refused_even_when_the_sum_wraps(coded: Registered) -> None:
    check(coded, tables(coded))
    for offset, length in ((coded.index.file_sizes[0], 1), (2**64 - 1, 10), (coded.index.file_sizes[0] - 5, 6)):
        level = tables(coded)
        level.offset[0, 0, 0, 1, 1], level.length[0, 0, 0, 1, 1] = offset, length
        with pytest.raises(TruncatedFile):
            check(coded, level)
    level = tables(coded)
    level.offset[0, 0, 0, 1, 1], level.length[0, 0, 0, 1, 1] = 2**63, 0  # a gap may point anywhere
    check(coded, level)


def test_tables_of_the_wrong_shape_are_refused(coded: Registered) -> None:
    level = tables(coded)
    for wrong in (
        replace(level, offset=level.offset[..., :-1], length=level.length[..., :-1]),
        replace(level, length=level.length[..., :-1]),
        replace(level, file_no=np.ones(level.offset.shape, np.uint16)),
        replace(level, codec=replace(level.codec, samples=1)),
    ):
        with pytest.raises(CorruptFile):
            check(coded, wrong)


def test_a_tile_of_half_a_gigabyte_is_refused_before_decoding(coded: Registered) -> None:
    info = replace(coded.index.info, levels=(LevelInfo(16_000, 16_000, 16_000, 16_000),))
    level = tables(coded)
    one = replace(level, offset=level.offset[..., :1, :1], length=level.length[..., :1, :1])
    with pytest.raises(TileRefused):
        check_stored(info, (one,), coded.index.file_sizes)


def test_a_slide_whose_coarsest_level_shows_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    write_pyramid(path, coded_rgb(600, 500), factors=(1, 2), compression="jpeg")
    with tifffile.TiffFile(path) as opened:
        page = opened.pages[1]
        places = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    with path.open("r+b") as target:
        for offset, length in places:
            target.seek(offset)
            target.write(bytes(length))
    with pytest.raises(CorruptFile):
        build_index(path)


def test_one_damaged_tile_does_not_refuse_a_slide(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    write_pyramid(path, coded_rgb(600, 500), factors=(1,), compression="jpeg")
    with tifffile.TiffFile(path) as opened:
        offset, length = opened.pages[0].dataoffsets[0], opened.pages[0].databytecounts[0]
    with path.open("r+b") as target:
        target.seek(offset)
        target.write(bytes(length))
    assert build_index(path).info.width == 600


def test_a_truncated_copy_is_refused_as_truncated(coded: Registered, tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    pixels = np.random.default_rng(0).integers(0, 256, (900, 900, 3), dtype=np.uint8)
    write_pyramid(path, pixels, factors=(1,))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises((TruncatedFile, CorruptFile)):
        build_index(path)
