"""Histograms and automatic ranges, taken from a coarse level."""

from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.core.geometry import Plane, Region
from coverslip.ports.format import Pixels, Slide, SlideInfo

BINS = 256
AUTO_PERCENTILES = (0.1, 99.9)
WHOLE_PIXELS = 2 * 1024 * 1024
_ENOUGH_PIXELS = 128 * 128
_WINDOW_PX = 256
_WINDOWS = 5


def auto_ranges(slide: Slide) -> tuple[tuple[float, float], ...]:
    """Return what each channel's contrast starts from.

    Returns
    -------
    tuple of (low, high)
        The 0.1 and 99.9 percentiles at the middle focal plane; the full range for a plain grey picture
        of uint8, which is meant to be seen as it is; empty for RGB slides.
    """
    info = slide.info
    if info.rgb:
        return ()
    if info.dtype == "uint8" and len(info.channels) == 1 and info.channels[0].emission_nm is None:
        return ((0.0, 255.0),)
    plane = Plane(z=info.z_count // 2)
    return tuple(_percentiles(_sample(slide, plane, channel)) for channel in range(len(info.channels)))


def histogram(slide: Slide, plane: Plane) -> list[dict[str, Any]]:
    """Count the values of every channel.

    Returns
    -------
    list of dict
        ``index``, ``low``, ``high``, ``auto_low``, ``auto_high`` and 256 ``counts`` between ``low``
        and ``high``: 0 and 255 for uint8, else the smallest and largest value seen.
    """
    return [_channel(slide, plane, channel) for channel in range(len(slide.info.channels))]


def _channel(slide: Slide, plane: Plane, channel: int) -> dict[str, Any]:
    values = _sample(slide, plane, channel)
    low, high = (0.0, 255.0) if slide.info.dtype == "uint8" else _limits(values)
    auto_low, auto_high = _percentiles(values)
    if slide.info.dtype == "uint8":
        counts = np.bincount(values, minlength=BINS)
    else:
        counts = np.histogram(values, BINS, (low, high if high > low else low + 1))[0]
    return {
        "index": channel,
        "low": low,
        "high": high,
        "auto_low": auto_low,
        "auto_high": auto_high,
        "counts": counts.tolist(),
    }


def _limits(values: npt.NDArray[Any]) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _percentiles(values: npt.NDArray[Any]) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, AUTO_PERCENTILES))
    return low, (high if high > low else low + 1.0)


def _sample(slide: Slide, plane: Plane, channel: int) -> npt.NDArray[Any]:
    """Return values of one channel: a whole coarse level, or windows spread over a large one."""
    number = sampled_level(slide.info)
    level = slide.info.levels[number]
    if level.width * level.height <= WHOLE_PIXELS:
        return _finite(_plane(slide, Region(0, 0, level.width, level.height), number, plane, channel))
    xs = np.linspace(0, max(0, level.width - _WINDOW_PX), _WINDOWS).astype(int)
    ys = np.linspace(0, max(0, level.height - _WINDOW_PX), _WINDOWS).astype(int)
    width, height = min(_WINDOW_PX, level.width), min(_WINDOW_PX, level.height)
    parts = [
        _plane(slide, Region(int(x), int(y), width, height), number, plane, channel).ravel() for y in ys for x in xs
    ]
    return _finite(np.concatenate(parts))


def sampled_level(info: SlideInfo) -> int:
    """Return the coarsest level that still has enough pixels to count."""
    order = sorted(range(len(info.levels)), key=lambda number: info.levels[number].width)
    return next(
        (number for number in order if info.levels[number].width * info.levels[number].height >= _ENOUGH_PIXELS),
        order[-1],
    )


def _plane(slide: Slide, region: Region, level: int, plane: Plane, channel: int) -> Pixels:
    pixels = slide.read(region, level, plane, None if slide.info.rgb else [channel])
    return pixels[..., channel if slide.info.rgb else 0]


def _finite(values: Pixels) -> npt.NDArray[Any]:
    flat = values.ravel()
    return flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat
