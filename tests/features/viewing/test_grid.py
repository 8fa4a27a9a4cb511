"""The cells by which coverage is counted."""

import math

import numpy as np
import pytest

from coverslip.features.viewing.grid import Grid, grid_of, moved, pack, unpack
from coverslip.features.viewing.schemas import MOST_CELLS


@pytest.mark.parametrize(
    ("width", "height", "mpp", "expected"),
    [
        (2220, 2967, 0.499, Grid(18, 24, 128)),
        (1493, 901, None, Grid(6, 4, 256)),
        (16, 16, None, Grid(1, 1, 256)),
        (1000, 10, 1000.0, Grid(1000, 10, 1)),
    ],
)
def test_cells_are_64_micrometres_or_256_pixels(width: int, height: int, mpp: float | None, expected: Grid) -> None:
    assert grid_of(width, height, mpp) == expected


@pytest.mark.parametrize(("width", "height", "mpp"), [(250_000, 120_000, 0.23), (2**31, 2**31, None), (10**6, 1, 1e-3)])
def test_a_huge_slide_has_larger_cells_not_more(width: int, height: int, mpp: float | None) -> None:
    grid = grid_of(width, height, mpp)
    assert MOST_CELLS / 8 < grid.count <= MOST_CELLS or height == 1
    assert (grid.cols, grid.rows) == (math.ceil(width / grid.cell_px), math.ceil(height / grid.cell_px))
    least = 256 if mpp is None else round(64 / mpp)
    assert math.log2(grid.cell_px / least).is_integer()


def test_bits_come_back_and_count_from_the_lowest() -> None:
    grid = Grid(5, 3, 64)
    bits = np.random.default_rng(7).random((3, 5)) > 0.5
    data = pack(bits)
    assert len(data) == grid.byte_count == 2
    for i, bit in enumerate(bits.reshape(-1)):
        assert bool(data[i // 8] >> (i % 8) & 1) == bool(bit)
    np.testing.assert_array_equal(unpack(data, grid), bits)


def test_what_was_seen_stays_seen_when_the_cells_change() -> None:
    old, new = Grid(10, 10, 100), Grid(20, 20, 50)
    bits = np.zeros((10, 10), bool)
    bits[2:4, 5:7] = True
    finer = moved(bits, old, new)
    expected = np.zeros((20, 20), bool)
    expected[4:8, 10:14] = True
    np.testing.assert_array_equal(finer, expected)
    np.testing.assert_array_equal(moved(finer, new, old), bits)


def test_the_browser_rounds_alike() -> None:
    # The same cases as in web/src/model/coverage.test.ts.
    assert grid_of(250_000, 120_000, 0.23) == Grid(450, 216, 556)
    assert grid_of(100_000, 80_000, None) == Grid(391, 313, 256)
    assert grid_of(1000, 1000, 64 / 2.5).cell_px == 3
