"""A file read within limits and sorted: what becomes drawn objects, what becomes a result layer.

:func:`read_file` runs in a process of its own, because files come from strangers; it answers plain values only.
"""

import gc
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import shapely

from coverslip.core.errors import CoverslipError
from coverslip.core.exchange_errors import AnnotationFileRefused, AnnotationFileTooLarge
from coverslip.features.annotations.exchange.formats import AnnotationFormat, format_named, recognised
from coverslip.features.annotations.exchange.model import DETECTIONS, Canvas, Frame, Item, Report, Shape, area
from coverslip.features.annotations.exchange.packing import Packer
from coverslip.features.annotations.exchange.parquet import to_shapely

MOST_BYTES: Final = 2**31
MOST_DRAWN: Final = 5000
"""More objects than this become a result layer."""
MOST_OTHERS: Final = 50_000
"""Lines and texts cannot be in a result layer; a file of more than this is refused."""
MOST_VERTICES: Final = 100_000
PREVIEWED: Final = 2000
PREVIEW_VERTICES: Final = 200


def read_items(
    data: bytes,
    name: str,
    canvas: Canvas,
    report: Report,
    format_name: str = "auto",
    frame: Frame | None = None,
) -> tuple[AnnotationFormat, Frame, Iterator[Item]]:
    """Read a file's objects into level-0 pixels of the full plane.

    Parameters
    ----------
    format_name : str
        ``auto`` looks at the content.
    frame : {'full', 'cropped'} or None
        Which plane the positions are in; None as is usual for the format.

    Raises
    ------
    AnnotationFormatUnknown, AnnotationFileRefused, AnnotationFileTooLarge, SlideSizeNeeded
        Also while the objects are taken.
    """
    if not data:
        raise AnnotationFileRefused("The file is empty.")
    found = recognised(data, name) if format_name == "auto" else format_named(format_name)
    plane = frame or found.frame
    return found, plane, _guarded(found, data, canvas, report, canvas.offset if plane == "cropped" else (0.0, 0.0))


def _guarded(
    found: AnnotationFormat, data: bytes, canvas: Canvas, report: Report, offset: tuple[float, float]
) -> Iterator[Item]:
    if found.read is None:
        raise AnnotationFileRefused(f"{found.title} is written only.")
    try:
        for item in found.read(data, canvas, report):
            item.shape = item.shape.moved(*offset)
            if item.nucleus is not None:
                item.nucleus = item.nucleus.moved(*offset)
            yield item
    except CoverslipError:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        struct.error,
        shapely.errors.ShapelyError,
        msgspec.MsgspecError,
    ) as error:
        raise AnnotationFileRefused(f"The file is damaged: it is not what {found.title} says.") from error


def read_file(path: str, name: str, format_name: str, frame: str, about: dict[str, Any]) -> dict[str, Any]:
    """Read a file whole and answer plain values: what is drawn, what is bulk, the report and a preview."""
    with _uncollected():
        return _read_file(path, name, format_name, frame, about)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no circles of references: a million cells hold none, and looking takes as long as reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_file(path: str, name: str, format_name: str, frame: str, about: dict[str, Any]) -> dict[str, Any]:
    canvas = Canvas(**{**about, "offset": tuple(about["offset"])})
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        if size > MOST_BYTES:
            raise AnnotationFileTooLarge
        if not size:
            raise AnnotationFileRefused("The file is empty.")
        file.seek(0)
        data = file.read()
    report = Report()
    plane: Frame | None = "full" if frame == "full" else "cropped" if frame == "cropped" else None
    found, used, items = read_items(data, name, canvas, report, format_name, plane)
    sorter = Sorter(canvas, report)
    for item in items:
        sorter.add(item)
    answer = sorter.finish()
    return {**answer, "format": found.name, "title": found.title, "frame": used, "report": report.plain()}


class Sorter:
    """Takes items one after the other and puts each where it belongs."""

    def __init__(self, canvas: Canvas, report: Report) -> None:
        self._canvas = canvas
        self._report = report
        self._drawn: list[Item] = []
        self._overflowed = False
        self._packers = {"polygon": Packer("polygon", canvas), "point": Packer("point", canvas)}
        self._preview = _Preview()
        self._outside = 0

    def add(self, item: Item) -> None:
        """Take an item."""
        bulk = _bulk_kind(item.shape)
        if bulk is not None and (self._overflowed or item.object_type in DETECTIONS):
            self._pack(bulk, item)
            return
        if self._lies_outside(item.shape):
            self._outside += 1
            return
        mended = self._mended(item)
        if mended is None:
            return
        self._drawn.append(mended)
        if len(self._drawn) > MOST_DRAWN and not self._overflowed:
            self._overflow()
        if len(self._drawn) > MOST_OTHERS:
            raise AnnotationFileTooLarge(f"The file holds more than {MOST_OTHERS:,} lines and texts.")

    def finish(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        for item in self._drawn:
            self._report.count(item)
            self._preview.add(item)
        bulk = []
        for packer in self._packers.values():
            outside = packer.finish()
            self._outside += outside
            self._report.objects -= outside
            if packer.count:
                bulk.append(packer.plain())
        if self._outside:
            self._report.lose("objects outside the slide", self._outside)
        if self._outside and not self._drawn and not bulk:
            raise AnnotationFileRefused(
                f"All {self._outside:,} objects lie outside this slide; it may be another slide's file, or the other "
                "plane (full or cropped)."
            )
        drawn = msgspec.json.encode([plain_item(item) for item in self._drawn])
        return {
            "drawn": drawn,
            "drawn_count": len(self._drawn),
            "bulk": bulk,
            "bulk_count": sum(packer.count for packer in self._packers.values()),
            "preview": self._preview.shown,
        }

    def _pack(self, kind: str, item: Item) -> None:
        self._report.count(item)
        self._preview.add(item)
        if item.parent:
            self._report.lose("hierarchy of objects in a result layer")
        if item.plane or item.time:
            self._report.lose("focal planes and times of objects in a result layer")
        self._packers[kind].add(item)

    def _overflow(self) -> None:
        """From here on this is bulk, with all areas and points taken so far."""
        self._overflowed = True
        kept: list[Item] = []
        for item in self._drawn:
            kind = _bulk_kind(item.shape)
            if kind is None:
                kept.append(item)
            else:
                self._pack(kind, item)
        self._drawn = kept

    def _lies_outside(self, shape: Shape) -> bool:
        if not self._canvas.width:
            return False
        left, top, right, bottom = shape.bounds()
        return right < 0 or bottom < 0 or left > self._canvas.width or top > self._canvas.height

    def _mended(self, item: Item) -> Item | None:
        """Return an item as it may be drawn: outlines that cross themselves are taken apart."""
        if item.shape.vertices > MOST_VERTICES:
            self._report.lose(f"outlines of more than {MOST_VERTICES:,} points")
            return None
        if not item.shape.is_area or item.shape.kind in ("rectangle", "ellipse"):
            return item
        outline = to_shapely(item.shape)
        if shapely.is_valid(outline):
            return item
        shape = polygonal(shapely.make_valid(outline, method="structure"))
        if shape is None:
            self._report.lose("outlines without an area")
            return None
        self._report.lose("outlines that crossed themselves, mended")
        item.shape = shape
        return item


def polygonal(geometry: Any) -> Shape | None:
    """Return the areas of a shapely geometry."""
    parts = [one for one in shapely.get_parts(geometry) if one.geom_type in ("Polygon", "MultiPolygon")]
    polygons = [one for part in parts for one in shapely.get_parts(part)]
    return area([[shapely.get_coordinates(ring) for ring in shapely.get_rings(one)] for one in polygons])


def _bulk_kind(shape: Shape) -> str | None:
    if shape.is_area:
        return "polygon"
    return "point" if shape.kind == "point" else None


class _Preview:
    """About two thousand shapes of all, whatever their number; long outlines are thinned."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self._stride = 1
        self._seen = 0

    def add(self, item: Item) -> None:
        self._seen += 1
        if (self._seen - 1) % self._stride:
            return
        thin = max(1, item.shape.vertices // PREVIEW_VERTICES)
        shape = (
            item.shape.mapped(lambda ring: ring[::thin] if len(ring) > 8 * thin else ring) if thin > 1 else item.shape
        )
        self.shown.append({"geometry": shape.wire(), "colour": item.colour, "class_name": item.class_name})
        if len(self.shown) >= PREVIEWED:
            self.shown = self.shown[::2]
            self._stride *= 2


def plain_item(item: Item) -> dict[str, Any]:
    """Return an item as JSON values of the API."""
    return {
        "geometry": item.shape.wire(),
        "nucleus": None if item.nucleus is None else item.nucleus.wire(),
        "object_type": item.object_type,
        "class_name": item.class_name,
        "colour": item.colour,
        "source_id": item.source_id,
        "parent": item.parent,
        "name": item.name,
        "properties": item.properties,
        "measurements": item.measurements,
        "plane": item.plane,
        "time": item.time,
        "locked": item.locked,
        "layer": item.layer,
    }
