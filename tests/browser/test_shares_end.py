"""After a share link has ended: whoever came by it reads since when and whom to ask, wherever they come back to."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tests.support.clinic import Clinic
from tests.support.links import CASE, DESK, ENDS_WITHIN_S, NAMES, Shared, facts, made_by_api, open_link, stranger

pytestmark = pytest.mark.browser

SAID = re.compile(r"This link ended on .*\d{4}.*\d{2}:\d{2}.*\. Ask .+\.")


@pytest.fixture(scope="module")
def admin(open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with a case of two slides, and its administrator's API."""
    clinic = open_clinic(*NAMES[:2], viewport=DESK)
    ids = [one["slide_id"] for one in clinic.slides().values()]
    body = {"slide_ids": ids, "project_id": clinic.project()["project_id"]}
    clinic.send("POST", "/slides/move", body | {"case_id": clinic.case(CASE)["case_id"]})
    return clinic


@pytest.fixture
def guest(browser: Browser, admin: Clinic) -> Iterator[BrowserContext]:
    context = stranger(browser, admin)
    yield context
    context.close()


def run_out(admin: Clinic, link: Shared) -> None:
    """Let a link end by itself in a moment."""
    soon = datetime.now(UTC) + timedelta(seconds=2)
    admin.send("PATCH", f"/shares/{link.share_id}", {"expires_at": soon.isoformat()})


def ask_for_more(admin: Clinic, link: Shared, where: Locator, message: str) -> None:
    """Ask for more time where the end is told, and find it with the link."""
    expect(where).to_contain_text(SAID)
    where.get_by_role("button", name="Request more time").tap()
    where.get_by_role("textbox", name="Your message").fill(message)
    where.get_by_role("button", name="Send the request").tap()
    expect(where.get_by_role("status")).to_contain_text("you ask for more time")
    assert message in [one["message"] for one in facts(admin, link)["requests"]]


def expect_no_door(page: Page) -> None:
    """Nobody asks a guest for a password, and nothing looks broken."""
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has ended")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_link_that_runs_out_says_so_over_the_slide_and_at_its_address(admin: Clinic, guest: BrowserContext) -> None:
    link, page = made_by_api(admin), guest.new_page()
    open_link(page, link)
    # From here on the page itself holds the link no longer.
    page.reload()
    expect(page.get_by_role("application")).to_be_visible()
    run_out(admin, link)
    over = page.get_by_role("dialog", name="This link has ended")
    over.wait_for(timeout=(2 + ENDS_WITHIN_S) * 1000)
    ask_for_more(admin, link, over, "Over the slide.")
    page.reload()
    page.wait_for_url("**/share")
    expect_no_door(page)
    ask_for_more(admin, link, page.get_by_role("main"), "At its address.")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(SAID)


def test_a_withdrawn_link_says_so_in_a_fresh_tab(admin: Clinic, guest: BrowserContext) -> None:
    link, page = made_by_api(admin), guest.new_page()
    open_link(page, link)
    address = page.url
    page.close()
    admin.send("DELETE", f"/shares/{link.share_id}")
    # A fresh tab remembers nothing of the one before.
    for place in (address, "/", "/s"):
        fresh = guest.new_page()
        fresh.goto(place)
        fresh.wait_for_url("**/share")
        expect(fresh.get_by_role("main")).to_contain_text(SAID)
        expect_no_door(fresh)
        fresh.close()


def test_the_list_of_a_case_says_so_after_a_reload(admin: Clinic, guest: BrowserContext) -> None:
    link = made_by_api(admin, kind="case", object_id=admin.case(CASE)["case_id"])
    page = guest.new_page()
    open_link(page, link)
    page.goto("/")
    expect(page.get_by_role("link", name=re.compile("^Open Slide"))).to_have_count(2)
    page.goto("about:blank")
    admin.send("DELETE", f"/shares/{link.share_id}")
    page.goto("/")
    page.wait_for_url("**/share")
    expect_no_door(page)
    ask_for_more(admin, link, page.get_by_role("main"), "The whole case.")


def test_who_has_an_account_finds_the_way_in(admin: Clinic, guest: BrowserContext) -> None:
    link, page = made_by_api(admin), guest.new_page()
    open_link(page, link)
    admin.send("DELETE", f"/shares/{link.share_id}")
    page.goto("/")
    page.wait_for_url("**/share")
    page.get_by_role("link", name="I have an account here").tap()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_who_never_came_by_a_link_is_asked_to_sign_in(admin: Clinic, guest: BrowserContext) -> None:
    page = guest.new_page()
    page.goto(f"/slides/{admin.slides()[NAMES[0]]['slide_id']}")
    page.wait_for_url("**/signin")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
