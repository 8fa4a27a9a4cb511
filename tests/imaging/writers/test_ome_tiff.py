"""OME-TIFF as independent readers see it: tifffile, OpenSlide and Pillow's libtiff."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import openslide
import pytest
import tifffile

from coverslip.core.errors import InvalidRequest
from coverslip.core.geometry import Plane, Region
from coverslip.imaging import work
from coverslip.imaging.build import build_index
from coverslip.imaging.index import write_index
from coverslip.imaging.pyramid import Scale
from coverslip.imaging.scale import scale_for
from coverslip.imaging.writers.ome_tiff import pixels_as_ome_tiff, sampling_of
from coverslip.imaging.writers.plan import About, Area, estimated_bytes, plan_export
from coverslip.ports.format import ChannelInfo
from coverslip.testing.registered import Registered, write_registered
from coverslip.testing.synthetic import coded_rgb, coded_values, smooth_rgb

Write = Callable[..., Any]


def _tiles(path: Path, page: int = 0) -> Iterator[bytes]:
    with tifffile.TiffFile(path) as opened:
        one = opened.pages[page]
        for offset, length in zip(one.dataoffsets, one.databytecounts, strict=True):
            opened.filehandle.seek(offset)
            yield opened.filehandle.read(length)


def test_every_pixel_of_a_lossless_slide_is_kept(coded: Registered, written: Write) -> None:
    path, plan, source = written(coded, "ome-tiff")
    with tifffile.TiffFile(path) as opened:
        assert opened.is_ome
        levels = opened.series[0].levels
        np.testing.assert_array_equal(levels[0].asarray(), coded.levels[0].pixels)
        np.testing.assert_array_equal(levels[1].asarray(), coded.levels[1].pixels)  # a level of the file, as it is
        assert [level.shape[:2] for level in levels] == [(one.height, one.width) for one in plan.levels]
        assert 'SizeX="1000"' in opened.ome_metadata
        assert 'PhysicalSizeX="0.25"' in opened.ome_metadata
        assert opened.pages[0].resolution == pytest.approx((40_000, 40_000))
    assert not plan.lossy
    assert source.stored_tiles == 0


def test_openslide_reads_the_same_pixels(coded: Registered, written: Write) -> None:
    path, _, _ = written(coded, "ome-tiff")
    with openslide.OpenSlide(path) as opened:
        assert opened.dimensions == (1000, 700)
        seen = np.asarray(opened.read_region((130, 210), 0, (300, 200)).convert("RGB"))
    np.testing.assert_array_equal(seen, coded.levels[0].pixels[210:410, 130:430])


def test_stored_jpegs_pass_through_byte_for_byte(tmp_path: Path, written: Write) -> None:
    pixels = smooth_rgb(1400, 1100)
    slide = write_registered(tmp_path, "stored", pixels, factors=(1, 4), compression="jpeg")
    path, plan, source = written(slide, "ome-tiff")
    assert list(_tiles(path)) == list(_tiles(slide.path))
    assert source.stored_tiles == 6 * 5 + 2 * 2
    assert [level.stored_level for level in plan.levels] == [0, None, 1, *([None] * (len(plan.levels) - 3))]
    with tifffile.TiffFile(path) as opened, tifffile.TiffFile(slide.path) as original:
        full = original.pages[0].asarray()
        np.testing.assert_array_equal(opened.series[0].levels[0].asarray(), full)
        made = opened.series[0].levels[1].asarray().astype(int)
    means = full.reshape(550, 2, 700, 2, 3).mean(axis=(1, 3))
    assert np.abs(made - means).mean() < 3


def test_rgb_inside_jpeg_keeps_its_meaning(jpeg_rgb: Registered, written: Write) -> None:
    path, _, source = written(jpeg_rgb, "ome-tiff")
    assert source.stored_tiles
    with tifffile.TiffFile(path) as opened:
        assert opened.pages[0].photometric == 2
        shown = opened.pages[0].asarray()
    assert np.abs(shown.astype(int) - jpeg_rgb.levels[0].pixels.astype(int)).mean() < 2
    with openslide.OpenSlide(path) as opened:  # libtiff, which goes by the tags alone
        seen = np.asarray(opened.read_region((500, 300), 0, (200, 200)).convert("RGB")).astype(int)
    assert np.abs(seen - jpeg_rgb.levels[0].pixels[300:500, 500:700].astype(int)).mean() < 2


@pytest.fixture
def registered(tmp_path: Path, sample: Callable[[str], Path]) -> Callable[[str], Registered]:
    """Index a sample."""

    def register(name: str) -> Registered:
        path = sample(name)
        slide = Registered(path, [], build_index(path), tmp_path / "sample.index")
        write_index(slide.index, slide.index_path)
        return slide

    return register


def _seen(path: Path, at: tuple[int, int]) -> npt.NDArray[np.uint8]:
    with openslide.OpenSlide(path) as opened:
        return np.asarray(opened.read_region(at, 0, (400, 300)).convert("RGB"))


@pytest.mark.parametrize(
    "name", ["slides/CMU-1-Small-Region.svs", "slides/multi_frame_jpeg_camelyon_challenge_image.dcm"]
)
def test_scanners_files_pass_through(registered: Callable[[str], Registered], written: Write, name: str) -> None:
    slide = registered(name)
    path, _, source = written(slide, "ome-tiff")
    assert source.stored_tiles == slide.index.levels[-1].cols * slide.index.levels[-1].rows
    ours = work.open_view(str(slide.index_path)).slide.read(Region(600, 300, 400, 300), 0, Plane())
    assert np.abs(_seen(path, (600, 300)).astype(int) - ours).max() <= 2  # two builds of libjpeg
    if name.endswith("svs"):
        np.testing.assert_array_equal(_seen(path, (600, 300)), _seen(slide.path, (600, 300)))


@pytest.mark.parametrize(
    "name", ["slides/multi_frame_jpeg2000_camelyon_challenge_image.dcm", "slides/test3-DAPI-2-(387).ndpi"]
)
def test_what_cannot_pass_through_is_close(registered: Callable[[str], Registered], written: Write, name: str) -> None:
    slide = registered(name)
    path, plan, source = written(slide, "ome-tiff")
    assert (plan.lossy, source.stored_tiles) == (True, 0)
    ours = work.open_view(str(slide.index_path)).slide.read(Region(600, 300, 400, 300), 0, Plane())
    difference = np.abs(_seen(path, (600, 300)).astype(int) - ours)
    assert difference.mean() < 2
    assert np.percentile(difference, 99.9) <= 16


def test_without_shared_tables_the_pixels_would_be_lost(
    registered: Callable[[str], Registered], written: Write
) -> None:
    """The guard of the test above: a tile of this scanner alone is no picture."""
    slide = registered("slides/CMU-1-Small-Region.svs")
    path, _, _ = written(slide, "ome-tiff")
    with pytest.raises(imagecodecs.Jpeg8Error):
        imagecodecs.jpeg8_decode(next(iter(_tiles(path))))


def test_a_profile_travels(registered: Callable[[str], Registered], written: Write) -> None:
    slide = registered("slides/dicom-cytomine")
    path, _, _ = written(slide, "ome-tiff")
    with tifffile.TiffFile(path) as opened:
        assert opened.pages[0].tags[34675].value == slide.index.info.icc_profile


def test_gaps_become_background_once(tmp_path: Path, written: Write) -> None:
    pixels = np.full((768, 768, 3), 255, np.uint8)
    pixels[:256, :256] = (200, 30, 90)
    path = tmp_path / "sparse.tif"
    tiles = [imagecodecs.jpeg8_encode(pixels[:256, :256], 95), *[b""] * 8]
    tifffile.imwrite(
        path, iter(tiles), shape=pixels.shape, dtype="u1", tile=(256, 256), photometric="ycbcr", compression="jpeg",
        subsampling=(2, 2), metadata=None,
    )  # fmt: skip
    index = build_index(path)
    assert index.stored is not None
    assert not index.stored[0].length.all()
    slide = Registered(path, [], index, tmp_path / "sparse.index")
    write_index(slide.index, slide.index_path)
    target, _, source = written(slide, "ome-tiff")
    assert source.stored_tiles == 1
    with tifffile.TiffFile(target) as opened:
        page = opened.pages[0]
        assert len(set(page.dataoffsets)) == 2  # the tissue, and one tile of glass for all gaps
        shown = page.asarray()
    assert shown[300:, 300:].min() >= 253
    assert np.abs(shown[20:200, 20:200].astype(int) - (200, 30, 90)).mean() < 4


def test_channels_planes_and_times_stand_apart(tmp_path: Path, written: Write) -> None:
    shape = (2, 3, 2)  # t, z, c
    planes = [coded_values(600, 520, seed=17 * number) for number in range(2 * 3 * 2)]
    stack = np.stack(planes).reshape(*shape, 520, 600)
    path = tmp_path / "stack.ome.tif"
    tifffile.imwrite(
        path,
        stack,
        photometric="minisblack",
        tile=(256, 256),
        compression="deflate",
        metadata={
            "axes": "TZCYX",
            "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.5, "PhysicalSizeYUnit": "µm",
            "PhysicalSizeZ": 1.5, "PhysicalSizeZUnit": "µm",
            "Channel": {"Name": ["DAPI", "Cy5 <&>"], "Color": [65535, -16776961]},
        },
    )  # fmt: skip
    slide = Registered(path, [], build_index(path), tmp_path / "stack.index")
    write_index(slide.index, slide.index_path)
    target, plan, _ = written(slide, "ome-tiff")
    assert len(plan.about.planes) == shape[0] * shape[1] * shape[2]
    with tifffile.TiffFile(target) as opened:
        series = opened.series[0]
        assert series.axes == "TZCYX"
        np.testing.assert_array_equal(series.levels[0].asarray(), stack)
        assert series.levels[1].shape == (2, 3, 2, 260, 300)
    again = build_index(target).info
    assert [one.name for one in again.channels] == ["DAPI", "Cy5 <&>"]
    assert [one.colour for one in again.channels] == [one.colour for one in slide.index.info.channels]
    assert (again.z_count, again.t_count, again.mpp_x, again.z_spacing_um) == (3, 2, 0.5, 1.5)


def test_an_area_at_an_objective(coded: Registered, written: Write) -> None:
    scale = scale_for(coded.index.info, objective=20)
    assert scale == Scale(2, 2)
    path, plan, _ = written(coded, "ome-tiff", area=Area(100, 50, 401, 300), scale=scale)
    assert (plan.levels[0].width, plan.levels[0].height) == (201, 150)
    source = coded.levels[1].pixels  # the stored level of factor 2 is the source
    with tifffile.TiffFile(path) as opened:
        np.testing.assert_array_equal(opened.pages[0].asarray(), source[25:175, 50:251])
        assert opened.pages[0].resolution == pytest.approx((20_000, 20_000))
        assert 'PhysicalSizeX="0.5"' in opened.ome_metadata


def test_an_area_outside_is_refused(coded: Registered) -> None:
    with pytest.raises(InvalidRequest):
        plan_export(coded.index, name=None, area=Area(5000, 5000, 10, 10))


def test_identity_and_profile(tmp_path: Path, written: Write) -> None:
    path, _, _ = written(write_registered(tmp_path, "who", coded_rgb(300, 300)), "ome-tiff", name=None)
    data = path.read_bytes()
    assert b"who" not in data
    assert b"Name=" not in data


def test_a_file_that_was_not_finished_is_no_tiff(coded: Registered, written: Write, tmp_path: Path) -> None:
    path, _, _ = written(coded, "ome-tiff")
    cut = tmp_path / "cut.tif"
    cut.write_bytes(bytes(16) + path.read_bytes()[16:-2000])
    with pytest.raises(tifffile.TiffFileError):
        tifffile.TiffFile(cut)


def test_the_estimate_is_close_where_tiles_pass_through(jpeg_rgb: Registered, written: Write) -> None:
    path, plan, _ = written(jpeg_rgb, "ome-tiff")
    assert path.stat().st_size <= estimated_bytes(jpeg_rgb.index, plan) <= 4 * path.stat().st_size + 2**21


def test_a_picture_of_channels_for_the_region_route() -> None:
    pixels = np.stack([coded_values(700, 530, seed=1), coded_values(700, 530, seed=9)], axis=-1)
    channels = (ChannelInfo("A", "#ff0000"), ChannelInfo("B", "#00ff00"))
    body = pixels_as_ome_tiff(pixels, About(None, "uint16", False, channels, mpp_x=0.5, mpp_y=0.25))
    with tifffile.TiffFile(io.BytesIO(body)) as opened:
        np.testing.assert_array_equal(opened.series[0].asarray(), np.moveaxis(pixels, -1, 0))
        assert opened.pages[0].resolution == pytest.approx((20_000, 40_000))


@pytest.mark.parametrize(("name", "sampling"), [("444", (1, 1)), ("422", (2, 1)), ("420", (2, 2))])
def test_sampling_is_read_from_the_stream(name: str, sampling: tuple[int, int]) -> None:
    stream = imagecodecs.jpeg8_encode(smooth_rgb(64, 64), 80, subsampling=name)
    assert sampling_of(bytes(stream)) == sampling
