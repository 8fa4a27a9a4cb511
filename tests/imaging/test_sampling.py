"""Plans of tiles: the grid covers the slide, neighbours overlap, masks choose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.imaging.pyramid import Scale
from coverslip.imaging.sampling import Grid


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    scale=st.sampled_from([0.5, 1.0, 1.7, 4.0]),
    size=st.integers(1, 300),
    share=st.floats(0, 0.9),
)
def test_every_pixel_lies_in_a_tile_and_no_tile_is_idle(
    width: int, height: int, scale: float, size: int, share: float
) -> None:
    grid = Grid(width, height, Scale(scale, scale), max(size, 40), int(size * share))
    places = list(grid.places())
    assert len(places) == grid.cols * grid.rows
    assert max(place.x + place.width * scale for place in places) >= width - 1e-3
    assert max(place.y + place.height * scale for place in places) >= height - 1e-3
    assert all(place.x < width and place.y < height and place.width > 0 and place.height > 0 for place in places)
    step = grid.size - grid.overlap
    assert {place.x for place in places} == {col * step * scale for col in range(grid.cols)}


def test_a_tile_is_chosen_when_it_touches_the_mask() -> None:
    grid = Grid(1000, 1000, Scale(1, 1), 250)
    mask = np.zeros((4, 4), bool)
    mask[1, 2] = True
    assert [(place.col, place.row) for place in grid.places(mask)] == [(2, 1)]
    fine = np.zeros((1000, 1000), np.uint8)
    fine[249, 250] = 7
    assert [(place.col, place.row) for place in grid.places(fine)] == [(1, 0)]
    assert list(grid.places(np.zeros((3, 3)))) == []


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**32))
def test_the_chosen_are_those_that_a_plain_look_finds(rows: int, cols: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((rows, cols)) < 0.1
    grid = Grid(200, 100, Scale(1, 1), 32)
    chosen = {(place.col, place.row) for place in grid.places(mask)}
    for place in grid.places():
        left, right = int(place.x * cols / 200), -(-int(place.x + place.width) * cols // 200)
        top, bottom = int(place.y * rows / 100), -(-int(place.y + place.height) * rows // 100)
        assert ((place.col, place.row) in chosen) == bool(mask[top:bottom, left:right].any())


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (10, 10), (10, -1)])
def test_impossible_grids_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        Grid(10, 10, Scale(1, 1), size, overlap)


def test_masks_have_two_dimensions() -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        list(Grid(10, 10, Scale(1, 1), 5).places(np.ones((2, 2, 3))))
