"""Providers of accounts that are kept elsewhere: which there are, read again when their files change."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coverslip.features.identity.providers.configuration import Allotted, Configured, Rule, Table, read_file
from coverslip.ports.identity import Misconfigured, PasswordProvider
from coverslip.settings import Settings

__all__ = ["NONE", "Allotted", "Configured", "Providers", "Rule", "Table", "configured", "note_broken"]

logger = logging.getLogger(__name__)

_Stamp = tuple[tuple[Path, int | None], ...]


@dataclass(frozen=True, slots=True)
class Providers:
    """All providers of the identity file; ``sentence`` says why the whole file cannot be used."""

    items: tuple[Configured, ...] = ()
    sentence: str | None = None

    def named(self, name: str) -> Configured | None:
        """Return the provider of this name, broken or not."""
        return next((one for one in self.items if one.name == name), None)

    def by_password(self) -> list[tuple[Configured, PasswordProvider]]:
        """Return those that take a password and work, in the order of the file."""
        return [
            (one, one.provider) for one in self.items if one.provider is not None and one.provider.way == "password"
        ]

    def offered(self) -> list[Configured]:
        """Return those that the sign-in page may name."""
        return [one for one in self.items if one.provider is not None]


NONE: Final = Providers()
_lock: Final = threading.Lock()
_read: dict[Path, tuple[_Stamp, Providers]] = {}


def configured(settings: Settings) -> Providers:
    """Return the providers as the identity file and the files that it names have them now."""
    path = settings.identity_file
    if path is None:
        return NONE
    with _lock:
        kept = _read.get(path)
        if kept is None or kept[0] != _stamp([file for file, _ in kept[0]]):
            kept = _read[path] = _load(path)
        return kept[1]


def note_broken(settings: Settings) -> None:
    """Say in the log which providers cannot be used and why."""
    found = configured(settings)
    for sentence in (found.sentence, *(one.sentence for one in found.items)):
        if sentence is not None:
            logger.warning("%s People of other providers and local accounts sign in as before.", sentence)


def _load(path: Path) -> tuple[_Stamp, Providers]:
    before = _stamp([path])
    try:
        items, files = read_file(path)
    except Misconfigured as error:
        return before, Providers(sentence=f"{error.sentence}.")
    return before + _stamp(files[1:]), Providers(tuple(items))


def _stamp(files: Sequence[Path]) -> _Stamp:
    return tuple((file, _changed_ns(file)) for file in files)


def _changed_ns(file: Path) -> int | None:
    """Return when a file or what may be done with it changed last."""
    try:
        at = file.stat()
    except OSError:
        return None
    return at.st_mtime_ns ^ (at.st_ctime_ns << 1)
