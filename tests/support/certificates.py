"""Certificates as administrators bring them: sound ones, expired ones, and keys that belong to others."""

import ipaddress
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coverslip.core.time import utc_now


def make_certificate(
    folder: Path, *, begins: datetime | None = None, ends: datetime | None = None
) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 and localhost and its key, and return where they lie."""
    folder.mkdir(exist_ok=True)
    now = utc_now()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A hospital")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - timedelta(days=400))
        .not_valid_after(ends or now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(plain_key(key))
    return paths


def plain_key(key: ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    """Return a key as a file holds it."""
    kept = serialization.NoEncryption() if password is None else serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept)


def trusting(cert: Path) -> ssl.SSLContext:
    """Return what a client checks with that trusts this one certificate."""
    return ssl.create_default_context(cafile=str(cert))
