"""Reading at any scale: native levels exactly, everything else the mean of the area it covers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from coverslip.core.geometry import Plane
from coverslip.imaging.area import Axis, area_mean
from coverslip.imaging.build import build_index
from coverslip.imaging.pyramid import ServedLevel
from coverslip.imaging.render import View, Window, is_empty, read_tile, read_window
from coverslip.imaging.stored import StoredSlide
from coverslip.testing.registered import Registered, write_registered
from coverslip.testing.synthetic import coded_rgb, smooth_rgb


def view_of(made: Registered) -> View:
    return View(made.index, StoredSlide(made.index))


@pytest.fixture(scope="module")
def coded_view(coded: Registered) -> Iterator[View]:
    view = view_of(coded)
    yield view
    view.close()


@given(level=st.integers(0, 2), x=st.integers(-50, 300), y=st.integers(-50, 200), width=st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_a_native_level_comes_exactly(
    coded_view: View, coded: Registered, level: int, x: int, y: int, width: int
) -> None:
    factor, stored = coded.levels[level].factor, coded.levels[level].pixels
    pixels = read_window(coded_view, Window(x * factor, y * factor, width, 40, factor, factor), Plane())
    padded = np.full((stored.shape[0] + 600, stored.shape[1] + 1000, 3), 255, np.uint8)
    padded[50 : 50 + stored.shape[0], 50 : 50 + stored.shape[1]] = stored
    np.testing.assert_array_equal(pixels, padded[y + 50 : y + 90, x + 50 : x + 50 + width])


@pytest.mark.parametrize(
    ("downsample", "source"), [(1.5, 0), (2.0, 1), (3.0, 1), (3.99, 1), (4.0, 2), (9.7, 2), (0.5, 0)]
)
def test_the_source_is_the_coarsest_level_not_coarser_than_asked(
    coded_view: View, coded: Registered, downsample: float, source: int
) -> None:
    pixels = read_window(coded_view, Window(8, 16, 40, 30, downsample, downsample), Plane())
    factor = coded.levels[source].factor
    across = Axis(8 / factor, downsample / factor, 40)
    down = Axis(16 / factor, downsample / factor, 30)
    expected = area_mean(coded.levels[source].pixels, across, down)
    np.testing.assert_array_equal(pixels, expected)


def test_outside_the_slide_is_background(coded_view: View) -> None:
    for x, y in ((-5000, 0), (0, -5000), (5000, 0), (0, 5000)):
        assert (read_window(coded_view, Window(x, y, 64, 64, 1, 1), Plane()) == 255).all()


def test_a_large_region_is_read_in_pieces_without_seams(jpeg: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of(jpeg)
    window = Window(-10, -20, 700, 500, 3.3, 3.1)
    whole = read_window(view, window, Plane())
    monkeypatch.setattr("coverslip.imaging.render.CHUNK_PIXELS", 100_000)
    np.testing.assert_array_equal(read_window(view, window, Plane()), whole)
    view.close()


def box_mean(pixels: np.ndarray, factor: int) -> np.ndarray:
    """The mean over blocks, of those at the edge over what is there."""
    across = Axis(0, factor, -(-pixels.shape[1] // factor))
    return area_mean(pixels.astype(np.float64), across, Axis(0, factor, -(-pixels.shape[0] // factor)))


def assert_close_to_box_mean(view: View, level: ServedLevel, decoded: np.ndarray, factor: int) -> None:
    expected = box_mean(decoded, factor)
    rows = [
        np.concatenate([read_tile(view, level, col, row, Plane(), None) for col in range(level.cols)], axis=1)
        for row in range(level.rows)
    ]
    made = np.concatenate(rows, axis=0)
    assert made.shape[:2] == (level.rows * level.tile_height, level.cols * level.tile_width)
    assert (made[level.height :] == 255).all()
    assert (made[:, level.width :] == 255).all()
    difference = np.abs(made[: level.height, : level.width] - expected)
    assert difference.mean() <= 2
    assert np.percentile(difference, 99.9) <= 16
    assert difference[-1].mean() <= 4
    assert difference[:, -1].mean() <= 4


def test_virtual_levels_are_box_means_of_their_source(jpeg: Registered, jpeg_rgb: Registered) -> None:
    for made in (jpeg, jpeg_rgb):
        view = view_of(made)
        for level in made.index.levels:
            if level.factor == 1:
                continue
            source = tifffile.imread(made.path, level=level.source_level) if made is not jpeg_rgb else None
            if source is None:
                with tifffile.TiffFile(made.path) as opened:
                    source = opened.pages[level.source_level].asarray()
            assert_close_to_box_mean(view, level, source, level.factor)
        view.close()


def test_virtual_levels_of_real_tissue_are_box_means(sample: Callable[[str], Path]) -> None:
    index = build_index(sample("slides/CMU-1-Small-Region.svs"))
    with tifffile.TiffFile(index.source_path) as opened:
        decoded = opened.pages[0].asarray()
    view = View(index, StoredSlide(index))
    for level in index.levels[:-1]:
        assert_close_to_box_mean(view, level, decoded, level.factor)
    view.close()


def test_padding_beyond_the_edge_never_shows_in_a_virtual_level(tmp_path: Path) -> None:
    pixels = np.full((301, 333, 3), 200, np.uint8)
    made = write_registered(tmp_path, "odd", pixels, factors=(1,), tile=128, compression="jpeg")
    decoded = tifffile.imread(made.path, level=0)
    view = view_of(made)
    for level in made.index.levels[:-1]:
        assert_close_to_box_mean(view, level, decoded, level.factor)
    view.close()


def test_neighbouring_tiles_meet_without_a_seam(coded_view: View, coded: Registered) -> None:
    level = coded.index.levels[-2]
    left = read_tile(coded_view, level, 0, 0, Plane(), None)
    right = read_tile(coded_view, level, 1, 0, Plane(), None)
    both = read_window(coded_view, Window(0, 0, 500, 256, 2, 2), Plane())
    np.testing.assert_array_equal(np.concatenate((left, right), axis=1)[:, :500], both)


def test_a_tile_of_whole_tiles_is_what_reading_its_window_gives(
    coded_view: View, jpeg: Registered, jpeg_rgb: Registered
) -> None:
    views = (coded_view, view_of(jpeg), view_of(jpeg_rgb))
    direct = {True: 0, False: 0}
    for view in views:
        for level in view.index.levels:
            for row, col in np.ndindex(level.rows, level.cols):
                window = Window(
                    col * level.tile_width * level.downsample_x,
                    row * level.tile_height * level.downsample_y,
                    *(level.tile_width, level.tile_height, level.downsample_x, level.downsample_y),
                )
                whole = view.whole_tiles(level, col, row, Plane())
                inside = (col + 1) * level.tile_width <= level.width and (row + 1) * level.tile_height <= level.height
                assert (whole is not None) == inside if level.stored else whole is None or inside
                if whole is not None:
                    direct[level.stored] += 1
                    np.testing.assert_array_equal(whole, read_window(view, window, Plane(), exact=False))
                    np.testing.assert_array_equal(whole, read_tile(view, level, col, row, Plane(), None))
    assert direct[True] > 20
    assert direct[False] > 2
    for view in views[1:]:
        view.close()


def test_non_jpeg_levels_are_exact_means(tmp_path: Path) -> None:
    made = write_registered(tmp_path, "plain", coded_rgb(700, 500), factors=(1,))
    view = view_of(made)
    level = made.index.levels[-2]
    pixels = read_tile(view, level, 0, 0, Plane(), None)
    expected = np.floor(box_mean(made.levels[0].pixels, 2)[:256, :256] + 0.5)
    np.testing.assert_array_equal(pixels[:250, :256], expected)
    view.close()


def test_levels_whose_factors_are_no_powers_of_two_stay_in_place(tmp_path: Path) -> None:
    pixels = smooth_rgb(1200, 900)
    made = write_registered(tmp_path, "thirds", pixels, factors=(1, 3), compression="deflate")
    view = view_of(made)
    for level in made.index.levels:
        tile = read_tile(view, level, 0, 0, Plane(), None)
        width, height = min(level.width, 100), min(level.height, 100)
        x = ((np.arange(width) + 0.5) * level.downsample_x).astype(int)
        y = ((np.arange(height) + 0.5) * level.downsample_y).astype(int)
        near = pixels[np.minimum(y, 899)][:, np.minimum(x, 1199)].astype(int)
        assert np.abs(tile[:height, :width] - near).mean() < 1.5 + level.downsample_x / 4
    view.close()


def test_a_tile_over_gaps_is_known_as_empty(coded_view: View, coded: Registered) -> None:
    assert not is_empty(coded_view, coded.index.levels[-1], 0, 0, Plane())
