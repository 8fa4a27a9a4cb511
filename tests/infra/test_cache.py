"""The tile cache keeps its cap, its neighbours' disk space, and never gives half a tile."""

import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coverslip.infra.cache import TileCache
from coverslip.infra.cache_table import CacheTable, Place, table_bytes

MB = 10**6
ROOM = table_bytes(1)
"""What the smallest table takes of the cap."""


def key(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}{number:024x}"


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tiles"))


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse to grow a file beyond this, half-way through a write, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_put_is_got_and_nothing_else(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache", MB)
    assert cache.get(key(1)) is None
    assert cache.size_bytes() == 0
    assert cache.put(key(1), b"tile")
    assert cache.put(key(2), b"")
    assert cache.get(key(1)) == b"tile"
    assert cache.get(key(2)) == b""
    assert cache.get(key(1)[:32]) is None, "the first half of a key is another key"
    assert (cache.hits, cache.misses) == (2, 2)
    assert cache.put(key(1), b"another")
    assert cache.get(key(1)) == b"another"


def test_many_are_kept_at_once(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache", 10 * MB)
    tiles = [(key(number), bytes([number % 256]) * (number * 7)) for number in range(600)]
    assert cache.put_all(tiles) == 600
    assert [cache.get(name) for name, _ in tiles] == [data for _, data in tiles]
    assert cache.put_all([]) == 0


def test_what_one_process_kept_another_finds_after_a_restart(tmp_path: Path) -> None:
    TileCache(tmp_path, MB).put(key(1), b"tile")
    assert TileCache(tmp_path, MB).get(key(1)) == b"tile"
    assert TileCache(tmp_path, 50 * MB).get(key(1)) == b"tile", "with another cap, too"


@pytest.mark.parametrize("bad", ["", "short", "../../../../etc/passwd", "g" * 32, "AB" * 16, "a" * 200, "a" * 17])
def test_a_key_is_hex(tmp_path: Path, bad: str) -> None:
    cache = TileCache(tmp_path, MB)
    with pytest.raises(ValueError, match="hex"):
        cache.get(bad)
    with pytest.raises(ValueError, match="hex"):
        cache.put(bad, b"tile")


def test_the_cap_is_never_passed_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache", 2 * MB)
    kept = 0
    for number in range(450):
        kept += cache.put(key(number), b"x" * 5000)
        assert on_disk(cache.folder) == cache.size_bytes() <= 2 * MB
        if number == 300:  # the first ten are used again, and would soon be the oldest
            assert not cache.needs_refresh()
            assert all(cache.get(key(number)) for number in range(10))
            assert cache.needs_refresh()
            cache.refresh()
            assert not cache.needs_refresh()
            assert all(cache.get(key(number)) for number in range(10))
            assert not cache.needs_refresh(), "what was written again is not old"
    assert 350 < kept < 400
    assert cache.needs_sweep()
    assert cache.sweep() >= 100_000
    assert cache.size_bytes() <= 1.8 * MB
    assert not cache.needs_sweep()
    assert all(cache.get(key(number)) for number in range(10))
    assert all(cache.get(key(number)) is None for number in range(10, 30))
    found = [cache.get(key(number)) is not None for number in range(60, kept - 10)]
    assert sum(found) >= len(found) - 4, "a full bucket of the table may cost a few"
    assert cache.put(key(999), b"x" * 5000)


def test_a_batch_that_does_not_fit_is_kept_in_part(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, ROOM + 10_300)
    assert cache.put_all([(key(number), b"x" * 1000) for number in range(30)]) == 10
    assert cache.get(key(9)) == b"x" * 1000
    assert cache.get(key(10)) is None


def test_the_folder_may_be_deleted_at_any_moment(tmp_path: Path) -> None:
    cache = TileCache(tmp_path / "cache", MB)
    cache.put(key(1), b"tile")
    shutil.rmtree(cache.folder)
    assert cache.get(key(1)) is None
    assert cache.put(key(2), b"tile")
    assert cache.get(key(2)) == b"tile"
    assert cache.get(key(1)) is None
    for path in [cache.folder / ".table", *segments(cache.folder)]:
        cache.put(key(3), b"tile")
        path.unlink()
        assert cache.get(key(3)) in (None, b"tile")
        assert cache.put(key(4), b"tile")
        assert cache.get(key(4)) == b"tile"


def test_the_last_tenth_of_the_disk_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = TileCache(tmp_path, 10 * MB)
    for number in range(20):
        cache.put(key(number), b"x" * 1000)
    monkeypatch.setattr(TileCache, "_disk", lambda self: (100_000, 5_000))
    assert not cache.put(key(99), b"x")
    assert cache.needs_sweep()
    assert cache.sweep() >= 5_000
    assert cache.get(key(99)) is None


def test_a_cap_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    TileCache(tmp_path, MB).put(key(1), b"tile")
    cache = TileCache(tmp_path, 0)
    assert not cache.put(key(2), b"tile")
    assert cache.sweep() > 0
    assert segments(tmp_path) == []


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, 10 * MB)
    assert cache.put(key(1), b"a" * 5000)
    before = segments(tmp_path)[0].stat().st_size
    with files_of_at_most(8000):
        assert not cache.put(key(2), b"b" * 5000)
        assert cache.put_all([(key(number), b"c" * 3000) for number in range(3, 6)]) == 0
    assert segments(tmp_path)[0].stat().st_size == before
    assert cache.get(key(2)) is None
    assert cache.put(key(2), b"b" * 5000)
    assert (cache.get(key(1)), cache.get(key(2))) == (b"a" * 5000, b"b" * 5000)


@pytest.mark.parametrize("harm", ["cut", "zeros", "flipped", "gone", "shifted"])
def test_a_record_that_is_not_whole_is_no_tile(tmp_path: Path, harm: str) -> None:
    cache = TileCache(tmp_path, MB)
    cache.put_all([(key(number), bytes([number]) * 5000) for number in range(3)])
    (segment,) = segments(tmp_path)
    data = bytearray(segment.read_bytes())
    last = len(data) - 2500
    if harm == "cut":  # the power failed while the last one was written
        del data[last:]
    elif harm == "zeros":  # its size was on disk before its bytes
        data[last:] = bytes(len(data) - last)
    elif harm == "flipped":
        data[last] ^= 1
    elif harm == "shifted":
        data[:0] = b"\0"
    segment.write_bytes(data)
    if harm == "gone":
        segment.unlink()
    assert cache.get(key(2)) is None
    assert cache.get(key(1)) == (None if harm in ("gone", "shifted") else b"\x01" * 5000)
    assert cache.put(key(2), b"new")
    assert cache.get(key(2)) == b"new"


def test_a_table_that_is_wrong_costs_tiles_and_nothing_else(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, MB)
    cache.put_all([(key(number), bytes([number]) * 500) for number in range(50)])
    table = tmp_path / ".table"
    whole = table.read_bytes()
    swapped = bytearray(whole)
    places = [at for at in range(0, len(whole), 32) if any(whole[at : at + 32])]
    for at, other in zip(places, reversed(places), strict=True):  # each name points to another's tile
        swapped[at + 16 : at + 32] = whole[other + 16 : other + 32]
    for damaged in (bytes(swapped), b"\xff" * len(whole), bytes(len(whole)), whole[:40], b""):
        table.write_bytes(damaged)
        for number in range(50):
            assert cache.get(key(number)) in (None, bytes([number]) * 500)
        assert cache.put(key(77), b"new")
        assert cache.get(key(77)) == b"new"


def test_in_a_full_bucket_the_oldest_gives_way(tmp_path: Path) -> None:
    table = CacheTable(str(tmp_path / "table"), 1)
    buckets = table.size_bytes // 256
    every = (number.to_bytes(16, "little") for number in range(10**6))
    names = list(itertools.islice((name for name in every if zlib.crc32(name) % buckets == 3), 10))
    alive = range(100)
    for number, name in enumerate(names[:8]):
        table.note(name, Place(10 + number, number, 1), alive)
    assert [table.find(name) for name in names[:8]] == [Place(10 + number, number, 1) for number in range(8)]
    table.note(names[8], Place(30, 0, 1), alive)
    assert table.find(names[0]) is None, "the oldest"
    table.note(names[9], Place(31, 0, 1), [one for one in alive if one != 15])
    assert table.find(names[5]) is None, "the one whose segment is gone"
    assert [name for name in names if table.find(name)] == [*names[1:5], *names[6:]]
    table.note(names[3], Place(32, 5, 1), alive)
    assert table.find(names[3]) == Place(32, 5, 1)


def test_processes_share_a_cache_and_see_only_whole_tiles(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coverslip.infra.cache import TileCache\n"
        "cache = TileCache(Path(sys.argv[1]), 400_000)\n"
        "for number in range(300):\n"
        "    key = f'{number % 100:032x}'\n"
        "    cache.put_all([(key, bytes([number % 100]) * 5000), (f'f{number:031x}', b'x' * number)])\n"
        "    data = cache.get(f'{(number * 7) % 100:032x}')\n"
        "    assert data is None or data == bytes([(number * 7) % 100]) * 5000\n"
    )
    folder = tmp_path / "cache"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(folder)]) for _ in range(3)]
    cache = TileCache(folder, 400_000)
    while any(writer.poll() is None for writer in writers):
        cache.sweep()
        assert cache.size_bytes() <= 400_000
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    cache.sweep()
    assert cache.size_bytes() == on_disk(folder) <= 400_000
    assert sum(cache.get(f"{number:032x}") is not None for number in range(100)) > 10


def test_a_writer_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coverslip.infra.cache import TileCache\n"
        "cache = TileCache(Path(sys.argv[1]), 50_000_000)\n"
        "for number in range(10**9):\n"
        "    cache.put(f'{number % 50:032x}', bytes([number % 50]) * 100_000)\n"
        "    if number == 20: print('going', flush=True)\n"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer.stdout:
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        cache = TileCache(tmp_path, 50_000_000)
        for number in range(50):
            assert cache.get(f"{number:032x}") in (None, bytes([number]) * 100_000)
        cache.sweep()
        assert cache.put(key(1), b"tile")
        assert cache.get(key(1)) == b"tile"


def test_only_one_sweeps(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, ROOM + 40_000)
    while cache.put(key(os.getpid()), b"x" * 1000):
        pass
    deleted: list[int] = []
    threads = [threading.Thread(target=lambda: deleted.append(cache.sweep())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(deleted)[:3] == [0, 0, 0]
    assert 0 < sum(deleted) < 10_000
