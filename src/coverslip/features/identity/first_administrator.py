"""The first administrator, and the address that lets whoever runs the server in."""

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.time import utc_now
from coverslip.features.identity import people, store, store_people
from coverslip.features.identity.models import OneTimeToken
from coverslip.features.identity.viewer import ADMINISTRATOR, SYSTEM, Viewer, credential_hash, put_on_record

ADMINISTRATOR_NAME: Final = "Local administrator"
ADMINISTRATOR_USER_NAME: Final = "administrator"
ONE_TIME_LIFE: Final = timedelta(hours=24)


def local_administrator(session: Session) -> Viewer:
    """Return the oldest administrator as the viewer behind a command on this machine.

    Raises
    ------
    NotFound
        Coverslip was never started on this data folder.
    """
    person = store_people.first_administrator(session)
    if person is None:
        raise NotFound("There is no administrator yet; start Coverslip once.")
    return Viewer(
        "command", "system", person.person_id, person.name, ADMINISTRATOR, None, None, user_name=person.user_name
    )


def ensure_administrator(session: Session) -> str:
    """Create the local administrator where there is none; no password exists. Return the person's id."""
    person = store_people.first_administrator(session)
    if person is not None:
        return person.person_id
    free = ADMINISTRATOR_USER_NAME
    while store_people.person_by_sign_in_name(session, free) is not None:
        free += "-2"
    made = people.NewPerson(free, ADMINISTRATOR_NAME, organisation_role="administrator")
    return people.add_person(session, made, by=SYSTEM).person_id


def issue_one_time(session: Session) -> str:
    """Return a fresh one-time sign-in token of the oldest administrator; every earlier one stops working."""
    person_id = ensure_administrator(session)
    store.drop_one_time_tokens(session)
    secret = secrets.token_urlsafe(32)
    session.add(
        OneTimeToken(
            token_hash=credential_hash(secret), person_id=person_id, expires_at=utc_now() + ONE_TIME_LIFE, used_at=None
        )
    )
    session.flush()
    put_on_record(session, "one_time_token.issue", "person", person_id, SYSTEM)
    return secret
