"""What becomes drawn objects and what becomes a result layer."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from tests.features.annotations.exchange.conftest import written

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import Item, Shape, from_wire, read_file
from coverslip.features.annotations.exchange.reading import MOST_DRAWN

ABOUT = {"width": 50_000, "height": 40_000, "mpp_x": 0.25, "mpp_y": 0.25, "offset": (0.0, 0.0), "name": "a.svs"}


def _square(number: int, **more: Any) -> Item:
    x, y = 20 * (number % 500), 20 * (number // 500)
    ring = np.array([[x, y], [x + 10.5, y], [x + 10, y + 10.25], [x, y + 10]], dtype=float)
    return Item(Shape("polygon", ((ring,),)), **more)


def _sorted(tmp_path: Path, items: list[Item], **about: Any) -> dict[str, Any]:
    path = tmp_path / "file.geojson"
    path.write_bytes(written(items, "qupath")[0])
    return read_file(str(path), path.name, "auto", "full", {**ABOUT, **about})


def test_few_annotations_are_drawn(tmp_path: Path) -> None:
    answer = _sorted(tmp_path, [_square(n, class_name="a", name=str(n)) for n in range(10)])
    drawn = msgspec.json.decode(answer["drawn"])
    assert answer["drawn_count"] == len(drawn) == 10
    assert not answer["bulk"]
    assert drawn[3]["geometry"]["rings"][0][1] == [70.5, 0.0]
    assert len(answer["preview"]) == 10


def test_detections_become_a_layer_and_annotations_stay_drawn(tmp_path: Path) -> None:
    nucleus = Shape("polygon", ((np.array([[1.0, 1], [4, 1], [4, 4]]),),))
    items = [_square(n, object_type="cell", class_name="ab"[n % 2], nucleus=nucleus) for n in range(50)]
    items[7].measurements = {"Area": 7.5}
    answer = _sorted(tmp_path, [_square(999), *items])
    assert answer["drawn_count"] == 1
    (group,) = answer["bulk"]
    assert (group["kind"], group["count"], set(group["classes"])) == ("polygon", 50, {"a", "b"})
    (batch,) = group["batches"]
    coords = np.frombuffer(batch["coords"], "<i4").reshape(-1, 2) / 256
    assert coords[:2].tolist() == [[0, 0], [10.5, 0]]
    assert np.frombuffer(batch["ring_ends"], "<i8").tolist() == list(range(4, 204, 4))
    areas = np.frombuffer(batch["columns"]["Area"], "<f8")
    assert areas[7] == 7.5
    assert np.isnan(areas[6])
    assert shapely.from_wkb(batch["nuclei"][0]).area == 4.5
    assert batch["words"]["object_type"] == ["cell"] * 50


def test_more_than_the_most_become_a_layer(tmp_path: Path) -> None:
    line = Item(from_wire({"kind": "line", "points": [[1, 2], [3, 4]]}))
    answer = _sorted(tmp_path, [line, *(_square(n) for n in range(MOST_DRAWN + 1))])
    assert answer["drawn_count"] == 1
    assert answer["bulk_count"] == MOST_DRAWN + 1
    assert len(answer["preview"]) <= 2000


def test_points_and_areas_are_two_layers(tmp_path: Path) -> None:
    point = Item(from_wire({"kind": "point", "at": [5, 6]}), object_type="detection")
    answer = _sorted(tmp_path, [point, _square(1, object_type="detection")])
    assert sorted(group["kind"] for group in answer["bulk"]) == ["point", "polygon"]


def test_objects_outside_the_slide_are_counted_not_kept(tmp_path: Path) -> None:
    items = [_square(0), _square(1, object_type="cell"), _square(30, object_type="cell"), _square(40)]
    answer = _sorted(tmp_path, items, width=100, height=100)
    assert (answer["drawn_count"], answer["bulk_count"]) == (1, 1)
    assert {"what": "objects outside the slide", "count": 2} in answer["report"]["lost"]


def test_a_file_of_another_slide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileRefused, match="another slide"):
        _sorted(tmp_path, [_square(30), _square(31)], width=100, height=100)


def test_outlines_that_cross_themselves_are_mended(tmp_path: Path) -> None:
    bow = [[0, 0], [100, 100], [100, 0], [0, 100], [0, 0]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [bow]}, "properties": {}}
    path = tmp_path / "bow.json"
    path.write_text(json.dumps(feature))
    answer = read_file(str(path), path.name, "auto", "full", ABOUT)
    (drawn,) = msgspec.json.decode(answer["drawn"])
    assert drawn["geometry"]["kind"] == "multipolygon"
    assert {"what": "outlines that crossed themselves, mended", "count": 1} in answer["report"]["lost"]


def test_the_answer_is_made_of_plain_values(tmp_path: Path) -> None:
    items = [_square(n, object_type="cell", measurements={"a": 1.0}) for n in range(5)]

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(one) for key, one in value.items())
        if isinstance(value, list | tuple):
            return all(map(plain, value))
        return type(value) in (str, int, float, bool, bytes, type(None))

    assert plain(_sorted(tmp_path, [*items, _square(9)]))
