"""``coverslip user``, ``group`` and ``token``: accounts from the command line of the server's own machine.

Whoever may run it owns the data folder, so it asks for nothing; it acts as the oldest administrator.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from coverslip.core.errors import InvalidRequest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coverslip.features.identity import NewLink, OrganisationRole, PersonInfo, Viewer
    from coverslip.settings import Settings


@contextmanager
def _acting(options: argparse.Namespace) -> Iterator[tuple["Session", "Viewer"]]:
    """Open a transaction, and say as whom it acts: as the oldest administrator, or as nobody yet."""
    from coverslip.app import command_runtime
    from coverslip.core.errors import NotFound
    from coverslip.features import identity

    with command_runtime(_settings(options)) as runtime, runtime.db.transaction() as session:
        try:
            by = identity.local_administrator(session)
        except NotFound:
            by = identity.SYSTEM
        yield session, by


def _settings(options: argparse.Namespace) -> "Settings":
    from coverslip.settings import read_settings

    return read_settings(data=options.data)


def _print_link(options: argparse.Namespace, link: "NewLink") -> None:
    base = _settings(options).base_url
    print(f"{base or ''}/link#{link.token}")
    ends = f"{link.expires_at:%Y-%m-%d %H:%M} UTC"
    where = "" if base else " Put the address of your server before it, http://127.0.0.1:8080 unless it is another."
    print(f"The link works once, until {ends}. It is not shown again.{where}", file=sys.stderr)


def _described(person: "PersonInfo") -> str:
    return f"{person.user_name}  {person.state}  {person.organisation_role or '-'}  {person.source}  {person.name}"


# --- user -----------------------------------------------------------------------------------------


def user_add(options: argparse.Namespace) -> int:
    """Make an account; print the link by which its person sets a password, or take one from standard input."""
    from coverslip.features import identity

    role: OrganisationRole | None = "administrator" if options.admin else options.role
    name = options.name or options.user_name
    password_hash = None
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        identity.check_password(password, options.user_name, name, options.email)
        password_hash = identity.hash_password(password)
    with _acting(options) as (session, by):
        new = identity.NewPerson(options.user_name, name, options.email, role)
        person = identity.add_person(session, new, by=by)
        for group in options.group or ():
            identity.add_member(session, identity.group_by_name(session, group).group_id, person.person_id, by=by)
        link = None
        if password_hash is None:
            link = identity.invite_person(session, person, by=by)
        else:
            identity.put_password(session, person.person_id, password_hash, by=by)
    if link is not None:
        _print_link(options, link)
    return 0


def user_invite(options: argparse.Namespace) -> int:
    """Print a link by which somebody makes an account of their own."""
    from coverslip.features import identity

    if not 1 <= options.days <= 30:
        raise InvalidRequest("An invitation lives 1 to 30 days.")
    with _acting(options) as (session, by):
        group_ids = [identity.group_by_name(session, group).group_id for group in options.group or ()]
        link = identity.invite(
            session,
            by=by,
            name=options.name,
            email=options.email,
            organisation_role=options.role,
            group_ids=group_ids,
            life=timedelta(days=options.days),
        )
    _print_link(options, link)
    return 0


def user_list(options: argparse.Namespace) -> int:
    """List people: user name, state, role, source, name."""
    from coverslip.features import identity

    cursor: str | None = None
    while True:
        with _acting(options) as (session, _):
            wanted = identity.PeopleFilter(state=options.state)
            page = identity.list_people(session, wanted, 200, cursor)
        for row in page.items:
            print(_described(row.person))
        cursor = page.next_cursor
        if cursor is None:
            return 0


def user_show(options: argparse.Namespace) -> int:
    """Show one person."""
    from coverslip.features import identity

    with _acting(options) as (session, _):
        person_id = identity.person_by_user_name(session, options.user_name).person_id
        row = identity.get_row(session, person_id)
        sessions = len(identity.list_sessions(session, person_id))
        tokens = sum(one.revoked_at is None for one in identity.list_tokens(session, person_id))
        owned = identity.owned_by(session, person_id)
    person = row.person
    facts = {
        "user name": person.user_name,
        "name": person.name,
        "mail": person.email or "-",
        "state": person.state,
        "role": person.organisation_role or "-",
        "source": person.source,
        "groups": ", ".join(group.name for group in row.groups) or "-",
        "password": "set" if row.password else "none",
        "second factor": "set up" if row.second_factor else "none",
        "sessions": str(sessions),
        "tokens": str(tokens),
        "owns": ", ".join(f"{one.count} {one.kind}" for one in owned) or "-",
        "last seen": f"{person.last_seen_at:%Y-%m-%d %H:%M} UTC" if person.last_seen_at else "never",
    }
    width = max(map(len, facts))
    for label, value in facts.items():
        print(f"{label:<{width}}  {value}")
    return 0


def user_set(options: argparse.Namespace) -> int:
    """Change a person's names or role."""
    from coverslip.features import identity

    given = {
        "user_name": options.new_user_name,
        "name": options.name,
        "email": options.email,
        "organisation_role": options.role,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    if options.no_role:
        fields["organisation_role"] = None
    if not fields:
        raise InvalidRequest("Say what to change: --user-name, --name, --email, --role or --no-role.")
    settings = _settings(options)
    with _acting(options) as (session, by):
        person_id = identity.person_by_user_name(session, options.user_name).person_id
        changes = identity.PersonChanges(frozenset(fields), **fields)
        identity.change_person(session, settings, person_id, changes, by=by)
        print(_described(identity.get_person(session, person_id)))
    return 0


def user_reset(options: argparse.Namespace) -> int:
    """Print a link by which somebody sets a new password."""
    from coverslip.features import identity

    with _acting(options) as (session, by):
        link = identity.reset(session, identity.person_by_user_name(session, options.user_name).person_id, by=by)
    _print_link(options, link)
    return 0


def user_hand_over(options: argparse.Namespace) -> int:
    """Give all that one person owns to another."""
    from coverslip.features import identity

    with _acting(options) as (session, by):
        giver, taker = (
            identity.person_by_user_name(session, name).person_id for name in (options.user_name, options.to)
        )
        moved = identity.hand_over(session, giver, taker, by=by)
    print(", ".join(f"{one.count} {one.kind}" for one in moved) or "There was nothing to hand over.")
    return 0


def _on_person(
    change: "Callable[[Any, Session, str, Viewer], object]", said: str
) -> Callable[[argparse.Namespace], int]:
    """Return the verb that does one thing to one person."""

    def run(options: argparse.Namespace) -> int:
        from coverslip.features import identity

        with _acting(options) as (session, by):
            change(identity, session, identity.person_by_user_name(session, options.user_name).person_id, by)
        print(said)
        return 0

    return run


ON_PERSON: Final = {
    "deactivate": (
        _on_person(lambda room, s, p, by: room.deactivate(s, p, by=by), "Deactivated; sessions and tokens ended."),
        "end an account; its sessions and tokens end at once",
    ),
    "activate": (
        _on_person(lambda room, s, p, by: room.activate(s, p, by=by), "Activated; old tokens stay ended."),
        "let somebody in again",
    ),
    "approve": (
        _on_person(lambda room, s, p, by: room.approve(s, p, by=by), "Approved."),
        "let somebody in who asked for an account",
    ),
    "refuse": (
        _on_person(lambda room, s, p, by: room.refuse(s, p, by=by), "Refused; what was entered is deleted."),
        "refuse somebody who asked for an account",
    ),
    "sign-out": (
        _on_person(lambda room, s, p, by: room.end_sessions(s, p, by=by), "Signed out everywhere."),
        "end every session of a person",
    ),
    "forget-second-factor": (
        _on_person(lambda room, s, p, by: room.forget_second_factor(s, p, by=by), "The second factors are gone."),
        "take every second factor of somebody who lost their phone",
    ),
}


# --- group ----------------------------------------------------------------------------------------


def group_add(options: argparse.Namespace) -> int:
    """Make a group."""
    from coverslip.features import identity

    with _acting(options) as (session, by):
        identity.add_group(session, options.group, options.description, by=by)
    return 0


def group_list(options: argparse.Namespace) -> int:
    """List groups: name, source, members."""
    from coverslip.features import identity

    with _acting(options) as (session, _):
        for one in identity.search_groups(session, None):
            print(f"{one.name}  {one.source}  {one.member_count} members")
    return 0


def group_show(options: argparse.Namespace) -> int:
    """List who is in a group."""
    from coverslip.features import identity

    cursor: str | None = None
    while True:
        with _acting(options) as (session, _):
            group = identity.group_by_name(session, options.group)
            page = identity.list_people(session, identity.PeopleFilter(group_id=group.group_id), 200, cursor)
        for row in page.items:
            print(_described(row.person))
        cursor = page.next_cursor
        if cursor is None:
            return 0


def group_delete(options: argparse.Namespace) -> int:
    """Delete a group."""
    from coverslip.features import identity

    with _acting(options) as (session, by):
        identity.delete_group(session, identity.group_by_name(session, options.group).group_id, by=by)
    return 0


def group_join(options: argparse.Namespace) -> int:
    """Put people into a group."""
    from coverslip.features import identity

    return _for_each_member(options, identity.add_member)


def group_leave(options: argparse.Namespace) -> int:
    """Take people out of a group."""
    from coverslip.features import identity

    return _for_each_member(options, identity.drop_member)


def _for_each_member(options: argparse.Namespace, change: Callable[..., object]) -> int:
    from coverslip.features import identity

    with _acting(options) as (session, by):
        group_id = identity.group_by_name(session, options.group).group_id
        for name in options.user_name:
            change(session, group_id, identity.person_by_user_name(session, name).person_id, by=by)
    return 0


# --- token ----------------------------------------------------------------------------------------


def token_create(options: argparse.Namespace) -> int:
    """Make a token and print its secret, once."""
    from coverslip.core.time import utc_now
    from coverslip.features import identity

    if not 1 <= options.days <= 3650:
        raise InvalidRequest("A token lives 1 to 3650 days.")
    expires_at = utc_now() + timedelta(days=options.days)
    with _acting(options) as (session, by):
        if options.user is None:
            person_id = identity.ensure_administrator(session)
        else:
            person_id = identity.person_by_user_name(session, options.user).person_id
        secret = identity.create_token(session, person_id, options.name, expires_at, by=by, scopes=options.scope)
    print(secret)
    return 0


def token_list(options: argparse.Namespace) -> int:
    """List tokens without their secrets."""
    from coverslip.features import identity

    with _acting(options) as (session, _):
        person_id = None if options.user is None else identity.person_by_user_name(session, options.user).person_id
        for token in identity.list_tokens(session, person_id):
            state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            scopes = "everything" if token.scopes is None else ",".join(token.scopes)
            print(f"{token.token_id}  {state}  {token.user_name}  {scopes}  {token.name}")
    return 0


def token_revoke(options: argparse.Namespace) -> int:
    """Revoke a token for good."""
    from coverslip.features import identity

    with _acting(options) as (session, by):
        identity.revoke_token(session, options.token_id, by=by)
    print("The token is revoked.")
    return 0
