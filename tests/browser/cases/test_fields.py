"""Editing one slide or many by mouse, keys and fingers, beside what the API says of the same."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.support.clinic import FILES, Clinic, as_table, card, names, row, settings, toast
from tests.support.looks import LOOKS, Size

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


def test_keys_alone_edit_the_table(library: Page, clinic: Clinic) -> None:
    library.keyboard.press("v")
    library.keyboard.press("End")
    expect(library.get_by_role("link", name="unknown scan", exact=True)).to_be_focused()
    library.keyboard.press("F2")
    case = library.get_by_role("combobox", name="Edit Case of unknown scan")
    expect(case).to_be_focused()
    library.keyboard.type("S24-1300")
    library.keyboard.press("Tab")
    expect(library.get_by_role("textbox", name="Edit Block of unknown scan")).to_be_focused()
    library.keyboard.type("B2")
    library.keyboard.press("Tab")
    stain = library.get_by_role("combobox", name="Edit Stain of unknown scan")
    expect(stain).to_be_focused()
    library.keyboard.type("ki")
    expect(library.get_by_role("option", name="Ki-67")).to_be_visible()
    library.keyboard.press("ArrowDown")
    library.keyboard.press("Enter")
    expect(library.get_by_role("link", name="unknown scan", exact=True)).to_be_focused()
    library.keyboard.press("4")
    clinic.until(lambda: clinic.slides()["unknown scan"]["rating"] == 4)
    edited = clinic.slides()["unknown scan"]
    assert {key: edited[key] for key in ("case_name", "block", "stain", "stain_kind")} == {
        "case_name": "S24-1300",
        "block": "B2",
        "stain": "Ki-67",
        "stain_kind": "ihc",
    }
    cells = row(library, "unknown scan")
    expect(cells.locator("[data-column=block]")).to_have_text("B2")
    expect(cells.get_by_role("slider")).to_have_attribute("aria-valuetext", "4 stars of 5")
    for _ in range(4):
        library.keyboard.press("Control+z")
        expect(toast(library)).to_contain_text("Undone")
        library.get_by_role("button", name="Close this message").click()
        library.locator("body").focus()
    undone = clinic.slides()["unknown scan"]
    assert [undone[key] for key in ("case_name", "block", "stain", "rating")] == [None, None, None, None]


def test_the_servers_sentence_stands_at_the_field(library: Page, clinic: Clinic) -> None:
    dialog = settings(library, "Fields")
    dialog.get_by_role("button", name="Add a field").click()
    dialog.get_by_label("Label").fill("Tumour grade")
    expect(dialog.get_by_label("Key")).to_have_value("tumour_grade")
    dialog.get_by_label("Type").select_option(label="Whole number")
    dialog.get_by_label("At least").fill("1")
    dialog.get_by_label("At most").fill("3")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    project_id = clinic.project()["project_id"]
    (rule,) = clinic.get(f"/projects/{project_id}/settings")["metadata_schema"]
    assert (rule["key"], rule["type"], rule["minimum"], rule["maximum"]) == ("tumour_grade", "integer", 1, 3)
    library.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    slide = clinic.slides()["S24-1234_A1_HE"]
    answer = clinic.request.patch(
        f"{clinic.url}/api/v1/slides/{slide['slide_id']}",
        data={"fields": {"tumour_grade": 9}},
        headers=clinic.headers,
    )
    assert answer.status == 422
    sentence = answer.json()["errors"][0]["detail"]
    card(library, "S24-1234_A1_HE").locator("[data-index]").focus()
    library.keyboard.press("e")
    pane = library.get_by_role("complementary", name="Details")
    grade = pane.get_by_role("textbox", name="Tumour grade")
    grade.fill("9")
    library.keyboard.press("Enter")
    expect(pane.get_by_role("alert")).to_have_text(sentence)
    expect(grade).to_have_value("9")
    expect(grade).to_have_attribute("aria-invalid", "true")
    grade.fill("2")
    library.keyboard.press("Enter")
    expect(pane.get_by_role("alert")).to_have_count(0)
    clinic.until(lambda: clinic.slides()["S24-1234_A1_HE"]["fields"] == {"tumour_grade": 2})
    # The same rule in the table, as a column that somebody adds.
    table = as_table(library)
    library.get_by_role("button", name="Columns").click()
    library.get_by_role("checkbox", name="Tumour grade").check()
    library.keyboard.press("Escape")
    cell = row(library, "S24-1234_A1_HE").locator("[data-column='field:tumour_grade']")
    expect(cell).to_have_text("2")
    cell.click()
    library.keyboard.press("Control+a")
    library.keyboard.type("7")
    library.keyboard.press("Enter")
    expect(table.get_by_role("alert")).to_have_text(sentence)
    library.keyboard.press("Escape")
    expect(cell).to_have_text("2")


def test_all_selected_slides_are_edited_at_once_and_given_back(library: Page, clinic: Clinic) -> None:
    before = clinic.slides()
    library.keyboard.press("ArrowDown")
    library.keyboard.press("Control+a")
    expect(library.get_by_role("toolbar")).to_contain_text(f"{len(FILES)} slides selected")
    library.keyboard.press("e")
    pane = library.get_by_role("complementary", name="Details")
    expect(pane.get_by_role("heading", name=f"Fields of {len(FILES)} slides")).to_be_visible()
    expect(pane.get_by_role("textbox", name="Block")).to_have_attribute("placeholder", "Several values")
    part = pane.get_by_role("textbox", name="Part")
    part.fill("B")
    part.press("Enter")
    expect(toast(library)).to_contain_text(f"Part of {len(FILES)} slides changed")
    assert {slide["part"] for slide in clinic.slides().values()} == {"B"}
    tags = pane.get_by_role("combobox", name="Tags")
    tags.fill("teaching")
    tags.press("Enter")
    expect(toast(library)).to_contain_text(f"Tags of {len(FILES)} slides changed")
    assert [slide["tags"] for slide in clinic.slides().values()] == [["teaching"]] * len(FILES)
    pane.get_by_role("slider", name="Rating").focus()
    library.keyboard.press("5")
    expect(toast(library)).to_contain_text(f"Rating of {len(FILES)} slides changed")
    for _ in range(3):
        toast_text = toast(library).inner_text()
        library.get_by_role("heading", level=1).click()
        library.keyboard.press("Control+z")
        expect(toast(library)).not_to_have_text(toast_text)
        expect(toast(library)).to_contain_text("Undone")
    after = clinic.slides()
    kept = ("case_id", "part", "block", "stain", "stain_kind", "tags", "rating", "fields")
    assert [[slide[key] for key in kept] for slide in after.values()] == [
        [slide[key] for key in kept] for slide in before.values()
    ]


def test_clicks_with_control_and_shift_select_and_open_nothing(library: Page) -> None:
    card(library, "S24-1234_A1_HE").click(modifiers=["Control"])
    card(library, "S24-1300_B1_HE").click(modifiers=["Control"])
    expect(library.get_by_role("toolbar")).to_contain_text("2 slides selected")
    card(library, "S24-1234_A1_HE").click(modifiers=["Control"])
    expect(library.get_by_role("toolbar")).to_contain_text("1 slide selected")
    first, last = names(library).index("S24-1234_A1_HE"), names(library).index("S24-1300_B1_PAS")
    card(library, "S24-1300_B1_PAS").click(modifiers=["Shift"])
    picked = library.locator("article[data-picked=true]").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert picked == names(library)[first : last + 1]
    library.keyboard.press("Escape")
    expect(library.get_by_role("toolbar")).to_have_count(0)
    assert "/slides/" not in library.url


def test_files_are_attached_read_and_deleted(library: Page, clinic: Clinic, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_bytes(b"margins free\n" * 50)
    slide_id = clinic.slides()["S24-1234_A1_HE"]["slide_id"]
    card(library, "S24-1234_A1_HE").locator("[data-index]").focus()
    library.keyboard.press("i")
    section = library.get_by_role("region", name="Attachments")
    with library.expect_file_chooser() as chooser:
        section.get_by_role("button", name="Attach a file").click()
    chooser.value.set_files(report)
    link = section.get_by_role("link", name="Download report.txt")
    expect(link).to_contain_text("650 bytes")
    with library.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes() == report.read_bytes()
    assert [one["name"] for one in clinic.get(f"/slides/{slide_id}/attachments")["items"]] == ["report.txt"]
    section.get_by_role("button", name="Delete report.txt").click()
    section.get_by_role("button", name="Delete", exact=True).click()
    expect(section.get_by_text("Nothing attached.")).to_be_visible()
    assert clinic.get(f"/slides/{slide_id}/attachments")["items"] == []


def test_fingers_select_and_edit_on_a_telephone(clinic: Clinic, new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/")
    for name in ("S24-1234_A1_HE", "S24-1234_A1_HER2"):
        box = page.get_by_role("checkbox", name=f"Select {name}", exact=True)
        room = box.locator("xpath=..").bounding_box()
        assert room is not None
        assert min(room["width"], room["height"]) >= 44
        box.tap()
    page.get_by_role("toolbar").get_by_role("button", name="Edit").tap()
    drawer = page.get_by_role("dialog", name="Fields of 2 slides")
    part = drawer.get_by_role("textbox", name="Part")
    part.fill("C")
    part.press("Enter")
    clinic.until(lambda: [clinic.slides()[name]["part"] for name in FILES[:2]] == ["C", "C"])
    drawer.get_by_role("button", name="Close details").tap()
    page.get_by_role("button", name="By case").tap()
    page.locator("[data-case='S24-1300']").tap()
    expect(page.get_by_role("heading", name="S24-1300", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_no_serious_finding_of_accessibility(
    clinic: Clinic, new_page: NewPage, serious_findings: Callable[[Page], list[str]], scheme: str, size: Size
) -> None:
    width, height = size
    slide = clinic.slides()["S24-1234_A1_HE"]
    clinic.send("PATCH", f"/slides/{slide['slide_id']}", {"tags": ["margin"], "rating": 3, "fields": {"site": "skin"}})
    page = new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        page.wait_for_timeout(300)
        found[state] = serious_findings(page)

    page.goto("/")
    expect(card(page, "S24-1234_A1_HE")).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    look("filter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Views").click()
    look("views")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="By case").click()
    expect(page.locator("[data-case='S24-1234']")).to_be_visible()
    look("cases")
    page.locator("[data-case='S24-1234']").click()
    expect(card(page, "S24-1234_A1_HE")).to_be_visible()
    look("case")
    page.get_by_role("button", name="Fields of the case").click()
    expect(page.get_by_test_id("case-fields")).to_be_visible()
    look("case fields")
    page.get_by_role("button", name="Close details").click()
    page.get_by_role("button", name="Table").click()
    page.get_by_role("link", name="S24-1234_A1_HE", exact=True).focus()
    page.keyboard.press("F2")
    look("table")
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Select S24-1234_A1_HE", exact=True).click()
    look("selection")
    page.keyboard.press("m")
    expect(page.get_by_role("dialog", name="Move 1 slide")).to_be_visible()
    look("move")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.get_by_text("Nothing attached.")).to_be_visible()
    look("details")
    page.get_by_role("button", name="Close details").click()
    page.goto(f"/?project={clinic.project()['project_id']}")
    page.get_by_role("button", name="Project menu").click()
    look("menu")
    page.get_by_role("button", name="Settings …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a field").click()
    look("schema")
    dialog.get_by_role("tab", name="File names").click()
    expect(dialog.get_by_text("7 files match")).to_be_visible()
    look("pattern")
    dialog.get_by_role("tab", name="CSV").click()
    look("csv")
    page.keyboard.press("Escape")
    page.goto("/trash")
    expect(page.get_by_role("heading", name="Trash")).to_be_visible()
    look("trash")
    assert {state: findings for state, findings in found.items() if findings} == {}, json.dumps(found)
