"""Hints between the processes of one data folder, over a Unix socket.

A hint says "look again": grants to drop, a catalogue that changed, a job that waits. It never
carries truth and can never make a grant, so a lost hint costs seconds, not correctness. The hub
belongs to the ``serve`` supervisor; commands that run beside it connect like its own children.
"""

import json
import logging
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

Fields = dict[str, Any]
Subscriber = Callable[[Fields], None]

SOCKET_NAME = "hub.sock"
EVERY = "*"
"""Subscribes to hints of all kinds; the kind is one of the fields then."""
_RECONNECT_S = 1.0
_LINE_LIMIT = 64 * 1024
_BACKLOG_LIMIT = 1024 * 1024


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """Name the socket through a folder handle: a Unix address holds 107 bytes, a data folder may be longer."""
    direct = str(folder / SOCKET_NAME)
    if len(os.fsencode(direct)) < 100:
        yield direct
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET_NAME}"
    finally:
        os.close(handle)


def _same_user(connection: socket.socket) -> bool:
    """Say whether the other end runs as the user who owns the hub, or as root."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # no such option here: the folder's and the socket's modes must do
    credentials = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    uid = struct.unpack("3i", credentials)[1]
    return uid in (os.getuid(), 0)


class _Peer:
    """One connected process, as the hub sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.incoming = b""
        self.outgoing = b""


class Hub:
    """Sends every line that a process writes to all the others. Runs in its own daemon thread.

    Parameters
    ----------
    folder : pathlib.Path
        Where the socket lies; made 0700, the socket is 0600.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        (folder / SOCKET_NAME).unlink(missing_ok=True)  # the lock on the data folder makes it ours
        old_mask = os.umask(0o177)
        try:
            with _short_path(folder) as path:
                self._listener.bind(path)
        finally:
            os.umask(old_mask)
        self._listener.listen(64)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._wake_out, self._wake_in = socket.socketpair()
        self._selector.register(self._wake_out, selectors.EVENT_READ, None)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Disconnect everybody and remove the socket."""
        self._closing = True
        with suppress(OSError):  # the thread may have woken for another reason and closed it already
            self._wake_in.send(b"x")
        self._thread.join(timeout=5)
        (self._folder / SOCKET_NAME).unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._closing:
            for key, mask in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.data, _Peer):
                    self._serve(key.data, mask)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._wake_in.close()
        self._selector.close()

    def _accept(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            if not _same_user(connection):
                logger.warning("a process of another user was refused by the hub")
                connection.close()
                return
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, _Peer(connection))

    def _serve(self, peer: _Peer, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                self._flush(peer)
            if mask & selectors.EVENT_READ:
                self._receive(peer)
        except OSError:
            self._drop(peer)

    def _receive(self, peer: _Peer) -> None:
        data = peer.connection.recv(65536)
        if not data:
            self._drop(peer)
            return
        *lines, peer.incoming = (peer.incoming + data).split(b"\n")
        if len(peer.incoming) > _LINE_LIMIT:
            self._drop(peer)
            return
        if lines:
            self._spread(peer, b"\n".join(lines) + b"\n")

    def _spread(self, sender: _Peer, block: bytes) -> None:
        others = [key.data for key in self._selector.get_map().values() if isinstance(key.data, _Peer)]
        for peer in others:
            if peer is sender:
                continue
            peer.outgoing += block
            try:
                self._flush(peer)
            except OSError:
                self._drop(peer)

    def _flush(self, peer: _Peer) -> None:
        if len(peer.outgoing) > _BACKLOG_LIMIT:
            raise OSError("a process does not read its hints")  # it reconnects and then looks at everything again
        with suppress(BlockingIOError):
            while peer.outgoing:
                peer.outgoing = peer.outgoing[peer.connection.send(peer.outgoing) :]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.outgoing else 0)
        self._selector.modify(peer.connection, wanted, peer)

    def _drop(self, peer: _Peer) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(peer.connection)
        peer.connection.close()


class Bus:
    """A process's end of the hub. Subscribers run in the bus thread: be quick, be thread-safe.

    Parameters
    ----------
    folder : pathlib.Path or None
        The hub's folder; None keeps hints inside this process.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, kind: str, function: Subscriber) -> None:
        """Call ``function(fields)`` for every hint of this kind.

        After the connection to the hub was lost it is called with ``{"all": True}``: hints may
        have been missed, so everything must be looked at again.
        """
        self._subscribers.setdefault(kind, []).append(function)

    def listen(self) -> None:
        """Start to receive; reconnects for as long as the bus is open."""
        if self._folder is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
            self._thread.start()

    def publish(self, kind: str, **fields: Any) -> None:
        """Tell this process's subscribers and, through the hub, everybody else's."""
        self._deliver(kind, fields)
        if self._folder is None:
            return
        line = json.dumps({"kind": kind, **fields}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            if self._connection is None and self._thread is None:
                self._connection = self._connect()  # a command beside the server: it only sends
            if self._connection is not None:
                with suppress(OSError):
                    self._connection.sendall(line)

    def close(self) -> None:
        """Disconnect."""
        self._closed.set()
        with self._lock:
            if self._connection is not None:
                with suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
                self._connection.close()
                self._connection = None
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _connect(self) -> socket.socket | None:
        if self._folder is None:
            return None
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short_path(self._folder) as path:
                connection.connect(path)
        except OSError:
            connection.close()
            return None
        return connection

    def _run(self) -> None:
        first = True
        while not self._closed.is_set():
            connection = self._connect()
            if connection is None:
                self._closed.wait(_RECONNECT_S)
                continue
            with self._lock:
                self._connection = connection
            if not first:
                self._missed()
            first = False
            self._read_lines(connection)
            with self._lock:
                self._connection = None
            connection.close()
            if not self._closed.is_set():
                self._missed()
                self._closed.wait(_RECONNECT_S)

    def _read_lines(self, connection: socket.socket) -> None:
        pending = b""
        while not self._closed.is_set():
            try:
                data = connection.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self._receive(line)

    def _receive(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
            kind = fields.pop("kind")
        except (ValueError, KeyError, AttributeError, TypeError):
            logger.warning("a hint could not be read")
            return
        self._deliver(kind, fields)

    def _missed(self) -> None:
        for kind in list(self._subscribers):
            if kind != EVERY:
                self._deliver(kind, {"all": True})

    def _deliver(self, kind: str, fields: Fields) -> None:
        for function in self._subscribers.get(kind, ()):
            self._call(function, kind, fields)
        for function in self._subscribers.get(EVERY, ()):
            self._call(function, kind, {"kind": kind, **fields})

    def _call(self, function: Subscriber, kind: str, fields: Fields) -> None:
        try:
            function(fields)
        except Exception:
            logger.exception("a subscriber of %s failed", kind)
