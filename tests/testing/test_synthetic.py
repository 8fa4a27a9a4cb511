"""The slides we make are what they claim, by independent readers."""

from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

import coverslip
from coverslip.testing.synthetic import coded_rgb, coded_values, make_demo_slide

SOURCE = Path(coverslip.__file__).parent / "samples" / "CMU-1-Small-Region.svs"


def test_coded_pixels_say_where_they_lie() -> None:
    pixels = coded_rgb(600, 500)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) == 600 * 500
    assert coded_rgb(10, 10, seed=1)[0, 0, 0] == 1
    assert coded_values(100, 100, "float32").max() < 1


def test_the_large_slide_opens_alike_in_two_readers(tmp_path: Path) -> None:
    target = tmp_path / "large.tif"
    make_demo_slide(SOURCE, target)
    assert target.stat().st_size < 20_000_000
    with openslide.OpenSlide(target) as other, tifffile.TiffFile(target) as opened:
        sizes = [(page.shape[1], page.shape[0]) for page in opened.pages]
        assert sizes == list(other.level_dimensions)
        assert sizes[0] == (100_000, 80_000)
        assert max(sizes[-1]) <= 256
        assert float(other.properties["openslide.mpp-x"]) == pytest.approx(0.499)
        for level, page in enumerate(opened.pages):
            tile, _, _ = page.decode(read(opened, page, 0), 0)
            expected = tile[0][: min(256, page.shape[0]), : min(256, page.shape[1])]
            region = other.read_region((0, 0), level, expected.shape[1::-1]).convert("RGB")
            np.testing.assert_array_equal(np.asarray(region), expected)
    with coverslip.open_slide(target) as slide, openslide.OpenSlide(target) as other:
        for level in range(6):  # whose downsample is a whole number in OpenSlide, too
            x, y = 70_016, 60_032
            region = other.read_region((x, y), level, (300, 300)).convert("RGB")
            np.testing.assert_array_equal(slide.read_region(x, y, 300, 300, level=level), np.asarray(region))


def read(opened: tifffile.TiffFile, page: tifffile.TiffPage, number: int) -> bytes:
    opened.filehandle.seek(page.dataoffsets[number])
    data: bytes = opened.filehandle.read(page.databytecounts[number])
    return data


def test_each_level_of_the_large_slide_is_the_mean_of_the_one_before(tmp_path: Path) -> None:
    target = tmp_path / "small.tif"
    make_demo_slide(SOURCE, target, 5000, 4200)
    with coverslip.open_slide(target) as slide:
        assert [level.width for level in slide.info.levels] == [5000, 2500, 1250, 625, 313, 157]
        for level in range(4):
            finer = slide.read_region(0, 0, 300, 300, level=level).astype(int)
            coarser = slide.read_region(0, 0, 150, 150, level=level + 1)
            blocks = finer.reshape(150, 2, 150, 2, 3).mean(axis=(1, 3))
            assert np.abs(blocks - coarser).mean() < 5  # what JPEG at quality 80 costs
            assert np.abs(blocks.mean(axis=(0, 1)) - coarser.mean(axis=(0, 1))).max() < 0.5


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "noise.tif").write_bytes(b"noise")
    with pytest.raises(tifffile.TiffFileError):
        make_demo_slide(tmp_path / "noise.tif", tmp_path / "large.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["noise.tif"]
