"""A proxy says who is there: the page offers to go on as them, also over a session that has ended; real nginx."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.accounts import api_of, at_localhost, first_in
from tests.support.clinic import Clinic
from tests.support.proxy import nginx

pytestmark = pytest.mark.browser

ENDED = "Your session has ended"


@pytest.fixture(scope="module")
def setting(
    browser: Browser, run_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Clinic, str]]:
    """A server as its administrator reaches it, and the address of the proxy in front of it."""
    folder = tmp_path_factory.mktemp("by-proxy")
    identity, people = folder / "identity.toml", folder / "people"
    table = '[header]\ntitle = "Hospital sign-in"\naddresses = ["127.0.0.1"]\nuser = "X-Remote-User"\n'
    identity.write_text(table, encoding="utf-8")
    identity.chmod(0o600)
    people.write_text("alice:{PLAIN}wonderland\n", encoding="utf-8")
    options = {"IDENTITY_FILE": str(identity), "TRUSTED_PROXIES": "127.0.0.1"}
    with run_server([], folder / "data", **options) as address:
        context = first_in(browser, address)
        admin = Clinic(at_localhost(address).split("/signin", 1)[0], context)
        upstream = address.split("//", 1)[1].split("/", 1)[0]
        with nginx(folder / "nginx", upstream, people) as front:
            yield admin, front
        context.close()


@pytest.fixture
def alice(browser: Browser, setting: tuple[Clinic, str]) -> Iterator[BrowserContext]:
    """The browser of somebody whom the proxy knows."""
    context = browser.new_context(base_url=setting[1], http_credentials={"username": "alice", "password": "wonderland"})
    yield context
    context.close()


def go_on(context: BrowserContext, path: str = "/account") -> Page:
    """Come in by the one button."""
    page = context.new_page()
    page.goto(path)
    page.get_by_role("button", name="Continue as alice").click()
    page.wait_for_url(f"**{path}")
    expect(page.get_by_text("You sign in as alice")).to_be_visible()
    return page


def test_one_click_goes_on_as_whom_the_proxy_names(alice: BrowserContext) -> None:
    page = alice.new_page()
    page.goto("/account")
    page.wait_for_url(re.compile("/signin$"))
    # Accounts that are kept here, such as the administrator's, come in as before.
    expect(page.get_by_role("textbox", name="User name")).to_be_visible()
    page.close()
    page = go_on(alice)
    me = api_of(page).get("/me")
    assert (me["person"]["user_name"], me["provider"]["kind"]) == ("alice", "header")


def test_who_signs_out_is_asked_again(alice: BrowserContext) -> None:
    page = go_on(alice)
    page.goto("/")
    page.get_by_role("button", name="Account of alice").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Continue as alice")).to_be_visible()


def test_an_ended_session_goes_on_in_place(alice: BrowserContext, setting: tuple[Clinic, str]) -> None:
    admin, _ = setting
    page = go_on(alice)
    page.get_by_role("button", name="New token").click()
    page.get_by_role("textbox", name="What it is for").fill("Typed before the end")
    admin.send("DELETE", f"/people/{api_of(page).get('/me')['person']['person_id']}/sessions")
    page.get_by_role("button", name="Create token").click()
    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog.get_by_role("textbox")).to_have_count(0)  # there is no password here to type in
    dialog.get_by_role("button", name="Sign in with Hospital sign-in").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Your new token")).to_be_visible()


def test_nobody_is_offered_where_no_proxy_names_anybody(browser: Browser, setting: tuple[Clinic, str]) -> None:
    context = browser.new_context(base_url=setting[0].url)
    page = context.new_page()
    page.goto("/signin")
    expect(page.get_by_role("textbox", name="User name")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Continue as"))).to_have_count(0)
    context.close()
