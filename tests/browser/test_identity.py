"""Hide identity: a canary in every place where a patient's name can stand, searched for on every page."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

pytestmark = pytest.mark.browser

# In the folder's name (a project), the file's name (slide, title, tooltips) and in a slide that cannot be read.
CANARY = re.compile("Zebrafink|S24-99887", re.IGNORECASE)
FOLDER = "Zebrafink collection"
SLIDE = "Zebrafink Maria S24-99887.svs"
BROKEN = "Zebrafink broken.mrxs"
HIDDEN = "Identity hidden"

# Everything a person or their screen reader could meet: markup with its attributes, fields, title, address.
EVERYTHING = """() => [document.title, decodeURIComponent(location.href), document.documentElement.outerHTML,
    ...[...document.querySelectorAll('input, textarea, select')].map((one) => one.value)].join('\\n')"""


@pytest.fixture(scope="module")
def clinic(
    browser: Any,
    run_server: Callable[..., Any],
    sample: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    """A server of its own whose slides bear a patient's name, and somebody signed in."""
    folder = tmp_path_factory.mktemp("clinic") / FOLDER
    folder.mkdir()
    shutil.copy(sample("samples/CMU-1-Small-Region.svs"), folder / SLIDE)
    (folder / BROKEN).write_bytes(b"\xff\xd8 nothing")
    with run_server([folder], tmp_path_factory.mktemp("clinic-data"), SETTLE_S="0") as address:
        context = browser.new_context(base_url=address.split("/signin")[0], viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(address)
        page.wait_for_url(lambda at: "signin" not in at)
        session = page.request.get("/api/v1/session").json()
        headers = {"X-CSRF-Token": session["csrf_token"], "Origin": address.split("/signin")[0]}
        page.request.put("/api/v1/me/preferences", data={"tour_done": True}, headers=headers)
        for _ in range(200):
            slides = page.request.get("/api/v1/slides").json()["items"]
            if len(slides) == 2 and not any(slide["state"] in ("registering", "arriving") for slide in slides):
                break
            page.wait_for_timeout(300)
        page.close()
        yield context
        context.close()


@pytest.fixture
def page(clinic: BrowserContext) -> Iterator[Page]:
    opened = clinic.new_page()
    opened.goto("/")
    opened.evaluate("window.localStorage.clear()")
    opened.reload()
    yield opened
    opened.evaluate("window.localStorage.clear()")
    opened.close()


def _found(page: Page) -> list[str]:
    return sorted({match.group(0) for match in CANARY.finditer(page.evaluate(EVERYTHING))})


def _tour_of_the_pages(page: Page) -> dict[str, list[str]]:
    """Go where names can be met; gives what was found of the canary in each state."""
    found = {}

    def look(state: str) -> None:
        page.wait_for_timeout(350)
        found[state] = _found(page)

    page.goto("/")
    expect(page.get_by_role("article")).to_have_count(2)
    look("pictures")
    page.get_by_role("button", name="Table").click()
    look("table")
    for row in (0, 1):
        page.get_by_role("button", name="Details of").nth(row).click()
        page.wait_for_timeout(400)
        if page.get_by_role("button", name="Show label and other images").count():
            page.get_by_role("button", name="Show label and other images").click()
        look(f"details {row}")
    page.get_by_role("treeitem").last.click()
    look("project")
    page.get_by_role("button", name="Folders").click()
    look("folders")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pictures").click()
    page.get_by_role("article").last.get_by_role("link").or_(
        page.get_by_role("link", name=re.compile("SVS"))
    ).last.click()
    page.wait_for_url("**/slides/**")
    page.get_by_role("application").wait_for()
    look("viewer")
    page.keyboard.press("Shift+L")
    look("label")
    page.keyboard.press("Shift+F10")
    look("menu")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    look("keys")
    page.keyboard.press("Escape")
    return found


def test_the_canary_is_everywhere_while_identity_is_shown(page: Page) -> None:
    # Without hiding, the search below would have found it.
    found = _tour_of_the_pages(page)
    assert len(found) >= 9
    assert {state for state, names in found.items() if not names} == set()


def test_no_page_names_the_patient_while_identity_is_hidden(page: Page) -> None:
    asked: list[str] = []

    def heard(request: Request) -> None:
        asked.append(request.url)

    page.on("request", heard)
    page.keyboard.press("Shift+I")
    expect(page.get_by_role("button", name=HIDDEN)).to_be_visible()
    asked.clear()
    found = _tour_of_the_pages(page)
    assert len(found) >= 9
    assert {state: names for state, names in found.items() if names} == {}
    expect(page.get_by_role("button", name=HIDDEN)).to_be_visible()
    # Label and macro are pictures of names: they are not even fetched.
    assert [url for url in asked if "/associated/" in url or "/download" in url] == []
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Slide [0-9A-F]{4}$"))


def test_it_lasts_over_reloads_and_windows_until_it_is_switched_off(page: Page, clinic: BrowserContext) -> None:
    page.goto("/?q=Zebrafink")
    expect(page.get_by_role("article").first).to_be_visible()
    other = clinic.new_page()
    other.goto("/")
    expect(other.get_by_role("article").first).to_contain_text("Zebrafink")
    page.locator("body").press("Shift+I")
    for window in (page, other):
        expect(window.get_by_role("button", name=HIDDEN)).to_be_visible()
        expect(window.get_by_role("article").first).to_contain_text("Slide ")
        assert _found(window) == []
    page.reload()
    expect(page.get_by_role("article").first).to_be_visible()
    assert _found(page) == []
    other.close()
    page.get_by_role("button", name=HIDDEN).click()
    expect(page.get_by_role("article").first).to_contain_text("Zebrafink")
    expect(page.get_by_role("button", name=HIDDEN)).to_have_count(0)


def test_the_view_stays_when_identity_is_hidden(page: Page, stage: Any) -> None:
    slides = page.request.get("/api/v1/slides").json()["items"]
    slide = next(one for one in slides if one["state"] == "ready")
    page.goto(f"/slides/{slide['slide_id']}?q=Zebrafink&sort=name#x=1110&y=1480&mpp=0.998&rotation=30")
    looking = type(stage)(page)
    looking.slide = slide
    looking.settle()
    before = looking.view()
    looking.press("Shift+I")
    assert looking.view() == pytest.approx(before, abs=1e-6)
    assert page.url.partition("#")[0].endswith("?sort=name")
    assert _found(page) == []
    looking.press("Shift+I")
    expect(page).to_have_title(re.compile("Zebrafink"))
