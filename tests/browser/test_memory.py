"""What Coverslip remembers of a person's looking: places, opened slides, what was seen, bookmarks, presets."""

import base64
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from playwright.sync_api import BrowserContext, Page, expect
from tests.support.looks import LOOKS

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
SHINING = "test3-DAPI-2-(387).ndpi"
STACK = "4D-series.ome.tiff"
FindSlide = Callable[[str], dict[str, Any]]


@pytest.fixture
def whole(sample: Callable[[str], Path]) -> None:
    """Skip where the larger samples are not here."""
    sample(f"slides/{STACK}")
    sample(f"slides/{SHINING}")


def _inside(stage: Any) -> npt.NDArray[np.float64]:
    """The left half of the picture beside tools and bookmarks: the ring of the focus is left out, too."""
    left, top, width, height = (round(value) for value in stage.box)
    found: npt.NDArray[np.float64] = stage.shot()[top + 120 : top + height - 160, left + 400 : left + width // 2]
    return found


def _open_from_list(page: Page, slide: dict[str, Any]) -> None:
    page.goto(f"/?q={slide['name']}")
    page.get_by_role("article", name=slide["name"], exact=True).get_by_role("link").click()
    page.wait_for_url(lambda url: slide["slide_id"] in url)


def test_a_slide_reopens_where_it_was_left_and_has_a_dot(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = stage.slide = find_slide(CMU)
    _open_from_list(page, slide)
    stage.settle()
    stage.press("5", "ArrowRight", "ArrowDown", "Shift+Period", "h")
    view, before = stage.view(), _inside(stage)
    # Gone before the pause after which it would be saved anyway.
    page.get_by_role("link", name="Back to the slides").click()
    card = page.get_by_role("article", name=slide["name"], exact=True)
    expect(card.get_by_role("img", name="Opened")).to_be_visible()
    card.get_by_role("link").click()
    stage.settle()
    assert stage.view() == pytest.approx(view)
    assert np.array_equal(_inside(stage), before)


@pytest.mark.parametrize("guarded", [True, False])
def test_closing_the_window_loses_no_place(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext], guarded: bool
) -> None:
    slide = find_slide(CMU)
    if not guarded:  # as if nobody listened to the window's leaving
        page.add_init_script(
            "for (const [target, name] of [[window, 'pagehide'], [document, 'visibilitychange']])"
            " target.addEventListener(name, (event) => event.stopImmediatePropagation(), true)"
        )
    stage.open(slide, "x=1300&y=1000&mpp=0.499")
    page.wait_for_timeout(1900)  # this place is saved in the pause after it
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(450)  # shorter than that pause
    left_at = stage.view()
    assert left_at["x"] < 1300 - 100
    page.close(run_before_unload=False)
    other = type(stage)(new_context().new_page())
    other.slide = slide
    _open_from_list(other.page, slide)
    other.settle()
    assert other.view()["x"] == pytest.approx(left_at["x"] if guarded else 1300)


def test_a_link_to_another_place_is_followed(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(CMU)
    stage.open(slide, "x=700&y=2000&mpp=0.499")
    page.wait_for_timeout(1600)
    stage.open(slide, "x=1200&y=900&mpp=0.998")
    assert (stage.view()["x"], stage.view()["y"]) == pytest.approx((1200, 900))


def test_opened_slides_have_a_dot_in_the_table_too(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    slide = find_slide("two-channels.ome.tif")
    stage.open(slide)
    page.wait_for_timeout(1800)
    other = new_context().new_page()  # which knows nothing but what the server says
    other.goto("/?q=two-channels")
    other.get_by_text("1 slide found").wait_for()
    if other.get_by_role("table").count() == 0:
        other.keyboard.press("v")
    row = other.get_by_role("row").filter(has_text="two-channels")
    expect(row.get_by_role("img", name="Opened")).to_be_visible()


def _bits(data: str, rows: int, cols: int) -> npt.NDArray[np.bool_]:
    flat = np.unpackbits(np.frombuffer(base64.b64decode(data), np.uint8), bitorder="little")
    return flat[: rows * cols].reshape(rows, cols).astype(bool)


def _seen_from(view: dict[str, float], box: tuple[float, ...], slide: dict[str, Any], cell: int) -> Any:
    """The cells whose middle is on the screen, from the address and the window's size alone."""
    rows, cols = math.ceil(slide["height"] / cell), math.ceil(slide["width"] / cell)
    half_x, half_y = box[2] / 2 * view["resolution"], box[3] / 2 * view["resolution"]
    ys = [(row * cell + min((row + 1) * cell, slide["height"])) / 2 for row in range(rows)]
    xs = [(col * cell + min((col + 1) * cell, slide["width"])) / 2 for col in range(cols)]
    return np.array([[abs(x - view["x"]) <= half_x and abs(y - view["y"]) <= half_y for x in xs] for y in ys])


@pytest.mark.usefixtures("whole")
def test_the_map_says_how_much_tissue_was_not_seen(stage: Any, page: Page, find_slide: FindSlide) -> None:
    slide = find_slide(SHINING)
    address = f"/api/v1/slides/{slide['slide_id']}/coverage"
    stage.open(slide)  # from far away: nothing is seen
    stage.press("Shift+M")
    said = page.get_by_text(re.compile("% of tissue not seen"))
    expect(said).to_have_text("100 % of tissue not seen", timeout=20_000)
    found = page.request.get(address).json()
    rows, cols, cell = found["rows"], found["cols"], found["cell_px"]
    assert cell == round(64 / slide["mpp_x"])
    assert (rows, cols) == (math.ceil(slide["height"] / cell), math.ceil(slide["width"] / cell))
    tissue = _bits(found["tissue"], rows, cols)
    assert 0.1 < tissue.mean() < 0.9
    seen = np.zeros_like(tissue)
    for fragment, counts in (
        ("x=900&y=4200&mpp=0.23", True),
        ("x=2600&y=4400&mpp=0.45", True),
        ("x=1984&y=700&mpp=1.2", False),  # 8x is too far away
    ):
        stage.open(slide, fragment)
        page.wait_for_timeout(500)
        if counts:
            seen |= _seen_from(stage.view(), stage.box, slide, cell)
    share = (tissue & ~seen).sum() / tissue.sum()
    assert 0.05 < share < 0.95
    expect(said).to_have_text(f"{min(99, max(1, math.floor(share * 100 + 0.5)))} % of tissue not seen")
    page.wait_for_timeout(1600)
    found = page.request.get(address).json()
    np.testing.assert_array_equal(_bits(found["seen"], rows, cols), seen)
    assert found["unseen_tissue_share"] == pytest.approx(share)

    # On the overview unseen tissue is orange, seen tissue is not.
    overview = page.get_by_label("Overview of the whole slide").bounding_box()
    assert overview is not None
    shot = stage.shot()

    def place(row: int, col: int) -> tuple[float, float]:
        x = overview["x"] + (col + 0.5) * cell / slide["width"] * overview["width"]
        return x, overview["y"] + (row + 0.5) * cell / slide["height"] * overview["height"]

    def redness(cells: Any) -> list[float]:
        at = [place(int(row), int(col)) for row, col in cells]
        return [float(shot[round(y), round(x), 0]) - float(shot[round(y), round(x), 2]) for x, y in at]

    inner = np.zeros_like(tissue)
    inner[1:-1, 1:-1] = True
    assert np.median(redness(np.argwhere(tissue & ~seen & inner))) > 60
    assert np.median(redness(np.argwhere(tissue & seen & inner))) < 20

    # A click on it goes there, near enough to see it.
    row, col = (int(value) for value in np.argwhere(tissue & ~seen & inner)[0])
    page.mouse.click(*place(row, col))
    stage.settle()
    view = stage.view()
    assert (view["x"], view["y"]) == pytest.approx(((col + 0.5) * cell, (row + 0.5) * cell), abs=cell)
    assert view["resolution"] * slide["mpp_x"] <= 1.001
    page.wait_for_timeout(500)
    seen |= _seen_from(view, stage.box, slide, cell)
    less = (tissue & ~seen).sum() / tissue.sum()
    assert less < share
    expect(said).to_have_text(f"{min(99, max(1, math.floor(less * 100 + 0.5)))} % of tissue not seen")
    # The words lead to the next unseen place.
    said.click()
    stage.settle()
    page.wait_for_timeout(500)
    seen |= _seen_from(stage.view(), stage.box, slide, cell)
    least = (tissue & ~seen).sum() / tissue.sum()
    assert least < less
    stage.page.reload()
    stage.settle()
    expect(said).to_have_text(f"{min(99, max(1, math.floor(least * 100 + 0.5)))} % of tissue not seen", timeout=20_000)


def test_a_bookmark_brings_back_its_view(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    slide = find_slide(CMU)
    stage.open(slide, "x=1100&y=1500&mpp=0.7&rotation=30&mirror=1")
    view, before = stage.view(), _inside(stage)
    stage.press("Shift+B")
    page.get_by_role("textbox", name="Name").fill("Keratin pearl")
    page.get_by_role("textbox", name="Note").fill("compare\nwith p16")
    page.get_by_role("textbox", name="Name").press("Enter")
    go = page.get_by_role("button", name="Go to Keratin pearl")
    expect(go).to_be_visible()
    stage.press("Shift+H", "0")
    assert stage.view()["mirror"] == 0
    go.click()
    stage.settle()
    assert stage.view() == pytest.approx(view)
    assert np.abs(_inside(stage) - before).max() < 4  # a flight ends within a rounding error

    # Somebody else's window has it, and a change reaches the server.
    page.get_by_role("button", name="Edit Keratin pearl").click()
    page.get_by_role("textbox", name="Note").fill("seen")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("seen", exact=True)).to_be_visible()
    other = type(stage)(new_context().new_page())
    other.open(slide, "x=300&y=300&mpp=0.998")
    other.page.get_by_role("button", name="Bookmarks", exact=True).click()
    expect(other.page.get_by_text("seen", exact=True)).to_be_visible()
    other.page.get_by_role("button", name="Go to Keratin pearl").click()
    other.settle()
    assert other.view() == pytest.approx(view)
    page.get_by_role("button", name="Delete Keratin pearl").click()
    expect(page.get_by_text("No bookmarks on this slide yet")).to_be_visible()
    assert page.request.get(f"/api/v1/slides/{slide['slide_id']}/bookmarks").json() == {"items": []}


def test_a_refused_bookmark_keeps_what_was_written(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(CMU), "x=1100&y=1500&mpp=0.998")
    problem = {"title": "Full", "status": 503, "detail": "The disk is full.", "code": "disk_full", "request_id": "r-1"}
    page.route(
        "**/bookmarks",
        lambda route: (
            route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    stage.press("Shift+B")
    name = page.get_by_role("textbox", name="Name")
    name.fill("Mine")
    name.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("r-1")
    expect(name).to_have_value("Mine")
    name.press("Escape")
    expect(name).to_have_count(0)


@pytest.mark.usefixtures("whole")
def test_a_projection_shows_what_numpy_computes(
    stage: Any, page: Page, find_slide: FindSlide, sample: Callable[[str], Path]
) -> None:
    values = tifffile.imread(sample(f"slides/{STACK}"))[3].astype(float)  # Z Y X at the fourth time point
    style = base64.urlsafe_b64encode(b'{"channels":[{"colour":"#ffffff","high":127,"index":0,"low":-128}]}').rstrip(
        b"="
    )
    stage.open(find_slide(STACK), f"x=219.5&y=83.5&zoom=2&t=3&z=1&style={style.decode()}")
    stage.press("Shift+M", "c")
    page.get_by_role("switch", name="Research tools").check()
    overview = page.get_by_role("button", name="Overview", exact=True)
    if overview.get_attribute("aria-pressed") == "true":
        overview.click()

    def matches(expected: npt.NDArray[np.float64]) -> float:
        """The largest difference of a few places between the picture and the values."""
        worst = 0.0
        for x, y in ((60, 60), (150, 60), (240, 100), (330, 140), (60, 140), (219, 85)):
            part = expected[y - 6 : y + 6, x - 6 : x + 6]
            worst = max(worst, abs(float(stage.colour(x, y, 12).mean()) - float((part + 128).mean())))
        return worst

    assert matches(values[1]) < 4
    for choice, address, expected in (
        ("Maximum of all", "z=max", values.max(axis=0)),
        ("Mean of all", "z=mean", values.mean(axis=0)),
    ):
        page.get_by_label("Focal planes").select_option(choice)
        page.wait_for_timeout(400)
        stage.settle()
        assert address in page.url
        assert matches(expected) < 4, choice
    page.get_by_label("Focal planes").select_option("Single plane")
    page.wait_for_timeout(400)
    stage.settle()
    assert "z=m" not in page.url


@pytest.mark.usefixtures("whole")
def test_time_points_play_round_and_stop(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide(STACK), "x=219.5&y=83.5&zoom=2&t=5")
    seen = set()
    page.get_by_role("button", name="Play", exact=True).click()
    slider = page.get_by_role("slider", name="Time")
    for _ in range(60):
        seen.add(slider.get_attribute("aria-valuetext"))
        page.wait_for_timeout(100)
    assert {"Time point 7 of 7", "Time point 1 of 7", "Time point 2 of 7"} <= seen
    page.get_by_role("button", name="Pause").click()
    stage.settle()
    stopped = slider.get_attribute("aria-valuetext")
    page.wait_for_timeout(900)
    assert slider.get_attribute("aria-valuetext") == stopped


def test_a_preset_brings_back_the_colours_also_on_the_project(stage: Any, page: Page, find_slide: FindSlide) -> None:
    stage.open(find_slide("two-channels.ome.tif"), "x=128&y=64&zoom=1")
    stage.press("c")
    rows = page.get_by_role("list", name="Channels").get_by_role("listitem")
    rows.nth(0).locator("input[type=color]").fill("#ff00ff")
    rows.nth(1).get_by_role("checkbox").uncheck()
    page.wait_for_timeout(400)
    stage.settle()
    wanted = stage.colour(96, 32)
    page.get_by_role("textbox", name="Name of the preset").fill("Violet")
    page.get_by_label("For", exact=True).select_option("the project")
    page.get_by_role("button", name="Keep", exact=True).click()
    apply = page.get_by_role("button", name="Show as Violet")
    expect(apply).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Reset", exact=True).click()
    page.wait_for_timeout(400)
    stage.settle()
    assert np.abs(stage.colour(96, 32) - wanted).max() > 60
    apply.click()
    page.wait_for_timeout(400)
    stage.settle()
    assert np.abs(stage.colour(96, 32) - wanted).max() < 3
    project = stage.slide["project_id"]
    items = page.request.get(f"/api/v1/presets?project_id={project}").json()["items"]
    assert [(one["name"], one["style"]["channels"][0]["colour"]) for one in items] == [("Violet", "#ff00ff")]
    page.get_by_role("button", name="Forget Violet").click()
    expect(apply).to_have_count(0)
    assert page.request.get(f"/api/v1/presets?project_id={project}").json() == {"items": []}


def test_research_tools_are_off_until_somebody_turns_them_on(
    stage: Any, page: Page, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    fresh = type(stage)(new_context().new_page())
    fresh.open(find_slide(CMU), "x=1110&y=1480&mpp=0.499")
    fresh.press("c")
    switch = fresh.page.get_by_role("switch", name="Research tools")
    expect(switch).not_to_be_checked()
    expect(fresh.page.get_by_label("Technical facts", exact=True)).to_have_count(0)
    switch.check()
    expect(fresh.page.get_by_label("Technical facts", exact=True)).to_contain_text("2,220 × 2,967 px")
    fresh.page.get_by_role("checkbox", name="Pixel values under the cursor").check()
    fresh.page.mouse.move(*fresh.on_screen(1000.5, 1300.5))
    expect(fresh.page.get_by_text("x 1,000, y 1,300")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_is_remembered_is_for_everybody(
    find_slide: FindSlide,
    stage: Any,
    new_context: Callable[..., BrowserContext],
    serious_findings: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme).new_page()
    shown = type(stage)(page)
    shown.open(find_slide(CMU), "x=1110&y=1480&mpp=0.998")
    shown.press("Shift+M", "Shift+B")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.get_by_role("textbox", name="Name").press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Go to Place")).first).to_be_visible()
    expect(page.get_by_text(re.compile("of tissue not seen|All tissue seen"))).to_be_visible(timeout=20_000)
    assert serious_findings(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]
    page.get_by_role("button", name=re.compile("^Delete Place")).first.click()
    shown.press("c")
    page.get_by_role("switch", name="Research tools").check()
    assert serious_findings(page) == []
