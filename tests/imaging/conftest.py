"""Slides that imaging tests share: small, synthetic, made once."""

from collections.abc import Iterator
from typing import Any

import pytest

from coverslip.imaging.work import close_views
from coverslip.testing.registered import Registered, write_registered
from coverslip.testing.synthetic import coded_rgb, coded_values, smooth_rgb


@pytest.fixture(scope="session")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """Lossless RGB, 1,000 x 700, levels 1, 2 and 4, whose pixels say where they lie."""
    return write_registered(tmp_path_factory.mktemp("coded"), "coded", coded_rgb(1000, 700))


@pytest.fixture(scope="session")
def jpeg(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """JPEG with YCbCr 4:2:0, 2,050 x 1,501, a single level."""
    folder = tmp_path_factory.mktemp("jpeg")
    return write_registered(folder, "jpeg", smooth_rgb(2050, 1501), factors=(1,), compression="jpeg")


@pytest.fixture(scope="session")
def jpeg_rgb(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """JPEG that keeps RGB, 240 px tiles, levels 1 and 4, as Aperio scanners write."""
    folder = tmp_path_factory.mktemp("jpeg_rgb")
    options: dict[str, Any] = {"factors": (1, 4), "compression": "jpeg", "jpeg_rgb": True, "tile": 240}
    return write_registered(folder, "jpeg_rgb", smooth_rgb(1930, 1450), **options)


@pytest.fixture(scope="session")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """One channel of uint16, 900 x 600, levels 1 and 2."""
    return write_registered(tmp_path_factory.mktemp("grey"), "grey", coded_values(900, 600), factors=(1, 2))


@pytest.fixture(autouse=True)
def _no_slide_stays_open() -> Iterator[None]:
    yield
    close_views()
