"""Fingers on glass: pan, pinch, turn, taps, the menu, room for fingertips, and a tablet that is turned over."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import openslide
import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect
from tests.support.fingers import TOO_SMALL

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
TABLET = (820, 1180)
SIZES = {"upright": TABLET, "across": (1180, 820)}
TOOLS = 21
START = "x=1110&y=1480&mpp=0.998"
Point = tuple[float, float]
FindSlide = Callable[[str], dict[str, Any]]


class Glass:
    """Fingers on a page; every movement takes a few frames, as real ones do."""

    def __init__(self, page: Page, touch: CDPSession) -> None:
        self.page = page
        self._touch = touch

    def put(self, kind: str, points: Sequence[Point]) -> None:
        at = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        self._touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    def move(self, path: Sequence[Sequence[Point]], rest_ms: int = 250) -> None:
        """Put fingers down at the first points, go through the others, rest, and lift them."""
        self.put("touchStart", path[0])
        for points in path[1:]:
            self.put("touchMove", points)
            self.page.wait_for_timeout(16)
        self.page.wait_for_timeout(rest_ms)
        self.put("touchEnd", [])

    def tap(self, *points: Point) -> None:
        self.put("touchStart", points)
        self.put("touchEnd", [])


@pytest.fixture(params=list(SIZES))
def tablet(
    request: pytest.FixtureRequest, stage: Any, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> tuple[Any, Glass]:
    """A slide at 10x on a tablet, upright or across."""
    return _on_tablet(stage, find_slide(CMU), new_context, SIZES[request.param])


def _on_tablet(
    stage: Any, slide: dict[str, Any], new_context: Callable[..., BrowserContext], size: tuple[int, int], **options: Any
) -> tuple[Any, Glass]:
    viewport = {"width": size[0], "height": size[1]}
    context = new_context(viewport=viewport, has_touch=True, is_mobile=True, **options)
    page = context.new_page()
    opened = type(stage)(page)
    opened.open(slide, START)
    return opened, Glass(page, context.new_cdp_session(page))


def _fingers(x: float, y: float, gap: float, degrees: float = 0) -> tuple[Point, Point]:
    dx, dy = gap / 2 * math.cos(math.radians(degrees)), gap / 2 * math.sin(math.radians(degrees))
    return (x - dx, y - dy), (x + dx, y + dy)


def _turned(degrees: float, steps: int = 20) -> list[tuple[Point, Point]]:
    return [_fingers(410, 500, 200, degrees * step / steps) for step in range(steps + 1)]


def test_one_finger_moves_the_slide_under_it(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    glass.move([[(500 - 15 * step, 400 + 9 * step)] for step in range(11)])
    stage.settle()
    view = stage.view()
    assert (view["x"], view["y"]) == pytest.approx((1110 + 2 * 150, 1480 - 2 * 90), abs=2)
    assert view["resolution"] == pytest.approx(2)


def test_a_pinch_zooms_about_the_fingers_and_shows_the_tissue_there(
    tablet: tuple[Any, Glass], sample: Callable[[str], Any]
) -> None:
    stage, glass = tablet
    x, y = 1250, 1500
    across, down = stage.on_screen(x, y)
    glass.move([_fingers(across, down, 80 + 8 * step) for step in range(16)])
    stage.settle()
    view = stage.view()
    assert view["resolution"] == pytest.approx(2 * 80 / 200, rel=0.01)
    assert view["rotation"] == 0
    assert stage.on_screen(x, y) == pytest.approx((across, down), abs=1)
    slide = openslide.OpenSlide(str(sample(f"samples/{CMU}")))
    radius = round(10 * view["resolution"])
    part = slide.read_region((x - radius, y - radius), 0, (2 * radius, 2 * radius)).convert("RGB")
    slide.close()
    expected = np.asarray(part, dtype=np.float64).reshape(-1, 3).mean(axis=0)
    assert np.abs(stage.colour(x, y, 10) - expected).max() < 12


def test_two_fingers_turn_the_slide_only_after_fifteen_degrees(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    glass.move(_turned(13))
    stage.settle()
    assert stage.view()["rotation"] == 0
    glass.move(_turned(60))
    stage.settle()
    assert stage.view()["rotation"] == pytest.approx(45, abs=1)
    assert stage.view()["resolution"] == pytest.approx(2, rel=0.01)


def test_turning_can_be_locked_from_the_menu(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    _long_press(glass, (400, 500))
    glass.page.get_by_role("menuitemcheckbox", name="Fingers do not turn the slide").tap()
    glass.move(_turned(60))
    stage.settle()
    assert stage.view()["rotation"] == 0
    _long_press(glass, (400, 500))
    locked = glass.page.get_by_role("menuitemcheckbox", name="Fingers do not turn the slide")
    expect(locked).to_have_attribute("aria-checked", "true")
    locked.tap()
    glass.move(_turned(-60))
    stage.settle()
    assert stage.view()["rotation"] == pytest.approx(-45, abs=1)


def test_a_double_tap_goes_to_the_next_objective_and_two_fingers_go_back(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    x, y = 1300, 1380
    across, down = stage.on_screen(x, y)
    glass.tap((across, down))
    glass.page.wait_for_timeout(80)
    glass.tap((across, down))
    glass.page.wait_for_timeout(500)
    stage.settle()
    assert stage.view()["resolution"] * 0.499 == pytest.approx(0.499)  # 20x, exactly the scan
    assert stage.on_screen(x, y) == pytest.approx((across, down), abs=1)
    for expected in (1.0, 2.5):
        glass.page.wait_for_timeout(400)
        glass.tap(*_fingers(across, down, 120))
        glass.page.wait_for_timeout(500)
        stage.settle()
        assert stage.view()["resolution"] * 0.499 == pytest.approx(expected, rel=1e-3)
        assert stage.on_screen(x, y) == pytest.approx((across, down), abs=1.5)


def _long_press(glass: Glass, at: Point) -> None:
    glass.put("touchStart", [at])
    glass.page.wait_for_timeout(700)
    glass.put("touchEnd", [])
    expect(glass.page.get_by_role("menu", name="Slide menu")).to_be_visible()


def test_a_long_press_opens_the_menu_and_a_moved_finger_does_not(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    page = glass.page
    menu = page.get_by_role("menu", name="Slide menu")
    glass.move([[(300, 400)], [(330, 400)], [(360, 400)]], rest_ms=800)
    expect(menu).to_have_count(0)
    _long_press(glass, (300, 420))
    box = menu.bounding_box()
    assert box is not None
    width = page.evaluate("window.innerWidth")
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    menu.get_by_role("menuitem", name="20x").tap()
    expect(menu).to_have_count(0)
    page.wait_for_timeout(400)
    stage.settle()
    assert stage.view()["resolution"] == pytest.approx(1)
    _long_press(glass, (300, 420))
    glass.tap((600, 700))
    expect(menu).to_have_count(0)


def test_with_the_magnifier_two_fingers_carry_it_instead_of_zooming(tablet: tuple[Any, Glass]) -> None:
    stage, glass = tablet
    glass.page.get_by_role("button", name="Magnifier", exact=True).tap()
    glass.move([_fingers(300 + 10 * step, 400, 90 + 8 * step) for step in range(11)])
    stage.settle()
    view = stage.view()
    assert (view["x"], view["y"], view["resolution"]) == pytest.approx((1110, 1480, 2), abs=0.1)
    # A dark rim around where the fingers' middle came to rest.
    shot = stage.shot()
    row = shot[400, 400 : 400 + 160].mean(axis=1)
    assert row[145:155].min() < 110


def test_turning_the_tablet_over_keeps_the_centre(
    stage: Any, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    tablet, glass = _on_tablet(stage, find_slide(CMU), new_context, TABLET)
    before = tablet.view()
    glass.page.set_viewport_size({"width": TABLET[1], "height": TABLET[0]})
    tablet.settle()
    assert tablet.view() == pytest.approx(before)
    left, top, width, height = tablet.box
    assert tablet.on_screen(1110, 1480) == pytest.approx((left + width / 2, top + height / 2), abs=0.5)
    assert width == TABLET[1]
    # The whole slide stays the whole slide.
    glass.page.get_by_role("button", name="Fit").tap()
    glass.page.wait_for_timeout(400)
    glass.page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    tablet.settle()
    _, _, width, height = tablet.box
    assert tablet.view()["resolution"] == pytest.approx(max(2220 / width, 2967 / height) * 1.04, rel=1e-3)


WHOLE = """(tools) => [...tools.querySelectorAll('button')]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .map((one) => ({name: one.getAttribute('aria-label'), box: one.getBoundingClientRect()}))
    .map(({name, box}) => ({name, left: box.left, right: box.right, top: box.top, bottom: box.bottom}))"""


COVERED = """(menu) => [...menu.querySelectorAll('[role^=menuitem]')].filter((one) => {
    const {left, top, width, height} = one.getBoundingClientRect();
    return !one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((one) => one.textContent)"""


@pytest.mark.parametrize("size", [TABLET, (1180, 820), (390, 844)])
def test_fingers_walk_the_slides_and_reach_every_tool(
    stage: Any, find_slide: FindSlide, new_context: Callable[..., BrowserContext], size: tuple[int, int]
) -> None:
    tablet, glass = _on_tablet(stage, find_slide(CMU), new_context, size)
    page = glass.page
    steps = [page.get_by_role("button", name=name) for name in ("Next slide", "Previous slide")]
    for step in steps:
        expect(step).to_be_in_viewport(ratio=1)
        box = step.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    first = page.url
    there, back = steps if steps[0].get_attribute("aria-disabled") is None else steps[::-1]
    there.tap()
    expect(page.get_by_role("navigation", name="Slides").first).to_be_visible()
    page.wait_for_url(lambda url: _slide_of(url) != _slide_of(first))
    back.tap()
    page.wait_for_url(lambda url: _slide_of(url) == _slide_of(first))
    tablet.settle()
    toolbar = page.get_by_role("toolbar", name="Tools", exact=True)
    shown = toolbar.evaluate(WHOLE)
    title = page.get_by_role("button", name="Next slide").bounding_box()
    assert title is not None
    for left, right in pairwise(shown):
        assert left["right"] <= right["left"], "one tool lies on another"
        assert left["top"] == right["top"], "a tool lies below the others"
    assert 0 <= shown[0]["left"] <= shown[-1]["right"] <= size[0]
    assert shown[0]["left"] >= title["x"] + title["width"] or shown[0]["top"] >= title["y"] + title["height"]
    assert shown[-1]["name"] == "More tools"
    toolbar.get_by_role("button", name="More tools").tap()
    menu = page.get_by_role("menu", name="More tools")
    expect(menu).to_be_in_viewport(ratio=1)
    assert menu.evaluate(COVERED) == []
    inside = menu.locator("[role^=menuitem]").all_inner_texts()
    assert len(shown) - 1 + len(inside) == TOOLS
    assert {"Keys", "Pictures and exports"} <= {name.splitlines()[0] for name in inside}
    # A tool that stays pressed says so here, too; a press elsewhere closes the menu.
    full = menu.get_by_role("menuitemcheckbox", name="Full screen")
    expect(full).to_have_attribute("aria-checked", "false")
    glass.tap((size[0] / 2, size[1] * 0.2))
    expect(menu).to_have_count(0)
    toolbar.get_by_role("button", name="More tools").tap()
    menu.get_by_role("menuitem", name="Keys").tap()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(menu).to_have_count(0)


def _slide_of(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rsplit("/", 1)[1]


def test_everything_has_room_for_a_fingertip(tablet: tuple[Any, Glass]) -> None:
    _, glass = tablet
    page = glass.page
    found: dict[str, list[str]] = {"viewer": page.evaluate(TOO_SMALL)}
    page.get_by_role("button", name="Fields").tap()
    page.get_by_role("button", name="Magnifier", exact=True).tap()
    page.get_by_role("button", name="Display", exact=True).tap()
    found["panels"] = page.evaluate(TOO_SMALL)
    page.get_by_role("button", name="More tools").tap()
    found["more tools"] = page.evaluate(TOO_SMALL)
    page.get_by_role("menuitem", name="Keys").tap()
    page.get_by_role("button", name="Change keys").tap()
    found["keys"] = page.evaluate(TOO_SMALL)
    page.get_by_role("button", name="Close", exact=True).last.tap()
    _long_press(glass, (400, 500))
    found["menu"] = page.evaluate(TOO_SMALL)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More tools").tap()
    page.get_by_role("menuitemcheckbox", name="Annotations").or_(
        page.get_by_role("toolbar", name="Tools", exact=True).get_by_role("button", name="Annotations")
    ).first.tap()
    panel = page.get_by_role("complementary", name="Annotations")
    expect(panel).to_be_visible()
    for tab in panel.get_by_role("tab").all():
        tab.tap()
        page.wait_for_timeout(200)
        found[f"annotations: {tab.inner_text()}"] = page.evaluate(TOO_SMALL)
    page.goto("/")
    expect(page.get_by_role("article").first).to_be_visible()
    found["library"] = page.evaluate(TOO_SMALL)
    page.get_by_role("button", name="Details of").first.tap()
    page.wait_for_timeout(500)
    found["details"] = page.evaluate(TOO_SMALL)
    page.goto("/display-check")
    expect(page.get_by_role("heading", name="Display check")).to_be_visible()
    found["display check"] = page.evaluate(TOO_SMALL)
    assert {state: small for state, small in found.items() if small} == {}
