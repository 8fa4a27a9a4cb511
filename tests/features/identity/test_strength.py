"""Passwords that are refused, and those that are not; the list is what the tool builds."""

import sys
import unicodedata
from pathlib import Path

import pytest

from coverslip.features.identity.strength import ENOUGH_BITS, guessing_bits, judge, weak_words

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import weak_passwords  # noqa: E402 - lies in tools/, which is no package

WEAK = (
    "password1234",
    "P@ssw0rd2024!",
    "PASSWORD123456",
    "drowssapdrowssap",
    "qwertyuiop12",
    "1q2w3e4r5t6z",
    "ZAQ!2wsxCDE#4rfv",
    "aaaaaaaaaaaaaaaa",
    "123456789012",
    "735916482047",
    "abcdefghijklmnop",
    "Summer2024!!!!",
    "Welcome@Hospital1",
    "Pathology2026!",
    "Administrator1!",
    "Aug2024Aug2024",
    "januar 2025 januar",
    "hunter hunter hunter hunter",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "passw0rd passw0rd",
    "iloveyou12345",
    "Passwort2023!",
    "monkey123456",
    "letmeinletmein",
)
STRONG = (
    "wooden teapot under glass",
    "mein Hund heisst Waldi",
    "gurke tisch wolke lampe",
    "4f9Gk2!xQm7z",
    "Tr0ub4dor&3xyz",
    "xkqz vmnt wplf",
    "\u6771\u4eac\u30bf\u30ef\u30fc\u3067\u98df\u3079\u305f\u30d1\u30f3\u306e\u8033",
    "les sanglots longs des violons",
)


@pytest.mark.parametrize("password", WEAK)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    judged = judge(password)
    assert judged.problem is not None, guessing_bits(password)
    assert judged.problem.endswith(".")
    assert judged.score <= 1


@pytest.mark.parametrize("password", STRONG)
def test_what_nobody_tries_first_is_taken(password: str) -> None:
    judged = judge(password)
    assert judged.problem is None, guessing_bits(password)
    assert judged.score >= 2


def test_eleven_characters_are_too_few_and_twelve_are_not() -> None:
    assert "12 characters" in (judge("x9#Kq!vB2zL").problem or "")
    assert judge("x9#Kq!vB2zLw").problem is None


def test_a_password_may_be_long_but_not_endless() -> None:
    assert judge("wooden teapot under glass " * 9).problem is None
    assert "at most" in (judge("wooden teapot under glass " * 10).problem or "")


def test_a_password_of_ones_own_name_is_refused_and_says_why() -> None:
    own = ("alice.smith", "Alice Smith-Jones", "a.smith@hospital.example")
    for password in ("alice.smith2024", "SmithJonesAlice!", "hospital.example", "a.smith@hospital.example"):
        judged = judge(password, own)
        assert judged.problem is not None, password
    assert "your own name" in (judge("Alice Smith-Jones", own).problem or "")
    assert judge("wooden teapot under glass", own).problem is None


def test_both_spellings_of_an_accent_are_judged_alike() -> None:
    text = "vi\u00f1edo t\u00e9 n\u00famero \u00e1rbol"
    assert judge(unicodedata.normalize("NFD", text)) == judge(text)


@pytest.mark.parametrize("password", WEAK)
def test_what_nobody_guesses_makes_a_weak_password_strong(password: str) -> None:
    bits = guessing_bits(password)
    assert bits < ENOUGH_BITS
    assert guessing_bits(password + "x9#Kq!vB2") > bits + 20


def test_a_very_long_password_costs_no_time() -> None:
    assert guessing_bits("aB3$" * 5000) > 0


def test_the_list_in_the_package_is_what_the_tool_builds() -> None:
    packed = weak_passwords.TARGET.read_bytes()
    assert packed == weak_passwords.packed(), "run: .venv/bin/python tools/weak_passwords.py"
    assert list(weak_words()) == weak_passwords.words()
    assert 2000 < len(weak_words()) < 20_000
    assert len(packed) < 64 * 1024
