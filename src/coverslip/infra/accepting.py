"""Sharing one listening socket evenly.

Left to the event loops, whichever process wakes first takes every connection that waits: eight
viewers may sit on one core while the other idles. Here each process publishes how many connections
it holds, and one that holds more than another leaves a new one alone for a moment; only if nobody
else takes it, it does.
"""

import asyncio
import mmap
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

from coverslip.infra.launch import SHARE_BYTES

_COUNT: Final = struct.Struct("<i")
PATIENCE_S: Final = 0.003
HANDSHAKE_S: Final = 10.0
_CLOSED: Final = -1


class Shares:
    """How many connections each process holds: a few numbers in memory that all processes share.

    Parameters
    ----------
    descriptor : int
        A file of ``processes * SHARE_BYTES`` bytes, each number ``NO_SHARE`` at first.
    slot : int
        Which number is ours.
    processes : int
    """

    def __init__(self, descriptor: int, slot: int, processes: int) -> None:
        self._memory = mmap.mmap(descriptor, processes * SHARE_BYTES)
        self._slot = slot
        self._others = [number for number in range(processes) if number != slot]

    def publish(self, count: int) -> None:
        """Say how many connections this process holds."""
        _COUNT.pack_into(self._memory, self._slot * SHARE_BYTES, count)

    def leave(self) -> None:
        """Say that this process takes no more."""
        self.publish(_CLOSED)

    def others_hold_less(self, count: int) -> bool:
        """Say whether another process that takes connections holds fewer than ``count``."""
        held = (_COUNT.unpack_from(self._memory, number * SHARE_BYTES)[0] for number in self._others)
        return any(_CLOSED < other < count for other in held)


class Acceptor:
    """Takes connections off a listening socket, one at a time and in turn with the other processes.

    Parameters
    ----------
    listener : socket.socket
        Shared with other processes.
    protocol : callable
        Makes the protocol of a new connection.
    holding : callable
        Says how many connections this process holds.
    shares : Shares
    tls : callable or None
        Says what the next connection is encrypted with.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        holding: Callable[[], int],
        shares: Shares,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._listener = listener
        self._protocol = protocol
        self._holding = holding
        self._shares = shares
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self.publish()
        self._loop.add_reader(listener.fileno(), self._waiting)

    def publish(self) -> None:
        """Tell the other processes how many connections are held here now."""
        self._shares.publish(self._held())

    def close(self) -> None:
        """Take no more; connections that are held go on."""
        self._shares.leave()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()

    def _held(self) -> int:
        return self._holding() + len(self._starting)

    def _waiting(self) -> None:
        """Take the connection that waits, or let a process with fewer have it first."""
        if self._shares.others_hold_less(self._held()):
            self._loop.remove_reader(self._listener.fileno())
            self._timer = self._loop.call_later(PATIENCE_S, self._after_all)
        else:
            self._take()

    def _after_all(self) -> None:
        self._timer = None
        self._take()
        self._loop.add_reader(self._listener.fileno(), self._waiting)

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # somebody else has it, or it has gone
        connection.setblocking(False)
        task = self._loop.create_task(self._begin(connection))
        self._starting.add(task)
        task.add_done_callback(self._begun)
        self.publish()

    async def _begin(self, connection: socket.socket) -> None:
        tls: dict[str, Any] = {}
        if self._tls is not None:
            # A connection that says nothing must not hold its place for the minute that is usual.
            tls = {"ssl": self._tls(), "ssl_handshake_timeout": HANDSHAKE_S}
        await self._loop.connect_accepted_socket(self._protocol, connection, **tls)

    def _begun(self, task: "asyncio.Task[None]") -> None:
        self._starting.discard(task)
        if not task.cancelled():
            task.exception()  # a connection that broke while it began is nobody's error
        self.publish()
