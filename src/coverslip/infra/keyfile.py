"""Secrets of a data folder: 32 random bytes in a file of their own, made when they are first needed."""

import os
import secrets
from pathlib import Path
from typing import Final

from coverslip.core.errors import DataFolderRefused

KEY_BYTES: Final = 32


def kept_key(path: Path) -> bytes:
    """Return the key that lies in a file, a fresh one when there is none yet.

    Raises
    ------
    DataFolderRefused
        The file is damaged.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = _make_key(path)
    if len(key) != KEY_BYTES:
        raise DataFolderRefused(f"The file {path.name} in the data folder is damaged; restore it from a backup.")
    return key


def _make_key(path: Path) -> bytes:
    """Write a fresh key beside and link it, so that two processes that start together agree on one."""
    key = secrets.token_bytes(KEY_BYTES)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return path.read_bytes()
    finally:
        os.close(descriptor)
        temporary.unlink()
    return key
