"""A tumour board on the big screen, with two followers at their own slides.

The tests of this module are chapters of one story on one server, in order.
"""

import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.support.accounts import sign_in, signed_in_as, with_account
from tests.support.annotating import Hand
from tests.support.clinic import Clinic
from tests.support.links import DESK

from .conftest import Stage

pytestmark = pytest.mark.browser

NAMES = ("S26-2_A1_HE", "S26-2_A1_PAS")
BIG = {"width": 1920, "height": 1080}
READ_FROM_THE_BACK_PX = 20
"""Capitals of this height on 1080 lines are about 1/54 of the picture's height: read from the last row."""
FIRST = {"x": 1110.0, "y": 1480.0, "resolution": 2.0, "rotation": 0.0, "mirrored": False}
SECOND = {"x": 900.0, "y": 1200.0, "resolution": 1.0, "rotation": 0.0, "mirrored": False}

REGION = (32, 88, 223)
"""What label 1 of a map is coloured, which lies on the first slide and belongs to no stop."""


@dataclass
class Meeting:
    """Whoever presents, and two who follow."""

    admin: Clinic
    screen: Page
    followers: list[Hand]
    slide_ids: list[str]
    board: dict[str, Any]


@pytest.fixture(scope="module")
def meeting(browser: Browser, open_clinic: Callable[..., Clinic]) -> Iterator[Meeting]:
    admin = open_clinic(*NAMES, viewport=BIG)
    slide_ids = [admin.slides()[name]["slide_id"] for name in NAMES]
    project_id = admin.project()["project_id"]
    _lay_region(admin, slide_ids[0])
    stops = [
        {"panes": [{"slide_id": slide_ids[0], "camera": FIRST}], "note": "Margin free?"},
        {"panes": [{"slide_id": slide_ids[1], "camera": SECOND}], "note": "Invasion of the second slide"},
    ]
    board = admin.send("POST", "/boards", {"project_id": project_id, "title": "Thursday", "stops": stops})
    followers, contexts = [], []
    for name in ("bo", "cy"):
        account = with_account(browser, admin, name, f"{name.capitalize()} Follower")
        member = f"/projects/{project_id}/members/person/{account.person_id}"
        admin.send("PUT", member, {"role": "viewer", "rights": ["identity"]})
        theirs = browser.new_context(base_url=admin.url, viewport=DESK)
        page = theirs.new_page()
        sign_in(page, name)
        signed_in_as(page, f"{name.capitalize()} Follower")
        followers.append(Hand(Stage(page), admin.get(f"/slides/{slide_ids[0]}")))
        contexts.append(theirs)
    yield Meeting(admin, admin.context.new_page(), followers, slide_ids, board)
    for one in contexts:
        one.close()


def _lay_region(admin: Clinic, slide_id: str) -> None:
    target = io.BytesIO()
    Image.fromarray(np.ones((8, 8), np.uint8)).save(target, "PNG")
    at = f"{admin.url}/api/v1/slides/{slide_id}/layers/import"
    where: dict[str, str | float | bool] = {"kind": "labels", "name": "Region", "downsample": 20, "x": 1000, "y": 1400}
    binary = {**admin.headers, "Content-Type": "application/octet-stream"}
    answer = admin.request.post(at, params=where, data=target.getvalue(), headers=binary, timeout=60_000)
    assert answer.ok, answer.text()


def _region_is_seen(stage: Stage) -> bool:
    return bool((np.abs(stage.shot() - REGION).max(axis=-1) <= 2).sum() > 1000)


def test_a_board_is_made_from_the_viewer_and_is_in_the_list(meeting: Meeting) -> None:
    page = meeting.screen
    stage = Stage(page)
    stage.open(meeting.admin.get(f"/slides/{meeting.slide_ids[0]}"), "x=1080&y=1480&mpp=0.998")
    for _ in range(100):
        if _region_is_seen(stage):
            break
        page.wait_for_timeout(100)
    assert _region_is_seen(stage)
    stage.press("Shift+F10")
    page.get_by_role("menuitem", name="Add to a tumour board").click()
    dialog = page.get_by_role("dialog", name="Add to a tumour board")
    dialog.get_by_role("combobox", name="Board").select_option(label="Thursday")
    dialog.get_by_role("textbox", name="Note").fill("Taken from the viewer")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_contain_text("Added as stop 3 of “Thursday”.")
    dialog.get_by_role("link", name="Open the board").click()
    expect(page.get_by_role("heading", name="Thursday")).to_be_visible()
    expect(page.get_by_role("textbox", name="Note")).to_have_count(3)
    kept = meeting.admin.get(f"/boards/{meeting.board['board_id']}")["stops"][2]["panes"][0]
    assert kept["camera"]["x"] == pytest.approx(1080, abs=1)
    page.get_by_role("button", name="Remove stop 3").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_count(2)
    page.get_by_role("button", name="Move stop 2 up").click()
    expect(page.get_by_role("textbox", name="Note").first).to_have_value("Invasion of the second slide")
    page.get_by_role("button", name="Move stop 2 up").click()
    expect(page.get_by_role("textbox", name="Note").first).to_have_value("Margin free?")


def test_it_is_shown_legibly_with_names_hidden(meeting: Meeting) -> None:
    page = meeting.screen
    page.get_by_role("button", name="Present", exact=True).click()
    main = page.get_by_role("main", name="Thursday, presenting")
    expect(main).to_contain_text("Margin free?")
    expect(main).to_contain_text("1 of 2")
    Stage(page).settle()
    note = main.get_by_text("Margin free?")
    assert float(note.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= READ_FROM_THE_BACK_PX
    assert not any(name in page.content() for name in NAMES)
    expect(main.get_by_text("Identity hidden")).to_be_visible()
    page.wait_for_timeout(1500)
    assert not _region_is_seen(Stage(page))


def follow(hand: Hand) -> None:
    """Open the slide of the presenter and follow them."""
    hand.stage.open(hand.slide, "x=500&y=500&mpp=0.499")
    hand.page.get_by_role("button", name=re.compile("other (person is|people are) here")).click()
    presenter = hand.page.get_by_role("listitem").filter(has_text="presents")
    presenter.get_by_role("button", name="Follow", exact=True).click()
    expect(hand.page.get_by_text("You follow")).to_be_visible()
    hand.page.keyboard.press("Escape")


def shown(page: Page) -> list[tuple[str, float, float]]:
    """Return slide and middle of every pane, from the address alone."""
    address, _, fragment = page.url.partition("#")
    own = dict(parse_qsl(fragment))
    here = re.search(r"/slides/([\w-]+)", address)
    assert here is not None
    found = []
    for text in own.get("panes", "*").split(","):
        slide_id, *parts = text.split(";")
        view = own if text == "*" else dict(part.split(":") for part in parts)
        found.append((here.group(1) if text == "*" else slide_id, float(view.get("x", -1)), float(view.get("y", -1))))
    return found


def expect_shown(page: Page, *wanted: tuple[str, float, float]) -> None:
    """Wait until the panes show these places of these slides."""
    for _ in range(150):
        panes = shown(page)
        places = [math.dist(pane[1:], one[1:]) < 25 for pane, one in zip(panes, wanted, strict=False)]
        if [one[0] for one in panes] == [one[0] for one in wanted] and all(places):
            return
        page.wait_for_timeout(100)
    raise AssertionError((shown(page), wanted))


def test_followers_come_along_from_stop_to_stop(meeting: Meeting) -> None:
    for hand in meeting.followers:
        follow(hand)
    meeting.screen.keyboard.press("ArrowRight")
    expect(meeting.screen.get_by_role("main")).to_contain_text("Invasion of the second slide")
    for hand in meeting.followers:
        expect(hand.page).to_have_url(re.compile(meeting.slide_ids[1]))
        hand.stage.settle()
        # The view comes over the socket of the new slide, behind its picture.
        for _ in range(100):
            if hand.stage.view()["x"] == pytest.approx(SECOND["x"], abs=20):
                break
            hand.page.wait_for_timeout(100)
        assert hand.stage.view()["x"] == pytest.approx(SECOND["x"], abs=20)
        assert hand.stage.view()["y"] == pytest.approx(SECOND["y"], abs=20)
    meeting.screen.keyboard.press("ArrowLeft")
    for hand in meeting.followers:
        expect(hand.page).to_have_url(re.compile(meeting.slide_ids[0]))


def test_b_is_black_and_escape_ends_with_names_as_before(meeting: Meeting) -> None:
    page = meeting.screen
    page.keyboard.press("b")
    expect(page.get_by_text("The screen is black.")).to_be_attached()
    page.keyboard.press("b")
    expect(page.get_by_text("The screen is black.")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Thursday")).to_be_visible()
    expect(page.get_by_text(NAMES[0])).to_be_visible()


def test_followers_get_all_panes_of_a_stop(meeting: Meeting) -> None:
    one, other = meeting.slide_ids
    stops = [
        {"panes": [{"slide_id": one, "camera": FIRST}], "note": "One stain"},
        {"panes": [{"slide_id": other, "camera": SECOND}, {"slide_id": one, "camera": FIRST}], "note": "Both stains"},
    ]
    body = {"project_id": meeting.admin.project()["project_id"], "title": "Pairs", "stops": stops}
    board = meeting.admin.send("POST", "/boards", body)
    screen = meeting.screen
    screen.goto(f"/boards/{board['board_id']}/present")
    expect(screen.get_by_role("main")).to_contain_text("One stain")
    Stage(screen).settle()
    for hand in meeting.followers:
        follow(hand)
    screen.keyboard.press("ArrowRight")
    expect(screen.get_by_role("main")).to_contain_text("Both stains")
    left, right = (other, SECOND["x"], SECOND["y"]), (one, FIRST["x"], FIRST["y"])
    for hand in meeting.followers:
        expect(hand.page.get_by_role("application")).to_have_count(2)
        expect_shown(hand.page, left, right)
    Stage(screen).settle()
    box = screen.get_by_role("application").nth(1).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    screen.mouse.move(x, y)
    screen.mouse.down()
    screen.mouse.move(x - 100, y, steps=10)
    screen.wait_for_timeout(300)  # held still, so that nothing glides on
    screen.mouse.up()
    for hand in meeting.followers:
        expect_shown(hand.page, left, (one, FIRST["x"] + 100 * FIRST["resolution"], FIRST["y"]))
    screen.keyboard.press("ArrowLeft")
    for hand in meeting.followers:
        expect(hand.page.get_by_role("application")).to_have_count(1)
        expect_shown(hand.page, right)
    screen.keyboard.press("Escape")


def test_who_presents_slides_side_by_side_is_followed_side_by_side(meeting: Meeting) -> None:
    one, other = meeting.slide_ids
    screen, hand = meeting.screen, meeting.followers[0]
    stage = Stage(screen)
    stage.open(hand.slide, f"x=1110&y=1480&mpp=0.998&panes=*,{other};x:900;y:1200;mpp:0.998&lock=0")
    screen.get_by_role("button", name=re.compile("here$")).click()
    screen.get_by_role("button", name="Present to all").click()
    expect(screen.get_by_text("You present")).to_be_visible()
    screen.keyboard.press("Escape")
    follow(hand)
    left, right = (one, 1110.0, 1480.0), (other, 900.0, 1200.0)
    expect_shown(hand.page, left, right)
    expect(hand.page).to_have_url(re.compile(f"/slides/{one}"))
    # The other pane in hand: followers learn of it in the room of its slide.
    screen.get_by_role("heading", name=re.compile("^Pane 2")).click()
    expect(hand.page).to_have_url(re.compile(f"/slides/{other}"))
    expect_shown(hand.page, left, right)
    screen.keyboard.press("ArrowRight")
    stage.settle()
    _, (_, x, y) = shown(screen)
    assert x > 920
    expect_shown(hand.page, left, (other, x, y))
    screen.get_by_role("button", name="1 pane", exact=True).click()
    expect(hand.page.get_by_role("application")).to_have_count(1)
    expect_shown(hand.page, (other, x, y))
    expect(hand.page.get_by_text("You follow")).to_be_visible()
    # Whoever takes the slide in hand looks for themselves again.
    hand.page.get_by_role("application").click()
    expect(hand.page.get_by_text("You follow")).to_be_hidden()
    screen.get_by_role("button", name="Stop presenting").click()
    expect(screen.get_by_text("You present")).to_be_hidden()
