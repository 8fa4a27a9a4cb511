"""TIFF files written for the test: every compression, layout and type, equal to independent readers."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import openslide
import pytest
import tifffile
from PIL import Image

from coverslip.core.errors import UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.build import build_index
from coverslip.imaging.formats.tiff import open_tiff
from coverslip.ports.format import Pixels, Slide

RANDOM = np.random.default_rng(7)


@contextmanager
def opened(path: Path) -> Iterator[Slide]:
    slide = open_tiff(path)
    try:
        yield slide
    finally:
        slide.close()


def tissue(height: int, width: int, samples: int = 3, dtype: str = "uint8") -> Pixels:
    """Return a smooth picture with some noise, so that every codec has work and every place differs."""
    rows, cols = np.mgrid[0:height, 0:width]
    planes = [np.sin(rows / (17.0 + 5 * k)) + np.cos(cols / (23.0 + 7 * k)) for k in range(samples)]
    base = np.stack(planes, -1) / 4 + 0.5 + RANDOM.normal(0, 0.02, (height, width, samples))
    if np.dtype(dtype).kind == "f":
        return base.astype(dtype)
    limits = np.iinfo(dtype)
    return (limits.min + base.clip(0, 1) * (float(limits.max) - limits.min)).astype(dtype)


def whole(slide: Slide, level: int = 0, plane: Plane | None = None) -> Pixels:
    size = slide.info.levels[level]
    return slide.read(Region(0, 0, size.width, size.height), level, plane or Plane())


def same_in_parts(slide: Slide, array: Pixels, level: int = 0) -> None:
    """Check the whole and an inner region that cuts tiles."""
    np.testing.assert_array_equal(whole(slide, level), array)
    height, width = array.shape[:2]
    part = Region(width // 3, height // 4, width // 2, height // 2)
    rows, cols = slice(part.y, part.y + part.height), slice(part.x, part.x + part.width)
    np.testing.assert_array_equal(slide.read(part, level, Plane()), array[rows, cols])


@pytest.mark.parametrize("compression", [None, "deflate", "lzw", "zstd", "packbits", "lzma", "webp", "jpeg2000"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("big", [False, True], ids=["classic", "big"])
def test_tiled_rgb_pyramid(tmp_path: Path, compression: str | None, byteorder: str, big: bool) -> None:
    levels = [tissue(700, 500), tissue(350, 250), tissue(175, 125)]
    path = tmp_path / "pyramid.tif"
    lossless = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
    with tifffile.TiffWriter(path, bigtiff=big, byteorder=byteorder) as writer:
        for number, level in enumerate(levels):
            writer.write(
                level,
                tile=(128, 256),
                photometric="rgb",
                compression=compression,
                subfiletype=1 if number else 0,
                metadata=None,
                **lossless,
            )
    with opened(path) as slide:
        assert (slide.info.format, slide.info.rgb, len(slide.info.levels)) == ("tiff", True, 3)
        assert (slide.info.levels[0].tile_width, slide.info.levels[0].tile_height) == (256, 128)
        for number in range(3):
            same_in_parts(slide, tifffile.imread(path, series=0, level=number), number)
    # OpenSlide 4.0.1 refuses classic big-endian files; tifffile was the judge above.
    if compression in {None, "deflate", "lzw"} and (big or byteorder == "<"):
        with openslide.OpenSlide(path) as reference:
            for number, level in enumerate(levels):
                theirs = reference.read_region((0, 0), number, (level.shape[1], level.shape[0]))
                np.testing.assert_array_equal(np.asarray(theirs)[..., :3], level)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("predictor", [False, True], ids=["plain", "predicted"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_greyscale_of_every_type(tmp_path: Path, dtype: str, predictor: bool, byteorder: str) -> None:
    array = tissue(300, 410, 1, dtype)
    path = tmp_path / "gray.tif"
    tifffile.imwrite(
        path,
        array[..., 0],
        byteorder=byteorder,
        tile=(144, 128),
        compression="deflate",
        predictor=predictor,
        photometric="minisblack",
    )
    with opened(path) as slide:
        assert (slide.info.dtype, slide.info.rgb, len(slide.info.channels)) == (dtype, False, 1)
        same_in_parts(slide, tifffile.imread(path)[..., np.newaxis])
        same_in_parts(slide, array)


@pytest.mark.parametrize("layout", ["contig", "separate"])
@pytest.mark.parametrize("tile", [(128, 128), None], ids=["tiles", "strips"])
@pytest.mark.parametrize("compression", [None, "lzw", "jpeg"])
def test_planar_configurations(
    tmp_path: Path, layout: str, tile: tuple[int, int] | None, compression: str | None
) -> None:
    array = tissue(300, 260)
    path = tmp_path / "planar.tif"
    stored = array if layout == "contig" else np.moveaxis(array, -1, 0)
    rows = {} if tile else {"rowsperstrip": 32}
    tifffile.imwrite(
        path, stored, photometric="rgb", planarconfig=layout, tile=tile, compression=compression, metadata=None, **rows
    )
    reference = tifffile.imread(path)
    reference = reference if layout == "contig" else np.moveaxis(reference, 0, -1)
    with opened(path) as slide:
        assert slide.info.rgb
        same_in_parts(slide, reference)


def test_sixteen_bit_rgb_keeps_its_values_as_three_channels(tmp_path: Path) -> None:
    array = tissue(200, 200, 3, "uint16")
    tifffile.imwrite(tmp_path / "deep.tif", array, photometric="rgb", compression="lzw", predictor=True)
    with opened(tmp_path / "deep.tif") as slide:
        assert (slide.info.rgb, slide.info.dtype) == (False, "uint16")
        assert [channel.name for channel in slide.info.channels] == ["Red", "Green", "Blue"]
        same_in_parts(slide, array)


@pytest.mark.parametrize("layout", ["contig", "separate"])
@pytest.mark.parametrize("extra", ["assocalpha", "unassalpha"])
def test_alpha_is_dropped(tmp_path: Path, extra: str, layout: str) -> None:
    array = tissue(150, 170, 4)
    path = tmp_path / "alpha.tif"
    stored = array if layout == "contig" else np.moveaxis(array, -1, 0)
    tifffile.imwrite(
        path, stored, photometric="rgb", planarconfig=layout, extrasamples=[extra], tile=(64, 64), metadata=None
    )
    build_index(path)
    with opened(path) as slide:
        same_in_parts(slide, array[..., :3])


def test_interleaved_samples_without_meaning_are_channels(tmp_path: Path) -> None:
    array = tissue(150, 170, 5, "uint16")
    tifffile.imwrite(tmp_path / "five.tif", array, photometric="minisblack", planarconfig="contig", tile=(64, 64))
    with opened(tmp_path / "five.tif") as slide:
        assert len(slide.info.channels) == 5
        same_in_parts(slide, array)
        np.testing.assert_array_equal(
            slide.read(Region(5, 6, 70, 80), 0, Plane(), [3, 1])[..., 0], array[6:86, 5:75, 3]
        )


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LAB"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate"])
def test_pillow_modes_show_what_pillow_shows(tmp_path: Path, mode: str, compression: str | None) -> None:
    picture = Image.fromarray(tissue(90, 130))
    path = tmp_path / "mode.tif"
    picture = Image.frombytes(mode, picture.size, picture.tobytes()) if mode == "LAB" else picture.convert(mode)
    picture.save(path, compression=compression)
    with opened(path) as slide:
        if mode == "LAB":
            assert slide.info.rgb
            return
        shown = np.asarray(Image.open(path).convert("RGB" if slide.info.rgb else "L"))
        found = whole(slide)
        np.testing.assert_array_equal(found if slide.info.rgb else found[..., 0], shown)


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_facsimile_codes_are_decoded_by_libtiff(tmp_path: Path, compression: str) -> None:
    bits = tissue(64, 200, 1)[..., 0] > 128
    Image.fromarray(bits).save(tmp_path / "fax.tif", compression=compression)
    with opened(tmp_path / "fax.tif") as slide:
        assert slide.stored_tiles() is None
        np.testing.assert_array_equal(whole(slide)[..., 0], bits.astype(np.uint8) * 255)


def test_white_is_zero_is_turned(tmp_path: Path) -> None:
    array = tissue(100, 100, 1)
    tifffile.imwrite(tmp_path / "white.tif", array[..., 0], photometric="miniswhite", compression="deflate")
    with opened(tmp_path / "white.tif") as slide:
        np.testing.assert_array_equal(whole(slide), 255 - array)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_equals_pillows_upright_picture(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    array = tissue(90, 140)
    path = tmp_path / "turned.tif"
    tifffile.imwrite(path, array, photometric="rgb", extratags=[(274, "H", 1, orientation)], tile=(64, 64))
    with Image.open(path) as picture:
        upright = np.asarray(ImageOps.exif_transpose(picture))
    with opened(path) as slide:
        same_in_parts(slide, upright)


def test_fill_order_two_reverses_the_bits(tmp_path: Path) -> None:
    import imagecodecs

    array = tissue(64, 64, 1)
    path = tmp_path / "reversed.tif"
    reversed_bits = np.asarray(imagecodecs.bitorder_decode(array[..., 0].copy()))
    tifffile.imwrite(path, reversed_bits, byteorder="<", extratags=[(65100, "H", 1, 2)], metadata=None)
    path.write_bytes(path.read_bytes().replace(struct.pack("<HH", 65100, 3), struct.pack("<HH", 266, 3)))
    np.testing.assert_array_equal(tifffile.imread(path), array[..., 0])
    with opened(path) as slide:
        np.testing.assert_array_equal(whole(slide), array)


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_one_huge_strip_is_read_in_parts(tmp_path: Path, compression: str | None) -> None:
    array = tissue(1500, 900)
    path = tmp_path / "strip.tif"
    tifffile.imwrite(path, array, photometric="rgb", rowsperstrip=1500, compression=compression)
    with opened(path) as slide:
        stored = slide.stored_tiles()
        assert stored is not None
        assert (stored[0].offset.shape[3] > 1) == (compression is None)
        same_in_parts(slide, array)


@pytest.mark.parametrize("rows", [1, 7, 64, 97])
def test_scattered_uncompressed_strips(tmp_path: Path, rows: int) -> None:
    array = tissue(200, 3000)
    path = tmp_path / "strips.tif"
    tifffile.imwrite(path, array, photometric="rgb", rowsperstrip=rows, metadata=None)
    swap_strips(path)
    with opened(path) as slide:
        same_in_parts(slide, array)
        assert np.array_equal(tifffile.imread(path), array)


def test_planes_in_one_piece_and_in_several(tmp_path: Path) -> None:
    array = np.stack([tissue(200, 3000, 1)[..., 0] for _ in range(2)])
    path = tmp_path / "mixed.tif"
    with tifffile.TiffWriter(path) as writer:
        for plane in array:
            writer.write(plane, photometric="minisblack", rowsperstrip=50, metadata=None, contiguous=False)
    swap_strips(path)
    with opened(path) as slide:
        assert slide.info.z_count == 2
        for z in range(2):
            np.testing.assert_array_equal(whole(slide, plane=Plane(z))[..., 0], array[z])


def swap_strips(path: Path) -> None:
    """Exchange the first two strips and their offsets, so that the image is not in one piece."""
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        offsets, counts = list(page.dataoffsets), list(page.databytecounts)
        handle = file.filehandle
        handle.seek(offsets[0])
        first = handle.read(counts[0])
        handle.seek(offsets[1])
        second = handle.read(counts[1])
        handle.seek(offsets[0])
        handle.write(second + first)
        offsets[0], offsets[1] = offsets[0] + counts[1], offsets[0]
        page.tags["StripOffsets"].overwrite(offsets)


def test_sparse_tiles_are_gaps(tmp_path: Path) -> None:
    array = tissue(256, 384)
    path = tmp_path / "sparse.tif"
    tifffile.imwrite(path, array, photometric="rgb", tile=(128, 128), compression="deflate", metadata=None)
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        page.tags["TileOffsets"].overwrite([0, *page.dataoffsets[1:]])
        page.tags["TileByteCounts"].overwrite([0, *page.databytecounts[1:]])
    with opened(path) as slide:
        stored = slide.stored_tiles()
        assert stored is not None
        assert stored[0].length[0, 0, 0, 0, 0] == 0
        found = whole(slide)
        assert (found[:128, :128] == 255).all()
        np.testing.assert_array_equal(found[128:], array[128:])


def test_gap_in_one_colour_of_a_planar_image(tmp_path: Path) -> None:
    array = tissue(128, 256)
    path = tmp_path / "gap.tif"
    stored = np.moveaxis(array, -1, 0)
    tifffile.imwrite(path, stored, photometric="rgb", planarconfig="separate", tile=(128, 128), metadata=None)
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        page.tags["TileOffsets"].overwrite([0, *page.dataoffsets[1:]])
    expected = array.copy()
    expected[:, :128, 0] = 255
    with opened(path) as slide:
        np.testing.assert_array_equal(whole(slide), expected)


def test_sub_directories_of_plain_tiff_are_levels(tmp_path: Path) -> None:
    levels = [tissue(512, 640), tissue(256, 320), tissue(128, 160)]
    path = tmp_path / "sub.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(levels[0], subifds=2, tile=(128, 128), photometric="rgb", metadata=None)
        for level in levels[1:]:
            writer.write(level, subfiletype=1, tile=(128, 128), photometric="rgb", metadata=None)
    with opened(path) as slide:
        for number, level in enumerate(levels):
            same_in_parts(slide, level, number)


def test_equal_pages_are_focal_planes(tmp_path: Path) -> None:
    stack = np.stack([tissue(100, 120, 1)[..., 0] for _ in range(4)])
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as writer:
        for plane in stack:
            writer.write(plane, photometric="minisblack", compression="deflate", metadata=None, contiguous=False)
    with opened(path) as slide:
        assert slide.info.z_count == 4
        for z in range(4):
            np.testing.assert_array_equal(whole(slide, plane=Plane(z))[..., 0], stack[z])


def test_pages_of_another_shape_are_associated_images(tmp_path: Path) -> None:
    path = tmp_path / "label.tif"
    label = tissue(60, 200)
    with tifffile.TiffWriter(path) as writer:
        writer.write(tissue(400, 400), tile=(128, 128), photometric="rgb", metadata=None)
        writer.write(label, photometric="rgb", description="Label of the slide", metadata=None)
    with opened(path) as slide:
        assert [image.name for image in slide.info.associated] == ["label"]
        np.testing.assert_array_equal(slide.associated("label"), label)


@pytest.mark.parametrize(
    ("unit", "resolution", "mpp"),
    [
        ("CENTIMETER", 40_000, 0.25),
        ("INCH", 101_600, 0.25),
        ("INCH", 72, None),
        ("INCH", 300, None),
        ("INCH", 2400, None),
        ("CENTIMETER", 118.11, None),
        ("NONE", 40_000, None),
        ("CENTIMETER", 0, None),
    ],
)
def test_only_a_plausible_resolution_is_a_scale(
    tmp_path: Path, unit: str, resolution: float, mpp: float | None
) -> None:
    path = tmp_path / "scale.tif"
    tifffile.imwrite(path, tissue(32, 32), photometric="rgb", resolution=(resolution, resolution), resolutionunit=unit)
    with opened(path) as slide:
        assert slide.info.mpp_x == (None if mpp is None else pytest.approx(mpp))


@pytest.mark.parametrize("software", ["Philips DP v1.1", "MedScan Workstation"])
def test_dialects_of_openslide_are_left_to_it(tmp_path: Path, software: str) -> None:
    path = tmp_path / "dialect.tiff"
    tifffile.imwrite(path, tissue(64, 64), photometric="rgb", software=software)
    with pytest.raises(UnsupportedFormat):
        open_tiff(path)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
def test_jpeg_of_ycbcr_with_tables(tmp_path: Path, subsampling: tuple[int, int]) -> None:
    path = tmp_path / "ycbcr.tif"
    options: dict[str, Any] = {"compression": "jpeg", "subsampling": subsampling}
    tifffile.imwrite(path, tissue(300, 300), photometric="ycbcr", tile=(128, 128), metadata=None, **options)
    with opened(path) as slide:
        same_in_parts(slide, tifffile.imread(path))
    with Image.open(path) as picture, opened(path) as slide:
        assert np.abs(np.asarray(picture.convert("RGB")).astype(int) - whole(slide)).max() <= 4
