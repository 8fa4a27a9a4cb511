"""CSV in and out: a row an object, its outline as well-known text, units in the names of columns.

Read as well: tables of points (x and y), and the contour tables of HistomicsTK (coords_x, coords_y).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import OBJECT_TYPES, Canvas, Item, Report, Shape, area, path
from coverslip.features.annotations.exchange.parquet import to_shapely
from coverslip.features.annotations.exchange.texts import words

LONGEST_CELL: Final = 20_000_000
MOST_COLUMNS: Final = 2000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_X: Final = ("x", "x_px", "centroid_x_px", "centroid x px", "centroid_x", "x (px)")
_Y: Final = ("y", "y_px", "centroid_y_px", "centroid y px", "centroid_y", "y (px)")
_OUTLINES: Final = ("wkt", "geometry", "outline_wkt")
_CLASSES: Final = ("class", "classification", "group", "class_name", "label")
_OWN: Final = (
    "annotation_id",
    "object_type",
    "class",
    "name",
    "colour",
    "plane",
    "time",
    "centroid_x_px",
    "centroid_y_px",
    "area_um2",
    "perimeter_um",
)


def read_table(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read a table; columns that hold only numbers are measurements, others are properties."""
    rows = _rows(data)
    header = [words(name) for name in next(rows, [])]
    if not header or len(header) > MOST_COLUMNS:
        raise AnnotationFileRefused("The file is no table: its first row names no columns.")
    places = {name.lower(): place for place, name in reversed(list(enumerate(header)))}
    has = {*places}
    outline = next((name for name in _OUTLINES if name in has), None)
    contour = {"coords_x", "coords_y"} <= has
    x, y = (next((name for name in names if name in has), None) for names in (_X, _Y))
    if outline is None and not contour and (x is None or y is None):
        raise AnnotationFileRefused("The table has neither an outline (wkt) nor positions (x and y).")
    for row in rows:
        if not any(row):
            continue
        cells = dict(zip((name.lower() for name in header), map(_unsafe, row), strict=False))
        if outline is not None and cells.get(outline):
            shapes: Sequence[Shape] = _wkt(cells.pop(outline), report)
        elif contour:
            shapes = [_contour(cells.pop("coords_x", ""), cells.pop("coords_y", ""))]
        else:
            shapes = [path("point", [[cells.pop(x or "", ""), cells.pop(y or "", "")]])]
        for shape in shapes:
            yield _item(shape, cells)


def _rows(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnnotationFileRefused("The table is not encoded as UTF-8.") from error
    first = text.partition("\n")[0]
    delimiter = max(("\t", ",", ";"), key=first.count)
    old = csv.field_size_limit(LONGEST_CELL)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise AnnotationFileRefused("The file is no table of comma-separated values.") from error
    finally:
        csv.field_size_limit(old)


def _item(shape: Shape, cells: dict[str, str]) -> Item:
    item = Item(shape)
    for name, text in cells.items():
        if not text or not name:
            continue
        if name in _CLASSES and item.class_name is None:
            item.class_name = words(text) or None
        elif name == "name":
            item.name = words(text)
        elif name in ("colour", "color"):
            item.colour = colours.css(text)
        elif name == "object_type":
            item.object_type = text if text in OBJECT_TYPES else "annotation"
        elif name == "annotation_id":
            item.source_id = words(text)
        elif name in ("plane", "time") and text.isdecimal():
            setattr(item, name, int(text[:6]))
        elif name not in _OWN:
            number = _number(text)
            if number is None:
                item.properties[name] = words(text)
            else:
                item.measurements[name] = number
    return item


def _wkt(text: str, report: Report) -> list[Shape]:
    try:
        geometry = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise AnnotationFileRefused("The table holds an outline that is no well-known text.") from error
    found: list[Shape] = []
    for part in shapely.get_parts(geometry) if geometry is not None else ():
        points = shapely.get_coordinates(part)
        if part.geom_type == "Polygon" and not part.is_empty:
            shape = area(
                [[path("multipoint", shapely.get_coordinates(ring)).points for ring in shapely.get_rings(part)]]
            )
        else:
            shape = path("point" if part.geom_type == "Point" else "polyline", points) if len(points) else None
        if shape is None:
            report.lose("rows without a geometry")
        else:
            found.append(shape)
    if len(found) > 1 and all(shape.kind == "polygon" for shape in found):
        return [Shape("multipolygon", tuple(shape.polygons[0] for shape in found))]
    if len(found) > 1 and all(shape.kind == "point" for shape in found):
        return [path("multipoint", np.concatenate([shape.points for shape in found]))]
    return found


def _contour(xs: str, ys: str) -> Shape:
    across, down = xs.split(","), ys.split(",")
    if len(across) != len(down):
        raise AnnotationFileRefused("The table holds a contour with more x than y, or fewer.")
    shape = area([[list(zip(across, down, strict=True))]])
    return shape or path("multipoint", list(zip(across, down, strict=True)))


def _unsafe(text: str) -> str:
    """Return a cell as it was before it was made safe from formulas."""
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def write_table(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write a row for each object; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    listed = list(items)
    measured = sorted({name for item in listed for name in item.measurements})
    properties = sorted({name for item in listed for name in item.properties} - set(measured))
    yield _line([*_OWN, *(_safe(name) for name in (*measured, *properties)), "wkt"])
    for item in listed:
        report.count(item)
        say_lost(item, report, measurements=False, types=False, planes=False, curves=True)
        geometry = to_shapely(item.shape)
        centre = geometry.centroid
        own: list[Any] = [item.source_id, item.object_type, item.class_name, item.name, item.colour]
        own += [item.plane, item.time, round(centre.x, 3), round(centre.y, 3), *_sizes(item.shape, canvas)]
        own += [item.measurements.get(name) for name in measured]
        own += [item.properties.get(name) for name in properties]
        yield _line([*(_safe(cell) for cell in own), shapely.to_wkt(geometry, rounding_precision=4, trim=True)])


def _sizes(shape: Shape, canvas: Canvas) -> tuple[float | None, float | None]:
    """Return area and perimeter in micrometres, None where there is none."""
    if not shape.is_area or not canvas.mpp_x or not canvas.mpp_y:
        return None, None
    whole = to_shapely(shape.outlined().scaled(canvas.mpp_x, canvas.mpp_y))
    return round(whole.area, 3), round(whole.length, 3)


def _safe(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def _line(cells: Sequence[Any]) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held).writerow(cells)
    return held.getvalue().encode()
