"""Originals of a slide over HTTP: byte ranges of one file, several files as one zip."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.features.tiles.conftest import Door, Shown

Register = Callable[[Path], Shown]


@pytest.fixture
def single(register: Register, sample: Callable[[str], Path], tmp_path: Path) -> Shown:
    path = tmp_path / 'a "b" \N{MICROSCOPE}.svs'
    path.write_bytes(sample("samples/CMU-1-Small-Region.svs").read_bytes())
    return register(path)


def test_an_original_comes_whole_or_in_parts(door: Door, single: Shown) -> None:
    address = f"/api/v1/slides/{single.slide_id}/download"
    data = single.path.read_bytes()
    whole = door.get(address)
    assert (whole.status_code, whole.content == data) == (200, True)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"] == "no-store"
    assert "%F0%9F%94%AC" in whole.headers["content-disposition"]
    part = door.get(address, range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert part.headers["content-length"] == "1000"
    resumed = door.get(address, range="bytes=1000-", if_range=whole.headers["etag"])
    assert (resumed.status_code, resumed.content == data[1000:]) == (206, True)
    other = door.get(address, range="bytes=1000-", if_range='"another-file"')
    assert (other.status_code, len(other.content)) == (200, len(data))
    beyond = door.get(address, range=f"bytes={len(data)}-")
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(data)}"


def test_a_slide_of_several_files_comes_as_a_zip(
    door: Door, register: Register, sample: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    originals = {one.name: one.read_bytes() for one in sample("slides/dicom-cytomine").iterdir()}
    for name, data in originals.items():
        (folder / name).write_bytes(data)
    shown = register(folder)
    response = door.get(f"/api/v1/slides/{shown.slide_id}/download")
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-length"] == str(len(response.content))
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        found = {Path(info.filename).name: archive.read(info) for info in archive.infolist()}
    assert found == originals


def test_a_file_that_is_gone_is_missing(door: Door, single: Shown) -> None:
    single.path.unlink()
    response = door.get(f"/api/v1/slides/{single.slide_id}/download")
    assert (response.status_code, response.json()["code"]) == (404, "slide_missing")
