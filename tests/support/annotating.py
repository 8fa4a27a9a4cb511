"""People who draw on a slide in browser tests: what they do by mouse, and what the server then holds."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

SAVED = re.compile("^Saved$")


class Hand:
    """One person at one slide."""

    def __init__(self, stage: Any, slide: dict[str, Any]) -> None:
        self.stage = stage
        self.page: Page = stage.page
        self.slide = slide

    def open(self, view: str) -> None:
        """Open the slide with the panel of annotations beside it."""
        self.stage.open(self.slide, view)
        expect(self.page.get_by_role("toolbar", name="Drawing tools")).to_be_visible()
        if not self.panel.is_visible():
            self.page.get_by_role("toolbar", name="Tools", exact=True).get_by_role("button", name="Annotations").click()
        expect(self.panel).to_be_visible()
        self.stage.settle()

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name="Annotations")

    @property
    def rows(self) -> Locator:
        """The objects of the table."""
        return self.panel.get_by_role("grid").get_by_role("row").filter(has=self.page.get_by_role("checkbox"))

    def tab(self, name: str) -> None:
        self.panel.get_by_role("tab", name=re.compile(f"^{name}")).click()

    def drag(self, *points: tuple[float, float]) -> None:
        """Press at the first slide point, go through the others, let go at the last."""
        self.page.mouse.move(*self.stage.on_screen(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.stage.on_screen(*point), steps=6)
        self.page.mouse.up()

    def rectangle(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a rectangle with its tool."""
        self.page.get_by_role("application").focus()
        self.page.keyboard.press("r")
        self.drag((x, y), (x + width / 2, y + height / 3), (x + width, y + height))

    def saved(self) -> None:
        expect(self.page.get_by_role("status").filter(has_text=SAVED)).to_be_attached()

    def held(self) -> list[dict[str, Any]]:
        """What the server holds, once everything is saved."""
        self.saved()
        answer = self.page.request.get(f"/api/v1/slides/{self.slide['slide_id']}/annotations").json()
        found: list[dict[str, Any]] = answer["annotations"]
        return found

    def clear(self) -> None:
        """Take away everything that is there."""
        if self.held():
            self.stage.press("Escape", "Control+a", "Delete")
            assert self.held() == []
