"""How a server is reached: on this machine only, by TLS, or through a proxy that it trusts.

Slides are patient data: no address of a network is served in plain text, unless a reverse proxy that
an administrator named stands before it.
"""

import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coverslip.core.errors import SettingRefused
from coverslip.core.time import utc_now
from coverslip.infra.neighbours import shown_host
from coverslip.settings import Settings

FOLDER: Final = "tls"
LIFE: Final = timedelta(days=397)
_RENEW: Final = timedelta(days=30)
_LARGEST: Final = 2**20


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


def check_certificate(cert: Path, key: Path, now: datetime | None = None) -> None:
    """See that a certificate is valid now and that the key is its own.

    Raises
    ------
    SettingRefused
    """
    now = now or utc_now()
    first = _certificates(cert)[0]
    if now >= first.not_valid_after_utc:
        ended = f"{first.not_valid_after_utc:%Y-%m-%d}"
        raise SettingRefused(f"COVERSLIP_TLS_CERT cannot be used: the certificate expired on {ended}.")
    if now < first.not_valid_before_utc:
        begins = f"{first.not_valid_before_utc:%Y-%m-%d}"
        raise SettingRefused(f"COVERSLIP_TLS_CERT cannot be used: the certificate is not valid before {begins}.")
    if _public_bytes(_private_key(key)) != _public_bytes(first):
        raise SettingRefused("COVERSLIP_TLS_KEY cannot be used: it is not the key of the certificate.")
    try:
        server_context(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise SettingRefused("COVERSLIP_TLS_CERT cannot be used: TLS does not take this certificate.") from error


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """Return what a server speaks TLS with: 1.2 and up, HTTP/1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def with_own_certificate(settings: Settings) -> Settings:
    """Return the settings with a self-signed certificate where one was asked for; it lies in the data folder."""
    if not settings.tls_self_signed:
        return settings
    cert, key = self_signed(settings.data, settings.host)
    return settings.model_copy(update={"tls_cert": cert, "tls_key": key})


def self_signed(data: Path, host: str, now: datetime | None = None) -> tuple[Path, Path]:
    """Return certificate and key for a trial, made when there are none for this host or they end soon."""
    now = now or utc_now()
    folder = data / FOLDER
    cert, key = folder / "self-signed.crt", folder / "self-signed.key"
    names = _names(host)
    if not _serves(cert, key, names, now):
        folder.mkdir(mode=0o700, exist_ok=True)
        _make(cert, key, names, now)
    return cert, key


def fingerprint_to_show(settings: Settings) -> str | None:
    """Return the SHA-256 of a self-signed certificate as browsers show it; others are vouched for by an authority."""
    if not settings.tls_self_signed or settings.tls_cert is None:
        return None
    return _certificates(settings.tls_cert)[0].fingerprint(hashes.SHA256()).hex(":").upper()


def certificate_of(settings: Settings) -> "Certificate | None":
    """Return what a web process encrypts with, None in plain text."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_cert, settings.tls_key)


def _serves(cert: Path, key: Path, names: Sequence[x509.GeneralName], now: datetime) -> bool:
    try:
        check_certificate(cert, key, now)
        found = _certificates(cert)[0]
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (SettingRefused, x509.ExtensionNotFound):
        return False
    return now < found.not_valid_after_utc - _RENEW and set(names) <= set(held)


def _names(host: str) -> list[x509.GeneralName]:
    """Return the names under which a browser may reach a server that listens on this host."""
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    here = socket.gethostname()
    texts = [host.strip("[]"), here, *_addresses(here), shown_host(host).strip("[]")]
    for text in texts:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            if text.isascii() and text.replace("-", "").replace(".", "").isalnum():
                names.append(x509.DNSName(text))
        else:
            if not address.is_unspecified:
                names.append(x509.IPAddress(address))
    return list(dict.fromkeys(names))


def _addresses(name: str) -> list[str]:
    try:
        found = {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError):
        return []
    return sorted(found)


def _make(cert: Path, key: Path, names: Sequence[x509.GeneralName], now: datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Coverslip, self-signed")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(key, private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    _write(cert, built.public_bytes(encoding))


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path, "COVERSLIP_TLS_CERT"))
    except ValueError as error:
        raise SettingRefused("COVERSLIP_TLS_CERT cannot be used: the file holds no certificate in PEM form.") from error


def _private_key(path: Path) -> PrivateKeyTypes:
    content = _read(path, "COVERSLIP_TLS_KEY")
    try:
        return serialization.load_pem_private_key(content, None)
    except TypeError as error:
        raise SettingRefused(
            "COVERSLIP_TLS_KEY cannot be used: the key is encrypted; store it without a password, readable by "
            "Coverslip alone."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingRefused("COVERSLIP_TLS_KEY cannot be used: the file holds no key in PEM form.") from error


def _read(path: Path, setting: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        reason = (error.strerror or "it was refused").lower()
        raise SettingRefused(f"{setting} cannot be used: {path} cannot be read: {reason}.") from error


def _public_bytes(holder: x509.Certificate | PrivateKeyTypes) -> bytes:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return holder.public_key().public_bytes(serialization.Encoding.DER, spki)


class Certificate:
    """The certificate of a running server; one that was renewed in place is taken up within seconds.

    Parameters
    ----------
    cert, key : pathlib.Path
    """

    def __init__(self, cert: Path, key: Path) -> None:
        self._paths = cert, key
        self.context = server_context(cert, key)
        self._seen = self._stamps()

    def renew(self) -> bool:
        """Take up changed files; say whether they were. A certificate that cannot be used changes nothing.

        Raises
        ------
        SettingRefused
            Why the new one is not used.
        """
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        self._seen = stamps
        check_certificate(*self._paths)
        self.context.load_cert_chain(*self._paths)
        return True

    def _stamps(self) -> list[tuple[int, int] | None]:
        return [_stamp(path) for path in self._paths]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
