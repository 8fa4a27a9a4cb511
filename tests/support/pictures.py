"""The dialog of pictures and exports, used as a person does."""

from pathlib import Path

from playwright.sync_api import Download, Page


class Pictures:
    """Opens the dialog, chooses in it and saves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name="Pictures and exports")

    def open(self, what: str = "This view") -> None:
        self.page.get_by_role("application").focus()
        self.page.keyboard.press("e")
        self.dialog.get_by_role("radio", name=what).check()

    def set(self, name: str, on: bool) -> None:
        self.dialog.get_by_role("checkbox", name=name).set_checked(on)

    def save(self, button: str) -> Download:
        with self.page.expect_download(timeout=60_000) as waiting:
            self.dialog.get_by_role("button", name=button).click()
        return waiting.value

    def shot(
        self,
        size: str = "1x (as on the screen)",
        *,
        bar: bool = False,
        magnification: bool = False,
        identity_off: bool = True,
    ) -> tuple[str, bytes]:
        """Save a PNG of the view; gives its name and bytes."""
        self.open()
        self.dialog.get_by_label("Size").select_option(label=size)
        self.set("Scale bar", bar)
        self.set("Magnification", magnification)
        self.set("Identity off", identity_off)
        saved = self.save("Save PNG")
        return saved.suggested_filename, Path(saved.path()).read_bytes()
