"""The header by which a proxy says who is there: for SAML, Kerberos and whatever else a proxy speaks.

Nothing proves what a header says but where it comes from. So it is believed from listed addresses of
the connection itself only, it must be there exactly once, and the proxy must overwrite what a browser
sends under its name.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal

from coverslip.features.identity.providers.configuration import Table
from coverslip.ports.identity import ExternalIdentity, Misconfigured, Refused, Step

TWICE: Final = "\n"
"""Joins the values of a header that came twice; no header can hold it."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HEADER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}")
_OURS: Final = frozenset({"cookie", "authorization", "host", "origin", "x-csrf-token", "x-forwarded-for"})
_GROUPS: Final = re.compile(r"[,;]")
_USER_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class HeaderSettings:
    """What the table ``[header]`` says; names of headers are in small letters."""

    name: str
    title: str
    networks: tuple[Network, ...]
    user: str
    key: str
    full_name: str | None
    email: str | None
    groups: str | None


class ProxyHeader:
    """Believes what a proxy at a listed address says.

    Parameters
    ----------
    settings : HeaderSettings
    """

    way: Literal["header"] = "header"

    def __init__(self, settings: HeaderSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """Stable key."""
        return self._settings.name

    @property
    def title(self) -> str:
        """What people read on the button of the sign-in page."""
        return self._settings.title

    @property
    def header(self) -> str:
        """The header that names the person, in small letters."""
        return self._settings.user

    def trusts(self, peer: str) -> bool:
        """Whether this address, the real peer of the connection, may say who is there."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._settings.networks)

    def complete(self, headers: Mapping[str, str]) -> ExternalIdentity | None:
        """Return whom the headers name; None when they name nobody.

        Raises
        ------
        Refused
            A header came twice: the proxy adds to what a browser sends instead of overwriting it.
        """
        settings = self._settings
        user = _one(headers, settings.user)
        key = user if settings.key == settings.user else _one(headers, settings.key)
        if not user:
            return None
        if not key:
            raise Refused("unknown", f"the header {settings.key} is not there")
        if "," in user or "," in key or len(user) > _USER_LONGEST:
            raise Refused("forged", f"the header {settings.user} holds several names")
        listed = _one(headers, settings.groups) or ""
        return ExternalIdentity(
            provider=settings.name,
            key=key if settings.key != settings.user else key.casefold(),
            user_name=user,
            name=_one(headers, settings.full_name) or user,
            email=_one(headers, settings.email) or None,
            groups=tuple(dict.fromkeys(one.strip() for one in _GROUPS.split(listed) if one.strip())),
        )

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say what is set; who comes through the proxy is seen only when they come."""
        settings = self._settings
        yield Step("Addresses", "noted", f"Believed from {', '.join(map(str, settings.networks))} only.")
        read = [one for one in (settings.user, settings.full_name, settings.email, settings.groups) if one is not None]
        yield Step("Headers", "noted", f"The proxy must overwrite {', '.join(dict.fromkeys(read))} in every request.")


def make(table: Mapping[str, Any]) -> ProxyHeader:
    """Make a provider of the table ``[header]``.

    Raises
    ------
    Misconfigured
    """
    values = Table(table)
    user = _header(values.text("user"), "user")
    settings = HeaderSettings(
        name=values.text("name"),
        title=values.text("title"),
        networks=tuple(_network(one) for one in values.texts("addresses")),
        user=user,
        key=_header(values.text("key", user), "key"),
        full_name=_maybe_header(values, "full_name"),
        email=_maybe_header(values, "email"),
        groups=_maybe_header(values, "groups_header"),
    )
    values.close()
    if not settings.networks:
        raise Misconfigured("addresses is empty; name the address of the proxy")
    return ProxyHeader(settings)


def _one(headers: Mapping[str, str], name: str | None) -> str | None:
    value = None if name is None else headers.get(name)
    if value is None:
        return None
    if TWICE in value:
        raise Refused("forged", f"the header {name} came twice; let the proxy overwrite it")
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")  # headers have no encoding; proxies send UTF-8
    if any(not one.isprintable() for one in value):
        raise Refused("forged", f"the header {name} holds control characters")
    return value.strip()


def _header(name: str, key: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() in _OURS:
        raise Misconfigured(f"{key} must be the name of a header such as X-Remote-User")
    return name.lower()


def _maybe_header(values: Table, key: str) -> str | None:
    name = values.maybe(key)
    return None if name is None else _header(name, key)


def _network(text: str) -> Network:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Misconfigured(f"addresses: {text} is no address and no network such as 10.0.0.0/24") from error
    if found.prefixlen == 0:
        raise Misconfigured(f"addresses: {text} is everybody; name the address of the proxy")
    return found
