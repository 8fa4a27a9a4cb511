"""What recognises a slide wherever it lies."""

from pathlib import Path

from coverslip.imaging.fingerprint import EDGE_BYTES, fingerprint, version_of


def write(folder: Path, **files: bytes) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return sorted(files)


def test_moves_and_renames_keep_it(tmp_path: Path) -> None:
    first = write(tmp_path / "a", one=b"1" * 10, two=b"2")
    second = write(tmp_path / "b", x_one=b"1" * 10, y_two=b"2")
    assert fingerprint(tmp_path / "a", first, "svs") == fingerprint(tmp_path / "b", second, "svs")
    assert fingerprint(tmp_path / "a", first[::-1], "svs") == fingerprint(tmp_path / "a", first, "svs")


def test_size_head_and_tail_count_and_the_middle_does_not(tmp_path: Path) -> None:
    data = bytearray(4 * EDGE_BYTES)
    names = write(tmp_path / "a", slide=bytes(data))
    before = fingerprint(tmp_path / "a", names, "svs")
    for at, differs in ((0, True), (len(data) - 1, True), (EDGE_BYTES - 1, True), (2 * EDGE_BYTES, False)):
        changed = bytearray(data)
        changed[at] = 1
        write(tmp_path / "a", slide=bytes(changed))
        assert (fingerprint(tmp_path / "a", names, "svs") != before) is differs
    write(tmp_path / "a", slide=bytes(data) + b"\0")
    assert fingerprint(tmp_path / "a", names, "svs") != before


def test_of_many_files_names_sizes_and_parsed_bytes_count(tmp_path: Path) -> None:
    files = {f"{number:03}": b"chunk" for number in range(100)} | {".zattrs": b"{}"}
    names = write(tmp_path / "a", **files)
    before = fingerprint(tmp_path / "a", names, "zarr")
    write(tmp_path / "a", **{"050": b"CHUNK"})
    assert fingerprint(tmp_path / "a", names, "zarr") == before
    write(tmp_path / "a", **{".zattrs": b"[]"})
    assert fingerprint(tmp_path / "a", names, "zarr") != before


def test_the_version_has_sixteen_digits_and_depends_on_everything() -> None:
    base = version_of("f" * 64, [1], b"body", 1)
    assert len(base) == 16
    assert int(base, 16) >= 0
    others = [
        version_of("e" * 64, [1], b"body", 1),
        version_of("f" * 64, [2], b"body", 1),
        version_of("f" * 64, [1], b"other", 1),
        version_of("f" * 64, [1], b"body", 2),
    ]
    assert len({base, *others}) == 5
