"""Masks: what is painted comes back as outlines of the same pixels."""

import io

import numpy as np
import pytest
import shapely
import tifffile
from PIL import Image
from tests.features.annotations.exchange.conftest import read_bytes, written

from coverslip.features.annotations.exchange import Canvas, Item, from_wire, recognised
from coverslip.features.annotations.exchange.parquet import to_shapely

SMALL = Canvas(400, 300, 0.5, 0.5, (0.0, 0.0), "a.svs")
ITEMS = [
    Item(
        from_wire(
            {
                "kind": "polygon",
                "rings": [[[10, 10], [210, 10], [210, 210], [10, 210]], [[50, 50], [90, 50], [90, 90], [50, 90]]],
            }
        ),
        class_name="Tumour",
        colour="#c81e32",
    ),
    Item(
        from_wire({"kind": "rectangle", "x": 250, "y": 60, "width": 40, "height": 30}),
        class_name="Stroma",
        colour="#00ff00",
    ),
    Item(from_wire({"kind": "rectangle", "x": 300, "y": 200, "width": 40, "height": 30}), class_name="Tumour"),
]


@pytest.mark.parametrize("format_name", ["label-mask", "class-mask", "class-mask-tiff"])
def test_outlines_come_back(format_name: str) -> None:
    data, report = written(ITEMS, format_name, SMALL)
    assert report.objects == 3
    assert recognised(data).name in (format_name, "class-mask")
    found, _ = read_bytes(data, format_name, SMALL)
    assert len(found) == 3
    for item in ITEMS:
        (other,) = (one for one in found if one.shape.bounds() == item.shape.bounds())
        assert to_shapely(other.shape).symmetric_difference(to_shapely(item.shape)).area < 1e-9
        assert other.class_name == item.class_name
        assert other.shape.holes == item.shape.holes


def test_a_large_slide_is_painted_smaller() -> None:
    large = Canvas(40_000, 30_000)
    item = Item(from_wire({"kind": "rectangle", "x": 8000, "y": 4000, "width": 16_000, "height": 8000}), class_name="a")
    data, _ = written([item], "class-mask", large)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (5000, 3750)
    (found,), _ = read_bytes(data, "class-mask", large)
    assert found.shape.bounds() == (8000, 4000, 24_000, 12_000)


def test_other_peoples_labels() -> None:
    labels = np.zeros((300, 400), np.uint16)
    for number in range(1, 60):
        labels[5 * (number // 10) * 8 : 5 * (number // 10) * 8 + 6, 38 * (number % 10) : 38 * (number % 10) + 9] = (
            number
        )
    held = io.BytesIO()
    tifffile.imwrite(held, labels)
    assert recognised(held.getvalue()).name == "label-mask"
    found, _ = read_bytes(held.getvalue(), "auto", SMALL)
    assert len(found) == 59
    assert {item.object_type for item in found} == {"detection"}
    assert to_shapely(found[0].shape).area == 54


def test_points_are_said_to_be_lost() -> None:
    _, report = written([Item(from_wire({"kind": "point", "at": [1, 2]}))], "label-mask", SMALL)
    assert report.lost["points, lines and texts"] == 1


def test_overlapping_objects_lie_in_order() -> None:
    square = shapely.box(0, 0, 10, 10)
    items = [
        Item(from_wire({"kind": "rectangle", "x": 0, "y": 0, "width": 10, "height": 10}), class_name="a"),
        Item(from_wire({"kind": "rectangle", "x": 5, "y": 0, "width": 10, "height": 10}), class_name="b"),
    ]
    data, _ = written(items, "class-mask", SMALL)
    found, _ = read_bytes(data, "class-mask", SMALL)
    areas = {item.class_name: to_shapely(item.shape).area for item in found}
    assert areas == {"a": square.area / 2, "b": square.area}
