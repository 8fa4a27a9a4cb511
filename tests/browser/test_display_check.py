"""The display check: patches have the colours they claim, and what a person saw is logged for the workstation."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tests.support.looks import LOOKS

pytestmark = pytest.mark.browser


def _shot(part: Locator) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(Image.open(io.BytesIO(part.screenshot())).convert("RGB"), dtype=np.int64)


def _patches(page: Page, name: str) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    patches = page.get_by_role("list", name=name).locator("svg")
    return [_shot(patches.nth(i)) for i in range(patches.count())]


def _middle(patch: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    return [int(value) for value in patch[patch.shape[0] // 2, patch.shape[1] // 2]]


def _corner(patch: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    return [int(value) for value in patch[4, 4]]


@pytest.fixture
def check(page: Page) -> Page:
    page.goto("/display-check")
    expect(page.get_by_role("heading", name="Display check")).to_be_visible()
    return page


def test_every_patch_has_its_colour(check: Page) -> None:
    grey = [_middle(patch) for patch in _patches(check, "Grey steps")]
    assert grey == [[round(255 * step / 17)] * 3 for step in range(18)]
    dark = _patches(check, "Almost black")
    assert [_middle(patch) for patch in dark] == [[round(2.55 * percent)] * 3 for percent in range(1, 7)]
    assert all(_corner(patch) == [0, 0, 0] for patch in dark)
    light = _patches(check, "Almost white")
    assert [_middle(patch) for patch in light] == [[round(255 - 2.55 * percent)] * 3 for percent in range(1, 7)]
    assert all(_corner(patch) == [255, 255, 255] for patch in light)
    colours = [_middle(patch) for patch in _patches(check, "Colours")]
    densities = ((0.65, 0.7, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
    stained = [
        [round(255 * 10 ** (-one * strength)) for one in stain] for stain in densities for strength in (0.25, 0.6, 1.1)
    ]
    pure = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 255], [255, 0, 255], [255, 255, 0]]
    assert np.abs(np.array(colours) - np.array(stained + pure)).max() <= 1


def test_the_result_is_logged_for_the_workstation(check: Page) -> None:
    passed = check.get_by_role("button", name="Passed")
    passed.click()
    expect(check.get_by_role("status")).to_have_text("Give this workstation a name first.")
    before = check.request.get("/api/v1/display-checks").json()["items"]
    check.get_by_label("Name of this workstation").fill("Microscopy 3, left")
    check.get_by_label("Note").fill("blinds down")
    passed.click()
    expect(check.get_by_role("status")).to_have_text("Logged for Microscopy 3, left.")
    check.reload()
    expect(check.get_by_label("Name of this workstation")).to_have_value("Microscopy 3, left")
    check.get_by_role("button", name="Failed").click()
    expect(check.get_by_role("status")).to_have_text("Logged for Microscopy 3, left.")
    logged = check.request.get("/api/v1/display-checks").json()["items"]
    new = logged[: len(logged) - len(before)]
    assert [one["result"] for one in new] == [{"passed": False, "note": ""}, {"passed": True, "note": "blinds down"}]
    assert {one["workstation"] for one in new} == {"Microscopy 3, left"}
    expect(check.get_by_role("listitem").filter(has_text="blinds down").first).to_contain_text("passed")


def test_a_check_that_cannot_be_logged_is_not_said_to_be(check: Page) -> None:
    check.route("**/api/v1/display-checks", lambda route: route.abort())
    check.get_by_label("Name of this workstation").fill("Microscopy 3, left")
    check.get_by_role("button", name="Passed").click()
    expect(check.get_by_role("alert")).to_contain_text("The result could not be logged")
    expect(check.get_by_text("Logged for")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_menus_dialogs_and_the_check_have_no_serious_finding(
    new_context: Callable[..., BrowserContext],
    serious_findings: Callable[[Page], list[str]],
    stage: Any,
    find_slide: Callable[[str], dict[str, Any]],
    scheme: str,
    size: tuple[int, int],
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    page = new_context(viewport=viewport, color_scheme=scheme).new_page()
    looking = type(stage)(page)
    found = {}
    looking.open(find_slide("CMU-1-Small-Region.svs"), "x=1110&y=1480&mpp=0.998")
    looking.press("t", "g")
    found["tools"] = serious_findings(page)
    looking.press("Escape", "Shift+F10")
    page.wait_for_timeout(200)
    found["menu"] = serious_findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("button", name="Change keys").click()
    found["keys"] = serious_findings(page)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Show the tour").click()
    looking.press("Shift+I")
    found["tour, identity hidden"] = serious_findings(page)
    page.goto("/display-check")
    expect(page.get_by_role("heading", name="Display check")).to_be_visible()
    found["check"] = serious_findings(page)
    assert {state: findings for state, findings in found.items() if findings} == {}
