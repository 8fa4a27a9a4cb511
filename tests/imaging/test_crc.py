"""The table of checksums: one for every stored tile, of one version of a slide."""

import os
import shutil
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from coverslip.core.errors import CorruptFile, SlideChanged, SlideMissing
from coverslip.core.geometry import Plane
from coverslip.imaging import work
from coverslip.imaging.build import build_index
from coverslip.imaging.crc import load_crc_table, write_crc_table
from coverslip.imaging.stored import span
from coverslip.testing.registered import Registered


def test_every_tile_has_its_checksum(coded: Registered, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    work.crc_table(str(coded.index_path), str(tmp_path / "x.crc"), lambda done, total: steps.append((done, total)))
    tables = load_crc_table(coded.index, tmp_path / "x.crc")
    assert tables is not None
    data = coded.path.read_bytes()
    for number, table in enumerate(tables):
        for row in range(table.shape[3]):
            for col in range(table.shape[4]):
                place = span(coded.index, number, Plane(), 0, col, row)
                assert place is not None
                assert table[0, 0, 0, row, col] == zlib.crc32(data[place.offset : place.offset + place.length])
    assert steps[-1][0] == sum(table.size for table in tables)


def test_a_table_of_another_version_is_not_used(coded: Registered, tmp_path: Path) -> None:
    write_crc_table(coded.index, tmp_path / "x.crc")
    assert load_crc_table(replace(coded.index, version="f" * 16), tmp_path / "x.crc") is None
    assert load_crc_table(coded.index, tmp_path / "absent.crc") is None
    (tmp_path / "empty.crc").write_bytes(b"")
    assert load_crc_table(coded.index, tmp_path / "empty.crc") is None
    os.truncate(tmp_path / "x.crc", (tmp_path / "x.crc").stat().st_size - 4)
    with pytest.raises(CorruptFile):
        load_crc_table(coded.index, tmp_path / "x.crc")


def test_a_changed_or_vanished_slide_gets_no_table(coded: Registered, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tif"
    shutil.copyfile(coded.path, copy)
    index = build_index(copy)
    os.utime(copy, ns=(1, 1))
    with pytest.raises(SlideChanged):
        write_crc_table(index, tmp_path / "x.crc")
    copy.unlink()
    with pytest.raises(SlideMissing):
        write_crc_table(index, tmp_path / "x.crc")
    assert list(tmp_path.iterdir()) == []


def test_reading_keeps_to_its_rate(jpeg: Registered, tmp_path: Path) -> None:
    assert jpeg.index.stored is not None
    size = int(jpeg.index.stored[0].length.sum())
    begun = time.monotonic()
    write_crc_table(jpeg.index, tmp_path / "x.crc", rate=size * 4)
    assert time.monotonic() - begun >= 0.2
