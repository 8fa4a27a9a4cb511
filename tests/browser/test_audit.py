"""The audit page: found in the menu, searched by its address, read row by row, taken away as a file."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def trail(new_context: Callable[..., BrowserContext]) -> Page:
    page = new_context().new_page()
    page.goto("/audit")
    expect(page.get_by_role("heading", name="Audit trail")).to_be_visible()
    return page


def rows(page: Page) -> Any:
    return page.get_by_role("region", name="Records of the audit trail").locator("tbody tr[data-outcome]")


def test_it_is_reached_by_the_menu(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto("/")
    page.get_by_role("button", name=re.compile("^Account of")).click()
    page.get_by_role("link", name="Audit trail").click()
    expect(page).to_have_url(re.compile("/audit$"))
    expect(rows(page).first).to_be_visible()


def test_a_search_stands_in_the_address_and_can_be_sent(trail: Page) -> None:
    trail.get_by_role("combobox", name="What", exact=True).select_option("sign_in")
    trail.get_by_label("Outcome").select_option("done")
    trail.get_by_role("button", name="Search", exact=True).click()
    expect(trail).to_have_url(re.compile(r"/audit\?what=sign_in&outcome=done$"))
    expect(rows(trail).first).to_contain_text("session.start")
    trail.reload()
    expect(trail.get_by_role("combobox", name="What", exact=True)).to_have_value("sign_in")
    assert {one.partition(".")[0] for one in rows(trail).locator("code").all_inner_texts()} == {"session"}
    trail.get_by_role("button", name="Clear").click()
    expect(trail).to_have_url(re.compile("/audit$"))


def test_a_record_says_everything_and_leads_to_who_saw_the_slide(
    trail: Page, new_context: Callable[..., BrowserContext]
) -> None:
    slide = trail.request.get("/api/v1/slides?state=ready").json()["items"][0]
    trail.request.get(f"/api/v1/slides/{slide['slide_id']}")
    trail.goto(f"/audit?object={slide['slide_id']}&what=view")
    rows(trail).first.get_by_role("button").click()
    dialog = trail.get_by_role("dialog")
    expect(dialog).to_contain_text("slide.viewed")
    expect(dialog).to_contain_text("127.0.0.1")
    expect(dialog).to_contain_text(slide["name"])
    dialog.get_by_role("link", name="Everything about this object").click()
    expect(dialog).to_have_count(0)
    trail.get_by_role("tab", name="Who saw it").click()
    expect(trail).to_have_url(re.compile("show=people"))
    people = trail.get_by_role("region", name="Who saw it")
    expect(people.get_by_role("row").nth(1)).to_contain_text("Local administrator")
    trail.goto("/audit?object=no+such+name&show=people")
    expect(trail.get_by_text("There is nothing of this name")).to_be_visible()


def test_only_the_rows_in_sight_are_drawn_and_more_come_by_scrolling(trail: Page) -> None:
    for number in range(130):
        trail.request.get(f"/api/v1/slides?limit=1&q=word{number}")
    trail.goto("/audit?what=search")
    expect(rows(trail).first).to_be_visible()
    assert rows(trail).count() < 60
    region = trail.get_by_role("region", name="Records of the audit trail")
    assert region.locator('tr[aria-rowindex="2"]').count() == 1
    # The first page ends at the hundredth row; whoever comes near it has the next one read.
    region.evaluate("(box) => box.scrollTo(0, 48 * 95)")
    expect(region.locator('tr[data-outcome][aria-rowindex="102"]')).to_be_attached()
    region.evaluate("(box) => box.scrollTo(0, 48 * 120)")
    expect(region.locator('tr[data-outcome][aria-rowindex="125"]')).to_be_visible()
    assert region.locator('tr[aria-rowindex="2"]').count() == 0
    assert rows(trail).count() < 60


def test_it_leaves_as_a_table_as_lines_and_with_a_signed_end(trail: Page, tmp_path: Path) -> None:
    trail.goto("/audit?what=sign_in")
    for name, read in (
        ("Table (CSV)", lambda text: list(csv.DictReader(io.StringIO(text)))),
        ("JSON lines", lambda text: [json.loads(line) for line in text.splitlines()]),
    ):
        trail.get_by_role("button", name="Export").click()
        with trail.expect_download() as loading:
            trail.get_by_role("link", name=name).click()
        loading.value.save_as(tmp_path / "file")
        found = read((tmp_path / "file").read_text())
        assert {one["action"].partition(".")[0] for one in found} == {"session"}
    trail.get_by_role("button", name="Export").click()
    with trail.expect_download() as loading:
        trail.get_by_role("link", name="Signed end of the trail").click()
    assert loading.value.suggested_filename == "audit-head.json"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_it_can_be_read_by_everybody(
    new_context: Callable[..., BrowserContext],
    serious_findings: Callable[[Page], list[str]],
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, has_touch=width < 500).new_page()
    page.goto("/audit")
    expect(rows(page).first).to_be_visible()
    assert serious_findings(page) == []
    # Nobody must open a record to read who did it and what it was.
    cut = "(cells) => cells.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"
    assert rows(page).first.locator("td").evaluate_all(cut) == []
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_findings(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
