"""What a table ``[[oidc]]`` of the identity file says."""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from coverslip.features.identity.providers.configuration import Table
from coverslip.ports.identity import Misconfigured

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An issuer, who we are there, and where in its claims we find what we need.

    A claim is given as a path: the key itself, or keys with dots between them.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    authentication: str
    scopes: tuple[str, ...]
    prompt: str | None
    algorithms: tuple[str, ...]
    user_name_claim: str
    name_claim: str
    email_claim: str
    groups_claim: str
    required_groups: tuple[str, ...]
    email_domains: tuple[str, ...]
    ca_file: Path | None
    proxy: str | None
    logout: bool


def read_table(values: Mapping[str, Any]) -> OidcSettings:
    """Read a table.

    Raises
    ------
    Misconfigured
    """
    table = Table(values)
    secret = table.secret("client_secret")
    found = OidcSettings(
        name=table.text("name"),
        title=table.text("title"),
        issuer=_issuer(table.text("issuer")),
        client_id=table.text("client_id"),
        client_secret=secret,
        authentication=table.choice(
            "client_authentication", "none" if secret is None else "basic", ("basic", "post", "none")
        ),
        scopes=_scopes(table.texts("scopes", ("openid", "profile", "email"))),
        prompt=table.maybe("prompt"),
        algorithms=_algorithms(table.texts("algorithms", ALGORITHMS)),
        user_name_claim=table.text("user_name_claim", "preferred_username"),
        name_claim=table.text("name_claim", "name"),
        email_claim=table.text("email_claim", "email"),
        groups_claim=table.text("groups_claim", "groups"),
        required_groups=table.texts("required_groups", ()),
        email_domains=tuple(one.lstrip("@").lower() for one in table.texts("email_domains", ())),
        ca_file=_certificates(table.file("ca_file")),
        proxy=_proxy(table.maybe("proxy")),
        logout=table.flag("logout", default=True),
    )
    table.close()
    if found.authentication == "none" and secret is not None:
        raise Misconfigured('client_authentication is "none", and there is a client_secret; keep one of the two')
    if found.authentication != "none" and secret is None:
        raise Misconfigured(f'client_authentication is "{found.authentication}", and there is no client_secret')
    return found


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or change what goes to an address: TLS, or this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "http" and parts.hostname and not _is_here(parts.hostname):
        raise Misconfigured("issuer must begin with https://: without TLS anybody on the way could sign in as anybody")
    if not is_safe(text) or parts.query:
        raise Misconfigured("issuer must be an address such as https://login.hospital.org/realms/staff")
    return text


def _scopes(given: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_SCOPE.fullmatch(one) for one in given):
        raise Misconfigured('scopes must be a list of words such as ["openid", "profile", "email"]')
    return tuple(dict.fromkeys(("openid", *given)))


def _algorithms(given: tuple[str, ...]) -> tuple[str, ...]:
    unsafe = [one for one in given if one not in ALGORITHMS]
    if unsafe or not given:
        raise Misconfigured(f"algorithms holds {', '.join(unsafe) or 'none'}; it may hold {', '.join(ALGORITHMS)}")
    return given


def _certificates(path: Path | None) -> Path | None:
    if path is not None:
        try:
            ssl.create_default_context(cafile=str(path))
        except (OSError, ValueError) as error:
            raise Misconfigured("ca_file holds no certificates (PEM)") from error
    return path


def _proxy(address: str | None) -> str | None:
    if address is not None and urlsplit(address).scheme not in {"http", "https"}:
        raise Misconfigured("proxy must be an address such as http://proxy.hospital.org:3128")
    return address
