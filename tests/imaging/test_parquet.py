"""GeoParquet as other programs write it: both kinds of encoding, odd columns, odd files."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from coverslip.core.result_errors import ObjectsRefused
from coverslip.imaging.parquet import parquet_facts, parquet_groups, parquet_rows

SHAPES = [
    shapely.box(0, 0, 9, 9),
    shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(4, 1), (5, 1), (5, 2)]]),
    shapely.box(20, 20, 30, 31),
]


def read(path: Path) -> Any:
    found = parquet_rows(str(path), 0, 0, 100)
    ends = np.frombuffer(found["ends"], "<i8").tolist()
    found["shapes"] = [shapely.from_wkb(found["wkb"][a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    return found


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("shapes", [SHAPES, [shapely.Point(1, 2), shapely.Point(3, 4.5), shapely.Point(0, 0)]])
def test_both_encodings_are_read(tmp_path: Path, encoding: str, shapes: list[Any]) -> None:
    frame = geopandas.GeoDataFrame(
        {
            "size": [1, 2, 3],
            "flag": [True, False, True],
            "share": [0.5, np.nan, 1.5],
            "class": ["a", None, "b"],
            "list": [[1], [2], [3]],
        },
        geometry=shapes,
    )
    path = tmp_path / "x.parquet"
    frame.to_parquet(path, geometry_encoding=encoding)
    assert parquet_facts(str(path)) == {"rows": 3, "columns": ["size", "flag", "share", "class", "list"]}
    assert parquet_groups(str(path)) == [3]
    found = read(path)
    assert all(one.equals(other) for one, other in zip(found["shapes"], shapes, strict=True))
    assert np.frombuffer(found["columns"]["size"]).tolist() == [1, 2, 3]
    assert np.frombuffer(found["columns"]["flag"]).tolist() == [1, 0, 1]
    np.testing.assert_array_equal(np.frombuffer(found["columns"]["share"]), [0.5, np.nan, 1.5])
    assert found["columns"]["class"] == ["a", None, "b"]
    assert found["left_out"] == ["list"]
    assert len(read_part(path)) == 2


def read_part(path: Path) -> Any:
    return np.frombuffer(parquet_rows(str(path), 0, 1, 5)["ends"], "<i8")


def test_several_parts_and_missing_shapes(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    geopandas.GeoDataFrame(geometry=[shapely.MultiPolygon([SHAPES[0], SHAPES[2]])]).to_parquet(
        path, geometry_encoding="geoarrow"
    )
    assert read(path)["shapes"][0].equals(shapely.MultiPolygon([SHAPES[0], SHAPES[2]]))
    geopandas.GeoDataFrame(geometry=[SHAPES[0], None]).to_parquet(path)
    with pytest.raises(ObjectsRefused):
        read(path)


@pytest.mark.parametrize(
    "geo",
    [
        None,
        b"{",
        b"[]",
        json.dumps({"primary_column": "geometry"}).encode(),
        json.dumps({"primary_column": "none", "columns": {"none": {"encoding": "WKB"}}}).encode(),
        json.dumps({"primary_column": "geometry", "columns": {"geometry": {"encoding": "linestring"}}}).encode(),
        json.dumps({"primary_column": "geometry", "columns": {"geometry": {"encoding": "polygon"}}}).encode(),
    ],
)
def test_odd_files_are_refused(tmp_path: Path, geo: bytes | None) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"geometry": [b"nothing", b"\x01\x03"], "n": [1, 2]})
    pq.write_table(table.replace_schema_metadata(None if geo is None else {b"geo": geo}), path)
    with pytest.raises(ObjectsRefused):
        read(path)


def test_cut_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    geopandas.GeoDataFrame({"n": range(3)}, geometry=SHAPES).to_parquet(path)
    body = path.read_bytes()
    for length in range(0, len(body), max(1, len(body) // 60)):
        path.write_bytes(body[:length])
        with pytest.raises(ObjectsRefused):
            read(path)
    for place in range(0, len(body), max(1, len(body) // 200)):
        odd = bytearray(body)
        odd[place] ^= 0x55
        path.write_bytes(odd)
        try:
            read(path)
        except ObjectsRefused:
            continue
