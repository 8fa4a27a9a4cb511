"""Coarse levels that a file lacks: when they are built, what they show, and how they are served."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from coverslip.core.errors import SlideNotReady
from coverslip.core.geometry import Plane, Region
from coverslip.imaging import coarse, work
from coverslip.imaging.area import Axis, area_mean
from coverslip.imaging.pyramid import served_levels
from coverslip.imaging.render import View, read_tile
from coverslip.imaging.stored import StoredSlide
from coverslip.ports.format import LevelInfo
from coverslip.testing.registered import Registered, write_registered
from coverslip.testing.synthetic import coded_values


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small slides count as dear, so that the tests are quick."""
    monkeypatch.setattr(coarse, "CHEAP_LEVEL_PX", 2**18)
    monkeypatch.setattr(coarse, "FARTHEST_FACTOR", 2)


def test_a_huge_single_level_needs_coarse_levels_and_a_pyramid_does_not(coded: Registered) -> None:
    info = replace(coded.index.info, levels=(LevelInfo(100_000, 80_000, 256, 256),))
    single = replace(coded.index, info=info, levels=served_levels(info, None), stored=None)
    assert [level.downsample_x for level in coarse.missing_levels(single)] == [16, 32, 64, 128, 256, 512]
    levels = tuple(LevelInfo(100_000 // 4**power, 80_000 // 4**power, 240, 240) for power in range(4))
    info = replace(coded.index.info, levels=levels)
    aperio = replace(coded.index, info=info, levels=served_levels(info, None), stored=None)
    assert coarse.missing_levels(aperio) == ()


def test_one_strip_as_large_as_the_slide_is_cut_into_tiles(coded: Registered) -> None:
    info = replace(coded.index.info, levels=(LevelInfo(20_000, 15_000, 20_000, 15_000),))
    index = replace(coded.index, info=info, levels=served_levels(info, None), stored=None)
    assert [level.downsample_x for level in coarse.missing_levels(index)] == [1, 2, 4, 8, 16, 32, 64]


@pytest.mark.usefixtures("dear")
def test_until_they_are_built_the_slide_says_so(jpeg: Registered, tmp_path: Path) -> None:
    index_path = tmp_path / "slide.index"
    facts = work.describe(str(jpeg.path), str(index_path))
    assert facts["needs_coarse"]
    with pytest.raises(SlideNotReady):
        work.make_tile(str(index_path), 0, 0, 0)
    with pytest.raises(SlideNotReady):
        work.make_thumbnail(str(index_path), 200)
    body, kind, empty = work.make_tile(str(index_path), len(jpeg.index.levels) - 2, 0, 0)
    assert (kind, empty) == ("image/jpeg", False)
    assert simplejpeg.decode_jpeg(body).shape == (256, 256, 3)


@pytest.mark.usefixtures("dear")
def test_built_levels_are_served_and_equal_the_box_mean(
    jpeg: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr("coverslip.imaging.tile_files.CHECK_EVERY_S", 0.0)  # the build outlasts every check
    index_path = tmp_path / "slide.index"
    work.describe(str(jpeg.path), str(index_path))
    with pytest.raises(SlideNotReady):
        work.make_tile(str(index_path), 0, 0, 0)
    work.build_coarse(str(index_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slide.coarse", "slide.index", "slide.tiles"]
    work.make_tile(str(index_path), 0, 0, 0)  # noticed without a restart
    assert max(simplejpeg.decode_jpeg(work.make_thumbnail(str(index_path), 200)).shape) == 200
    built = coarse.load_coarse(jpeg.index, index_path.with_suffix(".coarse"))
    assert built is None or built.index.fingerprint == jpeg.index.version
    view = work.open_view(str(index_path))
    level0 = view.slide.read(jpeg.index.levels[-1].tile_region(0, 0), 0, Plane())
    assert level0.shape == (256, 256, 3)
    decoded = view.slide.read(Region(0, 0, 2050, 1501), 0, Plane()).astype(np.float64)
    for level in view.index.levels:
        if level.factor > 2:
            made = read_tile(view, level, 0, 0, Plane(), None)[: level.height, : level.width]
            across = Axis(0, level.factor, min(level.width, 256))
            expected = area_mean(decoded, across, Axis(0, level.factor, min(level.height, 256)))
            difference = np.abs(made - expected)
            assert difference.mean() <= 2
            assert np.percentile(difference, 99.9) <= 16


@pytest.mark.usefixtures("dear")
def test_coarse_levels_of_another_version_are_not_used(jpeg: Registered, tmp_path: Path) -> None:
    copy, index_path = tmp_path / "copy.tif", tmp_path / "copy.index"
    shutil.copyfile(jpeg.path, copy)  # other times, so another version
    work.describe(str(jpeg.path), str(index_path))
    work.build_coarse(str(index_path))
    work.describe(str(copy), str(index_path))
    with pytest.raises(SlideNotReady):
        work.make_tile(str(index_path), 0, 0, 0)


@pytest.mark.usefixtures("dear")
def test_measured_values_stay_exact(tmp_path: Path) -> None:
    made = write_registered(tmp_path, "grey", coded_values(1100, 900), factors=(1,))
    steps: list[tuple[int, int]] = []
    view = View(made.index, StoredSlide(made.index))
    target = coarse.coarse_path(made.index_path)
    coarse.build_coarse_levels(view, target, lambda done, total: steps.append((done, total)))
    view.close()
    assert steps[-1][0] == steps[-1][1] == len(steps)
    built = coarse.load_coarse(made.index, target)
    assert built is not None
    view = View(made.index, StoredSlide(made.index), built)
    level = made.index.levels[0]
    pixels = read_tile(view, level, 0, 0, Plane(), [0])[: level.height, : level.width, 0]
    factor = level.factor
    across, down = Axis(0, factor, level.width), Axis(0, factor, level.height)
    expected = area_mean(made.levels[0].pixels[..., np.newaxis].astype(np.float64), across, down)[..., 0]
    assert np.abs(pixels - expected).max() <= 1.1
    view.close()


@pytest.mark.usefixtures("dear")
def test_a_failed_build_leaves_nothing(jpeg: Registered, tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    view = View(jpeg.index, StoredSlide(jpeg.index))
    with pytest.raises(KeyboardInterrupt):
        coarse.build_coarse_levels(view, tmp_path / "x.coarse", stop)
    view.close()
    assert list(tmp_path.iterdir()) == []


def test_a_slide_that_needs_none_builds_none(coded: Registered, tmp_path: Path) -> None:
    shutil.copyfile(coded.index_path, tmp_path / "x.index")
    work.build_coarse(str(tmp_path / "x.index"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.index"]
