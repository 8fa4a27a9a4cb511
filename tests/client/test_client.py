"""The Python client against a real server."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from tests.support.server import COVERSLIP, Serve, clean_environment

import coverslip
from coverslip.client import Client, Slide
from coverslip.client.shapes import from_shapely, to_shapely
from coverslip.core.client_errors import ServerRefused, ServerUnreachable
from coverslip.core.errors import InvalidRequest
from coverslip.testing.synthetic import coded_rgb, write_pyramid


@pytest.fixture
def client(serve: Callable[..., Serve], tmp_path: Path) -> Iterator[Client]:
    """A connection with a token of the administrator's."""
    folder = tmp_path / "slides"
    folder.mkdir()
    write_pyramid(folder / "one.tif", coded_rgb(1300, 900))
    server = serve(folder, environment={"COVERSLIP_SETTLE_S": "0"})
    made = subprocess.run(
        [str(COVERSLIP), "token", "create", "--data", str(server.data)],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment({}),
    )
    with coverslip.connect(server.url, token=made.stdout.strip()) as found:
        yield found


@pytest.fixture
def slide(client: Client) -> Slide:
    for _ in range(100):
        found = [one for one in client.slides() if one.info["state"] == "ready"]
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError("the slide was not registered")


def _frame() -> geopandas.GeoDataFrame:
    shapes = [
        shapely.Polygon([(10, 10), (110, 10), (110, 90)]),
        shapely.box(200, 200, 300, 300).difference(shapely.box(220, 220, 240, 240)),
        shapely.Point(50, 60),
        shapely.LineString([(1, 2), (3, 4), (9, 9)]),
    ]
    columns = {"name": ["a", "b", "c", "d"], "Area": [1.5, 2.5, np.nan, 4.0], "note": ["x", None, "z", "w"]}
    return geopandas.GeoDataFrame(columns, geometry=shapes)


def test_all_that_scripts_do(client: Client, slide: Slide, tmp_path: Path) -> None:
    assert slide.name in ("one", "one.tif")
    pixels = slide.read_region(100, 50, 64, 32)
    assert (np.asarray(pixels) == coded_rgb(1300, 900)[50:82, 100:164]).all()

    frame = _frame()
    ids = slide.add(frame, layer="Model 1")
    assert len(slide.annotations()) == 4
    found = slide.annotations(layer="Model 1").set_index("annotation_id").loc[ids]
    assert [shapely.equals(a, b) for a, b in zip(found.geometry, frame.geometry, strict=True)] == [True] * 4
    assert found["Area"].tolist()[:2] == [1.5, 2.5]
    assert found["note"].tolist() == ["x", None, "z", "w"] or found["note"].isna().tolist() == [
        False,
        True,
        False,
        False,
    ]

    changed = slide.annotations(layer="Model 1")
    changed["Area"] = 9.0
    assert slide.save(changed) == 4
    assert slide.annotations()["Area"].tolist() == [9.0] * 4
    assert slide.save(slide.annotations()) == 0

    slide.remove(ids[:1])
    assert len(slide.annotations()) == 3

    target = tmp_path / "out.geojson"
    slide.export_file(target, format="qupath")
    assert slide.import_file(target, dry_run=True, frame="full")["objects"] == 3

    cells = geopandas.GeoDataFrame(
        {"class": ["Tumor", "Stroma"] * 50, "size": np.arange(100.0)},
        geometry=[shapely.box(n, n, n + 5, n + 5) for n in range(100)],
    )
    layer_id = slide.upload_layer("Cells", cells)
    (layer,) = (one for one in slide.layers() if one["layer_id"] == layer_id)
    assert (layer["kind"], layer["object_count"]) == ("result", 100)
    again = slide.annotations(layer="Cells")
    assert sorted(again["size"].tolist()) == list(range(100))
    assert len(slide.annotations(layer="Cells", class_="Stroma")) == 50
    assert slide.upload_layer("Points", shapely.points(np.random.default_rng(1).random((20, 2)) * 500))

    with pytest.raises(ServerRefused) as refused:
        _ = client.slide("none").info
    assert (refused.value.server_code, refused.value.status) == ("not_found", 404)
    with pytest.raises(InvalidRequest, match="no class"):
        slide.annotations(class_="Nonsense")
    with pytest.raises(ServerRefused, match="no layer"):
        slide.annotations(layer="Nonsense")


def test_a_server_that_is_not_there() -> None:
    with coverslip.connect("http://127.0.0.1:9", timeout_s=2) as client, pytest.raises(ServerUnreachable):
        list(client.slides())


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(1, 2),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        shapely.LineString([(1, 2), (3, 4)]),
        shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 3, 3)),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 7, 7)]),
    ],
)
def test_shapes_go_there_and_back(shape: shapely.Geometry) -> None:
    assert shapely.equals(to_shapely(from_shapely(shape)), shape)


@pytest.mark.parametrize("shape", [None, shapely.Point(), shapely.GeometryCollection([shapely.Point(1, 2)])])
def test_what_cannot_be_drawn_is_refused(shape: shapely.Geometry | None) -> None:
    with pytest.raises(InvalidRequest):
        from_shapely(shape)


def test_turned_boxes_are_outlines() -> None:
    turned = {"kind": "rectangle", "x": 0, "y": 0, "width": 20, "height": 10, "rotation": np.pi / 2}
    assert to_shapely(turned).bounds == pytest.approx((5, -5, 15, 15))
    ellipse = {"kind": "ellipse", "cx": 5, "cy": 5, "rx": 3, "ry": 2, "rotation": 0.0}
    assert to_shapely(ellipse).area == pytest.approx(6 * np.pi, rel=2e-3)
