"""Result layers over HTTP: what a client sees of them, as corrected, and who may."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from tests.features.annotations.results.conftest import Cells, make_cells

from coverslip.core.ids import new_id
from coverslip.features.annotations.results.truth import FILE
from coverslip.infra.runtime import Runtime

COUNT = 3_000


@pytest.fixture
def cells(slide: dict[str, Any]) -> Cells:
    return make_cells(COUNT, slide["width"], slide["height"])


@pytest.fixture
def layer(published: Callable[..., str], cells: Cells, slide: dict[str, Any]) -> str:
    """The address of a layer of cells."""
    return f"/slides/{slide['slide_id']}/layers/{published(cells)}"


@pytest.fixture
def frame(runtime: Runtime, layer: str) -> Any:
    """The layer as geopandas reads it."""
    return geopandas.read_parquet(runtime.settings.data / "layers" / layer.rpartition("/")[2] / FILE)


@pytest.fixture
def correct(signed_in: Any, slide: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Correct an object by an operation, as the browser does; gives the annotation's id and the result."""
    address = f"/slides/{slide['slide_id']}"
    drawn = new_id()
    made = signed_in.post(f"{address}/layers", json={"layer_id": drawn, "name": "Corrections"})
    assert made.status_code == 201, made.text

    def send(layer: str, object_no: int, **patch: Any) -> dict[str, Any]:
        annotation_id = new_id()
        whole = {
            "layer_id": drawn,
            "geometry": {"kind": "rectangle", "x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0},
            "corrects": {"layer_id": layer.rpartition("/")[2], "object_no": object_no},
            **patch,
        }
        op = {"op_id": new_id(), "entity": "annotation", "target": annotation_id, "kind": "create", "base_rev": 0}
        answer = signed_in.post(f"{address}/annotations/ops", json={"ops": [{**op, "patch": whole}]})
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()["results"]
        assert result["outcome"] == "applied", result
        return {"annotation_id": annotation_id, "layer_id": drawn, **result}

    return send


def undo(signed_in: Any, layer: str, made: dict[str, Any]) -> None:
    op = {"op_id": new_id(), "entity": "annotation", "target": made["annotation_id"], "kind": "delete"}
    body = {"ops": [{**op, "base_rev": made["rev"], "patch": {"deleted": True}}]}
    assert signed_in.post(f"{layer.partition('/layers/')[0]}/annotations/ops", json=body).status_code == 200


def tile_ids(browser: Any, address: str) -> set[int]:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    if not answer.content:
        return set()
    return {one["id"] for one in mapbox_vector_tile.decode(answer.content)["objects"]["features"]}


def test_a_layer_says_what_it_holds(signed_in: Any, layer: str, slide: dict[str, Any], frame: Any) -> None:
    found = signed_in.get(f"{layer}/result").json()
    assert (found["object_count"], found["geometry"], found["object_type"]) == (COUNT, "polygon", "detection")
    columns = {one["name"]: one for one in found["columns"]}
    assert list(columns) == ["Nucleus: Area µm^2", "Mean DAB OD", "cluster"]
    assert columns["Mean DAB OD"]["min"] == pytest.approx(frame["Mean DAB OD"].min(), rel=1e-6)
    assert columns["Mean DAB OD"]["max"] == pytest.approx(frame["Mean DAB OD"].max(), rel=1e-6)
    assert sorted(columns["cluster"]["categories"]) == ["a", "b"]
    assert [(one["name"], one["colour"]) for one in found["classes"]] == [
        (one["name"], "#112233") for one in found["classes"]
    ]
    assert [(one["z"], one["downsample"]) for one in found["levels"]] == [
        (z, one["downsample_x"]) for z, one in enumerate(slide["levels"])
    ]
    assert all(one["tile_size_px"] == 512 for one in found["levels"])
    assert found["bounds"] == pytest.approx(list(frame.total_bounds))
    assert (found["corrections"], found["corrections_rev"]) == ([], 0)
    listed = signed_in.get(f"/slides/{slide['slide_id']}/layers").json()["items"]
    (own,) = [one for one in listed if layer.endswith(one["layer_id"])]
    assert (own["kind"], own["object_count"], own["name"]) == ("result", COUNT, "Cells")
    journal = signed_in.get(f"/slides/{slide['slide_id']}/journal?after=0").json()["entries"]
    assert [(one["entity"], one["kind"], one["target"]) for one in journal] == [
        ("result_layer", "create", own["layer_id"])
    ]


def test_tiles_centroids_and_columns(signed_in: Any, layer: str, slide: dict[str, Any], frame: Any) -> None:
    about = signed_in.get(f"{layer}/result").json()
    finest = about["levels"][-1]
    assert finest["full"]
    seen: set[int] = set()
    for x in range(-(-slide["width"] // 512)):
        for y in range(-(-slide["height"] // 512)):
            seen |= tile_ids(signed_in, f"{layer}/result/tiles/{finest['z']}/{x}/{y}.mvt")
    assert seen == set(range(COUNT))
    assert signed_in.get(f"{layer}/result/tiles/{finest['z']}/99/0.mvt").status_code == 404
    assert signed_in.get(f"{layer}/result/tiles/99/0/0.mvt").status_code == 404
    raw = np.frombuffer(signed_in.get(f"{layer}/result/centroids").content, "<u2").reshape(-1, 2)
    places = raw * (np.array([slide["width"], slide["height"]]) / 65_536)
    true = np.stack([frame.geometry.centroid.x, frame.geometry.centroid.y], axis=1)
    assert np.abs(places - true).max() <= 0.1
    dab = np.frombuffer(signed_in.get(f"{layer}/result/columns/Mean%20DAB%20OD").content, "<f4")
    np.testing.assert_array_equal(dab, frame["Mean DAB OD"].to_numpy(np.float32))
    codes = np.frombuffer(signed_in.get(f"{layer}/result/columns/cluster").content, "<u2")
    words = next(one["categories"] for one in about["columns"] if one["name"] == "cluster")
    assert [None if one == 0xFFFF else words[one] for one in codes] == [
        one if isinstance(one, str) else None for one in frame["cluster"].astype(object)
    ]
    area = signed_in.get(f"{layer}/result/columns/Nucleus:%20Area%20%C2%B5m%5E2")
    assert len(area.content) == 4 * COUNT
    refused = signed_in.get(f"{layer}/result/columns/none")
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_column")


def test_addresses_that_name_everything_may_be_kept(signed_in: Any, layer: str) -> None:
    version = signed_in.get(f"{layer}/result").json()["base_version"]
    for path in ("result/tiles/0/0/0.mvt", "result/centroids", "result/columns/class"):
        kept = signed_in.get(f"{layer}/{path}?v={version}&rev=0")
        assert kept.headers["cache-control"] == "private, max-age=86400, immutable"
        asked = signed_in.get(f"{layer}/{path}")
        assert asked.headers["cache-control"] == "private, no-cache"
        again = signed_in.get(f"{layer}/{path}", headers={"If-None-Match": asked.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        stale = signed_in.get(f"{layer}/{path}?v=old")
        assert (stale.status_code, stale.json()["code"]) == (409, "layer_changed")
    packed = signed_in.get(f"{layer}/result/centroids", headers={"Accept-Encoding": "gzip"})
    plain = signed_in.get(f"{layer}/result/centroids", headers={"Accept-Encoding": "identity"})
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers


def test_an_object_tells_all_its_measurements(signed_in: Any, layer: str, frame: Any, slide: dict[str, Any]) -> None:
    for number in (0, 17, COUNT - 1):
        found = signed_in.get(f"{layer}/result/objects/{number}").json()
        row = frame.iloc[number]
        parts = found["geometry"].get("polygons") or [found["geometry"]["rings"]]
        shape = shapely.MultiPolygon([(one[0], one[1:]) for one in parts])
        assert shape.symmetric_difference(row.geometry).area == pytest.approx(0, abs=1e-9)
        measured = {n: row[n] for n in ("Nucleus: Area µm^2", "Mean DAB OD") if np.isfinite(row[n])}
        assert found["measurements"] == pytest.approx(measured)
        assert found["categories"].get("cluster") == (row["cluster"] if isinstance(row["cluster"], str) else None)
        assert found["class_name"] == (row["class"] if isinstance(row["class"], str) else None)
        assert found["area_um2"] == pytest.approx(row.geometry.area * slide["mpp_x"] * slide["mpp_y"])
    for odd in (COUNT, 10**9):
        assert signed_in.get(f"{layer}/result/objects/{odd}").status_code == 404
    assert signed_in.get(f"{layer}/result/objects/-1").status_code == 422


def test_a_lasso_selects_by_centroid(signed_in: Any, layer: str, frame: Any) -> None:
    ring = [(200, 200), (1_500, 300), (1_200, 1_800), (700, 900), (100, 1_500)]
    hole = [(900, 500), (1_100, 500), (1_000, 700)]
    found = signed_in.post(f"{layer}/result/select", json={"polygon": [ring, hole]}).json()
    region = shapely.Polygon(ring, [hole])
    inside = np.flatnonzero(region.contains(frame.geometry.centroid.to_numpy()))
    assert 20 < len(inside) < COUNT
    # Centroids are kept in 1/256 px: only one on the very line may differ.
    near = {n for n in inside if region.boundary.distance(frame.geometry.iloc[n].centroid) < 0.01}
    assert set(found["object_nos"]) ^ set(inside.tolist()) <= near
    whole = signed_in.post(f"{layer}/result/select", json={"polygon": None}).json()
    assert whole["object_nos"] == list(range(COUNT))


@pytest.mark.parametrize(
    "polygon",
    [[], [[]], [[[0, 0], [1, 1]]], [[[0, 0], [1, 1], [2, 2]]], [[[0, 0], [1, 1], [1e400, 2]]], "everywhere", [[1, 2]]],
)
def test_an_odd_region_is_refused(signed_in: Any, layer: str, polygon: Any) -> None:
    for what in ("select", "summary"):
        body = json.dumps({"polygon": polygon})
        answer = signed_in.post(f"{layer}/result/{what}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text


def test_a_region_is_summarised(signed_in: Any, layer: str, frame: Any, slide: dict[str, Any]) -> None:
    ring = [(0, 0), (1_110, 0), (1_110, slide["height"]), (0, slide["height"])]
    found = signed_in.post(f"{layer}/result/summary", json={"polygon": [ring]}).json()
    own = frame[frame.geometry.centroid.x <= 1_110]
    assert found["count"] == len(own)
    counts = own["class"].astype(object).where(own["class"].notna(), "").value_counts().to_dict()
    assert found["classes"] == counts
    dab = own["Mean DAB OD"].astype(np.float32).dropna()
    told = found["columns"]["Mean DAB OD"]
    assert told["count"] == len(dab)
    for name, value in (("mean", dab.mean()), ("sd", dab.std(ddof=1)), ("min", dab.min()), ("max", dab.max())):
        assert told[name] == pytest.approx(value, rel=1e-5)
    area = 1_110 * slide["height"] * slide["mpp_x"] * slide["mpp_y"] / 1e6
    assert found["area_mm2"] == pytest.approx(area)
    assert found["density_per_mm2"] == pytest.approx(len(own) / area)
    um2 = own.geometry.area * slide["mpp_x"] * slide["mpp_y"]
    assert found["object_area_um2"]["mean"] == pytest.approx(um2.mean(), rel=1e-5)
    assert found["categories"]["cluster"]["a"] == int((own["cluster"] == "a").sum())


def test_corrections_count_everywhere(
    signed_in: Any, layer: str, correct: Callable[..., dict[str, Any]], frame: Any, tmp_path: Path
) -> None:
    gone, redrawn = 40, 41
    about = signed_in.get(f"{layer}/result").json()
    z = about["levels"][-1]["z"]
    middle = frame.geometry.iloc[gone].centroid
    tile = f"{layer}/result/tiles/{z}/{int(middle.x // 512)}/{int(middle.y // 512)}.mvt"
    before = signed_in.get(tile)
    assert gone in tile_ids(signed_in, tile)
    first = correct(layer, gone, geometry=None)
    second = correct(layer, redrawn, measurements={"Mean DAB OD": 7.5}, properties={"class": "Mitosis"})
    told = signed_in.get(f"{layer}/result").json()
    assert told["corrections_rev"] == second["seq"] > first["seq"]
    assert [(one["object_no"], one["removed"], one["seq"]) for one in told["corrections"]] == [
        (gone, True, first["seq"]),
        (redrawn, False, second["seq"]),
    ]
    assert told["corrections"][0]["bounds"] == pytest.approx(list(frame.geometry.iloc[gone].bounds))
    assert gone not in tile_ids(signed_in, tile)
    after = signed_in.get(tile)
    assert after.headers["etag"] != before.headers["etag"]
    named = [signed_in.get(f"{tile}?v={about['base_version']}&rev={rev}") for rev in (0, first["seq"], second["seq"])]
    assert named[0].headers["cache-control"] == "private, no-cache"
    assert any("immutable" in one.headers["cache-control"] for one in named[1:])
    summary = signed_in.post(f"{layer}/result/summary", json={}).json()
    assert summary["count"] == COUNT - 1
    assert summary["classes"]["Mitosis"] == 1
    assert summary["columns"]["Mean DAB OD"]["max"] == 7.5
    selected = signed_in.post(f"{layer}/result/select", json={}).json()
    assert {gone, redrawn} & set(selected["object_nos"]) == set()
    assert selected["annotation_ids"] == [second["annotation_id"]]
    one = signed_in.get(f"{layer}/result/objects/{redrawn}").json()
    assert one["corrected_by"] == second["annotation_id"]
    features = signed_in.get(f"{layer}/result/export?format=geojson").json()["features"]
    assert len(features) == COUNT - 1
    (new,) = [f for f in features if f["properties"].get("corrected_by")]
    assert new["properties"]["classification"]["name"] == "Mitosis"
    assert shapely.geometry.shape(new["geometry"]).equals(shapely.box(10, 20, 40, 60))
    exported = tmp_path / "layer.parquet"
    exported.write_bytes(signed_in.get(f"{layer}/result/export?format=geoparquet").content)
    table = geopandas.read_parquet(exported)
    assert len(table) == COUNT - 1
    assert table["Mean DAB OD"].max() == 7.5
    undo(signed_in, layer, first)
    assert gone in tile_ids(signed_in, tile)
    assert signed_in.get(f"{layer}/result").json()["corrections_rev"] > second["seq"]
    assert signed_in.post(f"{layer}/result/summary", json={}).json()["count"] == COUNT


def test_a_line_corrects_nothing(signed_in: Any, layer: str, correct: Callable[..., dict[str, Any]]) -> None:
    correct(layer, 5, geometry={"kind": "line", "points": [[1, 1], [9, 9]]})
    assert signed_in.post(f"{layer}/result/summary", json={}).json()["count"] == COUNT
    assert signed_in.get(f"{layer}/result").json()["corrections"] == []


def test_exports_hold_what_was_written(
    signed_in: Any, layer: str, frame: Any, slide: dict[str, Any], tmp_path: Path
) -> None:
    answer = signed_in.get(f"{layer}/result/export?format=geojson")
    assert answer.headers["content-disposition"].endswith('.geojson"')
    assert answer.headers["cache-control"] == "no-store"
    features = answer.json()["features"]
    assert len(features) == COUNT
    for number in (0, 33, COUNT - 1):
        one = features[number]
        assert one["properties"]["object_no"] == number
        assert shapely.geometry.shape(one["geometry"]).equals(frame.geometry.iloc[number])
    path = tmp_path / "one.parquet"
    path.write_bytes(signed_in.get(f"{layer}/result/export?format=geoparquet").content)
    assert geopandas.read_parquet(path).equals(frame)
    text = signed_in.get(f"{layer}/result/export?format=csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == COUNT
    assert list(rows[0])[:6] == ["object_no", "class", "centroid_x_px", "centroid_y_px", "area_um2", "corrected_by"]
    scale = slide["mpp_x"] * slide["mpp_y"]
    assert float(rows[33]["area_um2"]) == pytest.approx(frame.geometry.iloc[33].area * scale, rel=1e-6)
    assert signed_in.get(f"{layer}/result/export?format=shapefile").status_code == 422


def test_cells_of_a_table_run_no_formula(signed_in: Any, published: Callable[..., str], slide: dict[str, Any]) -> None:
    made = make_cells(4, slide["width"], slide["height"])
    odd = Cells(made.shapes, {"=cmd|' /C calc'!A0": ["=1+1", "+1", "@x", "safe"]}, ["-2", "a,b", 'q"q', None])
    layer_id = published(odd)
    text = signed_in.get(f"/slides/{slide['slide_id']}/layers/{layer_id}/result/export?format=csv").content.decode()
    rows = list(csv.reader(io.StringIO(text)))
    cells = [cell for row in rows for cell in row]
    assert {"'=1+1", "'+1", "'@x", "safe", "'-2", "a,b", 'q"q', "'=cmd|' /C calc'!A0"} <= set(cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


def test_a_private_layer_is_its_owners(
    signed_in: Any, published: Callable[..., str], cells: Cells, slide: dict[str, Any], person: Callable[..., Any]
) -> None:
    layer_id = published(cells, visibility="private")
    address = f"/slides/{slide['slide_id']}/layers/{layer_id}/result"
    assert signed_in.get(address).status_code == 200
    bob = person("Bob", slide["project_id"])
    assert bob.get(f"/slides/{slide['slide_id']}").status_code == 200
    for path in ("", "/tiles/0/0/0.mvt", "/centroids", "/columns/class", "/objects/0", "/export?format=csv"):
        assert bob.get(f"{address}{path}").status_code == 404
    eve = person("Eve")
    assert eve.get(address).status_code == 404


def test_an_upload_becomes_a_layer(
    signed_in: Any, layer: str, frame: Any, slide: dict[str, Any], person: Callable[..., Any], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.parquet"
    table = frame[["geometry", "class", "Mean DAB OD", "cluster"]].copy()
    table["flag"] = np.arange(COUNT) % 2 == 0
    table.to_parquet(mine, geometry_encoding="WKB", row_group_size=700)
    address = f"/slides/{slide['slide_id']}/layers/import?kind=result&name=Mine"
    made = signed_in.post(address, content=mine.read_bytes())
    assert made.status_code == 201, made.text
    found = signed_in.get(f"/slides/{slide['slide_id']}/layers/{made.json()['layer_id']}/result").json()
    assert found["object_count"] == COUNT
    assert [one["name"] for one in found["columns"]] == ["Mean DAB OD", "cluster", "flag"]
    assert {one["name"] for one in found["classes"]} == {"Tumor", "Stroma", "Immune"}
    before = len(signed_in.get(f"/slides/{slide['slide_id']}/layers").json()["items"])
    for odd in (b"", b"PAR1", b"no parquet at all", mine.read_bytes()[:5_000]):
        refused = signed_in.post(address, content=odd)
        assert (refused.status_code, refused.json()["code"]) == (422, "objects_refused"), refused.text
    assert len(signed_in.get(f"/slides/{slide['slide_id']}/layers").json()["items"]) == before
    bob = person("Bob", slide["project_id"])
    assert bob.post(address, content=mine.read_bytes()).status_code == 403
    assert person("Eve").post(address, content=mine.read_bytes()).status_code == 404
