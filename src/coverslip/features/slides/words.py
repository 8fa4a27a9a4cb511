"""How text becomes words to search by and keys to sort by; the same on every database. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST_WORD: Final = 64
MOST_WORDS: Final = 4000
LONGEST_SORT_KEY: Final = 240

_PRIVATE: Final = "\ue000"
_OPEN: Final = "\ue001"
_UNPRINTABLE = frozenset({"Cc", "Cs"})  # control characters, and the surrogates that stand for bytes outside UTF-8
_DIGITS = re.compile(r"[0-9]+")


def fold(text: str) -> str:
    """Drop case and accents: ``Läsion`` and ``LASION`` are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))


def words_of(texts: Iterable[str]) -> list[str]:
    """Return the distinct words of some texts, sorted; a word is a run of letters and digits."""
    found: set[str] = set()
    for text in texts:
        for word in "".join(char if char.isalnum() else " " for char in fold(text)).split():
            found.add(word[:LONGEST_WORD])
            if len(found) >= MOST_WORDS:
                return sorted(found)
    return sorted(found)


def sort_key(name: str) -> str:
    """Return a key that sorts names as people do: case ignored, ``slide 2`` before ``slide 10``."""
    padded = _DIGITS.sub(lambda digits: digits[0].lstrip("0").rjust(12, "0"), fold(printable(name)))
    return padded[:LONGEST_SORT_KEY]


SEPARATOR: Final = "\x1f"  # sorts before every character of a sort key
_KINDS: Final = ("he", "special", "ihc", "if", "other")


def stain_sort(stain: str | None, kind: str | None) -> str:
    """Return what lists sort stains by: H&E first, then by kind and name, none last.

    The stain itself stands behind the separator, so that counting by this key counts by stain.
    """
    if not stain:
        return "9"
    rank = _KINDS.index(kind) if kind in _KINDS else len(_KINDS) - 1
    return f"{rank}{sort_key(stain)[:60]}{SEPARATOR}{stain}"


def stain_shown(key: str) -> str:
    """Return the stain of a sort key, empty for none."""
    return key.partition(SEPARATOR)[2]


def case_sort(case: str | None, kind: str | None, block: str | None, stain: str | None, name_sort: str) -> str:
    """Return the default order: by case (none last), in it H&E first, then block, stain and name."""
    where = "1" if case is None else f"0{sort_key(case)[:120]}"
    keys = (sort_key(block or "")[:40], sort_key(stain or "")[:40], name_sort[:120])
    return SEPARATOR.join((where, "0" if kind == "he" else "1", *keys))


def tags_text(tags: Iterable[str]) -> str:
    """Return tags as they are stored, sorted and each between separators."""
    distinct = sorted(set(tags), key=lambda tag: (sort_key(tag), tag))
    return f"{SEPARATOR}{SEPARATOR.join(distinct)}{SEPARATOR}" if distinct else ""


def tags_of(text: str) -> list[str]:
    """Return stored tags."""
    return text.strip(SEPARATOR).split(SEPARATOR) if text else []


def exact_word(field: str, value: str) -> str:
    """Return the word under which the word index knows one value of a field.

    It begins with a private-use character, so that nothing a person searches for is its prefix, and
    goes on with a hash, so that both databases' indexes take it for one short word.
    """
    return f"{_PRIVATE}{field}{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def open_word(word: str) -> str:
    """Return the word under which the word index knows what tells no name, for who may not see names."""
    return _OPEN + word


def printable(name: str) -> str:
    """Return a file name as text that can be stored and shown: what is no character becomes U+FFFD."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _UNPRINTABLE else char for char in name)


def storable(value: str) -> bool:
    """Whether every database can hold a text; one that it cannot hold matches nothing."""
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
