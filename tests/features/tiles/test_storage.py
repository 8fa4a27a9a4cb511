"""Files that change, shrink, vanish, rot or hang: said plainly, never served wrongly, and only for their own slides."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.features.tiles.conftest import Door, Shown

from coverslip.features.slides import SlideState
from coverslip.features.tiles.files import IndexedFile, SlideFiles
from coverslip.imaging.crc import write_crc_table
from coverslip.imaging.index import load_index
from coverslip.infra.mounts import Mounts, StoredFiles
from coverslip.infra.runtime import Runtime
from coverslip.testing.synthetic import coded_rgb, write_pyramid

Register = Callable[[Path], Shown]
LOOKED_AGAIN_S = 1.1
"""After this the server looks at the file again."""


@pytest.fixture
def shown(register: Register, tmp_path: Path) -> Shown:
    path = tmp_path / "slides" / "coded.tif"
    path.parent.mkdir()
    write_pyramid(path, coded_rgb(1100, 900), factors=(1, 2, 4), compression="jpeg")
    return register(path)


def places(shown: Shown) -> list[str]:
    """A stored tile, a made one and a styled one."""
    made = next(level["z"] for level in shown.levels if not level["stored"])
    stored = shown.finest
    return [
        shown.tile(stored, 1, 1),
        shown.tile(made, 0, 0),
        shown.tile(stored, 0, 0, "?style=eyJicmlnaHRuZXNzIjowLjF9"),
    ]


def all_codes(door: Door, paths: list[str]) -> set[tuple[int, str]]:
    return {(one.status_code, one.json()["code"]) for one in door.get_all(paths)}


def test_a_replaced_file_is_a_changed_slide(door: Door, shown: Shown) -> None:
    tag = door.get(places(shown)[0]).headers["etag"]
    replacement = shown.path.with_suffix(".new")
    write_pyramid(replacement, coded_rgb(1100, 900, 7), factors=(1, 2, 4), compression="jpeg")
    replacement.replace(shown.path)
    time.sleep(LOOKED_AGAIN_S)
    assert all_codes(door, places(shown)) == {(409, "slide_changed")}
    assert door.get(places(shown)[0], if_none_match=tag).status_code == 409


def test_a_touched_file_is_a_changed_slide(door: Door, shown: Shown) -> None:
    os.utime(shown.path, ns=(1, 1))
    assert all_codes(door, places(shown)) == {(409, "slide_changed")}


def test_a_truncated_file_never_gives_a_spliced_tile(door: Door, shown: Shown) -> None:
    """The server has it open and believes it unchanged: the read itself comes up short."""
    assert door.get(shown.tile(shown.finest, 0, 0)).status_code == 200
    status = shown.path.stat()
    os.truncate(shown.path, 2000)
    os.utime(shown.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    response = door.get(shown.tile(shown.finest, 4, 3))
    assert (response.status_code, response.json()["code"]) == (409, "slide_changed")


def test_a_vanished_file_is_missing_and_comes_back(door: Door, shown: Shown) -> None:
    aside = shown.path.with_name("aside")
    shown.path.rename(aside)
    assert all_codes(door, places(shown)) == {(404, "slide_missing")}
    aside.rename(shown.path)
    assert {one.status_code for one in door.get_all(places(shown))} == {200}


def test_a_file_that_may_not_be_read_says_so(door: Door, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("coverslip.infra.mounts._open_file", refused)
    response = door.get(shown.tile(shown.finest, 0, 0))
    assert (response.status_code, response.json()["code"]) == (422, "permission_refused")


def test_a_disk_that_cannot_read_a_place_fails_that_tile_only(
    door: Door, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("coverslip.features.tiles.service.read_now", lambda *_: None)
        patched.setattr("coverslip.infra.mounts.os.pread", broken)
        response = door.get(shown.tile(shown.finest, 0, 0))
        assert (response.status_code, response.json()["code"]) == (422, "tile_unreadable")
    assert door.get(shown.tile(shown.finest, 0, 0)).status_code == 200


def test_a_tile_that_is_not_in_memory_is_read_by_the_mounts_threads(
    door: Door, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = door.get(shown.tile(shown.finest, 2, 1)).content
    monkeypatch.setattr("coverslip.features.tiles.service.read_now", lambda *_: None)
    assert door.get(shown.tile(shown.finest, 2, 1)).content == fast


def test_a_rotten_tile_is_never_served_and_makes_the_slide_suspect(door: Door, shown: Shown) -> None:
    index_path = next(door.runtime.settings.index_folder.rglob("*.idx"), None) or next(
        one for one in door.runtime.settings.index_folder.rglob("*") if one.is_file() and shown.slide_id in one.name
    )
    index = load_index(index_path)
    assert index.stored is not None
    write_crc_table(index, index_path.with_suffix(".crc"))
    finest = index.stored[0]
    rotten, sound = (1, 1), (0, 2)
    status = shown.path.stat()
    with shown.path.open("r+b") as file:
        file.seek(int(finest.offset[0, 0, 0, rotten[1], rotten[0]]) + 300)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x10]))
    os.utime(shown.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    response = door.get(shown.tile(shown.finest, *rotten))
    assert (response.status_code, response.json()["code"]) == (409, "slide_suspect")
    assert response.headers["cache-control"] == "no-store"
    assert door.get(f"/api/v1/slides/{shown.slide_id}").json()["state"] == SlideState.SUSPECT
    assert door.get(shown.tile(shown.finest, *sound)).status_code == 200, "sound tiles go on being shown"
    assert door.get(shown.tile(shown.finest, *rotten)).status_code == 409


@pytest.fixture
def divided(sqlite_runtime: Runtime, tmp_path: Path) -> Iterator[tuple[Runtime, threading.Event]]:
    """A runtime that sees two mounts, of which the one called ``hung`` will stop to answer."""
    mounts = Mounts(lambda: ["/", str(tmp_path / "hung")], limit_s=3.0)
    sqlite_runtime.mounts, sqlite_runtime.files = mounts, StoredFiles(mounts)
    release = threading.Event()
    yield sqlite_runtime, release
    release.set()


def test_storage_that_hangs_stalls_only_its_own_slides(
    divided: tuple[Runtime, threading.Event], register: Register, door: Door, tmp_path: Path
) -> None:
    runtime, release = divided
    slides = {}
    for name in ("hung", "fine"):
        path = tmp_path / name / f"{name}.tif"
        path.parent.mkdir()
        write_pyramid(path, coded_rgb(600, 500), factors=(1, 2), compression="jpeg")
        slides[name] = register(path)
    stuck = runtime.mounts.of(slides["hung"].path)
    assert stuck is not runtime.mounts.of(slides["fine"].path)

    async def hang() -> None:
        import asyncio

        await asyncio.gather(*(stuck.run(release.wait, 30) for _ in range(8)), return_exceptions=True)

    door.run(hang())
    began_s = time.monotonic()
    hung = door.get_all(places(slides["hung"]))
    assert {(one.status_code, one.json()["code"]) for one in hung} == {(504, "storage_timeout")}
    assert time.monotonic() - began_s < 9, "when every thread hangs, requests fail at once"
    assert {one.status_code for one in door.get_all(places(slides["fine"]))} == {200}
    release.set()
    time.sleep(0.1)
    assert {one.status_code for one in door.get_all(places(slides["hung"]))} == {200}


def test_many_requests_share_one_look_at_a_file(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    status = path.stat()
    indexed = IndexedFile(str(path), 1, status.st_mtime_ns)
    looks: list[str] = []
    real_stat = os.stat

    def counted(name: str) -> os.stat_result:
        looks.append(name)
        return real_stat(name)

    monkeypatch.setattr("coverslip.infra.mounts.os.stat", counted)

    async def many() -> None:
        import asyncio

        files = SlideFiles(door.runtime.files)
        await asyncio.gather(*(files.get(indexed) for _ in range(40)))

    door.run(many())
    assert looks == [str(path)]
