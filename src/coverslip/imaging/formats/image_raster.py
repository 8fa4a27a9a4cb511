"""Unpacks one whole image and hands out regions of it.

The codecs of plain images (PNG, JPEG, WebP ...) have no random access, so an image is decoded once
for each open slide: small ones in memory, large ones into a nameless temporary file, so that a
decoder process stays small.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from coverslip.core.errors import DiskFull, TileUnreadable
from coverslip.core.geometry import Region
from coverslip.ports.format import Pixels

IN_MEMORY_BYTES = 64 * 1024 * 1024
_SPARE_DISK_BYTES = 256 * 1024 * 1024

Fill = Callable[[Pixels], None]
"""Decodes the whole image into an array of shape (height, width, samples)."""


class Raster:
    """A decoded image.

    Parameters
    ----------
    shape : tuple of int
        (height, width, samples).
    dtype : numpy.dtype
    fill : callable
        Decodes into an array of that shape.

    Raises
    ------
    DiskFull
        The image is large and the folder for temporary files has no room for it.
    TileUnreadable
        The image is damaged.
    """

    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype[np.generic], fill: Fill) -> None:
        self._shape = shape
        self._dtype = dtype
        self._pixels: Pixels | None = None
        self._file: BinaryIO | None = None
        size = int(np.prod(shape)) * dtype.itemsize
        if size <= IN_MEMORY_BYTES:
            self._pixels = np.empty(shape, dtype)
            fill(self._pixels)
        else:
            self._file = _unpacked(shape, dtype, size, fill)

    def read(self, region: Region) -> Pixels:
        """Return a region, shape (height, width, samples)."""
        if self._pixels is not None:
            rows = slice(region.y, region.y + region.height)
            return self._pixels[rows, region.x : region.x + region.width]
        if self._file is None:
            raise TileUnreadable("The slide was closed.")
        _, width, samples = self._shape
        pixel = samples * self._dtype.itemsize
        rows_found = []
        for row in range(region.y, region.y + region.height):
            start = (row * width + region.x) * pixel
            data = os.pread(self._file.fileno(), region.width * pixel, start)
            rows_found.append(np.frombuffer(data, self._dtype).reshape(region.width, samples))
        return np.stack(rows_found)

    def close(self) -> None:
        """Release memory and disk; harmless when called twice."""
        self._pixels = None
        if self._file is not None:
            self._file.close()
            self._file = None


def _unpacked(shape: tuple[int, int, int], dtype: np.dtype[np.generic], size: int, fill: Fill) -> BinaryIO:
    folder = tempfile.gettempdir()
    if shutil.disk_usage(folder).free < size + _SPARE_DISK_BYTES:
        raise DiskFull(f"The folder for temporary files has no room to unpack this image ({size // 1_000_000} MB).")
    file: BinaryIO = tempfile.TemporaryFile(dir=folder, prefix="coverslip-image-")  # noqa: SIM115 - lives as long as the slide
    try:
        os.posix_fallocate(file.fileno(), 0, size)
        mapped = np.memmap(file, dtype, "r+", 0, shape)
        fill(mapped)
        del mapped  # read with positioned reads from here on, so that the mapping does not count as our memory
    except BaseException:
        file.close()
        raise
    return file


def oriented_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return the size of an image after its EXIF orientation (1 to 8) is applied."""
    return (height, width) if orientation >= 5 else (width, height)


def stored_region(region: Region, width: int, height: int, orientation: int) -> Region:
    """Return where a region of the upright image lies in the stored one of ``width`` x ``height`` pixels."""
    x, y, w, h = region.x, region.y, region.width, region.height
    right, bottom = {2: (w, 0), 3: (w, h), 4: (0, h)}.get(orientation, (0, 0))
    if orientation < 5:
        return Region(width - x - w if right else x, height - y - h if bottom else y, w, h)
    # Turned by a quarter: columns of the upright image are rows of the stored one.
    left = width - y - h if orientation in (7, 8) else y
    top = height - x - w if orientation in (6, 7) else x
    return Region(left, top, h, w)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and mirror stored pixels as their EXIF orientation says."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return turned
