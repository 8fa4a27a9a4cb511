"""Rows about result layers in the browser: first complete picture, panning, filtering, bytes.

A real Chromium without a GPU opens a slide over which a layer of a million outlines lies. The page marks the moment
at which the layer's picture was last complete (User Timing); everything is measured inside the page.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from playwright.sync_api import BrowserContext, Page

from bench.machine import watched
from bench.servers import Running
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from bench.web import _PAN, browser_pids, chromium, signed_in, wait_sharp

MANY, FEW = 1_000_000, 100_000
VERTICES: Final = 24
PAINT_S, FILTER_S, FRAMES, BYTES_MB = 1.5, 0.5, 45, 1.0
PAN_MS: Final = 5000
CLASSES: Final = ("Tumour", "Stroma", "Lymphocyte", "Other")

# From the request for the layer's description to its complete picture; and the bytes that came until then.
_PAINTED = """async (layerId) => {
  const name = `results ${layerId}`
  while (performance.getEntriesByName(name).length === 0) await new Promise((resume) => requestAnimationFrame(resume))
  const until = performance.getEntriesByName(name)[0].startTime
  const asked = performance.getEntriesByType('resource').filter((one) => one.name.includes(`/layers/${layerId}/`))
  const begun = Math.min(...asked.map((one) => one.startTime))
  const before = asked.filter((one) => one.responseEnd > 0 && one.responseEnd <= until)
  return {seconds: (until - begun) / 1000, bytes: before.reduce((sum, one) => sum + one.transferSize, 0)}
}"""

# From the movement of a slider to the complete picture of what passes.
_FILTERED = """async ([layerId, label, value]) => {
  const name = `results ${layerId}`
  const slider = document.querySelector(`input[type=range][aria-label="${label}"]`)
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set
  const begun = performance.now()
  set.call(slider, value)
  slider.dispatchEvent(new Event('input', {bubbles: true}))
  for (;;) {
    await new Promise((resume) => requestAnimationFrame(resume))
    const mark = performance.getEntriesByName(name)[0]
    if (mark !== undefined && mark.startTime > begun) return (mark.startTime - begun) / 1000
  }
}"""


def objects_web(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """First complete paint, panning and filter over a million outlines; bytes for a hundred thousand."""
    generic = stage("generic")
    many, few = (MANY // 20, FEW // 20) if plan.quick else (MANY, FEW)
    with ExitStack() as stack:
        running = generic.serve(stack)
        browser = stack.enter_context(chromium())
        slide, other = (target.slide for target in generic.targets[:2])
        with signed_in(browser, running) as context:
            big, small = _lay(context, running, slide, many), _lay(context, running, other, few)
        paints: list[float] = []
        strangers = 0.0
        for _ in range(plan.rounds):
            with signed_in(browser, running) as context, watched(running.pid, *browser_pids(running)) as spent:
                paints.append(_opened(context.new_page(), running, slide, big, "rotation=0")["seconds"])
            strangers = max(strangers, spent.strangers)
        reached = median(paints)
        what = f"{many:,} outlines of {VERTICES} vertices: first complete picture"
        yield Finding("objects", what, f"{reached:.2f} s", f"<= {PAINT_S} s", reached <= PAINT_S, strangers)
        yield from _moving(plan, browser, running, slide, big)
        with signed_in(browser, running) as context:
            megabytes = _opened(context.new_page(), running, other, small, "rotation=0")["bytes"] / 1e6
        what = f"{few:,} outlines: bytes before the first complete picture"
        yield Finding("objects", what, f"{megabytes:.2f} MB", f"<= {BYTES_MB} MB", megabytes <= BYTES_MB)


def _moving(plan: Plan, browser: Any, running: Running, slide: str, layer: str) -> Iterator[Finding]:
    with signed_in(browser, running) as context, watched(running.pid, *browser_pids(running)) as spent:
        page = context.new_page()
        rates = []
        for view in ("rotation=0", "x=40000&y=30000&zoom=0.25"):
            _opened(page, running, slide, layer, view)
            rates.append(page.evaluate(_PAN, PAN_MS)["rate"])
        _opened(page, running, slide, layer, "rotation=0")
        page.get_by_role("button", name="Annotations", exact=True).click()
        page.get_by_role("tab", name="Layers").click()
        page.get_by_label("Add a filter by a measurement").select_option("Area")
        page.wait_for_timeout(1500)
        steps = [30, 60, 90, 45, 75]
        taken = [float(page.evaluate(_FILTERED, [layer, "Area, at least", str(value)])) for value in steps]
    rate = min(rates)
    what = f"panning over them: whole slide {rates[0]:.0f}, single outlines {rates[1]:.0f} frames/s"
    yield Finding("objects", what, f"{rate:.0f} /s", f">= {FRAMES} /s", rate >= FRAMES, spent.strangers)
    worst = max(taken)
    what = "a filter changed, to the complete picture: worst of 5"
    yield Finding("objects", what, f"{worst:.2f} s", f"<= {FILTER_S} s", worst <= FILTER_S, spent.strangers)


def _opened(page: Page, running: Running, slide: str, layer: str, view: str) -> dict[str, float]:
    page.goto("about:blank")
    page.goto(f"{running.base}/slides/{slide}#{view}")
    found: dict[str, float] = page.evaluate(_PAINTED, layer)
    wait_sharp(page)
    return found


def _lay(context: BrowserContext, running: Running, slide: str, count: int) -> str:
    """Lay a layer of outlines over a slide; give its id."""
    api = f"{running.base}/api/v1"
    session = context.request.get(f"{api}/session").json()
    headers = {"X-CSRF-Token": session["csrf_token"], "Origin": running.base}
    context.request.put(f"{api}/me/preferences", data={"tour_done": True}, headers=headers)
    detail = context.request.get(f"{api}/slides/{slide}").json()
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        write_outlines(Path(file.name), count, detail["width"], detail["height"])
        answer = httpx.post(
            f"{api}/slides/{slide}/layers/import",
            params={"kind": "result", "name": "Nuclei"},
            content=_pieces(Path(file.name)),
            headers={**running.headers, **headers, "Content-Type": "application/octet-stream"},
            timeout=600.0,
        )
    if answer.is_error:
        raise RuntimeError(f"import: {answer.status_code} {answer.text}")
    layer: str = answer.json()["layer_id"]
    return layer


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def write_outlines(path: Path, count: int, width: int, height: int) -> None:
    """Write a GeoParquet of nuclei all over a slide, denser here than there, as tissue is."""
    noise = np.random.default_rng(5)
    clusters = noise.uniform((0.1 * width, 0.1 * height), (0.9 * width, 0.9 * height), (60, 2))
    centre = clusters[noise.integers(0, len(clusters), count)] + noise.normal(0, 0.06 * width, (count, 2))
    centre = np.where(noise.random((count, 1)) < 0.5, centre, noise.uniform((0, 0), (width, height), (count, 2)))
    centre = np.clip(centre, 40, np.array([width, height]) - 40)
    radius = noise.gamma(9, 1.2, count) + 3
    wkb = shapely.to_wkb(_outlines(noise, centre, radius))
    kinds = noise.choice(CLASSES, count, p=[0.45, 0.3, 0.2, 0.05])
    table = pa.table(
        {
            "geometry": pa.array(wkb, pa.binary()),
            "class": pa.array(kinds).dictionary_encode().cast(pa.string()),
            "Area": pa.array((np.pi * radius**2 / 10).astype(np.float32)),
            "Intensity": pa.array(noise.normal(0.5, 0.15, count).astype(np.float32)),
        }
    )
    column = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": None}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path, row_group_size=50_000)


def _outlines(noise: np.random.Generator, centre: npt.NDArray[Any], radius: npt.NDArray[Any]) -> npt.NDArray[Any]:
    turn = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    found = np.empty(len(centre), object)
    for start in range(0, len(centre), 100_000):
        part = slice(start, start + 100_000)
        size = radius[part, None, None] * noise.uniform(0.85, 1.15, (len(centre[part]), VERTICES, 1))
        coords = centre[part, None, :] + ring[None] * size
        closed = np.concatenate([coords, coords[:, :1]], axis=1)
        found[part] = shapely.polygons(closed)
    return found
