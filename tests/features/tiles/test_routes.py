"""Pixels that are no tiles: regions, thumbnails, labels, histograms, values, colour tables."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from sqlalchemy import select
from tests.features.tiles.conftest import Door, Shown

from coverslip.infra.audit import AuditRow
from coverslip.testing.profiles import wide_rgb_profile
from coverslip.testing.synthetic import coded_rgb, write_pyramid

Register = Callable[[Path], Shown]


@pytest.fixture
def real(register: Register, sample: Callable[[str], Path], tmp_path: Path) -> Shown:
    path = tmp_path / "tissue.svs"
    path.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes())
    return register(path)


@pytest.fixture
def coded(register: Register, tmp_path: Path) -> Shown:
    path = tmp_path / "coded.tif"
    write_pyramid(path, coded_rgb(1300, 900), factors=(1, 2), compression="deflate")
    return register(path)


def of(shown: Shown, rest: str) -> str:
    return f"/api/v1/slides/{shown.slide_id}/{rest}"


def test_a_region_as_npy_is_the_files_own_pixels(door: Door, coded: Shown) -> None:
    response = door.get(of(coded, "region?x=301&y=205&width=77&height=55&format=npy"))
    assert response.headers["content-type"] == "application/x-npy"
    assert response.headers["x-coverslip-downsample"] == "1"
    np.testing.assert_array_equal(np.load(io.BytesIO(response.content)), coded_rgb(1300, 900)[205:260, 301:378])


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_a_region_comes_in_every_format(door: Door, coded: Shown, kind: str) -> None:
    response = door.get(of(coded, f"region?x=-20&y=0&width=200&height=120&mpp=0.5&format={kind}"))
    assert response.headers["content-type"] == f"image/{kind}"
    assert response.headers["x-coverslip-mpp"] == "0.5"
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (200, 120)
        outside = np.asarray(image.convert("RGB"))[40:60, :5]
        assert outside.min() >= 250, "outside the slide is background"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("y=0&width=9&height=9", "/query/x"),
        ("x=0&y=0&width=0&height=9", "/query/width"),
        ("x=0&y=0&width=9&height=9&format=gif", "/query/format"),
        ("x=a&y=0&width=9&height=9", "/query/x"),
        ("x=0&y=0&width=99999&height=9", "/width"),
        ("x=0&y=0&width=9&height=9&mpp=1&level=0", "/level"),
        ("x=0&y=0&width=9&height=9&level=7", "/level"),
        ("x=0&y=0&width=9&height=9&style=zz", "/style"),
        ("x=nan&y=0&width=9&height=9", "/query/x"),
        ("x=0&y=0&width=9&height=9&mpp=inf", "/query/mpp"),
    ],
)
def test_a_region_that_cannot_be_given_names_the_field(door: Door, coded: Shown, query: str, pointer: str) -> None:
    response = door.get(of(coded, f"region?{query}"))
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), response.text
    assert pointer in [problem["pointer"] for problem in response.json()["errors"]]


def test_a_region_larger_than_an_answer_is_refused(door: Door, coded: Shown) -> None:
    response = door.get(of(coded, "region?x=0&y=0&width=60000&height=60000"))
    assert (response.status_code, response.json()["code"]) == (422, "too_large")


def test_a_thumbnail_is_the_whole_slide_and_is_made_once(door: Door, real: Shown) -> None:
    first = door.get(of(real, "thumbnail?size=200"))
    assert Image.open(io.BytesIO(first.content)).size == (150, 200)
    done = door.runtime.pool.stats().done
    again = door.get(of(real, f"thumbnail?size=200&v={real.version}"))
    assert again.content == first.content
    assert again.headers["cache-control"] == "private, max-age=86400, immutable"
    assert door.get(of(real, "thumbnail?size=200"), if_none_match=first.headers["etag"]).status_code == 304
    assert door.runtime.pool.stats().done == done
    assert door.get(of(real, "thumbnail?v=0123456789abcdef")).json()["code"] == "slide_changed"


def test_a_label_may_name_a_patient_so_it_is_recorded_and_kept_nowhere(door: Door, real: Shown) -> None:
    response = door.get(of(real, "associated/label"))
    assert response.headers["cache-control"] == "no-store"
    with tifffile.TiffFile(real.path) as tiff:
        label = next(
            page for page in tiff.pages if page.description.startswith("Aperio") and "label" in page.description
        )
        assert Image.open(io.BytesIO(response.content)).size == (label.imagewidth, label.imagelength)
    smaller = door.get(of(real, "associated/macro?size=100"))
    assert max(Image.open(io.BytesIO(smaller.content)).size) == 100
    assert door.get(of(real, "associated/nothing")).json()["code"] == "not_found"
    with door.runtime.db.read() as session:
        kinds = [
            row["kind"]
            for row in session.scalars(select(AuditRow.detail).where(AuditRow.object_id == real.slide_id))
            if "kind" in row
        ]
    assert "identity" in kinds


def test_a_pixel_has_the_value_in_the_file(door: Door, coded: Shown) -> None:
    expected = coded_rgb(1300, 900)[899, 1299].astype(float).tolist()
    assert door.get(of(coded, "pixel?x=1299&y=899")).json() == {"x": 1299, "y": 899, "values": expected}
    assert door.get(of(coded, "pixel?x=1300&y=0")).json()["values"] is None


def test_a_histogram_counts_each_channel(door: Door, coded: Shown) -> None:
    found = door.get(of(coded, "histogram")).json()
    assert [channel["index"] for channel in found["channels"]] == [0, 1, 2]
    assert all(len(channel["counts"]) == 256 for channel in found["channels"])
    assert door.get(of(coded, "histogram?plane=3")).status_code == 404


def test_a_colour_table_exists_where_colours_need_managing(
    door: Door, register: Register, coded: Shown, tmp_path: Path
) -> None:
    assert door.get(of(coded, "colour-lut")).json()["code"] == "not_found"
    path = tmp_path / "wide.tif"
    tifffile.imwrite(path, coded_rgb(600, 400), tile=(256, 256), photometric="rgb", iccprofile=wide_rgb_profile())
    wide = register(path)
    response = door.get(of(wide, f"colour-lut?v={wide.version}"))
    assert response.headers["content-type"] == "application/octet-stream"
    side = round((len(response.content) / 3) ** (1 / 3))
    assert side in (33, 65)
    table = np.frombuffer(response.content, np.uint8).reshape(side, side, side, 3)
    assert (table[0, 0, 0] <= 8).all()
    assert (table[-1, -1, -1] >= 247).all()
    assert table[0, 0, -1, 0] > table[0, 0, 0, 0], "red runs fastest"


@pytest.mark.parametrize(
    "rest",
    [
        "region?x=0&y=0&width=9&height=9",
        "thumbnail",
        "associated/label",
        "histogram",
        "pixel?x=0&y=0",
        "colour-lut",
        "download",
    ],
)
def test_nobody_gets_pixels_without_signing_in(door: Door, coded: Shown, rest: str) -> None:
    door.headers.clear()
    response = door.get(of(coded, rest))
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["cache-control"] == "no-store"


def test_every_route_with_pixels_is_documented(outside: Door) -> None:
    paths = outside.get("/api/v1/openapi.json").json()["paths"]
    tile = paths["/api/v1/slides/{slide_id}/tiles/{z}/{x}/{y}"]["get"]
    assert tile["operationId"] == "get_tile"
    assert {"200", "304", "401", "404", "409", "422", "503", "504"} <= set(tile["responses"])
    assert {one["name"] for one in tile["parameters"]} == {"slide_id", "z", "x", "y", "v", "style", "plane", "time"}
    for name in ("region", "thumbnail", "associated/{name}", "histogram", "pixel", "colour-lut", "download"):
        assert f"/api/v1/slides/{{slide_id}}/{name}" in paths
    assert "/dzi/{slide_id}.dzi" in paths
