"""Firefox and WebKit open the library and a slide, and draw the scan's own pixels."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openslide
import pytest
from PIL import Image

from .drivers import Driven, firefox, webkit

pytestmark = pytest.mark.browser

CMU = "CMU-1-Small-Region.svs"
# Tissue, keratin and glass, in level-0 pixels.
PLACES = ((1110, 1480), (1300, 1380), (850, 1700))
BROWSERS = {"firefox": firefox, "webkit": webkit}
WAIT_S = 60


@pytest.mark.parametrize("name", list(BROWSERS))
def test_the_library_and_a_slide_open(
    name: str, served: Any, find_slide: Callable[[str], dict[str, Any]], sample: Callable[[str], Any], tmp_path: Path
) -> None:
    slide = find_slide(CMU)
    with BROWSERS[name](tmp_path) as driven:
        driven.go(f"{served.url}/healthz")
        for cookie in served.state["cookies"]:
            driven.add_cookie({"name": cookie["name"], "value": cookie["value"], "path": "/"})
        driven.go(f"{served.url}/?q=CMU-1-Small")
        _until(driven, "return document.querySelectorAll('article img').length > 0")
        assert driven.run("return document.querySelector('article').getAttribute('aria-label')") == slide["name"]
        shown = (
            "return [...document.querySelectorAll('article img')].every((one) => one.complete && one.naturalWidth > 0)"
        )
        _until(driven, shown)

        driven.go(f"{served.url}/slides/{slide['slide_id']}#x=1110&y=1480&mpp=0.499")
        _until(driven, "return document.querySelector('[aria-label=Picture]')?.getAttribute('aria-busy') === 'false'")
        time.sleep(1)
        box = driven.run(
            "const box = document.querySelector('[role=application]').getBoundingClientRect();"
            "return [box.left, box.top, box.width, box.height, devicePixelRatio, innerWidth]"
        )
        left, top, width, height, ratio, _ = box
        assert ratio == 1
        window = np.asarray(Image.open(io.BytesIO(driven.shot())).convert("RGB"), dtype=np.float64)
        scan = openslide.OpenSlide(str(sample(f"samples/{CMU}")))
        for x, y in PLACES:
            across, down = round(left + width / 2 + x - 1110), round(top + height / 2 + y - 1480)
            seen = window[down - 8 : down + 8, across - 8 : across + 8].reshape(-1, 3).mean(axis=0)
            stored = np.asarray(scan.read_region((x - 8, y - 8), 0, (16, 16)).convert("RGB"), dtype=np.float64)
            assert np.abs(seen - stored.reshape(-1, 3).mean(axis=0)).max() < 8, (name, x, y)
        scan.close()


def _until(driven: Driven, script: str) -> None:
    until = time.monotonic() + WAIT_S
    while not driven.run(script):
        assert time.monotonic() < until, script
        time.sleep(0.25)
