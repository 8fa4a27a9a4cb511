"""Slides whose every pixel is known: sections of one made tissue, stained and laid otherwise, and their panes."""

import io
import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image
from playwright.sync_api import APIRequestContext, Locator, Page, expect

Floats = npt.NDArray[np.float64]
Point = tuple[float, float]

BLOCK = 64
COLS, ROWS = 20, 16
MPP = 0.5
GLASS = (244, 244, 244)
READY_S = 60
# How long a page may take that is busy with other tests, too.
PATIENCE_MS = 15_000
# Colours of blocks are 36 apart; made tiles are JPEG and lose a few grey levels at a block's edge.
CLOSE = 15


@dataclass(frozen=True)
class Section:
    """How a slide was made from the tissue: where it lies, how large it is, which channels it shows."""

    file_name: str
    stain: str
    block: str
    turn: float
    scale: float
    mirrored: bool
    shift: Point
    size: tuple[int, int]
    channels: tuple[int, int, int]

    @property
    def matrix(self) -> Floats:
        """Tissue pixels to pixels of this slide, 2 x 3."""
        cos, sin = math.cos(self.turn) * self.scale, math.sin(self.turn) * self.scale
        flip = -1 if self.mirrored else 1
        return np.array([[cos, -sin * flip, self.shift[0]], [sin, cos * flip, self.shift[1]]])

    def at(self, x: float, y: float) -> Point:
        """Where a tissue point lies on this slide."""
        u, v = self.matrix @ (x, y, 1)
        return float(u), float(v)

    def tissue(self, x: float, y: float) -> Point:
        """Which tissue point lies at a point of this slide."""
        u, v = np.linalg.solve(self.matrix[:, :2], np.array([x, y]) - self.matrix[:, 2])
        return float(u), float(v)


WIDTH, HEIGHT = COLS * BLOCK, ROWS * BLOCK
HE = Section("a-he.tif", "H&E", "A1", 0, 1, False, (0, 0), (WIDTH, HEIGHT), (0, 1, 2))
HER2 = Section("b-her2.tif", "HER2", "A1", math.radians(25), 0.8, True, (70, 760), (1500, 1300), (1, 2, 0))
KI67 = Section("c-ki67.tif", "Ki-67", "A1", math.radians(-90), 1, False, (100, 1400), (1280, 1500), (2, 0, 1))
PAS = Section("d-pas.tif", "PAS", "B2", 0, 1, False, (0, 0), (WIDTH, HEIGHT), (2, 1, 0))
SECTIONS = (HE, HER2, KI67, PAS)


@dataclass(frozen=True)
class Case:
    """A running server and the case that its slides are in."""

    url: str
    state: Any
    case_id: str
    slides: dict[str, dict[str, Any]]


def make_tissue() -> npt.NDArray[np.uint8]:
    """Colours of the tissue's blocks, shape (rows, columns, 3), in steps of 36."""
    colours = np.random.default_rng(5).integers(0, 6, (ROWS, COLS, 3)) * 36 + 20
    return colours.astype(np.uint8)


def forget_alignments(request: APIRequestContext, case: "Case") -> None:
    """Forget how any two slides of a case lie on each other."""
    answer = request.get("/api/v1/session")
    headers = {"X-CSRF-Token": answer.json()["csrf_token"], "Origin": answer.url.removesuffix("/api/v1/session")}
    ids = [slide["slide_id"] for slide in case.slides.values()]
    for one in ids:
        for other in ids:
            if one < other:
                request.delete(f"/api/v1/alignments/{one}/{other}", headers=headers)


def write_section(path: Path, section: Section, tissue: npt.NDArray[np.uint8]) -> None:
    """Write a slide pixel by pixel: the tissue's colour there, or glass."""
    width, height = section.size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    inverse = np.linalg.inv(np.vstack([section.matrix, [0, 0, 1]]))
    u, v = (inverse[row, 0] * x + inverse[row, 1] * y + inverse[row, 2] for row in (0, 1))
    inside = (u >= 0) & (v >= 0) & (u < WIDTH) & (v < HEIGHT)
    pixels = np.full((height, width, 3), GLASS, dtype=np.uint8)
    col, row = (u[inside] // BLOCK).astype(int), (v[inside] // BLOCK).astype(int)
    pixels[inside] = tissue[row, col][:, section.channels]
    resolution = (1e4 * section.scale / MPP,) * 2
    tifffile.imwrite(path, pixels, photometric="rgb", tile=(256, 256), resolution=resolution, resolutionunit=3)


def make_case(request: APIRequestContext, url: str, state: Any) -> Case:
    until = time.monotonic() + READY_S
    slides: list[dict[str, Any]] = []
    while time.monotonic() < until:
        slides = request.get(f"{url}/api/v1/slides?state=ready").json()["items"]
        if len(slides) == len(SECTIONS):
            break
        time.sleep(0.2)
    assert len(slides) == len(SECTIONS), slides
    token = request.get(f"{url}/api/v1/session").json()["csrf_token"]
    headers = {"X-CSRF-Token": token, "Origin": url}
    # The tour, which would lie over the first pane, is behind them.
    assert request.put(f"{url}/api/v1/me/preferences", data={"tour_done": True}, headers=headers).ok
    wanted = {"project_id": slides[0]["project_id"], "name": "S24-1234"}
    made = request.post(f"{url}/api/v1/cases", data=wanted, headers=headers)
    assert made.ok, made.text()
    case_id = made.json()["case_id"]
    known = {}
    for slide in slides:
        detail = request.get(f"{url}/api/v1/slides/{slide['slide_id']}").json()
        section = next(one for one in SECTIONS if one.file_name == detail["file_name"])
        patch = {"case_id": case_id, "block": section.block, "stain": section.stain}
        changed = request.patch(f"{url}/api/v1/slides/{slide['slide_id']}", data=patch, headers=headers)
        assert changed.ok, changed.text()
        known[section.stain] = changed.json()
    return Case(url, state, case_id, known)


@dataclass
class View:
    """One pane as the address tells of it, and where it lies in the window."""

    section: Section
    x: float
    y: float
    resolution: float
    turn: float
    mirrored: bool
    box: tuple[float, float, float, float]

    def on_screen(self, x: float, y: float) -> Point:
        """Where a point of the slide lies in the window."""
        dx = (x - self.x) / self.resolution * (-1 if self.mirrored else 1)
        dy = (y - self.y) / self.resolution
        across = dx * math.cos(self.turn) - dy * math.sin(self.turn)
        down = dx * math.sin(self.turn) + dy * math.cos(self.turn)
        left, top, width, height = self.box
        return left + width / 2 + across, top + height / 2 + down

    def shown_at(self, across: float, down: float) -> Point:
        """Which tissue point is shown at a point of the window."""
        left, top, width, height = self.box
        dx, dy = across - left - width / 2, down - top - height / 2
        u = (dx * math.cos(self.turn) + dy * math.sin(self.turn)) * self.resolution
        v = (dy * math.cos(self.turn) - dx * math.sin(self.turn)) * self.resolution
        return self.section.tissue(self.x + (-u if self.mirrored else u), self.y + v)

    def spot(self, x: float, y: float) -> Point:
        """Where a tissue point is shown in the window."""
        return self.on_screen(*self.section.at(x, y))


class Desk:
    """The panes as a person sees them."""

    def __init__(self, page: Page, case: Case, tissue: npt.NDArray[np.uint8]) -> None:
        self.page = page
        self.case = case
        self.tissue = tissue
        self.sections = {case.slides[section.stain]["slide_id"]: section for section in SECTIONS}

    def open(self, *stains: str, view: str = "") -> None:
        """Open slides side by side, the first one active."""
        ids = [self.case.slides[stain]["slide_id"] for stain in stains]
        panes = f"panes={','.join(['*', *ids[1:]])}" if len(ids) > 1 else ""
        fragment = "&".join(part for part in (view, panes) if part)
        self.page.goto(f"/slides/{ids[0]}{'#' + fragment if fragment else ''}")
        self.settle()

    @property
    def panes(self) -> Locator:
        """The pictures, in their order."""
        return self.page.get_by_role("application")

    def settle(self) -> None:
        """Wait until every tile has come and the address stands still."""
        busy = self.page.get_by_role("status", name="Picture")
        quiet, until = 0, time.monotonic() + 40
        while quiet < 3:
            assert time.monotonic() < until, "the picture did not get sharp"
            before = self.page.url
            self.page.wait_for_timeout(130)
            still = busy.count() == 1 and busy.get_attribute("aria-busy") == "false"
            quiet = quiet + 1 if still and before == self.page.url else 0

    def views(self) -> list[View]:
        """Every pane, from the address alone."""
        address, _, fragment = self.page.url.partition("#")
        own = dict(parse_qsl(fragment))
        here = re.search(r"/slides/([\w-]+)", address)
        assert here is not None
        said = []
        for text in own.get("panes", "*").split(","):
            slide_id, *parts = text.split(";")
            said.append((here.group(1), own) if text == "*" else (slide_id, dict(part.split(":") for part in parts)))
        found = []
        for i, (slide_id, view) in enumerate(said):
            box = self.panes.nth(i).bounding_box()
            assert box is not None
            found.append(
                View(
                    self.sections[slide_id],
                    float(view["x"]),
                    float(view["y"]),
                    float(view["mpp"]) / float(self._mpp(slide_id)),
                    math.radians(float(view.get("rotation", 0))),
                    view.get("mirror") == "1",
                    (box["x"], box["y"], round(box["width"]), round(box["height"])),
                )
            )
        return found

    def _mpp(self, slide_id: str) -> float:
        return next(float(slide["mpp_x"]) for slide in self.case.slides.values() if slide["slide_id"] == slide_id)

    def shot(self) -> Floats:
        """The window as it is seen."""
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot())).convert("RGB"), dtype=np.float64)

    def differences(self, view: View, shown: Section | None = None, window: Floats | None = None) -> list[float]:
        """How far each block that lies well inside a pane is from its colour, stained as ``shown``."""
        seen = self.shot() if window is None else window
        left, top, width, height = view.box
        found = []
        for row in range(ROWS):
            for col in range(COLS):
                across, down = view.spot((col + 0.5) * BLOCK, (row + 0.5) * BLOCK)
                # Not under what floats above the picture: the tools, the overview and the row of objectives.
                if not (left + 80 < across < left + width - 130 and top + 50 < down < top + height - 130):
                    continue
                part = seen[round(down) - 3 : round(down) + 3, round(across) - 3 : round(across) + 3]
                expected = self.tissue[row, col][list((shown or view.section).channels)]
                found.append(float(np.abs(part.reshape(-1, 3).mean(axis=0) - expected).max()))
        assert len(found) > 8, "too little tissue in sight to compare"
        return found

    def stains_shown(self, view: View, sections: tuple[Section, ...], seconds: float = 8) -> set[str]:
        """Watch a pane until each of these stains was shown in it, or for so long."""
        seen: set[str] = set()
        until = time.monotonic() + seconds
        while time.monotonic() < until and len(seen) < len(sections):
            window = self.shot()
            for section in sections:
                if max(self.differences(view, shown=section, window=window)) < CLOSE:
                    seen.add(section.stain)
            self.page.wait_for_timeout(90)
        return seen

    def click(self, pane: int, x: float, y: float) -> None:
        """Click a tissue point in a pane."""
        self.page.mouse.click(*self.views()[pane].spot(x, y))

    def apart(self) -> float:
        """How far the middles of the first two panes are from each other, in tissue pixels."""
        first, second = self.views()[:2]
        return math.dist(first.section.tissue(first.x, first.y), second.section.tissue(second.x, second.y))

    def say_two_spots_by_keys(self) -> None:
        """While aligning: take the middle of either pane, move both a step, and again."""
        for move in ("ArrowRight", "ArrowDown"):
            for _ in range(2):
                self.page.keyboard.press("Enter")
                self.page.keyboard.press("[")
                self.page.wait_for_timeout(200)
            for _ in range(2):
                self.page.keyboard.press(move)
                self.page.keyboard.press("[")
                self.page.wait_for_timeout(200)

    def align(self, *spots: Point) -> None:
        """Align the first two panes by tissue points, clicked in both."""
        self.page.get_by_role("button", name="Align by points").click()
        for spot in spots:
            self.click(0, *spot)
            self.click(1, *spot)
        if len(spots) < 3:
            self.page.get_by_role("button", name="Align", exact=True).click()
        expect(self.page.get_by_text("aligned by points")).to_be_visible(timeout=PATIENCE_MS)
        self.settle()
