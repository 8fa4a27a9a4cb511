"""People of a directory sign in as anybody; an administrator sees why or why not; who is disabled there is out."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from tests.support.accounts import api_of, first_in, sign_in
from tests.support.directory import PASSWORD, PEOPLE, Directory, ldap_table, write_identity_file

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1440, "height": 900}
LOOKED_UP_S = 120


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere-data")


@pytest.fixture(scope="module")
def boss(
    browser: Browser,
    run_server: Callable[..., Any],
    directory: Directory,
    data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    """The administrator's page, on a server that knows a directory and a second one that is set up wrongly."""
    folder = tmp_path_factory.mktemp("elsewhere")
    group = directory.group("browser-pathology", directory.person("wilhelmina", "Wilhelmina Fleming"))
    good = {**ldap_table(directory, folder), "groups": [{"external": group, "group": "Pathology"}]}
    bad = ldap_table(directory, folder, name="old", title="Old directory", user_filter="(uid=someone)")
    path = write_identity_file(folder / "identity.toml", good, bad)
    with run_server([], data, IDENTITY_FILE=str(path)) as address:
        context = first_in(browser, address, viewport=DESK)
        page = context.new_page()
        page.goto("/people")
        yield page
        context.close()


@pytest.fixture(scope="module")
def hers(browser: Browser, boss: Page) -> Iterator[BrowserContext]:
    """The machine of somebody in the directory."""
    context = browser.new_context(base_url=api_of(boss).url, viewport=DESK)
    yield context
    context.close()


def test_the_page_says_what_works_and_what_does_not(boss: Page) -> None:
    boss.goto("/people")
    boss.get_by_role("tab", name="Sign-in").click()
    listed = boss.get_by_role("list", name="Sign-in").get_by_role("listitem")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("Clinic account")
    expect(listed.first).to_contain_text("Set up")
    expect(listed.first).to_contain_text("Group Pathology")
    expect(listed.last).to_contain_text("Cannot be used")
    expect(listed.last).to_contain_text('[[ldap]] "old": user_filter has no {user_name}: (uid=someone).')


def test_the_test_button_shows_every_step(boss: Page) -> None:
    boss.get_by_role("button", name="Test Clinic account").click()
    dialog = boss.get_by_role("dialog", name="Test of Clinic account")
    dialog.get_by_role("textbox", name="User name").fill("wilhelmina")
    dialog.get_by_role("button", name="Run the test").click()
    steps = dialog.get_by_role("list", name="Steps")
    expect(steps).to_contain_text(f"uid=wilhelmina,{PEOPLE}")
    expect(dialog.get_by_text("Every step passed.")).to_be_visible()
    assert [one.split("\n")[0] for one in steps.get_by_role("listitem").all_inner_texts()][:4] == [
        "Connect",
        "TLS",
        "Bind",
        "Filter",
    ]
    expect(steps).to_contain_text("Pathology")
    dialog.get_by_role("textbox", name="Password").fill("not hers")
    dialog.get_by_role("button", name="Run the test").click()
    expect(dialog.get_by_text("It stops here.")).to_be_visible()
    expect(steps.get_by_role("listitem").last).to_contain_text("the directory does not take this password.")
    boss.keyboard.press("Escape")


def test_somebody_of_the_directory_signs_in_with_the_same_two_fields(hers: BrowserContext) -> None:
    page = hers.new_page()
    page.goto("/signin")
    expect(page.get_by_text("Use your Clinic account, or an account of this Coverslip.")).to_be_visible()
    sign_in(page, "wilhelmina", "not hers")
    expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    sign_in(page, "wilhelmina", PASSWORD)
    expect(page.get_by_role("heading", name="Nobody has given you a project yet")).to_be_visible()
    me = api_of(page).get("/me")
    assert (me["person"]["name"], [one["name"] for one in me["groups"]]) == ("Wilhelmina Fleming", ["Pathology"])
    page.goto("/account")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    expect(page.get_by_role("heading", name="Password", exact=True)).to_have_count(0)


def test_who_is_disabled_there_is_out_here(hers: BrowserContext, boss: Page, directory: Directory, data: Path) -> None:
    page = hers.new_page()
    page.goto("/account")
    expect(page.get_by_text("You sign in as wilhelmina")).to_be_visible()
    directory.change(f"uid=wilhelmina,{PEOPLE}", shadowExpire="1")
    with sqlite3.connect(data / "coverslip.db", timeout=30) as database:  # nobody waits a quarter of an hour here
        database.execute("UPDATE external_identity SET checked_at = '2020-01-01 00:00:00.000000'")
    database.close()
    expect_out(page)
    sign_in(page, "wilhelmina", PASSWORD)
    expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    boss.get_by_role("tab", name="People").click()
    row = boss.get_by_role("list", name="People").get_by_role("listitem").filter(has_text="Wilhelmina Fleming")
    expect(row).to_contain_text("Deactivated")


def expect_out(page: Page) -> None:
    """Wait until the session of a page is refused; looking does not keep it alive."""
    until = time.monotonic() + LOOKED_UP_S
    while time.monotonic() < until:
        if page.context.request.get("/api/v1/me", headers={"X-Coverslip-Background": "1"}).status == 401:
            return
        time.sleep(1)
    raise AssertionError("nobody was looked up again")
