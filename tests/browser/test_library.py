"""The library as people use it: finding, sorting, reading about and opening slides."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tifffile
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region"
NewContext = Callable[..., BrowserContext]


@pytest.fixture
def library(page: Page, served: Any) -> Iterator[Page]:
    """The library, watched: it asks nobody else for anything, and the browser refuses nothing of it."""
    complaints: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((served.url, "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", asked)
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    yield page
    assert complaints == []


@pytest.fixture(scope="session")
def cmu_file(sample: Callable[[str], Path]) -> Path:
    """The one slide that is served in every set-up."""
    return sample(f"samples/{CMU}.svs")


def cards(page: Page) -> Any:
    """The slides that are drawn as pictures."""
    return page.get_by_role("list", name="Slides", exact=True).get_by_role("article")


def total(page: Page) -> Any:
    """The count beside the heading."""
    return page.get_by_role("main").get_by_role("status").first


def all_slides(page: Page, served: Any, query: str = "") -> list[dict[str, Any]]:
    """The whole list, without the page."""
    items: list[dict[str, Any]] = page.request.get(f"{served.url}/api/v1/slides?limit=500{query}").json()["items"]
    return items


def show_details(page: Page, name: str) -> Any:
    """Open a slide's details by the button on its card."""
    card = page.get_by_role("article", name=name, exact=True).first
    card.hover()
    card.get_by_role("button", name=f"Details of {name}").click()
    pane = page.get_by_role("complementary", name="Details")
    expect(pane.get_by_role("heading", name=name)).to_be_visible()
    return pane


def fact(pane: Any, title: str) -> str:
    """What the details say for a title."""
    text: str = pane.locator("dt", has_text=re.compile(f"^{re.escape(title)}$")).locator("xpath=../dd").inner_text()
    return text


def test_every_slide_is_listed_with_its_picture(library: Page, served: Any) -> None:
    slides = all_slides(library, served)
    expect(total(library)).to_have_text(f"{len(slides)} slides")
    for slide in slides[:4]:
        card = library.get_by_role("article", name=slide["name"], exact=True).first
        if slide["state"] == "ready":
            picture = card.locator("img")
            expect(picture).to_be_visible()
            expect(picture).to_have_js_property("complete", True)
            assert picture.evaluate("image => image.naturalWidth") > 0


def test_details_say_what_an_independent_reader_says(
    library: Page, cmu_file: Path, find_slide: Callable[[str], dict[str, Any]]
) -> None:
    library.get_by_role("searchbox").fill(CMU)
    pane = show_details(library, CMU)
    with tifffile.TiffFile(cmu_file) as tiff:
        page = tiff.pages.first
        described = dict(part.split(" = ", 1) for part in page.description.split("|")[1:])
        wide, high = page.imagewidth, page.imagelength
    mpp = float(described["MPP"])
    assert fact(pane, "Dimensions") == f"{wide:,} × {high:,} px"
    assert fact(pane, "Pixel size") == f"{mpp:.4g} µm/px"
    assert fact(pane, "Objective") == f"{described['AppMag']}x"
    assert fact(pane, "Scanned area") == f"{wide * mpp / 1000:.2f} mm × {high * mpp / 1000:.2f} mm"
    assert fact(pane, "File size") == f"{cmu_file.stat().st_size / 1e6:.1f} MB"
    assert fact(pane, "File") == cmu_file.name
    assert fact(pane, "Scanned").startswith("Dec 29, 2009")

    pane.get_by_role("searchbox", name="Search metadata").fill("scanscope id")
    entries = pane.get_by_role("region", name="Metadata")
    expect(entries.get_by_text(described["ScanScope ID"], exact=True)).to_be_visible()
    metadata = find_slide(cmu_file.name)["metadata"]
    lines = [f"{name} {value}".lower() for name, value in metadata.items()]
    found = sum("scanscope" in line and "id" in line for line in lines)
    assert 0 < found < len(lines)
    expect(entries.get_by_role("status")).to_have_text(re.compile(rf"^{found} entr(y|ies)$"))
    pane.get_by_role("searchbox", name="Search metadata").fill("nothing says this")
    expect(pane.get_by_text("No entry contains this.")).to_be_visible()


def test_the_checksum_is_that_of_the_file(library: Page, served: Any, cmu_file: Path) -> None:
    expected = hashlib.sha256(cmu_file.read_bytes()).hexdigest()
    library.get_by_role("searchbox").fill(CMU)
    # The full hash follows in the background at a limited rate.
    for _ in range(60):
        pane = show_details(library, CMU)
        expect(pane.get_by_text("Dimensions")).to_be_visible()
        if pane.get_by_text("SHA-256").count():
            assert fact(pane, "SHA-256") == expected
            return
        library.wait_for_timeout(1000)
        library.reload()
    raise AssertionError("no checksum came")


def test_label_and_macro_come_only_when_asked_for(library: Page, cmu_file: Path) -> None:
    asked: list[str] = []
    library.on("request", lambda request: asked.append(request.url) if "/associated/" in request.url else None)
    library.get_by_role("searchbox").fill(CMU)
    pane = show_details(library, CMU)
    button = pane.get_by_role("button", name="Show label and other images")
    expect(button).to_be_visible()
    library.wait_for_timeout(300)
    assert asked == []
    button.click()
    with tifffile.TiffFile(cmu_file) as tiff:
        label = next(
            page for page in tiff.pages if "label" in str(getattr(page, "description", "")).split("\n")[-1][:6]
        )
    picture = pane.get_by_role("img", name="label", exact=True)
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", label.imagewidth)
    expect(picture).to_have_js_property("naturalHeight", label.imagelength)


def test_search_follows_the_typing(library: Page, served: Any) -> None:
    named = {slide["name"] for slide in all_slides(library, served) if slide["name"].lower().startswith("cmu")}
    # Words of the metadata are found as well, so there may be more than the names say.
    expected = [slide["name"] for slide in all_slides(library, served, "&q=cmu")]
    assert named <= set(expected)
    library.keyboard.press("/")
    library.keyboard.type("cmu", delay=40)
    expect(total(library)).to_have_text(re.compile(rf"^{len(expected)} slides? found$"))
    assert sorted(cards(library).evaluate_all("all => all.map(one => one.ariaLabel)")) == sorted(expected)
    expect(library).to_have_url(re.compile(r"\?q=cmu$"))
    library.keyboard.type(" nothing-has-this")
    expect(library.get_by_role("heading", name="No slide matches")).to_be_visible()
    library.get_by_role("button", name="Clear search and filters").click()
    expect(library.get_by_role("searchbox")).to_have_value("")
    expect(total(library)).to_have_text(f"{len(all_slides(library, served))} slides")


def test_filters_count_and_choose(library: Page, served: Any) -> None:
    slides = all_slides(library, served)
    unreadable = [slide for slide in slides if slide["state"] == "unreadable"]
    assert unreadable
    library.get_by_role("button", name="Filter").click()
    choice = library.get_by_role("group", name="State").get_by_role("checkbox", name=re.compile("^Unreadable"))
    expect(choice.locator("xpath=..")).to_contain_text(str(len(unreadable)))
    choice.check()
    expect(total(library)).to_have_text(f"{len(unreadable)} slides found")
    library.keyboard.press("Escape")
    expect(library.get_by_role("button", name="Filter: 1 chosen")).to_be_focused()
    # A bad slide says why, in one sentence and a code.
    worst = unreadable[0]
    card = library.get_by_role("article", name=worst["name"], exact=True).first
    expect(card).to_contain_text(worst["reason"]["message"])
    card.get_by_role("button").first.click()
    pane = library.get_by_role("complementary", name="Details")
    expect(pane).to_contain_text(f"Code {worst['reason']['code']}")
    expect(pane.get_by_role("link", name="Open")).to_have_count(0)


def test_headings_of_the_table_sort_it(library: Page, served: Any) -> None:
    sizes = sorted(slide["size_bytes"] for slide in all_slides(library, served))
    library.get_by_role("button", name="Table").click()
    table = library.get_by_role("table", name="Slides")
    heading = table.get_by_role("columnheader", name="File size")
    for direction, expected in (("ascending", sizes[0]), ("descending", sizes[-1])):
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", direction)
        # The list in the other order stays until this one is there.
        expect(library.locator("[aria-busy=true]")).to_have_count(0)
        first = table.locator("tbody tr[aria-rowindex='2']")
        amount, unit = first.locator("[data-column=size]").inner_text().replace(",", "").split()
        factor = {"byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        assert float(amount) * factor == pytest.approx(expected, rel=0.06)


def test_pictures_or_table_is_remembered(library: Page) -> None:
    library.get_by_role("button", name="Table").click()
    library.reload()
    expect(library.get_by_role("table", name="Slides")).to_be_visible()
    expect(library.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")


def test_keys_alone_find_and_open_a_slide(library: Page) -> None:
    library.keyboard.press("/")
    expect(library.get_by_role("searchbox")).to_be_focused()
    library.keyboard.type("cmu-1")
    expect(library).to_have_url(re.compile("q=cmu-1"))
    expect(library.locator("[aria-busy=true]")).to_have_count(0)
    library.keyboard.press("Enter")
    expect(cards(library).first.locator("[data-index]")).to_be_focused()
    library.keyboard.press("End")
    name = CMU
    at = cards(library).count() - 1
    expect(cards(library).nth(at).locator("[data-index]")).to_be_focused()
    while cards(library).nth(at).get_attribute("aria-label") != name:
        library.keyboard.press("ArrowLeft")
        at -= 1
        expect(cards(library).nth(at).locator("[data-index]")).to_be_focused()
    library.keyboard.press("i")
    expect(library.get_by_role("complementary", name="Details").get_by_role("heading", name=name)).to_be_visible()
    library.keyboard.press("Escape")
    expect(library.get_by_role("complementary", name="Details")).to_have_count(0)
    library.keyboard.press("Enter")
    # The list goes along, so that the viewer knows the neighbours.
    expect(library).to_have_url(re.compile(r"/slides/[0-9a-f-]{36}\?q=cmu-1"))
    expect(library.get_by_role("application")).to_be_visible()
    library.go_back()
    expect(library).to_have_url(re.compile(r"/\?q=cmu-1$"))
    expect(library.get_by_role("article", name=name, exact=True).last).to_have_attribute("data-selected", "true")


def test_the_key_map_says_what_the_keys_do(library: Page) -> None:
    library.keyboard.press("?")
    dialog = library.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Open the selected slide")
    library.keyboard.press("v")  # keys of the page mean nothing behind a dialog
    library.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(library.get_by_role("button", name="Pictures")).to_have_attribute("aria-pressed", "true")
    library.keyboard.press("v")
    expect(library.get_by_role("table", name="Slides")).to_be_visible()


def test_a_project_shows_only_its_own_slides(library: Page, served: Any) -> None:
    projects = library.request.get(f"{served.url}/api/v1/projects").json()["items"]
    chosen = next(one for one in projects if one["parent_id"] is not None and one["slide_count"] > 0)
    parent = next(one for one in projects if one["project_id"] == chosen["parent_id"])
    tree = library.get_by_role("tree", name="Projects")
    above = tree.get_by_role("treeitem", name=re.compile(f"^{re.escape(parent['name'])}")).first
    if above.get_attribute("aria-expanded") == "false":
        above.locator("span").first.click()
    item = tree.get_by_role("treeitem", name=re.compile(f"^{re.escape(chosen['name'])}")).first
    expect(item).to_contain_text(str(chosen["total_slide_count"]))
    item.click()
    expect(library.get_by_role("heading", name=chosen["name"], level=1)).to_be_visible()
    expect(total(library)).to_have_text(re.compile(rf"^{chosen['total_slide_count']} slides?$"))
    listed = all_slides(library, served, f"&project_id={chosen['project_id']}")
    assert sorted(cards(library).evaluate_all("all => all.map(one => one.ariaLabel)")) == sorted(
        slide["name"] for slide in listed
    )
    library.keyboard.press("ArrowLeft")
    expect(above).to_be_focused()
    library.keyboard.press("ArrowLeft")
    expect(above).to_have_attribute("aria-expanded", "false")
    library.go_back()
    expect(library.get_by_role("heading", name="All slides", level=1)).to_be_visible()


def test_the_copied_link_opens_the_slide(new_context: NewContext, served: Any) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"/?q={CMU}")
    pane = show_details(page, CMU)
    pane.get_by_role("button", name="Copy link").click()
    expect(pane.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"{re.escape(served.url)}/slides/[0-9a-f-]{{36}}\?q={CMU}", link)
    page.goto(link)
    expect(page.get_by_role("application")).to_be_visible()


def test_fingers_find_and_open_a_slide_on_a_telephone(new_context: NewContext, served: Any) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Show projects").tap()
    drawer = page.get_by_role("dialog", name="Projects")
    drawer.get_by_role("treeitem").first.tap()
    expect(drawer).to_have_count(0)
    page.get_by_role("searchbox").tap()
    page.get_by_role("searchbox").fill(CMU)
    card = page.get_by_role("article", name=CMU, exact=True).first
    card.get_by_role("button", name=f"Details of {CMU}").tap()
    details = page.get_by_role("dialog", name="Details")
    expect(details.get_by_text("Pixel size")).to_be_visible()
    details.get_by_role("button", name="Close details").tap()
    card.get_by_role("link").tap()
    expect(page.get_by_role("application")).to_be_visible()


def test_a_failing_list_says_so_with_its_request_id_and_is_tried_again(page: Page, served: Any) -> None:
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    page.context.set_offline(True)
    page.keyboard.press("/")
    page.keyboard.type("cmu")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The server does not answer")
    page.context.set_offline(False)
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_have_count(0)
    expect(total(page)).to_have_text(re.compile("found$"))
    # A refusal of the server itself carries its id.
    page.goto("/?project=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Code not_found\s*Request \S+"))


def test_appearance_is_chosen_and_kept(library: Page) -> None:
    library.get_by_role("button", name=re.compile("^Account of")).click()
    library.get_by_role("radio", name="Dark").check()
    expect(library.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    background = library.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", background)[:3]) < 150
    library.reload()
    expect(library.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_the_footer_carries_the_notice(library: Page, served: Any) -> None:
    notice = library.request.get(f"{served.url}/api/v1/app").json()["notice"]
    expect(library.get_by_role("contentinfo")).to_contain_text(notice)


def test_reading_keeps_no_session_alive(page: Page, served: Any) -> None:
    """Only real input counts for the idle limit, so whatever the page reads by itself says so."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/api/v1/" in request.url else None)
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    reads = [request for request in asked if request.method == "GET" and request.resource_type == "fetch"]
    assert any("/imports/roots" in request.url for request in reads)
    assert [request.url for request in reads if "x-coverslip-background" not in request.headers] == []
