"""``python -m bench.object_writer DATA SLIDE SIDE COUNT``: write a result layer beside a server, say what it took."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coverslip.features import annotations, identity
from coverslip.infra.runtime import open_runtime
from coverslip.settings import read_settings

CORNERS = 24
BATCH = 20_000
CLASSES = ("Tumor", "Stroma", "Immune", "Necrosis")


def cells(count: int, width: float, height: float) -> Iterator[annotations.Batch]:
    """Give cells of tissue: dense islands with gaps between, as nuclei lie."""
    chance = np.random.default_rng(11)
    islands = chance.uniform((0.1 * width, 0.1 * height), (0.9 * width, 0.9 * height), (150, 2))
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    words = np.array(CLASSES, object)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        centre = islands[chance.integers(0, len(islands), size)] + chance.normal(0, 0.05 * width, (size, 2))
        centre = np.clip(centre, 40, (width - 40, height - 40))
        radius = chance.uniform(8, 18, (size, 1)) * (1 + 0.08 * chance.standard_normal((size, CORNERS)))
        outline = np.stack([centre[:, :1] + radius * np.cos(angle), centre[:, 1:] + radius * np.sin(angle)], axis=-1)
        shapes = annotations.from_ragged(outline.reshape(-1, 2), np.arange(1, size + 1) * CORNERS)
        columns = {
            "Nucleus: Area µm^2": chance.gamma(4, 12, size),
            "Nucleus: Circularity": chance.beta(8, 2, size),
            "Mean DAB OD": chance.random(size),
        }
        yield annotations.Batch(shapes, columns, words[chance.integers(0, len(words), size)])


def main() -> None:
    data, slide_id, side, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    runtime = open_runtime(read_settings(data=data), decoders=1)
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        viewer = identity.local_administrator(session)
    begun = time.perf_counter()
    made = annotations.publish_layer(runtime, viewer, slide_id, f"{count:,} cells", cells(count, side, side))
    seconds = time.perf_counter() - begun
    folder = data / "layers" / made.layer_id
    sizes = {one: one.stat().st_size / 1e6 for one in folder.rglob("*") if one.is_file()}
    truth = sizes.pop(folder / "objects.parquet")
    # Not ru_maxrss: that survives exec and would be the peak of whoever started this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_mb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    told = {"seconds": seconds, "peak_mb": peak_mb, "truth_mb": truth, "derived_mb": sum(sizes.values())}
    print(json.dumps(told))
    runtime.pool.close_blocking()
    runtime.close()


if __name__ == "__main__":
    main()
