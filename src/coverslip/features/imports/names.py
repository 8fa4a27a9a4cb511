"""Names that strangers give files: kept as they are, or refused with one sentence. Pure.

A name is a path within an upload or an archive, with ``/`` between its parts. It is checked before
anything is written, and what passes cannot leave the folder that it is joined to, cannot pretend to
be another name on the screen, and fits every file system.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from coverslip.core.arrival_errors import NameRefused

LONGEST_PART: Final = 255
LONGEST_PATH: Final = 1000
DEEPEST: Final = 16
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_NEVER: Final = ("", ".")
_OURS: Final = (".part-", ".arriving-")


def checked_name(name: str) -> str:
    """Return a relative path that may be joined to a folder.

    Raises
    ------
    NameRefused
        Says in one sentence why, without repeating a name that might mislead.
    """
    problem = _problem(name)
    if problem is not None:
        raise NameRefused(problem)
    return name


def check_together(names: Iterable[str]) -> None:
    """Refuse names that some file systems cannot keep apart, and files that are folders of others.

    Raises
    ------
    NameRefused
    """
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for name in names:
        key = same_name(name)
        if key in seen:
            raise NameRefused("Two of these files have names that differ in case or accents only; rename one.")
        seen[key] = name
        parts = key.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    if folders & seen.keys():
        raise NameRefused("One of these files has the name of a folder beside it; rename one.")


def same_name(name: str) -> str:
    """Return a key that is equal for names which some file systems take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def _problem(name: str) -> str | None:
    if len(name) > LONGEST_PATH:
        return f"The name of this file is longer than {LONGEST_PATH} characters."
    return _whole_problem(name) or next(filter(None, map(_part_problem, name.split("/"))), None)


def _whole_problem(name: str) -> str | None:
    parts = name.split("/")
    if "\\" in name:
        return "The name of this file contains a backslash, which is no part of a name everywhere."
    if name.startswith("/") or any(part[1:2] == ":" for part in parts):
        return "The name of this file is an absolute path; only names within the upload are kept."
    if len(parts) > DEEPEST:
        return f"This file lies more than {DEEPEST} folders deep."
    if any(char in _TURNING for char in name):
        return "The name of this file turns the direction of writing, so that it reads as another name."
    if any(unicodedata.category(char) in _UNSEEN for char in name):
        return "The name of this file contains control characters."
    return None


def _part_problem(part: str) -> str | None:
    if part == "..":
        return "The name of this file leads out of its folder."
    if part in _NEVER:
        return "The name of this file has an empty part."
    if part.startswith(_OURS):
        return "The name of this file begins as the names of unfinished files do."
    if part != part.strip():
        return "The name of this file begins or ends with a space."
    if len(part.encode()) > LONGEST_PART:
        return f"The name of this file is longer than {LONGEST_PART} bytes."
    return None
