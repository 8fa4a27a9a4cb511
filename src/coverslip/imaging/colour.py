"""Colour management: from a slide's ICC profile to sRGB, and the table that browsers apply.

Transforms are made by Little CMS through Pillow, with the rendering intent of the profile's header.
"""

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import InvalidRequest
from coverslip.imaging.colour_difference import delta_e_2000
from coverslip.imaging.colourise import Rgb

COARSE_LUT = 33
FINE_LUT = 65
MEAN_LIMIT = 0.5
P99_LIMIT = 1.5
_SRGB_MEAN = 0.5
_SRGB_LARGEST = 3
_CHUNK_ROWS = 1024
_FIXED_DATE = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What the index keeps about a profile: its description, and whether it differs from sRGB."""

    name: str | None
    managed: bool


def profile_facts(profile: bytes | None) -> ProfileFacts:
    """Say whether a profile has to be applied.

    A profile counts as sRGB when what it does to a grid of colours cannot be seen. One that is
    damaged, or not for RGB, is not applied.
    """
    if not profile:
        return ProfileFacts(None, False)
    name = _description(profile)
    try:
        grid = _grid(17)
        difference = np.abs(to_srgb(grid, profile).astype(np.int16) - grid)
    except InvalidRequest:
        return ProfileFacts(name, False)
    same = difference.mean() <= _SRGB_MEAN and difference.max() <= _SRGB_LARGEST
    return ProfileFacts(name, not same)


def to_srgb(pixels: Rgb, profile: bytes) -> Rgb:
    """Convert pixels from a profile to sRGB.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
    profile : bytes

    Raises
    ------
    InvalidRequest
        The profile is damaged or not for RGB.
    """
    from PIL import Image, ImageCms

    transform = _transform(profile)
    out = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _CHUNK_ROWS):
        part = Image.fromarray(np.ascontiguousarray(pixels[top : top + _CHUNK_ROWS]))
        out[top : top + _CHUNK_ROWS] = np.asarray(ImageCms.applyTransform(part, transform))
    return out


def srgb_profile() -> bytes:
    """Return the sRGB profile that managed exports carry."""
    from PIL import ImageCms

    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = _FIXED_DATE  # Little CMS writes the present, and equal requests must give equal bytes
    return bytes(made)


def make_lut(profile: bytes) -> npt.NDArray[np.uint8]:
    """Tabulate a profile, checked against Little CMS itself.

    Returns
    -------
    ndarray of uint8, shape (n, n, n, 3)
        Indexed blue, green, red, so that red runs fastest in memory; n is 33, or 65 where 33 would
        differ from Little CMS by a mean of more than 0.5 or a 99th percentile of more than 1.5 (dE00).
    """
    coarse = _lut(profile, COARSE_LUT)
    mean, p99 = lut_error(coarse, profile)
    return coarse if mean <= MEAN_LIMIT and p99 <= P99_LIMIT else _lut(profile, FINE_LUT)


def lut_error(lut: npt.NDArray[np.uint8], profile: bytes) -> tuple[float, float]:
    """Compare a table with Little CMS on random colours; returns mean and 99th percentile of dE00."""
    colours = np.random.default_rng(1).integers(0, 256, (1, 20_000, 3), dtype=np.uint8)
    difference = delta_e_2000(apply_lut(colours, lut), to_srgb(colours, profile))
    return float(difference.mean()), float(np.percentile(difference, 99))


def apply_lut(pixels: Rgb, lut: npt.NDArray[np.uint8]) -> Rgb:
    """Apply a table by trilinear interpolation, as the browser does."""
    size = lut.shape[0]
    place = pixels.astype(np.float32) * ((size - 1) / 255)
    low = np.minimum(place.astype(np.intp), size - 2)
    share = place - low
    out = np.zeros(pixels.shape, np.float32)
    for corner in range(8):
        step = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        weight = np.where(step == 1, share, 1 - share).prod(axis=-1, keepdims=True)
        red, green, blue = np.moveaxis(low + step, -1, 0)
        out += weight * lut[blue, green, red]
    return (out + 0.5).astype(np.uint8)


def _lut(profile: bytes, size: int) -> npt.NDArray[np.uint8]:
    return to_srgb(_grid(size), profile).reshape(size, size, size, 3)


def _grid(size: int) -> Rgb:
    """Return evenly spaced colours, shape (size * size, size, 3): blue slowest, red fastest."""
    values = np.round(np.linspace(0, 255, size)).astype(np.uint8)
    blue, green, red = np.meshgrid(values, values, values, indexing="ij")
    return np.ascontiguousarray(np.stack((red, green, blue), axis=-1).reshape(size * size, size, 3))


@lru_cache(maxsize=8)
def _transform(profile: bytes) -> Any:
    from PIL import ImageCms

    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if opened.profile.xcolor_space.strip() != "RGB":
            raise InvalidRequest("The slide's colour profile is not for RGB pixels.")
        intent = ImageCms.Intent(min(3, profile[67]))
        return ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), "RGB", "RGB", intent)
    except (ImageCms.PyCMSError, OSError, IndexError, ValueError) as error:
        raise InvalidRequest("The slide's colour profile is damaged.") from error


def _description(profile: bytes) -> str | None:
    from PIL import ImageCms

    try:
        text = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return text.strip() or None
