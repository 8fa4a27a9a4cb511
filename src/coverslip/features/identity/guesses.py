"""Guessing costs time: ten guesses in five minutes, for an account and for an address.

A guess is written down before it is looked at, so that a hundred made at once are counted too. It
is forgotten when it was right. Sessions that live already know nothing of all this: nobody can be
thrown out by somebody else's guesses.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import TooManyAttempts
from coverslip.core.time import monotonic_s, utc_now
from coverslip.features.identity import store
from coverslip.features.identity.models import SignInAttempt
from coverslip.features.identity.sealing import keyed_hash
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.features.identity.words import folded
from coverslip.infra.audit import Outcome
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

WINDOW: Final = timedelta(minutes=5)
ALLOWED: Final = 10
_PATIENCE_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.05
_ADDRESS_KEPT: Final = 64


@dataclass(slots=True)
class Guess:
    """One guess on its way.

    Attributes
    ----------
    no : int
        Its row.
    right : bool
        Set when it was right, or no guess at all.
    kept : bool
        Set where it counts although nothing was refused.
    about : str or None
        The person whom it concerns, for the audit trail.
    forgotten : bool
        Whether :meth:`forget` has taken it out already.
    """

    no: int
    right: bool = False
    kept: bool = False
    about: str | None = None
    forgotten: bool = False

    def forget(self, session: Session) -> None:
        """Forget the guess in the transaction that lets somebody in."""
        store.drop_attempt(session, self.no)
        self.right = self.forgotten = True


@contextmanager
def counted(
    runtime: Runtime,
    address: str,
    user_name: str | None,
    *,
    action: str = "session.start",
    by: Viewer | None = None,
    now: datetime | None = None,
) -> Iterator[Guess]:
    """Count a guess around the work that looks at it; what is not forgotten stays a wrong one.

    Parameters
    ----------
    address : str
        Where it comes from.
    user_name : str or None
        The account it is about, whether or not there is such a one.
    action : str
        Under which a wrong guess stands on the audit trail.
    by : Viewer or None
        Who guesses, where somebody is signed in.

    Raises
    ------
    TooManyAttempts
        Wait; the guess is not looked at.
    """
    account = None if user_name is None else keyed_hash(runtime.hmac_key, "account", folded(user_name))
    address = address[:_ADDRESS_KEPT]
    guess = Guess(_begin(runtime, address, account, action, now))
    try:
        yield guess
    except BaseException:
        _keep(runtime, guess, action, by)  # also when the machine failed: it said nothing about the guess
        raise
    if guess.kept:
        with runtime.db.transaction() as session:
            store.fail_attempt(session, guess.no)
    elif not guess.right:
        _keep(runtime, guess, action, by)
    elif not guess.forgotten:
        with runtime.db.transaction() as session:
            guess.forget(session)


def _keep(runtime: Runtime, guess: Guess, action: str, by: Viewer | None) -> None:
    with runtime.db.transaction() as session:
        store.fail_attempt(session, guess.no)
        put_on_record(session, action, "person", guess.about, by, outcome=Outcome.DENIED)


def _begin(runtime: Runtime, address: str, account: str | None, action: str, now: datetime | None) -> int:
    until_s = monotonic_s() + _PATIENCE_S
    while True:
        no, failed = _try(runtime, address, account, now or utc_now())
        if no is not None:
            return no
        if failed >= ALLOWED or monotonic_s() >= until_s:
            runtime.denials.note(address, f"{action}.limited")
            raise TooManyAttempts
        time.sleep(_LOOK_EVERY_S)  # others are being looked at right now: a whole ward may sign in at seven


def _try(runtime: Runtime, address: str, account: str | None, now: datetime) -> tuple[int | None, int]:
    """Write a guess down and return its number; None and the wrong ones when there are too many."""
    with runtime.db.transaction() as session:
        store.lock_keys(session, f"address {address}", *([] if account is None else [f"account {account}"]))
        store.drop_attempts(session, now - WINDOW, now + WINDOW)
        of_address, wrong_of_address, of_account, wrong_of_account = store.count_attempts(
            session, address=address, account=account, since=now - WINDOW
        )
        if max(of_address, of_account) >= ALLOWED:
            return None, max(wrong_of_address, wrong_of_account)
        row = SignInAttempt(address=address, account=account, at=now, failed=False)
        session.add(row)
        session.flush()
        return row.no, 0
