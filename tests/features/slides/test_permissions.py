"""What each grant lets a person do to cases, slides and projects; equal on both databases."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text

from coverslip.core.errors import Forbidden, NotFound
from coverslip.features import access, slides
from coverslip.features.access import ALL_RIGHTS, Role
from coverslip.features.identity import Viewer
from coverslip.features.slides import (
    ListQuery,
    attachments,
    cases,
    csv_import,
    fields,
    moving,
    patterns,
    projects,
    saved_views,
)
from coverslip.features.slides.schemas import SlideBatch, SlidePatch
from coverslip.features.slides.schemas_cases import (
    CaseIn,
    CasePatch,
    PatternApply,
    ProjectIn,
    ProjectPatch,
    ProjectSettingsIn,
    SavedViewIn,
    SavedViewPatch,
    SlideMove,
)

ORDER = (None, Role.VIEWER, Role.EDITOR, Role.MANAGER)


@pytest.mark.parametrize("granted", ORDER, ids=str)
def test_every_act_needs_its_grant(catalogue: Any, somebody: Callable[[], Viewer], granted: Role | None) -> None:
    project, target = catalogue.project("Here"), catalogue.project("There")
    ids = list(catalogue.put(project, [f"s{number}" for number in range(3)]).values())
    case = catalogue.case(project, "S1")
    person, db, data = somebody(), catalogue.runtime.db, catalogue.runtime.settings.data
    for one in (project, target):
        if granted is not None:
            grant(catalogue, person, granted, "project", "project_id", one)

    def within(work: Callable[[Any], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with db.transaction() as session:
                return work(session)

        return run

    acts: list[tuple[Role, Callable[[], Any]]] = [
        (Role.VIEWER, within(lambda session: cases.get_case(session, person, case))),
        (Role.VIEWER, within(lambda session: projects.get_settings(session, person, project))),
        (Role.VIEWER, within(lambda session: patterns.preview(session, person, project, "{case}_{block}"))),
        (Role.VIEWER, within(lambda session: attachments.list_attachments(session, person, "case", case))),
        (Role.EDITOR, within(lambda s: cases.change_case(s, person, case, CasePatch(tags=["x"])))),
        (Role.EDITOR, within(lambda s: cases.create_case(s, person, CaseIn(project_id=project, name="S2")))),
        (Role.EDITOR, lambda: fields.change_slides(db, person, SlideBatch(slide_ids=ids, patch=SlidePatch(rating=2)))),
        (Role.EDITOR, lambda: patterns.apply(db, person, project, PatternApply(pattern="{case}_{block}"))),
        (Role.EDITOR, lambda: csv_import.import_table(db, person, project, b"name,stain\ns1,HE\n")),
        (Role.EDITOR, lambda: attachments.attach(db, data, person, "case", case, BytesIO(b"x"), "x", "text/plain")),
        (Role.EDITOR, lambda: moving.copy(db, person, SlideMove(slide_ids=ids[:1], project_id=target))),
        (Role.MANAGER, lambda: moving.move(db, person, SlideMove(slide_ids=ids[:1], project_id=target))),
        (Role.MANAGER, within(lambda s: projects.rename_project(s, person, project, ProjectPatch(name="New")))),
        (Role.MANAGER, within(lambda s: projects.put_settings(s, person, project, ProjectSettingsIn()))),
        (Role.MANAGER, within(lambda s: projects.create_project(s, person, ProjectIn(name="In", parent_id=project)))),
    ]
    for needed, act in acts:
        if granted is None:
            with pytest.raises(NotFound):
                act()
        elif ORDER.index(granted) < ORDER.index(needed):
            with pytest.raises(Forbidden):
                act()
        else:
            act()
    with pytest.raises(Forbidden), db.transaction() as session:
        projects.create_project(session, person, ProjectIn(name="Top"))


def test_a_grant_on_a_case_shows_its_slides_only(catalogue: Any, somebody: Callable[[], Viewer]) -> None:
    project = catalogue.project()
    ids = catalogue.put(project, ["in", "out"])
    case, other = catalogue.case(project, "S1"), catalogue.case(project, "S2")
    catalogue.change(ids["in"], case_id=case, stain="HE", tags=["seen"])
    catalogue.change(ids["out"], case_id=other, stain="PAS", tags=["hidden"])
    person = somebody()
    grant(catalogue, person, Role.VIEWER, "slide_case", "case_id", case)
    with catalogue.runtime.db.read() as session:
        found = slides.list_slides(session, person, ListQuery(), 10, None)
        assert ([one.name for one in found.items], found.total) == (["in"], 1)
        assert [one.value for one in (*found.stains, *found.tags)] == ["H&E", "seen"]
        listed = cases.list_cases(session, person)
        assert ([one.name for one in listed.items], listed.total) == (["S1"], 1)
        assert cases.list_cases(session, person, q="out").total == 0
        with pytest.raises(NotFound):
            cases.get_case(session, person, other)
    catalogue.change(ids["in"], case_id=other)
    with catalogue.runtime.db.read() as session:
        assert slides.list_slides(session, person, ListQuery(), 10, None).total == 0


def test_a_view_of_somebody_else_is_theirs(catalogue: Any, somebody: Callable[[], Viewer]) -> None:
    author, other = somebody(), somebody()
    grant(catalogue, other, Role.VIEWER, "project", "project_id", catalogue.project())
    with catalogue.runtime.db.transaction() as session:
        own = saved_views.create_view(session, author, SavedViewIn(name="own", query={}))
        shared = saved_views.create_view(session, author, SavedViewIn(name="all", query={}, shared=True))
        assert [one.name for one in saved_views.list_views(session, other).items] == ["all"]
        with pytest.raises(NotFound):
            saved_views.change_view(session, other, own.view_id, SavedViewPatch(name="x"))
        with pytest.raises(Forbidden):
            saved_views.delete_view(session, other, shared.view_id)


def grant(catalogue: Any, person: Viewer, role: Role, table: str, column: str, ident: str) -> None:
    with catalogue.runtime.db.transaction() as session:
        query = text(f"SELECT scope_id FROM {table} WHERE {column} = :id")
        scope_id = session.execute(query, {"id": ident}).scalar_one()
        access.grant(session, person.person_id, role, scope_id, rights=ALL_RIGHTS)
