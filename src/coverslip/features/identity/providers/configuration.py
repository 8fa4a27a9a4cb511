"""The identity file: which providers there are, and what their groups mean here.

A table that cannot be used costs its provider, with one sentence that names table and key. It never
costs the start, another provider or the accounts kept here.
"""

import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import InvalidRequest
from coverslip.features.identity.viewer import OrganisationRole
from coverslip.features.identity.words import display_name
from coverslip.ports.identity import Misconfigured, Provider, Way
from coverslip.ports.registry import identity_kinds

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_TAKEN: Final = frozenset({"local", "system", "none"})
_TITLE_LONGEST: Final = 60
_FOR_ALL: Final = 0o007
_SECRETS: Final = ("password", "secret")
_ROLES: Final[Mapping[str, OrganisationRole]] = {
    "administrator": "administrator",
    "auditor": "auditor",
    "operator": "operator",
}
_STRENGTH: Final = ("administrator", "operator", "auditor")


@dataclass(frozen=True, slots=True)
class Rule:
    """What being in a group there gives here: a group, a role in the organisation, or both."""

    external: str
    group: str | None
    role: OrganisationRole | None


@dataclass(frozen=True, slots=True)
class Allotted:
    """What the rules give somebody.

    ``rules_role`` says that some rule gives a role: then who is in no such group has none. Otherwise
    roles of this provider's people are given by administrators here.
    """

    groups: tuple[str, ...]
    role: OrganisationRole | None
    rules_role: bool


@dataclass(frozen=True, slots=True)
class Configured:
    """One table: its provider, or why there is none."""

    kind: str
    name: str
    title: str
    provider: Provider | None
    sentence: str | None
    rules: tuple[Rule, ...] = ()

    @property
    def way(self) -> Way | None:
        """How people sign in by it; None while it is broken."""
        return None if self.provider is None else self.provider.way

    def allot(self, groups: tuple[str, ...]) -> Allotted:
        """Return what the rules give to somebody who is in these groups there; ``*`` stands for everybody."""
        there = {_plain(group) for group in groups} | {"*"}
        fitting = [rule for rule in self.rules if _plain(rule.external) in there]
        names = dict.fromkeys(rule.group for rule in fitting if rule.group is not None)
        roles = {rule.role for rule in fitting}
        role = next((_ROLES[one] for one in _STRENGTH if one in roles), None)
        return Allotted(tuple(names), role, any(rule.role is not None for rule in self.rules))


def _plain(group: str) -> str:
    """Return the form in which two spellings of one distinguished name are equal."""
    return re.sub(r"\s*([,=+])\s*", r"\1", group.strip()).casefold()


class Table:
    """Reads one table strictly: every key is asked for by its type, and one that nobody asked for is refused."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._known = {"name", "title"}

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that must be there unless there is a default.

        Raises
        ------
        Misconfigured
        """
        value = self._value(key, default)
        if not isinstance(value, str) or not value.strip():
            raise Misconfigured(f"{key} is not set" if value is None else f"{key} must be a text that is not empty")
        return value.strip()

    def maybe(self, key: str) -> str | None:
        """Return a text, None where there is none.

        Raises
        ------
        Misconfigured
        """
        return None if self._value(key, None) is None else self.text(key)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts.

        Raises
        ------
        Misconfigured
        """
        value = self._value(key, default)
        if value is None:
            raise Misconfigured(f"{key} is not set")
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
            raise Misconfigured(f"{key} must be a list of texts")
        return tuple(one.strip() for one in value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false.

        Raises
        ------
        Misconfigured
        """
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise Misconfigured(f"{key} must be true or false")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Return a number between two others.

        Raises
        ------
        Misconfigured
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Misconfigured(f"{key} must be a number from {low:g} to {high:g}")
        return float(value)

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of a few words.

        Raises
        ------
        Misconfigured
        """
        value = self.text(key, default)
        if value not in choices:
            raise Misconfigured(f"{key} must be one of {', '.join(choices)}")
        return value

    def file(self, key: str) -> Path | None:
        """Return the path of a file that is there.

        Raises
        ------
        Misconfigured
        """
        value = self.maybe(key)
        if value is None:
            return None
        path = Path(value)
        if not path.is_file():
            raise Misconfigured(f"{key} names {value}, and there is no such file")
        return path

    def secret(self, key: str) -> str | None:
        """Return a secret: the key itself, or the first line of the file that ``KEY_file`` names.

        Raises
        ------
        Misconfigured
            The file is not there, or everybody on this machine can read it.
        """
        plain, path = self.maybe(key), self.file(f"{key}_file")
        if path is None:
            return plain
        if plain is not None:
            raise Misconfigured(f"{key} and {key}_file are both set; keep one")
        try:
            if path.stat().st_mode & _FOR_ALL:
                raise Misconfigured(f"{key}_file can be read by everybody; take that away: chmod o= {path}")
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{key}_file cannot be read") from error
        if not lines or not lines[0]:
            raise Misconfigured(f"{key}_file is empty")
        return lines[0]

    def close(self) -> None:
        """Refuse what nobody asked for: a typing error must not be silent.

        Raises
        ------
        Misconfigured
        """
        unknown = sorted(set(self._values) - self._known)
        if unknown:
            raise Misconfigured(f"{unknown[0]} is no key of this table; the keys are {', '.join(sorted(self._known))}")

    def _value(self, key: str, default: Any) -> Any:
        self._known.add(key)
        return self._values.get(key, default)


def read_file(path: Path) -> tuple[list[Configured], list[Path]]:
    """Return the providers of an identity file, and all files that they were read from.

    Raises
    ------
    Misconfigured
        The file itself cannot be read.
    """
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
            for_all = bool(stat.S_IMODE(path.stat().st_mode) & _FOR_ALL)
    except OSError as error:
        raise Misconfigured(f"COVERSLIP_IDENTITY_FILE names {path}, which cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"COVERSLIP_IDENTITY_FILE is no TOML: {error}") from error
    items: list[Configured] = []
    files = [path]
    for kind, number, values in _tables(tables):
        table = {key: _absolute(path, key, value) for key, value in values.items()}
        files += [Path(value) for key, value in table.items() if key.endswith("_file") and isinstance(value, str)]
        items.append(_configured(kind, number, table, for_all=for_all, taken={one.name for one in items}))
    return items, files


def _tables(tables: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for kind, value in tables.items():
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            yield kind, number, one if isinstance(one, dict) else {"": one}


def _absolute(path: Path, key: str, value: Any) -> Any:
    """Mean a file beside the identity file where no folder is named."""
    return str(path.parent / value) if key.endswith("_file") and isinstance(value, str) else value


def _configured(kind: str, number: int, table: dict[str, Any], *, for_all: bool, taken: set[str]) -> Configured:
    name, title = table.get("name"), table.get("title")
    shown = name if isinstance(name, str) and name else f"{kind}-{number}"
    titled = title if isinstance(title, str) and title.strip() else shown
    try:
        table["name"], table["title"] = _named(table, kind, taken), titled.strip()[:_TITLE_LONGEST]
        _keep_secrets(table, for_all=for_all)
        rules = tuple(_rules(table.pop("groups", [])))
        return Configured(kind, table["name"], table["title"], _made(kind, table), None, rules)
    except Misconfigured as error:
        return Configured(kind, shown[:40], titled[:_TITLE_LONGEST], None, f'[[{kind}]] "{shown}": {error.sentence}.')


def _named(table: Mapping[str, Any], kind: str, taken: set[str]) -> str:
    name = table.get("name", kind if kind == "header" else None)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        raise Misconfigured("name must be a short word of a-z, 0-9 and -, which then never changes")
    if name in taken:
        raise Misconfigured("name is that of another provider")
    return name


def _keep_secrets(table: Mapping[str, Any], *, for_all: bool) -> None:
    for key in table:
        if for_all and key.endswith(_SECRETS):
            raise Misconfigured(
                f"{key} stands in a file that everybody can read; move it into {key}_file, or take that away (chmod o=)"
            )


def _made(kind: str, table: Mapping[str, Any]) -> Provider:
    known = identity_kinds()
    if kind in known.failures:
        raise Misconfigured(f"this kind of provider does not load ({known.failures[kind]})")
    if kind not in known.kinds:
        raise Misconfigured(f"there is no such kind of provider; the kinds are {', '.join(sorted(known.kinds))}")
    return known.kinds[kind](table)


def _rules(tables: Any) -> Iterator[Rule]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise Misconfigured("groups must be tables with external and group or role")
    for one in tables:
        table = Table(one)
        try:
            external, group, role = table.text("external"), table.maybe("group"), table.maybe("role")
            table.close()
            group = None if group is None else display_name(group)
        except InvalidRequest as error:
            raise Misconfigured(f"groups.group: {error.message.rstrip('.')}") from error
        except Misconfigured as error:
            raise Misconfigured(f"groups.{error.sentence}") from error
        if group is None and role is None:
            raise Misconfigured(f"groups: the rule for {external!r} has neither group nor role")
        if role is not None and role not in _ROLES:
            raise Misconfigured(f"groups.role must be one of {', '.join(_ROLES)}")
        yield Rule(external, group, None if role is None else _ROLES[role])
