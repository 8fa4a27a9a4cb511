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

from .conftest import Stage

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
    sample: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    """The administrator's page, on a server that knows a directory and a second one that is set up wrongly."""
    folder = tmp_path_factory.mktemp("elsewhere")
    slides = folder / "clinic"
    slides.mkdir()
    (slides / "CMU-1-Small-Region.svs").symlink_to(sample("samples/CMU-1-Small-Region.svs"))
    group = directory.group("browser-pathology", directory.person("wilhelmina", "Wilhelmina Fleming"))
    good = {**ldap_table(directory, folder), "groups": [{"external": group, "group": "Pathology"}]}
    bad = ldap_table(directory, folder, name="old", title="Old directory", user_filter="(uid=someone)")
    path = write_identity_file(folder / "identity.toml", good, bad)
    with run_server([slides], data, IDENTITY_FILE=str(path), SETTLE_S="0", POLL_S="1") as address:
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


def test_the_password_of_the_directory_is_the_proof(hers: BrowserContext, data: Path) -> None:
    page = hers.new_page()
    page.goto("/account")
    change(data, "UPDATE session SET proved_at = '2020-01-01 00:00:00.000000'")
    page.get_by_role("button", name="Set up an authenticator app").click()
    dialog = page.get_by_role("dialog", name="Is it still you?")
    for password in ("not hers", PASSWORD):
        dialog.get_by_role("textbox", name="Password", exact=True).fill(password)
        dialog.get_by_role("button", name="Confirm").click()
        if password != PASSWORD:
            expect(dialog.get_by_role("alert")).to_contain_text("That did not fit")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    page.close()


def test_who_is_disabled_there_is_out_here_and_the_view_stays(
    hers: BrowserContext, boss: Page, directory: Directory, data: Path
) -> None:
    admin = api_of(boss)
    admin.until(lambda: [one["state"] for one in admin.get("/slides")["items"]] == ["ready"])
    slide, page = admin.get("/slides")["items"][0], hers.new_page()
    page.goto("/account")
    person_id = api_of(page).get("/me")["person"]["person_id"]
    member = f"/projects/{slide['project_id']}/members/person/{person_id}"
    admin.send("PUT", member, {"role": "viewer", "rights": ["identity"]})
    looking = Stage(page)
    looking.open(slide, "x=1110&y=1480&mpp=1")
    looking.settle()
    before, entry = looking.view(), f"uid=wilhelmina,{PEOPLE}"
    directory.change(entry, shadowExpire="1")
    # Nobody waits a quarter of an hour here.
    change(data, "UPDATE external_identity SET checked_at = '2020-01-01 00:00:00.000000'")
    expect_out(page)
    left, top, width, height = looking.box
    page.mouse.move(left + width / 2, top + height / 2)
    page.mouse.wheel(0, -240)
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(500)
    zoomed = looking.view()
    assert zoomed["resolution"] < before["resolution"]
    assert dialog.get_by_role("textbox", name="User name").input_value() == "wilhelmina"
    come_back(page)
    expect(dialog.get_by_text("The user name or the password is wrong.")).to_be_visible()
    boss.goto("/people")
    row = boss.get_by_role("list", name="People").get_by_role("listitem").filter(has_text="Wilhelmina Fleming")
    expect(row).to_contain_text("Deactivated")
    # Let in again there, she goes on where she was.
    directory.change(entry, shadowExpire=[])
    come_back(page)
    expect(dialog).to_have_count(0)
    looking.settle()
    assert looking.view() == pytest.approx(zoomed, abs=1e-6)
    assert looking.colour(1110, 1480).min() < 240  # tissue, not an empty page


def come_back(page: Page) -> None:
    """Give the password of the directory over the dimmed page."""
    field = page.get_by_role("dialog", name="Your session has ended").get_by_role(
        "textbox", name="Password", exact=True
    )
    field.fill(PASSWORD)
    field.press("Enter")


def change(data: Path, statement: str) -> None:
    """Change what a running server keeps, as time would."""
    with sqlite3.connect(data / "coverslip.db", timeout=30) as database:
        database.execute(statement)
    database.close()


def expect_out(page: Page) -> None:
    """Wait until the session of a page is refused; looking does not keep it alive."""
    until = time.monotonic() + LOOKED_UP_S
    while time.monotonic() < until:
        if page.context.request.get("/api/v1/me", headers={"X-Coverslip-Background": "1"}).status == 401:
            return
        time.sleep(1)
    raise AssertionError("nobody was looked up again")
