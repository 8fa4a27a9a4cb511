"""Bad OME-Zarr: paths that leave the folder, codecs that run code, shapes that lie."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coverslip.testing.limited_reader import LimitedReader, Verdict, complaints

Sample = Callable[[str], Path]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


@pytest.fixture
def old(sample: Sample, tmp_path: Path) -> Path:
    """Copy the sample of version 0.1 in Zarr 2, two levels of int8."""
    target = tmp_path / "old.zarr"
    shutil.copytree(sample("slides/ome-zarr/data.zarr/0"), target, copy_function=shutil.copyfile)
    return target


@pytest.fixture
def new(sample: Sample, tmp_path: Path) -> Path:
    """Copy the sample of version 0.5 in Zarr 3."""
    target = tmp_path / "new.zarr"
    shutil.copytree(sample("slides/ome-zarr/blobs_image_v05.ome.zarr"), target, copy_function=shutil.copyfile)
    return target


def checked(reader: LimitedReader, path: Path) -> Verdict:
    verdict = reader.verdict(path)
    assert complaints(verdict, path.parent) == []
    return verdict


def edit(path: Path, **values: Any) -> None:
    document = json.loads(path.read_text())
    document.update(values)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "/etc", "..", "", "0/..", "a\\..\\b", "\0", 7, None])
def test_a_level_outside_the_folder_is_refused(reader: LimitedReader, old: Path, tmp_path: Path, path: object) -> None:
    shutil.copytree(old / "0", tmp_path / "secret", copy_function=shutil.copyfile)
    edit(old / ".zattrs", multiscales=[{"datasets": [{"path": path}], "version": "0.1"}])
    verdict = checked(reader, old)
    assert verdict.code == "corrupt_file"
    assert "outside" in verdict.message


def test_a_series_outside_the_folder_is_refused(reader: LimitedReader, old: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer.zarr"
    (outer / "OME").mkdir(parents=True)
    (outer / ".zgroup").write_text('{"zarr_format": 2}')
    (outer / ".zattrs").write_text('{"bioformats2raw.layout": 3}')
    (outer / "OME" / ".zgroup").write_text('{"zarr_format": 2}')
    (outer / "OME" / ".zattrs").write_text(json.dumps({"series": [f"../{old.name}"]}))
    assert checked(reader, outer).code == "corrupt_file"


@pytest.mark.parametrize(
    "values",
    [
        {"filters": [{"id": "pickle"}]},
        {"compressor": {"id": "pickle"}},
        {"compressor": {"id": "json2"}},
        {"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]},
    ],
)
def test_codecs_that_run_code_are_refused(reader: LimitedReader, old: Path, values: dict[str, Any]) -> None:
    edit(old / "0" / ".zarray", **values)
    verdict = checked(reader, old)
    assert verdict.code == "unsupported_compression"
    assert "allow" in verdict.message


def test_codecs_that_run_code_are_refused_in_zarr_3(reader: LimitedReader, new: Path) -> None:
    edit(new / "0" / "zarr.json", codecs=[{"name": "numcodecs.pickle", "configuration": {}}])
    assert checked(reader, new).code == "unsupported_compression"
    inner = {"chunk_shape": [1, 4, 4], "codecs": [{"name": "numcodecs.pickle"}], "index_codecs": [{"name": "bytes"}]}
    edit(new / "0" / "zarr.json", codecs=[{"name": "sharding_indexed", "configuration": inner}])
    assert checked(reader, new).code == "unsupported_compression"


LIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "2^31 x 2^31": ({"shape": [1, 3, 1, 2**31, 2**31]}, {"dimensions_refused"}),
    "10^30 wide": ({"shape": [1, 3, 1, 167, 10**30]}, {"dimensions_refused"}),
    "negative": ({"shape": [1, 3, 1, 167, -439]}, {"dimensions_refused"}),
    "no pixels": ({"shape": [1, 3, 1, 0, 439]}, {"dimensions_refused"}),
    "a shape of text": ({"shape": ["1", "3", "1", "167", "439"]}, {"corrupt_file"}),
    "too few axes": ({"shape": [167, 439], "chunks": [167, 439]}, {"corrupt_file"}),
    "10^9 planes": ({"shape": [1, 3, 10**9, 167, 439]}, {"dimensions_refused"}),
    "a million channels": ({"shape": [1, 10**6, 1, 167, 439]}, {"dimensions_refused"}),
    "30,000 px chunks": (
        {"shape": [1, 3, 1, 30_000, 30_000], "chunks": [1, 1, 1, 30_000, 30_000]},
        {"tile_refused"},
    ),
    "another type than its chunks": ({"dtype": "<f8"}, {"corrupt_file"}),
    "text as pixels": ({"dtype": "|S40"}, {"unsupported_format"}),
    "fields as pixels": ({"dtype": [["a", "<i4"]]}, {"unsupported_format"}),
    "no type": ({"dtype": "nonsense"}, {"corrupt_file"}),
    "filters of text": ({"filters": "delta"}, {"corrupt_file"}),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_refused_with_their_reason(reader: LimitedReader, old: Path, name: str) -> None:
    values, codes = LIES[name]
    for level in ("0", "1"):
        edit(old / level / ".zarray", **values)
    assert checked(reader, old).code in codes


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"multiscales": 7}', '{"multiscales": [[]]}', "[" * 100_000])
def test_broken_metadata_are_refused(reader: LimitedReader, old: Path, text: str) -> None:
    (old / ".zattrs").write_text(text)
    assert checked(reader, old).code in {"corrupt_file", "unsupported_format"}


def test_huge_metadata_are_not_read(reader: LimitedReader, old: Path) -> None:
    with (old / ".zattrs").open("w") as stream:
        stream.write('{"multiscales": [{"datasets": [{"path": "0"}]}], "x": "')
        stream.truncate(200 << 20)
    verdict = checked(reader, old)
    assert verdict.code == "dimensions_refused"
    assert verdict.peak_kib < 500 << 10


def test_a_missing_level_is_named(reader: LimitedReader, old: Path) -> None:
    shutil.rmtree(old / "1")
    verdict = checked(reader, old)
    assert verdict.code == "missing_companion"
    assert "'1'" in verdict.message


def test_damaged_chunks_cost_no_more_than_their_tiles(reader: LimitedReader, old: Path) -> None:
    for chunk in (old / "1").glob("0.*"):
        chunk.write_bytes(b"\xff" * 100)
    for chunk in (old / "0").glob("0.*"):
        chunk.write_bytes(chunk.read_bytes()[:50])
    assert checked(reader, old).code == "corrupt_file"


def test_a_folder_that_is_no_zarr_is_refused(reader: LimitedReader, tmp_path: Path) -> None:
    folder = tmp_path / "a.zarr"
    folder.mkdir()
    assert checked(reader, folder).code == "unsupported_format"
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    assert checked(reader, folder).code == "unsupported_format"
    (folder / ".zattrs").write_text('{"bioformats2raw.layout": 3}')
    assert checked(reader, folder).code == "missing_companion"
