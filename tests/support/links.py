"""Share links for browser tests: how one is made, opened, and asked about."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from tests.support.accounts import at_localhost
from tests.support.clinic import Clinic

DESK: ViewportSize = {"width": 1440, "height": 900}
TABLET: ViewportSize = {"width": 820, "height": 1180}
CASE = "S26-1"
NAMES = ("S26-1_A1_HE", "S26-1_A2_HE", "S99-9_B1_HE")
"""Two slides of the case that is shared, and one that nobody shares."""
X, Y = 1100, 1500
VIEW = f"x={X}&y={Y}&mpp=0.499"
RECIPIENT = "Dr Yolanda"
NOTE = "Please look at the margin of the second slide."
ENDS_WITHIN_S = 5.0


@dataclass(frozen=True)
class Shared:
    """A link that was made, and what the API says of it."""

    url: str
    share_id: str

    @property
    def token(self) -> str:
        return re.split(r"[/#]", self.url)[-1]


def stranger(browser: Browser, admin: Clinic, **options: Any) -> BrowserContext:
    """Somebody without an account, with a tablet."""
    return browser.new_context(base_url=admin.url, viewport=TABLET, has_touch=True, **options)


def made_by_api(admin: Clinic, name: str = NAMES[0], **more: Any) -> Shared:
    """A link that a test needs without telling its story."""
    body = {"kind": "slide", "object_id": admin.slides()[name]["slide_id"], "recipient": RECIPIENT, "note": NOTE}
    made = admin.send("POST", "/shares", body | more)
    return Shared(at_localhost(made["url"]), made["share"]["share_id"])


def facts(admin: Clinic, link: Shared) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(f"/shares/{link.share_id}")
    return found


def open_link(page: Page, link: Shared) -> None:
    """Tap the one button of the page."""
    page.goto(link.url)
    page.get_by_role("button", name="Open slides").tap()
    page.get_by_role("region", name="What was shared").wait_for()
