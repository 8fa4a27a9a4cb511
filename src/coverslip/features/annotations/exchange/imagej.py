"""ImageJ .roi files and RoiSet.zip in and out (roifile).

Class, colour and measurements travel as ImageJ's own ROI properties. Positions are kept as 32-bit floats,
because ImageJ's whole numbers end at 60,535.
"""

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from coverslip.core.exchange_errors import AnnotationFileRefused, AnnotationFileTooLarge
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import Canvas, Item, Points, Report, Shape, area, box, path
from coverslip.features.annotations.exchange.raster import nested
from coverslip.features.annotations.exchange.texts import words

MOST_MEMBERS: Final = 500_000
MOST_UNPACKED: Final = 2**30
_MAGIC: Final = b"Iout"
_MEASURED: Final = "Measurement "
_ASPECT: Final = slice(52, 56)
_AREAS: Final = frozenset({ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED})
_LINES: Final = frozenset({ROI_TYPE.FREELINE, ROI_TYPE.POLYLINE, ROI_TYPE.ANGLE})


def read_imagej(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read one ROI or a zip of them."""
    if data[:4] == _MAGIC:
        yield from _read(data, "", report)
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    # Beside its own error zipfile raises these for a damaged directory and for versions that it does not read.
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise AnnotationFileRefused("The file is neither an ImageJ ROI nor a zip of ROIs.") from error
    members = [one for one in archive.infolist() if one.filename.lower().endswith(".roi")]
    if not members:
        raise AnnotationFileRefused("The zip holds no ImageJ ROIs.")
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        raise AnnotationFileTooLarge
    left = MOST_UNPACKED
    for member in members:
        try:
            with archive.open(member) as file:
                held = file.read(min(member.file_size, left) + 1)
        # RuntimeError is a password, NotImplementedError an unknown compression, the others are damage.
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise AnnotationFileRefused("The zip is damaged, or locked by a password.") from error
        left -= len(held)
        if left < 0:
            raise AnnotationFileTooLarge
        yield from _read(held, member.filename.rpartition("/")[2][:-4], report)


def _read(data: bytes, name: str, report: Report) -> Iterator[Item]:
    try:
        with np.errstate(all="ignore"):
            roi = ImagejRoi.frombytes(data)
            shape = _shape(roi, data)
    # What roifile raises on bytes that somebody made up; it has no error of its own.
    except (ValueError, IndexError, struct.error, TypeError, RuntimeError, NotImplementedError, OverflowError) as error:
        raise AnnotationFileRefused("The file is damaged: a region cannot be read as an ImageJ ROI.") from error
    if shape is None:
        report.lose("regions that are images or have no outline")
        return
    said = _properties(roi.props)
    item = Item(shape, name=words(roi.name) or name, class_name=words(said.pop("Class", "")) or None)
    item.object_type = said.pop("Object type", "annotation")
    stroke = bytes(roi.stroke_color)
    item.colour = f"#{stroke[1:].hex()}" if len(stroke) == 4 and stroke[0] else None
    item.plane = max(0, (roi.z_position or roi.position) - 1)
    item.time = max(0, roi.t_position - 1)
    for key, text in said.items():
        number = _number(text) if key.startswith(_MEASURED) else None
        if number is not None:
            item.measurements[key.removeprefix(_MEASURED)] = number
        else:
            item.properties[key] = text
    if roi.group:
        item.properties["ImageJ group"] = int(roi.group)
    yield item


def _shape(roi: ImagejRoi, data: bytes) -> Shape | None:
    corner_x, corner_y = float(roi.left), float(roi.top)
    width, height = float(roi.right - roi.left), float(roi.bottom - roi.top)
    if roi.subpixelrect:
        corner_x, corner_y, width, height = (float(one) for one in (roi.xd, roi.yd, roi.widthd, roi.heightd))
    if roi.composite:
        return nested([_floats(ring) for ring in roi.coordinates(multi=True)])
    if roi.subtype == ROI_SUBTYPE.TEXT:
        return path("text", [[corner_x, corner_y]], words(roi.text)) if words(roi.text) else None
    if roi.subtype == ROI_SUBTYPE.IMAGE:
        return None
    if roi.subtype in (ROI_SUBTYPE.ELLIPSE, ROI_SUBTYPE.ROTATED_RECT):
        return _turned(roi, struct.unpack(">f", data[_ASPECT])[0])
    if roi.roitype in (ROI_TYPE.RECT, ROI_TYPE.OVAL):
        return _upright(roi.roitype == ROI_TYPE.OVAL, corner_x, corner_y, width, height)
    if roi.roitype == ROI_TYPE.LINE:
        ends = [[roi.x1, roi.y1], [roi.x2, roi.y2]]
        return path("arrow" if roi.subtype == ROI_SUBTYPE.ARROW else "line", ends)
    return _outline_of(roi)


def _upright(is_oval: bool, left: float, top: float, width: float, height: float) -> Shape | None:
    if width <= 0 or height <= 0:
        return None
    if is_oval:
        return box("ellipse", left + width / 2, top + height / 2, width / 2, height / 2)
    return box("rectangle", left, top, width, height)


def _outline_of(roi: ImagejRoi) -> Shape | None:
    points = _floats(roi.coordinates())
    if not len(points):
        return None
    if roi.roitype in _AREAS:
        return area([[points]])
    if roi.roitype in _LINES:
        return path("polyline", points)
    return path("multipoint", points) if roi.roitype == ROI_TYPE.POINT else None


def _turned(roi: ImagejRoi, ratio: float) -> Shape | None:
    """Return an ellipse or a rectangle that is given by its long middle line and its other side."""
    ends = path("multipoint", [[roi.x1, roi.y1], [roi.x2, roi.y2]]).points
    (cx, cy), along = ends.mean(axis=0), ends[1] - ends[0]
    length, angle = float(np.hypot(*along)), float(np.arctan2(along[1], along[0]))
    if not length or not 0 < ratio < 1e7:
        return None
    if roi.subtype == ROI_SUBTYPE.ELLIPSE:
        return box("ellipse", cx, cy, length / 2, length * ratio / 2, angle)
    return box("rectangle", cx - length / 2, cy - ratio / 2, length, ratio, angle)


def _floats(points: Any) -> Points:
    found: Points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return path("multipoint", found).points if len(found) else found


def _properties(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines()[:500]:
        numbers = line.startswith(_MEASURED)  # whose names may hold colons
        key, mark, value = line.rpartition(": ") if numbers else line.partition(": ")
        if mark and words(key):
            found[words(key)] = words(value)
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


# --- out -----------------------------------------------------------------------------------------


def write_imagej(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write a RoiSet.zip that the ROI Manager opens."""
    held = io.BytesIO()
    used: set[str] = set()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(items):
            report.count(item)
            say_lost(item, report, measurements=False, types=False, planes=False)
            name = (item.name or item.class_name or f"{number + 1:05}").replace("/", "-").replace("\\", "-")[:80]
            member = name if name not in used else f"{name}-{number + 1:05}"
            used.add(member)
            archive.writestr(f"{member}.roi", _roi(item, member).tobytes())
    yield held.getvalue()


def _roi(item: Item, name: str) -> ImagejRoi:
    roi = _outline(item.shape)
    red, green, blue = colours.triple(item.colour)
    roi.stroke_color = bytes((255, red, green, blue))
    roi.name = item.name or name
    roi.z_position = item.plane + 1 if item.plane else 0
    roi.t_position = item.time + 1 if item.time else 0
    said: dict[str, Any] = {}
    if item.class_name:
        said["Class"] = item.class_name
    if item.object_type != "annotation":
        said["Object type"] = item.object_type
    said |= {f"{_MEASURED}{key}": value for key, value in item.measurements.items()}
    said |= {key: value for key, value in item.properties.items() if key != "ImageJ group"}
    roi.props = "".join(f"{key}: {str(value).replace(chr(10), ' ')}\n" for key, value in said.items())
    return roi


def _outline(shape: Shape) -> ImagejRoi:
    whole = shape.outlined() if shape.kind in ("rectangle", "ellipse") and shape.box[4] else shape
    left, top, right, bottom = (round(one) for one in whole.bounds())
    roi = ImagejRoi(left=_short(left), top=_short(top), right=_short(right), bottom=_short(bottom))
    if whole.kind in ("rectangle", "ellipse"):
        roi.roitype = ROI_TYPE.RECT if whole.kind == "rectangle" else ROI_TYPE.OVAL
        roi.options |= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        x0, y0, x1, y1 = whole.bounds() if whole.kind == "rectangle" else _round(whole)
        roi.xd, roi.yd, roi.widthd, roi.heightd = x0, y0, x1 - x0, y1 - y0
    elif whole.is_area and (whole.kind == "multipolygon" or whole.holes):
        roi.roitype = ROI_TYPE.RECT
        pieces = [_drawn(ring) for ring in whole.rings]
        roi.multi_coordinates = np.concatenate(pieces).astype(np.float32)
        roi.shape_roi_size = len(roi.multi_coordinates)
    elif whole.kind in ("line", "arrow"):
        roi.roitype = ROI_TYPE.LINE
        roi.subtype = ROI_SUBTYPE.ARROW if whole.kind == "arrow" else ROI_SUBTYPE.UNDEFINED
        (roi.x1, roi.y1), (roi.x2, roi.y2) = whole.points[[0, -1]].tolist()
        roi.options |= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
    elif whole.kind == "text":
        roi.roitype, roi.subtype = ROI_TYPE.RECT, ROI_SUBTYPE.TEXT
        roi.text, roi.text_name, roi.text_size = whole.text, "SansSerif", 18
        roi.options |= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        (roi.xd, roi.yd), roi.widthd, roi.heightd = whole.points[0].tolist(), 1.0, 1.0
    else:
        kinds = {"polyline": ROI_TYPE.POLYLINE, "point": ROI_TYPE.POINT, "multipoint": ROI_TYPE.POINT}
        roi.roitype = kinds.get(whole.kind, ROI_TYPE.POLYGON)
        roi.options |= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        roi.subpixel_coordinates = whole.points.astype(np.float32)
        roi.integer_coordinates = (np.round(whole.points) - (left, top)).clip(-32768, 32767).astype(np.int32)
        roi.n_coordinates = len(whole.points)
    return roi


def _round(ellipse: Shape) -> tuple[float, float, float, float]:
    cx, cy, rx, ry, _ = ellipse.box
    return cx - rx, cy - ry, cx + rx, cy + ry


def _drawn(ring: Points) -> Points:
    """Return a ring as the commands of a path: move to, line to, close."""
    commands = np.column_stack([np.ones(len(ring)), ring])
    commands[0, 0] = 0
    return np.append(commands.ravel(), 4.0)


def _short(value: int) -> int:
    return max(-32768, min(32767, value))
