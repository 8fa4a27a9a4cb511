"""A real server over slides whose names say case, block and stain."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.support.clinic import FILES, Clinic, card

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def server(
    browser: Browser,
    run_server: Callable[..., Any],
    sample: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Any]]:
    """``coverslip serve`` over copies of the sample slide whose names say case, block and stain."""
    folder = tmp_path_factory.mktemp("named") / "clinic"
    folder.mkdir()
    for name in FILES:
        shutil.copy(sample("samples/CMU-1-Small-Region.svs"), folder / f"{name}.svs")
    with run_server([folder], tmp_path_factory.mktemp("cases-data"), SETTLE_S="0") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.wait_for_url(lambda at: "signin" not in at)
        url = address.split("/signin", 1)[0]
        end = time.monotonic() + 120
        while True:
            items = context.request.get(f"{url}/api/v1/slides?limit=500").json()["items"]
            if len(items) == len(FILES) and all(one["state"] == "ready" for one in items):
                break
            assert time.monotonic() < end, "the slides were not registered in time"
            time.sleep(0.3)
        state = context.storage_state()
        context.close()
        yield url, state


@pytest.fixture
def new_page(browser: Browser, server: tuple[str, Any]) -> Iterator[NewPage]:
    """Make signed-in pages; arguments are Playwright's for a context."""
    made: list[BrowserContext] = []
    url, state = server

    def make(**options: Any) -> Page:
        size = options.pop("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=url, storage_state=state, viewport=size, **options)
        context.set_default_timeout(15_000)
        made.append(context)
        return context.new_page()

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A signed-in page of a desktop's size."""
    return new_page()


@pytest.fixture
def clinic(page: Page, server: tuple[str, Any]) -> Clinic:
    """The catalogue, filed as the names say."""
    found = Clinic(server[0], page.context)
    found.file()
    return found


@pytest.fixture
def library(page: Page, clinic: Clinic) -> Page:
    """The library over the filed slides."""
    page.goto("/")
    expect(card(page, FILES[0])).to_be_visible()
    return page
