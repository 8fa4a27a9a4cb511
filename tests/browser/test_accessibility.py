"""axe-core finds nothing serious on any state of the library and the pages around it, dark and light."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.support.looks import DESK, LOOKS, Size

pytestmark = pytest.mark.browser

Check = Callable[[Page], list[str]]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_library_has_no_serious_finding(
    new_context: Callable[..., BrowserContext], serious_findings: Check, served: Any, scheme: str, size: Size
) -> None:
    width, height = size
    page = new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        page.wait_for_timeout(400)  # what fades in has come
        found[state] = serious_findings(page)

    page.goto("/")
    expect(page.get_by_role("article").first).to_be_visible()
    look("pictures")
    page.get_by_role("button", name="Filter").click()
    look("filter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Table").click()
    look("table")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Details of").first.click()
    expect(page.get_by_text("Pixel size").last).to_be_visible()
    look("details")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    look("keys")
    page.keyboard.press("Escape")
    if size != DESK:
        page.get_by_role("button", name="Show projects").click()
        look("projects")
    page.get_by_role("button", name="Folders").click()
    look("folders")
    page.keyboard.press("Escape")
    page.goto("/?q=nothing-has-this")
    expect(page.get_by_role("heading", name="No slide matches")).to_be_visible()
    look("no match")
    assert {state: findings for state, findings in found.items() if findings} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_without_a_session_have_no_serious_finding(
    browser: Any, serious_findings: Check, served: Any, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    for path, words in (
        ("/signin", "Sign in to Coverslip"),
        ("/signin#wrong", "does not work any more"),
        ("/nothing/here", "There is nothing at this address"),
    ):
        page.goto("about:blank")
        page.goto(served.url + path)
        expect(page.get_by_text(words)).to_be_visible()
        assert serious_findings(page) == [], path
    context.close()
