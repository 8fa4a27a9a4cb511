"""Bad DICOM: missing attributes, lies about sizes and offsets, bombs; each refused in words, in time."""

import struct
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from coverslip.ports.format import Pixels
from coverslip.testing import dicom
from coverslip.testing.dicom import whole_slide, write
from coverslip.testing.limited_reader import LimitedReader, Verdict, complaints

Sample = Callable[[str], Path]
SAMPLE = "slides/multi_frame_jpeg_camelyon_challenge_image.dcm"
PIXEL_DATA = b"\xe0\x7f\x10\x00"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def checked(reader: LimitedReader, path: Path) -> Verdict:
    verdict = reader.verdict(path)
    assert complaints(verdict, path.parent) == []
    return verdict


def changed(path: Path, target: Path, change: Callable[[Dataset], Any]) -> Path:
    """Write a copy whose attributes were changed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(target, enforce_file_format=False)
    return target


def encode_jpegls(tile: Pixels) -> bytes:
    return bytes(imagecodecs.jpegls_encode(tile))


def small(folder: Path, **facts: Any) -> Path:
    coarse = np.random.default_rng(1).integers(0, 255, (20, 30, 3))
    pixels = np.kron(coarse, np.ones((10, 10, 1))).astype(np.uint8)
    return write(whole_slide([pixels], (128, 128), **facts), folder / "slide.dcm")


# --- attributes -----------------------------------------------------------------------------------

NEEDED = (
    "Rows",
    "Columns",
    "TotalPixelMatrixRows",
    "TotalPixelMatrixColumns",
    "SamplesPerPixel",
    "BitsAllocated",
    "PhotometricInterpretation",
    "PixelData",
)
SPARED = (
    "ImageType",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "SOPInstanceUID",
    "DimensionOrganizationType",
    "OpticalPathSequence",
    "SharedFunctionalGroupsSequence",
    "NumberOfOpticalPaths",
    "TotalPixelMatrixFocalPlanes",
    "TotalPixelMatrixOriginSequence",
    "ImageOrientationSlide",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PlanarConfiguration",
    "Modality",
    "Manufacturer",
    "ImagedVolumeWidth",
    "FrameOfReferenceUID",
)


@pytest.mark.parametrize("keyword", NEEDED)
def test_an_attribute_without_which_no_pixel_can_be_placed_is_named(
    reader: LimitedReader, tmp_path: Path, keyword: str
) -> None:
    path = changed(small(tmp_path), tmp_path / "slide.dcm", lambda dataset: delattr(dataset, keyword))
    verdict = checked(reader, path)
    assert verdict.code == "missing_attribute"
    assert keyword in verdict.message


@pytest.mark.parametrize("keyword", SPARED)
def test_an_attribute_that_pixels_do_not_need_may_be_missing(
    reader: LimitedReader, tmp_path: Path, keyword: str
) -> None:
    path = changed(small(tmp_path), tmp_path / "slide.dcm", lambda dataset: dataset.pop(keyword, None))
    verdict = checked(reader, path)
    assert (verdict.code, verdict.pixels) == ("opens", ())


def test_a_missing_number_of_frames_is_a_contradiction(reader: LimitedReader, tmp_path: Path) -> None:
    path = changed(small(tmp_path), tmp_path / "slide.dcm", lambda dataset: delattr(dataset, "NumberOfFrames"))
    assert checked(reader, path).code == "corrupt_file"


def test_a_missing_transfer_syntax_is_named(reader: LimitedReader, tmp_path: Path) -> None:
    data = small(tmp_path).read_bytes()
    start = data.index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", data, start + 6)[0]
    (tmp_path / "slide.dcm").write_bytes(data[:start] + data[start + 8 + length :])
    verdict = checked(reader, tmp_path / "slide.dcm")
    assert verdict.code == "missing_attribute"
    assert "TransferSyntaxUID" in verdict.message


def test_sparse_tiles_without_positions_are_refused(reader: LimitedReader, tmp_path: Path) -> None:
    path = small(tmp_path, sparse=True)
    changed(path, path, lambda dataset: delattr(dataset, "PerFrameFunctionalGroupsSequence"))
    assert checked(reader, path).code == "missing_attribute"


# --- lies -----------------------------------------------------------------------------------------

LIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "2^32 columns": (
        {"TotalPixelMatrixColumns": 2**32 - 1, "TotalPixelMatrixRows": 2**32 - 1},
        {"dimensions_refused"},
    ),
    "2^31 rows": ({"TotalPixelMatrixRows": 2**31}, {"dimensions_refused"}),
    "no columns": ({"TotalPixelMatrixColumns": 0}, {"dimensions_refused"}),
    "65,535 px frames": ({"Rows": 65535, "Columns": 65535}, {"tile_refused"}),
    "no rows in a frame": ({"Rows": 0}, {"tile_refused"}),
    "2^31 frames": ({"NumberOfFrames": 2**31 - 1}, {"dimensions_refused"}),
    "minus one frame": ({"NumberOfFrames": -1}, {"dimensions_refused"}),
    "more frames than it has": ({"NumberOfFrames": 7}, {"corrupt_file"}),
    "fewer frames than tiles": ({"NumberOfFrames": 2}, {"corrupt_file"}),
    "17 samples": ({"SamplesPerPixel": 17}, {"unsupported_format"}),
    "64 bits": ({"BitsAllocated": 64}, {"unsupported_format"}),
    "an unknown colour model": ({"PhotometricInterpretation": "HSV"}, {"unsupported_format"}),
    "a million planes": ({"TotalPixelMatrixFocalPlanes": 1_000_000}, {"corrupt_file"}),
    "a palette without colours": ({"PhotometricInterpretation": "PALETTE COLOR"}, {"corrupt_file"}),
    "raw sub-sampled colour": ({"PhotometricInterpretation": "YBR_FULL_422"}, {"unsupported_compression"}),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_refused_with_their_reason(reader: LimitedReader, tmp_path: Path, name: str) -> None:
    attributes, codes = LIES[name]
    path = small(tmp_path, attributes=attributes)
    assert checked(reader, path).code in codes


def test_an_unknown_transfer_syntax_is_named(reader: LimitedReader, tmp_path: Path) -> None:
    slide = small(tmp_path, encode=encode_jpegls, syntax=dicom.JPEG_LS)
    data = slide.read_bytes().replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.99")
    slide.write_bytes(data)
    verdict = checked(reader, slide)
    assert verdict.code == "unsupported_compression"
    assert "1.2.840.10008.1.2.4.99" in verdict.message


def test_positions_outside_the_image_are_refused(reader: LimitedReader, tmp_path: Path) -> None:
    pixels = np.zeros((200, 300, 3), np.uint8)
    for place, code in (((1280, 0), "corrupt_file"), ((-128, 0), "corrupt_file"), ((5, 3), "unsupported_format")):
        slide = whole_slide([pixels], (128, 128), sparse=True)
        slide.frames[1].column, slide.frames[1].row = place
        assert checked(reader, write(slide, tmp_path / "slide.dcm")).code in {code, "missing_attribute"}


@pytest.mark.parametrize("offsets", ["basic", "extended"])
def test_offset_tables_that_lie_do_not_mislead(reader: LimitedReader, tmp_path: Path, offsets: str) -> None:
    path = small(tmp_path, encode=encode_jpegls, syntax=dicom.JPEG_LS, offsets=offsets)

    def lie(dataset: Dataset) -> None:
        if offsets == "extended":
            dataset.ExtendedOffsetTable = bytes(len(dataset.ExtendedOffsetTable))
        else:
            table = len(dataset.PixelData[8:]) and struct.unpack_from("<I", dataset.PixelData, 4)[0]
            dataset.PixelData = dataset.PixelData[:8] + b"\xff" * table + dataset.PixelData[8 + table :]

    changed(path, path, lie)
    verdict = checked(reader, path)
    assert (verdict.code, verdict.pixels) == ("opens", ())


def test_every_cut_of_a_real_slide_gets_a_verdict(reader: LimitedReader, sample: Sample, tmp_path: Path) -> None:
    data = sample(SAMPLE).read_bytes()
    start = data.index(PIXEL_DATA)
    codes = set()
    for length in (1, 127, 132, 140, 300, start - 500, start - 1, start + 4, start + 12, len(data) // 2, len(data) - 9):
        (tmp_path / "cut.dcm").write_bytes(data[:length])
        verdict = checked(reader, tmp_path / "cut.dcm")
        assert verdict.code != "opens"
        codes.add(verdict.code)
    assert "truncated_file" in codes


# --- bombs ----------------------------------------------------------------------------------------


def test_a_deflated_bomb_is_refused_before_it_unpacks(reader: LimitedReader, tmp_path: Path) -> None:
    head = bytearray(bytes(128) + b"DICM")
    syntax = b"1.2.840.10008.1.2.1.99"
    head += b"\x02\x00\x10\x00UI" + struct.pack("<H", len(syntax)) + syntax
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = megabyte * 1100 + packer.flush()
    for name in ("bomb.dcm", "bomb"):
        path = tmp_path / name
        path.write_bytes(bytes(head) + body)
        assert path.stat().st_size < 1_300_000
        start = time.monotonic()
        verdict = checked(reader, path)
        assert verdict.code == "bomb_refused"
        assert time.monotonic() - start < 60
        assert verdict.peak_kib < 400 << 10


def test_sequences_nested_without_end_are_refused(reader: LimitedReader, tmp_path: Path) -> None:
    path = small(tmp_path)
    data = path.read_bytes()
    start = data.index(b"\x28\x00\x02\x00US")
    nested = (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff") * 100_000
    path.write_bytes(data[:start] + nested + data[start:])
    assert checked(reader, path).code == "corrupt_file"


def test_a_million_empty_fragments_are_refused_in_time(reader: LimitedReader, tmp_path: Path) -> None:
    path = small(tmp_path, encode=encode_jpegls, syntax=dicom.JPEG_LS, offsets="none")
    data = path.read_bytes()
    start = data.index(PIXEL_DATA) + 12 + 8
    path.write_bytes(data[:start] + b"\xfe\xff\x00\xe0\0\0\0\0" * 1_000_000 + data[start:])
    verdict = checked(reader, path)
    assert verdict.code == "corrupt_file"
    assert verdict.seconds < 15


def test_a_tile_with_very_many_scans_costs_bounded_time(reader: LimitedReader, tmp_path: Path) -> None:
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(np.zeros((512, 512, 3), np.uint8)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    bomb = data[:-2] + scan * 80_000 + b"\xff\xd9"
    slide = whole_slide([np.zeros((512, 512, 3), np.uint8)], (512, 512), lambda _: bomb, syntax=dicom.JPEG)
    slide.photometric = "YBR_FULL_422"
    verdict = checked(reader, write(slide, tmp_path / "scans.dcm"))
    assert verdict.code != "opens" or verdict.pixels
    assert verdict.seconds < 20
