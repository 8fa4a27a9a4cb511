"""Every page of accounts in both appearances and at three sizes: nothing serious for axe-core, nothing cut off."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.accounts import at_localhost, sign_in, with_account
from tests.support.clinic import Clinic
from tests.support.looks import BEYOND, DESK, TABLET, TELEPHONE, Size

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def admin(browser: Browser, open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with a slide, some people and a group."""
    clinic = open_clinic("CMU-1-Small-Region", REGISTRATION="approval")
    group = clinic.send("POST", "/groups", {"name": "Dermatology", "description": "Whoever reads skin"})
    for name, full, more in (
        ("grace", "Grace Hopper", {"group_ids": [group["group_id"]], "email": "grace@lab.example"}),
        ("audrey", "Audrey Auditor", {"organisation_role": "auditor"}),
    ):
        with_account(browser, clinic, name, full, **more)
    body = {"name": "Linus Newcomer", "email": "linus@lab.example", "user_name": "linus"}
    note = {"password": "nine stairs under a violet sky", "note": "I join the lab in March"}
    asked = clinic.context.request.post("/api/v1/registration", data=body | note, headers={"Origin": clinic.url})
    assert asked.ok, asked.text()
    clinic.send("POST", "/invitations", {"name": "Barbara Guest", "email": "barbara@guest.example"})
    clinic.send("POST", "/me/tokens", {"name": "Nightly export", "scopes": ["read"], "days": 90})
    project_id = clinic.project()["project_id"]
    person = clinic.get("/people?q=grace")["items"][0]
    for kind, subject, role in (("group", group["group_id"], "viewer"), ("person", person["person_id"], "editor")):
        clinic.send("PUT", f"/projects/{project_id}/members/{kind}/{subject}", {"role": role})
    return clinic


@pytest.mark.parametrize("size", [DESK, TABLET, TELEPHONE], ids=["desk", "tablet", "telephone"])
def test_pages_of_accounts(
    browser: Browser, admin: Clinic, serious_findings: Callable[[Page], list[str]], size: Size
) -> None:
    width, height = size
    options: dict[str, Any] = {"base_url": admin.url, "has_touch": size != DESK}
    options["viewport"] = {"width": width, "height": height}
    found: dict[str, list[str]] = {}
    outside = browser.new_context(**options)
    inside = browser.new_context(storage_state=admin.context.storage_state(), **options)
    page = outside.new_page()

    def look(name: str, at: Page) -> None:
        # One walk for both appearances: a second one would be taken for somebody who guesses passwords.
        for scheme in ("dark", "light"):
            at.emulate_media(color_scheme=scheme)
            expect(at.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
            at.wait_for_timeout(350)  # what fades in has come
            found[f"{name}, {scheme}"] = serious_findings(at)
        beyond = at.evaluate(BEYOND)
        if beyond > 1:
            found[name] = [f"{beyond} px beyond the window"]

    page.goto("/signin")
    page.get_by_role("link", name="Ask for an account").wait_for()
    look("sign in", page)
    sign_in(page, "grace", "not the password at all")
    page.get_by_role("alert").wait_for()
    look("refused", page)
    page.goto("/register")
    page.get_by_role("textbox", name="Why you need it").wait_for()
    look("register", page)
    link = admin.send("POST", "/invitations", {"name": "Somebody New"})
    page.goto(at_localhost(link["url"]))
    page.get_by_role("textbox", name="Password", exact=True).fill("weak")
    page.get_by_text("Too weak").wait_for()
    look("invitation", page)
    page.goto("about:blank")
    page.goto(f"{admin.url}/link#nothing-like-that")
    page.get_by_role("heading", name="This link has ended").wait_for()
    look("link ended", page)
    sign_in(page, "audrey")
    page.get_by_text("As an auditor").wait_for()
    look("auditor", page)
    own = inside.new_page()
    own.goto("/first-run")
    own.get_by_role("textbox", name="New password").wait_for()
    look("first run", own)
    own.goto("/account")
    own.get_by_role("list", name="Access tokens").wait_for()
    look("account", own)
    own.get_by_role("button", name="Set up an authenticator app").click()
    own.get_by_role("img", name="QR code").wait_for()
    look("authenticator", own)
    own.get_by_role("button", name="New token").click()
    look("new token", own)
    own.keyboard.press("Escape")
    own.goto("/people")
    own.get_by_role("list", name="People").wait_for()
    look("people", own)
    own.get_by_role("button", name="Grace Hopper").click()
    own.get_by_role("dialog", name="Grace Hopper").get_by_role("button", name="Hand over").wait_for()
    look("person", own)
    own.keyboard.press("Escape")
    own.get_by_role("button", name="Invite").click()
    look("invite", own)
    own.get_by_role("button", name="Make the link").click()
    own.get_by_role("textbox", name="Link").wait_for()
    look("link", own)
    own.keyboard.press("Escape")
    own.get_by_role("tab", name="Groups").click()
    own.get_by_role("button", name="Dermatology").click()
    own.get_by_role("list", name="Members of Dermatology").wait_for()
    look("group", own)
    own.keyboard.press("Escape")
    own.get_by_role("tab", name="Open links").click()
    own.get_by_role("list", name="Open links").wait_for()
    look("open links", own)
    project_id = admin.project()["project_id"]
    own.goto(f"/?project={project_id}")
    own.get_by_role("button", name="Project menu").click()
    own.get_by_role("button", name="Members").click()
    dialog = own.get_by_role("dialog", name="Who may see “clinic”")
    dialog.get_by_role("button", name="Change what Grace Hopper may do").click()
    look("members", own)
    dialog.get_by_role("tab", name="Who gets in, and why").click()
    dialog.get_by_role("button", name="Why can Grace Hopper see this?").click()
    expect(dialog.get_by_role("region")).to_contain_text("Grace Hopper")
    look("why", own)
    own.keyboard.press("Escape")
    audrey = admin.get("/people?q=audrey")["items"][0]["person_id"]
    admin.send("DELETE", f"/people/{audrey}/sessions")
    page.get_by_role("button", name="Account of Audrey Auditor").click()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("dialog", name="Your session has ended").wait_for()
    look("session ended", page)
    outside.close()
    inside.close()
    assert {name: findings for name, findings in found.items() if findings} == {}
