"""Stored tiles: where they lie, what they decode to, and files that change under an open slide."""

import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
import tifffile

from coverslip.core.errors import NotFound, SlideChanged, SlideMissing, TruncatedFile
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index
from coverslip.imaging.stored import OpenFiles, StoredSlide, TileReader, TileSpan, span, splice_jpeg
from coverslip.ports.format import (
    ChannelInfo,
    Codec,
    ColourModel,
    Compression,
    LevelInfo,
    SlideInfo,
    StoredLevel,
)
from coverslip.testing.registered import Registered


def test_span_is_where_the_file_says(jpeg: Registered) -> None:
    with tifffile.TiffFile(jpeg.path) as opened:
        page = opened.pages[0]
        for number, (row, col) in enumerate(np.ndindex(-(-1501 // 256), -(-2050 // 256))):
            place = span(jpeg.index, 0, Plane(), 0, col, row)
            assert place == TileSpan(0, page.dataoffsets[number], page.databytecounts[number])


@pytest.mark.parametrize(
    ("level", "plane", "col", "row"),
    [
        (0, Plane(), 9, 0),
        (0, Plane(), 0, 6),
        (0, Plane(), -1, 0),
        (1, Plane(), 0, 0),
        (0, Plane(z=1), 0, 0),
        (0, Plane(t=1), 0, 0),
    ],
)
def test_a_tile_outside_is_not_found(jpeg: Registered, level: int, plane: Plane, col: int, row: int) -> None:
    with pytest.raises(NotFound):
        span(jpeg.index, level, plane, 0, col, row)


def test_spliced_tiles_show_what_tifffile_decodes(jpeg: Registered, jpeg_rgb: Registered) -> None:
    for made in (jpeg, jpeg_rgb):
        assert made.index.stored is not None
        codec = made.index.stored[0].codec
        tile = codec_tile(made)
        alone = simplejpeg.decode_jpeg(splice_jpeg(tile, codec))
        expected = tifffile.imread(made.path, level=0)
        size = made.index.info.levels[0].tile_width
        np.testing.assert_array_equal(alone, expected[size : 2 * size, size : 2 * size])


def codec_tile(made: Registered) -> bytes:
    place = span(made.index, 0, Plane(), 0, 1, 1)
    assert place is not None
    with made.path.open("rb") as source:
        source.seek(place.offset)
        data: bytes = source.read(place.length)
    return data


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("region", [Region(0, 0, 900, 600), Region(255, 255, 2, 2), Region(300, 1, 599, 599)])
def test_regions_equal_tifffile(
    coded: Registered, jpeg: Registered, grey: Registered, threads: int, region: Region
) -> None:
    for made in (coded, jpeg, grey):
        expected = tifffile.imread(made.path, level=0, key=0)
        expected = expected if expected.ndim == 3 else expected[..., np.newaxis]
        slide = StoredSlide(made.index, threads)
        pixels = slide.read(region, 0, Plane())
        slide.close()
        part = expected[region.y : region.y + region.height, region.x : region.x + region.width]
        np.testing.assert_array_equal(pixels, part)


def fake(tmp_path: Path, planes: int, *, gap: bool = False) -> tuple[SlideInfo, tuple[StoredLevel, ...]]:
    """A raw slide of 2 x 2 tiles of 16 px, each channel in tiles of its own."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 65_536, (planes, 2, 2, 16, 16), dtype=np.uint16)
    (tmp_path / "raw.dat").write_bytes(tiles.astype(">u2").tobytes())
    offset = (np.arange(planes * 4, dtype=np.uint64) * 512).reshape(1, 1, planes, 2, 2)
    length = np.full(offset.shape, 512, np.uint32)
    if gap:
        length[..., 0, 1] = 0
    channels = tuple(ChannelInfo(f"c{number}", "#ffffff") for number in range(planes))
    info = SlideInfo("raw", (LevelInfo(30, 28, 16, 16),), "uint16", False, channels, ("raw.dat",))
    return info, (StoredLevel(Codec(Compression.RAW, ColourModel.GRAY, 1, ">u2"), offset, length),)


def test_channels_in_tiles_of_their_own_are_put_together(tmp_path: Path) -> None:
    info, stored = fake(tmp_path, 3)
    reader = TileReader(info, stored, OpenFiles(tmp_path, info.files))
    whole = reader.read(Region(0, 0, 30, 28), 0, Plane())
    raw = np.fromfile(tmp_path / "raw.dat", ">u2").reshape(3, 2, 2, 16, 16)
    expected = raw.transpose(1, 3, 2, 4, 0).reshape(32, 32, 3)[:28, :30]
    np.testing.assert_array_equal(whole, expected)
    np.testing.assert_array_equal(
        reader.read(Region(3, 5, 20, 20), 0, Plane(), [2, 0]), expected[5:25, 3:23][..., [2, 0]]
    )
    reader.close()


def test_a_gap_is_background_and_known_as_one(tmp_path: Path) -> None:
    info, stored = fake(tmp_path, 1, gap=True)
    reader = TileReader(info, stored, OpenFiles(tmp_path, info.files))
    pixels = reader.read(Region(0, 0, 30, 28), 0, Plane())
    assert (pixels[:16, 16:] == 0).all()
    assert (pixels[:16, :16] != 0).any()
    assert reader.is_gap(Region(16, 0, 10, 10), 0, Plane())
    assert not reader.is_gap(Region(10, 0, 10, 10), 0, Plane())
    reader.close()


def test_a_short_read_is_an_error_never_half_a_tile(tmp_path: Path) -> None:
    info, stored = fake(tmp_path, 1)
    os.truncate(tmp_path / "raw.dat", 600)
    reader = TileReader(info, stored, OpenFiles(tmp_path, info.files))
    with pytest.raises(TruncatedFile):
        reader.read(Region(0, 0, 30, 28), 0, Plane())
    reader.close()


def test_a_file_that_changes_or_vanishes_is_never_served(
    coded: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coverslip.imaging.tile_files.CHECK_EVERY_S", 0.0)
    copy = tmp_path / "copy.tif"
    shutil.copy2(coded.path, copy)
    slide = StoredSlide(build_index(copy))
    one = Region(0, 0, 1, 1)
    slide.read(one, 0, Plane())
    os.utime(copy, ns=(1, 1))
    with pytest.raises(SlideChanged):
        slide.read(one, 0, Plane())
    shutil.copy2(coded.path, copy)
    slide = StoredSlide(build_index(copy))
    slide.read(one, 0, Plane())
    replacement = tmp_path / "other.tif"
    shutil.copy2(coded.path, replacement)
    replacement.replace(copy)  # same size, same time, another file
    with pytest.raises(SlideChanged):
        slide.read(one, 0, Plane())
    copy.unlink()
    with pytest.raises(SlideMissing):
        slide.read(one, 0, Plane())
    slide.close()


def test_many_files_do_not_use_up_descriptors(tmp_path: Path) -> None:
    names = tuple(f"{number}.dat" for number in range(300))
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    files = OpenFiles(tmp_path, names)
    for number in range(300):
        assert files.read(TileSpan(number, 0, 1)) == b"x"
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 130
    files.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_damaged_tile_stops_a_threaded_read(jpeg: Registered, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tif"
    shutil.copy2(jpeg.path, copy)
    index = build_index(copy)
    place = span(index, 0, Plane(), 0, 3, 3)
    assert place is not None
    status = copy.stat()
    with copy.open("r+b") as target:
        target.seek(place.offset)
        target.write(bytes(place.length))
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    slide = StoredSlide(index, threads=3)
    with pytest.raises(Exception, match="cannot be read"):
        slide.read(Region(0, 0, 2050, 1501), 0, Plane())
    slide.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("tile")]
