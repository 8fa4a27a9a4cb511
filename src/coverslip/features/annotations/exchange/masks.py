"""Masks in and out: a value an object (labels), or a value a class.

A mask covers the whole slide at some downsample, which its size tells. What a value of a class mask means is
kept in the file as text; other people's values are "class 1", "class 2" and so on.
"""

import io
import json
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from coverslip.core.exchange_errors import AnnotationFileRefused, AnnotationFileTooLarge
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Report, area
from coverslip.features.annotations.exchange.raster import fill, objects_of
from coverslip.features.annotations.exchange.texts import words

MOST_PIXELS: Final = 2**27
LONGEST_SIDE: Final = 8192
MOST_CLASSES: Final = 255
_TEXT: Final = "coverslip"
_PNG: Final = b"\x89PNG"


def read_labels(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read a mask whose every value is an object."""
    pixels, said, palette = _pixels(data)
    named = _named(said)
    scale = _scale(pixels, canvas)
    for value, polygons in objects_of(pixels):
        shape = area(polygons)
        if shape is not None:
            class_name, colour = named.get(value, (None, palette.get(value)))
            item = Item(shape.scaled(*scale), class_name=class_name, colour=colour, object_type="detection")
            item.properties["label"] = value
            yield item


def read_classes(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read a mask whose every value is a class; each connected part becomes an object."""
    pixels, said, palette = _pixels(data)
    named = _named(said)
    scale = _scale(pixels, canvas)
    for value, polygons in objects_of(pixels):
        name, colour = named.get(value, (f"class {value}", palette.get(value)))
        for polygon in polygons:
            shape = area([polygon])
            if shape is not None:
                yield Item(shape.scaled(*scale), class_name=name, colour=colour)


def holds_classes(data: bytes) -> bool:
    """Say whether a mask looks like one of classes: few values, or marked by us."""
    pixels, said, palette = _pixels(data)
    if said.get("kind") in ("classes", "labels"):
        return bool(said["kind"] == "classes")
    return bool(palette) or len(np.unique(pixels)) <= 32


def _pixels(data: bytes) -> tuple[NDArray[np.integer[Any]], dict[str, Any], dict[int, str]]:
    """Return a mask's values, what we wrote beside them, and the colours of its values."""
    said: dict[str, Any] = {}
    palette: dict[int, str] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if data[:4] == _PNG:
                with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                    _check(image.width, image.height)
                    said = _said(getattr(image, "text", {}).get(_TEXT))
                    if image.mode == "P":
                        flat = image.getpalette() or []
                        palette = {n: colours.parts(flat[3 * n : 3 * n + 3]) or "" for n in range(len(flat) // 3)}
                    pixels = np.asarray(image)
            else:
                with tifffile.TiffFile(io.BytesIO(data)) as file:
                    page = file.pages.first
                    _check(page.imagewidth, page.imagelength)
                    said = _said(page.description)
                    pixels = page.asarray()
    except (AnnotationFileRefused, AnnotationFileTooLarge):
        raise
    except Exception as error:  # image libraries raise whatever they like on damaged files
        raise AnnotationFileRefused("The file is damaged: it is no mask that can be read.") from error
    pixels = np.squeeze(pixels)
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4):
        return *_flattened(pixels[:, :, :3], said), palette
    if pixels.ndim != 2 or pixels.dtype.kind not in "uib":
        raise AnnotationFileRefused("The file is no mask: it has no single channel of whole numbers.")
    if pixels.dtype.kind == "i" and pixels.size and int(pixels.min()) < 0:
        raise AnnotationFileRefused("The file is no mask: it holds negative values.")
    return pixels.astype(np.uint32), said, palette


def _flattened(pixels: NDArray[Any], said: dict[str, Any]) -> tuple[NDArray[np.integer[Any]], dict[str, Any]]:
    """Return a picture of few flat colours as a mask; black is nothing."""
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    values, indices = np.unique(packed, return_inverse=True)
    if len(values) > MOST_CLASSES + 1:
        raise AnnotationFileRefused("The file is a picture, not a mask: it holds more colours than there are classes.")
    order = np.zeros(len(values), dtype=np.uint32)
    order[values != 0] = np.arange(1, np.count_nonzero(values) + 1)
    legend = {str(int(order[n])): [f"colour #{int(v):06x}", f"#{int(v):06x}"] for n, v in enumerate(values) if v}
    return order[indices].reshape(packed.shape), said or {"kind": "classes", "values": legend}


def _check(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise AnnotationFileTooLarge(f"The mask has more than {MOST_PIXELS:,} pixels; scale it down.")


def _said(text: Any) -> dict[str, Any]:
    if not isinstance(text, str) or _TEXT not in text:
        return {}
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _named(said: dict[str, Any]) -> dict[int, tuple[str | None, str | None]]:
    values = said.get("values")
    found: dict[int, tuple[str | None, str | None]] = {}
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, list) and len(value) == 2 and str(key).isdecimal():
            found[int(key)] = (words(value[0]) or None, colours.css(value[1]))
    return found


def _scale(pixels: NDArray[Any], canvas: Canvas) -> tuple[float, float]:
    """Return how many slide pixels a mask pixel is wide and high."""
    height, width = pixels.shape
    if not canvas.width or (width, height) == (canvas.width, canvas.height):
        return 1.0, 1.0
    across, down = canvas.width / width, canvas.height / height
    nearest = round(across)
    if nearest >= 1 and -(-canvas.width // nearest) == width and -(-canvas.height // nearest) == height:
        return float(nearest), float(nearest)
    if abs(across - down) > 0.02 * across + 2 / min(width, height):
        raise AnnotationFileRefused(
            f"The mask is {width} x {height} pixels, which has not the shape of the slide "
            f"({canvas.width} x {canvas.height})."
        )
    return across, down


# --- out -----------------------------------------------------------------------------------------


def write_labels(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write a 32-bit TIFF whose value n is the n-th object with an area."""
    shrink, pixels = _empty(canvas, np.uint32)
    legend: dict[str, Any] = {}
    for item in items:
        if _lost(item, report):
            continue
        number = report.objects
        legend[str(number)] = [item.class_name or "", item.colour]
        _paint(pixels, item, number, shrink)
    head = {"coverslip": "mask", "kind": "labels", "downsample": shrink}
    yield _tiff(pixels, json.dumps({**head, "values": legend} if len(legend) < 20_000 else head))


def write_classes(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write an 8-bit PNG with a palette whose value n is the n-th class; later objects lie on top."""
    shrink, pixels = _empty(canvas, np.uint8)
    classes = _painted(items, pixels, shrink, report)
    image = Image.fromarray(pixels)
    palette = [0, 0, 0]
    for item in classes.values():
        palette += colours.triple(item.colour)
    image.putpalette(palette)
    text = PngImagePlugin.PngInfo()
    text.add_text(_TEXT, _legend(classes, shrink))
    held = io.BytesIO()
    image.save(held, "PNG", pnginfo=text)
    yield held.getvalue()


def write_classes_tiff(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write an 8-bit TIFF whose value n is the n-th class."""
    shrink, pixels = _empty(canvas, np.uint8)
    classes = _painted(items, pixels, shrink, report)
    yield _tiff(pixels, _legend(classes, shrink))


def _painted(items: Iterable[Item], pixels: NDArray[Any], shrink: int, report: Report) -> dict[str, Item]:
    classes: dict[str, Item] = {}
    for item in items:
        if _lost(item, report):
            continue
        name = item.class_name or "unclassified"
        classes.setdefault(name, item)
        if len(classes) > MOST_CLASSES:
            raise AnnotationFileRefused(f"A class mask holds {MOST_CLASSES} classes at most.")
        _paint(pixels, item, list(classes).index(name) + 1, shrink)
    return classes


def _legend(classes: dict[str, Item], shrink: int) -> str:
    values = {str(number): [name, item.colour] for number, (name, item) in enumerate(classes.items(), 1)}
    head = {"coverslip": "mask", "kind": "classes", "downsample": shrink, "values": values}
    return json.dumps(head)


def _empty(canvas: Canvas, dtype: Any) -> tuple[int, NDArray[Any]]:
    if not canvas.width:
        raise AnnotationFileRefused("A mask needs a slide whose size is known.")
    shrink = 1
    while max(canvas.width, canvas.height) / shrink > LONGEST_SIDE:
        shrink *= 2
    return shrink, np.zeros((-(-canvas.height // shrink), -(-canvas.width // shrink)), dtype=dtype)


def _lost(item: Item, report: Report) -> bool:
    if not item.shape.is_area:
        report.lose("points, lines and texts")
        return True
    report.count(item)
    say_lost(item, report, properties=True, names=True, types=False)
    return False


def _paint(pixels: NDArray[Any], item: Item, value: int, shrink: int) -> None:
    """Give an object's pixels its value."""
    left, top, right, bottom = item.shape.bounds()
    height, width = pixels.shape
    x0, y0 = max(0, int(left // shrink)), max(0, int(top // shrink))
    x1, y1 = min(width, int(right // shrink) + 1), min(height, int(bottom // shrink) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    whole = item.shape.outlined()
    inside = fill([ring / shrink - (x0, y0) for ring in whole.rings], x1 - x0, y1 - y0)
    pixels[y0:y1, x0:x1][inside] = value


def _tiff(pixels: NDArray[Any], text: str) -> bytes:
    held = io.BytesIO()
    tifffile.imwrite(held, pixels, description=text, tile=(512, 512), compression="zlib", metadata=None)
    return held.getvalue()
