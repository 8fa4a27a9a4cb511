"""Certificates for TLS: is the one that was given any good, and a self-signed one for a trial.

What reads them weighs megabytes in every process that imports it, so ``tls`` imports this module only where TLS is
spoken.
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

FOLDER: Final = "tls"
LIFE: Final = timedelta(days=397)
_RENEW: Final = timedelta(days=30)
_LARGEST: Final = 2**20


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


def fingerprint(cert: Path) -> str:
    """Return the SHA-256 of a certificate as browsers show it."""
    return _certificates(cert)[0].fingerprint(hashes.SHA256()).hex(":").upper()


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
