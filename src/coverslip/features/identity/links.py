"""Links that let somebody in once: an invitation, a reset by an administrator, a confirmed mail address.

The token stands behind ``#`` in the address, so that no server and no log ever sees it; the page
sends it in a body. Looking at a link changes nothing, because mail scanners open links.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast, get_args

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.identity_errors import ExternalAccount, LinkEnded, MailUnavailable
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import (
    duties,
    guesses,
    passwords,
    people,
    sessions,
    signing_in,
    store_people,
    words,
)
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.models import LinkRecord, Person
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.signing_in import FactorNeeded
from coverslip.features.identity.viewer import SYSTEM, OrganisationRole, Viewer, credential_hash, put_on_record
from coverslip.infra.mail import can_mail, send_mail
from coverslip.infra.runtime import Runtime

LinkKind = Literal["invitation", "reset", "registration"]
RESET_LIFE: Final = timedelta(hours=24)
INVITATION_LIFE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; the token is shown once."""

    link_id: str
    kind: LinkKind
    token: str
    expires_at: datetime
    email: str | None


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What a link says before it is used; ``user_name`` None means that the person chooses one."""

    link_id: str
    kind: str
    name: str | None
    user_name: str | None
    email: str | None
    organisation_role: str | None
    group_ids: list[str]
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody enters who uses a link."""

    password: str
    user_name: str | None = None
    name: str | None = None
    terms_version: str | None = None


def invite(
    session: Session,
    *,
    by: Viewer,
    name: str | None = None,
    email: str | None = None,
    organisation_role: OrganisationRole | None = None,
    group_ids: Sequence[str] = (),
    life: timedelta = INVITATION_LIFE,
) -> NewLink:
    """Invite somebody who chooses a user name and password themselves.

    Raises
    ------
    NotFound, InvalidRequest
        There is no such group; the name or address cannot be one.
    """
    known = store_people.groups_by_ids(session, list(group_ids))
    if len(known) != len(set(group_ids)):
        raise NotFound("There is no such group.")
    row = _row("invitation", by, life)
    row.name = None if name is None or not name.strip() else words.display_name(name)
    row.email = words.email(email)
    row.organisation_role, row.group_ids = organisation_role, list(dict.fromkeys(group_ids))
    return _made(session, row, by)


def invite_person(session: Session, person: Person, *, by: Viewer) -> NewLink:
    """Make the link by which somebody whose account was just made sets a first password."""
    row = _row("invitation", by, INVITATION_LIFE)
    row.person_id, row.email = person.person_id, person.email
    return _made(session, row, by)


def reset(session: Session, person_id: str, *, by: Viewer) -> NewLink:
    """Make the link by which somebody sets a new password; an earlier one stops working.

    Raises
    ------
    NotFound, ExternalAccount
    """
    person = people.found(session, person_id)
    if person.source != people.LOCAL:
        raise ExternalAccount
    if person.state != "active":
        raise NotFound("This person may not sign in; activate the account first.")
    store_people.revoke_links(session, utc_now(), person_id=person_id)
    row = _row("reset", by, RESET_LIFE)
    row.person_id, row.email = person_id, person.email
    return _made(session, row, by)


def confirm_address(session: Session, name: str, email: str) -> NewLink:
    """Make the link by which somebody who registers proves that a mail address is theirs."""
    store_people.revoke_links(session, utc_now(), email=email)
    row = _row("registration", None, RESET_LIFE)
    row.name, row.email = name, email
    return _made(session, row, SYSTEM)


def _row(kind: LinkKind, by: Viewer | None, life: timedelta) -> LinkRecord:
    now = utc_now()
    return LinkRecord(
        link_id=new_id(),
        kind=kind,
        group_ids=[],
        created_by=None if by is None or by is SYSTEM else by.person_id,
        created_at=now,
        expires_at=now + life,
    )


def _made(session: Session, row: LinkRecord, by: Viewer) -> NewLink:
    secret = secrets.token_urlsafe(24)
    row.token_hash = credential_hash(secret)
    session.add(row)
    session.flush()
    put_on_record(
        session, f"{row.kind}.issue", "link", row.link_id, by, person_id=row.person_id, role=row.organisation_role
    )
    kind: LinkKind = "reset" if row.kind == "reset" else "invitation" if row.kind == "invitation" else "registration"
    return NewLink(row.link_id, kind, secret, row.expires_at, row.email)


def mail(runtime: Runtime, link: NewLink, url: str) -> str | None:
    """Send a link to the address that it is for; returns why not, None when the mail server took it."""
    if link.email is None:
        return "There is no mail address; copy the link."
    if not can_mail(runtime.settings):
        return "No mail server is set; copy the link."
    subject, first = _MAILS[link.kind]
    ends = link.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    try:
        send_mail(runtime.settings, link.email, subject, f"{first}\n\n{url}\n\nThe link works once, until {ends}.\n")
    except MailUnavailable as error:
        return f"{error.message} Copy the link."
    return None


_MAILS: Final[dict[LinkKind, tuple[str, str]]] = {
    "invitation": ("You are invited to Coverslip", "You are invited to look at slides. Choose your password here:"),
    "reset": ("A new password for Coverslip", "An administrator lets you choose a new password:"),
    "registration": (
        "Your account for Coverslip",
        "Somebody, probably you, asked for an account with this address. If it was not you, do nothing.",
    ),
}


# --- looking and using --------------------------------------------------------------------------


def look(runtime: Runtime, token: str, caller: Caller) -> LinkInfo:
    """Say what a link is for; nothing changes by it.

    Raises
    ------
    LinkEnded, TooManyAttempts
    """
    with guesses.counted(runtime, caller.address, None, action="link.look") as guess:
        with runtime.db.read() as session:
            row, person = _usable(session, token)
            shown = _shown(session, row, person)
        guess.right = True
    return shown


def use(runtime: Runtime, token: str, wishes: Wishes, caller: Caller, site: Site) -> SignedIn | FactorNeeded:
    """Use a link up: set the password, make the account where there is none, and go on as after a password.

    A password or name that is refused leaves the link as it was.

    Raises
    ------
    LinkEnded, TooManyAttempts, PasswordRefused, NameTaken, InvalidRequest
    Conflict
        The terms of use that were accepted are not those of today.
    """
    with guesses.counted(runtime, caller.address, None, action="link.use") as guess:
        with runtime.db.read() as session:
            row, person = _usable(session, token)
            fixed = None if person is None else person.user_name
            name = row.name if person is None else person.name
            email = row.email if person is None else person.email
        guess.right = True
    user_name = fixed or words.user_name(wishes.user_name or "")
    name = name if fixed or not (wishes.name or "").strip() else wishes.name
    passwords.check(wishes.password, user_name, name, email)
    password_hash = passwords.hashed(wishes.password)
    now = utc_now()
    with runtime.db.transaction() as session:
        if not store_people.use_link(session, row.no, now):
            raise LinkEnded
        person_id = row.person_id or _account(session, row, user_name, name or user_name)
        put_on_record(session, f"{row.kind}.use", "link", row.link_id, None, person_id=person_id)
        passwords.put(session, person_id, password_hash, by=None, now=now)
        if row.kind == "reset":
            sessions.end_sessions(session, person_id, by=None)
        if wishes.terms_version is not None:
            duties.accept_terms(session, runtime.settings, person_id, wishes.terms_version, None)
        return signing_in.let_in(session, runtime, person_id, caller, site, now)


def _account(session: Session, row: LinkRecord, user_name: str, name: str) -> str:
    known = {one.group_id for one in store_people.groups_by_ids(session, row.group_ids)}
    role: OrganisationRole | None = None
    if row.organisation_role in get_args(OrganisationRole):
        role = cast("OrganisationRole", row.organisation_role)
    new = people.NewPerson(
        user_name,
        name,
        email=row.email,
        organisation_role=role,
        group_ids=[one for one in row.group_ids if one in known],  # a group may have gone since the invitation
    )
    by = SYSTEM if row.created_by is None else _inviter(session, row.created_by)
    return people.add_person(session, new, by=by).person_id


def _inviter(session: Session, person_id: str) -> Viewer:
    person = people.found(session, person_id)
    return Viewer("link", "system", person_id, person.name, person.organisation_role, None, None)


def list_open(session: Session) -> list[LinkInfo]:
    """Return the links that can still be used, newest first."""
    rows = store_people.open_links(session, utc_now())
    return [_shown(session, row, _person_of(session, row)) for row in rows]


def withdraw(session: Session, link_id: str, *, by: Viewer) -> None:
    """Make a link useless.

    Raises
    ------
    NotFound
        It was used, withdrawn or has run out.
    """
    if not store_people.revoke_link(session, link_id, utc_now()):
        raise NotFound
    put_on_record(session, "link.withdraw", "link", link_id, by)


def _usable(session: Session, token: str) -> tuple[LinkRecord, Person | None]:
    row = store_people.link_by_hash(session, credential_hash(token))
    if row is None or row.used_at is not None or row.revoked_at is not None or utc_now() >= row.expires_at:
        raise LinkEnded
    person = _person_of(session, row)
    if row.person_id is not None and (person is None or person.state != "active"):
        raise LinkEnded
    return row, person


def _person_of(session: Session, row: LinkRecord) -> Person | None:
    return None if row.person_id is None else store_people.person_by_id(session, row.person_id)


def _shown(session: Session, row: LinkRecord, person: Person | None) -> LinkInfo:
    inviter = None if row.created_by is None else store_people.person_by_id(session, row.created_by)
    return LinkInfo(
        link_id=row.link_id,
        kind=row.kind,
        name=row.name if person is None else person.name,
        user_name=None if person is None else person.user_name,
        email=row.email if person is None else person.email,
        organisation_role=row.organisation_role if person is None else person.organisation_role,
        group_ids=row.group_ids,
        invited_by=None if inviter is None else inviter.name,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
