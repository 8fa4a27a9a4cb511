"""COCO JSON in and out: polygons, run-length masks, boxes and keypoints.

Categories are classes. COCO has no holes and no ellipses; what it cannot say we write beside it, where
other readers pass it over.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np

from coverslip.core.exchange_errors import AnnotationFileRefused, AnnotationFileTooLarge
from coverslip.features.annotations.exchange import colours
from coverslip.features.annotations.exchange.losses import say_lost
from coverslip.features.annotations.exchange.model import (
    Canvas,
    Item,
    Report,
    Shape,
    area,
    box,
    from_wire,
    path,
)
from coverslip.features.annotations.exchange.raster import signed_area, trace
from coverslip.features.annotations.exchange.texts import parse_json, plain, words

MOST_MASK_PIXELS: Final = 2**26
UNCLASSIFIED: Final = "unclassified"
_USED: Final = frozenset(
    [
        "id",
        "image_id",
        "category_id",
        "segmentation",
        "area",
        "bbox",
        "iscrowd",
        "keypoints",
        "num_keypoints",
        "coverslip",
    ]
)


def read_coco(data: bytes, canvas: Canvas, report: Report) -> Iterator[Item]:
    """Read the annotations of the image whose file is named as the slide, or of the only image."""
    whole: Any = parse_json(data, object)
    if not isinstance(whole, dict) or not isinstance(whole.get("annotations"), list):
        raise AnnotationFileRefused("The file is no COCO file: it has no list of annotations.")
    wanted = _image(whole.get("images"), canvas)
    categories = {one.get("id"): one for one in map(_dict, _list(whole.get("categories")))}
    for one in map(_dict, whole["annotations"]):
        if wanted is not None and one.get("image_id") != wanted:
            report.lose("annotations of other images")
            continue
        shape = _shape(one, report)
        if shape is None:
            continue
        category = categories.get(one.get("category_id"), {})
        item = Item(shape, class_name=words(category.get("name")) or None)
        item.colour = colours.css(category.get("color")) or colours.parts(category.get("color"))
        item.properties = plain({key: value for key, value in one.items() if key not in _USED})
        if isinstance(one.get("coverslip"), dict):
            _ours(item, one["coverslip"])
        yield item


def _image(images: Any, canvas: Canvas) -> Any:
    listed = [_dict(one) for one in _list(images)]
    if len(listed) < 2:
        return listed[0].get("id") if listed else None
    stem = canvas.name.rpartition(".")[0] or canvas.name
    for one in listed:
        name = words(one.get("file_name")).rpartition("/")[2]
        if name == canvas.name or (name.rpartition(".")[0] or name) == stem:
            return one.get("id")
    raise AnnotationFileRefused(f"The file is about {len(listed)} images, and none is named as this slide.")


def _shape(one: dict[str, Any], report: Report) -> Shape | None:
    said = one.get("segmentation")
    if isinstance(said, list) and said:
        shape = area([[_pairs(ring)] for ring in said])
        if shape is not None:
            return shape
    if isinstance(said, dict):
        return _runs(said)
    points = one.get("keypoints")
    if isinstance(points, list) and points:
        if len(points) % 3:
            raise AnnotationFileRefused("The file holds keypoints that are no triples.")
        seen = [points[place : place + 2] for place in range(0, len(points), 3) if points[place + 2]]
        return path("multipoint", seen) if seen else None
    sides = one.get("bbox")
    if isinstance(sides, list) and len(sides) == 4:
        return box("rectangle", *sides) if all(_positive(side) for side in sides[2:]) else None
    report.lose("annotations without an outline")
    return None


def _pairs(ring: Any) -> Any:
    if not isinstance(ring, list) or len(ring) % 2 or not ring:
        raise AnnotationFileRefused("The file holds an outline that is no list of points.")
    return [ring[place : place + 2] for place in range(0, len(ring), 2)]


def _runs(said: dict[str, Any]) -> Shape | None:
    size, counts = said.get("size"), said.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(side, int) and side > 0 for side in size):
        raise AnnotationFileRefused("The file holds a mask without a size.")
    if size[0] * size[1] > MOST_MASK_PIXELS:
        raise AnnotationFileTooLarge("The file holds a mask of more pixels than are read at once.")
    runs = _unpacked(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(isinstance(run, int) and run >= 0 for run in runs):
        raise AnnotationFileRefused("The file holds a mask whose runs cannot be read.")
    if sum(runs) > size[0] * size[1]:
        raise AnnotationFileRefused("The file holds a mask whose runs are longer than its size.")
    flat = np.zeros(size[0] * size[1], dtype=bool)
    place = 0
    for number, run in enumerate(runs):
        if number % 2:
            flat[place : place + run] = True
        place += run
    return area(trace(flat.reshape(size[1], size[0]).T))


def _unpacked(text: str) -> list[int] | None:
    """Return the runs of COCO's compressed string: six bits a character, each run less that two before it."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        six = ord(character) - 48
        if not 0 <= six < 64 or shift > 60:
            return None
        value |= (six & 0x1F) << shift
        shift += 5
        if not six & 0x20:
            if six & 0x10:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs


def _ours(item: Item, said: dict[str, Any]) -> None:
    for key in ("geometry", "nucleus"):
        try:
            exact = from_wire(said[key])
        except (KeyError, TypeError, ValueError):
            continue
        if np.isfinite(exact.bounds()).all():
            setattr(item, "shape" if key == "geometry" else key, exact)
    if item.class_name == UNCLASSIFIED:
        item.class_name = None
    item.name = words(said.get("name"))
    item.object_type = said.get("object_type", item.object_type)
    item.measurements = {k: float(v) for k, v in _dict(said.get("measurements")).items() if type(v) in (int, float)}
    item.properties |= plain(said.get("properties"))


def write_coco(items: Iterable[Item], canvas: Canvas, report: Report) -> Iterator[bytes]:
    """Write one image with its annotations and categories."""
    image = {"id": 1, "file_name": canvas.name, "width": canvas.width, "height": canvas.height}
    yield b'{"info":{"description":"Coverslip"},"images":[' + msgspec.json.encode(image) + b'],"annotations":['
    categories: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(items, 1):
        report.count(item)
        say_lost(item, report, measurements=False, nucleus=False, types=False, lines=True)
        name = item.class_name or UNCLASSIFIED
        category = categories.setdefault(name, {"id": len(categories) + 1, "name": name, "color": item.colour})
        one = {"id": number, "image_id": 1, "category_id": category["id"], **_drawn(item.shape), "iscrowd": 0}
        yield (b",\n" if number > 1 else b"\n") + msgspec.json.encode(one | {"coverslip": _beside(item)})
    yield b'\n],"categories":' + msgspec.json.encode(list(categories.values())) + b"}\n"


def _drawn(shape: Shape) -> dict[str, Any]:
    left, top, right, bottom = shape.bounds()
    found: dict[str, Any] = {"bbox": [left, top, right - left, bottom - top], "area": 0.0, "segmentation": []}
    if shape.is_area:
        polygons = shape.outlined().polygons
        found["segmentation"] = [polygon[0].ravel().tolist() for polygon in polygons]
        found["area"] = sum(
            abs(signed_area(outer)) - sum(abs(signed_area(hole)) for hole in holes) for outer, *holes in polygons
        )
    else:
        found["keypoints"] = [value for x, y in shape.points.tolist() for value in (x, y, 2)]
        found["num_keypoints"] = len(shape.points)
    return found


def _beside(item: Item) -> dict[str, Any]:
    said: dict[str, Any] = {"object_type": item.object_type}
    if item.shape.kind not in ("polygon", "point", "multipoint") or item.shape.holes:
        said["geometry"] = item.shape.wire()
    if item.nucleus is not None:
        said["nucleus"] = item.nucleus.wire()
    said |= {key: value for key in ("name", "measurements", "properties") if (value := getattr(item, key))}
    return said


def _positive(value: Any) -> bool:
    return type(value) in (int, float) and value > 0


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
