"""Decoders: what crosses, what it costs, and what a bad task may do (nothing but fail)."""

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from coverslip.core import errors
from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.infra.pool import DecoderPool

MEMORY = 2**29
RAISE = "from coverslip.core.errors import *; raise "


def with_pool(work: Callable[[DecoderPool], Awaitable[Any]], size: int = 1, **options: Any) -> Any:
    """Run async work with a pool that is closed afterwards."""

    async def run() -> Any:
        pool = DecoderPool(size, memory_bytes=MEMORY, **{"timeout_s": 20.0, **options})
        try:
            return await work(pool)
        finally:
            await pool.close()
            gc.collect()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(1, memory_bytes=MEMORY, timeout_s=20)
    yield pool
    pool.close_blocking()


def test_a_function_runs_in_another_process_and_its_value_comes_back(pool: DecoderPool) -> None:
    assert pool.run_blocking(os.getpid) != os.getpid()
    assert pool.run_blocking(eval, "{'a': [1, 2.5, None, b'x'], 'b': (True,)}") == {
        "a": [1, 2.5, None, b"x"],
        "b": (True,),
    }


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NotFound('No such image.')", errors.NotFound),
        ("CorruptFile()", errors.CorruptFile),
        ("SlideChanged()", errors.SlideChanged),
        ("TileRefused('Too large.')", errors.TileRefused),
    ],
)
def test_an_error_comes_back_as_its_own_class_with_its_message(
    pool: DecoderPool, code: str, error: type[errors.CoverslipError]
) -> None:
    with pytest.raises(error) as caught:
        pool.run_blocking(exec, RAISE + code)
    assert type(caught.value) is error
    assert caught.value.message == eval(code, vars(errors).copy()).message


def test_the_problems_of_a_request_cross_too(pool: DecoderPool) -> None:
    with pytest.raises(InvalidRequest) as caught:
        pool.run_blocking(exec, RAISE + "InvalidRequest('Bad.', [FieldProblem('/style', 'unknown key')])")
    assert caught.value.problems == (FieldProblem("/style", "unknown key"),)


def test_a_bug_in_a_parser_costs_its_task_only(pool: DecoderPool) -> None:
    before = pool.run_blocking(os.getpid)
    with pytest.raises(errors.DecoderDied):
        pool.run_blocking(exec, "1/0")
    assert pool.run_blocking(os.getpid) == before


def test_memory_beyond_the_limit_is_an_error_and_not_the_machines(pool: DecoderPool) -> None:
    with pytest.raises(errors.DecoderMemory):
        pool.run_blocking(bytearray, MEMORY)
    assert pool.run_blocking(len, b"abc") == 3


@pytest.mark.parametrize(
    "end", ["import os; os._exit(3)", "import os; os.abort()", "import os; os.kill(os.getpid(), 9)"]
)
def test_a_decoder_that_dies_costs_one_task_and_is_replaced(pool: DecoderPool, end: str) -> None:
    before = pool.run_blocking(os.getpid)
    with pytest.raises(errors.DecoderDied):
        pool.run_blocking(exec, "import os; " + end)
    assert pool.run_blocking(os.getpid) != before


def test_a_task_beyond_its_time_is_killed(pool: DecoderPool) -> None:
    victim = pool.run_blocking(os.getpid)
    with pytest.raises(errors.DecoderTimeout):
        pool.run_blocking(time.sleep, 30, timeout_s=0.2)
    assert not psutil.pid_exists(victim)
    assert pool.run_blocking(len, b"") == 0


def test_a_value_that_is_no_plain_value_never_reaches_the_parent(pool: DecoderPool) -> None:
    """A file that took the decoder over must not reach the web process through an unpickled answer."""
    with pytest.raises(errors.DecoderDied):
        pool.run_blocking(eval, "__import__('pathlib').Path('/')")
    assert pool.run_blocking(len, b"") == 0


def test_answers_of_any_length_come_whole(pool: DecoderPool) -> None:
    for length in (0, 100, 65_000, 65_536, 65_600, 3_000_000, 10):
        assert pool.run_blocking(eval, f"bytes(range(256)) * {length // 256} + b'x' * {length % 256}") == (
            bytes(range(256)) * (length // 256) + b"x" * (length % 256)
        )


def test_a_decoder_that_says_more_than_was_asked_is_replaced(pool: DecoderPool) -> None:
    before = pool.run_blocking(os.getpid)
    # Finds its own socket and sends a second answer in the same breath as the first.
    twice = (
        "[exec('import gc, socket, pickle\\n"
        "own = [one for one in gc.get_objects() if isinstance(one, socket.socket)][0]\\n"
        "body = pickle.dumps((chr(100) + chr(111) + chr(110) + chr(101), 1, 0))\\n"
        "own.sendall((len(body).to_bytes(8) + body) * 2)')]"
    )
    with pytest.raises(errors.CoverslipError):
        pool.run_blocking(eval, twice)
    assert pool.run_blocking(os.getpid) != before


def test_no_core_dump_and_no_descriptor_of_the_parent(pool: DecoderPool, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w"):
        limits = pool.run_blocking(eval, "__import__('resource').getrlimit(__import__('resource').RLIMIT_CORE)")
        opened = pool.run_blocking(eval, "[__import__('os').readlink(f'/proc/self/fd/{n}') for n in range(3)]")
        held = pool.run_blocking(eval, "len(__import__('os').listdir('/proc/self/fd'))")
    assert limits == (0, 0)
    assert opened == ["/dev/null"] * 3
    assert held <= 6


def test_neither_web_framework_nor_database_is_loaded(pool: DecoderPool) -> None:
    loaded = pool.run_blocking(eval, "list(__import__('sys').modules)")
    assert not {"fastapi", "starlette", "sqlalchemy", "pydantic", "asyncio"} & set(loaded)


def test_a_full_queue_refuses_at_once() -> None:
    async def work(pool: DecoderPool) -> None:
        running = [asyncio.create_task(pool.run(time.sleep, 1)) for _ in range(5)]
        await asyncio.sleep(0.05)
        with pytest.raises(errors.Busy):
            await pool.run(len, b"")
        assert not any(task.done() for task in running)
        assert pool.stats().waiting == 4
        assert await asyncio.gather(*running) == [None] * 5

    with_pool(work)


def test_work_that_nobody_waits_for_is_dropped() -> None:
    async def work(pool: DecoderPool) -> None:
        await pool.run(len, b"")
        first = asyncio.create_task(pool.run(time.sleep, 0.2))
        dropped = [asyncio.create_task(pool.run(time.sleep, 5)) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in dropped:
            task.cancel()
        began = time.monotonic()
        assert await pool.run(len, b"x") == 1
        assert time.monotonic() - began < 5  # the shortest that any of the four would take
        await first

    with_pool(work)


def test_a_decoder_that_has_grown_is_replaced_when_idle() -> None:
    async def work(pool: DecoderPool) -> None:
        before = await pool.run(os.getpid)
        await pool.run(exec, "import coverslip; coverslip.kept = bytearray(b'x') * 60_000_000")
        after = await pool.run(os.getpid)
        assert after != before
        assert pool.stats().recycled == 1

    with_pool(work, resident_limit=50 * 2**20)


def test_the_decoder_that_knows_a_file_gets_its_next_task() -> None:
    async def work(pool: DecoderPool) -> None:
        await asyncio.gather(
            pool.run(exec, "a=1;import time;time.sleep(.3)"), pool.run(exec, "b=1;import time;time.sleep(.3)")
        )
        code = "__import__('os').getpid()"
        seen = {await pool.run(eval, code) for _ in range(6)}
        assert len(seen) == 1

    with_pool(work, size=2)


def test_decoders_die_with_their_parent(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "from coverslip.infra.pool import DecoderPool\n"
        "pool = DecoderPool(1, memory_bytes=2**29, timeout_s=60)\n"
        "print(pool.run_blocking(os.getpid), flush=True)\n"
        "import threading; threading.Thread(target=pool.run_blocking, args=(time.sleep, 60), daemon=True).start()\n"
        "time.sleep(0.3)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    import subprocess
    import sys

    parent = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    decoder = int(parent.stdout)
    until = time.monotonic() + 5
    while psutil.pid_exists(decoder) and time.monotonic() < until:
        time.sleep(0.02)
    assert not psutil.pid_exists(decoder) or psutil.Process(decoder).status() == psutil.STATUS_ZOMBIE


def test_a_decoder_that_cannot_start_does_not_spin() -> None:
    async def work(pool: DecoderPool) -> int:
        ends = 0
        for _ in range(3):
            with pytest.raises(errors.DecoderDied):
                await pool.run(exec, "import os; os._exit(1)")
            ends += 1
        return ends

    assert with_pool(work) == 3


def test_many_threads_share_a_pool() -> None:
    from concurrent.futures import ThreadPoolExecutor

    pool = DecoderPool(2, memory_bytes=MEMORY, timeout_s=20, queue=200)
    with ThreadPoolExecutor(16) as threads:
        values = list(threads.map(lambda number: pool.run_blocking(abs, -number), range(200)))
    pool.close_blocking()
    assert values == list(range(200))
