"""Connections are shared evenly, and a process that does not take its share delays nobody for long."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coverslip.infra.accepting import Acceptor, Shares
from coverslip.infra.launch import NO_SHARE


class Counting(asyncio.Protocol):
    """A connection that its process counts."""

    def __init__(self, held: set["Counting"]) -> None:
        self._held = held

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._held.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._held.discard(self)


class Process:
    """What one process has: a loop, its connections, its share."""

    def __init__(self, listener: socket.socket, shares: Shares) -> None:
        self.held: set[Counting] = set()
        self._loop = asyncio.new_event_loop()
        self._listener = listener.dup()
        self._shares = shares
        self._acceptor: Acceptor | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait(5)

    def _run(self) -> None:
        self._loop.run_until_complete(self._begin())
        self._loop.run_forever()

    async def _begin(self) -> None:
        held = self.held
        self._acceptor = Acceptor(self._listener, lambda: Counting(held), lambda: len(held), self._shares)
        self._ready.set()

    async def _end(self) -> None:
        assert self._acceptor is not None
        self._acceptor.close()
        for connection in list(self.held):
            connection.transport.close()
        await asyncio.sleep(0.05)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield listener


def shares(tmp_path: Path, processes: int) -> list[Shares]:
    path = tmp_path / "shares"
    path.write_bytes(NO_SHARE * processes)
    descriptor = os.open(path, os.O_RDWR)
    made = [Shares(descriptor, slot, processes) for slot in range(processes)]
    os.close(descriptor)
    return made


def connect(listener: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(listener.getsockname(), timeout=5) for _ in range(count)]


def end(clients: list[socket.socket], processes: list[Process]) -> None:
    for process in processes:
        process.close()
    for client in clients:
        client.close()


def settled(processes: list[Process], total: int) -> list[int]:
    until = time.monotonic() + 20
    while sum(len(process.held) for process in processes) < total and time.monotonic() < until:
        time.sleep(0.01)
    return sorted(len(process.held) for process in processes)


def test_processes_take_turns(listener: socket.socket, tmp_path: Path) -> None:
    processes = [Process(listener, share) for share in shares(tmp_path, 2)]
    clients = connect(listener, 32)
    fewer, more = settled(processes, 32)
    end(clients, processes)
    assert fewer + more == 32
    assert fewer >= 10


def test_a_process_that_does_not_answer_leaves_its_share_to_the_others(listener: socket.socket, tmp_path: Path) -> None:
    ours, stuck = shares(tmp_path, 2)
    stuck.publish(0)
    process = Process(listener, ours)
    clients = connect(listener, 10)
    assert settled([process], 10) == [10]
    end(clients, [process])


def test_who_takes_no_more_is_not_waited_for(tmp_path: Path) -> None:
    first, second = shares(tmp_path, 2)
    assert not first.others_hold_less(5)
    second.publish(3)
    assert first.others_hold_less(5)
    assert not first.others_hold_less(3)
    second.leave()
    assert not first.others_hold_less(5)
