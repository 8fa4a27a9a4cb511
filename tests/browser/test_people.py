"""Colleagues: invited, edited, put in groups, let in, handed over, deactivated.

The tests of this module are chapters of one story on one server, in order.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from tests.support.accounts import PASSWORD, api_of, at_localhost, first_in, sign_in, signed_in_as

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1440, "height": 900}
NEW_PASSWORD = "nine stairs under a violet sky"


@pytest.fixture(scope="module")
def boss(browser: Browser, run_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The administrator's page, on a server where people may ask for an account."""
    with run_server([], tmp_path_factory.mktemp("people-data"), REGISTRATION="approval") as address:
        context = first_in(browser, address, viewport=DESK)
        page = context.new_page()
        page.goto("/")
        api_of(page).send("PATCH", "/me", {"name": "Ada Boss", "email": "ada@lab.example"})
        yield page
        context.close()


@pytest.fixture
def anybody(browser: Browser, boss: Page) -> Iterator[Callable[[], Page]]:
    """Further people at machines of their own."""
    made: list[BrowserContext] = []

    def come() -> Page:
        made.append(browser.new_context(base_url=api_of(boss).url, viewport=DESK))
        return made[-1].new_page()

    yield come
    for context in made:
        context.close()


def test_a_colleague_comes_by_invitation_and_is_told_whom_to_ask(boss: Page, anybody: Callable[[], Page]) -> None:
    boss.goto("/people")
    boss.get_by_role("button", name="Invite").click()
    dialog = boss.get_by_role("dialog", name="Invite somebody")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("Grace Colleague")
    dialog.get_by_role("button", name="Make the link").click()
    link = boss.get_by_role("textbox", name="Link").input_value()
    boss.get_by_role("button", name="Done").click()
    boss.get_by_role("tab", name="Open links").click()
    expect(boss.get_by_role("list", name="Open links")).to_contain_text("Grace Colleague")
    page = anybody()
    page.goto(at_localhost(link))
    expect(page.get_by_role("heading", name="Welcome to Coverslip")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Ada Boss invites you")
    # The token does not stay in the address.
    assert page.url.endswith("/link")
    page.get_by_role("textbox", name="User name").fill("grace")
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Nobody has given you a project yet")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Ada Boss")
    expect(page.get_by_role("link", name="ada@lab.example")).to_have_attribute("href", "mailto:ada@lab.example")
    person = api_of(page).get("/me")["person"]
    assert (person["user_name"], person["name"], person["organisation_role"]) == ("grace", "Grace Colleague", None)
    # Used up: for anybody else it says so.
    other = anybody()
    other.goto(at_localhost(link))
    expect(other.get_by_role("heading", name="This link has ended")).to_be_visible()
    page.goto("/people")
    expect(page.get_by_role("main")).to_contain_text("Only administrators")


def test_a_person_is_edited_reset_and_put_in_a_group(boss: Page, anybody: Callable[[], Page]) -> None:
    boss.goto("/people")
    boss.get_by_role("tab", name="Groups").click()
    boss.get_by_role("button", name="New group").click()
    boss.get_by_role("dialog").get_by_role("textbox", name="Name of the group").fill("Dermatology")
    boss.get_by_role("button", name="Create group").click()
    group = boss.get_by_role("dialog", name="Dermatology")
    finder = group.get_by_role("combobox", name="Add a person")
    finder.press_sequentially("gra")
    expect(group.get_by_role("option")).to_have_count(1)
    finder.press("Enter")
    expect(group.get_by_role("list", name="Members of Dermatology")).to_contain_text("Grace Colleague")
    group.get_by_role("button", name="Close").click()
    expect(boss.get_by_role("list", name="Groups")).to_contain_text("One member")
    boss.get_by_role("tab", name="People").click()
    boss.get_by_role("button", name=re.compile("^Grace Colleague")).click()
    dialog = boss.get_by_role("dialog", name="Grace Colleague")
    expect(dialog.get_by_role("list", name="Groups")).to_contain_text("Dermatology")
    dialog.get_by_role("combobox", name="Role in the organisation").select_option("auditor")
    dialog.get_by_role("textbox", name="Mail address").fill("grace@lab.example")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    api = api_of(boss)
    row = next(one for one in api.get("/people?q=grace")["items"] if one["user_name"] == "grace")
    assert (row["organisation_role"], row["email"]) == ("auditor", "grace@lab.example")
    assert [one["name"] for one in row["groups"]] == ["Dermatology"]
    dialog.get_by_role("combobox", name="Role in the organisation").select_option("")
    dialog.get_by_role("button", name="Save").click()
    api.until(lambda: api.get(f"/people/{row['person_id']}")["organisation_role"] is None)
    dialog.get_by_role("button", name="Password link").click()
    link = dialog.get_by_role("textbox", name="Link").input_value()
    page = anybody()
    page.goto(at_localhost(link))
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    assert page.get_by_role("textbox", name="User name").input_value() == "grace"
    page.get_by_role("textbox", name="New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password and sign in").click()
    signed_in_as(page, "Grace Colleague")


def test_whoever_asks_for_an_account_is_let_in_by_an_administrator(boss: Page, anybody: Callable[[], Page]) -> None:
    page = anybody()
    page.goto("/signin")
    page.get_by_role("link", name="Ask for an account").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Linus Newcomer")
    page.get_by_role("textbox", name="Mail address").fill("linus@lab.example")
    page.get_by_role("textbox", name="User name").fill("linus")
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name="Why you need it").fill("I join the lab")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", name="You asked for an account")).to_be_visible()
    sign_in(page, "linus")
    expect(page.get_by_role("alert")).to_be_visible()
    boss.goto("/people")
    boss.get_by_text("One person waits for approval.").wait_for()
    boss.get_by_role("button", name="Show", exact=True).click()
    boss.get_by_role("button", name=re.compile("^Linus Newcomer")).click()
    dialog = boss.get_by_role("dialog", name="Linus Newcomer")
    expect(dialog).to_contain_text("I join the lab")
    dialog.get_by_role("button", name="Let in").click()
    expect(dialog).to_contain_text("They can sign in now.")
    sign_in(page, "linus")
    signed_in_as(page, "Linus Newcomer")


def test_what_somebody_owns_is_handed_over(boss: Page, anybody: Callable[[], Page]) -> None:
    page = anybody()
    sign_in(page, "linus")
    signed_in_as(page, "Linus Newcomer")
    linus = api_of(page)
    linus.send("POST", "/views", {"name": "My view", "query": {"q": "liver"}, "columns": []})
    api = api_of(boss)
    person = api.get("/people?q=linus")["items"][0]
    owned = {one["kind"]: one["count"] for one in api.get(f"/people/{person['person_id']}/owned")["items"]}
    boss.goto("/people")
    boss.get_by_role("button", name=re.compile("^Linus Newcomer")).click()
    dialog = boss.get_by_role("dialog", name="Linus Newcomer")
    dialog.get_by_role("button", name="Hand over").click()
    finder = dialog.get_by_role("combobox", name="To whom?")
    finder.press_sequentially("Grace")
    dialog.get_by_role("option", name=re.compile("Grace")).click()
    expect(dialog).to_contain_text("All of it goes from Linus Newcomer to Grace Colleague.")
    dialog.get_by_role("button", name="Hand over").click()
    expect(dialog).to_contain_text("Handed over to Grace Colleague")
    left = {one["kind"]: one["count"] for one in api.get(f"/people/{person['person_id']}/owned")["items"]}
    assert sum(owned.values()) > 0
    assert sum(left.values()) == 0


def test_whoever_is_deactivated_is_out_at_once(boss: Page, anybody: Callable[[], Page]) -> None:
    page = anybody()
    sign_in(page, "linus")
    signed_in_as(page, "Linus Newcomer")
    boss.goto("/people")
    boss.get_by_role("button", name=re.compile("^Linus Newcomer")).click()
    dialog = boss.get_by_role("dialog", name="Linus Newcomer")
    dialog.get_by_role("button", name="Deactivate").click()
    question = dialog.get_by_role("alertdialog")
    expect(question).to_contain_text("Sessions and tokens end at once")
    question.get_by_role("button", name="Deactivate").click()
    expect(dialog).to_contain_text("The account is deactivated.")
    assert page.request.get("/api/v1/session").status == 401
    sign_in(page, "linus")
    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    person = api_of(boss).get("/people?q=linus")["items"][0]
    assert person["state"] == "deactivated"
