"""Where contrast starts: dim channels from their own range, plain grey pictures as they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from coverslip.imaging import work
from coverslip.imaging.index import SlideIndex, load_index


def indexed(path: Path, pixels: np.ndarray[Any, Any], **options: Any) -> SlideIndex:
    tifffile.imwrite(path, pixels, photometric="minisblack", tile=(128, 128), **options)
    work.describe(str(path), str(path.with_suffix(".idx")))
    return load_index(path.with_suffix(".idx"))


def test_dim_channels_of_eight_bits_start_from_their_own_range(tmp_path: Path) -> None:
    planes = np.random.default_rng(3).integers(2, (40, 90), (300, 300, 2), np.uint8).transpose(2, 0, 1)
    index = indexed(tmp_path / "dim.ome.tif", np.ascontiguousarray(planes), metadata={"axes": "CYX"})
    expected = [tuple(np.percentile(plane, (0.1, 99.9))) for plane in planes]
    assert [list(found) for found in index.auto_ranges] == [pytest.approx(one) for one in expected]


def test_a_grey_picture_is_shown_as_it_is(tmp_path: Path) -> None:
    grey = np.random.default_rng(4).integers(90, 120, (300, 300), np.uint8)
    assert indexed(tmp_path / "grey.tif", grey).auto_ranges == ((0.0, 255.0),)


def test_blended_channels_keep_their_colour_at_every_pixel(tmp_path: Path) -> None:
    """Stripes one pixel wide in two channels: with halved colour they would all be yellow."""
    planes = np.zeros((2, 256, 256), np.uint16)
    planes[0, :, 0::2], planes[1, :, 1::2] = 1000, 1000
    colours = {"Color": [-16776961, 16711935]}  # OME: RGBA as a signed integer; red, green
    index = indexed(tmp_path / "stripes.ome.tif", planes, metadata={"axes": "CYX", "Channel": colours})
    body, _, _ = work.make_tile(str(tmp_path / "stripes.ome.idx"), len(index.levels) - 1, 0, 0)
    import simplejpeg

    tile = simplejpeg.decode_jpeg(body).astype(int)
    red, green = tile[8:120, 8:120:2, 0] - tile[8:120, 8:120:2, 1], tile[8:120, 9:120:2, 1] - tile[8:120, 9:120:2, 0]
    assert red.mean() > 200
    assert green.mean() > 200
