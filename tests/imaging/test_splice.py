"""Stored tiles become JPEGs that stand alone and decode as the file means them."""

import io
from typing import Any

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from coverslip.core.errors import TileUnreadable
from coverslip.imaging.splice import SOI, has_one_scan, splice, splice_jpeg, splice_parts
from coverslip.ports.format import Codec, ColourModel, Compression
from coverslip.testing.synthetic import smooth_rgb

PIXELS = smooth_rgb(256, 240)


def encoded(*, rgb: bool = False) -> bytes:
    """A JPEG of PIXELS whose components are YCbCr, or R, G, B without any marker that says so."""
    import imagecodecs

    space = "RGB" if rgb else "YCBCR"
    return bytes(imagecodecs.jpeg8_encode(PIXELS, level=90, colorspace="RGB", outcolorspace=space, subsampling="444"))


def segments(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 2
    while True:
        marker, length = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4])
        found.append((marker, stream[at : at + 2 + length]))
        at += 2 + length
        if marker == 0xDA:
            return found


def abbreviated(stream: bytes) -> tuple[bytes, bytes]:
    """Split a JPEG into tables and an image without them, as TIFF stores them."""
    tables = b"".join(body for marker, body in segments(stream) if marker in (0xDB, 0xC4))
    kept = b"".join(body for marker, body in segments(stream) if marker not in (0xDB, 0xC4) and marker < 0xE0)
    scan = stream[2 + sum(len(body) for _, body in segments(stream)) :]
    return SOI + tables + b"\xff\xd9", SOI + kept + scan


def codec(colour: ColourModel, tables: bytes = b"", header: bytes = b"") -> Codec:
    return Codec(Compression.JPEG, colour, 3, "u1", tables=tables, header=header)


@pytest.mark.parametrize("rgb", [False, True])
def test_tables_are_merged_and_colour_is_stated(rgb: bool) -> None:
    whole = encoded(rgb=rgb)
    tables, tile = abbreviated(whole)
    colour = ColourModel.RGB if rgb else ColourModel.YCBCR
    alone = splice_jpeg(tile, codec(colour, tables))
    assert len(alone) <= len(tile) + len(tables) + 16
    with Image.open(io.BytesIO(alone)) as image:
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - PIXELS).mean() < 2


def test_one_concatenation_serves_a_clean_tile() -> None:
    tables, tile = abbreviated(encoded())
    parts = splice_parts(codec(ColourModel.YCBCR, tables))
    assert splice(parts, tile) == parts.prefix + tile[2:]


def test_jfif_cannot_turn_rgb_components_into_ycbcr() -> None:
    whole = encoded(rgb=True)
    jfif = SOI + b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + whole[2:]
    alone = splice_jpeg(jfif, codec(ColourModel.RGB))
    assert b"JFIF" not in alone
    assert np.abs(simplejpeg.decode_jpeg(alone).astype(int) - PIXELS).mean() < 2


def test_profiles_and_comments_inside_a_tile_are_dropped() -> None:
    whole = encoded()
    payload = b"ICC_PROFILE\0\1\1" + bytes(500)
    noisy = SOI + b"\xff\xe2" + (len(payload) + 2).to_bytes(2) + payload + b"\xff\xfe\x00\x06note" + whole[2:]
    alone = splice_jpeg(noisy, codec(ColourModel.YCBCR))
    assert b"ICC_PROFILE" not in alone
    assert b"note" not in alone
    np.testing.assert_array_equal(simplejpeg.decode_jpeg(alone), simplejpeg.decode_jpeg(whole))


def test_bare_scan_data_gets_its_header_and_size() -> None:
    whole = encoded()
    at = 2 + sum(len(body) for _, body in segments(whole))
    header, scan = bytearray(whole[:at]), whole[at:-2]
    frame = next(whole.index(body) for marker, body in segments(whole) if marker == 0xC0)
    header[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"  # NDPI's shared header holds the size of the whole level
    alone = splice_jpeg(scan + b"\xff\xd3", codec(ColourModel.YCBCR, header=bytes(header)), 256, 240)
    np.testing.assert_array_equal(simplejpeg.decode_jpeg(alone), simplejpeg.decode_jpeg(whole))


def test_restart_markers_count_from_zero_again() -> None:
    from coverslip.imaging.splice import _renumbered

    scan = b"a\xff\xd5b\xff\xd6c\xff\x00\xff\xd7" + b"x\xff\xd0" * 9
    assert _renumbered(scan).count(b"\xff\xd0") == 2
    assert _renumbered(scan).startswith(b"a\xff\xd0b\xff\xd1c\xff\x00\xff\xd2x\xff\xd3")


@pytest.mark.parametrize("tile", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"II*\0", b"\xff\xd8\x00\x00\x00\x00"])
def test_what_does_not_start_like_a_jpeg_is_unreadable(tile: bytes) -> None:
    with pytest.raises(TileUnreadable):
        splice_jpeg(tile, codec(ColourModel.YCBCR))


@pytest.mark.parametrize("tables", [b"\xff\xd8\xff\xdb\xff\xff", b"\xff\xd8\x12\x34\x00\x00"])
def test_damaged_tables_are_unreadable(tables: bytes) -> None:
    with pytest.raises(TileUnreadable):
        splice_parts(codec(ColourModel.YCBCR, tables))


def _jpeg(**options: Any) -> bytes:
    pixels = np.random.default_rng(5).integers(0, 255, (32, 32, 3), np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "jpeg", **options)
    return target.getvalue()


def test_only_a_sequential_tile_with_all_components_in_one_scan_counts_as_one() -> None:
    plain = _jpeg()
    assert has_one_scan(plain)
    assert not has_one_scan(_jpeg(progressive=True))
    scan = plain.index(b"\xff\xda")
    assert not has_one_scan(plain[: scan + 4] + b"\x01" + plain[scan + 5 :])  # one component of three
    assert not has_one_scan(plain[: scan + 3])
    assert not has_one_scan(b"\xff\xd8\xff\xda\x00\x08\x00")  # no frame
    assert not has_one_scan(b"no jpeg")
