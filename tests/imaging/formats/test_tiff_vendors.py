"""NDPI, ImageJ, SVS and QPTIFF layouts beyond the samples: old, huge, stacked."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

from coverslip.core.errors import CorruptFile, TruncatedFile
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.tiff import open_tiff
from coverslip.imaging.formats.tiff_svs import parse_description, scan_time
from coverslip.ports.format import Pixels, Slide

Sample = Callable[[str], Path]
RANDOM = np.random.default_rng(5)
NDPI = "slides/test3-DAPI-2-(387).ndpi"
FAR = 5 * 1024**3


@contextmanager
def opened(path: Path) -> Iterator[Slide]:
    slide = open_tiff(path)
    try:
        yield slide
    finally:
        slide.close()


def whole(slide: Slide, level: int = 0, plane: Plane | None = None) -> Pixels:
    size = slide.info.levels[level]
    return slide.read(Region(0, 0, size.width, size.height), level, plane or Plane())


# --- NDPI -------------------------------------------------------------------------------------


def test_ndpi_without_table_of_stripes_is_scanned_for_its_markers(sample: Sample, tmp_path: Path) -> None:
    data = sample(NDPI).read_bytes()
    old = tmp_path / "old.ndpi"
    # The tag 65426 becomes one that nobody knows.
    old.write_bytes(data.replace(struct.pack("<HH", 65426, 4), struct.pack("<HH", 65499, 4)))
    with opened(old) as slide, opened(sample(NDPI)) as reference:
        for ours, theirs in zip(slide.stored_tiles() or (), reference.stored_tiles() or (), strict=True):
            np.testing.assert_array_equal(ours.offset, theirs.offset)
        np.testing.assert_array_equal(whole(slide, 2), whole(reference, 2))


def test_ndpi_beyond_4_gib_keeps_its_high_words(sample: Sample, tmp_path: Path) -> None:
    far = tmp_path / "far.ndpi"
    write_far_ndpi(sample(NDPI), far)
    assert far.stat().st_size > 1 << 32
    with opened(far) as slide, opened(sample(NDPI)) as reference:
        assert slide.info.format == "ndpi"
        assert slide.info.levels == reference.info.levels
        assert slide.info.associated == reference.info.associated
        for number in range(4):
            np.testing.assert_array_equal(whole(slide, number), whole(reference, number))
        np.testing.assert_array_equal(slide.associated("macro"), reference.associated("macro"))
    with tifffile.TiffFile(far) as judge, opened(far) as slide:
        np.testing.assert_array_equal(judge.pages[1].asarray(), whole(slide, 1))
    with openslide.OpenSlide(far) as judge, opened(far) as slide:
        theirs = np.asarray(judge.read_region((800, 800), 1, (64, 64)))[..., :3]
        np.testing.assert_array_equal(slide.read(Region(400, 400, 64, 64), 1, Plane()), theirs)


def write_far_ndpi(source: Path, target: Path) -> None:
    """Move everything in an NDPI behind 5 GiB of hole, with the 64-bit directories of such files."""
    data = source.read_bytes()
    with target.open("wb") as file:
        file.truncate(FAR)
        file.seek(FAR)
        file.write(data)
        offset = struct.unpack("<I", data[4:8])[0]
        places = []
        while offset:
            count = struct.unpack("<H", data[offset : offset + 2])[0]
            table = data[offset + 2 : offset + 2 + 12 * count]
            entries, high = b"", b""
            for tag, kind, amount, value in struct.iter_unpack("<HHII", table):
                size = amount * {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 9: 4, 11: 4, 12: 8}[kind]
                moved = value + FAR if size > 4 or tag == 273 else value
                entries += struct.pack("<HHII", tag, kind, amount, moved & 0xFFFFFFFF)
                high += struct.pack("<I", moved >> 32)
            places.append((count, entries, high))
            offset = struct.unpack("<I", data[offset + 2 + 12 * count : offset + 6 + 12 * count])[0]
        start = FAR + len(data) + len(data) % 2
        file.seek(0)
        file.write(b"II*\0" + struct.pack("<Q", start))
        file.seek(start)
        for number, (count, entries, high) in enumerate(places):
            size = 2 + 16 * count + 8
            following = start + size if number + 1 < len(places) else 0
            file.write(struct.pack("<H", count) + entries + struct.pack("<Q", following) + high)
            start += size


def test_ndpi_focal_planes_become_z(sample: Sample, tmp_path: Path) -> None:
    data = bytearray(sample(NDPI).read_bytes())
    # The second level becomes a second plane of the third: copy the directory of page 2, move its focus.
    first = struct.unpack("<I", data[4:8])[0]
    directories = []
    while first:
        count = struct.unpack("<H", data[first : first + 2])[0]
        following = first + 2 + 12 * count
        directories.append((first, count))
        first = struct.unpack("<I", data[following : following + 4])[0]
    offset, count = directories[3]
    copy = bytearray(data[offset : offset + 2 + 12 * count + 4])
    place = copy.index(struct.pack("<HHI", 65424, 9, 1))
    copy[place + 8 : place + 12] = struct.pack("<i", -2000)
    start = len(data) + len(data) % 2
    data += bytes(start - len(data))
    copy[-4:] = bytes(4)
    data += copy
    data[4:8] = struct.pack("<I", offset)
    data[offset + 2 + 12 * count : offset + 6 + 12 * count] = struct.pack("<I", start)
    path = tmp_path / "stack.ndpi"
    path.write_bytes(data)
    with opened(path) as slide:
        assert (slide.info.z_count, slide.info.z_spacing_um) == (2, 2.0)
        np.testing.assert_array_equal(whole(slide, 0, Plane(0)), whole(slide, 0, Plane(1)))


# --- ImageJ -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_hyperstack_equals_tifffile(tmp_path: Path, dtype: str) -> None:
    array = RANDOM.integers(0, 250, (2, 3, 4, 50, 60)).astype(dtype)
    path = tmp_path / "stack.tif"
    tables = [
        np.stack([np.linspace(0, 255, 256).astype(np.uint8) * on for on in lut]) for lut in np.eye(4, 3).astype("u1")
    ]
    tifffile.imwrite(
        path,
        array,
        imagej=True,
        resolution=(2.0, 2.0),
        metadata={"axes": "TZCYX", "unit": "micron", "spacing": 1.5, "LUTs": tables},
    )
    with opened(path) as slide:
        info = slide.info
        assert (info.format, info.t_count, info.z_count, len(info.channels)) == ("imagej", 2, 3, 4)
        assert (info.mpp_x, info.z_spacing_um, info.dtype) == (0.5, 1.5, dtype)
        assert [one.colour for one in info.channels] == ["#ff0000", "#00ff00", "#0000ff", "#000000"]
        for t in range(2):
            for z in range(3):
                np.testing.assert_array_equal(whole(slide, 0, Plane(z, t)), np.moveaxis(array[t, z], 0, -1))


def test_series_beyond_4_gib_has_one_directory(tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    side, planes = 2048, 1100
    first = RANDOM.integers(0, 60000, (side, side)).astype(">u2")
    last = RANDOM.integers(0, 60000, (side, side)).astype(">u2")
    text = f"ImageJ=1.53t\nimages={planes}\nslices={planes}\nhyperstack=true\n"
    tifffile.imwrite(path, first, byteorder=">", photometric="minisblack", description=text, metadata=None)
    with tifffile.TiffFile(path) as file:
        start = file.pages[0].dataoffsets[0]
    with path.open("r+b") as handle:
        handle.truncate(start + first.nbytes * planes)
        handle.seek(start + first.nbytes * (planes - 1))
        handle.write(last.tobytes())
    assert path.stat().st_size > 1 << 32
    with opened(path) as slide:
        assert slide.info.z_count == planes
        np.testing.assert_array_equal(whole(slide, 0, Plane(0))[..., 0], first)
        np.testing.assert_array_equal(whole(slide, 0, Plane(planes - 1))[..., 0], last)
        assert not whole(slide, 0, Plane(planes // 2)).any()
    with tifffile.TiffFile(path) as judge:
        assert judge.series[0].shape == (planes, side, side)
        assert judge.series[0].dataoffset == start


def test_declared_planes_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "short.tif"
    text = "ImageJ=1.53t\nimages=50\nslices=50\n"
    plane = np.zeros((64, 64), np.uint16)
    tifffile.imwrite(path, plane, photometric="minisblack", description=text, metadata=None)
    with pytest.raises(TruncatedFile, match="50 planes"):
        open_tiff(path)
    with path.open("ab") as handle:
        handle.write(bytes(plane.nbytes * 60))
    with opened(path) as slide:
        assert slide.info.z_count == 50


@pytest.mark.parametrize("text", ["images=99999999", "images=-4", "images=lots"])
def test_impossible_counts_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "count.tif"
    tifffile.imwrite(path, np.zeros((8, 8), "u1"), photometric="minisblack", description=f"ImageJ=1\n{text}\n")
    with pytest.raises((CorruptFile, TruncatedFile)):
        open_tiff(path)


# --- Aperio -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"Date": "12/29/09", "Time": "09:59:15"}, "2009-12-29T09:59:15"),
        ({"Date": "05/12/2021", "Time": "10:00:01", "Time Zone": "GMT-0500"}, "2021-05-12T10:00:01-05:00"),
        ({"Date": "05/12/2021", "Time": "10:00:01", "Time Zone": "GMT+05:30"}, "2021-05-12T10:00:01+05:30"),
        ({"Date": "05/12/21"}, "2021-05-12"),
        ({"Date": "31/31/21", "Time": "10:00:01"}, None),
        ({}, None),
    ],
)
def test_scan_time_is_iso_8601(keys: dict[str, str], expected: str | None) -> None:
    assert scan_time(keys) == expected


def test_description_keys_keep_the_first_of_equal_ones() -> None:
    keys = parse_description("Aperio Image Library v1\r\n10x10|AppMag = 40|Title = a = b|AppMag = 20|odd")
    assert keys == {"Header": "Aperio Image Library v1 10x10", "AppMag": "40", "Title": "a = b"}


def write_svs(path: Path, *, described: bool) -> list[Pixels]:
    """Write a pyramid in Aperio's layout; return level 0, level 1, thumbnail, label and macro."""
    sizes = [(600, 800), (150, 200), (96, 128), (60, 62), (60, 180)]
    images = [RANDOM.integers(0, 255, (*size, 3)).astype("u1") for size in sizes]
    head = "Aperio Image Library v12\r\n800x600 (128x128) JPEG/RGB Q=70|AppMag = 40|MPP = 0.25"
    with tifffile.TiffWriter(path) as writer:
        for number in (0, 2, 1, 3, 4):
            tiled = {"tile": (128, 128)} if number < 2 else {"rowsperstrip": 16}
            about = (
                {0: head, 3: "Aperio\r\nlabel 62x60", 4: "Aperio\r\nmacro 180x60"}.get(number) if described else None
            )
            writer.write(
                images[number],
                photometric="rgb",
                description=about or ("Aperio Image Library v12\r\n" if number in {0, 1, 2} else None),
                subfiletype={3: 1, 4: 9}.get(number, 0),
                compression="deflate",
                metadata=None,
                **tiled,
            )
    return images


@pytest.mark.parametrize("described", [True, False])
def test_svs_pyramid_label_and_macro(tmp_path: Path, described: bool) -> None:
    images = write_svs(tmp_path / "layout.svs", described=described)
    with opened(tmp_path / "layout.svs") as slide:
        assert slide.info.format == "svs"
        assert (slide.info.objective, slide.info.mpp_x) == ((40, 0.25) if described else (None, None))
        np.testing.assert_array_equal(whole(slide, 0), images[0])
        np.testing.assert_array_equal(whole(slide, 1), images[1])
        for name, image in zip(("thumbnail", "label", "macro"), images[2:], strict=True):
            np.testing.assert_array_equal(slide.associated(name), image)
    with openslide.OpenSlide(tmp_path / "layout.svs") as judge:
        theirs = np.asarray(judge.read_region((0, 0), 1, (200, 150)))[..., :3]
        np.testing.assert_array_equal(theirs, images[1])


# --- QPTIFF -----------------------------------------------------------------------------------


def qpi(kind: str, name: str = "", colour: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-16"?><PerkinElmer-QPI-ImageDescription>'
        f"<ImageType>{kind}</ImageType><Name>{name}</Name><Color>{colour}</Color><Objective>20x</Objective>"
        "</PerkinElmer-QPI-ImageDescription>"
    )


def test_qptiff_of_a_brightfield_scan_is_rgb(tmp_path: Path) -> None:
    path = tmp_path / "brightfield.qptiff"
    levels = [RANDOM.integers(0, 255, (512 // step, 768 // step, 3)).astype("u1") for step in (1, 2)]
    with tifffile.TiffWriter(path) as writer:
        for number, level in enumerate(levels):
            about = qpi("ReducedResolution" if number else "FullResolution")
            writer.write(level, photometric="rgb", tile=(128, 128), compression="lzw", description=about, metadata=None)
    with opened(path) as slide:
        assert (slide.info.format, slide.info.rgb, slide.info.background) == ("qptiff", True, (255, 255, 255))
        for number, level in enumerate(levels):
            np.testing.assert_array_equal(whole(slide, number), level)


def test_qptiff_pyramid_of_channels(tmp_path: Path) -> None:
    path = tmp_path / "pyramid.qptiff"
    full = RANDOM.integers(0, 60000, (3, 400, 600)).astype("u2")
    half = RANDOM.integers(0, 60000, (3, 200, 300)).astype("u2")
    small = RANDOM.integers(0, 255, (50, 75, 3)).astype("u1")
    names, colours = ("DAPI", "CD3", "CD8"), ("0,0,255", "255,128,0", "")
    options = {"tile": (128, 128), "compression": "lzw", "metadata": None, "photometric": "minisblack"}
    with tifffile.TiffWriter(path) as writer:
        for plane, name, colour in zip(full, names, colours, strict=True):
            about = qpi("FullResolution", name, colour)
            writer.write(plane, description=about, resolution=(20000, 20000), resolutionunit=3, **options)
        writer.write(small, photometric="rgb", description=qpi("Thumbnail"), metadata=None)
        for plane, name in zip(half, names, strict=True):
            writer.write(plane, description=qpi("ReducedResolution", name), subfiletype=1, **options)
    with opened(path) as slide, tifffile.TiffFile(path) as judge:
        info = slide.info
        assert [one.name for one in info.channels] == list(names)
        assert [one.colour for one in info.channels] == ["#0000ff", "#ff8000", "#ff0000"]
        assert (info.mpp_x, info.objective, len(info.levels)) == (0.5, 20, 2)
        np.testing.assert_array_equal(whole(slide, 0), np.moveaxis(judge.series[0].asarray(), 0, -1))
        np.testing.assert_array_equal(whole(slide, 1), np.moveaxis(judge.series[0].levels[1].asarray(), 0, -1))
        np.testing.assert_array_equal(slide.associated("thumbnail"), small)
