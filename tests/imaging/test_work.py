"""What decoder processes do: facts for the catalogue, tiles, regions, thumbnails, pixel values."""

import io
import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
import tifffile
from PIL import Image

from coverslip.core.errors import InvalidRequest, NotFound, SlideChanged, SlideMissing, TileUnreadable, TooLarge
from coverslip.core.geometry import Plane
from coverslip.imaging import work
from coverslip.imaging.colour import srgb_profile
from coverslip.imaging.stored import span
from coverslip.imaging.style import ChannelStyle, Style, encode_style
from coverslip.testing.profiles import wide_rgb_profile
from coverslip.testing.registered import Registered
from coverslip.testing.synthetic import smooth_rgb


def test_facts_are_plain_values(jpeg_rgb: Registered, tmp_path: Path) -> None:
    facts = work.describe(str(jpeg_rgb.path), str(tmp_path / "x.index"))
    assert json.loads(json.dumps(facts)) == facts
    assert pickle.loads(pickle.dumps(facts)) == facts
    assert (facts["width"], facts["height"], facts["channel_count"]) == (1930, 1450, 3)
    assert facts["folder"] == str(jpeg_rgb.path.parent)
    assert facts["files"] == [jpeg_rgb.path.name]
    assert facts["size_bytes"] == jpeg_rgb.path.stat().st_size
    assert facts["mpp_x"] == pytest.approx(0.25, rel=1e-3)
    assert not facts["needs_coarse"]


def test_a_stored_tile_passes_through(jpeg: Registered) -> None:
    z = len(jpeg.index.levels) - 1
    body, kind, empty = work.make_tile(str(jpeg.index_path), z, 2, 1)
    place = span(jpeg.index, 0, Plane(), 0, 2, 1)
    assert place is not None
    assert (kind, empty) == ("image/jpeg", False)
    assert len(body) <= place.length + 600
    expected = tifffile.imread(jpeg.path, level=0)[256:512, 512:768]
    np.testing.assert_array_equal(simplejpeg.decode_jpeg(body), expected)


def test_made_tiles_have_full_size_and_white_beyond_the_edge(coded: Registered) -> None:
    for level in coded.index.levels:
        body, _, _ = work.make_tile(str(coded.index_path), level.z, level.cols - 1, level.rows - 1)
        pixels = simplejpeg.decode_jpeg(body)
        assert pixels.shape == (level.tile_height, level.tile_width, 3)
        assert (pixels[-8:, -8:] > 250).all()


@pytest.mark.parametrize("address", [(-1, 0, 0), (99, 0, 0), (0, 1, 0), (0, 0, 1), (0, -1, 0)])
def test_a_tile_outside_is_not_found(coded: Registered, address: tuple[int, int, int]) -> None:
    with pytest.raises(NotFound):
        work.make_tile(str(coded.index_path), *address)


@pytest.mark.parametrize("plane", [(1, 0), (0, 1), (-1, 0)])
def test_a_plane_outside_is_not_found(coded: Registered, plane: tuple[int, int]) -> None:
    with pytest.raises(NotFound):
        work.make_tile(str(coded.index_path), 0, 0, 0, *plane)


def test_a_style_changes_the_tile(jpeg: Registered) -> None:
    z = len(jpeg.index.levels) - 1
    plain = simplejpeg.decode_jpeg(work.make_tile(str(jpeg.index_path), z, 0, 0)[0])
    style = encode_style(Style(saturation=0.0))
    grey = simplejpeg.decode_jpeg(work.make_tile(str(jpeg.index_path), z, 0, 0, style=style)[0]).astype(int)
    assert np.abs(grey[..., 0] - grey[..., 2]).mean() < 3
    assert np.abs(plain.astype(int) - grey).mean() > 5


def test_fluorescence_is_blended_over_black(grey: Registered) -> None:
    level = grey.index.levels[-1]
    style = encode_style(Style((ChannelStyle(0, colour="#00ff00", low=0, high=20_000),)))
    body, _, _ = work.make_tile(str(grey.index_path), level.z, level.cols - 1, level.rows - 1, style=style)
    pixels = simplejpeg.decode_jpeg(body)
    assert (pixels[-8:, -8:] < 5).all()
    assert pixels[0, 0, 1] > 100
    assert pixels[0, 0, 0] < 30


def test_regions_come_in_every_format(coded: Registered) -> None:
    path = str(coded.index_path)
    request = {"x": 10, "y": 20, "width": 300, "height": 200}
    expected = coded.levels[0].pixels[20:220, 10:310]
    for kind in ("png", "tiff", "npy"):
        body, media_type, headers = work.make_region(path, {**request, "format": kind})
        assert headers["X-Coverslip-Downsample"] == "1"
        reader = {"png": lambda b: np.asarray(Image.open(b)), "tiff": tifffile.imread, "npy": np.load}[kind]
        np.testing.assert_array_equal(reader(io.BytesIO(body)), expected)
        assert media_type in ("image/png", "image/tiff", "application/x-npy")
    for kind in ("jpeg", "webp"):
        body, media_type, _ = work.make_region(path, {**request, "format": kind})
        assert media_type == f"image/{kind}"
        assert Image.open(io.BytesIO(body)).size == (300, 200)


def test_raw_values_of_fluorescence_come_in_tiff_and_npy(grey: Registered) -> None:
    request = {"x": 100, "y": 50, "width": 60, "height": 40}
    expected = grey.levels[0].pixels[50:90, 100:160]
    values = np.load(io.BytesIO(work.make_region(str(grey.index_path), {**request, "format": "npy"})[0]))
    np.testing.assert_array_equal(values[..., 0], expected)
    values = tifffile.imread(io.BytesIO(work.make_region(str(grey.index_path), {**request, "format": "tiff"})[0]))
    np.testing.assert_array_equal(values.reshape(40, 60), expected)


def test_regions_by_scale(coded: Registered) -> None:
    for scale in ({"mpp": 0.5}, {"objective": 20}, {"downsample": 2}, {"level": 1}):
        body, _, headers = work.make_region(
            str(coded.index_path), {"x": 0, "y": 0, "width": 50, "height": 50, "format": "npy", **scale}
        )
        assert float(headers["X-Coverslip-Downsample"]) == pytest.approx(2, rel=1e-3)
        if "mpp" not in scale:
            np.testing.assert_array_equal(np.load(io.BytesIO(body)), coded.levels[1].pixels[:50, :50])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mpp": 1, "objective": 10}, "/objective"),
        ({"mpp": -1}, "/mpp"),
        ({"level": 7}, "/level"),
        ({"downsample": 0}, "/downsample"),
        ({"width": 0}, "/width"),
        ({"height": 70_000}, "/height"),
        ({"format": "gif"}, "/format"),
        ({"x": None}, "/x"),
    ],
)
def test_a_refused_region_names_the_field(coded: Registered, change: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        work.make_region(str(coded.index_path), {"x": 0, "y": 0, "width": 9, "height": 9, **change})
    assert refusal.value.problems[0].pointer == pointer


def test_an_answer_that_is_too_large_is_refused(coded: Registered) -> None:
    with pytest.raises(TooLarge):
        work.make_region(str(coded.index_path), {"x": 0, "y": 0, "width": 60_000, "height": 60_000})


def test_thumbnails_keep_the_shape_and_never_enlarge(coded: Registered) -> None:
    assert simplejpeg.decode_jpeg(work.make_thumbnail(str(coded.index_path), 200)).shape == (140, 200, 3)
    assert simplejpeg.decode_jpeg(work.make_thumbnail(str(coded.index_path), 5000)).shape == (700, 1000, 3)


def test_histogram_counts_every_pixel_of_a_coarse_level(coded: Registered, grey: Registered) -> None:
    channels = work.make_histogram(str(coded.index_path))["channels"]
    assert [channel["index"] for channel in channels] == [0, 1, 2]
    assert all(sum(channel["counts"]) == 250 * 175 for channel in channels)
    assert all((channel["low"], channel["high"]) == (0.0, 255.0) for channel in channels)
    (channel,) = work.make_histogram(str(grey.index_path))["channels"]
    values = grey.levels[1].pixels
    assert (channel["low"], channel["high"]) == (values.min(), values.max())
    assert channel["auto_low"] == pytest.approx(np.percentile(values, 0.1))
    assert len(channel["counts"]) == 256
    assert grey.index.auto_ranges == ((channel["auto_low"], channel["auto_high"]),)


def test_pixel_values(coded: Registered, grey: Registered) -> None:
    assert work.read_pixel(str(coded.index_path), 300, 200) == coded.levels[0].pixels[200, 300].tolist()
    assert work.read_pixel(str(grey.index_path), 31, 7) == [float(grey.levels[0].pixels[7, 31])]
    assert work.read_pixel(str(grey.index_path), 900, 0) is None
    assert work.read_pixel(str(grey.index_path), 0, -1) is None


def test_managed_colour_from_profile_to_browser_and_export(tmp_path: Path) -> None:
    path, index_path = tmp_path / "wide.tif", tmp_path / "wide.index"
    pixels = smooth_rgb(400, 300)
    tifffile.imwrite(path, pixels, tile=(128, 128), photometric="rgb", iccprofile=wide_rgb_profile("Scanner"))
    work.describe(str(path), str(index_path))
    index = work.open_view(str(index_path)).index
    assert index.managed
    assert index.profile_name == "Scanner"
    assert len(work.make_lut(str(index_path))) in (33**3 * 3, 65**3 * 3)
    request = {"x": 0, "y": 0, "width": 400, "height": 300, "format": "png"}
    raw = Image.open(io.BytesIO(work.make_region(str(index_path), request)[0]))
    assert raw.info["icc_profile"] == wide_rgb_profile("Scanner")
    np.testing.assert_array_equal(np.asarray(raw), pixels)
    managed = work.make_region(str(index_path), {**request, "style": encode_style(Style(icc=True))})[0]
    image = Image.open(io.BytesIO(managed))
    assert image.info["icc_profile"] == srgb_profile()
    assert np.abs(np.asarray(image).astype(int) - pixels).mean() > 3
    thumbnail = simplejpeg.decode_jpeg(work.make_thumbnail(str(index_path), 400)).astype(int)
    assert np.abs(thumbnail - np.asarray(image)).mean() < 3


def test_no_table_where_colours_need_no_managing(coded: Registered) -> None:
    with pytest.raises(NotFound):
        work.make_lut(str(coded.index_path))


def test_an_absent_associated_image_is_not_found(coded: Registered) -> None:
    with pytest.raises(NotFound):
        work.make_associated(str(coded.index_path), "label")


def test_label_and_macro_of_a_real_slide(tmp_path: Path) -> None:

    source = Path(work.__file__).parents[1] / "samples" / "CMU-1-Small-Region.svs"
    work.describe(str(source), str(tmp_path / "x.index"))
    for name, size in (("label", (387, 463)), ("macro", (1280, 431))):
        image = Image.open(io.BytesIO(work.make_associated(str(tmp_path / "x.index"), name)))
        assert image.size == size
        small = Image.open(io.BytesIO(work.make_associated(str(tmp_path / "x.index"), name, 100)))
        assert max(small.size) == 100


def test_a_changed_vanished_or_damaged_file_is_said(
    jpeg: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr("coverslip.imaging.tile_files.CHECK_EVERY_S", 0.0)
    copy, index_path = tmp_path / "copy.tif", tmp_path / "copy.index"
    shutil.copyfile(jpeg.path, copy)
    work.describe(str(copy), str(index_path))
    z = len(jpeg.index.levels) - 1
    work.make_tile(str(index_path), z, 0, 0)
    place = span(jpeg.index, 0, Plane(), 0, 0, 0)
    assert place is not None
    status = copy.stat()
    with copy.open("r+b") as target:
        target.seek(place.offset + place.length // 2)
        target.write(bytes(place.length // 4))
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(TileUnreadable):
        work.make_tile(str(index_path), z, 0, 0, style=encode_style(Style(contrast=1.1)))
    os.utime(copy, ns=(1, 1))
    with pytest.raises(SlideChanged):
        work.make_tile(str(index_path), z, 0, 0)
    copy.unlink()
    with pytest.raises(SlideMissing):
        work.make_tile(str(index_path), z, 0, 0)


def test_only_a_few_slides_stay_open(coded: Registered, tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(work.OPEN_SLIDES * 3):
        shutil.copyfile(coded.index_path, tmp_path / f"{number}.index")
        work.make_tile(str(tmp_path / f"{number}.index"), 0, 0, 0)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2 * work.OPEN_SLIDES  # the slide and its index
    work.close_views()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_doctor_asks_every_format(coded: Registered) -> None:
    report = work.feasibility(str(coded.path))
    assert {"format", "tier", "confidence", "result"} == set(report[0])
    assert {"format": "tiff", "result": "opens"}.items() <= next(
        one for one in report if one["format"] == "tiff"
    ).items()


def test_a_region_as_ome_tiff_says_its_scale_and_keeps_every_value(grey: Registered, coded: Registered) -> None:
    request = {"x": 100, "y": 50, "width": 300, "height": 200, "format": "ome-tiff"}
    body, media_type, _ = work.make_region(str(grey.index_path), request)
    assert media_type == "image/tiff"
    with tifffile.TiffFile(io.BytesIO(body)) as opened:
        np.testing.assert_array_equal(opened.series[0].asarray(), grey.levels[0].pixels[50:250, 100:400])
        assert opened.pages[0].resolution == pytest.approx((40_000, 40_000))
    body, _, _ = work.make_region(str(coded.index_path), {**request, "downsample": 2, "pixel_um": 0.5})
    with tifffile.TiffFile(io.BytesIO(body)) as opened:
        np.testing.assert_array_equal(opened.pages[0].asarray(), coded.levels[1].pixels[25:225, 50:350])
        assert 'PhysicalSizeX="1"' in opened.ome_metadata  # the entered size wins


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_a_region_states_its_resolution(coded: Registered, kind: str) -> None:
    request = {"x": 0, "y": 0, "width": 100, "height": 80, "downsample": 2, "format": kind}
    body, _, _ = work.make_region(str(coded.index_path), request)
    with Image.open(io.BytesIO(body)) as image:
        assert image.info["dpi"] == pytest.approx((50_800, 50_800), rel=1e-3)
