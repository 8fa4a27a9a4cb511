"""The row about a case: Page Down through twelve slides at a person's pace, each time until the picture is sharp.

A real Chromium, signed in. What counts is the time from the key to the next slide's own picture, complete:
its name stands in the heading, and the page says for two frames in a row that no tile is missing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

from playwright.sync_api import BrowserContext, Page

from bench.machine import watched
from bench.servers import Running
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from bench.web import browser_pids, chromium, signed_in, wait_sharp

PACE_MS = 1500
"""A person looks at each slide for this long; meanwhile its neighbours are made ready."""
NEXT_MS = 300

# The key is sent by the browser itself, so that it takes the way of a person's; its own time stamp is the beginning.
_WATCH = """(before) => {
  window.nextSlide = new Promise((resolve) => {
    window.addEventListener('keydown', (event) => {
      const begun = event.timeStamp
      const shown = () =>
        document.querySelector('h1').textContent !== before &&
        document.querySelector('[role=status][aria-busy=false]') !== null
      let first = null
      const look = (now) => {
        if (!shown()) first = null
        else if (first === null) first = now
        else {
          resolve(first - begun)
          return
        }
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    }, {capture: true, once: true})
  })
}"""


def next_slide(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Walk a case with Page Down: median and worst time to the next sharp picture."""
    case = stage("case")
    taken: list[float] = []
    with ExitStack() as stack:
        running = case.serve(stack)
        browser = stack.enter_context(chromium())
        ids = [target.slide for target in case.targets]
        with signed_in(browser, running) as context:
            _file(context, running, ids)
        strangers = 0.0
        for _ in range(plan.rounds):
            # A browser that knows none of the tiles, every time.
            with signed_in(browser, running) as context, watched(running.pid, *browser_pids(running)) as spent:
                taken += _walk(context.new_page(), running, ids)
            strangers = max(strangers, spent.strangers)
    for what, reached in (("median", median(taken)), ("worst", max(taken))):
        said = f"next slide of a case by Page Down, key to sharp: {what} of {len(taken)}"
        yield Finding("next", said, f"{reached:.0f} ms", f"<= {NEXT_MS} ms", reached <= NEXT_MS, strangers)


def _walk(page: Page, running: Running, ids: list[str]) -> list[float]:
    page.goto(f"{running.base}/slides/{ids[0]}#rotation=0")
    wait_sharp(page)
    page.get_by_role("application").first.focus()
    taken = []
    for slide_id in ids[1:]:
        page.wait_for_timeout(PACE_MS)
        page.evaluate(_WATCH, page.get_by_role("heading", level=1).text_content())
        page.keyboard.press("PageDown")
        taken.append(float(page.evaluate("() => window.nextSlide")))
        if f"/slides/{slide_id}" not in page.url:
            raise RuntimeError(f"Page Down opened {page.url}, not slide {slide_id}")
    return taken


def _file(context: BrowserContext, running: Running, ids: list[str]) -> None:
    """Put the slides into one case, in their order, and have the tour behind oneself."""
    api = f"{running.base}/api/v1"
    session = context.request.get(f"{api}/session").json()
    headers = {"X-CSRF-Token": session["csrf_token"], "Origin": running.base}

    def send(method: str, path: str, body: object) -> object:
        answer = context.request.fetch(f"{api}{path}", method=method, data=body, headers=headers)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.text()}")
        return answer.json() if answer.body() else None

    send("PUT", "/me/preferences", {"tour_done": True})
    detail = context.request.get(f"{api}/slides/{ids[0]}").json()
    made = send("POST", "/cases", {"project_id": detail["project_id"], "name": "S26-1"})
    if not isinstance(made, dict):
        raise TypeError(made)
    where = {"project_id": detail["project_id"], "case_id": made["case_id"]}
    send("POST", "/slides/move", {"slide_ids": ids, **where})
    for number, slide_id in enumerate(ids, 1):
        send("PATCH", f"/slides/{slide_id}", {"block": f"A{number}", "stain": "H&E"})
