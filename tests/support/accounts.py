"""People with accounts for browser tests: how they get one, and how they come in."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.clinic import Clinic

PASSWORD = "violet otter climbs nine stairs"
"""Long enough, and in no list."""


@dataclass(frozen=True)
class Account:
    """Somebody with a password."""

    person_id: str
    user_name: str
    name: str
    password: str = PASSWORD


def first_in(browser: Browser, address: str, **options: Any) -> BrowserContext:
    """Sign in by the printed address, past the offer of a password."""
    url = at_localhost(address).split("/signin", 1)[0]
    context = browser.new_context(base_url=url, **options)
    page = context.new_page()
    page.goto(at_localhost(address))
    page.wait_for_url(lambda at: "signin" not in at)
    clinic = Clinic(url, context)
    clinic.send("PUT", "/me/preferences", {"tour_done": True, "first_run_done": True})
    page.close()
    return context


def at_localhost(address: str) -> str:
    """The same address by a name: passkeys belong to names."""
    return address.replace("127.0.0.1", "localhost")


def with_account(browser: Browser, admin: Clinic, user_name: str, name: str, **more: Any) -> Account:
    """Make an account and choose its password by the link, as its owner would."""
    made = admin.send("POST", "/people", {"user_name": user_name, "name": name, **more})
    context = browser.new_context(base_url=admin.url)
    token = made["link"]["token"]
    body = {"token": token, "password": PASSWORD}
    answer = context.request.post("/api/v1/links/use", data=body, headers={"Origin": admin.url})
    assert answer.ok, answer.text()
    csrf = answer.json()["csrf_token"]
    headers = {"X-CSRF-Token": csrf, "Origin": admin.url}
    context.request.put("/api/v1/me/preferences", data={"tour_done": True}, headers=headers)
    context.close()
    return Account(made["person"]["person_id"], user_name, name)


def sign_in(page: Page, user_name: str, password: str = PASSWORD) -> None:
    """Type name and password on the sign-in page and press Enter."""
    page.goto("/signin")
    page.get_by_role("textbox", name="User name").fill(user_name)
    field = page.get_by_role("textbox", name="Password", exact=True)
    field.fill(password)
    field.press("Enter")


def signed_in_as(page: Page, name: str) -> None:
    """Wait until the page is that of this person."""
    expect(page.get_by_role("button", name=f"Account of {name}")).to_be_visible()


def api_of(page: Page) -> Clinic:
    """The API as whoever is signed in on a page."""
    return Clinic(re.sub(r"(//[^/]+).*", r"\1", page.url), page.context)
