"""The people on the same network: by which address they reach this machine, and what is printed for them."""

import ipaddress
import socket
from typing import Final

_NOWHERE: Final = ("192.0.2.1", 9)
"""An address that no network has (RFC 5737); nothing is sent to it."""
_QUIET: Final = 2
_HALVES: Final = {(True, True): " ", (True, False): "\u2584", (False, True): "\u2580", (False, False): "\u2588"}
"""Two modules above each other, dark or not, in one character: light ones are drawn, for dark terminals."""


def local_address() -> str:
    """Return the address by which this machine is known on its network, of loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def shown_host(host: str) -> str:
    """Return what stands in an address for people on the network, for a server that listens on ``host``."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if address.is_unspecified:
        return local_address()
    return f"[{address}]" if address.version == 6 else str(address)


def invitation(origin: str, path: str) -> list[str]:
    """Return the lines that show a share link to people in the room, with a code for their cameras."""
    url = origin + path
    return [
        "Whoever has this address may look at the folder until you press Ctrl-C:",
        "",
        f"    {url}",
        "",
        *(f"    {line}" for line in qr_lines(url)),
        "",
    ]


def qr_lines(text: str) -> list[str]:
    """Return a QR code as lines of a terminal."""
    import segno  # the supervisor loads this module and needs none

    dark = [[bool(module) for module in row] for row in segno.make(text, error="m", micro=False).matrix]
    width = len(dark[0]) + 2 * _QUIET
    margin = [False] * _QUIET
    rows = [[False] * width] * _QUIET + [[*margin, *row, *margin] for row in dark] + [[False] * width] * _QUIET
    if len(rows) % 2:
        rows.append([False] * width)
    return [
        "".join(_HALVES[pair] for pair in zip(rows[at], rows[at + 1], strict=True)) for at in range(0, len(rows), 2)
    ]
