"""Which levels are served: the grid, what counts as covered, and how large virtual levels are."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverslip.imaging.pyramid import (
    Scale,
    has_straight_axes,
    level_scale,
    served_levels,
    source_level,
)
from coverslip.ports.format import (
    ChannelInfo,
    Codec,
    ColourModel,
    Compression,
    LevelInfo,
    SlideInfo,
    StoredLevel,
)

RGB = tuple(ChannelInfo(name, "#ffffff") for name in ("Red", "Green", "Blue"))
JPEG = Codec(Compression.JPEG, ColourModel.YCBCR, 3, "u1")


def slide(*levels: LevelInfo, rgb: bool = True, channels: tuple[ChannelInfo, ...] = RGB) -> SlideInfo:
    return SlideInfo("test", levels, "uint8", rgb, channels, ("a.tif",))


def stored(info: SlideInfo, codec: Codec = JPEG, bottom_height: int = 0) -> tuple[StoredLevel, ...]:
    tables = []
    for level in info.levels:
        shape = (1, 1, 1, -(-level.height // level.tile_height), -(-level.width // level.tile_width))
        offset, length = np.zeros(shape, np.uint64), np.ones(shape, np.uint32)
        tables.append(StoredLevel(codec, offset, length, bottom_height=bottom_height))
    return tuple(tables)


def test_single_level_gets_every_power_of_two_down_to_one_tile() -> None:
    info = slide(LevelInfo(2220, 2967, 240, 240))
    levels = served_levels(info, stored(info))
    assert [(one.width, one.height) for one in levels] == [
        (139, 186),
        (278, 371),
        (555, 742),
        (1110, 1484),
        (2220, 2967),
    ]
    assert [one.z for one in levels] == [0, 1, 2, 3, 4]
    assert [one.downsample_x for one in levels] == [16, 8, 4, 2, 1]
    assert [one.stored for one in levels] == [False] * 4 + [True]
    assert {one.tile_width for one in levels} == {240}
    assert levels[0].cols == levels[0].rows == 1


def test_aperio_layout_fills_between_and_below_the_stored_levels() -> None:
    info = slide(*(LevelInfo(40_000 // f, 40_000 // f, 240, 240) for f in (1, 4, 16)))
    levels = served_levels(info, stored(info))
    assert [one.downsample_x for one in levels] == [256, 128, 64, 32, 16, 8, 4, 2, 1]
    assert [one.source_level for one in levels] == [2, 2, 2, 2, 2, 1, 1, 0, 0]
    assert [one.factor for one in levels] == [16, 8, 4, 2, 1, 2, 1, 2, 1]


def test_levels_at_1_3_9_leave_2_4_8_virtual() -> None:
    info = slide(LevelInfo(9000, 9000, 256, 256), LevelInfo(3000, 3000, 256, 256), LevelInfo(1000, 1000, 256, 256))
    downsamples = [one.downsample_x for one in served_levels(info, stored(info))]
    assert downsamples == [64, 32, 16, 9, 8, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("full", "level", "expected"),
    [
        ((40_001, 30_003), (10_000, 7_500), 4.0),  # rounded down
        ((40_001, 30_003), (10_001, 7_501), 4.0),  # rounded up
        ((9000, 9000), (3000, 3000), 3.0),
        ((4443, 3567), (2221, 1783), 2.0),
        ((1000, 1000), (400, 400), 2.5),
    ],
)
def test_downsample_is_the_whole_number_that_explains_the_sizes(
    full: tuple[int, int], level: tuple[int, int], expected: float
) -> None:
    scale = level_scale(LevelInfo(*full, 256, 256), LevelInfo(*level, 256, 256))
    assert scale == Scale(expected, expected)


def test_a_level_within_three_percent_covers_its_power_of_two() -> None:
    info = slide(LevelInfo(10_000, 10_000, 256, 256), LevelInfo(4_900, 4_900, 256, 256))
    downsamples = [one.downsample_x for one in served_levels(info, stored(info))]
    assert 2.0 not in downsamples
    assert any(1.94 <= one <= 2.06 for one in downsamples)


def test_a_level_with_skewed_axes_is_a_source_but_no_grid() -> None:
    level = LevelInfo(5_000, 4_900, 256, 256)
    assert not has_straight_axes(level, level_scale(LevelInfo(10_000, 10_000, 256, 256), level))
    info = slide(LevelInfo(10_000, 10_000, 256, 256), level)
    assert all(one.factor > 1 or one.source_level == 0 for one in served_levels(info, stored(info)))


@pytest.mark.parametrize("tile", [(3968, 8), (64, 64), (2048, 2048), (512, 100)])
def test_tiles_outside_128_to_1024_are_made_on_a_512_grid(tile: tuple[int, int]) -> None:
    info = slide(LevelInfo(4096, 4096, *tile))
    finest = served_levels(info, stored(info))[-1]
    assert (finest.tile_width, finest.tile_height, finest.stored, finest.pass_through) == (512, 512, False, False)


def test_strips_of_which_the_last_is_shorter_are_no_grid() -> None:
    info = slide(LevelInfo(1000, 1000, 1000, 300))
    assert not served_levels(info, stored(info, bottom_height=100))[-1].stored


def test_a_reader_without_tile_places_still_has_a_grid() -> None:
    info = slide(LevelInfo(3000, 3000, 256, 256))
    finest = served_levels(info, None)[-1]
    assert (finest.tile_width, finest.stored, finest.pass_through) == (256, False, False)


@pytest.mark.parametrize(
    ("codec", "rgb", "channels", "expected"),
    [
        (JPEG, True, RGB, True),
        (Codec(Compression.JPEG, ColourModel.RGB, 3, "u1"), True, RGB, True),
        (Codec(Compression.JPEG2000, ColourModel.RGB, 3, "u1"), True, RGB, False),
        (Codec(Compression.JPEG, ColourModel.GRAY, 1, "u1"), False, RGB[:1], True),
        (Codec(Compression.JPEG, ColourModel.GRAY, 1, "u1"), False, RGB, False),
        (Codec(Compression.JPEG, ColourModel.GRAY_INVERTED, 1, "u1"), False, RGB[:1], False),
        (Codec(Compression.JPEG, ColourModel.GRAY, 1, "<u2"), False, RGB[:1], False),
    ],
)
def test_only_what_a_browser_shows_rightly_passes_through(
    codec: Codec, rgb: bool, channels: tuple[ChannelInfo, ...], expected: bool
) -> None:
    info = slide(LevelInfo(1000, 1000, 256, 256), rgb=rgb, channels=channels)
    assert served_levels(info, stored(info, codec))[-1].pass_through is expected


def test_source_is_the_coarsest_level_not_coarser_than_asked() -> None:
    scales = (Scale(1, 1), Scale(4, 4), Scale(16, 16))
    assert [source_level(scales, d, d) for d in (0.5, 1, 3.9, 3.9999999, 4, 15, 100)] == [0, 0, 0, 1, 1, 1, 2]


@given(
    width=st.integers(1, 300_000),
    height=st.integers(1, 300_000),
    tile=st.sampled_from([128, 240, 256, 512, 1024]),
    factors=st.lists(st.sampled_from([2, 3, 4, 8, 9, 16, 32, 64]), unique=True, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_any_pyramid_reaches_one_tile_without_gaps(width: int, height: int, tile: int, factors: list[int]) -> None:
    sizes = [(max(1, width // f), max(1, height // f)) for f in (1, *sorted(factors))]
    info = slide(*(LevelInfo(w, h, tile, tile) for w, h in sizes))
    levels = served_levels(info, None)
    assert levels[0].cols == levels[0].rows == 1
    assert [one.z for one in levels] == list(range(len(levels)))
    for coarser, finer in itertools.pairwise(levels):
        assert coarser.downsample_x > finer.downsample_x
        assert coarser.downsample_x / finer.downsample_x <= 2 * 1.035
    for one in levels:
        assert (one.cols - 1) * one.tile_width < one.width <= one.cols * one.tile_width
        if one.factor > 1:
            assert (one.width, one.height) == (-(-width // one.downsample_x), -(-height // one.downsample_y))
