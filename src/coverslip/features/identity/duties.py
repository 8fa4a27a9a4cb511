"""What somebody must do before the door opens fully: accept the terms of use, set up a second factor."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, SettingRefused
from coverslip.core.time import utc_now
from coverslip.features.identity import store_external, store_factors, store_people
from coverslip.features.identity.models import Person, TermsAcceptance
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.infra.db import insert_or_ignore
from coverslip.settings import Settings

Duty = Literal["accept_terms", "set_up_second_factor"]
_TERMS_LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of use; the version follows from the text, so that it cannot be forgotten to raise it."""

    version: str
    text: str


def current_terms(settings: Settings) -> Terms | None:
    """Return the terms of use as they are now, None when there are none.

    Raises
    ------
    SettingRefused
        The file is gone, too long or no text.
    """
    if settings.terms_file is None:
        return None
    try:
        return _terms(settings.terms_file, settings.terms_file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused("COVERSLIP_TERMS_FILE cannot be used: it is no readable text.") from error


@lru_cache(maxsize=2)
def _terms(path: Path, changed_ns: int) -> Terms:
    text = path.read_text(encoding="utf-8")[:_TERMS_LONGEST].strip()
    return Terms(hashlib.sha256(text.encode()).hexdigest()[:12], text)


def needs_second_factor(settings: Settings, organisation_role: str | None) -> bool:
    """Whether the settings ask a second factor of people with this role."""
    return "everybody" in settings.second_factor_for or organisation_role in settings.second_factor_for


def has_second_factor(session: Session, person_id: str) -> bool:
    """Whether a person has a confirmed authenticator app or a passkey."""
    return bool(store_factors.with_factors(session, [person_id]))


def can_prove(session: Session, person_id: str) -> bool:
    """Whether a person has anything to prove with who they are: here, or at their provider, which asks again."""
    if store_factors.password_of(session, person_id) is not None or has_second_factor(session, person_id):
        return True
    account = store_external.of_person(session, person_id)
    return account is not None and account.way != "header"


def open_duties(session: Session, settings: Settings, person: Person) -> list[Duty]:
    """Return what a person still has to do."""
    duties: list[Duty] = []
    terms = current_terms(settings)
    if terms is not None and store_people.accepted_at(session, person.person_id, terms.version) is None:
        duties.append("accept_terms")
    if needs_second_factor(settings, person.organisation_role) and not has_second_factor(session, person.person_id):
        duties.append("set_up_second_factor")
    return duties


def accept_terms(session: Session, settings: Settings, person_id: str, version: str, by: Viewer | None) -> None:
    """Record that somebody accepts the terms of use.

    Raises
    ------
    Conflict
        These are not the terms as they are now.
    """
    terms = current_terms(settings)
    if terms is None or terms.version != version:
        raise Conflict("The terms of use have changed; read them again.")
    values = {"person_id": person_id, "version": version, "accepted_at": utc_now()}
    if insert_or_ignore(session, TermsAcceptance, values):
        put_on_record(session, "terms.accept", "person", person_id, by, version=version)
