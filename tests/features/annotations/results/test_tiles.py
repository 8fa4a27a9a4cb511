"""Vector tiles, read by another program's decoder and compared with shapely's answer to the same question."""

from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from tests.features.annotations.results.conftest import make_cells

from coverslip.features.annotations.results.derived import Grid, Objects, open_objects
from coverslip.features.annotations.results.mvt import TileShapes, encode_tile, varints
from coverslip.features.annotations.results.publishing import batches_of
from coverslip.features.annotations.results.shapes import from_points, from_ragged, to_shapely
from coverslip.features.annotations.results.tiles import LARGEST_TILE, make_tile
from coverslip.features.annotations.results.writing import Batch, write_layer

NONE = np.zeros(0, np.int64)


def decoded(body: bytes) -> dict[int, Any]:
    """Return the features of a tile by their id."""
    if not body:
        return {}
    layers = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    assert set(layers) == {"objects"}
    assert layers["objects"]["extent"] == 4096
    return {one["id"]: one for one in layers["objects"]["features"]}


def in_pixels(feature: Any, objects: Objects, z: int, x: int, y: int) -> Any:
    """Return a feature's shape in level-0 pixels."""
    unit = objects.levels[z].downsample / 8
    side = 512 * objects.levels[z].downsample
    shape = shapely.geometry.shape(feature["geometry"])
    return shapely.transform(shape, lambda at: at * unit + (x * side, y * side))


@pytest.fixture
def cells(tmp_path: Path, grid: Grid) -> Objects:
    made = make_cells(30_000, grid.width, grid.height)
    batches = batches_of(made.shapes, {}, made.classes)
    return open_objects(write_layer(tmp_path, "layer", grid, batches).folder, grid)


def test_a_full_level_shows_every_object_that_touches_a_tile(cells: Objects, grid: Grid) -> None:
    shapes = to_shapely(cells.shapes)
    full = [one for one in cells.levels if one.full]
    assert full
    assert [one.z for one in full] == list(range(full[0].z, len(cells.levels)))  # no gap below the first full level
    assert not cells.levels[0].full
    names = [one.name for one in cells.head.classes]
    for level in full:
        side = 512 * level.downsample
        for x, y in ((0, 0), (1, 1), (int(grid.width // side), int(grid.height // side))):
            found = decoded(make_tile(cells, level.z, x, y, NONE))
            area = shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
            touching = set(np.flatnonzero(shapely.intersects(shapes, area)).tolist())
            assert touching <= set(found)
            # What it shows beyond lies within its edge of 8 pixels.
            wide = area.buffer(8 * level.downsample, join_style="mitre")
            assert all(shapes[n].envelope.intersects(wide) for n in found)
            for number, feature in found.items():
                shown = in_pixels(feature, cells, level.z, x, y)
                assert shapely.is_valid(shown) or level.downsample > 2
                assert shapely.hausdorff_distance(shown, shapes[number]) <= 1.5 * level.downsample
                code = int(cells.classes[number])
                assert feature["properties"] == ({} if code == 0xFFFF else {"c": code})
                assert code == 0xFFFF or names[code] in {"Tumor", "Stroma", "Immune"}


def test_outlines_at_full_scale_are_right_to_a_fraction_of_a_pixel(cells: Objects) -> None:
    shapes, finest = to_shapely(cells.shapes), len(cells.levels) - 1
    found = decoded(make_tile(cells, finest, 10, 10, NONE))
    assert len(found) > 5
    for number, feature in found.items():
        shown = in_pixels(feature, cells, finest, 10, 10)
        assert shown.area == pytest.approx(shapes[number].area, rel=0.03)
        assert shapely.hausdorff_distance(shown, shapes[number]) <= 0.75


def test_an_object_on_an_edge_is_whole_in_both_tiles(cells: Objects) -> None:
    z = next(one.z for one in cells.levels if one.full)
    left, right = (decoded(make_tile(cells, z, x, 1, NONE)) for x in (1, 2))
    shared = set(left) & set(right)
    assert shared
    for number in shared:
        one, other = (in_pixels(side[number], cells, z, x, 1) for x, side in ((1, left), (2, right)))
        assert shapely.hausdorff_distance(one, other) <= 0.5 * cells.levels[z].downsample


@pytest.mark.parametrize("count", [30_000])
def test_every_tile_is_small(cells: Objects, grid: Grid, count: int) -> None:
    for level in cells.levels:
        side = 512 * level.downsample
        for x in range(0, int(grid.width // side) + 1, max(1, int(grid.width // side) // 4)):
            body = make_tile(cells, level.z, x, 0, NONE)
            assert len(body) <= LARGEST_TILE
    assert make_tile(cells, 0, 99, 0, NONE) == b""
    assert make_tile(cells, 99, 0, 0, NONE) == b""


def test_where_not_all_have_room_the_large_ones_stay_and_are_spread(tmp_path: Path) -> None:
    grid = Grid(4_096, 4_096, ((0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)))
    chance = np.random.default_rng(1)
    centre = chance.uniform(20, 4_076, (60_000, 2))
    small = shapely.box(centre[:, 0] - 8, centre[:, 1] - 8, centre[:, 0] + 8, centre[:, 1] + 8)
    large = np.array([shapely.box(500 * n, 700, 500 * n + 300, 1_000) for n in range(8)], object)
    layer = write_layer(tmp_path, "layer", grid, batches_of(np.concatenate([small, large]), {}))
    objects = open_objects(layer.folder, grid)
    assert not objects.levels[0].full
    sizes = objects.facts.area_px
    shown = decoded(make_tile(objects, 0, 0, 0, NONE))
    assert 500 < len(shown) <= 2_000
    assert {n for n in range(len(objects)) if sizes[n] > 10_000} <= set(shown)
    middle = objects.facts.centroid[sorted(shown)] / 256
    quarter = np.histogram2d(middle[:, 0], middle[:, 1], bins=4, range=[[0, 4_096]] * 2)[0]
    assert quarter.min() > quarter.max() / 3


def test_an_outline_much_larger_than_a_tile_is_cut_out_of_sight(tmp_path: Path, grid: Grid) -> None:
    angle = np.linspace(0, 2 * np.pi, 60_000, endpoint=False)
    radius = 6_000 + 40 * np.sin(angle * 900)
    outline = np.stack([9_000 + radius * np.cos(angle), 8_000 + radius * np.sin(angle)], axis=1)
    tissue = shapely.Polygon(np.round(outline * 256) / 256, [[(9_000, 8_000), (9_400, 8_000), (9_000, 8_400)]])
    layer = write_layer(tmp_path, "layer", grid, batches_of(np.array([tissue], object), {}))
    objects = open_objects(layer.folder, grid)
    for level in objects.levels:
        side = 512 * level.downsample
        for x, y in {(int(9_000 // side), int(8_000 // side)), (int(14_990 // side), int(8_000 // side)), (0, 0)}:
            body = make_tile(objects, level.z, x, y, NONE)
            assert len(body) <= LARGEST_TILE
            area = shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
            found = decoded(body)
            inside = tissue.intersection(area).area
            if found:
                shown = shapely.make_valid(in_pixels(found[0], objects, level.z, x, y)).intersection(area).area
                assert shown == pytest.approx(inside, abs=0.02 * area.area)
            else:
                assert inside == 0


def test_objects_smaller_than_a_pixel_are_there_where_the_level_is_full(tmp_path: Path) -> None:
    grid = Grid(50_000, 50_000, ((0, 100.0), (1, 1.0)))
    shapes = np.array([shapely.box(x, 7_000, x + 3, 7_003) for x in range(1_000, 40_000, 1_000)], object)
    objects = open_objects(write_layer(tmp_path, "layer", grid, batches_of(shapes, {})).folder, grid)
    assert objects.levels[0].full
    found = decoded(make_tile(objects, 0, 0, 0, NONE))
    assert sorted(found) == list(range(len(shapes)))
    assert all(shapely.geometry.shape(one["geometry"]).area > 0 for one in found.values())


def test_points_and_corrected_objects(tmp_path: Path, grid: Grid) -> None:
    places = np.array([(100.0, 100.0), (200.5, 100.25), (300.0, 120.0)])
    objects = open_objects(write_layer(tmp_path, "layer", grid, [Batch(from_points(places), {})]).folder, grid)
    finest = len(objects.levels) - 1
    found = decoded(make_tile(objects, finest, 0, 0, NONE))
    seen = {n: tuple(shapely.geometry.shape(one["geometry"]).coords[0]) for n, one in found.items()}
    assert set(seen.values()) == {(800, 800), (1604, 802), (2400, 960)}
    assert set(decoded(make_tile(objects, finest, 0, 0, np.array([1])))) == {0, 2}
    assert make_tile(objects, finest, 0, 0, np.array([0, 1, 2])) == b""


def test_the_encoder_says_what_the_specification_does() -> None:
    # The example of section 4.3.5 of the specification: a polygon, its bytes given there as command integers.
    shapes = TileShapes(False, np.array([[3, 6], [8, 12], [20, 34]]), np.array([3]), np.array([1]))
    body = encode_tile(shapes, np.array([300]), np.array([7], np.uint16), 0xFFFF)
    assert varints(np.array([9, 6, 12, 18, 10, 12, 24, 44, 15], np.uint64)) in body
    (feature,) = decoded(body).values()
    assert feature["id"] == 300
    assert feature["properties"] == {"c": 7}
    assert feature["geometry"]["coordinates"] == [[[3, 6], [8, 12], [20, 34], [3, 6]]]
    numbers = np.array([0, 127, 128, 2**31, 2**63], np.uint64)
    assert varints(numbers).hex() == "007f8001808080800880808080808080808001"


def test_holes_wind_the_other_way(tmp_path: Path, grid: Grid) -> None:
    ring = shapely.Polygon(
        [(100, 100), (300, 100), (300, 300), (100, 300)], [[(150, 150), (250, 150), (250, 250), (150, 250)]]
    )
    two = shapely.MultiPolygon([ring, shapely.box(320, 100, 360, 140)])
    layer = write_layer(tmp_path, "layer", grid, batches_of(np.array([two.reverse()], object), {}))
    objects = open_objects(layer.folder, grid)
    (feature,) = decoded(make_tile(objects, len(objects.levels) - 1, 0, 0, NONE)).values()
    shown = in_pixels(feature, objects, len(objects.levels) - 1, 0, 0)
    assert shown.equals(two)


def test_flat_and_odd_rings_survive_thinning(grid: Grid, tmp_path: Path) -> None:
    spike = [(1_000, 1_000), (1_400, 1_000), (1_400, 1_000.01), (1_000, 1_000.02)]
    shapes = from_ragged(np.array(spike, float), np.array([4]))
    objects = open_objects(write_layer(tmp_path, "layer", grid, [Batch(shapes, {})]).folder, grid)
    for level in objects.levels:
        side = 512 * level.downsample
        found = decoded(make_tile(objects, level.z, int(1_000 // side), int(1_000 // side), NONE))
        assert set(found) == {0} or not level.full
