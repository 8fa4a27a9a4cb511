"""Rare TIFF images that only make sense as a whole: bilevel, facsimile, old-style JPEG, CMYK, CIELab.

libtiff (inside Pillow) decodes them, up to a size that a decoder process can hold.
"""

import warnings

import numpy as np

from coverslip.core.errors import TileRefused, UnsupportedCompression
from coverslip.imaging.formats.tiff_page import Page
from coverslip.ports.format import Pixels

MAX_WHOLE_PX = 50_000_000


def decode_whole(page: Page) -> Pixels:
    """Decode one image as stored (orientation not applied).

    Returns
    -------
    ndarray of uint8, shape (height, width, 1 or 3)

    Raises
    ------
    TileRefused
        More pixels than can be decoded at once.
    UnsupportedCompression
        libtiff cannot decode the image either.
    """
    from PIL import Image, UnidentifiedImageError

    if page.width * page.height > MAX_WHOLE_PX:
        raise TileRefused("The image is compressed as one piece that is too large to decode safely.")
    if page.directory.index < 0:
        raise UnsupportedCompression
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(page.directory.source.path, formats=["TIFF"]) as image:
                image.seek(page.directory.index)
                if image.size != (page.width, page.height):
                    raise UnsupportedCompression
                image.getexif().pop(274, None)
                pixels = np.asarray(image.convert("L" if image.mode in {"1", "L", "LA"} else "RGB"))
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as error:
        raise UnsupportedCompression from error
    return pixels if pixels.ndim == 3 else pixels[..., None]
