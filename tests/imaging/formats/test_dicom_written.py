"""DICOM slides of kinds that no real sample has: each opens with equal pixels in an independent reader too."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import generate_fragmented_frames

from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index
from coverslip.imaging.formats import dicom_places
from coverslip.imaging.formats.dicom import DicomFormat
from coverslip.imaging.formats.dicom_header import read_header
from coverslip.imaging.formats.tiff_ifd import ByteSource
from coverslip.ports.format import Pixels
from coverslip.testing import dicom
from coverslip.testing.dicom import Frame, WholeSlide, whole_slide, write

Sample = Callable[[str], Path]
WIDTH, HEIGHT = 300, 200


def picture(seed: int, *shape: int, dtype: str = "uint8") -> Pixels:
    """Return soft coloured blobs, so that lossy codecs stay close."""
    generator = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    coarse = generator.integers(0, top, (9, 12, *shape), dtype=dtype)
    return np.kron(coarse, np.ones((25, 25, *(1 for _ in shape)), dtype))[:HEIGHT, :WIDTH]


def whole(path: Path, plane: Plane = Plane(), level: int = 0) -> Pixels:  # noqa: B008 - frozen
    slide = DicomFormat().open(path)
    try:
        size = slide.info.levels[level]
        return slide.read(Region(0, 0, size.width, size.height), level, plane)
    finally:
        slide.close()


def frames_by_pydicom(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(path).pixel_array


def encode_jpeg(tile: Pixels) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(tile, level=95))


def encode_jpegls(tile: Pixels) -> bytes:
    return bytes(imagecodecs.jpegls_encode(tile))


def encode_rle(tile: Pixels) -> bytes:
    from pydicom.pixels.encoders import RLELosslessEncoder

    rows, cols = tile.shape[:2]
    samples = tile.shape[2] if tile.ndim == 3 else 1
    return bytes(
        RLELosslessEncoder.encode(
            tile.tobytes(),
            rows=rows,
            columns=cols,
            samples_per_pixel=samples,
            number_of_frames=1,
            bits_allocated=8 * tile.dtype.itemsize,
            bits_stored=8 * tile.dtype.itemsize,
            pixel_representation=0,
            photometric_interpretation="RGB" if samples == 3 else "MONOCHROME2",
            planar_configuration=0,
        )
    )


LOSSLESS: dict[str, tuple[str, Callable[[Pixels], bytes] | None]] = {
    "raw": (dicom.RAW, None),
    "implicit": (dicom.IMPLICIT, None),
    "jpeg2000": (dicom.JPEG_2000, lambda tile: bytes(imagecodecs.jpeg2k_encode(tile, level=0, codecformat="J2K"))),
    "jpegls": (dicom.JPEG_LS, encode_jpegls),
    "rle": (dicom.RLE, encode_rle),
}


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("shape", [(3,), ()], ids=["colour", "grey"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_lossless_kinds_give_the_pixels_back(tmp_path: Path, kind: str, shape: tuple[int, ...], dtype: str) -> None:
    pixels = picture(1, *shape, dtype=dtype)
    syntax, encode = LOSSLESS[kind]
    path = write(whole_slide([pixels], (128, 64), encode, syntax=syntax), tmp_path / "slide.dcm")
    np.testing.assert_array_equal(whole(path), pixels if shape else pixels[..., np.newaxis])
    if kind != "jpegls" and not (kind == "jpeg2000" and dtype == "uint16" and shape):  # pydicom has no decoder here
        np.testing.assert_array_equal(frames_by_pydicom(path)[0], pixels[:64, :128])


def test_big_endian_and_planar_pixels(tmp_path: Path) -> None:
    grey = picture(2, dtype="uint16")
    path = write(
        whole_slide([grey], (128, 64), lambda tile: tile.astype(">u2").tobytes(), syntax=dicom.BIG_ENDIAN),
        tmp_path / "big.dcm",
    )
    np.testing.assert_array_equal(whole(path)[..., 0], grey)
    colour = picture(3, 3)
    planar = whole_slide([colour], (128, 64), lambda tile: np.moveaxis(tile, -1, 0).tobytes())
    planar.attributes["PlanarConfiguration"] = 1
    planar.series = "1.2.3.9"
    path = write(planar, tmp_path / "planar.dcm")
    np.testing.assert_array_equal(whole(path), colour)
    np.testing.assert_array_equal(frames_by_pydicom(path)[0], colour[:64, :128])
    assert build_index(path).stored is not None


@pytest.mark.parametrize("offsets", ["basic", "extended", "none"])
def test_frames_are_found_with_every_kind_of_offset_table(tmp_path: Path, offsets: str) -> None:
    pixels = picture(4, 3)
    slide = whole_slide([pixels], (64, 64), encode_jpegls, syntax=dicom.JPEG_LS, offsets=offsets)
    np.testing.assert_array_equal(whole(write(slide, tmp_path / "slide.dcm")), pixels)


@pytest.mark.parametrize("offsets", ["basic", "none"])
def test_frames_in_several_fragments_are_joined(tmp_path: Path, offsets: str) -> None:
    from pydicom.encaps import encapsulate

    pixels = picture(5, 3)
    slide = whole_slide([pixels], (128, 128), encode_jpeg, syntax=dicom.JPEG)
    slide.photometric = "YBR_FULL_422"
    plain = write(slide, tmp_path / "plain.dcm")
    expected = whole(plain)
    dataset = dcmread(plain)
    data = encapsulate([one.data for one in slide.frames], fragments_per_frame=3, has_bot=offsets == "basic")
    dataset.PixelData = data
    dataset["PixelData"].is_undefined_length = True
    plain.unlink()
    split = tmp_path / "split.dcm"
    dataset.save_as(split)
    assert len(next(generate_fragmented_frames(data, number_of_frames=len(slide.frames)))) == 3
    np.testing.assert_array_equal(whole(split), expected)
    assert DicomFormat().open(split).stored_tiles() is None
    assert build_index(split).stored is None


def test_sparse_tiles_lie_where_they_say_and_gaps_are_background(tmp_path: Path) -> None:
    pixels = picture(6, 3)
    slide = whole_slide([pixels], (100, 100), sparse=True)
    kept = [frame for frame in slide.frames if (frame.column, frame.row) != (100, 100)]
    slide.frames = kept[::-1]
    found = whole(write(slide, tmp_path / "slide.dcm"))
    expected = pixels.copy()
    expected[100:200, 100:200] = 255
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("syntax", [dicom.RAW, dicom.IMPLICIT])
@pytest.mark.parametrize("undefined", [False, True])
def test_many_frames_are_placed_the_same_in_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syntax: str, undefined: bool
) -> None:
    images = [picture(30 + number)[:60, :80] for number in range(4)]
    slide = whole_slide(images, (8, 8), paths=("a", "b"), z_mm=(0.0, 0.0025), sparse=True, syntax=syntax)
    path = write(slide, tmp_path / "slide.dcm")
    if undefined:
        dataset = dcmread(path)
        dataset["PerFrameFunctionalGroupsSequence"].is_undefined_length = True
        for item in dataset.PerFrameFunctionalGroupsSequence:
            item.is_undefined_length_sequence_item = True
        dataset.save_as(path)
    found = []
    for least in (1, 10**9):
        monkeypatch.setattr(dicom_places, "MANY_FRAMES", least)
        source = ByteSource(path)
        places = read_header(source).places
        source.close()
        assert places is not None
        found.append((places.column.tolist(), places.row.tolist(), places.z_mm.tolist(), places.path))
        np.testing.assert_array_equal(whole(path, Plane(1))[..., 1], images[3])
    assert found[0] == found[1]
    assert len(found[0][0]) == 4 * 80


def test_sparse_tiles_read_like_wsidicom(tmp_path: Path) -> None:
    from wsidicom import WsiDicom

    pixels = picture(7, 3)
    slide = whole_slide(
        [pixels],
        (100, 100),
        encode_jpeg,
        syntax=dicom.JPEG,
        photometric="YBR_FULL_422",
        sparse=True,
    )
    path = write(slide, tmp_path / "slide.dcm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with WsiDicom.open(path) as reference:
            theirs = np.asarray(reference.read_region((0, 0), 0, (WIDTH, HEIGHT)).convert("RGB"))
    assert np.abs(whole(path).astype(int) - theirs).max() <= 1


def test_optical_paths_and_focal_planes_become_channels_and_planes(tmp_path: Path) -> None:
    images = [picture(10 + number, dtype="uint16") for number in range(6)]
    for sparse in (False, True):
        folder = tmp_path / str(sparse)
        folder.mkdir()
        slide = whole_slide(images, (128, 128), paths=("a", "b"), z_mm=(0.0, 0.002, 0.004), sparse=sparse)
        path = write(slide, folder / "slide.dcm")
        opened = DicomFormat().open(path)
        info = opened.info
        opened.close()
        assert (info.z_count, info.z_spacing_um, len(info.channels)) == (3, 2.0, 2)
        assert [(channel.name, channel.excitation_nm) for channel in info.channels] == [
            ("Path a", 488.0),
            ("Path b", 488.0),
        ]
        for z in range(3):
            found = whole(path, Plane(z))
            np.testing.assert_array_equal(found[..., 0], images[z])
            np.testing.assert_array_equal(found[..., 1], images[3 + z])


def test_channels_in_files_of_their_own(tmp_path: Path) -> None:
    images = [picture(20), picture(21)]
    for number, image in enumerate(images):
        write(whole_slide([image], (128, 128), paths=(f"p{number}",)), tmp_path / f"{number}.dcm")
    found = whole(tmp_path)
    assert found.shape[2] == 2
    for number, image in enumerate(images):
        np.testing.assert_array_equal(found[..., number], image)


def test_levels_of_a_pyramid_in_files_of_their_own(tmp_path: Path) -> None:
    full = picture(22, 3)
    for step in (1, 2, 4):
        slide = whole_slide([np.ascontiguousarray(full[::step, ::step])], (64, 64), mpp=0.25 * step)
        write(slide, tmp_path / f"level {step}.dcm")
    write(whole_slide([full[:50, :40]], (40, 50), kind="LABEL"), tmp_path / "label.dcm")
    slide_opened = DicomFormat().open(tmp_path / "level 4.dcm")
    info = slide_opened.info
    assert [(level.width, level.height) for level in info.levels] == [(300, 200), (150, 100), (75, 50)]
    assert info.mpp_x == 0.25
    assert info.objective == 20
    assert info.files[0] == "level 4.dcm"
    np.testing.assert_array_equal(slide_opened.associated("label"), full[:50, :40])
    slide_opened.close()
    for level, step in enumerate((1, 2, 4)):
        np.testing.assert_array_equal(whole(tmp_path, level=level), full[::step, ::step])


def test_a_concatenation_is_one_level(tmp_path: Path) -> None:
    from wsidicom import WsiDicom

    pixels = picture(23, 3)
    frames = whole_slide([pixels], (64, 64), encode_jpeg, syntax=dicom.JPEG).frames
    plain = WholeSlide(frames, WIDTH, HEIGHT, 64, 64, dicom.JPEG, "YBR_FULL_422")
    (tmp_path / "plain").mkdir()
    expected = whole(write(plain, tmp_path / "plain" / "slide.dcm"))
    parts = tmp_path / "parts"
    parts.mkdir()
    for number, start in enumerate(range(0, len(frames), 7)):
        part = WholeSlide(frames[start : start + 7], WIDTH, HEIGHT, 64, 64, dicom.JPEG, "YBR_FULL_422")
        part.attributes = {
            "ConcatenationUID": "1.2.3.77",
            "SOPInstanceUIDOfConcatenationSource": "1.2.3.78",
            "InConcatenationNumber": number + 1,
            "ConcatenationFrameOffsetNumber": start,
        }
        write(part, parts / f"{number}.dcm")
    np.testing.assert_array_equal(whole(parts), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with WsiDicom.open(parts) as reference:
            theirs = np.asarray(reference.read_region((0, 0), 0, (WIDTH, HEIGHT)).convert("RGB"))
    assert np.abs(expected.astype(int) - theirs).max() <= 1


def test_palette_colours(tmp_path: Path) -> None:
    indices = picture(24)
    colours = np.random.default_rng(1).integers(0, 256, (256, 3), dtype=np.uint8)
    slide = whole_slide([indices], (128, 64), photometric="PALETTE COLOR")
    for number, name in enumerate(("Red", "Green", "Blue")):
        slide.attributes[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        slide.attributes[f"{name}PaletteColorLookupTableData"] = colours[:, number].tobytes()
    np.testing.assert_array_equal(whole(write(slide, tmp_path / "slide.dcm")), colours[indices])


ENCODED = {
    "Explicit_VR_Little_Endian": (dicom.RAW, "raw"),
    "Implicit_VR_Little_Endian": (dicom.IMPLICIT, "raw"),
    "JPEG-LS_Lossless_Image_Compression": ("1.2.840.10008.1.2.4.80", "jls"),
    "JPEG-LS_Lossy_(Near-Lossless)_Image_Compression": ("1.2.840.10008.1.2.4.81", "jls"),
    "JPEG_2000_Image_Compression": ("1.2.840.10008.1.2.4.91", "jp2"),
    "JPEG_2000_Image_Compression_(Lossless_Only)": ("1.2.840.10008.1.2.4.90", "jp2"),
    "JPEG_Baseline_(Process_1)": (dicom.JPEG, "jpg"),
    "JPEG_Extended_(Process_2_and_4)": (dicom.JPEG_12, "jpg"),
    "JPEG_Lossless,_Non-Hierarchical_(Process_14)": ("1.2.840.10008.1.2.4.57", "jpg"),
    "RLE_Lossless": (dicom.RLE, "rle"),
}
PRESENT = {
    *((name, kind) for name in ENCODED for kind in ("GRAYSCALE-8", "GRAYSCALE-16", "RGB-8")),
    *((name, "YBR-8") for name in ENCODED if name.startswith(("JPEG_2000", "JPEG_Baseline"))),
    ("JPEG_Extended_(Process_2_and_4)", "GRAYSCALE-12"),
} - {
    ("JPEG_Baseline_(Process_1)", "GRAYSCALE-16"),
    *(("JPEG_Extended_(Process_2_and_4)", kind) for kind in ("GRAYSCALE-8", "GRAYSCALE-16", "RGB-8")),
}


@pytest.mark.parametrize(("name", "kind"), sorted(PRESENT))
def test_tiles_of_foreign_encoders(sample: Sample, tmp_path: Path, name: str, kind: str) -> None:
    syntax, suffix = ENCODED[name]
    data = sample(f"other/encoded-tiles/{name}-{kind}.{suffix}").read_bytes()
    with Image.open(sample("other/encoded-tiles/test_tile.png")) as image:
        truth = np.asarray(image.convert("RGB")).astype(np.int32)
    colour, bits = not kind.startswith("GRAYSCALE"), int(kind.rpartition("-")[2])
    photometric = {"RGB-8": "RGB", "YBR-8": "YBR_FULL"}.get(kind, "MONOCHROME2")
    if name.startswith("JPEG_2000") and kind == "YBR-8":
        photometric = "YBR_ICT" if "Lossless" not in name else "YBR_RCT"
    side = truth.shape[0]
    slide = WholeSlide(
        [Frame(data)], side, side, side, side, syntax, photometric, 3 if colour else 1, 8 if bits == 8 else 16
    )
    slide.attributes = {"BitsStored": bits, "HighBit": bits - 1}
    path = write(slide, tmp_path / "tile.dcm")
    found = whole(path).astype(np.int32)
    if colour:
        assert np.abs(found - truth).mean() < 4
    else:
        grey = truth @ np.array([0.299, 0.587, 0.114])
        assert np.abs(found[..., 0] * (255 / (2**bits - 1)) - grey).mean() < 3
