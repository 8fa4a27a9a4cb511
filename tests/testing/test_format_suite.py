"""The exam for formats finds the faults it is there to find."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from coverslip.core.errors import NotFound
from coverslip.core.geometry import Plane, Region
from coverslip.imaging import probe
from coverslip.ports.format import (
    ChannelInfo,
    Confidence,
    LevelInfo,
    Peek,
    Pixels,
    Slide,
    SlideInfo,
    StoredTiles,
    Tier,
)
from coverslip.ports.registry import Registered
from coverslip.testing.format_suite import FormatSuite

CHANNELS = tuple(ChannelInfo(name, "#ffffff") for name in ("Red", "Green", "Blue"))


class PaintedSlide:
    """A sound slide of 300 x 200 painted pixels."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._info = SlideInfo("painted", (LevelInfo(300, 200, 64, 64),), "uint8", True, CHANNELS, (path.name,))
        self._pixels = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)

    @property
    def info(self) -> SlideInfo:
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        return self._pixels[region.y : region.y + region.height, region.x : region.x + region.width]

    def associated(self, name: str) -> Pixels:
        raise NotFound

    def close(self) -> None:
        self._file.close()


class Painted:
    """A format whose faults a test chooses."""

    name = "painted"
    suffixes = (".painted",)
    tier = Tier.BRONZE

    def __init__(self, slide: Callable[[Path], Slide] = PaintedSlide, *, nervous: bool = False) -> None:
        self._slide = slide
        self._nervous = nervous

    def probe(self, peek: Peek) -> Confidence:
        if self._nervous and len(peek.head) == 7:
            raise ValueError("seven")
        return Confidence.GOOD if peek.head.startswith(b"PAINTED") else Confidence.NONE

    def open(self, path: Path) -> Slide:
        return self._slide(path)


class TestPainted(FormatSuite):
    """A sound format passes."""

    format = Painted()
    samples = ("sample.painted",)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._sample = tmp_path_factory.mktemp("painted") / "sample.painted"
        self._sample.write_bytes(b"PAINTED" * 10)

    def locate(self, name: str) -> Path:
        return self._sample

    def test_index_survives_the_disk(self, path: Path, tmp_path: Path) -> None:
        """Index with the format under test alone, which is not installed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(probe, "formats", lambda: Registered((self.format,), ()))
            super().test_index_survives_the_disk(path, tmp_path)


class Shifting(PaintedSlide):
    """Gives pixels that depend on the window."""

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        return np.full((region.height, region.width, 3), region.x % 256, np.uint8)


class Wide(PaintedSlide):
    """Gives pixels of another type than it declares."""

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        return super().read(region, level, plane).astype(np.uint16)


class Leaking(PaintedSlide):
    """Never closes its file."""

    kept: list[object] = []  # noqa: RUF012 - the leak is the point

    def close(self) -> None:
        self.kept.append(self._file)


class Blabbing(PaintedSlide):
    """Has no way to say that an image is absent."""

    def associated(self, name: str) -> Pixels:
        return np.zeros((1, 1, 3), np.uint8)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "a.painted"
    path.write_bytes(b"PAINTED" * 10)
    return path


@pytest.mark.parametrize(
    ("slide", "test"),
    [
        (Shifting, "test_overlapping_reads_agree"),
        (Wide, "test_pixels_have_the_declared_shape"),
        (Blabbing, "test_associated_images_decode"),
    ],
)
def test_a_fault_in_a_slide_is_found(slide: type[PaintedSlide], test: str, sample: Path) -> None:
    opened = slide(sample)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(FormatSuite(), test)(opened)
    opened.close()


def test_a_leak_is_found(sample: Path) -> None:
    class Suite(FormatSuite):
        format = Painted(Leaking)

    with pytest.raises(AssertionError):
        Suite().test_descriptors_do_not_leak(sample)
    for file in Leaking.kept:
        file.close()  # type: ignore[attr-defined]  # files that the test left open
    Leaking.kept.clear()


def test_a_probe_that_raises_is_found(tmp_path: Path) -> None:
    class Suite(FormatSuite):
        format = Painted(nervous=True)

    with pytest.raises(ValueError, match="seven"):
        Suite().test_probe_never_raises_on_noise(tmp_path)


def test_a_tier_that_is_not_earned_is_found(sample: Path) -> None:
    class Silver(Painted):
        tier = Tier.SILVER

    class Suite(FormatSuite):
        format = Silver()
        samples = ("x",)

        def locate(self, name: str) -> Path:
            return sample

    with pytest.raises(AssertionError):
        Suite().test_tier_is_earned()
