"""What a reverse proxy says about the request before it, believed only from proxies that are named.

``X-Forwarded-For`` gives the address of the person's machine, ``X-Forwarded-Proto`` whether the way to
the proxy was encrypted, ``X-Forwarded-Host`` under which name. From anybody else the three are ignored.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from coverslip.core.transport_errors import DirectRefused
from coverslip.infra.origins import refuse
from coverslip.infra.runtime import Runtime

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PEER: Final = "coverslip.peer"
"""Where a scope keeps the address at the other end of the connection: it can be believed, and nothing else."""

_OPEN: Final = frozenset({"/healthz", "/readyz"})
_SECURE: Final = {"http": {"http": "http", "https": "https"}, "websocket": {"http": "ws", "https": "wss"}}
_OURS: Final = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")


class Forwarded:
    """Puts what trusted proxies say in place of what the connection says.

    Parameters
    ----------
    app : ASGI application
    runtime : Runtime
        Its settings name the proxies: addresses or networks.
    plain : bool
        Whether this server itself speaks no TLS: then only proxies and this machine may ask.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, *, plain: bool) -> None:
        self._app = app
        self._runtime = runtime
        named = runtime.settings.trusted_proxies
        self._networks: list[Network] = [ipaddress.ip_network(one, strict=False) for one in named]
        self._plain = plain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        peer = _address(client[0]) if client else None
        scope[PEER] = "unknown" if peer is None else str(peer)
        if peer is not None and self._trusts(peer):
            await self._app(self._as_said(scope, peer), receive, send)
        elif self._plain and scope["path"] not in _OPEN and not (peer is not None and peer.is_loopback):
            await refuse(self._runtime, scope, receive, send, DirectRefused())
        else:
            await self._app(scope, receive, send)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _as_said(self, scope: Scope, peer: Address) -> Scope:
        said: dict[bytes, list[bytes]] = {name: [] for name in _OURS}
        for name, value in scope["headers"]:
            if name in said:
                said[name] += [part.strip() for part in value.split(b",")]
        scope["client"] = (str(self._origin(said[b"x-forwarded-for"], peer)), 0)
        protocols = said[b"x-forwarded-proto"]
        if protocols:
            secure = _SECURE[scope["type"]].get(protocols[-1].decode("latin-1").lower())
            scope["scheme"] = secure or scope["scheme"]
        hosts = said[b"x-forwarded-host"]
        if hosts and hosts[-1]:
            others = [header for header in scope["headers"] if header[0] != b"host"]
            scope["headers"] = [*others, (b"host", hosts[-1])]
        return scope

    def _origin(self, chain: Sequence[bytes], peer: Address) -> Address:
        """Return the last address in the chain that is no proxy of ours: what stands before it anybody may invent."""
        found = peer
        for text in reversed(chain):
            address = _address(text.decode("latin-1"))
            if address is None:
                return found
            found = address
            if not self._trusts(address):
                return found
        return found


def _address(text: str) -> Address | None:
    """Read an address, also one with a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
