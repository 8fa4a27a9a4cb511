"""Pictures of values that are to lie over a slide: label maps and heatmaps, unpacked inside a decoder process.

One plane of numbers from a PNG, a TIFF or a NumPy array, written as plain little-endian numbers that the web process
maps without parsing anything.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.core.result_errors import OverlayRefused

MOST_PIXELS: Final = 100_000_000
_TAKEN: Final = {"b1": "u1", "u1": "u1", "u2": "u2", "u4": "u4", "i1": "f4", "i2": "f4", "i4": "u4", "i8": "u4"} | {
    "u8": "u4",
    "f2": "f4",
    "f4": "f4",
    "f8": "f4",
}


def unpack_raster(path: str, target: str) -> dict[str, Any]:
    """Write the values of a picture to ``target``, row by row, and say what they are.

    Returns
    -------
    dict
        ``width``, ``height`` and ``dtype``.

    Raises
    ------
    OverlayRefused
        It is no such picture, has more than one channel, or too many pixels.
    """
    with Path(path).open("rb") as file:
        head = file.read(8)
    try:
        if head[:6] == b"\x93NUMPY":
            values = np.load(path, mmap_mode="r", allow_pickle=False)
        elif head == b"\x89PNG\r\n\x1a\n":
            values = _png(path)
        elif head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            values = _tiff(path)
        else:
            raise OverlayRefused("An overlay is a PNG, a TIFF or a NumPy array (.npy).")
    except (OSError, ValueError, KeyError, IndexError, TypeError, SyntaxError, EOFError) as error:
        raise OverlayRefused("The picture is damaged or of a kind that cannot be laid over a slide.") from error
    values = _one_plane(values)
    height, width = values.shape
    dtype = _TAKEN.get(values.dtype.str[1:])
    if dtype is None:
        raise OverlayRefused("The values of the picture are no numbers that can be shown.")
    with Path(target).open("wb") as out:
        for start in range(0, height, 1024):
            rows = np.asarray(values[start : start + 1024])
            if dtype == "u4" and rows.dtype.kind in "iu" and rows.size and (rows.min() < 0 or rows.max() >= 2**32):
                raise OverlayRefused("Labels are whole numbers from 0 to 4,294,967,295.")
            out.write(np.ascontiguousarray(rows, f"<{dtype}").data)
    return {"width": width, "height": height, "dtype": dtype}


def _one_plane(values: Any) -> Any:
    while values.ndim > 2 and 1 in values.shape:
        values = values.squeeze(axis=values.shape.index(1))
    if values.ndim != 2:
        raise OverlayRefused("An overlay has one value a pixel; this picture has several channels or planes.")
    if values.size == 0 or values.size > MOST_PIXELS:
        raise OverlayRefused(f"An overlay has 1 to {MOST_PIXELS:,} pixels; make it coarser.")
    return values


def _png(path: str) -> Any:
    from PIL import Image

    with Image.open(path, formats=["PNG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise OverlayRefused(f"An overlay has 1 to {MOST_PIXELS:,} pixels; make it coarser.")
        if picture.mode not in ("1", "L", "P", "I", "I;16", "I;16B", "F"):  # a palette's numbers are the labels
            raise OverlayRefused("An overlay has one value a pixel; this picture has several channels or planes.")
        return np.asarray(picture)


def _tiff(path: str) -> Any:
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        if page.size > MOST_PIXELS:
            raise OverlayRefused(f"An overlay has 1 to {MOST_PIXELS:,} pixels; make it coarser.")
        return page.asarray()
