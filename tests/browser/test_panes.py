"""Walking a case and looking at its slides side by side: what is drawn is compared with what the test made.

Three sections of one made tissue: blocks of known colours. The second and third are stained otherwise (their
colours are other channels of the first's) and lie otherwise: turned, scaled, shifted, one of them face down.
"""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.looks import LOOKS
from tests.support.sections import (
    CLOSE,
    HE,
    HER2,
    KI67,
    PAS,
    PATIENCE_MS,
    SECTIONS,
    Case,
    Desk,
    forget_alignments,
    make_case,
    make_tissue,
    write_section,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tissue() -> npt.NDArray[np.uint8]:
    """Colours of the tissue's blocks."""
    return make_tissue()


@pytest.fixture(scope="module")
def case(
    browser: Browser,
    run_server: Callable[..., AbstractContextManager[str]],
    tissue: npt.NDArray[np.uint8],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Case]:
    """Serve the sections and put them into one case, as somebody does by hand."""
    folder = tmp_path_factory.mktemp("sections")
    for section in SECTIONS:
        write_section(folder / section.file_name, section, tissue)
    with run_server([folder], tmp_path_factory.mktemp("panes-data"), SETTLE_S="0") as address:
        context = browser.new_context(base_url=address.split("/signin", 1)[0])
        with closing(context):
            page = context.new_page()
            page.goto(address)
            page.wait_for_url(lambda at: "signin" not in at)
            yield make_case(context.request, address.split("/signin", 1)[0], context.storage_state())


@pytest.fixture
def open_context(browser: Browser, case: Case) -> Iterator[Callable[..., BrowserContext]]:
    """Make signed-in contexts of the sections' server."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        options = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"} | options
        context = browser.new_context(base_url=case.url, storage_state=case.state, **options)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a desktop's size without animations, so that the picture is settled when the tiles are there."""
    return open_context().new_page()


@pytest.fixture
def desk(page: Page, case: Case, tissue: npt.NDArray[np.uint8]) -> Desk:
    """The panes of a page; nothing is aligned yet."""
    return Desk(page, case, tissue)


@pytest.fixture(autouse=True)
def _not_aligned(case: Case, browser: Browser) -> None:
    with closing(browser.new_context(base_url=case.url, storage_state=case.state)) as context:
        forget_alignments(context.request, case)


SPOTS = ((352.0, 288.0), (928.0, 352.0), (608.0, 800.0))


def test_three_clicked_spots_align_a_turned_scaled_and_mirrored_section(desk: Desk) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    first, second = desk.views()
    # Turned alike, so the same tissue lies at the same place of either pane.
    for dx, dy in ((0, 0), (-200, -120), (150, 160), (-90, 210)):
        left, right = (
            view.shown_at(view.box[0] + view.box[2] / 2 + dx, view.box[1] + view.box[3] / 2 + dy)
            for view in (first, second)
        )
        assert math.dist(left, right) < 6, (dx, dy)
    assert max(desk.differences(first)) < CLOSE
    assert max(desk.differences(second)) < CLOSE


def test_two_spots_suffice_for_a_section_that_is_turned(desk: Desk) -> None:
    desk.open("H&E", "Ki-67")
    desk.align(*SPOTS[:2])
    first, second = desk.views()
    assert math.degrees(second.turn) == pytest.approx(90, abs=0.5)
    assert math.dist(first.shown_at(300, 400), second.shown_at(300 + second.box[0] - first.box[0], 400)) < 6
    assert max(desk.differences(second)) < CLOSE


def test_panning_one_pane_moves_the_other_to_the_same_tissue(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    for pane, across, down in ((0, -140, 60), (1, 80, -110)):
        left, top, width, height = desk.views()[pane].box
        page.mouse.move(left + width / 2, top + height / 2)
        page.mouse.down()
        page.mouse.move(left + width / 2 + across, top + height / 2 + down, steps=8)
        page.wait_for_timeout(150)
        page.mouse.up()
        page.mouse.move(5, 5)  # a cursor on one pane is a cross on the other
        desk.settle()
        assert desk.apart() < 6
        for view in desk.views():
            assert max(desk.differences(view)) < CLOSE
    page.keyboard.press("5")
    desk.settle()
    first, second = desk.views()
    # As near in micrometres; the second was scanned coarser.
    assert first.resolution * second.section.scale == pytest.approx(second.resolution, rel=0.02)
    assert desk.apart() < 6


def test_each_pane_keeps_its_own_rotation_and_flip(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    before = desk.views()[1]
    page.get_by_role("button", name="Turn right by 90°").click()
    page.get_by_role("button", name="Flip left and right").click()
    desk.settle()
    first, second = desk.views()
    assert abs(math.degrees(first.turn)) == pytest.approx(90)
    assert second.turn == pytest.approx(before.turn)
    assert (first.mirrored, second.mirrored) == (True, before.mirrored)
    page.keyboard.press("ArrowRight")
    desk.settle()
    first, second = desk.views()
    assert desk.apart() < 6
    for view in (first, second):
        assert max(desk.differences(view)) < CLOSE


def test_an_alignment_is_kept_for_the_pair_in_either_order(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    page.goto("/")
    desk.open("HER2", "H&E")
    expect(page.get_by_text("aligned by points")).to_be_visible(timeout=PATIENCE_MS)
    desk.settle()
    assert desk.apart() < 6
    assert max(desk.differences(desk.views()[1])) < CLOSE
    page.get_by_role("button", name="Forget points").click()
    expect(page.get_by_text("aligned as shown")).to_be_visible(timeout=PATIENCE_MS)


def test_without_points_middle_lies_on_middle_in_micrometres(desk: Desk) -> None:
    desk.open("H&E", "HER2")
    first, second = desk.views()
    assert (second.x, second.y) == pytest.approx((HER2.size[0] / 2, HER2.size[1] / 2), abs=0.6)
    assert second.resolution == pytest.approx(first.resolution * HER2.scale, rel=1e-3)


def test_unlocked_panes_move_apart_and_lock_again_as_they_lie(desk: Desk, page: Page) -> None:
    desk.open("H&E", "PAS")
    page.keyboard.press("y")
    expect(page.get_by_role("button", name="Moving apart")).to_be_visible()
    before = desk.views()[1]
    page.keyboard.press("ArrowRight")
    desk.settle()
    first, second = desk.views()
    assert (second.x, second.y) == (before.x, before.y)
    off = first.x - second.x
    assert off > 50
    page.keyboard.press("y")
    page.keyboard.press("ArrowDown")
    desk.settle()
    first, second = desk.views()
    assert first.x - second.x == pytest.approx(off, abs=0.5)
    assert first.y == pytest.approx(second.y, abs=0.5)
    assert second.y > before.y + 50


def test_the_cursor_is_shown_at_the_same_tissue_in_the_other_pane(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    page.get_by_role("button", name="Turn right by 90°").click()
    desk.settle()
    for spot in ((500.0, 400.0), (800.0, 600.0)):
        first, second = desk.views()
        page.mouse.move(*first.spot(*spot))
        page.wait_for_timeout(150)
        yellow = np.abs(desk.shot() - np.array([0xFF, 0xE1, 0x4D])).max(axis=-1) < 12
        left, top, width, height = (round(value) for value in second.box)
        down, across = np.nonzero(yellow[top : top + height, left : left + width])
        assert 60 < len(across) < 400, "the cross is a few thin lines"
        middle = ((across.min() + across.max() + 1) / 2 + left, (down.min() + down.max() + 1) / 2 + top)
        assert math.dist(middle, second.spot(*spot)) < 4
        assert not yellow[round(first.box[1]) : round(first.box[1]) + 700, : round(first.box[2])].any()
    page.mouse.move(5, 5)
    page.wait_for_timeout(150)
    gone = np.abs(desk.shot() - np.array([0xFF, 0xE1, 0x4D])).max(axis=-1) < 12
    assert not gone.any()


def test_holding_f_shows_the_other_stain_at_the_same_place(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    desk.align(*SPOTS)
    first = desk.views()[0]
    page.keyboard.down("f")
    page.wait_for_timeout(800)
    # The other stain's colours, where the own tissue lies.
    assert max(desk.differences(first, shown=HER2)) < CLOSE
    page.keyboard.up("f")
    page.wait_for_timeout(200)
    assert max(desk.differences(first)) < CLOSE


def test_flickering_shows_both_in_turn(
    open_context: Callable[..., BrowserContext], case: Case, tissue: npt.NDArray[np.uint8]
) -> None:
    page = open_context(reduced_motion="no-preference").new_page()
    desk = Desk(page, case, tissue)
    desk.open("H&E", "PAS")
    first = desk.views()[0]
    page.keyboard.down("f")
    seen = desk.stains_shown(first, (HE, PAS))
    page.keyboard.up("f")
    assert seen == {"H&E", "PAS"}


def test_page_down_walks_the_case(desk: Desk, page: Page) -> None:
    desk.open("H&E")
    order = [HE, HER2, KI67, PAS]
    for number, section in enumerate(order, 1):
        expect(page.get_by_text(f"{number} of 4", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"S24-1234 · {section.block} · {section.stain}")
        desk.settle()
        (view,) = desk.views()
        assert view.section is section
        assert max(desk.differences(view)) < CLOSE
        current = page.get_by_role("navigation", name="Slides of S24-1234").locator("[aria-current=true]")
        expect(current).to_have_text(re.compile(re.escape(section.stain)))
        page.keyboard.press("PageDown")
    expect(page.get_by_text("4 of 4", exact=True)).to_be_visible()
    page.keyboard.press("PageUp")
    expect(page.get_by_text("3 of 4", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_text("4 of 4", exact=True)).to_be_visible()


def test_the_next_slide_is_there_before_it_is_asked_for(desk: Desk, page: Page) -> None:
    second = desk.case.slides["HER2"]["slide_id"]
    # The next slide is made ready when the picture has been complete for a while.
    with page.expect_request(lambda request: "/tiles/" in request.url and second in request.url):
        desk.open("H&E")
    page.wait_for_timeout(2000)
    page.route("**/tiles/**", lambda route: route.abort())
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", level=1)).to_have_text("S24-1234 · A1 · HER2")
    desk.settle()
    (view,) = desk.views()
    assert max(desk.differences(view)) < CLOSE


def test_everything_works_with_keys_alone(desk: Desk, page: Page) -> None:
    desk.open("H&E")
    page.keyboard.press("Backslash")
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["H&E", "HER2"]
    page.keyboard.press("]")
    expect(page.get_by_role("heading", level=1)).to_have_text("S24-1234 · A1 · HER2")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", level=1)).to_have_text("S24-1234 · A1 · Ki-67")
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["H&E", "Ki-67"]
    page.keyboard.press("Shift+Y")
    expect(page.get_by_role("region", name="Align Ki-67 · A1 and H&E · A1")).to_be_visible()
    desk.say_two_spots_by_keys()
    page.get_by_role("button", name="Align", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("aligned by points")).to_be_visible(timeout=PATIENCE_MS)
    # The picker: search and choose.
    page.keyboard.press("[")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Choose a slide")
    expect(dialog).to_be_visible()
    page.keyboard.type("pas")
    expect(dialog.get_by_text("1 slide", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["PAS", "Ki-67"]
    page.keyboard.press("Shift+Backslash")
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["PAS"]


def test_the_film_strip_opens_in_the_active_pane_and_by_dragging_in_any(desk: Desk, page: Page) -> None:
    desk.open("H&E", "HER2")
    strip = page.get_by_role("navigation", name="Slides of S24-1234")
    strip.get_by_role("button", name="PAS").click()
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["PAS", "HER2"]
    strip.get_by_role("button", name="Ki-67").drag_to(desk.panes.nth(1))
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["PAS", "Ki-67"]
    for view in desk.views():
        assert max(desk.differences(view)) < CLOSE
    strip.get_by_role("button", name="Ki-67").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    desk.settle()
    assert [view.section.stain for view in desk.views()] == ["PAS", "HER2"]
    page.keyboard.press("s")
    expect(strip).to_have_count(0)


def test_the_link_carries_every_pane(
    desk: Desk, page: Page, open_context: Callable[..., BrowserContext], case: Case, tissue: npt.NDArray[np.uint8]
) -> None:
    desk.open("H&E", "HER2", "Ki-67", "PAS")
    page.keyboard.press("y")
    page.keyboard.press("]")
    page.keyboard.press("'")
    page.keyboard.press("5")
    desk.settle()
    expected = desk.views()
    other = Desk(open_context().new_page(), case, tissue)
    other.page.goto(page.url)
    other.settle()
    found = other.views()
    assert [view.section.stain for view in found] == ["H&E", "HER2", "Ki-67", "PAS"]
    for here, there in zip(expected, found, strict=True):
        assert (there.x, there.y, there.turn) == pytest.approx((here.x, here.y, here.turn), abs=0.01)
        assert there.resolution == pytest.approx(here.resolution, rel=1e-6)
    expect(other.page.get_by_role("button", name="Moving apart")).to_be_visible()
    expect(other.page.get_by_role("heading", level=1)).to_have_text("S24-1234 · A1 · HER2")


def test_up_to_nine_panes_and_back_to_one(desk: Desk, page: Page) -> None:
    desk.open("H&E")
    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("button", name="9 panes").click()
    desk.settle()
    expect(page.get_by_role("heading", level=2).filter(has_text="No slide yet")).to_have_count(5)
    expect(desk.panes).to_have_count(9)
    page.get_by_role("button", name="1 pane", exact=True).click()
    expect(desk.panes).to_have_count(1)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_nothing_serious_for_accessibility_and_nothing_cut_off(
    open_context: Callable[..., BrowserContext],
    serious_findings: Callable[[Page], list[str]],
    case: Case,
    tissue: npt.NDArray[np.uint8],
    scheme: str,
    size: tuple[int, int],
) -> None:
    width, height = size
    options = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "bypass_csp": True}
    page = open_context(has_touch=width < 1000, **options).new_page()
    desk = Desk(page, case, tissue)
    desk.open("H&E", "HER2")
    panes = desk.panes.count()
    assert panes == (1 if width < 600 else 2)
    if panes == 2:
        first, second = (desk.panes.nth(i).bounding_box() for i in (0, 1))
        assert first is not None
        assert second is not None
        stacked = second["y"] > first["y"] + 100
        assert stacked == (width < height)
        page.get_by_role("button", name="Align by points").click()
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("navigation", name="Slides of S24-1234")).to_be_in_viewport()
