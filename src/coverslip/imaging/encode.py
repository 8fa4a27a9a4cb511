"""Turns pixels into bytes: the last of the three steps read, style, encode."""

import io
from enum import StrEnum
from typing import Any

import numpy as np

from coverslip.core.errors import InvalidRequest
from coverslip.ports.format import Pixels

TILE_QUALITY = 85
UM_A_CM = 10_000
UM_AN_INCH = 25_400


class ImageFormat(StrEnum):
    """What an answer with pixels may be."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    OME_TIFF = "ome-tiff"
    NPY = "npy"

    @property
    def media_type(self) -> str:
        """MIME type."""
        if self is ImageFormat.OME_TIFF:
            return "image/tiff"
        return "application/x-npy" if self is ImageFormat.NPY else f"image/{self.value}"

    @property
    def keeps_values(self) -> bool:
        """Whether it holds the values of any channels, not only a picture of them."""
        return self in (ImageFormat.TIFF, ImageFormat.OME_TIFF, ImageFormat.NPY)


def encode_tile(rgb: Pixels, *, subsampling: str = "420") -> bytes:
    """Encode a made tile: JPEG, quality 85.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
    subsampling : str
        ``420`` suits stained tissue. Blended channels want ``444``: their colour is their information.
    """
    return encode_jpeg(rgb, TILE_QUALITY, subsampling=subsampling, fast=True)


def encode_jpeg(
    rgb: Pixels,
    quality: int = 90,
    *,
    subsampling: str = "420",
    fast: bool = False,
    icc_profile: bytes | None = None,
) -> bytes:
    """Encode RGB or grey pixels as JPEG.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3) or (height, width, 1)
    quality : int
        1 to 100.
    subsampling : str
        ``444``, ``422`` or ``420``; ignored for grey.
    fast : bool
        Transform with less precision: below quality 90 the difference is lost in the quantisation.
    icc_profile : bytes or None
    """
    import simplejpeg

    pixels = np.ascontiguousarray(rgb)
    grey = pixels.shape[2] == 1
    colour = {"colorspace": "GRAY", "colorsubsampling": "Gray"} if grey else {"colorsubsampling": subsampling}
    stream: bytes = simplejpeg.encode_jpeg(pixels, quality, fastdct=fast, **colour)
    return _with_icc(stream, icc_profile) if icc_profile else stream


def encode(
    pixels: Pixels,
    kind: ImageFormat,
    *,
    quality: int = 90,
    icc_profile: bytes | None = None,
    mpp: tuple[float, float] | None = None,
) -> bytes:
    """Encode pixels.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, channels)
        JPEG, PNG and WebP take uint8 with 1 or 3 channels; PNG also uint16 with 1 channel; TIFF and
        NPY take anything.
    kind : ImageFormat
        Any but OME-TIFF, which :mod:`coverslip.imaging.writers` writes.
    quality : int
        For JPEG and WebP, 1 to 100.
    icc_profile : bytes or None
        Profile to embed; NPY holds none.
    mpp : (float, float) or None
        Micrometres per pixel across and down, for TIFF and PNG to state.

    Raises
    ------
    InvalidRequest
        The format cannot hold such pixels.
    """
    if kind is ImageFormat.NPY:
        target = io.BytesIO()
        np.lib.format.write_array(target, np.ascontiguousarray(pixels), allow_pickle=False)
        return target.getvalue()
    if kind is ImageFormat.TIFF:
        return _tiff(pixels, icc_profile, mpp)
    if pixels.dtype != np.uint8 or pixels.shape[2] not in (1, 3):
        raise InvalidRequest("These pixels fit only into tiff or npy; ask for one of them or for a style.")
    if kind is ImageFormat.JPEG:
        return encode_jpeg(pixels, quality, icc_profile=icc_profile)
    return _pillow(pixels, kind, quality, icc_profile, mpp)


def _tiff(pixels: Pixels, icc_profile: bytes | None, mpp: tuple[float, float] | None) -> bytes:
    import tifffile

    target = io.BytesIO()
    rgb = pixels.shape[2] == 3 and pixels.dtype == np.uint8
    options: dict[str, Any] = {"compression": "deflate", "metadata": None, "software": "coverslip"}
    if icc_profile:
        options["iccprofile"] = icc_profile
    if mpp is not None:
        options |= {"resolution": (UM_A_CM / mpp[0], UM_A_CM / mpp[1]), "resolutionunit": "CENTIMETER"}
    planes = pixels if rgb else np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    tifffile.imwrite(
        target,
        planes,
        photometric="rgb" if rgb else "minisblack",
        planarconfig="contig" if rgb else None,
        **options,
    )
    return target.getvalue()


def _pillow(
    pixels: Pixels, kind: ImageFormat, quality: int, icc_profile: bytes | None, mpp: tuple[float, float] | None
) -> bytes:
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else np.ascontiguousarray(pixels))
    options: dict[str, Any] = {"compress_level": 3} if kind is ImageFormat.PNG else {"quality": quality, "method": 2}
    if icc_profile:
        options["icc_profile"] = icc_profile
    if mpp is not None and kind is ImageFormat.PNG:
        options["dpi"] = (UM_AN_INCH / mpp[0], UM_AN_INCH / mpp[1])
    target = io.BytesIO()
    image.save(target, kind.value, **options)
    return target.getvalue()


def _with_icc(stream: bytes, profile: bytes) -> bytes:
    """Put a profile behind SOI in as many APP2 segments as it takes (ICC.1, annex B.4)."""
    room = 65_533 - 14
    parts = [profile[start : start + room] for start in range(0, len(profile), room)]
    segments = b"".join(
        b"\xff\xe2" + (len(part) + 16).to_bytes(2) + b"ICC_PROFILE\0" + bytes((number, len(parts))) + part
        for number, part in enumerate(parts, 1)
    )
    return stream[:2] + segments + stream[2:]
