"""Reads the codes on a slide's label: Data Matrix, QR, PDF417, Aztec, Code 128, Code 93 and Code 39.

Codes of retail (EAN, UPC) are not looked for, because none names a slide, and neither are those
without start, stop and check digits worth the name (ITF, Codabar): a picture of tissue or print
sometimes looks like one, and a wrong case is worse than none.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import zxingcpp

Gray = npt.NDArray[np.uint8]

LONGEST_SIDE_PX: Final = 2400
"""Larger pictures are shrunk first: at a label's 25 mm that is still 100 pixels a millimetre."""

ENLARGED_PX: Final = 2800
"""Smaller pictures are enlarged up to this side for a further look."""

MOST_CODES: Final = 16
_TIME_S: Final = 6.0
_SLANTS: Final = (45, 22, 67, 11, 34, 56, 79)
_SHORTEST: Final = 2
_KINDS: Final = (
    zxingcpp.BarcodeFormat.DataMatrix,
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.MicroQRCode,
    zxingcpp.BarcodeFormat.RMQRCode,
    zxingcpp.BarcodeFormat.PDF417,
    zxingcpp.BarcodeFormat.Aztec,
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.Code39,
)
_SQUARE: Final = frozenset({"DataMatrix", "QRCode", "Aztec"})
_FORMATS: Final = zxingcpp.BarcodeFormats(_KINDS)


@dataclass(frozen=True, slots=True)
class Code:
    """One code: ``kind`` is ``DataMatrix``, ``QRCode``, ``PDF417``, ``Code128`` ..., ``text`` what it says."""

    kind: str
    text: str


def read_codes(rgb: npt.NDArray[Any]) -> list[Code]:
    """Return the codes in a picture, from top to bottom; none when none can be read.

    The picture is tried as it is, with stretched contrast, enlarged, sharpened and turned, until
    one of these shows a code. A picture without codes costs all of them, at most a few seconds.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3) or (height, width)

    Returns
    -------
    list of Code
        Each once, at most ``MOST_CODES``.
    """
    if rgb.dtype != np.uint8 or rgb.ndim not in (2, 3) or rgb.size == 0:
        return []
    until_s = time.monotonic() + _TIME_S
    for attempt, binarizer in _attempts(_gray(rgb)):
        found = _believed(_read(attempt, binarizer), attempt, binarizer)
        if found or time.monotonic() > until_s:
            return found
    return []


def _gray(rgb: npt.NDArray[Any]) -> Gray:
    """Return the picture's brightness, not larger than a label needs."""
    from PIL import Image

    if rgb.ndim == 3 and rgb.shape[2] < 3:
        rgb = rgb[:, :, 0]
    image = Image.fromarray(np.ascontiguousarray(rgb[..., :3] if rgb.ndim == 3 else rgb)).convert("L")
    if max(image.size) > LONGEST_SIDE_PX:
        image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.BOX)
    return np.asarray(image)


def _attempts(gray: Gray) -> Iterator[tuple[Gray, zxingcpp.Binarizer]]:
    """Yield versions of a picture, those first that cost little and help often."""
    from PIL import Image, ImageFilter, ImageOps

    local, whole = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
    yield gray, local
    image = ImageOps.autocontrast(Image.fromarray(gray), cutoff=1)
    yield np.asarray(image), local
    yield np.asarray(image), whole
    enlarged = image
    factor = ENLARGED_PX // max(image.size)
    if factor > 1:
        factor = min(factor, 4)
        enlarged = image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)
        yield np.asarray(enlarged), local
    # A label out of focus: the radius of the mask must be near that of the blur, which nobody knows.
    for radius in (2, 4, 7):
        sharpened = enlarged.filter(ImageFilter.UnsharpMask(radius=radius, percent=400, threshold=0))
        yield np.asarray(sharpened), local
        yield np.asarray(sharpened), whole
    # Bars are found along rows and columns only, so a slide that lay askew is turned.
    for angle in _SLANTS:
        yield np.asarray(image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)), local


def _read(gray: Gray, binarizer: zxingcpp.Binarizer) -> list[Code]:
    try:
        found = zxingcpp.read_barcodes(
            np.ascontiguousarray(gray), formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, binarizer=binarizer
        )
    except (RuntimeError, ValueError, TypeError):
        return []  # it refuses a picture of one pixel, say; that shows no code
    placed = sorted(found, key=lambda one: (one.position.top_left.y, one.position.top_left.x))
    codes = (Code(one.symbology.name, _plain(one.text)) for one in placed)
    return list(dict.fromkeys(code for code in codes if len(code.text) >= _SHORTEST))[:MOST_CODES]


def _believed(codes: list[Code], gray: Gray, binarizer: zxingcpp.Binarizer) -> list[Code]:
    """Leave out rows of bars that say something else, or nothing, upside down.

    A check character catches but one wrong reading in a hundred, and of slanted PDF417 wrong
    texts were seen that passed its own correction; the square codes gave none.
    """
    if all(code.kind in _SQUARE for code in codes):
        return codes
    again = _read(gray[::-1, ::-1], binarizer)
    return [code for code in codes if code.kind in _SQUARE or code in again]


def _plain(text: str) -> str:
    """Return a code's text on one line: separators that scanners send as control characters become spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
