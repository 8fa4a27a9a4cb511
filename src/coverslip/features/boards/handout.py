"""The hand-out of a board: a page a stop, with scale bars, and with names only where the stop shows them."""

import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from coverslip.features.boards.schemas import Camera
from coverslip.imaging.style import style_text

PAGE_W_MM: Final = 297.0
PAGE_H_MM: Final = 210.0
MARGIN_MM: Final = 12.0
GAP_MM: Final = 4.0
PICTURES_TOP_MM: Final = 30.0
NOTE_MM: Final = 32.0
LINE_MM: Final = 6.0
NOTE_LINES: Final = 4
SCREEN_PX: Final = 1400
"""How many CSS pixels of a screen the breadth of the pictures stands for."""
PIXELS_PER_MM: Final = 5.5
"""140 dots an inch: what a laser printer shows of a photograph."""
_FONTS: Final = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)
"""Where machines keep a font with the letters of many languages; without one, those of Western Europe are left."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture stands on the page, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of a slide for one frame: ``side`` is set where the view is turned."""

    x: float
    y: float
    width: int
    height: int
    downsample: float
    style: str | None
    plane: Any
    time: int

    def request(self) -> dict[str, Any]:
        """Return it as the decoder takes it."""
        found = {"x": self.x, "y": self.y, "width": self.width, "height": self.height, "downsample": self.downsample}
        return {**found, "format": "jpeg", "quality": 85, "style": self.style, "plane": self.plane, "time": self.time}


@dataclass(frozen=True, slots=True)
class Picture:
    """One slide on the page.

    Attributes
    ----------
    name : str
        Empty where identity is hidden.
    image : bytes or None
        A JPEG; None where it cannot be had, and ``why`` says why.
    mm_um : float or None
        Micrometres for each millimetre of paper; None where nobody knows the scale.
    """

    name: str
    image: bytes | None
    why: str
    mm_um: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """One stop; ``hidden`` where it is not for whoever asks."""

    heading: str
    note: str
    pictures: Sequence[Picture]
    hidden: bool = False


def frames(count: int) -> list[Frame]:
    """Return where the pictures of a stop stand: one, two beside each other, or two by two."""
    cols = 1 if count == 1 else 2
    rows = math.ceil(count / cols)
    width = (PAGE_W_MM - 2 * MARGIN_MM - (cols - 1) * GAP_MM) / cols
    height = (PAGE_H_MM - PICTURES_TOP_MM - NOTE_MM - MARGIN_MM - (rows - 1) * GAP_MM) / rows
    return [
        Frame(
            MARGIN_MM + (number % cols) * (width + GAP_MM),
            PICTURES_TOP_MM + (number // cols) * (height + GAP_MM),
            width,
            height,
        )
        for number in range(count)
    ]


def wanted(camera: Camera, look: dict[str, Any] | None, frame: Frame) -> Wanted:
    """Return what to read so that a frame shows what the screen showed; a turned view needs a square around it."""
    css_for_mm = SCREEN_PX / (PAGE_W_MM - 2 * MARGIN_MM)
    downsample = max(camera.resolution * css_for_mm / PIXELS_PER_MM, 1 / 64)
    width = frame.width * css_for_mm * camera.resolution / downsample
    height = frame.height * css_for_mm * camera.resolution / downsample
    if is_turned(camera):
        width = height = math.hypot(width, height)
    across, down = max(1, math.ceil(width)), max(1, math.ceil(height))
    shown = look or {}
    return Wanted(
        camera.x - across * downsample / 2,
        camera.y - down * downsample / 2,
        across,
        down,
        downsample,
        _style(shown.get("style", None)),
        shown.get("plane", 0),
        shown.get("time", 0),
    )


def is_turned(camera: Camera) -> bool:
    """Whether a view is rotated by anything that can be seen."""
    return abs(math.remainder(camera.rotation, 2 * math.pi)) > 1e-4


def as_seen(jpeg: bytes, camera: Camera, frame: Frame) -> bytes:
    """Return a picture mirrored and turned as the screen showed it, cut to its frame. The JPEG is one of our own."""
    if not (camera.mirrored or is_turned(camera)):
        return jpeg
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as opened:
        image: Image.Image = opened.convert("RGB")
    if camera.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if is_turned(camera):
        side = image.width
        image = image.rotate(-math.degrees(camera.rotation), Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
        width = side * frame.width / math.hypot(frame.width, frame.height)
        height = side * frame.height / math.hypot(frame.width, frame.height)
        left, top = (side - width) / 2, (side - height) / 2
        image = image.crop((round(left), round(top), round(left + width), round(top + height)))
    body = io.BytesIO()
    image.save(body, "JPEG", quality=85)
    return body.getvalue()


def mm_um(camera: Camera, mpp: float | None) -> float | None:
    """Return how many micrometres a millimetre of paper stands for."""
    css_for_mm = SCREEN_PX / (PAGE_W_MM - 2 * MARGIN_MM)
    return None if mpp is None else camera.resolution * css_for_mm * mpp


def bar(um_for_mm: float, room_mm: float) -> tuple[float, str]:
    """Return length in millimetres and words of a scale bar: 1, 2 or 5 times a power of ten, within a fifth."""
    most_um = room_mm / 5 * um_for_mm
    power = 10.0 ** math.floor(math.log10(most_um))
    length_um = next(step * power for step in (5, 2, 1) if step * power <= most_um * (1 + 1e-9))
    text = f"{length_um / 1000:g} mm" if length_um >= 1000 else f"{length_um:g} µm"
    return length_um / um_for_mm, text


def written(title: str, pages: Sequence[Page], day: date) -> bytes:
    """Return the PDF."""
    from fpdf import FPDF

    pdf = FPDF(orientation="landscape", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(title)
    pdf.set_creator("Coverslip")
    font = _font()
    family = "helvetica"
    if font is not None:
        family = "plain"
        pdf.add_font(family, fname=font)

    def say(text: str) -> str:
        return text if font is not None else _western(text)

    for number, page in enumerate(pages, 1):
        pdf.add_page()
        pdf.set_font(family, size=18)
        pdf.set_xy(MARGIN_MM, MARGIN_MM)
        room = PAGE_W_MM - 2 * MARGIN_MM - 40
        pdf.cell(room, 9, fitted(pdf, say(page.heading or title), room, say("…")))
        pdf.set_font(family, size=10)
        pdf.set_xy(PAGE_W_MM - MARGIN_MM - 40, MARGIN_MM)
        pdf.cell(40, 9, f"{number} / {len(pages)}", align="R")
        if page.hidden:
            pdf.set_font(family, size=14)
            pdf.set_xy(MARGIN_MM, PICTURES_TOP_MM)
            pdf.cell(0, 10, "This stop is not for you.")
        for picture, frame in zip(page.pictures, frames(max(1, len(page.pictures))), strict=False):
            _draw(pdf, picture, frame, family, say)
        pdf.set_font(family, size=12)
        pdf.set_xy(MARGIN_MM, PAGE_H_MM - NOTE_MM - MARGIN_MM + 3)
        pdf.multi_cell(PAGE_W_MM - 2 * MARGIN_MM, LINE_MM, first_lines(pdf, say(page.note), say("…")), align="L")
        pdf.set_font(family, size=8)
        pdf.set_xy(MARGIN_MM, PAGE_H_MM - MARGIN_MM)
        pdf.cell(0, 5, say(f"{title} · {day.isoformat()}"))
    return bytes(pdf.output())


def _draw(pdf: Any, picture: Picture, frame: Frame, family: str, say: Any) -> None:
    pdf.set_draw_color(160, 160, 160)
    pdf.rect(frame.x, frame.y, frame.width, frame.height)
    pdf.set_font(family, size=10)
    if picture.image is None:
        pdf.set_xy(frame.x + 3, frame.y + 3)
        pdf.multi_cell(frame.width - 6, 5, say(picture.why))
        return
    with pdf.rect_clip(frame.x, frame.y, frame.width, frame.height):
        pdf.image(io.BytesIO(picture.image), frame.x, frame.y, frame.width, frame.height)
    if picture.mm_um is not None:
        length, text = bar(picture.mm_um, frame.width)
        left, below = frame.x + 4, frame.y + frame.height - 5
        pdf.set_fill_color(255, 255, 255)
        pdf.rect(left - 2, below - 7, max(length, 18) + 4, 10, style="F")
        pdf.set_fill_color(0, 0, 0)
        pdf.rect(left, below, length, 1, style="F")
        pdf.set_xy(left - 1, below - 6)
        pdf.cell(30, 5, say(text))
    if picture.name:
        pdf.set_fill_color(255, 255, 255)
        name = fitted(pdf, say(picture.name), frame.width - 6, say("…"))
        pdf.rect(frame.x + 1, frame.y + 1, pdf.get_string_width(name) + 4, 7, style="F")
        pdf.set_xy(frame.x + 2, frame.y + 2)
        pdf.cell(pdf.get_string_width(name) + 2, 5, name)


def fitted(pdf: Any, text: str, width_mm: float, ellipsis: str) -> str:
    """Return a text as far as it fits on one line in the font that is set, and say that there was more."""
    room = width_mm - 2 * pdf.c_margin
    if pdf.get_string_width(text) <= room:
        return text
    while text and pdf.get_string_width(text + ellipsis) > room:
        text = text[:-1]
    return text.rstrip() + ellipsis


def first_lines(pdf: Any, note: str, ellipsis: str) -> str:
    """Return what of a note has room above the foot of the page."""
    width = PAGE_W_MM - 2 * MARGIN_MM
    lines = pdf.multi_cell(width, LINE_MM, note, dry_run=True, output="LINES")
    if len(lines) <= NOTE_LINES:
        return note
    last = fitted(pdf, lines[NOTE_LINES - 1] + ellipsis, width, ellipsis)
    return "\n".join([*lines[: NOTE_LINES - 1], last])


def _style(style: object) -> str | None:
    return style_text(style) if isinstance(style, dict) and style else None


@lru_cache(maxsize=1)
def _font() -> str | None:
    return next((path for path in _FONTS if Path(path).is_file()), None)


def _western(text: str) -> str:
    """Return a text in the letters that every PDF reader has; what has no such letter becomes a question mark."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if char.isprintable() or char == "\n")
    return "".join(
        char if _has(char) else unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode() or "?"
        for char in plain
    )


def _has(char: str) -> bool:
    try:
        char.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
