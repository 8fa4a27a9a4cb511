"""The truth on disk: read back by independent readers, the same shapes, in one order, or nothing at all."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from tests.features.annotations.results.conftest import Cells, make_cells

from coverslip.core.result_errors import LayerUnreadable, ObjectsRefused
from coverslip.features.annotations.results.derived import EPOCH, Grid, open_objects
from coverslip.features.annotations.results.facts import facts_of, faults, mended
from coverslip.features.annotations.results.hilbert import cells_of, hilbert_places
from coverslip.features.annotations.results.publishing import batches_of
from coverslip.features.annotations.results.shapes import from_points, from_ragged, from_shapely, from_wkb, to_shapely
from coverslip.features.annotations.results.truth import FILE, LayerClass, open_truth
from coverslip.features.annotations.results.writing import Batch, write_layer

ODD = [float("nan"), float("inf"), 1e12, -1e9]


def write(folder: Path, grid: Grid, cells: Cells, **options: Any) -> Path:
    batches = batches_of(cells.shapes, cells.columns, cells.classes)
    return write_layer(folder, "layer", grid, batches, [LayerClass("Tumor", "t", "#ff0000")], **options).folder


def words(column: Any) -> list[str | None]:
    return [one if isinstance(one, str) else None for one in column.astype(object)]


def test_geopandas_reads_what_was_written(tmp_path: Path, grid: Grid) -> None:
    cells = make_cells(20_000, grid.width, grid.height)
    folder = write(tmp_path, grid, cells)
    frame = geopandas.read_parquet(folder / FILE)
    assert len(frame) == len(cells)
    assert list(frame["object_no"]) == list(range(len(cells)))
    written = {one.wkb: n for n, one in enumerate(shapely.normalize(cells.shapes))}
    place = [written[one.wkb] for one in shapely.normalize(frame.geometry.to_numpy())]
    assert sorted(place) == list(range(len(cells)))
    assert words(frame["class"]) == [cells.classes[n] for n in place]
    np.testing.assert_array_equal(frame["Mean DAB OD"].to_numpy(), cells.columns["Mean DAB OD"][place])
    assert words(frame["cluster"]) == [cells.columns["cluster"][n] for n in place]
    assert frame.crs is None
    file = pq.ParquetFile(folder / FILE)
    box = file.read_row_group(0)["bbox"][7].as_py()  # geopandas takes the covering and leaves it out
    np.testing.assert_allclose([box[k] for k in ("xmin", "ymin", "xmax", "ymax")], frame.geometry.iloc[7].bounds)
    assert max(file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)) <= 8192
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert sorted(one.name for one in tmp_path.joinpath("layers").iterdir()) == ["layer"]


def test_neighbours_lie_near_each_other(tmp_path: Path, grid: Grid) -> None:
    cells = make_cells(10_000, grid.width, grid.height)
    frame = geopandas.read_parquet(write(tmp_path, grid, cells) / FILE)
    centre = np.stack([frame.geometry.centroid.x, frame.geometry.centroid.y], axis=1)
    step = np.hypot(*np.diff(centre, axis=0).T).mean()
    as_given = np.hypot(*np.diff(shapely.get_coordinates(shapely.centroid(cells.shapes)), axis=0).T).mean()
    assert step < as_given / 20


def test_the_curve_visits_every_cell_once_and_steps_to_a_neighbour() -> None:
    side = 64
    x, y = (one.ravel().astype(np.uint32) for one in np.meshgrid(np.arange(side), np.arange(side)))
    places = hilbert_places(x * np.uint32(65536 // side), y * np.uint32(65536 // side))
    assert len(np.unique(places)) == side * side
    order = np.argsort(places)
    assert set(np.abs(np.diff(x[order].astype(int))) + np.abs(np.diff(y[order].astype(int)))) == {1}
    assert list(cells_of(np.array([-5.0, 0.0, 99.999, 500.0]), 0, 100)) == [0, 0, 65535, 65535]


def test_facts_are_those_of_shapely(grid: Grid) -> None:
    cells = make_cells(3_000, grid.width, grid.height)
    shapes = from_shapely(cells.shapes)
    known = facts_of(shapes)
    np.testing.assert_allclose(known.area_px, shapely.area(cells.shapes), rtol=1e-9)
    np.testing.assert_allclose(known.bounds / 256, shapely.bounds(cells.shapes))
    np.testing.assert_allclose(
        known.centroid / 256, shapely.get_coordinates(shapely.centroid(cells.shapes)), atol=1 / 256
    )
    assert np.all(shapely.equals(to_shapely(shapes), cells.shapes))
    assert np.all(shapely.equals(to_shapely(from_wkb([one.wkb for one in cells.shapes])), cells.shapes))
    some = np.array([5, 0, 2_999, 17])
    assert np.all(shapely.equals(to_shapely(shapes.take(some)), cells.shapes[some]))


def test_the_arrays_are_made_again_when_they_are_gone_or_cut(tmp_path: Path, grid: Grid) -> None:
    folder = write(tmp_path, grid, make_cells(9_000, grid.width, grid.height))
    first = open_objects(folder, grid)
    kept = {name: np.array(values) for name, values in first.columns.items()}
    before = (np.array(first.shapes.coords), np.array(first.rank), np.array(first.classes))
    arrays = folder / f"derived-{EPOCH}"
    for one in arrays.iterdir():
        one.unlink()
    (arrays / "coords").write_bytes(b"half")
    again = open_objects(folder, grid)
    for old, new in zip(before, (again.shapes.coords, again.rank, again.classes), strict=True):
        np.testing.assert_array_equal(old, new)
    for name, values in kept.items():
        np.testing.assert_array_equal(values, again.columns[name])
    other = Grid(grid.width, grid.height, grid.levels[2:])
    assert len(open_objects(folder, other).levels) == 5
    (folder / FILE).write_bytes(b"PAR1 not")
    for one in arrays.iterdir():
        one.unlink()
    with pytest.raises(LayerUnreadable):
        open_objects(folder, grid)


def test_crossing_outlines_are_mended(tmp_path: Path, grid: Grid) -> None:
    bow = [(100, 100), (140, 140), (140, 100), (100, 140)]
    square = [(300, 300), (340, 300), (340, 340), (300, 340)]
    shapes = from_ragged(np.array(bow + square, float), np.array([4, 8]))
    whole, count = mended(shapes)
    assert count == 1
    assert shapely.is_valid(to_shapely(whole)).all()
    assert to_shapely(whole)[0].area == pytest.approx(800)
    assert to_shapely(whole)[1].equals(shapely.Polygon(square))
    written = write_layer(tmp_path, "layer", grid, [Batch(shapes, {})])
    assert (written.object_count, written.mended_count) == (2, 1)


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_number_is_refused(tmp_path: Path, grid: Grid, odd: float) -> None:
    coords = np.array([(1, 1), (9, 1), (9, odd)], float)
    with pytest.raises(ObjectsRefused, match="no number or too far"):
        from_ragged(coords, np.array([3]))


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        ([(1, 1), (9, 1)], "fewer than 3 vertices"),
        ([(1, 1), (9, 1), (5, 1)], "has no area"),
        ([(-50, -50), (-40, -50), (-40, -40)], "wholly outside"),
        ([(30_000, 10), (30_010, 10), (30_000, 20)], "wholly outside"),
    ],
)
def test_what_cannot_be_kept_names_the_object_and_leaves_nothing(
    tmp_path: Path, grid: Grid, outline: list[tuple[float, float]], why: str
) -> None:
    good = make_cells(5, grid.width, grid.height)
    odd = from_ragged(np.array(outline, float), np.array([len(outline)]))
    with pytest.raises(ObjectsRefused, match=f"Object 5 .*{why}"):
        write_layer(tmp_path, "layer", grid, [Batch(from_shapely(good.shapes), {}), Batch(odd, {})])
    assert list((tmp_path / "layers").iterdir()) == []
    assert faults(odd, grid.width, grid.height)[0][0] == 0


def test_other_refusals(tmp_path: Path, grid: Grid) -> None:
    cells = make_cells(4, grid.width, grid.height)
    shapes = from_shapely(cells.shapes)
    points = from_points(np.array([(5.0, 5.0)]))
    odd: list[list[Batch]] = [
        [],
        [Batch(shapes, {"x": np.zeros(3)})],
        [Batch(shapes, {"geometry": np.zeros(4)})],
        [Batch(shapes, {"a\nb": np.zeros(4)})],
        [Batch(shapes, {}, ["only one"])],
        [Batch(shapes, {}), Batch(points, {})],
    ]
    for batches in odd:
        with pytest.raises(ObjectsRefused):
            write_layer(tmp_path, "layer", grid, batches)
    for one in (shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon(), None):
        with pytest.raises(ObjectsRefused):
            from_shapely(np.array([cells.shapes[0], one], object))
    with pytest.raises(ObjectsRefused):
        from_wkb([b"no geometry"])
    assert list((tmp_path / "layers").iterdir()) == []


def test_columns_may_come_and_go_and_words_may_be_many(tmp_path: Path, grid: Grid) -> None:
    first, second = (make_cells(40_000, grid.width, grid.height, seed=n) for n in (1, 2))
    ids = [f"cell-{n}" for n in range(80_000)]
    written = write_layer(
        tmp_path,
        "layer",
        grid,
        [
            Batch(from_shapely(first.shapes), {"a": np.arange(40_000), "id": ids[:40_000]}),
            Batch(from_shapely(second.shapes), {"b": np.ones(40_000), "id": ids[40_000:]}),
        ],
        object_type="cell",
    )
    kinds = {one.name: one.kind for one in written.head.columns}
    assert kinds == {"a": "number", "id": "text", "b": "number"}
    frame = geopandas.read_parquet(written.folder / FILE)
    assert sorted(frame["id"]) == sorted(ids)
    of_first = frame["id"].str[5:].astype(int) < 40_000
    assert (frame["a"][of_first] == frame["id"][of_first].str[5:].astype(int)).all()
    assert frame["b"][of_first].isna().all()
    assert frame["a"][~of_first].isna().all()
    assert open_truth(written.folder / FILE)[1] == written.head
    assert "id" not in open_objects(written.folder, grid).columns


def test_points_and_second_outlines(tmp_path: Path, grid: Grid) -> None:
    chance = np.random.default_rng(5)
    places = np.round(chance.uniform(0, 15_000, (3_000, 2)) * 256) / 256
    written = write_layer(tmp_path, "points", grid, [Batch(from_points(places), {})])
    frame = geopandas.read_parquet(written.folder / FILE)
    assert set(map(tuple, shapely.get_coordinates(frame.geometry.to_numpy()))) == set(map(tuple, places))
    cells = make_cells(50, grid.width, grid.height)
    nuclei = [None if n % 7 == 0 else shapely.centroid(one).buffer(3) for n, one in enumerate(cells.shapes)]
    batches = batches_of(cells.shapes, {"n": np.arange(50.0)}, nuclei=nuclei)
    frame = geopandas.read_parquet(write_layer(tmp_path, "cells", grid, batches, object_type="cell").folder / FILE)
    for _, row in frame.iterrows():
        nucleus = nuclei[int(row["n"])]
        assert (row["nucleus"] is None) == (nucleus is None)
        if nucleus is not None:
            assert row["nucleus"].symmetric_difference(nucleus).area < 0.1
