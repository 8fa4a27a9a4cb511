"""Who may see what: a manager gives, overrides and takes away, and sees why somebody gets in.

The tests of this module are chapters of one story on one server, in order.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.support.accounts import Account, sign_in, signed_in_as, with_account
from tests.support.clinic import Clinic

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1440, "height": 900}
WITHIN_S = 8
"""A change holds after five seconds; the rest is for a busy machine."""


@pytest.fixture(scope="module")
def admin(open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with one slide in a case, and its administrator's API."""
    clinic = open_clinic("CMU-1-Small-Region", viewport=DESK)
    case_id = clinic.case("S26-1")["case_id"]
    slide_id = clinic.get("/slides")["items"][0]["slide_id"]
    project_id = clinic.project()["project_id"]
    body = {"slide_ids": [slide_id], "project_id": project_id, "case_id": case_id}
    clinic.send("POST", "/slides/move", body)
    return clinic


@pytest.fixture(scope="module")
def grace(browser: Browser, admin: Clinic) -> Account:
    return with_account(browser, admin, "grace", "Grace Reader")


@pytest.fixture(scope="module")
def linus(browser: Browser, admin: Clinic) -> Account:
    group = admin.send("POST", "/groups", {"name": "Dermatology"})
    return with_account(browser, admin, "linus", "Linus Member", group_ids=[group["group_id"]])


@pytest.fixture(scope="module")
def boss(admin: Clinic) -> Page:
    return admin_page(admin)


def admin_page(admin: Clinic) -> Page:
    """A page in the administrator's browser."""
    return admin.context.new_page()


@pytest.fixture
def reader(browser: Browser, admin: Clinic, grace: Account) -> Iterator[Page]:
    context = browser.new_context(base_url=admin.url, viewport=DESK)
    page = context.new_page()
    sign_in(page, grace.user_name)
    signed_in_as(page, grace.name)
    yield page
    context.close()


def members(admin: Clinic, kind: str, object_id: str) -> dict[str, Any]:
    """The entries of a place by the name of whom they are about."""
    found = admin.get(f"/{kind}s/{object_id}/members")["items"]
    return {one["subject"]["name"]: one for one in found if one["here"]}


def open_project(page: Page) -> Any:
    page.goto("/")
    page.get_by_role("treeitem", name=re.compile("^clinic")).click()
    page.get_by_role("button", name="Project menu").click()
    page.get_by_role("button", name="Members").click()
    return page.get_by_role("dialog", name="Who may see “clinic”")


def give(dialog: Any, words: str, role: str) -> None:
    """Find somebody by keys, choose a role by mouse, and add."""
    finder = dialog.get_by_role("combobox", name="Add a person or a group")
    finder.press_sequentially(words)
    expect(dialog.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    finder.press("Enter")
    dialog.get_by_role("radio", name=re.compile(f"^{role}")).check()
    dialog.get_by_role("button", name="Add", exact=True).click()


def soon(holds: Callable[[], bool]) -> None:
    """Wait for what a change of permission promises."""
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end, "it did not take effect in time"
        time.sleep(0.1)


def test_without_an_entry_nobody_sees_anything(reader: Page) -> None:
    expect(reader.get_by_role("heading", name="Nobody has given you a project yet")).to_be_visible()


def test_a_manager_gives_a_role_said_in_words(boss: Page, admin: Clinic, reader: Page, grace: Account) -> None:
    dialog = open_project(boss)
    give(dialog, "gra", "Annotator")
    row = dialog.get_by_role("list", name="Of this project").get_by_role("listitem")
    expect(row).to_contain_text("Grace Reader")
    expect(row).to_contain_text("Annotator")
    project_id = admin.project()["project_id"]
    entry = members(admin, "project", project_id)["Grace Reader"]
    assert (entry["role"], entry["rights"]) == ("annotator", ["identity"])
    soon(lambda: len(reader.request.get("/api/v1/slides").json()["items"]) == 1)
    reader.goto("/")
    expect(reader.get_by_role("article")).to_have_count(1)


def test_rights_are_ticked_one_by_one(boss: Page, admin: Clinic, reader: Page) -> None:
    dialog = open_project(boss)
    dialog.get_by_role("button", name="Change what Grace Reader may do").click()
    download = dialog.get_by_role("checkbox", name=re.compile("^Download originals"))
    identity = dialog.get_by_role("checkbox", name=re.compile("^See identity"))
    assert (identity.is_checked(), download.is_checked()) == (True, False)
    identity.uncheck()
    download.check()
    # An original carries its label: the one comes with the other.
    assert identity.is_checked()
    dialog.get_by_role("button", name="Save").click()
    project_id = admin.project()["project_id"]
    expect(dialog.get_by_role("list", name="Of this project")).to_contain_text("downloads originals")
    assert sorted(members(admin, "project", project_id)["Grace Reader"]["rights"]) == ["download", "identity"]
    slide_id = admin.get("/slides")["items"][0]["slide_id"]
    soon(lambda: reader.request.get(f"/api/v1/slides/{slide_id}/download").ok)


def test_a_group_gets_in_as_one(boss: Page, admin: Clinic, browser: Browser, linus: Account) -> None:
    dialog = open_project(boss)
    give(dialog, "derm", "Viewer")
    expect(dialog.get_by_role("list", name="Of this project")).to_contain_text("Dermatology")
    context = browser.new_context(base_url=admin.url, viewport=DESK)
    page = context.new_page()
    sign_in(page, linus.user_name)
    signed_in_as(page, linus.name)
    soon(lambda: len(page.request.get("/api/v1/slides").json()["items"]) == 1)
    # A viewer without the right to see identity meets no name.
    page.goto("/")
    expect(page.get_by_role("article")).to_have_count(1)
    assert "CMU-1" not in page.content()
    context.close()


def test_why_somebody_gets_in_is_said_in_words(boss: Page, admin: Clinic, grace: Account, linus: Account) -> None:
    dialog = open_project(boss)
    dialog.get_by_role("button", name="Why can Grace Reader see this?").click()
    project_id = admin.project()["project_id"]
    for account in (grace, linus):
        said = admin.get(f"/projects/{project_id}/members/explain?person_id={account.person_id}")
        answer = dialog.get_by_role("region", name=f"Why can {account.name} see this, or why not?")
        expect(answer).to_contain_text(said["summary"])
        for step in said["steps"]:
            expect(answer).to_contain_text(step["text"])
        if account is grace:
            finder = dialog.get_by_role("combobox", name="Ask about a person")
            finder.press_sequentially("lin")
            expect(dialog.get_by_role("listbox").get_by_role("option")).to_have_count(1)
            finder.press("Enter")
    dialog.get_by_role("button", name="Everybody who gets in").click()
    shown = dialog.get_by_role("list", name="Who gets in, and why").get_by_role("listitem")
    expected = admin.get(f"/projects/{project_id}/members/effective")["items"]
    expect(shown).to_have_count(len(expected))
    for one in expected:
        expect(shown.filter(has_text=one["subject"]["name"])).to_contain_text(one["explained"])


def test_a_case_overrides_its_project(boss: Page, admin: Clinic, reader: Page) -> None:
    boss.goto("/")
    case_id = admin.case("S26-1")["case_id"]
    boss.goto(f"/?case={case_id}")
    boss.get_by_role("group", name="Case").get_by_role("button", name="Members").click()
    dialog = boss.get_by_role("dialog", name="Who may see “S26-1”")
    above = dialog.get_by_role("list", name="From above")
    expect(above).to_contain_text("from “clinic”")
    dialog.get_by_role("button", name="Give Grace Reader something else here").click()
    dialog.get_by_role("radio", name=re.compile("^No access")).check()
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_role("list", name="Of this case")).to_contain_text("No access")
    assert members(admin, "case", case_id)["Grace Reader"]["role"] == "none"
    soon(lambda: reader.request.get("/api/v1/slides").json()["items"] == [])
    # Back to what the project says.
    dialog.get_by_role("button", name="Change what Grace Reader may do").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_role("list", name="Of this case")).to_have_count(0)
    soon(lambda: len(reader.request.get("/api/v1/slides").json()["items"]) == 1)


def test_a_slide_has_members_of_its_own(boss: Page, admin: Clinic) -> None:
    slide_id = admin.get("/slides")["items"][0]["slide_id"]
    boss.goto("/")
    boss.get_by_role("button", name="Details of").first.click()
    boss.get_by_role("complementary", name="Details").get_by_role("button", name="Members").click()
    dialog = boss.get_by_role("dialog", name=re.compile("^Who may see"))
    give(dialog, "gra", "Editor")
    expect(dialog.get_by_role("list", name="Of this slide")).to_contain_text("Editor")
    assert members(admin, "slide", slide_id)["Grace Reader"]["role"] == "editor"


def test_a_project_opens_to_everybody_who_is_signed_in(boss: Page, admin: Clinic, browser: Browser) -> None:
    stranger = with_account(browser, admin, "zoe", "Zoe Stranger")
    context = browser.new_context(base_url=admin.url, viewport=DESK)
    page = context.new_page()
    sign_in(page, stranger.user_name)
    expect(page.get_by_role("heading", name="Nobody has given you a project yet")).to_be_visible()
    dialog = open_project(boss)
    everybody = dialog.get_by_role("combobox", name="Everybody else")
    choices = everybody.get_by_role("option")
    expect(choices).to_have_text(["Not decided here (private)", "Private", "Everybody who is signed in"])
    everybody.select_option("signed_in")
    expect(dialog).to_contain_text("Everybody with an account may look")
    project = admin.project()
    assert project["visibility"] == "signed_in"
    soon(lambda: len(page.request.get("/api/v1/slides").json()["items"]) == 1)
    everybody.select_option("private")
    expect(dialog).to_contain_text("Only members see this project.")
    soon(lambda: page.request.get("/api/v1/slides").json()["items"] == [])
    context.close()


def test_whoever_is_taken_out_loses_the_slide(boss: Page, admin: Clinic, reader: Page) -> None:
    slide_id = admin.get("/slides")["items"][0]["slide_id"]
    for kind, object_id in (("project", admin.project()["project_id"]), ("slide", slide_id)):
        subject = members(admin, kind, object_id)["Grace Reader"]["subject"]["subject_id"]
        admin.send("DELETE", f"/{kind}s/{object_id}/members/person/{subject}")
    soon(lambda: reader.request.get(f"/api/v1/slides/{slide_id}").status == 404)
    reader.goto("/")
    expect(reader.get_by_role("heading", name="Nobody has given you a project yet")).to_be_visible()
