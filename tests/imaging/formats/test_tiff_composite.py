"""One file a channel: the real three of them, and many that only look alike."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from coverslip.core.errors import SlideUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging import work
from coverslip.imaging.build import build_index
from coverslip.imaging.formats.tiff import ImageJFormat, TiffFormat, open_tiff
from coverslip.imaging.slide import open_slide
from coverslip.ports.format import Pixels
from coverslip.testing.format_suite import FormatSuite
from coverslip.testing.synthetic import coded_values

Sample = Callable[[str], Path]

NAMES = ("Channel_0.tif", "Channel_1.tif", "Channel_2.tif")
FOLDER = "slides/multi-tiff"


class TestRealComposite(FormatSuite):
    format = ImageJFormat()
    samples = (f"{FOLDER}/Channel_0.tif", f"{FOLDER}/Channel_2.tif", "other/qupath-cells/cells-gray16.tif")

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample) -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


def write(path: Path, seed: int, width: int = 700, height: int = 500, **options: Any) -> Pixels:
    pixels = coded_values(width, height, options.pop("dtype", "uint16"), seed)
    tifffile.imwrite(path, pixels, **{"tile": (256, 256), "compression": "zlib", "metadata": None, **options})
    return np.asarray(pixels)


def channels(path: Path) -> int:
    slide = open_tiff(path)
    try:
        return len(slide.info.channels)
    finally:
        slide.close()


class TestWrittenComposite(FormatSuite):
    format = TiffFormat()
    samples = ("k_DAPI.tif", "k_FITC.tif")

    @pytest.fixture(autouse=True)
    def _written(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._folder = tmp_path_factory.mktemp("written")
        for number, name in enumerate(self.samples):
            write(self._folder / name, number, resolution=(20_000, 20_000), resolutionunit="centimeter")

    def locate(self, name: str) -> Path:
        return self._folder / name


def test_the_real_three_are_one_slide_of_three_channels(sample: Sample) -> None:
    """Whichever is opened; pixels are those of tifffile, file by file."""
    planes = [tifffile.imread(sample(f"{FOLDER}/{name}")) for name in NAMES]
    assert len({plane.tobytes() for plane in planes}) == 3
    for name in NAMES:
        with open_slide(sample(f"{FOLDER}/{name}")) as slide:
            info = slide.info
            assert [channel.name for channel in info.channels] == ["Channel 0", "Channel 1", "Channel 2"]
            assert len({channel.colour for channel in info.channels}) == 3
            assert info.files == (name, *(other for other in NAMES if other != name))
            pixels = slide.read_region(0, 0, info.width, info.height, level=0)
            np.testing.assert_array_equal(pixels, np.stack(planes, axis=2))


def test_levels_scale_and_single_channels_hold(tmp_path: Path) -> None:
    planes = [
        write(tmp_path / f"x_ch{number}.tif", number, resolution=(20_000, 20_000), resolutionunit="centimeter")
        for number in range(4)
    ]
    index = build_index(tmp_path / "x_ch2.tif")
    assert index.info.mpp_x == pytest.approx(0.5)
    assert index.info.files == ("x_ch2.tif", "x_ch0.tif", "x_ch1.tif", "x_ch3.tif")
    slide = open_tiff(tmp_path / "x_ch2.tif")
    got = slide.read(Region(200, 100, 300, 200), 0, Plane(), [3, 0])
    np.testing.assert_array_equal(got, np.stack([planes[3], planes[0]], axis=2)[100:300, 200:500])
    slide.close()


def test_a_tile_of_it_is_made_from_all_its_files(sample: Sample, tmp_path: Path) -> None:
    facts = work.describe(str(sample(f"{FOLDER}/{NAMES[0]}")), str(tmp_path / "x.index"))
    assert (facts["channel_count"], facts["files"]) == (3, list(NAMES))
    values = work.read_pixel(str(tmp_path / "x.index"), 200, 80)
    assert values == [float(tifffile.imread(sample(f"{FOLDER}/{name}"))[80, 200]) for name in NAMES]


@pytest.mark.parametrize(
    "other",
    [
        {"width": 701},
        {"dtype": "uint8"},
        {"compression": "lzw"},
        {"tile": (128, 128)},
        {"resolution": (10_000, 10_000), "resolutionunit": "centimeter"},
        {"description": "ImageJ=1.53\nimages=1\n"},
    ],
)
def test_files_that_differ_in_anything_stay_apart(tmp_path: Path, other: dict[str, Any]) -> None:
    for number in range(2):
        write(tmp_path / f"x_ch{number}.tif", number)
    assert channels(tmp_path / "x_ch0.tif") == 2
    write(tmp_path / "x_ch2.tif", 2, **other)
    for number in range(3):
        assert channels(tmp_path / f"x_ch{number}.tif") == 1


def test_colour_files_and_stacks_stay_apart(tmp_path: Path) -> None:
    colour = np.zeros((300, 400, 3), np.uint8)
    for number in range(2):
        tifffile.imwrite(tmp_path / f"rgb_ch{number}.tif", colour, photometric="rgb", metadata=None)
        stack = np.stack([coded_values(300, 200)] * 3)
        tifffile.imwrite(tmp_path / f"z_ch{number}.tif", stack, photometric="minisblack", metadata=None)
        write(tmp_path / f"ome_ch{number}.ome.tif", number, metadata={"axes": "YX"})
    assert channels(tmp_path / "rgb_ch0.tif") == 3
    for name in ("z_ch0.tif", "ome_ch0.ome.tif"):
        slide = open_tiff(tmp_path / name)
        assert (len(slide.info.channels), len(slide.info.files)) == (1, 1)
        slide.close()


def test_a_damaged_member_leaves_the_others_alone(sample: Sample, tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copyfile(sample(f"{FOLDER}/{name}"), tmp_path / name)
    assert channels(tmp_path / NAMES[0]) == 3
    with (tmp_path / NAMES[1]).open("r+b") as file:
        file.truncate(300)
    assert channels(tmp_path / NAMES[0]) == 1
    assert channels(tmp_path / NAMES[2]) == 1
    with pytest.raises(SlideUnreadable):
        open_tiff(tmp_path / NAMES[1])
