"""Entries on a tree of projects, cases and slides: inheritance, overrides, groups, visibility; both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session
from tests.support.people import viewer

from coverslip.core.errors import Forbidden, InvalidRequest, NotFound
from coverslip.core.ids import new_id
from coverslip.features.access import (
    ALL_RIGHTS,
    Action,
    Right,
    Role,
    Standing,
    Visibility,
    count_entries,
    create_scope,
    delete_scopes,
    forget_group,
    grant,
    levels,
    may,
    move_entries,
    put_entry,
    put_visibility,
    remove_entry,
    reparent,
    require,
    revoke,
    set_visibility,
    standing,
)
from coverslip.features.identity import ANONYMOUS, SYSTEM, Viewer
from coverslip.infra.runtime import Runtime


@dataclass(frozen=True)
class Tree:
    """A project in a project, with a case of a slide, and a slide in no case."""

    top: str
    project: str
    case: str
    slide: str
    loose: str
    other: str


def tree(session: Session) -> Tree:
    top = create_scope(session, "project")
    project = create_scope(session, "project", top)
    case = create_scope(session, "case", project)
    slide = create_scope(session, "slide", case)
    return Tree(top, project, case, slide, create_scope(session, "slide", project), create_scope(session, "project"))


# Who was given what where, and what that makes of them on: top, project, case, slide, loose slide.
# "G" is a group that the person is in, "H" another one of theirs, "p" the person, "x" somebody else.
CASES = [
    ("nothing", [], "- - - - -"),
    ("p viewer on top", [("p", "viewer", "top")], "viewer viewer viewer viewer viewer"),
    ("p editor on the project", [("p", "editor", "project")], "- editor editor editor editor"),
    ("p on the case", [("p", "annotator", "case")], "- - annotator annotator -"),
    ("p on the slide", [("p", "reviewer", "slide")], "- - - reviewer -"),
    ("lower below", [("p", "manager", "top"), ("p", "viewer", "case")], "manager manager viewer viewer manager"),
    ("higher below", [("p", "viewer", "top"), ("p", "editor", "slide")], "viewer viewer viewer editor viewer"),
    ("shut out below", [("p", "editor", "top"), ("p", "none", "case")], "editor editor - - editor"),
    (
        "let in again",
        [("p", "editor", "top"), ("p", "none", "case"), ("p", "viewer", "slide")],
        "editor editor - viewer editor",
    ),
    ("by a group", [("G", "editor", "top")], "editor editor editor editor editor"),
    ("p beats group", [("G", "manager", "project"), ("p", "viewer", "project")], "- viewer viewer viewer viewer"),
    ("p none beats group", [("G", "manager", "project"), ("p", "none", "project")], "- - - - -"),
    ("the highest group", [("G", "viewer", "top"), ("H", "annotator", "top")], " ".join(["annotator"] * 5)),
    ("a group is not shut out by another", [("G", "none", "top"), ("H", "viewer", "top")], " ".join(["viewer"] * 5)),
    ("a nearer group beats p above", [("p", "manager", "top"), ("G", "viewer", "project")], "manager " + "viewer " * 4),
    ("a nearer group shuts out", [("p", "manager", "top"), ("G", "none", "case")], "manager manager - - manager"),
    ("somebody else's", [("x", "manager", "top")], "- - - - -"),
]


@pytest.mark.parametrize(("what", "given", "expected"), CASES, ids=[one[0] for one in CASES])
def test_the_nearest_entry_decides(runtime: Runtime, what: str, given: list[Any], expected: str) -> None:
    groups = {"G": new_id(), "H": new_id()}
    person = viewer(*groups.values())
    with runtime.db.transaction() as session:
        made = tree(session)
        for who, role, where in given:
            subject = groups.get(who) or (person.person_id if who == "p" else new_id())
            found = None if role == "none" else Role(role)
            grant(session, subject, found, getattr(made, where), group=who in groups)
    with runtime.db.read() as session:
        roles = [
            standing(session, person, getattr(made, one)).role for one in ("top", "project", "case", "slide", "loose")
        ]
        assert [one or "-" for one in roles] == expected.split(), what
        assert standing(session, person, made.other).role is None
        for scope_id, role in zip((made.top, made.project, made.case, made.slide, made.loose), roles, strict=True):
            for action in Action:
                allowed = role is not None and (role, action) in ALLOWED
                if action in (Action.SEE_IDENTITY, Action.EXPORT, Action.DOWNLOAD, Action.ADMIN):
                    continue
                assert may(session, person, action, scope_id) is allowed
                if allowed:
                    require(session, person, action, scope_id)
                    continue
                with pytest.raises(NotFound if role is None else Forbidden):
                    require(session, person, action, scope_id)


ALLOWED = {
    (role, action)
    for role, actions in {
        Role.VIEWER: [Action.VIEW],
        Role.REVIEWER: [Action.VIEW, Action.COMMENT],
        Role.ANNOTATOR: [Action.VIEW, Action.COMMENT, Action.ANNOTATE],
        Role.EDITOR: [Action.VIEW, Action.COMMENT, Action.ANNOTATE, Action.EDIT],
        Role.MANAGER: [Action.VIEW, Action.COMMENT, Action.ANNOTATE, Action.EDIT, Action.MANAGE],
    }.items()
    for action in actions
}


def test_rights_come_with_the_entry_that_decides(runtime: Runtime) -> None:
    person = viewer()
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, person.person_id, Role.EDITOR, made.top, rights=ALL_RIGHTS)
        grant(session, person.person_id, Role.EDITOR, made.case, rights=[Right.EXPORT])
        for action, refused in ((Action.SEE_IDENTITY, True), (Action.DOWNLOAD, True), (Action.EXPORT, False)):
            require(session, person, action, made.loose)
            assert may(session, person, action, made.slide) is not refused
            if refused:
                with pytest.raises(Forbidden, match="You may look at this but not"):
                    require(session, person, action, made.slide)


@pytest.mark.parametrize("role", ["auditor", "operator"])
def test_auditors_and_operators_see_no_slides_whatever_entries_say(runtime: Runtime, role: str) -> None:
    person = viewer(organisation_role=role)
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, person.person_id, Role.MANAGER, made.top, rights=ALL_RIGHTS)
        set_visibility(session, made.top, Visibility.PUBLIC)
        with pytest.raises(NotFound):
            require(session, person, Action.VIEW, made.slide)


def test_a_token_for_reading_only_reads(runtime: Runtime) -> None:
    person = viewer(scopes=frozenset({"read"}))
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, person.person_id, Role.MANAGER, made.top)
        for action in (Action.VIEW, Action.SEE_IDENTITY, Action.DOWNLOAD, Action.EXPORT):
            require(session, person, action, made.slide)
        for action in (Action.COMMENT, Action.ANNOTATE, Action.EDIT, Action.MANAGE):
            with pytest.raises(Forbidden, match="not made for this"):
                require(session, person, action, made.slide)


def test_a_project_that_is_visible_lets_in_whom_no_entry_speaks_of(runtime: Runtime) -> None:
    stranger, shut_out, member = viewer(), viewer(), viewer()
    with runtime.db.transaction() as session:
        made = tree(session)
        set_visibility(session, made.top, Visibility.SIGNED_IN)
        grant(session, shut_out.person_id, None, made.top)
        grant(session, member.person_id, Role.EDITOR, made.top, rights=ALL_RIGHTS)
        assert standing(session, stranger, made.slide).role is Role.VIEWER
        assert not may(session, stranger, Action.SEE_IDENTITY, made.slide)
        assert standing(session, shut_out, made.slide).role is None
        assert may(session, member, Action.SEE_IDENTITY, made.slide)
        assert standing(session, ANONYMOUS, made.slide).role is None
        set_visibility(session, made.project, Visibility.PRIVATE)
        assert standing(session, stranger, made.slide).role is None
        assert standing(session, stranger, made.top).role is Role.VIEWER
        assert standing(session, member, made.slide).role is Role.EDITOR
        set_visibility(session, made.project, Visibility.PUBLIC)
        assert standing(session, ANONYMOUS, made.slide).role is Role.VIEWER
        assert standing(session, ANONYMOUS, made.top).role is None
        set_visibility(session, made.project, None)
        assert standing(session, ANONYMOUS, made.slide).role is None


def test_what_moves_follows_the_entries_of_its_new_place(runtime: Runtime) -> None:
    person = viewer()
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, person.person_id, Role.VIEWER, made.project)
        grant(session, person.person_id, None, made.case)
        assert standing(session, person, made.slide).role is None
        reparent(session, [made.slide], made.project)
        assert standing(session, person, made.slide).role is Role.VIEWER
        reparent(session, [made.slide], made.other)
        assert standing(session, person, made.slide).role is None


def test_an_entry_ends_with_its_scope_or_when_it_is_taken_away(runtime: Runtime) -> None:
    person = viewer()
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, person.person_id, Role.VIEWER, made.slide)
        revoke(session, person.person_id, made.slide)
        assert standing(session, person, made.slide).role is None
        with pytest.raises(NotFound):
            revoke(session, person.person_id, made.slide)
        with pytest.raises(NotFound):
            grant(session, person.person_id, Role.VIEWER, new_id())
        grant(session, person.person_id, Role.VIEWER, made.slide)
        delete_scopes(session, [made.slide])
        assert standing(session, person, made.slide).role is None


# --- what managers may change -------------------------------------------------------------------


def as_manager(session: Session, made: Tree, *rights: Right, where: str = "project") -> Viewer:
    person = viewer()
    grant(session, person.person_id, Role.MANAGER, getattr(made, where), rights=rights)
    return person


def test_only_who_manages_changes_members(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        made = tree(session)
        editor, other = viewer(), new_id()
        grant(session, editor.person_id, Role.EDITOR, made.project)
        acts: list[Callable[[], None]] = [
            lambda: put_entry(session, editor, made.project, ("person", other), Role.VIEWER, None),
            lambda: remove_entry(session, editor, made.project, ("person", editor.person_id)),
            lambda: put_visibility(session, editor, made.project, Visibility.SIGNED_IN),
        ]
        for act in acts:
            with pytest.raises(Forbidden):
                act()
        with pytest.raises(NotFound):
            put_entry(session, viewer(), made.project, ("person", other), Role.VIEWER, None)


def test_nobody_gives_rights_that_they_do_not_have(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        made = tree(session)
        manager, other = as_manager(session, made, Right.EXPORT), new_id()
        with pytest.raises(Forbidden, match="do not have here yourself"):
            put_entry(session, manager, made.project, ("person", other), Role.VIEWER, [Right.IDENTITY])
        put_entry(session, manager, made.project, ("person", other), Role.MANAGER, None)
        given = levels(session, made.project)[0].entries[-1]
        assert given.standing.rights == {Right.EXPORT}, "of the usual rights only those that the giver has"


def test_download_without_identity_is_refused(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        made = tree(session)
        manager = as_manager(session, made, *Right)
        with pytest.raises(InvalidRequest) as refused:
            put_entry(session, manager, made.project, ("person", new_id()), Role.VIEWER, [Right.DOWNLOAD])
        assert [one.pointer for one in refused.value.problems] == ["/rights"]


def test_nobody_gives_themselves_more(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        made = tree(session)
        manager = as_manager(session, made, *Right)
        grant(session, manager.person_id, Role.MANAGER, made.case, rights=[])
    acts: list[Callable[[Session], None]] = [
        lambda s: put_entry(s, manager, made.case, ("person", manager.person_id), Role.MANAGER, [Right.IDENTITY]),
        lambda s: remove_entry(s, manager, made.case, ("person", manager.person_id)),
    ]
    for act in acts:
        with pytest.raises(Forbidden), runtime.db.transaction() as session:
            act(session)
    with runtime.db.transaction() as session:
        assert standing(session, manager, made.case).rights == frozenset()
        put_entry(session, manager, made.case, ("person", manager.person_id), Role.VIEWER, [])
        assert standing(session, manager, made.case).role is Role.VIEWER, "less is always allowed"


def test_who_manages_a_place_above_is_not_put_down_below(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        made = tree(session)
        chief, group = as_manager(session, made, *Right, where="top"), new_id()
        grant(session, group, Role.MANAGER, made.top, group=True)
        below = as_manager(session, made, *Right, where="case")
        for subject in (("person", chief.person_id), ("group", group)):
            with pytest.raises(Forbidden, match="manage a place above"):
                put_entry(session, below, made.case, subject, None, None)
        put_entry(session, chief, made.case, ("person", below.person_id), None, None)
        assert standing(session, below, made.case).role is None


# --- who leaves -----------------------------------------------------------------------------------


def test_what_somebody_was_given_is_handed_over(runtime: Runtime) -> None:
    leaves, takes = viewer(), viewer()
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, leaves.person_id, Role.MANAGER, made.top, rights=[Right.EXPORT])
        grant(session, leaves.person_id, Role.VIEWER, made.other, rights=[Right.IDENTITY])
        grant(session, leaves.person_id, None, made.case)
        grant(session, takes.person_id, Role.EDITOR, made.other, rights=[Right.EXPORT])
        assert count_entries(session, leaves.person_id) == 3
        assert move_entries(session, leaves.person_id, takes.person_id, SYSTEM) == 3
        assert count_entries(session, leaves.person_id) == 0
        assert standing(session, leaves, made.top).role is None
        assert standing(session, takes, made.top) == Standing(Role.MANAGER, frozenset({Right.EXPORT}))
        both = Standing(Role.EDITOR, frozenset({Right.EXPORT, Right.IDENTITY}))
        assert standing(session, takes, made.other) == both, "the most of the two"
        assert standing(session, takes, made.case).role is Role.MANAGER, "nobody inherits being shut out"


def test_a_group_that_goes_takes_its_entries_along(runtime: Runtime) -> None:
    group, other = new_id(), new_id()
    person = viewer(group, other)
    with runtime.db.transaction() as session:
        made = tree(session)
        grant(session, group, Role.EDITOR, made.top, group=True)
        grant(session, other, Role.VIEWER, made.top, group=True)
        forget_group(session, group, person)
        assert standing(session, person, made.top).role is Role.VIEWER
        assert [entry.subject_id for entry in levels(session, made.top)[0].entries] == [other]
