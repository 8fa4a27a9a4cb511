"""Olympus VSI with its ETS file: slideio through our door, against fastslide."""

import builtins
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastslide
import numpy as np
import pytest

from coverslip.core.errors import MissingCompanion, UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.vsi import VsiFormat
from coverslip.imaging.probe import open_path
from coverslip.ports.format import Confidence
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
NAME = "slides/vsi/vsi-ets-test-jpg2k.vsi"
SIDE = 128


class TestVsi(FormatSuite):
    format = VsiFormat()
    samples = (NAME,)
    least_confidence = Confidence.CERTAIN

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample) -> None:
        self._sample = sample

    def locate(self, name: str) -> Path:
        return self._sample(name)


def test_sample_is_what_the_index_states(sample: Sample) -> None:
    slide = open_path(sample(NAME))
    info = slide.info
    slide.close()
    assert info.format == "vsi"
    assert (info.width, info.height, info.z_count, info.dtype) == (1645, 1682, 11, "uint16")
    assert [channel.name for channel in info.channels] == ["C405", "C488"]
    assert info.mpp_x == pytest.approx(0.108, abs=0.0005)
    assert info.objective == 60
    assert info.z_spacing_um == 1
    assert info.files == ("vsi-ets-test-jpg2k.vsi", "_vsi-ets-test-jpg2k_/stack1/frame_t_0.ets")


def test_pixels_equal_fastslide_on_every_plane(sample: Sample) -> None:
    path = sample(NAME)
    reference = fastslide.FastSlide.from_file_path(str(path))
    slide = VsiFormat().open(path)
    for z in range(11):
        for x, y in ((0, 0), (700, 800), (1645 - SIDE, 1682 - SIDE)):
            theirs = np.moveaxis(reference.read_region((x, y), 0, (SIDE, SIDE), z, 0).numpy(), 0, -1)
            np.testing.assert_array_equal(slide.read(Region(x, y, SIDE, SIDE), 0, Plane(z)), theirs)
    assert slide.read(Region(0, 0, 1645, 1682), 0, Plane(5)).max() > 1000
    slide.close()


def test_without_its_folder_it_is_refused_by_name(sample: Sample, tmp_path: Path) -> None:
    copy = shutil.copyfile(sample(NAME), tmp_path / "slide.vsi")
    with pytest.raises(MissingCompanion, match="_slide_"):
        open_path(copy)
    (tmp_path / "_slide_" / "stack1").mkdir(parents=True)
    with pytest.raises(MissingCompanion):
        open_path(copy)


def test_without_the_extra_the_sentence_names_it(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "slideio":
            raise ImportError(name)
        return real(name, *rest)

    path = sample(NAME)
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UnsupportedFormat, match=r"extra 'vendors'.*coverslip\[vendors\]"):
        VsiFormat().open(path)
