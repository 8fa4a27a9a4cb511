"""OME-Zarr as zarr-python and our own reader see it."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.storage import ZipStore

from coverslip.imaging.build import build_index
from coverslip.testing.registered import Registered

Write = Callable[..., Any]


def test_zarr_reads_every_pixel(coded: Registered, written: Write) -> None:
    path, plan, source = written(coded, "ome-zarr")
    store = ZipStore(path, mode="r")
    group = zarr.open_group(store, mode="r", zarr_format=3)
    ome: Any = group.attrs["ome"]
    assert ome["version"] == "0.5"
    datasets = ome["multiscales"][0]["datasets"]
    assert [one["path"] for one in datasets] == [str(number) for number in range(len(plan.levels))]
    full: Any = group["0"]
    np.testing.assert_array_equal(np.moveaxis(full[0, :, 0], 0, -1), coded.levels[0].pixels)
    half: Any = group["1"]
    np.testing.assert_array_equal(np.moveaxis(half[0, :, 0], 0, -1), coded.levels[1].pixels)
    assert datasets[1]["coordinateTransformations"][0]["scale"] == [1, 1, 1, 0.5, 0.5]
    assert source.stored_tiles == 0
    store.close()


def test_sixteen_bits(grey: Registered, written: Write) -> None:
    path, _, _ = written(grey, "ome-zarr")
    store = ZipStore(path, mode="r")
    array: Any = zarr.open_group(store, mode="r", zarr_format=3)["0"]
    np.testing.assert_array_equal(array[0, 0, 0], grey.levels[0].pixels)
    store.close()


def test_our_own_reader_opens_it_unpacked(coded: Registered, written: Write, tmp_path: Path) -> None:
    path, _, _ = written(coded, "ome-zarr")
    folder = tmp_path / "again.ome.zarr"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[0] == "zarr.json"
        assert archive.testzip() is None
        archive.extractall(folder)
    info = build_index(folder).info
    assert (info.width, info.height, info.mpp_x) == (1000, 700, 0.25)
