"""Names that strangers give files: hostile ones are refused with one sentence, real ones are kept."""

import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coverslip.core.arrival_errors import ArchiveRefused, NameRefused
from coverslip.features.imports import archives, names
from coverslip.infra.runtime import Runtime

from .arriving import announce, arrival, is_one_sentence, left_over, upload, work

REAL = (
    "a.svs",
    "S24-1234_A1_HER2.svs",
    "Präparat 12 (HE).ndpi",
    "切片.svs",
    "שקופית.svs",
    "series/0001.dcm",
    "z.ome.zarr/.zattrs",
    "z.ome.zarr/0/0/0",
    "test3-DAPI-2-(387).ndpi",
    "a" * 251 + ".svs",
    "emoji 🔬.svs",
    "..hidden",
    "a..b.svs",
)
_BASES = (
    "../{n}",
    "../../../../etc/{n}",
    "x/../../{n}",
    "x/..",
    "/{n}",
    "//{n}",
    "C:{n}",
    "C:\\{n}",
    "..\\{n}",
    "x\\{n}",
    "{n}\0.svs",
    "{n}\n.svs",
    "{n}\r.svs",
    "{n}\x1b[2J.svs",
    "{n}\x7f.svs",
    "{n}\u202egvs.exe",
    "{n}\u2066.svs",
    "{n}\u200f.svs",
    "{n}\u2028.svs",
    "{n}\udcff.svs",
    "x//{n}",
    "./{n}",
    "x/./{n}",
    "{n}/",
    " {n}",
    "{n} ",
    "x /{n}",
    ".part-{n}",
    "x/.arriving-{n}",
    "{long}{n}",
    "x/{wide}{n}",
    "{deep}{n}",
    "",
    ".",
    "..",
)


def hostile(count: int) -> list[str]:
    """Return names that must all be refused: every kind, then mixtures of kinds."""
    made = random.Random(5)
    fill = {"long": "n" * 4096, "wide": "ü" * 130, "deep": "d/" * 20}
    found = [base.format(n="a.svs", **fill) for base in _BASES]
    while len(found) < count:
        inner = made.choice(_BASES[:32]).format(n=f"s{made.randrange(10**6)}.svs", **fill)
        outer = made.choice(("case/{}", "{}", "a/b/{}", "{}.svs"))
        whole = outer.format(inner)
        # A space at an end is one no longer when something follows it.
        if inner.endswith((" ", "/", ".")) or inner.startswith("/"):
            whole = inner
        found.append(whole)
    return found[:count]


COUNTS = [40, pytest.param(300, marks=pytest.mark.full)]


@pytest.mark.parametrize("name", REAL)
def test_names_of_real_slides_are_kept(name: str) -> None:
    assert names.checked_name(name) == name


@pytest.mark.parametrize("count", COUNTS)
def test_every_hostile_name_is_refused_in_one_sentence(count: int) -> None:
    for name in hostile(count):
        with pytest.raises(NameRefused) as refused:
            names.checked_name(name)
        assert is_one_sentence(refused.value.message)
        assert not any(char in refused.value.message for char in "\u202e\u2066\x1b\0\n")


def test_names_that_some_disks_take_for_one_do_not_come_together() -> None:
    for pair in (("a.svs", "A.svs"), ("ü.svs", "u\u0308.svs"), ("x/a", "X/a"), ("a", "a/b")):
        with pytest.raises(NameRefused):
            names.check_together(pair)
    names.check_together(("a.svs", "b/a.svs", "b/c.svs"))


@pytest.mark.parametrize("count", COUNTS)
def test_no_hostile_name_gets_into_an_upload(signed_in: Any, runtime: Runtime, tmp_path: Path, count: int) -> None:
    before = everything(tmp_path)
    for name in hostile(count):
        try:
            name.encode()
        except UnicodeEncodeError:
            continue  # what is no UTF-8 cannot even be said
        answer = announce(signed_in, 10, path=name)
        assert answer.status_code in (422, 413, 431), name
        if answer.headers["content-type"].startswith("application/problem"):
            assert answer.json()["code"] in ("name_refused", "invalid_request")
            assert is_one_sentence(answer.json()["detail"])
    assert everything(tmp_path) == before


def everything(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if "coverslip.db" not in path.name}


def zipped(*entries: tuple[str, bytes], attributes: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename = info.orig_filename = name
            info.external_attr = attributes << 16
            packed.writestr(info, data)
    return made.getvalue()


def tarred(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, mode: str = "w:gz") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=tarfile.GNU_FORMAT, encoding="utf-8") as packed:  # type: ignore[call-overload]
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            info.size = len(data) if kind == tarfile.REGTYPE else 0
            packed.addfile(info, io.BytesIO(data))
    return made.getvalue()


def refusal(archive: bytes, tmp_path: Path, name: str = "a.zip") -> str:
    """Unpack beside a file that must not change; return what was said."""
    target = tmp_path / "store" / "inner"
    target.mkdir(parents=True)
    packed = tmp_path / name
    packed.write_bytes(archive)
    before = everything(tmp_path) - everything(target)
    try:
        with pytest.raises((ArchiveRefused, NameRefused)) as refused:
            archives.unpack(packed, target)
    finally:
        outside = everything(tmp_path) - everything(target)
        assert outside == before, "something was written outside the folder"
    assert is_one_sentence(refused.value.message)
    return refused.value.message


@pytest.mark.parametrize("count", COUNTS)
def test_no_hostile_name_gets_out_of_an_archive(tmp_path: Path, count: int) -> None:
    for number, name in enumerate(hostile(count)):
        if not name or "\udcff" in name or len(name) > 60_000:
            continue
        place = tmp_path / str(number)
        place.mkdir()
        if name.rstrip("/") != name or "\0" in name:
            continue  # zip and tar themselves cut these; what is left is another of these names
        refusal(zipped((name, b"x")), place)
        place = tmp_path / f"{number}t"
        place.mkdir()
        if not name.startswith("./"):  # in a tar file that is how every name may begin
            refusal(tarred((name, b"x")), place, "a.tar.gz")


def test_without_the_check_of_names_a_zip_would_write_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "checked_name", lambda name: name)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        refusal(zipped(("../escaped.svs", b"x")), tmp_path)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip link": (lambda: zipped(("a.svs", b"/etc/passwd"), attributes=0o120777), "link"),
    "zip device": (lambda: zipped(("a.svs", b""), attributes=0o060666), "neither a file nor a folder"),
    "zip in zip": (lambda: zipped(("inner.zip", zipped(("a.svs", b"x")))), "another archive"),
    "zip of tar": (lambda: zipped(("inner.TAR.GZ", b"x")), "another archive"),
    "zip twice": (lambda: zipped(("a.svs", b"1"), ("A.svs", b"2")), "case or accents"),
    "zip cut": (lambda: zipped(("a.svs", b"x" * 5000))[:3000], "damaged"),
    "no archive": (lambda: b"not packed at all", "damaged"),
    "empty": (lambda: b"", "damaged"),
}
BAD_TARS: dict[str, tuple[Callable[[], bytes], str]] = {
    "tar link": (lambda: tarred(("a.svs", b""), kind=tarfile.SYMTYPE), "link"),
    "tar hard link": (lambda: tarred(("a.svs", b""), kind=tarfile.LNKTYPE), "link"),
    "tar device": (lambda: tarred(("a.svs", b""), kind=tarfile.CHRTYPE), "neither a file nor a folder"),
    "tar fifo": (lambda: tarred(("a.svs", b""), kind=tarfile.FIFOTYPE), "neither a file nor a folder"),
    "tar cut": (lambda: tarred(("a.svs", random.Random(1).randbytes(90_000)))[:40_000], "damaged"),
}


@pytest.mark.parametrize("kind", [*BAD, *BAD_TARS])
def test_what_is_no_plain_archive_is_refused_whole(tmp_path: Path, kind: str) -> None:
    make, said = {**BAD, **BAD_TARS}[kind]
    assert said in refusal(make(), tmp_path, "a.zip" if kind in BAD else "a.tar.gz")


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.svs", bytes(80 * 2**20))
    return made.getvalue()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    assert "far more bytes" in refusal(bomb(), tmp_path)
    (tmp_path / "second").mkdir()
    assert "far more bytes" in refusal(tarred(("a.svs", bytes(80 * 2**20))), tmp_path / "second", "a.tgz")


def test_without_the_ratio_a_bomb_would_be_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_RATIO", 10**9)
    with pytest.raises(pytest.fail.Exception):
        refusal(bomb(), tmp_path)


def test_an_entry_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    packed = bytearray(zipped(("a.svs", b"x" * 5000)))
    for at in (packed.find(b"PK\x01\x02") + 24, 22):
        packed[at : at + 4] = (100).to_bytes(4, "little")
    assert refusal(bytes(packed), tmp_path)


@pytest.mark.parametrize("packed_as", ["zip", "tar.gz"])
def test_an_archive_of_slides_becomes_its_slides(
    signed_in: Any, runtime: Runtime, sample: Callable[[str], Path], packed_as: str
) -> None:
    files = [
        ("day/a.svs", sample("slides/openslide-fixtures/small.svs").read_bytes()),
        ("day/b.tiff", sample("slides/openslide-fixtures/boxes.tiff").read_bytes()),
        ("day/notes.txt", b"nothing"),
    ]
    data = zipped(*files) if packed_as == "zip" else tarred(*files)
    arrival_id = upload(signed_in, data, filename=f"day.{packed_as}", project="Day")
    work(runtime)
    found = arrival(signed_in, arrival_id)
    assert (found["state"], len(found["slide_ids"])) == ("done", 2)
    assert {one["name"] for one in signed_in.get("/slides").json()["items"]} == {"a", "b"}
    assert {one["name"] for one in signed_in.get("/projects").json()["items"]} == {"Day"}
    assert left_over(runtime.settings.data) == []


def test_a_refused_archive_leaves_nothing_in_the_store(signed_in: Any, runtime: Runtime) -> None:
    arrival_id = upload(signed_in, zipped(("a.svs", b"x"), ("../b.svs", b"x")), filename="x.zip")
    work(runtime)
    found = arrival(signed_in, arrival_id)
    assert (found["state"], found["reason"]["code"]) == ("failed", "name_refused")
    assert [path for path in (runtime.settings.data / "slides").rglob("*") if path.is_file()] == []
