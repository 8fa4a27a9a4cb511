"""Annotation files over HTTP: in, out, refused, and found beside slides."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.features.annotations.conftest import Studio
from tests.features.annotations.exchange.conftest import FILES, written
from tests.features.conftest import Browser

from coverslip.core.errors import Busy
from coverslip.core.ids import new_id
from coverslip.features import imports
from coverslip.features.access import Role
from coverslip.features.annotations import importing, service
from coverslip.features.annotations.exchange import Item, from_wire
from coverslip.infra.runtime import Runtime

RING = [[100.5, 100.25], [300.5, 110.0], [280.0, 320.75]]
HOLE = [[150.0, 130.0], [250.0, 135.0], [240.0, 200.0]]


def _file(count: int = 3, **more: Any) -> bytes:
    items = [Item(from_wire({"kind": "polygon", "rings": [RING, HOLE]}), **more) for _ in range(count)]
    return written(items, "qupath")[0]


def _import(who: Browser, studio: Studio, body: bytes, **query: Any) -> Any:
    return who.post(studio.address("annotations/import"), content=body, params={"file_name": "a.geojson", **query})


def test_a_dry_run_says_what_would_be_and_stores_nothing(studio: Studio) -> None:
    who = studio.someone("ann")
    answer = _import(who, studio, _file(class_name="Odd one", colour="#123456"), dry_run=True)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["format"], found["frame"], found["objects"], found["holes"]) == ("qupath", "cropped", 3, 3)
    assert found["goes"] == [{"kind": "drawn", "count": 3, "layer_id": None, "name": "a.geojson"}]
    assert found["classes"] == [{"name": "Odd one", "count": 3, "colour": "#123456", "class_id": None, "new": True}]
    assert len(found["preview"]) == 3
    assert not studio.get(who)["annotations"]


def test_objects_are_drawn_under_the_name_of_who_imports(studio: Studio) -> None:
    who = studio.someone("ann")
    found = _import(who, studio, _file(name="n", measurements={"Area": 4.5})).json()
    (goes,) = found["goes"]
    assert goes["count"] == 3
    seen = studio.get(who)
    drawn = [one for one in seen["annotations"] if one["layer_id"] == goes["layer_id"]]
    assert len(drawn) == 3
    assert drawn[0]["geometry"] == {"kind": "polygon", "rings": [RING, HOLE]}
    assert (drawn[0]["name"], drawn[0]["measurements"], drawn[0]["author_name"]) == ("n", {"Area": 4.5}, "ann")
    assert [one["name"] for one in seen["layers"]][-1] == "a.geojson"


def test_ids_are_kept_when_free_and_parents_are_found(studio: Studio) -> None:
    who = studio.someone("ann")
    ids = [new_id(), new_id()]
    items = [
        Item(from_wire({"kind": "point", "at": [120, 130]}), source_id=ids[1], parent=ids[0]),
        Item(from_wire({"kind": "polygon", "rings": [RING]}), source_id=ids[0]),
    ]
    body = written(items, "qupath")[0]
    for number in range(2):
        found = _import(who, studio, body).json()
        assert not found["lost"], found["lost"]
        drawn = [one for one in studio.get(who)["annotations"] if one["layer_id"] == found["goes"][0]["layer_id"]]
        by_kind = {one["geometry"]["kind"]: one for one in drawn}
        assert by_kind["point"]["parent_id"] == by_kind["polygon"]["annotation_id"]
        assert (by_kind["polygon"]["annotation_id"] == ids[0]) is (number == 0)


def test_new_classes_are_added_by_who_may_and_kept_as_words_by_who_may_not(studio: Studio) -> None:
    who = studio.someone("ann")
    _import(who, studio, _file(1, class_name="Odd one"))
    (drawn,) = studio.get(who)["annotations"]
    assert drawn["class_id"] is None
    assert drawn["properties"]["class"] == "Odd one"
    _import(studio.admin, studio, _file(1, class_name="Odd one", colour="#123456"))
    listed = studio.get(who, "classes")["classes"]
    (added,) = (one for one in listed if one["name"] == "Odd one")
    assert added["colour"] == "#123456"
    assert studio.get(who)["annotations"][-1]["class_id"] == added["class_id"]
    assert len(listed) > 1


def test_who_may_not_draw_may_not_import(studio: Studio) -> None:
    assert _import(studio.someone("rev", Role.REVIEWER), studio, _file()).status_code == 403
    assert _import(studio.someone("out", None), studio, _file()).status_code == 404
    assert not studio.get(studio.admin)["annotations"]


@pytest.mark.parametrize(
    ("body", "query", "code"),
    [
        (b"", {}, "annotation_file_refused"),
        (b"hello", {}, "annotation_format_unknown"),
        (b"{}", {"format": "nonsense"}, "annotation_format_unknown"),
        (b'{"type":"FeatureCollection","features":[]}', {}, "annotation_file_refused"),
        (
            b'{"type":"FeatureCollection","features":[{"geometry":{"type":"Point","coordinates":[1]}}]}',
            {},
            "annotation_file_refused",
        ),
    ],
)
def test_files_that_cannot_be_used_are_refused(studio: Studio, body: bytes, query: dict[str, str], code: str) -> None:
    answer = _import(studio.admin, studio, body, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    seen = studio.get(studio.admin)
    assert not seen["annotations"]
    assert len(seen["layers"]) == 1


def test_an_import_that_dies_halfway_takes_its_layer_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    apply, calls = service.apply, []

    def failing(*arguments: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > 2:
            raise Busy
        return apply(*arguments, **more)

    monkeypatch.setattr(service, "apply", failing)
    assert _import(studio.admin, studio, _file(5)).status_code == 503
    seen = studio.get(studio.admin)
    assert not seen["annotations"]
    assert "a.geojson" not in [one["name"] for one in seen["layers"]]


def test_detections_become_a_result_layer(studio: Studio, runtime: Runtime, sample: Callable[[str], Path]) -> None:
    imports.import_paths(runtime, [sample("slides/CMU-1-Small-Region.svs")])
    listed = studio.admin.get("/slides").json()["items"]
    studio.slide_id = next(one["slide_id"] for one in listed if one["width"] == 2220)
    found = _import(studio.admin, studio, _file(7, object_type="cell", class_name="Immune")).json()
    (goes,) = found["goes"]
    assert (goes["kind"], goes["count"]) == ("polygon", 7)
    (layer,) = (one for one in studio.get(studio.admin, "layers")["items"] if one["layer_id"] == goes["layer_id"])
    assert (layer["kind"], layer["object_count"]) == ("result", 7)


def test_cells_of_a_result_layer_keep_their_nuclei(
    studio: Studio, runtime: Runtime, sample: Callable[[str], Path]
) -> None:
    imports.import_paths(runtime, [sample("slides/CMU-1-Small-Region.svs")])
    listed = studio.admin.get("/slides").json()["items"]
    studio.slide_id = next(one["slide_id"] for one in listed if one["width"] == 2220)
    nucleus = [[150.0, 150.0], [200.0, 150.0], [200.0, 190.0]]
    items = [
        Item(
            from_wire({"kind": "polygon", "rings": [RING]}),
            object_type="cell",
            nucleus=from_wire({"kind": "polygon", "rings": [nucleus]}) if number != 1 else None,
        )
        for number in range(3)
    ]
    found = _import(studio.admin, studio, written(items, "qupath")[0]).json()
    (goes,) = found["goes"]
    result = f"layers/{goes['layer_id']}/result/objects"
    seen = [studio.get(studio.admin, f"{result}/{number}")["nucleus"] for number in range(3)]
    kept = [one["rings"][0] for one in seen if one is not None]
    assert kept == [nucleus, nucleus]


@pytest.mark.parametrize(
    "format_name", ["qupath", "geojson", "imagescope", "ome-xml", "imagej", "coco", "geoparquet", "csv", "class-mask"]
)
def test_what_is_drawn_goes_out_and_comes_back(studio: Studio, format_name: str) -> None:
    _import(studio.admin, studio, _file(2, name="n"))
    answer = studio.admin.get(studio.address("annotations/export"), params={"format": format_name})
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    assert isinstance(json.loads(answer.headers["x-coverslip-lost"]), list)
    again = _import(studio.admin, studio, answer.content, format=format_name, dry_run=True, frame="full")
    assert again.status_code == 200, again.text
    assert again.json()["objects"] >= (1 if format_name == "class-mask" else 2)


def test_private_layers_are_exported_by_their_owner_only(studio: Studio) -> None:
    who = studio.someone("ann", Role.EDITOR)
    assert _import(who, studio, _file(2), visibility="private").status_code == 200
    for browser, count in ((who, 2), (studio.admin, 0)):
        answer = browser.get(studio.address("annotations/export"), params={"format": "geojson"})
        assert len(json.loads(answer.content)["features"]) == count


def test_formats_are_listed(studio: Studio) -> None:
    listed = studio.admin.get("/annotations/formats").json()["items"]
    by_name = {one["name"]: one for one in listed}
    assert by_name["qupath"]["frame"] == "cropped"
    assert by_name["halo"] == {**by_name["halo"], "imported": True, "exported": False}


@pytest.mark.parametrize("name", ["imagescope/TCGA-EJ-5518-01Z-00-DX1.xml", "xopat/native.all.json"])
def test_a_file_of_another_slide_is_refused(studio: Studio, name: str) -> None:
    answer = _import(studio.admin, studio, (FILES / name).read_bytes())
    assert answer.status_code == 422
    assert "another slide" in answer.json()["detail"]


def test_writing_is_cut_into_short_transactions() -> None:
    items = [
        {"source_id": str(n), "parent": str(n - 1) if n == 3 else None, "geometry": {"points": [[0, 0]] * 30_000}}
        for n in range(5)
    ]
    sizes = [len(batch) for batch in importing._batches(items)]
    assert sum(sizes) == 5
    assert max(sizes) == 1
    assert msgspec.json.encode(items)


def test_circles_of_parents_are_cut() -> None:
    items = [{"source_id": "a", "parent": "b"}, {"source_id": "b", "parent": "a"}, {"source_id": "c", "parent": "zz"}]
    assert sorted(one["source_id"] for one in importing._in_order(items)) == ["a", "b", "c"]
    assert all(one["parent"] is None for one in importing._in_order(items))
