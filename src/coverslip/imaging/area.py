"""Area means: every pixel of the answer is the mean of the source over exactly the area it covers."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.ports.format import Pixels

_SNAP = 1e-6
"""Positions this close to a whole pixel are meant to be whole: mpp values are rounded decimals."""


@dataclass(frozen=True, slots=True)
class Axis:
    """How output pixels lie over source pixels along one axis.

    Output pixel ``i`` covers ``[start + i * step, start + (i + 1) * step)``, in source pixels.
    ``limit`` is where the picture ends: the last source pixel may stand for less than a whole one.
    """

    start: float
    step: float
    count: int
    limit: float = math.inf

    @property
    def end(self) -> float:
        """Where the last output pixel ends, in source pixels."""
        return self.start + self.step * self.count

    def shifted(self, by: float) -> "Axis":
        """Return the same axis counted from another source pixel."""
        return Axis(snapped(self.start - by), self.step, self.count, self.limit - by)

    def part(self, first: int, count: int) -> "Axis":
        """Return the axis of some of the output pixels."""
        return Axis(snapped(self.start + first * self.step), self.step, count, self.limit)

    def divided(self, factor: int) -> "Axis":
        """Return the same axis over a source that is ``factor`` times coarser."""
        return Axis(snapped(self.start / factor), snapped(self.step / factor), self.count, self.limit / factor)


def snapped(value: float) -> float:
    """Return the whole number next to a value that is whole but for rounding."""
    whole = round(value)
    return float(whole) if abs(value - whole) < _SNAP * max(1.0, abs(value) * 1e-3) else value


def area_mean(pixels: Pixels, across: Axis, down: Axis) -> Pixels:
    """Resample by area.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, channels)
    across, down : Axis
        Where the output pixels lie. Of an output pixel that reaches beyond the source only the
        part inside counts; one wholly outside takes the nearest source pixel.

    Returns
    -------
    ndarray, shape (down.count, across.count, channels)
        In the source's dtype; integers are rounded to nearest.
    """
    fast = _whole_step(pixels, across, down)
    if fast is not None:
        return fast
    exact = np.float64 if pixels.dtype.itemsize >= 4 else np.float32
    rows = _weighted(pixels, down, 0, exact)
    return _rounded(_weighted(rows, across, 1, exact), pixels.dtype)


def _whole_step(pixels: Pixels, across: Axis, down: Axis) -> Pixels | None:
    """Copy, or average whole blocks, where the axes allow it; None where they do not."""
    places: list[tuple[int, int, int]] = []
    for axis, size in ((down, pixels.shape[0]), (across, pixels.shape[1])):
        start, step = int(axis.start), int(axis.step)
        end = start + step * axis.count
        whole = start == axis.start and step == axis.step and start >= 0 and end <= size
        if not whole or (step > 1 and end > axis.limit):
            return None
        places.append((start, step, axis.count))
    (top, row_step, height), (left, col_step, width) = places
    part = pixels[top : top + row_step * height, left : left + col_step * width]
    if row_step == col_step == 1:
        return part
    if pixels.dtype.kind not in "ui" or pixels.dtype.itemsize > 2:
        return None
    return _block_means(part, row_step, col_step)


def _block_means(pixels: Pixels, row_step: int, col_step: int) -> Pixels:
    """Average whole blocks of integers, rounded to nearest.

    Sums of strided planes: an order of magnitude faster than numpy's reductions over short axes.
    """
    area = row_step * col_step
    kind = "u" if pixels.dtype.kind == "u" else "i"
    wide = pixels.dtype.itemsize == 2 or area > 256
    total = np.dtype(f"{kind}{4 if wide or kind == 'i' else 2}")
    rows = pixels[::row_step].astype(total)
    for step in range(1, row_step):
        rows += pixels[step::row_step]
    out = np.empty((rows.shape[0], rows.shape[1] // col_step, rows.shape[2]), pixels.dtype)
    for channel in range(pixels.shape[2]):
        plane = rows[..., channel]
        sums = plane[:, ::col_step].copy()
        for step in range(1, col_step):
            sums += plane[:, step::col_step]
        sums += total.type(area // 2)
        if area & (area - 1):
            sums //= total.type(area)
        else:
            sums >>= total.type(area.bit_length() - 1)
        out[..., channel] = sums
    return out


def _weighted(pixels: npt.NDArray[Any], axis: Axis, dimension: int, dtype: Any) -> npt.NDArray[Any]:
    """Sum source rows (dimension 0) or columns (1) by the share that each output pixel covers."""
    size = pixels.shape[dimension]
    begin = np.array([snapped(axis.start + index * axis.step) for index in range(axis.count)])
    end = np.append(begin[1:], snapped(axis.end))
    limit = min(float(size), axis.limit)
    low, high = np.clip(begin, 0, limit), np.clip(end, 0, limit)
    outside = high - low <= 0
    low[outside] = np.clip(np.floor(begin[outside]), 0, size - 1)
    high[outside] = low[outside] + 1
    first = np.floor(low).astype(np.intp)
    taps = int((np.ceil(high).astype(np.intp) - first).max())
    share = 1 / (high - low)
    spread = [1, 1, 1]
    spread[dimension] = axis.count
    out: npt.NDArray[Any] | None = None
    for tap in range(taps):
        at = first + tap
        covered = np.clip(np.minimum(at + 1, high) - np.maximum(at, low), 0, 1) * share
        source = np.take(pixels, np.minimum(at, size - 1), axis=dimension)
        term = source * covered.astype(dtype).reshape(spread)
        out = term if out is None else np.add(out, term, out=out)
    assert out is not None  # noqa: S101 - every pixel has at least one tap
    return out


def _rounded(values: npt.NDArray[Any], dtype: np.dtype[Any]) -> Pixels:
    if dtype.kind not in "ui":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.floor(values + 0.5), limits.min, limits.max).astype(dtype)
