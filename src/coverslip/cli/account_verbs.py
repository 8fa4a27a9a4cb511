"""The words of ``coverslip user``, ``group`` and ``token``; nothing else is imported for them."""

import argparse
from collections.abc import Callable
from typing import Any, Final

from coverslip.cli import accounts, sign_in

ROLES: Final = ("administrator", "auditor", "operator")
SCOPES: Final = ("read", "write", "admin")

Verb = Callable[..., argparse.ArgumentParser]


def add_account_verbs(verbs: Any, verb: Verb) -> None:
    """Add the commands about accounts; ``verb`` adds one command."""
    _user(_family(verbs, "user", "people who may sign in"), verb)
    _group(_family(verbs, "group", "groups of people, for permissions"), verb)
    _token(_family(verbs, "token", "secrets for scripts"), verb)


def _family(verbs: Any, name: str, text: str) -> Any:
    parser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def _user(verbs: Any, verb: Verb) -> None:
    add = verb(verbs, "add", accounts.user_add, "make an account and print the link that sets its password")
    add.add_argument("user_name", metavar="NAME", help="the name to sign in with")
    role = add.add_mutually_exclusive_group()
    role.add_argument("--admin", action="store_true", help="make an administrator, as --role administrator")
    role.add_argument("--role", choices=ROLES, help="role in the organisation")
    add.add_argument("--name", metavar="TEXT", help="the name that is shown (NAME)")
    add.add_argument("--email", metavar="ADDRESS", help="mail address")
    add.add_argument("--group", action="append", metavar="GROUP", help="a group to be in; may be said again")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input, no link")

    invite = verb(verbs, "invite", accounts.user_invite, "print a link by which somebody makes an account")
    invite.add_argument("--name", metavar="TEXT", help="who is invited")
    invite.add_argument("--email", metavar="ADDRESS", help="mail address")
    invite.add_argument("--role", choices=ROLES, help="role in the organisation")
    invite.add_argument("--group", action="append", metavar="GROUP", help="a group to be in; may be said again")
    invite.add_argument("--days", type=int, default=7, help="days until the link ends (7)")

    listed = verb(verbs, "list", accounts.user_list, "list people")
    listed.add_argument("--state", choices=("active", "pending", "deactivated"), help="only these")

    show = verb(verbs, "show", accounts.user_show, "show a person")
    show.add_argument("user_name", metavar="NAME")

    change = verb(verbs, "set", accounts.user_set, "change the names or the role of a person")
    change.add_argument("user_name", metavar="NAME")
    change.add_argument("--user-name", dest="new_user_name", metavar="NAME", help="the name to sign in with")
    change.add_argument("--name", metavar="TEXT", help="the name that is shown")
    change.add_argument("--email", metavar="ADDRESS", help="mail address")
    role = change.add_mutually_exclusive_group()
    role.add_argument("--role", choices=ROLES, help="role in the organisation")
    role.add_argument("--no-role", action="store_true", help="take the role away")

    reset = verb(verbs, "reset", accounts.user_reset, "print a link by which somebody sets a new password")
    reset.add_argument("user_name", metavar="NAME")

    for name, (run, text) in accounts.ON_PERSON.items():
        verb(verbs, name, run, text).add_argument("user_name", metavar="NAME")

    link = verb(
        verbs, "link", sign_in.link, "have a person sign in by their account elsewhere; deletes the password here"
    )
    link.add_argument("user_name", metavar="NAME")
    link.add_argument("provider", metavar="PROVIDER", help="its name in the identity file")
    link.add_argument("key", metavar="KEY", help="what coverslip doctor ldap NAME shows as the key")
    unlink = verb(
        verbs, "unlink", sign_in.unlink, "keep an account here that was kept elsewhere; it has no password yet"
    )
    unlink.add_argument("user_name", metavar="NAME")

    give = verb(verbs, "hand-over", accounts.user_hand_over, "give all that one person owns to another")
    give.add_argument("user_name", metavar="FROM")
    give.add_argument("to", metavar="TO")


def _group(verbs: Any, verb: Verb) -> None:
    add = verb(verbs, "add", accounts.group_add, "make a group")
    add.add_argument("group", metavar="GROUP")
    add.add_argument("--description", default="", metavar="TEXT", help="what it is for")
    verb(verbs, "list", accounts.group_list, "list groups")
    for name, run, text in (
        ("show", accounts.group_show, "list who is in a group"),
        ("delete", accounts.group_delete, "delete a group; whoever is in it loses what it gave them"),
    ):
        verb(verbs, name, run, text).add_argument("group", metavar="GROUP")
    for name, run, text in (
        ("join", accounts.group_join, "put people into a group"),
        ("leave", accounts.group_leave, "take people out of a group"),
    ):
        parser = verb(verbs, name, run, text)
        parser.add_argument("group", metavar="GROUP")
        parser.add_argument("user_name", nargs="+", metavar="NAME")


def _token(verbs: Any, verb: Verb) -> None:
    create = verb(verbs, "create", accounts.token_create, "create a token and print it, once")
    create.add_argument("--user", metavar="NAME", help="whose it is (the oldest administrator's)")
    create.add_argument("--name", default="script", help="what it is for")
    create.add_argument("--days", type=int, default=365, help="days until it expires (365)")
    create.add_argument(
        "--scope", action="append", choices=SCOPES, help="what it may do; may be said again (all that its person may)"
    )
    listed = verb(verbs, "list", accounts.token_list, "list the tokens, without their secrets")
    listed.add_argument("--user", metavar="NAME", help="only those of one person")
    revoke = verb(verbs, "revoke", accounts.token_revoke, "revoke a token for good")
    revoke.add_argument("token_id", metavar="TOKEN_ID")
