"""The slide index: what is written comes back mapped, quickly, and a changed file is noticed."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coverslip.core.errors import CorruptFile
from coverslip.core.geometry import Region
from coverslip.imaging.build import build_index
from coverslip.imaging.index import SlideIndex, changed, load_index, write_index
from coverslip.imaging.pyramid import served_levels
from coverslip.ports.format import (
    AssociatedInfo,
    ChannelInfo,
    Codec,
    ColourModel,
    Compression,
    LevelInfo,
    SlideInfo,
    StoredLevel,
)
from coverslip.testing.registered import Registered


def large_index() -> SlideIndex:
    """The index of a 100,000 x 100,000 slide with ten levels, two files and everything filled in."""
    levels, stored = [], []
    codec = Codec(Compression.JPEG, ColourModel.RGB, 3, "u1", tables=b"tables", header=b"", palette=b"")
    for power in range(10):
        side = -(-100_000 // 2**power)
        tiles = -(-side // 256)
        shape = (1, 1, 1, tiles, tiles)
        offset = np.arange(tiles * tiles, dtype=np.uint64).reshape(shape) + 2**40
        levels.append(LevelInfo(side, side, 256, 256))
        stored.append(StoredLevel(codec, offset, np.full(shape, 9, np.uint32), np.ones(shape, np.uint16)))
    info = SlideInfo(
        format="svs",
        levels=tuple(levels),
        dtype="uint8",
        rgb=True,
        channels=tuple(ChannelInfo(name, "#ff0000", 500.5, None) for name in "RGB"),
        files=("a.svs", "b/ü.dat"),
        z_spacing_um=0.5,
        mpp_x=0.25,
        mpp_y=0.26,
        objective=40,
        vendor="Aperio",
        scanned_at="2020-02-03T04:05:06",
        icc_profile=bytes(3000),
        bounds=Region(1, 2, 3, 4),
        background=(1, 2, 3),
        associated=(AssociatedInfo("label", 10, 20),),
        metadata={f"key {number}": "value ✓" for number in range(2000)},
    )
    tables = tuple(stored)
    return SlideIndex(
        info=info,
        stored=tables,
        levels=served_levels(info, tables),
        fingerprint="f" * 64,
        version="0" * 16,
        folder="/slides",
        file_sizes=(2**41, 5),
        file_mtimes_ns=(1, 2),
        source="a.svs",
        auto_ranges=((0.0, 255.0),),
        profile_name="Display P3",
        managed=True,
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    index = large_index()
    write_index(index, tmp_path / "x.index")
    loaded = load_index(tmp_path / "x.index")
    for field in dataclasses.fields(SlideIndex):
        if field.name not in ("info", "stored"):
            assert getattr(loaded, field.name) == getattr(index, field.name)
    assert dataclasses.replace(loaded.info, metadata=dict(loaded.info.metadata)) == index.info
    assert index.stored is not None
    assert loaded.stored is not None
    for found, expected in zip(loaded.stored, index.stored, strict=True):
        assert found.codec == expected.codec
        np.testing.assert_array_equal(found.offset, expected.offset)
        np.testing.assert_array_equal(found.length, expected.length)
        assert found.file_no is not None
        assert found.file_no.dtype == np.uint16


def test_arrays_are_mapped_not_copied(tmp_path: Path) -> None:
    write_index(large_index(), tmp_path / "x.index")
    stored = load_index(tmp_path / "x.index").stored
    assert stored is not None
    for level in stored:
        assert not level.offset.flags.writeable
        assert not level.offset.flags.owndata


def test_serving_imports_no_decoder(tmp_path: Path) -> None:
    write_index(large_index(), tmp_path / "x.index")
    script = """
import sys
from pathlib import Path
import coverslip, coverslip.imaging.crc, coverslip.imaging.pyramid, coverslip.imaging.style
from coverslip.core.geometry import Plane
from coverslip.imaging.index import load_index
from coverslip.imaging.stored import span, splice_parts
index = load_index(Path(sys.argv[1]))
assert span(index, 0, Plane(), 0, 3, 4).length == 9
heavy = {"PIL", "openslide", "pydicom", "simplejpeg", "tifffile", "wsidicom", "zarr"}
checksum = {"_deflate", "_shared", "_shared_cython", "_zlib", "imagecodecs"}  # libdeflate's CRC-32, no decoder
codecs = {name.split(".")[1] for name in sys.modules if name.startswith("imagecodecs.")}
print(sorted(heavy & set(sys.modules)) + sorted(codecs - checksum))
"""
    command = [sys.executable, "-c", script, str(tmp_path / "x.index")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("damage", ["empty", "cut", "noise", "old"])
def test_a_damaged_index_is_refused_in_words(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.index"
    write_index(large_index(), path)
    whole = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "cut": whole[:5000], "noise": os.urandom(5000), "old": b"CVSLIDX0" + whole[8:]}[damage]
    )
    with pytest.raises(CorruptFile, match="index is damaged"):
        load_index(path)


def test_a_failed_write_leaves_the_old_index_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.index"
    write_index(large_index(), path)
    before = path.read_bytes()

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_index(large_index(), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["x.index"]


def test_version_changes_with_bytes_times_and_structure(coded: Registered, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tif"
    shutil.copy2(coded.path, copy)
    same = build_index(copy)
    assert same.fingerprint == coded.index.fingerprint
    assert same.version == coded.index.version
    os.utime(copy, ns=(1, 1))
    touched = build_index(copy)
    assert touched.fingerprint == coded.index.fingerprint
    assert touched.version != coded.index.version
    with copy.open("ab") as target:
        target.write(b"x")
    assert build_index(copy).fingerprint != coded.index.fingerprint


def test_a_changed_or_vanished_file_is_noticed(coded: Registered, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tif"
    shutil.copy2(coded.path, copy)
    index = build_index(copy)
    assert not changed(index)
    os.utime(copy, ns=(1, 1))
    assert changed(index)
    copy.unlink()
    assert changed(index)


def test_the_path_is_remembered_as_it_was_given(coded: Registered, tmp_path: Path) -> None:
    link = tmp_path / "with blank & ü 🔬.tif"
    link.symlink_to(coded.path)
    index = build_index(link)
    assert index.source_path == link
    assert index.info.files == (link.name,)
    assert index.file_path(0) == link
