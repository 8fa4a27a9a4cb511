"""Bad TIFF files: each gets a verdict in time, in words and with a code, from a limited process."""

import os
import random
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coverslip.testing.limited_reader import LimitedReader, Verdict, complaints

Sample = Callable[[str], Path]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def checked(reader: LimitedReader, path: Path) -> Verdict:
    """Return the verdict on a file after checking how it was said."""
    verdict = reader.verdict(path)
    assert complaints(verdict, path.parent) == []
    return verdict


# --- files made to hurt -------------------------------------------------------------------------


def tiff(tags: dict[int, tuple[int, int, int]], *, extra: bytes = b"", following: int = 0) -> bytes:
    """Return a little-endian TIFF with one directory of inline values; ``extra`` comes after it."""
    entries = b"".join(struct.pack("<HHII", code, *value) for code, value in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following) + extra


def image(width: int = 64, height: int = 64, **more: int) -> dict[int, tuple[int, int, int]]:
    """Return the tags of an uncompressed grey image whose pixels start at byte 8."""
    values = {
        256: width,
        257: height,
        258: 8,
        259: 1,
        262: 1,
        273: 8,
        277: 1,
        278: height,
        279: min(width * height, 2**32 - 1),
    }
    values.update({int(code[1:]): value for code, value in more.items()})
    return {code: (4, 1, value) for code, value in values.items()}


def tiled(width: int, height: int, tile: int, compression: int = 8) -> dict[int, tuple[int, int, int]]:
    tags = image(width, height, t259=compression, t322=tile, t323=tile, t324=8, t325=100)
    return {code: value for code, value in tags.items() if code not in {273, 278, 279}}


def chain(count: int) -> bytes:
    """Return a file of ``count`` directories, all of the same small image."""
    tags = image()
    body = b"".join(struct.pack("<HHII", code, *value) for code, value in sorted(tags.items()))
    size = 2 + len(body) + 4
    parts = [b"II*\0" + struct.pack("<I", 4104) + bytes(4096)]
    for number in range(count):
        following = 4104 + (number + 1) * size if number + 1 < count else 0
        parts.append(struct.pack("<H", len(tags)) + body + struct.pack("<I", following))
    return b"".join(parts)


@dataclass(frozen=True)
class Bad:
    name: str
    data: Callable[[], bytes]
    codes: set[str]


CORRUPT, TRUNCATED = "corrupt_file", "truncated_file"
CRAFTED = (
    Bad("declares 2^31 x 2^31", lambda: tiff(image(2**31 - 1, 2**31 - 1)), {"dimensions_refused"}),
    Bad("declares 2^32 wide", lambda: tiff(image(2**32 - 1, 3)), {"dimensions_refused"}),
    Bad("30,000 px tile", lambda: tiff(tiled(90_000, 90_000, 30_000), extra=bytes(200)), {"tile_refused"}),
    Bad("30,000 px JPEG tile", lambda: tiff(tiled(30_000, 30_000, 30_000, 7), extra=bytes(200)), {"tile_refused"}),
    Bad("30,000 px strip", lambda: tiff(image(30_000, 30_000, t259=8), extra=bytes(200)), {"tile_refused"}),
    Bad("no width", lambda: tiff(image(0, 64)), {CORRUPT}),
    Bad("tiles of nothing", lambda: tiff(tiled(64, 64, 0)), {CORRUPT}),
    Bad("too few tiles", lambda: tiff(tiled(640, 640, 16)), {CORRUPT}),
    Bad("tile beyond the end", lambda: tiff(image(t273=10**9)), {TRUNCATED}),
    Bad("table beyond the end", lambda: tiff({**image(), 273: (4, 2**24, 64), 279: (4, 2**24, 64)}), {TRUNCATED}),
    Bad("table of 2^32 offsets", lambda: tiff({**image(), 273: (16, 2**32 - 1, 64)}), {CORRUPT, TRUNCATED}),
    Bad("loop of one", lambda: tiff(image(), following=8, extra=bytes(5000)), {CORRUPT}),
    Bad("directory in nowhere", lambda: tiff(image(), following=10**8, extra=bytes(5000)), {TRUNCATED}),
    Bad("65,535 tags", lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 65535 + 4), {CORRUPT}),
    Bad("no tags", lambda: b"II*\0\x08\0\0\0\0\0\0\0\0\0", {CORRUPT}),
    Bad("header only", lambda: b"II*\0\0\0\0\0", {TRUNCATED}),
    Bad("eight bits of magic", lambda: b"I", {"unsupported_format"}),
    Bad("text", lambda: b"<html>not a slide</html>", {"unsupported_format"}),
    Bad("noise", lambda: random.Random(1).randbytes(100_000), {"unsupported_format"}),
    Bad("a million directories", lambda: chain(1_000_000), {CORRUPT}),
    Bad("65 samples", lambda: tiff(image(t277=65)), {CORRUPT}),
    Bad("strange compression", lambda: tiff(image(t259=52479), extra=bytes(5000)), {"unsupported_compression"}),
    Bad("sub-directory of itself", lambda: tiff({**image(), 330: (4, 1, 8)}, extra=bytes(5000)), {CORRUPT}),
    Bad("2^20 sub-directories", lambda: tiff({**image(), 330: (4, 2**20, 0)}, extra=bytes(1 << 23)), {CORRUPT}),
    Bad("description of 2^32", lambda: tiff({**image(), 270: (2, 2**32 - 1, 8)}, extra=bytes(5000)), {CORRUPT}),
    Bad("nothing stored", lambda: tiff(image(t273=0), extra=bytes(5000)), {"opens"}),
    Bad("empty", lambda: b"", {"empty_file"}),
)


@pytest.mark.parametrize("bad", CRAFTED, ids=lambda bad: bad.name)
@pytest.mark.parametrize("suffix", [".tif", ".svs"])
def test_crafted_file_is_refused_with_its_reason(reader: LimitedReader, tmp_path: Path, bad: Bad, suffix: str) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(bad.data())
    verdict = checked(reader, path)
    assert verdict.code in bad.codes, verdict


def test_loop_of_two_directories_ends(reader: LimitedReader, tmp_path: Path) -> None:
    data = bytearray(chain(2))
    data[-4:] = struct.pack("<I", 4104)
    (tmp_path / "loop.tif").write_bytes(data)
    verdict = checked(reader, tmp_path / "loop.tif")
    assert "circle" in verdict.message


def test_long_chain_that_is_allowed_opens_in_time(reader: LimitedReader, tmp_path: Path) -> None:
    (tmp_path / "long.tif").write_bytes(chain(5_000))
    verdict = checked(reader, tmp_path / "long.tif")
    assert verdict.code == "opens"


@pytest.mark.parametrize("compression", ["deflate", "zstd", "lzw", "lzma", "packbits"])
def test_tile_that_unpacks_to_far_more_is_bounded(reader: LimitedReader, tmp_path: Path, compression: str) -> None:
    """The stored bytes of a 4,000 px tile stand in for those of a 256 px tile."""
    path = tmp_path / "bomb.tif"
    pixels = np.zeros((4096, 4096), np.uint8)
    tifffile.imwrite(path, pixels, tile=(4096, 4096), compression=compression, metadata=None)
    with tifffile.TiffFile(path, mode="r+") as file:
        for name in ("ImageWidth", "ImageLength", "TileWidth", "TileLength"):
            file.pages[0].tags[name].overwrite(256)
    checked(reader, path)


def test_jpeg_that_claims_more_than_its_tile(reader: LimitedReader, tmp_path: Path) -> None:
    """Each tile's frame header says 65,500 x 65,500 px; nothing of that size is ever decoded."""
    path = tmp_path / "claims.tif"
    pixels = np.zeros((512, 512, 3), np.uint8)
    tifffile.imwrite(path, pixels, tile=(256, 256), photometric="rgb", compression="jpeg", metadata=None)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack(">HH", 256, 256), struct.pack(">HH", 65500, 65500)))
    verdict = checked(reader, path)
    assert verdict.code == "corrupt_file"


@pytest.mark.parametrize("name", ["broken.svs", "broken-html.svs"])
def test_broken_samples_are_no_slides(reader: LimitedReader, sample: Sample, name: str, tmp_path: Path) -> None:
    verdict = checked(reader, sample(f"slides/broken/{name}"))
    assert verdict.code == "unsupported_format"


@pytest.mark.parametrize(
    ("name", "codes"),
    [("unopenable.tiff", {"unsupported_compression"}), ("unreadable.svs", {"corrupt_file"})],
)
def test_fixtures_that_must_fail(
    reader: LimitedReader, sample: Sample, name: str, codes: set[str], tmp_path: Path
) -> None:
    verdict = checked(reader, sample(f"slides/openslide-fixtures/{name}"))
    assert verdict.code in codes, verdict


# --- things that are no files ---------------------------------------------------------------------


def test_folder_fifo_socket_and_nothing(reader: LimitedReader, tmp_path: Path) -> None:
    (tmp_path / "folder.svs").mkdir()
    os.mkfifo(tmp_path / "fifo.tif")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.tif"))
        names = ("folder.svs", "fifo.tif", "s.tif", "absent.tif")
        found = {name: checked(reader, tmp_path / name).code for name in names}
    assert found == {
        "folder.svs": "not_a_file",
        "fifo.tif": "not_a_file",
        "s.tif": "not_a_file",
        "absent.tif": "file_not_found",
    }


def test_file_without_permission(reader: LimitedReader, sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "private.svs"
    path.write_bytes(sample("slides/CMU-1-Small-Region.svs").read_bytes())
    path.chmod(0)
    assert checked(reader, path).code == "permission_refused"
    path.chmod(0o400)
    assert checked(reader, path).code == "opens"


NAMES = ("two words.svs", 'it\'s "quoted".svs', "Präparat 🔬.svs", "#50%?&.svs", "-dash.svs", "a" * 240 + ".svs")


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_odd_names_open(reader: LimitedReader, sample: Sample, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(sample("slides/CMU-1-Small-Region.svs").read_bytes())
    verdict = checked(reader, tmp_path / name)
    assert (verdict.code, verdict.format, verdict.pixels) == ("opens", "svs", ())
