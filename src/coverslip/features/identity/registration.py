"""Making an account oneself, where the settings allow it.

By domain: whoever has mail in a listed domain proves it by a link. By approval: an administrator
decides. The answer is the same whether or not there is such a person, and so is the work.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest, TooManyAttempts
from coverslip.core.identity_errors import DomainRefused, MailUnavailable, NameTaken, RegistrationClosed
from coverslip.features.identity import guesses, links, passwords, people, store_people, words
from coverslip.features.identity.callers import Caller
from coverslip.features.identity.store_people import PeopleFilter
from coverslip.features.identity.viewer import SYSTEM
from coverslip.infra.mail import send_mail
from coverslip.infra.runtime import Runtime

_WAITING_MOST: Final = 500
_NOTE_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody enters who wants an account."""

    name: str
    email: str
    user_name: str | None = None
    password: str | None = None
    note: str | None = None


def register(runtime: Runtime, wanted: Application, caller: Caller, base_url: str) -> Literal["mailed", "pending"]:
    """Take an application; what becomes of it is not told here.

    Raises
    ------
    RegistrationClosed, DomainRefused, PasswordRefused, InvalidRequest, TooManyAttempts, MailUnavailable
    """
    policy = runtime.settings.registration
    if policy == "off":
        raise RegistrationClosed
    name, email = words.display_name(wanted.name), words.email(wanted.email)
    if email is None:
        raise _missing("/email", "A mail address is needed.")
    # Ten applications of one address in five minutes; they count for themselves, not as wrong passwords.
    with guesses.counted(runtime, f"registration {caller.address}", None, action="registration") as guess:
        guess.kept = True
        if policy == "domain":
            _by_domain(runtime, name, email, base_url)
            return "mailed"
        _for_approval(runtime, name, email, wanted)
        return "pending"


def _by_domain(runtime: Runtime, name: str, email: str, base_url: str) -> None:
    if words.mail_domain(email) not in runtime.settings.registration_domains:
        raise DomainRefused
    with runtime.db.transaction() as session:
        known = store_people.person_by_email(session, email)
        link = None if known is not None else links.confirm_address(session, name, email)
    if link is not None:
        problem = links.mail(runtime, link, f"{base_url}/link#{link.token}")
        if problem is not None:
            raise MailUnavailable
        return
    text = (
        f"Somebody, probably you, asked for an account with this address. You have one already:\n\n{base_url}/signin\n"
    )
    send_mail(runtime.settings, email, "Your account for Coverslip", text)


def _for_approval(runtime: Runtime, name: str, email: str, wanted: Application) -> None:
    if not wanted.user_name:
        raise _missing("/user_name", "A user name is needed.")
    if not wanted.password:
        raise _missing("/password", "A password is needed.")
    user_name = words.user_name(wanted.user_name)
    passwords.check(wanted.password, user_name, name, email)
    password_hash = passwords.hashed(wanted.password)
    with runtime.db.transaction() as session:
        if store_people.count_people(session, PeopleFilter(state="pending")) >= _WAITING_MOST:
            raise TooManyAttempts("Too many people wait for an approval; ask an administrator.")
        new = people.NewPerson(
            _free(session, user_name),
            name,
            email=email,
            state="pending",
            note=(wanted.note or "").strip()[:_NOTE_KEPT] or None,
        )
        person = people.add_person(session, new, by=SYSTEM)
        passwords.put(session, person.person_id, password_hash, by=None)


def _free(session: Session, user_name: str) -> str:
    """Return the user name, or one like it where it is taken: to say so would tell strangers who is here."""
    for number in range(1, 100):
        wished = user_name if number == 1 else f"{user_name[:60]}-{number}"
        try:
            people.require_free(session, wished)
        except NameTaken:
            continue
        return wished
    raise TooManyAttempts("Ask an administrator for an account.")


def _missing(pointer: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, [FieldProblem(pointer, sentence)])
