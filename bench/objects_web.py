"""Rows about result layers in the browser: first complete picture, panning, filtering, bytes.

A real Chromium without a GPU opens a slide over which a layer of a million outlines lies. The page marks the moment
at which the layer's picture was last complete (User Timing); everything is measured inside the page.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median
from typing import Any, Final

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
COLUMN: Final = "Mean DAB OD"

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
        slide = generic.targets[0].slide
        big = _lay(generic, running, slide, many)
        with signed_in(browser, running) as context:
            _knows_its_way(context, running)
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
        small = _lay(generic, running, slide, few)
        with signed_in(browser, running) as context:
            megabytes = _opened(context.new_page(), running, slide, small, "rotation=0")["bytes"] / 1e6
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
        page.get_by_label("Add a filter by a measurement").select_option(COLUMN)
        page.wait_for_timeout(1500)
        steps = [0.2, 0.4, 0.8, 0.3, 0.6]
        taken = [float(page.evaluate(_FILTERED, [layer, f"{COLUMN}, at least", str(value)])) for value in steps]
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


def _knows_its_way(context: BrowserContext, running: Running) -> None:
    """Have the tour behind oneself, which would lie over the picture."""
    api = f"{running.base}/api/v1"
    session = context.request.get(f"{api}/session").json()
    headers = {"X-CSRF-Token": session["csrf_token"], "Origin": running.base}
    context.request.put(f"{api}/me/preferences", data={"tour_done": True}, headers=headers)


def _lay(stage: Stage, running: Running, slide: str, count: int) -> str:
    """Lay a layer of outlines over a slide, above those that are there; give its id."""
    side = min(stage.wanted[0].width, stage.wanted[0].height)
    command = [sys.executable, "-m", "bench.object_writer", str(stage.data), slide, str(side), str(count)]
    subprocess.run(command, check=True, capture_output=True)
    layers = running.client().json(f"/api/v1/slides/{slide}/layers")["items"]
    topmost: str = max((one for one in layers if one["kind"] == "result"), key=lambda one: one["order"])["layer_id"]
    return topmost
