"""Moving over slides as people do: mouse, wheel, fingers, keys and links."""

import base64
import io
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import openslide
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
# Tissue, keratin and glass, in level-0 pixels.
PLACES = ((1110, 1480), (1380, 980), (500, 2000))
FULL_SIZE = "x=1110&y=1480&mpp=0.499"
FindSlide = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def cmu_pixels(sample: Callable[[str], Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Level 0 as OpenSlide reads it."""
    slide = openslide.OpenSlide(str(sample(f"samples/{CMU}")))
    pixels = np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"), dtype=np.float64)
    slide.close()
    return pixels


def _mean(pixels: Any, x: float, y: float, radius: float) -> Any:
    part = pixels[round(y - radius) : round(y + radius), round(x - radius) : round(x + radius)]
    return part.reshape(-1, 3).mean(axis=0)


def test_known_tissue_has_its_colour_at_three_zooms(stage: Any, find_slide: FindSlide, cmu_pixels: Any) -> None:
    slide = find_slide(CMU)
    for resolution in (1, 2.5, 8):
        for x, y in PLACES:
            stage.open(slide, f"x={x + 40}&y={y - 30}&mpp={0.499 * resolution}")
            expected = _mean(cmu_pixels, x, y, 8 * resolution)
            assert np.abs(stage.colour(x, y) - expected).max() < 6, (x, y, resolution)


def test_full_size_pixels_are_the_file_s_own(stage: Any, find_slide: FindSlide, cmu_pixels: Any) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    # A centre between two pixels is drawn half a pixel to the right and down.
    across, down = (math.floor(value + 0.5) for value in stage.on_screen(1000, 1300))
    window = stage.shot()[down : down + 200, across : across + 200]
    expected = cmu_pixels[1300:1500, 1000:1200]
    # The browser's JPEG decoder may differ from libjpeg in the last bits, never by a pixel's shift.
    assert np.abs(window - expected).mean() < 1.5


def test_every_sample_opens_and_shows_what_the_server_renders(stage: Any, page: Page, served: Any) -> None:
    slides = page.request.get(f"{served.url}/api/v1/slides?limit=500&state=ready").json()["items"]
    assert len(slides) >= 8
    for summary in slides:
        slide = page.request.get(f"{served.url}/api/v1/slides/{summary['slide_id']}").json()
        stage.open(slide)
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_text("could not be read")).to_have_count(0)
        left, top, width, height = stage.box
        # The whole slide with a margin of 4 %: the middle of the one is the middle of the other.
        resolution = max(slide["width"] / width, slide["height"] / height) * 1.04
        downsample = max(1, resolution)
        columns, rows = (_pixels(slide[side], 40 * min(1, resolution), downsample) for side in ("width", "height"))
        across, down = columns * downsample / resolution / 2, rows * downsample / resolution / 2
        x, y = left + width / 2, top + height / 2
        shown = stage.shot()[round(y - down) : round(y + down), round(x - across) : round(x + across)]
        expected = _rendered(page, served.url, slide, downsample, columns, rows)
        # Of a few noisy pixels JPEG keeps the brightness, not the colours.
        tolerance = 8 if slide["width"] > 64 else 80
        assert np.abs(shown.reshape(-1, 3).mean(axis=0) - expected).max() < tolerance, slide["name"]


def _pixels(size: int, wanted: float, downsample: float) -> int:
    """How many pixels to compare; of a slide at full size as even or odd as the slide, so that the middles meet."""
    pixels = max(2, round(wanted))
    return pixels + (pixels - size) % 2 if downsample == 1 else pixels


def _rendered(page: Page, url: str, slide: dict[str, Any], downsample: float, width: int, height: int) -> Any:
    """Mean colour of the slide's middle as the server renders it."""
    query: dict[str, str | float | bool] = {"width": width, "height": height, "downsample": downsample, "format": "png"}
    query["x"] = round(slide["width"] / 2 - width * downsample / 2)
    query["y"] = round(slide["height"] / 2 - height * downsample / 2)
    query["plane"] = slide["z_count"] // 2
    if slide["colour"]["managed"]:
        query["style"] = base64.urlsafe_b64encode(b'{"icc":true}').rstrip(b"=").decode()
    answer = page.request.get(f"{url}/api/v1/slides/{slide['slide_id']}/region", params=query)
    assert answer.ok, (slide["name"], answer.text())
    image = np.asarray(Image.open(io.BytesIO(answer.body())).convert("RGB"), dtype=np.float64)
    return image.reshape(-1, 3).mean(axis=0)


def test_dragging_moves_the_slide_with_the_mouse(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    x, y = 700, 450
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y + 80, steps=8)
    page.wait_for_timeout(200)  # standing still before letting go: no throw
    page.mouse.up()
    stage.settle()
    view = stage.view()
    assert (view["x"], view["y"]) == pytest.approx((1260, 1400), abs=1)


def test_a_throw_glides_on(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    # All in one go inside the page, so that a busy machine throws as fast as an idle one.
    page.evaluate("""() => {
        const element = document.querySelector('[role=application] .ol-viewport')
        const send = (type, x) => element.dispatchEvent(new PointerEvent(type, {
            bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, pointerType: 'mouse',
            button: type === 'pointermove' ? -1 : 0, buttons: type === 'pointerup' ? 0 : 1, clientX: x, clientY: 450}))
        const wait = (ms) => { const until = performance.now() + ms; while (performance.now() < until); }
        send('pointerdown', 700)
        for (let step = 1; step <= 8; step++) { wait(10); send('pointermove', 700 - 30 * step) }
        wait(4)
        send('pointerup', 460)
    }""")
    # The address follows when the glide is over, and a busy machine's glide outlasts what counts as quiet.
    expect(page).not_to_have_url(re.compile("x=1110"))
    stage.settle()
    assert 1110 + 240 + 250 < stage.view()["x"] < 1110 + 240 + 900


def test_the_wheel_zooms_and_the_point_under_the_cursor_stays(
    stage: Any, page: Page, find_slide: FindSlide, cmu_pixels: Any
) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    x, y = 1000, 1400
    across, down = stage.on_screen(x, y)
    page.mouse.move(across, down)
    seen = [1.0]
    for _ in range(3):
        page.mouse.wheel(0, 120)
        page.mouse.wheel(0, 120)
        page.wait_for_timeout(400)
        stage.settle()
        resolution = stage.view()["resolution"]
        assert resolution > seen[-1] * 1.3
        assert stage.on_screen(x, y) == pytest.approx((across, down), abs=0.6)
        assert np.abs(stage.colour(x, y) - _mean(cmu_pixels, x, y, 8 * resolution)).max() < 8
        seen.append(resolution)


def test_two_fingers_on_a_trackpad_pan_and_a_pinch_zooms(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    fire = """([type, init]) => document.querySelector('[role=application] .ol-viewport').dispatchEvent(
        new WheelEvent(type, {bubbles: true, cancelable: true, clientX: 700, clientY: 450, ...init}))"""
    for _ in range(10):
        page.evaluate(fire, ["wheel", {"deltaX": 3, "deltaY": 7}])
    stage.settle()
    view = stage.view()
    assert view["resolution"] == pytest.approx(1)
    assert (view["x"], view["y"]) == pytest.approx((1140, 1550), abs=1)
    page.wait_for_timeout(250)
    for _ in range(10):
        page.evaluate(fire, ["wheel", {"deltaY": -5.5, "ctrlKey": True}])
    stage.settle()
    assert stage.view()["resolution"] == pytest.approx(2 ** (-0.55), rel=0.02)


def test_a_pinch_on_glass_zooms(stage: Any, find_slide: FindSlide, new_context: Callable[..., BrowserContext]) -> None:
    slide = find_slide(CMU)
    context = new_context(has_touch=True, viewport={"width": 820, "height": 1180})
    page = context.new_page()
    tablet = type(stage)(page)
    tablet.open(slide, "x=1110&y=1480&mpp=0.998")
    touch = context.new_cdp_session(page)

    def fingers(kind: str, *apart: int) -> None:
        points = [{"x": 410 + side * gap, "y": 600, "id": i} for gap in apart for i, side in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 60)
    for gap in range(60, 126, 6):
        fingers("touchMove", gap)
        page.wait_for_timeout(16)
    fingers("touchEnd")
    tablet.settle()
    assert tablet.view()["resolution"] == pytest.approx(2 * 60 / 120, rel=0.12)
    assert tablet.view()["rotation"] == 0


def test_keys_go_to_objectives_and_say_what_is_beyond_the_scan(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU))
    for key, text, mpp in (("4", "10x", 1.0), ("5", "20x", 0.499), ("3", "4x", 2.5)):
        stage.press(key)
        expect(page.get_by_text(f"Magnification {text}", exact=True)).to_be_attached()
        assert stage.view()["resolution"] * 0.499 == pytest.approx(mpp, rel=1e-6)
    stage.press("6")
    expect(page.get_by_text("beyond scan resolution", exact=True)).to_be_visible()
    stage.press("0")
    expect(page.get_by_text("beyond scan resolution", exact=True)).to_have_count(0)
    stage.press("ArrowRight")
    assert stage.view()["x"] > 1110


def test_turned_and_flipped_everything_stays_where_it_belongs(
    stage: Any, page: Page, find_slide: FindSlide, cmu_pixels: Any
) -> None:
    stage.open(find_slide(CMU), "x=1140&y=1450&mpp=0.998")
    for keys, rotation, mirror in (
        (("'",), 90, 0),
        (("Shift+H",), -90, 1),
        (("Shift+V",), -90, 0),
        (("'", "'"), 90, 0),
        (("x", "Shift+H"), 0, 1),
        (("Shift+Period",), 5, 1),
    ):
        stage.press(*keys)
        view = stage.view()
        assert (view["rotation"], view["mirror"]) == pytest.approx((rotation, mirror), abs=1e-6), keys
        for x, y in ((1110, 1480), (1250, 1500)):
            difference = np.abs(stage.colour(x, y, 10) - _mean(cmu_pixels, x, y, 20)).max()
            assert difference < 12, (keys, x, y)
    expect(page.get_by_label("Orientation")).to_have_text("5°, flipped")


def test_shift_and_drag_turns_freely(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    left, top, width, height = stage.box
    page.keyboard.down("Shift")
    page.mouse.move(left + width / 2 + 200, top + height / 2)
    page.mouse.down()
    page.mouse.move(left + width / 2 + 170, top + height / 2 + 100, steps=6)
    page.mouse.up()
    page.keyboard.up("Shift")
    stage.settle()
    assert stage.view()["rotation"] == pytest.approx(30, abs=3)


def test_the_overview_moves_the_view_also_when_flipped(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), FULL_SIZE)
    stage.press("Shift+H")
    box = page.get_by_label("Overview of the whole slide").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    stage.settle()
    view = stage.view()
    assert (view["x"], view["y"]) == pytest.approx((2220 * 0.75, 2967 / 2), abs=20)


def test_the_overview_appears_also_when_its_tile_comes_last(
    stage: Any, page: Page, find_slide: FindSlide, cmu_pixels: Any
) -> None:
    def late(route: Route) -> None:
        page.wait_for_timeout(2500)
        route.continue_()

    page.route("**/tiles/0/0/0?*", late)
    stage.open(find_slide(CMU), FULL_SIZE)
    page.wait_for_timeout(4000)
    box = page.get_by_label("Overview of the whole slide").bounding_box()
    assert box is not None
    across, down = round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)
    part = stage.shot()[down - 4 : down + 4, across - 4 : across + 4].reshape(-1, 3).mean(axis=0)
    scale = 2967 / box["height"]
    assert np.abs(part - _mean(cmu_pixels, 1110, 1483, 4 * scale)).max() < 15


def test_a_link_gives_the_same_pixels_in_a_new_window(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    stage.open(find_slide(CMU), "x=1140.25&y=1450.5&mpp=0.9&rotation=37&mirror=1")
    stage.press("ArrowLeft", "+")
    other = type(stage)(new_context().new_page())
    other.slide = stage.slide
    other.page.goto(page.url)
    other.settle()
    left, top, width, height = (round(value) for value in stage.box)
    # All but the tools at the left, and the edges: either window shows there how far the other one sees.
    inside = np.s_[top + 80 : top + height - 80, left + 80 : left + width - 80]
    here, there = stage.shot()[inside], other.shot()[inside]
    assert np.array_equal(here, there)


def test_neighbours_follow_the_list_of_the_address(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(CMU)
    page.goto(f"/slides/{slide['slide_id']}?q=CMU&sort=name")
    stage.settle()
    position = page.get_by_text(" of ", exact=False).first
    expect(position).to_be_visible()
    stage.page.keyboard.press("PageUp")
    page.wait_for_url(lambda url: slide["slide_id"] not in url)
    assert "q=CMU" in page.url
