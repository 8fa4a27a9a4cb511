"""The row about exchange: 300,000 cells of a QuPath GeoJSON, with nuclei, classes and measurements, imported."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np

from bench.machine import watched
from bench.table import Finding
from bench.tile_rows import Plan, Stage
from coverslip.core.ids import new_id

CELLS: Final = 300_000
CORNERS: Final = (30, 18)
CLASSES: Final = ("Tumor", "Stroma", "Immune cells", "Necrosis")
MEASURES: Final = ("Nucleus: Area µm^2", "Nucleus: Circularity", "Cell: Area µm^2", "DAB: Nucleus: Mean")


def exchange(plan: Plan, stage: Callable[[str], Stage]) -> Iterator[Finding]:
    """Import a file of QuPath's cells as ``coverslip annotations import`` does, the reading process counted in."""
    generic = stage("generic")
    count = CELLS // 20 if plan.quick else CELLS
    with ExitStack() as stack:
        generic.serve(stack, forget=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coverslip-")))
        path = folder / "cells.geojson"
        write_cells(path, count, 100_000, 100_000)
        command = [
            sys.executable,
            "-m",
            "bench.exchange_reader",
            str(generic.data),
            generic.targets[0].slide,
            str(path),
        ]
        with watched() as spent:
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    times = found["peak_mb"] / found["file_mb"]
    what = f"{found['count']:,} cells of a QuPath GeoJSON of {found['file_mb']:.0f} MB imported"
    yield Finding("exchange", what, f"{found['seconds']:.1f} s", "<= 20 s", found["seconds"] <= 20, spent.strangers)
    memory = f"{times:.1f} x the file ({found['peak_mb']:.0f} MB)"
    yield Finding("exchange", "  memory at its peak, all processes", memory, "<= 4 x", times <= 4)


def write_cells(path: Path, count: int, width: float, height: float) -> None:
    """Write cells as QuPath exports them: outline, nucleus, class, measurements."""
    chance = np.random.default_rng(5)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[')
        for number in range(count):
            x, y = chance.uniform(50, width - 50), chance.uniform(50, height - 50)
            rings = []
            for corners, size in zip(CORNERS, (14, 6), strict=True):
                angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
                radius = size * chance.uniform(0.85, 1.15, corners)
                ring = np.round(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]), 2).tolist()
                rings.append({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
            feature = {
                "type": "Feature",
                "id": new_id(),
                "geometry": rings[0],
                "nucleusGeometry": rings[1],
                "properties": {
                    "objectType": "cell",
                    "classification": {"name": CLASSES[number % len(CLASSES)], "color": [200, 40, 50]},
                    "measurements": dict(zip(MEASURES, np.round(chance.random(4), 4).tolist(), strict=True)),
                },
            }
            file.write(("," if number else "") + json.dumps(feature, separators=(",", ":"), ensure_ascii=False))
        file.write("]}")
