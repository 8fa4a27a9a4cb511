"""What a person must do before they see slides: accept the terms, set up a second factor."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.accounts import at_localhost

pytestmark = pytest.mark.browser

TERMS = "Look after the people whose slides these are.\n\nTell nobody their names."


@pytest.fixture(scope="module")
def printed(run_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks everybody for terms and a second factor."""
    terms: Path = tmp_path_factory.mktemp("terms") / "terms.txt"
    terms.write_text(TERMS, encoding="utf-8")
    data = tmp_path_factory.mktemp("duties-data")
    with run_server([], data, TERMS_FILE=str(terms), SECOND_FACTOR_FOR='["everybody"]') as address:
        yield at_localhost(address)


def test_terms_and_then_a_second_factor(
    browser: Browser, printed: str, serious_findings: Callable[[Page], list[str]]
) -> None:
    context = browser.new_context(base_url=printed.split("/signin", 1)[0], viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(printed)
    expect(page.get_by_role("heading", name="Terms of use")).to_be_visible()
    expect(page.get_by_role("document", name="Terms of use")).to_contain_text("Tell nobody their names.")
    assert page.request.get("/api/v1/slides").status == 403
    assert serious_findings(page) == []
    page.get_by_role("button", name="I accept these terms").click()
    expect(page.get_by_role("heading", name="Your account needs a second factor")).to_be_visible()
    assert page.request.get("/api/v1/me").json()["duties"] == ["set_up_second_factor"]
    page.get_by_role("button", name="Set up an authenticator app").click()
    secret = page.get_by_role("textbox", name="Or type this into the app").input_value().replace(" ", "")
    assert serious_findings(page) == []
    code = page.get_by_role("textbox", name="Code that the app shows")
    code.fill(pyotp.TOTP(secret).now())
    code.press("Enter")
    dialog = page.get_by_role("dialog", name="Recovery codes")
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    dialog.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Point me at a folder or open the sample")).to_be_visible()
    assert page.request.get("/api/v1/me").json()["duties"] == []
    assert page.request.get("/api/v1/slides").ok
    context.close()
