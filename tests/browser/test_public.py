"""Public projects: somebody without an account looks at what is open to everybody, and meets nothing else.

The tests of this module are chapters of one story on one server, in order.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.accounts import PASSWORD, Account, at_localhost, first_in, signed_in_as, with_account
from tests.support.annotating import Hand
from tests.support.clinic import Clinic
from tests.support.links import DESK, VIEW, X, Y

from .conftest import Stage

pytestmark = pytest.mark.browser

SAMPLE = "samples/CMU-1-Small-Region.svs"
TEACHING = ("Zebrafink_A1_HE", "Zebrafink_A2_HE")
"""Two slides that are made public, named after a patient."""
PRIVATE = "Zebrafink_B1_HE"
OFFER = "Look at public projects"
FORBIDDEN = (
    "Account of",
    "Notices",
    "Trash",
    "Imports",
    "Folders",
    "Audit",
    "Details of",
    "Drawing tools",
    "Comment on",
    "Label and macro",
    "Bookmarks",
    "Share",
    "Members",
    "Map of what was seen",
    "Add to a tumour board",
    "Hide identity",
    "Export",
    "Import …",
    "Files beside slides",
    "Change keys",
    "Align",
)


def folders(at: Path, sample: Callable[[str], Any]) -> list[Path]:
    """Two folders to serve, each of which becomes a project."""
    found = []
    for name, slides in (("teaching", TEACHING), ("clinic", (PRIVATE,))):
        (at / name).mkdir(parents=True)
        for slide in slides:
            (at / name / f"{slide}.svs").symlink_to(sample(SAMPLE))
        found.append(at / name)
    return found


def project(admin: Clinic, name: str) -> str:
    return next(str(one["project_id"]) for one in admin.get("/projects")["items"] if one["name"] == name)


def make_public(admin: Clinic) -> None:
    admin.send("PUT", f"/projects/{project(admin, 'teaching')}/visibility", {"visibility": "public"})


def settled(browser: Browser, address: str) -> Clinic:
    """The administrator of a server whose slides are all there."""
    context = first_in(browser, address, viewport=DESK)
    clinic = Clinic(at_localhost(address).split("/signin", 1)[0], context)
    clinic.until(lambda: [one["state"] for one in clinic.get("/slides")["items"]] == ["ready"] * 3)
    return clinic


@pytest.fixture(scope="module")
def admin(
    browser: Browser,
    run_server: Callable[..., Any],
    sample: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Clinic]:
    served = folders(tmp_path_factory.mktemp("public"), sample)
    with run_server(served, tmp_path_factory.mktemp("public-data"), SETTLE_S="0", ALLOW_PUBLIC="true") as address:
        clinic = settled(browser, address)
        yield clinic
        clinic.context.close()


@pytest.fixture(scope="module")
def ada(browser: Browser, admin: Clinic) -> Account:
    """Somebody with an account, who may see the clinic's slides with their names."""
    found = with_account(browser, admin, "ada", "Dr Ada")
    path = f"/projects/{project(admin, 'clinic')}/members/person/{found.person_id}"
    admin.send("PUT", path, {"role": "editor", "rights": ["identity"]})
    return found


@pytest.fixture
def somebody(browser: Browser, admin: Clinic) -> Iterator[BrowserContext]:
    """A browser in which nobody was ever signed in."""
    context = browser.new_context(base_url=admin.url, viewport=DESK)
    yield context
    context.close()


@pytest.fixture
def visitor(somebody: BrowserContext) -> Page:
    return somebody.new_page()


def meets_nothing_of_the_house(page: Page) -> None:
    """No control, no word and no name that is not for everybody."""
    for name in FORBIDDEN:
        for role in ("button", "link", "menuitem", "toolbar", "group"):
            found = page.get_by_role(role, name=re.compile(f"^{name}"))
            expect(found, f"{role} {name}").to_have_count(0)
    content = page.content()
    assert "Zebrafink" not in content
    assert "clinic" not in content
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()


def reports(page: Page) -> list[str]:
    """What goes wrong on a page from now on: refused requests, sockets, errors of scripts."""
    said: list[str] = []
    page.on("response", lambda one: said.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    page.on(
        "requestfailed", lambda one: said.append(f"failed {one.url}") if "ERR_ABORTED" not in str(one.failure) else None
    )
    page.on("websocket", lambda one: said.append(f"socket {one.url}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def sign_in_here(page: Page, account: Account) -> None:
    """Type name and password on the sign-in page that one was led to."""
    page.get_by_role("textbox", name="User name").fill(account.user_name)
    field = page.get_by_role("textbox", name="Password", exact=True)
    field.fill(PASSWORD)
    field.press("Enter")


def shows_the_pixels(stage: Stage, sample: Callable[[str], Any], *points: tuple[int, int]) -> None:
    """What is drawn is what the file holds there, read by another program."""
    with tifffile.TiffFile(sample(SAMPLE)) as file:
        pixels = file.pages[0].asarray()
    for x, y in points:
        meant = pixels[y - 8 : y + 8, x - 8 : x + 8].reshape(-1, 3).mean(axis=0)
        assert np.abs(stage.colour(x, y) - meant).max() < 6, (x, y)


def test_while_nothing_is_public_there_is_only_the_sign_in_page(admin: Clinic, visitor: Page) -> None:
    visitor.goto("/")
    visitor.wait_for_url("**/signin")
    expect(visitor.get_by_role("textbox", name="User name")).to_be_visible()
    expect(visitor.get_by_role("link", name=OFFER)).to_have_count(0)


def test_the_sign_in_page_offers_what_is_public(admin: Clinic, visitor: Page) -> None:
    make_public(admin)
    visitor.goto("/signin")
    visitor.get_by_role("link", name=OFFER).click()
    expect(visitor.get_by_role("heading", name="Public slides", level=1)).to_be_visible()
    expect(visitor.get_by_role("list", name="Slides").get_by_role("link")).to_have_count(2)
    meets_nothing_of_the_house(visitor)


def test_a_visitor_opens_the_library_and_a_slide(admin: Clinic, visitor: Page, sample: Callable[[str], Any]) -> None:
    # Somebody has drawn on it, with a name that only the house knows.
    name, slide = next(iter(admin.slides(f"&project_id={project(admin, 'teaching')}").items()))
    boss = Hand(Stage(admin.context.new_page()), admin.get(f"/slides/{slide['slide_id']}"))
    boss.open(VIEW)
    if not boss.held():
        boss.rectangle(X - 200, Y - 150, 300, 260)
    assert len(boss.held()) == 1
    boss.page.close()

    said = reports(visitor)
    visitor.goto("/")
    cards = visitor.get_by_role("list", name="Slides").get_by_role("link")
    expect(cards).to_have_count(2)
    # The one answer that nobody is signed in; nothing else is asked in vain.
    assert [one.removeprefix(admin.url) for one in said] == [f"401 {admin.url}/api/v1/session"]
    visitor.keyboard.press("/")
    visitor.keyboard.type("no such word")
    expect(visitor.get_by_role("heading", name="No slide matches")).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(cards).to_have_count(2)
    no = slide["no"]
    visitor.get_by_role("link", name=f"Open Slide {no}").click()
    visitor.wait_for_url(f"**/slides/{slide['slide_id']}**")
    stage = Stage(visitor)
    stage.slide = admin.get(f"/slides/{slide['slide_id']}")
    stage.settle()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(f"Slide {no}")
    stage.press("5")
    view = stage.view()
    assert abs(view["resolution"] - 1) < 0.01
    x, y = round(view["x"]), round(view["y"])
    shows_the_pixels(stage, sample, (x + 250, y - 250), (x - 300, y + 230))
    # Moved by the mouse, it shows what lies there.
    left, top, width, height = stage.box
    visitor.mouse.move(left + width / 2, top + height / 2)
    visitor.mouse.down()
    visitor.mouse.move(left + width / 2 - 200, top + height / 2 - 120, steps=5)
    visitor.mouse.up()
    stage.settle()
    moved = stage.view()
    assert moved["x"] > x + 100
    shows_the_pixels(stage, sample, (round(moved["x"]) + 220, round(moved["y"]) + 230))
    meets_nothing_of_the_house(visitor)
    assert set(said[1:]) <= {said[0]}  # each page asks who is here
    assert name not in visitor.title()


def test_in_the_viewer_one_looks_and_changes_nothing(admin: Clinic, visitor: Page) -> None:
    said = reports(visitor)
    slide_id = next(iter(admin.slides(f"&project_id={project(admin, 'teaching')}").values()))["slide_id"]
    stage = Stage(visitor)
    stage.open(admin.get(f"/slides/{slide_id}"), VIEW)
    visitor.get_by_role("toolbar", name="Tools", exact=True).get_by_role("button", name="Annotations").click()
    panel = visitor.get_by_role("complementary", name="Annotations")
    expect(panel.get_by_role("grid").get_by_role("row").filter(has=visitor.get_by_role("checkbox"))).to_have_count(1)
    for tab in ("Classes", "Layers", "Comments", "History", "Objects"):
        panel.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        visitor.wait_for_timeout(300)
        meets_nothing_of_the_house(visitor)
        expect(panel.get_by_role("textbox", name="Comment")).to_have_count(0)
    panel.get_by_role("button", name="Close").click()
    # The keys of an account's tools do nothing; neither does a drawing tool's.
    stage.press("Shift+L", "b", "r")
    left, top, _, _ = stage.box
    visitor.mouse.move(left + 300, top + 300)
    visitor.mouse.down()
    visitor.mouse.move(left + 380, top + 360, steps=4)
    visitor.mouse.up()
    stage.press("Shift+F10")
    meets_nothing_of_the_house(visitor)
    expect(visitor.get_by_role("menuitem", name=re.compile("link", re.IGNORECASE))).to_be_visible()
    visitor.keyboard.press("Escape")
    stage.press("Shift+?")
    keys = visitor.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Rectangle")).to_have_count(0)
    meets_nothing_of_the_house(visitor)
    visitor.keyboard.press("Escape")
    assert len(admin.get(f"/slides/{slide_id}/annotations")["annotations"]) == 1
    assert [one for one in said if not one.endswith("/api/v1/session")] == []


def test_a_public_project_opens_by_its_address(admin: Clinic, visitor: Page) -> None:
    visitor.goto(f"/?project={project(admin, 'teaching')}")
    expect(visitor.get_by_role("heading", name="teaching", level=1)).to_be_visible()
    expect(visitor.get_by_role("list", name="Slides").get_by_role("link")).to_have_count(2)
    visitor.goto(f"/?project={project(admin, 'clinic')}")
    visitor.wait_for_url("**/signin")
    for path in ("/audit", "/people", "/account", "/imports", "/trash", "/boards"):
        visitor.goto(path)
        visitor.wait_for_url("**/signin")


def test_a_private_slide_asks_to_sign_in_and_then_opens(
    admin: Clinic, ada: Account, visitor: Page, sample: Callable[[str], Any]
) -> None:
    slide_id = admin.slides()[PRIVATE]["slide_id"]
    visitor.goto(f"/slides/{slide_id}#{VIEW}")
    visitor.wait_for_url("**/signin")
    expect(visitor.get_by_role("link", name=OFFER)).to_be_visible()
    sign_in_here(visitor, ada)
    visitor.wait_for_url(f"**/slides/{slide_id}**")
    stage = Stage(visitor)
    stage.slide = admin.get(f"/slides/{slide_id}")
    stage.settle()
    expect(visitor.get_by_role("heading", name=PRIVATE, level=1)).to_be_visible()
    shows_the_pixels(stage, sample, (X - 150, Y + 200))
    visitor.goto("/")
    signed_in_as(visitor, ada.name)


def test_sign_in_comes_back_to_what_one_looked_at(admin: Clinic, ada: Account, visitor: Page) -> None:
    slide_id = next(iter(admin.slides(f"&project_id={project(admin, 'teaching')}").values()))["slide_id"]
    visitor.goto(f"/slides/{slide_id}")
    Stage(visitor).settle()
    visitor.get_by_role("button", name="Sign in").click()
    visitor.wait_for_url("**/signin")
    sign_in_here(visitor, ada)
    visitor.wait_for_url(f"**/slides/{slide_id}**")
    Stage(visitor).settle()
    expect(visitor.get_by_role("button", name="Sign in")).to_have_count(0)
    expect(visitor.get_by_role("button", name="Notices")).to_be_visible()


def test_an_ended_session_does_not_stand_in_the_way(admin: Clinic, somebody: BrowserContext) -> None:
    somebody.add_cookies([{"name": "coverslip_session", "value": "ended-long-ago", "url": admin.url}])
    page = somebody.new_page()
    page.goto("/")
    expect(page.get_by_role("list", name="Slides").get_by_role("link")).to_have_count(2)
    assert somebody.cookies() == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (820, 1180), (390, 844)])
def test_it_fits_and_is_accessible(
    admin: Clinic, visitor: Page, serious_findings: Callable[[Page], list[str]], width: int, height: int
) -> None:
    visitor.set_viewport_size({"width": width, "height": height})
    slide_id = next(iter(admin.slides(f"&project_id={project(admin, 'teaching')}").values()))["slide_id"]
    for path in ("/signin", "/", f"/slides/{slide_id}"):
        visitor.goto(path)
        if path.startswith("/slides"):
            Stage(visitor).settle()
        else:
            expect(visitor.get_by_role("link", name=OFFER).or_(visitor.get_by_text("2 slides"))).to_be_visible()
        assert visitor.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
        assert serious_findings(visitor) == [], path


def test_with_the_setting_off_nothing_is_offered(
    browser: Browser, run_server: Callable[..., Any], sample: Callable[[str], Any], tmp_path: Path
) -> None:
    served = folders(tmp_path / "slides", sample)
    with run_server(served, tmp_path / "data", SETTLE_S="0", ALLOW_PUBLIC="true") as address:
        clinic = settled(browser, address)
        make_public(clinic)
        slide_id = next(iter(clinic.slides(f"&project_id={project(clinic, 'teaching')}").values()))["slide_id"]
        clinic.context.close()
    with run_server(served, tmp_path / "data", SETTLE_S="0") as address:
        context = browser.new_context(base_url=at_localhost(address).split("/signin", 1)[0], viewport=DESK)
        page = context.new_page()
        for path in ("/", f"/slides/{slide_id}", "/audit"):
            page.goto(path)
            page.wait_for_url("**/signin")
            expect(page.get_by_role("textbox", name="User name")).to_be_visible()
            expect(page.get_by_role("link", name=OFFER)).to_have_count(0)
        assert page.request.get("/api/v1/app").json()["public_projects"] is False
        context.close()
