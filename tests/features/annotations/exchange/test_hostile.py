"""Files from strangers: every reader says one sentence, whatever is done to its files; never anything else."""

import io
import random
import zipfile

import numpy as np
import pytest
import shapely
from tests.features.annotations.exchange.conftest import CANVAS, FILES, read_bytes, written

from coverslip.core.errors import CoverslipError
from coverslip.core.exchange_errors import AnnotationFileRefused, AnnotationFileTooLarge, SlideSizeNeeded
from coverslip.features.annotations.exchange import EXPORTED, IMPORTED, Canvas, Item, Shape, from_wire

MUTATIONS = 100
SEEDS = {
    "imagescope": ["imagescope/TCGA-EJ-5518-01Z-00-DX1.xml"],
    "asap": ["asap/asap-polygon.xml"],
    "histomicsui": ["histomicsui/sample.anot", "histomicsui/large_image_sample_annotation.json"],
    "camicroscope": ["camicroscope/debug_annot.json"],
    "ome-xml": ["ome-xml/ROI.ome.xml", "ome-xml/transformations-upgrade.ome.xml"],
    "imagej": [f"imagej-roi/{name}.roi" for name in ("polygon", "composite-brush-donut", "ellipse", "oval", "point")],
    "halo": ["halo/HaloMultilayerTest.annotations"],
    "sectra": ["sectra/pathologycore-area.json"],
    "darwin": ["darwin_v7/103S.json"],
    "camelyon": ["camelyon-json/Tumor_001.json"],
    "xopat": ["xopat/native.all.json"],
    "qupath": ["geojson/wsidicom-qupath/qupath-brush.json", "geojson/wsidicom-qupath/qupath-multipoint.json"],
    "geojson": ["geojson/large_image_sample.geojson"],
}
WORDS = [b"null", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'""', b"true", b"1e308", b'"x"', b"\xff\xfe", b"\0"]


def _whole(format_name: str) -> bytes:
    items = [
        Item(from_wire({"kind": "polygon", "rings": [[[10, 10], [200, 10], [200, 190]]]}), class_name="a"),
        Item(from_wire({"kind": "rectangle", "x": 50, "y": 60, "width": 20, "height": 30}), class_name="b"),
    ]
    items[0].measurements["Area"] = 3.0
    return written(items, format_name, Canvas(400, 300, 0.5, 0.5))[0]


def _mutated(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(changed) + 1)
        how = dice.randrange(6)
        if how == 0:
            del changed[place : place + dice.randint(1, 40)]
        elif how == 1:
            changed[place:place] = dice.choice(WORDS)
        elif how == 2 and place < len(changed):
            changed[place] = dice.randrange(256)
        elif how == 3:
            del changed[place:]
        elif how == 4:
            changed[place : place + 8] = dice.choice(WORDS)
        else:
            start = dice.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + dice.randint(1, 60)]
        if not changed:
            return b"x"
    return bytes(changed)


@pytest.mark.parametrize("format_name", IMPORTED)
def test_mutated_files_are_read_or_refused(format_name: str) -> None:
    seeds = [(FILES / name).read_bytes() for name in SEEDS.get(format_name, ())]
    if format_name in EXPORTED:
        seeds.append(_whole(format_name))
    dice = random.Random(format_name)
    refused = 0
    for number in range(MUTATIONS):
        data = _mutated(seeds[number % len(seeds)], dice)
        try:
            items, _ = read_bytes(data, format_name, CANVAS if "mask" not in format_name else Canvas(400, 300))
        except CoverslipError as error:
            said = error.message
            items = []
        else:
            said = ""
        refused += bool(said)
        assert not said or (said[-1] in ".)" and "\n" not in said)
        for item in items:
            assert np.isfinite(item.shape.bounds()).all()
    assert refused


@pytest.mark.parametrize("format_name", [*IMPORTED, "auto"])
@pytest.mark.parametrize(
    "data", [b"", b"\0" * 64, b"{}", b"[]", b"<a/>", b"[" * 100_000, b"<a>" * 50_000, b"PK\x03\x04"]
)
def test_what_is_no_such_file_is_refused_or_empty(format_name: str, data: bytes) -> None:
    try:
        items, _ = read_bytes(data, format_name)
    except CoverslipError:
        return
    assert not items


def test_entities_are_not_expanded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxx">]><ASAP_Annotations>&b;</ASAP_Annotations>'
    with pytest.raises(AnnotationFileRefused, match="entities"):
        read_bytes(bomb, "asap")


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from coverslip.features.annotations.exchange import imagej

    monkeypatch.setattr(imagej, "MOST_UNPACKED", 1000)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.roi", b"Iout" + b"\0" * 100_000)
    with pytest.raises(AnnotationFileTooLarge):
        read_bytes(held.getvalue(), "imagej")


def test_fractions_need_the_size_of_the_slide() -> None:
    data = (FILES / "camicroscope/debug_annot.json").read_bytes()
    with pytest.raises(SlideSizeNeeded):
        read_bytes(data, "camicroscope", Canvas())


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(AnnotationFileRefused, match="has not the shape of the slide"):
        read_bytes(_whole("class-mask"), "class-mask", Canvas(400, 900))


def test_measurements_without_a_value_are_left_out() -> None:
    data = b"""{"type":"FeatureCollection","features":[{"type":"Feature","id":"PathDetectionObject",
    "geometry":{"type":"Point","coordinates":[1,2]},
    "properties":{"measurements":{"a": NaN, "b": 2, "c": -Infinity}}}]}"""
    items, report = read_bytes(data, "qupath")
    assert items[0].measurements == {"b": 2.0}
    assert report.lost["measurements without a number"] == 2


@pytest.mark.parametrize("value", ["1e400", "1e300", "null", '"x"', "[]", "NaN"])
def test_no_position_is_a_number_that_is_none(value: str) -> None:
    ring = f"[[0,0],[10,0],[{value},10],[0,0]]"
    data = f'{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[{ring}]}},"properties":{{}}}}'
    with pytest.raises(AnnotationFileRefused):
        read_bytes(data.encode(), "geojson")


def test_formulas_are_made_harmless_and_come_back() -> None:
    item = Item(Shape("point", ((np.array([[1.0, 2.0]]),),)), class_name="=cmd|' /C calc'!A0", name="+1")
    item.properties = {"@sum": "-2+3"}
    data, _ = written([item], "csv")
    lines = data.decode().splitlines()
    assert "'=cmd" in lines[1]
    assert ",+1," not in lines[1]
    (found,), _ = read_bytes(data, "csv")
    assert (found.class_name, found.name, found.properties) == (item.class_name, item.name, item.properties)


def test_traced_masks_are_the_pixels(canvas: Canvas) -> None:
    from coverslip.features.annotations.exchange.raster import fill, trace

    dice = np.random.default_rng(5)
    for _ in range(20):
        mask = dice.random((17, 23)) < 0.5
        outlines = trace(mask)
        again = np.zeros_like(mask)
        for rings in outlines:
            again ^= fill(rings, 23, 17)
        assert (again == mask).all()
        assert all(shapely.Polygon(outer, holes).is_valid for outer, *holes in outlines)


def test_filled_pixels_are_those_whose_centre_lies_inside() -> None:
    from coverslip.features.annotations.exchange.raster import fill

    dice = np.random.default_rng(7)
    columns, rows = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    for _ in range(30):
        outline = shapely.Polygon(dice.random((8, 2)) * (50, 40) - 5).convex_hull.difference(
            shapely.box(10, 10, 16, 15)
        )
        rings = [
            np.asarray(ring.coords)[:-1] for part in shapely.get_parts(outline) for ring in shapely.get_rings(part)
        ]
        inside = shapely.contains_xy(outline, columns, rows)
        assert (fill(rings, 40, 30) == inside).mean() > 0.999
