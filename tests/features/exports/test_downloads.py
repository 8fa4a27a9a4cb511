"""Originals of several slides in one zip: whole, named safely, on record, or refused as a whole."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.features.conftest import Browser
from tests.features.exports.conftest import Known

from coverslip.features import imports
from coverslip.features.exports.downloads import _unique
from coverslip.infra.audit import AuditRow
from coverslip.infra.runtime import Runtime

Register = Callable[..., Known]


def address(*slides: Known, size: bool = False) -> str:
    query = "&".join(f"slide_id={slide.slide_id}" for slide in slides)
    return f"/downloads{'/size' if size else ''}?{query}"


def test_files_come_unchanged_and_the_length_is_known(signed_in: Browser, register: Register) -> None:
    slides = [register("one"), register("two", compression="jpeg")]
    response = signed_in.get(address(*slides))
    assert response.headers["content-type"] == "application/zip"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            slide.path.name: slide.path.read_bytes() for slide in slides
        }
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    told = signed_in.get(address(*slides, size=True)).json()
    assert told == {"slides": 2, "files": 2, "size_bytes": len(response.content)}


def test_a_slide_of_several_files_has_a_folder(
    runtime: Runtime, signed_in: Browser, register: Register, sample: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    originals = {one.name: one.read_bytes() for one in sample("slides/dicom-cytomine").iterdir()}
    for name, data in originals.items():
        (folder / name).write_bytes(data)
    imports.import_paths(runtime, [folder])
    series = next(one for one in signed_in.get("/slides").json()["items"] if one["format"] == "dicom")
    single = register("one")
    response = signed_in.get(f"/downloads?slide_id={series['slide_id']}&slide_id={single.slide_id}")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        names = archive.namelist()
        inside = {Path(name).name: archive.read(name) for name in names if "/" in name}
    assert inside == originals
    assert len({name.split("/")[0] for name in names if "/" in name}) == 1
    assert "one.tif" in names


def test_equal_names_are_told_apart() -> None:
    taken: set[str] = set()
    assert [_unique(name, taken) for name in ("a.svs", "A.svs", "a.svs", "b")] == [
        "a.svs",
        "A (2).svs",
        "a (3).svs",
        "b",
    ]


def test_each_slide_is_on_record(runtime: Runtime, signed_in: Browser, register: Register) -> None:
    slides = [register("one"), register("two")]
    signed_in.get(address(*slides, size=True))
    with runtime.db.read() as session:
        assert not [row for row in session.scalars(select(AuditRow)) if row.detail.get("kind") == "download"]
    signed_in.get(address(*slides, slides[0]))
    with runtime.db.read() as session:
        rows = [row for row in session.scalars(select(AuditRow)) if row.detail.get("kind") == "download"]
    assert [row.object_id for row in rows] == [slide.slide_id for slide in slides]


@pytest.mark.parametrize("harm", ["absent", "gone", "changed"])
def test_one_that_cannot_be_had_refuses_all(signed_in: Browser, register: Register, harm: str) -> None:
    slides = [register("one"), register("two")]
    wanted = address(*slides)
    if harm == "absent":
        wanted += "&slide_id=nobody"
    elif harm == "gone":
        slides[1].path.unlink()
    else:
        slides[1].path.write_bytes(b"something else")
    response = signed_in.get(wanted)
    code = {"absent": "not_found", "gone": "slide_missing", "changed": "slide_changed"}[harm]
    assert response.json()["code"] == code
    assert response.json()["detail"].count(".") == 1


def test_more_than_a_browser_can_ask_for_is_refused(signed_in: Browser, register: Register) -> None:
    slide = register("one")
    assert signed_in.get(address(*[slide] * 201)).json()["code"] == "invalid_request"
    assert signed_in.get("/downloads").json()["code"] == "invalid_request"
