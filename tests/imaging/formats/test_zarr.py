"""OME-Zarr of every version: equal to zarr itself on real samples and on files that zarr wrote."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from coverslip.core.errors import UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index
from coverslip.imaging.formats.zarr import ZarrFormat
from coverslip.ports.format import Pixels, SlideInfo
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
WRITTEN = "written.ome.zarr"
SAMPLES = ("blobs_image_v04.ome.zarr", "blobs_image_v05.ome.zarr", "data.zarr")


def write(
    folder: Path,
    pixels: Pixels,
    axes: str,
    *,
    zarr_format: int = 2,
    chunks: tuple[int, ...] | None = None,
    shards: tuple[int, ...] | None = None,
    levels: int = 1,
    omero: dict[str, Any] | None = None,
    unit: str | None = "micrometer",
    scale: float = 0.25,
) -> Path:
    """Write a multiscale image with the zarr package, every level half of the one before."""
    group = zarr.open_group(folder, mode="w", zarr_format=zarr_format)
    datasets = []
    for level in range(levels):
        step = tuple(slice(None, None, 2**level if axis in "yx" else None) for axis in axes)
        part = pixels[step]
        kwargs: dict[str, Any] = {"chunks": chunks or part.shape, "shards": shards}
        array = group.create_array(str(level), shape=part.shape, dtype=part.dtype, fill_value=7, **kwargs)
        array[...] = part
        factors = [scale * 2**level if axis in "yx" else 2.0 if axis == "z" else 1.0 for axis in axes]
        datasets.append({"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": factors}]})
    kinds = {"t": "time", "c": "channel"}
    listed = [{"name": axis, "type": kinds.get(axis, "space")} for axis in axes]
    for axis in listed:
        if axis["type"] == "space" and unit:
            axis["unit"] = unit
    multiscales = [{"axes": listed, "datasets": datasets, "name": "picture"}]
    attributes: dict[str, Any] = {"multiscales": multiscales, **({"omero": omero} if omero else {})}
    group.attrs.update({"ome": {"version": "0.5", **attributes}} if zarr_format == 3 else attributes)
    return folder


def noise(*shape: int, dtype: str = "uint16") -> Pixels:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape).astype(dtype)


def info_of(path: Path) -> SlideInfo:
    slide = ZarrFormat().open(path)
    slide.close()
    return slide.info


class TestZarr(FormatSuite):
    format = ZarrFormat()
    samples = (*(f"slides/ome-zarr/{name}" for name in SAMPLES), WRITTEN)

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample, tmp_path: Path) -> None:
        self._sample = sample
        self._folder = tmp_path

    def locate(self, name: str) -> Path:
        if name != WRITTEN:
            return self._sample(name)
        target = self._folder / WRITTEN
        if target.exists():
            return target
        return write(target, noise(2, 3, 300, 400), "czyx", chunks=(1, 1, 128, 128), levels=3)


@pytest.mark.parametrize(
    ("name", "arrays", "sizes", "dtype"),
    [
        ("blobs_image_v04.ome.zarr", ["0"], [(12, 12)], "float64"),
        ("blobs_image_v05.ome.zarr", ["0"], [(12, 12)], "float64"),
        ("data.zarr", ["0/0", "0/1"], [(439, 167), (219, 83)], "int8"),
    ],
)
@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
def test_samples_equal_zarr(
    sample: Sample, name: str, arrays: list[str], sizes: list[tuple[int, int]], dtype: str
) -> None:
    path = sample(f"slides/ome-zarr/{name}")
    slide = ZarrFormat().open(path)
    assert [(level.width, level.height) for level in slide.info.levels] == sizes
    assert (slide.info.dtype, len(slide.info.channels), slide.info.rgb) == (dtype, 3, False)
    for number, (array, (width, height)) in enumerate(zip(arrays, sizes, strict=True)):
        theirs = np.squeeze(np.asarray(zarr.open_array(path / array, mode="r")[...])).transpose(1, 2, 0)
        assert theirs.shape == (height, width, 3)
        w, h = min(width, 9), min(height, 9)
        for x, y in ((0, 0), ((width - w) // 2, (height - h) // 2), (width - w, height - h)):
            found = slide.read(Region(x, y, w, h), number, Plane())
            np.testing.assert_array_equal(found, theirs[y : y + h, x : x + w])
    slide.close()


@pytest.mark.parametrize("axes", ["yx", "cyx", "zyx", "tyx", "tcyx", "czyx", "tczyx"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_axes_in_any_subset(tmp_path: Path, axes: str, zarr_format: int) -> None:
    size = {"t": 2, "c": 3, "z": 4, "y": 50, "x": 60}
    pixels = noise(*(size[axis] for axis in axes))
    slide = ZarrFormat().open(write(tmp_path / "a.zarr", pixels, axes, zarr_format=zarr_format))
    info = slide.info
    counts = [size[axis] if axis in axes else 1 for axis in "tcz"]
    assert [info.t_count, len(info.channels), info.z_count] == counts
    full = pixels.reshape([size[axis] if axis in axes else 1 for axis in "tczyx"])
    for t in {0, info.t_count - 1}:
        for z in {0, info.z_count - 1}:
            found = slide.read(Region(10, 20, 30, 25), 0, Plane(z, t))
            np.testing.assert_array_equal(found, full[t, :, z, 20:45, 10:40].transpose(1, 2, 0))
    slide.close()


def test_sharded_arrays_have_the_grid_of_their_inner_chunks(tmp_path: Path) -> None:
    pixels = noise(2, 512, 512)
    path = write(
        tmp_path / "a.zarr", pixels, "cyx", zarr_format=3, chunks=(1, 128, 128), shards=(1, 256, 512), levels=2
    )
    slide = ZarrFormat().open(path)
    assert [(level.width, level.tile_width) for level in slide.info.levels] == [(512, 128), (256, 128)]
    np.testing.assert_array_equal(slide.read(Region(0, 0, 512, 512), 0, Plane()), pixels.transpose(1, 2, 0))
    np.testing.assert_array_equal(
        slide.read(Region(9, 9, 99, 77), 1, Plane(), [1])[..., 0], pixels[1, 18:172:2, 18:216:2]
    )
    slide.close()


@pytest.mark.parametrize(
    ("unit", "mpp"), [("micrometer", 0.25), ("nanometer", 0.00025), ("millimeter", 250), (None, None)]
)
def test_physical_scale_with_its_unit(tmp_path: Path, unit: str | None, mpp: float | None) -> None:
    info = info_of(write(tmp_path / "a.zarr", noise(4, 30, 40), "zyx", unit=unit))
    assert info.mpp_x == pytest.approx(mpp)
    assert info.mpp_y == pytest.approx(mpp)
    assert (info.z_spacing_um is None) == (unit is None)


def test_channels_are_named_and_coloured_by_omero(tmp_path: Path) -> None:
    omero = {"channels": [{"label": "DAPI", "color": "0000FF"}, {"label": "Ki67", "color": "FF8800"}]}
    info = info_of(write(tmp_path / "a.zarr", noise(2, 30, 40), "cyx", omero=omero))
    assert [(channel.name, channel.colour) for channel in info.channels] == [("DAPI", "#0000ff"), ("Ki67", "#ff8800")]
    assert info.metadata["zarr.omero.channels[1].label"] == "Ki67"


def test_colour_pictures_are_rgb(tmp_path: Path) -> None:
    pixels = noise(3, 30, 40, dtype="uint8")
    window = {"start": 0, "end": 255, "min": 0, "max": 255}
    colours = [{"color": colour, "window": window} for colour in ("FF0000", "00FF00", "0000FF")]
    omero = {"channels": colours, "rdefs": {"model": "color"}}
    path = write(tmp_path / "a.zarr", pixels, "cyx", omero=omero)
    assert info_of(path).rgb
    assert info_of(path).background == (255, 255, 255)
    stains = [{**colour, "window": {"start": 3, "end": 90}} for colour in colours]
    fluorescence = write(tmp_path / "b.zarr", pixels, "cyx", omero={"channels": stains, "rdefs": {}})
    assert not info_of(fluorescence).rgb
    assert info_of(write(tmp_path / "c.zarr", noise(30, 40, 3, dtype="uint8"), "yxc")).rgb


def test_missing_chunks_show_the_fill_value(tmp_path: Path) -> None:
    pixels = noise(256, 256)
    path = write(tmp_path / "a.zarr", pixels, "yx", chunks=(128, 128))
    (path / "0" / "0.1").unlink()
    slide = ZarrFormat().open(path)
    found = slide.read(Region(0, 0, 256, 256), 0, Plane())[..., 0]
    slide.close()
    expected = pixels.copy()
    expected[:128, 128:] = 7
    np.testing.assert_array_equal(found, expected)


def test_bioformats2raw_series_give_label_and_macro(tmp_path: Path) -> None:
    root = tmp_path / "slide.zarr"
    group = zarr.open_group(root, mode="w", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    zarr.open_group(root / "OME", mode="w", zarr_format=2).attrs["series"] = ["0", "1", "2"]
    pixels = noise(3, 300, 400, dtype="uint8")
    write(root / "0", pixels, "cyx", levels=2)
    for number, name in ((1, "label image"), (2, "macro image")):
        write(root / str(number), pixels[:, : 40 * number, :50], "cyx")
        attributes = root / str(number) / ".zattrs"
        document = json.loads(attributes.read_text())
        document["multiscales"][0]["name"] = name
        attributes.write_text(json.dumps(document))
    slide = ZarrFormat().open(root)
    assert [(level.width, level.height) for level in slide.info.levels] == [(400, 300), (200, 150)]
    assert [(image.name, image.height) for image in slide.info.associated] == [("label", 40), ("macro", 80)]
    np.testing.assert_array_equal(slide.associated("label"), pixels[:, :40, :50].transpose(1, 2, 0))
    slide.close()
    alone = info_of(root / "0")
    assert alone.levels == slide.info.levels


def test_a_plate_is_not_one_slide(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w", zarr_format=2)
    group.attrs["plate"] = {"wells": []}
    with pytest.raises(UnsupportedFormat, match="plate"):
        ZarrFormat().open(tmp_path / "plate.zarr")


def test_all_files_are_listed_with_the_marker_first(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "data.zarr"
    shutil.copytree(sample("slides/ome-zarr/data.zarr"), path, copy_function=shutil.copyfile)
    info = info_of(path)
    assert info.files[0] in (".zattrs", ".zgroup")
    assert sorted(info.files) == sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())
    index = build_index(path)
    assert index.source == ""
    assert len(index.file_sizes) == len(info.files)
