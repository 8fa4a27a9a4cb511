"""The real files of other programs, compared with what independent readers say of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from tests.conftest import sample_path
from tests.features.annotations.exchange.conftest import CANVAS, FILES, read, read_bytes

from coverslip.features.annotations.exchange import Canvas, recognised
from coverslip.features.annotations.exchange.parquet import to_shapely

FORMAT_OF = {
    "asap/asap-dot.xml": "asap",
    "asap/asap-polygon.xml": "asap",
    "camelyon-json/Tumor_001.json": "camelyon",
    "camicroscope/debug_annot.json": "camicroscope",
    "darwin_v7/103S.json": "darwin",
    "geojson/histoqc_holed.geojson": "qupath",
    "geojson/large_image_sample.geojson": "geojson",
    "geojson/wsidicom-qupath/qupath-polygon-cell-classified.json": "qupath",
    "halo/HaloMultilayerTest.annotations": "halo",
    "histomicsui/sample.anot": "histomicsui",
    "histomicsui/simple.tiff.anot": "histomicsui",
    "histomicsui/large_image_sample_annotation.json": "histomicsui",
    "imagej-roi/polygon.roi": "imagej",
    "imagescope/TCGA-EJ-5518-01Z-00-DX1.xml": "imagescope",
    "ome-xml/ROI.ome.xml": "ome-xml",
    "sectra/pathologycore-area.json": "sectra",
    "xopat/native.all.json": "xopat",
    "xopat/geojson.all.json": "xopat",
    "xopat/qupath.all.json": "qupath",
}


@pytest.mark.parametrize("name", FORMAT_OF)
def test_the_format_is_seen_from_the_content(name: str) -> None:
    assert recognised((FILES / name).read_bytes()).name == FORMAT_OF[name]


@pytest.mark.parametrize("path", sorted((FILES / "geojson").rglob("*.*json")), ids=lambda path: path.name)
def test_geojson_has_the_geometry_that_shapely_reads(path: Path) -> None:
    items = read(str(path.relative_to(FILES)))
    whole = json.loads(path.read_bytes())
    features = whole if isinstance(whole, list) else whole.get("features", [whole])
    expected = [shapely.from_geojson(json.dumps(one.get("geometry", one))) for one in features]
    assert len(items) == len(expected)
    for item, other in zip(items, expected, strict=True):
        assert shapely.equals(to_shapely(item.shape), shapely.force_2d(other))


def test_classes_and_names_of_qupath() -> None:
    items = read("geojson/wsidicom-qupath/qupath-polygon-cell-classified.json")
    assert {item.class_name for item in items} == {"Cell", "Nucleus"}
    assert items[0].name == "Erythrocytes 2"
    by_class = {item.class_name: item.colour for item in items}
    assert by_class == {"Cell": "#7fdc3a", "Nucleus": "#b87343"}


def test_holes_are_holes() -> None:
    (item,) = read("geojson/histoqc_holed.geojson")
    assert item.shape.holes == 1
    assert item.shape.kind == "polygon"


def _expected(path: Path) -> dict[str, Any]:
    (value,) = json.loads(path.with_suffix(".json").read_text()).values()
    return dict(value)


@pytest.mark.parametrize("path", sorted((FILES / "imagej-roi").glob("*.roi")), ids=lambda path: path.stem)
def test_imagej_rois_are_what_another_reader_says(path: Path) -> None:
    (item,) = read(str(path.relative_to(FILES)))
    if not path.with_suffix(".json").exists():
        assert item.shape.kind == "line"
        return
    said = _expected(path)
    shape = item.shape
    if "paths" in said:
        rings = [shapely.Polygon(ring) for ring in said["paths"]]
        whole = rings[0]
        for ring in rings[1:]:
            whole = whole.symmetric_difference(ring)
        assert to_shapely(shape).area == pytest.approx(whole.area)
        assert to_shapely(shape).symmetric_difference(whole).area < 1e-6
    elif "x" in said and said["type"] == "point":
        points = shape.points if shape.kind == "multipoint" else shape.points[:1]
        assert np.allclose(points, np.column_stack([said["x"], said["y"]]), atol=1e-4)
    elif "x" in said:
        assert np.allclose(shape.points, np.column_stack([said["x"], said["y"]]))
    elif "width" in said and said["type"] in ("rectangle", "oval"):
        left, top, width, height = (float(said[key]) for key in ("left", "top", "width", "height"))
        kind = "rectangle" if said["type"] == "rectangle" else "ellipse"
        assert shape.kind == kind
        if kind == "rectangle":
            assert shape.box == (left, top, width, height, 0)
        else:
            assert shape.box == (left + width / 2, top + height / 2, width / 2, height / 2, 0)
    else:
        assert shape.kind == "ellipse"
        ends = np.array([[said["ex1"], said["ey1"]], [said["ex2"], said["ey2"]]], dtype=float)
        length = float(np.hypot(*(ends[1] - ends[0])))
        assert np.allclose(shape.box[:2], ends.mean(axis=0))
        assert shape.box[2] == pytest.approx(length / 2)
        assert shape.box[3] == pytest.approx(length / 2 * float(said["aspect_ratio"]))


def test_aperio_regions_have_the_area_that_the_file_states() -> None:
    items = read("imagescope/TCGA-EJ-5518-01Z-00-DX1.xml")
    assert items[0].class_name == "CaP"
    assert items[0].colour == "#00ff00"
    text = (FILES / "imagescope/TCGA-EJ-5518-01Z-00-DX1.xml").read_text()
    stated = [float(one.split('"')[0]) for one in text.split(' Area="')[1:]]
    areas = [to_shapely(item.shape).area for item in items]
    assert areas == pytest.approx(stated, rel=1e-3)


def test_halo_layers_kinds_and_negative_regions() -> None:
    items = read("halo/HaloMultilayerTest.annotations")
    assert {item.layer for item in items} >= {"TP1", "Layer 1 voor Rolf", "Layer 2 voor Rolf"}
    assert {item.shape.kind for item in items} >= {"polygon", "point", "line", "ellipse"}
    assert sum(item.shape.holes for item in items) >= 2


def test_sectra_areas_and_lengths_agree_with_one_scale() -> None:
    (area,) = read("sectra/pathologycore-area.json")
    (line,) = read("sectra/pathologycore-polyline.json")
    square = 5.33 / to_shapely(area.shape).area
    straight = 5.93 / to_shapely(line.shape).length
    assert np.sqrt(square) == pytest.approx(straight, rel=2e-3)
    assert area.properties["result"] == "5.33 mm²"


def test_darwin_kinds_and_what_is_lost() -> None:
    items = read("darwin_v7/103S.json")
    kinds = sorted(item.shape.kind for item in items)
    assert kinds == sorted(["point"] * 5 + ["rectangle"] * 8 + ["polygon"] * 3 + ["multipolygon"])
    assert {item.class_name for item in items} >= {"stroma (area)", "lymphocyte (cell)"}
    none, report = read_bytes((FILES / "darwin_v7/raster.json").read_bytes(), "darwin")
    assert not none
    assert report.lost["raster layers and masks"] == 1


def test_xopat_native_is_what_its_geojson_export_says() -> None:
    native = read("xopat/native.all.json")
    exported = read("xopat/geojson.all.json", "xopat")
    assert len(native) == len(exported)
    for one, other in zip(native, exported, strict=True):
        assert np.allclose(one.shape.bounds(), other.shape.bounds(), atol=25)  # a ruler's box counts its stroke
    assert {one.shape.kind for one in native} == {"polygon", "rectangle", "polyline", "ellipse", "line", "text"}


def test_camicroscope_fractions_become_pixels() -> None:
    items = read("camicroscope/debug_annot.json", canvas=Canvas(10_000, 20_000))
    first = items[0]
    assert first.object_type == "detection"
    assert first.class_name == "cluster-1"
    assert first.shape.bounds() == pytest.approx((5664.0625, 2586.468, 5680.3387, 2628.1857), abs=0.01)


def test_camelyon_negative_outlines_are_holes() -> None:
    items = read("camelyon-json/Tumor_001.json")
    whole = json.loads((FILES / "camelyon-json/Tumor_001.json").read_text())
    assert len(items) == len(whole["positive"])
    assert sum(item.shape.vertices for item in items) <= sum(len(one["vertices"]) for one in whole["positive"])


def test_camelyon_with_holes() -> None:
    data = sample_path("annotations/camelyon-json/Tumor_021.json").read_bytes()
    items, report = read_bytes(data)
    assert len(items) == 16
    held = sum(item.shape.holes for item in items)
    assert held + report.lost["negative outlines outside every positive one"] == 19
    assert held >= 15


def test_histomics_documents() -> None:
    data = sample_path(
        "annotations/histomicsui/TCGA-A2-A0YE-01Z-00-DX1_GET_MergePolygons.svs_annotations.json"
    ).read_bytes()
    items, _ = read_bytes(data)
    assert len(items) == 98
    assert items[0].class_name == "mostly_tumor"
    assert items[0].colour == "#ff0000"


def test_cells_and_areas_of_a_bare_list() -> None:
    data = sample_path("annotations/geojson/cellseg_gsontools/test_cells.json").read_bytes()
    items, report = read_bytes(data)
    assert {item.object_type for item in items} == {"cell"}
    assert not report.lost
    assert "glandular_epithel" in {item.class_name for item in items}


def test_contour_table_of_histomicstk() -> None:
    data = sample_path("annotations/histomicsui/sample_contours_df.tsv").read_bytes()
    items, _ = read_bytes(data, name="contours.tsv")
    assert items[0].class_name == "roi"
    assert items[0].colour == "#c80096"
    assert items[0].shape.kind == "polygon"


def test_ome_shapes_transforms_and_masks() -> None:
    items = read("ome-xml/ROI.ome.xml", canvas=CANVAS)
    kinds = [item.shape.kind for item in items]
    assert kinds.count("point") == 2
    assert "arrow" in kinds
    moved = next(item for item in items if item.name == "Transformed")
    assert moved.shape.box == pytest.approx((3.82, 2.21, 1.5, 1.5, 0))
    skewed = next(
        item
        for item in read("ome-xml/transformations-upgrade.ome.xml")
        if item.name.startswith("Hi There! (from shape")
    )
    corner = np.array([1.0, 2.0])
    matrix = np.array([[10.0, 30.0], [20.0, 40.0]])
    expected = matrix @ corner + (50, 60)
    assert any(np.allclose(point, expected) for point in skewed.shape.points)
    union = read("ome-xml/shape-union.ome.xml")
    assert {item.plane for item in union} >= {23, 11, 2, 36}
