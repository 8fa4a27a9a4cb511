"""The panel of annotations: tables, classes, layers, comments, history and files, as people use them."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.support.annotating import Hand
from tests.support.fingers import TOO_SMALL

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
VIEW = "x=1110&y=1480&mpp=0.998"
FindSlide = Callable[[str], dict[str, Any]]


@pytest.fixture
def hand(stage: Any, find_slide: FindSlide) -> Iterator[Hand]:
    """The slide without annotations, and the panel open beside it."""
    found = Hand(stage, find_slide(CMU))
    found.open(VIEW)
    found.clear()
    found.tab("Objects")
    yield found
    found.clear()


def test_an_empty_panel_says_how_to_begin(hand: Hand) -> None:
    expect(hand.panel).to_contain_text("Nothing is drawn on this slide yet.")


def test_the_table_sorts_selects_and_goes_to_objects(hand: Hand) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    hand.rectangle(1250, 1400, 50, 50)
    expect(hand.rows).to_have_count(2)
    hand.panel.get_by_role("columnheader", name="Area").get_by_role("button").click()
    mpp = hand.slide["mpp_x"]
    large = round(200 * 150 * mpp * mpp)
    number = re.sub(r"\D", "", hand.rows.nth(0).get_by_role("gridcell").nth(2).inner_text().split("µm")[0])
    assert abs(int(number) - large) <= 0.03 * large
    hand.panel.get_by_role("columnheader", name="Area").get_by_role("button").click()
    expect(hand.panel.get_by_role("columnheader", name="Area")).to_have_attribute("aria-sort", "ascending")
    hand.rows.nth(1).dblclick()
    hand.stage.settle()
    view = hand.stage.view()
    assert view["x"] == pytest.approx(1100, abs=3)
    assert view["y"] == pytest.approx(1475, abs=3)
    with hand.page.expect_download() as saved:
        hand.panel.get_by_role("button", name="CSV").click()
    text = saved.value.path().read_text(encoding="utf-8")
    assert "Area (µm²)" in text
    assert len(text.strip().splitlines()) == 3


def test_properties_and_review_reach_the_server(hand: Hand) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    hand.rows.first.click()
    box = hand.panel.get_by_role("region", name="Properties")
    box.get_by_role("textbox", name="Name").fill("Front")
    box.get_by_role("textbox", name="Name").press("Enter")
    classes = box.get_by_role("combobox", name="Class")
    choice = classes.get_by_role("option").nth(1).inner_text().strip()
    classes.select_option(index=1)
    box.get_by_role("button", name="Ask for review").click()
    box.get_by_role("button", name="Reject").click()
    box.get_by_role("textbox", name="Why it is rejected").fill("too large")
    box.get_by_role("button", name="Reject").click()
    (one,) = hand.held()
    assert (one["name"], one["review"], one["review_note"]) == ("Front", "rejected", "too large")
    assert one["class_id"] is not None
    expect(hand.rows.first).to_contain_text(choice)


def test_many_are_changed_at_once(hand: Hand) -> None:
    for i in range(3):
        hand.rectangle(950 + 110 * i, 1400, 60, 60)
    expect(hand.rows).to_have_count(3)
    hand.rows.first.click()
    hand.rows.last.click(modifiers=["Shift"])
    bulk = hand.panel.get_by_role("region", name="Selected")
    expect(bulk).to_contain_text("3 selected")
    bulk.get_by_role("button", name="Lock all selected").click()
    assert [one["locked"] for one in hand.held()] == [True] * 3
    bulk.get_by_role("button", name="Unlock").click()
    assert [one["locked"] for one in hand.held()] == [False] * 3
    bulk.get_by_role("button", name="Delete all selected").click()
    assert hand.held() == []


def test_what_was_deleted_comes_back_from_the_trash(hand: Hand) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    (before,) = hand.held()
    hand.stage.press("Delete")
    assert hand.held() == []
    hand.tab("History")
    hand.panel.get_by_role("button", name="Trash").click()
    hand.panel.get_by_role("list", name="Trash").get_by_role("button", name="Restore").first.click()
    (after,) = hand.held()
    assert after["annotation_id"] == before["annotation_id"]
    hand.panel.get_by_role("button", name="What happened").click()
    expect(hand.panel.get_by_role("list", name="History")).to_contain_text("restored")
    hand.tab("Objects")


def test_the_slide_is_shown_as_it_was(hand: Hand) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    hand.rectangle(1250, 1400, 50, 50)
    assert len(hand.held()) == 2
    hand.tab("History")
    hand.panel.get_by_role("list", name="History").get_by_role("button", name="Show").nth(1).click()
    hand.tab("Objects")
    expect(hand.panel).to_contain_text("Nothing can be changed.")
    expect(hand.rows).to_have_count(1)
    hand.panel.get_by_role("button", name="Back to now").click()
    expect(hand.rows).to_have_count(2)


def test_a_layer_is_hidden_and_shown(hand: Hand) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    hand.stage.press("Escape")
    hand.saved()
    with_it = hand.stage.shot()
    hand.tab("Layers")
    hand.panel.get_by_role("button", name=re.compile("^Hide ")).first.click()
    hand.stage.settle()
    left, top, width, height = (round(value) for value in hand.stage.box)
    picture = slice(top, top + height), slice(left + 60, left + width)
    assert (abs(hand.stage.shot()[picture] - with_it[picture]) > 60).any()
    hand.panel.get_by_role("button", name=re.compile("^Show ")).first.click()
    hand.tab("Objects")


def test_comments_are_answered_and_resolved(hand: Hand) -> None:
    hand.tab("Comments")
    hand.panel.get_by_role("button", name="On this place").click()
    hand.panel.get_by_role("combobox", name="Comment").fill("Is this mitosis?")
    hand.panel.get_by_role("button", name="Comment", exact=True).click()
    thread = hand.panel.get_by_role("article").filter(has_text="Is this mitosis?")
    thread.get_by_role("button", name="Answer").click()
    thread.get_by_role("combobox", name="Comment").fill("No, <b>pyknosis</b>.")
    thread.get_by_role("combobox", name="Comment").press("Control+Enter")
    expect(thread).to_contain_text("No, <b>pyknosis</b>.")
    expect(thread.get_by_role("button", name="Answer")).to_be_focused()
    thread.get_by_role("button", name="Resolve").click()
    expect(thread).to_be_hidden()
    hand.panel.get_by_role("button", name=re.compile("resolved thread")).click()
    expect(hand.panel.get_by_role("article").filter(has_text="Is this mitosis?")).to_contain_text("Resolved")
    hand.tab("Objects")


def test_a_class_with_a_form_asks_its_questions(hand: Hand) -> None:
    hand.tab("Classes")
    hand.panel.get_by_role("button", name="Add a class").click()
    dialog = hand.page.get_by_role("dialog", name="New class")
    dialog.get_by_role("textbox", name="Name").fill("Gland")
    dialog.get_by_role("textbox", name="Code", exact=True).fill("361083003")
    dialog.get_by_role("button", name="Add a question").click()
    dialog.get_by_role("textbox", name="Question").fill("Grade")
    dialog.get_by_role("combobox", name="Kind of answer").select_option(label="Whole number")
    dialog.get_by_role("spinbutton", name="At most").fill("5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    hand.panel.get_by_role("button", name=re.compile("^Gland")).first.click()
    hand.tab("Objects")
    hand.rectangle(1000, 1400, 200, 150)
    hand.rows.first.click()
    field = hand.panel.get_by_role("region", name="Properties").get_by_role("textbox", name="Grade")
    field.fill("9")
    field.press("Enter")
    expect(hand.panel).to_contain_text("At most 5.")
    field.fill("4")
    field.press("Enter")
    (one,) = hand.held()
    assert one["properties"] == {"grade": 4}


def test_a_file_is_seen_before_it_is_taken(hand: Hand, tmp_path: Any) -> None:
    shape = {"type": "Polygon", "coordinates": [[[1000, 1400], [1200, 1400], [1200, 1550], [1000, 1400]]]}
    feature = {"type": "Feature", "geometry": shape, "properties": {"classification": {"name": "Lumen"}}}
    file = tmp_path / "one.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    hand.panel.get_by_role("button", name="Import, export, counting").click()
    hand.page.get_by_role("button", name="Import …").click()
    dialog = hand.page.get_by_role("dialog", name="Import annotations")
    dialog.get_by_label("Choose a file").first.set_input_files(file)
    expect(dialog).to_contain_text("1 object")
    expect(dialog).to_contain_text("Lumen")
    assert hand.held() == []
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_contain_text("1 object is imported.")
    dialog.get_by_role("button", name="Close").last.click()
    expect(hand.rows).to_have_count(1)


def test_a_bad_file_is_refused_in_one_sentence(hand: Hand, tmp_path: Any) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text("{ not json", encoding="utf-8")
    hand.panel.get_by_role("button", name="Import, export, counting").click()
    hand.page.get_by_role("button", name="Import …").click()
    dialog = hand.page.get_by_role("dialog", name="Import annotations")
    dialog.get_by_label("Choose a file").first.set_input_files(file)
    expect(dialog.get_by_role("alert")).to_contain_text("This file cannot be taken")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()


@pytest.mark.parametrize("size", [(1440, 900), (820, 1180), (390, 844)])
def test_every_tab_is_accessible(
    hand: Hand, size: tuple[int, int], serious_findings: Callable[[Page], list[str]]
) -> None:
    hand.rectangle(1000, 1400, 200, 150)
    hand.rows.first.click()
    hand.page.set_viewport_size({"width": size[0], "height": size[1]})
    for tab in ("Objects", "Classes", "Layers", "Comments", "History"):
        hand.tab(tab)
        hand.page.wait_for_timeout(200)
        assert serious_findings(hand.page) == [], tab
        wide = hand.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, tab
    hand.tab("Objects")
    hand.page.set_viewport_size({"width": 1440, "height": 900})


def test_rows_have_room_for_a_fingertip(
    hand: Hand, new_context: Callable[..., BrowserContext], find_slide: FindSlide
) -> None:
    page = new_context(has_touch=True, is_mobile=True).new_page()
    finger = Hand(type(hand.stage)(page), find_slide(CMU))
    finger.open(VIEW)
    finger.tab("Objects")
    for i in range(2):
        finger.rectangle(1000 + 110 * i, 1400, 60, 60)
    expect(finger.rows).to_have_count(2)
    first, second = (one.bounding_box() for one in finger.rows.all())
    assert first is not None
    assert second is not None
    assert first["height"] == second["y"] - first["y"] == 44
    finger.rows.last.get_by_role("checkbox").tap()
    expect(
        finger.panel.get_by_role("region", name="Selected").or_(finger.panel.get_by_role("region", name="Properties"))
    ).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    finger.saved()
