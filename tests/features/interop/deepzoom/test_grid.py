"""The arithmetic of Deep Zoom pyramids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import NotFound
from coverslip.core.geometry import Region
from coverslip.features.interop.deepzoom.grid import DeepZoom, descriptor


@given(st.integers(1, 300_000), st.integers(1, 300_000), st.sampled_from([240, 256, 512]))
def test_levels_run_from_one_pixel_to_the_slide(width: int, height: int, tile_px: int) -> None:
    image = DeepZoom(width, height, tile_px)
    assert image.downsample(image.top) == 1
    assert image.tile(0, 0, 0) == Region(0, 0, 1, 1)
    assert 2**image.top >= max(width, height) > 2 ** (image.top - 1) or max(width, height) == 1


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(0, 13))
def test_the_tiles_of_a_level_cover_it_once(width: int, height: int, level: int) -> None:
    image = DeepZoom(width, height, 256)
    level = min(level, image.top)
    downsample = image.downsample(level)
    level_width, level_height = -(-width // downsample), -(-height // downsample)
    cols, rows = -(-level_width // 256), -(-level_height // 256)
    tiles = [image.tile(level, col, row) for col in range(cols) for row in range(rows)]
    assert sum(tile.width * tile.height for tile in tiles) == level_width * level_height
    for col, row in ((cols, 0), (0, rows)):
        with pytest.raises(NotFound):
            image.tile(level, col, row)


def test_there_is_no_level_beyond_the_slide() -> None:
    for level in (-1, 13):
        with pytest.raises(NotFound):
            DeepZoom(4096, 10, 256).tile(level, 0, 0)


def test_the_descriptor_gives_size_and_tiles() -> None:
    text = descriptor(DeepZoom(2220, 2967, 240)).decode()
    assert 'TileSize="240"' in text
    assert '<Size Width="2220" Height="2967"/>' in text
    assert 'Overlap="0"' in text
