"""A route without a policy does not start; with one, nobody passes who may not."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from coverslip.core.errors import Forbidden, NotFound, StartRefused
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features import identity, slides
from coverslip.features.access import ALL_RIGHTS, Action, Role, check_policies, create_scope, grant, policy, require
from coverslip.features.identity import Viewer
from coverslip.features.slides import ListQuery, SlideEntry, SlideState
from coverslip.infra.runtime import Runtime


def _app(**options: Any) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter()

    @router.get("/thing", **options)
    def get_thing() -> int:
        return 1

    app.include_router(router, prefix="/api")
    return app


@pytest.mark.parametrize("good", [policy.public, policy.signed_in, policy(Action.VIEW), policy(Action.ADMIN)])
def test_a_route_with_a_policy_starts(good: Any) -> None:
    check_policies(_app(dependencies=[good]))


def _something() -> None:
    """Be a dependency that is no policy."""


def test_a_route_without_a_policy_refuses_to_start() -> None:
    for options in ({}, {"dependencies": [Depends(_something)]}, {"dependencies": [policy.public, policy.signed_in]}):
        with pytest.raises(StartRefused, match="/api/thing"):
            check_policies(_app(**options))


def test_the_frameworks_own_pages_need_to_be_named() -> None:
    app = FastAPI(openapi_url="/openapi.json", docs_url="/docs", redoc_url=None)
    with pytest.raises(StartRefused, match="/docs"):
        check_policies(app, also=("/openapi.json",))
    check_policies(app, also=("/openapi.json", "/docs", "/docs/oauth2-redirect"))


def test_a_nested_router_is_looked_into() -> None:
    app, outer, inner = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter(), APIRouter()

    @inner.get("/deep")
    def get_deep(value: Annotated[int, Depends(lambda: 1)]) -> int:
        return value

    outer.include_router(inner, prefix="/inner")
    app.include_router(outer, prefix="/outer")
    with pytest.raises(StartRefused, match="/outer/inner/deep"):
        check_policies(app)


def _person(runtime: Runtime) -> Viewer:
    """Somebody who is no administrator; accounts come later, the rules are here."""
    return Viewer(new_id(), "session", new_id(), "Reader", None, utc_now(), None)


def test_grants_hold_for_all_below_and_include_lesser_actions(runtime: Runtime) -> None:
    reader = _person(runtime)
    with runtime.db.transaction() as session:
        top = create_scope(session, "project")
        below = create_scope(session, "slide", top)
        beside = create_scope(session, "project")
        grant(session, reader.person_id, Role.EDITOR, top)
        for scope in (top, below):
            require(session, reader, Action.VIEW, scope)
            require(session, reader, Action.EDIT, scope)
            with pytest.raises(Forbidden):
                require(session, reader, Action.MANAGE, scope)
        for foreign in (beside, new_id()):
            with pytest.raises(NotFound) as refused:
                require(session, reader, Action.VIEW, foreign)
            assert refused.value.message == NotFound.default_message


def test_a_list_shows_what_require_allows(runtime: Runtime) -> None:
    reader = _person(runtime)
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
        admin = identity.local_administrator(session)
        mine = slides.create_project(session, "Mine")
        inner = slides.create_project(session, "Inner", mine)
        other = slides.create_project(session, "Other")
        ids = {
            name: slides.put_slide(
                session, SlideEntry(None, project, name, f"{name}.svs", "/x", ("x",), 1, SlideState.READY)
            )
            for name, project in (("one", mine), ("two", inner), ("three", other))
        }
        grant(session, reader.person_id, Role.VIEWER, _scope(session, mine), rights=ALL_RIGHTS)
    with runtime.db.read() as session:
        seen = slides.list_slides(session, reader, ListQuery(), 100, None)
        assert {slide.name for slide in seen.items} == {"one", "two"}
        assert seen.total == 2
        assert sum(facet.count for facet in seen.states) == 2
        assert [slide.name for slide in slides.list_slides(session, reader, ListQuery(q="t"), 9, None).items] == ["two"]
        counts = {one.name: one.total_slide_count for one in slides.list_projects(session, reader).items}
        assert counts == {"Inner": 1, "Mine": 2}
        assert slides.list_slides(session, admin, ListQuery(), 100, None).total == 3
        for slide_id in (ids["three"], new_id(), "", "x" * 60):
            with pytest.raises(NotFound) as refused:
                slides.locate(session, reader, slide_id, runtime.settings.index_folder)
            assert refused.value.message == NotFound.default_message
        with pytest.raises(NotFound):
            slides.list_slides(session, reader, ListQuery(project_id=other), 100, None)


def _scope(session: Any, project_id: str) -> str:
    from sqlalchemy import text

    found = session.execute(text("SELECT scope_id FROM project WHERE project_id = :id"), {"id": project_id})
    return str(found.scalar_one())
