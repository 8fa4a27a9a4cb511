"""Names of people and groups: what they may look like, and when two are the same."""

import re
import unicodedata
from typing import Final

from coverslip.core.errors import FieldProblem, InvalidRequest

_USER_NAME_LONGEST: Final = 64
_NAME_LONGEST: Final = 120
_EMAIL_LONGEST: Final = 254
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and Indian names are written with them
_PUNCTUATION: Final = frozenset("._-@+'")
_MAIL: Final = re.compile(r"[^@\s<>,;:\"\\()\[\]]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][^\W_]+", re.UNICODE)


def folded(text: str) -> str:
    """Return the form in which two spellings of one name are equal: NFKC, capitals and outer space gone."""
    once = unicodedata.normalize("NFKC", text).strip().casefold()
    return unicodedata.normalize("NFKC", once)  # folding may undo the normal form


def search_text(*parts: str | None) -> str:
    """Return what a search looks at: folded, without accents."""
    plain = unicodedata.normalize("NFKD", folded(" ".join(part for part in parts if part)))
    return "".join(one for one in plain if not unicodedata.combining(one))


def search_words(query: str | None) -> tuple[str, ...]:
    """Return the words of a search, as :func:`search_text` would hold them."""
    return tuple(search_text((query or "")[:200]).split())


def user_name(text: str, pointer: str = "/user_name") -> str:
    """Return a user name as it is shown.

    Raises
    ------
    InvalidRequest
        It is empty, too long, or holds something else than letters, digits and ``. _ - @ + '``.
    """
    name = unicodedata.normalize("NFC", text).strip()
    key = folded(name)
    if not key or len(name) > _USER_NAME_LONGEST or len(key) > _USER_NAME_LONGEST:
        raise _refused(pointer, f"A user name has 1 to {_USER_NAME_LONGEST} characters.")
    if not all(unicodedata.category(one)[0] in "LNM" or one in _PUNCTUATION for one in name + key):
        raise _refused(pointer, "A user name holds letters, digits and . _ - @ + ' only.")
    return name


def display_name(text: str, pointer: str = "/name") -> str:
    """Return the name of a person or group as it is shown.

    Raises
    ------
    InvalidRequest
        It is empty, too long or holds control characters.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > _NAME_LONGEST:
        raise _refused(pointer, f"A name has 1 to {_NAME_LONGEST} characters.")
    if any(unicodedata.category(one)[0] == "C" and one not in _JOINERS for one in name):
        raise _refused(pointer, "A name holds no control characters.")
    return name


def email(text: str | None, pointer: str = "/email") -> str | None:
    """Return a mail address, None for none.

    Raises
    ------
    InvalidRequest
        It does not look like one.
    """
    if text is None or not text.strip():
        return None
    address = unicodedata.normalize("NFC", text).strip()
    if len(address) > _EMAIL_LONGEST or not _MAIL.fullmatch(address):
        raise _refused(pointer, "This does not look like a mail address.")
    return address


def mail_domain(address: str) -> str:
    """Return the part of a mail address behind the at sign, in small letters."""
    return address.rpartition("@")[2].lower()


def _refused(pointer: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, [FieldProblem(pointer, sentence)])
