"""Hints reach every process of a data folder, and nobody else's reach it."""

import os
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from coverslip.infra.bus import SOCKET_NAME, Bus, Hub, _same_user


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path / "run")
    yield hub
    hub.close()


@pytest.fixture
def bus(hub: Hub, tmp_path: Path) -> Iterator[Callable[[], Bus]]:
    made: list[Bus] = []

    def make() -> Bus:
        made.append(Bus(tmp_path / "run"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def eventually(check: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not check():
        assert time.monotonic() < until
        time.sleep(0.01)


def listening(bus: Bus, kind: str = "grants.drop") -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    bus.subscribe(kind, heard.append)
    bus.listen()
    eventually(lambda: bus._connection is not None)
    return heard


def test_a_hint_reaches_every_other_process_and_this_one(bus: Callable[[], Bus]) -> None:
    first, second, third = bus(), bus(), bus()
    heard = [listening(one) for one in (first, second, third)]
    first.publish("grants.drop", slide_id="s")
    eventually(lambda: all(heard))
    assert heard == [[{"slide_id": "s"}]] * 3


def test_a_command_beside_the_server_only_sends(bus: Callable[[], Bus]) -> None:
    server, command = bus(), bus()
    heard = listening(server)
    command.publish("grants.drop", all=True)
    eventually(lambda: bool(heard))


def test_hints_of_other_kinds_are_not_heard(bus: Callable[[], Bus]) -> None:
    server, command = bus(), bus()
    heard = listening(server)
    command.publish("slides.changed")
    command.publish("grants.drop", viewer="v")
    eventually(lambda: bool(heard))
    assert heard == [{"viewer": "v"}]


def test_without_a_hub_a_hint_stays_here_and_nothing_fails(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "no hub here"):
        alone = Bus(folder)
        heard: list[dict[str, Any]] = []
        alone.subscribe("jobs.new", heard.append)
        alone.publish("jobs.new", n=1)
        assert heard == [{"n": 1}]
        alone.close()


def test_a_lost_hub_means_that_anything_may_have_changed(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "run")
    bus = Bus(tmp_path / "run")
    heard = listening(bus)
    hub.close()
    eventually(lambda: {"all": True} in heard)
    heard.clear()
    hub = Hub(tmp_path / "run")
    eventually(lambda: {"all": True} in heard)  # and again when it is back: the gap may have swallowed a hint
    other = Bus(tmp_path / "run")
    other.publish("grants.drop", slide_id="s")
    eventually(lambda: {"slide_id": "s"} in heard)
    for one in (bus, other, hub):
        one.close()


def test_the_socket_is_for_its_owner_only(hub: Hub, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "run" / SOCKET_NAME).stat().st_mode) == 0o600


def test_another_user_is_refused_even_with_the_socket_in_hand(hub: Hub, tmp_path: Path) -> None:
    code = (
        "import os, socket, sys\n"
        "handle = os.open(sys.argv[1], os.O_PATH)\n"
        "try: os.setuid(65534)\n"
        "except OSError: sys.exit(77)\n"
        "connection = socket.socket(socket.AF_UNIX); connection.settimeout(5)\n"
        "connection.connect(f'/proc/self/fd/{handle}')\n"
        "sys.exit(len(connection.recv(1)))\n"
    )
    path = tmp_path / "run" / SOCKET_NAME
    path.chmod(0o666)
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30)
    if done.returncode == 77:
        # Nobody else to be here: not root, or a sandbox that knows one user. The rule itself is tested below.
        assert os.getuid() != 0 or Path("/proc/self/uid_map").read_text().split()[2] == "1"
        return
    assert done.returncode == 0


@pytest.mark.parametrize(("uid", "welcome"), [(os.getuid(), True), (0, True), (os.getuid() + 4711, False)])
def test_whose_process_is_heard(uid: int, welcome: bool) -> None:
    class Connection:
        def getsockopt(self, _level: int, _option: int, _size: int) -> bytes:
            return struct.pack("3i", 1, uid, uid)

    assert _same_user(Connection()) is welcome  # type: ignore[arg-type]


def test_nonsense_on_the_socket_harms_nobody(bus: Callable[[], Bus], tmp_path: Path) -> None:
    heard = listening(bus())
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(tmp_path / "run" / SOCKET_NAME))
        rude.sendall(b'not json\n[1]\n{"no": "kind"}\n{"kind": "grants.drop", "slide_id": "s"}\n')
        eventually(lambda: heard == [{"slide_id": "s"}])
    with socket.socket(socket.AF_UNIX) as endless:
        endless.connect(str(tmp_path / "run" / SOCKET_NAME))
        with suppress(OSError):
            for _ in range(10_000):
                endless.sendall(b"x" * 65536)
            pytest.fail("a line without an end was read without an end")
    sender = bus()
    sender.publish("grants.drop", slide_id="t")
    eventually(lambda: {"slide_id": "t"} in heard)


def test_a_process_that_does_not_listen_is_dropped_and_stops_nobody(bus: Callable[[], Bus], tmp_path: Path) -> None:
    heard = listening(bus())
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(tmp_path / "run" / SOCKET_NAME))
        sender = bus()
        for number in range(3000):
            sender.publish("grants.drop", number=number, filler="x" * 1000)
        eventually(lambda: len(heard) == 3000)
    assert [fields["number"] for fields in heard] == list(range(3000))


def test_a_subscriber_that_fails_stops_nobody(bus: Callable[[], Bus]) -> None:
    server = bus()
    server.subscribe("grants.drop", lambda fields: fields.pop("absent"))
    heard = listening(server)
    bus().publish("grants.drop", slide_id="s")
    eventually(lambda: bool(heard))


def test_a_long_data_folder_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    hub = Hub(folder)
    server, command = Bus(folder), Bus(folder)
    heard = listening(server)
    command.publish("grants.drop", slide_id="s")
    eventually(lambda: bool(heard))
    for one in (server, command, hub):
        one.close()
