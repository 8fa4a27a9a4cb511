"""Secrets that must be read back, and short ones that could be guessed from a plain hash.

Both hang on the key of the data folder (``secret.key``), which lies beside the database: a copy of
the database alone opens nothing.
"""

import base64
import hashlib
import hmac
import os
from typing import Final

from coverslip.core.errors import CoverslipError

_NONCE_BYTES: Final = 12


class SealBroken(CoverslipError):
    """The key of the data folder is not the one with which this was sealed."""

    default_message = "The file secret.key is not the one of this database; restore both from one backup."


def seal(key: bytes, text: str, bound_to: str) -> str:
    """Encrypt a secret; it opens only together with ``bound_to``, so it cannot be moved to another row."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_derived(key, b"seal")).encrypt(nonce, text.encode(), bound_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(key: bytes, sealed: str, bound_to: str) -> str:
    """Return what was sealed.

    Raises
    ------
    SealBroken
        The key or the row is another one.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.urlsafe_b64decode(sealed)
    try:
        plain = AESGCM(_derived(key, b"seal")).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
    except InvalidTag as error:
        raise SealBroken from error
    return plain.decode()


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """Return a hash (hex) that nobody can compute without the key."""
    return hmac.new(_derived(key, purpose.encode()), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    """Return a key of its own for each purpose (HMAC as in HKDF's second step, one block)."""
    return hmac.new(key, b"coverslip-identity\0" + purpose + b"\x01", hashlib.sha256).digest()
