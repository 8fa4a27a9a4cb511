"""Talking to one directory server: open, encrypt, bind, search; and what went wrong, in one sentence."""

import math
import socket
import ssl
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import (
    LDAPExceptionError,
    LDAPInvalidFilterError,
    LDAPOperationResult,
    LDAPSocketOpenError,
    LDAPStartTLSError,
)

from coverslip.ports.identity import Misconfigured, ProviderError

_PORTS: Final[Mapping[str, int]] = {"ldap": 389, "ldaps": 636}
_AWAY: Final = (51, 52)  # busy, unavailable: another server may do
_TOO_MANY: Final = 4
_NO_SUCH: Final = 32
WRONG_PASSWORD: Final = 49


class Unreachable(ProviderError):
    """The server does not answer, or not as it should; another one may."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a directory server is, and how the way to it is encrypted."""

    uri: str
    host: str
    port: int
    way: str  # "tls" from the first byte, "starttls", or "plain"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its name, and its attributes by their names in small letters."""

    dn: str
    values: Mapping[str, Sequence[bytes]]

    def first(self, attribute: str) -> bytes | None:
        """Return the first value of an attribute, None where it has none."""
        values = self.values.get(attribute.lower(), ())
        return values[0] if values else None

    def text(self, attribute: str) -> str | None:
        """Return the first value as text."""
        value = self.first(attribute)
        return None if value is None else value.decode("utf-8", "replace").strip() or None

    def texts(self, attribute: str) -> list[str]:
        """Return all values as text."""
        return [value.decode("utf-8", "replace") for value in self.values.get(attribute.lower(), ())]


def address(uri: str, *, start_tls: bool, insecure: bool) -> Address:
    """Read the address of a server.

    Raises
    ------
    Misconfigured
        It is none, or nothing would be encrypted and nobody has written that they want that.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not host or parts.path.strip("/") or parts.query:
        raise Misconfigured(f"servers: {uri!r} is no address such as ldaps://ldap.example.org")
    if parts.scheme == "ldap" and not start_tls and not insecure:
        raise Misconfigured(
            f"servers: {uri} would carry passwords in the clear; write ldaps://, or start_tls = true "
            "(or insecure = true, where nobody else is on the wire)"
        )
    way = "tls" if parts.scheme == "ldaps" else "starttls" if start_tls else "plain"
    return Address(uri, host, port or _PORTS[parts.scheme], way)


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return what certificates are checked with: those of a file, or those of the system.

    Raises
    ------
    Misconfigured
    """
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("ca_file holds no certificate in PEM") from error


def check_filter(key: str, text: str) -> None:
    """Refuse a filter that no server would understand.

    Raises
    ------
    Misconfigured
    """
    from ldap3.operation.search import parse_filter

    try:
        parse_filter(text, None, False, False, None, False)
    except (LDAPExceptionError, ValueError, IndexError) as error:
        raise Misconfigured(f"{key} is no LDAP filter: {text}") from error


class _Checked(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """TLS by our own context, so that names are checked by OpenSSL; it keeps what went wrong."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context, self._host = context, host
        self.problem: Exception | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Encrypt the socket of a connection."""
        try:
            connection.socket = self._context.wrap_socket(connection.socket, server_hostname=self._host)
        except (ssl.SSLError, OSError) as error:
            self.problem = error
            raise


class Link:
    """One connection to one server; use it as a context."""

    def __init__(self, server: Address, context: ssl.SSLContext, timeout_s: float) -> None:
        self.server = server
        self._timeout_s = timeout_s
        self._context = context
        self._tls = _Checked(context, server.host)
        self._connection: Any = None

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            try:
                self._connection.unbind()
            except (LDAPExceptionError, OSError):
                self._connection.strategy.close()

    def open(self) -> None:
        """Connect, and encrypt.

        Raises
        ------
        Unreachable
        """
        server = ldap3.Server(
            self.server.host,
            port=self.server.port,
            use_ssl=self.server.way == "tls",
            tls=self._tls,
            get_info=ldap3.NONE,
            connect_timeout=self._timeout_s,
        )
        self._connection = ldap3.Connection(
            server,
            auto_referrals=False,
            check_names=False,
            auto_escape=False,
            return_empty_attributes=False,
            receive_timeout=math.ceil(self._timeout_s),
        )
        try:
            self._connection.open(read_server_info=False)
            if self.server.way == "starttls":
                self._connection.start_tls(read_server_info=False)
        except (LDAPExceptionError, OSError) as error:
            if self._connection.socket is not None:
                self._connection.socket.close()  # ldap3 leaves it to the garbage collector
            raise Unreachable(self._why(error)) from error

    def again(self) -> "Link":
        """Return another connection to the same server, not open yet."""
        return Link(self.server, self._context, self._timeout_s)

    def encryption(self) -> str:
        """Say how this connection is encrypted, and until when the certificate is good."""
        if self.server.way == "plain":
            return "Nothing is encrypted: insecure = true."
        wrapped = self._connection.socket
        certificate = wrapped.getpeercert() or {}
        return f"{wrapped.version()}; the certificate is good until {certificate.get('notAfter', 'an unknown day')}."

    def bind(self, dn: str, password: str) -> tuple[int, str]:
        """Bind and return the result code and what the server says with it; 0 is success.

        Raises
        ------
        Unreachable
        ValueError
            The password is empty: that would be an anonymous bind, which lets everybody in.
        """
        if not password or not dn:
            raise ValueError("an empty name or password proves nothing")
        # As bytes: ldap3 would otherwise refuse characters that were no characters yet in the Unicode of 2002.
        raw = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
        self._connection.user, self._connection.password = dn, raw
        self._connection.authentication = ldap3.SIMPLE
        result = self._asked(lambda: self._connection.bind(read_server_info=False))
        return int(result["result"]), str(result.get("message") or result.get("description") or "")

    def search(
        self,
        base: str,
        text: str,
        attributes: Sequence[str],
        *,
        setting: str = "base_dn",
        only_base: bool = False,
        limit: int = 0,
    ) -> list[Entry]:
        """Return what fits a filter; with a limit at most so many, and no complaint when there are more.

        ``setting`` is the key of the table that says where to look.

        Raises
        ------
        Unreachable, ProviderError
        """
        try:
            result = self._asked(
                lambda: self._connection.search(
                    base,
                    text,
                    search_scope=ldap3.BASE if only_base else ldap3.SUBTREE,
                    attributes=list(attributes),
                    size_limit=limit,
                    time_limit=math.ceil(self._timeout_s),
                )
            )
        except LDAPInvalidFilterError as error:
            raise ProviderError(f"the filter {text} is not understood") from error
        code = int(result["result"])
        if code == _NO_SUCH and only_base:
            return []
        if code == _NO_SUCH:
            raise ProviderError(f"{setting}: there is no {base}, or the service account may not look there")
        if code == _TOO_MANY and not limit:
            raise ProviderError(f"{setting}: the search under {base} finds more than the directory gives at once")
        if code not in (0, _TOO_MANY):
            raise ProviderError(f"{setting}: the directory refuses the search under {base} ({result['description']})")
        return [
            Entry(one["dn"], {name.lower(): values for name, values in one["raw_attributes"].items()})
            for one in self._connection.response or ()
            if one["type"] == "searchResEntry"
        ]

    def _asked(self, ask: Any) -> Mapping[str, Any]:
        try:
            ask()
        except (LDAPInvalidFilterError, LDAPOperationResult):
            raise
        except (LDAPExceptionError, OSError) as error:
            raise Unreachable(f"{self.server.uri} does not answer any more ({_short(error)})") from error
        result: Mapping[str, Any] = self._connection.result
        if result["result"] in _AWAY:
            raise Unreachable(f"{self.server.uri} is busy ({result['description']})")
        return result

    def _why(self, error: Exception) -> str:
        problem, uri = self._tls.problem, self.server.uri
        if isinstance(problem, ssl.SSLCertVerificationError):
            return f"{uri} shows a certificate that ca_file does not make good: {problem.verify_message}"
        if isinstance(problem, ssl.SSLError):
            return f"{uri} does not speak TLS as it should ({problem.reason or _short(problem)})"
        if isinstance(error, LDAPStartTLSError):
            return f"{uri} offers no StartTLS"
        if isinstance(error, LDAPSocketOpenError) and isinstance(error.__cause__, socket.gaierror):
            return f"{uri} has a name that nobody knows"
        return f"{uri} does not answer ({_short(error)})"


def _short(error: Exception) -> str:
    """Return the end of what libraries say one after the other."""
    text = str(error).strip("()' ").rsplit(": ", 1)[-1]
    return text[:120] or type(error).__name__
