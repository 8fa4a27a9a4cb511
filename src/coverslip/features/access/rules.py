"""Roles, rights and what they allow: pure tables, no database. The words stand in docs/explanation/permissions.

An entry gives a person or a group a role and some rights on a place, and on everything below it
until a nearer entry says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coverslip.features.identity import Viewer


class Action(StrEnum):
    """What somebody may do. ADMIN is of the whole server; the three after MANAGE are rights of their own."""

    VIEW = "view"
    COMMENT = "comment"
    ANNOTATE = "annotate"
    EDIT = "edit"
    MANAGE = "manage"
    DOWNLOAD = "download"
    EXPORT = "export"
    SEE_IDENTITY = "see_identity"
    ADMIN = "admin"


class Role(StrEnum):
    """What somebody is on a place; each may do what those before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"
    EDITOR = "editor"
    MANAGER = "manager"


class Right(StrEnum):
    """What an entry gives beside its role."""

    IDENTITY = "identity"
    EXPORT = "export"
    DOWNLOAD = "download"


class Visibility(StrEnum):
    """Who sees a project without an entry that says so."""

    PRIVATE = "private"
    SIGNED_IN = "signed_in"
    PUBLIC = "public"


SHUT_OUT: Final = "none"
"""Stands for a role in an entry that takes away what an entry further up gave."""

ORDER: Final = tuple(Role)
ALL_RIGHTS: Final = frozenset(Right)

ROLE_ACTIONS: Final[Mapping[Role, frozenset[Action]]] = {
    Role.VIEWER: frozenset({Action.VIEW}),
    Role.REVIEWER: frozenset({Action.VIEW, Action.COMMENT}),
    Role.ANNOTATOR: frozenset({Action.VIEW, Action.COMMENT, Action.ANNOTATE}),
    Role.EDITOR: frozenset({Action.VIEW, Action.COMMENT, Action.ANNOTATE, Action.EDIT}),
    Role.MANAGER: frozenset({Action.VIEW, Action.COMMENT, Action.ANNOTATE, Action.EDIT, Action.MANAGE}),
}

RIGHT_ACTIONS: Final[Mapping[Action, frozenset[Right]]] = {
    Action.SEE_IDENTITY: frozenset({Right.IDENTITY}),
    Action.EXPORT: frozenset({Right.EXPORT}),
    # An original carries its label and the names in its metadata, so it cannot be had without them.
    Action.DOWNLOAD: frozenset({Right.DOWNLOAD, Right.IDENTITY}),
}

DEFAULT_RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.VIEWER: frozenset(),
    Role.REVIEWER: frozenset({Right.IDENTITY}),
    Role.ANNOTATOR: frozenset({Right.IDENTITY}),
    Role.EDITOR: frozenset({Right.IDENTITY, Right.EXPORT}),
    Role.MANAGER: ALL_RIGHTS,
}
"""What an entry gives when nobody says otherwise."""

WITHOUT_SLIDES: Final = frozenset({"auditor", "operator"})
"""Roles in the organisation that keep somebody from every slide, whatever entries say."""

_READING: Final = frozenset({Action.VIEW, Action.SEE_IDENTITY, Action.EXPORT, Action.DOWNLOAD})
_BY_LINK: Final = _READING | {Action.COMMENT, Action.ANNOTATE}

ROLE_OF_LINK: Final[Mapping[str, Role]] = {
    "look": Role.VIEWER,
    "comment": Role.REVIEWER,
    "annotate": Role.ANNOTATOR,
}
"""What somebody who came by a share link is, by what the link says they may."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is somewhere.

    Attributes
    ----------
    role : Role or None
        None for somebody who may not even see it.
    rights : frozenset of Right
    """

    role: Role | None
    rights: frozenset[Right] = frozenset()

    def allows(self, action: Action) -> bool:
        """Whether role and rights allow an action."""
        if self.role is None:
            return False
        needed = RIGHT_ACTIONS.get(action)
        return action in ROLE_ACTIONS[self.role] if needed is None else needed <= self.rights

    def covers(self, other: "Standing") -> bool:
        """Whether everything that another standing allows is allowed here too."""
        return rank(other.role) <= rank(self.role) and other.rights <= self.rights


NOTHING: Final = Standing(None)
VISITOR: Final = Standing(Role.VIEWER)
"""Somebody who gets in because the project is visible to them: they look, and see no names."""
FULL: Final = Standing(Role.MANAGER, ALL_RIGHTS)


def rank(role: Role | None) -> int:
    """Return a role's place in the order, -1 for none."""
    return -1 if role is None else ORDER.index(role)


def role_of(text: str) -> Role | None:
    """Return the role that an entry's text names, None for ``none``."""
    return None if text == SHUT_OUT else Role(text)


def together(own: Standing | None, of_groups: Iterable[Standing]) -> Standing | None:
    """Return what the entries of one place come to for one person; None where there are none.

    The person's own entry decides. Among groups the highest role does, with the rights of them all.
    """
    if own is not None:
        return own
    found = list(of_groups)
    if not found:
        return None
    if len(found) == 1:
        return found[0] if found[0].role is not None else NOTHING
    highest = max((one.role for one in found), key=rank)
    return NOTHING if highest is None else Standing(highest, frozenset().union(*(one.rights for one in found)))


def token_allows(viewer: Viewer, action: Action) -> bool:
    """Whether the credential that somebody came with was made for an action; a session is for all.

    What a share link gives is said by its standing; it never gives more than to comment and to draw.
    """
    if viewer.kind == "share":
        return action in _BY_LINK
    return viewer.may_use("admin" if action is Action.ADMIN else "read" if action in _READING else "write")


def reads_words(viewer: Viewer, what: Standing) -> bool:
    """Whether tags, notes and titles that people of the house wrote are shown: to a stranger only with the names."""
    return viewer.kind != "share" or what.allows(Action.SEE_IDENTITY)


def sees_everything(viewer: Viewer) -> bool:
    """Whether somebody may do everything everywhere: administrators, and Coverslip itself."""
    return viewer.is_admin


def sees_nothing(viewer: Viewer) -> bool:
    """Whether somebody's role in the organisation keeps them from every slide."""
    return not viewer.is_admin and viewer.organisation_role in WITHOUT_SLIDES


def opens(visibility: Visibility, viewer: Viewer) -> bool:
    """Whether a visibility lets this viewer in."""
    return visibility is Visibility.PUBLIC or (visibility is Visibility.SIGNED_IN and viewer.kind != "anonymous")
