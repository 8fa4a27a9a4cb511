"""Finds plugins by entry point; a plugin that fails to load is reported, not fatal."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from coverslip.ports.format import Format
from coverslip.ports.identity import IdentityKind

FORMAT_GROUP = "coverslip.formats"
IDENTITY_GROUP = "coverslip.identity"


@dataclass(frozen=True, slots=True)
class Registered:
    """The formats that loaded, and for those that did not, why."""

    formats: tuple[Format, ...]
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RegisteredKinds:
    """The kinds of identity providers that loaded, by name, and for those that did not, why."""

    kinds: Mapping[str, IdentityKind]
    failures: Mapping[str, str]


@lru_cache(maxsize=1)
def formats() -> Registered:
    """Load every format that is installed, built-in ones by the same door."""
    loaded: list[Format] = []
    failures: list[tuple[str, str]] = []
    for entry in sorted(entry_points(group=FORMAT_GROUP), key=lambda entry: entry.name):
        try:
            loaded.append(_load(entry))
        except Exception as error:  # noqa: BLE001 - a broken plugin must not take the others down
            failures.append((entry.name, f"{type(error).__name__}: {error}"))
    return Registered(tuple(loaded), tuple(failures))


@lru_cache(maxsize=1)
def identity_kinds() -> RegisteredKinds:
    """Load every kind of identity provider that is installed, built-in ones by the same door."""
    loaded: dict[str, IdentityKind] = {}
    failures: dict[str, str] = {}
    for entry in entry_points(group=IDENTITY_GROUP):
        try:
            loaded[entry.name] = entry.load()
        except Exception as error:  # noqa: BLE001 - as above
            failures[entry.name] = f"{type(error).__name__}: {error}"
    return RegisteredKinds(loaded, failures)


def _load(entry: EntryPoint) -> Format:
    factory = entry.load()
    instance: Format = factory()
    return instance
