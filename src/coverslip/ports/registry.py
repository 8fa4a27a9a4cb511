"""Finds plugins by entry point; a plugin that fails to load is reported, not fatal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from coverslip.ports.format import Format
from coverslip.ports.identity import IdentityKind

FORMAT_GROUP = "coverslip.formats"
IDENTITY_GROUP = "coverslip.identity"

Plugin = TypeVar("Plugin")


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
    loaded, failures = _loaded(FORMAT_GROUP, _format)
    return Registered(tuple(loaded.values()), tuple(failures.items()))


@lru_cache(maxsize=1)
def identity_kinds() -> RegisteredKinds:
    """Load every kind of identity provider that is installed, built-in ones by the same door."""
    return RegisteredKinds(*_loaded(IDENTITY_GROUP, _identity_kind))


def _loaded(group: str, load: Callable[[EntryPoint], Plugin]) -> tuple[dict[str, Plugin], dict[str, str]]:
    """Return the plugins of a group by name, in the order of their names, and why others did not load."""
    loaded: dict[str, Plugin] = {}
    failures: dict[str, str] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            loaded[entry.name] = load(entry)
        except Exception as error:  # noqa: BLE001 - a broken plugin must not take the others down
            failures[entry.name] = f"{type(error).__name__}: {error}"
    return loaded, failures


def _format(entry: EntryPoint) -> Format:
    instance: Format = entry.load()()
    return instance


def _identity_kind(entry: EntryPoint) -> IdentityKind:
    kind: IdentityKind = entry.load()
    return kind
