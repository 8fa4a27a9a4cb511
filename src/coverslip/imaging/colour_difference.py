"""How different two colours look: CIEDE2000 (Sharma, Wu, Dalal 2005), for sRGB pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE_D65 = _TO_XYZ.sum(axis=1)
_SEVENTH_POWER_OF_25 = 25.0**7


def lab_of_srgb(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return CIELAB (D65) of sRGB pixels, shape (..., 3)."""
    value = pixels.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    relative = linear @ _TO_XYZ.T / _WHITE_D65
    shaped = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(shaped, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)


def delta_e_2000(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> Floats:
    """Return dE00 of each pair of sRGB pixels, shape (...)."""
    return delta_e_2000_lab(lab_of_srgb(first), lab_of_srgb(second))


def delta_e_2000_lab(first: Floats, second: Floats) -> Floats:
    """Return dE00 of each pair of CIELAB colours, shape (...)."""
    lightness1, a1, b1 = np.moveaxis(first, -1, 0)
    lightness2, a2, b2 = np.moveaxis(second, -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - _chroma_weight(mean_chroma))
    chroma1, chroma2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    hue1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    hue2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    colourless = chroma1 * chroma2 == 0
    turn = np.where(colourless, 0, (hue2 - hue1 + 180) % 360 - 180)
    hue_sum = hue1 + hue2
    halfway = np.where(np.abs(hue1 - hue2) <= 180, hue_sum / 2, (hue_sum + 360) / 2 % 360)
    hue = np.where(colourless, hue_sum, halfway)
    lightness, chroma = (lightness1 + lightness2) / 2, (chroma1 + chroma2) / 2
    away = (lightness - 50) ** 2
    dl = (lightness2 - lightness1) / (1 + 0.015 * away / np.sqrt(20 + away))
    dc = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(chroma1 * chroma2) * _sin(turn / 2) / (1 + 0.015 * chroma * _hue_weight(hue))
    rotation = -_sin(60 * np.exp(-(((hue - 275) / 25) ** 2))) * 2 * _chroma_weight(chroma)
    result: Floats = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0))
    return result


def _chroma_weight(chroma: Any) -> Any:
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + _SEVENTH_POWER_OF_25))


def _hue_weight(hue: Any) -> Any:
    return 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)


def _sin(degrees: Any) -> Any:
    return np.sin(np.radians(degrees))


def _cos(degrees: Any) -> Any:
    return np.cos(np.radians(degrees))
