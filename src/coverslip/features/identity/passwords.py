"""Passwords: argon2id at rest, one hash of work for every answer, and no weak ones."""

import threading
import unicodedata
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem
from coverslip.core.identity_errors import PasswordRefused
from coverslip.core.time import utc_now
from coverslip.features.identity import store_factors, store_people
from coverslip.features.identity.strength import judge
from coverslip.features.identity.viewer import Viewer, put_on_record

HASHER: Final = PasswordHasher()  # argon2id with the parameters that RFC 9106 recommends where memory is short
NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$hJLm2WEMQxiKcKeO+W6b0g$QPyeDGMgviYaSR63pPmhHAW7ky7Pm5/Mu1u61U7C0ZU"
"""The hash that stands in for people who do not exist: nobody's password, the same work."""
_SLOTS: Final = threading.BoundedSemaphore(2)  # each hash takes 64 MiB


def hashed(password: str) -> str:
    """Return the argon2id hash of a password. Takes a tenth of a second: call it outside of a transaction."""
    with _SLOTS:
        return HASHER.hash(_normal(password))


def fits(stored: str | None, password: str) -> bool:
    """Say whether a password is the right one; costs the same whether or not there is one."""
    with _SLOTS:
        try:
            right = HASHER.verify(NOBODYS if stored is None else stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


def is_dated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def check(password: str, *own_words: str | None, pointer: str = "/password") -> None:
    """Let a password pass that is hard to guess.

    Parameters
    ----------
    own_words : str or None
        What an attacker who knows the person would try first: user name, name, mail address.

    Raises
    ------
    PasswordRefused
        Says why, in one sentence.
    """
    problem = judge(password, own_words).problem
    if problem is not None:
        raise PasswordRefused(problem, [FieldProblem(pointer, problem)])


def put(
    session: Session, person_id: str, password_hash: str, *, by: Viewer | None, now: datetime | None = None
) -> None:
    """Set a person's password to one that was checked and hashed; what the old one had begun ends."""
    now = now or utc_now()
    store_factors.put_password(session, person_id, password_hash, now)
    store_factors.drop_challenges(session, now, person_id=person_id)
    store_people.revoke_links(session, now, person_id=person_id)
    put_on_record(session, "password.set", "person", person_id, by)


def _normal(password: str) -> bytes:
    """Return the bytes that are hashed: one spelling of each character, whatever the keyboard."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
