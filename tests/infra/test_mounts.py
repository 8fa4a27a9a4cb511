"""Storage that hangs, shrinks or vanishes stalls only its own slides."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coverslip.core.errors import SlideChanged, SlideMissing, StorageTimeout, TruncatedFile
from coverslip.infra.mounts import MountPool, Mounts, StoredFile, StoredFiles, file_system_of, read_now


@pytest.fixture
def silent() -> Iterator[int]:
    """A descriptor whose reads hang, as those of a dead mount do, until the test ends."""
    read, write = os.pipe()
    yield read
    os.write(write, b"x" * 64)  # let go of every thread that still waits
    time.sleep(0.05)
    os.close(write)
    os.close(read)


def test_a_call_gives_its_value_and_its_error() -> None:
    pool = MountPool(2)
    assert asyncio.run(pool.run(os.path.basename, "/a/b")) == "b"
    assert pool.run_blocking(len, "four") == 4
    with pytest.raises(FileNotFoundError):
        asyncio.run(pool.run(os.stat, "/nonexistent"))
    with pytest.raises(FileNotFoundError):
        pool.run_blocking(os.stat, "/nonexistent")


def test_a_hanging_read_ends_for_its_caller_in_time(silent: int) -> None:
    began = time.monotonic()
    with pytest.raises(StorageTimeout):
        asyncio.run(MountPool(2, 0.2).run(os.read, silent, 1))
    assert 0.15 < time.monotonic() - began < 20


def test_when_every_thread_hangs_the_mount_fails_at_once_and_others_go_on(silent: int) -> None:
    mounts = Mounts(lambda: ["/", "/mnt/dead"], threads=8, limit_s=0.3)
    dead, alive = mounts.of("/mnt/dead/a.svs"), mounts.of("/data/b.svs")

    async def run() -> float:
        hanging = [asyncio.create_task(dead.run(os.read, silent, 1)) for _ in range(8)]
        outcomes = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(outcome, StorageTimeout) for outcome in outcomes)
        assert dead.hanging() == 8
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(StorageTimeout):
                await dead.run(os.stat, "/")
        refused_s = time.monotonic() - began
        await alive.run(os.stat, "/")
        return refused_s

    assert asyncio.run(run()) < 15  # each of the hundred would wait 0.3 s


def test_a_mount_recovers_when_its_reads_return() -> None:
    read, write = os.pipe()
    pool = MountPool(2, 0.2)

    async def run() -> int:
        await asyncio.gather(*(pool.run(os.read, read, 1) for _ in range(2)), return_exceptions=True)
        with pytest.raises(StorageTimeout):
            await pool.run(len, b"")
        os.write(write, b"xx")
        await asyncio.sleep(0.1)
        return await pool.run(len, b"abc")

    assert asyncio.run(run()) == 3
    os.close(read)
    os.close(write)


def test_a_call_that_nobody_waits_for_any_more_never_runs(silent: int, tmp_path: Path) -> None:
    pool = MountPool(1, 0.2)
    mark = tmp_path / "mark"

    async def run() -> None:
        stuck = asyncio.create_task(pool.run(os.read, silent, 1))
        await asyncio.sleep(0.05)
        late = asyncio.create_task(pool.run(mark.touch))
        await asyncio.sleep(0.01)
        late.cancel()
        await asyncio.gather(stuck, late, return_exceptions=True)

    asyncio.run(run())
    assert not mark.exists()


def test_a_mount_is_found_by_name_alone() -> None:
    mounts = Mounts(lambda: ["/", "/mnt/a", "/mnt/a/inner", "/mnt/a b"])
    assert mounts.point("/mnt/a/x") == "/mnt/a"
    assert mounts.point("/mnt/a/inner/x") == "/mnt/a/inner"
    assert mounts.point("/mnt/abc/x") == "/"
    assert mounts.point("/mnt/a b/x") == "/mnt/a b"
    assert mounts.of("/mnt/a/x") is mounts.of("/mnt/a/y")
    assert mounts.of("/mnt/a/x") is not mounts.of("/mnt/abc/x")


def test_the_kernel_says_what_a_file_system_is() -> None:
    assert file_system_of("/proc/self") == "proc"
    assert Mounts().point("/proc/self") == "/proc"


def test_what_lies_in_memory_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "slide"
    path.write_bytes(bytes(range(256)) * 16)
    path.read_bytes()
    with path.open("rb") as file:
        assert read_now(file.fileno(), 256, 16) in (bytes(range(16)), None)
        assert read_now(file.fileno(), 4090, 16) is None


def _files(limit: int = 128) -> StoredFiles:
    return StoredFiles(Mounts(), limit)


def test_a_range_of_a_file_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "slide"
    path.write_bytes(b"0123456789")

    async def run() -> bytes:
        files = _files()
        file = await files.get(str(path))
        assert files.peek(str(path)) is file
        return await files.read(file, 3, 4)

    assert asyncio.run(run()) == b"3456"


def test_a_range_beyond_the_end_is_never_a_short_answer(tmp_path: Path) -> None:
    path = tmp_path / "slide"
    path.write_bytes(b"0123456789")

    async def run() -> None:
        files = _files()
        file = await files.get(str(path))
        with pytest.raises(TruncatedFile):
            await files.read(file, 8, 4)
        os.truncate(path, 5)
        with pytest.raises(SlideChanged):
            await files.read(file, 3, 4)

    asyncio.run(run())


def test_a_file_that_was_replaced_is_opened_anew_and_one_that_vanished_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "slide"
    path.write_bytes(b"old")

    async def run() -> None:
        files = _files()
        old = await files.get(str(path))
        other = tmp_path / "other"
        other.write_bytes(b"newer")
        other.replace(path)
        old.checked_s -= 2
        new = await files.get(str(path))
        assert new is not old
        assert new.size == 5
        assert await files.read(old, 0, 3) == b"old"  # whoever still reads the old one reads the old one
        path.unlink()
        new.checked_s -= 2
        with pytest.raises(SlideMissing):
            await files.get(str(path))

    asyncio.run(run())


def _still_open(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def test_a_descriptor_is_closed_only_when_nobody_holds_the_file(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(b"%d" % number)

    async def run() -> None:
        files = _files(limit=2)
        first: StoredFile | None = await files.get(str(paths[0]))
        assert first is not None
        for path in paths[1:]:
            await files.get(str(path))
        assert len(files) == 2
        assert await files.read(first, 0, 1) == b"0"
        number = first.descriptor
        first = None
        assert not _still_open(number, paths[0])  # the number itself may be another thread's by now

    asyncio.run(run())


def test_a_fifo_in_a_slides_place_hangs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "slide"
    os.mkfifo(path)

    async def run() -> None:
        files = StoredFiles(Mounts(limit_s=2.0))
        file = await files.get(str(path))
        with pytest.raises((TruncatedFile, OSError)):
            await files.read(file, 0, 4)

    asyncio.run(run())
