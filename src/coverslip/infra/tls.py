"""How a server is reached: on this machine only, by TLS, or through a proxy that it trusts.

Slides are patient data: no address of a network is served in plain text, unless a reverse proxy that
an administrator named stands before it.
"""

import ipaddress
import socket
import ssl
from pathlib import Path

from coverslip.core.errors import SettingRefused
from coverslip.settings import Settings


def check_transport(settings: Settings) -> None:
    """Refuse to serve a network in plain text, and certificates that no browser would take.

    Raises
    ------
    SettingRefused
        Names the setting and says what to do.
    """
    given = settings.tls_cert, settings.tls_key
    if settings.tls_self_signed and any(given):
        raise SettingRefused("COVERSLIP_TLS_SELF_SIGNED cannot be used together with a certificate of your own.")
    if given[0] is not None and given[1] is None:
        raise SettingRefused("COVERSLIP_TLS_KEY is missing: the certificate in COVERSLIP_TLS_CERT needs its key.")
    if given[0] is None and given[1] is not None:
        raise SettingRefused("COVERSLIP_TLS_CERT is missing: the key in COVERSLIP_TLS_KEY needs its certificate.")
    if given[0] is not None and given[1] is not None:
        from coverslip.infra.certificates import check_certificate

        check_certificate(given[0], given[1])
    elif not settings.tls_self_signed and not settings.trusted_proxies and not is_loopback(settings.host):
        raise SettingRefused(
            f"COVERSLIP_HOST {settings.host} is reached from a network, and slides do not travel unencrypted: give a "
            "certificate with --tls-cert and --tls-key, try it with --tls-self-signed, or name the reverse proxy "
            "before it in COVERSLIP_TRUSTED_PROXIES."
        )


def is_loopback(host: str) -> bool:
    """Whether a host names this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        pass
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)


def with_own_certificate(settings: Settings) -> Settings:
    """Return the settings with a self-signed certificate where one was asked for; it lies in the data folder."""
    if not settings.tls_self_signed:
        return settings
    from coverslip.infra.certificates import self_signed

    cert, key = self_signed(settings.data, settings.host)
    return settings.model_copy(update={"tls_cert": cert, "tls_key": key})


def fingerprint_to_show(settings: Settings) -> str | None:
    """Return the SHA-256 of a self-signed certificate as browsers show it; others are vouched for by an authority."""
    if not settings.tls_self_signed or settings.tls_cert is None:
        return None
    from coverslip.infra.certificates import fingerprint

    return fingerprint(settings.tls_cert)


def certificate_of(settings: Settings) -> "Certificate | None":
    """Return what a web process encrypts with, None in plain text."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_cert, settings.tls_key)


class Certificate:
    """The certificate of a running server; one that was renewed in place is taken up within seconds.

    Parameters
    ----------
    cert, key : pathlib.Path
    """

    def __init__(self, cert: Path, key: Path) -> None:
        from coverslip.infra.certificates import server_context

        self._paths = cert, key
        self._context = server_context(cert, key)
        self._seen = self._stamps()

    def context_now(self) -> ssl.SSLContext:
        """Return what the next connection is to be encrypted with."""
        return self._context

    def renew(self) -> bool:
        """Take up changed files; say whether they were. A certificate that cannot be used changes nothing.

        The files are read into a context of their own: in one that is in use, whoever says hello between certificate
        and key would be turned away.

        Raises
        ------
        SettingRefused
            Why the new one is not used.
        """
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._seen = stamps
        from coverslip.infra.certificates import check_certificate, server_context

        check_certificate(*self._paths)
        try:
            self._context = server_context(*self._paths)
        except (OSError, ssl.SSLError):  # replaced since it was checked
            self._seen = []
            return False
        return True

    def _stamps(self) -> list[tuple[int, int] | None]:
        return [_stamp(path) for path in self._paths]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
