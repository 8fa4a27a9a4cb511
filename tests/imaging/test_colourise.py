"""Styles on pixels: tone and saturation of RGB, blending of fluorescence."""

import numpy as np
import pytest

from coverslip.imaging.colourise import blend, full_range, shown_channels, style_rgb, value_range
from coverslip.imaging.style import LUT_NAMES, ChannelStyle, Style
from coverslip.ports.format import ChannelInfo, LevelInfo, SlideInfo
from coverslip.testing.synthetic import coded_rgb


def info(dtype: str = "uint16", count: int = 3, bit_depth: int | None = None) -> SlideInfo:
    colours = ("#ff0000", "#00ff00", "#0000ff", "#ffffff")
    channels = tuple(ChannelInfo(f"c{number}", colours[number % 4]) for number in range(count))
    return SlideInfo("x", (LevelInfo(8, 8, 8, 8),), dtype, False, channels, ("x",), bit_depth=bit_depth)


PIXELS = coded_rgb(40, 30)


def test_a_plain_style_changes_nothing() -> None:
    assert style_rgb(PIXELS, Style()) is PIXELS


def test_contrast_turns_about_middle_grey_then_brightness_shifts() -> None:
    grey = np.full((1, 3, 3), [[[0], [128], [255]]], np.uint8)
    np.testing.assert_array_equal(style_rgb(grey, Style(contrast=0.0))[0, :, 0], [128, 128, 128])
    np.testing.assert_allclose(style_rgb(grey, Style(contrast=2.0))[0, :, 0].astype(int), [0, 128, 255], atol=1)
    np.testing.assert_allclose(style_rgb(grey, Style(brightness=0.2))[0, :, 0].astype(int), [51, 179, 255], atol=1)


def test_gamma_above_one_brightens_the_middle() -> None:
    grey = np.full((1, 1, 3), 64, np.uint8)
    expected = round((64 / 255) ** (1 / 2.2) * 255)
    assert style_rgb(grey, Style(gamma=2.2))[0, 0, 0] == expected


def test_saturation_zero_is_grey_and_one_is_the_same() -> None:
    grey = style_rgb(PIXELS, Style(saturation=0.0))
    assert (grey[..., 0] == grey[..., 1]).all()
    luma = PIXELS @ np.array([0.2126, 0.7152, 0.0722])
    np.testing.assert_allclose(grey[..., 0], luma, atol=1)
    np.testing.assert_allclose(style_rgb(PIXELS, Style(saturation=1.0000001)), PIXELS, atol=1)


def test_colours_of_channels_add_up() -> None:
    pixels = np.zeros((1, 4, 3), np.uint16)
    pixels[0, :, 0] = [0, 500, 1000, 2000]
    pixels[0, 3, 1] = 1000
    channels = [ChannelStyle(0, low=0, high=1000), ChannelStyle(1, low=0, high=1000), ChannelStyle(2)]
    rgb = blend(pixels, channels, info(), ((0, 1), (0, 1), (0, 1000)))
    np.testing.assert_allclose(rgb[0], [[0, 0, 0], [128, 0, 0], [255, 0, 0], [255, 255, 0]], atol=1)


def test_overlapping_colours_saturate_instead_of_wrapping() -> None:
    pixels = np.full((2, 2, 2), 255, np.uint8)
    channels = [ChannelStyle(0, colour="#ffff00"), ChannelStyle(1, colour="#00ffff")]
    np.testing.assert_array_equal(blend(pixels, channels, info("uint8"), ((0, 255),) * 3)[0, 0], [255, 255, 255])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
def test_every_type_maps_its_range_to_black_and_colour(dtype: str) -> None:
    values = np.array([[10, 20, 30, 40]], dtype)[..., np.newaxis]
    rgb = blend(values, [ChannelStyle(0, low=10, high=30, colour="#ffffff")], info(dtype), ())
    np.testing.assert_array_equal(rgb[0, :, 0], [0, 128, 255, 255])


def test_no_value_shows_as_black() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 1.0]], np.float32)[..., np.newaxis]
    rgb = blend(values, [ChannelStyle(0, low=0, high=2, colour="#ffffff")], info("float32"), ())
    np.testing.assert_array_equal(rgb[0, :, 0], [0, 255, 0, 128])


@pytest.mark.parametrize("lut", LUT_NAMES)
def test_tables_run_from_dark_to_bright(lut: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    rgb = blend(ramp, [ChannelStyle(0, lut=lut)], info("uint8"), ((0, 255),))
    luma = rgb[0] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luma) >= -1.5).all()
    assert luma[-1] > luma[0] + 15


def test_hidden_and_absent_channels_are_not_read() -> None:
    style = Style((ChannelStyle(2), ChannelStyle(0, visible=False), ChannelStyle(7)))
    assert [channel.index for channel in shown_channels(info(), style)] == [2]


def test_ranges_come_from_the_style_then_the_slide_then_the_type() -> None:
    assert value_range(ChannelStyle(1, low=5.0), info(), ((0, 1), (2, 9))) == (5.0, 9)
    assert value_range(ChannelStyle(1), info(bit_depth=12), ()) == (0.0, 4095.0)
    assert full_range(info("int16")) == (-32768.0, 32767.0)
    assert full_range(info("float32")) == (0.0, 1.0)
