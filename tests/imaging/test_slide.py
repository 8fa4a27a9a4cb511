"""The library: ``coverslip.open_slide`` and what it gives."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

import coverslip
from coverslip.core.errors import FileNotFound, InvalidRequest, NotFound
from coverslip.testing.registered import Registered


def test_a_region_equals_tifffile_and_openslide(sample: Callable[[str], Path]) -> None:
    path = sample("slides/CMU-1-Small-Region.svs")
    with coverslip.open_slide(path) as slide, tifffile.TiffFile(path) as opened, openslide.OpenSlide(path) as other:
        whole = opened.pages[0].asarray()
        for x, y, width, height in ((0, 0, 2220, 2967), (700, 900, 513, 401), (2000, 2900, 220, 67)):
            pixels = slide.read_region(x, y, width, height)
            np.testing.assert_array_equal(pixels, whole[y : y + height, x : x + width])
            region = np.asarray(other.read_region((x, y), 0, (width, height)).convert("RGB"))
            np.testing.assert_array_equal(pixels, region)
        assert slide.info.mpp_x == pytest.approx(0.499)
        assert {image.name for image in slide.info.associated} == {"label", "macro", "thumbnail"}
        assert slide.associated("label").shape == (463, 387, 3)


def test_scale_may_be_given_four_ways(coded: Registered) -> None:
    with coverslip.open_slide(coded.path) as slide:
        half = coded.levels[1].pixels[:100, :100]
        np.testing.assert_array_equal(slide.read_region(0, 0, 100, 100, level=1), half)
        np.testing.assert_array_equal(slide.read_region(0, 0, 100, 100, objective=20), half)
        assert np.abs(slide.read_region(0, 0, 100, 100, mpp=0.5).astype(int) - half).mean() < 3
        np.testing.assert_array_equal(slide.read_region(0, 0, 100, 100), coded.levels[0].pixels[:100, :100])
        np.testing.assert_array_equal(
            slide.read_region(0, 0, 100, 100, objective=38), coded.levels[0].pixels[:100, :100]
        )


def test_tiles_cover_the_slide_in_order(coded: Registered) -> None:
    with coverslip.open_slide(coded.path) as slide:
        found = list(slide.tiles(level=1, size=200))
        assert [(place.col, place.row) for place, _ in found] == [(c, r) for r in range(2) for c in range(3)]
        canvas = np.zeros((400, 600, 3), np.uint8)
        for place, pixels in found:
            assert pixels.shape == (200, 200, 3)
            canvas[place.row * 200 :][:200, place.col * 200 :][:, :200] = pixels
        np.testing.assert_array_equal(canvas[:350, :500], coded.levels[1].pixels)
        assert (canvas[350:] == 255).all()


def test_a_mask_leaves_tiles_out(coded: Registered) -> None:
    mask = np.zeros((7, 10), bool)
    mask[3, 4] = True
    with coverslip.open_slide(coded.path) as slide:
        places = [place for place, _ in slide.tiles(size=100, mask=mask)]
    assert [(place.col, place.row) for place in places] == [(4, 3)]


def test_thumbnail_channels_and_refusals(grey: Registered) -> None:
    with coverslip.open_slide(grey.path) as slide:
        assert slide.thumbnail(90).shape == (60, 90, 3)
        assert slide.read_region(0, 0, 10, 10, channels=[0]).shape == (10, 10, 1)
        assert slide.read_region(0, 0, 10, 10).dtype == np.uint16
        with pytest.raises(NotFound):
            slide.read_region(0, 0, 10, 10, channels=[1])
        with pytest.raises(NotFound):
            slide.read_region(0, 0, 10, 10, plane=1)
        with pytest.raises(InvalidRequest):
            slide.read_region(0, 0, 0, 10)
        with pytest.raises(InvalidRequest):
            slide.read_region(0, 0, 1, 1, mpp=1, level=0)
        with pytest.raises(NotFound):
            slide.associated("macro")


def test_closing_ends_threads_and_files(jpeg: Registered) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    slide = coverslip.open_slide(str(jpeg.path))
    slide.read_region(0, 0, 2000, 1500)
    slide.close()
    slide.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tile")]


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFound, match="no such file"):
        coverslip.open_slide(tmp_path / "absent.svs")


def test_the_package_names_only_what_it_has() -> None:
    assert coverslip.__all__ == ["__version__", "connect", "open_slide"]
    assert all(hasattr(coverslip, name) for name in coverslip.__all__)
    with pytest.raises(AttributeError):
        coverslip.close_slide  # noqa: B018 - looking it up is the test
