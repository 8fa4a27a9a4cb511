"""The area of an export set with the arrow keys: what is seen, told and saved."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect
from tests.support.pictures import Pictures

from .conftest import Stage

pytestmark = pytest.mark.browser

Find = Callable[[str], dict[str, Any]]
SVS = "CMU-1-Small-Region.svs"


@pytest.fixture
def pictures(page: Page) -> Pictures:
    return Pictures(page)


@pytest.mark.parametrize("turned", ["", "&rotation=180"])
def test_an_area_is_set_with_the_arrow_keys(stage: Stage, pictures: Pictures, find_slide: Find, turned: str) -> None:
    slide = find_slide(SVS)
    stage.open(slide, f"x=1100&y=1400&mpp={slide['mpp_x']}{turned}")
    page = stage.page

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    pictures.open("An area")
    pictures.dialog.get_by_role("button", name="Draw a rectangle").focus()
    press("Enter")
    expect(pictures.dialog).to_have_count(0)
    press("ArrowRight")
    told = page.get_by_text("Shift with arrows changes its size, Enter takes it.")
    expect(told).to_contain_text(re.compile(r"^[\d,]+ × [\d,]+"))
    _, _, width, height = stage.box
    first = [int(one.replace(",", "")) for one in re.findall(r"[\d,]*\d", told.inner_text())[:4]]
    assert abs(first[0] - width / 2) <= 1
    assert abs(first[1] - height / 2) <= 1
    press("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowUp")
    after = [first[0] - 20, first[1] - 10]
    # What is right on the screen is left on a slide that stands on its head; the far edges give way there.
    corner = [first[2] - 20 + 20, first[3] - 10 + 10] if turned else [first[2] + 20, first[3] + 10]
    expect(told).to_contain_text(f"{after[0]:,} × {after[1]:,} px at {corner[0]}, {corner[1]}.")
    assert stage.view()["x"] == pytest.approx(1100, abs=1), "the arrows moved the rectangle, not the slide"
    press("Enter")
    dialog = pictures.dialog
    assert dialog.get_by_role("radio", name="The drawn rectangle").is_checked()
    expect(dialog.get_by_role("status")).to_contain_text(re.compile(rf"{after[0]:,}\D+{after[1]:,}"))
    dialog.get_by_label("Format").select_option(label="OME-TIFF, stored values")
    with tifffile.TiffFile(pictures.save("Save area").path()) as opened:
        found = opened.pages[0].asarray()
    whole = tifffile.imread(io.BytesIO(page.request.get(f"/api/v1/slides/{slide['slide_id']}/download").body()))
    places = [(corner[1] + y, corner[0] + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    differences = [
        np.abs(whole[y : y + found.shape[0], x : x + found.shape[1]].astype(int) - found).max() for y, x in places
    ]
    assert min(differences) <= 2


def test_an_area_by_keys_is_given_up_with_escape(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    stage.open(find_slide(SVS))
    pictures.open("An area")
    pictures.dialog.get_by_role("button", name="Draw a rectangle").click()
    stage.page.keyboard.press("ArrowDown")
    stage.page.keyboard.press("Escape")
    expect(pictures.dialog).to_be_visible()
    expect(pictures.dialog.get_by_role("radio", name="The drawn rectangle")).to_have_count(0)
