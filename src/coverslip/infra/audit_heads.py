"""Signed heads of the audit trail: what the chain ended with at a moment, kept where its server cannot reach.

A chain proves that its records belong together, not that nobody wrote all of it anew. A head that
lies in a second place does: whoever rewrites the chain cannot make it end, at that number, in that
hash. Heads are signed with Ed25519, so that one found anywhere is known to be of this server.
"""

import json
import logging
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import InvalidRequest, SettingRefused
from coverslip.core.time import utc_now
from coverslip.infra.audit import ends
from coverslip.infra.db import Database
from coverslip.infra.keyfile import kept_key

logger = logging.getLogger(__name__)

KEY_NAME: Final = "audit.key"
EVERY: Final = timedelta(hours=1)
_NAME: Final = re.compile(r"head-(\d{8}T\d{6}Z)-(\d+)\.json")
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_LARGEST: Final = 10_000
_KIND: Final = "coverslip audit head"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """What the chain ended with at a moment.

    Attributes
    ----------
    no : int
        Number of the last record; 0 before the first.
    hash : str
        Its hash.
    at : str
        When it was signed, ISO 8601.
    public_key, signature : str
        Hex; Ed25519 over all the rest.
    """

    no: int
    hash: str
    at: str
    public_key: str
    signature: str

    def is_genuine(self) -> bool:
        """Whether the signature is that of the key which it names."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), _signed(self.no, self.hash, self.at, self.public_key))
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_json(self) -> str:
        """Return it as it is kept."""
        return json.dumps({"kind": _KIND, **asdict(self)}, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class FoundHead:
    """A file that should be a head; ``head`` is None when it is none that anybody signed."""

    name: str
    head: SignedHead | None


def sign_head(session: Session, data: Path) -> SignedHead:
    """Sign the present end of the chain with the key of the data folder, which is made when there is none."""
    head = ends(session)
    key = _signing_key(data)
    public = key.public_key().public_bytes_raw().hex()
    at = utc_now().isoformat(timespec="seconds")
    signature = key.sign(_signed(head.last_no, head.last_hash, at, public)).hex()
    return SignedHead(head.last_no, head.last_hash, at, public, signature)


def _signing_key(data: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(kept_key(data / KEY_NAME))


def public_key_of(data: Path) -> str | None:
    """Return the public key of a data folder (hex), None when it never signed a head."""
    if not (data / KEY_NAME).exists():
        return None
    public: str = _signing_key(data).public_key().public_bytes_raw().hex()
    return public


def check_folder(folder: Path) -> None:
    """See that heads can be kept in a folder.

    Raises
    ------
    SettingRefused
        Names the setting and says why.
    """
    if not folder.is_dir():
        raise SettingRefused("COVERSLIP_AUDIT_HEADS cannot be used: there is no such folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingRefused("COVERSLIP_AUDIT_HEADS cannot be used: Coverslip may not write there.")


def keep_due_head(db: Database, data: Path, folder: Path, now: datetime | None = None) -> Path | None:
    """Keep a head in the second place, unless one of this hour lies there; return its file.

    A folder that is away (an unmounted disk) is logged, and tried again with the next call.
    """
    now = now or utc_now()
    try:
        newest = max((stamp for path in folder.iterdir() if (stamp := _stamp_of(path.name)) is not None), default=None)
        if newest is not None and timedelta(0) <= now - newest < EVERY:
            return None
        with db.read() as session:
            head = sign_head(session, data)
        return _write(folder / f"head-{now.astimezone(UTC).strftime(_STAMP)}-{head.no:012d}.json", head.to_json())
    except OSError as error:
        logger.error("no head of the audit trail could be kept in the second place: %s", error.strerror)
        return None


def read_heads(folder: Path) -> list[FoundHead]:
    """Read the heads of a folder, the oldest first; other files are left alone.

    Raises
    ------
    InvalidRequest
        The folder cannot be read.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".json")
        return [FoundHead(name, _read(folder / name)) for name in names]
    except OSError as error:
        reason = (error.strerror or "it was refused").lower()
        raise InvalidRequest(f"The folder of heads {folder} cannot be read: {reason}.") from error


def only_heads(found: Sequence[FoundHead]) -> list[SignedHead]:
    """Return those that are heads."""
    return [one.head for one in found if one.head is not None]


def _read(path: Path) -> SignedHead | None:
    try:
        with path.open("rb") as file:
            values: Any = json.loads(file.read(_LARGEST))
        no, texts = values["no"], [values[name] for name in ("hash", "at", "public_key", "signature")]
    except (ValueError, KeyError, TypeError):
        return None
    if values.get("kind") != _KIND or type(no) is not int or not all(isinstance(text, str) for text in texts):
        return None
    head = SignedHead(no, *texts)
    return head if head.is_genuine() else None


def _signed(no: int, hash_: str, at: str, public_key: str) -> bytes:
    text = json.dumps([_KIND, no, hash_, at, public_key], separators=(",", ":"))
    return text.encode()


def _stamp_of(name: str) -> datetime | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    with suppress(ValueError):
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    return None


def _write(path: Path, text: str) -> Path:
    """Write a file so that after a power cut it is whole or not there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
