"""Encoding: what goes in comes out, profiles travel, and impossible combinations are refused."""

import io

import numpy as np
import pytest
import simplejpeg
import tifffile
from PIL import Image

from coverslip.core.errors import InvalidRequest
from coverslip.imaging.encode import ImageFormat, encode, encode_jpeg, encode_tile
from coverslip.testing.profiles import wide_rgb_profile
from coverslip.testing.synthetic import coded_rgb, coded_values, smooth_rgb

RGB = coded_rgb(70, 50)


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def test_made_tiles_are_small_jpegs_with_halved_colour() -> None:
    body = encode_tile(smooth_rgb(512, 512))
    assert simplejpeg.decode_jpeg_header(body)[2:] == ("YCbCr", "420")
    assert np.abs(simplejpeg.decode_jpeg(body).astype(int) - smooth_rgb(512, 512)).mean() < 2


def test_lossless_formats_give_the_pixels_back() -> None:
    np.testing.assert_array_equal(np.asarray(opened(encode(RGB, ImageFormat.PNG))), RGB)
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(encode(RGB, ImageFormat.TIFF))), RGB)
    np.testing.assert_array_equal(np.load(io.BytesIO(encode(RGB, ImageFormat.NPY))), RGB)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_measured_values_fit_into_tiff_and_npy(dtype: str) -> None:
    values = np.stack([coded_values(40, 30, dtype, seed) for seed in range(4)], axis=-1)
    np.testing.assert_array_equal(np.load(io.BytesIO(encode(values, ImageFormat.NPY))), values)
    planes = tifffile.imread(io.BytesIO(encode(values, ImageFormat.TIFF)))
    np.testing.assert_array_equal(np.moveaxis(planes, 0, -1), values)


def test_grey_stays_grey() -> None:
    grey = RGB[..., :1]
    assert opened(encode(grey, ImageFormat.JPEG)).mode == "L"
    np.testing.assert_array_equal(np.asarray(opened(encode(grey, ImageFormat.PNG))), grey[..., 0])


@pytest.mark.parametrize("kind", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.TIFF])
def test_a_profile_travels_with_the_picture(kind: ImageFormat) -> None:
    profile = wide_rgb_profile()
    assert opened(encode(RGB, kind, icc_profile=profile)).info["icc_profile"] == profile
    assert "icc_profile" not in opened(encode(RGB, kind)).info


def test_a_long_profile_takes_several_segments() -> None:
    profile = wide_rgb_profile() + bytes(150_000)
    assert opened(encode_jpeg(RGB, icc_profile=profile)).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", [ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP])
@pytest.mark.parametrize("pixels", [np.zeros((4, 4, 3), np.uint16), np.zeros((4, 4, 2), np.uint8)])
def test_pixels_that_do_not_fit_are_refused(kind: ImageFormat, pixels: np.ndarray) -> None:
    with pytest.raises(InvalidRequest, match="tiff or npy"):
        encode(pixels, kind)


def test_equal_pixels_give_equal_bytes() -> None:
    for kind in set(ImageFormat) - {ImageFormat.OME_TIFF}:  # whose writer is imaging.writers
        assert encode(RGB, kind) == encode(RGB.copy(), kind)
