"""Slides made by us: every pixel says where it lies, and a huge one made of real tissue.

Needs no pytest, so that the demo can use it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coverslip.testing.bigtiff import TiledImage, write_bigtiff

DEMO_WIDTH = 100_000
DEMO_HEIGHT = 80_000
_TILE = 256
_JPEG_QUALITY = 80
_DEMO_MPP = 0.499

Rgb = npt.NDArray[np.uint8]


def coded_rgb(width: int, height: int, seed: int = 0) -> Rgb:
    """Return pixels that say where they lie: no two of a 4,096 px square are alike.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red is x, green is y, blue the bits 8 to 11 of both, each plus ``seed``.
    """
    x, y = np.arange(width) + seed, np.arange(height)[:, np.newaxis] + seed
    out = np.empty((height, width, 3), np.uint8)
    out[..., 0] = x & 255
    out[..., 1] = y & 255
    out[..., 2] = (x >> 8 & 15) | (y >> 8 & 15) << 4
    return out


def coded_values(width: int, height: int, dtype: str = "uint16", seed: int = 0) -> npt.NDArray[Any]:
    """Return one channel that says where it lies: ``(7 x + 13 y + 1000 seed)`` in the dtype's range."""
    value = 7 * np.arange(width) + 13 * np.arange(height)[:, np.newaxis] + 1000 * seed
    if np.dtype(dtype).kind == "f":
        return (value / 65_536).astype(dtype)
    return (value % (int(np.iinfo(dtype).max) + 1)).astype(dtype)


def smooth_rgb(width: int, height: int) -> Rgb:
    """Return a picture without sharp edges, which JPEG keeps within a grey level or two."""
    x = np.linspace(0, 3 * np.pi, width)
    y = np.linspace(0, 2 * np.pi, height)[:, np.newaxis]
    planes = (np.sin(x + y), np.cos(x - y / 2), np.sin(x / 3) * np.cos(y))
    return np.stack([np.round(127.5 + 100 * plane) for plane in np.broadcast_arrays(*planes)], axis=-1).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class WrittenLevel:
    """One level as it was given to the writer."""

    factor: int
    pixels: npt.NDArray[Any]


def write_pyramid(
    path: Path,
    pixels: npt.NDArray[Any],
    *,
    factors: Sequence[int] = (1, 2, 4),
    tile: int = 256,
    compression: str = "deflate",
    jpeg_rgb: bool = False,
    mpp: float | None = 0.25,
) -> list[WrittenLevel]:
    """Write a pyramidal TIFF with tifffile.

    Parameters
    ----------
    path : pathlib.Path
    pixels : ndarray, shape (height, width, 3) or (height, width)
        Level 0; the others are every ``factor``-th pixel of it, so that they tell where they lie.
    factors : sequence of int
    tile : int
        Side of the tiles in pixels, a multiple of 16.
    compression : str
        As tifffile calls it: ``deflate``, ``jpeg``, ``lzw``, ``zstd``, ``jpeg2000``, ``none`` ...
    jpeg_rgb : bool
        Keep RGB inside JPEG, as Aperio scanners do.
    mpp : float or None
        Micrometres per level-0 pixel.
    """
    import tifffile

    levels = [WrittenLevel(factor, np.ascontiguousarray(pixels[::factor, ::factor])) for factor in factors]
    options: dict[str, Any] = {"tile": (tile, tile), "metadata": None, "software": False}
    options["compression"] = None if compression == "none" else compression
    options["photometric"] = "rgb" if pixels.ndim == 3 else "minisblack"
    if compression == "jpeg" and pixels.ndim == 3:
        options["compressionargs"] = {"outcolorspace": "rgb" if jpeg_rgb else "ycbcr", "level": 90}
        options["photometric"] = "rgb" if jpeg_rgb else "ycbcr"
        options["subsampling"] = (1, 1) if jpeg_rgb else (2, 2)
    with tifffile.TiffWriter(path) as writer:
        for level in levels:
            if mpp is not None:
                options["resolution"] = (10_000 / (mpp * level.factor),) * 2
                options["resolutionunit"] = "CENTIMETER"
            writer.write(level.pixels, subfiletype=0 if level.factor == 1 else 1, **options)
    return levels


def make_demo_slide(source: Path, target: Path, width: int = DEMO_WIDTH, height: int = DEMO_HEIGHT) -> None:
    """Make a huge pyramidal slide out of a small real one, in seconds.

    The tissue is mirrored in both axes, so that no seam appears, and repeated. Every level is the
    box mean of the one before it. Equal tiles are stored once and pointed at many times, so the file
    is small; never measure speed on it, because the page cache holds it whole.

    Parameters
    ----------
    source : pathlib.Path
        A TIFF whose first page is RGB, at least 256 px on each side.
    target : pathlib.Path
        A BigTIFF of JPEG tiles; written whole or not at all.
    width, height : int
    """
    import tifffile

    with tifffile.TiffFile(source) as opened:
        block = _mirrored(opened.pages[0].asarray()[..., :3])
    images: list[TiledImage] = []
    factor = 1
    while True:
        size = (-(-width // factor), -(-height // factor))
        images.append(_repeated(block, *size, _DEMO_MPP * factor, reduced=factor > 1))
        if max(size) <= _TILE:
            break
        block, factor = _halved(block), factor * 2
    part = target.with_suffix(target.suffix + "-part")
    try:
        write_bigtiff(part, images)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _mirrored(texture: Rgb) -> Rgb:
    height, width = (side // _TILE * _TILE for side in texture.shape[:2])
    texture = texture[:height, :width]
    top = np.concatenate((texture, texture[:, ::-1]), axis=1)
    return np.concatenate((top, top[::-1]), axis=0)


def _halved(block: Rgb) -> Rgb:
    """Return the box mean of a block that repeats; one of odd size is doubled first."""
    if block.shape[0] % 2:
        block = np.concatenate((block, block), axis=0)
    if block.shape[1] % 2:
        block = np.concatenate((block, block), axis=1)
    height, width = block.shape[0] // 2, block.shape[1] // 2
    sums = block.reshape(height, 2, width, 2, 3).sum(axis=(1, 3), dtype=np.uint16)
    mean: Rgb = ((sums + 2) // 4).astype(np.uint8)
    return mean


def _repeated(block: Rgb, width: int, height: int, mpp: float, *, reduced: bool) -> TiledImage:
    """Cut the endless plane that repeats a block into tiles, encoding each distinct one once."""
    import simplejpeg

    rows, cols = -(-height // _TILE), -(-width // _TILE)
    tops = np.arange(rows) * _TILE % block.shape[0]
    lefts = np.arange(cols) * _TILE % block.shape[1]
    distinct_tops, row_numbers = np.unique(tops, return_inverse=True)
    distinct_lefts, col_numbers = np.unique(lefts, return_inverse=True)
    tiles: list[bytes] = []
    for top in distinct_tops:
        lines = np.take(block, np.arange(top, top + _TILE), axis=0, mode="wrap")
        for left in distinct_lefts:
            tile = np.take(lines, np.arange(left, left + _TILE), axis=1, mode="wrap")
            tiles.append(simplejpeg.encode_jpeg(tile, _JPEG_QUALITY, colorsubsampling="420"))
    numbers = row_numbers[:, np.newaxis] * len(distinct_lefts) + col_numbers[np.newaxis, :]
    return TiledImage(width, height, _TILE, tiles, numbers, mpp, reduced)
