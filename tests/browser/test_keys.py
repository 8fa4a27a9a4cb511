"""Keys of one's own, keys that are held, the magnifier, fields true to scale, the tour, and the bare picture."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import openslide
import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
START = "x=1110&y=1480&mpp=0.998"
FindSlide = Callable[[str], dict[str, Any]]


@pytest.fixture
def set_preferences(page: Page, served: Any) -> Callable[[dict[str, Any]], None]:
    """Replace what the person set for themselves, as another of their machines would."""

    def put(values: dict[str, Any]) -> None:
        token = page.request.get(f"{served.url}/api/v1/session").json()["csrf_token"]
        answer = page.request.put(
            f"{served.url}/api/v1/me/preferences", data=values, headers={"X-CSRF-Token": token, "Origin": served.url}
        )
        assert answer.ok, answer.text()

    return put


@pytest.fixture(autouse=True)
def _as_before(set_preferences: Callable[[dict[str, Any]], None]) -> Any:
    """One person is all there is: what a test set for them is gone before the next test."""
    yield
    set_preferences({"tour_done": True})


def test_objectives_and_arrows_go_where_they_say(stage: Any, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), "x=1110&y=1480&mpp=0.2495")
    for key, mpp in (("1", 10), ("2", 5), ("3", 2.5), ("4", 1), ("5", 0.499), ("6", 0.25)):
        stage.press(key)
        assert stage.view()["resolution"] * 0.499 == pytest.approx(mpp, rel=1e-3), key
    _, _, width, height = stage.box
    resolution = stage.view()["resolution"]
    for key, dx, dy in (
        ("Shift+ArrowRight", 0.9 * width, 0),
        ("Shift+ArrowDown", 0, 0.9 * height),
        ("Shift+ArrowLeft", -0.9 * width, 0),
        ("Shift+ArrowUp", 0, -0.9 * height),
        ("ArrowRight", 0.2 * width, 0),
    ):
        before = stage.view()
        stage.press(key)
        moved = stage.view()["x"] - before["x"], stage.view()["y"] - before["y"]
        assert moved == pytest.approx((dx * resolution, dy * resolution), abs=1), key


def test_letters_kept_for_others_do_nothing_yet(stage: Any, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), START)
    before = stage.view()
    shot = stage.shot()[100:700, 300:1000]
    stage.press("h", "f", "r", "o", "l", "p", "v", "b", "w", "Shift+Digit1", "Shift+Digit9")
    assert stage.view() == before
    assert np.array_equal(stage.shot()[100:700, 300:1000], shot)


def test_the_space_bar_moves_the_slide_while_the_ruler_is_in_hand(
    stage: Any, page: Page, find_slide: FindSlide
) -> None:
    stage.open(find_slide(CMU), START)
    stage.press("q")
    _drag(page, (700, 450), (600, 480))
    expect(page.get_by_text("Measured")).to_be_visible()
    assert (stage.view()["x"], stage.view()["y"]) == pytest.approx((1110, 1480), abs=0.01)
    page.keyboard.press("Escape")
    page.keyboard.down("Space")
    _drag(page, (700, 450), (600, 480))
    page.keyboard.up("Space")
    stage.settle()
    assert (stage.view()["x"], stage.view()["y"]) == pytest.approx((1310, 1420), abs=2)
    expect(page.get_by_text("Measured")).to_have_count(0)
    # Let go, the ruler measures again; M puts it down.
    _drag(page, (700, 450), (600, 480))
    expect(page.get_by_text("Measured")).to_be_visible()
    stage.press("m")
    expect(page.get_by_role("button", name="Ruler")).to_have_attribute("aria-pressed", "false")


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.wait_for_timeout(200)
    page.mouse.up()


def test_a_double_click_goes_to_the_next_objective_at_the_cursor(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), START)
    x, y = 1300, 1380
    across, down = stage.on_screen(x, y)
    page.mouse.dblclick(across, down)
    page.wait_for_timeout(400)
    stage.settle()
    assert stage.view()["resolution"] == pytest.approx(1)
    assert stage.on_screen(x, y) == pytest.approx((across, down), abs=0.6)
    page.keyboard.down("Shift")
    page.mouse.dblclick(across, down)
    page.keyboard.up("Shift")
    page.wait_for_timeout(400)
    stage.settle()
    assert stage.view()["resolution"] * 0.499 == pytest.approx(1, rel=1e-3)


def test_a_person_gives_an_action_another_key_and_has_it_on_every_machine(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    slide = find_slide(CMU)
    stage.open(slide, START)
    said = _change_key(page, "Ruler", "a")
    expect(said).to_have_text("A is in use for “Area”; give that another key first.")
    for key, words in (("Shift+3", "kept for classes"), ("Tab", "belongs to the browser")):
        expect(_change_key(page, "Ruler", key)).to_contain_text(words)
    expect(_change_key(page, "Ruler", "j")).to_have_text("“Ruler” is now on J.")
    page.keyboard.press("Escape")
    ruler = page.get_by_role("button", name="Ruler")
    stage.press("q")
    expect(ruler).to_have_attribute("aria-pressed", "false")
    stage.press("j")
    expect(ruler).to_have_attribute("aria-pressed", "true")
    expect(ruler).to_have_attribute("title", "Ruler (J)")
    # After a reload, and in a browser that has never seen it.
    page.reload()
    stage.settle()
    stage.press("j")
    expect(ruler).to_have_attribute("aria-pressed", "true")
    other = type(stage)(new_context().new_page())
    other.open(slide, START)
    other.press("j")
    expect(other.page.get_by_role("button", name="Ruler")).to_have_attribute("aria-pressed", "true")
    # And back.
    other.page.keyboard.press("?")
    other.page.get_by_role("button", name="Change keys").click()
    other.page.get_by_role("button", name="Reset all keys").click()
    expect(other.page.get_by_role("status").get_by_text("All keys are as they came.")).to_be_visible()
    other.page.keyboard.press("Escape")
    other.press("Escape", "j")
    expect(other.page.get_by_role("button", name="Ruler")).to_have_attribute("aria-pressed", "false")
    other.press("q")
    expect(other.page.get_by_role("button", name="Ruler")).to_have_attribute("aria-pressed", "true")


def _change_key(page: Page, action: str, key: str) -> Any:
    """Ask for a key in the dialog, which opens first if it is not open; gives where the dialog answers."""
    dialog = page.get_by_role("dialog", name="Keys")
    if dialog.count() == 0:
        page.keyboard.press("?")
        dialog.get_by_role("button", name="Change keys").click()
    dialog.get_by_role("button", name=f"Change the key of: {action}").click()
    expect(dialog.get_by_role("status")).to_contain_text("Press the new key")
    page.keyboard.press(key)
    return dialog.get_by_role("status")


def test_the_menu_by_keyboard_and_by_right_click(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), START)
    stage.press("Shift+F10")
    menu = page.get_by_role("menu", name="Slide menu")
    expect(menu.get_by_role("menuitem", name="1x", exact=True)).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_timeout(400)
    stage.settle()
    assert stage.view()["resolution"] == pytest.approx(1)
    expect(page.get_by_role("application")).to_be_focused()
    page.mouse.click(400, 200, button="right")
    box = menu.bounding_box()
    assert box is not None
    assert (box["x"], box["y"]) == pytest.approx((400, 200), abs=1)
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)


def test_the_magnifier_shows_the_scan_twice_as_near(
    stage: Any, page: Page, find_slide: FindSlide, sample: Callable[[str], Any]
) -> None:
    stage.open(find_slide(CMU), START)
    x, y = 1250, 1500
    across, down = stage.on_screen(x, y)
    page.mouse.move(across, down)
    page.keyboard.down("g")
    page.wait_for_timeout(1500)
    side = 200
    left, top = round(across) - side // 2, round(down) - side // 2
    seen = stage.shot()[top : top + side, left : left + side]
    page.keyboard.up("g")
    page.wait_for_timeout(200)
    slide = openslide.OpenSlide(str(sample(f"samples/{CMU}")))
    # The view is at 2 pixels of the scan a screen pixel; the magnifier at 1.
    region = slide.read_region((x - side // 2, y - side // 2), 0, (side, side)).convert("RGB")
    slide.close()
    expected = np.asarray(region, dtype=np.float64)
    assert np.abs(_blocks(seen) - _blocks(expected)).max() < 25
    without = stage.shot()[top : top + side, left : left + side]
    assert np.abs(_blocks(without) - _blocks(expected)).max() > 40
    expect(page.get_by_role("group", name="Magnifier")).to_have_count(0)
    # A tap keeps it, Escape puts it away.
    page.keyboard.press("g")
    expect(page.get_by_role("group", name="Magnifier")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Magnifier")).to_have_count(0)


def _blocks(pixels: Any) -> Any:
    """Means of 20 x 20 pixels."""
    return pixels.reshape(10, 20, 10, 20, 3).mean(axis=(1, 3))


def test_fields_are_true_to_scale_movable_and_counted_off(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), "x=1110&y=1480&mpp=1.5")
    stage.press("t")
    pane = page.get_by_role("region", name="Fields")
    pane.get_by_label("Area").select_option("0.237")
    left, top, _, _ = stage.box
    page.mouse.click(left + 420, top + 420)
    page.wait_for_timeout(400)
    radius = (0.237e6 / np.pi) ** 0.5 / 1.5
    assert _line_at(stage, left + 420 + radius, top + 420)
    assert _line_at(stage, left + 420 - radius, top + 420)
    assert _line_at(stage, left + 420, top + 420 - radius)
    assert not _line_at(stage, left + 420 + 0.9 * radius, top + 420)
    _drag(page, (left + 450, top + 440), (left + 550, top + 440))
    page.wait_for_timeout(300)
    assert _line_at(stage, left + 520 + radius, top + 420)
    assert stage.view()["x"] == pytest.approx(1110, abs=0.1)
    pane.get_by_label("Shape").select_option("square")
    pane.get_by_label("Area").select_option("own")
    pane.get_by_label("Own area in mm²").fill("0.09")
    page.mouse.click(left + 1000, top + 300)
    page.wait_for_timeout(400)
    assert _line_at(stage, left + 1000 + 100, top + 300 + 40)
    assert _line_at(stage, left + 1000 + 60, top + 300 - 100)
    expect(pane.get_by_role("status").or_(pane.locator("output")).first).to_contain_text("2 fields · 0.327 mm² in all")
    page.mouse.click(left + 1000 + 40, top + 300 + 40)
    page.wait_for_timeout(400)
    expect(pane.locator("output")).to_contain_text("1 counted")
    pane.get_by_role("button", name="Take the last one away").click()
    expect(pane.locator("output")).to_contain_text("1 field · 0.237 mm² in all")
    # It stays true to scale when the view zooms and the tool is put down.
    _, _, width, height = stage.box
    x, y = 1110 + (520 - width / 2) * 1.5 / 0.499, 1480 + (420 - height / 2) * 1.5 / 0.499
    stage.press("m", "3")
    across, down = stage.on_screen(x, y)
    closer = (0.237e6 / np.pi) ** 0.5 / (stage.view()["resolution"] * 0.499)
    assert closer == pytest.approx(radius * 1.5 / 2.5, rel=1e-3)
    assert _line_at(stage, across - closer, down)
    assert _line_at(stage, across, down + closer)


def _line_at(stage: Any, x: float, y: float) -> bool:
    """Whether the yellow line of a field passes within two pixels of a point of the window."""
    around = stage.shot()[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].reshape(-1, 3)
    return bool(np.any((around[:, 0] > 230) & (around[:, 1] > 190) & (around[:, 2] < 140)))


def test_fields_need_a_pixel_size(stage: Any, page: Page, served: Any) -> None:
    slides = page.request.get(f"{served.url}/api/v1/slides?limit=500&state=ready").json()["items"]
    unscaled = next(slide for slide in slides if slide["mpp_x"] is None)
    stage.open(page.request.get(f"{served.url}/api/v1/slides/{unscaled['slide_id']}").json())
    stage.press("t")
    expect(page.get_by_text("Measuring needs the pixel size", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Fields")).to_have_count(0)


def test_the_tour_comes_once_and_when_asked_for(
    stage: Any, page: Page, find_slide: FindSlide, set_preferences: Callable[[dict[str, Any]], None]
) -> None:
    set_preferences({"fields": {"kept": True}})
    stage.open(find_slide(CMU), START)
    tour = page.get_by_role("region", name="A short tour")
    expect(tour).to_contain_text("Step 1 of 5")
    expect(tour).to_be_focused()
    for step in range(2, 6):
        page.keyboard.press("ArrowRight")
        expect(tour).to_contain_text(f"Step {step} of 5")
    # The slide works all the while, also while the tour has the focus.
    page.keyboard.press("5")
    page.wait_for_timeout(400)
    stage.settle()
    assert stage.view()["resolution"] == pytest.approx(1)
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        tour.get_by_role("button", name="Done").click()
    expect(tour).to_have_count(0)
    preferences = page.request.get("/api/v1/me/preferences").json()
    assert preferences == {"fields": {"kept": True}, "tour_done": True}
    page.evaluate("window.localStorage.clear()")
    page.reload()
    stage.settle()
    expect(tour).to_have_count(0)
    page.keyboard.press("?")
    page.get_by_role("button", name="Show the tour").click()
    expect(tour).to_contain_text("Step 1 of 5")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)


def test_the_bare_picture_moves_and_does_nothing_else(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(CMU)
    stage.slide = slide
    page.goto(f"/slides/{slide['slide_id']}?embed=1#{START}")
    stage.settle()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("img", name=re.compile("Scale bar: 100"))).to_be_visible()
    expect(page.get_by_text("Research use. Not for primary diagnosis")).to_be_visible()
    before = page.get_by_role("img", name=re.compile("Scale bar")).bounding_box()
    shot = stage.shot()
    for key in ("Shift+H", "q", "t", "Shift+I", "g", "?", "c", "Shift+F10"):
        page.keyboard.press(key)
    page.mouse.click(700, 450, button="right")
    page.wait_for_timeout(300)
    assert np.array_equal(stage.shot(), shot)
    page.keyboard.press("5")
    page.wait_for_timeout(500)
    stage.settle()
    after = page.get_by_role("img", name=re.compile("Scale bar: 50")).bounding_box()
    assert before is not None
    assert after is not None
    assert not np.array_equal(stage.shot(), shot)
