"""Result layers in a real browser: a layer of a few thousand objects whose every value is known here."""

import colorsys
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.support.fingers import TOO_SMALL

pytestmark = pytest.mark.browser

SLIDE = "CMU-1-Small-Region.svs"
COUNT = 6000
# A label map: its corner lies in no corner of a tile, and edges of tiles go through it.
LABELS = (0, 1, 2, 3, 7, 300)
LABELS_AT = (300, 400)
LABEL_PX = 24
FindSlide = Callable[[str], dict[str, Any]]


@pytest.fixture
def lay(page: Page, served: Any) -> Iterator[Callable[..., str]]:
    """Lay an image or a table over a slide; what was laid is taken away afterwards."""
    session = page.request.get(f"{served.url}/api/v1/session").json()
    headers = {"X-CSRF-Token": session["csrf_token"], "Origin": served.url}
    made: list[str] = []

    def upload(slide_id: str, body: bytes, **query: str | float) -> str:
        at = f"{served.url}/api/v1/slides/{slide_id}/layers"
        binary = {**headers, "Content-Type": "application/octet-stream"}
        answer = page.request.post(f"{at}/import", params=query, data=body, headers=binary, timeout=120_000)
        assert answer.ok, answer.text()
        made.append(f"{at}/{answer.json()['layer_id']}")
        return str(answer.json()["layer_id"])

    yield upload
    for address in made:
        page.request.delete(address, headers=headers)


def _parquet(geometries: npt.NDArray[Any], **columns: Any) -> bytes:
    kind = "Polygon" if shapely.get_type_id(geometries[0]) == 3 else "Point"
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": [kind], "crs": None}},
    }
    table = pa.table({"geometry": pa.array(shapely.to_wkb(geometries), pa.binary()), **columns})
    target = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), target)
    return target.getvalue()


@pytest.fixture(scope="module")
def cells() -> dict[str, npt.NDArray[Any]]:
    """Squares of 12 pixels all over the slide of 2,220 x 2,967 pixels, none touching another."""
    cols, rows = 60, 100
    x, y = np.meshgrid(20 + 36 * np.arange(cols), 20 + 29 * np.arange(rows))
    left, top = x.ravel().astype(float), y.ravel().astype(float)
    number = np.arange(COUNT)
    return {
        "left": left,
        "top": top,
        "outline": shapely.box(left, top, left + 12, top + 12),
        "area": (number * 7919 % 1000).astype(np.float32),
        "kind": np.where(number % 3 == 0, "Immune", "Tumour"),
    }


def _table(cells: dict[str, npt.NDArray[Any]]) -> bytes:
    columns = {"Area": pa.array(cells["area"]), "class": pa.array(cells["kind"].tolist())}
    return _parquet(cells["outline"], **columns)


def _open(stage: Any, page: Page, slide: dict[str, Any], view: str, *names: str) -> Locator:
    """Open a slide with the layers beside it, the named ones shown; gives the row of the first, or of its one layer."""
    stage.open(slide, view)
    panel = page.get_by_role("complementary", name="Annotations")
    if not panel.is_visible():
        page.get_by_role("button", name="Annotations", exact=True).click()
    page.get_by_role("tab", name="Layers").click()
    rows = page.get_by_role("region", name="Results").get_by_role("listitem")
    for name in names:
        rows.get_by_role("checkbox", name=f"Show {name}").check()
    row = rows.filter(has=page.get_by_role("checkbox", name=f"Show {names[0]}")).first if names else rows.first
    _painted(page, row)
    return row


def _painted(page: Page, row: Locator) -> None:
    for _ in range(3):
        page.wait_for_timeout(200)
        expect(row).to_have_attribute("aria-busy", "false")


def _marked(stage: Any, cells: dict[str, npt.NDArray[Any]], which: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Say of each object whether something else than the slide is drawn at its middle: the layer is bright green."""
    window = stage.shot()
    found = []
    for one in np.flatnonzero(which):
        across, down = stage.on_screen(cells["left"][one] + 6, cells["top"][one] + 6)
        red, green, blue = window[round(down), round(across)]
        found.append(green > red + 40 and green > blue + 40)
    return np.array(found)


def _plain(row: Locator, page: Page, colour: str) -> None:
    row.get_by_label("Colour by").select_option("")
    row.get_by_label("One colour").and_(page.locator("input[type=color]")).fill(colour)
    _filled(row)


def _filled(row: Locator) -> None:
    """Without outlines objects are filled: one sees through a little."""
    row.get_by_label("Outline").uncheck()


def test_every_object_is_drawn_and_a_range_leaves_out_exactly_those_outside(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str], cells: dict[str, npt.NDArray[Any]]
) -> None:
    slide = find_slide(SLIDE)
    lay(slide["slide_id"], _table(cells), kind="result", name="Nuclei")
    row = _open(stage, page, slide, "x=1000&y=1000&zoom=1")
    expect(row).to_contain_text("6,000 objects")
    _plain(row, page, "#00ff00")
    row.get_by_label("Add a filter by a measurement").select_option("Area")
    low = row.get_by_label("Area, at least").and_(page.locator("input[type=number]"))
    low.fill("500")
    low.press("Enter")
    passes = cells["area"] >= 500
    expect(row).to_contain_text(f"{passes.sum():,} of 6,000 objects")
    _painted(page, row)
    inside = (np.abs(cells["left"] - 900) < 150) & (np.abs(cells["top"] - 1000) < 150)
    assert inside.sum() > 50
    assert (_marked(stage, cells, inside) == passes[inside]).all()
    row.get_by_role("button", name="Clear all filters").click()
    expect(row).to_contain_text("6,000 objects")
    _painted(page, row)
    assert _marked(stage, cells, inside).all()


def test_classes_are_counted_coloured_and_left_out(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str], cells: dict[str, npt.NDArray[Any]]
) -> None:
    slide = find_slide(SLIDE)
    lay(slide["slide_id"], _table(cells), kind="result", name="Nuclei")
    row = _open(stage, page, slide, "x=1000&y=1000&zoom=2")
    immune = cells["kind"] == "Immune"
    item = row.get_by_role("list", name="Categories of class").get_by_role("listitem").filter(has_text="Immune")
    expect(item).to_contain_text(f"{immune.sum():,}")
    item.locator("input[type=color]").fill("#00ff00")
    _filled(row)
    _painted(page, row)
    inside = (np.abs(cells["left"] - 950) < 100) & (np.abs(cells["top"] - 1000) < 100)
    assert (_marked(stage, cells, inside) == immune[inside]).all()
    item.get_by_role("checkbox").uncheck()
    expect(row).to_contain_text(f"{(~immune).sum():,} of 6,000 objects")
    _painted(page, row)
    assert not _marked(stage, cells, inside).any()


def test_a_click_tells_what_is_known_of_an_object_and_a_lasso_what_lies_in_it(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str], cells: dict[str, npt.NDArray[Any]]
) -> None:
    slide = find_slide(SLIDE)
    lay(slide["slide_id"], _table(cells), kind="result", name="Nuclei")
    row = _open(stage, page, slide, "x=1000&y=1000&zoom=1")
    one = int(np.flatnonzero((np.abs(cells["left"] - 900) < 18) & (np.abs(cells["top"] - 1000) < 15))[0])
    page.mouse.click(*stage.on_screen(cells["left"][one] + 4, cells["top"][one] + 5))
    card = page.get_by_role("region", name="Object")
    expect(card).to_contain_text(str(cells["kind"][one]))
    expect(card).to_contain_text(f"Area{cells['area'][one]:.0f}")
    row.get_by_role("button", name="Select by lasso").click()
    box = (800, 900, 1000, 1100)
    corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
    page.mouse.move(*stage.on_screen(*corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*stage.on_screen(*corner), steps=8)
    page.mouse.up()
    middle_x, middle_y = cells["left"] + 6, cells["top"] + 6
    lies = (middle_x > box[0]) & (middle_x < box[2]) & (middle_y > box[1]) & (middle_y < box[3])
    region = page.get_by_role("region", name="Selected region")
    expect(region).to_contain_text(f"Objects{lies.sum()}")
    cells_of_area = region.get_by_role("row", name="Area").get_by_role("cell")
    mean = float(f"{cells['area'][lies].mean():.4g}")
    expect(cells_of_area.nth(0)).to_have_text(f"{mean:,.6g}")
    area_mm2 = 200 * 200 * slide["mpp_x"] ** 2 / 1e6
    density = float((region.locator("div").filter(has_text="/mm²").last.inner_text()).split()[-2].replace(",", ""))
    assert abs(density / (lies.sum() / area_mm2) - 1) < 0.03


def test_from_afar_every_object_is_in_the_density(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str]
) -> None:
    slide = find_slide(SLIDE)
    noise = np.random.default_rng(1)
    at = noise.uniform((300, 300), (1900, 2600), (30_000, 2))
    value = (at[:, 0] > 1100).astype(np.float32)
    lay(slide["slide_id"], _parquet(shapely.points(at), Side=pa.array(value)), kind="result", name="Points")
    row = _open(stage, page, slide, "rotation=0")
    expect(row).to_contain_text("Density")
    _plain(row, page, "#00ff00")
    _painted(page, row)
    every = stage.colour(700, 1500), stage.colour(1600, 1500)
    assert all(colour[1] > colour[0] + 60 for colour in every)
    row.get_by_label("Add a filter by a measurement").select_option("Side")
    high = row.get_by_label("Side, at most").and_(page.locator("input[type=number]"))
    high.fill("0.5")
    high.press("Enter")
    expect(row).to_contain_text(f"{(value == 0).sum():,} of 30,000 objects")
    _painted(page, row)
    left, right = stage.colour(700, 1500), stage.colour(1600, 1500)
    assert left[1] > left[0] + 60
    assert right[1] < right[0] + 30


def test_a_corrected_object_gives_way_and_comes_back_with_undo(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str], cells: dict[str, npt.NDArray[Any]]
) -> None:
    slide = find_slide(SLIDE)
    lay(slide["slide_id"], _table(cells), kind="result", name="Nuclei")
    row = _open(stage, page, slide, "x=1000&y=1000&zoom=1")
    _plain(row, page, "#00ff00")
    near = (np.abs(cells["left"] - 900) < 18) & (np.abs(cells["top"] - 1000) < 15)
    one = np.arange(COUNT) == np.flatnonzero(near)[0]
    _painted(page, row)
    page.mouse.click(*stage.on_screen(float(cells["left"][one][0]) + 4, float(cells["top"][one][0]) + 5))
    page.get_by_role("region", name="Object").get_by_role("button", name="Delete object").click()
    expect(row).to_contain_text("5,999 of 6,000 objects")
    page.get_by_role("region", name="Object").get_by_role("button", name="Close").click()
    _painted(page, row)
    assert not _marked(stage, cells, one).any()
    page.get_by_role("application").focus()
    page.keyboard.press("Control+z")
    expect(row).to_contain_text("6,000 objects")
    expect(row).not_to_contain_text("5,999")
    _painted(page, row)
    assert _marked(stage, cells, one).all()


def test_a_heatmap_lies_where_it_belongs_and_follows_its_range(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str]
) -> None:
    slide = find_slide(SLIDE)
    values = np.zeros((64, 64), np.uint8)
    values[:, 32:] = 200
    target = io.BytesIO()
    Image.fromarray(values).save(target, "PNG")
    lay(slide["slide_id"], target.getvalue(), kind="heatmap", name="Tumour", downsample=16, x=512, y=512)
    row = _open(stage, page, slide, "rotation=0")
    dark, light = stage.colour(768, 1024), stage.colour(1280, 1024)
    assert np.abs(dark - (0x44, 0x01, 0x54)).max() < 8
    assert np.abs(light - (0xFD, 0xE7, 0x25)).max() < 8
    row.get_by_label("Colours").select_option("red")
    page.wait_for_timeout(400)
    _painted(page, row)
    assert np.abs(stage.colour(1280, 1024) - (255, 0, 0)).max() < 8
    row.get_by_role("slider", name="Hide below").fill("100")
    page.wait_for_timeout(400)
    _painted(page, row)
    assert np.abs(stage.colour(768, 1024) - (255, 255, 255)).max() > 3


@pytest.fixture(scope="module")
def labels() -> npt.NDArray[np.uint16]:
    """A label map of 20 x 12 pixels with every label in it; 0 is nothing."""
    found = np.random.default_rng(7).choice(LABELS, (12, 20)).astype(np.uint16)
    assert set(np.unique(found)) == set(LABELS)
    return found


def _lay_labels(lay: Callable[..., str], slide: dict[str, Any], labels: npt.NDArray[np.uint16]) -> None:
    target = io.BytesIO()
    Image.fromarray(labels).save(target, "PNG")
    x, y = LABELS_AT
    lay(slide["slide_id"], target.getvalue(), kind="labels", name="Regions", downsample=LABEL_PX, x=x, y=y)


def _by_itself(label: int) -> tuple[int, int, int]:
    """The colour of a label that nobody chose one for: hues a golden angle apart."""
    red, green, blue = colorsys.hls_to_rgb(label * 0.618034 % 1, 0.5, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)


def _is_drawn(
    stage: Any,
    labels: npt.NDArray[np.uint16],
    bare: npt.NDArray[np.float64],
    colours: Mapping[int, tuple[int, int, int]],
) -> None:
    """Every pixel of the map is of its label's colour, or the slide's; at a label's edge it may be either."""
    window = stage.shot()
    left, top = (round(value) for value in stage.on_screen(*LABELS_AT))
    side = round(LABEL_PX / stage.view()["resolution"])
    label = labels.repeat(side, axis=0).repeat(side, axis=1)
    place = slice(top, top + label.shape[0]), slice(left, left + label.shape[1])
    expected = bare[place].copy()
    for one, colour in colours.items():
        expected[label == one] = colour
    rim = np.arange(max(label.shape)) % side
    within = (rim > 0) & (rim < side - 1)
    inside = within[: label.shape[0], None] & within[None, : label.shape[1]]
    assert inside.sum() > 0.4 * inside.size
    assert np.abs(window[place] - expected)[inside].max() <= 2
    # Around it nothing is drawn.
    beside = slice(top - 40, top - 2), place[1]
    assert np.abs(window[beside] - bare[beside]).max() <= 2


@pytest.mark.parametrize("zoom", ["1", "0.25"])
def test_a_label_map_has_the_colour_of_its_label_at_every_pixel(
    stage: Any,
    page: Page,
    find_slide: FindSlide,
    lay: Callable[..., str],
    labels: npt.NDArray[np.uint16],
    zoom: str,
) -> None:
    slide = find_slide(SLIDE)
    _lay_labels(lay, slide, labels)
    row = _open(stage, page, slide, f"x=540&y=544&zoom={zoom}")
    shown = row.get_by_role("checkbox", name="Show Regions")
    shown.uncheck()
    stage.settle()
    bare = stage.shot()
    shown.check()
    _painted(page, row)
    _is_drawn(stage, labels, bare, {label: _by_itself(label) for label in LABELS if label})


def test_a_label_is_given_another_colour_and_left_out(
    stage: Any, page: Page, find_slide: FindSlide, lay: Callable[..., str], labels: npt.NDArray[np.uint16]
) -> None:
    slide = find_slide(SLIDE)
    _lay_labels(lay, slide, labels)
    row = _open(stage, page, slide, "x=540&y=544&zoom=1")
    colours = {label: _by_itself(label) for label in LABELS if label}
    items = row.get_by_role("list", name="Labels").get_by_role("listitem")
    expect(items).to_have_count(len(colours))
    for item, colour in zip(items.all(), colours.values(), strict=True):
        expect(item.locator("input[type=color]")).to_have_value("#{:02x}{:02x}{:02x}".format(*colour))
    row.get_by_role("checkbox", name="Show Regions").uncheck()
    stage.settle()
    bare = stage.shot()
    row.get_by_role("checkbox", name="Show Regions").check()
    items.filter(has_text="Label 300").locator("input[type=color]").fill("#102030")
    items.filter(has_text="Label 2").get_by_role("checkbox").uncheck()
    page.wait_for_timeout(400)
    _painted(page, row)
    del colours[2]
    _is_drawn(stage, labels, bare, colours | {300: (0x10, 0x20, 0x30)})


def test_results_have_room_for_a_fingertip(
    stage: Any,
    find_slide: FindSlide,
    new_context: Callable[..., BrowserContext],
    lay: Callable[..., str],
    cells: dict[str, npt.NDArray[Any]],
    labels: npt.NDArray[np.uint16],
) -> None:
    slide = find_slide(SLIDE)
    lay(slide["slide_id"], _table(cells), kind="result", name="Nuclei")
    _lay_labels(lay, slide, labels)
    page = new_context(has_touch=True, is_mobile=True).new_page()
    row = _open(type(stage)(page), page, slide, "x=1000&y=1000&zoom=1", "Nuclei", "Regions")
    row.get_by_label("Add a filter by a measurement").select_option("Area")
    expect(row.get_by_role("img", name="Histogram of Area")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
