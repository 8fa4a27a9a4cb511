"""A case of twelve slides, from the scanner's folder to the printed page, with the mouse and with keys alone."""

import colorsys
import io
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.support.clinic import Clinic, names

pytestmark = pytest.mark.browser

CASE = "S26-77"
# In the order in which a pathologist reads them: H&E first, then by block as people count, then the other stains.
ORDER = [("A1", "H&E"), ("A2", "H&E"), ("A10", "H&E"), ("B1", "H&E"), ("A1", "HER2"), ("A1", "Ki-67"), ("A2", "ER"),
         ("A2", "PR"), ("A10", "PAS"), ("B1", "CD3"), ("B1", "CD20"), ("B1", "p53")]  # fmt: skip
COLOURS = {
    stand: np.round(np.array(colorsys.hsv_to_rgb(number / 12, 0.6, 0.9)) * 255) for number, stand in enumerate(ORDER)
}
SIDE = 1024
ARRIVES_MS = 60_000


def scan(folder: Path, block: str, stain: str) -> None:
    """Let the scanner write a slide: one colour, by which it is known on the screen."""
    pixels = np.broadcast_to(COLOURS[block, stain].astype(np.uint8), (SIDE, SIDE, 3))
    name = f"{CASE}_{block}_{stain.replace('&', '')}.tif"
    if (folder / name).exists():
        return
    tifffile.imwrite(
        folder / name, pixels, photometric="rgb", tile=(256, 256), resolution=(20_000, 20_000), resolutionunit=3
    )


@pytest.fixture(scope="module")
def laboratory(
    run_server: Callable[..., AbstractContextManager[str]], browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str, Any]]:
    """A folder that is watched, the server's address and somebody's cookies."""
    folder = tmp_path_factory.mktemp("day") / "scanner"
    folder.mkdir()
    with run_server([folder], tmp_path_factory.mktemp("day-data"), POLL_S="1", SETTLE_S="1") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.wait_for_url(lambda at: "signin" not in at)
        url = address.split("/signin", 1)[0]
        clinic = Clinic(url, context)
        project_id = clinic.get("/projects")["items"][0]["project_id"]
        pattern: dict[str, Any] = {"metadata_schema": [], "pattern": "{case}_{block}_{stain}", "default_stain": None}
        clinic.send("PUT", f"/projects/{project_id}/settings", pattern)
        clinic.send("PUT", "/me/preferences", {"tour_done": True})
        yield folder, url, context.storage_state()
        context.close()


def sharp(page: Page) -> None:
    page.locator("[role=status][aria-busy=false]").first.wait_for(state="attached", timeout=30_000)
    page.wait_for_timeout(250)


def middle(page: Page) -> Any:
    """Mean colour in the middle of the picture."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2 - 20, "y": box["y"] + box["height"] / 2 - 20, "width": 40, "height": 40}
    image = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
    return np.asarray(image, np.float64).reshape(-1, 3).mean(axis=0)


def choose(page: Page, what: Any, *, by_keys: bool) -> None:
    if by_keys:
        what.focus()
        page.keyboard.press("Enter")
    else:
        what.click()


@pytest.mark.parametrize("by_keys", [False, True], ids=["mouse", "keys"])
def test_a_case_of_twelve_from_arrival_to_print(
    laboratory: tuple[Path, str, Any],
    browser: Browser,
    serious_findings: Callable[[Page], list[str]],
    tmp_path: Path,
    by_keys: bool,
) -> None:
    folder, url, state = laboratory
    context = browser.new_context(base_url=url, storage_state=state, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/")
    for block, stain in reversed(ORDER):  # a scanner keeps to no order
        scan(folder, block, stain)
    expect(page.get_by_role("article")).to_have_count(len(ORDER), timeout=ARRIVES_MS)
    assert serious_findings(page) == []
    page.keyboard.press("c")
    choose(page, page.get_by_role("region", name="Cases").locator(f"[data-case='{CASE}']"), by_keys=by_keys)
    expect(page.get_by_role("heading", name=CASE, level=1)).to_be_visible()
    expected = [f"{CASE}_{block}_{stain.replace('&', '')}" for block, stain in ORDER]
    expect(page.get_by_role("article")).to_have_count(len(ORDER))
    assert names(page) == expected
    assert serious_findings(page) == []
    choose(page, page.get_by_role("article").first.get_by_role("link").first, by_keys=by_keys)
    for number, (block, stain) in enumerate(ORDER, 1):
        expect(page.get_by_text(f"{number} of 12", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{CASE} · {block} · {stain}")
        sharp(page)
        assert np.abs(middle(page) - COLOURS[block, stain]).max() < 4, (block, stain)
        if number == 1:
            assert serious_findings(page) == []
        if number < len(ORDER):
            if by_keys:
                page.keyboard.press("PageDown")
            else:
                page.get_by_role("button", name=re.compile("^Next slide")).click()
    printed = print_sheet(page, tmp_path)
    for word in (CASE, "B1", "p53", "Printed", "By"):
        assert word in printed
    context.close()


def print_sheet(page: Page, folder: Path) -> str:
    """Press Ctrl+P and read the sheet back with another program."""
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed++ } }")
    page.get_by_role("application").focus()
    page.keyboard.press("Control+p")
    for _ in range(150):
        if page.evaluate("() => window.printed"):
            break
        page.wait_for_timeout(200)
    path = folder / "printed.pdf"
    page.pdf(path=path, format="A4")
    return subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
