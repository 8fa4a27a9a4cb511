"""The exam for a format: subclass it, name the format and some samples, and pytest does the rest.

class TestAcme(FormatSuite):
    format = AcmeFormat()
    samples = ("acme-small.acm", "acme-planes.acm")

    def locate(self, name: str) -> Path:
        return HERE / "data" / name
"""

import dataclasses
import itertools
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from coverslip.core.errors import NotFound, SlideUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index, check_info, check_stored
from coverslip.imaging.index import SlideIndex, load_index, write_index
from coverslip.imaging.probe import open_with, peek
from coverslip.imaging.pyramid import level_scales
from coverslip.imaging.stored import OpenFiles, TileReader
from coverslip.ports.format import Confidence, Format, LevelInfo, Peek, Slide, SlideInfo, Tier

_OPENS = 50
_NOISE = 40
_CUTS = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
_WINDOW_PX = 200


class FormatSuite:
    """Tests that every format passes; see the module's docstring.

    Attributes
    ----------
    format : Format
    samples : sequence of str
        Names that :meth:`locate` turns into paths.
    least_confidence : Confidence
        How sure the format must be of its samples.
    """

    format: ClassVar[Format]
    samples: ClassVar[Sequence[str]] = ()
    least_confidence: ClassVar[Confidence] = Confidence.FAIR

    def locate(self, name: str) -> Path:
        """Return the path of a sample; skip the test where it is not here."""
        return Path(name)

    @pytest.fixture
    def path(self, sample_name: str) -> Path:
        """Find the sample under test."""
        return self.locate(sample_name)

    @pytest.fixture
    def slide(self, path: Path) -> Iterator[Slide]:
        """Open the sample for one test."""
        opened = self.format.open(path)
        yield opened
        opened.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test that uses a sample once for each."""
        if "sample_name" in metafunc.fixturenames:
            metafunc.parametrize("sample_name", self.samples)

    # --- the door ---------------------------------------------------------------------------

    def test_format_introduces_itself(self) -> None:
        """Name, suffixes and tier are as the door wants them."""
        assert self.format.name == self.format.name.lower()
        assert self.format.name.isidentifier()
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in self.format.suffixes)
        assert isinstance(self.format.tier, Tier)

    def test_probe_claims_the_sample(self, path: Path) -> None:
        """The format recognises its own files."""
        assert self.format.probe(peek(path)) >= self.least_confidence

    def test_probe_never_raises_on_noise(self, tmp_path: Path) -> None:
        """Random bytes under any name are answered, and never with certainty."""
        generator = random.Random(1)  # noqa: S311 - repeatable noise, not a secret
        for number in range(_NOISE):
            head = generator.randbytes(generator.choice((0, 1, 7, 512, 4096)))
            suffix = generator.choice((*self.format.suffixes, ".bin", ""))
            look = Peek(tmp_path / f"absent {number}{suffix}", head, generator.random() < 0.1, len(head))
            assert self.format.probe(look) in tuple(Confidence)[:-1]

    def test_probe_never_raises_on_a_cut_head(self, path: Path) -> None:
        """A head that ends anywhere is answered."""
        look = peek(path)
        for length in (*range(64), 100, 1000, 10_000):
            answer = self.format.probe(dataclasses.replace(look, head=look.head[:length], size=length))
            assert answer in tuple(Confidence)

    # --- facts ------------------------------------------------------------------------------

    def test_info_is_consistent(self, slide: Slide, path: Path) -> None:
        """Sizes, types and files agree with each other and with the disk."""
        info = slide.info
        check_info(info)
        assert info.format == self.format.name
        assert info.files
        assert len(set(info.files)) == len(info.files)
        folder = path if path.is_dir() and (path / info.files[0]).exists() else path.parent
        assert all((folder / name).is_file() for name in info.files)
        if path.is_file():
            assert info.files[0] == path.name
        assert info.mpp_x is None or 0 < info.mpp_x < 1000
        assert (info.mpp_x is None) == (info.mpp_y is None)
        assert all(isinstance(key, str) and isinstance(value, str) for key, value in info.metadata.items())
        assert slide.info == info

    def test_levels_shrink(self, slide: Slide) -> None:
        """Each level is no larger than the one before it, and has the same shape."""
        levels = slide.info.levels
        for finer, coarser in itertools.pairwise(levels):
            assert coarser.width <= finer.width
            assert coarser.height <= finer.height
        for scale in level_scales(slide.info):
            assert scale.x >= 1
            assert abs(scale.x / scale.y - 1) < 0.1

    def test_tables_of_tiles_fit(self, slide: Slide, path: Path) -> None:
        """Every stored tile lies inside its file."""
        stored = slide.stored_tiles()
        if stored is not None:
            folder = path if path.is_dir() and (path / slide.info.files[0]).exists() else path.parent
            check_stored(slide.info, stored, tuple((folder / name).stat().st_size for name in slide.info.files))

    def test_index_survives_the_disk(self, path: Path, tmp_path: Path) -> None:
        """The slide index is the same after it was written and mapped."""
        index = build_index(path)
        write_index(index, tmp_path / "slide.index")
        loaded = load_index(tmp_path / "slide.index")
        assert _comparable(loaded) == _comparable(index)

    # --- pixels -----------------------------------------------------------------------------

    def test_pixels_have_the_declared_shape(self, slide: Slide) -> None:
        """Every level gives its dtype and its channels."""
        info = slide.info
        for number, level in enumerate(info.levels):
            pixels = slide.read(_middle(level), number, Plane())
            assert pixels.shape == (_middle(level).height, _middle(level).width, len(info.channels))
            assert pixels.dtype == np.dtype("uint8" if info.rgb else info.dtype)
            assert pixels.dtype.isnative

    def test_overlapping_reads_agree(self, slide: Slide) -> None:
        """A pixel is the same whichever window it is read through."""
        for number, level in enumerate(slide.info.levels):
            whole = _middle(level)
            pixels = slide.read(whole, number, Plane())
            for part in _parts(whole):
                dx, dy = part.x - whole.x, part.y - whole.y
                expected = pixels[dy : dy + part.height, dx : dx + part.width]
                np.testing.assert_array_equal(slide.read(part, number, Plane()), expected)

    def test_edges_can_be_read(self, slide: Slide) -> None:
        """All four corners of every level give pixels, the last one included."""
        for number, level in enumerate(slide.info.levels):
            for x in (0, level.width - 1):
                for y in (0, level.height - 1):
                    assert slide.read(Region(x, y, 1, 1), number, Plane()).shape[:2] == (1, 1)

    def test_channels_can_be_read_alone(self, slide: Slide) -> None:
        """Some channels of a fluorescence slide are those of a whole read, in the order asked for."""
        info = slide.info
        if info.rgb:
            return
        number = len(info.levels) - 1
        region = _middle(info.levels[number])
        pixels = slide.read(region, number, Plane())
        order = list(range(len(info.channels)))[::-1][:3]
        np.testing.assert_array_equal(slide.read(region, number, Plane(), order), pixels[..., order])

    def test_all_planes_can_be_read(self, slide: Slide) -> None:
        """The first and last focal plane and time point give pixels."""
        info = slide.info
        number = len(info.levels) - 1
        for z in {0, info.z_count - 1}:
            for t in {0, info.t_count - 1}:
                assert slide.read(_middle(info.levels[number]), number, Plane(z, t)).size

    def test_stored_tiles_decode_to_what_read_gives(self, slide: Slide, path: Path) -> None:
        """Tiles read from the table alone give the same pixels as the reader."""
        stored = slide.stored_tiles()
        if stored is None:
            return
        folder = path if path.is_dir() and (path / slide.info.files[0]).exists() else path.parent
        reader = TileReader(slide.info, stored, OpenFiles(folder, slide.info.files))
        try:
            for number, level in enumerate(slide.info.levels):
                region = _middle(level)
                expected = slide.read(region, number, Plane())
                np.testing.assert_array_equal(reader.read(region, number, Plane()), expected)
        finally:
            reader.close()

    def test_associated_images_decode(self, slide: Slide) -> None:
        """Each image that the slide lists has the size it claims; another name is not found."""
        for image in slide.info.associated:
            pixels = slide.associated(image.name)
            assert pixels.shape == (image.height, image.width, 3)
            assert pixels.dtype == np.uint8
        with pytest.raises(NotFound):
            slide.associated("no such image")

    # --- manners ----------------------------------------------------------------------------

    def test_closing_twice_is_harmless(self, path: Path) -> None:
        """A slide may be closed again."""
        opened = self.format.open(path)
        opened.close()
        opened.close()

    def test_descriptors_do_not_leak(self, path: Path) -> None:
        """Opening, reading and closing many times leaves no file open."""
        before = _open_descriptors()
        for _ in range(_OPENS):
            opened = self.format.open(path)
            opened.read(Region(0, 0, 1, 1), len(opened.info.levels) - 1, Plane())
            opened.close()
        assert _open_descriptors() <= before + 2

    def test_a_cut_copy_is_refused_in_words(self, path: Path, tmp_path: Path) -> None:
        """A copy that ends too early opens or is refused as unreadable; nothing else escapes."""
        for number, share in enumerate(_CUTS):
            copy = _copied(path, self.format, tmp_path / str(number))
            victim = (
                copy
                if copy.is_file()
                else max(filter(Path.is_file, copy.rglob("*")), key=lambda one: one.stat().st_size)
            )
            os.truncate(victim, int(victim.stat().st_size * share))
            sentence = _refusal(self.format, copy)
            assert sentence is None or (sentence and str(tmp_path) not in sentence)

    # --- promises ---------------------------------------------------------------------------

    def test_tier_is_earned(self) -> None:
        """Over all samples the format gives what its tier promises."""
        if self.format.tier is Tier.BRONZE or not self.samples:
            return
        infos: list[tuple[SlideInfo, bool]] = []
        for name in self.samples:
            opened = self.format.open(self.locate(name))
            infos.append((opened.info, opened.stored_tiles() is not None))
            opened.close()
        assert any(info.mpp_x is not None or info.objective is not None for info, _ in infos)
        if self.format.tier in (Tier.GOLD, Tier.PLATINUM):
            assert any(has_places for _, has_places in infos)


def _middle(level: LevelInfo) -> Region:
    """Return a window across tile borders in the middle of a level."""
    width, height = min(_WINDOW_PX, level.width), min(_WINDOW_PX, level.height)
    x = min(max(0, level.width // 2 // level.tile_width * level.tile_width - width // 3), level.width - width)
    y = min(max(0, level.height // 2 // level.tile_height * level.tile_height - height // 3), level.height - height)
    return Region(x, y, width, height)


def _parts(whole: Region) -> Iterator[Region]:
    width, height = max(1, whole.width // 2), max(1, whole.height // 2)
    for dx, dy in ((0, 0), (whole.width - width, 0), (width // 3, whole.height - height)):
        yield Region(whole.x + dx, whole.y + dy, width, height)


def _refusal(plugin: Format, path: Path) -> str | None:
    """Return why a format refuses a file, None when it opens it; anything else escapes."""
    try:
        open_with(plugin, path).close()
    except SlideUnreadable as refused:
        return refused.message
    return None


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _copied(path: Path, plugin: Format, target: Path) -> Path:
    """Copy a slide with all its files."""
    target.mkdir()
    if path.is_dir():
        return Path(shutil.copytree(path, target / path.name, copy_function=shutil.copyfile))
    opened = plugin.open(path)
    files = opened.info.files
    opened.close()
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path.parent / name, target / name)
    return target / path.name


def _comparable(index: SlideIndex) -> dict[str, Any]:
    """Return an index as plain values that compare by content."""
    values = {field.name: getattr(index, field.name) for field in dataclasses.fields(index)}
    values["info"] = dataclasses.replace(index.info, metadata=dict(index.info.metadata))
    values["stored"] = [
        (
            level.codec,
            level.offset.tolist(),
            level.length.tolist(),
            None if level.file_no is None else level.file_no.tolist(),
            level.bottom_height,
        )
        for level in index.stored or ()
    ]
    return values
