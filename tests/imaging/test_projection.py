"""Projections over focal planes: the same numbers as numpy's, of a stack that is written here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import simplejpeg
import tifffile

from coverslip.core.errors import InvalidRequest, NotFound, TooLarge
from coverslip.core.geometry import Plane
from coverslip.imaging import work
from coverslip.imaging.index import load_index
from coverslip.imaging.projection import MOST_PLANES, Projection, parse_plane, planes_of, project
from coverslip.imaging.style import ChannelStyle, Style, encode_style
from coverslip.testing.registered import Registered


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, npt.NDArray[np.uint16]]:
    """Two time points of five planes of uint16, and the index of the slide."""
    folder = tmp_path_factory.mktemp("stack")
    values = np.random.default_rng(2).integers(0, 4000, (2, 5, 200, 300), dtype=np.uint16)
    tifffile.imwrite(folder / "s.ome.tif", values, photometric="minisblack", tile=(128, 128), metadata={"axes": "TZYX"})
    work.describe(str(folder / "s.ome.tif"), str(folder / "s.index"))
    return str(folder / "s.index"), values


def _npy(index_path: str, **request: Any) -> npt.NDArray[Any]:
    import io

    body, _, _ = work.make_region(index_path, {"format": "npy", **request})
    found: npt.NDArray[Any] = np.load(io.BytesIO(body))
    return found


@pytest.mark.parametrize("time", [0, 1])
def test_a_region_of_a_projection_is_what_numpy_says(stack: tuple[str, npt.NDArray[np.uint16]], time: int) -> None:
    index_path, values = stack
    at = {"x": 20, "y": 10, "width": 150, "height": 120, "time": time}
    part = values[time, :, 10:130, 20:170]
    np.testing.assert_array_equal(_npy(index_path, **at, plane="max")[..., 0], part.max(axis=0))
    np.testing.assert_array_equal(_npy(index_path, **at, plane="mean")[..., 0], np.rint(part.mean(axis=0)))
    np.testing.assert_array_equal(_npy(index_path, **at, plane=3)[..., 0], part[3])


def test_a_tile_of_a_projection_is_what_numpy_says(stack: tuple[str, npt.NDArray[np.uint16]]) -> None:
    index_path, values = stack
    style = encode_style(Style(channels=(ChannelStyle(0, colour="#ffffff", low=0, high=4000),)))
    z = len(load_index(Path(index_path)).levels) - 1
    for plane, expected in ((Projection.MAX, values[1].max(axis=0)), (Projection.MEAN, values[1].mean(axis=0))):
        body, kind, empty = work.make_tile(index_path, z, 1, 0, plane, 1, style)
        assert (kind, empty) == ("image/jpeg", False)
        found = simplejpeg.decode_jpeg(body).astype(float).mean(axis=2)
        known = np.clip(expected[:128, 128:256] / 4000 * 255, 0, 255)
        assert abs(found.mean() - known.mean()) < 2
        # A single plane is far from either.
        assert abs(found.mean() - values[1, 0, :128, 128:256].mean() / 4000 * 255) > (25 if plane == "max" else -1)


def test_a_mean_is_rounded_and_keeps_its_type() -> None:
    planes = [Plane(z) for z in range(3)]
    arrays = [np.full((2, 2, 1), value, np.int8) for value in (-128, 127, -1)]
    found = project(lambda at: arrays[at.z], planes, Projection.MEAN)
    assert found.dtype == np.int8
    assert (found == round((-128 + 127 - 1) / 3)).all()
    floats = project(lambda at: arrays[at.z].astype(np.float32) / 2, planes, Projection.MEAN)
    np.testing.assert_allclose(floats, -1 / 3, rtol=1e-6)


def test_a_projection_leaves_what_it_reads_alone() -> None:
    arrays = [np.full((2, 2, 1), value, np.uint8) for value in (1, 9)]
    project(lambda at: arrays[at.z], [Plane(0), Plane(1)], Projection.MAX)
    assert (arrays[0] == 1).all()


def test_a_projection_of_one_plane_is_that_plane(coded: Registered) -> None:
    z = len(coded.index.levels) - 1
    assert (
        work.make_tile(str(coded.index_path), z, 1, 1, Projection.MAX)[0]
        == work.make_tile(str(coded.index_path), z, 1, 1)[0]
    )


def test_too_many_planes_are_refused(stack: tuple[str, npt.NDArray[np.uint16]], tmp_path: Path) -> None:
    values = np.zeros((MOST_PLANES + 1, 16, 16), np.uint8)
    tifffile.imwrite(tmp_path / "many.ome.tif", values, photometric="minisblack", metadata={"axes": "ZYX"})
    index_path = str(tmp_path / "many.index")
    work.describe(str(tmp_path / "many.ome.tif"), index_path)
    with pytest.raises(TooLarge):
        work.make_tile(index_path, 0, 0, 0, Projection.MAX)
    with pytest.raises(TooLarge):
        work.make_region(index_path, {"x": 0, "y": 0, "width": 8, "height": 8, "plane": "mean"})
    work.make_tile(index_path, 0, 0, 0, MOST_PLANES)


def test_what_is_no_plane_is_refused(stack: tuple[str, npt.NDArray[np.uint16]]) -> None:
    region = {"x": 0, "y": 0, "width": 8, "height": 8}
    for plane in ("min", "-1", "1.5", "", "٣"):
        assert parse_plane(plane) is None
        with pytest.raises(InvalidRequest):
            work.make_region(stack[0], {**region, "plane": plane})
    with pytest.raises(NotFound):
        work.make_region(stack[0], {**region, "plane": 5})
    with pytest.raises(NotFound):
        work.make_region(stack[0], {**region, "plane": "max", "time": 2})


def test_a_sample_s_projection_is_the_maximum_of_its_planes(sample: Callable[[str], Path], tmp_path: Path) -> None:
    path = sample("slides/4D-series.ome.tiff")
    work.describe(str(path), str(tmp_path / "x.index"))
    values = tifffile.imread(path)  # T Z Y X
    assert values.shape == (7, 5, 167, 439)
    at = {"x": 0, "y": 0, "width": 439, "height": 167, "time": 3}
    np.testing.assert_array_equal(_npy(str(tmp_path / "x.index"), **at, plane="max")[..., 0], values[3].max(axis=0))


def test_planes_of_a_choice(coded: Registered) -> None:
    assert planes_of(coded.index.info, 0, 0) == [Plane()]
    with pytest.raises(NotFound):
        planes_of(coded.index.info, 1, 0)
