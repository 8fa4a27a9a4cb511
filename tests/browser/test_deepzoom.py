"""OpenSeadragon shows a slide through ``/dzi`` and draws the pixels that the file holds."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

OPENSEADRAGON = Path(__file__).parents[2] / "web/node_modules/openseadragon/build/openseadragon/openseadragon.min.js"
SIDE = 600
PAGE = f"""<!doctype html><html><head><script src="/openseadragon.js"></script>
<style>html, body {{ margin: 0 }} #view {{ width: {SIDE}px; height: {SIDE}px; background: #fff }}</style></head>
<body><div id="view"></div></body></html>"""
SHOW = """([address, x, y, zoom]) => new Promise((resolve, reject) => {
  const viewer = window.viewer = OpenSeadragon({
    id: 'view', tileSources: address, drawer: 'canvas', showNavigationControl: false, animationTime: 0,
    blendTime: 0, immediateRender: true, imageSmoothingEnabled: false, minZoomImageRatio: 0.1, visibilityRatio: 0,
  });
  viewer.addHandler('open-failed', (event) => reject(new Error(event.message)));
  viewer.addHandler('tile-load-failed', (event) => reject(new Error('a tile failed: ' + event.message)));
  viewer.addHandler('open', () => {
    const port = viewer.viewport;
    port.zoomTo(port.imageToViewportZoom(zoom), null, true);
    port.panTo(port.imageToViewportCoordinates(x, y), true);
    const item = viewer.world.getItemAt(0);
    let quiet = 0;
    const look = () => {
      quiet = item.getFullyLoaded() ? quiet + 1 : 0;
      if (quiet < 6) { setTimeout(look, 100); return; }
      const corner = port.viewerElementToImageCoordinates(new OpenSeadragon.Point(0, 0));
      resolve([corner.x, corner.y]);
    };
    setTimeout(look, 300);
  });
})"""


@pytest.fixture
def stand(page: Page, served: Any) -> Page:
    """An empty page of the server's own origin, with OpenSeadragon on it."""

    def html(route: Route) -> None:
        route.fulfill(content_type="text/html", body=PAGE)

    def script(route: Route) -> None:
        route.fulfill(content_type="text/javascript", path=OPENSEADRAGON)

    page.route("**/stand", html)
    page.route("**/openseadragon.js", script)
    page.goto(f"{served.url}/stand")
    return page


def drawn(page: Page) -> np.ndarray:
    image = Image.open(io.BytesIO(page.locator("#view").screenshot())).convert("RGB")
    return np.asarray(image, dtype=float)


def blocks(pixels: np.ndarray, side: int = 12) -> np.ndarray:
    """Mean colours of square blocks, shape (rows, columns, 3)."""
    rows, cols = pixels.shape[0] // side, pixels.shape[1] // side
    means = pixels[: rows * side, : cols * side].reshape(rows, side, cols, side, 3).mean(axis=(1, 3))
    return np.asarray(means)


@pytest.mark.parametrize(("x", "y"), [(700, 900), (2100, 2800)], ids=["inside", "corner"])
def test_openseadragon_draws_the_pixels_of_the_file(
    stand: Page, find_slide: Callable[[str], dict[str, Any]], sample: Callable[[str], Path], x: int, y: int
) -> None:
    slide = find_slide("CMU-1-Small-Region.svs")
    left, top = (round(part) for part in stand.evaluate(SHOW, [f"/dzi/{slide['slide_id']}.dzi", x, y, 1]))
    shown = drawn(stand)
    full = tifffile.imread(sample("samples/CMU-1-Small-Region.svs"), key=0)
    expected = full[top : top + SIDE, left : left + SIDE].astype(float)
    height, width = expected.shape[:2]
    np.save("/tmp/shown.npy", shown)
    np.save("/tmp/exp.npy", full)
    print("CORNER", left, top)
    difference = np.abs(shown[:height, :width] - expected)
    assert np.mean(difference <= 3) > 0.75, "the pixels at this place, one to one"
    # OpenSeadragon may stretch a tile by a pixel to close a seam; the colours of small blocks stay.
    assert np.abs(blocks(shown[:height, :width]) - blocks(expected)).mean() < 1.5
    assert (shown[height + 1 :] == 255).all(), "nothing is drawn beyond the lower edge"
    assert (shown[:, width + 1 :] == 255).all(), "nothing is drawn beyond the right edge"


def test_a_coarse_level_is_the_mean_of_the_fine_one(
    stand: Page, find_slide: Callable[[str], dict[str, Any]], sample: Callable[[str], Path]
) -> None:
    slide = find_slide("CMU-1-Small-Region.svs")
    left, top = stand.evaluate(SHOW, [f"/dzi/{slide['slide_id']}.dzi", 1200, 1200, 0.25])
    shown = drawn(stand)[100:500, 100:500]
    full = tifffile.imread(sample("samples/CMU-1-Small-Region.svs"), key=0).astype(float)
    x, y = round(left) + 400, round(top) + 400
    part = full[y : y + 1600, x : x + 1600]
    expected = part.reshape(400, 4, 400, 4, 3).mean(axis=(1, 3))
    # Compared as blocks: where a made pixel lies on the screen is known to half a pixel only.
    assert np.abs(blocks(shown, 20) - blocks(expected, 20)).mean() < 3


def test_a_style_in_the_address_reaches_the_tiles(stand: Page, find_slide: Callable[[str], dict[str, Any]]) -> None:
    slide = find_slide("CMU-1-Small-Region.svs")
    address = f"/dzi/{slide['slide_id']}.dzi"
    stand.evaluate(SHOW, [address, 700, 900, 1])
    plain = drawn(stand).mean()
    stand.reload()
    stand.evaluate(SHOW, [address + "?style=eyJicmlnaHRuZXNzIjotMC4zfQ", 700, 900, 1])
    assert drawn(stand).mean() < plain - 30
