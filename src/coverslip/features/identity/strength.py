"""How hard a password is to guess, without asking anybody: an attacker's patience, counted in bits.

The password is cut into the cheapest row of pieces that an attacker would try: words of the list of
weak passwords (also with capitals and the usual substitutions, ``P@ssw0rd``), the person's own
names, runs of the alphabet, the digits and the keyboard, repetitions, years, and what is left,
character by character. Each piece costs bits; the sum says how long guessing takes.

The list is a file of ours, built by ``tools/weak_passwords.py``; nothing is looked up anywhere else.
"""

import gzip
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 256
ENOUGH_BITS: Final = 40.0
"""About a million million guesses: years for somebody who stole the hashes and owns a rack of cards."""

_SCORES: Final = (20.0, ENOUGH_BITS, 55.0, 75.0)
_LOOKED_AT: Final = 64
_LONGEST_WORD: Final = 32
_LEET: Final = str.maketrans("0134578@$!|+", "oieastbasiit")
_LEET_AS_L: Final = str.maketrans("0134578@$!|+", "oleastbaslit")
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiopü",
    "asdfghjklöä",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "!@#$%^&*()",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "qazwsxedcrfvtgbyhnujmik",
    "qweasdzxc",
    "147258369",
    "159753",
    "789456123",
    "741852963",
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is thought of a password.

    Attributes
    ----------
    score : int
        0 (at once) to 4 (hopeless for an attacker).
    problem : str or None
        Why it is refused, in one sentence; None when it may be used.
    """

    score: int
    problem: str | None


def judge(password: str, own_words: tuple[str | None, ...] = ()) -> Judgement:
    """Say how hard a password is to guess, and whether it may be used.

    Parameters
    ----------
    own_words : tuple of str or None
        The person's user name, name, mail address; whatever an attacker who knows them tries first.
    """
    text = unicodedata.normalize("NFC", password)
    bits = guessing_bits(text, own_words)
    score = sum(bits >= least for least in _SCORES)
    if len(text) < SHORTEST:
        return Judgement(
            min(score, 1), f"A password has at least {SHORTEST} characters; a short sentence is easy to keep."
        )
    if len(text) > LONGEST:
        return Judgement(score, f"A password has at most {LONGEST} characters.")
    if bits < ENOUGH_BITS:
        own = guessing_bits(text, ()) >= ENOUGH_BITS
        why = "is made of your own name or address" if own else "is on the list of those that are tried first"
        return Judgement(score, f"This password {why}; take a few words that have nothing to do with each other.")
    return Judgement(score, None)


def guessing_bits(password: str, own_words: tuple[str | None, ...] = ()) -> float:
    """Return about how many bits an attacker has to guess who knows how people choose passwords."""
    text = password[:_LOOKED_AT]
    words = {**weak_words(), **_own(own_words)}
    forms = {text.lower(), text.lower().translate(_LEET), text.lower().translate(_LEET_AS_L)}
    forms = {form for form in forms if len(form) == len(text)}  # lower() makes two of some letters
    best = [0.0] + [math.inf] * len(text)
    for start in range(len(text)):
        if best[start] == math.inf:
            continue
        for end, cost in _pieces(text, start, forms, words):
            best[end] = min(best[end], best[start] + cost)
    return best[-1]


def _pieces(text: str, start: int, forms: set[str], words: Mapping[str, float]) -> list[tuple[int, float]]:
    """Return what may begin at a place: (where it ends, what it costs)."""
    pieces = [(start + 1, _character_bits(text[start]))]
    for form in forms:
        for end in range(start + 3, min(len(text), start + _LONGEST_WORD) + 1):
            cost = words.get(form[start:end])
            if cost is None:
                cost = words.get(form[start:end][::-1])
                cost = None if cost is None else cost + 1.0
            if cost is not None:
                pieces.append((end, cost + _spelling_bits(text[start:end], form[start:end])))
    pieces += _runs(text.lower(), start)
    if year := _YEAR.match(text, start):
        pieces.append((year.end(), 6.0))
    return pieces


def _runs(lower: str, start: int) -> list[tuple[int, float]]:
    """Return runs along a row of the keyboard, either way, and repetitions of what comes before."""
    found: list[tuple[int, float]] = []
    for row in _ROWS:
        for line in (row, row[::-1]):
            length = 3
            while start + length <= len(lower) and lower[start : start + length] in line:
                found.append((start + length, 6.0 + math.log2(length)))
                length += 1
    for size in range(1, start + 1):
        unit, end = lower[start - size : start], start
        while lower[end : end + size] == unit:
            end += size
            found.append((end, 2.0 + math.log2((end - start) / size + 1)))
    return found


def _spelling_bits(written: str, form: str) -> float:
    """Return what capitals and substitutions add to a word: little, because they stand where one expects them."""
    if written == form:
        return 0.0
    changed = sum(one != other for one, other in zip(written, form, strict=True))
    return 1.0 if written in (form.capitalize(), form.upper()) else 1.0 + math.log2(1 + changed)


def _character_bits(one: str) -> float:
    if one.isdigit():
        return math.log2(10)
    if one in " -_.!?":
        return 3.0
    if one.isascii() and one.isalpha():
        return math.log2(26) + (1.0 if one.isupper() else 0.0)
    return math.log2(33) if one.isascii() else math.log2(100)


def _own(own_words: tuple[str | None, ...]) -> dict[str, float]:
    parts = (part for word in own_words if word for part in (word.lower(), *re.split(r"[\W_]+", word.lower())))
    return {part: 2.0 for part in parts if len(part) >= 3}


@lru_cache(maxsize=1)
def weak_words() -> Mapping[str, float]:
    """Return the words that attackers try, each with its price in bits; the file has the commonest first."""
    packed = resources.files("coverslip.features.identity").joinpath("weak_passwords.txt.gz").read_bytes()
    words = gzip.decompress(packed).decode().split("\n")
    return {word: math.log2(rank + 2) for rank, word in enumerate(words) if word}
