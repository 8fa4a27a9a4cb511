"""Decoding one tile: equal to independent decoders, and refused in words when damaged."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import simplejpeg
import tifffile

from coverslip.core.errors import TileUnreadable
from coverslip.imaging.decode import TileDecoder, decode
from coverslip.ports.format import Codec, ColourModel, Compression
from coverslip.testing.synthetic import coded_rgb, coded_values, smooth_rgb

RGB = coded_rgb(64, 48)
VALUES = coded_values(64, 48, "uint16")[..., np.newaxis]


@pytest.mark.parametrize(
    ("compression", "encoder"),
    [
        (Compression.RAW, None),
        (Compression.DEFLATE, "zlib_encode"),
        (Compression.LZW, "lzw_encode"),
        (Compression.ZSTD, "zstd_encode"),
        (Compression.LZMA, "lzma_encode"),
        (Compression.PACKBITS, "packbits_encode"),
    ],
)
@pytest.mark.parametrize("predictor", [1, 2])
def test_byte_streams_come_back_exactly(compression: Compression, encoder: str | None, predictor: int) -> None:
    for pixels in (RGB, VALUES):
        data = imagecodecs.delta_encode(pixels, axis=1) if predictor == 2 else pixels
        raw = np.ascontiguousarray(data).tobytes()
        tile = raw if encoder is None else getattr(imagecodecs, encoder)(raw)
        codec = Codec(compression, ColourModel.RGB, pixels.shape[2], pixels.dtype.str, predictor=predictor)
        np.testing.assert_array_equal(decode(bytes(tile), codec, 64, 48), pixels)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_byte_order_of_the_file_is_undone(byteorder: str) -> None:
    tile = VALUES.astype(f"{byteorder}u2").tobytes()
    pixels = decode(tile, Codec(Compression.RAW, ColourModel.GRAY, 1, f"{byteorder}u2"), 64, 48)
    assert pixels.dtype.isnative
    np.testing.assert_array_equal(pixels, VALUES)


def test_floating_point_predictor_is_undone() -> None:
    values = coded_values(64, 48, "float32")[..., np.newaxis]
    tile = imagecodecs.floatpred_encode(values, axis=1).tobytes()
    np.testing.assert_array_equal(
        decode(tile, Codec(Compression.RAW, ColourModel.GRAY, 1, "<f4", predictor=3), 64, 48), values
    )


@pytest.mark.parametrize(
    ("compression", "encoder", "options"),
    [
        (Compression.JPEG2000, "jpeg2k_encode", {"reversible": True}),
        (Compression.JPEGLS, "jpegls_encode", {}),
        (Compression.JPEGXL, "jpegxl_encode", {"lossless": True}),
        (Compression.WEBP, "webp_encode", {"lossless": True}),
    ],
)
def test_lossless_image_streams_come_back_exactly(
    compression: Compression, encoder: str, options: dict[str, bool]
) -> None:
    tile = bytes(getattr(imagecodecs, encoder)(RGB, **options))
    np.testing.assert_array_equal(decode(tile, Codec(compression, ColourModel.RGB, 3, "u1"), 64, 48), RGB)


@pytest.mark.parametrize(("jpeg_rgb", "subsampling"), [(True, "444"), (False, "444"), (False, "422"), (False, "420")])
def test_jpeg_equals_an_independent_decoder_bit_for_bit(jpeg_rgb: bool, subsampling: str) -> None:
    pixels = smooth_rgb(256, 256)
    space = "RGB" if jpeg_rgb else "YCBCR"
    tile = bytes(
        imagecodecs.jpeg8_encode(pixels, level=80, colorspace="RGB", outcolorspace=space, subsampling=subsampling)
    )
    expected = imagecodecs.jpeg8_decode(tile, colorspace=space, outcolorspace="RGB")
    colour = ColourModel.RGB if jpeg_rgb else ColourModel.YCBCR
    np.testing.assert_array_equal(decode(tile, Codec(Compression.JPEG, colour, 3, "u1"), 256, 256), expected)


def test_twelve_bit_jpeg_keeps_its_bits() -> None:
    values = (coded_values(64, 64) % 4096)[..., np.newaxis]
    tile = bytes(imagecodecs.jpeg8_encode(values[..., 0], level=100, bitspersample=12))
    pixels = decode(tile, Codec(Compression.JPEG, ColourModel.GRAY, 1, "<u2"), 64, 64)
    assert pixels.dtype == np.uint16
    assert pixels.max() > 255


def test_palette_and_inverted_grey_become_what_is_seen() -> None:
    indices = (np.arange(48 * 64) % 256).astype(np.uint8).reshape(48, 64, 1)
    palette = np.random.default_rng(0).integers(0, 256, (256, 3), dtype=np.uint8)
    codec = Codec(Compression.RAW, ColourModel.PALETTE, 1, "u1", palette=palette.tobytes())
    np.testing.assert_array_equal(decode(indices.tobytes(), codec, 64, 48), palette[indices[..., 0]])
    codec = Codec(Compression.RAW, ColourModel.GRAY_INVERTED, 1, "<u2")
    np.testing.assert_array_equal(decode(VALUES.tobytes(), codec, 64, 48), 65_535 - VALUES)


@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("subsampling", ["444", "420"])
def test_scaled_decoding_is_close_to_the_box_mean(factor: int, subsampling: str) -> None:
    tile = simplejpeg.encode_jpeg(smooth_rgb(256, 256), 80, colorsubsampling=subsampling)
    decoder = TileDecoder(Codec(Compression.JPEG, ColourModel.YCBCR, 3, "u1"))
    side = 256 // factor
    blocks = decoder.decode(tile, 256, 256).reshape(side, factor, side, factor, 3).astype(float)
    difference = np.abs(decoder.decode_scaled(tile, 256, 256, factor) - blocks.mean(axis=(1, 3)))
    assert difference.mean() <= 2
    assert np.percentile(difference, 99.9) <= 16


def jpeg_codec() -> Codec:
    return Codec(Compression.JPEG, ColourModel.YCBCR, 3, "u1")


def test_a_tile_cut_short_is_an_error_never_grey() -> None:
    tile = simplejpeg.encode_jpeg(smooth_rgb(256, 256), 80)
    for end in (0, 1, 100, len(tile) // 2, len(tile) - 20):
        with pytest.raises(TileUnreadable):
            decode(tile[:end], jpeg_codec(), 256, 256)


def test_a_tile_that_claims_another_size_is_refused() -> None:
    tile = simplejpeg.encode_jpeg(smooth_rgb(512, 512), 80)
    with pytest.raises(TileUnreadable):
        decode(tile, jpeg_codec(), 256, 256)
    small = simplejpeg.encode_jpeg(smooth_rgb(100, 80), 80)
    with pytest.raises(TileUnreadable):
        decode(small, jpeg_codec(), 256, 256)


def test_a_tile_cut_at_the_edge_of_the_level_is_accepted() -> None:
    small = simplejpeg.encode_jpeg(smooth_rgb(100, 80), 80)
    pixels = TileDecoder(jpeg_codec()).decode(small, 256, 256, visible=(100, 80))
    assert pixels.shape == (256, 256, 3)
    np.testing.assert_array_equal(pixels[:80, :100], simplejpeg.decode_jpeg(small))


@pytest.mark.parametrize("compression", [one for one in Compression if one is not Compression.RAW])
def test_noise_is_unreadable_whatever_the_codec(compression: Compression) -> None:
    noise = np.random.default_rng(2).bytes(500)
    with pytest.raises(TileUnreadable):
        decode(noise, Codec(compression, ColourModel.RGB, 3, "u1"), 256, 256)


def test_a_bomb_cannot_unpack_beyond_its_tile() -> None:
    bomb = imagecodecs.zlib_encode(bytes(64 * 2**20), level=9)
    codec = Codec(Compression.DEFLATE, ColourModel.GRAY, 1, "u1")
    with pytest.raises(TileUnreadable):
        decode(bytes(bomb), codec, 16, 16)


def test_extraneous_bytes_before_a_marker_cost_nothing() -> None:
    tile = simplejpeg.encode_jpeg(smooth_rgb(64, 64), 80)
    at = tile.index(b"\xff\xc4")
    odd = tile[:at] + b"\x00\x00" + tile[at:]
    with pytest.raises(TileUnreadable):
        decode(odd, jpeg_codec(), 64, 64)
    trailing = tile[:-2] + b"\x00\x00" + tile[-2:]
    np.testing.assert_array_equal(decode(trailing, jpeg_codec(), 64, 64), simplejpeg.decode_jpeg(tile))


def test_tiles_of_real_tissue_equal_tifffile(sample: Callable[[str], Path]) -> None:
    with tifffile.TiffFile(sample("slides/CMU-1-Small-Region.svs")) as opened:
        page = opened.pages[0]
        codec = Codec(Compression.JPEG, ColourModel.RGB, 3, "u1", tables=page.jpegtables)
        for number in (0, 57, len(page.dataoffsets) - 1):
            opened.filehandle.seek(page.dataoffsets[number])
            tile = opened.filehandle.read(page.databytecounts[number])
            expected = page.decode(tile, number, jpegtables=page.jpegtables)[0][0]
            pixels = decode(tile, codec, page.tilewidth, page.tilelength)
            np.testing.assert_array_equal(pixels[: expected.shape[0], : expected.shape[1]], expected)
