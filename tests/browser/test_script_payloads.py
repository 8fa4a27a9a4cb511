"""Two hundred scripts, in every text that a person can write, on every page: none runs."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request
from tests.support.accounts import first_in
from tests.support.clinic import Clinic

pytestmark = pytest.mark.browser

MARK: Final = "coverslipRan"
RUN: Final = f"window.{MARK}=1"
WAYS: Final = (
    "<script>{run}</script>",
    "<ScRiPt>{run}</sCrIpT>",
    '"><script>{run}</script>',
    "'><script>{run}</script>",
    "</title><script>{run}</script>",
    "</textarea><script>{run}</script>",
    "</script><script>{run}</script>",
    "<!--><script>{run}</script>-->",
    "<img src=x onerror={run}>",
    "<img src=x onerror='{run}'>",
    "<img/src/onerror={run}>",
    '"><img src=x onerror={run}>',
    "<svg onload={run}>",
    "<svg><script>{run}</script></svg>",
    "<svg><animate onbegin={run} attributeName=x>",
    "<math><mtext><img src=x onerror={run}>",
    "<body onload={run}>",
    "<iframe srcdoc='<script>parent.{mark}=1</script>'>",
    "<iframe src='javascript:parent.{mark}=1'>",
    "<object data='javascript:{run}'>",
    "<embed src='javascript:{run}'>",
    "<a href='javascript:{run}'>x</a>",
    "javascript:{run}",
    "JaVaScRiPt:{run}",
    "java\tscript:{run}",
    "data:text/html,<script>{run}</script>",
    "<details open ontoggle={run}>",
    "<video><source onerror={run}>",
    "<audio src=x onerror={run}>",
    "<input autofocus onfocus={run}>",
    "<select autofocus onfocus={run}>",
    "<marquee onstart={run}>",
    "<style>@import 'javascript:{run}'</style>",
    "<link rel=stylesheet href='data:,*{{x:expression({run})}}'>",
    "<meta http-equiv=refresh content='0;javascript:{run}'>",
    "<form action='javascript:{run}'><input type=submit>",
    "<button formaction='javascript:{run}'>x",
    "<base href='javascript:{run}//'>",
    "<template><script>{run}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={run}>'>",
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "<%= {run} %>",
    "#{{{run}}}",
    "';{run};//",
    '";{run};//',
    "`;{run};//",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "%3Cscript%3E{run}%3C/script%3E",
)
AROUND: Final = ("{}", " {} ", "S24 {}", "{}.svs")
WATCH: Final = """
window.coverslipBroken = [];
document.addEventListener('securitypolicyviolation', (event) => window.coverslipBroken.push(event.violatedDirective));
"""


def payloads(count: int) -> list[str]:
    """Return so many scripts in text, each another."""
    made = [around.format(way.format(run=RUN, mark=MARK)) for around in AROUND for way in WAYS]
    assert len(set(made)) == len(made) == 200
    return [made[number * len(made) // count] for number in range(count)]


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.full)])
def test_no_text_is_ever_run(
    count: int, browser: Browser, run_server: Callable[..., Any], tmp_path: Path, sample: Callable[[str], Path]
) -> None:
    folder = tmp_path / "slides"
    folder.mkdir()
    named = folder / f"<img src=x onerror={RUN}>.svs"
    named.write_bytes(sample("slides/CMU-1-Small-Region.svs").read_bytes())
    texts = payloads(count)
    with run_server([folder], tmp_path / "data", SETTLE_S="0", POLL_S="1") as address:
        context = first_in(browser, address)
        context.add_init_script(WATCH)
        reports: list[str] = []

        def asked(request: Request) -> None:
            if "csp-report" in request.url:
                reports.append(request.url)

        context.on("request", asked)
        clinic = Clinic(address.split("/signin", 1)[0].replace("127.0.0.1", "localhost"), context)
        until_s = time.monotonic() + 120
        while not any(one["state"] == "ready" for one in clinic.get("/slides")["items"]):
            assert time.monotonic() < until_s, clinic.get("/slides")
            time.sleep(0.5)
        kept = Written(clinic).everything(texts)
        assert kept > 12 * count, "most texts take most scripts as they are"
        page = context.new_page()
        dialogs: list[str] = []

        def spoke(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", spoke)
        seen = 0
        for place in pages(clinic, texts):
            seen += visit(page, place, texts)
        assert seen > count, "the texts are shown, as texts"
        assert not reports
        assert not dialogs
        stay_here(page)
        it_would_be_noticed(page)
        context.close()


class Written:
    """Writes a script wherever a person may write; what refuses it is as good."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.kept = 0

    def everything(self, texts: list[str]) -> int:
        """Write every text everywhere; return how often one was taken."""
        slide = self.clinic.get("/slides")["items"][0]
        group = self.send("POST", "/groups", {"name": "plain"})["group_id"]
        for number, text in enumerate(texts):
            self.about_people(text, number, group)
            self.about_slides(text, slide)
        return self.kept

    def about_people(self, text: str, number: int, group: str) -> None:
        self.send("POST", "/people", {"user_name": f"person{number}", "name": text, "email": f"p{number}@lab.example"})
        self.send("POST", "/groups", {"name": text, "description": text})
        self.send("PATCH", f"/groups/{group}", {"description": text})
        self.send("POST", "/invitations", {"name": text})
        self.send("POST", "/me/tokens", {"name": text, "scopes": ["read"], "days": 1})
        self.send("PATCH", "/me", {"name": text})
        self.send("POST", "/display-checks", {"workstation": text, "result": {"note": text}})
        self.send("POST", "/views", {"name": text, "query": {"q": text}, "columns": [], "shared": True})

    def about_slides(self, text: str, slide: dict[str, Any]) -> None:
        project = self.send("POST", "/projects", {"name": text})
        if project is None:
            return
        project_id = project["project_id"]
        rule = {"key": "note", "type": "enum", "label": text, "options": [text], "identity": False}
        self.send("PUT", f"/projects/{project_id}/settings", {"metadata_schema": [rule], "default_stain": text})
        case = self.send("POST", "/cases", {"project_id": project_id, "name": text, "tags": [text]})
        self.send("POST", "/cases", {"project_id": project_id, "name": "plain", "fields": {text: text}})
        body = {"slide_ids": [slide["slide_id"]], "project_id": project_id}
        copied = self.send("POST", "/slides/copy", {**body, "case_id": case["case_id"] if case else None})["slide_ids"][
            0
        ]
        for name in ("name", "part", "block", "stain", "label_text"):
            self.send("PATCH", f"/slides/{copied}", {name: text})
        self.send("PATCH", f"/slides/{copied}", {"tags": [text]})
        self.send("PATCH", f"/slides/{copied}", {"fields": {"note": text}})
        self.send("PATCH", f"/slides/{copied}", {"fields": {text: text}})
        view = {"x": 100, "y": 100, "resolution": 4}
        self.send("POST", f"/slides/{copied}/bookmarks", {"name": text, "note": text, "view": view})
        self.send("POST", "/presets", {"name": text, "style": {"gamma": 1.5}, "slide_id": copied})

    def send(self, verb: str, path: str, body: dict[str, Any]) -> Any:
        """Write, and return the answer where it was taken."""
        at = f"{self.clinic.url}/api/v1{path}"
        answer = self.clinic.request.fetch(at, method=verb, data=json.dumps(body), headers=self.headers)
        assert answer.status in (200, 201, 204, 409, 422), (verb, path, answer.text())
        self.kept += answer.ok
        return answer.json() if answer.ok and answer.body() else None

    @property
    def headers(self) -> dict[str, str]:
        return {**self.clinic.headers, "Content-Type": "application/json"}


def pages(clinic: Clinic, texts: list[str]) -> Iterator[str]:
    """Yield every page, and some slides."""
    yield from ("/", "/?q=script", "/people", "/account", "/audit", "/imports", "/trash", "/display-check", "/register")
    items = clinic.get("/slides?limit=500")["items"]
    for slide in items[:: max(1, len(items) // 4)]:
        yield f"/slides/{slide['slide_id']}"
        yield f"/?project_id={slide['project_id']}"
    yield f"/nowhere/{texts[0]}"
    yield f"/?q={texts[0]}"
    yield f"/slides/{texts[0]}"


def visit(page: Page, place: str, texts: list[str]) -> int:
    """Open a page and look into its tabs; return how many texts it shows."""
    page.goto(place)
    shown = settled(page, texts)
    for tab in page.get_by_role("tab").all():
        if tab.is_visible() and tab.is_enabled():
            tab.click(timeout=5000)
            shown += settled(page, texts)
    return shown


def settled(page: Page, texts: list[str]) -> int:
    page.wait_for_load_state("networkidle")
    assert page.evaluate(f"window.{MARK} === undefined"), page.url
    assert page.evaluate("window.coverslipBroken") == [], page.url
    said = page.locator("body").inner_text()
    return sum(text.strip() in said for text in texts)


def stay_here(page: Page) -> None:
    """An address to go on to that leads elsewhere leads home."""
    for place in ("//evil.example", "https://evil.example/", "/\\evil.example", f"javascript:{RUN}"):
        page.goto(f"/signin?next={place}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("location.hostname") in ("localhost", "127.0.0.1"), place
        assert page.evaluate(f"window.{MARK} === undefined"), place


def it_would_be_noticed(page: Page) -> None:
    """Written into the page as markup, the same text breaks the policy, and the mark is what scripts set."""
    page.goto("/")
    page.evaluate("(text) => { document.body.innerHTML = text }", f"<img src=x onerror={RUN}>")
    page.wait_for_function("window.coverslipBroken.length > 0")
    page.evaluate(RUN)
    assert page.evaluate(f"window.{MARK}") == 1
