"""What goes out comes back: vertices, holes, classes and measurements, in every format that has a place for them."""

from typing import Any

import numpy as np
import pytest
from tests.features.annotations.exchange.conftest import CANVAS, read, read_bytes, written

from coverslip.features.annotations.exchange import (
    EXPORTED,
    FORMATS,
    Canvas,
    Item,
    Report,
    Shape,
    from_wire,
    read_items,
)

RING = np.array([[100.5, 100.25], [300.5, 110.0], [280.0, 320.75], [90.0, 300.0]])
HOLE = np.array([[150.0, 150.0], [150.0, 200.0], [200.0, 200.0]])
OTHER = RING + np.array([1000.0, 2000.0])

KINDS: dict[str, dict[str, Any]] = {
    "point": {"kind": "point", "at": [12.5, 13.25]},
    "multipoint": {"kind": "multipoint", "points": [[1, 2], [3, 4], [5.5, 6]]},
    "line": {"kind": "line", "points": [[1, 2], [30, 40]]},
    "arrow": {"kind": "arrow", "points": [[1, 2], [30, 40]]},
    "polyline": {"kind": "polyline", "points": [[1, 2], [30, 40], [50, 10.5]]},
    "rectangle": {"kind": "rectangle", "x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0},
    "turned": {"kind": "rectangle", "x": 100, "y": 200, "width": 300, "height": 40, "rotation": 0.5},
    "ellipse": {"kind": "ellipse", "cx": 100, "cy": 200, "rx": 30, "ry": 40, "rotation": 0},
    "turned ellipse": {"kind": "ellipse", "cx": 400, "cy": 500, "rx": 30, "ry": 140, "rotation": 1.0},
    "polygon": {"kind": "polygon", "rings": [RING.tolist(), HOLE.tolist()]},
    "multipolygon": {"kind": "multipolygon", "polygons": [[RING.tolist(), HOLE.tolist()], [OTHER.tolist()]]},
    "text": {"kind": "text", "at": [7.0, 8.0], "text": "Käse"},
}
# What a format makes of a kind that it does not have, where that is not the kind itself.
BECOMES = {
    "imagescope": {"arrow", "polyline", "turned", "turned ellipse", "text", "multipoint", "multipolygon"},
    "asap": {"line", "arrow", "polyline", "turned", "ellipse", "turned ellipse", "text", "polygon", "multipolygon"},
    "histomicsui": {"multipoint", "multipolygon", "line"},
    "camicroscope": {"arrow", "rectangle", "turned", "ellipse", "turned ellipse", "text"},
    "imagej": {"turned", "turned ellipse"},
    "ome-xml": {"turned", "turned ellipse"},
    "coco": set(),
    "csv": {"arrow", "rectangle", "turned", "ellipse", "turned ellipse", "text"},
}
VECTOR = [name for name in EXPORTED if "mask" not in name]


def _same(shape: Shape, other: Shape, near: float) -> bool:
    if shape.kind != other.kind or shape.text != other.text or len(shape.polygons) != len(other.polygons):
        return False
    if shape.kind in ("rectangle", "ellipse"):
        return bool(np.allclose(shape.box, other.box, atol=near))
    pairs = list(zip(shape.rings, other.rings, strict=True))
    return all(len(a) == len(b) and np.allclose(a, b, atol=near) for a, b in pairs)


@pytest.mark.parametrize("format_name", VECTOR)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back(format_name: str, kind: str) -> None:
    if kind in BECOMES.get(format_name, ()):
        shape = from_wire(KINDS[kind])
        data, _ = written([Item(shape)], format_name)
        items, _ = read_bytes(data, format_name)
        assert items
        left, top, right, bottom = shape.bounds()
        found = np.array([item.shape.bounds() for item in items])
        assert np.allclose(
            [*found[:, :2].min(axis=0), *found[:, 2:].max(axis=0)], (left, top, right, bottom), atol=0.51
        )
        return
    shape = from_wire(KINDS[kind])
    data, _ = written([Item(shape)], format_name)
    items, _ = read_bytes(data, format_name)
    assert len(items) == 1
    assert _same(items[0].shape, shape, 1 / 100)


CARRIES_MEASUREMENTS = [name for name in VECTOR if name not in ("imagescope", "asap")]


@pytest.mark.parametrize("format_name", VECTOR)
def test_classes_come_back_with_their_colour(format_name: str) -> None:
    item = Item(from_wire(KINDS["polygon"]), class_name="Tumour <b>", colour="#c81e32", name="one")
    items, _ = read_bytes(written([item], format_name)[0], format_name)
    assert [one.class_name for one in items] == ["Tumour <b>"] * len(items)
    assert items[0].colour == "#c81e32"


@pytest.mark.parametrize("format_name", CARRIES_MEASUREMENTS)
def test_measurements_come_back(format_name: str) -> None:
    item = Item(from_wire(KINDS["polygon"]), class_name="a", measurements={"Area µm^2": 12.25, "Mean: DAB": -0.5})
    items, _ = read_bytes(written([item], format_name)[0], format_name)
    assert items[0].measurements == {"Area µm^2": 12.25, "Mean: DAB": -0.5}


@pytest.mark.parametrize("format_name", ["imagescope", "asap"])
def test_lost_measurements_are_said(format_name: str) -> None:
    item = Item(from_wire(KINDS["polygon"]), measurements={"Area": 1.0}, plane=3)
    _, report = written([item], format_name)
    assert report.lost["measurements"] == 1
    assert report.lost["focal planes and times"] == 1


@pytest.mark.parametrize("format_name", ["qupath", "geojson", "geoparquet", "coco", "ome-xml"])
def test_cells_keep_their_nucleus(format_name: str) -> None:
    cell = Item(from_wire(KINDS["polygon"]), Shape("polygon", ((HOLE,),)), object_type="cell")
    items, _ = read_bytes(written([cell], format_name)[0], format_name)
    assert items[0].object_type == "cell"
    assert items[0].nucleus is not None
    assert np.allclose(items[0].nucleus.points, HOLE)


@pytest.mark.parametrize("format_name", ["qupath", "geojson", "geoparquet", "imagej", "ome-xml", "csv"])
def test_planes_come_back(format_name: str) -> None:
    item = Item(from_wire(KINDS["polygon"]), plane=4, time=2)
    items, _ = read_bytes(written([item], format_name)[0], format_name)
    assert (items[0].plane, items[0].time) == (4, 2)


@pytest.mark.parametrize("format_name", ["qupath", "geojson", "geoparquet"])
def test_parents_and_ids_come_back(format_name: str) -> None:
    ids = ["018f2b1e-0000-7000-8000-000000000001", "018f2b1e-0000-7000-8000-000000000002"]
    items = [
        Item(from_wire(KINDS["polygon"]), source_id=ids[0]),
        Item(from_wire(KINDS["point"]), source_id=ids[1], parent=ids[0]),
    ]
    found, _ = read_bytes(written(items, format_name)[0], format_name)
    assert [(one.source_id, one.parent) for one in found] == [(ids[0], None), (ids[1], ids[0])]


@pytest.mark.parametrize("format_name", VECTOR)
def test_nothing_is_a_file_too(format_name: str) -> None:
    data, report = written([], format_name)
    assert report.objects == 0
    assert data


@pytest.mark.parametrize("format_name", ["qupath", "geojson", "geoparquet", "ome-xml", "imagej", "coco"])
@pytest.mark.parametrize(
    "name",
    ["geojson/histoqc_holed.geojson", "geojson/histoqc_geojson_example.json", "imagescope/TCGA-EJ-5518-01Z-00-DX1.xml"],
)
def test_real_outlines_survive(format_name: str, name: str) -> None:
    items = read(name)
    found, _ = read_bytes(written(items, format_name)[0], format_name)
    assert len(found) == len(items)
    for before, after in zip(items, found, strict=True):
        near = 1 / 64 if format_name == "imagej" else 1 / 500
        assert before.shape.holes == after.shape.holes
        assert before.shape.vertices == after.shape.vertices
        rings = zip(
            sorted(before.shape.outlined().rings, key=len), sorted(after.shape.outlined().rings, key=len), strict=True
        )
        assert all(len(a) == len(b) for a, b in rings)
        assert np.allclose(before.shape.bounds(), after.shape.bounds(), atol=near)


def test_the_cropped_plane_is_moved_there_and_back() -> None:
    canvas = Canvas(5000, 5000, None, None, (1000.0, 500.0), "a.mrxs")
    data, _ = written([Item(from_wire(KINDS["polygon"]))], "qupath", CANVAS)
    moved, _ = read_bytes(data, "qupath", canvas, frame=None)
    kept, _ = read_bytes(data, "qupath", canvas, frame="full")
    assert np.allclose(moved[0].shape.points - kept[0].shape.points, (1000, 500))


@pytest.mark.parametrize("format_name", VECTOR)
def test_our_own_files_are_recognised_and_lie_where_they_lay(format_name: str) -> None:
    canvas = Canvas(5000, 5000, None, None, (1000.0, 500.0), "a.mrxs")
    cell = Item(from_wire(KINDS["polygon"]), Shape("polygon", ((HOLE,),)), object_type="cell", class_name="a")
    data, _ = written([cell], format_name, canvas)
    report = Report()
    found, frame, items = read_items(data, f"a{FORMATS[format_name].suffix}", canvas, report)
    assert found.name == format_name
    assert frame == FORMATS[format_name].frame
    moved = (1000, 500) if frame == "cropped" else (0, 0)
    assert np.allclose(next(items).shape.bounds()[:2], np.array([90.0, 100.25]) + moved, atol=0.02)
