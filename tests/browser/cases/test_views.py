"""Filters, columns and saved views, beside what the API says of the same."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.support.clinic import FILES, Clinic, as_table, names, toast

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


def test_filters_count_what_the_server_counts(library: Page, clinic: Clinic) -> None:
    clinic.send(
        "POST",
        "/slides/batch",
        {"slide_ids": [clinic.slides()["S24-1300_B1_HE"]["slide_id"]], "patch": {"rating": 4, "tags": ["margin"]}},
    )
    library.reload()
    library.get_by_role("button", name="Filter").click()
    panel = library.get_by_role("group", name="Filter")
    page = clinic.get("/slides")
    for section, facets in (("Stain", page["stains"]), ("Tag", page["tags"])):
        choices = panel.get_by_role("group", name=section).locator("label").all_inner_texts()
        assert [text.split() for text in choices] == [[facet["value"], str(facet["count"])] for facet in facets]
    stars = panel.get_by_role("group", name="Rating").locator("label")
    expected = [clinic.get(f"/slides?rating_min={least}")["total"] for least in (5, 4, 3, 2, 1)]
    assert expected == [0, 1, 1, 1, 1]
    expect(stars).to_have_text([re.compile(rf"{count}$") for count in expected])
    panel.get_by_role("group", name="Stain").get_by_role("checkbox", name=re.compile("^H&E")).check()
    expect(library.get_by_role("main").get_by_role("status").first).to_have_text("4 slides found")
    expect(library.locator("[aria-busy=true]")).to_have_count(0)
    assert names(library) == list(clinic.slides("&stain=H%26E"))
    panel.get_by_role("group", name="Rating").get_by_role("checkbox", name=re.compile("^At least 4")).check()
    expect(library.get_by_role("main").get_by_role("status").first).to_have_text("1 slide found")
    library.keyboard.press("Escape")
    active = library.get_by_role("list", name="Filters in use")
    expect(active.get_by_role("button")).to_have_count(2)
    active.get_by_role("button", name=re.compile("Stain H&E")).click()
    active.get_by_role("button").click()
    expect(library.get_by_role("main").get_by_role("status").first).to_have_text(f"{len(FILES)} slides")


def test_slides_without_a_case_are_found_and_counted(library: Page, clinic: Clinic) -> None:
    library.get_by_role("button", name="Filter").click()
    section = library.get_by_role("group", name="Filter").get_by_role("group", name="Case", exact=True)
    expected = clinic.get("/slides?case_id=none")["total"]
    assert expected == 1
    expect(section.locator("label")).to_have_text(re.compile(rf"Without a case\s*{expected}$"))
    section.get_by_role("checkbox").focus()
    library.keyboard.press("Space")
    expect(library).to_have_url(re.compile(r"case=none"))
    expect(library.get_by_role("main").get_by_role("status").first).to_have_text("1 slide found")
    assert names(library) == ["unknown scan"]
    library.keyboard.press("Escape")
    library.reload()
    active = library.get_by_role("list", name="Filters in use")
    expect(active.get_by_role("button", name="Remove filter Case Without a case")).to_be_visible()
    # Filed elsewhere, it leaves the list; what is left of the filter is taken back by hand.
    slide = clinic.slides()["unknown scan"]["slide_id"]
    case = clinic.case("S24-1300")
    ids = {"slide_ids": [slide], "project_id": case["project_id"], "case_id": case["case_id"]}
    clinic.send("POST", "/slides/move", ids)
    library.reload()
    expect(library.get_by_role("article")).to_have_count(0)
    active.get_by_role("button").click()
    expect(library.get_by_role("main").get_by_role("status").first).to_have_text(f"{len(FILES)} slides")


def test_columns_are_hidden_ordered_and_kept(library: Page) -> None:
    def headings() -> list[str]:
        found: list[str] = library.locator("thead th[data-column]").evaluate_all(
            "all => all.map(th => th.dataset.column)"
        )
        return found

    as_table(library)
    assert headings()[:4] == ["name", "case", "block", "stain"]
    library.get_by_role("button", name="Columns").click()
    library.get_by_role("checkbox", name="Block", exact=True).uncheck()
    library.get_by_role("checkbox", name="Objective").check()
    for _ in range(6):
        library.get_by_role("button", name="Move Objective to the left").click()
    library.keyboard.press("Escape")
    assert headings()[:3] == ["name", "objective", "case"]
    assert "block" not in headings()
    library.reload()
    expect(library.get_by_role("table", name="Slides")).to_be_visible()
    assert headings()[:3] == ["name", "objective", "case"]
    library.get_by_role("button", name="Columns").click()
    library.get_by_role("button", name="As at first").click()
    assert headings()[:4] == ["name", "case", "block", "stain"]


def test_a_saved_view_opens_by_its_link(library: Page, clinic: Clinic, new_page: NewPage) -> None:
    as_table(library)
    library.get_by_role("button", name="Columns").click()
    library.get_by_role("checkbox", name="Rating").uncheck()
    library.keyboard.press("Escape")
    library.goto("/?stain=H%26E&sort=-name")
    library.get_by_role("button", name="Views").click()
    library.get_by_role("textbox", name="Save this list as a view").fill("All H&E")
    library.keyboard.press("Enter")
    expect(library.get_by_role("button", name="Views")).to_have_text("All H&E")
    (view,) = clinic.get("/views")["items"]
    assert view["query"] == {"stain": "H&E", "sort": "-name"}
    assert "rating" not in view["columns"]
    library.get_by_role("button", name="Views").click()
    library.get_by_role("button", name="Change view All H&E").click()
    library.get_by_role("button", name="Share with everybody").click()
    clinic.until(lambda: bool(clinic.get("/views")["items"][0]["shared"]))
    library.get_by_role("textbox", name="Name of the view").first.fill("H and E")
    library.get_by_role("button", name="Rename").click()
    expect(library.get_by_role("button", name="Views")).to_have_text("H and E")

    other = new_page()
    other.goto(f"/?view={view['view_id']}")
    expect(other).to_have_url(re.compile("stain=H%26E"))
    expect(other.get_by_role("button", name="Views")).to_have_text("H and E")
    expect(other.get_by_role("main").get_by_role("status").first).to_have_text("4 slides found")
    expect(other.locator("[aria-busy=true]")).to_have_count(0)
    assert names(other) == list(clinic.slides("&stain=H%26E&sort=-name"))
    as_table(other)
    expect(other.locator("th[data-column=stain]")).to_have_count(1)
    expect(other.locator("th[data-column=rating]")).to_have_count(0)

    library.get_by_role("button", name="Change view H and E").click()
    library.get_by_role("button", name="Delete").click()
    clinic.until(lambda: clinic.get("/views")["items"] == [])
    other.goto(f"/?view={view['view_id']}")
    expect(toast(other)).to_contain_text("That view does not exist any more")
