"""Pictures that leave the viewer: their pixels against the file's, their words against what must not be in them."""

import io
import json
import re
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Page
from tests.browser.conftest import KnownColours, Served, Stage
from tests.support.pictures import Pictures

pytestmark = pytest.mark.browser

Find = Callable[[str], dict[str, Any]]
SVS = "CMU-1-Small-Region.svs"
SIDE = 64
"""Pixels of one block of the made slides."""


def chunks(png: bytes) -> dict[str, bytes]:
    """The chunks of a PNG, each checked."""
    found = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        body = png[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        found[body[:4].decode()] = body[4:]
        at += 12 + length
    return found


def pixels(data: bytes) -> npt.NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float64)


@pytest.fixture
def pictures(page: Page) -> Pictures:
    return Pictures(page)


def stage_of(stage: Stage) -> npt.NDArray[np.float64]:
    """What the canvas with the tissue shows, without what floats above it."""
    left, top, width, height = stage.box
    hide = "one => one.style.setProperty('visibility', 'hidden', 'important')"
    stage.page.evaluate(f"document.querySelectorAll('[class*=float], [class*=float] *').forEach({hide})")
    stage.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    window = stage.shot()
    return window[round(top) : round(top) + height, round(left) : round(left) + width]


@pytest.mark.parametrize("view", ["zoom=4", "zoom=4&rotation=90", "zoom=4&rotation=-37&mirror=1"])
def test_a_screenshot_is_what_the_screen_shows(stage: Stage, pictures: Pictures, find_slide: Find, view: str) -> None:
    slide = find_slide(SVS)
    stage.open(slide, f"x=1100&y=1400&{view}".replace("zoom=4", f"mpp={slide['mpp_x'] * 2}"))
    name, png = pictures.shot()
    assert re.fullmatch(r"slide-\S+-\d{4}-\d\d-\d\d-\d{4}\.png", name)
    seen, saved = stage_of(stage), pixels(png)
    assert saved.shape == seen.shape
    painted = chunks_with_alpha(png)
    inside = painted == 255
    assert inside.mean() > 0.3
    assert np.abs(saved - seen)[inside].max() <= 1


def chunks_with_alpha(png: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3]


def test_a_screenshot_for_print_has_the_colours_of_the_file(
    stage: Stage, pictures: Pictures, find_slide: Find, known_colours: KnownColours
) -> None:
    slide = find_slide("two-channels.ome.tif")
    stage.open(slide, "x=128&y=64&zoom=1")
    _, png = pictures.shot("300 dpi, for print")
    assert chunks(png)["pHYs"] == struct.pack(">IIB", 11_811, 11_811, 1)
    image = pixels(png)
    _, _, width, height = stage.box
    assert image.shape == (round(height * 3.125), round(width * 3.125), 3)
    region = stage.page.request.get(
        f"/api/v1/slides/{slide['slide_id']}/region?x=0&y=0&width=256&height=128&format=png"
    )
    expected = pixels(region.body())
    for row in range(2):
        for col in range(4):
            across = (col * SIDE + SIDE / 2 - 128) * 3.125 + image.shape[1] / 2
            down = (row * SIDE + SIDE / 2 - 64) * 3.125 + image.shape[0] / 2
            seen = image[round(down) - 20 : round(down) + 20, round(across) - 20 : round(across) + 20]
            wanted = expected[row * SIDE + 32, col * SIDE + 32]
            assert np.abs(seen - wanted).max() <= 4, (row, col)
    assert known_colours.first.shape == (2, 4)


def test_the_other_sizes_say_their_resolution(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    stage.open(find_slide(SVS))
    _, once = pictures.shot()
    _, twice = pictures.shot("2x")
    assert [one // 2 for one in Image.open(io.BytesIO(twice)).size] == list(Image.open(io.BytesIO(once)).size)
    assert chunks(once)["pHYs"] == struct.pack(">IIB", 3780, 3780, 1)
    assert chunks(twice)["pHYs"] == struct.pack(">IIB", 7559, 7559, 1)


def test_captions_are_there_when_asked_for_and_only_then(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    slide = find_slide(SVS)
    stage.open(slide, f"x=1100&y=1400&mpp={slide['mpp_x']}")
    _, plain = pictures.shot()
    _, barred = pictures.shot(bar=True)
    _, magnified = pictures.shot(magnification=True)
    name, named = pictures.shot(identity_off=False)
    assert name == f"{slide['name']}-20x.png"
    corners = {
        key: _changed(pixels(plain), pixels(one))
        for key, one in [("bar", barred), ("zoom", magnified), ("name", named)]
    }
    _, _, width, height = stage.box
    for key in ("bar", "zoom"):
        left, top, right, bottom = corners[key]
        assert (left, bottom) == (14, height - 14), key
        assert right < 300, key
        assert top > height - 100, key
    left, _, right, _ = corners["name"]
    assert (left > width / 2, right) == (True, width - 14)
    # The bar is as long as it says: dark ink along its bottom line.
    lengths = stage.page.get_by_role("img", name=re.compile("Scale bar")).get_attribute("aria-label") or ""
    um = float(re.search(r"([\d.]+) µm", lengths)[1])  # type: ignore[index]
    ink = (pixels(barred)[int(height) - 14 - 9 - 2] < 90).all(axis=-1)
    assert abs(ink[:300].sum() - um / slide["mpp_x"]) <= 2


def _changed(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> tuple[int, int, int, int]:
    rows, cols = np.nonzero(np.abs(before - after).max(axis=-1) > 3)
    return int(cols.min()), int(rows.min()), int(cols.max()) + 1, int(rows.max()) + 1


def test_measurements_are_in_the_picture(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    slide = find_slide(SVS)
    stage.open(slide, f"x=1100&y=1400&mpp={slide['mpp_x']}")
    _, before = pictures.shot()
    stage.press("q")
    left, top, width, height = stage.box
    stage.page.mouse.move(left + width / 2 - 100, top + height / 2)
    stage.page.mouse.down()
    stage.page.mouse.move(left + width / 2 + 100, top + height / 2, steps=5)
    stage.page.mouse.up()
    stage.page.keyboard.press("q")
    _, after = pictures.shot()
    first, _, last, _ = _changed(pixels(before), pixels(after))
    assert abs(first - (width / 2 - 100)) <= 4
    assert abs(last - (width / 2 + 100)) <= 4


def test_a_picture_goes_to_the_clipboard(new_context: Any, find_slide: Find) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    stage, pictures = Stage(page), Pictures(page)
    slide = find_slide(SVS)
    stage.open(slide)
    _, saved = pictures.shot()
    pictures.open()
    for name in ("Scale bar", "Magnification"):
        pictures.set(name, False)
    pictures.set("Identity off", True)
    pictures.dialog.get_by_role("button", name="Copy").click()
    page.get_by_text("Picture copied").wait_for(timeout=30_000)
    copied = page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read()
          const bytes = new Uint8Array(await (await item.getType('image/png')).arrayBuffer())
          return Array.from(bytes)
        }"""
    )
    np.testing.assert_array_equal(pixels(bytes(copied)), pixels(saved))


def test_a_drawn_area_has_the_pixels_of_the_file(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    slide = find_slide(SVS)
    stage.open(slide, f"x=1100&y=1400&mpp={slide['mpp_x']}")
    pictures.open("An area")
    pictures.dialog.get_by_role("button", name="Draw a rectangle").click()
    from_x, from_y = stage.on_screen(1000, 1300)
    to_x, to_y = stage.on_screen(1200, 1450)
    stage.page.mouse.move(from_x, from_y)
    stage.page.mouse.down()
    stage.page.mouse.move(to_x, to_y, steps=6)
    stage.page.mouse.up()
    dialog = pictures.dialog
    assert dialog.get_by_role("radio", name="The drawn rectangle").is_checked()
    dialog.get_by_label("Format").select_option(label="OME-TIFF, stored values")
    said = dialog.get_by_role("status").inner_text()
    sides = [int(one) for one in re.findall(r"\d+", said.split("px")[0])]
    assert abs(sides[0] - 200) <= 2
    assert abs(sides[1] - 150) <= 2
    saved = pictures.save("Save area")
    assert saved.suggested_filename.endswith(".ome.tif")
    with tifffile.TiffFile(saved.path()) as opened:
        found = opened.pages[0].asarray()
        assert f'PhysicalSizeX="{slide["mpp_x"]:.10g}"' in (opened.ome_metadata or "")
    assert list(found.shape[:2]) == sides[::-1]
    original = _original(stage.page, slide)
    whole = tifffile.imread(io.BytesIO(original))
    places = [(y, x) for y in range(1298, 1303) for x in range(998, 1003)]
    differences = [
        np.abs(whole[y : y + found.shape[0], x : x + found.shape[1]].astype(int) - found).max() for y, x in places
    ]
    assert min(differences) <= 2


def _original(page: Page, slide: dict[str, Any]) -> bytes:
    return page.request.get(f"/api/v1/slides/{slide['slide_id']}/download").body()


def test_what_is_too_large_is_said_before(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    stage.open(find_slide(SVS))
    stage.page.route(
        "**/region?*",
        lambda route: route.fulfill(
            status=422,
            content_type="application/problem+json",
            body=json.dumps(
                {
                    "type": "about:blank",
                    "title": "",
                    "status": 422,
                    "code": "too_large",
                    "detail": "The region asked for is too large for one answer; ask for fewer pixels.",
                    "request_id": "x",
                }
            ),
        ),
    )
    pictures.open("An area")
    pictures.dialog.get_by_role("button", name="Save area").click()
    pictures.dialog.get_by_text("too large for one answer").wait_for()


def test_a_whole_slide_is_exported_and_downloaded(stage: Stage, pictures: Pictures, find_slide: Find) -> None:
    slide = find_slide(SVS)
    stage.open(slide)
    pictures.open("Whole slide")
    pictures.set("Identity off", True)
    pictures.dialog.get_by_role("button", name="Export in the background").click()
    download = pictures.dialog.get_by_role("button", name="Download slide.ome.tif")
    download.wait_for(timeout=60_000)
    with stage.page.expect_download() as waiting:
        download.click()
    assert waiting.value.suggested_filename == "slide.ome.tif"
    data = Path(waiting.value.path()).read_bytes()
    assert slide["name"].encode() not in data
    with (
        tifffile.TiffFile(io.BytesIO(data)) as opened,
        tifffile.TiffFile(io.BytesIO(_original(stage.page, slide))) as file,
    ):
        np.testing.assert_array_equal(opened.series[0].levels[0].asarray(), file.pages[0].asarray())
        assert len(opened.series[0].levels) > 3
    # The same list stands in the account menu; there the export is removed.
    stage.page.goto("/")
    stage.page.get_by_role("button", name=re.compile("Account of")).click()
    stage.page.get_by_role("button", name="Exports").click()
    stage.page.get_by_role("button", name="Remove slide.ome.tif").click()
    stage.page.get_by_text("No exports.").wait_for()


def test_originals_of_two_slides_come_as_one_zip(page: Page, served: Served, find_slide: Find) -> None:
    slides = [find_slide(SVS), find_slide("two-channels.ome.tif")]
    address = "&".join(f"slide_id={slide['slide_id']}" for slide in slides)
    page.goto("/")
    response = page.request.get(f"{served.url}/api/v1/downloads?{address}")
    assert int(response.headers["content-length"]) == len(response.body())
    with zipfile.ZipFile(io.BytesIO(response.body())) as archive:
        assert archive.namelist() == [SVS, "two-channels.ome.tif"]
        assert archive.read(SVS) == _original(page, slides[0])


PRINT_DPI = 96


def printed(page: Page, folder: Path) -> tuple[str, list[npt.NDArray[np.float64]]]:
    """Print as the browser does on A4, and read the sheets back with another program: words and pixels."""
    path = folder / "printed.pdf"
    page.pdf(path=path, format="A4")
    words = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    subprocess.run(["pdftoppm", "-r", str(PRINT_DPI), "-png", path, folder / "sheet"], check=True)
    return words, [pixels(one.read_bytes()) for one in sorted(folder.glob("sheet*.png"))]


def check_sheet(sheet: npt.NDArray[np.float64], stage: Stage) -> npt.NDArray[np.float64]:
    """A white sheet with white margins; gives the picture on it, as wide as the margins leave."""
    margin = round(10 / 25.4 * PRINT_DPI)
    for edge in (sheet[:margin], sheet[-margin:], sheet[:, :margin], sheet[:, -margin:]):
        assert (edge == 255).all()
    rows, cols = np.nonzero((sheet < 250).any(axis=-1))
    top, left, right = rows.min(), cols.min(), cols.max() + 1
    _, _, width, height = stage.box
    bottom = top + round((right - left) * height / width)
    assert (sheet[bottom + 120 :] == 255).all()  # below it nothing but a few lines of words
    return sheet[top + 2 : bottom - 2, left + 2 : right - 2]


@pytest.mark.parametrize("hidden", [False, True])
def test_ctrl_p_prints_one_white_page(stage: Stage, find_slide: Find, tmp_path: Path, hidden: bool) -> None:
    slide = find_slide(SVS)
    page = stage.page
    page.add_init_script("window.printed = 0; window.print = () => { window.printed++ }")
    if hidden:
        page.add_init_script("localStorage.setItem('coverslip.identityHidden', '1')")
    stage.open(slide, f"x=1100&y=1400&mpp={slide['mpp_x']}")
    page.get_by_role("application").focus()
    page.keyboard.press("Control+p")
    for _ in range(150):  # the page's policy forbids Playwright's own waiting, which evaluates text
        if page.evaluate("() => window.printed"):
            break
        page.wait_for_timeout(200)
    assert page.evaluate("() => window.printed") == 1
    words, sheets = printed(page, tmp_path)
    assert len(sheets) == 1
    assert ("20x" in words, slide["name"] in words) == (True, not hidden)
    assert ("Printed" in words, "By" in words) == (True, True)
    for chrome in ("Fit", "Research use", "Overview", "Keys"):
        assert chrome not in words
    picture = check_sheet(sheets[0], stage)
    card = picture[-60:-5, 12:80]  # magnification and scale bar, drawn into the picture
    assert (card.min(), np.median(card)) == pytest.approx((23, 255), abs=60)
    # What lies in the middle of the view lies in the middle of the picture: its mean colour is the file's.
    height, width = picture.shape[:2]
    middle = picture[height // 2 - 40 : height // 2 + 40, width // 2 - 40 : width // 2 + 40].reshape(-1, 3).mean(axis=0)
    shown_px = 80 * stage.box[2] / (width + 4)  # level-0 pixels under those 80
    whole = tifffile.imread(io.BytesIO(_original(page, slide)))
    half = round(shown_px / 2)
    expected = whole[1400 - half : 1400 + half, 1100 - half : 1100 + half].reshape(-1, 3).mean(axis=0)
    assert np.abs(middle - expected).max() < 6


def test_printing_from_the_menu_prints_what_is_shown(stage: Stage, find_slide: Find, tmp_path: Path) -> None:
    """The browser's own menu gives no time to wait: the page is made when printing begins."""
    stage.open(find_slide(SVS))
    _, sheets = printed(stage.page, tmp_path)
    assert len(sheets) == 1
    assert check_sheet(sheets[0], stage).std() > 10


def test_the_dialog_is_for_everybody(
    stage: Stage, pictures: Pictures, find_slide: Find, serious_findings: Callable[[Page], list[str]]
) -> None:
    stage.open(find_slide(SVS))
    for what in ("This view", "An area", "Whole slide"):
        pictures.open(what)
        stage.page.wait_for_timeout(300)
        assert serious_findings(stage.page) == []
        stage.page.keyboard.press("Escape")
