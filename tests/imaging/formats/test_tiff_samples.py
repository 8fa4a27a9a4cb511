"""Real slides of the TIFF family: what INDEX.md states, and pixels equal to independent readers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openslide
import pytest
import tifffile

from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.tiff import open_tiff
from coverslip.ports.format import Pixels, Slide

Sample = Callable[[str], Path]
SIDE = 96


@dataclass(frozen=True)
class Expected:
    """What a sample is, as the index of the samples states it."""

    name: str
    format: str
    sizes: tuple[tuple[int, int], ...]
    mpp: float | None = None
    objective: float | None = None
    channels: tuple[str, ...] = ("Red", "Green", "Blue")
    dtype: str = "uint8"
    z: int = 1
    t: int = 1
    associated: tuple[str, ...] = ()
    icc_bytes: int = 0
    axes: str = ""


GRAY = ("Gray",)
ONE = ("Channel 1",)
SAMPLES = (
    Expected(
        "slides/CMU-1-Small-Region.svs",
        "svs",
        ((2220, 2967),),
        mpp=0.499,
        objective=20,
        associated=("label", "macro", "thumbnail"),
    ),
    Expected(
        "slides/TCGA-CR-7395-01A-01-TS1.svs",
        "svs",
        ((4443, 3567), (2221, 1783)),
        associated=("thumbnail",),
        icc_bytes=3144,
    ),
    Expected(
        "slides/test3-DAPI-2-(387).ndpi",
        "ndpi",
        ((3968, 4864), (1984, 2432), (992, 1216), (496, 608)),
        mpp=0.2282,
        objective=40,
        associated=("macro", "map"),
    ),
    Expected(
        "slides/test3-TRITC 2 (560).ndpi",
        "ndpi",
        ((3968, 4864), (1984, 2432), (992, 1216), (496, 608)),
        mpp=0.2282,
        objective=40,
        associated=("macro", "map"),
    ),
    Expected(
        "slides/small_vectra.qptiff",
        "qptiff",
        ((1920, 1440),),
        mpp=0.4965,
        objective=10,
        channels=("DAPI", "FITC", "Cy3"),
        associated=("label", "macro", "thumbnail"),
        axes="CYX",
    ),
    Expected("slides/kidney_48_5.tif", "tiff", ((1493, 901),)),
    Expected("slides/cytomine_test-image.tiff", "tiff", ((896, 862),)),
    Expected(
        "slides/multi-channel-z-series.ome.tif",
        "ome_tiff",
        ((439, 167),),
        channels=("Channel 1", "Channel 2", "Channel 3"),
        dtype="int8",
        z=5,
        axes="CZYX",
    ),
    Expected("slides/4D-series.ome.tiff", "ome_tiff", ((439, 167),), channels=ONE, dtype="int8", z=5, t=7, axes="TZYX"),
    Expected("slides/omero_test_pyramid.ome.tif", "ome_tiff", ((16, 16), (8, 8), (4, 4)), channels=ONE, axes="YX"),
    Expected(
        "slides/openslide-fixtures/boxes.tiff",
        "tiff",
        ((300, 250), (150, 125), (75, 62), (37, 31)),
        icc_bytes=588,
        mpp=None,
    ),
    Expected(
        "slides/openslide-fixtures/small.svs", "svs", ((16, 16),), mpp=0.499, objective=20, associated=("thumbnail",)
    ),
    Expected(
        "other/qupath-cells/cells-2c.ome.tif",
        "ome_tiff",
        ((93, 131),),
        mpp=0.25,
        channels=("Channel 1", "Channel 2"),
        axes="CYX",
    ),
    Expected("other/qupath-cells/cells-2z.ome.tif", "ome_tiff", ((93, 131),), mpp=0.25, channels=ONE, z=2, axes="ZYX"),
    Expected("other/qupath-cells/cells-2t.ome.tif", "ome_tiff", ((93, 131),), mpp=0.25, channels=ONE, t=2, axes="TYX"),
    Expected("other/qupath-cells/cells.ome.tif", "ome_tiff", ((93, 131),), mpp=0.25, axes="SYX"),
    Expected(
        "other/qupath-cells/cells-gray16.tif",
        "imagej",
        ((93, 131),),
        mpp=0.25,
        channels=GRAY,
        dtype="uint16",
        axes="YX",
    ),
    Expected(
        "other/qupath-cells/cells-gray32.tif",
        "imagej",
        ((93, 131),),
        mpp=0.25,
        channels=GRAY,
        dtype="float32",
        axes="YX",
    ),
    Expected("other/tiff-edge-cases/grey10kx5k.tif", "tiff", ((10000, 5000),), channels=GRAY, axes="YX"),
    Expected(
        "other/tiff-edge-cases/yb10kx5k.zstd.tiff",
        "tiff",
        ((10000, 5000), (5000, 2500), (2500, 1250), (1250, 625), (625, 312)),
    ),
    Expected(
        "other/tiff-edge-cases/test_orient0.tif",
        "tiff",
        ((120, 180), (60, 90), (30, 45)),
        channels=GRAY,
        axes="YX",
    ),
    Expected("other/tiff-edge-cases/small_la.tiff", "tiff", ((2, 1),), channels=("Channel 1", "Channel 2")),
)


@contextmanager
def opened(path: Path) -> Iterator[Slide]:
    slide = open_tiff(path)
    try:
        yield slide
    finally:
        slide.close()


def places(width: int, height: int) -> list[Region]:
    """Return the top left corner, the middle and the bottom right corner."""
    w, h = min(SIDE, width), min(SIDE, height)
    return [
        Region(0, 0, w, h),
        Region((width - w) // 2, (height - h) // 2, w, h),
        Region(width - w, height - h, w, h),
    ]


def in_one_order(array: Any, axes: str) -> Pixels:
    """Return an array of tifffile with axes t, z, y, x, channel."""
    if array.ndim != len(axes):
        axes = "YXS" if array.ndim == 3 else "YX"
    axes = axes.replace("S", "C")
    for axis in "TZC":
        if axis not in axes:
            array, axes = array[np.newaxis], axis + axes
    return np.transpose(array, [axes.index(axis) for axis in "TZYXC"])


@pytest.mark.parametrize("expected", SAMPLES, ids=lambda expected: Path(expected.name).name)
def test_sample_is_what_the_index_states(sample: Sample, expected: Expected) -> None:
    with opened(sample(expected.name)) as slide:
        info = slide.info
        assert info.format == expected.format
        assert tuple((level.width, level.height) for level in info.levels) == expected.sizes
        assert (info.dtype, info.z_count, info.t_count) == (expected.dtype, expected.z, expected.t)
        assert tuple(channel.name for channel in info.channels) == expected.channels
        assert tuple(sorted(image.name for image in info.associated)) == expected.associated
        assert info.objective == expected.objective
        assert len(info.icc_profile or b"") == expected.icc_bytes
        if expected.mpp is None:
            assert info.mpp_x is None
        else:
            assert info.mpp_x == pytest.approx(expected.mpp, abs=5e-5)
            assert info.mpp_y == pytest.approx(expected.mpp, abs=5e-5)


@pytest.mark.parametrize("expected", SAMPLES, ids=lambda expected: Path(expected.name).name)
def test_pixels_equal_tifffile_on_every_level(sample: Sample, expected: Expected) -> None:
    path = sample(expected.name)
    with opened(path) as slide, tifffile.TiffFile(path) as reference:
        series = reference.series[0]
        assert len(series.levels) == len(slide.info.levels)
        for number, (level, size) in enumerate(zip(series.levels, slide.info.levels, strict=True)):
            whole = in_one_order(level.asarray(), expected.axes)
            assert whole.shape[2:4] == (size.height, size.width)
            for z in {0, expected.z - 1}:
                for t in {0, expected.t - 1}:
                    for place in places(size.width, size.height):
                        found = slide.read(place, number, Plane(z, t))
                        rows, cols = slice(place.y, place.y + place.height), slice(place.x, place.x + place.width)
                        np.testing.assert_array_equal(found, whole[t, z, rows, cols])


@pytest.mark.parametrize("expected", SAMPLES, ids=lambda expected: Path(expected.name).name)
def test_one_channel_alone_equals_that_channel_of_all(sample: Sample, expected: Expected) -> None:
    with opened(sample(expected.name)) as slide:
        if slide.info.rgb:
            return
        size = slide.info.levels[0]
        place = places(size.width, size.height)[1]
        whole = slide.read(place, 0, Plane())
        last = len(slide.info.channels) - 1
        np.testing.assert_array_equal(slide.read(place, 0, Plane(), [last]), whole[..., [last]])


@pytest.mark.parametrize(
    "name",
    ["slides/CMU-1-Small-Region.svs", "slides/TCGA-CR-7395-01A-01-TS1.svs", "slides/openslide-fixtures/boxes.tiff"],
)
def test_pixels_equal_openslide_where_its_factors_are_whole(sample: Sample, name: str) -> None:
    path = sample(name)
    with opened(path) as slide, openslide.OpenSlide(path) as reference:
        assert reference.level_dimensions == tuple((level.width, level.height) for level in slide.info.levels)
        for number, size in enumerate(slide.info.levels):
            factor = reference.level_downsamples[number]
            wanted = places(size.width, size.height) if factor.is_integer() else places(size.width, size.height)[:1]
            for place in wanted:
                start = (int(place.x * factor), int(place.y * factor))
                theirs = np.asarray(reference.read_region(start, number, (place.width, place.height)))[..., :3]
                np.testing.assert_array_equal(slide.read(place, number, Plane()), theirs)


@pytest.mark.parametrize("name", ["slides/test3-DAPI-2-(387).ndpi", "slides/test3-TRITC 2 (560).ndpi"])
def test_ndpi_equals_openslide_at_the_levels_that_are_stored(sample: Sample, name: str) -> None:
    path = sample(name)
    with opened(path) as slide, openslide.OpenSlide(path) as reference:
        assert reference.level_count == 7
        theirs_by_size = {size: number for number, size in enumerate(reference.level_dimensions)}
        for number, size in enumerate(slide.info.levels):
            theirs_at = theirs_by_size[size.width, size.height]
            factor = round(reference.level_downsamples[theirs_at])
            for place in places(size.width, size.height):
                start = (place.x * factor, place.y * factor)
                theirs = np.asarray(reference.read_region(start, theirs_at, (place.width, place.height)))[..., :3]
                np.testing.assert_array_equal(slide.read(place, number, Plane()), theirs)
        assert slide.info.mpp_x == pytest.approx(float(reference.properties["openslide.mpp-x"]))
        assert slide.info.metadata["hamamatsu.SourceLens"] == "40"
        assert slide.info.metadata["hamamatsu.Fluorescence"] == "true"
        assert slide.info.background == (0, 0, 0)


def test_ndpi_and_qptiff_equal_slideio(sample: Sample) -> None:
    slideio = pytest.importorskip("slideio", reason="slideio is an extra")
    for name, driver in (("slides/test3-DAPI-2-(387).ndpi", "NDPI"), ("slides/small_vectra.qptiff", "QPTIFF")):
        path = sample(name)
        reference = slideio.open_slide(str(path), driver)
        scene = reference.get_scene(0)
        with opened(path) as slide:
            size = slide.info.levels[0]
            for place in places(size.width, size.height):
                theirs = scene.read_block((place.x, place.y, place.width, place.height))
                ours = slide.read(place, 0, Plane()).astype(int)
                assert np.abs(ours - theirs).max() <= 1
            assert slide.info.mpp_x == pytest.approx(scene.resolution[0] * 1e6, rel=1e-3)


def test_associated_images_equal_openslide(sample: Sample) -> None:
    path = sample("slides/CMU-1-Small-Region.svs")
    with opened(path) as slide, openslide.OpenSlide(path) as reference:
        for image in slide.info.associated:
            theirs = np.asarray(reference.associated_images[image.name])[..., :3]
            np.testing.assert_array_equal(slide.associated(image.name), theirs)
            assert (image.width, image.height) == reference.associated_images[image.name].size


def test_ndpi_macro_equals_tifffile(sample: Sample) -> None:
    path = sample("slides/test3-DAPI-2-(387).ndpi")
    with opened(path) as slide, tifffile.TiffFile(path) as reference:
        np.testing.assert_array_equal(slide.associated("macro"), reference.pages[4].asarray())
        assert slide.associated("map").shape == (203, 594, 3)


def test_aperio_facts_come_from_the_description(sample: Sample) -> None:
    with opened(sample("slides/CMU-1-Small-Region.svs")) as slide:
        info = slide.info
        assert (info.vendor, info.scanner, info.scanned_at) == ("Aperio", "CPAPERIOCS", "2009-12-29T09:59:15")
        assert info.metadata["aperio.Filename"] == "CMU-1"
        assert info.metadata["aperio.OriginalWidth"] == "46920"
        assert info.metadata["tiff.TileWidth"] == "240"


def test_qptiff_channels_carry_colour_and_wavelength(sample: Sample) -> None:
    with opened(sample("slides/small_vectra.qptiff")) as slide:
        assert [channel.colour for channel in slide.info.channels] == ["#0000ff", "#00ff00", "#ffff00"]
        assert slide.info.channels[0].emission_nm == 450
        assert slide.info.metadata["qpi.SlideID"] == "RTM61_1"
        assert slide.info.scanned_at == "2020-10-30T13:32:10"


def test_orientation_is_applied_and_equals_libtiff(sample: Sample) -> None:
    path = sample("other/tiff-edge-cases/test_orient6.tif")
    stored = tifffile.imread(path)
    with opened(path) as slide:
        assert [(level.width, level.height) for level in slide.info.levels] == [(180, 120), (90, 60), (45, 30)]
        assert slide.stored_tiles() is None
        upright = np.rot90(stored, -1)
        for place in places(180, 120):
            rows, cols = slice(place.y, place.y + place.height), slice(place.x, place.x + place.width)
            np.testing.assert_array_equal(slide.read(place, 0, Plane())[..., 0], upright[rows, cols])


@pytest.mark.parametrize("name", ["ojpeg-tile.tif", "subsampled.tif"])
def test_old_jpeg_and_raw_sub_sampling_equal_another_libtiff(sample: Sample, name: str) -> None:
    import imagecodecs

    path = sample(f"other/tiff-edge-cases/{name}")
    theirs = np.asarray(imagecodecs.tiff_decode(path.read_bytes(), asrgb=True))[..., :3]
    with opened(path) as slide:
        size = slide.info.levels[0]
        np.testing.assert_array_equal(slide.read(Region(0, 0, size.width, size.height), 0, Plane()), theirs)


def test_bilevel_image_is_black_and_white(sample: Sample) -> None:
    path = sample("other/tiff-edge-cases/1bit.tif")
    with opened(path) as slide:
        found = slide.read(Region(0, 0, 256, 4), 0, Plane())[..., 0]
        np.testing.assert_array_equal(found, tifffile.imread(path).astype(np.uint8) * 255)
