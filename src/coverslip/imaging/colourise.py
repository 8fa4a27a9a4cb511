"""Applies a style to pixels: the second of the three steps read, style, encode.

Pure: pixels in, RGB out. Everything that depends only on the style is a table made once.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.imaging.style import ChannelStyle, Style, default_style
from coverslip.ports.format import Pixels, SlideInfo

Rgb = npt.NDArray[np.uint8]
Ranges = Sequence[tuple[float, float]]

_LUMA = (0.2126, 0.7152, 0.0722)
_STOPS = {
    "gray": ("#000000", "#ffffff"),
    "red": ("#000000", "#ff0000"),
    "green": ("#000000", "#00ff00"),
    "blue": ("#000000", "#0000ff"),
    "fire": ("#000000", "#3a0080", "#a00060", "#e83010", "#ffa000", "#ffff60", "#ffffff"),
    "ice": ("#000000", "#00265e", "#0060a8", "#00a8d0", "#80e0e8", "#ffffff"),
    "viridis": ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"),
    "magma": ("#000004", "#1d1147", "#51127c", "#832681", "#b73779", "#e75263", "#fc8961", "#fec488", "#fcfdbf"),
    "inferno": ("#000004", "#210c4a", "#57106e", "#8a226a", "#bc3754", "#e45a31", "#f98e09", "#f9cb35", "#fcffa4"),
}


def shown_channels(info: SlideInfo, style: Style) -> tuple[ChannelStyle, ...]:
    """Return the channels that a style shows, in its order.

    Channels that the slide does not have are left out.
    """
    chosen = style.channels or default_style(info).channels
    return tuple(channel for channel in chosen if channel.visible and channel.index < len(info.channels))


def style_rgb(pixels: Rgb, style: Style) -> Rgb:
    """Apply brightness, contrast, gamma and saturation.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
    style : Style

    Returns
    -------
    ndarray of uint8, same shape
        The argument itself where the style changes nothing.
    """
    if (style.brightness, style.contrast, style.gamma) != (0.0, 1.0, 1.0):
        table = _tone_table(style.brightness, style.contrast, style.gamma)
        # Looks bytes up several times faster than numpy indexes, and twice as fast as bytes.translate,
        # which watches for changes on the way.
        pixels = np.frombuffer(bytearray(pixels).translate(table), np.uint8).reshape(pixels.shape)
    if style.saturation != 1.0:
        pixels = _saturated(pixels, style.saturation)
    return pixels


def blend(pixels: Pixels, channels: Sequence[ChannelStyle], info: SlideInfo, ranges: Ranges) -> Rgb:
    """Blend the channels of a fluorescence slide by adding their colours.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, len(channels))
        In the slide's dtype, in the order of ``channels``.
    channels : sequence of ChannelStyle
    info : SlideInfo
    ranges : sequence of (low, high)
        Automatic range of every channel of the slide.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    height, width = pixels.shape[:2]
    sums = np.zeros((3, height, width), np.uint16)
    for position, channel in enumerate(channels):
        low, high = value_range(channel, info, ranges)
        plane = np.ascontiguousarray(pixels[..., position])
        values = _levels(plane, low, high, channel.gamma)
        table = colour_table(channel, info)
        for component in range(3):
            if table[component].any():
                sums[component] += table[component][values]
    return np.ascontiguousarray(np.moveaxis(np.minimum(sums, 255).astype(np.uint8), 0, -1))


def value_range(channel: ChannelStyle, info: SlideInfo, ranges: Ranges) -> tuple[float, float]:
    """Return the values that show as black and as full colour."""
    automatic = ranges[channel.index] if channel.index < len(ranges) else full_range(info)
    low = automatic[0] if channel.low is None else channel.low
    high = automatic[1] if channel.high is None else channel.high
    return low, (high if high > low else low + 1.0)


def full_range(info: SlideInfo) -> tuple[float, float]:
    """Return the range of values that the slide's samples can take; 0 to 1 for floats."""
    dtype = np.dtype(info.dtype)
    if dtype.kind not in "ui":
        return 0.0, 1.0
    if info.bit_depth is not None and dtype.kind == "u":
        return 0.0, float(2**info.bit_depth - 1)
    limits = np.iinfo(dtype)
    return float(limits.min), float(limits.max)


def colour_table(channel: ChannelStyle, info: SlideInfo) -> npt.NDArray[np.uint16]:
    """Return the colour of each of 256 brightness levels, shape (3, 256), values 0 to 255."""
    if channel.lut is not None:
        return _ramp(_STOPS[channel.lut])
    return _ramp(("#000000", channel.colour or info.channels[channel.index].colour))


@lru_cache(maxsize=128)
def _ramp(stops: tuple[str, ...]) -> npt.NDArray[np.uint16]:
    """Interpolate evenly spaced colours."""
    points = np.array([list(bytes.fromhex(stop[1:])) for stop in stops], np.float64)
    at = np.linspace(0, len(stops) - 1, 256)
    places = np.arange(len(stops))
    table = np.stack([np.interp(at, places, points[:, component]) for component in range(3)])
    colours = np.round(table).astype(np.uint16)
    colours.setflags(write=False)
    return colours


@lru_cache(maxsize=64)
def _tone_table(brightness: float, contrast: float, gamma: float) -> bytes:
    """Return what each of 256 values becomes: contrast about the middle, then brightness, then gamma."""
    value = (np.arange(256) / 255 - 0.5) * contrast + 0.5 + brightness
    return np.round(np.clip(value, 0, 1) ** (1 / gamma) * 255).astype(np.uint8).tobytes()


@lru_cache(maxsize=32)
def _saturation_matrix(saturation: float) -> npt.NDArray[np.float32]:
    grey = np.repeat(np.array(_LUMA, np.float32)[:, np.newaxis], 3, axis=1)
    return (saturation * np.eye(3) + (1 - saturation) * grey).astype(np.float32)


def _saturated(pixels: Rgb, saturation: float) -> Rgb:
    # One matrix product: broadcasting over a last axis of 3 is several times slower in numpy.
    mixed = pixels.reshape(-1, 3).astype(np.float32) @ _saturation_matrix(saturation)
    mixed += 0.5
    result: Rgb = np.clip(mixed, 0, 255, out=mixed).astype(np.uint8).reshape(pixels.shape)
    return result


def _levels(plane: npt.NDArray[Any], low: float, high: float, gamma: float) -> npt.NDArray[np.uint8]:
    """Map values to 256 brightness levels."""
    if plane.dtype.kind == "u" and plane.dtype.itemsize <= 2:
        table = _level_table(plane.dtype.itemsize, low, high, gamma)
        return np.take(table, plane)
    return _brightness(plane.astype(np.float64 if plane.dtype.itemsize > 4 else np.float32), low, high, gamma)


@lru_cache(maxsize=64)
def _level_table(itemsize: int, low: float, high: float, gamma: float) -> npt.NDArray[np.uint8]:
    return _brightness(np.arange(256**itemsize, dtype=np.float32), low, high, gamma)


def _brightness(values: npt.NDArray[Any], low: float, high: float, gamma: float) -> npt.NDArray[np.uint8]:
    share = np.clip((np.nan_to_num(values, copy=False) - low) / (high - low), 0, 1)
    if gamma != 1.0:
        share **= 1 / gamma
    levels: npt.NDArray[np.uint8] = np.round(share * 255).astype(np.uint8)
    return levels
