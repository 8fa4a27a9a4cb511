"""The life of an account: let in, shut out, let in again. Nobody who was ever let in is deleted."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict
from coverslip.core.identity_errors import OwnAccount
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    groups,
    people,
    sessions,
    store,
    store_external,
    store_factors,
    store_people,
    tokens,
)
from coverslip.features.identity.models import Person
from coverslip.features.identity.viewer import ADMINISTRATOR, OrganisationRole, Viewer, put_on_record


def approve(
    session: Session,
    person_id: str,
    organisation_role: OrganisationRole | None = None,
    group_ids: Sequence[str] = (),
    *,
    by: Viewer,
) -> Person:
    """Let somebody in who asked for an account.

    Raises
    ------
    NotFound, Conflict
        They do not wait.
    """
    person = _waiting(session, person_id)
    person.state, person.organisation_role, person.note = "active", organisation_role, None
    session.flush()
    put_on_record(session, "person.approve", "person", person_id, by, role=organisation_role)
    for group_id in dict.fromkeys(group_ids):
        groups.add_member(session, group_id, person_id, by=by)
    return person


def refuse(session: Session, person_id: str, *, by: Viewer) -> None:
    """Refuse somebody who asked for an account; what they entered is deleted.

    Raises
    ------
    NotFound, Conflict
    """
    _waiting(session, person_id)
    store_factors.drop_password(session, person_id)
    store_people.delete_person(session, person_id)
    put_on_record(session, "person.refuse", "person", person_id, by)


def _waiting(session: Session, person_id: str) -> Person:
    person = people.found(session, person_id)
    if person.state != "pending":
        raise Conflict("This person does not wait for an approval.")
    return person


def deactivate(session: Session, person_id: str, *, by: Viewer) -> None:
    """End an account: sessions, tokens and links with it, at once. What the person made stays.

    Raises
    ------
    NotFound, OwnAccount, LastAdministrator, Conflict
    """
    person = people.found(session, person_id)
    if person.state == "pending":
        raise Conflict("This person was never let in; refuse the request.")
    if person_id == by.person_id and by.kind != "system":
        raise OwnAccount
    if person.state == "deactivated":
        store_external.forget_gone(session, person_id)  # from now on it is we who shut them out
        return
    if person.organisation_role == ADMINISTRATOR:
        people.keep_one_administrator(session)
    person.state = "deactivated"
    session.flush()
    put_on_record(session, "person.deactivate", "person", person_id, by)
    sessions.end_sessions(session, person_id, by=by)
    tokens.revoke_tokens(session, person_id, by=by)
    now = utc_now()
    store_people.revoke_links(session, now, person_id=person_id)
    store_people.revoke_links(session, now, created_by=person_id)
    store_factors.drop_challenges(session, now, person_id=person_id)
    store.drop_one_time_tokens_of(session, person_id)


def activate(session: Session, person_id: str, *, by: Viewer) -> None:
    """Let somebody in again; their old sessions and tokens stay ended.

    Raises
    ------
    NotFound, Conflict
    """
    person = people.found(session, person_id)
    if person.state == "pending":
        raise Conflict("This person waits for an approval.")
    if person.state == "deactivated":
        person.state = "active"
        store_external.forget_gone(session, person_id)
        session.flush()
        put_on_record(session, "person.activate", "person", person_id, by)


def forget_second_factor(session: Session, person_id: str, *, by: Viewer) -> None:
    """Take every second factor of somebody who lost their phone; their sessions end.

    Raises
    ------
    NotFound
    """
    people.found(session, person_id)
    store_factors.drop_factors(session, person_id)
    put_on_record(session, "second_factor.forget", "person", person_id, by)
    sessions.end_sessions(session, person_id, by=by)
