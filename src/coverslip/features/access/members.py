"""Changing who is what on a place, and seeing who is: what managers do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, Forbidden, InvalidRequest
from coverslip.features.access import service, store
from coverslip.features.access.claims import standing_of_entry
from coverslip.features.access.rules import DEFAULT_RIGHTS, SHUT_OUT, Action, Right, Role, Standing, Visibility, rank
from coverslip.features.identity import Viewer

SubjectKind = Literal["person", "group"]

_MORE_FOR_ONESELF: Final = "You cannot give yourself more than you have here."
_NOT_MINE: Final = "You cannot give a right that you do not have here yourself."
_MANAGES_ABOVE: Final = "They manage a place above this one; only who manages that, too, may change what they are here."
_LABEL: Final = "Originals carry their label and names: the right to download needs the right to see identity."


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person or group was given on one scope.

    Attributes
    ----------
    scope_id, subject_kind, subject_id : str
    standing : Standing
        ``NOTHING`` for somebody who is shut out.
    since : datetime
    """

    scope_id: str
    subject_kind: str
    subject_id: str
    standing: Standing
    since: datetime

    @property
    def shuts_out(self) -> bool:
        """Whether the entry takes away what one further up gave."""
        return self.standing.role is None


@dataclass(frozen=True, slots=True)
class Level:
    """One scope of a chain that leads upwards, with what is said there."""

    scope_id: str
    kind: str
    entries: tuple[Entry, ...]
    visibility: Visibility | None


def levels(session: Session, scope_id: str) -> list[Level]:
    """Return a scope and those above it, the nearest first, with everything that is said on each."""
    chain = store.chain(store.parents(session, [scope_id]), scope_id)
    kinds, said = store.kinds_of(session, chain), service.visibility_of_scopes(session)
    by_scope: dict[str, list[Entry]] = {}
    for row in store.entries_on(session, chain):
        given = standing_of_entry(row.role, row.rights)
        entry = Entry(row.scope_id, row.subject_kind, row.subject_id, given, row.created_at)
        by_scope.setdefault(row.scope_id, []).append(entry)
    return [Level(one, kinds[one], tuple(by_scope.get(one, ())), said.get(one)) for one in chain]


def put_entry(
    session: Session,
    viewer: Viewer,
    scope_id: str,
    subject: tuple[SubjectKind, str],
    role: Role | None,
    rights: Collection[Right] | None,
) -> None:
    """Make a person or a group something on a scope, or (None) shut them out of it.

    Raises
    ------
    NotFound
    Forbidden
        The viewer does not manage it; or gives what they do not have, more to themselves, or less
        to somebody who manages a scope above that the viewer does not.
    InvalidRequest
        The rights contradict each other.
    """
    service.require(session, viewer, Action.MANAGE, scope_id)
    mine = service.standing(session, viewer, scope_id)
    given = frozenset() if role is None else frozenset(DEFAULT_RIGHTS[role] if rights is None else rights)
    if rights is None:
        given &= mine.rights
    if Right.DOWNLOAD in given and Right.IDENTITY not in given:
        raise InvalidRequest(_LABEL, [FieldProblem("/rights", "lack identity, which download needs")])
    if not given <= mine.rights:
        raise Forbidden(_NOT_MINE)
    _check_above(session, viewer, scope_id, subject, role)
    service.grant(session, subject[1], role, scope_id, rights=given, group=subject[0] == "group", by=viewer)
    _check_self(session, viewer, scope_id, mine)


def remove_entry(session: Session, viewer: Viewer, scope_id: str, subject: tuple[SubjectKind, str]) -> None:
    """Take an entry of exactly this scope away; what is said further up holds again.

    Raises
    ------
    NotFound
        There is none here.
    Forbidden
        As of :func:`put_entry`.
    """
    service.require(session, viewer, Action.MANAGE, scope_id)
    mine = service.standing(session, viewer, scope_id)
    service.revoke(session, subject[1], scope_id, group=subject[0] == "group", by=viewer)
    _check_self(session, viewer, scope_id, mine)


def put_visibility(session: Session, viewer: Viewer, scope_id: str, visibility: Visibility | None) -> None:
    """Say who sees a project without an entry.

    Raises
    ------
    NotFound, Forbidden
    """
    service.require(session, viewer, Action.MANAGE, scope_id)
    service.set_visibility(session, scope_id, visibility, by=viewer)


def entry_text(standing: Standing) -> str:
    """Return the role of an entry as it is written."""
    return SHUT_OUT if standing.role is None else standing.role.value


def _check_self(session: Session, viewer: Viewer, scope_id: str, before: Standing) -> None:
    if not before.covers(service.standing(session, viewer, scope_id)):
        raise Forbidden(_MORE_FOR_ONESELF)


def _check_above(
    session: Session, viewer: Viewer, scope_id: str, subject: tuple[SubjectKind, str], role: Role | None
) -> None:
    """Keep who manages a place from being put down below it by who does not."""
    if rank(role) >= rank(Role.MANAGER):
        return
    for level in levels(session, scope_id)[1:]:
        found = _of(level.entries, subject)
        if found is None:
            continue
        if found.standing.role is Role.MANAGER and not service.may(session, viewer, Action.MANAGE, level.scope_id):
            raise Forbidden(_MANAGES_ABOVE)
        return


def _of(entries: Sequence[Entry], subject: tuple[SubjectKind, str]) -> Entry | None:
    return next((one for one in entries if (one.subject_kind, one.subject_id) == subject), None)
