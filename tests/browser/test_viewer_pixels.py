"""What the viewer draws and says: colours, channels, failures, measuring, panels."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms
from playwright.sync_api import BrowserContext, Page, Route, expect
from playwright.sync_api import TimeoutError as NotInTime
from tests.support.looks import LOOKS

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
FULL_SIZE = "x=1110&y=1480&mpp=0.499"
BLOCK = 64  # pixels a side, as the slides of known colours are made
FindSlide = Callable[[str], dict[str, Any]]


def _block_colours(stage: Any, rows: int, cols: int) -> npt.NDArray[np.float64]:
    window = stage.shot()
    found = np.zeros((rows, cols, 3))
    for row in range(rows):
        for col in range(cols):
            across, down = stage.on_screen((col + 0.5) * BLOCK, (row + 0.5) * BLOCK)
            part = window[round(down) - 8 : round(down) + 8, round(across) - 8 : round(across) + 8]
            found[row, col] = part.reshape(-1, 3).mean(axis=0)
    return found


def _blended(known: Any, low: tuple[float, float], high: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Green for the first channel, red for the second, added: as a microscope's software does."""
    green = np.clip((known.first.astype(float) - low[0]) / (low[1] - low[0]), 0, 1) * 255
    red = np.clip((known.second.astype(float) - high[0]) / (high[1] - high[0]), 0, 1) * 255
    return np.stack([red, green, np.zeros_like(red)], axis=-1)


def test_channels_are_blended_as_numpy_says_and_can_be_turned_off(
    stage: Any, page: Page, find_slide: FindSlide, known_colours: Any
) -> None:
    stage.open(find_slide("two-channels.ome.tif"), "x=128&y=64&zoom=1")
    stage.press("Shift+O", "c")
    rows = page.get_by_role("list", name="Channels").get_by_role("listitem")
    for row, colour, low, high in ((0, "#00ff00", 0, 4000), (1, "#ff0000", 100, 4000)):
        rows.nth(row).locator("input[type=color]").fill(colour)
        for field, value in (("Full colour of", high), ("Black point of", low)):
            number = rows.nth(row).get_by_label(field).and_(page.locator("input[type=number]"))
            number.fill(str(value))
            number.press("Enter")
    stage.settle()
    page.wait_for_timeout(500)
    stage.settle()
    both = _blended(known_colours, (0, 4000), (100, 4000))
    assert np.abs(_block_colours(stage, 2, 4) - both).max() < 6
    rows.nth(1).get_by_role("checkbox").uncheck()
    page.wait_for_timeout(500)
    stage.settle()
    only = both * np.array([0, 1, 0])
    assert np.abs(_block_colours(stage, 2, 4) - only).max() < 6


def test_colours_are_managed_as_little_cms_says(
    stage: Any, page: Page, find_slide: FindSlide, wide_profile: bytes | None, known_colours: Any
) -> None:
    if wide_profile is None:
        pytest.skip("samples not here (COVERSLIP_SAMPLES)")
    source = ImageCms.ImageCmsProfile(io.BytesIO(wide_profile))
    managed = ImageCms.profileToProfile(
        Image.fromarray(known_colours.rgb),
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent(ImageCms.getDefaultIntent(source)),
    )
    assert managed is not None
    expected = np.asarray(managed, dtype=np.float64)
    assert np.abs(expected - known_colours.rgb).max() > 20
    stage.open(find_slide("wide.tif"), "x=128&y=64&zoom=1")
    stage.press("Shift+O")
    notice = page.get_by_role("button", name="Colour: managed (Adobe RGB (1998))")
    expect(notice).to_be_visible()
    assert np.abs(_block_colours(stage, 2, 4) - expected).max() < 5
    notice.click()
    page.wait_for_timeout(400)
    stage.settle()
    expect(page.get_by_text("Colour: as stored, not managed")).to_be_visible()
    assert np.abs(_block_colours(stage, 2, 4) - known_colours.rgb).max() < 5


@pytest.fixture
def broken_tile(page: Page) -> Callable[[], None]:
    """Let the server refuse one tile in the middle of the picture; the call mends it."""
    pattern = "**/tiles/4/4/6?*"
    problem = {
        "title": "Unreadable",
        "status": 422,
        "detail": "The tile is damaged.",
        "code": "tile_unreadable",
        "request_id": "req-77",
    }

    def refuse(route: Route) -> None:
        route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(problem))

    page.route(pattern, refuse)
    return lambda: page.unroute(pattern)


def test_a_failed_tile_is_marked_never_white_and_recovers(
    stage: Any, page: Page, find_slide: FindSlide, broken_tile: Callable[[], None]
) -> None:
    stage.open(find_slide(CMU), "x=1080&y=1560&mpp=0.499")
    stage.press("Shift+O")
    expect(page.get_by_text("1 tile could not be read")).to_be_visible()
    expect(page.get_by_text("Request req-77")).to_be_visible()
    left, top = (round(value) for value in stage.on_screen(960, 1440))
    marked = stage.shot()[top : top + 240, left : left + 240]
    # The hatching is one colour that no tissue has, in lines all over the tile and nowhere else.
    hatch = np.array([0x8C, 0x2F, 0x1D])
    assert (np.abs(marked - hatch).max(axis=-1) < 40).mean() > 0.08
    beside = stage.shot()[top : top + 240, left + 240 : left + 480]
    assert (np.abs(beside - hatch).max(axis=-1) < 20).mean() < 0.01
    broken_tile()
    with suppress(NotInTime):  # it tries by itself, too, and may have been quicker
        page.get_by_role("button", name="Try again now").click(timeout=3000)
    expect(page.get_by_text("could not be read")).to_have_count(0, timeout=10_000)
    mended = stage.shot()[top : top + 240, left : left + 240]
    assert (np.abs(mended - hatch).max(axis=-1) < 20).mean() < 0.01


def test_a_failed_tile_recovers_by_itself(
    stage: Any, page: Page, find_slide: FindSlide, broken_tile: Callable[[], None]
) -> None:
    stage.open(find_slide(CMU), "x=1080&y=1560&mpp=0.499")
    expect(page.get_by_text("1 tile could not be read")).to_be_visible()
    broken_tile()
    expect(page.get_by_text("could not be read")).to_have_count(0, timeout=15_000)


def test_a_file_that_changed_is_said(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(CMU)
    problem = {"status": 409, "code": "slide_changed", "detail": "The slide changed on disk.", "request_id": "req-9"}
    body = json.dumps(problem)
    page.route(
        "**/tiles/**", lambda route: route.fulfill(status=409, content_type="application/problem+json", body=body)
    )
    page.goto(f"/slides/{slide['slide_id']}")
    expect(page.get_by_text("The file changed: reload")).to_be_visible()
    expect(page.get_by_text("Request req-9")).to_be_visible()
    page.unroute("**/tiles/**")
    page.get_by_role("button", name="Reload").click()
    stage.slide = slide
    stage.settle()
    expect(page.get_by_text("The file changed")).to_have_count(0)


def test_slow_storage_is_said_with_its_seconds(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(CMU)
    stage.open(slide, FULL_SIZE)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 2200, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    page.get_by_role("application").focus()
    page.keyboard.press("3")
    expect(page.get_by_text("Storage is slow: 2.")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("keys", [(), (".", "Shift+H")])
def test_the_ruler_knows_the_real_distance(
    stage: Any, page: Page, find_slide: FindSlide, keys: tuple[str, ...]
) -> None:
    stage.open(find_slide(CMU), "x=1110&y=1480&mpp=0.998")
    stage.press(*keys, "q")
    start, end = stage.on_screen(1000, 1400), stage.on_screen(1240, 1220)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    # 240 and 180 pixels of 0.499 µm: 300 pixels across.
    expect(page.get_by_text("Measured 150 µm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Measured")).to_have_count(0)


def test_the_area_tool_knows_the_real_area(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), "x=1110&y=1480&mpp=0.998")
    stage.press("a")
    corners = [(1000, 1400), (1400, 1400), (1400, 1600), (1000, 1600)]
    for corner in corners:
        page.mouse.click(*stage.on_screen(*corner), delay=20)
        page.wait_for_timeout(320)  # not a double click
    page.mouse.click(*stage.on_screen(*corners[0]))
    # 400 x 200 pixels of 0.499 µm: 0.0199 mm².
    expect(page.get_by_text("Measured 0.02 mm² · 599 µm")).to_be_visible()


def test_without_a_scale_there_is_percent_until_somebody_enters_the_pixel_size(
    stage: Any, page: Page, find_slide: FindSlide
) -> None:
    stage.open(find_slide("two-channels.ome.tif"), "x=128&y=64&zoom=1")
    expect(page.get_by_text("Magnification 100%", exact=True)).to_be_attached()
    expect(page.get_by_role("button", name="Ruler")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Enter pixel size").click()
    page.get_by_label("Micrometres per pixel").fill("0.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Magnification ≈20x", exact=True)).to_be_attached(timeout=10_000)
    expect(page.get_by_text("Pixel size entered by")).to_be_visible()
    expect(page.get_by_role("button", name="Ruler")).not_to_have_attribute("aria-disabled", "true")


def test_label_and_macro_come_only_when_asked_for(stage: Any, page: Page, find_slide: FindSlide) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/associated/" in request.url else None)
    stage.open(find_slide(CMU))
    assert asked == []
    with page.expect_response("**/associated/label*") as answered:
        stage.press("Shift+L")
    assert answered.value.headers["cache-control"] == "no-store"
    expect(page.get_by_role("img", name="Label", exact=True)).to_be_visible()
    stage.press("Shift+L")
    expect(page.get_by_role("img", name="Label", exact=True)).to_have_count(0)


def test_adjusting_an_rgb_slide_changes_the_picture_and_the_link(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    before = stage.colour(1000, 1480, 30)
    stage.press("c")
    page.get_by_role("slider", name="Saturation").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    stage.settle()
    after = stage.colour(1000, 1480, 30)
    assert np.ptp(before) > 30
    assert np.ptp(after) < 4
    assert "style=" in page.url
    page.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(500)
    stage.settle()
    assert np.abs(stage.colour(1000, 1480, 30) - before).max() < 1
    assert "style=" not in page.url


def test_the_key_map_names_every_key_once(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU))
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    names = dialog.locator("dt").all_inner_texts()
    assert len(names) == len(set(names)) > 25
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_nothing_serious_for_accessibility_and_nothing_cut_off(
    stage: Any,
    find_slide: FindSlide,
    new_context: Callable[..., BrowserContext],
    serious_findings: Callable[[Page], list[str]],
    scheme: str,
    size: tuple[int, int],
) -> None:
    page = new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, bypass_csp=True).new_page()
    screen = type(stage)(page)
    screen.open(find_slide(CMU))
    assert serious_findings(page) == []
    screen.press("c")
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for name in ("Fit", "Show at 20x"):
        expect(
            page.get_by_role("button", name=name).or_(page.get_by_role("button", name="Show the whole slide")).first
        ).to_be_in_viewport()


def test_the_console_stays_silent(stage: Any, page: Page, find_slide: FindSlide) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    stage.open(find_slide(CMU))
    stage.press("c", "Shift+L", "q", "?", "Escape")
    assert said == []
