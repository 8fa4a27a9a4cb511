"""The first minutes: signing in, the empty catalogue, the sample, a folder that registers, goes offline and returns."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

MADE = 130
"""More than the first page of a list, so that the rest must be read while scrolling."""


@pytest.fixture(scope="module")
def start(run_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sign-in address of a server without folders that looks at its folders every second."""
    with run_server([], tmp_path_factory.mktemp("first-data"), POLL_S="1", SETTLE_S="0") as address:
        yield address


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of many small slides and a file that is none."""
    folder = tmp_path_factory.mktemp("served") / "many slides"
    folder.mkdir()
    shades = np.random.default_rng(7).integers(0, 255, (MADE, 3), dtype=np.uint8)
    for number, shade in enumerate(shades):
        pixels = np.tile(shade, (64, 64, 1))
        tifffile.imwrite(folder / f"slide {number:03}.tif", pixels, photometric="rgb", tile=(64, 64))
    (folder / "notes.xml").write_text("<notes/>")
    return folder


@pytest.fixture(scope="module")
def first(browser: Browser, start: str) -> Iterator[Page]:
    """One page through the whole story; the tests of this module are its chapters, in order."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def address_of(start: str) -> str:
    return start.split("/signin", 1)[0]


def test_without_a_session_every_page_says_where_to_find_the_link(first: Page, start: str) -> None:
    for path in ("/", "/slides/00000000-0000-7000-8000-000000000000"):
        first.goto(address_of(start) + path)
        expect(first).to_have_url(re.compile(r"/signin$"))
        expect(first.get_by_role("main")).to_contain_text("Open the address that Coverslip printed")


def test_a_wrong_link_is_explained_in_one_sentence(first: Page, start: str) -> None:
    first.goto(address_of(start) + "/signin#not-the-token")
    expect(first.get_by_role("alert")).to_contain_text("This sign-in link was used already or has expired")
    expect(first).to_have_url(re.compile(r"/signin$"))


def test_the_printed_link_signs_in_and_leaves_no_trace_of_its_token(first: Page, start: str) -> None:
    # Pasted into the page that is open already: no page is loaded.
    first.goto(start)
    expect(first.get_by_role("heading", name="Set a password")).to_be_visible()
    assert start.rsplit("#", 1)[1] not in first.url
    first.get_by_role("button", name="Not now").click()
    expect(first.get_by_role("heading", name="Point me at a folder or open the sample")).to_be_visible()
    assert first.url == f"{address_of(start)}/"
    first.go_back()
    assert start.rsplit("#", 1)[1] not in first.url


def test_the_same_link_does_not_work_again(browser: Browser, first: Page, start: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(start)
    expect(page.get_by_role("alert")).to_contain_text("was used already")
    context.close()


def test_a_folder_that_is_not_there_is_refused_at_its_field(first: Page, start: str) -> None:
    first.goto(address_of(start))
    field = first.get_by_role("textbox", name="Folder on the server")
    field.fill("/no/such/folder")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(first.get_by_text("is not a folder that Coverslip can see")).to_be_visible()


def test_the_sample_opens(first: Page) -> None:
    first.get_by_role("button", name="Open the sample slide").click()
    expect(first).to_have_url(re.compile(r"/slides/[0-9a-f-]{36}"), timeout=60_000)
    expect(first.get_by_role("application")).to_be_visible()
    first.go_back()
    expect(first.get_by_role("article", name="CMU-1-Small-Region")).to_be_visible()


def test_a_folder_shows_its_progress_and_then_its_slides(first: Page, slides: Path) -> None:
    first.get_by_role("button", name="Folders").click()
    dialog = first.get_by_role("dialog", name="Folders")
    dialog.get_by_role("textbox", name="Folder on the server").fill(str(slides))
    dialog.get_by_role("button", name="Show this folder").click()
    expect(dialog).to_contain_text(str(slides))
    dialog.get_by_role("button", name="Close").click()
    banner = first.get_by_role("region", name="Registering slides")
    expect(banner).to_contain_text(re.compile(rf"\d+ of {MADE}"), timeout=60_000)
    said, began_s = set(), time.monotonic()
    while banner.count() and time.monotonic() - began_s < 120:
        said.update(banner.all_inner_texts())
    took_s = time.monotonic() - began_s
    expect(banner).to_have_count(0)
    # A machine that is done within a few seconds has no rate worth saying.
    assert took_s < 5 or any(re.search("a second.*left", one, re.DOTALL) for one in said), said
    expect(first.get_by_role("main").get_by_role("status").first).to_have_text(f"{MADE + 1} slides")
    first.get_by_role("button", name="Folders").click()
    expect(dialog).to_contain_text(f"{MADE} registered, 0 unreadable, 1 other files")
    dialog.get_by_role("button", name="Close").click()


def test_a_long_list_is_read_and_drawn_only_as_far_as_one_looks(first: Page) -> None:
    first.get_by_role("treeitem", name=re.compile("^many slides")).click()
    asked: list[str] = []
    first.on("request", lambda request: asked.append(request.url) if "cursor=" in request.url else None)
    expect(first.get_by_role("article", name="slide 000")).to_be_visible()
    assert first.get_by_role("article").count() < 60
    assert asked == []
    first.get_by_role("article", name="slide 000").get_by_role("link").focus()
    for _ in range(3):
        first.keyboard.press("End")
        first.wait_for_timeout(300)
    expect(first.get_by_role("article", name=f"slide {MADE - 1:03}").get_by_role("link")).to_be_focused()
    assert len(asked) == 1
    assert first.get_by_role("article").count() < 60


def test_a_folder_that_is_gone_is_offline_as_a_whole_and_returns(first: Page, slides: Path) -> None:
    first.get_by_role("treeitem", name="All slides").click()
    away = slides.with_name("taken away")
    slides.rename(away)
    try:
        _look_until(first, lambda: first.get_by_text(re.compile("is offline since")).count() == 1)
        tree = first.get_by_role("tree", name="Projects")
        expect(tree.get_by_role("treeitem", name=re.compile("^many slides"))).to_contain_text("offline since")
        # No slide has changed its state: the list is as long as before.
        expect(first.get_by_role("main").get_by_role("status").first).to_have_text(f"{MADE + 1} slides")
    finally:
        away.rename(slides)
    _look_until(first, lambda: first.get_by_text(re.compile("is offline since")).count() == 0)


def test_signing_out_ends_at_the_sign_in_page(first: Page, start: str) -> None:
    first.get_by_role("button", name=re.compile("^Account of")).click()
    first.get_by_role("button", name="Sign out").click()
    expect(first).to_have_url(re.compile(r"/signin$"))
    first.goto(address_of(start))
    expect(first).to_have_url(re.compile(r"/signin$"))


def _look_until(page: Page, seen: Any) -> None:
    """Look away and back, as one does with a tab, until something is seen."""
    for _ in range(40):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(700)
        if seen():
            return
    raise AssertionError("it never came")
