"""The web app by TLS under its content policy: everything works, and the browser has nothing to report."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coverslip.core.time import utc_now

pytestmark = pytest.mark.browser

COUNTED = re.compile(r"^coverslip_csp_reports_total\{[^}]*\} (\d+)", re.MULTILINE)
LISTEN = """
window.violations = []
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(event.effectiveDirective + ' ' + event.blockedURI)
})
"""


@pytest.fixture(scope="module")
def encrypted(
    browser: Browser,
    run_server: Callable[..., contextlib.AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, BrowserContext]]:
    """A server by TLS over one slide, and a context in which its administrator is signed in."""
    folder = Path(__file__).parents[1] / "data" / "slides"
    settings = {"TLS_SELF_SIGNED": "true", "SETTLE_S": "0"}
    with run_server([folder], tmp_path_factory.mktemp("tls") / "data", **settings) as address:
        url = address.split("/signin", 1)[0]
        with contextlib.closing(browser.new_context(base_url=url, ignore_https_errors=True)) as context:
            context.add_init_script(LISTEN)
            page = context.new_page()
            page.goto(address)
            page.get_by_role("button", name="Not now").click()
            expect(page.get_by_test_id("slides").or_(page.get_by_role("grid"))).to_be_visible(timeout=60_000)
            token = context.request.get("/api/v1/session").json()["csrf_token"]
            headers = {"X-CSRF-Token": token, "Origin": url}
            assert context.request.put("/api/v1/me/preferences", data={"tour_done": True}, headers=headers).ok
            page.close()
            yield url, context


def reported(context: BrowserContext) -> int:
    return sum(map(int, COUNTED.findall(context.request.get("/metrics").text())))


def refused(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => window.violations")
    return found


def test_the_cookie_is_bound_to_the_host_and_hidden_from_scripts(encrypted: tuple[str, BrowserContext]) -> None:
    _, context = encrypted
    (cookie,) = [one for one in context.cookies() if "session" in one["name"]]
    assert cookie["name"] == "__Host-coverslip_session"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    page = context.new_page()
    page.goto("/")
    assert "session" not in page.evaluate("() => document.cookie")
    page.close()


def test_every_page_keeps_to_the_policy(encrypted: tuple[str, BrowserContext]) -> None:
    _, context = encrypted
    slide = context.request.get("/api/v1/slides?state=ready").json()["items"][0]
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    for path, seen in (
        ("/", page.get_by_role("searchbox").first),
        (f"/slides/{slide['slide_id']}", page.get_by_role("application").first),
        ("/audit", page.get_by_role("heading", name="Audit trail")),
        ("/imports", page.get_by_role("heading", name="Imports").first),
        ("/trash", page.get_by_role("heading", name="Trash").first),
        ("/display-check", page.get_by_role("heading").first),
        ("/nowhere", page.get_by_role("heading").first),
    ):
        answer = page.goto(path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert re.search(r"style-src 'self' 'nonce-[\w-]{22}'", policy)
        expect(seen).to_be_visible()
        for button in page.get_by_role("button").all()[:1]:
            button.hover()
        page.wait_for_load_state("networkidle")
        assert refused(page) == [], path
    assert reported(context) == 0
    own = encrypted[0]
    assert [url for url in elsewhere if not url.startswith((own, "data:", "blob:"))] == []
    page.close()


def test_a_style_sheet_of_the_library_needs_the_pages_nonce(encrypted: tuple[str, BrowserContext]) -> None:
    """What Mantine writes at run time is taken with the nonce; the same without it is refused and counted."""
    _, context = encrypted
    page = context.new_page()
    page.goto("/")
    put = """(nonce) => {
      const style = document.createElement('style')
      if (nonce) style.nonce = document.querySelector('meta[property="csp-nonce"]').nonce
      style.textContent = 'body { outline: 3px solid rgb(1, 2, 3) }'
      document.head.append(style)
      const shown = getComputedStyle(document.body).outlineColor
      style.remove()
      return shown
    }"""
    assert page.evaluate(put, True) == "rgb(1, 2, 3)"
    assert refused(page) == []
    before = reported(context)
    assert page.evaluate(put, False) != "rgb(1, 2, 3)"
    page.wait_for_function("() => window.violations.length > 0")
    assert refused(page) == ["style-src-elem inline"]
    page.wait_for_function(
        """async (before) => {
          const text = await (await fetch('/metrics')).text()
          const counts = [...text.matchAll(/^coverslip_csp_reports_total\\{[^}]*\\} (\\d+)/gm)]
          return counts.reduce((sum, one) => sum + Number(one[1]), 0) > before
        }""",
        arg=before,
    )
    page.close()


def test_an_inline_script_and_one_from_elsewhere_do_not_run(encrypted: tuple[str, BrowserContext]) -> None:
    _, context = encrypted
    page = context.new_page()
    page.goto("/")
    page.evaluate(
        """() => {
          for (const [name, value] of [['textContent', 'window.ran = 1'], ['src', 'https://evil.example/x.js']]) {
            const script = document.createElement('script')
            script[name] = value
            document.head.append(script)
          }
          const image = new Image()
          image.setAttribute('onerror', 'window.ran = 2')
          image.src = '/nothing.png?' + Math.random()
          document.body.append(image)
        }"""
    )
    page.wait_for_function("() => window.violations.length >= 3")
    assert page.evaluate("() => window.ran") is None
    page.close()


def test_the_trail_says_when_the_page_was_opened(encrypted: tuple[str, BrowserContext]) -> None:
    _, context = encrypted
    first = context.request.get("/api/v1/audit/records?what=sign_in").json()["items"][0]
    assert (first["action"], first["outcome"], first["address"]) == ("session.start", "done", "127.0.0.1")
    assert first["at"][:10] == f"{utc_now():%Y-%m-%d}"
