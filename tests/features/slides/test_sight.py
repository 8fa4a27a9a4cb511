"""Whatever ``require`` allows, lists show, and nothing else: on random trees, for everybody, on both databases."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.support.people import viewer

from coverslip.core.errors import Forbidden, NotFound
from coverslip.core.ids import new_id
from coverslip.features import slides
from coverslip.features.access import (
    Action,
    Right,
    Role,
    Visibility,
    grant,
    require,
    set_visibility,
    standings,
    visible,
)
from coverslip.features.access.models import Scope
from coverslip.features.access.rules import token_allows
from coverslip.features.identity import ANONYMOUS, SYSTEM, Viewer
from coverslip.features.slides import ListQuery, SlideEntry, SlideState, cases, moving
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.schemas_cases import SlideMove
from coverslip.features.slides.store_sight import see
from coverslip.infra.runtime import Runtime

ACTIONS = [one for one in Action if one is not Action.ADMIN]


def plant(runtime: Runtime, chance: random.Random) -> None:
    """Make projects in projects, cases, slides in and beside them, and move some about."""
    with runtime.db.transaction() as session:
        projects = [slides.create_project(session, "Top")]
        for number in range(chance.randrange(3, 9)):
            parent = chance.choice([None, *projects, projects[-1]])
            projects.append(slides.create_project(session, f"Project {number}", parent))
        cases = []
        for number in range(8):
            project = chance.choice(projects)
            cases.append((project, slides.ensure_case(session, project, f"Case {number}")))
        made = []
        for number in range(16):
            project, case = chance.choice([*cases, (chance.choice(projects), None)])
            entry = SlideEntry(None, project, f"s{number}", f"s{number}.svs", "/x", ("x",), 1, SlideState.READY)
            made.append(slides.put_slide(session, entry))
            if case is not None:
                slides.set_fields(session, made[-1], {"case_id": case})
    for slide_id in chance.sample(made, 4):
        project, case = chance.choice([*cases, (chance.choice(projects), None)])
        moving.move(runtime.db, SYSTEM, SlideMove(slide_ids=[slide_id], project_id=project, case_id=case))


def say(session: Session, chance: random.Random, people: list[str], groups: list[str]) -> None:
    """Give people and groups something here and there, and open some projects."""
    scopes = list(session.execute(select(Scope.scope_id, Scope.kind)))
    for scope_id, _ in chance.sample(scopes, min(len(scopes), chance.randrange(4, 18))):
        for subject in chance.sample([*people, *groups], chance.randrange(1, 3)):
            role = chance.choice([None, *Role])
            rights = chance.sample(list(Right), chance.randrange(4))
            grant(session, subject, role, scope_id, rights=rights, group=subject in groups)
    for scope_id, kind in scopes:
        if kind == "project" and chance.random() < 0.4:
            set_visibility(session, scope_id, chance.choice(list(Visibility)))


def passes(session: Session, who: Viewer, action: Action, scope_id: str) -> bool:
    try:
        require(session, who, action, scope_id)
    except (NotFound, Forbidden):
        return False
    return True


@pytest.mark.parametrize("seed", range(6))
def test_lists_show_exactly_what_require_allows(runtime: Runtime, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverslip.features.slides.store_sight.MOST_APART", 0 if seed % 2 else 1000)
    chance = random.Random(seed)
    plant(runtime, chance)
    first, second, groups = new_id(), new_id(), [new_id(), new_id()]
    with runtime.db.transaction() as session:
        say(session, chance, [first, second], groups)
    everybody = [
        _who(first, groups),
        _who(second, groups[:1]),
        _who(first, []),
        _who(second, groups, scopes=frozenset({"read"})),
        _who(first, groups, organisation_role="auditor"),
        viewer(),
        ANONYMOUS,
        SYSTEM,
    ]
    for who in everybody:
        with runtime.db.read() as session:
            _compare(session, who, chance)


def _who(person_id: str, groups: list[str], **more: Any) -> Viewer:
    return replace(viewer(*groups, **more), person_id=person_id)


def _compare(session: Session, who: Viewer, chance: random.Random) -> None:
    sight = see(session, who)
    projects = {row.no: row for row in session.scalars(select(Project))}
    tables: list[tuple[Any, Callable[[Any], Any], Callable[[Action], Any]]] = [
        (Project, lambda row: sight.of_project(row.path), lambda action: sight.projects(Project.no, action)),
        (Case, lambda row: sight.of_case(row, projects[row.project_no]), sight.cases),
        (SlideRecord, lambda row: sight.of_slide(row, projects[row.project_no]), sight.slides),
    ]
    scopes = list(session.scalars(select(Scope.scope_id)))
    found = standings(session, who, scopes)
    for action in ACTIONS:
        allowed = {one for one in scopes if found[one].allows(action) and token_allows(who, action)}
        for one in chance.sample(scopes, 6):
            assert passes(session, who, action, one) is (one in allowed)
        listed = set(session.scalars(select(Scope.scope_id).where(visible(session, who, Scope.scope_id, action))))
        assert listed == allowed, (who.name, action)
        for table, _, wanted in tables:
            shown = set(session.scalars(select(table.scope_id).where(wanted(action))))
            kept = set(session.scalars(select(table.scope_id).where(~wanted(action))))
            every = set(session.scalars(select(table.scope_id)))
            assert shown == allowed & every, (table, action)
            assert kept == every - allowed, "a filter that is NULL loses rows when it is negated"
        if sight.everywhere(action) and action is not Action.VIEW:
            seen = {one for one in scopes if found[one].allows(Action.VIEW)}
            assert seen == allowed or not sight.claims.permits(action)
        if sight.nowhere(action):
            assert not allowed
    for table, of, _ in tables:
        for row in session.scalars(select(table)):
            assert of(row) == found[row.scope_id]


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_a_list_hold_every_slide_once_in_one_order(
    runtime: Runtime, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where some names may not be seen, and the list falls into two parts."""
    chance = random.Random(seed)
    if seed == 1:
        monkeypatch.setattr("coverslip.features.slides.store_sight.MOST_APART", 0)
    plant(runtime, chance)
    first, groups = new_id(), [new_id()]
    with runtime.db.transaction() as session:
        say(session, chance, [first], groups)
    who = _who(first, groups)
    for sort in ("name", "-name", "case", "-case", "created_at", "-size_bytes"):
        query = ListQuery(sort=sort)
        with runtime.db.read() as session:
            whole = slides.list_slides(session, who, query, 100, None)
            ids = [one.slide_id for one in whole.items]
            assert len(set(ids)) == len(ids) == whole.total
            projects = slides.list_projects(session, who).items
            in_projects = sum(one.slide_count for one in projects)
            visible_projects = {one.project_id for one in projects}
            assert in_projects == sum(one.project_id in visible_projects for one in whole.items)
            paged, cursor = [], None
            for _ in range(len(ids) + 1):
                page = slides.list_slides(session, who, query, 2, cursor)
                paged += [one.slide_id for one in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert paged == ids
            for at, slide_id in enumerate(ids):
                found = slides.service.find_neighbours(session, who, slide_id, query)
                assert found.position == at + 1
                assert found.previous_id == (ids[at - 1] if at else None)
                assert found.next_id == (ids[at + 1] if at + 1 < len(ids) else None)
            if sort in ("name", "-name"):
                hidden = ["identity" not in one.rights for one in whole.items]
                assert hidden == sorted(hidden, reverse=sort == "-name"), "those without names stand together"


@pytest.mark.parametrize("seed", range(3))
def test_cases_are_found_by_their_names_and_by_the_slides_that_are_seen_in_them(
    runtime: Runtime, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told from the lists of slides and cases that the same person gets, page by page."""
    chance = random.Random(seed)
    if seed == 1:
        monkeypatch.setattr("coverslip.features.slides.store_sight.MOST_APART", 0)
    plant(runtime, chance)
    first, groups = new_id(), [new_id()]
    with runtime.db.transaction() as session:
        say(session, chance, [first], groups)
    found_some = False
    for who in (_who(first, groups), SYSTEM):
        with runtime.db.read() as session:
            every = cases.list_cases(session, who).items
            for q in ("s1", "s", "case", "case 3", "svs", "absent"):
                hits = {one.case_id for one in slides.list_slides(session, who, ListQuery(q=q), 100, None).items}
                named = {one.case_id for one in every if "identity" in one.rights and q in one.name.lower()}
                wanted = [one.case_id for one in every if one.case_id in hits | named]
                whole = cases.list_cases(session, who, q=q)
                assert [one.case_id for one in whole.items] == wanted
                assert whole.total == len(wanted)
                paged, cursor = [], None
                for _ in range(len(wanted) + 1):
                    page = cases.list_cases(session, who, q=q, limit=2, cursor=cursor)
                    assert page.total == len(wanted)
                    paged += [one.case_id for one in page.items]
                    cursor = page.next_cursor
                    if cursor is None:
                        break
                assert paged == wanted
                found_some = found_some or 0 < len(wanted) < len(every)
    assert found_some, "a search that finds nothing or everything tells nothing"
