"""A library of named slides for browser tests: its API, and where things stand on its page."""

import re
import time
from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page

FILES: Final = (
    "S24-1234_A1_HE",
    "S24-1234_A1_HER2",
    "S24-1234_A2_HE",
    "S24-1234_A10_HE",
    "S24-1234_A2_Ki67",
    "S24-1300_B1_HE",
    "S24-1300_B1_PAS",
    "unknown scan",
)
PATTERN: Final = "{case}_{block}_{stain}"


class Clinic:
    """A running Coverslip over a folder of named slides, and its API as the browser's user."""

    def __init__(self, url: str, context: BrowserContext) -> None:
        self.url = url
        self.context = context
        self.request = context.request
        token = self.request.get(f"{url}/api/v1/session").json()["csrf_token"]
        self.headers = {"X-CSRF-Token": token, "Origin": url}

    def get(self, path: str) -> Any:
        answer = self.request.get(f"{self.url}/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def send(self, verb: str, path: str, body: Any = None) -> Any:
        answer = self.request.fetch(f"{self.url}/api/v1{path}", method=verb, data=body or {}, headers=self.headers)
        assert answer.ok, answer.text()
        return answer.json() if answer.body() else None

    def slides(self, query: str = "") -> dict[str, dict[str, Any]]:
        """Every slide by its name, in the order of the list."""
        return {slide["name"]: slide for slide in self.get(f"/slides?limit=500{query}")["items"]}

    def project(self) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.get("/projects")["items"] if one["name"] == "clinic")
        return found

    def file(self, named: bool = True) -> None:
        """Put every slide back to what its name says, or to nothing."""
        for item in self.get("/trash")["items"]:
            if item["kind"] == "slide":
                self.send("POST", "/slides/restore", {"slide_ids": [item["object_id"]]})
            else:
                # A case whose name another has by now stays where it is; its slides are elsewhere already.
                path = f"{self.url}/api/v1/{item['kind']}s/{item['object_id']}/restore"
                self.request.post(path, headers=self.headers)
        project_id = self.project()["project_id"]
        self.send("PUT", f"/projects/{project_id}/settings", {"metadata_schema": [], "pattern": None})
        for view in self.get("/views")["items"]:
            self.request.fetch(f"{self.url}/api/v1/views/{view['view_id']}", method="DELETE", headers=self.headers)
        for slide in self.slides().values():
            if slide["name"] not in FILES:
                self.send("POST", "/slides/trash", {"slide_ids": [slide["slide_id"]]})
                continue
            case, block, stain = slide["name"].split("_") if named and "_" in slide["name"] else (None, None, None)
            case_id = None if case is None else self.case(case)["case_id"]
            patch: dict[str, Any] = {
                "block": block,
                "stain": stain,
                "part": None,
                "label_text": None,
                "rating": None,
                "tags": [],
            }
            patch["fields"] = dict.fromkeys(slide["fields"])
            ids = [slide["slide_id"]]
            self.send("POST", "/slides/batch", {"slide_ids": ids, "patch": patch})
            self.send("POST", "/slides/move", {"slide_ids": ids, "project_id": project_id, "case_id": case_id})
        keep = {"S24-1234", "S24-1300"} if named else set()
        for one in self.get("/cases?limit=500")["items"]:
            if one["name"] not in keep:
                self.send("POST", f"/cases/{one['case_id']}/trash")

    def case(self, name: str) -> dict[str, Any]:
        """A case by its name, made when it is not there."""
        for one in self.get("/cases?limit=500")["items"]:
            if one["name"] == name:
                return dict(one)
        made: dict[str, Any] = self.send("POST", "/cases", {"project_id": self.project()["project_id"], "name": name})
        return made

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until the server says so: what is shown at once is on its way there."""
        end = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < end, "the server never said so"
            time.sleep(0.1)


def card(page: Page, name: str) -> Any:
    """The picture of a slide."""
    return page.get_by_role("article", name=name, exact=True)


def names(page: Page) -> list[str]:
    """The slides that are drawn, in their order."""
    found: list[str] = page.get_by_role("article").evaluate_all("all => all.map(one => one.ariaLabel)")
    return found


def toast(page: Page) -> Any:
    """What the page says at its foot."""
    return page.get_by_test_id("toast")


def as_table(page: Page) -> Any:
    """Show the slides as a table, and give it."""
    page.get_by_role("button", name="Table").click()
    return page.get_by_role("table", name="Slides")


def row(page: Page, name: str) -> Any:
    """The row of a slide in the table."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def settings(page: Page, section: str) -> Any:
    """Open the project's settings by the menu, as a person does."""
    page.get_by_role("treeitem", name=re.compile("^clinic")).click()
    page.get_by_role("button", name="Project menu").click()
    page.get_by_role("button", name="Settings …").click()
    dialog = page.get_by_role("dialog", name="Settings of clinic")
    dialog.get_by_role("tab", name=section).click()
    return dialog
