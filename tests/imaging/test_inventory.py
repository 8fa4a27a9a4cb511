"""Who reads what here, and what is missing."""

import json
from importlib.metadata import PackageNotFoundError, version

import pytest

from coverslip.core.errors import UnsupportedFormat
from coverslip.imaging import work
from coverslip.imaging.formats import library as libraries
from coverslip.imaging.formats.library import library
from coverslip.ports.registry import formats


def test_every_format_is_listed_with_its_reader() -> None:
    entries = {one["format"]: one for one in work.inventory()}
    assert json.loads(json.dumps(entries)) == entries
    assert set(entries) == {one.name for one in formats().formats}
    assert all(one["reader"] and not one["missing"] for one in entries.values())
    assert entries["svs"]["reader"] == "Coverslip"
    assert entries["vsi"]["reader"] == f"slideio {version('slideio')}"
    assert entries["zarr"]["reader"] == f"zarr {version('zarr')}"
    assert [name for name, one in entries.items() if one["last"]] == ["bioformats"] == list(entries)[-1:]


def test_what_is_not_installed_is_said_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(libraries, "version", absent)
    entries = {one["format"]: one for one in work.inventory()}
    assert entries["vsi"]["reader"] == ""
    assert "coverslip[vendors]" in entries["vsi"]["missing"]
    assert "coverslip[czi]" in entries["czi"]["missing"]
    assert entries["svs"]["reader"] == "Coverslip"
    with pytest.raises(UnsupportedFormat, match="needs the package zarr"):
        library("zarr")


def test_bio_formats_names_its_kinds() -> None:
    kinds = work.java_kinds()
    assert {"Nikon ND2", "Zeiss CZI", "Leica Image File Format", "Deltavision"} <= set(kinds)
    assert len(kinds) > 150
    assert not {"File pattern", "Zip", "Simulated data", "Text", "OME-XML"} & set(kinds)
