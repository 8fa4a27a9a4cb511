"""Files sent as they are: byte ranges, zips whose length is known, names that hold anything."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import RangeRefused, SlideChanged
from coverslip.infra.sending import Span, ZipChunks, disposition, file_chunks, parse_range, zip_length


@dataclass(frozen=True)
class Known:
    path: str
    size: int
    mtime_ns: int


def indexed(path: Path) -> Known:
    status = path.stat()
    return Known(str(path), status.st_size, status.st_mtime_ns)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-200", (90, 100)),
        ("bytes=40-", (40, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-300", (0, 100)),
        ("bytes=99-", (99, 100)),
    ],
)
def test_one_range_is_understood(header: str, span: tuple[int, int]) -> None:
    assert parse_range(header, 100) == Span(*span, 100)


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=5-3", "bytes=0-1,5-6", "items=0-1", "bytes=a-b", "bytes=1"]
)
def test_what_is_no_single_range_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=200-300", 100), ("bytes=-0", 100), ("bytes=0-", 0)]
)
def test_a_range_outside_the_file_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeRefused):
        parse_range(header, size)


@given(st.text(max_size=60))
def test_any_name_makes_a_header_of_plain_characters(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2


def test_a_name_with_quotes_and_emoji_survives_in_the_extended_form() -> None:
    assert disposition('a "b"\N{MICROSCOPE}.svs') == (
        "attachment; filename=\"a _b__.svs\"; filename*=UTF-8''a%20%22b%22%F0%9F%94%AC.svs"
    )


def test_pieces_of_a_file_make_the_span(tmp_path: Path) -> None:
    path = tmp_path / "file"
    data = bytes(range(256)) * 5000
    path.write_bytes(data)
    assert b"".join(file_chunks(indexed(path), Span(1000, 900_001, len(data)))) == data[1000:900_001]


def test_a_file_that_changed_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    before = indexed(path)
    path.write_bytes(b"newer")
    with pytest.raises(SlideChanged):
        list(file_chunks(before, Span(0, 3, 3)))


def test_a_zip_holds_every_file_and_no_way_out_of_its_folder(tmp_path: Path) -> None:
    contents = {"one.dcm": b"1" * 700_000, "deep/two.dcm": b"22", "empty": b""}
    files = []
    for name, data in contents.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        files.append((name, indexed(path)))
    files.append(("../../escape", files[1][1]))
    with zipfile.ZipFile(io.BytesIO(b"".join(ZipChunks(files)))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == {**contents, "escape": b"22"}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


@given(
    entries=st.lists(
        st.tuples(st.text("aä/\N{MICROSCOPE} .", min_size=1, max_size=20), st.integers(0, 3000)), max_size=6
    )
)
def test_the_length_of_a_zip_is_known_before(
    entries: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    files = []
    for number, (name, size) in enumerate(entries):
        path = folder / str(number)
        path.write_bytes(bytes(size))
        files.append((f"{number}{name}", indexed(path)))
    archive = ZipChunks(files)
    assert archive.length == sum(map(len, archive))


@pytest.mark.full
def test_the_length_of_a_zip_beyond_four_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(2**32 + 5)
    archive = ZipChunks([("one", indexed(path)), ("two", indexed(path))])
    assert archive.length == sum(map(len, archive))
    assert archive.length == zip_length([("one", 2**32 + 5), ("two", 2**32 + 5)])
