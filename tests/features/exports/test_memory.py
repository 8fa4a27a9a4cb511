"""An export needs the same little memory however large the slide is: job process and decoder together."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tifffile
from tests.features.conftest import Browser
from tests.features.exports.conftest import state

from coverslip.features import imports
from coverslip.features.exports import service
from coverslip.infra.runtime import Runtime
from coverslip.testing.synthetic import make_demo_slide

MOST_BYTES = 300 * 10**6
MEASURED = """
import json, re, sys, threading
from pathlib import Path
from coverslip.features import exports
from coverslip.infra.jobs import Worker
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings

most = [0, 0]  # this process, its decoders

def high(pid):
    # Not ru_maxrss: that of a fresh process begins at what its parent held.
    try:
        return int(re.search(r"VmHWM:\\s+(\\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024
    except (OSError, TypeError):
        return 0

def watch(over):
    while not over.wait(0.1):
        most[0] = max(most[0], high("self"))
        children = Path("/proc/self/task").glob("*/children")
        pids = [pid for one in children for pid in one.read_text().split()]
        most[1] = max([most[1], *map(high, pids)])

def main():
    runtime = open_runtime(Settings(data=sys.argv[1]), decoders=1)
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(over,))
    watcher.start()
    Worker(runtime, exports.JOB_HANDLERS).run_one()
    over.set()
    watcher.join()
    runtime.pool.close_blocking()
    print(json.dumps(most))

if __name__ == "__main__":
    main()
"""


def export_measured(
    runtime: Runtime, browser: Browser, sample: Callable[[str], Path], folder: Path, size: tuple[int, int]
) -> dict[str, int]:
    """Export a slide of real tissue three ways; gives the most memory of both processes for each."""
    path, script = folder / "large.tif", folder / "measured.py"
    make_demo_slide(sample("slides/CMU-1-Small-Region.svs"), path, *size)
    script.write_text(MEASURED, encoding="utf-8")
    imports.import_paths(runtime, [path])
    slide_id = browser.get("/slides").json()["items"][0]["slide_id"]
    part = {"x": 0, "y": 0, "width": size[0] // 4, "height": size[1] // 4}
    wanted: dict[str, dict[str, Any]] = {
        "stored tiles": {},
        "made tiles": {"objective": 10, **part},
        "zarr": {"kind": "ome-zarr", **part},
    }
    most = {}
    for name, one in wanted.items():
        export = browser.post(f"/slides/{slide_id}/exports", json={"kind": "ome-tiff", **one}).json()
        command = [sys.executable, str(script), str(runtime.settings.data)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        most[name] = sum(json.loads(done.stdout))
        assert state(browser, export)["state"] == "done"
        if name == "stored tiles":
            with tifffile.TiffFile(service.folder_of(runtime) / export["export_id"]) as opened:
                assert opened.pages[0].shape == (size[1], size[0], 3)
        browser.request("DELETE", f"/exports/{export['export_id']}")
    return most


@pytest.fixture
def browser_on_sqlite(sqlite_runtime: Runtime, runtime_browser: Callable[[Runtime], Browser]) -> Browser:
    """A browser in which the administrator is signed in, on SQLite."""
    return runtime_browser(sqlite_runtime)


def test_a_large_slide_needs_little_memory(
    sqlite_runtime: Runtime, browser_on_sqlite: Browser, sample: Callable[[str], Path], tmp_path: Path
) -> None:
    most = export_measured(sqlite_runtime, browser_on_sqlite, sample, tmp_path, (20_000, 16_000))
    assert max(most.values()) <= MOST_BYTES, most


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_a_slide_of_a_hundred_thousand_pixels_needs_no_more(
    sqlite_runtime: Runtime, browser_on_sqlite: Browser, sample: Callable[[str], Path], tmp_path: Path
) -> None:
    most = export_measured(sqlite_runtime, browser_on_sqlite, sample, tmp_path, (100_000, 80_000))
    assert max(most.values()) <= MOST_BYTES, most
