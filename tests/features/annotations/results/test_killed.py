"""A process that is killed while it writes a layer leaves a whole layer or none, and what is left of it goes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas
import pytest
from sqlalchemy import text
from tests.features.annotations.results.conftest import make_cells

from coverslip.features import annotations, imports
from coverslip.features.annotations.results import publishing
from coverslip.features.annotations.results.truth import FILE
from coverslip.infra.runtime import Runtime

WRITER = """
import sys
from pathlib import Path
from tests.features.annotations.results.conftest import make_cells
from coverslip.features import annotations, identity
from coverslip.infra.runtime import open_runtime
from coverslip.settings import Settings
runtime = open_runtime(Settings(data=Path(sys.argv[1])), decoders=1)
with runtime.db.transaction() as session:
    identity.ensure_administrator(session)
    viewer = identity.local_administrator(session)
cells = make_cells(1500, 2200, 2900)
print("ready", flush=True)
for number in range(1000):
    batches = annotations.batches_of(cells.shapes, cells.columns, cells.classes)
    made = annotations.publish_layer(runtime, viewer, sys.argv[2], f"Layer {number}", batches)
    print(made.layer_id, flush=True)
"""


def test_a_killed_writer_leaves_whole_layers_only(sqlite_runtime: Runtime, sample: Any) -> None:
    runtime = sqlite_runtime
    imports.import_paths(runtime, [sample("slides/CMU-1-Small-Region.svs")])
    with runtime.db.read() as session:
        slide_id = session.execute(text("SELECT slide_id FROM slide")).scalar_one()
    home, chance, acknowledged = runtime.settings.data / "layers", random.Random(7), 0
    for number in range(6):
        arguments = [sys.executable, "-c", WRITER, str(runtime.settings.data), slide_id]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(("src", "."))}
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            told = [writer.stdout.readline().strip()] if number % 2 else []
            time.sleep(chance.uniform(0.0, 0.6))
            writer.send_signal(signal.SIGKILL)
            told += [line.strip() for line in writer.stdout if len(line) == 37]
        acknowledged += len(told)
        with runtime.db.read() as session:
            rows = list(session.execute(text("SELECT layer_id, object_count FROM annotation_layer")))
            entries = set(session.execute(text("SELECT target FROM journal")).scalars())
        known = {row[0]: row[1] for row in rows}
        assert set(told) <= set(known)
        assert entries == set(known)
        for layer_id, count in known.items():
            assert len(geopandas.read_parquet(home / layer_id / FILE)) == count == 1_500
    assert acknowledged > 0
    left = [one for one in home.iterdir() if one.name not in known]
    assert annotations.sweep(runtime) == 0  # what is young may be at work
    for one in left:
        os.utime(one, (1, 1))
    assert annotations.sweep(runtime) == len(left)
    assert {one.name for one in home.iterdir()} == set(known)


def test_what_cannot_be_made_known_is_gone(
    runtime: Runtime, admin: Any, slide: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(publishing, "create_layer", refuse)
    cells = make_cells(50, slide["width"], slide["height"])
    with pytest.raises(RuntimeError):
        annotations.publish_layer(
            runtime, admin, slide["slide_id"], "Cells", annotations.batches_of(cells.shapes, cells.columns)
        )
    assert list((runtime.settings.data / "layers").iterdir()) == []
