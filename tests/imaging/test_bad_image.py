"""Bad plain images: bombs, scans without end, cut files; refused in words before they unpack."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coverslip.testing.limited_reader import LimitedReader, Verdict, complaints


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def checked(reader: LimitedReader, path: Path) -> Verdict:
    verdict = reader.verdict(path)
    assert complaints(verdict, path.parent) == []
    return verdict


def png(width: int, height: int, body: bytes, colour: int = 2, depth: int = 8) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """Return a zlib stream that unpacks to at least ``count`` zeros, without packing them all."""
    packer = zlib.compressobj(9)
    start = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (count >> 20) + packer.flush()


def saved(kind: str, side: int = 600) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def test_a_png_bomb_is_refused_before_it_unpacks(reader: LimitedReader, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(30_000, 30_000, zeros(30_000 * (1 + 3 * 30_000))))
    assert path.stat().st_size < 3_000_000
    verdict = checked(reader, path)
    assert verdict.code == "bomb_refused"
    assert verdict.seconds < 15
    assert verdict.peak_kib < 400 << 10


@pytest.mark.parametrize(("width", "height"), [(2**31 - 1, 2**31 - 1), (100_000, 100_000), (2**31 - 1, 1)])
def test_sizes_beyond_the_limit_are_refused(reader: LimitedReader, tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(width, height, zlib.compress(bytes(100))))
    assert checked(reader, path).code in {"dimensions_refused", "bomb_refused"}


def test_a_jpeg_of_80_000_scans_is_refused_at_once(reader: LimitedReader, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((2000, 2000, 3), np.uint8)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    scan = data[data.rindex(b"\xff\xda") : -2]
    path = tmp_path / "scans.jpg"
    path.write_bytes(data[:-2] + scan * 80_000 + b"\xff\xd9")
    verdict = checked(reader, path)
    assert verdict.code == "bomb_refused"
    assert verdict.seconds < 15


def test_a_bomb_inside_text_or_profile_is_refused(reader: LimitedReader, tmp_path: Path) -> None:
    data = png(64, 64, zlib.compress(bytes(64 * (1 + 3 * 64))))
    for name, head in ((b"iCCP", b"x\0\0"), (b"zTXt", b"x\0\0")):
        body = head + zeros(300 << 20)
        chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        path = tmp_path / f"{name.decode()}.png"
        path.write_bytes(data[:33] + chunk + data[33:])
        verdict = checked(reader, path)
        assert verdict.peak_kib < 700 << 10
        assert verdict.code in {"opens", "corrupt_file"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_cut_image_is_refused(reader: LimitedReader, tmp_path: Path, kind: str, share: float) -> None:
    data = saved(kind)
    path = tmp_path / f"cut.{kind.lower()}"
    path.write_bytes(data[: int(len(data) * share)])
    assert checked(reader, path).code in {"truncated_file", "corrupt_file"}


def test_an_image_with_less_data_than_it_declares_is_refused(reader: LimitedReader, tmp_path: Path) -> None:
    path = tmp_path / "short.png"
    path.write_bytes(png(600, 600, zlib.compress(bytes(100))))
    assert checked(reader, path).code == "corrupt_file"


def test_a_jp2_of_one_huge_tile_is_refused(reader: LimitedReader, tmp_path: Path) -> None:
    data = bytearray(saved("JPEG2000"))
    start = data.index(b"\xff\x4f\xff\x51")
    for place in (8, 24):  # image and tile size in SIZ
        struct.pack_into(">II", data, start + place, 30_000, 30_000)
    struct.pack_into(">II", data, data.index(b"ihdr") + 4, 30_000, 30_000)
    path = tmp_path / "huge.jp2"
    path.write_bytes(data)
    verdict = checked(reader, path)
    assert verdict.code in {"bomb_refused", "dimensions_refused"}
    assert verdict.peak_kib < 700 << 10
