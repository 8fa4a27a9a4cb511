"""A rule for a folder, made by a person with mouse and keys, and a slide that arrives by it."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.clinic import Clinic

from .conftest import signed_in

pytestmark = pytest.mark.browser

ARRIVES_MS = 60_000


@pytest.fixture
def scanner(browser: Browser, run_server: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[BrowserContext, Path]]:
    """Somebody signed in to a server that watches a folder, and that folder."""
    folder = tmp_path / "scanner"
    folder.mkdir()
    with run_server([folder], tmp_path / "data", POLL_S="1", SETTLE_S="1") as address:
        state = signed_in(browser, address)
        context = browser.new_context(
            base_url=address.split("/signin", 1)[0], storage_state=state, viewport={"width": 1440, "height": 900}
        )
        with contextlib.closing(context):
            yield context, folder


def field(page: Page, label: str) -> Any:
    return page.get_by_role("form").get_by_label(label, exact=True)


def test_a_rule_is_made_by_mouse_and_keys_and_a_slide_arrives_by_it(
    scanner: tuple[BrowserContext, Path],
    sample: Callable[[str], Path],
    serious_findings: Callable[[Page], list[str]],
) -> None:
    context, folder = scanner
    page = context.new_page()
    page.goto("/imports")
    clinic = Clinic(page.url.removesuffix("/imports"), context)
    project_id = clinic.send("POST", "/projects", {"name": "Immuno"})["project_id"]

    page.get_by_role("tab", name="Arrivals").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Folder rules")).to_be_focused()
    expect(page.get_by_text("Slides that arrive in this folder go to the project that you choose")).to_be_visible()
    page.get_by_role("button", name="Add a rule").click()
    expect(field(page, "Folder on the server")).to_be_focused()
    page.keyboard.type("scanner")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The folder must be an absolute path on the server.")
    expect(field(page, "Folder on the server")).to_have_attribute("aria-invalid", "true")
    field(page, "Folder on the server").fill(str(folder / "ihc"))
    field(page, "Slides go to").select_option(label="Immuno")
    field(page, "Pattern of file names").fill("{case")
    field(page, "Stain").fill("her2")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("alert")).to_contain_text("The pattern cannot be read")
    expect(field(page, "Pattern of file names")).to_have_attribute("aria-invalid", "true")
    assert serious_findings(page) == []
    field(page, "Pattern of file names").fill("{case}_{block}[_{stain}]")
    page.keyboard.press("Enter")
    row = page.get_by_role("list", name="Folder rules").get_by_role("listitem")
    expect(row).to_contain_text(re.compile(r"go to Immuno.*\{case\}_\{block\}.*her2", re.DOTALL))
    expect(row.get_by_role("button", name=f"Edit the rule of {folder / 'ihc'}")).to_be_focused()

    (folder / "ihc").mkdir()
    for name in ("S26-9_A1.svs", "S26-9_A2_Ki67.svs"):
        shutil.copyfile(sample("samples/CMU-1-Small-Region.svs"), folder / "ihc" / f".{name}")
        (folder / "ihc" / f".{name}").rename(folder / "ihc" / name)
    page.get_by_role("tab", name="Arrivals").click()
    expect(page.get_by_role("button", name="Registered 2")).to_be_visible(timeout=ARRIVES_MS)
    found = clinic.slides()
    kept = ("project_id", "case_name", "block", "stain", "state")
    assert {name: tuple(slide[key] for key in kept) for name, slide in found.items()} == {
        "S26-9_A1": (project_id, "S26-9", "A1", "HER2", "ready"),
        "S26-9_A2_Ki67": (project_id, "S26-9", "A2", "Ki-67", "ready"),
    }
    page.goto(f"/?project={project_id}")
    expect(page.get_by_role("article")).to_have_count(2)


def test_a_rule_is_changed_removed_and_brought_back(
    scanner: tuple[BrowserContext, Path], serious_findings: Callable[[Page], list[str]]
) -> None:
    context, folder = scanner
    page = context.new_page()
    page.goto("/imports")
    clinic = Clinic(page.url.removesuffix("/imports"), context)
    clinic.send("POST", "/imports/rules", {"folder": str(folder), "stain": "PAS"})
    page.get_by_role("tab", name="Folder rules").click()
    row = page.get_by_role("list", name="Folder rules").get_by_role("listitem")
    expect(row).to_contain_text("the project named like their folder")
    assert serious_findings(page) == []

    page.get_by_role("button", name="Add a rule").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(str(folder))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This folder has a rule already; change that one.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add a rule")).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field(page, "Stain").fill("")
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name=f"Edit the rule of {folder}")).to_be_focused()
    expect(row).not_to_contain_text("PAS")
    assert clinic.get("/imports/rules")["items"][0]["stain"] is None

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no rule yet.")).to_be_visible()
    assert clinic.get("/imports/rules")["items"] == []
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    expect(row).to_contain_text(str(folder))
    assert [rule["folder"] for rule in clinic.get("/imports/rules")["items"]] == [str(folder)]
