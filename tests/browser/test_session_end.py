"""A session that ends: the page dims and stays, and whoever was there goes on where they were."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from tests.support.accounts import PASSWORD, Account, sign_in, signed_in_as, with_account
from tests.support.clinic import Clinic

pytestmark = pytest.mark.browser

ENDED = "Your session has ended"


@pytest.fixture(scope="module")
def admin(open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with one slide and its administrator's API."""
    return open_clinic("CMU-1-Small-Region")


@pytest.fixture(scope="module")
def ada(browser: Browser, admin: Clinic) -> Account:
    return with_account(browser, admin, "ada", "Ada Reader", organisation_role="administrator")


@pytest.fixture(scope="module")
def eve(browser: Browser, admin: Clinic) -> Account:
    return with_account(browser, admin, "eve", "Eve Other", organisation_role="administrator")


@pytest.fixture
def page(browser: Browser, admin: Clinic, ada: Account) -> Iterator[Page]:
    context = browser.new_context(base_url=admin.url, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    sign_in(opened, ada.user_name)
    signed_in_as(opened, ada.name)
    yield opened
    context.close()


def end_session(admin: Clinic, of: Account) -> None:
    """An administrator ends every session of somebody."""
    admin.send("DELETE", f"/people/{of.person_id}/sessions")


def come_back(page: Page, password: str = PASSWORD) -> None:
    field = page.get_by_role("dialog", name=ENDED).get_by_role("textbox", name="Password", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_the_view_stays_and_goes_on(page: Page, stage: Any, admin: Clinic, ada: Account) -> None:
    slide = admin.get("/slides")["items"][0]
    page.goto(f"/slides/{slide['slide_id']}#x=1110&y=1480&mpp=4&rotation=0")
    looking = type(stage)(page)
    looking.slide = admin.get(f"/slides/{slide['slide_id']}")
    looking.settle()
    before = looking.view()
    end_session(admin, ada)
    left, top, width, height = looking.box
    page.mouse.move(left + width / 2, top + height / 2)
    for _ in range(6):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(80)
    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible()
    # The address follows the picture at a distance.
    page.wait_for_url(lambda at: f"mpp={before['resolution'] * looking.slide['mpp_x']:.4g}" not in at, timeout=10_000)
    page.wait_for_timeout(500)
    zoomed = looking.view()
    assert zoomed["resolution"] < before["resolution"]
    # Neither Escape nor a click beside it lets anybody past.
    for _ in range(3):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(dialog).to_be_visible()
    assert dialog.get_by_role("textbox", name="User name").input_value() == ada.user_name
    assert dialog.get_by_role("textbox", name="User name").is_editable() is False
    dialog.get_by_role("textbox", name="Password", exact=True).click()  # the click beside it took the focus
    come_back(page, "a wrong password, surely")
    expect(dialog.get_by_role("alert")).to_contain_text("Not signed in")
    dialog.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    looking.settle()
    assert looking.view() == pytest.approx(zoomed, abs=1e-6)
    assert looking.colour(1110, 1480).min() < 240  # tissue again, not an empty page
    looking.press("ArrowRight")
    assert looking.view()["x"] != pytest.approx(zoomed["x"], abs=1e-9)


def test_what_was_typed_is_saved_after_signing_in(page: Page, admin: Clinic, ada: Account) -> None:
    page.goto("/")
    page.get_by_role("article").first.wait_for()
    page.get_by_role("treeitem", name=re.compile("^clinic")).click()
    page.get_by_role("button", name="Project menu").click()
    page.get_by_role("button", name="New project inside").click()
    page.get_by_role("textbox", name="Name").fill("Typed before the end")
    end_session(admin, ada)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=ENDED)).to_be_visible()
    assert "Typed before the end" not in [one["name"] for one in admin.get("/projects")["items"]]
    come_back(page)
    expect(page.get_by_role("treeitem", name=re.compile("^Typed before the end"))).to_be_visible()
    assert "Typed before the end" in [one["name"] for one in admin.get("/projects")["items"]]


def test_somebody_else_gets_a_page_of_their_own(page: Page, admin: Clinic, ada: Account, eve: Account) -> None:
    page.goto("/")
    page.evaluate("() => { window.kept = 'of the one before' }")
    end_session(admin, ada)
    # In another tab of the same browser somebody else signs in; then the first one is looked at again.
    other = page.context.new_page()
    sign_in(other, eve.user_name)
    signed_in_as(other, eve.name)
    page.bring_to_front()
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    page.get_by_role("treeitem").first.click()
    signed_in_as(page, eve.name)
    assert page.evaluate("() => window.kept") is None


def test_the_same_person_in_another_tab_opens_this_one(page: Page, admin: Clinic, ada: Account) -> None:
    page.goto("/")
    page.get_by_role("article").first.wait_for()
    page.wait_for_load_state("networkidle")  # or what the page still asks for ends before the click
    page.evaluate("() => { window.kept = 'mine' }")
    end_session(admin, ada)
    page.get_by_role("treeitem").last.click()
    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible()
    other = page.context.new_page()
    sign_in(other, ada.user_name)
    signed_in_as(other, ada.name)
    page.bring_to_front()
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(dialog).to_have_count(0)
    assert page.evaluate("() => window.kept") == "mine"


def test_panning_and_zooming_are_activity_and_resting_is_not(
    browser: Browser, admin: Clinic, ada: Account, stage: Any
) -> None:
    context: BrowserContext = browser.new_context(base_url=admin.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.clock.install()
    sign_in(page, ada.user_name)
    signed_in_as(page, ada.name)
    slide = admin.get("/slides")["items"][0]
    page.goto(f"/slides/{slide['slide_id']}")
    page.get_by_role("application").wait_for()
    told: list[str] = []

    def heard(request: Request) -> None:
        if request.url.endswith("/session/activity"):
            told.append(request.method)

    page.on("request", heard)
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(300)
    assert told == []
    with page.expect_request("**/session/activity"):
        page.mouse.wheel(0, -240)
    page.clock.fast_forward(30_000)
    page.mouse.wheel(0, -240)
    page.wait_for_timeout(300)
    assert told == ["POST"]
    page.clock.fast_forward(31_000)
    with page.expect_request("**/session/activity"):  # the button alone is enough, and the request may be quick
        page.mouse.down()
        page.mouse.move(middle[0] + 80, middle[1] + 40, steps=4)
    page.mouse.up()
    context.close()
