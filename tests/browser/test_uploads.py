"""Slides brought in by dragging them onto the library, cut by a reload, gone on with, and looked up in the log."""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect
from tests.support.clinic import Clinic

from .conftest import signed_in

pytestmark = pytest.mark.browser

PIECE = 8 * 2**20
NAME = "dropped.svs"


@pytest.fixture(scope="module")
def big_slide(sample: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real SVS that needs several pieces: readers do not mind what follows its last directory."""
    path = tmp_path_factory.mktemp("scanner") / NAME
    path.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes() + b"\7" * (3 * PIECE))
    return path


@pytest.fixture
def page_of(browser: Browser, run_server: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[Page, Path]]:
    """A page of an empty server of its own, and that server's data folder."""
    data = tmp_path / "data"
    with run_server([], data) as address:
        base = address.split("/signin", 1)[0]
        state = signed_in(browser, address)
        context = browser.new_context(base_url=base, storage_state=state, viewport={"width": 1440, "height": 900})
        with contextlib.closing(context):
            yield context.new_page(), data


def drop(page: Page, path: Path) -> None:
    """Drop a file of the disk on the page, as a file manager does."""
    page.evaluate(
        """() => {
          const input = document.createElement('input')
          input.type = 'file'
          input.id = 'test-files'
          document.body.append(input)
        }"""
    )
    page.locator("#test-files").set_input_files(path)
    page.evaluate(
        """() => {
          const input = document.getElementById('test-files')
          const transfer = new DataTransfer()
          transfer.items.add(input.files[0])
          input.remove()
          const target = document.elementFromPoint(700, 450)
          for (const kind of ['dragenter', 'dragover', 'drop']) {
            target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }))
          }
        }"""
    )


def tray(page: Page) -> Any:
    return page.get_by_role("complementary", name="Uploads")


def test_a_dropped_slide_survives_a_reload_and_arrives_whole(page_of: tuple[Page, Path], big_slide: Path) -> None:
    page, data = page_of
    page.goto("/")
    page.wait_for_load_state("networkidle")

    def cut_from_the_second(route: Route) -> None:
        if route.request.method == "PATCH" and int(route.request.headers["upload-offset"]) > 0:
            route.abort()  # the network fails here, as it does before somebody reloads
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", cut_from_the_second)
    drop(page, big_slide)
    dialog = page.get_by_role("dialog", name="Upload slides")
    expect(dialog.get_by_text(NAME)).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"1 slide, 27\.1 MB"))).to_be_visible()
    dialog.get_by_label("Project").fill("Arrivals")
    dialog.get_by_label("Case").fill("S24-77")
    dialog.get_by_role("button", name="Upload", exact=True).click()
    progress = tray(page).get_by_role("progressbar", name=f"Upload of {NAME}")
    expect(progress).to_have_js_property("value", PIECE, timeout=30_000)
    (part,) = (data / "uploads").rglob("*.part")
    assert part.read_bytes() == big_slide.read_bytes()[:PIECE]

    page.on("dialog", lambda asked: asked.accept())
    page.goto("/imports")
    page.unroute("**/api/v1/uploads/*")
    row = tray(page).get_by_role("listitem").filter(has_text=NAME)
    expect(row).to_contain_text(f"Unfinished: {round(100 * PIECE / big_slide.stat().st_size)}")
    sent: list[int] = []
    page.on(
        "request",
        lambda request: sent.append(int(request.headers["upload-offset"])) if request.method == "PATCH" else None,
    )
    with page.expect_file_chooser() as chooser:
        row.get_by_role("button", name=f"Choose again: {NAME}").click()
    chooser.value.set_files(big_slide)
    expect(row).to_contain_text("Registered", timeout=60_000)
    assert sent[0] == PIECE, "it went on where it stopped, not from the beginning"

    arrivals = page.get_by_role("list", name="Arrivals")
    expect(arrivals.get_by_role("listitem")).to_contain_text(["Registered"])
    arrivals.get_by_role("link", name=f"Open {NAME}").click()
    expect(page).to_have_url(re.compile("/slides/"))
    slide_id = page.url.split("/slides/")[1].split("#")[0].split("?")[0]
    detail = page.request.get(f"/api/v1/slides/{slide_id}").json()
    wanted = hashlib.sha256(big_slide.read_bytes()).hexdigest()
    assert (detail["content_sha256"], detail["case_name"], detail["state"]) == (wanted, "S24-77", "ready")
    (stored,) = list((data / "slides").rglob(NAME))
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == wanted
    assert [path for path in (data / "uploads").rglob("*") if path.is_file()] == []


def test_pause_cancel_duplicate_and_failure_are_said(
    page_of: tuple[Page, Path], big_slide: Path, tmp_path: Path, serious_findings: Callable[[Page], list[str]]
) -> None:
    page, data = page_of
    page.goto("/imports")

    def offer(path: Path) -> None:
        page.locator("input[data-kind=files]").set_input_files(path)
        page.get_by_role("dialog").get_by_role("button", name="Upload", exact=True).click()

    slow: list[Route] = []
    page.route(
        "**/api/v1/uploads/*",
        lambda route: slow.append(route) if route.request.method == "PATCH" else route.continue_(),
    )
    offer(big_slide)
    row = tray(page).get_by_role("listitem").filter(has_text=NAME)
    row.get_by_role("button", name=f"Pause {NAME}").click()
    expect(row).to_contain_text("Paused at 0")
    page.unroute("**/api/v1/uploads/*")
    row.get_by_role("button", name=f"Go on with {NAME}").click()
    expect(row).to_contain_text("Registered", timeout=60_000)
    row.get_by_role("button", name=f"Take {NAME} off the list").click()
    expect(tray(page)).to_have_count(0)

    twin = tmp_path / "twin.svs"
    twin.write_bytes(big_slide.read_bytes())
    offer(twin)
    twin_row = tray(page).get_by_role("listitem").filter(has_text="twin.svs")
    expect(twin_row).to_contain_text("is here already", timeout=60_000)
    assert page.request.get("/api/v1/slides").json()["total"] == 1

    broken = tmp_path / "broken.svs"
    broken.write_bytes(b"no slide")
    offer(broken)
    expect(tray(page).get_by_role("listitem").filter(has_text="broken.svs")).to_contain_text(
        re.compile(r"recogni|damaged|cannot"), timeout=30_000
    )
    log = page.get_by_role("list", name="Arrivals").get_by_role("listitem")
    expect(log).to_have_count(3, timeout=15_000)
    expect(log.nth(0)).to_contain_text("Failed")
    expect(log.nth(1)).to_contain_text("Here already")
    assert serious_findings(page) == []
    page.get_by_role("button", name="Failed 1").click()
    expect(log).to_have_count(1)
    page.get_by_role("button", name="All 3").click()

    log.nth(1).get_by_role("button", name="Register it anyway: twin.svs").click()
    expect(log.nth(1)).to_contain_text("Registered", timeout=30_000)
    assert page.request.get("/api/v1/slides").json()["total"] == 2

    page.route(
        "**/api/v1/uploads/*",
        lambda route: slow.append(route) if route.request.method == "PATCH" else route.continue_(),
    )
    other = tmp_path / "other.svs"
    other.write_bytes(big_slide.read_bytes() + b"x")
    offer(other)
    cancelled = tray(page).get_by_role("listitem").filter(has_text="other.svs")
    cancelled.get_by_role("button", name="Cancel other.svs").click()
    expect(cancelled).to_have_count(0)
    assert _unfinished(page) == []
    assert not [path for path in (data / "uploads").rglob("*.part") if path.stat().st_size > PIECE]

    # Cancelled while the server is making it: the answer that says its name comes too late for the row.
    begun: list[tuple[Route, APIResponse]] = []
    page.route(
        "**/api/v1/uploads",
        lambda route: begun.append((route, route.fetch())) if route.request.method == "POST" else route.continue_(),
    )
    late = tmp_path / "late.svs"
    late.write_bytes(big_slide.read_bytes() + b"xy")
    offer(late)
    item = tray(page).get_by_role("listitem").filter(has_text="late.svs")
    while not begun:
        page.wait_for_timeout(50)
    assert len(page.request.get("/api/v1/uploads").json()["items"]) == 1
    item.get_by_role("button", name="Cancel late.svs").click()
    expect(item).to_have_count(0)
    route, answer = begun[0]
    route.fulfill(response=answer)
    assert _unfinished(page) == []


def _unfinished(page: Page) -> list[dict[str, Any]]:
    """What is left of uploads on the server, once there was time to delete it."""
    until = time.monotonic() + 15
    while True:
        left: list[dict[str, Any]] = page.request.get("/api/v1/uploads").json()["items"]
        if not left or time.monotonic() > until:
            return left
        page.wait_for_timeout(200)


def test_the_trash_is_emptied_after_a_question_that_says_how_much(
    page_of: tuple[Page, Path],
    big_slide: Path,
    sample: Callable[[str], Path],
    serious_findings: Callable[[Page], list[str]],
    tmp_path: Path,
) -> None:
    page, data = page_of
    page.goto("/imports")
    other = tmp_path / "other.svs"
    other.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes())
    for number, path in enumerate((big_slide, other), 1):
        page.locator("input[data-kind=files]").set_input_files(path)
        page.get_by_role("dialog").get_by_role("button", name="Upload", exact=True).click()
        expect(page.get_by_role("button", name=f"Registered {number}")).to_be_visible(timeout=60_000)
    clinic = Clinic(page.url.removesuffix("/imports"), page.context)
    slides = clinic.slides()
    clinic.send("POST", "/slides/trash", {"slide_ids": [one["slide_id"] for one in slides.values()]})
    assert {path.name for path in (data / "slides").rglob("*.svs")} == {NAME, "other.svs"}

    page.goto("/trash")
    page.get_by_role("button", name="Empty the trash").click()
    question = page.get_by_role("dialog", name="Delete 2 slides for good?")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    assert len(clinic.get("/trash")["items"]) == 2

    page.get_by_role("button", name="Delete other for good").click()
    page.get_by_role("dialog", name="Delete other for good?").get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status").first).to_have_text("1 slide deleted for good.")
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Empty the trash").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    assert clinic.get("/trash")["total_slides"] == 0
    clinic.until(lambda: not list((data / "slides").rglob("*.svs")))


def test_the_trash_keeps_a_slide_whose_file_is_served_in_place(
    browser: Browser, run_server: Callable[..., Any], sample: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    file = folder / "in-place.svs"
    file.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes())
    os.utime(file, (0, 0))
    with run_server([folder], tmp_path / "data") as address:
        state = signed_in(browser, address)
        with contextlib.closing(
            browser.new_context(base_url=address.split("/signin", 1)[0], storage_state=state)
        ) as context:
            page = context.new_page()
            page.goto("/trash")
            clinic = Clinic(page.url.removesuffix("/trash"), context)
            clinic.until(lambda: [one["state"] for one in clinic.slides().values()] == ["ready"])
            clinic.send("POST", "/slides/trash", {"slide_ids": [clinic.slides()["in-place"]["slide_id"]]})
            page.reload()
            page.get_by_role("button", name="Empty the trash").click()
            page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
            expect(page.get_by_role("status").first).to_have_text(
                "1 slide stays: its file still lies in a served folder and would arrive again."
            )
            expect(page.get_by_role("listitem")).to_have_count(1)
            assert file.exists()
