"""Cases as people make, fill and throw them away, beside what the API says of the same."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.support.clinic import FILES, PATTERN, Clinic, card, names, settings, toast

pytestmark = pytest.mark.browser


def test_a_naming_pattern_is_tried_on_the_real_names_and_files_the_slides(library: Page, clinic: Clinic) -> None:
    clinic.file(named=False)
    library.reload()
    dialog = settings(library, "File names")
    pattern = dialog.get_by_role("textbox", name="Naming pattern")
    preview = dialog.get_by_role("region", name="Preview on the files of this project")
    pattern.fill("{case}-{nothing}")
    pattern.fill(PATTERN)
    project_id = clinic.project()["project_id"]
    said = clinic.send("POST", f"/projects/{project_id}/pattern/preview", {"pattern": PATTERN})
    expect(preview.get_by_role("status")).to_have_text(f"{said['matched']} files match, {said['unmatched']} does not")
    assert (said["matched"], said["unmatched"]) == (7, 1)
    for item in said["items"]:
        line = preview.get_by_role("listitem").filter(has=library.get_by_text(item["file_name"], exact=True))
        if item["values"] is None:
            expect(line).to_contain_text("does not match")
        else:
            parts = "".join(f"{key} {item['values'][key]}" for key in ("case", "block", "stain"))
            assert re.sub(r"\s+", " ", line.inner_text()).replace(" ", "").endswith(parts.replace(" ", ""))
    # What cannot be read as a pattern says why, at the field.
    pattern.fill("{case")
    answer = clinic.request.post(
        f"{clinic.url}/api/v1/projects/{project_id}/pattern/preview", data={"pattern": "{case"}, headers=clinic.headers
    )
    assert answer.status == 422
    expect(dialog.get_by_role("alert")).to_contain_text(answer.json()["errors"][0]["detail"])
    assert clinic.slides()["S24-1234_A1_HER2"]["case_name"] is None
    pattern.fill(PATTERN)
    expect(preview.get_by_role("status")).to_contain_text("7 files match")
    # The test itself took the values away, and what a person did a pattern leaves alone unless told.
    dialog.get_by_role("checkbox", name="Replace values that are there already").check()
    dialog.get_by_role("button", name="Apply to all slides").click()
    expect(dialog.get_by_text("Applied: 7 slides changed.")).to_be_visible()
    filed = clinic.slides()
    for name in FILES[:-1]:
        case, block, _ = name.split("_")
        assert (filed[name]["case_name"], filed[name]["block"]) == (case, block)
    assert filed["unknown scan"]["case_name"] is None
    library.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card(library, "S24-1234_A1_HER2")).to_contain_text("HER2S24-1234 · A1")


def test_cases_are_listed_and_opened_in_the_default_order(library: Page, clinic: Clinic) -> None:
    library.keyboard.press("c")
    listed = library.get_by_role("region", name="Cases")
    said = clinic.get("/cases")["items"]
    assert [one["name"] for one in said] == ["S24-1234", "S24-1300"]
    for one in said:
        link = listed.locator(f"[data-case='{one['name']}']")
        expect(link).to_contain_text(f"{one['slide_count']} slides")
        assert link.locator("[data-stain]").all_inner_texts() == one["stains"]
    library.keyboard.press("ArrowDown")
    library.keyboard.press("Enter")
    expect(library.get_by_role("heading", name="S24-1234", level=1)).to_be_visible()
    expect(card(library, "S24-1234_A2_Ki67")).to_be_visible()
    order = [slide["name"] for slide in clinic.get(f"/cases/{said[0]['case_id']}")["slides"]]
    assert order[:3] == ["S24-1234_A1_HE", "S24-1234_A2_HE", "S24-1234_A10_HE"]
    assert names(library) == order
    library.go_back()
    expect(listed.locator("[data-case='S24-1300']")).to_be_visible()


def test_slides_dragged_onto_a_case_belong_to_it_until_undone(library: Page, clinic: Clinic) -> None:
    library.get_by_role("checkbox", name="Select unknown scan").click()
    library.get_by_role("checkbox", name="Select S24-1300_B1_PAS").click()
    # Somewhere else than at first: the cases appear only while something is dragged.
    box = card(library, "unknown scan").bounding_box()
    assert box is not None
    library.mouse.move(box["x"] + 60, box["y"] + 120)
    library.mouse.down()
    library.mouse.move(box["x"] + 90, box["y"] + 140, steps=4)
    target = library.get_by_role("region", name="Cases").locator("[data-case='S24-1234']")
    expect(target).to_be_visible()
    aim = target.bounding_box()
    assert aim is not None
    library.mouse.move(aim["x"] + 40, aim["y"] + 30, steps=6)
    expect(target).to_have_attribute("data-drop", "true")
    library.mouse.up()
    expect(toast(library)).to_contain_text("2 slides moved to S24-1234")
    moved = clinic.slides()
    assert {moved[name]["case_name"] for name in ("unknown scan", "S24-1300_B1_PAS")} == {"S24-1234"}
    expect(library.get_by_role("region", name="Cases")).to_have_count(0)
    toast(library).get_by_role("button", name="Undo").click()
    expect(toast(library)).to_contain_text("Undone: 2 slides moved to S24-1234")
    back = clinic.slides()
    assert (back["unknown scan"]["case_name"], back["S24-1300_B1_PAS"]["case_name"]) == (None, "S24-1300")


def test_keys_alone_move_slides_into_a_new_case(library: Page, clinic: Clinic) -> None:
    library.keyboard.press("End")
    expect(card(library, "unknown scan").locator("[data-index]")).to_be_focused()
    library.keyboard.press("m")
    expect(library.get_by_role("combobox", name="Case or project")).to_be_focused()
    library.keyboard.type("S24-9000")
    expect(library.get_by_role("option", name="New case “S24-9000” in clinic")).to_have_attribute(
        "aria-selected", "true"
    )
    library.keyboard.press("Enter")
    expect(toast(library)).to_contain_text("1 slide moved to S24-9000")
    assert clinic.slides()["unknown scan"]["case_name"] == "S24-9000"
    library.keyboard.press("Control+z")
    expect(toast(library)).to_contain_text("Undone")
    assert clinic.slides()["unknown scan"]["case_name"] is None


def test_the_trash_gives_everything_back(library: Page, clinic: Clinic) -> None:
    library.get_by_role("checkbox", name="Select unknown scan").click()
    library.get_by_role("checkbox", name="Select S24-1300_B1_PAS").click()
    library.get_by_role("toolbar").get_by_role("button", name="Trash").click()
    expect(toast(library)).to_contain_text("2 slides moved to the trash")
    expect(card(library, "unknown scan")).to_have_count(0)
    assert len(clinic.slides()) == len(FILES) - 2
    toast(library).get_by_role("button", name="Undo").click()
    expect(card(library, "unknown scan")).to_be_visible()
    assert len(clinic.slides()) == len(FILES)

    card(library, "unknown scan").locator("[data-index]").focus()
    library.keyboard.press("Delete")
    expect(toast(library)).to_contain_text("1 slide moved to the trash")
    library.keyboard.press("c")
    library.locator("[data-case='S24-1300']").click()
    library.get_by_role("button", name="Move case to the trash").click()
    expect(toast(library)).to_contain_text("Case S24-1300 moved to the trash")
    library.get_by_role("link", name="Trash").click()
    cases = library.get_by_role("region", name="Cases")
    expect(cases).to_contain_text("S24-1300")
    listed = {item["name"] for item in clinic.get("/trash")["items"]}
    shown = set(
        library.get_by_role("button", name=re.compile("^Restore ")).evaluate_all("all => all.map(b => b.ariaLabel)")
    )
    assert {f"Restore {name}" for name in listed} <= shown | {"Restore all"}
    # The newest stands first.
    library.get_by_role("button", name="Restore S24-1300").first.click()
    expect(library.get_by_text("S24-1300 restored")).to_be_visible()
    library.get_by_role("button", name="Restore unknown scan").click()
    expect(library.get_by_text("unknown scan restored")).to_be_visible()
    assert clinic.slides()["S24-1300_B1_PAS"]["case_name"] == "S24-1300"
    assert "unknown scan" in clinic.slides()


def test_a_table_says_what_it_would_do_before_it_does(library: Page, clinic: Clinic, tmp_path: Path) -> None:
    library.get_by_role("treeitem", name=re.compile("^clinic")).click()
    library.get_by_role("button", name="Project menu").click()
    with library.expect_download() as download:
        library.get_by_role("link", name="Export this list as CSV").click()
    exported = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [line["name"] for line in exported] == list(clinic.slides())
    table = tmp_path / "fields.csv"
    table.write_text("file_name,block,stain\nS24-1234_A1_HE.svs,C7,PAS\nnobody.svs,A1,HE\n", encoding="utf-8")
    dialog = settings(library, "CSV")
    with library.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a CSV file").click()
    chooser.value.set_files(table)
    expect(dialog).to_contain_text("2 rows · 1 belongs to a slide · 1 changes something · 1 belongs to none")
    expect(dialog.get_by_role("list", name="Rows without a slide")).to_contain_text("nobody.svs")
    expect(dialog.get_by_role("list", name="What would change")).to_contain_text("block C7")
    assert clinic.slides()["S24-1234_A1_HE"]["block"] == "A1"
    dialog.get_by_role("button", name="Write 1 change").click()
    expect(dialog.get_by_text("1 slide changed.")).to_be_visible()
    written = clinic.slides()["S24-1234_A1_HE"]
    assert (written["block"], written["stain"]) == ("C7", "PAS")


def test_a_case_is_made_and_edited(library: Page, clinic: Clinic) -> None:
    library.keyboard.press("n")
    dialog = library.get_by_role("dialog", name="New case")
    expect(dialog.get_by_role("textbox", name="Accession or name")).to_be_focused()
    library.keyboard.type("S24-1234")
    library.keyboard.press("Enter")
    expect(dialog).to_contain_text(re.compile("S24-1234|already|exists"))
    expect(dialog.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    library.keyboard.type("-b")
    library.keyboard.press("Enter")
    expect(library.get_by_role("heading", name="S24-1234-b", level=1)).to_be_visible()
    expect(library.get_by_role("heading", name="No slides in this case")).to_be_visible()
    library.get_by_role("button", name="Fields of the case").click()
    form = library.get_by_test_id("case-fields")
    name = form.get_by_role("textbox", name="Name")
    name.fill("S24-1234-c")
    name.press("Enter")
    expect(library.get_by_role("heading", name="S24-1234-c", level=1)).to_be_visible()
    form.get_by_role("combobox", name="Tags").fill("urgent")
    library.keyboard.press("Enter")
    clinic.until(lambda: clinic.case("S24-1234-c")["tags"] == ["urgent"])
    assert "S24-1234-b" not in [one["name"] for one in clinic.get("/cases")["items"]]
