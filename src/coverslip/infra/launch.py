"""How the parts of ``serve`` talk while they start: the plan, the listening socket, the first ready.

The supervisor stays small: it knows no settings, no database and no web framework. A preparing
child does all that can be refused, then hands over the listening socket, the lock and what to run.
"""

import errno
import os
import pickle
import pwd
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coverslip.core.errors import CoverslipError, PortTaken, SettingRefused, StartRefused, rebuilt
from coverslip.infra.children import start_child
from coverslip.infra.neighbours import invitation, shown_host

if TYPE_CHECKING:
    from coverslip.settings import Settings

_HEAD: Final = 8
_BACKLOG: Final = 2048
SHARE_BYTES: Final = 4
"""One number of each web process in the shared memory of ``infra.accepting``."""
NO_SHARE: Final = b"\xff" * SHARE_BYTES
"""What stands there while a process takes no connections."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for.

    Attributes
    ----------
    folders : tuple of str
        Absolute.
    settings : mapping
        Settings given on the command line; None means not given.
    share : bool
        Whether the folder is to be shared with the people of the local network until the server ends.
    password : str or None
        What these must know.
    """

    folders: tuple[str, ...]
    settings: Mapping[str, Any]
    share: bool = False
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the preparing child decided.

    Attributes
    ----------
    run_folder : str
        Where the hub's socket goes.
    web_processes : int
    payload : bytes
        The pickled settings, which the supervisor passes on unread.
    sign_in_url : str
        Good for one sign-in.
    lines : tuple of str
        What to print once the server answers.
    """

    run_folder: str
    web_processes: int
    payload: bytes
    sign_in_url: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Serving:
    """What a web or job process is told: the pickled settings and descriptors that it inherits.

    Attributes
    ----------
    payload : bytes
    listener, ready, shares : int
        Descriptors: the listening socket, where to say that it answers, the numbers of
        :class:`~coverslip.infra.accepting.Shares`.
    slot, processes : int
        Which of how many web processes this is.
    """

    payload: bytes
    listener: int
    ready: int
    shares: int
    slot: int
    processes: int


def bind(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Raises
    ------
    PortTaken
        Another program listens there.
    SettingRefused
        The address is none of this machine's, or the port is reserved.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise SettingRefused(f"Coverslip cannot listen on {host}: there is no such address.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"Port {port} on {host} is in use by another program.") from error
        reason = (error.strerror or "it was refused").lower()
        raise SettingRefused(f"Coverslip cannot listen on {host}, port {port}: {reason}.") from error
    listener.set_inheritable(True)
    return listener


def plan(
    settings: "Settings",
    listener: socket.socket,
    run_folder: Path,
    token: str,
    ssh: str | None,
    fingerprint: str | None = None,
    shared: str | None = None,
) -> Plan:
    """Decide what the supervisor runs and prints.

    Parameters
    ----------
    ssh : str or None
        sshd's word about how the user came here.
    fingerprint : str or None
        Of a self-signed certificate, which nobody else vouches for.
    shared : str or None
        The path of the link by which people of the local network may look.
    """
    port = listener.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    scheme = "https" if settings.speaks_tls else "http"
    here = f"{scheme}://{host}:{port}"
    url = f"{settings.base_url or here}/signin#{token}"
    lines = ["Coverslip is running. This address signs you in, once:", "", f"    {url}", ""]
    if fingerprint is not None:
        lines += [
            "The certificate is self-signed, for a trial. Browsers will warn; compare its SHA-256 fingerprint:",
            "",
            f"    {fingerprint}",
            "",
        ]
    if shared is not None:
        lines += invitation(settings.base_url or f"{scheme}://{shown_host(settings.host)}:{port}", shared)
    if ssh and settings.base_url is None:
        lines += [
            "From your own computer, forward the port first:",
            "",
            f"    {_forwarding(ssh, host, port)}",
            "",
        ]
    return Plan(str(run_folder), settings.web_processes, pickle.dumps(settings), url, tuple(lines))


def _forwarding(ssh_connection: str, host: str, port: int) -> str:
    """Return the command that makes the server's port reachable from the other end of an SSH connection."""
    _, _, server, server_port = (ssh_connection.split() + [""] * 4)[:4]
    with suppress(KeyError):
        server = f"{pwd.getpwuid(os.getuid()).pw_name}@{server}"
    special = f" -p {server_port}" if server_port not in {"", "22"} else ""
    return f"ssh{special} -L {port}:{host}:{port} {server}"


def prepare(target: str, asked: Asked) -> tuple[Plan, socket.socket, int]:
    """Let a child prepare everything.

    Parameters
    ----------
    target : str
        ``module:function``, called with ``(asked, descriptor)``; it answers by :func:`hand_over` or :func:`refuse`.

    Returns
    -------
    tuple of (Plan, socket, int)
        The listening socket and the descriptor that holds the data folder's lock.

    Raises
    ------
    StartRefused
        Or another :class:`CoverslipError`, with the child's own message.
    """
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = start_child(target, (asked, theirs.fileno()), inherit=[theirs.fileno()])
        head, descriptors, _, _ = socket.recv_fds(ours, _HEAD, 2)
        body = b""
        if len(head) == _HEAD:
            with ours.makefile("rb") as file:
                body = file.read(int.from_bytes(head))
        process.wait()
    if not body:
        raise StartRefused("Coverslip could not prepare its start; the lines above say why.")
    answer = pickle.loads(body)  # noqa: S301 - our own child wrote it
    if isinstance(answer, Plan):
        listener = socket.socket(fileno=descriptors[0])
        listener.set_inheritable(True)
        return answer, listener, descriptors[1]
    raise rebuilt(*answer)


def hand_over(descriptor: int, plan: Plan, listener: socket.socket, lock: int) -> None:
    """Give the supervisor the plan, the listening socket and the lock."""
    _send(descriptor, plan, [listener.fileno(), lock])


def refuse(descriptor: int, error: CoverslipError) -> None:
    """Tell the supervisor why there is no start."""
    _send(descriptor, (error.code, error.message), [])


def _send(descriptor: int, answer: object, descriptors: Sequence[int]) -> None:
    body = pickle.dumps(answer)
    with socket.socket(fileno=descriptor) as connection:
        head = len(body).to_bytes(_HEAD)
        if descriptors:
            socket.send_fds(connection, [head], descriptors)
        else:
            connection.sendall(head)
        connection.sendall(body)


def say_ready(descriptor: int) -> None:
    """Tell the supervisor that this process answers requests."""
    os.write(descriptor, b"x")
