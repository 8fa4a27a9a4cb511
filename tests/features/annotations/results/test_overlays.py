"""Pictures of values over a slide: the same values at every zoom, coloured as asked; odd pictures leave nothing."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from coverslip.features.annotations.results.colouring import MAPS, colour_table, label_colour, parse_overlay_style
from coverslip.features.annotations.results.raster import OverlayHead, halved, open_raster, write_raster
from coverslip.infra.runtime import Runtime


def npy(values: Any) -> bytes:
    target = io.BytesIO()
    np.save(target, values)
    return target.getvalue()


def png(values: Any, mode: str | None = None) -> bytes:
    target = io.BytesIO()
    Image.fromarray(values, mode).save(target, "PNG")
    return target.getvalue()


def tiff(values: Any, **options: Any) -> bytes:
    target = io.BytesIO()
    tifffile.imwrite(target, values, **options)
    return target.getvalue()


def style(**values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.fixture
def lay(signed_in: Any, slide: dict[str, Any]) -> Callable[..., Any]:
    """Lay a picture over the slide."""

    def send(body: bytes, kind: str, query: str = "") -> Any:
        return signed_in.post(f"/slides/{slide['slide_id']}/layers/import?kind={kind}&name=O{query}", content=body)

    return send


def tile_of(browser: Any, slide: dict[str, Any], layer_id: str, place: str, query: str = "") -> Any:
    answer = browser.get(f"/slides/{slide['slide_id']}/layers/{layer_id}/overlay/tiles/{place}{query}")
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def labels_for(slide: dict[str, Any], downsample: int) -> Any:
    shape = (slide["height"] // downsample, slide["width"] // downsample)
    return np.random.default_rng(2).integers(0, 5, shape).astype(np.uint8)


@pytest.mark.parametrize("write", [npy, png, tiff, lambda v: tiff(v, tile=(256, 256), compression="deflate")])
def test_labels_lie_where_they_belong(
    signed_in: Any, slide: dict[str, Any], lay: Callable[..., Any], write: Callable[[Any], bytes]
) -> None:
    values = labels_for(slide, 4)
    made = lay(write(values), "labels", "&downsample=4")
    assert made.status_code == 201, made.text
    about = made.json()["overlay"]
    assert (about["kind"], about["width"], about["height"], about["downsample"]) == ("labels", *values.shape[::-1], 4)
    assert about["labels"] == [1, 2, 3, 4]
    layer_id = made.json()["layer_id"]
    finest = len(slide["levels"]) - 1
    tile = tile_of(
        signed_in, slide, layer_id, f"{finest}/1/2", f"?style={style(colours={'1': '#ff0000'}, opacity=0.5)}"
    )
    for row, col in ((0, 0), (3, 3), (511, 511), (100, 257)):
        label = int(values[(1024 + row) // 4, (512 + col) // 4])
        colour = (255, 0, 0) if label == 1 else label_colour(label)
        assert tuple(tile[row, col]) == ((0, 0, 0, 0) if label == 0 else (*colour, 128))
    only = tile_of(signed_in, slide, layer_id, f"{finest}/1/2", f"?style={style(shown=[2])}")
    assert {tuple(one) for one in np.unique(only.reshape(-1, 4), axis=0)} == {(0, 0, 0, 0), (*label_colour(2), 255)}
    coarse = tile_of(signed_in, slide, layer_id, "0/0/0")
    downsample = slide["levels"][0]["downsample_x"]
    assert coarse[int(slide["height"] / downsample) + 2 :].max(initial=0) == 0
    assert {tuple(one) for one in np.unique(coarse.reshape(-1, 4), axis=0)} <= {
        (0, 0, 0, 0),
        *((*label_colour(n), 255) for n in range(1, 5)),
    }


def test_a_heatmap_is_coloured_by_its_range(signed_in: Any, slide: dict[str, Any], lay: Callable[..., Any]) -> None:
    values = np.linspace(0, 1, 40 * 30, dtype=np.float32).reshape(30, 40)
    values[0, 0] = np.nan
    made = lay(npy(values), "heatmap", "&downsample=16&x=512&y=0").json()
    about = signed_in.get(f"/slides/{slide['slide_id']}/layers/{made['layer_id']}/overlay").json()
    assert about == made["overlay"]
    assert about["low"] == pytest.approx(float(np.nanmin(values)))
    assert about["high"] == 1.0
    finest = len(slide["levels"]) - 1
    wanted = style(map="magma", range=[0, 1], above=0.25)
    tile = tile_of(signed_in, slide, made["layer_id"], f"{finest}/1/0", f"?style={wanted}")
    table = colour_table("magma")
    for row, col in ((0, 0), (200, 8), (470, 500), (300, 300)):
        value = values[row // 16, col // 16] if row // 16 < 30 else np.nan
        shown = np.isfinite(value) and value >= 0.25
        assert tuple(tile[row, col]) == ((*table[round(float(value) * 255)], 255) if shown else (0, 0, 0, 0))
    assert tile_of(signed_in, slide, made["layer_id"], f"{finest}/0/0").max() == 0


def test_a_pyramid_keeps_labels_and_averages_heat(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    heat = chance.random((1_201, 1_703)).astype(np.float32)
    heat[5:9, 5:9] = np.nan
    folder = tmp_path / "heat"
    folder.mkdir()
    head = write_raster(folder, heat, OverlayHead("heatmap", "f4", 1_703, 1_201, 2.0, 0, 0))
    assert head.sizes == ((1_703, 1_201), (852, 601), (426, 301))
    raster = open_raster(folder)
    np.testing.assert_array_equal(raster.read(0, 0, 0, 1_703, 1_201), heat)
    np.testing.assert_array_equal(raster.read(0, 500, 300, 700, 400), heat[300:700, 500:1_200])
    quads = heat[:1_200, :1_702].reshape(600, 2, 851, 2)
    half = raster.read(1, 0, 0, 851, 600)
    known = np.isfinite(quads).any(axis=(1, 3))
    np.testing.assert_allclose(half[known], np.nanmean(quads.transpose(0, 2, 1, 3)[known], axis=(1, 2)), rtol=1e-5)
    assert np.isnan(half[3, 3])
    np.testing.assert_array_equal(raster.read(2, 0, 0, 426, 301), halved(raster.read(1, 0, 0, 852, 601), "heatmap"))
    assert [raster.level_for(one) for one in (0.5, 2, 3.9, 4, 100)] == [0, 0, 0, 1, 2]
    labels = chance.integers(0, 70_000, (700, 600)).astype(np.uint32)
    folder = tmp_path / "labels"
    folder.mkdir()
    head = write_raster(folder, labels, OverlayHead("labels", "u4", 600, 700, 1.0, 0, 0))
    assert head.labels == ()  # too many to name
    np.testing.assert_array_equal(open_raster(folder).read(1, 0, 0, 300, 350), labels[::2, ::2])


@pytest.mark.parametrize(
    ("body", "kind", "query"),
    [
        (b"", "labels", ""),
        (b"GIF89a", "labels", ""),
        (png(np.zeros((4, 4, 3), np.uint8)), "labels", ""),
        (npy(np.zeros((4, 4, 4))), "heatmap", ""),
        (npy(np.zeros(16)), "heatmap", ""),
        (npy(np.zeros((4, 4), complex)), "heatmap", ""),
        (npy(np.array([["a"]])), "labels", ""),
        (npy(np.full((4, 4), 0.5)), "labels", ""),
        (npy(np.full((4, 4), -1)), "labels", ""),
        (png(np.arange(40_000, dtype=np.uint32).astype(np.uint8).reshape(200, 200))[:200], "labels", ""),
        (tiff(np.zeros((40, 40), np.uint8))[:90], "labels", ""),
        (npy(np.ones((4, 4), np.uint8)), "labels", "&x=1000000"),
        (b"\x93NUMPY\x01\x00F\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 9999), }", "heatmap", ""),
    ],
)
def test_odd_pictures_are_refused_and_leave_nothing(
    runtime: Runtime, signed_in: Any, slide: dict[str, Any], lay: Callable[..., Any], body: bytes, kind: str, query: str
) -> None:
    refused = lay(body, kind, query)
    assert (refused.status_code, refused.json()["code"]) == (422, "overlay_refused"), refused.text
    assert signed_in.get(f"/slides/{slide['slide_id']}/layers").json()["items"] == []
    assert list((runtime.settings.data / "layers").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["!", style(map="jet"), style(opacity=2), style(range=[0]), style(colours={"1": "red"}), style(other=1), "W10"],
)
def test_odd_styles_are_refused(signed_in: Any, slide: dict[str, Any], lay: Callable[..., Any], text: str) -> None:
    layer_id = lay(npy(np.ones((9, 9), np.uint8)), "labels").json()["layer_id"]
    address = f"/slides/{slide['slide_id']}/layers/{layer_id}/overlay/tiles/0/0/0"
    assert signed_in.get(f"{address}?style={text}").status_code == 422
    assert signed_in.get(address).status_code == 200
    for place in ("99/0/0", "0/9/0", "0/0/9"):
        assert signed_in.get(address.replace("0/0/0", place)).status_code == 404
    assert signed_in.get(f"/slides/{slide['slide_id']}/layers/{layer_id}/result").status_code == 404


def test_maps_run_from_end_to_end_and_get_lighter() -> None:
    for name in MAPS:
        assert colour_table(name).shape == (256, 3)
    for name in ("viridis", "magma", "inferno"):
        lightness = colour_table(name) @ np.array([0.2126, 0.7152, 0.0722])
        assert (np.diff(lightness) > -0.7).all()
    assert parse_overlay_style(None).map == "viridis"
