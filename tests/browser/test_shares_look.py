"""The pages of share links in both appearances and at three sizes: nothing serious for axe-core, nothing cut off."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.support.accounts import at_localhost
from tests.support.clinic import Clinic
from tests.support.looks import BEYOND, DESK, LOOKS, Size

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def admin(open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with a case of two slides."""
    clinic = open_clinic("S26-1_A1_HE", "S26-1_A2_HE")
    ids = [one["slide_id"] for one in clinic.slides().values()]
    body = {"slide_ids": ids, "project_id": clinic.project()["project_id"]}
    clinic.send("POST", "/slides/move", body | {"case_id": clinic.case("S26-1")["case_id"]})
    return clinic


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_pages_of_share_links(
    browser: Browser,
    admin: Clinic,
    serious_findings: Callable[[Page], list[str]],
    tmp_path: Any,
    scheme: Any,
    size: Size,
) -> None:
    width, height = size
    options: dict[str, Any] = {"base_url": admin.url, "color_scheme": scheme, "has_touch": size != DESK}
    options["viewport"] = {"width": width, "height": height}
    found: dict[str, list[str]] = {}
    outside = browser.new_context(**options)
    inside = browser.new_context(storage_state=admin.context.storage_state(), **options)

    def look(name: str, at: Page) -> None:
        at.wait_for_timeout(350)  # what fades in has come
        at.screenshot(path=tmp_path / f"{name}.png")
        found[name] = serious_findings(at)
        beyond = at.evaluate(BEYOND)
        if beyond > 1:
            found[name].append(f"{beyond} px beyond the window")

    case_id = admin.case("S26-1")["case_id"]
    own = inside.new_page()
    own.goto(f"/?case={case_id}")
    own.get_by_role("group", name="Case").get_by_role("button", name="Share").click()
    dialog = own.get_by_role("dialog", name="Share “S26-1”")
    dialog.get_by_role("textbox", name="For whom").fill("Dr Yolanda van der Tumour-Board")
    dialog.get_by_role("textbox", name="Note").fill("Mrs Erika Mustermann, S26-12345: margins?\nThank you!")
    dialog.get_by_role("checkbox", name="Ask for a password").check()
    dialog.get_by_role("checkbox", name=re.compile("^Watermark")).check()
    dialog.get_by_text("For web pages").click()
    dialog.get_by_text("they would read").wait_for()
    look("new link", own)
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("textbox", name="Password of the link")).to_be_focused()
    look("password missing", own)
    dialog.get_by_role("button", name="Make one up").click()
    dialog.get_by_role("button", name="Make the link").click()
    link = at_localhost(dialog.get_by_role("textbox", name="Link", exact=True).input_value())
    password = dialog.get_by_role("textbox", name="Password", exact=True).input_value()
    look("link made", own)
    dialog.get_by_role("tab", name="Links").click()
    dialog.get_by_role("list", name="Links").wait_for()
    dialog.get_by_role("button", name=re.compile("^Change the link")).first.click()
    look("change link", own)
    own.goto("/shares")
    row = own.get_by_role("list", name="Links").get_by_role("listitem").first
    row.get_by_role("button", name=re.compile("^Withdraw")).click()
    look("all links", own)

    page = outside.new_page()
    page.goto(link)
    field = page.get_by_role("textbox", name="Password", exact=True)
    field.fill("not the password")
    page.get_by_role("button", name="Open slides").click()
    page.get_by_role("alert").wait_for()
    look("door", page)
    field.fill(password)
    page.get_by_role("button", name="Open slides").click()
    page.get_by_role("region", name="What was shared").wait_for()
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Open Slide")).first.wait_for()
    page.wait_for_timeout(1500)
    look("slides", page)
    page.get_by_role("link", name=re.compile("^Open Slide")).first.click()
    page.get_by_role("application").wait_for()
    page.wait_for_timeout(2000)
    look("slide", page)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("dialog").wait_for()
    look("done", page)
    page.keyboard.press("Escape")
    row.get_by_role("group").get_by_role("button", name="Withdraw the link").click()
    page.get_by_role("dialog", name="This link has ended").wait_for()
    look("ended meanwhile", page)
    page.goto(link)
    page.get_by_role("button", name="Request more time").click()
    look("ended", page)
    page.goto("/share/nothing-like-that")
    page.get_by_role("heading", name="Nobody knows this link").wait_for()
    look("unknown", page)
    outside.close()
    inside.close()
    assert {name: findings for name, findings in found.items() if findings} == {}
