"""The tables of roles and rights, written out by hand."""

import pytest
from tests.support.people import viewer

from coverslip.features.access import DEFAULT_RIGHTS, FULL, NOTHING, VISITOR, Action, Right, Role, Standing, Visibility
from coverslip.features.access.rules import opens, sees_everything, sees_nothing, together, token_allows
from coverslip.features.identity import ANONYMOUS, SYSTEM

# What each role may do: every cell, by hand.
ROLES = """
            view  comment  annotate  edit  manage
viewer      yes   no       no        no    no
reviewer    yes   yes      no        no    no
annotator   yes   yes      yes       no    no
editor      yes   yes      yes       yes   no
manager     yes   yes      yes       yes   yes
"""

# What rights add: an original carries its label, so download without identity is nothing.
RIGHTS = """
                           see_identity  export  download
-                          no            no      no
identity                   yes           no      no
export                     no            yes     no
download                   no            no      no
identity+export            yes           yes     no
identity+download          yes           no      yes
export+download            no            yes     no
identity+export+download   yes           yes     yes
"""

TOKENS = """
                  view  comment  annotate  edit  manage  download  export  see_identity  admin
-                 yes   yes      yes       yes   yes     yes       yes     yes           yes
read              yes   no       no        no    no      yes       yes     yes           no
read+write        yes   yes      yes       yes   yes     yes       yes     yes           no
read+write+admin  yes   yes      yes       yes   yes     yes       yes     yes           yes
other             no    no       no        no    no      no        no      no            no
"""


def cells(table: str) -> list[tuple[str, Action, bool]]:
    """Read a table as (row, action, whether it is allowed)."""
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], Action(head[at]), cell == "yes") for row in rows for at, cell in enumerate(row[1:])]


@pytest.mark.parametrize(("role", "action", "allowed"), cells(ROLES))
def test_what_each_role_may_do(role: str, action: Action, allowed: bool) -> None:
    for rights in (frozenset[Right](), frozenset(Right)):
        assert Standing(Role(role), rights).allows(action) is allowed
    assert not NOTHING.allows(action)


@pytest.mark.parametrize(("rights", "action", "allowed"), cells(RIGHTS))
def test_what_each_right_adds_to_every_role(rights: str, action: Action, allowed: bool) -> None:
    given = frozenset(Right(one) for one in rights.split("+") if one != "-")
    for role in Role:
        assert Standing(role, given).allows(action) is allowed
    assert not Standing(None, given).allows(action), "who sees nothing has no rights, whatever the row says"


def test_every_action_stands_in_a_table() -> None:
    named = {action for table in (ROLES, RIGHTS) for _, action, _ in cells(table)}
    assert named == set(Action) - {Action.ADMIN}
    assert not FULL.allows(Action.ADMIN), "the server belongs to administrators, no role on a project gives it"


def test_the_rights_that_go_with_a_role() -> None:
    assert {role.value: sorted(rights) for role, rights in DEFAULT_RIGHTS.items()} == {
        "viewer": [],
        "reviewer": ["identity"],
        "annotator": ["identity"],
        "editor": ["export", "identity"],
        "manager": ["download", "export", "identity"],
    }
    assert Standing(Role.VIEWER, frozenset()) == VISITOR


@pytest.mark.parametrize(("scopes", "action", "allowed"), cells(TOKENS))
def test_what_a_token_is_good_for(scopes: str, action: Action, allowed: bool) -> None:
    who = viewer(scopes=None if scopes == "-" else frozenset(scopes.split("+")))
    assert token_allows(who, action) is allowed


def test_the_persons_own_entry_beats_those_of_groups() -> None:
    own, manager = Standing(Role.VIEWER), Standing(Role.MANAGER, frozenset(Right))
    assert together(own, [manager]) == own
    assert together(NOTHING, [manager]) == NOTHING
    assert together(manager, [NOTHING]) == manager
    assert together(None, []) is None


def test_of_several_groups_the_highest_role_and_all_their_rights_hold() -> None:
    viewer_with = Standing(Role.VIEWER, frozenset({Right.IDENTITY, Right.DOWNLOAD}))
    editor_with = Standing(Role.EDITOR, frozenset({Right.EXPORT}))
    assert together(None, [viewer_with, editor_with]) == Standing(Role.EDITOR, frozenset(Right))
    assert together(None, [NOTHING, viewer_with]) == viewer_with
    assert together(None, [NOTHING, NOTHING]) == NOTHING


def test_a_standing_covers_what_allows_no_more() -> None:
    editor = Standing(Role.EDITOR, frozenset({Right.IDENTITY}))
    assert editor.covers(Standing(Role.VIEWER))
    assert editor.covers(editor)
    assert editor.covers(NOTHING)
    assert not editor.covers(Standing(Role.MANAGER))
    assert not editor.covers(Standing(Role.VIEWER, frozenset({Right.EXPORT})))
    assert not NOTHING.covers(Standing(Role.VIEWER))


@pytest.mark.parametrize(
    ("role", "everything", "nothing"),
    [(None, False, False), ("administrator", True, False), ("auditor", False, True), ("operator", False, True)],
)
def test_roles_in_the_organisation(role: str | None, everything: bool, nothing: bool) -> None:
    who = viewer(organisation_role=role)
    assert (sees_everything(who), sees_nothing(who)) == (everything, nothing)


def test_coverslip_itself_sees_everything() -> None:
    assert sees_everything(SYSTEM)
    assert not sees_everything(ANONYMOUS)


@pytest.mark.parametrize(
    ("visibility", "signed_in", "anonymous"),
    [("private", False, False), ("signed_in", True, False), ("public", True, True)],
)
def test_whom_a_visibility_lets_in(visibility: str, signed_in: bool, anonymous: bool) -> None:
    assert opens(Visibility(visibility), viewer()) is signed_in
    assert opens(Visibility(visibility), ANONYMOUS) is anonymous
