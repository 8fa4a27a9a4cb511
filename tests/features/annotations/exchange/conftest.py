"""Files of other programs, read and written."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from coverslip.features.annotations.exchange import FORMATS, Canvas, Item, Report, read_items

FILES = Path(__file__).resolve().parents[3] / "data" / "annotations"
CANVAS = Canvas(200_000, 200_000, 0.25, 0.25, (0.0, 0.0), "slide.svs")

Read = Callable[..., tuple[list[Item], Report]]


def read_bytes(
    data: bytes, format_name: str = "auto", canvas: Canvas = CANVAS, frame: str | None = "full", name: str = ""
) -> tuple[list[Item], Report]:
    """Read a file from its bytes."""
    report = Report()
    _, _, items = read_items(data, name, canvas, report, format_name, frame)  # type: ignore[arg-type]
    return list(items), report


def read(name: str, format_name: str = "auto", canvas: Canvas = CANVAS) -> list[Item]:
    """Read one of the real files."""
    return read_bytes((FILES / name).read_bytes(), format_name, canvas, name=name)[0]


def written(items: Iterable[Item], format_name: str, canvas: Canvas = CANVAS) -> tuple[bytes, Report]:
    """Write items as a format."""
    report = Report()
    write = FORMATS[format_name].write
    assert write is not None
    return b"".join(write(iter(items), canvas, report)), report


@pytest.fixture
def canvas() -> Canvas:
    return CANVAS
