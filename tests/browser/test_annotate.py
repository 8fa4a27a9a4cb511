"""Drawing by mouse, pen and fingers: what is on the canvas and what the server then holds, at any rotation and flip."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
VIEW = "x=1110&y=1480&mpp=0.998"
TURNED = "x=1110&y=1480&mpp=0.998&rotation=30&mirror=1"
Point = tuple[float, float]
FindSlide = Callable[[str], dict[str, Any]]
# The colour of what has no class, as the viewer draws it.
UNCLASSIFIED = np.array([170, 204, 170])


class Desk:
    """A slide that one draws on, and what the server knows of it."""

    def __init__(self, stage: Any, slide: dict[str, Any]) -> None:
        self.stage = stage
        self.page: Page = stage.page
        self.slide = slide

    def open(self, view: str) -> None:
        self.stage.open(self.slide, view)
        expect(self.page.get_by_role("toolbar", name="Drawing tools")).to_be_visible()

    def at(self, x: float, y: float) -> Point:
        across, down = self.stage.on_screen(x, y)
        return across, down

    def drag(self, *points: Point) -> None:
        """Press at the first slide point, go through the others, let go at the last."""
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=6)
        self.page.mouse.up()

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def held(self) -> list[dict[str, Any]]:
        """What the server holds, once everything is saved."""
        # What was just drawn is written into the browser first; until then "Saved" is still that of before.
        self.page.wait_for_timeout(300)
        expect(self.page.get_by_role("status").filter(has_text=re.compile("^Saved$"))).to_be_attached()
        answer = self.page.request.get(f"/api/v1/slides/{self.slide['slide_id']}/annotations").json()
        found: list[dict[str, Any]] = answer["annotations"]
        return found

    def line_at(self, x: float, y: float) -> bool:
        """Whether a line in the colour of unclassified objects runs within three pixels of a slide point."""
        across, down = (round(value) for value in self.at(x, y))
        around = self.stage.shot()[down - 3 : down + 4, across - 3 : across + 4]
        near = np.abs(around - UNCLASSIFIED).max(axis=2) < 40
        greener = around[..., 1] - np.maximum(around[..., 0], around[..., 2]) > 15  # tissue never is
        return bool((near & greener).any())

    def clear(self) -> None:
        """Take away everything that an earlier test drew."""
        ids = [one["annotation_id"] for one in self.held()]
        if ids:
            self.stage.press("Control+a", "Delete")
            assert self.held() == []


@pytest.fixture
def desk(stage: Any, find_slide: FindSlide) -> Iterator[Desk]:
    """A slide at 10x, without annotations."""
    found = Desk(stage, find_slide(CMU))
    found.open(VIEW)
    found.clear()
    yield found
    found.clear()


def _close(value: float, expected: float, within: float = 1.5) -> bool:
    return abs(value - expected) <= within


def test_a_rectangle_is_where_it_was_drawn(desk: Desk) -> None:
    desk.stage.press("r")
    desk.drag((1000, 1400), (1100, 1450), (1200, 1550))
    (one,) = desk.held()
    shape = one["geometry"]
    assert shape["kind"] == "rectangle"
    for key, expected in (("x", 1000), ("y", 1400), ("width", 200), ("height", 150), ("rotation", 0)):
        assert _close(shape[key], expected), (key, shape)
    desk.stage.press("Escape")
    for x, y in ((1000, 1475), (1200, 1475), (1100, 1400), (1100, 1550)):
        assert desk.line_at(x, y), (x, y)
    assert not desk.line_at(1100, 1475)
    # Move is in hand again: the same drag moves the slide now.
    before = desk.page.url
    desk.drag((900, 1300), (950, 1350))
    expect(desk.page).not_to_have_url(before)
    desk.stage.settle()
    assert len(desk.held()) == 1


def test_on_a_turned_and_flipped_slide_shapes_lie_under_the_pointer(desk: Desk) -> None:
    desk.open(TURNED)
    desk.stage.press("p")
    for corner in ((1050, 1420), (1180, 1430), (1120, 1560)):
        desk.click(*corner)
    desk.page.keyboard.press("Enter")
    (one,) = desk.held()
    (ring,) = one["geometry"]["rings"]
    assert len(ring) == 3
    for (x, y), (expected_x, expected_y) in zip(ring, ((1050, 1420), (1180, 1430), (1120, 1560)), strict=True):
        assert _close(x, expected_x), ring
        assert _close(y, expected_y), ring
    desk.stage.press("Escape")
    assert desk.line_at(1115, 1425)
    assert desk.line_at(1150, 1495)


def test_shift_adds_alt_subtracts_and_undo_takes_back(desk: Desk) -> None:
    desk.stage.press("r")
    desk.drag((1000, 1400), (1100, 1500))
    desk.stage.press("r")
    desk.page.keyboard.down("Shift")
    desk.drag((1050, 1400), (1200, 1500))
    desk.page.keyboard.up("Shift")
    desk.stage.press("r")
    desk.page.keyboard.down("Alt")
    desk.drag((1000, 1400), (1050, 1500))
    desk.page.keyboard.up("Alt")
    (one,) = desk.held()
    xs = [x for x, _ in one["geometry"]["rings"][0]]
    assert _close(min(xs), 1050), xs
    assert _close(max(xs), 1200), xs
    desk.stage.press("Control+z")
    (one,) = desk.held()
    assert _close(min(x for x, _ in one["geometry"]["rings"][0]), 1000)
    desk.stage.press("Control+z", "Control+z")
    assert desk.held() == []
    desk.stage.press("Control+Shift+z")
    assert len(desk.held()) == 1


def test_annotations_go_and_a_held_key_looks_below_them(desk: Desk) -> None:
    desk.stage.press("r")
    desk.drag((1000, 1400), (1200, 1550))
    desk.stage.press("Escape")
    assert desk.line_at(1000, 1475)
    desk.page.keyboard.down("h")
    desk.stage.settle()
    assert not desk.line_at(1000, 1475)
    desk.page.keyboard.up("h")
    desk.stage.settle()
    assert desk.line_at(1000, 1475)
    desk.stage.press("Shift+A")
    assert not desk.line_at(1000, 1475)
    desk.stage.press("Shift+A")


def test_the_wand_finds_tissue_and_the_brush_paints_as_large_as_it_is_on_the_screen(desk: Desk) -> None:
    desk.stage.press("b")
    desk.click(1110, 1480)
    (one,) = desk.held()
    xs = [x for x, _ in one["geometry"]["rings"][0]]
    resolution = desk.stage.view()["resolution"]
    assert _close((max(xs) - min(xs)) / resolution, 30, 1)
    desk.stage.press("Control+a", "Delete", "w")
    desk.click(1110, 1480)
    (one,) = desk.held()
    assert one["geometry"]["kind"] in ("polygon", "multipolygon")


def test_a_pen_draws_and_then_fingers_move_the_slide(
    stage: Any, find_slide: FindSlide, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    page = context.new_page()
    hands = context.new_cdp_session(page)
    desk = Desk(type(stage)(page), find_slide(CMU))
    desk.open(VIEW)
    desk.clear()
    tools = page.get_by_role("toolbar", name="Drawing tools")
    tools.get_by_role("button", name="Brush").tap()
    _finger(hands, desk, [(1050, 1480), (1100, 1480), (1150, 1480)])
    assert len(desk.held()) == 1
    _pen(hands, desk, [(1050, 1600), (1100, 1600), (1150, 1600)])
    assert len(desk.held()) == 2
    before = desk.stage.view()
    _finger(hands, desk, [(1050, 1400), (1100, 1450), (1150, 1500)])
    desk.stage.settle()
    assert len(desk.held()) == 2
    after = desk.stage.view()
    assert math.hypot(after["x"] - before["x"], after["y"] - before["y"]) > 20
    desk.clear()


def _finger(hands: CDPSession, desk: Desk, points: list[Point]) -> None:
    places = [desk.at(*point) for point in points]
    for i, (x, y) in enumerate(places):
        kind = "touchStart" if i == 0 else "touchMove"
        hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": 0}]})
        desk.page.wait_for_timeout(30)
    hands.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _pen(hands: CDPSession, desk: Desk, points: list[Point]) -> None:
    places = [desk.at(*point) for point in points]
    pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, "force": 0.5}
    for i, (x, y) in enumerate(places):
        hands.send(
            "Input.dispatchMouseEvent", {**pen, "type": "mousePressed" if i == 0 else "mouseMoved", "x": x, "y": y}
        )
        desk.page.wait_for_timeout(30)
    x, y = places[-1]
    hands.send("Input.dispatchMouseEvent", {**pen, "type": "mouseReleased", "buttons": 0, "x": x, "y": y})
