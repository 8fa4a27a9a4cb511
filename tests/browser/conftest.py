"""A real server over real slides and a real Chromium, for tests that do what people do."""

import contextlib
import io
import math
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect, sync_playwright
from tests.support.accounts import at_localhost, first_in
from tests.support.clinic import Clinic

TESTS = Path(__file__).parents[1]
SOURCE = TESTS.parent / "src" / "coverslip"
AXE = TESTS.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_S = 180
REGISTER_S = 240
DESKTOP = (1440, 900)
# Nothing here is timed: what is waited for may take as long as a busy machine needs.
expect.set_options(timeout=20_000)
# A list that is being replaced is dimmed, and what fades in is pale: neither stays. What turns for ever is no change.
UNSETTLED = """() => document.querySelector('[data-stale=true]') !== null || document.getAnimations().some(
    (one) => one.playState === 'running' && one.effect.getComputedTiming().endTime !== Infinity)"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Served:
    """A running Coverslip and the cookies of somebody signed in."""

    url: str
    state: StorageState


@dataclass(frozen=True)
class KnownColours:
    """The values of the made slides, one for each block of 64 x 64 pixels."""

    rgb: npt.NDArray[np.uint8]
    first: npt.NDArray[np.uint16]
    second: npt.NDArray[np.uint16]


@pytest.fixture(scope="session")
def known_colours() -> KnownColours:
    """What is in ``wide.tif`` (RGB) and in the two channels of ``two-channels.ome.tif``."""
    rows = (
        ((200, 40, 60), (40, 200, 60), (40, 60, 200), (230, 190, 220)),
        ((128, 128, 128), (250, 120, 30), (90, 30, 120), (240, 240, 240)),
    )
    return KnownColours(
        rgb=np.array(rows, dtype=np.uint8),
        first=np.array([[100, 1000, 2000, 3000], [0, 4000, 500, 100]], dtype=np.uint16),
        second=np.array([[50, 50, 900, 2000], [1000, 300, 4000, 50]], dtype=np.uint16),
    )


@pytest.fixture(scope="session")
def wide_profile() -> bytes | None:
    """A real Adobe RGB profile, or None where the larger set of samples is not here."""
    shared = os.environ.get("COVERSLIP_SAMPLES")
    return (Path(shared) / "other" / "AdobeRGB1998.icc").read_bytes() if shared else None


@pytest.fixture(scope="session")
def made_slides(
    tmp_path_factory: pytest.TempPathFactory, known_colours: KnownColours, wide_profile: bytes | None
) -> Path:
    """A folder, served beside the samples, with slides whose colours are known."""
    folder = tmp_path_factory.mktemp("made")
    planes = np.stack([_in_blocks(known_colours.first), _in_blocks(known_colours.second)])
    options: dict[str, Any] = {"tile": (128, 128)}
    two = folder / "two-channels.ome.tif"
    tifffile.imwrite(two, planes, photometric="minisblack", metadata={"axes": "CYX"}, **options)
    if wide_profile is not None:
        options |= {"compression": "jpeg", "compressionargs": {"level": 100}, "iccprofile": wide_profile}
        tifffile.imwrite(folder / "wide.tif", _in_blocks(known_colours.rgb), photometric="rgb", **options)
    return folder


def _in_blocks(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.repeat(64, axis=0).repeat(64, axis=1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def served(browser: Browser, made_slides: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``coverslip serve`` as a user starts it, over every sample at hand, everything registered."""
    assert (SOURCE / "web_app" / "index.html").exists(), "the web app is not built: run `make setup`"
    shared = os.environ.get("COVERSLIP_SAMPLES")
    slides = Path(shared) / "slides" if shared else TESTS / "data" / "slides"
    folders = [slides, made_slides, *([] if shared else [SOURCE / "samples"])]
    with running(folders, tmp_path_factory.mktemp("browser-data"), SETTLE_S="0") as address:
        state = signed_in(browser, address)
        yield _registered(browser, Served(address.split("/signin", 1)[0], state))


@contextlib.contextmanager
def running(folders: Sequence[Path], data: Path, **settings: str) -> Iterator[str]:
    """``coverslip serve`` on a data folder, with settings such as ``POLL_S="1"``; gives its sign-in address."""
    coverslip = str(Path(sys.executable).parent / "coverslip")
    command = [coverslip, "serve", *map(str, folders), "--data", str(data), "--port", "0"]
    environment = os.environ | {f"COVERSLIP_{name}": value for name, value in settings.items()}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    """Read the sign-in address that ``serve`` prints."""
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    stdout = process.stdout

    def read() -> None:
        for line in stdout:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    said = []
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(queue.Empty):
            said.append(lines.get(timeout=0.2))
            if found := re.search(r"https?://\S+/signin#\S+", said[-1]):
                return found.group(0)
    raise AssertionError(f"coverslip serve did not start:\n{''.join(said)}")


@pytest.fixture(scope="session")
def run_server() -> Callable[..., contextlib.AbstractContextManager[str]]:
    """Start further servers; see :func:`running`."""
    return running


@pytest.fixture(scope="module")
def open_clinic(
    browser: Browser, sample: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Clinic]]:
    """Serve a folder of slides until the module is through: ``open_clinic(*names, viewport=None, **environment)``.

    Each name is the sample slide once more; what comes back is its administrator's API, with all slides ready.
    """
    with contextlib.ExitStack() as stack:

        def start(*names: str, viewport: ViewportSize | None = None, **environment: str) -> Clinic:
            at = tmp_path_factory.mktemp("open")
            folder = at / "clinic"
            folder.mkdir()
            for name in names:
                (folder / f"{name}.svs").symlink_to(sample("samples/CMU-1-Small-Region.svs"))
            address = stack.enter_context(running([folder], at / "data", SETTLE_S="0", POLL_S="1", **environment))
            context = first_in(browser, address, **({} if viewport is None else {"viewport": viewport}))
            stack.callback(context.close)
            clinic = Clinic(at_localhost(address).split("/signin", 1)[0], context)
            clinic.until(lambda: [one["state"] for one in clinic.get("/slides")["items"]] == ["ready"] * len(names))
            return clinic

        yield start


def signed_in(browser: Browser, address: str) -> StorageState:
    """Use a sign-in address as a person does, and give the cookies."""
    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_url(lambda at: "signin" not in at)
        return context.storage_state()


def _registered(browser: Browser, served: Served) -> Served:
    with contextlib.closing(browser.new_context(base_url=served.url, storage_state=served.state)) as context:
        until = time.monotonic() + REGISTER_S
        while time.monotonic() < until:
            roots = context.request.get("/api/v1/imports/roots").json()["items"]
            slides = context.request.get("/api/v1/slides?limit=500").json()["items"]
            waiting = [slide for slide in slides if slide["state"] in ("registering", "arriving")]
            if slides and not waiting and not any(root["scanning"] for root in roots):
                _knows_its_way(context, served)
                return served
            time.sleep(0.3)
    raise AssertionError("the samples were not registered in time")


def _knows_its_way(context: BrowserContext, served: Served) -> None:
    """Have the tour behind oneself, which would lie over the first slide of each test."""
    token = context.request.get("/api/v1/session").json()["csrf_token"]
    headers = {"X-CSRF-Token": token, "Origin": served.url}
    context.request.put("/api/v1/me/preferences", data={"tour_done": True}, headers=headers)


@pytest.fixture
def new_context(browser: Browser, served: Served) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts that are signed in; arguments are Playwright's."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        size = options.pop("viewport", {"width": DESKTOP[0], "height": DESKTOP[1]})
        context = browser.new_context(base_url=served.url, storage_state=served.state, viewport=size, **options)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


class Stage:
    """The viewer's picture: where slide points lie on the screen, and what is drawn there.

    Everything is read as a person could: from the address, the screen and what is announced.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.slide: dict[str, Any] = {}

    def open(self, slide: dict[str, Any], view: str = "") -> None:
        """Open a slide, ``view`` being the fragment of a link, and wait for its sharp picture.

        Without one the whole slide is shown, wherever an earlier test left it.
        """
        self.slide = slide
        self.page.goto(f"/slides/{slide['slide_id']}#{view or 'rotation=0'}")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves and every tile has come."""
        busy = self.page.get_by_role("status", name="Picture")
        busy.wait_for(state="attached", timeout=30_000)
        quiet = 0
        until = time.monotonic() + 40
        while quiet < 3:
            assert time.monotonic() < until, "the picture did not get sharp"
            before = self.page.url
            # On a busy machine a frame can take longer than the pause.
            self.page.evaluate(TWO_FRAMES)
            self.page.wait_for_timeout(180)
            still = self.page.url == before and busy.get_attribute("aria-busy") == "false"
            quiet = quiet + 1 if still else 0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the picture in CSS pixels."""
        box = self.page.get_by_role("application").bounding_box()
        assert box is not None
        return box["x"], box["y"], round(box["width"]), round(box["height"])

    def view(self) -> dict[str, float]:
        """What the address says: x, y, resolution (level-0 pixels per CSS pixel), rotation in degrees, mirror."""
        said = dict(parse_qsl(self.page.url.partition("#")[2]))
        mpp = self.slide["mpp_x"]
        resolution = float(said["mpp"]) / mpp if "mpp" in said else 1 / float(said["zoom"])
        return {
            "x": float(said["x"]),
            "y": float(said["y"]),
            "resolution": resolution,
            "rotation": float(said.get("rotation", 0)),
            "mirror": float(said.get("mirror", 0)),
        }

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a slide point lies in the window, computed from the address alone."""
        view = self.view()
        left, top, width, height = self.box
        dx = (x - view["x"]) / view["resolution"] * (-1 if view["mirror"] else 1)
        dy = (y - view["y"]) / view["resolution"]
        turn = math.radians(view["rotation"])
        across = dx * math.cos(turn) - dy * math.sin(turn)
        down = dx * math.sin(turn) + dy * math.cos(turn)
        return left + width / 2 + across, top + height / 2 + down

    def shot(self) -> npt.NDArray[np.float64]:
        """The window as it is seen, shape (height, width, 3), values 0 to 255."""
        image = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return np.asarray(image, dtype=np.float64)

    def colour(self, x: float, y: float, radius: int = 8) -> npt.NDArray[np.float64]:
        """Mean colour of what is drawn around a slide point, ``radius`` in CSS pixels."""
        across, down = self.on_screen(x, y)
        window = self.shot()
        part = window[round(down) - radius : round(down) + radius, round(across) - radius : round(across) + radius]
        return np.asarray(part.reshape(-1, 3).mean(axis=0))

    def press(self, *keys: str) -> None:
        """Press keys on the picture and wait for what they do."""
        self.page.get_by_role("application").focus()
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(260)
        self.settle()


@pytest.fixture
def stage(page: Page) -> Stage:
    """The viewer of a signed-in page."""
    return Stage(page)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A signed-in page of a desktop's size."""
    return new_context().new_page()


@pytest.fixture
def find_slide(page: Page, served: Served) -> Callable[[str], dict[str, Any]]:
    """Give the detail of a slide by its file name."""

    def find(file_name: str) -> dict[str, Any]:
        slides = page.request.get(f"{served.url}/api/v1/slides?limit=500").json()["items"]
        for slide in slides:
            detail: dict[str, Any] = page.request.get(f"{served.url}/api/v1/slides/{slide['slide_id']}").json()
            if detail["file_name"] == file_name:
                return detail
        raise AssertionError(f"no slide comes from {file_name}; there are {[slide['name'] for slide in slides]}")

    return find


@pytest.fixture(scope="session")
def serious_findings() -> Callable[[Page], list[str]]:
    """Run axe-core on a page and name what it finds serious or critical."""
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> list[str]:
        while page.evaluate(UNSETTLED):
            page.wait_for_timeout(50)
        page.evaluate(source)
        found = page.evaluate("async () => (await window.axe.run(document)).violations")
        return [
            f"{one['id']}: {', '.join(str(node['target']) for node in one['nodes'])}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    return check
