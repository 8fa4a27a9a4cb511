"""Two people with two browsers on one slide: each sees the other, nothing is lost.

The tests of this module are chapters of one story on one server, in order.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from tests.support.accounts import sign_in, signed_in_as, with_account
from tests.support.annotating import Hand
from tests.support.clinic import Clinic
from tests.support.links import DESK, made_by_api, open_link, stranger

from .conftest import Stage

pytestmark = pytest.mark.browser

NAME = "S26-1_A1_HE"
VIEW = "x=1110&y=1480&mpp=0.998"
SEEN_WITHIN_S = 2.0
SECOND = "Bo Second"


@dataclass
class Two:
    """Ann, who runs the server, and Bo, whom she made an editor."""

    admin: Clinic
    ann: Hand
    bo: Hand
    bo_context: BrowserContext


@pytest.fixture(scope="module")
def two(browser: Browser, open_clinic: Callable[..., Clinic]) -> Iterator[Two]:
    admin = open_clinic(NAME, viewport=DESK)
    account = with_account(browser, admin, "bo", SECOND)
    project_id = admin.project()["project_id"]
    member = f"/projects/{project_id}/members/person/{account.person_id}"
    admin.send("PUT", member, {"role": "editor", "rights": ["identity", "export"]})
    bo_context = browser.new_context(base_url=admin.url, viewport=DESK)
    bo_page = bo_context.new_page()
    sign_in(bo_page, "bo")
    signed_in_as(bo_page, SECOND)
    slide = admin.get(f"/slides/{admin.slides()[NAME]['slide_id']}")
    ann, bo = Hand(Stage(admin.context.new_page()), slide), Hand(Stage(bo_page), slide)
    ann.open(VIEW)
    bo.open(VIEW)
    yield Two(admin, ann, bo, bo_context)
    bo_context.close()


def test_each_sees_that_the_other_is_here(two: Two) -> None:
    for hand in (two.ann, two.bo):
        expect(hand.page.get_by_role("button", name="1 other person is here")).to_be_visible()


def test_what_one_draws_the_other_sees(two: Two) -> None:
    two.ann.rectangle(1000, 1400, 200, 150)
    begun = time.monotonic()
    expect(two.bo.rows).to_have_count(1, timeout=SEEN_WITHIN_S * 1000)
    assert time.monotonic() - begun <= SEEN_WITHIN_S
    expect(two.bo.rows).to_contain_text("Rectangle")
    assert len(two.ann.held()) == 1


def test_one_follows_the_other(two: Two) -> None:
    two.ann.page.get_by_role("button", name="1 other person is here").click()
    two.ann.page.get_by_role("button", name="Present to all").click()
    expect(two.ann.page.get_by_text("You present")).to_be_visible()
    two.ann.page.keyboard.press("Escape")
    two.bo.page.get_by_role("button", name="1 other person is here").click()
    two.bo.page.get_by_role("button", name="Follow", exact=True).click()
    expect(two.bo.page.get_by_text("You follow")).to_be_visible()
    two.bo.page.keyboard.press("Escape")
    two.ann.stage.press("5")
    two.ann.stage.press("ArrowRight")
    two.bo.stage.settle()
    mine, theirs = two.ann.stage.view(), two.bo.stage.view()
    for key in ("x", "y", "resolution"):
        assert theirs[key] == pytest.approx(mine[key], rel=0.01), key
    two.ann.page.get_by_role("button", name="Stop presenting").click()
    # Nobody presents any more: nobody follows.
    expect(two.bo.page.get_by_text("You follow")).to_be_hidden()
    for hand in (two.ann, two.bo):
        hand.open(VIEW)


def test_what_one_undoes_is_gone_for_the_other(two: Two) -> None:
    two.ann.rectangle(1300, 1400, 80, 80)
    expect(two.bo.rows).to_have_count(2)
    two.ann.stage.press("Control+z")
    expect(two.bo.rows).to_have_count(1)
    two.ann.stage.press("Control+Shift+z")
    expect(two.bo.rows).to_have_count(2)
    two.ann.stage.press("Control+z")
    expect(two.bo.rows).to_have_count(1)


def test_two_versions_of_one_outline_are_both_kept_until_somebody_chooses(two: Two) -> None:
    two.bo_context.set_offline(True)
    expect(two.bo.rows).to_have_count(1)
    for hand, to in ((two.ann, (1130, 1440)), (two.bo, (1070, 1560))):
        hand.rows.first.click()
        hand.drag((1100, 1475), to)
    expect(two.bo.page.get_by_role("status").filter(has_text=re.compile("1 change not saved"))).to_be_attached()
    assert len(two.ann.held()) == 1
    two.bo_context.set_offline(False)
    for hand, other in ((two.bo, "Theirs"), (two.ann, "Theirs")):
        conflict = hand.page.get_by_role("region", name="Conflicts")
        expect(conflict).to_contain_text("One outline was changed by two people")
        expect(conflict.get_by_role("button", name=re.compile(other))).to_be_visible()
    assert len(two.bo.held()) == 2
    two.bo.page.get_by_role("region", name="Conflicts").get_by_role("button", name="Mine").click()
    for hand in (two.bo, two.ann):
        expect(hand.page.get_by_role("region", name="Conflicts")).to_be_hidden()
        expect(hand.rows).to_have_count(1)
    (one,) = two.bo.held()
    assert one["geometry"]["y"] > 1450


def test_a_cut_network_loses_nothing(two: Two) -> None:
    two.bo_context.set_offline(True)
    two.bo.rectangle(900, 1300, 60, 60)
    two.bo.rectangle(1250, 1600, 60, 60)
    chip = two.bo.page.get_by_role("status").filter(has_text=re.compile(r"2 changes not saved \(offline since"))
    expect(chip).to_be_attached()
    assert len(two.ann.held()) == 1
    two.bo_context.set_offline(False)
    two.bo.saved()
    expect(two.ann.rows).to_have_count(3)
    assert {one["annotation_id"] for one in two.ann.held()} == {one["annotation_id"] for one in two.bo.held()}


def test_a_guest_says_who_they_are_before_they_write(browser: Browser, two: Two) -> None:
    link = made_by_api(two.admin, NAME, may="comment", recipient="Dr Yolanda")
    context = stranger(browser, two.admin)
    page = context.new_page()
    open_link(page, link)
    page.get_by_role("application").wait_for()
    hand = Hand(Stage(page), two.ann.slide)
    if not hand.panel.is_visible():
        tools = page.get_by_role("toolbar", name="Tools", exact=True)
        button = tools.get_by_role("button", name="Annotations")
        if not button.is_visible():
            page.get_by_role("button", name="More tools").tap()
            button = page.get_by_role("menuitemcheckbox", name="Annotations")
        button.tap()
    expect(page.get_by_role("toolbar", name="Drawing tools")).to_be_hidden()
    hand.tab("Comments")
    hand.panel.get_by_role("button", name="On the slide").tap()
    asked = page.get_by_role("dialog", name="Who are you?")
    asked.get_by_role("textbox", name="Your name").fill("Yolanda")
    asked.get_by_role("button", name="Go on").tap()
    hand.panel.get_by_role("combobox", name="Comment").fill("The margin is free.")
    hand.panel.get_by_role("button", name="Comment", exact=True).tap()
    two.ann.tab("Comments")
    thread = two.ann.panel.get_by_role("article")
    expect(thread).to_contain_text("The margin is free.")
    expect(thread).to_contain_text("Yolanda (guest)")
    context.close()
