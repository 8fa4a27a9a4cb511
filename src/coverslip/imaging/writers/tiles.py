"""Makes the tiles of an export from an open slide: read, encode."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from coverslip.core.geometry import Plane
from coverslip.imaging.encode import encode_jpeg
from coverslip.imaging.render import View, Window, background, read_window
from coverslip.imaging.writers.plan import OutLevel, Plan
from coverslip.ports.format import Pixels

JPEG_QUALITY: Final = 95
DEFLATE_LEVEL: Final = 6
ZSTD_LEVEL: Final = 3

Wanted = tuple[int, int, int, int, int, int]
"""Level, t, z, channel, column, row."""


def encoded(view: View, plan: Plan, kind: str, wanted: Wanted) -> bytes:
    """Read and encode one tile.

    Parameters
    ----------
    view : View
    plan : Plan
    kind : str
        ``tiff`` (JPEG, or deflate with a predictor) or ``zarr`` (zstd, samples apart).
    wanted : Wanted
    """
    number, t, z, channel, col, row = wanted
    channels = None if plan.about.rgb else [channel]
    pixels = read_level(view, plan, plan.levels[number], col, row, Plane(z, t), channels)
    if kind == "zarr":
        return zarr_chunk(pixels)
    # Colour at full resolution: who analyses stains should not find less of it than the scanner stored.
    return encode_jpeg(pixels, JPEG_QUALITY, subsampling="444") if plan.lossy else deflated(pixels)


def read_level(
    view: View, plan: Plan, level: OutLevel, col: int, row: int, at: Plane, channels: Sequence[int] | None
) -> Pixels:
    """Read one whole tile of an export; beyond the edge of its level is background."""
    left, top = col * level.tile_width, row * level.tile_height
    width, height = min(level.tile_width, level.width - left), min(level.tile_height, level.height - top)
    x, y = plan.x + left * level.downsample_x, plan.y + top * level.downsample_y
    window = Window(x, y, width, height, level.downsample_x, level.downsample_y)
    pixels = read_window(view, window, at, channels, exact=not plan.lossy)
    if pixels.shape[:2] == (level.tile_height, level.tile_width):
        return pixels
    out = np.empty((level.tile_height, level.tile_width, pixels.shape[2]), pixels.dtype)
    out[...] = background(view.info)
    out[:height, :width] = pixels
    return out


def deflated(pixels: Pixels) -> bytes:
    """Compress a tile as TIFF's deflate, whole numbers with its horizontal predictor.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, samples)
    """
    import imagecodecs

    samples = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False))
    if predictor_of(samples.dtype) == 2:
        unsigned = samples.view(f"<u{samples.dtype.itemsize}")
        differences = unsigned.copy()
        differences[:, 1:] -= unsigned[:, :-1]
        samples = differences
    return bytes(imagecodecs.zlib_encode(samples.tobytes(), DEFLATE_LEVEL))


def predictor_of(dtype: "np.dtype[Any]") -> int:
    """Return the TIFF predictor that :func:`deflated` uses for a dtype."""
    return 2 if dtype.kind in "ui" else 1


def zarr_chunk(pixels: Pixels) -> bytes:
    """Compress a tile as the chunk (1, samples, 1, height, width) of a Zarr array, zstd over little-endian bytes."""
    import imagecodecs

    planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0)).astype(pixels.dtype.newbyteorder("<"), copy=False)
    return bytes(imagecodecs.zstd_encode(planes.tobytes(), ZSTD_LEVEL))
