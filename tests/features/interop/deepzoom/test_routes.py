"""Deep Zoom over HTTP: descriptor, tiles that pass through, edges cropped, permission and caching."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.features.tiles.conftest import Door, Shown, door, outside, register  # noqa: F401 - fixtures

from coverslip.testing.synthetic import smooth_rgb, write_pyramid

Register = Callable[[Path], Shown]
WIDTH, HEIGHT = 1301, 777
TOP = 11


@pytest.fixture
def shown(register: Register, tmp_path: Path) -> Shown:  # noqa: F811
    path = tmp_path / "smooth.tif"
    write_pyramid(path, smooth_rgb(WIDTH, HEIGHT), factors=(1, 4), compression="jpeg")
    return register(path)


def tile_of(shown: Shown, level: int, col: int, row: int, query: str = "") -> str:
    return f"/dzi/{shown.slide_id}_files/{level}/{col}_{row}.jpg{query}"


def test_the_descriptor_describes_the_slide(door: Door, shown: Shown) -> None:  # noqa: F811
    response = door.get(f"/dzi/{shown.slide_id}.dzi?style=e30")
    assert response.headers["content-type"].startswith("application/xml")
    assert response.headers["cache-control"] == "private, no-cache"
    assert f'<Size Width="{WIDTH}" Height="{HEIGHT}"/>' in response.text


def test_every_level_is_put_together_from_its_tiles(door: Door, shown: Shown) -> None:  # noqa: F811
    full = tifffile.imread(shown.path, key=0).astype(float)
    for level in range(TOP + 1):
        factor = 1 << (TOP - level)
        width, height = -(-WIDTH // factor), -(-HEIGHT // factor)
        canvas = np.zeros((height, width, 3))
        cols, rows = -(-width // 256), -(-height // 256)
        addresses = [(col, row) for row in range(rows) for col in range(cols)]
        for (col, row), response in zip(
            addresses, door.get_all([tile_of(shown, level, *at) for at in addresses]), strict=True
        ):
            assert response.status_code == 200, response.text
            tile = np.asarray(Image.open(io.BytesIO(response.content)).convert("RGB"))
            assert tile.shape[:2] == (min(256, height - row * 256), min(256, width - col * 256))
            canvas[row * 256 : row * 256 + tile.shape[0], col * 256 : col * 256 + tile.shape[1]] = tile
        down, across = HEIGHT // factor, WIDTH // factor
        if min(down, across) > 20:
            boxes = full[: down * factor, : across * factor].reshape(down, factor, across, factor, 3)
            assert np.abs(canvas[:down, :across] - boxes.mean(axis=(1, 3))).mean() < 6, level


def test_whole_tiles_of_a_stored_level_pass_through(door: Door, shown: Shown) -> None:  # noqa: F811
    same = door.get(shown.tile(shown.finest, 1, 1))
    response = door.get(tile_of(shown, TOP, 1, 1))
    assert response.content == same.content
    assert response.headers["etag"] == same.headers["etag"]
    assert response.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("place", [(TOP, 1, 1), (TOP, 5, 3), (3, 0, 0)])
def test_a_tile_that_is_known_is_not_sent_again(door: Door, shown: Shown, place: tuple[int, int, int]) -> None:  # noqa: F811
    path = tile_of(shown, *place)
    tag = door.get(path).headers["etag"]
    assert door.get(path, if_none_match=tag).status_code == 304


@pytest.mark.parametrize("name", ["6_0.jpg", "0_4.jpg", "0_0.png", "0-0.jpg", "a_b.jpg"])
def test_what_is_no_tile_is_not_found(door: Door, shown: Shown, name: str) -> None:  # noqa: F811
    response = door.get(f"/dzi/{shown.slide_id}_files/{TOP}/{name}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_there_is_no_level_beyond_the_slide(door: Door, shown: Shown) -> None:  # noqa: F811
    assert door.get(tile_of(shown, TOP + 1, 0, 0)).status_code == 404
    assert door.get(tile_of(shown, 99, 0, 0)).status_code == 422


def test_a_malformed_style_is_named(door: Door, shown: Shown) -> None:  # noqa: F811
    for place in ((TOP, 1, 1), (TOP, 5, 3)):
        response = door.get(tile_of(shown, *place, "?style=zz"))
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/style")


def test_nobody_sees_it_without_signing_in(door: Door, shown: Shown) -> None:  # noqa: F811
    door.headers.clear()
    for path in (f"/dzi/{shown.slide_id}.dzi", tile_of(shown, TOP, 1, 1), tile_of(shown, TOP, 5, 3)):
        response = door.get(path)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
