"""Bio-Formats through our door: real CZI, ND2, DV and VSI files against readers that share nothing with it."""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastslide
import numpy as np
import pytest

from coverslip.core.errors import CorruptFile, FileNotFound, SlideUnreadable, TruncatedFile, UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index
from coverslip.imaging.formats.bioformats import BioFormatsFormat, BioFormatsSlide
from coverslip.imaging.formats.bioformats_java import Refused, used_files
from coverslip.imaging.formats.czi import CziFormat
from coverslip.imaging.probe import candidates, open_path, peek
from coverslip.ports.format import Confidence, Pixels
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]

MICROSCOPY = "other/microscopy"
VSI = "slides/vsi/vsi-ets-test-jpg2k.vsi"
DV = f"{MICROSCOPY}/tinyTest.d3d.dv"


class TestBioFormats(FormatSuite):
    format = BioFormatsFormat()
    samples = (
        f"{MICROSCOPY}/RGB-8bit.czi",
        f"{MICROSCOPY}/tiles_z.czi",
        f"{MICROSCOPY}/example-zstack.nd2",
        DV,
    )
    least_confidence = Confidence.WEAK

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample) -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


@pytest.fixture
def opened(sample: Sample) -> Iterator[Callable[[str], BioFormatsSlide]]:
    slides: list[BioFormatsSlide] = []

    def open_sample(name: str) -> BioFormatsSlide:
        slides.append(BioFormatsFormat().open(sample(name)))
        return slides[-1]

    yield open_sample
    for slide in slides:
        slide.close()


Opened = Callable[[str], BioFormatsSlide]


def whole(slide: BioFormatsSlide, plane: Plane) -> Pixels:
    return slide.read(Region(0, 0, slide.info.width, slide.info.height), 0, plane)


# --- independent readers ------------------------------------------------------------------------


def nd2_frames(path: Path) -> list[bytes]:
    """Return the frames of an ND2 in order: chunks that begin with a magic number, then name and data."""
    data = path.read_bytes()
    magic = struct.pack("<I", 0x0ABECEDA)
    found: dict[int, bytes] = {}
    at = data.find(magic)
    while at >= 0:
        _, name_length, data_length = struct.unpack_from("<IIQ", data, at)
        name = data[at + 16 : at + 16 + name_length]
        if name.startswith(b"ImageDataSeq|"):
            start = at + 16 + name_length + 8  # eight bytes of time come before the pixels
            found[int(name[13 : name.index(b"!")])] = data[start : start + data_length - 8]
        at = data.find(magic, at + 16)
    return [found[number] for number in sorted(found)]


def nd2_pixels(path: Path, width: int, height: int, channels: int) -> list[Pixels]:
    shape = (height, width, channels)
    size = height * width * channels * 2
    frames = [frame if len(frame) >= size else zlib.decompress(frame) for frame in nd2_frames(path)]
    return [np.frombuffer(frame[:size], "<u2").reshape(shape) for frame in frames]


def dv_pixels(path: Path) -> tuple[Pixels, dict[str, Any]]:
    """Read a DeltaVision file by its header of 1,024 bytes; pixels have shape (sections, height, width)."""
    data = path.read_bytes()
    order = "<" if struct.unpack_from("<h", data, 96)[0] == -16224 else ">"
    width, height, sections, kind = struct.unpack_from(f"{order}4i", data, 0)
    spacing = struct.unpack_from(f"{order}3f", data, 40)
    (extended,) = struct.unpack_from(f"{order}i", data, 92)
    (times,) = struct.unpack_from(f"{order}h", data, 180)
    sequence, waves = struct.unpack_from(f"{order}h", data, 182)[0], struct.unpack_from(f"{order}h", data, 196)[0]
    dtype = {0: "u1", 1: f"{order}i2", 2: f"{order}f4", 6: f"{order}u2"}[kind]
    pixels = np.frombuffer(data, dtype, sections * width * height, 1024 + extended).reshape(sections, height, width)
    return pixels, {"times": times, "waves": waves, "sequence": sequence, "spacing": spacing}


# --- pixels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["RGB-8bit", "RGB-multichannel", "s_1_t_1_c_1_z_1", "mosaic_test"])
def test_czi_pixels_equal_those_of_libczi(sample: Sample, opened: Opened, name: str) -> None:
    path = sample(f"{MICROSCOPY}/{name}.czi")
    ours = CziFormat().open(path)
    region = Region(0, 0, ours.info.width, ours.info.height)
    expected = ours.read(region, 0, Plane())
    ours.close()
    slide = opened(f"{MICROSCOPY}/{name}.czi")
    assert (slide.info.rgb, slide.info.dtype) == (ours.info.rgb, ours.info.dtype)
    np.testing.assert_array_equal(whole(slide, Plane()), expected)


def test_czi_tiles_and_planes_equal_fastslide(sample: Sample, opened: Opened) -> None:
    reference = fastslide.FastSlide.from_file_path(str(sample(f"{MICROSCOPY}/tiles_z.czi")))
    slide = opened(f"{MICROSCOPY}/tiles_z.czi")
    for z in range(slide.info.z_count):
        # One read in twenty of the reference holds a stray value, never twice the same: the middle of three.
        reads = [reference.read_region((0, 0), 0, reference.dimensions, z, 0).numpy() for _ in range(3)]
        theirs = np.moveaxis(np.median(reads, axis=0), 0, -1)
        np.testing.assert_array_equal(whole(slide, Plane(z)), theirs)


def test_vsi_pixels_equal_fastslide_on_every_plane_but_for_rounding(sample: Sample, opened: Opened) -> None:
    reference = fastslide.FastSlide.from_file_path(str(sample(VSI)))
    slide = opened(VSI)
    contents = []
    for z in range(11):
        theirs = np.moveaxis(reference.read_region((700, 800), 0, (300, 200), z, 0).numpy(), 0, -1)
        apart = np.abs(slide.read(Region(700, 800, 300, 200), 0, Plane(z)).astype(int) - theirs)
        # lossy JPEG 2000: two decoders may round a value in a hundred differently
        assert apart.max() <= 1
        assert (apart > 0).mean() < 0.01
        contents.append(theirs.std())
    assert max(contents) > 1


@pytest.mark.parametrize("name", ["example-multichannel", "example-zstack"])
def test_nd2_pixels_equal_the_bytes_in_the_file(sample: Sample, opened: Opened, name: str) -> None:
    slide = opened(f"{MICROSCOPY}/{name}.nd2")
    info = slide.info
    frames = nd2_pixels(sample(f"{MICROSCOPY}/{name}.nd2"), info.width, info.height, len(info.channels))
    assert len(frames) == info.z_count
    for z, frame in enumerate(frames):
        assert frame.std() > 0
        np.testing.assert_array_equal(whole(slide, Plane(z)), frame)


def test_dv_pixels_equal_the_bytes_in_the_file(sample: Sample, opened: Opened) -> None:
    slide = opened(DV)
    pixels, header = dv_pixels(sample(DV))
    info = slide.info
    assert (info.t_count, len(info.channels)) == (header["times"], header["waves"]) == (6, 1)
    assert info.z_count * info.t_count == len(pixels)
    assert (info.mpp_x, info.mpp_y, info.z_spacing_um) == pytest.approx(header["spacing"], rel=1e-5)
    assert pixels.std() > 0
    for t in range(info.t_count):
        for z in range(info.z_count):
            # 0 is ZTW: all planes of a time come one after the other; planes lie bottom up
            theirs = pixels[t * info.z_count + z][::-1]
            np.testing.assert_array_equal(whole(slide, Plane(z, t))[:, :, 0], theirs)


def test_a_large_window_comes_in_bands_that_fit_together(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    slide = opened(VSI)
    expected = slide.read(Region(0, 0, 1645, 1682), 0, Plane(5))
    monkeypatch.setattr("coverslip.imaging.formats.bioformats._BAND_BYTES", 1_000_000)
    np.testing.assert_array_equal(slide.read(Region(0, 0, 1645, 1682), 0, Plane(5)), expected)
    assert expected.max() > 1000


@pytest.mark.parametrize("name", [DV, f"{MICROSCOPY}/example-zstack.nd2"])
def test_a_cut_file_is_refused_where_bio_formats_would_show_black(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / Path(name).name
    data = sample(name).read_bytes()
    path.write_bytes(data[: int(len(data) * 0.9)])
    with pytest.raises(TruncatedFile):
        BioFormatsFormat().open(path)
    monkeypatch.setattr("coverslip.imaging.formats.bioformats.check_complete", lambda *given: None)
    slide = BioFormatsFormat().open(path)
    last = whole(slide, Plane(slide.info.z_count - 1, slide.info.t_count - 1))
    slide.close()
    assert (last == 0).mean() > 0.01  # without the guard


# --- facts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["example-multichannel.nd2", "example-zstack.nd2"])
def test_nd2_facts_equal_those_of_the_microscope(sample: Sample, opened: Opened, name: str) -> None:
    text = sample(f"{MICROSCOPY}/nd2-known-metadata.yml").read_text(encoding="utf-8")
    block = text.split(f"{name}:\n")[1].split("\n\n")[0]
    known = {key: float(value) for key, value in re.findall(r"(\w+_(?:px|um)|magnification): ([\d.]+)", block)}
    info = opened(f"{MICROSCOPY}/{name}").info
    assert (info.width, info.height, info.z_count) == tuple(known[f"{axis}_size_px"] for axis in "xyz")
    assert len(info.channels) == block.count("resolution:")
    assert info.mpp_x == info.mpp_y == pytest.approx(known["xy_step_um"])
    assert info.objective == known["magnification"] == 20
    assert all(text.isprintable() for item in info.metadata.items() for text in item)
    assert info.z_spacing_um == (known["z_step_um"] if info.z_count > 1 else None)


def test_vsi_facts_equal_those_that_our_own_reader_finds(opened: Opened) -> None:
    info = opened(VSI).info
    assert (info.width, info.height, info.z_count, info.dtype, info.z_spacing_um) == (1645, 1682, 11, "uint16", 1)
    assert [channel.name for channel in info.channels] == ["C405", "C488"]
    assert info.mpp_x == pytest.approx(0.108, abs=0.0005)
    assert info.objective == 60
    assert info.files == ("vsi-ets-test-jpg2k.vsi", "_vsi-ets-test-jpg2k_/stack1/frame_t_0.ets")
    assert [(image.name, image.width, image.height) for image in info.associated] == [("macro", 501, 512)]


def test_two_open_slides_share_the_one_reader(opened: Opened) -> None:
    first, second = opened(DV), opened(f"{MICROSCOPY}/tiles_z.czi")
    before = whole(first, Plane(2, 3))
    other = whole(second, Plane(1))
    second.close()
    np.testing.assert_array_equal(whole(first, Plane(2, 3)), before)
    np.testing.assert_array_equal(whole(second, Plane(1)), other)  # as any closed slide, it opens its file again


# --- manners ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "winner"),
    [
        (f"{MICROSCOPY}/tiles.czi", "czi"),
        (VSI, "vsi"),
        (f"{MICROSCOPY}/example-zstack.nd2", "bioformats"),
        (DV, "bioformats"),
    ],
)
def test_our_own_readers_win(sample: Sample, name: str, winner: str) -> None:
    found = candidates(peek(sample(name)))
    assert found[0].format.name == winner
    assert found[-1].format.name == "bioformats"
    slide = open_path(sample(name))
    assert slide.info.format == winner
    slide.close()


def test_among_equals_it_is_asked_last(tmp_path: Path) -> None:
    (tmp_path / "x.czi").write_bytes(b"II*\0" + bytes(100))  # weak for every reader of TIFF
    found = candidates(peek(tmp_path / "x.czi"))
    assert len({one.confidence for one in found}) == 1
    assert len(found) > 2
    assert found[-1].format.name == "bioformats"


def test_where_our_own_reader_is_not_installed_it_steps_in(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(self: object, path: Path) -> None:
        raise UnsupportedFormat("Not installed.")

    monkeypatch.setattr("coverslip.imaging.formats.vsi.VsiFormat.open", absent)
    slide = open_path(sample(VSI))
    assert slide.info.format == "bioformats"
    slide.close()


def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.nd2"
    with pytest.raises(FileNotFound):
        BioFormatsFormat().open(path)
    path.write_bytes(b"this is no microscope" * 1000)
    with pytest.raises((UnsupportedFormat, CorruptFile)) as refused:
        BioFormatsFormat().open(path)
    assert str(tmp_path) not in refused.value.message


def test_a_text_that_names_other_files_opens_none_of_them(sample: Sample, tmp_path: Path) -> None:
    """The reader of file patterns would follow any path that a file says."""
    for name in ("x.pattern", "x.ics", "x.nd2"):
        path = tmp_path / name
        path.write_text(str(sample(f"{MICROSCOPY}/tiles.czi")), encoding="utf-8")
        with pytest.raises((UnsupportedFormat, CorruptFile)):
            BioFormatsFormat().open(path)


def test_a_file_whose_pixels_lie_outside_its_folder_is_refused(sample: Sample, tmp_path: Path) -> None:
    """A detached header may name any path as the place of its pixels."""
    secret = tmp_path / "secret.raw"
    secret.write_bytes(bytes(range(256)) * 16)
    inner = tmp_path / "served"
    inner.mkdir()
    beside = inner / "beside.raw"
    beside.write_bytes(secret.read_bytes())
    path = inner / "x.nhdr"
    header = "NRRD0001\ntype: uint8\ndimension: 2\nsizes: 64 64\nencoding: raw\ndata file: "
    path.write_text(f"{header}beside.raw\n", encoding="ascii")
    slide = BioFormatsFormat().open(path)
    assert slide.info.files == ("x.nhdr", "beside.raw")
    assert whole(slide, Plane())[0, :, 0].tolist() == list(range(64))
    slide.close()
    for place in ("../secret.raw", str(secret)):
        path.write_text(f"{header}{place}\n", encoding="ascii")
        with pytest.raises(SlideUnreadable) as refused:
            build_index(path)
        assert str(tmp_path) not in refused.value.message


def test_used_files_are_those_in_the_folder_and_no_link_leads_out(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    (folder / "inner").mkdir(parents=True)
    (folder / "link.raw").symlink_to(tmp_path / "secret.raw")
    path = str(folder / "x.xlef")
    assert used_files(path, ["x.xlef", str(folder / "inner" / "a.lof"), "inner/b.lof"]) == [
        "x.xlef",
        "inner/a.lof",
        "inner/b.lof",
    ]
    for name in ("../secret.raw", str(tmp_path / "secret.raw"), "inner/../../served2/x", "link.raw"):
        with pytest.raises(Refused, match="outside"):
            used_files(path, ["x.xlef", name])
