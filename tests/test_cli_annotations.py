"""``coverslip annotations`` on the command line."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.server import COVERSLIP, clean_environment
from tests.test_cli import refusal

from coverslip.testing.synthetic import coded_rgb, write_pyramid

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on one data folder, into which two slides were imported."""

    def command(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(COVERSLIP), *map(str, arguments), "--data", str(tmp_path / "data")],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env=clean_environment({}),
        )

    folder = tmp_path / "slides"
    folder.mkdir()
    for name in ("one", "two"):
        write_pyramid(folder / f"{name}.tif", coded_rgb(1300, 900))
    assert command("import", folder, "--project", "Study").returncode == 0
    return command


def _feature(x: float, name: str) -> dict[str, object]:
    ring = [[x, 100], [x + 200, 100], [x + 200, 300], [x, 300], [x, 100]]
    properties = {"objectType": "annotation", "classification": {"name": name, "color": [200, 30, 50]}}
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def _files(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    whole = {"type": "FeatureCollection", "features": [_feature(100, "Tumour"), _feature(600, "Stroma")]}
    (folder / "one.geojson").write_text(json.dumps(whole))
    (folder / "two.tif.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [_feature(50, "Tumour")]})
    )


def test_files_go_to_the_slides_they_are_named_after_and_come_out(run: Run, tmp_path: Path) -> None:
    _files(tmp_path / "in")
    tried = run("annotations", "import", tmp_path / "in", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.endswith("3 objects of 2 files would be imported. Nothing was changed.\n")
    assert run("annotations", "export", tmp_path / "none").stdout == "0 files written.\n"

    done = run("annotations", "import", tmp_path / "in")
    assert done.returncode == 0, done.stderr
    assert "QuPath GeoJSON, 2 drawn" in done.stdout
    assert done.stdout.endswith("3 objects of 2 files imported.\n")

    out = run("annotations", "export", tmp_path / "out", "--project", "Study", "--format", "geojson")
    assert out.returncode == 0, out.stderr
    counts = {path.name: len(json.loads(path.read_text())["features"]) for path in (tmp_path / "out").iterdir()}
    assert counts == {"one.geojson": 2, "two.geojson": 1}

    cut = run("annotations", "tiles", tmp_path / "tiles", "--size", "128", "--class", "Tumour=5", "--split", "1,0,0")
    assert cut.returncode == 0, cut.stderr
    with (tmp_path / "tiles" / "manifest.csv").open(newline="") as manifest:
        rows = list(csv.DictReader(manifest))
    assert {row["split"] for row in rows} == {"train"}
    assert json.loads((tmp_path / "tiles" / "classes.json").read_text()) == {"background": 0, "Tumour": 5, "Stroma": 1}
    pixels = {1: 0, 5: 0}
    for row in rows:
        with Image.open(tmp_path / "tiles" / row["mask"]) as opened:
            mask = np.asarray(opened)
        with Image.open(tmp_path / "tiles" / row["image"]) as opened:
            image = np.asarray(opened)
        assert mask.shape == image.shape[:2] == (128, 128)
        x, y = int(float(row["x_px"])), int(float(row["y_px"]))
        whole = coded_rgb(1300, 900)[y : y + 128, x : x + 128]
        assert (image[: len(whole), : len(whole[0])] == whole).all()
        for value in pixels:
            pixels[value] += int(np.count_nonzero(mask == value))
    assert pixels == {1: 200 * 200, 5: 2 * 200 * 200}


def test_a_file_that_cannot_be_read_stops_no_other(run: Run, tmp_path: Path) -> None:
    _files(tmp_path / "in")
    (tmp_path / "in" / "one.json").write_text("{")
    (tmp_path / "in" / "three.geojson").write_text("{}")
    done = run("annotations", "import", tmp_path / "in")
    assert done.returncode == 1
    assert done.stdout.endswith("3 objects of 2 files imported. 2 files failed.\n")
    assert "[annotation_file_refused]" in done.stderr or "[annotation_format_unknown]" in done.stderr
    assert "[not_found]" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_words_are_refused(run: Run, tmp_path: Path) -> None:
    assert refusal(run("annotations", "import", tmp_path / "nowhere")) == "folder_missing"
    assert refusal(run("annotations", "export", tmp_path / "x", "--project", "None")) == "not_found"
    assert refusal(run("annotations", "export", tmp_path / "x", "--format", "halo")) == "annotation_format_unknown"
    assert refusal(run("annotations", "tiles", tmp_path / "x", "--class", "Tumour")) == "invalid_request"
    assert refusal(run("annotations", "tiles", tmp_path / "x", "--size", "1")) == "annotation_file_refused"
