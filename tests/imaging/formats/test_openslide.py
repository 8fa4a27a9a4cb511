"""What OpenSlide reads, through our door: equal to OpenSlide itself, and companions that are missing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openslide
import pytest
from PIL import Image

from coverslip.core.errors import CorruptFile, MissingCompanion, UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.openslide import OpenSlideFormat, _on_background
from coverslip.imaging.probe import open_path, peek
from coverslip.ports.format import Confidence, Peek
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
SIDE = 64


class TestOpenSlide(FormatSuite):
    format = OpenSlideFormat()
    samples = (
        "slides/CMU-1-Small-Region.svs",
        "slides/openslide-fixtures/boxes.tiff",
        "slides/openslide-fixtures/small.svs",
        "slides/openslide-fixtures/boxes_0.dcm",
        "slides/TCGA-CR-7395-01A-01-TS1.svs",
    )
    least_confidence = Confidence.WEAK

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample) -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


@pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "openslide-fixtures/boxes.tiff"])
def test_pixels_and_facts_are_those_of_openslide(sample: Sample, name: str) -> None:
    path = sample(f"slides/{name}")
    slide = OpenSlideFormat().open(path)
    with openslide.OpenSlide(path) as reference:
        sizes = tuple((level.width, level.height) for level in slide.info.levels)
        assert sizes == reference.level_dimensions
        assert slide.info.metadata["openslide.vendor"] == reference.properties["openslide.vendor"]
        for number, (width, height) in enumerate(sizes):
            factor = reference.level_downsamples[number]
            w, h = min(SIDE, width), min(SIDE, height)
            middle_and_end = ((width - w) // 2, (height - h) // 2), (width - w, height - h)
            for x, y in ((0, 0), *(middle_and_end if factor.is_integer() else ())):
                found = slide.read(Region(x, y, w, h), number, Plane())
                theirs = reference.read_region((int(x * factor), int(y * factor)), number, (w, h))
                white = Image.new("RGBA", theirs.size, "white")
                white.alpha_composite(theirs)
                assert np.abs(found.astype(int) - np.asarray(white)[..., :3]).max() <= 1
        for image in slide.info.associated:
            theirs = np.asarray(reference.associated_images[image.name])[..., :3]
            np.testing.assert_array_equal(slide.associated(image.name), theirs)
    slide.close()


def test_native_formats_come_first(sample: Sample) -> None:
    slide = open_path(sample("slides/CMU-1-Small-Region.svs"))
    assert slide.info.format == "svs"
    slide.close()


def test_a_mrxs_without_its_folder_names_it(sample: Sample, tmp_path: Path) -> None:
    path = sample("slides/broken/CMU-1-Saved-1_16_dangling.mrxs")
    with pytest.raises(MissingCompanion, match="CMU-1-Saved-1_16_dangling"):
        open_path(path)
    # A folder without its index is as good as none, and one with a foreign index is damaged.
    copy = tmp_path / "slide.mrxs"
    copy.write_bytes(path.read_bytes())
    (tmp_path / "slide").mkdir()
    with pytest.raises(MissingCompanion):
        open_path(copy)
    (tmp_path / "slide" / "Slidedat.ini").write_text("[GENERAL]\nSLIDE_ID = x\n")
    with pytest.raises(CorruptFile) as refused:
        open_path(copy)
    assert str(tmp_path) not in refused.value.message


def test_a_vms_without_its_images_names_the_first(tmp_path: Path) -> None:
    path = tmp_path / "slide.vms"
    path.write_text("[Virtual Microscope Specimen]\nNoLayers=1\nImageFile=slide-0.jpg\nMapFile=slide-map.jpg\n")
    with pytest.raises(MissingCompanion, match=r"slide-0\.jpg"):
        open_path(path)
    path.write_text("[Virtual Microscope Specimen\n no ini at all")
    with pytest.raises((CorruptFile, UnsupportedFormat)):
        open_path(path)


def test_vendors_that_only_openslide_reads_are_certain(tmp_path: Path) -> None:
    marks = {"philips.tiff": b"DPUfsImport", "ventana.tif": b"<iScan Magnification", "trestle.tif": b"MedScan"}
    for name, mark in marks.items():
        look = Peek(tmp_path / name, b"II*\0" + bytes(100) + mark, False, 1000)
        assert OpenSlideFormat().probe(look) is Confidence.CERTAIN
    assert OpenSlideFormat().probe(Peek(tmp_path / "a.scn", b"II*\0" + bytes(60), False, 64)) is Confidence.CERTAIN
    assert OpenSlideFormat().probe(Peek(tmp_path / "a.txt", b"II*\0" + bytes(60), False, 64)) is Confidence.NONE


def test_files_that_must_fail_say_why(sample: Sample) -> None:
    for name in ("broken/broken.svs", "broken/broken-html.svs"):
        with pytest.raises(UnsupportedFormat):
            OpenSlideFormat().open(sample(f"slides/{name}"))
    with pytest.raises(CorruptFile, match="compression"):
        OpenSlideFormat().open(sample("slides/openslide-fixtures/unopenable.tiff"))


def test_transparent_pixels_lie_on_the_background() -> None:
    rgba = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 51]]], np.uint8)
    mixed = _on_background(rgba, (10, 20, 30))
    assert mixed.tolist() == [[[200, 100, 0], [10, 20, 30], [48, 36, 24]]]


def test_probe_of_a_sample_is_weak_where_a_native_reader_exists(sample: Sample) -> None:
    assert OpenSlideFormat().probe(peek(sample("slides/CMU-1-Small-Region.svs"))) is Confidence.WEAK
