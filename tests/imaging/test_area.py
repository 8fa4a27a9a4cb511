"""Area means: exact copies, whole blocks, and fractions of pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverslip.imaging.area import Axis, area_mean, snapped

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)


def by_hand(pixels: np.ndarray, across: Axis, down: Axis) -> np.ndarray:
    """Average over 120 x 120 points inside each output pixel."""
    points = (np.arange(120) + 0.5) / 120
    out = np.zeros((down.count, across.count, pixels.shape[2]))
    for row in range(down.count):
        ys = down.start + (row + points) * down.step
        for col in range(across.count):
            xs = across.start + (col + points) * across.step
            ys_in, xs_in = ys[(ys >= 0) & (ys < pixels.shape[0])], xs[(xs >= 0) & (xs < pixels.shape[1])]
            part = pixels[np.floor(ys_in).astype(int)][:, np.floor(xs_in).astype(int)]
            out[row, col] = part.reshape(-1, pixels.shape[2]).mean(axis=0)
    return out


def test_a_whole_step_of_one_is_a_copy() -> None:
    result = area_mean(PIXELS, Axis(3, 1, 10), Axis(2, 1, 8))
    np.testing.assert_array_equal(result, PIXELS[2:10, 3:13])


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_whole_blocks_are_averaged_and_rounded(factor: int) -> None:
    result = area_mean(PIXELS, Axis(0, factor, 30 // factor), Axis(0, factor, 24 // factor))
    blocks = PIXELS[: 24 // factor * factor].reshape(24 // factor, factor, 30 // factor, factor, 3).astype(float)
    np.testing.assert_array_equal(result, np.floor(blocks.mean(axis=(1, 3)) + 0.5))


@given(
    start=st.floats(-2, 10),
    step=st.floats(0.4, 6),
    count=st.integers(1, 4),
    top=st.floats(-2, 10),
    down_step=st.floats(0.4, 6),
)
@settings(max_examples=60, deadline=None)
def test_fractions_of_pixels_count_by_their_share(
    start: float, step: float, count: int, top: float, down_step: float
) -> None:
    across, down = Axis(start, step, count), Axis(top, down_step, 2)
    if across.start + across.step <= 0.5 or down.start + down.step <= 0.5:
        return  # an output pixel (almost) wholly outside has no mean to compare with
    result = area_mean(PIXELS.astype(np.float64), across, down)
    np.testing.assert_allclose(result, by_hand(PIXELS, across, down), atol=5)


def test_values_keep_their_type_and_range() -> None:
    for dtype in ("uint8", "uint16", "int16", "float32", "uint32"):
        values = np.full((8, 8, 2), 100, dtype)
        for step in (1, 2, 1.5):
            result = area_mean(values, Axis(0, step, 4), Axis(0, step, 4))
            assert result.dtype == np.dtype(dtype)
            assert (result == 100).all()


def test_a_pixel_beyond_the_source_takes_the_nearest() -> None:
    result = area_mean(PIXELS, Axis(28, 2, 2), Axis(0, 1, 24))
    np.testing.assert_array_equal(result[:, 1], PIXELS[:, -1])


def test_positions_a_rounding_error_off_are_whole() -> None:
    assert snapped(3.9999999999) == 4.0
    assert snapped(100_000.0000001) == 100_000.0
    assert snapped(0.5) == 0.5
