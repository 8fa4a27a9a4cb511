"""Rows about the web app: bytes of the first load, slide opened to sharp, smooth panning.

A real Chromium, signed in, opens slides from the library as a person does: a click on a card. The
picture is sharp when every tile of the viewport is drawn; the page announces that itself.
"""

import gzip
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from bench.machine import Spent, watched
from bench.servers import Running
from bench.table import Finding
from bench.tile_rows import Plan, Stage

VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIRST_LOAD_KB = 350
LOCAL_S, FAR_S = 1.0, 1.5
LONGEST_TASK_MS = 100
PAN_MS = 5000
_FAR = {"offline": False, "latency": 60, "downloadThroughput": 20e6 / 8, "uploadThroughput": 20e6 / 8}

_OPEN = """async (slideId) => {
  const sharp = () => document.querySelector('[role=status][aria-busy=false]') !== null
  const card = document.querySelector(`a[href*="/slides/${slideId}"]`)
  const begun = performance.now()
  card.click()
  while (!sharp()) await new Promise((resume) => requestAnimationFrame(resume))
  return performance.now() - begun
}"""

# Drags the slide back and forth as fast as a hand does, one movement a frame, with a zoom in between.
_PAN = """async (milliseconds) => {
  const tasks = []
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
  observer.observe({type: 'longtask', buffered: false})
  const frame = () => new Promise((resume) => requestAnimationFrame(resume))
  const element = document.querySelector('[role=application] .ol-viewport')
  const send = (type, x, y) => element.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, pointerType: 'mouse', clientX: x, clientY: y,
    button: type === 'pointermove' ? -1 : 0, buttons: type === 'pointerup' ? 0 : 1}))
  const until = performance.now() + milliseconds
  let frames = 0
  const begun = performance.now()
  for (let turn = 0; performance.now() < until; turn++) {
    let [x, y] = [720, 450]
    const [dx, dy] = [[-26, -9], [-22, 14], [24, 11], [21, -15]][turn % 4]
    send('pointerdown', x, y)
    for (let step = 0; step < 24 && performance.now() < until; step++) {
      x += dx
      y += dy
      send('pointermove', x, y)
      await frame()
      frames++
    }
    send('pointerup', x, y)
    if (turn % 4 === 3)
      element.dispatchEvent(new WheelEvent('wheel', {
        bubbles: true, cancelable: true, clientX: 720, clientY: 450, deltaY: turn % 8 === 3 ? -120 : 120}))
  }
  const seconds = (performance.now() - begun) / 1000
  await new Promise((resume) => setTimeout(resume, 100))
  observer.disconnect()
  return {longest: Math.max(0, ...tasks), rate: frames / seconds}
}"""


@dataclass
class Opened:
    """Times of one network, and who else was busy meanwhile."""

    seconds: list[float]
    spent: Spent


def web(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """First load, open to sharp near and far, longest task while panning."""
    generic = stage("generic")
    with ExitStack() as stack:
        running = generic.serve(stack)
        browser = stack.enter_context(chromium())
        slides = [target.slide for target in generic.targets]
        yield from _first_load(browser, running, slides[0])
        rounds = 1 if plan.quick else 3
        for what, network, bar in (
            ("slide opened to sharp, this machine", None, LOCAL_S),
            ("  at 20 Mbit/s and 60 ms round trip", _FAR, FAR_S),
        ):
            opened = _open_to_sharp(browser, running, slides, network, rounds)
            reached = median(opened.seconds)
            yield Finding("web", what, f"{reached:.2f} s", f"<= {bar} s", reached <= bar, opened.spent.strangers)
        yield from _panning(browser, running, slides[0])


def _first_load(browser: Browser, running: Running, slide: str) -> Iterator[Finding]:
    """Add up the gzipped scripts that a slide's own address loads: the library's and the viewer's."""
    scripts: dict[str, int] = {}
    with signed_in(browser, running) as context:
        page = context.new_page()

        def weigh(response: Any) -> None:
            if response.request.resource_type == "script":
                scripts[response.url] = len(gzip.compress(response.body(), 6))

        page.on("response", weigh)
        page.goto(f"{running.base}/slides/{slide}")
        wait_sharp(page)
    size = sum(scripts.values()) / 1000
    what = f"scripts of the first load, gzipped ({len(scripts)} files)"
    yield Finding("web", what, f"{size:.0f} kB", f"<= {FIRST_LOAD_KB} kB", size <= FIRST_LOAD_KB)


def _open_to_sharp(
    browser: Browser, running: Running, slides: list[str], network: dict[str, Any] | None, rounds: int
) -> Opened:
    """Open each slide from the library in a browser that knows none of its tiles."""
    seconds: list[float] = []
    with watched(running.pid, *browser_pids(running)) as spent:
        for _ in range(rounds):
            for slide in slides:
                with signed_in(browser, running) as context:
                    page = context.new_page()
                    if network is not None:
                        devtools = context.new_cdp_session(page)
                        devtools.send("Network.enable")
                        devtools.send("Network.emulateNetworkConditions", network)
                    page.goto(f"{running.base}/")
                    page.wait_for_selector(f'a[href*="/slides/{slide}"]')
                    page.wait_for_load_state("networkidle")
                    seconds.append(page.evaluate(_OPEN, slide) / 1000)
    return Opened(seconds, spent)


def _panning(browser: Browser, running: Running, slide: str) -> Iterator[Finding]:
    """Pan and zoom without pause and find the longest task that kept the page from answering."""
    with signed_in(browser, running) as context, watched(running.pid, *browser_pids(running)) as spent:
        page = context.new_page()
        page.goto(f"{running.base}/slides/{slide}#x=40000&y=30000&zoom=0.25")
        wait_sharp(page)
        panned = page.evaluate(_PAN, PAN_MS)
    longest = panned["longest"]
    reached = f"{longest:.0f} ms" if longest > 0 else "< 50 ms"
    what = f"longest main-thread task while panning ({panned['rate']:.0f} frames/s)"
    yield Finding("web", what, reached, f"<= {LONGEST_TASK_MS} ms", longest <= LONGEST_TASK_MS, spent.strangers)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a real Chromium."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def signed_in(browser: Browser, running: Running) -> Iterator[BrowserContext]:
    """Give a fresh browser profile with the session that ``running`` has."""
    context = browser.new_context(viewport=VIEWPORT)
    name, _, value = running.headers["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": running.base}])
    yield context
    context.close()


def browser_pids(running: Running) -> list[int]:
    """Return the processes below this one that are not the server: they belong to the browser."""
    return [child.pid for child in psutil.Process().children() if child.pid != running.pid]


def wait_sharp(page: Page) -> None:
    """Wait until every tile of the viewport is drawn."""
    page.wait_for_selector("[role=status][aria-busy=false]", state="attached", timeout=60_000)
