"""Share links: a sender makes one by mouse, and a stranger with a tablet opens it.

The tests of this module are chapters of one story on one server, in order.
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.support.accounts import at_localhost
from tests.support.clinic import Clinic
from tests.support.links import (
    CASE,
    DESK,
    ENDS_WITHIN_S,
    NAMES,
    NOTE,
    RECIPIENT,
    VIEW,
    Shared,
    X,
    Y,
    facts,
    made_by_api,
    open_link,
    stranger,
)

from .conftest import Stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def admin(open_clinic: Callable[..., Clinic]) -> Clinic:
    """A server with a case of two slides and one slide beside it, and its administrator's API."""
    clinic = open_clinic(*NAMES, viewport=DESK)
    case_id = clinic.case(CASE)["case_id"]
    ids = [one["slide_id"] for name, one in clinic.slides().items() if name.startswith(CASE)]
    body = {"slide_ids": ids, "project_id": clinic.project()["project_id"], "case_id": case_id}
    clinic.send("POST", "/slides/move", body)
    return clinic


@pytest.fixture(scope="module")
def boss(admin: Clinic) -> Page:
    """A page of the sender."""
    return admin.context.new_page()


@pytest.fixture(scope="module")
def guest(browser: Browser, admin: Clinic) -> Iterator[Page]:
    context = stranger(browser, admin)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def link(admin: Clinic, boss: Page) -> Shared:
    """A link to one slide, made in the viewer by mouse, with what the sender sees as its beginning."""
    slide = admin.slides()[NAMES[0]]
    Stage(boss).open(slide, VIEW)
    boss.get_by_role("application").click(button="right", position={"x": 300, "y": 300})
    boss.get_by_role("menuitem", name="Share …").click()
    dialog = boss.get_by_role("dialog", name=f"Share “{NAMES[0]}”")
    dialog.get_by_role("textbox", name="For whom").fill(RECIPIENT)
    dialog.get_by_role("textbox", name="Note").fill(NOTE)
    dialog.get_by_role("radio", name="1 day", exact=True).check()
    dialog.get_by_role("button", name="Make the link").click()
    url = dialog.get_by_role("textbox", name="Link", exact=True).input_value()
    dialog.get_by_role("button", name="Done").click()
    made = admin.get(f"/shares?object_id={slide['slide_id']}&state=active")["items"]
    assert [(one["recipient"], one["note"]) for one in made] == [(RECIPIENT, NOTE)]
    return Shared(at_localhost(url), made[0]["share_id"])


def test_looking_at_the_page_of_a_link_counts_nothing(admin: Clinic, link: Shared, guest: Page) -> None:
    for _ in range(3):
        guest.goto(link.url)
        expect(guest.get_by_role("heading", name=re.compile("shares slides with you"))).to_be_visible()
    expect(guest.get_by_text(f"For {RECIPIENT}")).to_be_visible()
    expect(guest.get_by_text(NOTE)).to_be_visible()
    expect(guest.get_by_text("One slide")).to_be_visible()
    assert guest.title() == "Coverslip"
    assert NAMES[0] not in guest.content()
    said = facts(admin, link)
    assert (said["opens"], said["last_seen_at"]) == (0, None)
    # The end is said in the reader's own time, with its name.
    end = guest.evaluate(
        """(iso) => new Intl.DateTimeFormat(navigator.language, { day: 'numeric', month: 'short', year: 'numeric',
        hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }).format(new Date(iso))""",
        said["expires_at"],
    )
    expect(guest.get_by_role("definition").filter(has_text=end)).to_be_visible()


def test_a_stranger_sees_the_pixels_where_the_sender_was(
    admin: Clinic, link: Shared, guest: Page, sample: Callable[[str], Any]
) -> None:
    guest.goto(link.url)
    guest.get_by_role("button", name="Open slides").tap()
    guest.wait_for_url(re.compile(r"/slides/"))
    stage = Stage(guest)
    stage.slide = admin.get(f"/slides/{admin.slides()[NAMES[0]]['slide_id']}")
    stage.settle()
    assert link.token not in guest.url
    assert guest.evaluate("() => history.length") <= 3
    assert stage.view()["x"] == X
    assert stage.view()["y"] == Y
    assert abs(stage.view()["resolution"] - 1) < 0.01
    with tifffile.TiffFile(sample("samples/CMU-1-Small-Region.svs")) as file:
        pixels = file.pages[0].asarray()
    for x, y in ((X, Y), (X - 150, Y + 200), (X + 200, Y - 250)):
        meant = pixels[y - 8 : y + 8, x - 8 : x + 8].reshape(-1, 3).mean(axis=0)
        assert np.abs(stage.colour(x, y) - meant).max() < 6, (x, y)
    assert facts(admin, link)["opens"] == 1


def test_a_guest_meets_nothing_of_the_house(admin: Clinic, guest: Page) -> None:
    for name in ("Account of", "Project menu", "Label and macro", "Bookmarks", "Share"):
        expect(guest.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)
    expect(guest.get_by_role("link", name="All slides")).to_have_count(0)
    assert guest.title() == "Coverslip"
    content = guest.content()
    assert not [name for name in (*NAMES, CASE, "clinic") if name in content]
    expect(guest.get_by_role("heading", level=1)).to_have_text("Slide 1")


def test_a_guest_reaches_no_other_slide(admin: Clinic, guest: Page) -> None:
    other = admin.slides()[NAMES[2]]["slide_id"]
    assert [one["name"] for one in guest.request.get("/api/v1/slides").json()["items"]] == ["Slide 1"]
    for path in (f"/slides/{other}", f"/slides/{other}/thumbnail", f"/slides/{other}/tiles/0/0/0"):
        assert guest.request.get(f"/api/v1{path}").status == 404
    guest.goto(f"/slides/{other}")
    expect(guest.get_by_role("alert")).to_be_visible()
    expect(guest.get_by_role("application")).to_have_count(0)
    for path in ("/people", "/audit", "/shares", "/account", "/trash"):
        guest.goto(path)
        # Back to what was shared.
        guest.wait_for_url(re.compile(r"/slides/"))


def test_done_is_told_to_the_sender(admin: Clinic, link: Shared, guest: Page, boss: Page) -> None:
    guest.get_by_role("button", name="Done").tap()
    dialog = guest.get_by_role("dialog", name=re.compile("that you are done$"))
    dialog.get_by_role("textbox", name="Message").fill("I agree with you.")
    dialog.get_by_role("button", name="Tell them").tap()
    expect(dialog.get_by_role("status")).to_contain_text("knows that you are done")
    dialog.get_by_role("button", name="Close", exact=True).last.tap()
    boss.goto("/")
    expect(boss.get_by_text(f"{RECIPIENT} is done with “{NAMES[0]}”.")).to_be_visible()
    boss.get_by_role("link", name="Show", exact=True).click()
    row = boss.get_by_role("list", name="Links").get_by_role("listitem").filter(has_text=RECIPIENT)
    expect(row).to_contain_text("I agree with you.")
    expect(row).to_contain_text("opened once")
    expect(row).to_contain_text("last seen")
    assert facts(admin, link)["done_at"] is not None


def test_a_withdrawn_link_ends_on_the_screen(admin: Clinic, link: Shared, guest: Page, boss: Page) -> None:
    guest.bring_to_front()
    row = boss.get_by_role("list", name="Links").get_by_role("listitem").filter(has_text=RECIPIENT)
    row.get_by_role("button", name=f"Withdraw the link for {RECIPIENT}").click()
    sure = row.get_by_role("group", name=f"Withdraw the link for {RECIPIENT}")
    expect(sure).to_contain_text("It cannot be opened again.")
    sure.get_by_role("button", name="Withdraw the link").click()
    began = time.monotonic()
    over = guest.get_by_role("dialog", name="This link has ended")
    over.wait_for(timeout=ENDS_WITHIN_S * 1000)
    assert time.monotonic() - began < ENDS_WITHIN_S
    expect(row).to_have_count(0)
    assert facts(admin, link)["ended_why"] == "revoked"


def test_after_the_end_one_can_ask_for_more_time(admin: Clinic, link: Shared, guest: Page, boss: Page) -> None:
    guest.goto(link.url)
    ended = guest.get_by_role("main")
    expect(ended).to_contain_text(re.compile(r"This link ended on .*\d{4}.*\. Ask .*\."))
    ended.get_by_role("button", name="Request more time").tap()
    ended.get_by_role("textbox", name="Your message").fill("One more day, please.")
    ended.get_by_role("button", name="Send the request").tap()
    expect(ended.get_by_role("status")).to_contain_text("you ask for more time")
    boss.get_by_role("radio", name="Ended").check()
    row = boss.get_by_role("list", name="Links").get_by_role("listitem").filter(has_text=RECIPIENT)
    expect(row).to_contain_text("One more day, please.")


def test_an_unknown_link_says_so(admin: Clinic, link: Shared, guest: Page) -> None:
    guest.goto(link.url[:-4] + "AAAA")
    expect(guest.get_by_role("heading", name="Nobody knows this link")).to_be_visible()


def test_a_password_and_the_tries_that_are_left(browser: Browser, admin: Clinic, boss: Page) -> None:
    boss.goto(f"/?case={admin.case(CASE)['case_id']}")
    boss.get_by_role("group", name="Case").get_by_role("button", name="Share").click()
    dialog = boss.get_by_role("dialog", name=f"Share “{CASE}”")
    dialog.get_by_role("textbox", name="For whom").fill("Board")
    dialog.get_by_role("checkbox", name="Ask for a password").check()
    dialog.get_by_role("button", name="Make one up").click()
    dialog.get_by_role("button", name="Make the link").click()
    url = at_localhost(dialog.get_by_role("textbox", name="Link", exact=True).input_value())
    password = dialog.get_by_role("textbox", name="Password", exact=True).input_value()
    context = stranger(browser, admin)
    page = context.new_page()
    page.goto(url)
    field = page.get_by_role("textbox", name="Password", exact=True)
    left = []
    for _ in range(2):
        field.fill("not the password")
        page.get_by_role("button", name="Open slides").tap()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("That is not the password")
        left.append(int(re.findall(r"(\d+) more tries", alert.inner_text())[0]))
        expect(page.get_by_role("button", name="Open slides")).to_be_enabled()
    assert left[1] == left[0] - 1
    field.fill(password)
    page.get_by_role("button", name="Open slides").tap()
    # A case: its slides in the sender's order, from which one opens each.
    page.get_by_role("region", name="What was shared").wait_for()
    page.goto("/")
    cards = page.get_by_role("link", name=re.compile("^Open Slide"))
    expect(cards).to_have_count(2)
    cards.nth(1).tap()
    page.wait_for_url(re.compile(r"/slides/"))
    expect(page.get_by_role("application")).to_be_visible()
    expect(page.get_by_role("link", name="All slides")).to_be_visible()
    context.close()


def test_a_link_is_changed(admin: Clinic, boss: Page) -> None:
    link = made_by_api(admin, recipient="Dr Change", password="eight signs and more")
    before = facts(admin, link)
    boss.goto("/shares")
    row = boss.get_by_role("list", name="Links").get_by_role("listitem").filter(has_text="Dr Change")
    row.get_by_role("button", name="Change the link for Dr Change").click()
    change = row.get_by_role("form", name="Change the link for Dr Change")
    change.get_by_role("textbox", name="Note").fill("Another note")
    change.get_by_role("textbox", name="Most openings").fill("many")
    change.get_by_role("button", name="Save").click()
    expect(change).to_contain_text("Enter a whole number")
    change.get_by_role("textbox", name="Most openings").fill("2")
    change.get_by_role("checkbox", name="Watermark").check()
    change.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("opened 0 of 2 times")
    changed = facts(admin, link)
    assert (changed["note"], changed["maximum_opens"], changed["watermark"]) == ("Another note", 2, True)
    # What nobody touched is as it was.
    kept = ("expires_at", "has_password", "may", "identity", "origins")
    assert [changed[name] for name in kept] == [before[name] for name in kept]


def test_a_link_that_is_used_up_says_so(browser: Browser, admin: Clinic) -> None:
    link = made_by_api(admin, maximum_opens=1)
    for time_of in ("first", "second"):
        context = stranger(browser, admin)
        page = context.new_page()
        if time_of == "first":
            open_link(page, link)
        else:
            page.goto(link.url)
            expect(page.get_by_role("main")).to_contain_text("opened as often as it may be")
        context.close()


@contextlib.contextmanager
def page_with_frame(address: str) -> Iterator[str]:
    """Serve a page of somebody else that shows an address in a frame; gives its origin."""
    body = f'<!doctype html><iframe title="Board" src="{address}" width="800" height="900"></iframe>'.encode()

    class Board(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Board) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_only_a_listed_page_shows_a_link_in_its_frame(browser: Browser, admin: Clinic) -> None:
    link = made_by_api(admin)
    context = stranger(browser, admin)
    with page_with_frame(link.url) as listed, page_with_frame(link.url) as other:
        admin.send("PATCH", f"/shares/{link.share_id}", {"origins": [listed]})
        page = context.new_page()
        page.goto(listed)
        inside = page.frame_locator("iframe")
        inside.get_by_role("button", name="Open slides").tap()
        expect(inside.get_by_role("application")).to_be_visible()
        page.goto(other)
        page.wait_for_timeout(1500)
        assert page.frames[-1].get_by_role("button").count() == 0
        assert link.token not in page.frames[-1].url
    context.close()


def test_a_watermark_lies_on_the_picture_and_in_what_leaves_it(browser: Browser, admin: Clinic) -> None:
    marked = made_by_api(admin, watermark=True, start={"slide_id": admin.slides()[NAMES[0]]["slide_id"], "view": VIEW})
    plain = made_by_api(admin, start={"slide_id": admin.slides()[NAMES[0]]["slide_id"], "view": VIEW})
    shots = {}
    for link in (plain, marked):
        context = stranger(browser, admin, accept_downloads=True)
        page = context.new_page()
        open_link(page, link)
        stage = Stage(page)
        stage.settle()
        marks = page.get_by_role("img", name=re.compile(f"^Watermark: .*{RECIPIENT}"))
        expect(marks).to_have_count(1 if link is marked else 0)
        page.get_by_role("application").focus()
        page.keyboard.press("e")
        dialog = page.get_by_role("dialog", name="Pictures")
        with page.expect_download() as saved:
            dialog.get_by_role("button", name="Save").click()
        shots[link] = np.asarray(Image.open(saved.value.path()).convert("RGB"), dtype=float)
        context.close()
    one, other = shots[plain], shots[marked]
    assert one.shape == other.shape
    changed = np.abs(one - other).max(axis=2) > 8
    # Words in every quarter of the picture, and most of it still to be seen.
    height, width = changed.shape
    for rows in (slice(0, height // 2), slice(height // 2, height)):
        for columns in (slice(0, width // 2), slice(width // 2, width)):
            assert 0.005 < changed[rows, columns].mean() < 0.4


def test_the_sender_looks_as_the_recipient_will(admin: Clinic, boss: Page) -> None:
    link = made_by_api(admin, recipient="Dr Preview")
    boss.goto("/shares")
    row = boss.get_by_role("list", name="Links").get_by_role("listitem").filter(has_text="Dr Preview")
    with boss.expect_popup() as opened:
        row.get_by_role("button", name="View as recipient").click()
    tab = opened.value
    expect(tab.get_by_role("region", name="View as recipient")).to_contain_text("You see what Dr Preview will see.")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Slide 1")
    assert not [name for name in (*NAMES, CASE) if name in tab.content()]
    assert facts(admin, link)["opens"] == 0
    # The sender's own pages are what they were.
    boss.goto("/")
    expect(boss.get_by_role("article", name=NAMES[2], exact=True)).to_be_visible()
    with tab.expect_event("close"):
        tab.get_by_role("button", name="End the preview").click()


def test_free_text_that_looks_like_somebody_is_shown_before(admin: Clinic, boss: Page) -> None:
    boss.goto(f"/?case={admin.case(CASE)['case_id']}")
    boss.get_by_role("group", name="Case").get_by_role("button", name="Share").click()
    dialog = boss.get_by_role("dialog", name=f"Share “{CASE}”")
    dialog.get_by_role("textbox", name="Note").fill("Mrs Erika Mustermann, S26-12345")
    expect(dialog.get_by_role("status").filter(has_text="they would read")).to_contain_text("Your note")
    boss.keyboard.press("Escape")


def test_members_are_in_the_menu_of_the_viewer(admin: Clinic, boss: Page) -> None:
    Stage(boss).open(admin.slides()[NAMES[2]])
    boss.get_by_role("application").click(button="right", position={"x": 300, "y": 300})
    boss.get_by_role("menuitem", name="Members …").click()
    expect(boss.get_by_role("dialog", name=f"Who may see “{NAMES[2]}”")).to_be_visible()
