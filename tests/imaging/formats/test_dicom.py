"""Real DICOM slides: what INDEX.md states, and pixels equal to OpenSlide and pydicom."""

import io
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import openslide
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import generate_frames

from coverslip.core.errors import UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.dicom import DicomFormat, DicomSlide
from coverslip.imaging.probe import open_path, peek
from coverslip.ports.format import Confidence, LevelInfo, Pixels, SlideInfo
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
CYTOMINE = "slides/dicom-cytomine"
FLUOCELL = "slides/dicom-FluorCell_4"
HIGHDICOM = ("sm_image", "sm_image_control", "sm_image_dots", "sm_image_jpegls", "sm_image_jpegls_nobot")
SIDE = 96


class TestDicom(FormatSuite):
    format = DicomFormat()
    samples = (
        CYTOMINE,
        "slides/multi_frame_jpeg2000_camelyon_challenge_image.dcm",
        "slides/multi_frame_jpeg_camelyon_challenge_image.dcm",
        "slides/small_dicom.dcm",
        "slides/openslide-fixtures/boxes_0.dcm",
        f"{FLUOCELL}/5_0",
        "annotations/dicom/sm_image_grayscale.dcm",
        "annotations/dicom/sm_image_jpegls_nobot.dcm",
    )

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample) -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


@contextmanager
def opened(path: Path) -> Iterator[DicomSlide]:
    slide = DicomFormat().open(path)
    try:
        yield slide
    finally:
        slide.close()


def places(level: LevelInfo) -> list[Region]:
    """Return the top left corner, the middle and the bottom right corner."""
    w, h = min(SIDE, level.width), min(SIDE, level.height)
    corners = ((0, 0), ((level.width - w) // 2, (level.height - h) // 2), (level.width - w, level.height - h))
    return [Region(x, y, w, h) for x, y in corners]


def by_pydicom(path: Path) -> Any:
    """Decode all frames with pydicom: shape (optical paths, height, width, samples), TILED_FULL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(path)
        frames = dataset.pixel_array
    count = int(dataset.get("NumberOfFrames", 1))
    frames = frames.reshape(count, dataset.Rows, dataset.Columns, -1)
    cols = -(-dataset.TotalPixelMatrixColumns // dataset.Columns)
    rows = -(-dataset.TotalPixelMatrixRows // dataset.Rows)
    grid = frames.reshape(-1, rows, cols, *frames.shape[1:]).transpose(0, 1, 3, 2, 4, 5)
    whole = grid.reshape(grid.shape[0], rows * dataset.Rows, cols * dataset.Columns, -1)
    return whole[:, : dataset.TotalPixelMatrixRows, : dataset.TotalPixelMatrixColumns]


def cut(pixels: Pixels, place: Region) -> Pixels:
    return pixels[place.y : place.y + place.height, place.x : place.x + place.width]


def facts(info: SlideInfo) -> dict[str, object]:
    return {
        "sizes": [(level.width, level.height) for level in info.levels],
        "tile": (info.levels[0].tile_width, info.levels[0].tile_height),
        "mpp": None if info.mpp_x is None else round(info.mpp_x, 3),
        "channels": [channel.name for channel in info.channels],
        "associated": [image.name for image in info.associated],
        "icc": len(info.icc_profile or b""),
    }


RGB = ["Red", "Green", "Blue"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            CYTOMINE,
            {
                "sizes": [(2220, 2967)],
                "tile": (240, 240),
                "mpp": 0.499,
                "channels": RGB,
                "associated": ["label", "macro", "thumbnail"],
                "icc": 588,
            },
        ),
        (
            "slides/multi_frame_jpeg2000_camelyon_challenge_image.dcm",
            {
                "sizes": [(1696, 812)],
                "tile": (256, 256),
                "mpp": 28.969,
                "channels": RGB,
                "associated": [],
                "icc": 0,
            },
        ),
        (
            "slides/multi_frame_jpeg_camelyon_challenge_image.dcm",
            {
                "sizes": [(1152, 700)],
                "tile": (256, 256),
                "mpp": 28.969,
                "channels": RGB,
                "associated": [],
                "icc": 0,
            },
        ),
        (
            "slides/small_dicom.dcm",
            {
                "sizes": [(3236, 2638)],
                "tile": (500, 500),
                "mpp": None,
                "channels": RGB,
                "associated": [],
                "icc": 0,
            },
        ),
        (
            f"{FLUOCELL}/5_0",
            {
                "sizes": [(2816 >> level, 2816 >> level) for level in range(8)],
                "tile": (1024, 1024),
                "mpp": 1.29,
                "channels": ["DAPI (Blue)", "FITC (green)", "Rhodamine (orange)"],
                "associated": ["label", "macro"],
                "icc": 0,
            },
        ),
    ],
)
def test_sample_is_what_the_index_states(sample: Sample, name: str, expected: dict[str, object]) -> None:
    with opened(sample(name)) as slide:
        assert facts(slide.info) == expected


def test_a_series_opens_the_same_by_any_of_its_files_and_by_its_folder(sample: Sample) -> None:
    folder = sample(CYTOMINE)
    with opened(folder) as whole:
        for path in sorted(folder.iterdir()):
            with opened(path) as slide:
                assert slide.info.files[0] == path.name
                assert sorted(slide.info.files) == sorted(whole.info.files)
                assert slide.info.levels == whole.info.levels
                assert slide.info.associated == whole.info.associated


def test_pixels_and_associated_images_equal_openslide(sample: Sample) -> None:
    folder = sample(CYTOMINE)
    with opened(folder) as slide:
        path = folder / slide.info.files[0]
        with openslide.OpenSlide(path) as reference:
            for place in places(slide.info.levels[0]):
                theirs = reference.read_region((place.x, place.y), 0, (place.width, place.height))
                np.testing.assert_array_equal(slide.read(place, 0, Plane()), np.asarray(theirs)[..., :3])
            for name, image in reference.associated_images.items():
                np.testing.assert_array_equal(slide.associated(name), np.asarray(image)[..., :3])


@pytest.mark.parametrize(
    "name",
    [
        "slides/multi_frame_jpeg2000_camelyon_challenge_image.dcm",
        "slides/multi_frame_jpeg_camelyon_challenge_image.dcm",
        "slides/openslide-fixtures/boxes_0.dcm",
    ],
)
def test_pixels_equal_openslide(sample: Sample, name: str) -> None:
    path = sample(name)
    with opened(path) as slide, openslide.OpenSlide(path) as reference:
        for place in places(slide.info.levels[0]):
            theirs = reference.read_region((place.x, place.y), 0, (place.width, place.height))
            np.testing.assert_array_equal(slide.read(place, 0, Plane()), np.asarray(theirs)[..., :3])


def test_fluorescence_equals_pydicom_on_every_level_and_channel(sample: Sample) -> None:
    folder = sample(FLUOCELL)
    with opened(folder) as slide:
        assert not slide.info.rgb
        assert [channel.colour for channel in slide.info.channels] == ["#0000ff", "#00ff00", "#ff8000"]
        for number, level in enumerate(slide.info.levels):
            theirs = by_pydicom(folder / f"{5 + number}_0")
            for place in places(level):
                found = slide.read(place, number, Plane())
                for channel in range(3):
                    np.testing.assert_array_equal(found[..., channel], cut(theirs[channel, ..., 0], place))


@pytest.mark.parametrize("name", [*HIGHDICOM, "sm_image_numbers", "sm_image_grayscale"])
def test_highdicom_images_equal_pydicom(sample: Sample, name: str) -> None:
    path = sample(f"annotations/dicom/{name}.dcm")
    # pydicom decodes no JPEG-LS by itself; those files hold the pixels of the uncompressed one.
    theirs = by_pydicom(sample("annotations/dicom/sm_image.dcm") if "jpegls" in name else path)
    with opened(path) as slide:
        assert slide.info.levels == (LevelInfo(50, 50, 10, 10),)
        assert slide.info.mpp_x == pytest.approx(0.499)
        assert slide.info.dtype == theirs.dtype.name
        np.testing.assert_array_equal(slide.read(Region(0, 0, 50, 50), 0, Plane()), theirs[0])


def test_real_frames_without_image_type_open_since_their_geometry_is_there(sample: Sample) -> None:
    path = sample("slides/small_dicom.dcm")
    with pytest.raises(openslide.OpenSlideError):
        openslide.OpenSlide(path)
    dataset = dcmread(path)
    frames = generate_frames(dataset.PixelData, number_of_frames=42)
    # Decoded by Pillow: the attribute states RGB, but the JFIF streams are YCbCr, where pydicom leaves them.
    tiles = [np.asarray(Image.open(io.BytesIO(frame)).convert("RGB")) for frame in frames]
    rows = [np.concatenate(tiles[start : start + 7], axis=1) for start in range(0, 42, 7)]
    theirs = np.concatenate(rows)[:2638, :3236]
    with opened(path) as slide:
        for place in places(slide.info.levels[0]):
            np.testing.assert_array_equal(slide.read(place, 0, Plane()), cut(theirs, place))


@pytest.mark.parametrize("name", ["test_jpeg_dicom", "test_raw_dicom"])
def test_single_frames_open(sample: Sample, name: str) -> None:
    path = sample(f"other/{name}.dcm")
    with opened(path) as slide, openslide.OpenSlide(path) as reference:
        assert [(level.width, level.height) for level in slide.info.levels] == [(454, 156)]
        theirs = np.asarray(reference.read_region((0, 0), 0, (454, 156)))[..., :3]
        np.testing.assert_array_equal(slide.read(Region(0, 0, 454, 156), 0, Plane()), theirs)


def test_files_without_suffix_are_recognised(sample: Sample, tmp_path: Path) -> None:
    copy = shutil.copyfile(sample("slides/openslide-fixtures/boxes_0.dcm"), tmp_path / "boxes")
    assert DicomFormat().probe(peek(copy)) is Confidence.CERTAIN
    slide = open_path(copy)
    assert slide.info.format == "dicom"
    slide.close()


@pytest.mark.parametrize(
    "name", ["seg_image_sm_dots", "seg_image_sm_control_labelmap", "sm_annotations", "sr_document"]
)
def test_other_kinds_of_dicom_are_no_slides(sample: Sample, name: str) -> None:
    with pytest.raises(UnsupportedFormat, match="no whole slide image"):
        DicomFormat().open(sample(f"annotations/dicom/{name}.dcm"))


def test_a_series_without_volume_is_no_slide(sample: Sample) -> None:
    with pytest.raises(UnsupportedFormat, match="only its label or overview"):
        DicomFormat().open(sample("other/test_dicom_matrix.dcm"))


def test_a_folder_of_several_slides_is_not_one_slide(sample: Sample, tmp_path: Path) -> None:
    for name in ("multi_frame_jpeg_camelyon_challenge_image.dcm", "openslide-fixtures/boxes_0.dcm"):
        shutil.copyfile(sample(f"slides/{name}"), tmp_path / Path(name).name)
    with pytest.raises(UnsupportedFormat, match="several"):
        DicomFormat().open(tmp_path)
    with opened(tmp_path / "boxes_0.dcm") as slide:
        assert slide.info.files == ("boxes_0.dcm",)


def test_metadata_are_flat_text_under_their_keywords(sample: Sample) -> None:
    with opened(sample(CYTOMINE)) as slide:
        metadata = slide.info.metadata
    assert metadata["dicom.TransferSyntaxUID"] == "1.2.840.10008.1.2.4.50"
    assert metadata["dicom.OpticalPathSequence[0].IlluminationTypeCodeSequence[0].CodeValue"] == "111744"
    assert metadata["dicom.OpticalPathSequence[0].ICCProfile"] == "588 bytes"
    assert slide.info.scanned_at == "2009-12-29T09:59:15"
