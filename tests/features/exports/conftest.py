"""Slides registered by the real steps of an import, and exports written by a real worker."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.features.conftest import Browser, administrator, application

from coverslip.features import exports, imports
from coverslip.features.exports import service
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import Runtime
from coverslip.testing.synthetic import coded_rgb, smooth_rgb, write_pyramid


@dataclass(frozen=True)
class Known:
    """A registered slide and what is in it."""

    slide_id: str
    path: Path
    pixels: npt.NDArray[Any]

    @property
    def address(self) -> str:
        return f"/slides/{self.slide_id}/exports"


@pytest.fixture
def runtime_browser() -> Callable[[Runtime], Browser]:
    """Sign the administrator in on a runtime of the caller's choice."""

    def make(runtime: Runtime) -> Browser:
        return administrator(application(runtime), runtime)

    return make


@pytest.fixture
def register(runtime: Runtime, signed_in: Browser, tmp_path: Path) -> Callable[..., Known]:
    """Write a pyramid and register it: ``register("name", compression="jpeg")``."""

    def register_one(name: str = "coded", size: tuple[int, int] = (1300, 900), **options: Any) -> Known:
        folder = tmp_path / f"served-{name}"
        folder.mkdir()
        path = folder / f"{name}.tif"
        pixels = smooth_rgb(*size) if options.get("compression") == "jpeg" else coded_rgb(*size)
        write_pyramid(path, pixels, **options)
        imports.import_paths(runtime, [path])
        listed = signed_in.get("/slides?limit=500").json()["items"]
        found = next(one for one in listed if one["name"] in (name, path.name))
        assert found["state"] == "ready", found["reason"]
        return Known(found["slide_id"], path, np.asarray(pixels))

    return register_one


@pytest.fixture
def work_off(runtime: Runtime) -> Callable[[], int]:
    """Run every export that waits, and say how many there were."""

    def run() -> int:
        worker = Worker(runtime, exports.JOB_HANDLERS, limits=exports.JOB_LIMITS)
        count = 0
        while worker.run_one():
            count += 1
        return count

    return run


def ask(browser: Browser, slide: Known, **wanted: Any) -> dict[str, Any]:
    response = browser.post(slide.address, json={"kind": "ome-tiff", **wanted})
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    return found


def state(browser: Browser, export: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(f"/exports/{export['export_id']}").json()
    return found


def lying(runtime: Runtime) -> list[str]:
    folder = service.folder_of(runtime)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
